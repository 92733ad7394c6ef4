// SPDX-License-Identifier: BSL-1.0
//
// The worker's side, on the words of one slot.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

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
  CHECK(lazyref::detail::object_or_null(fresh.drop.load()) == nullptr);
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
  CHECK(lazyref::detail::object_or_null(s.drop.load()) == nullptr);
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

  SECTION("to another object, which has one hold more while the disposer runs") {
    lazyref::activate<holds>(s, b);
    CHECK(objects.taken == std::vector<std::size_t>{1});
    CHECK(objects.given_up == std::vector<std::size_t>{1, 1});
    CHECK(b->holds == 1);
  }
  SECTION("to none") {
    lazyref::deactivate<holds>(s);
    CHECK(objects.taken.empty());
    CHECK(objects.given_up == std::vector<std::size_t>{1});
  }
  CHECK_FALSE(a->live);
  CHECK(lazyref::detail::object_or_null(s.drop.load()) == nullptr);
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
  CHECK(lazyref::detail::object_or_null(s.drop.load()) == nullptr);
}

namespace {

// A reclaimer leaves the next one in the slot while a disposer runs.
slot* refilled = nullptr;
std::vector<pooled*> waiting;
struct refilling_holds {
  static void take(pooled* one, std::size_t n) noexcept { holds::take(one, n); }
  static void give_up(pooled* one, std::size_t n) noexcept {
    if (one->holds == n && !waiting.empty()) {
      refilled->drop.store(waiting.back());
      waiting.pop_back();
    }
    holds::give_up(one, n);
  }
};

}  // namespace

