// SPDX-License-Identifier: BSL-1.0
//
// AArch64.
//
// Instruction stream. Instruction caches need not see stores. The steps: clean each data cache line of the written range to
// the point of unification, wait, invalidate each instruction cache line of the executed range, wait, and discard what this
// core has already fetched. The invalidation reaches every core of the inner shareable domain. The discarding (isb) does
// not: each core must take an exception or execute its own isb. CTR_EL0 has the line sizes, and says which of the two cache
// steps the hardware makes unnecessary (IDC, DIC). It is read at each call and trusted, never guessed from the processor's
// name: where cores differ, and where an erratum makes DIC untrue or a plain clean unsafe (Neoverse N1; Cortex-A53), the
// kernel traps the instructions and answers for all cores. A clean needs a readable page.
//
// Sources: Arm ARM (DDI 0487), part B, "Concurrent modification and execution of instructions" and "Synchronization and
// coherency issues between data and instruction accesses"; its description of CTR_EL0; Linux, arch/arm64/mm/cache.S and
// arch/arm64/kernel/cpu_errata.c; membarrier(2): SYNC_CORE since 4.16. macOS does not let a program read CTR_EL0; its calls
// are those of <libkern/OSCacheControl.h>.
//
// Restartable sequences. The thread writes the address of a descriptor into its rseq area. If it is preempted, migrated or
// signalled between start and commit, the kernel sends it to the abort handler. A signature precedes the handler: a
// breakpoint instruction (brk #0x45e0), little endian as all instructions are. The load is ldar and the store is stlr: a
// plain store would end the release sequence of the previous claimant's release (Arm ARM, B2.3: ldar and stlr are RCsc
// acquire and release). The area's pointer is cleared at the end, so that the kernel never reads a descriptor of an
// unloaded shared object.
//
// Sources: rseq(2); Linux, include/uapi/linux/rseq.h, and tools/testing/selftests/rseq (the signature); tpidr_el0 is the
// thread pointer.
//
// Run on: emulation only. The sequences were compiled and disassembled, and run on Linux 6.1 (by CPU) and 7.2 (by
// concurrency id, in rseq's V2 mode) in emulated machines (tests/kernels): registration, signals, migration, CPUs that are
// taken offline, and each instruction interrupted by force. This shows nothing of caches and of weak memory order. Under
// qemu-user there is no rseq, and lazyref claims by compare-and-swap. Never on hardware. macOS: not even compiled.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_ARM64_HPP
#define LAZYREF_ARCH_ARM64_HPP

#include <cstddef>
#include <cstdint>

#if __has_include("../detail/code/range.hpp")
#include "../detail/code/range.hpp"
#else
#include "../../../include/lazyref/detail/code/range.hpp"
#endif

#if defined(__aarch64__) && defined(__APPLE__)
extern "C" {
void sys_dcache_flush(void* start, std::size_t size);
void sys_icache_invalidate(void* start, std::size_t size);
}
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

// The contents of CTR_EL0.
struct arm64_caches {
  std::size_t data_line;         // bytes: the smallest of all data caches
  std::size_t instruction_line;  // likewise; a whole page where an erratum is worked around
  bool clean;                    // not IDC: data lines must be cleaned
  bool invalidate;               // not DIC: instruction lines must be invalidated
};

constexpr arm64_caches arm64_decode(std::uint64_t ctr_el0) noexcept {
  constexpr std::size_t word = 4;
  return {word << ((ctr_el0 >> 16) & 15), word << (ctr_el0 & 15), (ctr_el0 >> 28 & 1) == 0, (ctr_el0 >> 29 & 1) == 0};
}

#if defined(__aarch64__) && defined(__GNUC__)

#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline constexpr all_threads_by all_threads_on_linux = all_threads_by::membarrier_sync_core;

// Makes the bytes stored through `write` those fetched through `execute`, on every core whose pipeline holds no older ones.
// Returns 0 or an errno. Precondition: neither range wraps.
inline int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
  if (size == 0) return 0;
#if defined(__APPLE__)
  ::sys_dcache_flush(const_cast<void*>(write), size);
  ::sys_icache_invalidate(const_cast<void*>(execute), size);
#else
  std::uint64_t ctr_el0;
  __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr_el0));
  const arm64_caches caches = arch::arm64_decode(ctr_el0);
  if (caches.clean) {
    detail::for_each_line(reinterpret_cast<std::uintptr_t>(write), size, caches.data_line, [](std::uintptr_t line) {
      __asm__ volatile("dc cvau, %0" : : "r"(line) : "memory");
    });
  }
  __asm__ volatile("dsb ish" : : : "memory");
  if (caches.invalidate) {
    detail::for_each_line(reinterpret_cast<std::uintptr_t>(execute), size, caches.instruction_line,
                          [](std::uintptr_t line) {
                            __asm__ volatile("ic ivau, %0" : : "r"(line) : "memory");
                          });
    __asm__ volatile("dsb ish" : : : "memory");
  }
  __asm__ volatile("isb" : : : "memory");
#endif
  return 0;
}

// Discards what this core has fetched. Returns 0 or an errno.
inline int sync_core() noexcept {
  __asm__ volatile("isb" : : : "memory");
  return 0;
}

#elif defined(_M_ARM64)

// Microsoft's compiler, and clang-cl. Windows has a system call that flushes (detail/code/machine.hpp).
#define LAZYREF_DETAIL_HAS_CODE_SYNC 1

