// SPDX-License-Identifier: BSL-1.0
//
// Version, build modes, platform constants, and the differences between GNU and Microsoft compilers: attributes and
// builtins stand here and nowhere else (those of one architecture in its header).
//
// Three choices are made by macro, for each translation unit:
//
//   LAZYREF_FENCE_MODE             the cost of this unit's light fences
//     LAZYREF_FENCE_AUTO             the default: no instruction in slots, a branch elsewhere; full without membarrier
//     LAZYREF_FENCE_REQUIRED         no instruction; without membarrier the program stops before main
//     LAZYREF_FENCE_SYMMETRIC        a full fence; no system call by this unit's choice
//   LAZYREF_CHECKS                 whether this unit checks preconditions
//     1                              it does, and reports misuse: the default unless NDEBUG is defined
//     0                              it does not
//   LAZYREF_STATE                  the place of the state that a process has once (the fence's decision, the hazard
//                                  pointers, the fatal hook)
//     LAZYREF_STATE_INLINE           the default: inline variables; the loader merges those that it can
//     LAZYREF_STATE_EXTERN           in another image (an executable or a shared object); this unit refers to it
//     LAZYREF_STATE_DEFINE           here, for all images that refer to it: one unit, which includes <lazyref/lazyref.hpp>
//
// The first two change code and nothing else. Types have one layout and one name, and there is one state, so that units
// with different choices work on the same objects in one program. A function whose code depends on a choice has a linker
// name of its own for each (LAZYREF_PER_UNIT), so that each unit runs its own.
//
//   modes     A process decides once how it fences; units differ in the cost of their light side. Before a unit built
//             REQUIRED runs, its image has registered with the kernel, and every heavy fence of the process reaches it, or
//             the program has stopped. A unit built SYMMETRIC lets an undecided process decide for full fences; if the
//             light side of another unit is free by then, its heavy fences make the system call.
//   checks    Calls from units with checks verify preconditions. (A template of the standard library, instantiated with
//             these types, is one function for all units, perhaps that of a unit without checks.)
//   images    By default an image shares its state with those whose symbols the loader merges with its own. It does not
//             merge those of an executable without -rdynamic with the plugins that it opens, nor symbols that -Bsymbolic, a
//             version script or RTLD_LOCAL keep apart, nor any on Windows. Then each image has its own hazard pointers: an
//             object must be protected and retired in one image (units with checks that protect and retire report a
//             violation). Domains carry their state, and their fence, with them; a slot, a hazard_pointer and a cpu_claim
//             carry their light fence. All are correct across images; the embedded layer (slot.hpp, reclaimer.hpp) uses the
//             fence that its caller passes, or the calling image's. To have one state in all images, let one define it:
//             LAZYREF_STATE.
#if defined(LAZYREF_VERSION_MAJOR)
// In front of the guard: a second copy of the same version is harmless, another version is not.
#if LAZYREF_VERSION_MAJOR != 0 || LAZYREF_VERSION_MINOR != 2 || LAZYREF_VERSION_PATCH != 0
#error "two versions of lazyref in one translation unit: make all headers that it includes use the same copy"
#endif
#endif

#ifndef LAZYREF_CONFIG_HPP
#define LAZYREF_CONFIG_HPP

#include <cstddef>

#if defined(_MSC_VER)
#include <intrin.h>
#endif

// The version of these headers.
#define LAZYREF_VERSION_MAJOR 0
#define LAZYREF_VERSION_MINOR 2
#define LAZYREF_VERSION_PATCH 0

#include "detail/base/modes.h"

// Whether this translation unit checks preconditions: 1 or 0; see the head of this file.
#ifndef LAZYREF_CHECKS
#ifdef NDEBUG
#define LAZYREF_CHECKS 0
#else
#define LAZYREF_CHECKS 1
#endif
#endif

#if LAZYREF_FENCE_MODE == LAZYREF_FENCE_AUTO
#define LAZYREF_DETAIL_MODE auto
#elif LAZYREF_FENCE_MODE == LAZYREF_FENCE_REQUIRED
#define LAZYREF_DETAIL_MODE required
#else
#define LAZYREF_DETAIL_MODE symmetric
#endif

