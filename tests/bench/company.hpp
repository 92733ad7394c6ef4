// SPDX-License-Identifier: BSL-1.0
//
// Threads that are there while something is measured: in a process of one thread a heavy fence is free, and one that
// interrupts a running thread costs more than one that finds it asleep.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "host.hpp"

namespace bench {

// `running` threads that spin, on the CPUs after the first, and `asleep` threads that wait. Its constructor returns
// when all of them are there. While there are running ones, the thread that made it stays on the first CPU.
class company {
 public:
  company(unsigned running, unsigned asleep) {
#if defined(__linux__)
    if (running != 0 && ::sched_getaffinity(0, sizeof before_, &before_) == 0) {
      is_moved_ = true;
      pin_to(0);
    }
#endif
    for (unsigned i = 0; i < running; ++i) {
      threads_.emplace_back([this, i] {
        pin_to(1 + i);
        here_.fetch_add(1, std::memory_order_relaxed);
        while (!over_.load(std::memory_order_relaxed)) {
        }
      });
    }
    for (unsigned i = 0; i < asleep; ++i) {
      threads_.emplace_back([this] {
        std::unique_lock<std::mutex> guard(lock_);
        here_.fetch_add(1, std::memory_order_relaxed);
        end_.wait(guard, [this] { return over_.load(std::memory_order_relaxed); });
      });
    }
    while (here_.load(std::memory_order_relaxed) != running + asleep) std::this_thread::yield();
    // Who counted itself under the lock and has given the lock back, waits.
    const std::lock_guard<std::mutex> guard(lock_);
  }
  ~company() {
    {
      const std::lock_guard<std::mutex> guard(lock_);
      over_.store(true, std::memory_order_relaxed);
    }
    end_.notify_all();
    for (std::thread& t : threads_) t.join();
#if defined(__linux__)
    if (is_moved_) ::sched_setaffinity(0, sizeof before_, &before_);
#endif
  }
  company(const company&) = delete;
  company& operator=(const company&) = delete;

 private:
#if defined(__linux__)
  cpu_set_t before_;  // where the maker may run otherwise
  bool is_moved_ = false;
#endif
  std::mutex lock_;
  std::condition_variable end_;
  std::atomic<bool> over_{false};
  std::atomic<unsigned> here_{0};
  std::vector<std::thread> threads_;
};

}  // namespace bench
