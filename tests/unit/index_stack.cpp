// SPDX-License-Identifier: BSL-1.0
//
// The numbers of slots that nobody has, and what it costs to get one.
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <lazyref/detail/base/index_stack.hpp>
#include <lazyref/domain.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/round_limit.hpp"

namespace {

constexpr std::uint32_t size = 8;

// Counts the changes that were tried.
struct counting_sync : lazyref::std_sync {
  static inline int changes;
  template <class T>
  struct atomic : std::atomic<T> {
    constexpr atomic(T value) noexcept : std::atomic<T>(value) {}
    bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure) {
      ++changes;
      return std::atomic<T>::compare_exchange_strong(expected, desired, success, failure);
    }
  };
};

template <class Sync>
struct numbers {
  lazyref::detail::index_stack<Sync> stack;
  std::atomic<std::uint32_t> below[size]{};

  auto links() {
    return [this](std::uint32_t i) -> auto& { return below[i]; };
  }
  bool pop(std::uint32_t& i) { return stack.pop(i, links()); }
  void push(std::uint32_t i) { stack.push(i, links()); }
};

struct object : lazyref::owner<object> {};

}  // namespace

TEST_CASE("numbers come back in reverse, each once, for one change each") {
  numbers<counting_sync> all;
  std::uint32_t i = 99;
  CHECK_FALSE(all.pop(i));
  counting_sync::changes = 0;
  for (std::uint32_t n = 0; n < size; ++n) all.push(n);
  for (std::uint32_t n = size; n-- > 0;) {
    REQUIRE(all.pop(i));
    CHECK(i == n);
  }
  CHECK(counting_sync::changes == 2 * size);
  CHECK_FALSE(all.pop(i));
  all.push(3);
  all.stack.clear();
  CHECK_FALSE(all.pop(i));
}

TEST_CASE("threads never have the same number at a time, and none is lost") {
  numbers<lazyref::std_sync> all;
  std::atomic<int> owners[size]{};
  std::atomic<unsigned> wrong{0};
  for (std::uint32_t n = 0; n < size; ++n) all.push(n);
  std::vector<std::thread> threads;
  lazyref_test::round_limit limit(20000);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (unsigned round = 0; limit.more(round); ++round) {
        std::uint32_t mine[3];
        std::uint32_t has = 0;
        while (has < 3 && all.pop(mine[has])) ++has;
        for (std::uint32_t k = 0; k < has; ++k) wrong += owners[mine[k]].fetch_add(1) != 0;
        for (std::uint32_t k = 0; k < has; ++k) {
          owners[mine[k]].fetch_sub(1);
          all.push(mine[k]);
        }
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
  std::uint32_t i, count = 0;
  while (count <= size && all.pop(i)) ++count;
  CHECK(count == size);
}

TEST_CASE("slots that were given back are attached again before fresh ones, and scans look at no others") {
  lazyref::lazy_domain<object> domain(1000);
  auto first = domain.attach();
  auto second = domain.attach();
  const std::size_t index = second.index();
  second.detach();
  for (int i = 0; i < 100; ++i) CHECK(domain.attach().index() == index);
  domain.make().reset();
  CHECK(domain.stats().scanned == 2);
  first.detach();
  std::vector<decltype(domain.attach())> all;
  while (auto slot = domain.attach()) all.push_back(std::move(slot));
  CHECK(all.size() == 1000);
  CHECK(domain.stats().attached == 1000);
  all.pop_back();
  CHECK(domain.attach());
}
