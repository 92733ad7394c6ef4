// SPDX-License-Identifier: BSL-1.0
//
// The negative twin. One schedule, two algorithms: the published compare-and-swap frees an object in use because its
// address has been used before; exchange and carry does not.
#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_pool.hpp"
#include "../support/lazy_published_steal.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;
using slot = lazyref::slot<pooled, step_sync>;
using holds = pool::holds;

namespace {

struct outcome {
  bool same_address = false;     // the second object lives where the first one did
  bool used_while_dead = false;  // the worker is on an object that was freed
  std::size_t misuses = 0;       // counts of freed objects
  std::size_t live_at_the_end = 0;
};

// The worker is on p, and x is parked in its slot, left before. p's last user goes; the reclaimer finds the worker on p
// and x in the way. Before it takes x out, the worker leaves p, drains and frees x, goes to a new object at x's
// address, whose last user goes.
template <class LastUserLeft>
outcome play(step take_out, LastUserLeft last_user_left) {
  pool objects;
  stepping steps;
  slot s;
  outcome result;
  pooled* const p = objects.make();
  pooled* const x = objects.make();
  lazyref::activate<holds>(s, x);
  steps.before(take_out, &s.drop, 1, [&] { lazyref::activate<holds>(s, p); });
  last_user_left(x, s);  // leaves x in a slot that has gone to p already

  steps.before(take_out, &s.drop, 1, [&] {
    lazyref::deactivate<holds>(s);
    pooled* const y = objects.make();
    result.same_address = y == x;
    lazyref::activate<holds>(s, y);
    last_user_left(y, s);
  });
  last_user_left(p, s);

  result.used_while_dead = s.lazy.load() != nullptr && !s.lazy.load()->live;
  lazyref::deactivate<holds>(s);
  CHECK(steps.all_ran());
  result.misuses = objects.misuses;
  result.live_at_the_end = objects.live();
  return result;
}

}  // namespace

TEST_CASE("the published compare-and-swap frees an object in use when an address comes back") {
  const outcome seen = play(step::compare_exchange, [](pooled* object, slot& s) {
    published_last_user_left<holds, step_sync>(object, [&](auto&& visit) { visit(s); });
  });
  CHECK(seen.same_address);
  CHECK(seen.used_while_dead);
}

TEST_CASE("exchange and carry survives the schedule in which the published algorithm frees an object in use") {
  const auto deferred = [](pooled* object, slot& s) {
    lazyref::last_user_left<holds, lazyref::reclaim::deferred, step_sync>(object, [&](auto&& visit) { visit(s); });
  };
  const outcome seen = play(step::exchange, deferred);
  CHECK(seen.same_address);
  CHECK_FALSE(seen.used_while_dead);
  CHECK(seen.misuses == 0);
  CHECK(seen.live_at_the_end == 0);
}
