// SPDX-License-Identifier: BSL-1.0
//
// Park and resume: a worker that is idle keeps its object only as long as nobody wants it gone.
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_pool.hpp"
#include "../support/lazy_replaced.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;
using lazyref::reclaim;
using holds = pool::holds;

TEMPLATE_TEST_CASE("what is parked comes back while it has users, and is not in use meanwhile", "",
                   LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(2);
  auto slot = domain.attach();
  auto a = domain.make(all, 2U);
  CHECK(slot.resume() == nullptr);
  slot.park();  // nothing to park
  CHECK(slot.resume() == nullptr);

  slot.activate(a);
  CHECK(slot.resume() == nullptr);  // nothing is parked
  CHECK(slot.active() == a.get());
  slot.park();
  CHECK(slot.active() == nullptr);
  slot.park();  // parked already
  slot.poll();
  CHECK(slot.resume() == a.get());
  CHECK(slot.active() == a.get());
  CHECK(slot.resume() == nullptr);

  a.reset();
  CHECK(all.disposed == 0);  // resumed is in use
  CHECK(slot.active()->use() == 2);
  slot.deactivate();
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("the last user's departure takes back what is parked, from every slot, without the workers", "",
                   LAZYREF_TEST_SLOTS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(3);
  auto one = domain.attach();
  auto two = domain.attach();
  auto busy = domain.attach();
  auto a = domain.make(all, 3U);
  auto b = domain.make(all, 3U);
  one.activate(a);
  two.activate(a);
  one.park();
  two.park();
  busy.activate(b);
  SECTION("reset") { a.reset(); }
  SECTION("retire") {
    domain.retire(std::move(a));
    domain.flush();
  }
  CHECK(all.disposed == 1);
  CHECK(domain.stats().unparked == 2);
  CHECK(domain.stats().handed_over == 0);
  CHECK(domain.stats().parked == 0);
  CHECK(one.resume() == nullptr);
  CHECK(two.resume() == nullptr);
  CHECK(busy.active() == b.get());
}

TEMPLATE_TEST_CASE("a worker that has not parked keeps its object from those that have", "", LAZYREF_TEST_SLOTS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(2);
  auto idle = domain.attach();
  auto busy = domain.attach();
  auto a = domain.make(all, 2U);
  idle.activate(a);
  busy.activate(a);
  idle.park();
  a.reset();
  CHECK(all.disposed == 0);
  CHECK(idle.resume() == nullptr);
  CHECK(busy.active()->use() == 2);
  CHECK(domain.stats().unparked == 1);
  CHECK(domain.stats().handed_over == 1);
  busy.park();
  CHECK(all.disposed == 1);  // it had a hold, and was the last one
  CHECK(busy.resume() == nullptr);
}

TEST_CASE("a domain that counts keeps what is parked, and says nothing of it") {
  census all;
  lazyref::lazy_domain<thing, counted> domain(1);
  auto slot = domain.attach();
  auto a = domain.make(all);
  slot.activate(a);
  slot.park();
  a.reset();
  CHECK(all.disposed == 0);
  CHECK(domain.stats().unparked == 0);
  REQUIRE(slot.resume() != nullptr);
  CHECK(slot.active()->use() == 0);
  slot.park();
  SECTION("deactivate") { slot.deactivate(); }
  SECTION("detach") { slot.detach(); }
  SECTION("another object") { slot.activate(domain.make(all)); }
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("every move ends what is parked", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto slot = domain.attach();
  auto a = domain.make(all, 1U);
  auto b = domain.make(all, 1U);
  slot.activate(a);
  slot.park();
  SECTION("deactivate") {
    slot.deactivate();
    CHECK(slot.resume() == nullptr);
  }
  SECTION("another object") {
    CHECK_FALSE(slot.activate(b));
    CHECK(slot.resume() == nullptr);
    CHECK(slot.active() == b.get());
  }
  SECTION("detach and attach") {
    slot.detach();
    slot = domain.attach();
    CHECK(slot.resume() == nullptr);
  }
  a.reset();
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("a parked object that is activated is in use", "", LAZYREF_TEST_SLOTS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto slot = domain.attach();
  auto a = domain.make(all, 1U);
  slot.activate(a);
  slot.park();
  CHECK_FALSE(slot.activate(a));
  a.reset();
  CHECK(all.disposed == 0);
  CHECK(slot.active()->use() == 1);
}

// --- schedules

namespace {

template <reclaim When>
struct one_slot {
  using words = lazyref::slot<pooled, step_sync, When>;
  pool objects;
  stepping steps;
  words s;

  void activate(pooled* object) { lazyref::activate<holds>(s, object); }
  void park() { lazyref::park<holds>(s); }
  pooled* resume() { return lazyref::resume(s); }
  void deactivate() { lazyref::deactivate<holds>(s); }
  void poll() { lazyref::poll<holds>(s); }
  lazyref::handover_counts last_user_left(pooled* object) {
    lazyref::handover_counts counted;
    lazyref::last_user_left<holds, When, step_sync>(
        object, [this](auto&& visit) { visit(s); }, [&](const lazyref::handover_counts& counts) { counted = counts; });
    return counted;
  }
  std::size_t collect() {
    return lazyref::collect<holds, pooled, When, step_sync>([this](auto&& visit) { visit(s); });
  }
};

using deferred = std::integral_constant<reclaim, reclaim::deferred>;
using prompt = std::integral_constant<reclaim, reclaim::prompt>;

// The broken twins.

// A plain store, which may come after a reclaimer's compare-and-swap.
template <class Slot>
pooled* resume_by_store(Slot& s) {
  pooled* const word = s.lazy.load(std::memory_order_relaxed);
  if (!lazyref::detail::is_parked(word)) return nullptr;
  pooled* const object = lazyref::detail::object_of(word);
  s.lazy.store(object, std::memory_order_release);
  return object;
}

// Gives up what is parked and leaves the word.
template <class Slot>
void drain_without_clearing(Slot& s) {
  pooled* dropped = s.drop.load(std::memory_order_relaxed);
  if (!lazyref::detail::is_object(dropped) || dropped == s.lazy.load(std::memory_order_relaxed)) return;
  if (s.drop.compare_exchange_strong(dropped, nullptr, std::memory_order_acquire, std::memory_order_relaxed))
    holds::give_up(dropped, 1);
}

// A reclaimer that stores null over what it found parked.
template <class Slot>
void take_parked_by_store(Slot& s, pooled* object) {
  if (s.lazy.load(std::memory_order_acquire) != lazyref::detail::parked(object)) return;
  s.lazy.store(nullptr, std::memory_order_release);
  holds::give_up(object, 1);
}

}  // namespace

TEMPLATE_TEST_CASE("a reclaimer comes between a resume's look and its exchange: one of the two gets the object", "",
                   deferred, prompt) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.park();
  SECTION("the resume finds out") {
    one.steps.before(step::compare_exchange, &one.s.lazy, 1, [&] { CHECK(one.last_user_left(a).unparked == 1); });
    CHECK(one.resume() == nullptr);
    CHECK_FALSE(a->live);
    CHECK(one.s.lazy.load() == nullptr);
  }
  SECTION("the twin whose resume is a store uses a freed object") {
    one.steps.before(step::store, &one.s.lazy, 1, [&] { one.last_user_left(a); });
    CHECK(resume_by_store(one.s) == a);
    CHECK_FALSE(a->live);  // and the worker is on it
  }
  CHECK(one.steps.all_ran());
  CHECK(one.objects.misuses == 0);
}

TEMPLATE_TEST_CASE("a resume comes between a reclaimer's look and its exchange: the reclaimer finds out", "", deferred,
                   prompt) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.park();
  SECTION("resumed: it is handed over") {
    one.steps.before(step::compare_exchange, &one.s.lazy, 1, [&] { CHECK(one.resume() == a); });
    const auto counts = one.last_user_left(a);
    CHECK(counts.unparked == 0);
    CHECK(counts.handed_over == 1);
    CHECK(a->live);
    CHECK(one.s.lazy.load() == a);
    one.deactivate();
  }
  SECTION("resumed and parked again: it is taken at the second look") {
    one.steps.before(step::compare_exchange, &one.s.lazy, 1, [&] {
      CHECK(one.resume() == a);
      // The reclaimer's exchange fails, as the worker is on the object; before it looks again the worker parks.
      one.steps.before(step::load, &one.s.lazy, 1, [&] { one.park(); });
    });
    const auto counts = one.last_user_left(a);
    CHECK(counts.unparked == 1);
    CHECK(one.resume() == nullptr);
  }
  SECTION("resumed and left: there is nothing to take") {
    one.steps.before(step::compare_exchange, &one.s.lazy, 1, [&] {
      CHECK(one.resume() == a);
      one.deactivate();
    });
    const auto counts = one.last_user_left(a);
    CHECK(counts.unparked == 0);
    CHECK(counts.handed_over == 0);
  }
  CHECK(one.steps.all_ran());
  CHECK_FALSE(a->live);
  CHECK(one.objects.misuses == 0);
}

TEST_CASE("the twin whose reclaimer stores: the worker has resumed, and its object is gone") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.park();
  pooled* resumed = nullptr;
  one.steps.before(step::store, &one.s.lazy, 1, [&] { resumed = one.resume(); });
  take_parked_by_store(one.s, a);
  CHECK(resumed == a);
  CHECK_FALSE(a->live);
}

