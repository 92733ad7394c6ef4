// SPDX-License-Identifier: BSL-1.0
//
// The ways that those of ways.hpp are compared with; ways.hpp has the interface.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "table.hpp"

namespace router {

struct stateless {
  static void idle(std::size_t) noexcept {}
};

// Two read-modify-writes for the mutex, two for the count.
class by_mutex : public stateless {
 public:
  static constexpr const char* name = "mutex + shared_ptr";
  using held = std::shared_ptr<const table>;
  explicit by_mutex(std::size_t) {}

  void begin(held& mine, std::size_t) {
    const std::lock_guard<std::mutex> lock(mutex_);
    mine = current_;
  }
  static void end(held& mine) noexcept { mine.reset(); }

  table* replace(ledger& account, std::uint64_t version) {
    auto next = std::make_shared<table>(account, version);
    table* const result = next.get();
    const std::lock_guard<std::mutex> lock(mutex_);
    std::swap(current_, next);
    return result;  // The lock is released first, then the old table's reference.
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<table> current_;
};

// The standard library's form, which has a lock inside, too.
class by_atomic_shared : public stateless {
 public:
  static constexpr const char* name = "atomic shared_ptr";
  using held = std::shared_ptr<const table>;
  explicit by_atomic_shared(std::size_t) {}
  static void end(held& mine) noexcept { mine.reset(); }

  table* replace(ledger& account, std::uint64_t version) {
    auto next = std::make_shared<table>(account, version);
    table* const result = next.get();
    store(std::move(next));
    return result;
  }

#if defined(__cpp_lib_atomic_shared_ptr)
  void begin(held& mine, std::size_t) { mine = current_.load(std::memory_order_acquire); }

 private:
  void store(std::shared_ptr<table> next) { current_.store(std::move(next), std::memory_order_release); }
  std::atomic<std::shared_ptr<table>> current_;
#else
  void begin(held& mine, std::size_t) { mine = std::atomic_load_explicit(&current_, std::memory_order_acquire); }

 private:
  void store(std::shared_ptr<table> next) {
    std::atomic_store_explicit(&current_, std::move(next), std::memory_order_release);
  }
  std::shared_ptr<table> current_;
#endif
};

// The baseline: the queue and the lookups alone. A bare pointer is correct only because no table is destroyed before the
// end. With Broken, a table is poisoned when it is replaced, as if it were destroyed then.
template <bool Broken>
class by_nothing : public stateless {
 public:
  static constexpr const char* name = "a bare pointer";
  using held = const table*;
  explicit by_nothing(std::size_t) {}

  void begin(held& mine, std::size_t) const noexcept { mine = current_.load(std::memory_order_acquire); }
  static void end(held& mine) noexcept { mine = nullptr; }

  table* replace(ledger& account, std::uint64_t version) {
    all_.push_back(std::make_unique<table>(account, version));
    table* const old = current_.exchange(all_.back().get(), std::memory_order_acq_rel);
    if (Broken && old != nullptr) old->poison();
    return all_.back().get();
  }

 private:
  std::atomic<table*> current_{nullptr};
  std::vector<std::unique_ptr<table>> all_;
};

}  // namespace router
