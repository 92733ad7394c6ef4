// SPDX-License-Identifier: BSL-1.0
//
// What the stress programs share: options, random numbers, a pool that hands the same few addresses out again and
// again, and objects that show when they are used after their disposal.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "../support/sanitizers.hpp"

#if LAZYREF_TEST_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace stress {

inline constexpr bool sanitized = LAZYREF_TEST_TSAN || LAZYREF_TEST_ASAN;

// Ends the program at once: after a use after free there is nothing left that could be joined in good order.
inline int exit_when_wrong = 1;
[[noreturn]] inline void wrong(const char* what) {
  std::printf("WRONG: %s\n", what);
  std::fflush(stdout);
  std::_Exit(exit_when_wrong);
}
inline void expect(bool as_promised, const char* what) {
  if (!as_promised) wrong(what);
}

// For the lines that the summary of all tests repeats: the program, and whether it could show anything.
inline const char* program = "stress";
inline bool has_power = true;
// Nothing went wrong, and nothing is shown: a machine that is busy or slow is no failure.
inline void no_power(const char* name, const char* why) {
  has_power = false;
  std::printf("SKIPPED: %s: %s: on this machine, now, no power: %s\n", program, name, why);
  std::fflush(stdout);
}
inline constexpr const char* next_to_nothing = "next to nothing was done";
inline int exit_status() { return has_power ? 0 : 77; }

struct options {
  double seconds;  // for each configuration
  std::uint64_t seed;
};

// Half as long under a sanitizer, which sees what the others have to hit.
inline options parse(int argc, char** argv, double seconds) {
  options result{sanitized ? seconds / 2 : seconds,
                 static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count())};
  const char* const name = std::strrchr(argv[0], '/');
  program = name == nullptr ? argv[0] : name + 1;
  for (int i = 1; i < argc; ++i) {
    if (i + 1 < argc && std::strcmp(argv[i], "--seconds") == 0) {
      result.seconds = std::atof(argv[++i]);
    } else if (i + 1 < argc && std::strcmp(argv[i], "--seed") == 0) {
      result.seed = std::strtoull(argv[++i], nullptr, 0);
    } else {
      std::fprintf(stderr, "usage: %s [--seconds N] [--seed N]\n", argv[0]);
      std::exit(2);
    }
  }
  // The schedule is the machine's: a seed repeats the choices, not the interleaving.
  std::printf("seed %llu, %.1f s for each configuration\n", static_cast<unsigned long long>(result.seed),
              result.seconds);
  return result;
}

class deadline {
 public:
  explicit deadline(double seconds)
      : end_(std::chrono::steady_clock::now() +
             std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds))) {}
  bool over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

class random_numbers {  // splitmix64
 public:
  explicit random_numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  unsigned below(unsigned n) { return static_cast<unsigned>(next() >> 33) % n; }
  bool one_in(unsigned n) { return below(n) == 0; }

  // Nothing, a few turns, or the rest of the time slice.
  void dawdle(unsigned turns) {
    switch (below(8)) {
      case 0:
        std::this_thread::yield();
        break;
      case 1:
      case 2:
        for (unsigned n = below(turns); n > 0; --n) std::atomic_signal_fence(std::memory_order_seq_cst);
        break;
      default:
        break;
    }
  }

 private:
  std::uint64_t state_;
};

inline unsigned long long ull(std::uint64_t n) { return n; }

// A simulated preemption point: sometimes a yield or a short spin.
inline thread_local random_numbers dice(0);
inline void widen() {
  switch (dice.below(4)) {
    case 0:
      for (unsigned n = 1 + dice.below(3); n > 0; --n) std::this_thread::yield();
      break;
    case 1:
      for (unsigned n = dice.below(2000); n > 0; --n) std::atomic_signal_fence(std::memory_order_seq_cst);
      break;
    default:
      break;
  }
}

