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
//   When    retire, once hazard_pointer_batch objects wait that were retired on this CPU, or hazard_pointer_bytes of
//           those whose size was told; or earlier, if retires are so rare that fences take little of the time. Then one
//           heavy fence and one pass over the hazard pointers for all of them. An object that is protected then is left
//           with the hazard pointer that protects it, and reclaimed when that next moves, in that thread: nobody waits,
//           nobody scans again.
//   Bound   with b = max(hazard_pointer_batch, hazard pointers that were ever in use at a time) and L CPUs, rounded up to
//           a power of two, at most 1024: when no call is running, fewer than b * L objects wait, and at most one more
//           for each hazard pointer. Each running call has in hand what it found waiting: a retire on one CPU, a clean_up
//           on all. With r and f of them, fewer than b * (L * (1 + f) + r), and what these are about to retire. And
//           everything waits while heavy fences fail.
//   Where   deleters run inside retire, hazard_pointer_clean_up, protect, try_protect, reset_protection, and the
//           destructor and move assignment of a hazard_pointer that protects something. They may call any of these;
//           slot.hpp says what then holds ("Disposers"). One thing is forbidden, and calls the fatal hook: a deleter that
//           runs inside protect, try_protect or reset_protection(pointer) must not destroy that hazard pointer, nor assign
//           to it. The thread is not cancelled (pthread_cancel) while deleters run.
//   Memory  make_hazard_pointer allocates (and may fail as `new` does) only when all hazard pointers there are exist or
//           are kept; a thread keeps up to eight that it has used, and gives them back when it ends (also if it uses
//           its first one in a pthread key's destructor, but for the last round of these). A shared object in
//           which threads have used hazard pointers stays loaded until they end. Nothing else allocates.
//   Exit    what waits when the program ends is not reclaimed.
//   Fork    in the child, what vanished threads protected stays protected: at most one object for each.
//   Fibers  a fiber may go on in another thread between two calls, with its hazard pointers, not inside a call. The
//           thread that it leaves does not end before the fiber has made its next call.
//   Images  an object is protected and retired in images that have one state (config.hpp, "images"). Units that check
//           report it where they protect and retire in different ones.
//
// Who may call: a hazard_pointer belongs to one thread at a time; retire and clean_up any thread. Nothing here is
// async-signal-safe. Source: C++26 working draft, [saferecl.hp]; P2530.
#include "config.hpp"

#ifndef LAZYREF_HAZARD_POINTER_HPP
#define LAZYREF_HAZARD_POINTER_HPP

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "detail/hazard_cache.hpp"

LAZYREF_BEGIN_NAMESPACE

// How many retired objects wait for one heavy fence at most, and how many bytes of those whose size was told, on each CPU.
inline constexpr std::size_t hazard_pointer_batch = detail::hazards::batch;
inline constexpr std::size_t hazard_pointer_bytes = detail::hazards::bytes;

namespace detail {

// Room for a deleter, which is no base of the object: none where there is nothing to remember. (Not
// [[no_unique_address]]: the layout must not depend on the language version.)
//
// A copy of an object is another one, which is not retired: nothing is copied, nor looked at, as another thread may be
// retiring the original.
template <class D>
inline constexpr bool remembers_nothing = std::is_empty_v<D>&& std::is_trivially_default_constructible_v<D>&&
    std::is_trivially_destructible_v<D>&& std::is_trivially_move_assignable_v<D>;

template <class D, bool = remembers_nothing<D>>
class lazyref_object_with_deleter : public lazyref_hazard_object<std_sync> {
 public:
  lazyref_object_with_deleter() = default;
  lazyref_object_with_deleter(const lazyref_object_with_deleter&) noexcept : lazyref_hazard_object<std_sync>() {}
  lazyref_object_with_deleter& operator=(const lazyref_object_with_deleter&) noexcept { return *this; }
  void lazyref_set_deleter(D&&) const noexcept {}
  static D lazyref_deleter() noexcept { return D(); }

