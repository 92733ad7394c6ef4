// SPDX-License-Identifier: BSL-1.0
//
// A lock for the CPU whose threads have it nearly always: a restartable sequence and a store. Anybody else revokes the
// bias for as long as it has the lock, by the rseq fence, which interrupts that CPU and no other.
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
    // By CPU, also where there are concurrency ids: the fence goes to a CPU.
    how_.index_by = lazyref::cpu_index::cpu;
    how_.index_at = how_.area + static_cast<std::ptrdiff_t>(offsetof(struct rseq, cpu_id));
  }

  // Why there cannot be one for this CPU; null if there can.
  static const char* missing(int cpu) {
    const restartable::support how = restartable::probe();
    if (!how.usable) return how.reason;
    const lazyref::sync_result fence = lazyref::rseq_fence(cpu);
    return fence ? nullptr : fence.what();
  }

  // By any thread; cheap for those on the CPU.
  void lock_biased() {
    using outcome = restartable::outcome;
    for (;;) {
      // (C1) acquire and release, by the architecture; pairs with C2. On the CPU, where no two threads are at once,
      // looking and storing are one step: whoever is interrupted in between begins anew.
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
      // Acquire, pairs with C2. Somebody on the CPU may have looked before this and store after it.
      if (!word_.compare_exchange_strong(word, &by_mutex, std::memory_order_acquire, std::memory_order_relaxed))
        continue;
      // From here on nobody there is between the two: they have stored, and we see it, or they look again.
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

  // Moves the calling thread to the CPU. Without it all is right too, but slow.
  void settle() const {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(cpu_, &here);
    (void)sched_setaffinity(0, sizeof here, &here);
  }

 private:
  static inline char by_cpu, by_mutex;  // their addresses

  restartable::support how_;
  const unsigned cpu_;
  std::atomic<char*> word_{nullptr};  // who has the lock
  std::mutex mutex_;
};

}  // namespace examples

#endif
