// SPDX-License-Identifier: BSL-1.0
//
// Protection of what a shared pointer leads to, without a user of it; and the notice that lets domains in which nobody
// protects do without heavy fences.
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_pool.hpp"
#include "../support/lazy_steps.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;
using lazyref::reclaim;
using holds = pool::holds;
using stepped = basic_thing<step_sync>;

TEMPLATE_TEST_CASE("what is protected outlives its last user, until the slot moves on", "", LAZYREF_TEST_PROTECTING) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(2);
  auto slot = domain.attach();
  auto a = domain.make(all, 7U);
  auto b = domain.make(all);
  std::atomic<thing*> shared{a.get()};
  CHECK(slot.protect(shared) == a.get());
  CHECK(slot.active() == a.get());
  CHECK(slot.protect(shared) == a.get());  // again
  shared = nullptr;
  a.reset();
  CHECK(all.torn_down == 1);
  CHECK(all.disposed == 0);
  CHECK(slot.active()->use() == 7);
  SECTION("reset_protection") { slot.reset_protection(); }
  SECTION("deactivate") { slot.deactivate(); }
  SECTION("park") { slot.park(); }
  SECTION("activate") { slot.activate(b); }
  SECTION("detach") { slot.detach(); }
  SECTION("a null that is protected") { CHECK(slot.protect(shared) == nullptr); }
  SECTION("another object that is protected") {
    shared = b.get();
    CHECK(slot.protect(shared) == b.get());
  }
  SECTION("a try for another object") {
    shared = b.get();
    thing* seen = b.get();
    CHECK(slot.try_protect(seen, shared));
  }
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("a try succeeds for what the pointer holds, and else says what it holds", "",
                   LAZYREF_TEST_PROTECTING) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(2);
  auto slot = domain.attach();
  auto a = domain.make(all);
  auto b = domain.make(all);
  std::atomic<thing*> shared{b.get()};
  thing* seen = a.get();
  slot.activate(a);
  CHECK_FALSE(slot.try_protect(seen, shared));
  CHECK(seen == b.get());
  CHECK(slot.active() == nullptr);
  CHECK(slot.try_protect(seen, shared));
  CHECK(slot.active() == b.get());
  shared = nullptr;
  CHECK_FALSE(slot.try_protect(seen, shared));
  CHECK(seen == nullptr);
  CHECK(slot.active() == nullptr);
  CHECK(slot.try_protect(seen, shared));  // null needs no protection
  CHECK(slot.active() == nullptr);
  shared = a.get();
  CHECK_FALSE(slot.try_protect(seen, shared));
  CHECK(seen == a.get());
}

TEMPLATE_TEST_CASE("a protection ends what is parked, and can be parked", "", LAZYREF_TEST_PROTECTING) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto slot = domain.attach();
  auto a = domain.make(all);
  auto b = domain.make(all);
  std::atomic<thing*> shared{b.get()};
  slot.activate(a);
  slot.park();
  CHECK(slot.protect(shared) == b.get());
  CHECK(slot.resume() == nullptr);
  a.reset();
  CHECK(all.disposed == 1);
  slot.park();
  CHECK(slot.active() == nullptr);
  CHECK(slot.resume() == b.get());
  slot.park();
  shared = nullptr;
  b.reset();
  CHECK(all.disposed == 2);
  CHECK(slot.resume() == nullptr);
  CHECK(domain.stats().unparked == 1);
}

// --- schedules

namespace {

using deferred = std::integral_constant<reclaim, reclaim::deferred>;
using prompt = std::integral_constant<reclaim, reclaim::prompt>;

template <reclaim When>
struct one_slot {
  pool objects;
  stepping steps;
  lazyref::slot<pooled, step_sync, When> s;
  step_sync::atomic<pooled*> source{nullptr};

