// SPDX-License-Identifier: BSL-1.0
//
// What rseq.py builds, in several ways, and reads the object code of. RSEQ_PART is what of it:
//   1, 2  two translation units of one program, which both have the library's restartable claim inline
//   3     a shared object with it, for the program to load, call and unload
//   4     the same with a planted bug: a sequence that leaves its descriptor in the thread's area
//   5     a planted sequence for the checker, never run; PLANTED names what is wrong with it
#if RSEQ_PART <= 3

#include <lazyref/per_cpu.hpp>

struct object : lazyref::owner<object> {};

namespace {

// How many of `n` claims found a slot.
[[maybe_unused]] long claims(long n) {
  lazyref::per_cpu_domain<object> domain;
  auto one = domain.make();
  long result = 0;
  for (long i = 0; i < n; ++i) result += domain.claim(one).is_counted() ? 0 : 1;
  return result;
}

}  // namespace

#endif

#if RSEQ_PART == 1

#include <dlfcn.h>
#include <sched.h>

#include <chrono>
#include <cstdio>
#include <cstring>

long claims_elsewhere(long n);

// The program: claims [LIBRARY]
int main(int argc, char** argv) {
  const lazyref::per_cpu_info how = lazyref::per_cpu_domain<object>().how();
  if (how.method != lazyref::claim_method::restartable_sequence) {
    std::printf("SKIPPED: %s\n", how.reason);
    return 77;
  }
  constexpr long n = 100000;
  if (argc < 2) {
    const long found = claims(n) + claims_elsewhere(n);
    std::printf("%ld of %ld claims found a slot\n", found, 2 * n);
    return found == 2 * n ? 0 : 1;
  }
  void* const library = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  void* const symbol = library != nullptr ? ::dlsym(library, "claims_in_library") : nullptr;
  long (*claims_there)(long) = nullptr;
  std::memcpy(&claims_there, &symbol, sizeof symbol);
  if (claims_there == nullptr) {
    std::printf("%s\n", ::dlerror());
    return 1;
  }
  // Most calls are not interrupted before the next line: then whatever the last one left in the area is there still.
  const long found = claims_there(n);
  ::dlclose(library);
  if (::dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != nullptr) {
    std::printf("the library was not unloaded\n");
    return 1;
  }
  // The kernel looks at the area whenever it has had the CPU.
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  while (std::chrono::steady_clock::now() < end) ::sched_yield();
  std::printf("%ld of %ld claims found a slot; the library is gone\n", found, n);
  return found == n ? 0 : 1;
}

#elif RSEQ_PART == 2

long claims_elsewhere(long n) { return claims(n); }

#elif RSEQ_PART == 3

extern "C" [[gnu::visibility("default")]] long claims_in_library(long n) { return claims(n); }

#elif RSEQ_PART == 4

#include <sys/rseq.h>

extern "C" [[gnu::visibility("default")]] long claims_in_library(long n) {
  for (long i = 0; i < n; ++i) {
    __asm__ volatile(
        ".pushsection __rseq_cs, \"aw\"\n\t"
        ".balign 32\n"
        "3:\n\t"
        ".long 0, 0\n\t"
        ".quad 1f, 2f - 1f, 4f\n\t"
        ".popsection\n\t"
        "leaq 3b(%%rip), %%rax\n\t"
        "movq %%rax, %%fs:8(%0)\n"
        "1:\n\t"
        "nop\n"
        "2:\n\t"
        "jmp 5f\n\t"
        ".byte 0x0f, 0xb9, 0x3d\n\t"
        ".long 0x53053053\n"
        "4:\n"
        "5:"
        :
        : "r"(__rseq_offset)
        : "memory", "rax");
  }
  return n;
}

#elif RSEQ_PART == 5

// As the library's, with one thing wrong.
#define WRONG_AS_IT_SHOULD_BE 0
#define WRONG_SIGNATURE 1
#define WRONG_LOOK_BEFORE_THE_START 2
#define WRONG_STORE_BEFORE_THE_COMMIT 3
#define WRONG_COMMIT_OUTSIDE 4
#define WRONG_CALL_INSIDE 5
#define WRONG_ABORT_DOES_NOT_CLEAR 6
#define WRONG_DESCRIPTOR 7
#define WRONG_HANDLER_WITHOUT_UNWIND_DESCRIPTION 8
#define WRONG_COMMIT_RUNS_INTO_THE_HANDLER 9
#define WRONG_WRITE_TO_ANOTHER_FIELD_BEFORE_THE_COMMIT 10
#define WRONG_WRITE_TO_ANOTHER_FIELD_AFTER_THE_COMMIT 11
#define WRONG_WRITE_TO_ANOTHER_FIELD_BY_THE_HANDLER 12

