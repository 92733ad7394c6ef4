// SPDX-License-Identifier: BSL-1.0
//
// The objects of a domain: `class T : public owner<T>`, and `strong_ref<T>`, an owning reference to one (a user).
//
// An object has two reference counts. `users` keeps the contents alive: when the last strong_ref is dropped, T's optional
// hook `void on_last_user() noexcept` runs, once, and the object never has a user again. `holds` keeps the memory alive:
// all users together own one hold, and each slot that is still on the object receives one. The release of the last hold
// disposes of the object: by T's optional `static void dispose(T*) noexcept`, else by `delete`.
//
// Between the two, workers may still use the object through their slots. So on_last_user may tear down only what such
// workers do not access; the destructor does the rest. Both hooks are public members of T. (The compiler refuses a hook
// that cannot be called, because it is private; it cannot see that in a `final` class.)
//
// Nothing else of this header is visible in T: the members of its base begin with lazyref_.
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

#include "detail/slot/reference_counts.hpp"
#include "sync.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T>
class strong_ref;
template <class T, class Sync = std_sync>
class atomic_strong_ref;

namespace detail {

// The object's domain, as the object sees it.
template <class T>
class home {
 public:
  // The caller dropped the last user, and passes on the users' hold.
  virtual void last_user_left(T* object) noexcept = 0;
  // The caller released the last hold: no other thread can reach the object.
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
// A copy of an object is a new object: this base copies nothing, and takes no part in comparisons.
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

// Whether T is known to have the base class: not if T is incomplete, nor if the base is missing or not public.
// (By functions: g++ 11 ignores access where it selects a specialisation of a variable.)
template <class T, class = typename T::lazyref_sync_type>
std::true_type look_for_owner(int);
template <class T>
std::false_type look_for_owner(...);
template <class T>
inline constexpr bool has_owner = decltype(detail::look_for_owner<T>(0))::value;

// The policy of the objects' class; evaluated where T is complete, or being defined. Where T is not what it must be, it is
// any: owner_access::of says so, in one sentence instead of many.
template <class T>
using sync_of = typename std::conditional_t<has_owner<T>, T, owner<T>>::lazyref_sync_type;

// The library's access to an owner.
struct owner_access {
  template <class T>
  using base = owner<T, sync_of<T>>;

  // Every use of an object goes through this, also the virtual functions of its domain.
  template <class T>
  static base<T>& of(T* object) noexcept {
    static_assert(!std::is_const_v<T>,
                  "lazyref: write lazy_domain<T> and lazy_slot<T>, not const T. Their strong_ref<T> converts to a "
                  "strong_ref<const T>, which a slot takes, too");
    static_assert(
        std::is_const_v<T> || has_owner<T>,
        "lazyref: T must derive publicly from lazyref::owner<T>, as in `struct T : lazyref::owner<T> {};`, and be "
        "complete where its objects are used");
    constexpr bool is_it = std::is_convertible_v<T*, base<T>*>;
    static_assert(
        std::is_const_v<T> || !has_owner<T> || is_it,
        "lazyref: T must derive publicly from lazyref::owner<T>, not from the owner of another class. For a class "
        "derived from T: lazy_domain<T>, strong_ref<T>, and adopt(new derived)");
    if constexpr (is_it) {
      return *static_cast<base<T>*>(object);
    } else {
      return *reinterpret_cast<base<T>*>(const_cast<std::remove_const_t<T>*>(object));  // Never compiled.
    }
  }
  template <class T>
  static auto& counts(T* object) noexcept {
    return owner_access::of(object).lazyref_counts_;
  }
  template <class T>
  static home<T>*& domain(T* object) noexcept {
    return owner_access::of(object).lazyref_home_;
  }
  template <class T>
  static auto*& tracked(T* object) noexcept {
    return owner_access::of(object).lazyref_tracked_;
  }
  template <class T>
  static T*& next(T* object) noexcept {
    return owner_access::of(object).lazyref_next_;
  }
  // `new T(args...)`. For an aggregate, whose first base is its owner, `args` initialise the other members.
  template <class T, class... Args>
  static T* make(Args&&... args) {
    if constexpr (!has_owner<T>) {
      return nullptr;  // Never compiled: see `of`.
    } else if constexpr (std::is_constructible_v<T, Args...> || !std::is_aggregate_v<T>) {
      return new T(std::forward<Args>(args)...);
    } else {
      return new T{{}, std::forward<Args>(args)...};
    }
  }
  // The reference's user, which the caller owns from now on.
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

}  // namespace detail

// An owning reference (a user) to an object: as std::shared_ptr, but intrusive. T may be const, and incomplete where a
// strong_ref is declared as a member.
// Who may call: one thread at a time for each strong_ref, as for any value; different ones to the same object are
//   independent.
// Cost: a copy is one relaxed add, a reset one acq_rel subtract. Progress: wait-free, except for the last reset, which runs
//   T::on_last_user, the handoffs and perhaps disposers (lock-free). Disposers that drop further strong_refs recurse, as
//   with std::shared_ptr.
// Errors: more than 2^31 users, or a user added to an object that has none, call the fatal hook, in every build.
template <class T>
class strong_ref {
  using object_type = std::remove_const_t<T>;

 public:
  // Purpose: constructs an empty one, adds a user, or takes over the other's and leaves the other empty. Assignment drops
  //   the user that it replaces, as the destructor does. A strong_ref<T> converts to a strong_ref<const T>.
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

  // Purpose: promotion: adds a user to an object that the caller can access otherwise. Returns an empty one if the last
  //   user has been dropped, or if `object` is null.
  // Precondition: a slot or a claim of the caller is on the object, or the caller has a user of it; any other pointer may
  //   lead to freed memory. Who may call: any thread. Ordering: none; the slot, claim or user has it. Progress: lock-free:
  //   it retries if other threads change the count. Cost: a compare-and-swap on the object.
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

  // Purpose: drop the user. The last one hands the object over to the slots that are still on it. Cost, progress: of the
  //   last one, as lazyref::last_user_left (reclaimer.hpp).
  void reset() noexcept {
    object_type* const object = detail::owner_access::release(*this);
    if (object == nullptr) return;
    detail::home<object_type>* const domain = detail::owner_access::domain(object);
    if (detail::owner_access::counts(object).drop_user()) domain->last_user_left(object);
  }

  // The number of users at some recent moment; 0 if empty.
  std::size_t use_count() const noexcept {
    return object_ == nullptr ? 0 : detail::owner_access::counts(detail::owner_access::object(*this)).users();
  }

  // Purpose: exchange the references; no count changes.
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
