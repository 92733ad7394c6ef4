// SPDX-License-Identifier: BSL-1.0
//
// The policy that counts every activation: the one to measure the other against.
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;
using stepped = basic_thing<step_sync>;

TEST_CASE("counting: each activation is a hold, and one that changes nothing is none") {
  census all;
  lazyref::lazy_domain<thing, counted> domain(2);
  auto one = domain.attach();
  auto two = domain.attach();
  auto a = domain.make(all);
  const auto holds = [&] { return holds_of(*a); };
  CHECK(holds() == 1);
  one.activate(a);
  CHECK(holds() == 2);
  CHECK(one.activate(a));
  CHECK(holds() == 2);
  two.activate(a);
  CHECK(holds() == 3);
  one.poll();
  CHECK(holds() == 3);
  one.deactivate();
  one.deactivate();
  CHECK(holds() == 2);
  two.detach();
  CHECK(holds() == 1);
}

TEST_CASE("counting: nothing is ever left in a slot, and a departure looks at none") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, counted> domain(2);
  auto one = domain.attach();
  auto two = domain.attach();
  auto a = domain.make(all);
  one.activate(a);
  two.activate(a);
  const int loads = steps.count(step::load);
  a.reset();
  CHECK(steps.count(step::load) == loads + 1);  // of where this CPU counts
  CHECK(steps.count(step::exchange) == 0);
  CHECK(domain.stats().parked == 0);
  CHECK(domain.stats().reclaimed == 1);
  CHECK(domain.collect() == 0);
  CHECK(all.disposed == 0);
  one.deactivate();
  CHECK(all.disposed == 0);
  two.deactivate();
  CHECK(all.disposed == 1);
}
