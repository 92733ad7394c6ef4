// SPDX-License-Identifier: BSL-1.0
//
// A simulated system for code_space: every function succeeds without any effect. The tests' systems derive from it, and
// define the functions that matter to them.
#pragma once

#include <cstddef>

#include <lazyref/code_space.hpp>

namespace lazyref_test {

struct idle_code_memory {
  using place = lazyref::detail::code_place;
  using views = lazyref::detail::code_views;
  using result = lazyref::sync_result;

  static bool is_lost(const views&) noexcept { return false; }
  static void keep_free(const place&, const views&) noexcept {}
  static result commit(const place&, const views&, std::size_t, std::size_t) noexcept { return {}; }
  static result decommit(const place&, const views&, std::size_t, std::size_t) noexcept { return {}; }
  static void release(const place&, views& all) noexcept { all = {}; }
  static result begin_to_write(void*, std::size_t) noexcept { return {}; }
  static result end_writing(void*, std::size_t) noexcept { return {}; }
  static result end_writing_with_landing_pads(void*, std::size_t) noexcept { return {}; }
  template <class RangeAt>
  static result publish_ranges(std::size_t, RangeAt&&) noexcept {
    return {};
  }
  template <class RangeAt>
  static result flush_ranges(std::size_t, RangeAt&&) noexcept {
    return {};
  }
};

}  // namespace lazyref_test
