// SPDX-License-Identifier: BSL-1.0
//
// A lock biased to one thread, which acquires and releases it by two stores, a light fence and a load. Any other thread
// revokes the bias, by a heavy fence, for as long as it holds the lock.
#pragma once

#include <lazyref/fence.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace examples {

class thread_biased_lock {
 public:
  explicit thread_biased_lock(bool broken = false) noexcept : broken_(broken) {}

  // Who may call: the thread that the lock is biased to.
  void lock_biased() {
    held_.store(true, std::memory_order_relaxed);  // (B1) relaxed: ordered by the fences; V3 reads it repeatedly
    // (B2) pairs with V2: either the revoker observes held_, or this thread observes revoked_.
    lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
    // (B3) acquire, pairs with V4: the revoker's critical section happens before this one.
    if (!revoked_.load(std::memory_order_acquire)) return;
    // (B4) release, pairs with V3: a relaxed store would end the release sequence of the previous section's B5.
    held_.store(false, std::memory_order_release);
    mutex_.lock();
    by_mutex_ = true;
  }
  void unlock_biased() {
    if (by_mutex_) {
      by_mutex_ = false;
      mutex_.unlock();
    } else {
      held_.store(false, std::memory_order_release);  // (B5) pairs with V3
    }
  }

  // Who may call: any other thread.
  void lock() {
    mutex_.lock();
    revoked_.store(true, std::memory_order_relaxed);  // (V1) relaxed: ordered by the fences
    if (broken_) return;
    lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);  // (V2) pairs with B2
    // (V3) acquire, pairs with B4 and B5: the biased thread's critical sections happen before this one.
    while (held_.load(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() {
    revoked_.store(false, std::memory_order_release);  // (V4) pairs with B3
    mutex_.unlock();
  }

  void settle() const {}  // For the same interface as cpu_biased_lock.

 private:
  std::atomic<bool> held_{false}, revoked_{false};
  bool by_mutex_ = false;  // accessed by the biased thread only
  const bool broken_;
  std::mutex mutex_;
};

}  // namespace examples
