// SPDX-License-Identifier: BSL-1.0
//
// The harness of the litmus tests: two pinned threads, many rounds, a forbidden outcome, and controls that must show
// it. A row ends after its rounds or after its time, whichever comes first: a busy or slow machine runs fewer rounds,
// and the verdict says whether these were enough to show anything.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include <lazyref/fence.hpp>

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace litmus {

namespace detail = lazyref::detail;

inline constexpr std::size_t million = 1000000;
inline constexpr auto relaxed = std::memory_order_relaxed;

inline void compiler_barrier() noexcept { detail::std_atomics::compiler_barrier(); }
inline void light() noexcept { lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst); }
inline void heavy() noexcept { lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst); }

// A system call that reaches no other CPU.
inline void fake_heavy() noexcept {
#if defined(__linux__)
  (void)::syscall(SYS_getppid);
#else
  std::this_thread::yield();
#endif
}

// A word holds the number of the last round in which it was written: "1" is this round's number, "0" an older one.
struct alignas(2 * lazyref::cache_line) word : std::atomic<std::size_t> {
  explicit word(std::size_t first = 0) noexcept : std::atomic<std::size_t>(first) {}
};

struct variables {
  word x, y;
  word ballast[32];
  word far_away[2][1 << 14];  // of each side, more than the caches near a CPU hold
};

// The two sides of store buffering. True if the other side's store was missed.
template <class Fence>
auto on_x(Fence fence) {
  return [fence](variables& v, std::size_t round) {
    v.x.store(round, relaxed);
    fence();
    return v.y.load(relaxed) < round;
  };
}

template <class Fence>
auto on_y(Fence fence) {
  return [fence](variables& v, std::size_t round) {
    v.y.store(round, relaxed);
    fence();
    return v.x.load(relaxed) < round;
  };
}

// A wait of up to `bound` turns, different each time.
class wait {
 public:
  explicit wait(std::uint32_t bound) noexcept : bound_(bound) {}
  void operator()() noexcept {
    for (std::uint32_t turns = next() % (bound_ + 1); turns > 0; --turns) compiler_barrier();
  }
  std::uint32_t next() noexcept {
    state_ = state_ * 1664525U + 1013904223U;
    return state_ >> 8;
  }

 private:
  std::uint32_t bound_;
  std::uint32_t state_ = 2463534242U;
};

// Keeps the calling thread on the n-th CPU that it may run on.
inline void pin([[maybe_unused]] unsigned n) {
#if defined(__linux__)
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || n-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)::sched_setaffinity(0, sizeof one, &one);
    return;
  }
#endif
}

// How many rounds there are, and when they end.
struct budget {
  std::size_t rounds;
  double seconds;
};

// What a row has seen.
struct outcome {
  std::size_t rounds = 0;
  std::size_t forbidden = 0;
};

// Where the two sides meet before each round, in memory that both have.
class meeting {
 public:
  using clock = std::chrono::steady_clock;

  // Returns whether there is a round. Side 0 looks at the clock, and decides for both.
  bool starts(unsigned me, std::size_t round, clock::time_point end) noexcept {
    if (me == 0 && round % 16 == 0 && clock::now() >= end) last_.store(round - 1, relaxed);
    turn_[me].store(round, std::memory_order_release);
    for (unsigned spin = 0; turn_[1 - me].load(std::memory_order_acquire) < round; ++spin) {
      if (spin > 4096) std::this_thread::yield();
    }
    // Relaxed: side 0 wrote it before its turn.
    return round <= last_.load(relaxed);
  }

 private:
  word turn_[2];
  word last_{~std::size_t{0}};
};

// One side: body(v, round) in each round, at a random time of up to `drift` turns; what it returned goes to `half`.
// Returns how many rounds there were.
template <class Body>
std::size_t run_side(unsigned me, meeting& both, variables& v, const budget& most, std::uint32_t drift, Body body,
                     unsigned char* half) {
  pin(me);
  wait some_time(drift);
  const auto end = meeting::clock::now() +
                   std::chrono::duration_cast<meeting::clock::duration>(std::chrono::duration<double>(most.seconds));
  for (std::size_t round = 1; round <= most.rounds; ++round) {
    if (!both.starts(me, round, end)) return round - 1;
    // Stores to lines that the other side has just had, or that are in no cache, are slow, and hold up the store that
    // follows: the window is wider.
    for (word& w : v.ballast) w.store(round, relaxed);
    for (int i = 0; i < 4; ++i) v.far_away[me][some_time.next() % (1 << 14)].store(round, relaxed);
    some_time();
    half[round] = body(v, round) ? 1 : 0;
  }
  return most.rounds;
}

inline outcome count(std::size_t rounds, const unsigned char* left, const unsigned char* right) {
  outcome result;
  result.rounds = rounds;
  for (std::size_t round = 1; round <= rounds; ++round)
    result.forbidden += left[round] != 0 && right[round] != 0 ? 1 : 0;
  return result;
}

// Rounds of left(v, round) against right(v, round), each on a CPU of its own, that start together (the right side after
// a wait of up to `drift` turns). The outcome is forbidden if both return true.
template <class Left, class Right>
outcome count_forbidden(const budget& most, std::uint32_t drift, Left left, Right right) {
  const auto memory = std::make_unique<variables>();
  variables& v = *memory;
  meeting both;
  std::vector<unsigned char> half[2];
  for (auto& h : half) h.resize(most.rounds + 1);
  std::size_t rounds = 0;
  std::thread second([&] { run_side(1, both, v, most, drift, right, half[1].data()); });
  std::thread first([&] { rounds = run_side(0, both, v, most, 16, left, half[0].data()); });
  first.join();
  second.join();
  return count(rounds, half[0].data(), half[1].data());
}

