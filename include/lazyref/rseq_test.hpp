// SPDX-License-Identifier: BSL-1.0
//
// Does this kernel restart a sequence whose thread is preempted? Claims of a CPU's slots (per_cpu.hpp) rest on it, arm64
// kernels from Linux 6.19 up to 7.0.13 do not, and what a vendor's kernel does its number may not tell. This is a test
// for users to run: a thread watches a word from inside a sequence, and another thread, kept on the same CPU, changes it.
// Who sees the change from inside has been preempted in the middle, and has gone on.
//
//   const lazyref::rseq_test_result tested = lazyref::test_rseq();
//   lazyref::per_cpu_options options;
//   options.tested = tested.verdict;
//   lazyref::per_cpu_domain<rules> domain(options);   // by compare-and-swap, if need be; how() says why
//
// Beside it the same is done with a sequence that the kernel is not told of, which has to go on each time, for the first
// result to mean anything.
#include "config.hpp"

#ifndef LAZYREF_RSEQ_TEST_HPP
#define LAZYREF_RSEQ_TEST_HPP

#include <cstddef>
#include <cstdint>
#include <thread>

#include "detail/cpus.hpp"
#include "detail/rseq.hpp"
#include "fence_test.hpp"

// Installed, lazyref is one tree; in the repository, and vendored, arch stands beside include.
#if __has_include("arch/rseq_watch.hpp")
#include "arch/rseq_watch.hpp"
#else
#include "../../arch/lazyref/arch/rseq_watch.hpp"
#endif

#if defined(__unix__)
#include <time.h>
#endif

LAZYREF_BEGIN_NAMESPACE

// What test_rseq has seen.
struct rseq_test_result {
  rseq_verdict verdict;       // what it comes to
  std::size_t restarted;      // sequences that began anew after a preemption
  std::size_t not_restarted;  // that went on: must be 0
  std::size_t control;        // the same without the kernel's help: has to be more than a few
  const char* reason;         // one sentence, static storage duration
};

namespace detail {

struct restart_counts {
  std::size_t restarted, not_restarted;
  bool stayed;  // both threads were on one CPU all the time
};

// What the counts come to. Ten preemptions of which none was survived tell of a kernel that restarts; one that was
// survived is one too many.
constexpr rseq_test_result judge_restarts(const restart_counts& with, const restart_counts& control) noexcept {
  rseq_test_result result{rseq_verdict::unknown, with.restarted, with.not_restarted, control.not_restarted, ""};
  constexpr std::size_t enough = 10;
  if (!with.stayed || !control.stayed) {
    result.reason = "the two threads could not be kept on one CPU";
  } else if (with.not_restarted != 0) {
    result.verdict = rseq_verdict::does_not_restart;
    result.reason = "a restartable sequence went on after its thread had been preempted; do not claim by it";
  } else if (control.not_restarted < enough) {
    result.reason = "hardly a thread was preempted in the middle of anything, so nothing is shown";
  } else if (with.restarted < enough) {
    result.reason = "hardly a restartable sequence was preempted, so nothing is shown";
  } else {
    result.verdict = rseq_verdict::restarts;
    result.reason = "each restartable sequence that was preempted began anew";
  }
  return result;
}

// Two threads on one CPU, the caller's and one more. Calls `watch(word)` until the word has been changed `wanted` times
// in the middle of it, or for half a second.
template <class Watch>
restart_counts count_restarts(std::size_t wanted, Watch watch) {
  restart_counts result{0, 0, false};
  const pinned here(0);
  if (!here) return result;
  const unsigned cpu = std_atomics::this_cpu();
  std_atomics::atomic<std::uint64_t> word{0};
  std_atomics::atomic<bool> is_over{false};
  std_atomics::atomic<bool> stayed{true};
  // Relaxed throughout: what is under test is the kernel's preemption, which orders all on one CPU; the rest are remarks.
  // It has the affinity of its maker.
  std::thread other([&] {
    while (!is_over.load(std::memory_order_relaxed)) {
#if defined(__unix__)
      const timespec briefly{0, 50000};
      static_cast<void>((::nanosleep)(&briefly, nullptr));  // so that it preempts when it wakes
#else
      std::this_thread::yield();
#endif
      const bool before = std_atomics::this_cpu() == cpu;
      word.store(word.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      if (!before || std_atomics::this_cpu() != cpu) stayed.store(false, std::memory_order_relaxed);
    }
  });
  const std::uintptr_t began = detail::monotonic_nanoseconds();
  while (result.restarted + result.not_restarted < wanted && detail::monotonic_nanoseconds() - began < 500000000U) {
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

// With descriptors in the bytes at `area` from the thread pointer, whether or not the kernel looks there.
inline restart_counts count_restarts_at(std::ptrdiff_t area, std::size_t wanted) {
  constexpr std::size_t turns = std::size_t{1} << 20;
  return detail::count_restarts(wanted, [area](const void* word) { return arch::watch(area, word, turns); });
}

// The same with bytes that the kernel knows nothing of.
inline restart_counts count_without_the_kernel(std::size_t wanted) {
  alignas(32) unsigned char bytes[32] = {};
  const auto area =
      reinterpret_cast<std::intptr_t>(&bytes[0]) - reinterpret_cast<std::intptr_t>(arch::thread_pointer());
  return detail::count_restarts_at(static_cast<std::ptrdiff_t>(area), wanted);
}

#endif

}  // namespace detail

// Purpose: the test, on the calling thread and one of its own, both kept on one CPU while it runs. Runs also where the
//   kernel's version speaks against restartable sequences (then no domain uses them, whatever the result).
// Who may call: any thread. Cost: `preemptions` (ten at least, for a result) times two turns of the scheduler: 5 ms, a second at most.
//   A busy machine takes longer, and may end with `unknown`. Errors: as std::thread reports them.
inline rseq_test_result test_rseq(std::size_t preemptions = 20) {
#ifdef LAZYREF_DETAIL_HAS_RSEQ
  const detail::rseq_support found = detail::rseq::probe();
  if (found.mode == detail::rseq_mode::none) return {rseq_verdict::unknown, 0, 0, 0, found.reason};
  const detail::restart_counts with = detail::count_restarts_at(found.area, preemptions);
  return detail::judge_restarts(with, detail::count_without_the_kernel(preemptions));
#else
  static_cast<void>(preemptions);
  return {rseq_verdict::unknown, 0, 0, 0, detail::rseq::probe().reason};
#endif
}

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_RSEQ_TEST_HPP