#if PLANTED == WRONG_LOOK_BEFORE_THE_START
#define LOOK_BEFORE "cmpq $0, (%2)\n\tjne 6f\n\t"
#define LOOK ""
#else
#define LOOK_BEFORE ""
#define LOOK "cmpq $0, (%2)\n\tjne 6f\n\t"
#endif
#if PLANTED == WRONG_SIGNATURE
#define SIGNATURE ".long 0x53053054\n"
#else
#define SIGNATURE ".long 0x53053053\n"
#endif
#if PLANTED == WRONG_STORE_BEFORE_THE_COMMIT
#define STORE "movq %3, 8(%2)\n\t"
#elif PLANTED == WRONG_WRITE_TO_ANOTHER_FIELD_BEFORE_THE_COMMIT
#define STORE "movl $0, %%fs:16(%0)\n\t"
#else
#define STORE ""
#endif
#if PLANTED == WRONG_COMMIT_OUTSIDE
#define COMMIT "2:\n\tmovq %3, (%2)\n\t"
#else
#define COMMIT "movq %3, (%2)\n2:\n\t"
#endif
#if PLANTED == WRONG_CALL_INSIDE
#define CALL "call somewhere\n\t"
#else
#define CALL ""
#endif
#if PLANTED == WRONG_WRITE_TO_ANOTHER_FIELD_AFTER_THE_COMMIT
#define AFTER "movl %1, %%fs:0(%0)\n\t"
#else
#define AFTER ""
#endif
#if PLANTED == WRONG_ABORT_DOES_NOT_CLEAR
#define ABORT "ret\n"
#elif PLANTED == WRONG_WRITE_TO_ANOTHER_FIELD_BY_THE_HANDLER
#define ABORT "andl $0, %%fs:4(%0)\n\tmovq $0, %%fs:8(%0)\n\tjmp 7f\n"
#else
#define ABORT "movq $0, %%fs:8(%0)\n\tjmp 7f\n"
#endif
#if PLANTED == WRONG_DESCRIPTOR
#define DESCRIPTOR "leaq 32 + 3b(%%rip), %%rax\n\t"
#else
#define DESCRIPTOR "leaq 3b(%%rip), %%rax\n\t"
#endif

#if PLANTED == WRONG_HANDLER_WITHOUT_UNWIND_DESCRIPTION
#define HANDLER(text) \
  ".pushsection .text.elsewhere, \"ax\"\n\t.byte 0x0f, 0xb9, 0x3d\n\t" text "jmp 7f\n\t.popsection\n\t"
#elif PLANTED == WRONG_COMMIT_RUNS_INTO_THE_HANDLER
#define HANDLER(text) ".byte 0x0f, 0x1f, 0x05\n\t" text
#else
#define HANDLER(text) ".byte 0x0f, 0xb9, 0x3d\n\t" text
#endif
#if PLANTED == WRONG_COMMIT_RUNS_INTO_THE_HANDLER
#define JUMP ""
#else
#define JUMP "jmp 7f\n\t"
#endif

extern "C" void somewhere() {}

extern "C" void planted(long area, int index, void** word, void* value) {
  __asm__ volatile(
      ".pushsection __rseq_cs, \"aw\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 1f, 2f - 1f, 4f\n\t"
      ".popsection\n\t" DESCRIPTOR LOOK_BEFORE
      "movq %%rax, %%fs:8(%0)\n"
      "1:\n\t"
      "cmpl %1, %%fs:4(%0)\n\t"
      "jne 6f\n\t" LOOK STORE CALL COMMIT
      AFTER "movq $0, %%fs:8(%0)\n\t" JUMP HANDLER(SIGNATURE "4:\n\t" ABORT)
      "6:\n\t"
      "movq $0, %%fs:8(%0)\n"
      "7:"
      :
      : "r"(area), "r"(index), "r"(word), "r"(value)
      : "memory", "cc", "rax");
}

int main() {}

#endif