  pooled* protect() { return lazyref::protect<holds>(s, source); }
  bool try_protect(pooled*& object) { return lazyref::try_protect<holds>(s, object, source); }
  // The reclaimer's whole side.
  lazyref::handover_counts replace(pooled* by) {
    pooled* const old = source.exchange(by);
    step_sync::process_fence().heavy(std::memory_order_seq_cst);
    return last_user_left(old);
  }
  lazyref::handover_counts last_user_left(pooled* object) {
    lazyref::handover_counts counted;
    lazyref::last_user_left<holds, When, step_sync>(
        object, [this](auto&& visit) { visit(s); }, [&](const lazyref::handover_counts& counts) { counted = counts; });
    return counted;
  }
};

// The broken twin: without the second look.
template <class Slot, class Source>
pooled* protect_and_hope(Slot& s, const Source& source) {
  pooled* const object = source.load(std::memory_order_acquire);
  s.lazy.store(object, std::memory_order_release);
  s.fence.light(std::memory_order_seq_cst);
  return object;
}

}  // namespace

TEMPLATE_TEST_CASE("an object that is replaced between the first look and the set is not used", "", deferred, prompt) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.source.store(a);
  one.steps.before(step::store, &one.s.lazy, 1, [&] { CHECK(one.replace(b).handed_over == 0); });
  SECTION("protect goes on to the new one") {
    CHECK(one.protect() == b);
    CHECK(one.s.lazy.load() == b);
  }
  SECTION("try_protect says so") {
    pooled* seen = a;
    CHECK_FALSE(one.try_protect(seen));
    CHECK(seen == b);
    CHECK(one.s.lazy.load() == nullptr);
  }
  SECTION("the twin without a second look uses a freed object") {
    CHECK(protect_and_hope(one.s, one.source) == a);
    CHECK(one.s.lazy.load() == a);
  }
  CHECK_FALSE(a->live);
  CHECK(b->live);
  CHECK(one.steps.all_ran());
  CHECK(one.objects.misuses == 0);
}

TEMPLATE_TEST_CASE("an object that is replaced between the set and the second look is handed over and given up", "",
                   deferred, prompt) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.source.store(a);
  int handed_over = 0;
  // protect looks at the source once before the set, try_protect does not.
  SECTION("protect") {
    one.steps.before(step::load, &one.source, 2, [&] { handed_over += static_cast<int>(one.replace(b).handed_over); });
    CHECK(one.protect() == b);
    CHECK(one.s.lazy.load() == b);
  }
  SECTION("try_protect") {
    one.steps.before(step::load, &one.source, 1, [&] { handed_over += static_cast<int>(one.replace(b).handed_over); });
    pooled* seen = a;
    CHECK_FALSE(one.try_protect(seen));
    CHECK(seen == b);
    CHECK(one.s.lazy.load() == nullptr);
  }
  CHECK(one.steps.all_ran());
  CHECK(handed_over == 1);
  CHECK_FALSE(a->live);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
  CHECK(one.objects.misuses == 0);
}

TEMPLATE_TEST_CASE("an object that is replaced after the second look stays until the slot moves on", "", deferred,
                   prompt) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  one.source.store(a);
  CHECK(one.protect() == a);
  CHECK(one.replace(nullptr).handed_over == 1);
  CHECK(a->live);
  CHECK(one.s.lazy.load() == a);
  CHECK(one.protect() == nullptr);
  CHECK_FALSE(a->live);
}

// The reclaimer sees the word of a protection that then fails, and hands over for it.
TEMPLATE_TEST_CASE("what is handed over for a protection that has failed meanwhile is given up", "", deferred, prompt) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.source.store(b);
  lazyref::protect_again<holds>(one.s, a);  // the set of a try whose second look comes later
  one.steps.before(step::exchange, &one.s.drop, 1, [&] {
    pooled* seen = a;
    CHECK_FALSE(one.try_protect(seen));
    CHECK(seen == b);
    CHECK(one.s.lazy.load() == nullptr);
  });
  const auto counts = one.last_user_left(a);
  CHECK(one.steps.all_ran());
  CHECK(counts.handed_over == 1);
  if (TestType::value == reclaim::prompt) {
    CHECK(counts.taken_back == 1);
    CHECK_FALSE(a->live);
  } else {
    CHECK(a->live);  // in the wrong place, until the next move
    CHECK(one.s.drop.load() == a);
    SECTION("protect") { CHECK(one.protect() == b); }
    SECTION("try_protect that fails") {
      pooled* seen = nullptr;
      CHECK_FALSE(one.try_protect(seen));
    }
    SECTION("try_protect that succeeds") {
      pooled* seen = b;
      CHECK(one.try_protect(seen));
    }
    SECTION("protect_again") { lazyref::protect_again<holds>(one.s, b); }
    SECTION("activate") { lazyref::activate<holds>(one.s, b); }
    SECTION("deactivate") { lazyref::deactivate<holds>(one.s); }
    SECTION("park") { lazyref::park<holds>(one.s); }
    SECTION("poll") { lazyref::poll<holds>(one.s); }
  }
  CHECK_FALSE(a->live);
  CHECK(b->live);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
  CHECK(one.objects.misuses == 0);
}