#if LAZYREF_CHECKS == 1
#define LAZYREF_DETAIL_CHECKS _checked
#elif LAZYREF_CHECKS == 0
#define LAZYREF_DETAIL_CHECKS _unchecked
#else
#error "LAZYREF_CHECKS must be 0 or 1"
#endif

// All names of the library are in one inline namespace per version: v0_2.
#define LAZYREF_BEGIN_NAMESPACE \
  namespace lazyref {           \
  inline namespace v0_2 {
#define LAZYREF_END_NAMESPACE \
  }                           \
  }

// A build mode has a name: auto_checked, required_unchecked, ... Functions and classes that depend on it, and that are not
// part of users' objects, are in a namespace of that name. Member functions of types that are the same in all units carry
// it as a tag. (The tests compare the object code: what two units share is the same in both.)
#define LAZYREF_DETAIL_JOIN(mode, checks) mode##checks
#define LAZYREF_DETAIL_NAME(mode, checks) LAZYREF_DETAIL_JOIN(mode, checks)
#define LAZYREF_DETAIL_UNIT LAZYREF_DETAIL_NAME(LAZYREF_DETAIL_MODE, LAZYREF_DETAIL_CHECKS)

// Begins the unit's namespace.
#define LAZYREF_DETAIL_BEGIN_UNIT inline namespace LAZYREF_DETAIL_UNIT {
// Ends it.
#define LAZYREF_DETAIL_END_UNIT }

#if defined(__GNUC__)
// The tag of a member function. (Microsoft's compiler, and clang-cl, have none: there, all units of a program are built
// in one mode.)
#define LAZYREF_PER_UNIT [[gnu::__abi_tag__(LAZYREF_DETAIL_TEXT(LAZYREF_DETAIL_UNIT))]]
// A function that runs before the image's other initialisers.
#define LAZYREF_DETAIL_RUNS_FIRST [[gnu::__constructor__(101)]]
#else
#define LAZYREF_PER_UNIT
#endif

// LAZYREF_DETAIL_STATE(type, name);  a variable that a process has once. Visible to other images even with
// -fvisibility=hidden.
#if defined(_WIN32)
#define LAZYREF_DETAIL_SHARED
#define LAZYREF_DETAIL_IMPORT __declspec(dllimport)
#define LAZYREF_DETAIL_EXPORT __declspec(dllexport)
#else
#define LAZYREF_DETAIL_SHARED [[gnu::__visibility__("default")]]
#define LAZYREF_DETAIL_IMPORT
#define LAZYREF_DETAIL_EXPORT
#endif
#if LAZYREF_STATE == LAZYREF_STATE_INLINE
#define LAZYREF_DETAIL_STATE(type, name) LAZYREF_DETAIL_SHARED inline type name
#elif LAZYREF_STATE == LAZYREF_STATE_EXTERN
#define LAZYREF_DETAIL_STATE(type, name) LAZYREF_DETAIL_SHARED extern LAZYREF_DETAIL_IMPORT type name
#else
#define LAZYREF_DETAIL_STATE(type, name)                        \
  LAZYREF_DETAIL_SHARED extern LAZYREF_DETAIL_EXPORT type name; \
  LAZYREF_DETAIL_EXPORT type name
#endif

// The opposite: each image has its own.
#if defined(__GNUC__) && !defined(_WIN32)
#define LAZYREF_DETAIL_ONE_PER_IMAGE [[gnu::__visibility__("hidden")]]
#else
#define LAZYREF_DETAIL_ONE_PER_IMAGE
#endif

// For a function that is not inlined; and for one that, besides, is rarely called.
#if defined(__GNUC__) || defined(__clang__)
#define LAZYREF_DETAIL_NOINLINE [[gnu::__noinline__]]
#define LAZYREF_DETAIL_COLD [[gnu::__noinline__, gnu::__cold__]]
#else
#define LAZYREF_DETAIL_NOINLINE __declspec(noinline)
#define LAZYREF_DETAIL_COLD __declspec(noinline)
#endif

