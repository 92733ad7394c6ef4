// SPDX-License-Identifier: BSL-1.0
//
// What a domain's user can observe is the same whatever the options.
#include <mutex>
#include <thread>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_replaced.hpp"

using namespace lazyref_test;

TEMPLATE_TEST_CASE("an object stays usable while a slot is on it, and no longer", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(4);
  auto slot = domain.attach();
  auto a = domain.make(all, 4U);
  auto b = domain.make(all, 4U);
  CHECK(slot.active() == nullptr);
  CHECK_FALSE(slot.activate(a));
  CHECK(slot.active() == a.get());
  CHECK(slot.activate(a));

  a.reset();
  CHECK(all.torn_down == 1);
  CHECK(all.disposed == 0);
  CHECK(slot.active()->use() == 4);
  slot.poll();
  CHECK(all.disposed == 0);

  SECTION("deactivate ends it") { slot.deactivate(); }
  SECTION("another object ends it") { CHECK_FALSE(slot.activate(b)); }
  SECTION("detach ends it") { slot.detach(); }
  SECTION("assignment ends it") { slot = domain.attach(); }
  CHECK(all.disposed == 1);
  CHECK(b.use_count() == 1);
  slot.detach();
  b.reset();
  CHECK(all.disposed == 2);
  CHECK(all.torn_down == 2);
  CHECK(all.disorder == 0);
}

TEMPLATE_TEST_CASE("an object that no slot is on is disposed of by its last user", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(4);
  auto slot = domain.attach();
  auto a = domain.make(all, 4U);
  SECTION("never activated") {}
  SECTION("activated once") {
    slot.activate(a);
    slot.deactivate();
    slot.deactivate();
  }
  SECTION("activated in a slot that was given back") {
    slot.activate(a);
    slot.detach();
  }
  a.reset();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().parked == 0);
}

TEMPLATE_TEST_CASE("an object is disposed of when the last of several slots has left it", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(4);
  std::vector<lazyref::lazy_slot<thing, TestType>> slots;
  auto a = domain.make(all, 4U);
  for (int i = 0; i < 4; ++i) {
    slots.push_back(domain.attach());
    slots.back().activate(a);
  }
  a.reset();
  for (auto& slot : slots) {
    CHECK(all.disposed == 0);
    CHECK(slot.active()->use() == 4);
    slot.deactivate();
  }
  CHECK(all.disposed == 1);
  CHECK(domain.stats().made == 1);
  CHECK(domain.stats().disposed == 1);
  CHECK(domain.stats().reclaimed == 1);
}

TEMPLATE_TEST_CASE("workers follow an object that is replaced all the time, and nothing is left at the end", "",
                   LAZYREF_TEST_OPTIONS) {
  follow_what_is_replaced<TestType>(3, 300, [](auto& slot, int n) {
    const int wrong = slot.active()->use() != 3;
    if (n % 3 == 0) slot.deactivate();
    if (n % 7 == 0) slot.poll();
    return wrong;
  });
}