TEST_CASE("protect_again sets the word and fences, and leaves the second look to its caller") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  const int looks = one.steps.count(step::load);
  lazyref::protect_again<holds>(one.s, a);
  CHECK(one.s.lazy.load() == a);
  CHECK(one.steps.count(step::light) == 1);
  CHECK(one.steps.count(step::load) == looks + 2);  // the glance at `drop`, and ours
  CHECK(one.last_user_left(a).handed_over == 1);
  CHECK(a->live);
  lazyref::protect_again<holds>(one.s, static_cast<pooled*>(nullptr));
  CHECK_FALSE(a->live);
}

TEST_CASE("a protection costs one light fence a look, and no read-modify-write") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.source.store(a);
  CHECK(one.protect() == a);
  CHECK(one.steps.count(step::light) == 1);
  one.steps.before(step::load, &one.source, 2, [&] { one.source.store(b); });
  CHECK(one.protect() == b);
  CHECK(one.steps.count(step::light) == 3);
  CHECK(one.steps.count(step::exchange) == 0);
  CHECK(one.steps.count(step::compare_exchange) == 0);
  CHECK(one.steps.count(step::heavy) == 0);
}

// --- the notice

TEMPLATE_TEST_CASE("departures make no heavy fence until a slot has protected, and then one each", "", deferred_all,
                   shootdown_deferred) {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(3);
  auto one = domain.attach();
  auto two = domain.attach();
  step_sync::atomic<stepped*> shared{nullptr};
  for (int i = 0; i < 3; ++i) {
    auto a = domain.make(all);
    one.activate(a);
    a.reset();
  }
  domain.retire(domain.make(all));
  domain.flush();
  CHECK(steps.count(step::heavy) == 0);

  CHECK(one.protect(shared) == nullptr);
  CHECK(steps.count(step::heavy) == 1);  // the notice
  CHECK(one.protect(shared) == nullptr);
  CHECK(steps.count(step::heavy) == 1);
  stepped* seen = nullptr;
  CHECK(two.try_protect(seen, shared));
  CHECK(steps.count(step::heavy) == 1);  // it was given already
  auto moved = std::move(two);
  CHECK(moved.protect(shared) == nullptr);
  CHECK(steps.count(step::heavy) == 1);

  for (int i = 1; i <= 3; ++i) {
    domain.make(all).reset();
    CHECK(steps.count(step::heavy) == 1 + i);
  }
  domain.retire(domain.make(all));
  domain.retire(domain.make(all));
  CHECK(steps.count(step::heavy) == 4);
  domain.flush();
  CHECK(steps.count(step::heavy) == 5);  // one for both
  domain.flush();                        // for nothing
  CHECK(steps.count(step::heavy) == 5);

  lazyref::lazy_domain<stepped, TestType> other(1);
  other.make(all).reset();
  CHECK(steps.count(step::heavy) == 5);  // each domain for itself
  moved.detach();
  auto third = domain.attach();
  CHECK(third.protect(shared) == nullptr);
  CHECK(steps.count(step::heavy) == 5);
}

TEST_CASE("a try gives the notice as well") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped> domain(1);
  auto slot = domain.attach();
  step_sync::atomic<stepped*> shared{nullptr};
  stepped* seen = nullptr;
  CHECK(slot.try_protect(seen, shared));
  CHECK(steps.count(step::heavy) == 1);
  domain.make(all).reset();
  CHECK(steps.count(step::heavy) == 2);
}

TEST_CASE("prompt: the fence before the scan and the one after the hand-over are two") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, prompt_all> domain(1);
  auto slot = domain.attach();
  step_sync::atomic<stepped*> shared{nullptr};
  CHECK(slot.protect(shared) == nullptr);
  CHECK(steps.count(step::heavy) == 1);
  domain.make(all).reset();
  CHECK(steps.count(step::heavy) == 2);
  auto a = domain.make(all);
  slot.activate(a);
  a.reset();
  CHECK(steps.count(step::heavy) == 4);
}

