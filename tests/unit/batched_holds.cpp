// SPDX-License-Identifier: BSL-1.0
//
// The reclaimer's count of reads and writes on the object's own count.
#include <memory>
#include <type_traits>

#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_pool.hpp"

using namespace lazyref_test;
using slot = lazyref::slot<pooled>;
using holds = pool::holds;
using calls = std::vector<std::size_t>;

namespace {

struct many_slots {
  explicit many_slots(std::size_t n) : count(n), slots(new slot[n]) {}
  template <class Visit>
  void operator()(Visit&& visit) const {
    for (std::size_t i = 0; i < count; ++i) visit(slots[i]);
  }
  std::size_t count;
  std::unique_ptr<slot[]> slots;
};

}  // namespace

TEST_CASE("where no slot is on the object, nothing is taken and the users' hold is given up") {
  pool objects;
  const many_slots all(10);
  pooled* const other = objects.make();
  lazyref::activate<holds>(all.slots[3], other);
  lazyref::last_user_left<holds>(objects.make(), all);
  CHECK(objects.taken.empty());
  CHECK(objects.given_up == calls{1});
  CHECK(objects.live() == 1);
}

TEST_CASE("where no slot is given, the users' hold is given up") {
  pool objects;
  lazyref::last_user_left<holds>(objects.make(), many_slots(0));
  CHECK(objects.given_up == calls{1});
  CHECK(objects.live() == 0);
}

TEST_CASE("holds for many slots are taken by one call, and the rest is given up by one call") {
  pool objects;
  const many_slots all(10);
  pooled* const a = objects.make();
  for (std::size_t i : {1U, 4U, 9U}) lazyref::activate<holds>(all.slots[i], a);
  lazyref::handover_counts counted;
  int reports = 0;
  lazyref::last_user_left<holds>(a, all, [&](const lazyref::handover_counts& counts) {
    counted = counts;
    ++reports;
    CHECK(a->live);  // the report comes before the users' hold goes
    CHECK(objects.given_up.empty());
  });
  CHECK(reports == 1);
  CHECK(counted.scanned == 10);
  CHECK(counted.handed_over == 3);
  CHECK(counted.carried == 0);
  CHECK(counted.taken_back == 0);
  CHECK(objects.taken == calls{lazyref::hold_batch});
  CHECK(objects.given_up == calls{lazyref::hold_batch - 3 + 1});
  CHECK(a->holds == 3);
  for (std::size_t i : {1U, 4U, 9U}) lazyref::deactivate<holds>(all.slots[i]);
  CHECK(objects.live() == 0);
  CHECK(objects.misuses == 0);
}

TEST_CASE("more slots than a batch has take a second batch") {
  pool objects;
  constexpr std::size_t batch = lazyref::hold_batch;
  for (std::size_t on_it : {batch, batch + 1}) {
    objects.taken.clear();
    objects.given_up.clear();
    const many_slots all(on_it);
    pooled* const a = objects.make();
    all([&](slot& s) { lazyref::activate<holds>(s, a); });
    lazyref::last_user_left<holds>(a, all);
    CHECK(objects.taken == (on_it == batch ? calls{batch} : calls{batch, batch}));
    CHECK(objects.given_up == calls{objects.taken.size() * batch - on_it + 1});
    CHECK(a->holds == on_it);
    all([&](slot& s) { lazyref::deactivate<holds>(s); });
    CHECK(objects.live() == 0);
  }
}

TEMPLATE_TEST_CASE("a slot that is named twice gets one hold", "",
                   (std::integral_constant<lazyref::reclaim, lazyref::reclaim::deferred>),
                   (std::integral_constant<lazyref::reclaim, lazyref::reclaim::prompt>)) {
  pool objects;
  lazyref::slot<pooled, lazyref::std_sync, TestType::value> s;
  pooled* const a = objects.make();
  lazyref::activate<holds>(s, a);
  lazyref::last_user_left<holds, TestType::value>(a, [&](auto&& visit) {
    visit(s);
    visit(s);
    visit(s);
  });
  CHECK(a->holds == 1);
  lazyref::deactivate<holds>(s);
  CHECK(objects.live() == 0);
  CHECK(objects.misuses == 0);
}
