// SPDX-License-Identifier: BSL-1.0
//
// What the two modes pay, in fences, and what they promise.
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;
using stepped = basic_thing<step_sync>;

TEMPLATE_TEST_CASE("deferred and counting domains never fence a move", "", deferred_all, deferred_tracked, counted) {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(2);
  auto slot = domain.attach();
  auto a = domain.make(all);
  auto b = domain.make(all);
  slot.activate(a);
  slot.activate(b);
  slot.activate(a);
  slot.poll();
  a.reset();
  slot.deactivate();
  b.reset();
  slot.detach();
  CHECK(all.disposed == 2);
  // Each last user's departure looks whether slots protect.
  CHECK(steps.count(step::light) == (TestType::can_protect ? 2 : 0));
  CHECK(steps.count(step::heavy) == 0);
}

TEMPLATE_TEST_CASE("prompt: a light fence per move, a heavy fence per hand-over", "", prompt_all, prompt_tracked,
                   prompt_custom) {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(3);
  auto one = domain.attach();
  auto two = domain.attach();
  auto a = domain.make(all, 3U);
  auto b = domain.make(all, 3U);
  one.activate(a);
  CHECK(steps.count(step::light) == 1);
  one.activate(a);  // no move
  one.poll();
  CHECK(steps.count(step::light) == 1);
  one.activate(b);
  two.activate(b);
  CHECK(steps.count(step::light) == 3);
  one.deactivate();
  one.activate(b);
  CHECK(steps.count(step::light) == 5);

  a.reset();  // nobody is on it
  CHECK(all.disposed == 1);
  CHECK(steps.count(step::heavy) == 0);
  b.reset();  // one for both slots
  CHECK(steps.count(step::heavy) == 1);
  one.detach();
  two.detach();
  CHECK(all.disposed == 2);
  CHECK(steps.count(step::light) == 7 + (TestType::can_protect ? 2 : 0));  // two departures
  CHECK(steps.count(step::heavy) == 1);
}

TEST_CASE("a worker's exchange with its slot is no read-modify-write unless there is something to give up") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, deferred_all> domain(1);
  auto slot = domain.attach();
  auto a = domain.make(all);
  const int stores = steps.count(step::store);
  slot.activate(a);
  slot.activate(a);
  slot.deactivate();
  CHECK(steps.count(step::store) == stores + 2);
  slot.activate(a);
  a.reset();
  CHECK(steps.count(step::compare_exchange) == 0);
  slot.deactivate();
  CHECK(steps.count(step::compare_exchange) == 1);
  CHECK(steps.count(step::exchange) == 1);
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("prompt: nothing is parked once workers and reclaimers are quiet", "", prompt_all, prompt_tracked,
                   prompt_custom) {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(3);
  auto one = domain.attach();
  auto two = domain.attach();
  auto a = domain.make(all, 3U);
  one.activate(a);
  two.activate(a);
  // Each leaves after it has been seen on the object and before the hold is left in its slot.
  steps.before(step::exchange, nullptr, 1, [&] { one.deactivate(); });
  steps.before(step::exchange, nullptr, 2, [&] { two.detach(); });
  a.reset();
  CHECK(steps.all_ran());
  CHECK(all.disposed == 1);
  CHECK(domain.stats().parked == 0);
  CHECK(domain.stats().taken_back == 2);
}

TEMPLATE_TEST_CASE("collect pays one heavy fence where moves pay light ones", "", prompt_all, deferred_all, counted) {
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(3);
  auto slot = domain.attach();
  CHECK(domain.collect() == 0);
  CHECK(steps.count(step::heavy) == (TestType::when == lazyref::reclaim::prompt ? 1 : 0));
}
