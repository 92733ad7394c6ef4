// SPDX-License-Identifier: BSL-1.0
//
// The interface of C++26 [saferecl.hp]: the same tests for lazyref and, where the standard library has it, for std.
#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_hazard_pointer)
#include <hazard_pointer>
#endif

#include <lazyref/hazard_pointer.hpp>

#include "../support/lazy_catch.hpp"

#define HAZARD_NAMESPACE ::lazyref
#define HAZARD_TESTS of_lazyref
#define HAZARD_NAME "lazyref::hazard_pointer"
#include "../support/hazard_interface.hpp"
#undef HAZARD_NAMESPACE
#undef HAZARD_TESTS
#undef HAZARD_NAME

#if defined(__cpp_lib_hazard_pointer)
#define HAZARD_NAMESPACE ::std
#define HAZARD_TESTS of_std
#define HAZARD_NAME "std::hazard_pointer"
#include "../support/hazard_interface.hpp"
#else
TEST_CASE("std::hazard_pointer has the same interface") {
  LAZYREF_SKIP("this standard library has no std::hazard_pointer yet");
}
#endif

// What lazyref adds.
static_assert(noexcept(lazyref::hazard_pointer_clean_up()));
static_assert(noexcept(lazyref::hazard_pointer_after_fork_in_child()));
static_assert(lazyref::hazard_pointer_batch > 1);
