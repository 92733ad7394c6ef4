// SPDX-License-Identifier: BSL-1.0
//
// Runs a test in a forked child. A registration is per process and permanent, and a filter may kill a process for a system
// call: so every test that registers, or that may be fatal, runs in a child.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include <lazyref/result.hpp>

#if defined(__unix__) || defined(__APPLE__)
#define DOCTOR_FORKS 1
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#endif

namespace doctor {

template <class T>
struct from_child {
  bool ok = false;
  T value{};
  std::string failure;  // if not ok
  bool killed = false;  // by a signal
};

#if defined(DOCTOR_FORKS)

inline constexpr unsigned child_seconds = 20;
inline int child_pipe = -1;

inline void say(const void* bytes, std::size_t size) noexcept {
  const char* next = static_cast<const char*>(bytes);
  while (size != 0) {
    const ssize_t wrote = ::write(child_pipe, next, size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    next += wrote;
    size -= static_cast<std::size_t>(wrote);
  }
}

// The child's fatal hook: the sentence goes to the parent instead of standard error.
[[noreturn]] inline void say_and_exit(const char* message, int) noexcept {
  say("F", 1);
  say(message, std::strlen(message));
  ::_exit(0);
}

template <class Body>
[[noreturn]] void be_child(int out, Body& body) {
  child_pipe = out;
  ::alarm(child_seconds);
  lazyref::set_fatal_handler([](const char* message, int error) noexcept { say_and_exit(message, error); });
  const auto value = body();
  say("V", 1);
  say(&value, sizeof value);
  ::_exit(0);
}

inline std::string read_all(int in) {
  std::string all;
  char part[4096];
  for (;;) {
    const ssize_t got = ::read(in, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return all;
    all.append(part, static_cast<std::size_t>(got));
  }
}

inline std::string how_it_died(int status) {
  if (!WIFSIGNALED(status)) return "the child gave no answer";
  if (WTERMSIG(status) == SIGALRM) return "no answer in " + std::to_string(child_seconds) + " s";
  return "the process was killed by signal " + std::to_string(WTERMSIG(status));
}

// Precondition: this process has one thread.
template <class Body, class T = std::invoke_result_t<Body&>>
from_child<T> in_child(Body body) {
  static_assert(std::is_trivially_copyable_v<T>);
  from_child<T> answer;
  int ends[2];
  if (::pipe(ends) != 0) {
    answer.failure = "no pipe";
    return answer;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_child(ends[1], body);
  }
  ::close(ends[1]);
  const std::string said = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  answer.ok = said.size() == 1 + sizeof(T) && said[0] == 'V';
  if (answer.ok) {
    std::memcpy(&answer.value, said.data() + 1, sizeof(T));
  } else if (child < 0) {
    answer.failure = "no child process";
  } else if (!said.empty() && said[0] == 'F') {
    answer.failure = said.substr(1);
  } else {
    answer.failure = how_it_died(status);
    answer.killed = WIFSIGNALED(status) && WTERMSIG(status) != SIGALRM;
  }
  return answer;
}

#else

// No fork on this system: the test runs in this process.
template <class Body, class T = std::invoke_result_t<Body&>>
from_child<T> in_child(Body body) {
  from_child<T> answer;
  answer.ok = true;
  answer.value = body();
  return answer;
}

#endif

}  // namespace doctor
