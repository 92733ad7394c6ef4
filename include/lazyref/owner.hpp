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
// such workers do not touch; what they do touch goes in the destructor. Both hooks are public members of T. (A hook that
// cannot be called, because it is private, is refused by the compiler; not in a `final` class, where nobody can look.)
//
// Nothing else of this header shows in T: the members of its base begin with lazyref_.
#include "config.hpp"

#ifndef LAZYREF_OWNER_HPP
#define LAZYREF_OWNER_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#if defined(__has_include) && (__cplusplus >= 202002L || (defined(_MSVC_LANG) && _MSVC_LANG >= 202002L))
#if __has_include(<compare>)
#include <compare>
#endif
#endif

#include "detail/reference_counts.hpp"
#include "sync.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T>
class strong_ref;
template <class T, class Sync = std_sync>
class atomic_strong_ref;

namespace detail {

// What an object's domain does for it.
template <class T>
class home {
 public:
  // The caller's release was the last one; consumes the users' hold.
  virtual void last_user_left(T* object) noexcept = 0;
  // Nobody else knows the object any more.
  virtual void last_hold_left(T* object) noexcept = 0;

 protected:
  home() noexcept = default;
  home(const home&) = delete;
  home& operator=(const home&) = delete;
  ~home() = default;
};

struct owner_access;

}  // namespace detail

#if defined(__cpp_impl_three_way_comparison) && __cpp_impl_three_way_comparison >= 201907L
#define LAZYREF_DETAIL_HAS_COMPARISON 1
#endif

// Base of every object that a lazy_domain manages. Adds two counts and two pointers; no virtual function.
// A copy of an object is a new object: nothing of this base is copied, nor compared.
template <class T, class Sync = std_sync>
class owner {
 public:
  // The policy (sync.hpp) that the object, its domain and its slots are built on.
  using lazyref_sync_type = Sync;

  // Purpose: one user, one hold, and no domain yet: see lazy_domain::make and adopt.
  owner() noexcept = default;
  // The same: nothing is copied.
  owner(const owner&) noexcept : owner() {}
  // Nothing is assigned.
  owner& operator=(const owner&) noexcept { return *this; }

  // For comparisons that T defaults; of this base alone, so that they compare no objects of T.
  template <class U>
  friend constexpr std::enable_if_t<std::is_same_v<U, owner>, bool> operator==(const U&, const U&) noexcept {
    return true;
  }
#if defined(LAZYREF_DETAIL_HAS_COMPARISON)
  template <class U>
  friend constexpr std::enable_if_t<std::is_same_v<U, owner>, std::strong_ordering> operator<=>(const U&,
                                                                                                const U&) noexcept {
    return std::strong_ordering::equal;
  }
#endif

 protected:
  ~owner() = default;

 private:
  friend struct detail::owner_access;

  detail::reference_counts<Sync> lazyref_counts_;
  detail::home<T>* lazyref_home_ = nullptr;
  union {
    // candidates::tracked: a bit for each slot of the domain that has ever been on the object.
    typename Sync::template atomic<std::uintptr_t>* lazyref_tracked_ = nullptr;
    T* lazyref_next_;  // else: the next in the domain's list of retired objects
  };
};

namespace detail {

// The policy of the objects' class; asked where T is complete.
template <class T>
using sync_of = typename std::remove_const_t<T>::lazyref_sync_type;

// The library's way into an owner.
struct owner_access {
  template <class T>
  using base = owner<T, sync_of<T>>;

