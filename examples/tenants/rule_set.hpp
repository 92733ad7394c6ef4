// SPDX-License-Identifier: BSL-1.0
//
// The object that slots protect: a tenant's parsed rules; and a record of the reclaimed rule sets.
#pragma once

#include <lazyref/owner.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "rules.hpp"

namespace tenants {

// When the rule sets of one round were reclaimed. Called about a thousand times a second, so a mutex suffices.
class endings {
 public:
  using clock = std::chrono::steady_clock;

  void last_user_left() noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (++retained_ > most_retained_) most_retained_ = retained_;
  }
  void disposed(clock::duration since_last_user) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    --retained_;
    waits_.push_back(since_last_user);
  }

  // Precondition: the round's threads have ended.
  std::size_t most_retained() const noexcept { return most_retained_; }
  const std::vector<clock::duration>& waits() const noexcept { return waits_; }

 private:
  std::mutex mutex_;
  std::size_t retained_ = 0;  // without users, and not disposed of yet
  std::size_t most_retained_ = 0;
  std::vector<clock::duration> waits_;  // from last user to disposal
};

class rule_set : public lazyref::owner<rule_set> {
 public:
  rule_set(std::size_t tenant, rules parsed, endings& log)
      : log_(log), tenant_(static_cast<std::uint32_t>(tenant)), rules_(std::move(parsed)) {}

  // Workers may still use the rule set, so its contents stay intact here.
  void on_last_user() noexcept {
    last_user_left_ = endings::clock::now();
    log_.last_user_left();
  }

  ~rule_set() {
    mark_ = disposed_mark;
    log_.disposed(endings::clock::now() - last_user_left_);
  }

  // Returns false if a worker found a reclaimed rule set, or another tenant's.
  bool serves(std::size_t tenant) const noexcept { return mark_ == alive_mark && tenant_ == tenant; }

  judgement judge(std::string_view line) const noexcept { return rules_.judge(line); }

 private:
  static constexpr std::uint32_t alive_mark = 0x600d5e75;
  static constexpr std::uint32_t disposed_mark = 0xdead5e75;

  endings& log_;
  endings::clock::time_point last_user_left_{};

  // On another cache line than the base's counts: under `refcounted` these are written at every activation, which would
  // slow readers down twice. Volatile, or the compiler would remove the destructor's store.
  alignas(lazyref::cache_line) volatile std::uint32_t mark_ = alive_mark;
  std::uint32_t tenant_;
  rules rules_;
};

}  // namespace tenants