inline bool has_two_cpus() {
#if defined(__linux__)
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) >= 2;
#else
  return std::thread::hardware_concurrency() >= 2;
#endif
}

// The table, and what follows from it.
class report {
 public:
  explicit report(const char* title) : title_(title), status_(lazyref::fence_initialize()) {
    std::printf("%s\nfence: %s\n\n%-66s %10s %10s %7s\n", title, status_.reason, "", "rounds", "forbidden", "s");
    std::fflush(stdout);
  }

  // With the fence: no round may end so.
  template <class Run>
  void must_hold(const char* what, std::size_t rounds, Run run) {
    promises_.push_back(what);
    const outcome seen = row(what, {rounds, seconds_for_a_promise}, run, "");
    if (seen.forbidden != 0) {
      violated_ = true;
      std::printf("  ^ VIOLATED\n");
    }
    if (fewest_ == nullptr || seen.rounds < fewest_rounds_) {
      fewest_ = what;
      fewest_rounds_ = seen.rounds;
    }
  }

  // Without the fence: some must, or the rows above show nothing. More rounds are tried before that is said.
  template <class Run>
  void control(const char* what, std::size_t rounds, Run run) {
    budget most{rounds, seconds_for_a_control};
    outcome all;
    const auto start = clock::now();
    for (int tries = 0; tries < 8 && all.forbidden == 0 && seconds_since(start) < 2 * seconds_for_a_control; ++tries) {
      const outcome seen = row(what, most, run, "control: ");
      all.rounds += seen.rounds;
      all.forbidden += seen.forbidden;
      most.rounds *= 2;
    }
    if (all.forbidden == 0) {
      powerless_.push_back(what);
      return;
    }
    rates_.push_back(static_cast<double>(all.forbidden) / static_cast<double>(all.rounds));
  }

  // A control that this architecture cannot show by its own rules: run, printed, not waited for.
  template <class Run>
  void control_without_power_here(const char* what, std::size_t rounds, Run run, const char* why) {
    if (row(what, {rounds, seconds_for_a_control}, run, "control: ").forbidden != 0) {
      std::printf("  ^ has power all the same\n");
      return;
    }
    powerless_by_architecture_.push_back(what);
    std::printf("  ^ no power on this architecture: %s\n", why);
  }

  // The exit status.
  int verdict() {
    std::printf("\n");
    if (!powerless_by_architecture_.empty()) {
      std::printf("SKIPPED: %s: on this architecture these never go wrong, whatever is left out:", title_);
      list(powerless_by_architecture_);
      std::printf("\n");
    }
    if (violated_) return std::printf("FAILED: the fence does not order\n"), 1;
    if (!status_.light_is_free) {
      not_tested();
      std::printf("light fences are full fences here: %s\n", status_.reason);
      return 77;
    }
    if (!powerless_.empty()) {
      not_tested();
      std::printf("these controls never went wrong:");
      list(powerless_);
      std::printf("\n");
      return 77;
    }
    // Where ten are expected, none is seen once in 20,000 times.
    std::sort(rates_.begin(), rates_.end());
    const double rate = rates_.empty() ? 0 : rates_[rates_.size() / 2];
    const double expected = static_cast<double>(fewest_rounds_) * rate;
    if (expected < 10) {
      not_tested();
      std::printf(
          "there was time for %zu rounds of \"%s\" only, in which the median control would have gone wrong %.1f "
          "times\n",
          fewest_rounds_, fewest_, expected);
      return 77;
    }
    std::printf(
        "passed: the fence orders, and without it every other control goes wrong; in the %zu rounds of the "
        "shortest row the median control would have gone wrong %.0f times\n",
        fewest_rounds_, expected);
    return 0;
  }

 private:
  using clock = std::chrono::steady_clock;

  // No test has more than six rows of the one kind and six of the other: less than two minutes, whatever the machine.
  static constexpr double seconds_for_a_promise = 6;
  static constexpr double seconds_for_a_control = 2.5;

  static double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
  }

  // Of a line that the summary of all tests repeats.
  static void list(const std::vector<const char*>& names) {
    for (const char* name : names) std::printf("%s \"%s\"", name == names.front() ? "" : ",", name);
  }
  void not_tested() const {
    std::printf("SKIPPED: %s: NOT TESTED ON THIS MACHINE, now:", title_);
    list(promises_);
    std::printf(": ");
  }

  template <class Run>
  outcome row(const char* what, const budget& most, Run run, const char* kind) {
    const auto start = clock::now();
    const outcome seen = run(most);
    std::printf("%-9s%-57s %10zu %10zu %7.1f\n", kind, what, seen.rounds, seen.forbidden, seconds_since(start));
    std::fflush(stdout);
    return seen;
  }

  const char* title_;
  lazyref::fence_status status_;
  bool violated_ = false;
  std::vector<const char*> promises_, powerless_, powerless_by_architecture_;
  const char* fewest_ = nullptr;
  std::size_t fewest_rounds_ = 0;
  std::vector<double> rates_;  // of the controls
};

inline bool one_cpu() {
  if (has_two_cpus()) return false;
  std::printf("SKIPPED: a litmus test takes two CPUs that this process may use, and there are not two\n");
  return true;
}

}  // namespace litmus
