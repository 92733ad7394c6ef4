// SPDX-License-Identifier: BSL-1.0
//
// Tests whether this kernel restarts a sequence whose thread is preempted. Claims of a CPU's slots (per_cpu.hpp) rely on
// that. arm64 kernels from Linux 6.19 up to 7.0.13 do not restart, and a vendor's version number may not show it. This is a
// test for users to run: a thread watches a word from inside a sequence, and another thread, kept on the same CPU, changes
// it. If the first sees the change from inside, it was preempted in the sequence, and went on without a restart.
//
//   const lazyref::rseq_test_result tested = lazyref::test_rseq();
//   lazyref::per_cpu_options options;
//   options.tested = tested.verdict;
//   lazyref::per_cpu_domain<rules> domain(options);   // by compare-and-swap, if need be; how() says why
//
// The control is the same with a sequence that the kernel does not know of. It must continue each time; otherwise the first
// result means nothing.
#include "config.hpp"

#ifndef LAZYREF_RSEQ_TEST_HPP
#define LAZYREF_RSEQ_TEST_HPP

#include <cstddef>

#include "detail/per_cpu/rseq.hpp"
#include "detail/per_cpu/rseq_restarts.hpp"

LAZYREF_BEGIN_NAMESPACE

// The result of test_rseq.
struct rseq_test_result {
  rseq_verdict verdict;       // what the counts show
  std::size_t restarted;      // sequences that were restarted after a preemption
  std::size_t not_restarted;  // sequences that continued: must be 0
  std::size_t control;        // those that continued without the kernel's help: must be more than a few
  const char* reason;         // one sentence, static storage duration
};

namespace detail {

// Judges the counts. If ten sequences were preempted and none continued, the kernel restarts. A single one that continued
// shows that it does not.
constexpr rseq_test_result judge_restarts(const restart_counts& with, const restart_counts& control) noexcept {
  rseq_test_result result{rseq_verdict::unknown, with.restarted, with.not_restarted, control.not_restarted, ""};
  constexpr std::size_t enough = 10;
  if (!with.stayed || !control.stayed) {
    result.reason = "the two threads could not be pinned to one CPU";
  } else if (with.not_restarted != 0) {
    result.verdict = rseq_verdict::does_not_restart;
    result.reason =
        "a restartable sequence continued after its thread had been preempted; use compare-and-swap for claims";
  } else if (control.not_restarted < enough) {
    result.reason = "too few preemptions hit the control's sequence, so the test shows nothing";
  } else if (with.restarted < enough) {
    result.reason = "too few restartable sequences were preempted, so the test shows nothing";
  } else {
    result.verdict = rseq_verdict::restarts;
    result.reason = "each restartable sequence that was preempted was restarted";
  }
  return result;
}

}  // namespace detail

// Purpose: run the test, on the calling thread and one that it starts, both kept on one CPU during the test. Runs even if
//   the kernel's version excludes restartable sequences (then no domain uses them, whatever the result).
// Who may call: any thread. Cost: `preemptions` (at least ten, for a result) times two time slices of the scheduler, 5 ms;
//   on a busy machine more, at most 1 s, and then the verdict may be `unknown`. Errors: as std::thread reports them.
inline rseq_test_result test_rseq(std::size_t preemptions = 20) {
#ifdef LAZYREF_DETAIL_HAS_RSEQ
  const detail::rseq_support found = detail::rseq::probe();
  if (found.mode == detail::rseq_mode::none) return {rseq_verdict::unknown, 0, 0, 0, found.reason};
  if ((arch::read_rseq(found.area + detail::rseq_cpu_id) >> 31) != 0)
    return {rseq_verdict::unknown, 0, 0, 0, "the calling thread is not registered for rseq"};
  const detail::restart_counts with = detail::count_restarts_at(found.area, preemptions);
  return detail::judge_restarts(with, detail::count_without_the_kernel(preemptions));
#else
  static_cast<void>(preemptions);
  return {rseq_verdict::unknown, 0, 0, 0, detail::rseq::probe().reason};
#endif
}

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_RSEQ_TEST_HPP