inline int sync_core() noexcept {
#if defined(__clang__)
  __asm__ volatile("isb" : : : "memory");
#else
  _ReadWriteBarrier();
  __isb(15);
  _ReadWriteBarrier();
#endif
  return 0;
}

#endif

#if defined(__aarch64__) && defined(__GNUC__) && defined(__ELF__)

#define LAZYREF_DETAIL_HAS_THREAD_POINTER 1

// Identifies this thread among all that are alive. Read at each call: a fiber may be on another thread by now.
inline const void* thread_pointer() noexcept {
  const void* result;
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(result));
  return result;
}

#endif

#if defined(__aarch64__) && defined(__LP64__) && defined(__GNUC__) && defined(__linux__) && !defined(__AARCH64EB__)

#define LAZYREF_DETAIL_HAS_RSEQ 1

// The address at `offset` from the thread pointer; `offset` may be negative.
inline std::uintptr_t at_thread_pointer(std::ptrdiff_t offset) noexcept {
  return reinterpret_cast<std::uintptr_t>(arch::thread_pointer()) + static_cast<std::uintptr_t>(offset);
}

// Returns the 32 bits at `offset` from the thread pointer.
inline std::uint32_t read_rseq(std::ptrdiff_t offset) noexcept {
  return *reinterpret_cast<const volatile std::uint32_t*>(arch::at_thread_pointer(offset));
}

// In one restartable sequence: if the 32 bits at `index_at` are `index`, and `word` is null, store `value` there. Returns 0
// if it did, 1 if the word was not null, 2 if the thread was interrupted or is on another index: then nothing was stored,
// and a retry needs a new index. Load: acquire. Store: release. `area`, `index_at`: from the thread pointer.
inline int store_if_null(std::ptrdiff_t area, std::ptrdiff_t index_at, std::uint32_t index, void* word,
                         void* value) noexcept {
  const std::uintptr_t thread = arch::at_thread_pointer(0);
  const std::uintptr_t descriptor = thread + static_cast<std::uintptr_t>(area + 8);
  __asm__ goto(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 1f, 2f - 1f, 4f\n\t"
      ".popsection\n\t"
      "adrp x16, 3b\n\t"
      "add x16, x16, :lo12:3b\n\t"
      "str x16, [%[descriptor]]\n"
      "1:\n\t"
      "ldr w16, [%[index_at]]\n\t"
      "cmp w16, %w[index]\n\t"
      "b.ne %l[elsewhere]\n\t"
      "ldar x16, [%[word]]\n\t"
      "cbnz x16, %l[occupied]\n\t"
      "stlr %[value], [%[word]]\n"
      "2:\n\t"
      "str xzr, [%[descriptor]]\n\t"
      "b 5f\n\t"
      ".inst 0xd428bc00\n"
      "4:\n\t"
      "b %l[elsewhere]\n"
      "5:"
      :
      : [descriptor] "r"(descriptor), [index_at] "r"(thread + static_cast<std::uintptr_t>(index_at)),
        [index] "r"(index), [word] "r"(word), [value] "r"(value)
      : "memory", "cc", "x16"
      : occupied, elsewhere);
  return 0;
occupied:
  *reinterpret_cast<void* volatile*>(descriptor) = nullptr;
  return 1;
elsewhere:
  *reinterpret_cast<void* volatile*>(descriptor) = nullptr;
  return 2;
}

// The same for the word of the thread's current index: `first` + index * `stride`, if the thread is registered and the
// index is less than `end`. Returns the word's address, or null if nothing was stored, for any reason. (Not an asm goto,
// which cannot have outputs before GCC 11.)
inline void* store_if_null_here(std::ptrdiff_t area, std::ptrdiff_t index_at, std::size_t end, void* first,
                                std::size_t stride, void* value) noexcept {
  const std::uintptr_t thread = arch::at_thread_pointer(0);
  void* word;
  std::size_t scratch;
  __asm__ volatile(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 1f, 2f - 1f, 4f\n\t"
      ".popsection\n\t"
      "adrp %[scratch], 3b\n\t"
      "add %[scratch], %[scratch], :lo12:3b\n\t"
      "str %[scratch], [%[area], #8]\n"
      "1:\n\t"
      "ldr %w[word], [%[area], #4]\n\t"  // cpu_id: negative where there is no registration
      "tbnz %w[word], #31, 5f\n\t"
      "ldr %w[word], [%[index_at]]\n\t"
      "cmp %[word], %[end]\n\t"
      "b.hs 5f\n\t"
      "madd %[word], %[word], %[stride], %[first]\n\t"
      "ldar %[scratch], [%[word]]\n\t"
      "cbnz %[scratch], 5f\n\t"
      "stlr %[value], [%[word]]\n"
      "2:\n\t"
      "b 6f\n\t"
      ".inst 0xd428bc00\n"
      "4:\n"
      "5:\n\t"
      "mov %[word], #0\n"
      "6:\n\t"
      "str xzr, [%[area], #8]"
      : [word] "=&r"(word), [scratch] "=&r"(scratch)
      : [area] "r"(thread + static_cast<std::uintptr_t>(area)),
        [index_at] "r"(thread + static_cast<std::uintptr_t>(index_at)), [end] "r"(end), [first] "r"(first),
        [stride] "r"(stride), [value] "r"(value)
      : "memory", "cc");
  return word;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_ARM64_HPP
