// SPDX-License-Identifier: BSL-1.0
//
// A lock for the thread that has it nearly always: two stores, a light fence and a load. Anybody else revokes the bias
// for as long as it has the lock, by a heavy fence.
#pragma once

#include <lazyref/fence.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace examples {

class thread_biased_lock {
 public:
  explicit thread_biased_lock(bool broken = false) noexcept : broken_(broken) {}

  // By the one thread that the lock is biased to.
  void lock_biased() {
    held_.store(true, std::memory_order_relaxed);  // (B1) the fence pair carries it; who reads it looks again
    // (B2) pairs with V2: either the revoker sees that we have the lock, or we see that it is revoked.
    lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
    // (B3) acquire, pairs with V4: the revoker's section happens before ours.
    if (!revoked_.load(std::memory_order_acquire)) return;
    // (B4) release, pairs with V3: also this one, or it would cut off the section before it, which B5 ended.
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

  // By any other.
  void lock() {
    mutex_.lock();
    revoked_.store(true, std::memory_order_relaxed);  // (V1) the fence pair carries it
    if (broken_) return;
    lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);  // (V2) pairs with B2
    // (V3) acquire, pairs with B4 and B5: the biased thread's sections happen before ours.
    while (held_.load(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() {
    revoked_.store(false, std::memory_order_release);  // (V4) pairs with B3
    mutex_.unlock();
  }

  void settle() const {}  // cpu_biased_lock has something to do here

 private:
  std::atomic<bool> held_{false}, revoked_{false};
  bool by_mutex_ = false;  // the biased thread's
  const bool broken_;
  std::mutex mutex_;
};

}  // namespace examples
