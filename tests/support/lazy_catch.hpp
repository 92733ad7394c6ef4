// SPDX-License-Identifier: BSL-1.0
//
// Includes catch.hpp, and determines which sanitizer the program is built with.
#pragma once

#include "catch.hpp"

#if defined(__SANITIZE_THREAD__)
#define LAZYREF_TEST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LAZYREF_TEST_TSAN 1
#endif
#endif
#ifndef LAZYREF_TEST_TSAN
#define LAZYREF_TEST_TSAN 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define LAZYREF_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LAZYREF_TEST_ASAN 1
#endif
#endif
#ifndef LAZYREF_TEST_ASAN
#define LAZYREF_TEST_ASAN 0
#endif

namespace lazyref_test {

// Whether each step takes many times as long as in a release. What shows the same in each build then shows it in fewer.
#if defined(__OPTIMIZE__) && !LAZYREF_TEST_TSAN && !LAZYREF_TEST_ASAN
constexpr bool is_slow_build = false;
#else
constexpr bool is_slow_build = true;
#endif

}  // namespace lazyref_test
