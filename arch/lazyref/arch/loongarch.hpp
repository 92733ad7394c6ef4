// SPDX-License-Identifier: BSL-1.0
//
// LoongArch.
//
// Instruction stream. Hardware keeps the instruction cache coherent with stores. What remains is to order this core's
// fetches after its earlier stores: ibar 0. It affects one core, and the kernel has no call that makes other cores execute
// it: membarrier has no SYNC_CORE here. Every thread that may run new code must execute it itself, after it has learnt of
// the code: a handshake.
//
// Sources: LoongArch Reference Manual, volume 1, 2.2.8 "Barrier Instructions"; Linux, arch/loongarch/mm/cache.c, and
// Documentation/features/sched/membarrier-sync-core (not there).
//
// Run on: nothing. Compiled and disassembled (clang 16).
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_LOONGARCH_HPP
#define LAZYREF_ARCH_LOONGARCH_HPP

#include <cstddef>

#if __has_include("../detail/code/range.hpp")
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

#if defined(__loongarch__) && defined(__GNUC__)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::handshake;

// Orders this core's fetches after its stores. Returns 0 or an errno.
inline int sync_core() noexcept {
  __asm__ volatile("ibar 0" : : : "memory");
  return 0;
}

// Returns 0 or an errno.
inline int flush_code(const void*, const void*, std::size_t) noexcept { return arch::sync_core(); }

#endif

#if defined(__loongarch__) && defined(__GNUC__) && defined(__ELF__)

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
  __asm__ volatile("move %0, $tp" : "=r"(result));
  return result;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_LOONGARCH_HPP
