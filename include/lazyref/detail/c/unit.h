// SPDX-License-Identifier: BSL-1.0
//
// How a unit that includes lazyref.h is built, and the light fence that follows from it: in C, what config.hpp,
// fence.hpp and detail/fence/fence_core.hpp do. In C++ those headers apply.
//
// The process's decision is the first byte of detail::process_fence (fence.hpp). A C unit built AUTO reads it under its
// C++ name. So there is one state, and the linker reports units of another version of lazyref.
#if defined(__cplusplus)
#include "../../config.hpp"
#endif

#ifndef LAZYREF_DETAIL_C_UNIT_H
#define LAZYREF_DETAIL_C_UNIT_H

#if defined(__cplusplus)
#include "../../fence.hpp"
#elif !defined(__GNUC__)
#error "lazyref.h in C: it takes gcc or clang, or a compiler that knows their attributes and atomic builtins"
#endif

#include "../base/modes.h"

#ifndef LAZYREF_C_API
#if defined(_WIN32)
#define LAZYREF_C_API
#else
#define LAZYREF_C_API __attribute__((__visibility__("hidden")))
#endif
#endif

#if defined(__cplusplus)

#define LAZYREF_DETAIL_NOEXCEPT noexcept
#define LAZYREF_DETAIL_ALIGNAS(size) alignas(size)

// A C unit reports its build mode to the process.
extern "C" LAZYREF_C_API void lazyref_detail_unit_is_built(int mode) noexcept;

static inline void lazyref_fence_light(void) noexcept {
  lazyref::asymmetric_thread_fence_light(std::memory_order_acq_rel);  // Any order: there is one strength.
}

#else

#define LAZYREF_DETAIL_NOEXCEPT
#define LAZYREF_DETAIL_ALIGNAS(size) _Alignas(size)

LAZYREF_C_API void lazyref_detail_unit_is_built(int mode);

// ThreadSanitizer does not model fences, and gcc warns at each one; see detail/base/atomics.hpp.
#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#if LAZYREF_FENCE_MODE == LAZYREF_FENCE_AUTO

#if defined(_WIN32) && LAZYREF_STATE == LAZYREF_STATE_EXTERN

// The state is in another image, where C cannot name it.
LAZYREF_C_API void lazyref_fence_light_call(void);
static inline void lazyref_fence_light(void) { lazyref_fence_light_call(); }

#else

// Not const, though C units only read it: it changes.
#if !defined(_WIN32)
__attribute__((__visibility__("default")))
#endif
extern unsigned char lazyref_detail_decision[] __asm__(
    LAZYREF_DETAIL_TEXT(__USER_LABEL_PREFIX__) "_ZN7lazyref4v0_26detail13process_fenceE");

// The same as detail::is_rare, so that compilers see the same.
static inline _Bool lazyref_detail_is_rare(_Bool condition) { return __builtin_expect(condition, 0); }

static inline void lazyref_fence_light(void) {
  // Relaxed: see the head of detail/fence/fence_core.hpp. 1 is fence_decision::free_light.
  if (lazyref_detail_is_rare(__atomic_load_n(lazyref_detail_decision, __ATOMIC_RELAXED) != 1))
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
  __asm__ __volatile__("" ::: "memory");
}

#endif

#elif LAZYREF_FENCE_MODE == LAZYREF_FENCE_REQUIRED

static inline void lazyref_fence_light(void) { __asm__ __volatile__("" ::: "memory"); }

#else

static inline void lazyref_fence_light(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

#endif

#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic pop
#endif

// Runs before the image's other initialisers, so that this unit's code can rely on it; the same in fence.hpp.
#if LAZYREF_FENCE_MODE != LAZYREF_FENCE_AUTO
__attribute__((__constructor__(101))) static void lazyref_detail_tell_the_process(void) {
  lazyref_detail_unit_is_built(LAZYREF_FENCE_MODE);
}
#endif

#endif

#endif  // LAZYREF_DETAIL_C_UNIT_H
