// SPDX-License-Identifier: BSL-1.0
//
// Linked into every program that is run in an emulator, so that its output says so, and its tests know.
#include <cstdio>

#include "../support/emulated.hpp"

namespace {

const struct announcement {
  announcement() {
    lazyref_test::emulated = true;
    std::puts("emulated: the order of memory accesses, and membarrier, are the host's; there is no instruction cache");
    std::fflush(stdout);
  }
} announced;

}  // namespace
