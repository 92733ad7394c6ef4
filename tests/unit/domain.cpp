// SPDX-License-Identifier: BSL-1.0
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

TEST_CASE("a domain has the slots that it was given, and says so when all are taken") {
  lazyref::lazy_domain<thing> domain(2);
  auto a = domain.attach();
  auto b = domain.attach();
  CHECK(a);
  CHECK(b);
  CHECK(a.index() != b.index());
  CHECK(a.index() < 2);
  CHECK(b.index() < 2);
  auto c = domain.attach();
  CHECK_FALSE(c);
  CHECK(domain.stats().slot_count == 2);
  CHECK(domain.stats().attached == 2);

  const std::size_t given_back = a.index();
  a.detach();
  CHECK(domain.stats().attached == 1);
  c = domain.attach();
  REQUIRE(c);
  CHECK(c.index() == given_back);
}

TEST_CASE("threads that attach at the same time get different slots, and as many as there are") {
  constexpr int threads = 4;
  lazyref::lazy_domain<thing> domain(3);
  for (int round = 0; round < 100; ++round) {
    std::vector<lazyref::lazy_slot<thing>> slots(threads);
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&domain, &mine = slots[static_cast<std::size_t>(i)]] { mine = domain.attach(); });
    }
    for (std::thread& t : workers) t.join();
    std::set<std::size_t> numbers;
    for (const auto& slot : slots) {
      if (slot) numbers.insert(slot.index());
    }
    REQUIRE(numbers == std::set<std::size_t>{0, 1, 2});
    REQUIRE(domain.stats().attached == 3);
  }
}

TEMPLATE_TEST_CASE("a domain without slots is always full and still makes objects", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(0);
  CHECK_FALSE(domain.attach());
  domain.make(all).reset();
  CHECK(domain.collect() == 0);
  CHECK(all.disposed == 1);
}

TEST_CASE("an object that cannot be made leaves the domain as it was") {
  struct refusing : lazyref::owner<refusing> {
    explicit refusing(bool refuse) {
      if (refuse) throw std::runtime_error("refused");
    }
  };
  lazyref::lazy_domain<refusing> domain(1);
  CHECK_THROWS_AS(domain.make(true), std::runtime_error);
  CHECK(domain.stats().made == 0);
  domain.make(false).reset();
  CHECK(domain.stats().made == 1);
  CHECK(domain.stats().disposed == 1);
}

TEST_CASE("make forwards its arguments") {
  struct keeper : lazyref::owner<keeper> {
    keeper(std::unique_ptr<int> p, int& r) : owned(std::move(p)), referred(&r) {}
    std::unique_ptr<int> owned;
    int* referred;
  };
  int there = 1;
  lazyref::lazy_domain<keeper> domain(1);
  auto a = domain.make(std::make_unique<int>(7), there);
  CHECK(*a->owned == 7);
  CHECK(a->referred == &there);
}

TEST_CASE("an adopted object is one user's") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto a = domain.adopt(new thing(all));
  CHECK(a.use_count() == 1);
  CHECK(domain.stats().made == 1);
  a.reset();
  CHECK(all.disposed == 1);
}

TEST_CASE("domains of one type do not know each other's slots") {
  census all;
  lazyref::lazy_domain<thing> one(1);
  lazyref::lazy_domain<thing> other(1);
  auto slot = one.attach();
  auto far = other.attach();
  auto a = one.make(all);
  auto b = other.make(all);
  slot.activate(a);
  far.activate(b);
  a.reset();
  CHECK(one.stats().parked == 1);
  CHECK(other.stats().parked == 0);
  CHECK(other.collect() == 0);
  far.deactivate();
  CHECK(all.disposed == 0);
  slot.deactivate();
  CHECK(all.disposed == 1);
}

TEST_CASE("the names that are fixed have the types that are fixed") {
  using domain = lazyref::lazy_domain<thing>;
  STATIC_REQUIRE(std::is_same_v<domain::slot_type, lazyref::lazy_slot<thing>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::size_t, domain>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<domain>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<domain>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<domain&>().attach()), lazyref::lazy_slot<thing>>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<const domain&>().stats()), lazyref::domain_stats>);
}
