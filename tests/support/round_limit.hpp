// SPDX-License-Identifier: BSL-1.0
//
// Ends a loop of many rounds when its time is over, and then says how many there were: a busy machine makes fewer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>

namespace lazyref_test {

class round_limit {
 public:
  explicit round_limit(unsigned most, std::chrono::seconds time = std::chrono::seconds(5))
      : most_(most), end_(clock::now() + time) {}
  round_limit(const round_limit&) = delete;
  round_limit& operator=(const round_limit&) = delete;
  ~round_limit() {
    if (ended_at_ != most_) std::printf("%u of %u rounds, in the time that there is\n", ended_at_.load(), most_);
  }

  // Whether there is a round after so many; there is a first one. Who may call: any thread.
  bool more(unsigned done) {
    if (done >= most_) return false;
    if (done == 0 || clock::now() < end_) return true;
    ended_at_.store(done, std::memory_order_relaxed);
    return false;
  }

 private:
  using clock = std::chrono::steady_clock;
  const unsigned most_;
  const clock::time_point end_;
  std::atomic<unsigned> ended_at_{most_};
};

}  // namespace lazyref_test
