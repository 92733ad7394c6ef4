// SPDX-License-Identifier: BSL-1.0
//
// Objects that lazy references refer to: `class T : public owner<T>`, and `strong_ref<T>`, which counts a user of one.
//
// An object has two counts. `users` keeps the contents alive: when the last strong_ref goes, T's optional hook
// `void on_last_user() noexcept` runs, once, and there will never be a user again. `holds` keeps the memory alive: all
// users together own one, and each slot that is still on the object gets one. With the last hold the object is disposed
// of: by T's optional `static void dispose(T*) noexcept`, else by `delete`.
//
// Between the two, workers may still be using the object through their slots. So on_last_user may tear down only what
// such workers do not touch; what they do touch goes in the destructor. Both hooks are public members of T.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "sync.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T>
class strong_ref;

namespace detail {

// What an object's domain does for it.
template <class T>
class home {
 public:
  virtual void last_user_left(
      T* object) noexcept = 0;  // the caller's release was the last one; consumes the users' hold
  virtual void last_hold_left(T* object) noexcept = 0;  // nobody else knows the object any more

 protected:
  home() noexcept = default;
  home(const home&) = delete;
  home& operator=(const home&) = delete;
  ~home() = default;
};

template <class Sync>
class reference_counts {
 public:
  using count = std::uint32_t;
  static constexpr count limit = count{1} << 31;

  constexpr reference_counts() noexcept = default;

  void add_users(count n) noexcept {
    // Relaxed: whoever adds a user has one.
    const count before = users_.fetch_add(n, std::memory_order_relaxed);
    if (is_rare(before == 0))
      fatal(
          "a user was added to an object whose last user is gone: a strong_ref outlived its object, or a raw pointer "
          "was taken for one");
    if (is_rare(before >= limit - n)) fatal("an object has more than 2^31 users: strong_refs are leaked");
  }

  // True for whoever dropped the last one.
  bool drop_user() noexcept {
    // (C1) acq_rel, pairs with itself; I1: release, so that every activation under this user is in the last one's past;
    // acquire, for the last one to have them.
    const count before = users_.fetch_sub(1, Sync::orders.users_drop);
    if (is_rare(before == 0)) fatal("a user was dropped that was never counted: a strong_ref was destroyed twice");
    return before == 1;
  }

  void take_holds(std::size_t n) noexcept {
    // Relaxed: whoever takes holds has one.
    const count before = holds_.fetch_add(static_cast<count>(n), std::memory_order_relaxed);
    if (is_rare(before == 0)) fatal("a hold was taken on an object that is being disposed of");
    if (is_rare(n >= limit || before >= limit - n)) fatal("an object has more than 2^31 holds");
  }

  // True for whoever gave up the last one.
  bool give_up_holds(std::size_t n) noexcept {
    // (C2) acq_rel, pairs with itself; I3: whoever disposes has every other holder's past in its own.
    const count before = holds_.fetch_sub(static_cast<count>(n), Sync::orders.holds_drop);
    if (is_rare(before < n))
      fatal("a hold was given up that was never taken: an object was handed over or released twice");
    return before == n;
  }

  // The same two for the caller that is likely to be the only one, as it is when it retires an object: no
  // read-modify-write then.
  bool drop_only_user() noexcept {
    // (C3) acquire, pairs with C1; I1. Nobody can add a user to one that is the caller's alone.
    if (is_rare(users_.load(Sync::orders.users_sole) != 1)) return drop_user();
    users_.store(0, std::memory_order_relaxed);  // Relaxed: only misuse reads it.
    return true;
  }
  bool give_up_only_hold() noexcept {
    // (C4) acquire, pairs with C2; I3.
    if (is_rare(holds_.load(Sync::orders.holds_sole) != 1)) return give_up_holds(1);
    holds_.store(0, std::memory_order_relaxed);  // Relaxed: only misuse reads it.
    return true;
  }

  // Relaxed: as old as it is.
  count users() const noexcept { return users_.load(std::memory_order_relaxed); }
  count holds() const noexcept { return holds_.load(std::memory_order_relaxed); }

 private:
  typename Sync::template atomic<count> users_{1};
  typename Sync::template atomic<count> holds_{1};  // the users'
};

struct owner_access;

}  // namespace detail

// Base of every object that a lazy_domain manages. Adds two counts and two pointers; no virtual function.
// A copy of an object is a new object: nothing of this base is copied.
template <class T, class Sync = std_sync>
class owner {
 public:
  // The policy (sync.hpp) that the object, its domain and its slots are built on.
  using sync_type = Sync;

  // Purpose: one user, one hold, and no domain yet: see lazy_domain::make and adopt.
  owner() noexcept = default;
  // The same: nothing is copied.
  owner(const owner&) noexcept : owner() {}
  // Nothing is assigned.
  owner& operator=(const owner&) noexcept { return *this; }

 protected:
  ~owner() = default;

 private:
  friend struct detail::owner_access;

  detail::reference_counts<Sync> counts_;
  detail::home<T>* home_ = nullptr;
  union {
    // candidates::tracked: a bit for each slot of the domain that has ever been on the object.
    typename Sync::template atomic<std::uintptr_t>* tracked_ = nullptr;
    T* next_;  // else: the next in the domain's list of retired objects
  };
};

