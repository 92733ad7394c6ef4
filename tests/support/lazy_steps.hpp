// SPDX-License-Identifier: BSL-1.0
//
// A Sync policy that calls a function of the test just before the n-th operation of a kind on the words of a slot. So one
// thread plays several, and a schedule is a sequence of calls, the same in every run.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <lazyref/sync.hpp>

namespace lazyref_test {

enum class step : unsigned char { load, store, exchange, compare_exchange, light, heavy };

class stepping {
 public:
  stepping() { current() = this; }
  stepping(const stepping&) = delete;
  stepping& operator=(const stepping&) = delete;
  ~stepping() { current() = nullptr; }

  // Before the n-th `what` from now, on `where` (null: on any word), calls `then`, once. `then` must not throw.
  void before(step what, const void* where, int n, std::function<void()> then) {
    pending_.push_back({what, where, n, std::move(then)});
  }
  // Returns the count so far.
  int count(step what) const { return counts_[static_cast<std::size_t>(what)]; }
  bool all_ran() const {
    for (const planned& p : pending_) {
      if (p.n > 0) return false;
    }
    return true;
  }

  // Cancels the functions that have not been called.
  void stop() { pending_.clear(); }

  static void reached(step what, const void* where) {
    if (current() != nullptr) current()->run(what, where);
  }

 private:
  struct planned {
    step what;
    const void* where;
    int n;
    std::function<void()> then;
  };

  static stepping*& current() {
    static stepping* one = nullptr;
    return one;
  }

  void run(step what, const void* where) {
    ++counts_[static_cast<std::size_t>(what)];
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      planned& p = pending_[i];
      if (p.what != what || (p.where != nullptr && p.where != where) || --p.n != 0) continue;
      const std::function<void()> then = p.then;  // `then` may plan more
      then();
    }
  }

  std::vector<planned> pending_;
  std::array<int, 6> counts_{};
};

struct step_sync : lazyref::std_sync {
  static constexpr std::memory_order strongest = std::memory_order_seq_cst;
  static std::size_t cpus() noexcept { return 1; }
  static std::uintptr_t now() noexcept { return 0; }

  template <class T>
  class atomic : public std::atomic<T> {
    using base = std::atomic<T>;

   public:
    using base::base;
    atomic() noexcept = default;

    T load(std::memory_order order = strongest) const noexcept {
      reached(step::load);
      return base::load(order);
    }
    void store(T value, std::memory_order order = strongest) noexcept {
      reached(step::store);
      base::store(value, order);
    }
    T exchange(T value, std::memory_order order = strongest) noexcept {
      reached(step::exchange);
      return base::exchange(value, order);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure) noexcept {
      reached(step::compare_exchange);
      return base::compare_exchange_strong(expected, value, success, failure);
    }

   private:
    void reached(step what) const {
      if constexpr (std::is_pointer_v<T>) stepping::reached(what, this);
    }
  };

  struct fence : lazyref::std_sync::fence {
    void light(std::memory_order order) const noexcept {
      stepping::reached(step::light, nullptr);
      lazyref::std_sync::fence::light(order);
    }
    void heavy(std::memory_order order) const noexcept {
      stepping::reached(step::heavy, nullptr);
      lazyref::std_sync::fence::heavy(order);
    }
    bool try_heavy(std::memory_order order) const noexcept {
      stepping::reached(step::heavy, nullptr);
      return lazyref::std_sync::fence::try_heavy(order);
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }

  // Full fences, on the fast path too. Separate tests cover the phase before light fences are known to be free.
  struct slot_fence {
    static constexpr bool light_is_full() noexcept { return true; }
    static void light(std::memory_order) noexcept {
      stepping::reached(step::light, nullptr);
      full_fence();
    }
    static void strong_light(std::memory_order order) noexcept { light(order); }
    static bool is_known_free() noexcept { return true; }
    static bool learn() noexcept { return true; }
    template <class Fence>
    static void belong_to(const Fence&) noexcept {}
  };
};

}  // namespace lazyref_test
