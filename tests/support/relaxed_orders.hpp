// SPDX-License-Identifier: BSL-1.0
//
// A policy with a planted bug: some of its orders are relaxed.
#pragma once

#include <lazyref/sync.hpp>

namespace lazyref_test {

template <class Sync, std::memory_order lazyref::order_table::*... Members>
struct with_relaxed : Sync {
  static constexpr lazyref::order_table orders = [] {
    lazyref::order_table result = Sync::orders;
    ((result.*Members = std::memory_order_relaxed), ...);
    return result;
  }();
};

}  // namespace lazyref_test
