// SPDX-License-Identifier: BSL-1.0
//
// The shim, which sanitizer the program is built with, and cases for builds that check only.
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

#define LAZYREF_ONLY_CHECKED \
  if constexpr (!lazyref::checks_enabled) LAZYREF_SKIP("misuse is not checked where LAZYREF_CHECKS is 0")
