// SPDX-License-Identifier: BSL-1.0
//
// The image that owns the state has this unit; all others are compiled with -DLAZYREF_STATE=LAZYREF_STATE_EXTERN.
#define LAZYREF_STATE LAZYREF_STATE_DEFINE
#include <lazyref/lazyref.hpp>
