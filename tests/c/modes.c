// SPDX-License-Identifier: BSL-1.0
//
// modes WHAT [PROGRAM]: C units of one mode or two, and a C++ unit, in one program. What is decided before main, and
// that both languages say the same of it. `filtered PROGRAM` executes the program where membarrier is refused.
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <lazyref/lazyref.h>

#include "check.h"
#include "modes.h"

#if defined(__linux__)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int filtered(const char* program) {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog all = {sizeof rules / sizeof *rules, rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) != 0) {
    printf("SKIPPED: c_modes: no filter can be set here\n");
    return skipped;
  }
  execl(program, program, "decided", (char*)NULL);
  return 1;
}
#else
static int filtered(const char* program) {
  (void)program;
  printf("SKIPPED: c_modes: filters are Linux's\n");
  return skipped;
}
#endif

static int same_in_both(void) {
  const struct lazyref_fence_status status = lazyref_fence_info();
  return status.light_is_free == cxx_light_is_free() && strcmp(status.reason, cxx_reason()) == 0;
}

int main(int argc, char** argv) {
  const char* const what = argc > 1 ? argv[1] : "";
  CHECK(same_in_both());
  extra_light();
  if (strcmp(what, "filtered") == 0 && argc == 3) return filtered(argv[2]);
  if (strcmp(what, "undecided") == 0) {
    CHECK(lazyref_fence_info().light_is_free == 0);
    // Decided in C++, known in C.
    CHECK(cxx_initialize() == lazyref_fence_info().light_is_free && same_in_both());
    printf("%s\n", lazyref_fence_info().light_is_free ? "free" : "not free");
  } else if (strcmp(what, "chosen") == 0) {
    // Decided in C, known in C++.
    CHECK(lazyref_fence_initialize_as(lazyref_backend_symmetric).light_is_free == 0);
    CHECK(cxx_initialize() == 0 && same_in_both());
    CHECK(strstr(cxx_reason(), "chosen by") != NULL);
  } else if (strcmp(what, "decided") == 0) {
    // A unit built REQUIRED: without a call in main.
    CHECK(lazyref_fence_info().light_is_free == 1);
    CHECK(lazyref_fence_initialize_as(lazyref_backend_symmetric).backend != lazyref_backend_symmetric);
  } else if (strcmp(what, "full") == 0) {
    // A unit built SYMMETRIC, and none REQUIRED.
    CHECK(lazyref_fence_initialize().backend == lazyref_backend_symmetric && same_in_both());
    CHECK(strstr(cxx_reason(), "LAZYREF_FENCE_SYMMETRIC") != NULL);
  } else {
    printf("usage: modes undecided|chosen|decided|full, modes filtered PROGRAM\n");
    return 2;
  }
  lazyref_fence_heavy();
  return verdict(what);
}
