// SPDX-License-Identifier: BSL-1.0
//
// MIPS, 32 and 64 bit, Release 2 and later, under Linux.
//
// Instruction stream. Instruction caches need not see stores. A program could maintain them itself (synci), but the line
// size is in a register that some systems do not let it read. So the kernel does it, by cacheflush of both caches. The call
// works by the address that it gets: the write alias for the data cache, the execute alias for the instruction cache. The
// function returns its result. A sync before the call completes the stores. The jump with hazard barrier (jr.hb) after it
// clears what this core has fetched; one thread needs no more. The kernel has no call that makes other cores execute it:
// membarrier has no SYNC_CORE here. That needs a handshake.
//
// Sources: MIPS Architecture For Programmers, volume II (SYNC, SYNCI, JR.HB), volume III, "Hazards"; cacheflush(2);
// Linux, arch/mips/include/uapi/asm/{cachectl,unistd}.h (the numbers), arch/mips/mm/cache.c, and
// Documentation/features/sched/membarrier-sync-core (not there).
//
// Run on: emulation only (qemu-user, whose instruction cache is never stale). Compiled and disassembled, mips64el.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_MIPS_HPP
#define LAZYREF_ARCH_MIPS_HPP

#include <cstddef>
#include <cstdint>

#if __has_include("../detail/code/range.hpp")
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

inline constexpr int mips_cacheflush_o32 = 4147;
inline constexpr int mips_cacheflush_n64 = 5197;
inline constexpr int mips_cacheflush_n32 = 6197;
inline constexpr int mips_both_caches = 3;

#if defined(__mips__) && defined(__GNUC__) && defined(__linux__) && __mips_isa_rev >= 2 && !defined(__mips16)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::handshake;

#if defined(_ABI64) && _MIPS_SIM == _ABI64
inline constexpr int mips_cacheflush = mips_cacheflush_n64;
#elif defined(_ABIN32) && _MIPS_SIM == _ABIN32
inline constexpr int mips_cacheflush = mips_cacheflush_n32;
#else
inline constexpr int mips_cacheflush = mips_cacheflush_o32;
#endif

// Returns 0 or an errno. $7 tells an errno from a result. The kernel changes the registers that a call may change.
inline int mips_flush(std::uintptr_t start, std::size_t size) noexcept {
  register std::intptr_t number __asm__("$2") = mips_cacheflush;
  register std::uintptr_t address __asm__("$4") = start;
  register std::uintptr_t bytes __asm__("$5") = size;
  register std::intptr_t cache __asm__("$6") = mips_both_caches;
  register std::intptr_t failed __asm__("$7");
  __asm__ volatile(
      "sync\n\t"
      "syscall"
      : "+r"(number), "=r"(failed)
      : "r"(address), "r"(bytes), "r"(cache)
      : "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo", "memory");
  return static_cast<int>(failed == 0 ? 0LL : number);
}

// Clears the instruction hazards of this core: a jump with that effect to the next instruction. Returns 0 or an errno.
inline int sync_core() noexcept {
  __asm__ volatile(
      ".set push\n\t"
      ".set noreorder\n\t"
      "sync\n\t"
      "bal 1f\n\t"
      "nop\n\t"
      "b 2f\n\t"
      "nop\n"
      "1:\n\t"
      "jr.hb $31\n\t"
      "nop\n"
      "2:\n\t"
      ".set pop"
      :
      :
      : "$31", "memory");
  return 0;
}

// Makes the bytes stored through `write` those fetched through `execute`, on every core whose pipeline holds no older ones.
// Returns 0 or an errno. Precondition: size > 0; neither range wraps.
inline int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
  int error = arch::mips_flush(reinterpret_cast<std::uintptr_t>(write), size);
  if (error == 0 && write != execute) error = arch::mips_flush(reinterpret_cast<std::uintptr_t>(execute), size);
  if (error == 0) error = arch::sync_core();
  return error;
}

#endif

#if defined(__mips__) && defined(__GNUC__) && defined(__linux__) && __mips_isa_rev >= 2 && !defined(__mips16)

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
  __asm__ volatile("rdhwr %0, $29" : "=r"(result));
  return result;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_MIPS_HPP
