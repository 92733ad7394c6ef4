// SPDX-License-Identifier: BSL-1.0
//
// The broken twin of lazyref::last_user_left: the handoff as published in January 2022, by compare-and-swap on a drop word
// that the scanner does not own. It frees an object in use, which the tests must detect: see unit/published_steal.cpp.
#pragma once

#include <atomic>

#include <lazyref/reclaimer.hpp>

namespace lazyref_test {

template <class Holds, class Sync, class T, class ForEachSlot>
void published_last_user_left(T* object, ForEachSlot&& for_each_slot) noexcept {
  for_each_slot([&](lazyref::slot<T, Sync>& s) {
    if (s.lazy.load(std::memory_order_acquire) != object) return;
    Holds::take(object, 1);
    for (;;) {
      T* before = s.drop.load(std::memory_order_acquire);
      if (lazyref::detail::is_object(before) && s.lazy.load(std::memory_order_acquire) != object)
        return Holds::give_up(object, 1);
      // Here the worker can leave, drain and free `before`, and activate a new object at the same address.
      if (!s.drop.compare_exchange_strong(before, object, std::memory_order_acq_rel, std::memory_order_relaxed))
        continue;
      if (lazyref::detail::is_object(before)) Holds::give_up(before, 1);
      return;
    }
  });
  Holds::give_up(object, 1);
}

}  // namespace lazyref_test
