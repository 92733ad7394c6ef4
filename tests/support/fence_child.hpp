// SPDX-License-Identifier: BSL-1.0
//
// Runs code in a child process, since its effects are permanent or fatal (abort, seccomp filters, registrations).
#pragma once

#if defined(__linux__)

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#if defined(__SANITIZE_THREAD__)
#define LAZYREF_TEST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LAZYREF_TEST_TSAN 1
#endif
#endif

namespace lazyref_test {

struct child_result {
  int exit_status = -1;  // -1: killed by a signal
  int signal = 0;
  std::string err;  // its standard error
};

inline constexpr int child_skips = 77;

inline int child_failed(int line, const char* what) {
  std::fprintf(stderr, "line %d: not true in the child: %s\n", line, what);
  return 1;
}
#define LAZYREF_CHILD_REQUIRE(condition)                                         \
  do {                                                                           \
    if (!(condition)) return ::lazyref_test::child_failed(__LINE__, #condition); \
  } while (false)

// The result of `body` is the child's exit status.
template <class Body>
child_result in_child(Body body) {
  child_result result;
  int ends[2];
  if (::pipe(ends) != 0) return result;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    // Removes Catch2's handlers, which would write to the parent's report.
    for (int signal : {SIGABRT, SIGSEGV, SIGTERM, SIGALRM}) std::signal(signal, SIG_DFL);
    const rlimit no_core{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &no_core);
    ::dup2(ends[1], 2);
    ::close(ends[0]);
    ::close(ends[1]);
    ::alarm(120);
    ::_exit(body());
  }
  ::close(ends[1]);
  char buffer[512];
  for (;;) {
    const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
    if (got > 0) result.err.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  ::close(ends[0]);
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

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
