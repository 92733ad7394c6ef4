// SPDX-License-Identifier: BSL-1.0
//
// The worker's side, on the words of one slot.
#include <type_traits>

#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_pool.hpp"

using namespace lazyref_test;
using slot = lazyref::slot<pooled>;
using holds = pool::holds;
using lazyref::reclaim;

TEST_CASE("a slot is one cache line and begins empty") {
  STATIC_REQUIRE(alignof(slot) == lazyref::cache_line);
  STATIC_REQUIRE(sizeof(slot) == lazyref::cache_line);
  const slot fresh;
  CHECK(fresh.lazy.load() == nullptr);
  CHECK(fresh.drop.load() == nullptr);
}

TEST_CASE("activate and deactivate store one word and count nothing") {
  pool objects;
  slot s;
  pooled* const a = objects.make();
  CHECK_FALSE(lazyref::activate<holds>(s, a));
  CHECK(s.lazy.load() == a);
  CHECK(lazyref::activate<holds>(s, a));
  lazyref::deactivate<holds>(s);
  CHECK(s.lazy.load() == nullptr);
  lazyref::poll<holds>(s);
  CHECK(s.drop.load() == nullptr);
  CHECK(objects.taken.empty());
  CHECK(objects.given_up.empty());
}

TEMPLATE_TEST_CASE("what was left in the slot stays while it is in use, and goes with the first move", "",
                   (std::integral_constant<reclaim, reclaim::deferred>),
                   (std::integral_constant<reclaim, reclaim::prompt>)) {
  pool objects;
  lazyref::slot<pooled, lazyref::std_sync, TestType::value> s;
  pooled* const a = objects.make();
  pooled* const b = objects.make();
  lazyref::activate<holds>(s, a);
  s.drop.store(a);  // the users' hold

  lazyref::poll<holds>(s);
  CHECK(a->live);
  CHECK(s.drop.load() == a);
  CHECK(lazyref::activate<holds>(s, a));
  CHECK(a->live);

  SECTION("to another object") { lazyref::activate<holds>(s, b); }
  SECTION("to none") { lazyref::deactivate<holds>(s); }
  CHECK_FALSE(a->live);
  CHECK(s.drop.load() == nullptr);
  CHECK(objects.given_up == std::vector<std::size_t>{1});
}

TEST_CASE("what is left there and not in use is given up without a move") {
  pool objects;
  slot s;
  pooled* const a = objects.make();
  pooled* const b = objects.make();
  lazyref::activate<holds>(s, b);
  s.drop.store(a);
  SECTION("poll") { lazyref::poll<holds>(s); }
  SECTION("an activation that changes nothing") { CHECK(lazyref::activate<holds>(s, b)); }
  CHECK_FALSE(a->live);
  CHECK(s.lazy.load() == b);
  CHECK(s.drop.load() == nullptr);
}

namespace {

// The disposer leaves the next one in the slot, as a reclaimer might just then.
slot* refilled = nullptr;
std::vector<pooled*> waiting;
struct refilling_holds {
  static void take(pooled* one, std::size_t n) noexcept { holds::take(one, n); }
  static void give_up(pooled* one, std::size_t n) noexcept {
    if (!waiting.empty()) {
      refilled->drop.store(waiting.back());
      waiting.pop_back();
    }
    holds::give_up(one, n);
  }
};

}  // namespace

TEST_CASE("a call gives up at most one hold, and looks at the slot no more after that") {
  pool objects;
  slot s;
  refilled = &s;
  pooled* const in_use = objects.make();
  pooled* const later = objects.make();
  lazyref::activate<refilling_holds>(s, in_use);
  waiting = {in_use, later};
  s.drop.store(objects.make());
  lazyref::poll<refilling_holds>(s);
  CHECK(objects.given_up.size() == 1);
  CHECK(s.drop.load() == later);
  CHECK(later->live);
  lazyref::poll<refilling_holds>(s);
  CHECK_FALSE(later->live);
  CHECK(s.drop.load() == in_use);
  lazyref::poll<refilling_holds>(s);
  CHECK(in_use->live);
  lazyref::deactivate<refilling_holds>(s);
  CHECK(objects.live() == 0);
  CHECK(objects.misuses == 0);
}

TEST_CASE("collect takes back what workers have left, and nothing that is active") {
  pool objects;
  slot s[3];
  const auto each = [&](auto&& visit) {
    for (slot& one : s) visit(one);
  };
  pooled* const left = objects.make();
  pooled* const used = objects.make();
  s[0].drop.store(left);
  s[1].drop.store(used);
  s[1].lazy.store(used);
  CHECK(lazyref::collect<holds, pooled>(each) == 1);
  CHECK_FALSE(left->live);
  CHECK(used->live);
  CHECK(lazyref::collect<holds, pooled>(each) == 0);
  s[1].lazy.store(nullptr);
  CHECK(lazyref::collect<holds, pooled>(each) == 1);
  CHECK(objects.live() == 0);
}
