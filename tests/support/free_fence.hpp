// SPDX-License-Identifier: BSL-1.0
//
// A slot's light fence for policies in which it is known to be free from the start: no instruction.
#pragma once

#include <lazyref/sync.hpp>

namespace lazyref_test {

struct free_slot_fence {
  static constexpr bool light_is_full() noexcept { return false; }
  static void light(std::memory_order) noexcept { lazyref::std_sync::compiler_barrier(); }
  static void strong_light(std::memory_order order) noexcept { light(order); }
  static bool is_known_free() noexcept { return true; }
  static bool learn() noexcept { return true; }
  template <class Fence>
  static void belong_to(const Fence&) noexcept {}
};

}  // namespace lazyref_test
