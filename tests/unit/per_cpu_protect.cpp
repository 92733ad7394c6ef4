// SPDX-License-Identifier: BSL-1.0
//
// Protection by slots of CPUs, and the overflow slots behind them.
#include <lazyref/atomic_strong_ref.hpp>
#include <lazyref/per_cpu.hpp>

#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/per_cpu_kinds.hpp"
#include "../support/per_cpu_threads.hpp"

#if defined(__unix__)
#include "../support/child.hpp"
#endif

using namespace lazyref_test;
using lazyref::claim_method;
using lazyref::per_cpu_options;
using lazyref::reclaim;
using lazyref::strong_ref;

TEMPLATE_TEST_CASE("a CPU's slot protects what a shared pointer leads to", "", deferred, prompt) {
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(4));
  auto current = domain.make(all, 7U);
  std::atomic<thing*> shared{current.get()};
  {
    auto seen = domain.protect(shared);
    REQUIRE(seen);
    CHECK(seen.get() == current.get());
    CHECK_FALSE(seen.is_counted());
    CHECK(seen.error() == 0);
    CHECK(current.use_count() == 1);
    CHECK(holds_of(*current) == 1);
    shared = nullptr;
    current.reset();
    CHECK(all.torn_down == 1);
    CHECK(all.disposed == 0);
    CHECK(seen->use() == 7);
  }
  CHECK(all.disposed == 1);
  CHECK(domain.stats().attached == 0);
  CHECK(domain.stats().parked == 0);
}

TEST_CASE("null protects nothing") {
  lazyref::per_cpu_domain<thing> domain(options(4));
  const std::atomic<thing*> shared{nullptr};
  const auto seen = domain.protect(shared);
  CHECK_FALSE(seen);
  CHECK(seen.error() == 0);
  CHECK(domain.stats().attached == 0);
}

TEMPLATE_TEST_CASE("when all slots of the CPU are taken, protections go on in overflow slots", "", deferred, prompt) {
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(1));
  const std::size_t of_cpus = domain.stats().slot_count;
  auto current = domain.make(all);
  std::atomic<thing*> shared{current.get()};
  std::vector<lazyref::cpu_claim<thing, TestType::when>> seen;
  for (int i = 0; i < 200; ++i) {
    seen.push_back(domain.protect(shared));
    REQUIRE(seen.back().get() == current.get());
    REQUIRE_FALSE(seen.back().is_counted());
  }
  CHECK(domain.counted() == 0);
  CHECK(domain.stats().attached == 200);
  const std::size_t there = domain.stats().slot_count;
  CHECK(there > of_cpus);

  shared = nullptr;
  current.reset();
  CHECK(domain.stats().parked == 200);
  // In any order.
  while (seen.size() > 1) {
    std::swap(seen[seen.size() / 3], seen.back());
    seen.pop_back();
    REQUIRE(all.disposed == 0);
  }
  seen.clear();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().attached == 0);

  // They are used again.
  auto next = domain.make(all);
  shared = next.get();
  for (int i = 0; i < 200; ++i) seen.push_back(domain.protect(shared));
  CHECK(domain.stats().slot_count == there);
}

TEMPLATE_TEST_CASE("retired objects wait for the protections, and go with the last", "", deferred, prompt) {
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(1));
  std::vector<lazyref::cpu_claim<thing, TestType::when>> seen;
  std::atomic<thing*> shared{nullptr};
  for (int i = 0; i < 20; ++i) {
    auto next = domain.make(all);
    shared = next.get();
    seen.push_back(domain.protect(shared));
    shared = nullptr;
    domain.retire(std::move(next));
  }
  CHECK(domain.flush() == 20);
  CHECK(all.disposed == 0);
  int disposed = 0;
  while (!seen.empty()) {
    seen.pop_back();
    CHECK(all.disposed == ++disposed);
  }
  CHECK(domain.flush() == 0);
}

