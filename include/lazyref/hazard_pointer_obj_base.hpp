// SPDX-License-Identifier: BSL-1.0
//
// The base class of objects that hazard pointers protect, and how these are retired. hazard_pointer.hpp has the contract.
#include "config.hpp"

#ifndef LAZYREF_HAZARD_POINTER_OBJ_BASE_HPP
#define LAZYREF_HAZARD_POINTER_OBJ_BASE_HPP

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "detail/reclamation/hazard_cache.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Storage for a deleter, which is not a base of the object; none for a stateless deleter. (Not [[no_unique_address]]: the
// layout must not depend on the language version.)
//
// A copy of an object is a different object, which is not retired: the copy operations neither copy nor read the members,
// because another thread may be retiring the original.
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
  static_assert(std::is_default_constructible_v<D> && std::is_move_assignable_v<D>,
                "hazard_pointer_obj_base<T, D>: D must be default-constructible and move-assignable");

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

// Is B a public base of T, exactly once, with a static_cast from B* to T* (not virtual)?
template <class B, class T, class = void>
inline constexpr bool is_plain_public_base = false;
template <class B, class T>
inline constexpr bool is_plain_public_base<B, T, std::void_t<decltype(static_cast<T*>(std::declval<B*>()))>> =
    std::is_convertible_v<T*, B*>;

// Finds the base of a T that hazard pointers can protect, by its own type: so T has no second one with another deleter.
template <class T, class D>
hazard_pointer_obj_base<T, D> lazyref_base_of(const volatile hazard_pointer_obj_base<T, D>*);  // not defined

// Is T hazard-protectable by [saferecl.hp.general]/2: with one base hazard_pointer_obj_base<T, D>, public and not virtual,
// and no such base of another type (whose object it would also be)? A const T is as T is.
template <class T, class = void>
inline constexpr bool is_hazard_protectable = false;
template <class T>
inline constexpr bool
    is_hazard_protectable<T, std::void_t<decltype(detail::lazyref_base_of<std::remove_cv_t<T>>(std::declval<T*>()))>> =
        detail::is_plain_base<hazards::object, T>;

}  // namespace detail

// Base of objects that hazard pointers protect: `class T : public hazard_pointer_obj_base<T>`, once, not virtual. It adds
// only `retire` to the names in T: other members of its base begin with lazyref_.
template <class T, class D = std::default_delete<T>>
class hazard_pointer_obj_base : public detail::lazyref_object_with_deleter<D> {
 public:
  // Purpose: reclaim the object, by d(pointer to it), when no hazard pointer protects it.
  // Preconditions: this is a base of an object of type T that is not retired, and that no thread can newly reach. d, and
  //   moving a D, do not throw.
  // Progress: lock-free. Cost: two read-modify-writes on a cache line of this CPU, and a share of a heavy fence and of a
  //   scan of all hazard pointers. Ordering: what is sequenced before the call happens before d.
  // (Const, beyond the standard: code that has only read access to the object may retire it.)
  LAZYREF_PER_UNIT void retire(D d = D()) const noexcept { lazyref_retire(d, 0); }

  // Let T default its comparisons. For this base alone: these never compare objects of T.
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
  // A copy is a different object, which is not retired.
  LAZYREF_PER_UNIT constexpr hazard_pointer_obj_base() noexcept(std::is_nothrow_default_constructible_v<D>) {
    if constexpr (checks_enabled) {
      if (!detail::is_constant_evaluated()) detail::all_hazards.value.mark(this);
    }
  }
  LAZYREF_PER_UNIT constexpr hazard_pointer_obj_base(const hazard_pointer_obj_base&) noexcept(
      std::is_nothrow_default_constructible_v<D>)
      : hazard_pointer_obj_base() {}
  hazard_pointer_obj_base& operator=(const hazard_pointer_obj_base&) = default;
  ~hazard_pointer_obj_base() = default;

 private:
  template <class U, class E>
  friend void hazard_pointer_retire(const hazard_pointer_obj_base<U, E>* object, std::size_t bytes,
                                    std::enable_if_t<true, E> d) noexcept;

  LAZYREF_PER_UNIT void lazyref_retire(D& d, std::size_t bytes) const noexcept {
    static_assert(std::is_base_of_v<hazard_pointer_obj_base, T>,
                  "T must be derived from hazard_pointer_obj_base<T, D>");
    static_assert(std::is_invocable_v<D&, T*>, "hazard_pointer_obj_base<T, D>: D must be callable with a T*");
    static_assert(detail::is_plain_public_base<hazard_pointer_obj_base, T>,
                  "hazard_pointer_obj_base<T, D> must be a public base of T, once, and not virtual");
    static_assert(detail::is_plain_base<detail::hazards::object, T>,
                  "hazard_pointer_obj_base<T, D>: T must have no other base hazard_pointer_obj_base");
    if constexpr (checks_enabled) {
      detail::expects(this->lazyref_reclaim_ == nullptr,
                      "hazard_pointer_obj_base::retire: the object is retired already; retire each object once, in the "
                      "thread that unlinked it");
      detail::expects(detail::all_hazards.value.may_have_made(this),
                      "hazard_pointer_obj_base::retire: the object was created in another image, which has its own "
                      "state: this call would not scan the hazard pointers of that image; let one image define the "
                      "state for all (LAZYREF_STATE, see config.hpp)");
    }
    this->lazyref_set_deleter(std::move(d));
    this->lazyref_reclaim_ = [](detail::lazyref_hazard_object<std_sync>* object) noexcept {
      auto* const self = static_cast<hazard_pointer_obj_base*>(object);
      D deleter{};  // D need not be move-constructible.
      deleter = self->lazyref_deleter();
      deleter(static_cast<T*>(self));
    };
    detail::retire_hazard(const_cast<hazard_pointer_obj_base*>(this), bytes);
  }
};

// Purpose (not in C++26): object->retire(d) for an object that keeps `bytes` bytes in use, so that few large objects wait.
//   Preconditions, progress: as retire. Cost: one read-modify-write more.
template <class T, class D>
LAZYREF_PER_UNIT void hazard_pointer_retire(const hazard_pointer_obj_base<T, D>* object, std::size_t bytes,
                                            std::enable_if_t<true, D> d = D()) noexcept {
  object->lazyref_retire(d, bytes);
}

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_HAZARD_POINTER_OBJ_BASE_HPP
