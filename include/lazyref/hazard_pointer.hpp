// SPDX-License-Identifier: BSL-1.0
//
// Hazard pointers with the interface of C++26 ([saferecl.hp]), in C++17, on lazyref's slots. A program that has
// std::hazard_pointer changes a namespace.
//
//   struct node : lazyref::hazard_pointer_obj_base<node> { ... };
//   std::atomic<node*> head;
//
//   lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
//   node* seen = h.protect(head);                              // a store, a light fence, a load
//   use(*seen);
//   h.reset_protection();
//
//   node* old = head.exchange(next, std::memory_order_acq_rel);  // unpublish first,
//   old->retire();                                             // then retire
//
// What this implementation adds to the standard's words:
//
//   When    retire, once hazard_pointer_batch objects wait: one heavy fence and one pass over the hazard pointers for
//           all of them. An object that is protected then is left with the hazard pointer that protects it, and
//           reclaimed when that next moves, in that thread: nobody waits, nobody scans again.
//   Bound   when no call is running, fewer than hazard_pointer_batch objects wait, and at most one more for each hazard
//           pointer. Each running retire adds a batch to that, and has in hand what it found waiting: with c of them,
//           together fewer than hazard_pointer_batch * (1 + c) * (2 + c) / 2.
//   Where   deleters run inside retire, hazard_pointer_clean_up, protect, try_protect, reset_protection, and the
//           destructor and move assignment of a hazard_pointer that protects something. They may call any of these.
//   Memory  make_hazard_pointer allocates (and may fail as `new` does) only when all hazard pointers there are exist or
//           are kept; a thread keeps up to eight that it has used, and gives them back when it ends. Nothing else
//           allocates.
//   Exit    what waits when the program ends is not reclaimed.
//   Fork    in the child, what vanished threads protected stays protected: at most one object for each.
//   Fibers  a fiber that goes on in another thread must not do so inside a call, and the compiler must not keep the
//           address of a thread_local variable across its switch.
//
// Who may call: a hazard_pointer belongs to one thread at a time; retire and clean_up any thread. Nothing here is
// async-signal-safe. Source: C++26 working draft, [saferecl.hp]; P2530.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "detail/hazard_domain.hpp"

LAZYREF_BEGIN_NAMESPACE

// How many retired objects wait for one heavy fence.
inline constexpr std::size_t hazard_pointer_batch = detail::hazards::batch;

namespace detail {

// Room for a deleter: none where it is empty. (Not [[no_unique_address]]: the layout must not depend on the language
// version.)
//
// A copy of an object is another one, which is not retired: nothing is copied, nor looked at, as another thread may be
// retiring the original.
template <class D, bool = std::is_empty_v<D> && !std::is_final_v<D>>
class deleter_box : private D {
 public:
  deleter_box() = default;
  deleter_box(const deleter_box&) noexcept(std::is_nothrow_default_constructible_v<D>) : D() {}
  deleter_box& operator=(const deleter_box&) noexcept { return *this; }
  D& lazyref_deleter() noexcept { return *this; }
};
template <class D>
class deleter_box<D, false> {
 public:
  deleter_box() = default;
  deleter_box(const deleter_box&) noexcept(std::is_nothrow_default_constructible_v<D>) {}
  deleter_box& operator=(const deleter_box&) noexcept { return *this; }
  D& lazyref_deleter() noexcept { return deleter_; }

 private:
  D deleter_{};
};

}  // namespace detail

// Base of objects that hazard pointers protect: `class T : public hazard_pointer_obj_base<T>`, once, not virtual.
template <class T, class D = std::default_delete<T>>
class hazard_pointer_obj_base : public detail::hazard_object<std_sync>, private detail::deleter_box<D> {
 public:
  // Purpose: reclaim the object, by d(pointer to it), when no hazard pointer protects it.
  // Preconditions: this is a base of an object of type T that is not retired, and that nobody can newly reach. d, and
  //   moving D, do not throw.
  // Progress: lock-free. Cost: two read-modify-writes; every hazard_pointer_batch calls a heavy fence and a look at
  //   each hazard pointer. Ordering: what is before the call happens before d.
  void retire(D d = D()) noexcept {
    static_assert(std::is_base_of_v<hazard_pointer_obj_base, T>,
                  "T must be derived from hazard_pointer_obj_base<T, D>");
    detail::check(this->reclaim_ == nullptr, "hazard_pointer_obj_base::retire: the object is retired already");
    this->lazyref_deleter() = std::move(d);
    this->reclaim_ = [](detail::hazard_object<std_sync>* object) noexcept {
      auto* const self = static_cast<hazard_pointer_obj_base*>(object);
      D deleter{};  // D need not be move-constructible.
      deleter = std::move(self->lazyref_deleter());
      deleter(static_cast<T*>(self));
    };
    detail::all_hazards.value.retire(this);
  }

