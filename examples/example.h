// SPDX-License-Identifier: BSL-1.0
//
// For the examples in C, what example.hpp is for those in C++: a command line, a clock, a beginning and an end.
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
  int* flag;     // either this
  long* number;  // or this
  long least, most;
};

static inline void example_refuse(const char* program, const char* argument, const char* why) {
  fprintf(stderr, "%s: %s: %s; see --help\n", program, argument, why);
  exit(example_bad_input);
}

// A number in decimal digits, or -1.
static inline long example_number(const char* text) {
  long result = 0;
  if (*text == '\0' || strlen(text) > 9) return -1;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9') return -1;
    result = 10 * result + (*text - '0');
  }
  return result;
}

// Ends the program where there is nothing more to do: with status 0 after --help, with 2 and a message if the arguments are
// wrong. The last option has no name: {0}.
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
      puts("\nExit status: 0 the self-check held, 1 it did not, 2 wrong usage or input.");
      exit(example_held);
    }
    const struct example_option* found = options;
    while (found->name != NULL && strcmp(argv[i], found->name) != 0) ++found;
    if (found->name == NULL) {
      example_refuse(program, argv[i], argv[i][0] == '-' ? "unknown option" : "no file is wanted");
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

// Parses, and chooses the fence: before threads start, when the registration takes microseconds; later it takes milliseconds.
static inline void example_begin(int argc, char** argv, const char* program, const char* about,
                                 const struct example_option* options) {
  example_parse(argc, argv, program, about, options);
  const struct lazyref_fence_status fence = lazyref_fence_initialize();
  printf("light fence: %s (%s)\n", fence.light_is_free ? "free" : "a full fence", fence.reason);
}

// How each of them ends.
static inline int example_verdict(int good) {
  printf("self-check: %s\n", good ? "held" : "FAILED");
  return good ? example_held : example_check_failed;
}
