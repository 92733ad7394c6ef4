// SPDX-License-Identifier: BSL-1.0
//
// Interleavings of the hand-over, step by step: a Sync policy says when the "other thread" does what.
#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_pool.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;
using holds = pool::holds;
using lazyref::reclaim;

namespace {

template <reclaim When>
struct one_slot {
  pool objects;
  stepping steps;
  lazyref::slot<pooled, step_sync, When> s;

  void activate(pooled* object) { lazyref::activate<holds>(s, object); }
  void deactivate() { lazyref::deactivate<holds>(s); }
  std::size_t collect() {
    return lazyref::collect<holds, pooled, When, step_sync>([this](auto&& visit) { visit(s); });
  }
  lazyref::handover_counts last_user_left(pooled* object) {
    lazyref::handover_counts counted;
    lazyref::last_user_left<holds, When, step_sync>(
        object, [this](auto&& visit) { visit(s); }, [&](const lazyref::handover_counts& counts) { counted = counts; });
    return counted;
  }
  ~one_slot() {
    CHECK(steps.all_ran());
    CHECK(objects.misuses == 0);
  }
};

}  // namespace

TEST_CASE("deferred: a worker that leaves between scan and hand-over gives the object up at its next move") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.deactivate(); });
  CHECK(one.last_user_left(a).handed_over == 1);
  CHECK(a->live);
  CHECK(one.s.drop.load() == a);
  SECTION("activate") { one.activate(one.objects.make()); }
  SECTION("deactivate") { one.deactivate(); }
  SECTION("poll") { lazyref::poll<holds>(one.s); }
  CHECK_FALSE(a->live);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
}

TEST_CASE("prompt: what is handed over to a worker that has left is taken back at once") {
  one_slot<reclaim::prompt> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.activate(a);
  SECTION("it has left for nothing") {
    one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.deactivate(); });
  }
  SECTION("it has left for another object") {
    one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.activate(b); });
  }
  CHECK(one.last_user_left(a).taken_back == 1);
  CHECK_FALSE(a->live);
  CHECK(b->live);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
}

TEST_CASE("a worker that leaves between the first and the second look is not handed anything") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.steps.before(step::load, &one.s.lazy, 2, [&] { one.deactivate(); });
  CHECK(one.last_user_left(a).handed_over == 0);
  CHECK_FALSE(a->live);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
}

TEMPLATE_TEST_CASE("two reclaimers meet in a slot: what is displaced and in use goes back", "",
                   (std::integral_constant<reclaim, reclaim::deferred>),
                   (std::integral_constant<reclaim, reclaim::prompt>)) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.activate(a);
  // Reclaimer of a: has seen the worker on a. Then the worker goes to b, and b's reclaimer hands b over.
  one.steps.before(step::exchange, &one.s.drop, 1, [&] {
    one.activate(b);
    CHECK(one.last_user_left(b).handed_over == 1);
  });
  const auto counted = one.last_user_left(a);
  CHECK(counted.handed_over == 2);
  CHECK(counted.carried == 2);
  CHECK_FALSE(a->live);
  CHECK(b->live);
  CHECK(one.s.drop.load() == b);
  one.deactivate();
  CHECK_FALSE(b->live);
}

TEMPLATE_TEST_CASE("two reclaimers meet in a slot: the worker leaves while its object is being carried", "",
                   (std::integral_constant<reclaim, reclaim::deferred>),
                   (std::integral_constant<reclaim, reclaim::prompt>)) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.activate(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] {
    one.activate(b);
    one.last_user_left(b);
    // b's exchange was the first of two; the next look at `lazy` by a's reclaimer finds the worker gone from b.
    one.steps.before(step::load, &one.s.lazy, 1, [&] { one.deactivate(); });
  });
  one.last_user_left(a);
  CHECK_FALSE(b->live);
  CHECK(one.objects.live() == 0);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
}

TEST_CASE("prompt: what another reclaimer left meanwhile is not taken from a worker that is on it") {
  one_slot<reclaim::prompt> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.activate(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.deactivate(); });
  // Between the reclaimer's second look and its taking back: a is drained, b comes and is handed over.
  one.steps.before(step::exchange, &one.s.drop, 2, [&] {
    one.activate(b);
    one.last_user_left(b);
  });
  const auto counted = one.last_user_left(a);
  CHECK(counted.taken_back == 1);  // b's hold, which was put back
  CHECK_FALSE(a->live);
  CHECK(b->live);
  CHECK(one.s.drop.load() == b);
  one.deactivate();
  CHECK(one.objects.live() == 0);
}

TEMPLATE_TEST_CASE("collect does not take from a worker that came back between its look and its exchange", "",
                   (std::integral_constant<reclaim, reclaim::deferred>),
                   (std::integral_constant<reclaim, reclaim::prompt>)) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.s.drop.store(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] {
    one.activate(b);
    one.last_user_left(b);
  });
  CHECK(one.collect() == 1);
  CHECK_FALSE(a->live);
  CHECK(b->live);
  CHECK(one.s.drop.load() == b);
}
