// SPDX-License-Identifier: BSL-1.0
//
// Compiled in each mode.
#include "modes.h"

#include <lazyref/lazyref.h>

void extra_light(void) { lazyref_fence_light(); }
