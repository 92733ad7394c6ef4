// SPDX-License-Identifier: BSL-1.0
//
// The same, where the light fence is no instruction.
#define LAZYREF_FENCE_MODE LAZYREF_FENCE_REQUIRED
#include "handoff.cpp"
