// SPDX-License-Identifier: BSL-1.0
//
// What the examples in C share, as example.hpp for those in C++: the command line, a clock, the choice of the fence, the
// exit status.
#pragma once

#include <lazyref/lazyref.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum exit_status { example_held = 0, example_check_failed = 1, example_bad_input = 2 };

struct example_option {
  const char* name;  // "--readers"
  const char* what;
  int* flag;     // for an option without a value; otherwise null
  long* number;  // for an option with a number; otherwise null
  long least, most;
};

static inline void example_refuse(const char* program, const char* argument, const char* why) {
  fprintf(stderr, "%s: %s: %s; see --help\n", program, argument, why);
  exit(example_bad_input);
}

// Returns the value of a decimal number, or -1.
static inline long example_number(const char* text) {
  long result = 0;
  if (*text == '\0' || strlen(text) > 9) return -1;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9') return -1;
    result = 10 * result + (*text - '0');
  }
  return result;
}

// Parses the command line. Exits with status 0 after --help, and with status 2 and a message if an argument is invalid.
// `options` ends with {0}.
static inline void example_parse(int argc, char** argv, const char* program, const char* about,
                                 const struct example_option* options) {
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--help") == 0) {
      printf("usage: %s [OPTIONS]\n\n%s\n", program, about);
      for (const struct example_option* one = options; one->name != NULL; ++one) {
        printf("  %s %-*s %s", one->name, 22 - (int)strlen(one->name), one->number != NULL ? "N" : "", one->what);
        if (one->number != NULL) printf(" (%ld to %ld; %ld)", one->least, one->most, *one->number);
        puts("");
      }
      puts("\nExit status: 0 the self-check held, 1 it failed, 2 wrong usage or input.");
      exit(example_held);
    }
    const struct example_option* found = options;
    while (found->name != NULL && strcmp(argv[i], found->name) != 0) ++found;
    if (found->name == NULL) {
      example_refuse(program, argv[i], argv[i][0] == '-' ? "unknown option" : "unexpected argument");
    } else if (found->flag != NULL) {
      *found->flag = 1;
    } else {
      if (i + 1 == argc) example_refuse(program, argv[i], "needs a value");
      const char* const text = argv[++i];
      *found->number = example_number(text);
      if (*found->number < found->least || *found->number > found->most) {
        fprintf(stderr, "%s: %s: expected a number from %ld to %ld, found \"%s\"\n", program, argv[i - 1], found->least,
                found->most, text);
        exit(example_bad_input);
      }
    }
  }
}

static inline double example_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// Parses the command line, and chooses the fence. Call it before threads start: then the registration takes microseconds,
// later milliseconds.
static inline void example_begin(int argc, char** argv, const char* program, const char* about,
                                 const struct example_option* options) {
  example_parse(argc, argv, program, about, options);
  const struct lazyref_fence_status fence = lazyref_fence_initialize();
  printf("light fence: %s (%s)\n", fence.light_is_free ? "free" : "a full fence", fence.reason);
}

// Prints the result of the self-check, and returns the exit status.
static inline int example_verdict(int good) {
  printf("self-check: %s\n", good ? "held" : "FAILED");
  return good ? example_held : example_check_failed;
}
