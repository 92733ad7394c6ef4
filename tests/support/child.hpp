// SPDX-License-Identifier: BSL-1.0
//
// Runs code in a child process, since its effects are permanent or fatal; returns how it ended, and its standard error. A
// child has one thread, since fork copies only the caller.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <type_traits>
#include <utility>

namespace lazyref_test {

struct child_result {
  int exit_status = -1;  // -1: killed by a signal, or not started
  int signal = 0;        // that killed it, or 0
  std::string err;       // its standard error, where that is captured

  bool aborted_saying(const std::string& what) const {
    return signal == SIGABRT && err.find(what) != std::string::npos;
  }
  bool quiet() const { return exit_status == 0 && err.empty(); }
};

// The exit status of a child that this host cannot run.
inline constexpr int child_skips = 77;

// For children: REQUIRE would write to the parent's report.
inline int child_failed(int line, const char* what) {
  std::fprintf(stderr, "line %d: not true in the child: %s\n", line, what);
  return 1;
}
#define LAZYREF_CHILD_REQUIRE(condition)                                         \
  do {                                                                           \
    if (!(condition)) return ::lazyref_test::child_failed(__LINE__, #condition); \
  } while (false)
inline void expect(bool as_it_should_be, const char* what) {
  if (as_it_should_be) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ::_exit(1);
}

// The result of `body` is the child's exit status (void: 0). Returns its id, or -1.
template <class Body>
pid_t start_child(Body&& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  // The test framework's handlers would write to the parent's report; a core file is not needed.
  for (const int signal : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGINT, SIGTERM, SIGALRM}) std::signal(signal, SIG_DFL);
  const rlimit no_core{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
  if constexpr (std::is_void_v<decltype(body())>) {
    body();
    ::_exit(0);
  } else {
    ::_exit(body());
  }
}

// Waits for the child.
inline child_result end_of_child(pid_t child) {
  child_result result;
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return result;
  }
  if (child > 0 && WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  if (child > 0 && WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

// Runs `body` in a child, and captures its standard error.
template <class Body>
child_result in_child(Body&& body) {
  child_result result;
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) {
    result.err = "pipe failed";
    return result;
  }
  const pid_t child = start_child([&] {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::alarm(120);
    return body();
  });
  ::close(ends[1]);
  std::string err = child < 0 ? "fork failed" : "";
  char buffer[512];
  for (;;) {
    const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
    if (got > 0) err.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  ::close(ends[0]);
  result = end_of_child(child);
  result.err = std::move(err);
  return result;
}

}  // namespace lazyref_test
