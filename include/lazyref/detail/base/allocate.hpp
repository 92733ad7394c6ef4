// SPDX-License-Identifier: BSL-1.0
//
// Memory allocation for the parts of a domain.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_BASE_ALLOCATE_HPP
#define LAZYREF_DETAIL_BASE_ALLOCATE_HPP

#include <cstddef>
#include <cstdint>
#include <new>

#include "../../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class U>
constexpr bool fits_memory(std::size_t n) noexcept {
  return n <= PTRDIFF_MAX / sizeof(U);
}

// Returns null if there is no memory. (If n is too large, g++ throws even so.)
template <class U>
U* try_allocate_array(std::size_t n) noexcept {
  return detail::fits_memory<U>(n) ? new (std::nothrow) U[n] : nullptr;
}

[[noreturn]] LAZYREF_DETAIL_COLD inline void no_memory_for_domain() noexcept {
  detail::call_fatal_hook("the memory for a domain of that size could not be allocated; pass a smaller size");
}

[[noreturn]] LAZYREF_DETAIL_COLD inline void no_memory_for_bits() noexcept {
  detail::call_fatal_hook(
      "lazy_domain::adopt: the memory for the object's candidate bits could not be allocated (candidates::tracked); "
      "use lazy_domain::make, which throws std::bad_alloc");
}

// Each element is value-initialised, as by U(). Not inlined: it would use up what g++ is ready to inline in the fast paths.
template <class U>
LAZYREF_DETAIL_NOINLINE U* allocate_array(std::size_t n) noexcept {
  U* const result = detail::fits_memory<U>(n) ? new (std::nothrow) U[n]() : nullptr;
  if (result == nullptr) detail::no_memory_for_domain();
  return result;
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BASE_ALLOCATE_HPP
