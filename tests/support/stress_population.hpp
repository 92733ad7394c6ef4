// SPDX-License-Identifier: BSL-1.0
//
// Shared by the stress programs of the domains: objects at few addresses, shared pointers to them, and the invariants of
// their number, during the run and in quiet (while no call is running).
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "stress_crew.hpp"

#include <lazyref/domain.hpp>

namespace stress {

// Relaxed, so that they order nothing for the race detector.
struct census {
  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> gone{0};  // objects whose last user has left
  std::atomic<std::uint64_t> disposed{0};
};
inline census* counts = nullptr;

// A bound on the number of concurrent calls that drop objects: for each thread, the deepest nesting. (A disposer may retire
// further objects, so calls nest.)
inline std::atomic<unsigned> calls_at_once{0};
class call {
 public:
  call() {
    if (++depth() <= deepest()) return;
    ++deepest();
    calls_at_once.fetch_add(1, std::memory_order_relaxed);
  }
  ~call() { --depth(); }
  call(const call&) = delete;
  call& operator=(const call&) = delete;

 private:
  static unsigned& depth() {
    static thread_local unsigned n = 0;
    return n;
  }
  static unsigned& deepest() {
    static thread_local unsigned n = 0;
    return n;
  }
};

// The library's policy, but a thread may lose the CPU before each of its steps on a slot. Then schedules that need two
// preemptions at certain places are frequent, even on few CPUs.
struct jittery_sync : lazyref::std_sync {
  template <class T>
  class atomic : public std::atomic<T> {
    using base = std::atomic<T>;

   public:
    using base::base;
    atomic() noexcept = default;

    T load(std::memory_order order) const noexcept {
      strike();
      return base::load(order);
    }
    void store(T value, std::memory_order order) noexcept {
      strike();
      base::store(value, order);
    }
    T exchange(T value, std::memory_order order) noexcept {
      strike();
      return base::exchange(value, order);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure) noexcept {
      strike();
      return base::compare_exchange_strong(expected, value, success, failure);
    }

   private:
    static void strike() {
      if constexpr (std::is_pointer_v<T>) {
        if (dice.one_in(16)) widen();
      }
    }
  };
};

// Sync: std_sync, jittery_sync, or one with a planted bug.
template <std::size_t Addresses, class Sync = lazyref::std_sync>
class object : public lazyref::owner<object<Addresses, Sync>, Sync>, public contents {
  static constexpr std::size_t size = sizeof(std::uint64_t) * 16;

 public:
  using reference = lazyref::strong_ref<object>;

  explicit object(std::uint64_t id) noexcept : contents(id), made_as_(id) {
    static_assert(sizeof(object) <= size, "the pool's cells are too small");
    counts->made.fetch_add(1, std::memory_order_relaxed);
  }
  ~object() {
    check(made_as_);
    if (kept_) how_(context_, std::move(kept_));
    counts->disposed.fetch_add(1, std::memory_order_relaxed);
  }

  static pool<size, Addresses>& memory() {
    static pool<size, Addresses> one;
    return one;
  }
  static void* operator new(std::size_t) { return memory().take(); }
  static void operator delete(void* address) noexcept { memory().put(address); }

  template <class Domain>
  static reference make(Domain& domain, std::uint64_t id) {
    return domain.adopt(new object(id));
  }
  static void dispose(object* o) noexcept { delete o; }

  void on_last_user() noexcept {
    check(made_as_);
    is_gone_.store(true, std::memory_order_relaxed);
    counts->gone.fetch_add(1, std::memory_order_relaxed);
  }
  // Relaxed: orders nothing for the race detector.
  bool is_gone() const { return is_gone_.load(std::memory_order_relaxed); }

  // When this object is disposed of, it drops that one, by `how`.
  void keep(reference another, void (*how)(void*, reference&&) noexcept, void* context) {
    kept_ = std::move(another);
    how_ = how;
    context_ = context;
  }

 private:
  std::uint64_t made_as_;
  reference kept_;
  void (*how_)(void*, reference&&) noexcept = nullptr;
  void* context_ = nullptr;
  std::atomic<bool> is_gone_{false};
};

// A shared pointer, and the user that it stands for.
template <class T>
class place {
 public:
  using pointer_type = typename T::lazyref_sync_type::template atomic<T*>;

