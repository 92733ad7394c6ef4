// SPDX-License-Identifier: BSL-1.0
//
// Concurrent heavy fences share system calls. Kernels since 2024 serialise expedited membarriers behind one
// machine-wide mutex (CVE-2024-26602), so N callers that run at the same time would wait for N calls one after the
// other; here they wait for about two.
//
// A barrier serves a caller if it began after the caller came. So: barriers are numbered, by a leader that holds
// `busy`. A caller reads the number of the last one that has begun, by a read-modify-write, which makes its past the
// past of every leader to come (release, and only read-modify-writes follow, so all are one release sequence). It is
// served once a later one has succeeded.
//
// The wait is bounded: who has waited long enough (the leader was preempted, died in a fork, or is the very thread that
// a signal handler interrupted) issues a barrier of its own, which is always right. So nothing here can hang. How long
// that is follows the barriers, which take 0.3 us on one host and a millisecond on another: a few times as long as the
// last callers have waited, between `least_turns` and `most_turns`, in turns of the wait, so that no clock is read. It is
// a spin and no more: to yield would hand a whole time slice to whoever shares the CPU, for a call that takes
// microseconds.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_COALESCER_HPP
#define LAZYREF_DETAIL_COALESCER_HPP

#include <cstddef>

#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Atomics, unsigned MostTurns = 1U << 17>
class coalescer {
 public:
  // The bounds of the wait.
  static constexpr unsigned most_turns = MostTurns;
  static constexpr unsigned least_turns = MostTurns < 4096 ? MostTurns : 4096;

  constexpr coalescer() noexcept = default;

  // Returns once a call of `issue` has succeeded that began after this call did, or with the failure of the caller's
  // own `issue`.
  template <class Issue>
  sync_result run(Issue&& issue) noexcept {
    // (F1) release, pairs with F2: what the caller did before is part of the past of each leader that begins after
    // this.
    const std::size_t last = begun_.fetch_add(0, Atomics::orders.fence_arrive);
    const unsigned patience = patience_.get();
    for (unsigned turn = 0; turn < patience; ++turn) {
      if (served(last)) {
        patience_.waited(turn, patience);
        return {};
      }
      // Relaxed look before the exchange: waiters do not fight for the line.
      // (F3) acquire, pairs with F5: one leader after the other, but for those that were given up, below.
      if (busy_.load(std::memory_order_relaxed) == 0 && busy_.exchange(1, Atomics::orders.fence_lead) == 0) {
        const sync_result result = served(last) ? sync_result{} : lead(issue);
        // (F5) release, pairs with F3.
        busy_.store(0, Atomics::orders.fence_unlead);
        return result;
      }
      Atomics::relax();
    }
    patience_.gave_up(patience);
    // No barrier has begun in all that time: the leader is gone, perhaps, and is not waited for again. A second leader does
    // no harm: `ended_` takes only numbers of barriers that have succeeded, and a smaller one serves fewer. Relaxed, both: a
    // hint.
    if (begun_.load(std::memory_order_relaxed) == last) busy_.store(0, std::memory_order_relaxed);
    return issue();
  }

  // In the child of a fork: the leader, if there was one, does not exist here.
  void after_fork_in_child() noexcept { busy_.store(0, std::memory_order_relaxed); }  // Relaxed: there is one thread.

 private:
  // How far `ended_` is set back by a failure: out of everybody's reach, also when the numbers wrap.
  static constexpr std::size_t far_off = ~std::size_t{0} / 2;

  bool served(std::size_t last) const noexcept {
    // (F6) acquire, pairs with F4: the barrier, and all that its leader saw, happens before the caller's return.
    return ended_.load(Atomics::orders.fence_served) - (last + 1) < far_off / 2;
  }

  template <class Issue>
  sync_result lead(Issue& issue) noexcept {
    // (F2) acquire, pairs with F1: every caller that read a smaller number is in this barrier's past.
    const std::size_t mine = begun_.fetch_add(1, Atomics::orders.fence_gather) + 1;
    const sync_result result = issue();
    // (F4) release, pairs with F6. A failed barrier serves nobody: each waiter leads in turn and gets its own answer.
    ended_.store(result ? mine : mine - far_off, Atomics::orders.fence_cover);
    return result;
  }

  // How many turns a caller waits: several times what it took others. A hint: any number is right.
  class learnt_bound {
   public:
    unsigned get() const noexcept {
      if constexpr (most_turns == least_turns) return most_turns;
      return turns_.load(std::memory_order_relaxed);  // Relaxed: a hint.
    }
    // A wait lasts two barriers at most. That they were longer once is forgotten slowly.
    void waited(unsigned turns, unsigned before) noexcept {
      unsigned after = before - before / 8;
      if (after < least_turns) after = least_turns;
      const unsigned wanted = turns < most_turns / 8 ? 8 * turns : most_turns;
      set(before, wanted > after ? wanted : after);
    }
    // Barriers have become longer, or a leader does not come back.
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
  typename Atomics::template atomic<std::size_t> ended_{0};  // the last one that has succeeded, if it was not long ago
  typename Atomics::template atomic<unsigned> busy_{0};
  learnt_bound patience_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_COALESCER_HPP