  template <class T>
  static auto& counts(T* object) noexcept {
    return static_cast<base<T>*>(object)->lazyref_counts_;
  }
  template <class T>
  static home<T>*& domain(T* object) noexcept {
    return static_cast<base<T>*>(object)->lazyref_home_;
  }
  template <class T>
  static auto*& tracked(T* object) noexcept {
    return static_cast<base<T>*>(object)->lazyref_tracked_;
  }
  template <class T>
  static T*& next(T* object) noexcept {
    return static_cast<base<T>*>(object)->lazyref_next_;
  }
  // `new T(args...)`; for an aggregate, whose first base is its owner, the other members are initialised from `args`.
  template <class T, class... Args>
  static T* make(Args&&... args) {
    if constexpr (std::is_constructible_v<T, Args...> || !std::is_aggregate_v<T>) {
      return new T(std::forward<Args>(args)...);
    } else {
      return new T{{}, std::forward<Args>(args)...};
    }
  }
  // The user that a reference stands for, now the caller's.
  template <class T>
  static std::remove_const_t<T>* release(strong_ref<T>& reference) noexcept {
    return const_cast<std::remove_const_t<T>*>(std::exchange(reference.object_, nullptr));
  }
  template <class T>
  static std::remove_const_t<T>* object(const strong_ref<T>& reference) noexcept {
    return const_cast<std::remove_const_t<T>*>(reference.object_);
  }
  template <class T>
  static strong_ref<T> adopt_user(T* object) noexcept {
    return strong_ref<T>(object);
  }
};

// The traits class of slot.hpp, for objects of a domain.
template <class T>
struct owner_holds {
  static void take(T* object, std::size_t n) noexcept { owner_access::counts(object).holds().take(n); }
  static void give_up(T* object, std::size_t n) noexcept {
    give_up(object, n, [](auto&& disposal) { disposal(); });
  }
  // The same; `run` runs the disposer, if this was the last hold.
  template <class Run>
  static void give_up(T* object, std::size_t n, Run&& run) noexcept {
    home<T>* const domain = owner_access::domain(object);
    if (owner_access::counts(object).holds().give_up(n)) run([=] { domain->last_hold_left(object); });
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
  using object_type = std::remove_const_t<T>;

 public:
  // Purpose: empty; a user more; or the other's user, and the other is empty from then on. What an assignment replaces
  //   is given up, as by the destructor. A strong_ref<T> becomes a strong_ref<const T>.
  constexpr strong_ref() noexcept = default;
  constexpr strong_ref(std::nullptr_t) noexcept {}
  strong_ref(const strong_ref& other) noexcept : object_(other.object_) { add_user(); }
  strong_ref(strong_ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U, class = std::enable_if_t<std::is_same_v<const U, T>>>
  strong_ref(const strong_ref<U>& other) noexcept : object_(other.get()) {
    add_user();
  }
  template <class U, class = std::enable_if_t<std::is_same_v<const U, T>>>
  strong_ref(strong_ref<U>&& other) noexcept : object_(detail::owner_access::release(other)) {}
  strong_ref& operator=(strong_ref other) noexcept {
    swap(other);
    return *this;
  }
  ~strong_ref() { reset(); }

  // Purpose: promotion: a user more of an object that the caller has by other means. Empty if the last user is gone, or if
  //   `object` is null.
  // Precondition: a slot or a claim of the caller's is on the object, or the caller has a user of it. A pointer
  //   that is merely known may lead to freed memory. Who may call: any thread. Ordering: none; what keeps the object has
  //   it. Progress: lock-free: tried again when others count at the same time. Cost: a compare-and-swap on the object.
  static strong_ref try_from(T* object) noexcept {
    return object != nullptr && detail::owner_access::counts(const_cast<object_type*>(object)).try_add_user()
               ? strong_ref(object)
               : strong_ref();
  }

  // The object, or null. Precondition (of * and ->): not empty.
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // Purpose: give the user up; the last one hands the object over to the slots that are still on it. Cost, progress: of
  //   the last one, as lazyref::last_user_left (reclaimer.hpp).
  void reset() noexcept {
    object_type* const object = detail::owner_access::release(*this);
    if (object == nullptr) return;
    detail::home<object_type>* const domain = detail::owner_access::domain(object);
    if (detail::owner_access::counts(object).drop_user()) domain->last_user_left(object);
  }

  // A number that was true a moment ago; 0 if empty.
  std::size_t use_count() const noexcept {
    return object_ == nullptr ? 0 : detail::owner_access::counts(detail::owner_access::object(*this)).users();
  }

  // Purpose: exchange users; nothing is counted.
  void swap(strong_ref& other) noexcept { std::swap(object_, other.object_); }

  // Whether both refer to the same object.
  friend bool operator==(const strong_ref& a, const strong_ref& b) noexcept { return a.object_ == b.object_; }
  friend bool operator!=(const strong_ref& a, const strong_ref& b) noexcept { return a.object_ != b.object_; }

 private:
  friend struct detail::owner_access;
  explicit strong_ref(T* object) noexcept : object_(object) {}

  void add_user() noexcept {
    if (object_ != nullptr) detail::owner_access::counts(detail::owner_access::object(*this)).add_users(1);
  }

  T* object_ = nullptr;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_OWNER_HPP
