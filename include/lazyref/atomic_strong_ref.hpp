// SPDX-License-Identifier: BSL-1.0
//
// A cell that owns a user of what it points to, and that threads read and replace at the same time; as
// std::atomic<std::shared_ptr<T>> is, but without a lock, and readers count nothing.
//
//   lazyref::atomic_strong_ref<rules> shared(domain.make(...));
//   rules* seen = slot.protect(shared);                         // per worker: no read-modify-write
//   lazyref::strong_ref<rules> mine = shared.load(slot);        // a user of one's own, to keep
//   shared.store(domain.make(...));                             // the old one goes, now or with its last worker
//   domain.retire(shared.exchange(domain.make(...)));           // the same, with others that were retired
//
// What stands in the cell has a user, which is the cell's; it leaves the cell before that user is dropped. This is the order
// that lazy_slot::protect asks for, here by construction. A cell and its objects belong to one domain, whose options can
// protect, and which the cell does not outlive: declare it after the domain. What is not here of std::atomic: assignment,
// conversion, waiting.
#include "config.hpp"

#ifndef LAZYREF_ATOMIC_STRONG_REF_HPP
#define LAZYREF_ATOMIC_STRONG_REF_HPP

#include <type_traits>
#include <utility>

#include "lazy_slot.hpp"

LAZYREF_BEGIN_NAMESPACE

// The cell; see the head of this file. Neither copied nor moved. T may be const; it need only be declared where a cell is a
// member. Sync is the objects' policy (sync.hpp).
// Who may call: any thread, all functions but the destructor. Nothing here is async-signal-safe.
template <class T, class Sync>
class atomic_strong_ref {
 public:
  // Purpose: a cell that is on nothing (constant-initialised), or takes over a user.
  constexpr atomic_strong_ref() noexcept : pointer_(nullptr) {}
  explicit atomic_strong_ref(strong_ref<T> first) noexcept : pointer_(atomic_strong_ref::taken(first)) {}

  // Purpose: give the cell's user up, as `store` does. Precondition: nobody else uses the cell. Slots may be on what it was
  //   on. (Cells in objects of the same kind make it recurse, as strong_refs do: for long lists,
  //   domain.retire(exchange({})).)
  ~atomic_strong_ref() { store({}); }

  atomic_strong_ref(const atomic_strong_ref&) = delete;
  atomic_strong_ref& operator=(const atomic_strong_ref&) = delete;

  // Purpose: a user of what the cell is on now; empty if it is on nothing. `slot` is a lazy_slot, which moves: what it was on
  //   is dropped, and it is on the object after it (so not inside a scope: there, another slot, or try_from(scope.get())).
  //   Or it is a per_cpu_domain; without memory for its protection the result is empty.
  // Preconditions, ordering, cost: as `protect` there, and strong_ref::try_from. Progress: lock-free: tried again when
  //   somebody has changed the cell.
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
      // Its last user is gone: so the cell is on another one by now.
      if (detail::is_likely(object == nullptr || result)) return result;
    }
  }

  // Purpose: be on another object, or on nothing, and give up the user of the one before, as strong_ref::reset does.
  // Progress: of the exchange wait-free; then as there. Cost: an exchange; once slots have protected, also a heavy fence and
  //   a look at each slot, each time: where replacements are frequent, domain.retire(exchange(next)) shares that among many.
  void store(strong_ref<T> next) noexcept { static_cast<void>(exchange(std::move(next))); }

  // Purpose: be on another object, or on nothing; returns the user of the one before, for lazy_domain::retire, or to use.
  // Ordering: acquire and release. Progress: wait-free. Cost: an exchange.
  [[nodiscard]] strong_ref<T> exchange(strong_ref<T> next) noexcept {
    // (E1) acq_rel, pairs with itself and P3.
    return detail::owner_access::adopt_user(
        pointer_.exchange(atomic_strong_ref::taken(next), Sync::orders.cell_exchange));
  }

  // Purpose: the same, if the cell is on `expected`. Returns whether it was; then `desired` holds the user of that one. If
  //   not, `desired` is as it was, and `expected` what the cell was on: to be compared, and not to be used, as nothing
  //   protects it. The weak one may also fail where the cell is on `expected`.
  // Precondition: the caller protects or has a user of `expected`, or it is null: else it may be another object at the same
  //   address. Ordering: acquire and release if it succeeds, none if it fails. Progress: wait-free. Cost: a
  //   compare-and-swap.
  bool compare_exchange_strong(T*& expected, strong_ref<T>& desired) noexcept {
    T* const next = desired.get();
    // (E1) acq_rel, pairs with itself and P3. Relaxed if it fails: compared and not followed.
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
