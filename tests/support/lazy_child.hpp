// SPDX-License-Identifier: BSL-1.0
//
// Runs a function in a child process, and returns how it ended. A child has one thread, since fork copies only the caller.
#pragma once

#include <csignal>
#include <cstdio>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lazyref_test {

struct ending {
  int signal = 0;    // that killed it, or 0
  int status = 0;    // that it exited with
  std::string said;  // on standard error

  bool aborted_saying(const std::string& what) const {
    return signal == SIGABRT && said.find(what) != std::string::npos;
  }
  bool quiet() const { return signal == 0 && status == 0 && said.empty(); }
};

template <class Body>
ending in_child(Body&& body) {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return {0, -1, "pipe failed"};
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    // The test framework's handler would report a failed test; a core file is not needed.
    std::signal(SIGABRT, SIG_DFL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::alarm(60);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    body();
    ::_exit(0);
  }
  ::close(ends[1]);
  ending result;
  if (child < 0) {
    result = {0, -1, "fork failed"};
  } else {
    char buffer[512];
    for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      result.said.append(buffer, static_cast<std::size_t>(n));
    int status = 0;
    ::waitpid(child, &status, 0);
    result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  }
  ::close(ends[0]);
  return result;
}

// For children: REQUIRE would write to the parent's report.
inline void expect(bool as_it_should_be, const char* what) {
  if (as_it_should_be) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ::_exit(1);
}

}  // namespace lazyref_test