// For the fast path of what a worker calls most; the slow path is a function of its own. g++ bounds by how much inlining
// makes a unit grow, so in a large one it would call even these. (clang++ has no such bound.) Not where a program is to be
// small, or stepped through, nor with checks.
#if defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__) && !defined(__clang__) && !LAZYREF_CHECKS
#define LAZYREF_DETAIL_ALWAYS_INLINE [[gnu::__always_inline__]]
#else
#define LAZYREF_DETAIL_ALWAYS_INLINE
#endif

// Only some compilers have these: test for them before use, by name or by the system that implies them.
#if defined(__GNUC__) || defined(__clang__)
#define LAZYREF_DETAIL_WEAK [[gnu::__weak__]]
// After a declaration: its name for the linker.
#define LAZYREF_DETAIL_LINKER_NAME(name) __asm__(name)
#endif

// The names in `detail`, and macros whose names begin with LAZYREF_DETAIL_, may change at any time.
LAZYREF_BEGIN_NAMESPACE

// The values of LAZYREF_FENCE_MODE as a type.
enum class fence_mode : unsigned char {
  automatic = LAZYREF_FENCE_AUTO,      // as the process decides at run time
  required = LAZYREF_FENCE_REQUIRED,   // by membarrier, or the program stops
  symmetric = LAZYREF_FENCE_SYMMETRIC  // full fences on the light side
};

LAZYREF_DETAIL_BEGIN_UNIT

// The modes of this translation unit.
inline constexpr fence_mode build_mode = static_cast<fence_mode>(LAZYREF_FENCE_MODE);
inline constexpr bool checks_enabled = LAZYREF_CHECKS != 0;

LAZYREF_DETAIL_END_UNIT

// Distance that keeps two slots from sharing a cache line. A larger value costs memory, a smaller one time, neither
// correctness.
#if defined(__s390x__)
inline constexpr std::size_t cache_line = 256;
#elif defined(__powerpc64__) || (defined(__aarch64__) && defined(__APPLE__))
inline constexpr std::size_t cache_line = 128;
#else
inline constexpr std::size_t cache_line = 64;
#endif

namespace detail {

constexpr bool is_rare(bool condition) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_expect(condition, false);
#else
  return condition;
#endif
}

constexpr bool is_likely(bool condition) noexcept { return !detail::is_rare(!condition); }

// Tells the compiler what it cannot deduce.
constexpr void assume_that([[maybe_unused]] bool condition) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  if (!condition) __builtin_unreachable();
#else
  __assume(condition);
#endif
}

// All supported compilers have it.
constexpr bool is_constant_evaluated() noexcept { return __builtin_is_constant_evaluated(); }

// The number of bits that are set.
constexpr unsigned ones_in(unsigned long long bits) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  return static_cast<unsigned>(__builtin_popcountll(bits));
#else
  unsigned result = 0;
  for (; bits != 0; bits &= bits - 1) ++result;
  return result;
#endif
}

// The index of the lowest bit that is set. Precondition: there is one.
constexpr unsigned lowest_one(unsigned long long bits) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  return static_cast<unsigned>(__builtin_ctzll(bits));
#else
  return detail::ones_in((bits & (~bits + 1)) - 1);
#endif
}

// The index of the highest bit that is set. Precondition: there is one.
constexpr unsigned highest_one(unsigned long long bits) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  return static_cast<unsigned>(63 - __builtin_clzll(bits));
#else
  for (unsigned shift = 1; shift < 64; shift *= 2) bits |= bits >> shift;
  return detail::ones_in(bits) - 1;
#endif
}

// Orders earlier accesses before later ones, in the compiler only. An empty asm: atomic_signal_fence may emit code.
inline void compiler_barrier() noexcept {
#if defined(__GNUC__) || defined(__clang__)
  __asm__ volatile("" ::: "memory");
#else
  _ReadWriteBarrier();
#endif
}

// The same pointer, but opaque to the compiler, which then does not keep addresses of its members in registers: to save
// them costs more than to compute them.
template <class T>
T* forget(T* pointer) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  __asm__("" : "+r"(pointer));
#endif
  return pointer;
}

// One turn of a bounded wait.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#elif defined(_M_X64) || defined(_M_IX86)
  _mm_pause();
#elif defined(_M_ARM64)
  __isb(15);
#else
  detail::compiler_barrier();
#endif
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CONFIG_HPP
