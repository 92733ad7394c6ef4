// SPDX-License-Identifier: BSL-1.0
//
// Restartable sequences like those of arch/, each with one planted fault, and one without: what rseq_step.cpp has to
// report, and what it must not. Where the descriptor's end stands, and whether its pointer is cleared, is a parameter;
// the rest is that of store_if_null.
#ifndef LAZYREF_TESTS_KERNELS_RSEQ_TWINS_HPP
#define LAZYREF_TESTS_KERNELS_RSEQ_TWINS_HPP

#include <cstddef>
#include <cstdint>

#define RSEQ_TWIN_FUNCTION(NAME)                                                                                   \
  [[gnu::noinline]] inline int NAME(std::ptrdiff_t area, std::ptrdiff_t index_at, std::uint32_t index, void* word, \
                                    void* value) noexcept
#define RSEQ_TWIN_DESCRIPTOR            \
  ".pushsection __rseq_cs, \"aw?\"\n\t" \
  ".balign 32\n"                        \
  "3:\n\t"                              \
  ".long 0, 0\n\t"                      \
  ".quad 4f, 5f - 4f, 6f\n\t"           \
  ".popsection\n\t"
#define RSEQ_TWIN_END "5:\n"
#define RSEQ_TWIN_NOP "\tnop\n"

#if defined(__x86_64__)

// END_SHORT, END_RIGHT, END_LONG: one of them is "5:\n", the others are empty.
#define RSEQ_TWIN(NAME, END_SHORT, END_RIGHT, AFTER, END_LONG, CLEAR)                                          \
  RSEQ_TWIN_FUNCTION(NAME) {                                                                                   \
    __asm__ goto(                                                                                              \
        RSEQ_TWIN_DESCRIPTOR                                                                                   \
        "leaq 3b(%%rip), %%rax\n\t"                                                                            \
        "movq %%rax, %%fs:8(%[area])\n"                                                                        \
        "4:\n\t"                                                                                               \
        "cmpl %[index], %%fs:(%[index_at])\n\t"                                                                \
        "jne 6f\n\t"                                                                                           \
        "cmpq $0, (%[word])\n\t"                                                                               \
        "jne %l[occupied]\n" END_SHORT "\tmovq %[value], (%[word])\n" END_RIGHT AFTER END_LONG                 \
        "\txorl %%eax, %%eax\n\t"                                                                              \
        ".byte 0x0f, 0x1f, 0x05\n\t"                                                                           \
        ".long 0x53053053\n"                                                                                   \
        "6:\n\t" CLEAR                                                                                         \
        "testq %%rax, %%rax\n\t"                                                                               \
        "jne %l[elsewhere]"                                                                                    \
        :                                                                                                      \
        : [area] "r"(area), [index_at] "r"(index_at), [index] "r"(index), [word] "r"(word), [value] "r"(value) \
        : "memory", "cc", "rax"                                                                                \
        : occupied, elsewhere);                                                                                \
    return 0;                                                                                                  \
  occupied:                                                                                                    \
    __asm__ volatile("movq $0, %%fs:8(%0)" : : "r"(area) : "memory");                                          \
    return 1;                                                                                                  \
  elsewhere:                                                                                                   \
    return 2;                                                                                                  \
  }
#define RSEQ_TWIN_CLEAR "movq $0, %%fs:8(%[area])\n\t"

#elif defined(__aarch64__)

#define RSEQ_TWIN(NAME, END_SHORT, END_RIGHT, AFTER, END_LONG, CLEAR)                                          \
  RSEQ_TWIN_FUNCTION(NAME) {                                                                                   \
    char* const thread = static_cast<char*>(__builtin_thread_pointer());                                       \
    __asm__ goto(RSEQ_TWIN_DESCRIPTOR                                                                          \
                 "adrp x16, 3b\n\t"                                                                            \
                 "add x16, x16, :lo12:3b\n\t"                                                                  \
                 "str x16, [%[descriptor]]\n"                                                                  \
                 "4:\n\t"                                                                                      \
                 "ldr w16, [%[index_at]]\n\t"                                                                  \
                 "cmp w16, %w[index]\n\t"                                                                      \
                 "b.ne %l[elsewhere]\n\t"                                                                      \
                 "ldar x16, [%[word]]\n\t"                                                                     \
                 "cbnz x16, %l[occupied]\n" END_SHORT "\tstlr %[value], [%[word]]\n" END_RIGHT AFTER END_LONG  \
                 "\t" CLEAR                                                                                    \
                 "b 7f\n\t"                                                                                    \
                 ".inst 0xd428bc00\n"                                                                          \
                 "6:\n\t"                                                                                      \
                 "b %l[elsewhere]\n"                                                                           \
                 "7:"                                                                                          \
                 :                                                                                             \
                 : [descriptor] "r"(thread + area + 8), [index_at] "r"(thread + index_at), [index] "r"(index), \
                   [word] "r"(word), [value] "r"(value)                                                        \
                 : "memory", "cc", "x16"                                                                       \
                 : occupied, elsewhere);                                                                       \
    return 0;                                                                                                  \
  occupied:                                                                                                    \
    *reinterpret_cast<void* volatile*>(thread + area + 8) = nullptr;                                           \
    return 1;                                                                                                  \
  elsewhere:                                                                                                   \
    *reinterpret_cast<void* volatile*>(thread + area + 8) = nullptr;                                           \
    return 2;                                                                                                  \
  }
#define RSEQ_TWIN_CLEAR "str xzr, [%[descriptor]]\n\t"

#endif

#ifdef RSEQ_TWIN

namespace rseq_step {
namespace twins {

RSEQ_TWIN(sound, "", RSEQ_TWIN_END, RSEQ_TWIN_NOP, "", RSEQ_TWIN_CLEAR)
// The thread is sent back after it has stored.
RSEQ_TWIN(commit_not_last, "", "", RSEQ_TWIN_NOP, RSEQ_TWIN_END, RSEQ_TWIN_CLEAR)
// It stores however long ago it looked.
RSEQ_TWIN(end_before_commit, RSEQ_TWIN_END, "", RSEQ_TWIN_NOP, "", RSEQ_TWIN_CLEAR)
// The kernel reads the descriptor some time later, which may be gone.
RSEQ_TWIN(not_cleared, "", RSEQ_TWIN_END, RSEQ_TWIN_NOP, "", "")

}  // namespace twins
}  // namespace rseq_step

#endif

#endif  // LAZYREF_TESTS_KERNELS_RSEQ_TWINS_HPP