 protected:
  ~lazyref_object_with_deleter() = default;
};
template <class D>
class lazyref_object_with_deleter<D, false> : public lazyref_hazard_object<std_sync> {
 public:
  lazyref_object_with_deleter() = default;
  lazyref_object_with_deleter(const lazyref_object_with_deleter&) noexcept(std::is_nothrow_default_constructible_v<D>)
      : lazyref_hazard_object<std_sync>() {}
  lazyref_object_with_deleter& operator=(const lazyref_object_with_deleter&) noexcept { return *this; }
  void lazyref_set_deleter(D&& d) const noexcept { lazyref_deleter_ = std::move(d); }
  D&& lazyref_deleter() const noexcept { return std::move(lazyref_deleter_); }

 protected:
  ~lazyref_object_with_deleter() = default;

 private:
  mutable D lazyref_deleter_{};
};

// Is B a base of T that can be told from it by address, once, and public?
template <class B, class T, class = void>
inline constexpr bool is_plain_public_base = false;
template <class B, class T>
inline constexpr bool is_plain_public_base<B, T, std::void_t<decltype(static_cast<T*>(std::declval<B*>()))>> =
    std::is_convertible_v<T*, B*>;

// The base of a T that hazard pointers can protect: named by its own type, so there is no other with another deleter.
template <class T, class D>
hazard_pointer_obj_base<T, D> lazyref_base_of(const volatile hazard_pointer_obj_base<T, D>*);  // not defined

// Is T what [saferecl.hp.general]/2 calls hazard-protectable: with one base hazard_pointer_obj_base<T, D>, and none of
// another type's (whose objects these are as well), public, and not virtual? A const T is what T is.
template <class T, class = void>
inline constexpr bool is_hazard_protectable = false;
template <class T>
inline constexpr bool
    is_hazard_protectable<T, std::void_t<decltype(detail::lazyref_base_of<std::remove_cv_t<T>>(std::declval<T*>()))>> =
        detail::is_plain_base<hazards::object, T>;

}  // namespace detail

// Base of objects that hazard pointers protect: `class T : public hazard_pointer_obj_base<T>`, once, not virtual.
// Nothing but `retire` shows in T: the members of its base begin with lazyref_.
template <class T, class D = std::default_delete<T>>
class hazard_pointer_obj_base : public detail::lazyref_object_with_deleter<D> {
 public:
  // Purpose: reclaim the object, by d(pointer to it), when no hazard pointer protects it.
  // Preconditions: this is a base of an object of type T that is not retired, and that nobody can newly reach. d, and
  //   moving D, do not throw.
  // Progress: lock-free. Cost: two read-modify-writes on a line of this CPU; of a heavy fence and a look at each hazard
  //   pointer, its share. Ordering: what is before the call happens before d.
  // (Const, beyond the standard: a user that may only read the object may retire it.)
  LAZYREF_PER_UNIT void retire(D d = D()) const noexcept { lazyref_retire(d, 0); }

  // For comparisons that T defaults; of this base alone, so that they compare no objects of T.
  template <class U>
  friend constexpr std::enable_if_t<std::is_same_v<U, hazard_pointer_obj_base>, bool> operator==(const U&,
                                                                                                 const U&) noexcept {
    return true;
  }
#if defined(LAZYREF_DETAIL_HAS_COMPARISON)
  template <class U>
  friend constexpr std::enable_if_t<std::is_same_v<U, hazard_pointer_obj_base>, std::strong_ordering> operator<=>(
      const U&, const U&) noexcept {
    return std::strong_ordering::equal;
  }
#endif

