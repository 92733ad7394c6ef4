// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <cstring>
#include <type_traits>

#include <lazyref/result.hpp>

#include "../support/lazy_catch.hpp"

namespace {

void quiet(const char*, int) noexcept {}
void loud(const char*, int) noexcept {}

}  // namespace

TEST_CASE("a sync_result is a success unless it carries an errno") {
  constexpr lazyref::sync_result good;
  STATIC_REQUIRE(static_cast<bool>(good));
  STATIC_REQUIRE(good.error() == 0);
  REQUIRE(std::strcmp(good.what(), "success") == 0);

  constexpr lazyref::sync_result bad(ENOSYS, "not there");
  STATIC_REQUIRE_FALSE(static_cast<bool>(bad));
  STATIC_REQUIRE(bad.error() == ENOSYS);
  REQUIRE(std::strcmp(bad.what(), "not there") == 0);
}

TEST_CASE("a sync_result is a value that does not become a bool by itself") {
  STATIC_REQUIRE(std::is_trivially_copyable_v<lazyref::sync_result>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<lazyref::sync_result, bool>);
  STATIC_REQUIRE(std::is_nothrow_constructible_v<bool, lazyref::sync_result>);
}

TEST_CASE("set_fatal_handler returns the one before, and null restores the default") {
  const lazyref::fatal_handler first = lazyref::set_fatal_handler(&quiet);
  REQUIRE(first != nullptr);
  CHECK(lazyref::set_fatal_handler(&loud) == &quiet);
  CHECK(lazyref::set_fatal_handler(nullptr) == &loud);
  CHECK(lazyref::set_fatal_handler(nullptr) == first);
}

TEST_CASE("a check that holds is a constant expression") {
  constexpr bool passed = (lazyref::detail::expects(true, "never said"), true);
  STATIC_REQUIRE(passed);
}
