// SPDX-License-Identifier: BSL-1.0
//
// Runs each planted bug in a child process, so that a sanitizer may detect it, too.
#pragma once

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
    if (result == outcome::unknown) return;
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
    if (result == outcome::unknown) return false;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (result == outcome::clean) {
      std::printf("not caught in %.2f s\n", seconds);
      std::printf("SKIPPED: %s was not caught: on this machine, now, the stress has no power for this bug\n", name);
    } else {
      std::printf("%scaught after %.2f s\n", result == outcome::ended ? "ended by a sanitizer or a signal: " : "-> ",
                  seconds);
    }
    std::fflush(stdout);
    return result != outcome::clean;
  }

  int exit_status() const {
    std::puts(powerless_ ? "NOT EVERYTHING WAS CAUGHT" : "ok; everything planted was caught");
    return powerless_ ? 77 : 0;
  }

 private:
  enum class outcome { clean, wrong, ended, unknown };
  static constexpr int caught = 10;

#if defined(__unix__)
  template <class Work>
  outcome in_child(const char* name, bool planted, Work work) {
    std::printf("%-22s ", name);
    std::fflush(stdout);
    const pid_t child = lazyref_test::start_child([&] {
      // The report of a planted bug is expected, and is not printed.
      if (planted && std::freopen("/dev/null", "w", stderr) == nullptr) return 2;
      exit_when_wrong = caught;
      work();
      std::fflush(stdout);
      return 0;
    });
    expect(child > 0, "fork failed");
    const int status = lazyref_test::end_of_child(child).exit_status;
    return status == 0 ? outcome::clean : status == caught ? outcome::wrong : outcome::ended;
  }
#else
  template <class Work>
  outcome in_child(const char* name, bool, Work) {
    std::printf("SKIPPED: %s: planted bugs need fork\n", name);
    return outcome::unknown;
  }
#endif

  bool powerless_ = false;
};

}  // namespace stress
