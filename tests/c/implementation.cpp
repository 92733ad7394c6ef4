// SPDX-License-Identifier: BSL-1.0
//
// The one C++ unit of a C program.
#define LAZYREF_C_IMPLEMENTATION
#include <lazyref/lazyref.h>