TEST_CASE("claims and protections share the slots, and a protection can be promoted and handed on") {
  census all;
  lazyref::per_cpu_domain<thing> domain(options(2));
  auto a = domain.make(all);
  auto b = domain.make(all);
  std::atomic<thing*> shared{b.get()};
  auto claimed = domain.claim(a);
  auto seen = domain.protect(shared);
  auto user = strong_ref<thing>::try_from(seen.get());
  CHECK(user == b);
  user.reset();
  shared = nullptr;
  b.reset();
  CHECK_FALSE(strong_ref<thing>::try_from(seen.get()));
  CHECK(all.disposed == 0);
  std::thread([taken = std::move(seen)]() mutable { taken.release(); }).join();
  CHECK(all.disposed == 1);
  a.reset();
  claimed.release();
  CHECK(all.disposed == 2);
}

#if defined(__unix__)

TEST_CASE("in the child of a fork the protections that are named stay") {
  census all;
  lazyref::per_cpu_domain<thing> domain(options(1));
  std::vector<lazyref::cpu_claim<thing>> seen;
  std::atomic<thing*> shared{nullptr};
  for (int i = 0; i < 10; ++i) {
    auto next = domain.make(all, 1U);
    shared = next.get();
    seen.push_back(domain.protect(shared));
    shared = nullptr;
  }
  const child_result child = in_child([&] {
    domain.after_fork_in_child(seen[0], seen[7]);
    expect(all.disposed == 8, "what the others protected is disposed of");
    expect(domain.stats().attached == 2, "and their slots are free");
    expect(seen[0]->use() == 1 && seen[7]->use() == 1, "what was kept is there");
    seen[7].release();
    seen[0].release();
    expect(all.disposed == 10, "until it is released");
    auto next = domain.make(all);
    shared = next.get();
    const auto first = domain.protect(shared);
    const auto second = domain.protect(shared);
    expect(first && second && domain.stats().attached == 2, "the domain goes on working");
    ::_exit(0);
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
  CHECK(all.disposed == 0);
}

#endif

TEMPLATE_TEST_CASE("threads protect what others replace and retire", "", deferred, prompt) {
  census all;
  {
    lazyref::per_cpu_domain<thing, TestType::when> domain(options(1));
    auto first = domain.make(all, 3U);
    std::atomic<thing*> shared{first.get()};
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    for (int t = 0; t < 3; ++t) {
      readers.emplace_back([&] {
        while (!stop.load(std::memory_order_relaxed)) {
          auto outer = domain.protect(shared);
          auto inner = domain.protect(shared);
          if (!outer || !inner || outer->use() != 3 || inner->use() != 3) ++wrong;
        }
      });
    }
    for (int i = 0; i < 2000; ++i) {
      auto next = domain.make(all, 3U);
      shared.store(next.get(), std::memory_order_release);
      if (i % 2 == 0)
        domain.retire(std::exchange(first, std::move(next)));
      else
        first = std::move(next);
    }
    stop = true;
    for (std::thread& t : readers) t.join();
    CHECK(wrong == 0);
  }
  CHECK(all.disposed == all.made);
}

TEST_CASE("a cell gives a user by way of a CPU's slot") {
  census all;
  lazyref::per_cpu_domain<thing> domain(options(1));
  lazyref::atomic_strong_ref<thing> cell(domain.make(all, 3U));
  lazyref::atomic_strong_ref<thing> nothing;
  const auto seen = domain.protect(cell);
  auto mine = cell.load(domain);
  CHECK(mine.get() == seen.get());
  CHECK(mine.use_count() == 2);
  cell.store({});
  CHECK(mine->use() == 3);
  CHECK(all.torn_down == 0);
  mine.reset();
  CHECK(all.torn_down == 1);
  CHECK_FALSE(cell.load(domain));
  CHECK_FALSE(nothing.load(domain));
  CHECK(domain.stats().attached == 1);
}