TEST_CASE("what a reclaimer leaves while a call's disposer runs waits for the next call, if it is not in use") {
  pool objects;
  slot s;
  refilled = &s;
  pooled* const in_use = objects.make();
  pooled* const later = objects.make();
  lazyref::activate<refilling_holds>(s, in_use);
  waiting = {in_use, later};
  s.drop.store(objects.make());
  lazyref::poll<refilling_holds>(s);
  CHECK(objects.live() == 2);
  CHECK(s.drop.load() == later);
  CHECK(later->live);
  lazyref::poll<refilling_holds>(s);
  CHECK_FALSE(later->live);
  CHECK(s.drop.load() == in_use);
  lazyref::poll<refilling_holds>(s);
  CHECK(in_use->live);
  CHECK(s.lazy.load() == in_use);
  CHECK(s.drop.load() == in_use);
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

// --- disposers that use the slot in whose call they run: one rule for all calls (slot.hpp, "Disposers")

namespace {

// Runs what a test wants to happen in the disposer of one object.
std::function<void()> reaction;
pooled* reacts = nullptr;
struct reacting_holds {
  static void take(pooled* one, std::size_t n) noexcept { holds::take(one, n); }
  static void give_up(pooled* one, std::size_t n) noexcept {
    const bool is_last = one->holds == n;
    holds::give_up(one, n);
    if (is_last && one == reacts) std::exchange(reaction, nullptr)();
  }
};

template <reclaim R>
struct disposer_scene {
  pool objects;
  lazyref::slot<pooled, lazyref::std_sync, R> s;
  pooled* const target = objects.make();   // what the call is about
  pooled* const other = objects.make();    // what the disposer is about
  pooled* const dropped = objects.make();  // whose disposer it is
  std::atomic<pooled*> shared{target};
  std::atomic<pooled*> others{other};
};

// What a disposer may do with the slot, as often and as nested as it likes.
template <reclaim R>
void react(int what, disposer_scene<R>& on) {
  auto& s = on.s;
  switch (what) {
    case 0:
      return lazyref::deactivate<reacting_holds>(s);
    case 1:
      lazyref::activate<reacting_holds>(s, on.other);
      return;
    case 2:
      lazyref::activate<reacting_holds>(s, on.other);
      return lazyref::park<reacting_holds>(s);
    case 3:
      return lazyref::park<reacting_holds>(s);
    case 4:
      return lazyref::poll<reacting_holds>(s);
    case 5:
      CHECK(lazyref::protect<reacting_holds>(s, on.others) == on.other);
      return;
    case 6: {  // and its last user goes, as a reclaimer would see to it
      lazyref::activate<reacting_holds>(s, on.other);
      lazyref::last_user_left<reacting_holds, R>(on.other, [&](auto&& visit) { visit(s); });
      CHECK(on.other->live);
      return;
    }
    default:
      lazyref::activate<reacting_holds>(s, on.target);
      return;
  }
}

}  // namespace

TEMPLATE_TEST_CASE("when a call returns it has done what it promises, whatever its disposers have done with the slot",
                   "", (std::integral_constant<reclaim, reclaim::deferred>),
                   (std::integral_constant<reclaim, reclaim::prompt>)) {
  constexpr reclaim R = TestType::value;
  for (int call = 0; call < 8; ++call) {
    for (int what = 0; what < 8; ++what) {
      disposer_scene<R> on;
      auto& s = on.s;
      reacts = on.dropped;
      bool reacted = false;
      reaction = [&] {
        reacted = true;
        react(what, on);
      };
      // The hold of `dropped` has come too late for the slot's last move. The slot is on `before`.
      pooled* before = nullptr;
      if (call == 2 || call == 3) before = on.target;
      lazyref::activate<reacting_holds>(s, before);
      s.drop.store(on.dropped);
      CAPTURE(call, what);
      pooled* expected = on.target;
      switch (call) {
        case 0:
          CHECK_FALSE(lazyref::activate<reacting_holds>(s, on.target));
          break;
        case 1:
          lazyref::deactivate<reacting_holds>(s);
          expected = nullptr;
          break;
        case 2:
          CHECK(lazyref::activate<reacting_holds>(s, on.target));
          break;
        case 3:
          lazyref::poll<reacting_holds>(s);
          break;
        case 4:
          lazyref::poll<reacting_holds>(s);  // on nothing
          expected = nullptr;
          break;
        case 5:
          CHECK(lazyref::protect<reacting_holds>(s, on.shared) == on.target);
          break;
        case 6: {
          pooled* seen = on.target;
          CHECK(lazyref::try_protect<reacting_holds>(s, seen, on.shared));
          CHECK(seen == on.target);
          break;
        }
        default:
          lazyref::protect_again<reacting_holds>(s, on.target);
          break;
      }
      CHECK(reacted);
      CHECK(s.lazy.load() == expected);
      CHECK_FALSE(on.dropped->live);
      CHECK(on.target->live);
      CHECK(on.other->live == (what != 6));
      CHECK(s.note.load() == 0);

      // And what the slot is on stands: its last user finds the slot, and the object stays until the next move.
      if (expected != nullptr) {
        lazyref::last_user_left<reacting_holds, R>(on.target, [&](auto&& visit) { visit(s); });
        CHECK(on.target->live);
        lazyref::deactivate<reacting_holds>(s);
        CHECK_FALSE(on.target->live);
      }
      CHECK(lazyref::detail::object_or_null(s.drop.load()) == nullptr);
      CHECK(on.objects.misuses == 0);
    }
  }
}

TEMPLATE_TEST_CASE("a park whose disposer moves the slot keeps nothing that anybody wants gone", "",
                   (std::integral_constant<reclaim, reclaim::deferred>),
                   (std::integral_constant<reclaim, reclaim::prompt>)) {
  constexpr reclaim R = TestType::value;
  for (int what = 0; what < 7; ++what) {
    CAPTURE(what);
    disposer_scene<R> on;
    auto& s = on.s;
    reacts = on.dropped;
    reaction = [&] { react(what, on); };
    lazyref::activate<reacting_holds>(s, on.target);
    s.drop.store(on.dropped);
    lazyref::park<reacting_holds>(s);
    CHECK_FALSE(on.dropped->live);
    // Nothing, or parked: it is taken back without the worker.
    pooled* const word = s.lazy.load();
    CHECK((word == nullptr || lazyref::detail::is_parked(word)));
    CHECK(s.note.load() == 0);
    for (pooled* const one : {on.target, on.other}) {
      if (!one->live) continue;
      lazyref::last_user_left<reacting_holds, R>(one, [&](auto&& visit) { visit(s); });
      CHECK_FALSE(one->live);
    }
    CHECK(lazyref::resume(s) == nullptr);
    CHECK(lazyref::detail::object_or_null(s.drop.load()) == nullptr);
    CHECK(on.objects.live() == 0);
    CHECK(on.objects.misuses == 0);
  }
}

TEST_CASE("a chain of disposers, each of which moves the slot, is worked off by the outermost call") {
  pool objects;
  slot s;
  pooled* const chain[] = {objects.make(), objects.make(), objects.make(), objects.make()};
  pooled* const target = objects.make();
  static std::size_t deepest;
  static std::size_t depth;
  deepest = depth = 0;
  std::size_t at = 1;
  std::function<void()> next;
  next = [&] {
    deepest = std::max(deepest, ++depth);
    if (at < 4) {
      pooled* const one = chain[at++];
      reacts = one;
      reaction = next;
      lazyref::activate<reacting_holds>(s, one);
      lazyref::last_user_left<reacting_holds>(one, [&](auto&& visit) { visit(s); });
      lazyref::deactivate<reacting_holds>(s);  // does not drain: the outermost call does
      CHECK(one->live);
    }
    --depth;
  };
  reacts = chain[0];
  reaction = next;
  s.drop.store(chain[0]);
  lazyref::activate<reacting_holds>(s, target);
  CHECK(s.lazy.load() == target);
  CHECK(deepest == 1);
  CHECK(at == 4);
  CHECK(objects.live() == 1);
  CHECK(objects.misuses == 0);
}

TEST_CASE("vacate: a call that is running a disposer does not touch a slot that is somebody else's by then") {
  pool objects;
  slot s;
  pooled* const dropped = objects.make();
  pooled* const theirs = objects.make();
  pooled* const left = objects.make();
  reacts = dropped;
  reaction = [&] {
    lazyref::vacate<reacting_holds>(s);
    // The next worker.
    lazyref::activate<reacting_holds>(s, theirs);
    s.drop.store(left);
  };
  s.drop.store(dropped);
  SECTION("deactivate") { lazyref::deactivate<reacting_holds>(s); }
  SECTION("poll") { lazyref::poll<reacting_holds>(s); }
  SECTION("park") {
    s.lazy.store(objects.make());
    lazyref::park<reacting_holds>(s);
  }
  CHECK_FALSE(dropped->live);
  CHECK(s.lazy.load() == theirs);
  CHECK(s.drop.load() == left);
  CHECK(left->live);
  CHECK(objects.misuses == 0);
}