  const pointer_type& pointer() const { return pointer_; }
  lazyref::strong_ref<T> copy() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return reference_;
  }
  // The caller drops the previous object, without the lock.
  lazyref::strong_ref<T> replace(lazyref::strong_ref<T> by) {
    const std::lock_guard<std::mutex> lock(mutex_);
    pointer_.store(by.get(), std::memory_order_release);
    reference_.swap(by);
    return by;
  }

 private:
  pointer_type pointer_{nullptr};
  std::mutex mutex_;
  lazyref::strong_ref<T> reference_;
};

// The objects that a worker uses, for checks in quiet: of the objects without users, exactly these are retained.
template <class T>
struct in_use {
  const T* objects[4] = {};
  unsigned size = 0;

  void clear() { size = 0; }
  void add(const T* o) {
    if (o != nullptr) objects[size++] = o;
  }
};

class population {
 public:
  population() { counts = &census_; }
  ~population() { counts = nullptr; }
  population(const population&) = delete;
  population& operator=(const population&) = delete;

  std::uint64_t next_id() { return ids_.fetch_add(1, std::memory_order_relaxed); }

  // During the run. Loads `gone` first: a disposal in between makes the number smaller, never larger.
  void sample() {
    const std::uint64_t gone = census_.gone.load(std::memory_order_acquire);
    const std::uint64_t disposed = census_.disposed.load(std::memory_order_acquire);
    if (gone > disposed) most_ = std::max(most_, gone - disposed);
    ++samples_;
  }
  std::uint64_t most() const { return most_; }
  std::uint64_t samples() const { return samples_; }

  std::uint64_t retained() const { return census_.gone.load() - census_.disposed.load(); }

  // In quiet, after handoffs were taken back: of the objects without users, exactly those in use are retained.
  template <class T, class Workers>
  void expect_only_what_is_in_use(const Workers& workers, const char* what) {
    std::vector<const T*> used;
    for (const auto& w : workers) used.insert(used.end(), w.using_now.objects, w.using_now.objects + w.using_now.size);
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    const auto expected = std::count_if(used.begin(), used.end(), [](const T* o) { return o->is_gone(); });
    const std::uint64_t got = retained();
    if (got != static_cast<std::uint64_t>(expected)) {
      std::printf("%llu are retained, and %lld of them are in use\n", ull(got), static_cast<long long>(expected));
      wrong(what);
    }
    most_in_quiet_ = std::max(most_in_quiet_, got);
  }
  std::uint64_t most_in_quiet() const { return most_in_quiet_; }

  // At the end of the run.
  template <class T, class Domain>
  void expect_nothing_left(const Domain& domain) const {
    const std::uint64_t made = census_.made.load();
    const lazyref::domain_stats stats = domain.stats();
    expect(made == census_.gone.load(), "an object's last user was never seen, or seen twice");
    expect(made == census_.disposed.load(), "an object is left over, or was disposed of twice");
    expect(T::memory().in_use() == 0, "an address is left over");
    expect(stats.made == made && stats.disposed == made && stats.reclaimed == made, "the domain counts wrong");
    expect(stats.parked == 0 && stats.attached == 0 && stats.retired == 0, "a slot or the list is not empty");
    expect(stats.carried <= stats.handed_over, "more was carried than handed over");
  }
  std::uint64_t made() const { return census_.made.load(); }
  std::uint64_t disposed() const { return census_.disposed.load(); }

 private:
  census census_;
  std::atomic<std::uint64_t> ids_{1};
  std::uint64_t samples_ = 0;
  std::uint64_t most_ = 0;
  std::uint64_t most_in_quiet_ = 0;
};

// Initialises the fence, and returns its reason. A build that requires membarrier ends here if there is none: skipped.
inline const char* fence_or_skip() {
  lazyref::set_fatal_handler([](const char* message, int) noexcept {
    std::printf("SKIPPED: %s\n", message);
    std::fflush(stdout);
    std::_Exit(77);
  });
  const char* const reason = lazyref::fence_initialize().reason;
  lazyref::set_fatal_handler(nullptr);
  return reason;
}

}  // namespace stress
