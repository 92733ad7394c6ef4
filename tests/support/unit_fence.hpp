// SPDX-License-Identifier: BSL-1.0
//
// A separate fence for a test, used as a unit built with `Mode` uses the process's fence: the unit registers its mode
// first.
#pragma once

#include <atomic>

#include <lazyref/fence.hpp>

namespace lazyref_test {

template <class Core, lazyref::fence_mode Mode>
struct unit_fence {
  Core core;

  unit_fence() noexcept {
    if constexpr (Mode == lazyref::fence_mode::required) core.strengthen();
    if constexpr (Mode == lazyref::fence_mode::symmetric) core.prefer_full_fences();
  }

  lazyref::fence_status initialize() noexcept { return core.template initialize<Mode>(); }
  lazyref::fence_status initialize(lazyref::fence_backend backend) noexcept {
    return core.template initialize<Mode>(backend);
  }
  lazyref::fence_status info() const noexcept { return core.template info<Mode>(); }

  void light(std::memory_order order) noexcept { core.template light<Mode>(order); }
  void heavy(std::memory_order order) noexcept { core.heavy(order); }
  lazyref::sync_result try_heavy(std::memory_order order) noexcept { return core.try_heavy(order); }

  lazyref::sync_result cross_process_register() noexcept { return core.template cross_process_register<Mode>(); }
  void cross_process_light(std::memory_order order) noexcept { core.cross_process_light(order); }
  lazyref::sync_result cross_process_heavy(std::memory_order order) noexcept {
    return core.template cross_process_heavy<Mode>(order);
  }

  lazyref::sync_result rseq_fence(unsigned flags, int cpu) noexcept {
    return core.template rseq_fence<Mode>(flags, cpu);
  }
  lazyref::fence_registrations registrations() const noexcept { return core.template registrations<Mode>(); }
};

// Over the real kernel.
template <lazyref::fence_mode Mode>
using fence_of =
    unit_fence<lazyref::detail::fence_core<lazyref::detail::std_atomics, lazyref::detail::os_kernel>, Mode>;

}  // namespace lazyref_test
