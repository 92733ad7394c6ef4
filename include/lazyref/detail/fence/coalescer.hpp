// SPDX-License-Identifier: BSL-1.0
//
// Concurrent heavy fences share system calls. Since 2024, kernels serialise expedited membarriers with one machine-wide
// mutex (CVE-2024-26602), so N concurrent callers would wait for N calls in sequence. Here they wait for about two.
//
// A barrier serves a caller if it began after the caller arrived. A leader, which holds `busy`, numbers the barriers. A
// caller reads the number of the last barrier that has begun. It does so by a read-modify-write with release, and only
// read-modify-writes follow, so all are one release sequence: what the caller did happens before every later leader's
// barrier. The caller is served once a barrier with a higher number has succeeded.
//
// The wait is bounded. A caller that has waited long enough issues a barrier of its own, which is always correct, so
// nothing here can hang: not if the leader was preempted, died in a fork, or is the very thread that a signal handler
// interrupted. The bound adapts to the barriers, which take 0.3 us on one host and a millisecond on another. It is a
// multiple of the recent waits, between `least_turns` and `most_turns`, counted in turns of the loop so that no clock
// is read. The wait only spins: a yield would give a whole time slice to another thread of the CPU, for a call of
// microseconds.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_FENCE_COALESCER_HPP
#define LAZYREF_DETAIL_FENCE_COALESCER_HPP

#include <cstddef>

#include "../../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Atomics, unsigned MostTurns = 1U << 17>
class coalescer {
 public:
  // The bounds of the spin.
  static constexpr unsigned most_turns = MostTurns;
  static constexpr unsigned least_turns = MostTurns < 4096 ? MostTurns : 4096;

  constexpr coalescer() noexcept = default;

  // Returns success once a call of `issue` that began after this call has succeeded; else the failure of the caller's
  // own `issue`.
  template <class Issue>
  sync_result run(Issue&& issue) noexcept {
    // (F1) release, pairs with F2: what the caller did before happens before the barrier of each leader that begins
    // later.
    const std::size_t last = begun_.fetch_add(0, Atomics::orders.fence_arrive);
    const unsigned patience = patience_.get();
    for (unsigned turn = 0; turn < patience; ++turn) {
      if (served(last)) {
        patience_.waited(turn, patience);
        return {};
      }
      // Relaxed load before the exchange: waiters do not contend for the line.
      // (F3) acquire, pairs with F5: one leader after the other, except abandoned leaders, below.
      if (busy_.load(std::memory_order_relaxed) == 0 && busy_.exchange(1, Atomics::orders.fence_lead) == 0) {
        const sync_result result = served(last) ? sync_result{} : lead(issue);
        // (F5) release, pairs with F3.
        busy_.store(0, Atomics::orders.fence_unlead);
        return result;
      }
      Atomics::relax();
    }
    patience_.gave_up(patience);
    // No barrier has begun in all that time: the leader may be gone, so stop waiting for it. A second leader is
    // harmless: `ended_` takes only numbers of barriers that have succeeded, and a lower number serves fewer callers.
    // Relaxed, both: hints.
    if (begun_.load(std::memory_order_relaxed) == last) busy_.store(0, std::memory_order_relaxed);
    return issue();
  }

  // In the child of a fork the leader, if there was one, does not exist.
  void after_fork_in_child() noexcept { busy_.store(0, std::memory_order_relaxed); }  // Relaxed: single-threaded.

 private:
  // How far a failure sets `ended_` back: no caller is served, also if the numbers wrap.
  static constexpr std::size_t far_off = ~std::size_t{0} / 2;

  bool served(std::size_t last) const noexcept {
    // (F6) acquire, pairs with F4: the barrier, and all that its leader has seen, happens before the caller's return.
    return ended_.load(Atomics::orders.fence_served) - (last + 1) < far_off / 2;
  }

  template <class Issue>
  sync_result lead(Issue& issue) noexcept {
    // (F2) acquire, pairs with F1: this barrier serves every caller that has read a lower number.
    const std::size_t mine = begun_.fetch_add(1, Atomics::orders.fence_gather) + 1;
    const sync_result result = issue();
    // (F4) release, pairs with F6. A failed barrier serves no caller: each waiter leads in turn and gets its own result.
    ended_.store(result ? mine : mine - far_off, Atomics::orders.fence_cover);
    return result;
  }

  // How many turns a caller spins: several times what others needed. A hint: every value is correct.
  class learnt_bound {
   public:
    unsigned get() const noexcept {
      if constexpr (most_turns == least_turns) return most_turns;
      return turns_.load(std::memory_order_relaxed);  // Relaxed: a hint.
    }
    // A wait lasts two barriers at most. A longer wait in the past is forgotten slowly.
    void waited(unsigned turns, unsigned before) noexcept {
      unsigned after = before - before / 8;
      if (after < least_turns) after = least_turns;
      const unsigned wanted = turns < most_turns / 8 ? 8 * turns : most_turns;
      set(before, wanted > after ? wanted : after);
    }
    // Barriers have become longer, or a leader does not return.
    void gave_up(unsigned before) noexcept { set(before, before < most_turns / 2 ? 2 * before : most_turns); }

   private:
    void set(unsigned before, unsigned turns) noexcept {
      if constexpr (most_turns != least_turns) {
        if (turns != before) turns_.store(turns, std::memory_order_relaxed);  // Relaxed: a hint.
      }
    }
    typename Atomics::template atomic<unsigned> turns_{most_turns};
  };

  typename Atomics::template atomic<std::size_t> begun_{0};  // barriers that have begun
  typename Atomics::template atomic<std::size_t> ended_{0};  // the last one that has succeeded, unless it is long ago
  typename Atomics::template atomic<unsigned> busy_{0};
  learnt_bound patience_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_FENCE_COALESCER_HPP