 protected:
  // A copy is another object, which is not retired.
  hazard_pointer_obj_base() = default;
  hazard_pointer_obj_base(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base(hazard_pointer_obj_base&&) = default;
  hazard_pointer_obj_base& operator=(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base& operator=(hazard_pointer_obj_base&&) = default;
  ~hazard_pointer_obj_base() = default;
};

// Empty, or the owner of one hazard pointer. Move-only.
class [[nodiscard]] hazard_pointer {
 public:
  // Purpose: empty; or takes the other's, which is empty from then on. What an assignment replaces ends as in the
  //   destructor.
  hazard_pointer() noexcept = default;
  hazard_pointer(hazard_pointer&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  hazard_pointer& operator=(hazard_pointer&& other) noexcept {
    hazard_pointer taken(std::move(other));
    swap(taken);
    return *this;
  }

  // Purpose: end the protection, and give the hazard pointer back. Cost: a store and a light fence, where the thread
  //   has room for the hazard pointer.
  ~hazard_pointer() {
    detail::hazards::record* const mine = std::exchange(record_, nullptr);
    if (mine == nullptr) return;
    lazyref::deactivate<holds>(words(*mine));
    detail::return_hazard(mine);
  }

  // Whether it owns no hazard pointer.
  [[nodiscard]] bool empty() const noexcept { return record_ == nullptr; }

  // Purpose: protect what `src` points to, and return it. Precondition: not empty. Ordering: an acquire load of `src`.
  // Progress: lock-free: tried again when somebody has changed `src`. Cost: a load, a store, a light fence, a load.
  template <class T>
  T* protect(const std_sync::atomic<T*>& src) noexcept {
    static_assert(is_protectable<T>, "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    return lazyref::protect<holds>(words(*record_), src);
  }

  // Purpose: one try of the same, of `ptr`, which was read from `src`. Returns whether it is protected now. If not,
  //   nothing is, and `ptr` is what `src` points to now. Precondition: not empty. Progress: wait-free.
  template <class T>
  bool try_protect(T*& ptr, const std_sync::atomic<T*>& src) noexcept {
    static_assert(is_protectable<T>, "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    return lazyref::try_protect<holds>(words(*record_), ptr, src);
  }

  // Purpose: end the protection, and begin that of *ptr, if it is not null. It protects only what is not retired yet:
  //   the caller looks at its shared pointer again, after this, with acquire. Precondition: not empty. Cost: a store
  //   and a light fence.
  template <class T>
  void reset_protection(const T* ptr) noexcept {
    static_assert(is_protectable<T>, "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    lazyref::protect_again<holds>(words(*record_), static_cast<detail::hazards::object*>(const_cast<T*>(ptr)));
  }

  // Purpose: end the protection. Precondition: not empty. Cost: a store and a light fence.
  void reset_protection(std::nullptr_t = nullptr) noexcept {
    check_not_empty();
    lazyref::deactivate<holds>(words(*record_));
  }

  // Purpose: exchange hazard pointers; what they protect stays protected.
  void swap(hazard_pointer& other) noexcept { std::swap(record_, other.record_); }

 private:
  friend hazard_pointer make_hazard_pointer();
  using holds = detail::hazards::holds;

  template <class T>
  static constexpr bool is_protectable = detail::is_plain_base<detail::hazards::object, T>;

  explicit hazard_pointer(detail::hazards::record* record) noexcept : record_(record) {}

  static detail::hazards::slot_words& words(detail::hazards::record& r) noexcept { return r; }
  void check_not_empty() const noexcept { detail::check(record_ != nullptr, "hazard_pointer: it is empty"); }

  detail::hazards::record* record_ = nullptr;
};

// Purpose: a hazard pointer that protects nothing. Errors: those of `new`. Cost: none to speak of where the thread has
//   used one before.
[[nodiscard]] inline hazard_pointer make_hazard_pointer() { return hazard_pointer(detail::take_hazard()); }

// As the member.
inline void swap(hazard_pointer& a, hazard_pointer& b) noexcept { a.swap(b); }

// Purpose (not in C++26): reclaim now what is retired, not protected, and not in another call's hand. For tests, and
//   for the end of a program. Before a shared object whose deleters are in use is closed, that alone is not enough: its
//   users must have let go of what they protect. What deleters retire in here may wait again. Who may call: any thread.
//   Progress: lock-free.
inline void hazard_pointer_clean_up() noexcept { detail::all_hazards.value.flush(); }

// Purpose (not in C++26): in the child of a fork, before it starts threads: what threads that are gone were doing is
//   over. Precondition: not called by a deleter.
inline void hazard_pointer_after_fork_in_child() noexcept {
  fence_after_fork_in_child();
  detail::all_hazards.value.after_fork_in_child();
}

LAZYREF_END_NAMESPACE
