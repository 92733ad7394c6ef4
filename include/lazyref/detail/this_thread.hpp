// SPDX-License-Identifier: BSL-1.0
//
// Who the caller is: a name that no other living thread has, read anew each time, also in a fiber that has gone on in
// another thread.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_THIS_THREAD_HPP
#define LAZYREF_DETAIL_THIS_THREAD_HPP

#include <cstddef>

#include "atomics.hpp"
#include "code_machine.hpp"

// One for each image: what a thread finds by it belongs to that image.
#if defined(__GNUC__) && !defined(_WIN32)
#define LAZYREF_DETAIL_ONE_PER_IMAGE [[gnu::__visibility__("hidden")]]
#else
#define LAZYREF_DETAIL_ONE_PER_IMAGE
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

#if defined(LAZYREF_DETAIL_HAS_THREAD_POINTER)
inline const void* this_thread() noexcept { return arch::thread_pointer(); }
#else
LAZYREF_DETAIL_ONE_PER_IMAGE inline thread_local std::max_align_t a_thread{};

[[gnu::__noinline__]] LAZYREF_DETAIL_ONE_PER_IMAGE inline const void* this_thread() noexcept {
  std_atomics::compiler_barrier();  // Not a constant function, for the compiler.
  return &a_thread;
}
#endif

inline bool is_this_thread(const void* thread) noexcept {
#if defined(LAZYREF_DETAIL_HAS_THREAD_COMPARISON)
  return arch::is_this_thread(thread);
#else
  return thread == detail::this_thread();
#endif
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_THIS_THREAD_HPP
