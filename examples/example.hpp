// SPDX-License-Identifier: BSL-1.0
//
// What the small examples have around what they show: a command line, a clock, a beginning and an end. Nothing is
// allocated or thrown.
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
  bool* flag;             // either this
  unsigned long* number;  // or this
  unsigned long least, most;
};

inline option flag(const char* name, bool& value, const char* what) { return {name, what, &value, nullptr, 0, 0}; }
inline option number(const char* name, unsigned long& value, unsigned long least, unsigned long most,
                     const char* what) {
  return {name, what, nullptr, &value, least, most};
}

// Ends the program where there is nothing more to do: with status 0 after --help, with 2 and a message if the arguments
// are wrong. `file`: where the one argument that is no option goes; null if there is none.
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
      std::puts("\nExit status: 0 the self-check held, 1 it did not, 2 wrong usage or input.");
      std::exit(held);
    }
    const option* found = nullptr;
    for (const option& one : options) {
      if (std::strcmp(argument, one.name) == 0) found = &one;
    }
    if (found == nullptr) {
      if (argument[0] == '-') refuse(argument, "unknown option");
      if (file == nullptr) refuse(argument, "no file is wanted");
      if (*file != nullptr) refuse(argument, "one file is enough");
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

// To be called before threads start, when the registration takes microseconds; later it takes milliseconds.
inline void choose_fence() {
  const lazyref::fence_status fence = lazyref::fence_initialize();
  std::printf("light fence: %s (%s)\n", fence.light_is_free ? "free" : "a full fence", fence.reason);
}

// How each of them ends.
inline int verdict(bool good) {
  std::printf("self-check: %s\n", good ? "held" : "FAILED");
  return good ? held : check_failed;
}

}  // namespace examples
