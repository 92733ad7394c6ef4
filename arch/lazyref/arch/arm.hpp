// SPDX-License-Identifier: BSL-1.0
//
// 32-bit ARM, from ARMv6 on, under Linux.
//
// Instruction stream. Instruction caches need not see stores, and a program may not maintain caches itself: the kernel
// does, by cacheflush. The call cleans and invalidates by the address that it gets, so a range with two addresses needs two
// calls: one by the write alias, so that the bytes leave the data cache, and one by the execute alias, so that the old
// bytes leave the instruction cache. The call may fail (a page that is not present, or not readable); then nothing may be
// executed, and the function returns the error. A page that was mapped and never touched counts as not present, so one byte
// of each page is read first. Afterwards every core discards what it has fetched: by isb, or its ARMv6 equivalent. ARMv5
// and older have no such instruction for programs, and are not supported.
//
// Sources: Arm ARM for ARMv7-A (DDI 0406), on self-modifying code and cache maintenance; cacheflush(2); Linux,
// arch/arm/kernel/traps.c, which takes the number 0xf0002, an exclusive end and flags that must be 0, and
// arch/arm/include/uapi/asm/unistd.h, arch/arm/mm/fault.c; Android's ART, which reads the pages too; Linux,
// Documentation/features/sched/membarrier-sync-core: SYNC_CORE since 4.19 (by the date of its commit).
//
// Run on: emulation only (qemu-user, which does nothing for cacheflush). Compiled and disassembled, ARM and Thumb.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_ARM_HPP
#define LAZYREF_ARCH_ARM_HPP

#include <cstddef>
#include <cstdint>

#if __has_include("../detail/code/range.hpp")
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

inline constexpr int arm_cacheflush = 0xf0002;

#if defined(__arm__) && defined(__GNUC__) && defined(__linux__) && __ARM_ARCH >= 6

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::membarrier_sync_core;

// Returns 0 or an errno. The number is passed in r7, which is the frame pointer in Thumb code; r12 saves and restores it:
// the kernel changes only r0.
inline int arm_flush(std::uintptr_t start, std::size_t size) noexcept {
  register int result __asm__("r0") = static_cast<int>(start);
  register std::uintptr_t end __asm__("r1") = start + size;
  register std::uintptr_t flags __asm__("r2") = 0;
  __asm__ volatile(
      "mov r12, r7\n\t"
      "mov r7, %[number]\n\t"
      "svc #0\n\t"
      "mov r7, r12"
      : "+r"(result)
      : "r"(end), "r"(flags), [number] "r"(arm_cacheflush)
      : "r12", "memory");
  return -result;
}

// Discards what this core has fetched. Returns 0 or an errno.
inline int sync_core() noexcept {
#if __ARM_ARCH >= 7
  __asm__ volatile("isb" : : : "memory");
#else
  __asm__ volatile("mcr p15, 0, %0, c7, c5, 4" : : "r"(0) : "memory");
#endif
  return 0;
}

// Reads one byte of each page; 4096 is the smallest page size.
inline void arm_touch(std::uintptr_t start, std::size_t size) noexcept {
  detail::for_each_line(start, size, 4096, [](std::uintptr_t page) {
    static_cast<void>(*reinterpret_cast<const volatile unsigned char*>(page));
  });
}

// Makes the bytes stored through `write` those fetched through `execute`, on every core whose pipeline holds no older ones.
// Returns 0 or an errno. Precondition: neither range wraps.
inline int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
  if (size == 0) return 0;
  arch::arm_touch(reinterpret_cast<std::uintptr_t>(write), size);
  arch::arm_touch(reinterpret_cast<std::uintptr_t>(execute), size);
  int error = arch::arm_flush(reinterpret_cast<std::uintptr_t>(write), size);
  if (error == 0 && write != execute) error = arch::arm_flush(reinterpret_cast<std::uintptr_t>(execute), size);
  if (error == 0) error = arch::sync_core();
  return error;
}

#endif

#if defined(__arm__) && defined(__GNUC__) && defined(__linux__) && __ARM_ARCH >= 7

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
  __asm__ volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(result));
  return result;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_ARM_HPP
