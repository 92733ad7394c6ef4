// SPDX-License-Identifier: BSL-1.0
//
// Includes catch.hpp, and determines how the program is built.
#pragma once

#include "catch.hpp"
#include "sanitizers.hpp"

#define LAZYREF_ONLY_CHECKED \
  if constexpr (!lazyref::checks_enabled) LAZYREF_SKIP("misuse is not checked where LAZYREF_CHECKS is 0")

namespace lazyref_test {

// Whether each step takes many times as long as in a release. What shows the same in each build then shows it in fewer.
#if defined(__OPTIMIZE__) && !LAZYREF_TEST_TSAN && !LAZYREF_TEST_ASAN
constexpr bool is_slow_build = false;
#else
constexpr bool is_slow_build = true;
#endif

}  // namespace lazyref_test
