// SPDX-License-Identifier: BSL-1.0
//
// The harness of the litmus tests: two pinned threads, many rounds, a forbidden outcome, and controls that must show
// it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
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
  word() noexcept : std::atomic<std::size_t>(0) {}
};

struct variables {
  word x, y;
  word ballast[32];
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
    state_ = state_ * 1664525U + 1013904223U;
    for (std::uint32_t turns = (state_ >> 8) % (bound_ + 1); turns > 0; --turns) compiler_barrier();
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

// Rounds of left(v, round) against right(v, round), each on a CPU of its own, that start together (the right side after
// a wait of up to `drift` turns). The outcome is forbidden if both return true. Returns in how many rounds it came.
template <class Left, class Right>
std::size_t count_forbidden(std::size_t rounds, std::uint32_t drift, Left left, Right right) {
  variables v;
  word turn[2];
  std::vector<unsigned char> half[2];
  for (auto& h : half) h.resize(rounds + 1);
  const auto run = [&](unsigned me, auto body, std::uint32_t bound) {
    pin(me);
    wait some_time(bound);
    for (std::size_t round = 1; round <= rounds; ++round) {
      turn[me].store(round, std::memory_order_release);
      for (unsigned spin = 0; turn[1 - me].load(std::memory_order_acquire) < round; ++spin) {
        if (spin > 4096) std::this_thread::yield();
      }
      // Stores to lines that the other side has just had are slow, and hold up the store that follows: the window is
      // wider.
      for (word& w : v.ballast) w.store(round, relaxed);
      some_time();
      half[me][round] = body(v, round) ? 1 : 0;
    }
  };
  std::thread second([&] { run(1, right, drift); });
  std::thread first([&] { run(0, left, 16); });
  first.join();
  second.join();
  std::size_t forbidden = 0;
  for (std::size_t round = 1; round <= rounds; ++round) forbidden += half[0][round] != 0 && half[1][round] != 0 ? 1 : 0;
  return forbidden;
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
  explicit report(const char* title) {
    const lazyref::fence_status status = lazyref::fence_initialize();
    std::printf("%s\nfence: %s\n\n%-66s %10s %10s %7s\n", title, status.reason, "", "rounds", "forbidden", "s");
    std::fflush(stdout);
  }

  // With the fence: no round may end so.
  template <class Run>
  void must_hold(const char* what, std::size_t rounds, Run run) {
    if (row(what, rounds, run, "") != 0) {
      violated_ = true;
      std::printf("  ^ VIOLATED\n");
    }
  }

  // Without the fence: some must, or the rows above show nothing. More rounds are tried before that is said, while
  // the time lasts.
  template <class Run>
  void control(const char* what, std::size_t rounds, Run run) {
    for (int tries = 0; tries < 4 && (tries == 0 || seconds_since(start_) < 60); ++tries, rounds *= 2) {
      if (row(what, rounds, run, "control: ") != 0) return;
    }
    ++powerless_;
  }

  // A control that this architecture cannot show by its own rules: run, printed, not waited for.
  template <class Run>
  void control_without_power_here(const char* what, std::size_t rounds, Run run, const char* why) {
    if (row(what, rounds, run, "control: ") != 0) {
      std::printf("  ^ has power all the same\n");
      return;
    }
    ++without_power_by_architecture_;
    std::printf("  ^ no power on this architecture: %s\n", why);
  }

  // The exit status.
  int verdict() const {
    std::printf("\n");
    if (without_power_by_architecture_ != 0) {
      std::printf("%d control(s) without power on this architecture, as said above\n", without_power_by_architecture_);
    }
    if (violated_) return std::printf("FAILED: the fence does not order\n"), 1;
    if (powerless_ != 0) {
      std::printf("SKIPPED: NO POWER ON THIS MACHINE: %d control(s) never went wrong, the rest shows nothing\n",
                  powerless_);
      return 77;
    }
    std::printf("passed: the fence orders, and without it every other control goes wrong\n");
    return 0;
  }

 private:
  using clock = std::chrono::steady_clock;

  static double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
  }

  template <class Run>
  std::size_t row(const char* what, std::size_t rounds, Run run, const char* kind) {
    const auto start = clock::now();
    const std::size_t forbidden = run(rounds);
    std::printf("%-9s%-57s %10zu %10zu %7.1f\n", kind, what, rounds, forbidden, seconds_since(start));
    std::fflush(stdout);
    return forbidden;
  }

  const clock::time_point start_ = clock::now();
  bool violated_ = false;
  int powerless_ = 0;
  int without_power_by_architecture_ = 0;
};

inline bool one_cpu() {
  if (has_two_cpus()) return false;
  std::printf("SKIPPED: NO POWER ON THIS MACHINE: it takes two CPUs, and this process may use one\n");
  return true;
}

}  // namespace litmus