TEST_CASE("a departure in the middle of the first protection sees the notice, and fences") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped> domain(2);
  auto slot = domain.attach();
  auto other = domain.attach();
  auto a = domain.make(all);
  step_sync::atomic<stepped*> shared{nullptr};
  int after_departure = 0;
  int after_second = 0;
  // Before the heavy fence of the notice: announced, and not yet ready.
  steps.before(step::heavy, nullptr, 1, [&] {
    const int before = steps.count(step::heavy);
    a.reset();
    after_departure = steps.count(step::heavy) - before;
    // Another slot that protects first just then cannot lean on a fence that is not over, and makes its own.
    other.protect(shared);
    after_second = steps.count(step::heavy) - before;
  });
  slot.protect(shared);
  CHECK(steps.all_ran());
  CHECK(all.disposed == 1);
  CHECK(after_departure == 1);
  CHECK(after_second == 2);
}

// The departure has looked for the notice, and the slot's first protection comes before the departure's scan.
TEST_CASE("a protection whose notice came too late for a departure finds the pointer changed") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped> domain(1);
  auto slot = domain.attach();
  auto a = domain.make(all);
  auto b = domain.make(all);
  step_sync::atomic<stepped*> shared{a.get()};
  stepped* seen = a.get();
  bool protects = true;
  int heavy_before = -1;
  steps.before(step::load, nullptr, 1, [&] {  // the scan's first look at the slot
    heavy_before = steps.count(step::heavy);
    protects = slot.try_protect(seen, shared);
  });
  shared.store(b.get());
  a.reset();
  CHECK(steps.all_ran());
  CHECK(heavy_before == 0);  // the departure found no notice
  CHECK_FALSE(protects);
  CHECK(seen == b.get());
  CHECK(slot.active() == nullptr);
  CHECK(all.disposed == 1);
  CHECK(steps.count(step::heavy) == 1);  // the notice's
}

TEMPLATE_TEST_CASE("domains that cannot protect never look for the notice", "", deferred_tracked, deferred_custom,
                   shootdown_tracked, counted) {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(1);
  auto slot = domain.attach();
  domain.make(all, 1U).reset();
  domain.retire(domain.make(all, 1U));
  domain.flush();
  CHECK(steps.count(step::light) == 0);
  CHECK(steps.count(step::heavy) == 0);
  CHECK(all.disposed == 2);
}

TEMPLATE_TEST_CASE("readers protect what a writer replaces all the time", "", LAZYREF_TEST_PROTECTING) {
  constexpr int readers = 2;
  int rounds = 0;
  census all;
  {
    lazyref::lazy_domain<thing, TestType> domain(readers);
    auto current = domain.make(all, 5U);
    std::atomic<thing*> shared{current.get()};
    std::atomic<bool> end{false};
    std::atomic<int> wrong{0};
    std::atomic<int> begun{0};
    std::vector<std::thread> threads;
    for (int r = 0; r < readers; ++r) {
      threads.emplace_back([&, r] {
        auto slot = domain.attach();
        for (int i = 0; !end || i == 0; ++i) {
          thing* seen = shared.load(std::memory_order_relaxed);
          if (r == 0 || i % 3 == 0) {
            seen = slot.protect(shared);
          } else if (!slot.try_protect(seen, shared)) {
            continue;
          }
          if (seen->use() != 5) ++wrong;
          if (i == 0) ++begun;
          if (i % 5 == 0) slot.reset_protection();
          if (i % 7 == 0) slot.park();
        }
      });
    }
    while (begun != readers) std::this_thread::yield();
    for (lazyref_test::round_limit limit(600); limit.more(static_cast<unsigned>(rounds)); ++rounds) {
      auto next = domain.make(all, 5U);
      shared.store(next.get(), std::memory_order_release);
      next.swap(current);
      if (rounds % 3 == 0) {
        next.reset();
      } else {
        domain.retire(std::move(next));
      }
      if (rounds % 50 == 0) domain.collect();
    }
    end = true;
    for (std::thread& t : threads) t.join();
    current.reset();
    CHECK(wrong == 0);
  }
  CHECK(all.disposed == rounds + 1);
  CHECK(all.disorder == 0);
}
