// SPDX-License-Identifier: BSL-1.0
//
// Which of the hooks that owner.hpp describes a class of objects has.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_HOOKS_HPP
#define LAZYREF_DETAIL_RECLAMATION_HOOKS_HPP

#include <type_traits>
#include <utility>

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class T, class = void>
inline constexpr bool has_on_last_user = false;
template <class T>
inline constexpr bool has_on_last_user<T, std::void_t<decltype(std::declval<T&>().on_last_user())>> = true;

template <class T, class = void>
inline constexpr bool has_dispose = false;
template <class T>
inline constexpr bool has_dispose<T, std::void_t<decltype(T::dispose(std::declval<T*>()))>> = true;

// A hook that is declared but cannot be called (private, or with another signature) must not be ignored silently. A name
// that is found in two bases is ambiguous, whatever its access.
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

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_HOOKS_HPP