 protected:
  // A copy is another object, which is not retired.
  hazard_pointer_obj_base() = default;
  hazard_pointer_obj_base(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base(hazard_pointer_obj_base&&) = default;
  hazard_pointer_obj_base& operator=(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base& operator=(hazard_pointer_obj_base&&) = default;
  ~hazard_pointer_obj_base() = default;

 private:
  template <class U, class E>
  friend void hazard_pointer_retire(const hazard_pointer_obj_base<U, E>* object, std::size_t bytes,
                                    std::enable_if_t<true, E> d) noexcept;

  LAZYREF_PER_UNIT void lazyref_retire(D& d, std::size_t bytes) const noexcept {
    static_assert(std::is_base_of_v<hazard_pointer_obj_base, T>,
                  "T must be derived from hazard_pointer_obj_base<T, D>");
    static_assert(detail::is_plain_public_base<hazard_pointer_obj_base, T>,
                  "hazard_pointer_obj_base<T, D> must be a public base of T, once, and not virtual");
    static_assert(detail::is_plain_base<detail::hazards::object, T>,
                  "hazard_pointer_obj_base<T, D>: T must have no other base hazard_pointer_obj_base");
    if constexpr (checks_enabled) {
      detail::expects(this->lazyref_reclaim_ == nullptr,
                      "hazard_pointer_obj_base::retire: the object is retired already");
      detail::expects(detail::all_hazards.value.is_ours(this, false),
                      "hazard_pointer_obj_base::retire: the object was protected by hazard pointers of another image, "
                      "whose state is not this one's, and which this call does not look at: let one image define the "
                      "state for all (LAZYREF_STATE, see config.hpp)");
    }
    this->lazyref_set_deleter(std::move(d));
    this->lazyref_reclaim_ = [](detail::lazyref_hazard_object<std_sync>* object) noexcept {
      auto* const self = static_cast<hazard_pointer_obj_base*>(object);
      D deleter{};  // D need not be move-constructible.
      deleter = self->lazyref_deleter();
      deleter(static_cast<T*>(self));
    };
    detail::all_hazards.value.retire(const_cast<hazard_pointer_obj_base*>(this), bytes);
  }
};

// Purpose (not in C++26): object->retire(d), for an object that keeps so many bytes from being used: if it is much, so
//   that few such objects wait. Preconditions, progress: as retire. Cost: a read-modify-write more.
template <class T, class D>
LAZYREF_PER_UNIT void hazard_pointer_retire(const hazard_pointer_obj_base<T, D>* object, std::size_t bytes,
                                            std::enable_if_t<true, D> d = D()) noexcept {
  object->lazyref_retire(d, bytes);
}

// Empty, or the owner of one hazard pointer. Move-only.
class [[nodiscard]] hazard_pointer {
 public:
  // Purpose: empty; or takes the other's, which is empty from then on. What an assignment replaces ends as in the
  //   destructor.
  hazard_pointer() noexcept = default;
  hazard_pointer(hazard_pointer&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  LAZYREF_PER_UNIT hazard_pointer& operator=(hazard_pointer&& other) noexcept {
    hazard_pointer taken(std::move(other));
    swap(taken);
    return *this;
  }

  // Purpose: end the protection, and give the hazard pointer back. Cost: a store and a light fence, where the thread
  //   has room for the hazard pointer.
  LAZYREF_PER_UNIT ~hazard_pointer() {
    detail::hazards::record* const mine = std::exchange(record_, nullptr);
    if (mine == nullptr) return;
    detail::hazards::record& r = *std_sync::forget(mine);
    detail::leave<holds>(hazard_pointer::words(r));
    detail::return_hazard(r);
  }

  // Whether it owns no hazard pointer.
  [[nodiscard]] bool empty() const noexcept { return record_ == nullptr; }

  // Purpose: protect what `src` points to, and return it. Precondition: not empty. Ordering: an acquire load of `src`.
  // Progress: lock-free: tried again when somebody has changed `src`. Cost: a load, a store, a light fence, a load.
  template <class T>
  [[nodiscard]] LAZYREF_PER_UNIT T* protect(const std_sync::atomic<T*>& src) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    T* const object = lazyref::protect<holds>(hazard_pointer::words(*record_), src);
    hazard_pointer::check_registry(*record_, object);
    return object;
  }

  // Purpose: one try of the same, of `ptr`, which was read from `src`. Returns whether it is protected now. If not,
  //   nothing is, and `ptr` is what `src` points to now. Precondition: not empty. Progress: wait-free.
  template <class T>
  [[nodiscard]] LAZYREF_PER_UNIT bool try_protect(T*& ptr, const std_sync::atomic<T*>& src) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    const bool is_protected = lazyref::try_protect<holds>(hazard_pointer::words(*record_), ptr, src);
    if (is_protected) hazard_pointer::check_registry(*record_, ptr);
    return is_protected;
  }

  // Purpose: end the protection, and begin that of *ptr, if it is not null. It protects only what is not retired yet:
  //   the caller looks at its shared pointer again, after this, with acquire. (So it does not copy the protection of
  //   another hazard pointer: if that protects an object that is retired by now, this one does not.) Precondition: not
  //   empty. Cost: a store and a light fence.
  template <class T>
  LAZYREF_PER_UNIT void reset_protection(const T* ptr) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    lazyref::protect_again<holds>(hazard_pointer::words(*record_),
                                  static_cast<detail::hazards::object*>(const_cast<T*>(ptr)));
  }

