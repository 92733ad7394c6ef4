// SPDX-License-Identifier: BSL-1.0
//
// Memory for what a domain is made of.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_ALLOCATE_HPP
#define LAZYREF_DETAIL_ALLOCATE_HPP

#include <cstddef>
#include <cstdint>
#include <new>

#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class U>
constexpr bool fits_memory(std::size_t n) noexcept {
  return n <= PTRDIFF_MAX / sizeof(U);
}

// Null: there is none. (Where n is too large, g++ throws even so.)
template <class U>
U* try_allocate_array(std::size_t n) noexcept {
  return detail::fits_memory<U>(n) ? new (std::nothrow) U[n] : nullptr;
}

[[noreturn]] LAZYREF_DETAIL_COLD inline void no_memory_for_domain() noexcept {
  detail::call_fatal_hook("there is no memory for a domain of that size; ask for less");
}

[[noreturn]] LAZYREF_DETAIL_COLD inline void no_memory_for_bits() noexcept {
  detail::call_fatal_hook(
      "lazy_domain::adopt: there is no memory for the object's candidate bits (candidates::tracked); make throws");
}

// Each as U(). Not inlined: g++ would have less left for what is fast.
template <class U>
LAZYREF_DETAIL_NOINLINE U* allocate_array(std::size_t n) noexcept {
  U* const result = detail::fits_memory<U>(n) ? new (std::nothrow) U[n]() : nullptr;
  if (result == nullptr) detail::no_memory_for_domain();
  return result;
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_ALLOCATE_HPP
