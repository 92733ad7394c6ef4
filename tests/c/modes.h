// SPDX-License-Identifier: BSL-1.0
//
// What the other units of `modes` have.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// A C++ unit, by <lazyref/fence.hpp>.
int cxx_light_is_free(void);
const char* cxx_reason(void);
int cxx_initialize(void);
// A C unit that is built in the mode of the program.
void extra_light(void);

#ifdef __cplusplus
}
#endif
