// SPDX-License-Identifier: BSL-1.0
//
// A restartable sequence that only reads, for a test of the kernel: x86-64 and AArch64. x86_rseq.hpp and arm64.hpp describe how
// a sequence is built, with the sources.
//
// Run on: x86-64 hardware. AArch64: Linux 6.1 and 7.2 in emulated machines (tests/kernels), each instruction interrupted
// by force.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_RSEQ_WATCH_HPP
#define LAZYREF_ARCH_RSEQ_WATCH_HPP

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include "x86_rseq.hpp"
#elif defined(__aarch64__)
#include "arm64.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

// The result of watching a word.
enum class watched : unsigned char {
  same,        // it did not change
  changed,     // inside the sequence: if only a thread of the same CPU writes it, that thread ran in between
  interrupted  // the kernel sent the thread to the abort handler
};

#if defined(LAZYREF_DETAIL_HAS_RSEQ) && defined(__GNUC__)

// In one restartable sequence: read `word`, then read it again, at most `turns` times (at least once), until it differs.
// `area`: the rseq area, from the thread pointer; if it is any other 16 bytes that belong to the thread, the kernel does
// not know of the descriptor there. Clears the descriptor's address at the end.
inline watched watch(std::ptrdiff_t area, const void* word, std::size_t turns) noexcept {
  std::uint32_t result;
  std::uint64_t seen;
#if defined(__x86_64__)
  __asm__ volatile(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 4f, 5f - 4f, 6f\n\t"
      ".popsection\n\t"
      "lea{q} {3b(%%rip), %[seen]|%[seen], [rip + 3b]}\n\t"
      "mov{q} {%[seen], %%fs:8(%[area])|QWORD PTR fs:[%[area] + 8], %[seen]}\n"
      "4:\n\t"
      "mov{q} {(%[word]), %[seen]|%[seen], QWORD PTR [%[word]]}\n"
      "7:\n\t"
      "cmp{q} {(%[word]), %[seen]|%[seen], QWORD PTR [%[word]]}\n\t"
      "jne 8f\n\t"
      "sub{q} {$1, %[turns]|%[turns], 1}\n\t"
      "jne 7b\n"
      "5:\n\t"
      "xor{l} %[result], %[result]\n\t"
      "jmp 9f\n"
      "8:\n\t"
      "mov{l} {$1, %[result]|%[result], 1}\n\t"
      "jmp 9f\n\t"
      ".byte 0x0f, 0x1f, 0x05\n\t"  // nopl SIGNATURE(%rip)
      ".long 0x53053053\n"
      "6:\n\t"
      "mov{l} {$2, %[result]|%[result], 2}\n"
      "9:\n\t"
      "mov{q} {$0, %%fs:8(%[area])|QWORD PTR fs:[%[area] + 8], 0}"
      : [result] "=&r"(result), [seen] "=&r"(seen), [turns] "+&r"(turns)
      : [area] "r"(area), [word] "r"(word)
      : "memory", "cc");
#else
  __asm__ volatile(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 1f, 2f - 1f, 4f\n\t"
      ".popsection\n\t"
      "adrp %[seen], 3b\n\t"
      "add %[seen], %[seen], :lo12:3b\n\t"
      "str %[seen], [%[area], #8]\n"
      "1:\n\t"
      "ldr %[seen], [%[word]]\n"
      "5:\n\t"
      "ldr %x[result], [%[word]]\n\t"
      "cmp %x[result], %[seen]\n\t"
      "b.ne 6f\n\t"
      "subs %[turns], %[turns], #1\n\t"
      "b.ne 5b\n"
      "2:\n\t"
      "mov %w[result], #0\n\t"
      "b 7f\n"
      "6:\n\t"
      "mov %w[result], #1\n\t"
      "b 7f\n\t"
      ".inst 0xd428bc00\n"
      "4:\n\t"
      "mov %w[result], #2\n"
      "7:\n\t"
      "str xzr, [%[area], #8]"
      : [result] "=&r"(result), [seen] "=&r"(seen), [turns] "+&r"(turns)
      : [area] "r"(arch::at_thread_pointer(area)), [word] "r"(word)
      : "memory", "cc");
#endif
  return static_cast<watched>(result);
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_RSEQ_WATCH_HPP
