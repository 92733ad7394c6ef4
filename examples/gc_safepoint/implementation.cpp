// SPDX-License-Identifier: BSL-1.0
//
// All the C++ that this program has.
#define LAZYREF_C_IMPLEMENTATION
#include <lazyref/lazyref.h>
