// SPDX-License-Identifier: BSL-1.0
//
// Version, build modes and platform constants. Nothing here runs.
//
// Two choices are made per translation unit, by macro, because they change what inline code does:
//
//   LAZYREF_FENCE_MODE
//     LAZYREF_FENCE_AUTO        the default: the light fence is one predictable branch; full fences without membarrier
//     LAZYREF_FENCE_REQUIRED    the light fence is no instruction; without membarrier the program stops
//     LAZYREF_FENCE_SYMMETRIC   both sides are full fences; no system call is ever made
//   LAZYREF_CHECKS
//     1                         misuse is looked for and reported: the default unless NDEBUG is defined
//     0                         it is not
//
// Both are part of the inline namespace. Two translation units that disagree have different types and different state:
// they fail to link where they exchange lazyref types, and live side by side where they do not (two libraries, each
// with its own copy of these headers). What no linker sees: a light fence of one build and a heavy fence of another
// that meet over the program's own variables. Both sides of such a protocol must be built in one mode.
#pragma once

#include <cstddef>

// The version of these headers.
#define LAZYREF_VERSION_MAJOR 0
#define LAZYREF_VERSION_MINOR 1
#define LAZYREF_VERSION_PATCH 0

// The values of LAZYREF_FENCE_MODE.
#define LAZYREF_FENCE_AUTO 1
#define LAZYREF_FENCE_REQUIRED 2
#define LAZYREF_FENCE_SYMMETRIC 3

// What the fence of this translation unit costs and needs; see the head of this file.
#ifndef LAZYREF_FENCE_MODE
#define LAZYREF_FENCE_MODE LAZYREF_FENCE_AUTO
#endif

// Whether this translation unit looks for misuse: 1 or 0; see the head of this file.
#ifndef LAZYREF_CHECKS
#ifdef NDEBUG
#define LAZYREF_CHECKS 0
#else
#define LAZYREF_CHECKS 1
#endif
#endif

#if LAZYREF_FENCE_MODE == LAZYREF_FENCE_AUTO
#define LAZYREF_DETAIL_MODE fence_auto
#elif LAZYREF_FENCE_MODE == LAZYREF_FENCE_REQUIRED
#define LAZYREF_DETAIL_MODE fence_required
#elif LAZYREF_FENCE_MODE == LAZYREF_FENCE_SYMMETRIC
#define LAZYREF_DETAIL_MODE fence_symmetric
#else
#error "LAZYREF_FENCE_MODE must be LAZYREF_FENCE_AUTO, LAZYREF_FENCE_REQUIRED or LAZYREF_FENCE_SYMMETRIC"
#endif

#if LAZYREF_CHECKS == 1
#define LAZYREF_DETAIL_CHECKS _checked
#elif LAZYREF_CHECKS == 0
#define LAZYREF_DETAIL_CHECKS
#else
#error "LAZYREF_CHECKS must be 0 or 1"
#endif

// The names below have the version, the mode and the checks in them: v0_1_fence_auto, v0_1_fence_required_checked, ...
#define LAZYREF_DETAIL_JOIN(major, minor, mode, checks) v##major##_##minor##_##mode##checks
#define LAZYREF_DETAIL_NAME(major, minor, mode, checks) LAZYREF_DETAIL_JOIN(major, minor, mode, checks)
#define LAZYREF_BEGIN_NAMESPACE                                                                           \
  namespace lazyref {                                                                                     \
  inline namespace LAZYREF_DETAIL_NAME(LAZYREF_VERSION_MAJOR, LAZYREF_VERSION_MINOR, LAZYREF_DETAIL_MODE, \
                                       LAZYREF_DETAIL_CHECKS) {
#define LAZYREF_END_NAMESPACE \
  }                           \
  }

// State of which a process has one, also where shared objects that include these headers are built with
// -fvisibility=hidden. (Not so in Windows DLLs, nor under RTLD_LOCAL with clang: each has its own there, and should
// call fence_initialize() itself.)
#if defined(__GNUC__) && !defined(_WIN32)
#define LAZYREF_DETAIL_ONE_PER_PROCESS [[gnu::__visibility__("default")]]
#else
#define LAZYREF_DETAIL_ONE_PER_PROCESS
#endif

// All names of the library. What stands in `detail`, and macros whose names begin with LAZYREF_DETAIL_, may change at
// any time.
LAZYREF_BEGIN_NAMESPACE

// The values of LAZYREF_FENCE_MODE as a type.
enum class fence_mode : unsigned char {
  automatic = LAZYREF_FENCE_AUTO,      // decided at run time, once for the process
  required = LAZYREF_FENCE_REQUIRED,   // by membarrier, or the program stops
  symmetric = LAZYREF_FENCE_SYMMETRIC  // full fences on both sides
};

// What this translation unit was built with.
inline constexpr fence_mode build_mode = static_cast<fence_mode>(LAZYREF_FENCE_MODE);
inline constexpr bool checks_enabled = LAZYREF_CHECKS != 0;

// Distance that keeps two slots from sharing a cache line. Larger than needed costs memory, smaller costs time, neither
// costs correctness.
#if defined(__s390x__)
inline constexpr std::size_t cache_line = 256;
#elif defined(__powerpc64__) || (defined(__aarch64__) && defined(__APPLE__))
inline constexpr std::size_t cache_line = 128;
#else
inline constexpr std::size_t cache_line = 64;
#endif

LAZYREF_END_NAMESPACE
