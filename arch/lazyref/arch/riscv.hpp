// SPDX-License-Identifier: BSL-1.0
//
// RISC-V, 32 and 64 bit, under Linux.
//
// Instruction stream. fence.i orders a hart's fetches after stores, but only its own fetches, and Linux does not let
// programs rely on that instruction: a thread may be moved to another hart right after it. The system call
// riscv_flush_icache executes it on every hart that runs the process, and makes the other harts do so before they run the
// process again. So one call is the flush, and reaches all threads. Its flags must be 0: the header's constant ..._ALL is
// the mask of all flags; there is one flag, which means "this thread only". A fence before the call orders the stores. To
// synchronise one core the same call is made: cheaper ways are not allowed.
//
// Sources: RISC-V unprivileged ISA, "Zifencei"; Linux, arch/riscv/kernel/sys_riscv.c, arch/riscv/include/uapi/asm/unistd.h
// (the number), arch/riscv/mm/cacheflush.c, Documentation/arch/riscv/cmodx.rst. The call is as old as the port (4.15).
// membarrier's SYNC_CORE (6.9) would add nothing.
//
// Run on: emulation only (qemu-user, which does nothing for the call; Linux 6.12 in an emulated machine, which has no
// instruction cache). Compiled and disassembled, riscv64. Container filters have been seen to refuse the call; that is an
// error here.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_RISCV_HPP
#define LAZYREF_ARCH_RISCV_HPP

#include <cstddef>
#include <cstdint>

#if __has_include("../detail/code/range.hpp")
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

inline constexpr int riscv_flush_icache = 259;
inline constexpr int riscv_flush_all_harts = 0;

#if defined(__riscv) && defined(__GNUC__) && defined(__linux__)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::flush_call;

// The kernel may treat the range as a hint. Returns 0 or an errno.
inline int riscv_flush(std::uintptr_t start, std::uintptr_t end) noexcept {
  register std::intptr_t result __asm__("a0") = static_cast<std::intptr_t>(start);
  register std::uintptr_t last __asm__("a1") = end;
  register std::intptr_t flags __asm__("a2") = riscv_flush_all_harts;
  register std::intptr_t number __asm__("a7") = riscv_flush_icache;
  __asm__ volatile(
      "fence rw, rw\n\t"
      "ecall"
      : "+r"(result)
      : "r"(last), "r"(flags), "r"(number)
      : "memory");
  return static_cast<int>(0LL - result);
}

// Makes the bytes that were stored the ones that are fetched, on every hart that runs this process, now or later. Returns 0
// or an errno. Precondition: size > 0; the range does not wrap.
inline int flush_code(const void*, const void* execute, std::size_t size) noexcept {
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(execute);
  return arch::riscv_flush(start, start + size);
}

// For this hart, and all others. Returns 0 or an errno.
inline int sync_core() noexcept { return arch::riscv_flush(0, UINTPTR_MAX); }

#endif

#if defined(__riscv) && defined(__GNUC__) && defined(__ELF__)

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
  __asm__ volatile("mv %0, tp" : "=r"(result));
  return result;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_RISCV_HPP
