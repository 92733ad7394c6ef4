// SPDX-License-Identifier: BSL-1.0
//
// Includes Catch2, version 3 or 2.13. Its assertions are not thread-safe: threads record results, the main thread asserts.
#pragma once

// An exception in an assertion ends its test case, which fails: no handler in each assertion, a tenth less to compile.
#define CATCH_CONFIG_FAST_COMPILE

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace lazyref_test {

// Reports a check that cannot run on this host. A program whose cases were all skipped exits with status 77.
void skip(const char* reason);

// The same of a part of a test case, whose other checks run.
void skip_part(const char* reason);

}  // namespace lazyref_test

#define LAZYREF_SKIP(reason)      \
  do {                            \
    ::lazyref_test::skip(reason); \
    SUCCEED(reason);              \
    return;                       \
  } while (false)