  // Purpose: end the protection. Precondition: not empty. Cost: a store and a light fence.
  LAZYREF_PER_UNIT void reset_protection(std::nullptr_t = nullptr) noexcept {
    check_not_empty();
    lazyref::deactivate<holds>(hazard_pointer::words(*record_));
  }

  // Purpose: exchange hazard pointers; what they protect stays protected.
  void swap(hazard_pointer& other) noexcept { std::swap(record_, other.record_); }

 private:
  friend hazard_pointer make_hazard_pointer();
  using holds = detail::hazards::holds;

  explicit hazard_pointer(detail::hazards::record* record) noexcept : record_(record) {
    detail::assume_that(record != nullptr);
  }

  static detail::hazards::slot_words& words(detail::hazards::record& r) noexcept { return r; }
  LAZYREF_PER_UNIT void check_not_empty() const noexcept {
    detail::expects(record_ != nullptr, "hazard_pointer: it is empty");
  }
  LAZYREF_PER_UNIT static void check_registry(const detail::hazards::record& r,
                                              const detail::hazards::object* object) noexcept {
    if constexpr (checks_enabled) {
      detail::expects(
          object == nullptr || r.registry->is_ours(object, true),
          "hazard_pointer: the object was protected by hazard pointers of another image too, whose state is "
          "not this one's: whoever retires it looks at one of them only; let one image define the state "
          "for all (LAZYREF_STATE, see config.hpp)");
    }
  }

  detail::hazards::record* record_ = nullptr;
};

// Purpose: a hazard pointer that protects nothing. Errors: those of `new`. Cost: none to speak of where the thread has
//   used one before; else a read-modify-write, whatever their number, and memory for as many again where all are in use.
[[nodiscard]] inline hazard_pointer make_hazard_pointer() { return hazard_pointer(detail::take_hazard()); }

// As the member.
inline void swap(hazard_pointer& a, hazard_pointer& b) noexcept { a.swap(b); }

// Purpose (not in C++26): reclaim now what is retired, not protected, and not in another call's hand, and what deleters
//   retire in here, until nothing of that waits: chains and trees of any length, without recursion. For tests, and for the end of
//   a program. Before a shared object whose deleters are in use is closed, that alone is not enough: its users must have
//   let go of what they protect.
// Returns how many objects are not reclaimed yet: those that are protected, those that another call has in hand, and
//   those that go on waiting since the heavy fence failed (ENOMEM, a filter). It waits for nobody. A retire that is running
//   may hide one, and so may a call that reclaims what was handed over to its hazard pointer; else, where it returns 0, all
//   deletions happen before its return. A deleter's call runs inside the one that runs the deleter; one inside it leaves it to that. Who may call: any thread. Progress:
//   lock-free. Cost: linear in the hazard pointers.
inline std::size_t hazard_pointer_clean_up() noexcept { return detail::all_hazards.value.flush(); }

LAZYREF_DETAIL_BEGIN_UNIT

// Purpose (not in C++26): in the child of a fork, before it starts threads: what threads that are gone were doing is
//   over. Precondition: not called by a deleter.
inline void hazard_pointer_after_fork_in_child() noexcept {
  fence_after_fork_in_child();
  detail::all_hazards.value.after_fork_in_child(detail::this_thread());
}

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_HAZARD_POINTER_HPP
