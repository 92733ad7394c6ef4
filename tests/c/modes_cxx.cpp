// SPDX-License-Identifier: BSL-1.0
//
// A C++ unit that knows nothing of lazyref.h.
#include "modes.h"

#include <lazyref/fence.hpp>

int cxx_light_is_free() { return lazyref::fence_info().light_is_free ? 1 : 0; }
const char* cxx_reason() { return lazyref::fence_info().reason; }
int cxx_initialize() { return lazyref::fence_initialize().light_is_free ? 1 : 0; }
