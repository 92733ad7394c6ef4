// SPDX-License-Identifier: BSL-1.0
//
// Compiled as C, with lazyref.h, and as C++, with fence.hpp: the object code is to be the same. See compilers.sh.
#ifdef __cplusplus
#include <lazyref/fence.hpp>
#define LIGHT() lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst)
#define FUNCTION extern "C"
#else
#include <lazyref/lazyref.h>
#define LIGHT() lazyref_fence_light()
#define FUNCTION
#endif

FUNCTION void light(void);
FUNCTION int store_light_load(int* a, const int* b);

void light(void) { LIGHT(); }

int store_light_load(int* a, const int* b) {
  __atomic_store_n(a, 1, __ATOMIC_RELAXED);
  LIGHT();
  return __atomic_load_n(b, __ATOMIC_RELAXED);
}
