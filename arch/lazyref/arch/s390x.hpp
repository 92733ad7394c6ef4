// SPDX-License-Identifier: BSL-1.0
//
// z/Architecture, 64 bit.
//
// Instruction stream. The architecture keeps instruction fetch coherent with stores: there is nothing to flush, and the
// flush is a compiler barrier. A core may hold prefetched older instructions, if another core stored the bytes, or if they
// were stored through another address, until it serialises: by a branch to nowhere (bcr 15,0). An interrupt also
// serialises, because it loads a new program status word.
//
// Sources: z/Architecture Principles of Operation (SA22-7832), chapter 5, on instruction fetching and CPU
// serialization; Linux, arch/s390/include/asm/barrier.h, and
// Documentation/features/sched/membarrier-sync-core: SYNC_CORE since 6.4 (by the date of its commit).
//
// Run on: emulation only (qemu-user, whose instruction cache is never stale). Compiled and disassembled.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_S390X_HPP
#define LAZYREF_ARCH_S390X_HPP

#include <cstddef>

#if __has_include("../detail/code/range.hpp")
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

#if defined(__s390x__) && defined(__GNUC__)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::membarrier_sync_core;

// Returns 0 or an errno.
inline int flush_code(const void*, const void*, std::size_t) noexcept {
  __asm__ volatile("" : : : "memory");
  return 0;
}

// Serialises this core. Returns 0 or an errno.
inline int sync_core() noexcept {
  __asm__ volatile("bcr 15, 0" : : : "memory");
  return 0;
}

#endif

#if defined(__s390x__) && defined(__GNUC__) && defined(__ELF__)

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
  __asm__ volatile(
      "ear %0, %%a0\n\t"
      "sllg %0, %0, 32\n\t"
      "ear %0, %%a1"
      : "=d"(result)
      :
      : "cc");
  return result;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_S390X_HPP