// Contents that a reader can tell from anything else, read and written without atomics: a reader that is not ordered
// before the disposal is a data race for ThreadSanitizer, poisoned memory for AddressSanitizer, and a wrong value for
// everybody.
class contents {
 public:
  explicit contents(std::uint64_t id) noexcept : magic_(id * factor) {
    for (std::uint64_t i = 0; i < size; ++i) words_[i] = id + i;
  }
  std::uint64_t id() const { return read(words_[0]); }
  void check(std::uint64_t id) const {
    expect(read(magic_) == id * factor, "an object was used after its disposal (its magic number is another one)");
    for (std::uint64_t i = 0; i < size; ++i) {
      expect(read(words_[i]) == id + i, "an object was used after its disposal (its contents are others)");
    }
  }

 private:
  static constexpr std::uint64_t factor = 0x6c617a7972656601;
  static constexpr std::size_t size = 5;
  // Each look is a look at memory.
  static std::uint64_t read(const volatile std::uint64_t& word) { return word; }

  std::uint64_t magic_;
  std::uint64_t words_[size];
};

// A few addresses, last in, first out, so that reuse is the rule. Type-stable, so that a wrong access reads a wrong
// value.
template <std::size_t Bytes, std::size_t Addresses>
class pool {
 public:
  pool() {
    for (std::size_t i = 0; i < Addresses; ++i) {
      free_[i] = i;
      poison(&memory_[i]);
    }
  }

  // Waits where everything is in use; that ends, as what is retained is bounded.
  void* take() {
    const deadline patience(30);
    for (;;) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (free_count_ != 0) {
          const std::size_t index = free_[--free_count_];
          expect(!in_use_[index], "an address was handed out twice");
          in_use_[index] = true;
          unpoison(&memory_[index]);
          return &memory_[index];
        }
        ++waits_;
      }
      expect(!patience.over(), "no address came back in 30 s: more is retained than there may be");
      std::this_thread::yield();
    }
  }

  void put(void* address) {
    cell* const released = static_cast<cell*>(address);
    const std::size_t index = static_cast<std::size_t>(released - memory_);
    scribble(released);
    const std::lock_guard<std::mutex> lock(mutex_);
    expect(index < Addresses && in_use_[index], "an object was disposed of twice");
    in_use_[index] = false;
    free_[free_count_++] = index;
  }

  std::size_t in_use() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return Addresses - free_count_;
  }
  std::size_t waits() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return waits_;
  }

 private:
  struct alignas(64) cell {
    unsigned char bytes[Bytes];
  };

  static void scribble(cell* c) {
    std::memset(c, 0xdd, sizeof *c);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // The compiler is not to see that nobody reads it.
    poison(c);
  }
#if LAZYREF_TEST_ASAN
  static void poison(cell* c) { __asan_poison_memory_region(c, sizeof *c); }
  static void unpoison(cell* c) { __asan_unpoison_memory_region(c, sizeof *c); }
#else
  static void poison(cell*) {}
  static void unpoison(cell*) {}
#endif

  cell memory_[Addresses];
  std::mutex mutex_;
  std::size_t free_[Addresses];
  bool in_use_[Addresses] = {};
  std::size_t free_count_ = Addresses;
  std::size_t waits_ = 0;
};

// Brings all threads to rest between two of their steps, so that what holds in quiet can be looked at.
class gate {
 public:
  void enter() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !closed(); });
    ++inside_;
  }
  void leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --inside_;
    changed_.notify_all();
  }
  bool closed() const { return closed_.load(std::memory_order_relaxed); }
  void rest() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++resting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed(); });
    if (--resting_ == 0) changed_.notify_all();  // quiet() may wait for that
  }
  template <class Look>
  void quiet(Look look) {
    std::unique_lock<std::mutex> lock(mutex_);
    // Those of the last time are gone before the next time begins.
    expect(changed_.wait_for(lock, std::chrono::seconds(30), [this] { return resting_ == 0; }),
           "a thread did not go on after a rest in 30 s");
    closed_.store(true, std::memory_order_relaxed);
    expect(changed_.wait_for(lock, std::chrono::seconds(30), [this] { return resting_ == inside_; }),
           "a thread did not come to rest in 30 s");
    look();
    closed_.store(false, std::memory_order_relaxed);
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> closed_{false};
  unsigned inside_ = 0;
  unsigned resting_ = 0;
};

}  // namespace stress
