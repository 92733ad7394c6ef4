// SPDX-License-Identifier: BSL-1.0
//
// Runs each planted bug in a child process, so that a sanitizer may detect it, too.
#pragma once

#include <csignal>
#include <exception>

#include "../stress/stress.hpp"

#if defined(__unix__)
#include "child.hpp"
#endif

namespace stress {

// The results of the cases of one program.
class verdicts {
 public:
  // The control: the same load, without a planted bug.
  template <class Work>
  void must_be_clean(const char* name, Work work) {
    const outcome result = in_child(name, false, work);
    if (result == outcome::unknown) return failed_itself(name);
    expect(result == outcome::clean, "it was caught, though there is nothing to catch");
    std::printf("-> nothing to catch\n");
  }

  // The first detection ends the case, so a long limit costs no time where the case has power.
  template <class Work>
  void must_be_caught(const char* name, Work work) {
    if (!may_be_caught(name, work)) powerless_ = true;
  }
  // Where no test can be sure of it: said loudly, and no more.
  template <class Work>
  bool may_be_caught(const char* name, Work work) {
    const auto began = std::chrono::steady_clock::now();
    const outcome result = in_child(name, true, work);
    if (result == outcome::unknown) return failed_itself(name), false;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (result == outcome::clean) {
      std::printf("not caught in %.2f s\n", seconds);
      std::printf("SKIPPED: %s: the planted bug \"%s\" was not caught: on this machine, now, no power for such a bug\n",
                  program, name);
    } else {
      std::printf("%scaught after %.2f s\n", result == outcome::ended ? "ended by a sanitizer or a signal: " : "-> ",
                  seconds);
    }
    std::fflush(stdout);
    return result != outcome::clean;
  }

  int exit_status() const {
    const bool all = !powerless_ && has_power;
    std::puts(all ? "ok; everything planted was caught" : "NOT EVERYTHING WAS DONE AND CAUGHT");
    return all ? 0 : 77;
  }

 private:
  // ended: by a sanitizer, or by a signal that a use of what is gone may lead to. unknown: by anything else.
  enum class outcome { clean, wrong, ended, unknown };
  static constexpr int caught = 10, not_begun = 11;

  void failed_itself(const char* name) {
    powerless_ = true;
    no_power(name, "its process could not do its work");
  }

#if defined(__unix__)
  template <class Work>
  outcome in_child(const char* name, bool planted, Work work) {
    std::printf("%-22s ", name);
    std::fflush(stdout);
    const pid_t child = lazyref_test::start_child([&] {
      // The report of a planted bug is expected, and is not printed.
      if (planted && std::freopen("/dev/null", "w", stderr) == nullptr) return not_begun;
      exit_when_wrong = caught;
      std::set_terminate([] { std::_Exit(not_begun); });  // no thread, no memory
      work();
      std::fflush(stdout);
      return 0;
    });
    expect(child > 0, "fork failed");
    const lazyref_test::child_result end = lazyref_test::end_of_child(child);
    if (end.exit_status == 0) return outcome::clean;
    if (end.exit_status == caught) return outcome::wrong;
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT}) {
      if (end.signal == signal) return outcome::ended;
    }
    // Those of ThreadSanitizer and AddressSanitizer, if nothing else is set.
    return sanitized && (end.exit_status == 66 || end.exit_status == 1) ? outcome::ended : outcome::unknown;
  }
#else
  template <class Work>
  outcome in_child(const char*, bool, Work) {
    return outcome::unknown;
  }
#endif

  bool powerless_ = false;
};

}  // namespace stress
