// SPDX-License-Identifier: BSL-1.0
//
// LoongArch.
//
// Instruction stream. Hardware keeps the instruction cache coherent with stores. What is left is the order of this
// core's fetches after its earlier stores: ibar 0. It concerns one core, and the kernel offers nothing that would make
// the others execute it: membarrier has no SYNC_CORE here. Every thread that may run new code has to execute it itself,
// after it has learnt of the code: a handshake.
//
// Sources: LoongArch Reference Manual, volume 1, 2.2.8 "Barrier Instructions"; Linux, arch/loongarch/mm/cache.c, and
// Documentation/features/sched/membarrier-sync-core (not there).
//
// Run on: nothing. Compiled and disassembled (clang 16).
#pragma once

#include <cstddef>

#if __has_include("../detail/code_range.hpp")
#include "../detail/code_range.hpp"
#else
#include "../../../include/lazyref/detail/code_range.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

#if defined(__loongarch__) && defined(__GNUC__)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::handshake;

// Orders this core's fetches after its stores. 0 or an errno.
inline int sync_core() noexcept {
  __asm__ volatile("ibar 0" : : : "memory");
  return 0;
}

// 0 or an errno.
inline int flush_code(const void*, const void*, std::size_t) noexcept { return sync_core(); }

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE
