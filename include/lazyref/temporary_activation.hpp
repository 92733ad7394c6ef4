// SPDX-License-Identifier: BSL-1.0
//
// A scope in which a worker uses another object; after it, the slot is on the previous object again:
//
//   {
//     lazyref::temporary_activation other(slot, reference);   // slot.active() is the other object
//     use(*other);
//   }                                                         // the previous object, active or parked as before
//
// The slot has one word, and the previous object may lose its last user during the scope. So the scope takes a hold on it
// while the slot still protects it. At its end it exchanges that hold into the slot's own `drop`, as a reclaimer would: I1
// does not cover the second activation, the hold does (I3). The worker releases the hold when it next leaves the object,
// parks it, or polls with the object parked.
//
// This hold cannot be told from one that was handed over. So a previous object that was parked may be released early: with
// reclaim::prompt by the scope itself, else by the next poll or collect; an active one, when it is next parked.
//
// Inside the scope the slot must not be moved (switched, parked or detached), neither by the worker nor by disposers that
// run there. Exempt are further scopes, which end in reverse order. Units with checks enabled verify that.
//
// Source: use_temporary_mm, Linux, arch/x86/mm/tlb.c, and the discussion of January 2022.
#include "config.hpp"

#ifndef LAZYREF_TEMPORARY_ACTIVATION_HPP
#define LAZYREF_TEMPORARY_ACTIVATION_HPP

#include "lazy_slot.hpp"

LAZYREF_BEGIN_NAMESPACE

// The scope; see the head of this file. Neither copied nor moved. Who may call: the slot's thread.
template <class T, class Options = domain_options<>>
class temporary_activation {
 public:
  // Purpose: use the referenced object through the slot, until the end of the scope.
  // Preconditions, progress: as lazy_slot::activate; the slot is not detached before the end of the scope. Cost: a
  //   read-modify-write on the previous object, if there is one, and an activation.
  LAZYREF_PER_UNIT temporary_activation(lazy_slot<T, Options>& slot, const strong_ref<T>& reference) noexcept
      : temporary_activation(slot, detail::owner_access::object(reference)) {}
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT temporary_activation(lazy_slot<T, Options>& slot, const strong_ref<U>& reference) noexcept
      : temporary_activation(slot, detail::owner_access::object(reference)) {}

  // Purpose: return to the previous object. Precondition: the slot is on the object of this scope. Progress: wait-free,
  //   except for the disposers that it runs. Cost: two stores and an exchange, or a store if there was no previous object.
  LAZYREF_PER_UNIT ~temporary_activation() {
    const detail::one_thread entered(seat_);
    if (seat_ != nullptr) seat_->give_back();  // For a scope that a unit with checks began, wherever it ends.
    if constexpr (checks_enabled) {
      // Relaxed: the worker's own word.
      detail::expects(
          words_.lazy.load(std::memory_order_relaxed) == object_,
          "temporary_activation: the slot does not use the object of this scope; end scopes in reverse order");
    }
    if constexpr (is_counted) {
      // Relaxed: only the worker accesses the word.
      T* const after = parked_ ? detail::parked(before_) : before_;
      words_.lazy.store(after, std::memory_order_relaxed);
      detail::give_up_counted<holds>(words_, object_, before_ != nullptr ? after : nullptr);
    } else if (before_ == nullptr) {
      lazyref::deactivate<holds>(words_);
    } else {
      if (detail::move_with_hold<holds>(words_, before_) == detail::gave_up::slot_too) return;
      // (W5) release, pairs with R1, R2 and R8; I2.
      if (parked_) words_.lazy.store(detail::parked(before_), sync_type::orders.slot_park);
    }
  }

  temporary_activation(const temporary_activation&) = delete;
  temporary_activation& operator=(const temporary_activation&) = delete;

  // The object of this scope.
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

 private:
  LAZYREF_PER_UNIT temporary_activation(lazy_slot<T, Options>& slot, T* object) noexcept
      : words_(slot.handle_.words()), object_(object) {
    slot.handle_.check_reference(object_);
    if constexpr (checks_enabled) {
      detail::thread_in_use& seat = slot.handle_.seat();
      seat_ = std::addressof(seat);
    }
    const detail::one_thread entered(slot.handle_.seat());
    T* const word = words_.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
    parked_ = detail::is_parked(word);
    if constexpr (is_counted) {
      before_ = detail::object_of(word);  // with its hold
      holds::take(object_, 1);
      words_.lazy.store(object_, std::memory_order_relaxed);  // Relaxed: only the worker accesses the word.
    } else {
      before_ = !parked_ ? word : Options::when == reclaim::deferred ? lazyref::resume(words_) : nullptr;
      if (before_ != nullptr) detail::take_hold_of_current<holds>(words_, before_);
      slot.move_to(object_);
    }
    if constexpr (checks_enabled) seat_->borrow();
  }

  using sync_type = typename T::lazyref_sync_type;

  using holds = detail::owner_holds<T>;
  static constexpr bool is_counted = Options::how == policy::refcounted;

  slot<T, sync_type, Options::when>& words_;  // in the domain: the handle may move
  detail::thread_in_use* seat_ = nullptr;     // where the beginning was checked
  T* object_;
  T* before_ = nullptr;
  bool parked_ = false;
};

// As constructed.
template <class T, class Options>
temporary_activation(lazy_slot<T, Options>&, const strong_ref<T>&) -> temporary_activation<T, Options>;
template <class T, class Options>
temporary_activation(lazy_slot<T, Options>&, const strong_ref<const T>&) -> temporary_activation<T, Options>;

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_TEMPORARY_ACTIVATION_HPP
