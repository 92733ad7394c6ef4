// SPDX-License-Identifier: BSL-1.0
//
// For child processes: membarrier without lazyref, and filters by which the kernel refuses it.
#pragma once

#if defined(__linux__)

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include "child.hpp"
#include "sanitizers.hpp"

namespace lazyref_test {

// The raw system call: its result, or a negative errno.
inline int raw_membarrier(int command, unsigned flags = 0, int cpu = 0) {
  const long result = ::syscall(SYS_membarrier, command, flags, cpu);
  return result < 0 ? -errno : static_cast<int>(result);
}

// Installs a filter that executes `action` at each membarrier call of this thread and those that it starts: for every
// command (-1), or for one. Supports x86-64, i386 and aarch64; returns false if the filter cannot be installed.
inline bool filter_membarrier(unsigned action, int command = -1) {
  constexpr unsigned first_argument =
      offsetof(seccomp_data, args) + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4);
  constexpr int load = BPF_LD | BPF_W | BPF_ABS;
  constexpr int equal = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr int answer = BPF_RET | BPF_K;
  const unsigned char other_command = command == -1 ? 0 : 1;
  sock_filter program[] = {
      BPF_STMT(load, offsetof(seccomp_data, arch)),
      BPF_JUMP(equal, AUDIT_ARCH_X86_64, 0, 2),
      BPF_STMT(load, offsetof(seccomp_data, nr)),
      BPF_JUMP(equal, 324, 7, 6),
      BPF_JUMP(equal, AUDIT_ARCH_I386, 0, 2),
      BPF_STMT(load, offsetof(seccomp_data, nr)),
      BPF_JUMP(equal, 375, 4, 3),
      BPF_JUMP(equal, AUDIT_ARCH_AARCH64, 0, 2),
      BPF_STMT(load, offsetof(seccomp_data, nr)),
      BPF_JUMP(equal, 283, 1, 0),
      BPF_STMT(answer, SECCOMP_RET_ALLOW),
      BPF_STMT(load, first_argument),
      BPF_JUMP(equal, static_cast<unsigned>(command), 0, other_command),
      BPF_STMT(answer, action),
      BPF_STMT(answer, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(sizeof program / sizeof *program), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

inline constexpr unsigned answer_errno(int error) {
  return SECCOMP_RET_ERRNO | (static_cast<unsigned>(error) & SECCOMP_RET_DATA);
}

inline bool kernel_has(int command) {
  const int commands = raw_membarrier(0);
  return commands > 0 && (commands & command) != 0;
}

}  // namespace lazyref_test

#endif