TEST_CASE("deferred: a park between the reclaimer's look and its exchange leaves an object that can be resumed") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.park(); });
  CHECK(one.last_user_left(a).handed_over == 1);
  CHECK(one.steps.all_ran());
  CHECK(a->live);
  SECTION("resumed, it is in use with a hold of its own") {
    CHECK(one.resume() == a);
    CHECK(a->live);
    one.poll();
    CHECK(a->live);
    one.deactivate();
  }
  SECTION("a poll gives it up, and it cannot be resumed") {
    one.poll();
    CHECK(one.resume() == nullptr);
  }
  SECTION("collect gives it up, and it cannot be resumed") {
    CHECK(one.collect() == 1);
    CHECK(one.resume() == nullptr);
  }
  CHECK_FALSE(a->live);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
  CHECK(one.s.lazy.load() == nullptr);
  CHECK(one.objects.misuses == 0);
}

TEST_CASE("prompt: a park between the reclaimer's look and its exchange keeps nothing") {
  one_slot<reclaim::prompt> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.park(); });
  const auto counts = one.last_user_left(a);
  CHECK(one.steps.all_ran());
  CHECK(counts.handed_over == 1);
  CHECK(counts.taken_back == 1);
  CHECK(counts.unparked == 1);
  CHECK_FALSE(a->live);
  CHECK(one.resume() == nullptr);
  CHECK(lazyref::detail::object_or_null(one.s.drop.load()) == nullptr);
}

