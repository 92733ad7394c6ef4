// SPDX-License-Identifier: BSL-1.0
//
// The queue of requests that have a step to execute: first in, first out. Each worker takes a batch at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "table.hpp"

namespace router {

// The numbers of the requests that a worker has taken.
struct batch {
  static constexpr std::size_t most = 16;
  std::uint32_t ready[most] = {}, asleep[most] = {};
  std::size_t ready_size = 0, asleep_size = 0;
};

template <class T>
class ring {
 public:
  explicit ring(std::size_t most) : places_(most) {}
  bool is_empty() const noexcept { return size_ == 0; }
  const T& front() const noexcept { return places_[first_]; }
  void push(T value) noexcept {
    const std::size_t place = first_ + size_++;
    places_[place < places_.size() ? place : place - places_.size()] = value;
  }
  T pop() noexcept {
    const T result = front();
    first_ = first_ + 1 == places_.size() ? 0 : first_ + 1;
    --size_;
    return result;
  }

 private:
  std::vector<T> places_;
  std::size_t first_ = 0, size_ = 0;
};

class run_queue {
 public:
  // All requests are ready. A worker takes its share of them at a time, at most a batch.
  run_queue(std::size_t requests, std::size_t workers, clock::duration nap)
      : nap_(nap), share_(requests / (2 * workers)), ready_(requests), asleep_(requests) {
    share_ = share_ == 0 ? 1 : share_ < batch::most ? share_ : batch::most;
    for (std::uint32_t i = 0; i < requests; ++i) ready_.push(i);
  }

  // Puts the worker's requests back, and takes others, or none. All that sleep do so equally long.
  void exchange(batch& mine) {
    const clock::time_point now = clock::now();
    const std::lock_guard<std::mutex> lock(mutex_);
    for (std::size_t i = 0; i < mine.ready_size; ++i) ready_.push(mine.ready[i]);
    for (std::size_t i = 0; i < mine.asleep_size; ++i) asleep_.push({now + nap_, mine.asleep[i]});
    while (!asleep_.is_empty() && asleep_.front().first <= now) ready_.push(asleep_.pop().second);
    mine.ready_size = mine.asleep_size = 0;
    while (mine.ready_size < share_ && !ready_.is_empty()) mine.ready[mine.ready_size++] = ready_.pop();
  }

 private:
  const clock::duration nap_;
  std::size_t share_;
  std::mutex mutex_;
  ring<std::uint32_t> ready_;
  ring<std::pair<clock::time_point, std::uint32_t>> asleep_;
};

}  // namespace router
