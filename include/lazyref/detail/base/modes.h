// SPDX-License-Identifier: BSL-1.0
//
// The choices by macro that C units have as well as C++ ones: values, defaults, and what is refused. The head of config.hpp
// says what they mean. C and C++ read this.
#if defined(__cplusplus)
#include "../../config.hpp"
#endif

#ifndef LAZYREF_DETAIL_BASE_MODES_H
#define LAZYREF_DETAIL_BASE_MODES_H

// The values of LAZYREF_FENCE_MODE.
#define LAZYREF_FENCE_AUTO 1
#define LAZYREF_FENCE_REQUIRED 2
#define LAZYREF_FENCE_SYMMETRIC 3

// The cost of this translation unit's light fences.
#ifndef LAZYREF_FENCE_MODE
#define LAZYREF_FENCE_MODE LAZYREF_FENCE_AUTO
#endif

#if LAZYREF_FENCE_MODE != LAZYREF_FENCE_AUTO && LAZYREF_FENCE_MODE != LAZYREF_FENCE_REQUIRED && \
    LAZYREF_FENCE_MODE != LAZYREF_FENCE_SYMMETRIC
#error "LAZYREF_FENCE_MODE must be LAZYREF_FENCE_AUTO, LAZYREF_FENCE_REQUIRED or LAZYREF_FENCE_SYMMETRIC"
#endif

// The values of LAZYREF_STATE.
#define LAZYREF_STATE_INLINE 1
#define LAZYREF_STATE_EXTERN 2
#define LAZYREF_STATE_DEFINE 3

// The place of the process's state.
#ifndef LAZYREF_STATE
#define LAZYREF_STATE LAZYREF_STATE_INLINE
#endif

#if LAZYREF_STATE != LAZYREF_STATE_INLINE && LAZYREF_STATE != LAZYREF_STATE_EXTERN && \
    LAZYREF_STATE != LAZYREF_STATE_DEFINE
#error "LAZYREF_STATE must be LAZYREF_STATE_INLINE, LAZYREF_STATE_EXTERN or LAZYREF_STATE_DEFINE"
#endif

// What a macro stands for, as a string.
#define LAZYREF_DETAIL_TEXT(name) LAZYREF_DETAIL_STRING(name)
#define LAZYREF_DETAIL_STRING(name) #name

#endif  // LAZYREF_DETAIL_BASE_MODES_H
