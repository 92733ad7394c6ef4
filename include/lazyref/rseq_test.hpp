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

#include "detail/rseq.hpp"
#include "detail/rseq_restarts.hpp"

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

}  // namespace detail

// Purpose: the test, on the calling thread and one of its own, both kept on one CPU while it runs. Runs also where the
//   kernel's version speaks against restartable sequences (then no domain uses them, whatever the result).
// Who may call: any thread. Cost: `preemptions` (ten at least, for a result) times two turns of the scheduler, 5 ms; on a
//   busy machine more, a second at most, and the end may be `unknown`. Errors: as std::thread reports them.
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
