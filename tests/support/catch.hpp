// SPDX-License-Identifier: BSL-1.0
//
// Catch2, whichever of 3 and 2.13 the host has. Its assertions are not thread-safe: threads record, the main thread requires.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace lazyref_test {

// Says loudly what this host cannot check. A program all of whose cases were skipped exits with status 77.
void skip(const char* reason);

}  // namespace lazyref_test

#define LAZYREF_SKIP(reason)      \
  do {                            \
    ::lazyref_test::skip(reason); \
    SUCCEED(reason);              \
    return;                       \
  } while (false)
