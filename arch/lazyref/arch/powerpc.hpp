// SPDX-License-Identifier: BSL-1.0
//
// Power, 32 and 64 bit, either byte order.
//
// Instruction stream. The steps: write back each data cache block of the written range, wait, invalidate each instruction
// cache block of the executed range, wait, and discard what this core has fetched (isync). The invalidation reaches every
// core, isync only this one. Where the instruction cache snoops (a hardware capability that the kernel reports), there is
// nothing to write back, but fetch buffers must still be discarded; one icbi to any block does that. The kernel has the
// second sync between icbi and isync, so it is here. Block sizes are read from the auxiliary vector; a value that is too
// small only costs time.
//
// Sources: Power ISA 3.1, book II, on instruction storage and the cache management instructions; Linux,
// arch/powerpc/mm/cacheflush.c, arch/powerpc/include/uapi/asm/{auxvec,cputable}.h, and
// Documentation/features/sched/membarrier-sync-core: SYNC_CORE since 5.9.
//
// Run on: emulation only (qemu-user, and Linux 6.1 in an emulated machine; neither has an instruction cache). Compiled and
// disassembled, powerpc64le.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_POWERPC_HPP
#define LAZYREF_ARCH_POWERPC_HPP

#include <cstddef>
#include <cstdint>

#if __has_include("../detail/code/range.hpp")
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

#if defined(__powerpc__) && defined(__linux__)
#include <sys/auxv.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

// AT_HWCAP, PPC_FEATURE_ICACHE_SNOOP.
constexpr bool powerpc_snoops(unsigned long hwcap) noexcept { return (hwcap & 0x2000) != 0; }

// `told`: from the auxiliary vector; 0 or an invalid value if it has no entry. No Power processor has blocks smaller than
// 16 bytes.
constexpr std::size_t powerpc_block(unsigned long told) noexcept {
  return told >= 16 && (told & (told - 1)) == 0 ? told : std::size_t{16};
}

#if defined(__powerpc__) && defined(__GNUC__) && defined(__linux__)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::membarrier_sync_core;

// Discards what this core has fetched. Returns 0 or an errno.
inline int sync_core() noexcept {
  __asm__ volatile("isync" : : : "memory");
  return 0;
}

// Makes the bytes stored through `write` those fetched through `execute`, on every core whose pipeline holds no older ones.
// Returns 0 or an errno. Precondition: neither range wraps.
inline int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
  if (size == 0) return 0;
  const bool snoops = arch::powerpc_snoops(::getauxval(16));      // AT_HWCAP
  const std::size_t data = arch::powerpc_block(::getauxval(19));  // AT_DCACHEBSIZE
  const std::size_t code = arch::powerpc_block(::getauxval(20));  // AT_ICACHEBSIZE
  if (!snoops) {
    detail::for_each_line(reinterpret_cast<std::uintptr_t>(write), size, data, [](std::uintptr_t block) {
      __asm__ volatile("dcbst 0, %0" : : "r"(block) : "memory");
    });
  }
  __asm__ volatile("sync" : : : "memory");
  detail::for_each_line(reinterpret_cast<std::uintptr_t>(execute), snoops ? 1 : size, code, [](std::uintptr_t block) {
    __asm__ volatile("icbi 0, %0" : : "r"(block) : "memory");
  });
  __asm__ volatile("sync" : : : "memory");
  return arch::sync_core();
}

#endif

#if defined(__powerpc64__) && defined(__GNUC__) && defined(__ELF__)

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
  __asm__ volatile("mr %0, 13" : "=r"(result));
  return result;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_POWERPC_HPP
