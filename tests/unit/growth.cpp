// SPDX-License-Identifier: BSL-1.0
//
// Domains that add slots when all are taken: slot_growth::chunks.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;
using lazyref::candidates;
using lazyref::policy;
using lazyref::reclaim;
using lazyref::slot_growth;

namespace {

template <reclaim When, policy How = policy::handoff, candidates Where = candidates::all>
using growing = lazyref::domain_options<How, When, Where, lazyref::default_retire_batch, lazyref::default_retire_bytes,
                                        slot_growth::chunks>;

struct record {
  std::uint32_t index = 0;
};
using chunks = lazyref::detail::slot_chunks<record, lazyref::std_sync>;

struct by_name : lazyref::domain_options<> {
  static constexpr auto growth = slot_growth::chunks;
};
struct three_wait : lazyref::domain_options<> {
  static constexpr std::size_t batch = 3, bytes = 100;
};

}  // namespace

TEMPLATE_TEST_CASE("a growing domain has a slot for each who asks", "", growing<reclaim::deferred>,
                   growing<reclaim::prompt>, (growing<reclaim::deferred, policy::refcounted>),
                   (growing<reclaim::deferred, policy::handoff, candidates::custom>), by_name) {
  for (const std::size_t first : {0U, 1U, 3U, 16U}) {
    lazyref::lazy_domain<thing, TestType> domain(first);
    CHECK(domain.stats().slot_count >= first);
    std::set<std::size_t> numbers;
    std::vector<lazyref::lazy_slot<thing, TestType>> slots;
    for (int i = 0; i < 1000; ++i) {
      slots.push_back(domain.attach());
      REQUIRE(slots.back());
      numbers.insert(slots.back().index());
    }
    CHECK(numbers.size() == 1000);
    CHECK(*numbers.rbegin() == 999);
    const std::size_t there = domain.stats().slot_count;
    CHECK(there >= 1000);
    CHECK(domain.stats().attached == 1000);

    // What is given back is handed out again.
    slots.clear();
    CHECK(domain.stats().attached == 0);
    for (int i = 0; i < 1000; ++i) slots.push_back(domain.attach());
    CHECK(domain.stats().slot_count == there);
  }
}

TEMPLATE_TEST_CASE("objects are handed over to slots that were added", "", growing<reclaim::deferred>,
                   growing<reclaim::prompt>, by_name) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  std::vector<lazyref::lazy_slot<thing, TestType>> slots;
  for (int i = 0; i < 40; ++i) slots.push_back(domain.attach());
  SECTION("activated") {
    for (auto& slot : slots) {
      auto object = domain.make(all);
      slot.activate(object);
    }
  }
  SECTION("protected, and retired") {
    for (auto& slot : slots) {
      auto object = domain.make(all);
      std::atomic<thing*> shared{object.get()};
      REQUIRE(slot.protect(shared) == object.get());
      shared = nullptr;
      domain.retire(std::move(object));
    }
    CHECK(domain.flush() == slots.size());
  }
  CHECK(all.disposed == 0);
  CHECK(domain.stats().parked == slots.size());
  int disposed = 0;
  for (auto& slot : slots) {
    slot.detach();
    ++disposed;
    CHECK(all.disposed == disposed);
  }
}

TEST_CASE("a kick names a slot that was added") {
  using options = growing<reclaim::deferred, policy::shootdown>;
  struct kicked {
    std::size_t slot = 0;
    int times = 0;
  } last;
  lazyref::lazy_domain<thing, options> domain(1, {[](void* context, std::size_t slot) noexcept {
                                                    static_cast<kicked*>(context)->slot = slot;
                                                    ++static_cast<kicked*>(context)->times;
                                                  },
                                                  &last});
  census all;
  std::vector<lazyref::lazy_slot<thing, options>> slots;
  for (int i = 0; i < 20; ++i) slots.push_back(domain.attach());
  auto object = domain.make(all);
  slots[17].activate(object);
  object.reset();
  CHECK(last.times == 1);
  CHECK(last.slot == slots[17].index());
}

