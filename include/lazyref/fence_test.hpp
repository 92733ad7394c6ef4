// SPDX-License-Identifier: BSL-1.0
//
// Tests whether the fence works on this machine. Some kernels and emulators answer membarrier with success and do nothing,
// and a return code cannot show it. This is a litmus test for users to run: store buffering on two threads, once with the
// fence, and once with a control: a heavy side that does everything except reach the other thread. The control must show
// violations; otherwise the first result means nothing.
#include "config.hpp"

#ifndef LAZYREF_FENCE_TEST_HPP
#define LAZYREF_FENCE_TEST_HPP

#include <cstddef>
#include <memory>
#include <thread>

#include "fence.hpp"

#if defined(__linux__)
#include <pthread.h>
#endif

LAZYREF_BEGIN_NAMESPACE

// What the counts of a fence_test_result show.
enum class fence_verdict {
  holds,     // no violation with the fence, and enough with the control to have seen one
  violated,  // the fence does not order: do not use this backend here
  no_power   // no violation with the fence, too few with the control: nothing is shown (one CPU, emulation, few rounds)
};

// The result of test_fence.
struct fence_test_result {
  fence_verdict verdict;   // what the counts show
  std::size_t rounds;      // of each kind
  std::size_t violations;  // with light and heavy: must be 0
  // Compiler barrier against a system call and a full fence, like a barrier that does nothing: must be more than a few.
  std::size_t control_violations;
};

namespace detail {

// Keeps the calling thread, during its lifetime, on the n-th CPU that it may run on, if there is one. True if it does.
class pinned {
 public:
#if defined(__linux__) && defined(CPU_SETSIZE)
  explicit pinned(unsigned n) noexcept {
    known_ = ::pthread_getaffinity_np(::pthread_self(), sizeof before_, &before_) == 0;
    for (std::size_t cpu = 0; known_ && cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &before_) || n-- != 0) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      is_pinned_ = ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one) == 0;
      return;
    }
  }
  ~pinned() {
    if (known_) (void)::pthread_setaffinity_np(::pthread_self(), sizeof before_, &before_);
  }
  explicit operator bool() const noexcept { return is_pinned_; }

 private:
  cpu_set_t before_{};
  bool known_ = false, is_pinned_ = false;
#else
  explicit pinned(unsigned) noexcept {}
  ~pinned() {}
  explicit operator bool() const noexcept { return false; }
#endif
};

// Two threads, the caller's and one more, run `rounds` rounds. In each round one runs left(mine, other, round) and the
// other right(...), at nearly the same time. Each of these stores `round` to `mine`, reads `other`, and returns what it
// read. Returns the number of rounds in which both read an older value.
template <class Left, class Right>
std::size_t store_buffering(std::size_t rounds, Left left, Right right) {
  using word = std_atomics::atomic<std::size_t>;
  struct alignas(cache_line) line {
    word value{0};
  };
  struct alignas(2 * cache_line) side {
    word turn{0};
    word value{0};
    std::unique_ptr<unsigned char[]> old;
    line ballast[32];
  };
  side sides[2];
  for (side& s : sides) s.old = std::make_unique<unsigned char[]>(rounds + 1);

  const auto run = [&sides, rounds](unsigned me, auto& body) {
    const pinned here(me);
    side& mine = sides[me];
    side& other = sides[1 - me];
    for (std::size_t round = 1; round <= rounds; ++round) {
      // Meet: release and acquire on `turn`, which pair with each other: each side starts a round only after both have
      // ended the previous one.
      mine.turn.store(round, std::memory_order_release);
      for (unsigned spin = 0; other.turn.load(std::memory_order_acquire) < round; ++spin) {
        if (spin > 4096) std::this_thread::yield();
      }
      // Stores to lines that the other side has just written are slow, and delay the store that follows: this widens the
      // window.
      // Relaxed: no thread reads them.
      for (line& l : sides[0].ballast) l.value.store(round, std::memory_order_relaxed);
      // Vary the delay a little, so that each side is first now and then.
      for (std::size_t i = (round >> (4 * me)) & 15; i > 0; --i) std_atomics::compiler_barrier();
      mine.old[round] = body(mine.value, other.value, round) < round;
    }
  };
  // If the thread cannot be created, nothing has begun.
  std::thread second([&] { run(1, right); });
  run(0, left);
  second.join();

  std::size_t violations = 0;
  for (std::size_t round = 1; round <= rounds; ++round)
    violations += sides[0].old[round] != 0 && sides[1].old[round] != 0;
  return violations;
}

// One side of store buffering with the given fence between store and load.
template <class Fence>
auto store_then_load(Fence fence) {
  // Relaxed, both: the fence is what the test is about.
  return [fence](std_atomics::atomic<std::size_t>& mine, std_atomics::atomic<std::size_t>& other, std::size_t round) {
    mine.store(round, std::memory_order_relaxed);
    fence();
    return other.load(std::memory_order_relaxed);
  };
}

}  // namespace detail

LAZYREF_DETAIL_BEGIN_UNIT

// Purpose: run the litmus test, on the calling thread and one that it starts, each kept on its own CPU during the test.
// Cost: a few microseconds and two bytes of memory for each round. Errors: as std::thread and `new` report them.
inline fence_test_result test_fence(std::size_t rounds = 200000) {
  const auto light = [] { lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst); };
  const auto heavy = [] { lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst); };
  const auto no_light = [] { detail::std_atomics::compiler_barrier(); };
  const auto fake_heavy = [] {
    detail::os_kernel::nothing();
    detail::std_atomics::full_fence();
  };
  fence_test_result result{};
  result.rounds = rounds;
  result.violations = detail::store_buffering(rounds, detail::store_then_load(light), detail::store_then_load(heavy));
  result.control_violations =
      detail::store_buffering(rounds, detail::store_then_load(no_light), detail::store_then_load(fake_heavy));
  // If ten violations are expected, the probability of none is 1 in 20,000.
  result.verdict = result.violations != 0            ? fence_verdict::violated
                   : result.control_violations >= 10 ? fence_verdict::holds
                                                     : fence_verdict::no_power;
  return result;
}

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_FENCE_TEST_HPP
