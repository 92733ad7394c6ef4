// SPDX-License-Identifier: BSL-1.0
//
// What the small examples share: the command line, a stopwatch, the choice of the fence, the exit status. Nothing here
// allocates memory or throws.
#pragma once

#include <lazyref/fence.hpp>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace examples {

enum exit_status { held = 0, check_failed = 1, bad_input = 2 };

struct option {
  const char* name;  // "--readers"
  const char* what;
  bool* flag;             // for an option without a value; otherwise null
  unsigned long* number;  // for an option with a number; otherwise null
  unsigned long least, most;
};

inline option flag(const char* name, bool& value, const char* what) { return {name, what, &value, nullptr, 0, 0}; }
inline option number(const char* name, unsigned long& value, unsigned long least, unsigned long most,
                     const char* what) {
  return {name, what, nullptr, &value, least, most};
}

// Parses the command line. Exits with status 0 after --help, and with status 2 and a message if an argument is invalid.
// `file`: receives the argument that is not an option; null if the program takes none.
template <std::size_t N>
void parse(int argc, char** argv, const char* program, const char* about, const option (&options)[N],
           const char** file = nullptr) {
  const auto refuse = [&](const char* argument, const char* why) {
    std::fprintf(stderr, "%s: %s: %s; see --help\n", program, argument, why);
    std::exit(bad_input);
  };
  for (int i = 1; i < argc; ++i) {
    const char* const argument = argv[i];
    if (std::strcmp(argument, "--help") == 0) {
      std::printf("usage: %s [OPTIONS]%s\n\n%s\n", program, file != nullptr ? " [FILE]" : "", about);
      for (const option& one : options) {
        std::printf("  %s %-*s %s", one.name, static_cast<int>(22 - std::strlen(one.name)),
                    one.number != nullptr ? "N" : "", one.what);
        if (one.number != nullptr) std::printf(" (%lu to %lu; %lu)", one.least, one.most, *one.number);
        std::puts("");
      }
      std::puts("\nExit status: 0 the self-check held, 1 it failed, 2 wrong usage or input.");
      std::exit(held);
    }
    const option* found = nullptr;
    for (const option& one : options) {
      if (std::strcmp(argument, one.name) == 0) found = &one;
    }
    if (found == nullptr) {
      if (argument[0] == '-') refuse(argument, "unknown option");
      if (file == nullptr) refuse(argument, "unexpected argument");
      if (*file != nullptr) refuse(argument, "only one FILE is allowed");
      *file = argument;
    } else if (found->flag != nullptr) {
      *found->flag = true;
    } else {
      if (i + 1 == argc) refuse(argument, "needs a value");
      const char* const text = argv[++i];
      const char* const end = text + std::strlen(text);
      const auto [stop, error] = std::from_chars(text, end, *found->number);
      if (error != std::errc() || stop != end || *found->number < found->least || *found->number > found->most) {
        std::fprintf(stderr, "%s: %s: expected a number from %lu to %lu, found \"%s\"\n", program, argument,
                     found->least, found->most, text);
        std::exit(bad_input);
      }
    }
  }
}

class stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Call it before threads start: then the registration takes microseconds, later milliseconds.
inline void choose_fence() {
  const lazyref::fence_status fence = lazyref::fence_initialize();
  std::printf("light fence: %s (%s)\n", fence.light_is_free ? "free" : "a full fence", fence.reason);
}

// Prints the result of the self-check, and returns the exit status.
inline int verdict(bool good) {
  std::printf("self-check: %s\n", good ? "held" : "FAILED");
  return good ? held : check_failed;
}

}  // namespace examples
