// SPDX-License-Identifier: BSL-1.0
//
// A routing table whose every entry shows its version, and a record of the lifetimes of a run's tables.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace router {

using clock = std::chrono::steady_clock;

// A bijection that looks random.
inline std::uint64_t scramble(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class ledger {
 public:
  // Who may call: the control thread. After close, ages are fixed: a table that is alive then counts with its age then.
  void created() noexcept { ++made_; }
  void close() noexcept { closed_.store(clock::now(), std::memory_order_relaxed); }

  // Who may call: any thread that destroys a table. A table that was never replaced has no age.
  void destroyed(clock::time_point replaced) {
    const clock::time_point now = std::min(clock::now(), closed_.load(std::memory_order_relaxed));
    const std::lock_guard<std::mutex> lock(mutex_);
    ++destroyed_;
    if (replaced != clock::time_point())
      ages_.push_back(std::chrono::duration<double>(std::max(now, replaced) - replaced).count());
  }

  // Returns the quantile of the ages. Precondition: all threads have ended.
  double age(double part) {
    if (ages_.empty()) return 0;
    std::sort(ages_.begin(), ages_.end());
    const auto rank = static_cast<std::size_t>(part * static_cast<double>(ages_.size()));
    return ages_[std::min(rank, ages_.size() - 1)];
  }
  bool is_even() const noexcept { return made_ == destroyed_; }
  std::size_t made() const noexcept { return made_; }
  std::size_t destroyed() const noexcept { return destroyed_; }

 private:
  std::size_t made_ = 0, destroyed_ = 0;
  std::atomic<clock::time_point> closed_{clock::time_point::max()};
  std::mutex mutex_;
  std::vector<double> ages_;  // seconds from replacement to destruction
};

class table {
 public:
  static constexpr std::size_t size = 1024;

  table(ledger& account, std::uint64_t version) : account_(account), version_(version), routes_(size) {
    for (std::size_t i = 0; i < size; ++i) routes_[i] = {i, table::hop(i, version)};
    account_.created();
  }
  ~table() {
    poison();
    account_.destroyed(replaced_);
  }
  table(const table&) = delete;
  table& operator=(const table&) = delete;

  std::uint64_t version() const noexcept { return version_; }
  // A lookup: returns whether the route is the one of that version.
  bool is_correct(std::uint64_t key, std::uint64_t version) const noexcept {
    const auto destination = static_cast<std::size_t>(key % size);
    const route& found = routes_[destination];
    return mark_.load(std::memory_order_relaxed) == alive && found.destination == destination &&
           found.hop == table::hop(destination, version);
  }

  // Who may call: the control thread, before it replaces this table.
  void note_replacement() noexcept { replaced_ = clock::now(); }
  void poison() noexcept { mark_.store(0xdead7ab1e, std::memory_order_relaxed); }

 private:
  struct route {
    std::uint64_t destination, hop;
  };
  static constexpr std::uint64_t alive = 0x600d7ab1e;
  static std::uint64_t hop(std::uint64_t destination, std::uint64_t version) noexcept {
    return scramble(destination ^ (version << 32));
  }

  ledger& account_;
  const std::uint64_t version_;
  std::vector<route> routes_;
  clock::time_point replaced_{};
  std::atomic<std::uint64_t> mark_{alive};
};

}  // namespace router
