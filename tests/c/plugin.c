// SPDX-License-Identifier: BSL-1.0
//
// A plugin in C, which has the implementation with it: see host.cpp.
#include <lazyref/lazyref.h>

__attribute__((__visibility__("default"))) int plugin_knows_free(void);
__attribute__((__visibility__("default"))) int plugin_initialize(void);

// By its functions, and by what its inline light fence reads: 0 neither, 3 both.
int plugin_knows_free(void) {
  lazyref_fence_light();
  return (lazyref_fence_info().light_is_free != 0) + 2 * (lazyref_detail_decision[0] == 1);
}
int plugin_initialize(void) { return lazyref_fence_initialize().light_is_free; }
