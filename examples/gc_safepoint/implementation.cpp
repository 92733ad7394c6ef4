// SPDX-License-Identifier: BSL-1.0
//
// The implementation of lazyref.h: the only C++ in this program.
#define LAZYREF_C_IMPLEMENTATION
#include <lazyref/lazyref.h>
