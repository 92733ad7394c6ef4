// SPDX-License-Identifier: BSL-1.0
//
// A cell that owns a user of the object that it points to, for concurrent readers and writers: as
// std::atomic<std::shared_ptr<T>>, but without a lock, and readers change no count.
//
//   lazyref::atomic_strong_ref<rules> shared(domain.make(...));
//   rules* seen = slot.protect(shared);                         // per worker: no read-modify-write
//   lazyref::strong_ref<rules> mine = shared.load(slot);        // an owning reference, to keep
//   shared.store(domain.make(...));                             // reclaims the old one, or its last worker does
//   domain.retire(shared.exchange(domain.make(...)));           // the same, in a batch with other retired objects
//
// The cell owns a user of its object, and the object leaves the cell before that user is dropped. This is the order that
// lazy_slot::protect requires, here by construction. A cell and its objects belong to one domain. The domain's options can
// protect, and the domain outlives the cell: declare it before the cell. Not here, unlike std::atomic: assignment,
// conversion, waiting.
#include "config.hpp"

#ifndef LAZYREF_ATOMIC_STRONG_REF_HPP
#define LAZYREF_ATOMIC_STRONG_REF_HPP

#include <type_traits>
#include <utility>

#include "lazy_slot.hpp"

LAZYREF_BEGIN_NAMESPACE

// The cell; see the head of this file. Neither copied nor moved. T may be const, and incomplete where a cell is declared as
// a member. Sync is the objects' policy (sync.hpp).
// Who may call: any thread, all functions but the destructor. Nothing here is async-signal-safe.
template <class T, class Sync>
class atomic_strong_ref {
 public:
  // Purpose: constructs an empty cell (constant-initialised), or one that takes over a user.
  constexpr atomic_strong_ref() noexcept : pointer_(nullptr) {}
  explicit atomic_strong_ref(strong_ref<T> first) noexcept : pointer_(atomic_strong_ref::taken(first)) {}

  // Purpose: drop the cell's user, as `store` does. Precondition: no other thread uses the cell. Slots may be on its
  //   object. (Cells in objects of the same kind make it recurse, as strong_refs do: for long lists,
  //   domain.retire(exchange({})).)
  ~atomic_strong_ref() { store({}); }

  atomic_strong_ref(const atomic_strong_ref&) = delete;
  atomic_strong_ref& operator=(const atomic_strong_ref&) = delete;

  // Purpose: returns a user of the cell's object; empty if the cell is. `slot` is a lazy_slot, which moves: it leaves its
  //   object, and is on the loaded one afterwards (so not inside a scope: there, use another slot, or
  //   try_from(scope.get())). Or `slot` is a per_cpu_domain; without memory for its protection the result is empty.
  // Preconditions, ordering, cost: as `protect` there, and strong_ref::try_from. Progress: lock-free: it retries if another
  //   thread has changed the cell.
  template <class Slot>
  LAZYREF_PER_UNIT strong_ref<T> load(Slot& slot) const noexcept {
    for (;;) {
      const auto held = slot.protect(*this);
      T* object = nullptr;
      if constexpr (std::is_pointer_v<std::remove_cv_t<decltype(held)>>)
        object = held;
      else
        object = held.get();
      strong_ref<T> result = strong_ref<T>::try_from(object);
      // Its last user has been dropped: so the cell has another object by now.
      if (detail::is_likely(object == nullptr || result)) return result;
    }
  }

  // Purpose: replace the object, by another or by none, and drop the user of the previous one, as strong_ref::reset does.
  // Progress: of the exchange wait-free; then as there. Cost: an exchange; once slots have protected, also a heavy fence
  //   and a scan of the slots, each time. For frequent replacements, domain.retire(exchange(next)) shares these among many.
  void store(strong_ref<T> next) noexcept { static_cast<void>(exchange(std::move(next))); }

  // Purpose: replace the object, by another or by none. Returns the previous user, for lazy_domain::retire, or to use.
  // Ordering: acquire and release. Progress: wait-free. Cost: an exchange.
  [[nodiscard]] strong_ref<T> exchange(strong_ref<T> next) noexcept {
    // (E1) acq_rel, pairs with itself and P3.
    return detail::owner_access::adopt_user(
        pointer_.exchange(atomic_strong_ref::taken(next), Sync::orders.cell_exchange));
  }

  // Purpose: the same, if the cell's object is `expected`. Returns whether it was; then `desired` is the user of that
  //   object. If not, `desired` is unchanged, and `expected` is the object that the cell had: compare it only, as nothing
  //   protects it. The weak one may also fail if the cell's object is `expected`.
  // Precondition: the caller protects or has a user of `expected`, or it is null: else it may be another object at the same
  //   address. Ordering: acquire and release if it succeeds, none if it fails. Progress: wait-free. Cost: a
  //   compare-and-swap.
  bool compare_exchange_strong(T*& expected, strong_ref<T>& desired) noexcept {
    T* const next = desired.get();
    // (E1) acq_rel, pairs with itself and P3. Relaxed if it fails: compared and not dereferenced.
    if (!pointer_.compare_exchange_strong(expected, next, Sync::orders.cell_exchange, std::memory_order_relaxed))
      return false;
    static_cast<void>(atomic_strong_ref::taken(desired));
    desired = detail::owner_access::adopt_user(expected);
    return true;
  }
  bool compare_exchange_weak(T*& expected, strong_ref<T>& desired) noexcept {
    return compare_exchange_strong(expected, desired);
  }

 private:
  template <class, class>
  friend class lazy_slot;
  template <class, reclaim>
  friend class per_cpu_domain;

  static T* taken(strong_ref<T>& reference) noexcept { return detail::owner_access::release(reference); }

  typename Sync::template atomic<T*> pointer_;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ATOMIC_STRONG_REF_HPP
