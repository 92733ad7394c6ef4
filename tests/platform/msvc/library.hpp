// SPDX-License-Identifier: BSL-1.0
//
// In front of a header that is tried as for Microsoft's compiler, whose library is not here: MinGW's, which is read as by
// g++; then nothing is left of that but Microsoft's macros.
#if !defined(_MSC_VER) || !defined(_MSVC_LANG)
#error "for clang, with a Microsoft target"
#endif

#define __GNUC__ 12
#define __GNUC_MINOR__ 2
#define __GNUC_PATCHLEVEL__ 0
#define __MINGW32__ 1
#if defined(_WIN64)
#define __GLIBCXX_TYPE_INT_N_0 __int128
#define __GLIBCXX_BITSIZE_INT_N_0 128
#else
#define _ALLOCA_S_MARKER_SIZE 8
#endif
#define __GCC_ATOMIC_TEST_AND_SET_TRUEVAL 1
#define __GCC_ATOMIC_BOOL_LOCK_FREE 2
#define __GCC_ATOMIC_CHAR_LOCK_FREE 2
#define __GCC_ATOMIC_CHAR8_T_LOCK_FREE 2
#define __GCC_ATOMIC_CHAR16_T_LOCK_FREE 2
#define __GCC_ATOMIC_CHAR32_T_LOCK_FREE 2
#define __GCC_ATOMIC_WCHAR_T_LOCK_FREE 2
#define __GCC_ATOMIC_SHORT_LOCK_FREE 2
#define __GCC_ATOMIC_INT_LOCK_FREE 2
#define __GCC_ATOMIC_LONG_LOCK_FREE 2
#define __GCC_ATOMIC_LLONG_LOCK_FREE 2
#define __GCC_ATOMIC_POINTER_LOCK_FREE 2

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <_mingw.h>
#define __MINGW_IMPORT extern __declspec(dllimport)
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#if _MSVC_LANG >= 202002L
#include <compare>
#include <span>
#endif
#include <intrin.h>
#if defined(_M_ARM64)
#include <arm_acle.h>
#endif
#if defined(LAZYREF_TEST_WINDOWS_H)
#include <windows.h>
#endif
#pragma clang diagnostic pop

#undef __GNUC__
#undef __GNUC_MINOR__
#undef __GNUC_PATCHLEVEL__
#undef __MINGW32__
#undef __MINGW_IMPORT
#if !defined(LAZYREF_TEST_CLANG_CL)
#undef __clang__
#undef __x86_64__
#undef __i386__
#undef __aarch64__
#undef __amd64__
#undef __SIZEOF_INT128__
#undef __SSE__
#undef __SSE2__
// What Microsoft's compiler does not have, wherever a header says it, but not in parts that are for others.
#pragma GCC poison gnu __gnu__ clang __attribute__ __attribute asm __asm__
#pragma GCC poison __extension__ __typeof__ __int128 __restrict__
#endif
