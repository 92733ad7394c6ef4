// SPDX-License-Identifier: BSL-1.0
//
// Hand-over, seen through the domain's counters.
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;

TEMPLATE_TEST_CASE("each slot that is on an object gets a hold of its own", "", LAZYREF_TEST_HANDOFF) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(5);
  std::vector<lazyref::lazy_slot<thing, TestType>> slots;
  for (int i = 0; i < 5; ++i) slots.push_back(domain.attach());
  auto a = domain.make(all, 5U);
  for (std::size_t i = 1; i < 4; ++i) slots[i].activate(a);
  a.reset();
  CHECK(domain.stats().handed_over == 3);
  CHECK(domain.stats().parked == 3);
  CHECK(domain.stats().carried == 0);
  CHECK(domain.stats().taken_back == 0);
  CHECK(domain.collect() == 0);  // all of them active
  slots[1].deactivate();
  CHECK(domain.stats().parked == 2);
  slots[2].deactivate();
  CHECK(all.disposed == 0);
  slots[3].deactivate();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().parked == 0);
}

TEMPLATE_TEST_CASE("an object reaches slots that were attached after it was made", "", LAZYREF_TEST_HANDOFF) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(3);
  auto a = domain.make(all, 3U);
  auto early = domain.attach();
  early.activate(a);
  auto late = domain.attach();
  late.activate(a);
  early.detach();
  a.reset();
  CHECK(domain.stats().handed_over == 1);
  CHECK(late.active()->use() == 3);
  late.deactivate();
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("an object can come back to a slot as long as it has users", "", LAZYREF_TEST_HANDOFF) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(2);
  auto slot = domain.attach();
  auto a = domain.make(all, 2U);
  auto b = domain.make(all, 2U);
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(slot.activate(a));
    CHECK_FALSE(slot.activate(b));
  }
  a.reset();
  CHECK(all.disposed == 1);
  b.reset();
  CHECK(all.disposed == 1);
  slot.deactivate();
  CHECK(all.disposed == 2);
}

using stepped = basic_thing<step_sync>;

TEST_CASE("deferred: at most one object per slot is retained, however often the worker slips away") {
  census all;
  {
    stepping steps;
    lazyref::lazy_domain<stepped> domain(2);
    auto slot = domain.attach();
    auto idle = domain.attach();
    for (int i = 0; i < 20; ++i) {
      auto a = domain.make(all);
      slot.activate(a);
      CHECK(all.alive() == 1);  // the one before went with this move
      steps.before(step::exchange, nullptr, 1, [&] { slot.deactivate(); });
      a.reset();
      CHECK(domain.stats().parked == 1);
      CHECK(all.alive() == 1);
    }
    CHECK(steps.all_ran());
    slot.poll();
    CHECK(all.alive() == 0);
  }
}

TEST_CASE("what is parked in a slot without a worker goes with the next attach, a collect, or the domain") {
  census all;
  {
    stepping steps;
    lazyref::lazy_domain<stepped> domain(1);
    auto slot = domain.attach();
    auto a = domain.make(all);
    slot.activate(a);
    steps.before(step::exchange, nullptr, 1, [&] { slot.detach(); });
    a.reset();
    CHECK(steps.all_ran());
    CHECK(domain.stats().attached == 0);
    CHECK(domain.stats().parked == 1);
    CHECK(all.disposed == 0);
    SECTION("attach") {
      slot = domain.attach();
      CHECK(all.disposed == 1);
      CHECK(slot.active() == nullptr);
    }
    SECTION("collect") {
      CHECK(domain.collect() == 1);
      CHECK(all.disposed == 1);
      CHECK(domain.collect() == 0);
    }
    SECTION("the end of the domain") {}
  }
  CHECK(all.disposed == 1);
}
