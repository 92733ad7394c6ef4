// SPDX-License-Identifier: BSL-1.0
//
// x86-64 (and i386, which has no restartable claim here).
//
// Restartable sequences. The thread writes the address of a descriptor into its rseq area; if it is preempted,
// migrated or signalled between start and commit, the kernel sends it to the abort handler instead. The handler is
// preceded by a signature, which stands here inside an undefined instruction (ud1). A load is an acquire and a store a
// release by the architecture (Intel SDM volume 3A, 9.2.2). The area's pointer is cleared at the end, so that the
// kernel never reads a descriptor of a shared object that is gone.
//
// Sources: rseq(2); Linux, include/uapi/linux/rseq.h, and tools/testing/selftests/rseq (the signature);
// System V ABI, x86-64: %fs:0 is the thread pointer.
//
// Run on: x86-64 hardware.
#pragma once

#include <cstddef>
#include <cstdint>

#if __has_include("../config.hpp")
#include "../config.hpp"
#else
#include "../../../include/lazyref/config.hpp"
#endif

LAZYREF_BEGIN_NAMESPACE

namespace arch {

#if defined(__x86_64__) && defined(__LP64__) && defined(__GNUC__)

#define LAZYREF_DETAIL_HAS_RSEQ 1

// The 32 bits at `offset` from the thread pointer, now.
inline std::uint32_t read_rseq(std::ptrdiff_t offset) noexcept {
  std::uint32_t result;
  __asm__ volatile("movl %%fs:(%1), %0" : "=r"(result) : "r"(offset) : "memory");
  return result;
}

// In one restartable sequence: if the 32 bits at `index_at` are `index`, and `word` is null, stores `value` there.
// Returns 0 if it did, 1 if the word was not null, 2 if the thread was interrupted or is elsewhere: then nothing was
// stored, and a new try begins with a new index. Look: acquire. Store: release. `area`, `index_at`: from the thread
// pointer.
inline int store_if_null(std::ptrdiff_t area, std::ptrdiff_t index_at, std::uint32_t index, void* word,
                         void* value) noexcept {
  __asm__ goto(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 1f, 2f - 1f, 4f\n\t"
      ".popsection\n\t"
      "leaq 3b(%%rip), %%rax\n\t"
      "movq %%rax, %%fs:8(%[area])\n"
      "1:\n\t"
      "cmpl %[index], %%fs:(%[index_at])\n\t"
      "jne %l[elsewhere]\n\t"
      "cmpq $0, (%[word])\n\t"
      "jne %l[occupied]\n\t"
      "movq %[value], (%[word])\n"
      "2:\n\t"
      "movq $0, %%fs:8(%[area])\n\t"
      ".pushsection .text.lazyref_rseq_abort, \"ax?\"\n\t"
      ".byte 0x0f, 0xb9, 0x3d\n\t"
      ".long 0x53053053\n"
      "4:\n\t"
      "jmp %l[elsewhere]\n\t"
      ".popsection"
      :
      : [area] "r"(area), [index_at] "r"(index_at), [index] "r"(index), [word] "r"(word), [value] "r"(value)
      : "memory", "cc", "rax"
      : occupied, elsewhere);
  return 0;
occupied:
  __asm__ volatile("movq $0, %%fs:8(%0)" : : "r"(area) : "memory");
  return 1;
elsewhere:
  __asm__ volatile("movq $0, %%fs:8(%0)" : : "r"(area) : "memory");
  return 2;
}

// The same for the word of wherever the thread is: `first` + index * `stride`, if the thread is registered and the
// index is less than `end`. Returns the word's address, or null if nothing was stored, for whatever reason. (Not an asm
// goto, which cannot have outputs before GCC 11.)
inline void* store_if_null_here(std::ptrdiff_t area, std::ptrdiff_t index_at, std::size_t end, void* first,
                                std::size_t stride, void* value) noexcept {
  void* word;
  std::size_t descriptor;
  __asm__ volatile(
      ".pushsection __rseq_cs, \"aw?\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 1f, 2f - 1f, 4f\n\t"
      ".popsection\n\t"
      "leaq 3b(%%rip), %[descriptor]\n\t"
      "movq %[descriptor], %%fs:8(%[area])\n"
      "1:\n\t"
      "cmpl $0, %%fs:4(%[area])\n\t"  // cpu_id: negative where there is no registration
      "js 5f\n\t"
      "movl %%fs:(%[index_at]), %k[word]\n\t"
      "cmpq %[end], %[word]\n\t"
      "jae 5f\n\t"
      "imulq %[stride], %[word]\n\t"
      "addq %[first], %[word]\n\t"
      "cmpq $0, (%[word])\n\t"
      "jne 5f\n\t"
      "movq %[value], (%[word])\n"
      "2:\n\t"
      "movq $0, %%fs:8(%[area])\n"
      "6:\n\t"
      ".pushsection .text.lazyref_rseq_abort, \"ax?\"\n\t"
      ".byte 0x0f, 0xb9, 0x3d\n\t"
      ".long 0x53053053\n"
      "4:\n"
      "5:\n\t"
      "xorl %k[word], %k[word]\n\t"
      "movq $0, %%fs:8(%[area])\n\t"
      "jmp 6b\n\t"
      ".popsection"
      : [word] "=&r"(word), [descriptor] "=&r"(descriptor)
      : [area] "r"(area), [index_at] "r"(index_at), [end] "r"(end), [first] "r"(first), [stride] "r"(stride),
        [value] "r"(value)
      : "memory", "cc");
  return word;
}

#endif

}  // namespace arch

LAZYREF_END_NAMESPACE
