// SPDX-License-Identifier: BSL-1.0
//
// Restartable sequences on x86-64 Linux: the claim of a word for the current CPU. (i386 has no restartable claim here.)
//
// The thread writes the address of a descriptor into its rseq area. If it is preempted, migrated or
// signalled between start and commit, the kernel sends it to the abort handler. A signature precedes the handler; it is
// inside a NOP here: the path from the commit runs over it and into the handler, and a register that is written between the
// two tells them apart. So there is no jump on that path, and the handler is a part of the function, whose unwind
// description covers it. A load is an acquire and a store a release by the architecture (Intel SDM volume 3A, 9.2.2). The
// area's pointer is cleared at the end, so that the kernel never reads a descriptor of an unloaded shared object.
//
// Sources: rseq(2); Linux, include/uapi/linux/rseq.h, and tools/testing/selftests/rseq (the signature). The assembly is
// written for both dialects: see x86.hpp, as for the thread pointer (%fs:0).
//
// Run on: x86-64 hardware.
#if __has_include("../detail/code/range.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

#ifndef LAZYREF_ARCH_X86_RSEQ_HPP
#define LAZYREF_ARCH_X86_RSEQ_HPP

#include <cstddef>
#include <cstdint>

#include "x86.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace arch {

#if defined(__x86_64__) && defined(__LP64__) && defined(__GNUC__) && defined(__linux__)

#define LAZYREF_DETAIL_HAS_RSEQ 1

// Returns the 32 bits at `offset` from the thread pointer.
inline std::uint32_t read_rseq(std::ptrdiff_t offset) noexcept {
  std::uint32_t result;
  __asm__ volatile("mov{l} {%%fs:(%1), %0|%0, DWORD PTR fs:[%1]}" : "=r"(result) : "r"(offset) : "memory");
  return result;
}

// In one restartable sequence: if the 32 bits at `index_at` are `index`, and `word` is null, store `value` there. Returns 0
// if it did, 1 if the word was not null, 2 if the thread was interrupted or is on another index: then nothing was stored,
// and a retry needs a new index. Load: acquire. Store: release. `area`, `index_at`: from the thread pointer.
inline int store_if_null(std::ptrdiff_t area, std::ptrdiff_t index_at, std::uint32_t index, void* word,
                         void* value) noexcept {
  __asm__ goto(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 4f, 5f - 4f, 6f\n\t"
      ".popsection\n\t"
      "lea{q} {3b(%%rip), %%rax|rax, [rip + 3b]}\n\t"
      "mov{q} {%%rax, %%fs:8(%[area])|QWORD PTR fs:[%[area] + 8], rax}\n"
      "4:\n\t"
      "cmp{l} {%[index], %%fs:(%[index_at])|DWORD PTR fs:[%[index_at]], %[index]}\n\t"
      "jne 6f\n\t"
      "cmp{q} {$0, (%[word])|QWORD PTR [%[word]], 0}\n\t"
      "jne %l[occupied]\n\t"
      "mov{q} {%[value], (%[word])|QWORD PTR [%[word]], %[value]}\n"
      "5:\n\t"
      "xor{l} {%%eax, %%eax|eax, eax}\n\t"
      ".byte 0x0f, 0x1f, 0x05\n\t"  // nopl SIGNATURE(%rip)
      ".long 0x53053053\n"
      "6:\n\t"  // rax: null if it was stored, else the descriptor
      "mov{q} {$0, %%fs:8(%[area])|QWORD PTR fs:[%[area] + 8], 0}\n\t"
      "test{q} {%%rax, %%rax|rax, rax}\n\t"
      "jne %l[elsewhere]"
      :
      : [area] "r"(area), [index_at] "r"(index_at), [index] "r"(index), [word] "r"(word), [value] "r"(value)
      : "memory", "cc", "rax"
      : occupied, elsewhere);
  return 0;
occupied:
  __asm__ volatile("mov{q} {$0, %%fs:8(%0)|QWORD PTR fs:[%0 + 8], 0}" : : "r"(area) : "memory");
  return 1;
elsewhere:
  return 2;
}

// The same for the word of the thread's current index: `first` + index * `stride`, if the thread is registered and the
// index is less than `end`. Returns the word's address, or null if nothing was stored, for any reason. (Not an asm goto,
// which cannot have outputs before GCC 11.)
inline void* store_if_null_here(std::ptrdiff_t area, std::ptrdiff_t index_at, std::size_t end, void* first,
                                std::size_t stride, void* value) noexcept {
  void* word;
  void* stored;
  __asm__ volatile(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 4f, 5f - 4f, 6f\n\t"
      ".popsection\n\t"
      "xor{l} %k[stored], %k[stored]\n\t"
      "lea{q} {3b(%%rip), %[word]|%[word], [rip + 3b]}\n\t"
      "mov{q} {%[word], %%fs:8(%[area])|QWORD PTR fs:[%[area] + 8], %[word]}\n"
      "4:\n\t"
      "cmp{l} {$0, %%fs:4(%[area])|DWORD PTR fs:[%[area] + 4], 0}\n\t"  // cpu_id: negative without a registration
      "js 6f\n\t"
      "mov{l} {%%fs:(%[index_at]), %k[word]|%k[word], DWORD PTR fs:[%[index_at]]}\n\t"
      "cmp{q} {%[end], %[word]|%[word], %[end]}\n\t"
      "jae 6f\n\t"
      "imul{q} {%[stride], %[word]|%[word], %[stride]}\n\t"
      "add{q} {%[first], %[word]|%[word], %[first]}\n\t"
      "cmp{q} {$0, (%[word])|QWORD PTR [%[word]], 0}\n\t"
      "jne 6f\n\t"
      "mov{q} {%[value], (%[word])|QWORD PTR [%[word]], %[value]}\n"
      "5:\n\t"
      "mov{q} {%[word], %[stored]|%[stored], %[word]}\n\t"
      ".byte 0x0f, 0x1f, 0x05\n\t"  // nopl SIGNATURE(%rip)
      ".long 0x53053053\n"
      "6:\n\t"
      "mov{q} {$0, %%fs:8(%[area])|QWORD PTR fs:[%[area] + 8], 0}"
      : [word] "=&r"(word), [stored] "=&r"(stored)
      : [area] "r"(area), [index_at] "r"(index_at), [end] "r"(end), [first] "r"(first), [stride] "r"(stride),
        [value] "r"(value)
      : "memory", "cc");
  return stored;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ARCH_X86_RSEQ_HPP