TEST_CASE("threads that attach to a growing domain at the same time get different slots") {
  for (int round = 0; round < 50; ++round) {
    lazyref::lazy_domain<thing, by_name> domain(1);
    constexpr int workers = 4, each = 20;
    std::vector<lazyref::lazy_slot<thing, by_name>> slots(workers * each);
    std::vector<std::thread> threads;
    for (int w = 0; w < workers; ++w) {
      threads.emplace_back([&, w] {
        for (int i = 0; i < each; ++i) slots[static_cast<std::size_t>(w * each + i)] = domain.attach();
      });
    }
    for (std::thread& t : threads) t.join();
    std::set<std::size_t> numbers;
    for (auto& slot : slots) {
      REQUIRE(slot);
      numbers.insert(slot.index());
    }
    REQUIRE(numbers.size() == slots.size());
    REQUIRE(domain.stats().attached == slots.size());
  }
}

TEST_CASE("a growing domain in the child of a fork takes back slots of all chunks") {
  // As in fork.cpp, but without one: this process is the child.
  census all;
  lazyref::lazy_domain<thing, by_name> domain(2);
  std::vector<lazyref::lazy_slot<thing, by_name>> slots;
  for (int i = 0; i < 30; ++i) slots.push_back(domain.attach());
  for (auto& slot : slots) {
    auto object = domain.make(all);
    slot.activate(object);
  }
  domain.after_fork_in_child(slots[20]);
  CHECK(all.disposed == static_cast<int>(slots.size()) - 1);
  CHECK(domain.stats().attached == 1);
  CHECK(slots[20]);
  CHECK_FALSE(slots[19]);
}

TEST_CASE("more slots than there can be are refused, and the last index is no index") {
  chunks one(chunks::bits_for(1)), all(chunks::bits_for(SIZE_MAX));
  for (const chunks* c : {&one, &all}) {
    CHECK_FALSE(c->has(0));
    CHECK_FALSE(c->has(SIZE_MAX));
    CHECK_FALSE(c->has(c->limit()));
    CHECK(c->size() == 0);
  }
  CHECK(one.limit() == (std::size_t{1} << 31) - 1);
  CHECK(all.limit() == std::size_t{1} << 30);
  const auto nothing = [](std::size_t) -> record* { return nullptr; };
  CHECK(one.provide(SIZE_MAX, nothing) == chunks::provided::not_at_all);
}

TEST_CASE("where memory is refused while somebody else adds a chunk, its slots are handed out") {
  chunks slots(0);
  const auto other = [](std::size_t n) { return new record[n]; };
  CHECK(slots.provide(0, [&](std::size_t) -> record* {
    CHECK(slots.provide(0, other) == chunks::provided::now);
    return nullptr;
  }) == chunks::provided::before);
  CHECK(slots.has(0));
  CHECK_FALSE(slots.has(1));
}

TEST_CASE("a chunk that is seen before the one in front of it counts") {
  chunks slots(0);
  CHECK(slots.provide(2, [](std::size_t n) { return new record[n]; }) == chunks::provided::now);
  CHECK(slots.has(1));
  CHECK(slots.has(2));
  CHECK_FALSE(slots.has(3));
  CHECK(slots.size() == 3);
  CHECK(slots.size_with(2) == 3);
}

TEST_CASE("a number of retired objects without a limit is one") {
  struct endless : lazyref::domain_options<lazyref::policy::handoff, reclaim::deferred, candidates::all, SIZE_MAX> {};
  census all;
  lazyref::lazy_domain<still_thing, endless> domain(1);
  for (int i = 0; i < 1000; ++i) domain.retire(domain.make(all));
  CHECK(domain.stats().retired == 1000);
  CHECK(domain.retire_bound() > 1000);
  CHECK(domain.flush() == 0);
}

TEST_CASE("what waits can be chosen by name") {
  census all;
  lazyref::lazy_domain<still_thing, three_wait> domain(1);
  for (int i = 0; i < 2; ++i) domain.retire(domain.make(all));
  CHECK(domain.stats().retired == 2);
  domain.retire(domain.make(all));
  CHECK(domain.stats().retired == 0);
  domain.retire(domain.make(all), 99);
  CHECK(domain.stats().retired == 1);
  domain.retire(domain.make(all), 1);
  CHECK(domain.stats().retired == 0);
}
