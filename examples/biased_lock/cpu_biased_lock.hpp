// SPDX-License-Identifier: BSL-1.0
//
// A lock biased to one CPU, whose threads acquire and release it by a restartable sequence and a store. A thread on
// another CPU revokes the bias for as long as it holds the lock, by the rseq fence, which interrupts that CPU alone.
//
// x86-64 and arm64, on Linux with glibc 2.35 or later.
#pragma once

#include <lazyref/sync.hpp>

#if defined(__linux__) && __has_include(<sys/rseq.h>)
#define HAS_CPU_BIASED_LOCK 1

#include <sched.h>
#include <sys/rseq.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace examples {

class cpu_biased_lock {
  using restartable = lazyref::std_sync::restartable;

 public:
  explicit cpu_biased_lock(unsigned cpu) : how_(restartable::probe()), cpu_(cpu) {
    // By CPU number, even where there are concurrency ids: the fence interrupts a CPU.
    how_.index_by = lazyref::cpu_index::cpu;
    how_.index_at = how_.area + static_cast<std::ptrdiff_t>(offsetof(struct rseq, cpu_id));
  }

  // Returns why this CPU cannot have such a lock; null if it can.
  static const char* missing(int cpu) {
    const restartable::support how = restartable::probe();
    if (!how.usable) return how.reason;
    const lazyref::sync_result fence = lazyref::rseq_fence(cpu);
    return fence ? nullptr : fence.what();
  }

  // Who may call: any thread. Cheap for those on the CPU.
  void lock_biased() {
    using outcome = restartable::outcome;
    for (;;) {
      // (C1) acquire and release, by the architecture; pairs with C2. The threads of the CPU run one at a time, and the
      // kernel restarts the sequence of a thread that is interrupted, so for them its load and store are atomic.
      const outcome got =
          restartable::store_if_null(how_, cpu_, word_, &by_cpu, std::memory_order_acquire, std::memory_order_release);
      if (got == outcome::stored) return;
      if (got == outcome::occupied || restartable::index(how_) != cpu_) return lock();
    }
  }
  void unlock_biased() { unlock(); }

  void lock() {
    mutex_.lock();
    for (;; std::this_thread::yield()) {
      char* word = nullptr;
      // Acquire, pairs with C2. A thread on the CPU may have loaded null before this, and may store after it.
      if (!word_.compare_exchange_strong(word, &by_mutex, std::memory_order_acquire, std::memory_order_relaxed))
        continue;
      // After the fence no sequence is between its load and its store: it has stored, which the load below observes, or
      // it is restarted, and loads by_mutex.
      if (const lazyref::sync_result done = lazyref::rseq_fence(static_cast<int>(cpu_)); !done) {
        std::fprintf(stderr, "biased_lock: rseq_fence: %s\n", done.what());
        std::abort();
      }
      if (word_.load(std::memory_order_relaxed) == &by_mutex) return;
    }
  }
  void unlock() {
    const bool with_mutex = word_.load(std::memory_order_relaxed) == &by_mutex;
    word_.store(nullptr, std::memory_order_release);  // (C2) pairs with C1 and the compare-and-swap
    if (with_mutex) mutex_.unlock();
  }

  // Moves the calling thread to the CPU. For speed; correctness does not depend on it.
  void settle() const {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(cpu_, &here);
    (void)sched_setaffinity(0, sizeof here, &here);
  }

 private:
  static inline char by_cpu, by_mutex;  // only their addresses are used

  restartable::support how_;
  const unsigned cpu_;
  std::atomic<char*> word_{nullptr};  // how the lock is held; null: not held
  std::mutex mutex_;
};

}  // namespace examples

#endif