namespace detail {

// The library's way into an owner.
struct owner_access {
  template <class T>
  using base = owner<T, typename T::sync_type>;

  template <class T>
  static auto& counts(T* object) noexcept {
    return static_cast<base<T>*>(object)->counts_;
  }
  template <class T>
  static home<T>*& domain(T* object) noexcept {
    return static_cast<base<T>*>(object)->home_;
  }
  template <class T>
  static auto*& tracked(T* object) noexcept {
    return static_cast<base<T>*>(object)->tracked_;
  }
  template <class T>
  static T*& next(T* object) noexcept {
    return static_cast<base<T>*>(object)->next_;
  }
  // The user that a reference stands for, now the caller's.
  template <class T>
  static T* release(strong_ref<T>& reference) noexcept {
    return std::exchange(reference.object_, nullptr);
  }
  template <class T>
  static strong_ref<T> adopt_user(T* object) noexcept {
    return strong_ref<T>(object);
  }
};

// The traits class of slot.hpp, for objects of a domain.
template <class T>
struct owner_holds {
  static void take(T* object, std::size_t n) noexcept { owner_access::counts(object).take_holds(n); }
  static void give_up(T* object, std::size_t n) noexcept {
    home<T>* const domain = owner_access::domain(object);
    if (owner_access::counts(object).give_up_holds(n)) domain->last_hold_left(object);
  }
};

template <class T, class = void>
inline constexpr bool has_on_last_user = false;
template <class T>
inline constexpr bool has_on_last_user<T, std::void_t<decltype(std::declval<T&>().on_last_user())>> = true;

template <class T, class = void>
inline constexpr bool has_dispose = false;
template <class T>
inline constexpr bool has_dispose<T, std::void_t<decltype(T::dispose(std::declval<T*>()))>> = true;

// A hook that is named but cannot be called (private, or of another signature) must not be passed over in silence. A
// name that is found in two bases is ambiguous, whatever its access.
struct hook_names {
  void on_last_user();
  void dispose();
};
template <class T>
inline constexpr bool can_look_for_hooks =
    !std::is_final_v<T> && (std::is_destructible_v<T> || !std::has_virtual_destructor_v<T>);
template <class T, bool = can_look_for_hooks<T>>
struct hooks : T, hook_names {};
template <class T>
struct hooks<T, false> : hook_names {};

template <class T, class = void>
inline constexpr bool names_on_last_user = true;
template <class T>
inline constexpr bool names_on_last_user<T, std::void_t<decltype(&hooks<T>::on_last_user)>> = false;

template <class T, class = void>
inline constexpr bool names_dispose = true;
template <class T>
inline constexpr bool names_dispose<T, std::void_t<decltype(&hooks<T>::dispose)>> = false;

}  // namespace detail

// A counted user of an object, as std::shared_ptr is, but intrusive.
// Who may call: one strong_ref belongs to one thread at a time, as with any value; different ones to the same object
//   are independent.
// Cost: copy one relaxed add, reset one acq_rel subtract. Progress: wait-free, but for the last reset, which runs
//   T::on_last_user, the hand-over and perhaps disposers (lock-free). Disposers that drop further strong_refs recurse,
//   as with std::shared_ptr.
// Errors: more than 2^31 users, or a user added to an object that has none, call the fatal hook, in every build.
template <class T>
class strong_ref {
 public:
  // Purpose: empty; a user more; or the other's user, and the other is empty from then on. What an assignment replaces
  //   is given up, as by the destructor.
  constexpr strong_ref() noexcept = default;
  constexpr strong_ref(std::nullptr_t) noexcept {}
  strong_ref(const strong_ref& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) detail::owner_access::counts(object_).add_users(1);
  }
  strong_ref(strong_ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  strong_ref& operator=(strong_ref other) noexcept {
    swap(other);
    return *this;
  }
  ~strong_ref() { reset(); }

  // The object, or null. Precondition (of * and ->): not empty.
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // Purpose: give the user up; the last one hands the object over to the slots that are still on it. Cost, progress: of
  //   the last one, as lazyref::last_user_left (reclaimer.hpp).
  void reset() noexcept {
    T* const object = std::exchange(object_, nullptr);
    if (object == nullptr) return;
    detail::home<T>* const domain = detail::owner_access::domain(object);
    if (detail::owner_access::counts(object).drop_user()) domain->last_user_left(object);
  }

  // A number that was true a moment ago; 0 if empty.
  std::size_t use_count() const noexcept {
    return object_ == nullptr ? 0 : detail::owner_access::counts(object_).users();
  }

  // Purpose: exchange users; nothing is counted.
  void swap(strong_ref& other) noexcept { std::swap(object_, other.object_); }

  // Whether both refer to the same object.
  friend bool operator==(const strong_ref& a, const strong_ref& b) noexcept { return a.object_ == b.object_; }
  friend bool operator!=(const strong_ref& a, const strong_ref& b) noexcept { return a.object_ != b.object_; }

 private:
  friend struct detail::owner_access;
  explicit strong_ref(T* object) noexcept : object_(object) {}

  T* object_ = nullptr;
};

LAZYREF_END_NAMESPACE