TEMPLATE_TEST_CASE("a park that finds a hold in its slot gives it up, and the parked object with it", "", deferred,
                   prompt) {
  one_slot<TestType::value> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.last_user_left(a);
  CHECK(a->live);
  one.park();
  CHECK_FALSE(a->live);
  CHECK(one.resume() == nullptr);
}

TEST_CASE("a drain clears the parked word before it gives up the hold, and the twin that does not is caught") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.park(); });
  one.last_user_left(a);
  CHECK(one.steps.all_ran());
  SECTION("as it is") {
    one.poll();
    CHECK_FALSE(a->live);
    CHECK(one.resume() == nullptr);
  }
  SECTION("without clearing, the worker resumes a freed object") {
    drain_without_clearing(one.s);
    CHECK_FALSE(a->live);
    CHECK(one.resume() == a);
  }
}

namespace {

// What the slot's word is at the moment at which a hold is given up.
lazyref::slot<pooled>* watched = nullptr;
pooled* word_at_the_end = nullptr;
struct watching_holds {
  static void take(pooled* one, std::size_t n) noexcept { holds::take(one, n); }
  static void give_up(pooled* one, std::size_t n) noexcept {
    word_at_the_end = watched->lazy.load();
    holds::give_up(one, n);
  }
};

}  // namespace

TEST_CASE("when a drain's disposer runs, the parked word is gone") {
  pool objects;
  lazyref::slot<pooled> s;
  watched = &s;
  pooled* const a = objects.make();
  lazyref::activate<watching_holds>(s, a);
  lazyref::park<watching_holds>(s);
  s.drop.store(a);
  word_at_the_end = a;
  lazyref::poll<watching_holds>(s);
  CHECK_FALSE(a->live);
  CHECK(word_at_the_end == nullptr);
}

TEST_CASE("a drain of a parked slot and a collect at the same time give up one hold between them") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  one.activate(a);
  one.steps.before(step::exchange, &one.s.drop, 1, [&] { one.park(); });
  one.last_user_left(a);
  SECTION("collect before the word is cleared") {
    one.steps.before(step::store, &one.s.lazy, 1, [&] { CHECK(one.collect() == 1); });
  }
  SECTION("collect before the hold is taken") {
    one.steps.before(step::compare_exchange, &one.s.drop, 1, [&] { CHECK(one.collect() == 1); });
  }
  one.poll();
  CHECK(one.steps.all_ran());
  CHECK_FALSE(a->live);
  CHECK(one.resume() == nullptr);
  CHECK(one.objects.misuses == 0);
}

TEST_CASE("a hold on another object is given up, and what is parked stays") {
  one_slot<reclaim::deferred> one;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  one.activate(b);
  one.park();
  one.s.drop.store(a);
  SECTION("poll") { one.poll(); }
  SECTION("collect") { CHECK(one.collect() == 1); }
  CHECK_FALSE(a->live);
  CHECK(one.resume() == b);
}

TEMPLATE_TEST_CASE("workers that park and come back, and an object that is replaced all the time", "", deferred_all,
                   deferred_tracked, prompt_all, shootdown_deferred) {
  follow_what_is_replaced<TestType>(2, 400, [](auto& slot, int n) {
    int wrong = 0;
    for (int times = 0; times < 4; ++times) {
      slot.park();
      if (times == 1 && n % 20 == 0) std::this_thread::yield();
      const thing* const again = slot.resume();
      if (again == nullptr) break;
      wrong += again->use() != 2;
    }
    return wrong;
  });
}
