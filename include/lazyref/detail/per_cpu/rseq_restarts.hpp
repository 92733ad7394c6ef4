// SPDX-License-Identifier: BSL-1.0
//
// The counters of rseq_test.hpp: how often a restartable sequence whose thread is preempted restarts, and how often it
// continues.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_PER_CPU_RSEQ_RESTARTS_HPP
#define LAZYREF_DETAIL_PER_CPU_RSEQ_RESTARTS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

#include "../../fence_test.hpp"
#include "cpus.hpp"

// An installed lazyref is one tree; in the repository, and vendored, arch/ is beside include/.
#if __has_include("../../arch/rseq_watch.hpp")
#include "../../arch/rseq_watch.hpp"
#else
#include "../../../../arch/lazyref/arch/rseq_watch.hpp"
#endif

#if defined(__unix__)
#include <time.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

struct restart_counts {
  std::size_t restarted, not_restarted;
  bool stayed;  // both threads stayed on one CPU throughout
};

// Long enough for another thread to run on the CPU.
inline void sleep_briefly() noexcept {
#if defined(__unix__)
  const timespec briefly{0, 50000};
  static_cast<void>((::nanosleep)(&briefly, nullptr));
#else
  std::this_thread::yield();
#endif
}

// Two threads on one CPU: the caller's and one more. Calls `watch(word)` until the word has been changed `wanted` times
// during the call, or for `at_most` nanoseconds.
template <class Watch>
restart_counts count_restarts(std::size_t wanted, Watch watch, std::uintptr_t at_most = 500000000) {
  restart_counts result{0, 0, false};
  const pinned here(0);
  if (!here) return result;
  const unsigned cpu = std_atomics::this_cpu();
  std_atomics::atomic<std::uint64_t> word{0};
  std_atomics::atomic<bool> is_over{false};
  std_atomics::atomic<bool> stayed{true};
  // Relaxed throughout: the kernel's preemption is under test, which orders all on one CPU; the rest are diagnostics.
  // It inherits its creator's affinity.
  std::thread other([&] {
    while (!is_over.load(std::memory_order_relaxed)) {
      detail::sleep_briefly();  // so that it preempts on wake-up
      const bool before = std_atomics::this_cpu() == cpu;
      word.store(word.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      if (!before || std_atomics::this_cpu() != cpu) stayed.store(false, std::memory_order_relaxed);
    }
  });
  const std::uintptr_t began = detail::monotonic_nanoseconds();
  while (result.restarted + result.not_restarted < wanted && detail::monotonic_nanoseconds() - began < at_most) {
    // Relaxed, both: see above.
    const std::uint64_t before = word.load(std::memory_order_relaxed);
    const arch::watched seen = watch(static_cast<const void*>(std::addressof(word)));
    const bool has_changed = word.load(std::memory_order_relaxed) != before;
    if (seen == arch::watched::changed) ++result.not_restarted;
    if (seen == arch::watched::interrupted && has_changed) ++result.restarted;
    if (std_atomics::this_cpu() != cpu) stayed.store(false, std::memory_order_relaxed);
  }
  is_over.store(true, std::memory_order_relaxed);
  other.join();
  result.stayed = stayed.load(std::memory_order_relaxed);
  return result;
}

#ifdef LAZYREF_DETAIL_HAS_RSEQ

// With descriptors in the bytes at `area` from the thread pointer, whether or not the kernel reads them.
inline restart_counts count_restarts_at(std::ptrdiff_t area, std::size_t wanted) {
  constexpr std::size_t turns = std::size_t{1} << 20;
  return detail::count_restarts(wanted, [area](const void* word) { return arch::watch(area, word, turns); });
}

// The same with bytes that are unknown to the kernel.
inline restart_counts count_without_the_kernel(std::size_t wanted) {
  alignas(32) unsigned char bytes[32] = {};
  const auto area =
      reinterpret_cast<std::intptr_t>(&bytes[0]) - reinterpret_cast<std::intptr_t>(arch::thread_pointer());
  return detail::count_restarts_at(static_cast<std::ptrdiff_t>(area), wanted);
}

#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_PER_CPU_RSEQ_RESTARTS_HPP
