// SPDX-License-Identifier: BSL-1.0
//
// What the C tests check with: the main thread alone. 77: nothing can be shown here.
#pragma once

#include <stdio.h>

enum { skipped = 77 };
static int checks_failed, checks_made;

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
static inline int check(int holds, const char* what, const char* file, int line) {
  ++checks_made;
  if (!holds) {
    ++checks_failed;
    printf("FAILED: %s:%d: %s\n", file, line, what);
  }
  return holds;
}

static inline int verdict(const char* name) {
  printf("%s: %d checks, %d failed\n", name, checks_made, checks_failed);
  return checks_failed != 0 || checks_made == 0;
}
