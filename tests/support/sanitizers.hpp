// SPDX-License-Identifier: BSL-1.0
//
// Which sanitizer the program is built with: 0 or 1.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define LAZYREF_TEST_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define LAZYREF_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LAZYREF_TEST_TSAN 1
#elif __has_feature(address_sanitizer)
#define LAZYREF_TEST_ASAN 1
#endif
#endif
#ifndef LAZYREF_TEST_TSAN
#define LAZYREF_TEST_TSAN 0
#endif
#ifndef LAZYREF_TEST_ASAN
#define LAZYREF_TEST_ASAN 0
#endif
