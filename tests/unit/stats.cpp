// SPDX-License-Identifier: BSL-1.0
#include <tuple>
#include <utility>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;

namespace {

bool same(const lazyref::domain_stats& a, const lazyref::domain_stats& b) {
  const auto tie = [](const lazyref::domain_stats& s) {
    return std::tie(s.slot_count, s.attached, s.parked, s.made, s.disposed, s.reclaimed, s.scanned, s.handed_over,
                    s.carried, s.taken_back, s.unparked, s.retired);
  };
  return tie(a) == tie(b);
}

}  // namespace

// slots attached parked   made disposed   reclaimed scanned handed_over carried taken_back unparked retired
TEST_CASE("the counters of a scenario are those counted by hand") {
  census all;
  lazyref::lazy_domain<thing> domain(4);
  CHECK(same(domain.stats(), {4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  auto a = domain.attach();
  auto b = domain.attach();
  auto c = domain.attach();
  auto x = domain.make(all);
  CHECK(same(domain.stats(), {4, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
  a.activate(x);
  b.activate(x);
  x.reset();
  CHECK(same(domain.stats(), {4, 3, 2, 1, 0, 1, 3, 2, 0, 0, 0, 0}));
  auto y = domain.make(all);
  a.activate(y);
  CHECK(same(domain.stats(), {4, 3, 1, 2, 0, 1, 3, 2, 0, 0, 0, 0}));
  y.reset();
  CHECK(same(domain.stats(), {4, 3, 2, 2, 0, 2, 6, 3, 0, 0, 0, 0}));
  b.deactivate();
  CHECK(same(domain.stats(), {4, 3, 1, 2, 1, 2, 6, 3, 0, 0, 0, 0}));
  a.detach();
  CHECK(same(domain.stats(), {4, 2, 0, 2, 2, 2, 6, 3, 0, 0, 0, 0}));
  domain.make(all).reset();
  CHECK(same(domain.stats(), {4, 2, 0, 3, 3, 3, 9, 3, 0, 0, 0, 0}));
}

TEST_CASE("a domain that counts has objects to show and nothing else") {
  census all;
  lazyref::lazy_domain<thing, counted> domain(2);
  auto a = domain.attach();
  auto x = domain.make(all);
  a.activate(x);
  x.reset();
  CHECK(same(domain.stats(), {2, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0}));
  a.deactivate();
  CHECK(same(domain.stats(), {2, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0}));
}

TEST_CASE("what is carried and what is taken back is counted") {
  census all;
  stepping steps;
  lazyref::lazy_domain<basic_thing<step_sync>, prompt_all> domain(1);
  auto slot = domain.attach();
  auto x = domain.make(all);
  auto y = domain.make(all);
  slot.activate(x);
  SECTION("taken back: the worker leaves after the scan") {
    steps.before(step::exchange, nullptr, 1, [&] { slot.deactivate(); });
    x.reset();
    CHECK(same(domain.stats(), {1, 1, 0, 2, 1, 1, 1, 1, 0, 1, 0, 0}));
  }
  SECTION("carried: the worker goes to y, and y is handed over in between") {
    steps.before(step::exchange, nullptr, 1, [&] {
      slot.activate(y);
      y.reset();
    });
    x.reset();
    // x displaced y, y displaced x, x was given up.
    CHECK(same(domain.stats(), {1, 1, 1, 2, 1, 2, 2, 3, 2, 0, 0, 0}));
  }
  CHECK(steps.all_ran());
}

TEST_CASE("what is unparked and what is retired is counted") {
  census all;
  lazyref::lazy_domain<thing> domain(3);
  auto a = domain.attach();
  auto b = domain.attach();
  auto x = domain.make(all);
  auto y = domain.make(all);
  a.activate(x);
  a.park();
  CHECK(same(domain.stats(), {3, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0}));  // parked slots are not what `parked` counts
  b.activate(x);
  x.reset();
  CHECK(same(domain.stats(), {3, 2, 1, 2, 0, 1, 2, 1, 0, 0, 1, 0}));
  b.deactivate();
  CHECK(same(domain.stats(), {3, 2, 0, 2, 1, 1, 2, 1, 0, 0, 1, 0}));
  a.activate(y);
  a.park();
  domain.retire(std::move(y));
  CHECK(same(domain.stats(), {3, 2, 0, 2, 1, 1, 2, 1, 0, 0, 1, 1}));
  domain.retire(domain.make(all));
  CHECK(same(domain.stats(), {3, 2, 0, 3, 1, 1, 2, 1, 0, 0, 1, 2}));
  domain.flush();
  CHECK(same(domain.stats(), {3, 2, 0, 3, 3, 3, 4, 1, 0, 0, 2, 0}));
}

TEST_CASE("what a temporary activation leaves in a slot counts as parked there, and as unparked when it is taken") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto slot = domain.attach();
  auto x = domain.make(all);
  auto y = domain.make(all);
  slot.activate(x);
  slot.park();
  { const lazyref::temporary_activation<thing> other(slot, y); }
  CHECK(same(domain.stats(), {1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0}));
  x.reset();
  CHECK(same(domain.stats(), {1, 1, 0, 2, 1, 1, 1, 0, 0, 1, 1, 0}));
}
