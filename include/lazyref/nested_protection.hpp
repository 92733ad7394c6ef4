// SPDX-License-Identifier: BSL-1.0
//
// A scope in which a worker protects another object; after it, the slot is on the previous object again. For calls of
// compiled code that call the runtime back, and for evaluators that recurse.
//
//   int64_t call(slot_type& slot, const std::atomic<function*>& callee, int64_t argument) {
//     const lazyref::nested_protection inner(slot, callee);   // slot.active() is what `callee` points to
//     return inner->run(argument);                            // which may call this function again, to any depth
//   }                                                         // the previous object, active or parked as before
//
// A bare slot.protect would drop the previous object, which the caller's frame still runs. The scope leaves that slot on
// its object, and takes a further slot of the domain. Until the scope ends, the handle `slot` stands for the further slot,
// and index() is that slot's. (A slot that is on no object is used itself.) The worker keeps its further slots for its next
// scopes, until it detaches, and they count as attached: other workers may find the domain full. So give the domain as many
// slots as workers times the calls that can be on a worker's stack at one time, or let it grow (slot_growth::chunks). If no
// slot is free, the scope uses the same slot and takes a hold on the previous object, as temporary_activation does: a
// read-modify-write on an object that threads share. One object for each depth may be retained, not for each worker: `poll`
// reads the innermost slot.
//
// Inside the scope the slot must not be moved (activate, protect, cell.load, deactivate, park, detach; active and poll are
// allowed), neither by the worker nor by disposers that run there or in the scope's beginning. Exempt are further scopes
// (also temporary_activation), which end in reverse order. Units with checks enabled verify that. The handle must be
// neither moved from nor detached, not even by disposers that run in the scope's end; every build verifies that. A kick
// (policy::shootdown) passes the index of the further slot, not that of the outer one.
#include "config.hpp"

#ifndef LAZYREF_NESTED_PROTECTION_HPP
#define LAZYREF_NESTED_PROTECTION_HPP

#include "lazy_slot.hpp"

LAZYREF_BEGIN_NAMESPACE

// The scope; see the head of this file. Neither copied nor moved. Who may call: the slot's thread.
// U: the type that `source` points to: T, a class derived from it, or one of these and const.
template <class T, class Options = domain_options<>, class U = T>
class nested_protection {
 public:
  // Purpose: protect the object that `source` points to through the slot, until the end of the scope. It may be null.
  // Preconditions, ordering, progress: as lazy_slot::protect; the slot is not detached before the end of the scope.
  // Cost: as lazy_slot::protect; the worker's first scope of a depth attaches a slot. If none is free: a read-modify-write
  //   on the previous object, if there is one.
  template <template <class> class Atomic>
  LAZYREF_PER_UNIT nested_protection(lazy_slot<T, Options>& slot, const Atomic<U*>& source) noexcept : slot_(slot) {
    begin();
    object_ = detail::word_of<T>(slot_.protect_inside(source));
  }
  template <class Sync>
  LAZYREF_PER_UNIT nested_protection(lazy_slot<T, Options>& slot, const atomic_strong_ref<U, Sync>& cell) noexcept
      : slot_(slot) {
    begin();
    object_ = detail::word_of<T>(slot_.protect_inside(cell));
  }

  // Purpose: return to the previous object. Precondition: the slot is on the object of this scope. Progress: wait-free,
  //   except for the disposers that it runs. Cost: as deactivate; without a further slot, also an exchange and a store.
  LAZYREF_PER_UNIT ~nested_protection() {
    look_for_handle();
    auto& words = slot_.handle_.words();
    detail::thread_in_use& seat = slot_.handle_.seat();
    {
      const detail::one_thread entered(seat);
      if (is_checked_) seat.give_back();
      if constexpr (checks_enabled) {
        // Relaxed: the worker's own word.
        detail::expects(
            words.lazy.load(std::memory_order_relaxed) == object_,
            "nested_protection: the slot does not use the object of this scope; end scopes in reverse order");
      }
      if (before_ == nullptr) {
        lazyref::deactivate<holds>(words);
      } else if (detail::move_with_hold<holds>(words, before_) != detail::gave_up::slot_too && parked_) {
        // (W5) release, pairs with R1, R2 and R8; I2.
        words.lazy.store(detail::parked(before_), sync_type::orders.slot_park);
      }
    }
    look_for_handle();  // After the disposers.
    slot_.handle_.place = outer_;
    slot_.handle_.claim = outer_claim_;
  }

  nested_protection(const nested_protection&) = delete;
  nested_protection& operator=(const nested_protection&) = delete;

  // The object of this scope, or null. Precondition (of * and ->): not null.
  U* get() const noexcept { return static_cast<U*>(object_); }
  U& operator*() const noexcept { return *get(); }
  U* operator->() const noexcept { return get(); }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  using sync_type = typename T::lazyref_sync_type;
  using holds = detail::owner_holds<T>;

  LAZYREF_PER_UNIT void begin() noexcept {
    slot_.handle_.check_mine("nested_protection: the slot is empty");
    outer_ = slot_.handle_.place;
    outer_claim_ = slot_.handle_.claim;
    auto& words = slot_.handle_.words();
    detail::thread_in_use& seat = slot_.handle_.seat();
    T* const word = words.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
    if (word != nullptr) {
      if constexpr (checks_enabled) seat.borrow();  // A disposer may run when a slot is attached.
      const bool is_further = slot_.handle_.go_in();
      if constexpr (checks_enabled) seat.give_back();
      if (!is_further) stay(words, word);
    }
    mine_ = slot_.handle_.place;
    my_claim_ = slot_.handle_.claim;
    if constexpr (checks_enabled) {
      is_checked_ = true;
      slot_.handle_.seat().borrow();
    }
  }

  // No further slot is free.
  template <class Words>
  LAZYREF_PER_UNIT void stay(Words& words, T* word) noexcept {
    parked_ = detail::is_parked(word);
    before_ = !parked_ ? word : Options::when == reclaim::deferred ? lazyref::resume(words) : nullptr;
    if (before_ != nullptr) detail::take_hold_of_current<holds>(words, before_);
  }

  void look_for_handle() const noexcept {
    if (detail::is_rare(slot_.handle_.place != mine_ || slot_.handle_.claim != my_claim_))
      detail::call_fatal_hook(
          "nested_protection: the slot was detached, or moved from, before the end of the scope; end scopes first, in "
          "reverse order");
  }

  lazy_slot<T, Options>& slot_;
  void* outer_ = nullptr;  // what the handle stood for before, and stands for now, with their numbers
  void* mine_ = nullptr;
  std::uint32_t outer_claim_ = 0;
  std::uint32_t my_claim_ = 0;
  bool is_checked_ = false;  // where the beginning was checked
  bool parked_ = false;      // so was `before_`
  T* before_ = nullptr;      // if there was no further slot: the scope owns a hold on it
  T* object_ = nullptr;
};

// As constructed.
template <class T, class Options, template <class> class Atomic, class U>
nested_protection(lazy_slot<T, Options>&, const Atomic<U*>&) -> nested_protection<T, Options, U>;
template <class T, class Options, class U, class Sync>
nested_protection(lazy_slot<T, Options>&, const atomic_strong_ref<U, Sync>&) -> nested_protection<T, Options, U>;

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_NESTED_PROTECTION_HPP
