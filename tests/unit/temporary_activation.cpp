// SPDX-License-Identifier: BSL-1.0
//
// A scope on another object: the previous one is neither lost in between nor kept longer than it should be.
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_pool.hpp"
#include "../support/lazy_steps.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;
using stepped = basic_thing<step_sync>;

namespace {

template <class Options, class T = thing>
using scope = lazyref::temporary_activation<T, Options>;

template <class Options>
constexpr bool counts = Options::how == lazyref::policy::refcounted;
template <class Options>
constexpr bool is_prompt = Options::when == lazyref::reclaim::prompt;

template <class Options>
struct set_up {
  census all;
  lazyref::lazy_domain<thing, Options> domain{2};
  lazyref::lazy_slot<thing, Options> slot = domain.attach();
  lazyref::strong_ref<thing> a = domain.make(all, 2U);
  lazyref::strong_ref<thing> b = domain.make(all, 2U);
};

}  // namespace

TEMPLATE_TEST_CASE("a scope is on its object, and the slot on the previous one after it", "", LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  {
    const scope<TestType> other(one.slot, one.b);
    CHECK(one.slot.active() == one.b.get());
    CHECK(other.get() == one.b.get());
    CHECK(&*other == one.b.get());
    CHECK(other->use() == 2);
  }
  CHECK(one.slot.active() == one.a.get());
  one.b.reset();
  CHECK(one.all.disposed == 1);
  one.a.reset();
  CHECK(one.all.disposed == 1);
  CHECK(one.slot.active()->use() == 2);
  SECTION("deactivate") { one.slot.deactivate(); }
  SECTION("detach") { one.slot.detach(); }
  CHECK(one.all.disposed == 2);
  CHECK(one.all.disorder == 0);
}

TEMPLATE_TEST_CASE("a slot that was on nothing is on nothing again", "", LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  SECTION("the other object keeps its users") {
    { const scope<TestType> other(one.slot, one.b); }
    CHECK(one.slot.active() == nullptr);
    CHECK(one.all.disposed == 0);
    one.b.reset();
  }
  SECTION("the other object loses its users inside") {
    {
      const scope<TestType> other(one.slot, one.b);
      one.b.reset();
      CHECK(one.all.disposed == 0);
      CHECK(other->use() == 2);
    }
    CHECK(one.slot.active() == nullptr);
  }
  CHECK(one.all.disposed == 1);
  CHECK(one.slot.resume() == nullptr);
  CHECK(one.domain.stats().parked == 0);
}

TEMPLATE_TEST_CASE("the previous object loses its last user inside, and is there when the scope ends", "",
                   LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  const thing* const before = one.a.get();
  {
    const scope<TestType> other(one.slot, one.b);
    SECTION("reset") { one.a.reset(); }
    SECTION("retire") {
      one.domain.retire(std::move(one.a));
      one.domain.flush();
    }
    SECTION("with a poll and a collect") {
      one.a.reset();
      one.slot.poll();
      one.domain.collect();
    }
    SECTION("had lost it before") {}
    one.a.reset();
    CHECK(one.all.torn_down == 1);
    CHECK(one.all.disposed == 0);
  }
  REQUIRE(one.slot.active() == before);
  CHECK(one.slot.active()->use() == 2);
  one.slot.poll();
  one.domain.collect();
  CHECK(one.all.disposed == 0);
  one.slot.activate(one.b);
  CHECK(one.all.disposed == 1);
  CHECK(one.domain.stats().parked == 0);
}

TEMPLATE_TEST_CASE("the previous object has no user when the scope begins: the slot's hold goes, the scope's stays", "",
                   LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  one.a.reset();
  {
    const scope<TestType> other(one.slot, one.b);
    one.slot.poll();
    CHECK(one.all.disposed == 0);
  }
  CHECK(one.slot.active()->use() == 2);
  one.slot.deactivate();
  CHECK(one.all.disposed == 1);
}

TEMPLATE_TEST_CASE("both objects lose their last users inside", "", LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  {
    const scope<TestType> other(one.slot, one.b);
    SECTION("the previous one first") {
      one.a.reset();
      one.b.reset();
    }
    SECTION("the other one first") {
      one.b.reset();
      one.a.reset();
    }
    CHECK(one.all.disposed == 0);
    CHECK(other->use() == 2);
  }
  CHECK(one.all.disposed == 1);  // the other one, at the end of the scope
  CHECK(one.slot.active()->use() == 2);
  one.slot.deactivate();
  CHECK(one.all.disposed == 2);
}

TEMPLATE_TEST_CASE("a scope on the object that the slot is on already", "", LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  const thing* const before = one.a.get();
  {
    const scope<TestType> other(one.slot, one.a);
    CHECK(one.slot.active() == before);
    SECTION("it loses its users inside") { one.a.reset(); }
    SECTION("it does not") {}
    CHECK(one.all.disposed == 0);
  }
  CHECK(one.slot.active() == before);
  CHECK(before->use() == 2);
  one.a.reset();
  CHECK(one.all.disposed == 0);
  one.slot.poll();
  CHECK(one.all.disposed == 0);
  one.slot.deactivate();
  CHECK(one.all.disposed == 1);
}

TEMPLATE_TEST_CASE("what was parked before the scope", "", LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  one.slot.park();
  const thing* const before = one.a.get();
  const bool comes_back = !is_prompt<TestType> || counts<TestType>;
  SECTION("and keeps its users: parked again; prompt lets go of it") {
    {
      const scope<TestType> other(one.slot, one.b);
      CHECK(one.slot.active() == one.b.get());
      one.b.reset();
    }
    CHECK(one.slot.active() == nullptr);
    CHECK(one.slot.resume() == (comes_back ? before : nullptr));
    CHECK(one.all.disposed == 1);
    if (comes_back) CHECK(one.slot.active()->use() == 2);
    one.slot.deactivate();
    one.a.reset();
  }
  SECTION("and loses them inside: the scope's hold keeps it until the slot moves") {
    {
      const scope<TestType> other(one.slot, one.b);
      one.a.reset();
      CHECK(one.all.disposed == (comes_back ? 0 : 1));
    }
    CHECK(one.slot.active() == nullptr);
    SECTION("resumed") {
      CHECK(one.slot.resume() == (comes_back ? before : nullptr));
      if (comes_back) CHECK(one.slot.active()->use() == 2);
      one.slot.deactivate();
    }
    SECTION("collected") {
      one.domain.collect();
      if (!counts<TestType>) CHECK(one.all.disposed == 1);
      one.slot.deactivate();
    }
    CHECK(one.all.disposed == 1);
  }
  SECTION("and loses them after it: it goes at once, with the hold that the scope left") {
    { const scope<TestType> other(one.slot, one.b); }
    one.a.reset();
    if (counts<TestType>) {
      CHECK(one.all.disposed == 0);
      one.slot.deactivate();
    }
    CHECK(one.all.disposed == 1);
    CHECK(one.slot.resume() == nullptr);
    CHECK(one.domain.stats().parked == 0);
  }
  SECTION("and the scope is on the same object") {
    {
      const scope<TestType> other(one.slot, one.a);
      CHECK(one.slot.active() == before);
      one.a.reset();
      CHECK(one.all.disposed == 0);
      CHECK(other->use() == 2);
    }
    CHECK(one.slot.active() == nullptr);
    CHECK(one.slot.resume() == (comes_back ? before : nullptr));
    one.slot.deactivate();
    CHECK(one.all.disposed == 1);
  }
  one.slot.detach();
  one.a.reset();
  one.b.reset();
  CHECK(one.all.disposed == 2);
  CHECK(one.all.disorder == 0);
}

TEMPLATE_TEST_CASE("a poll gives up the hold that a scope left on what was parked before it", "", LAZYREF_TEST_SLOTS) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  one.slot.park();
  {
    const scope<TestType> other(one.slot, one.b);
    one.a.reset();
  }
  one.slot.poll();
  CHECK(one.all.disposed == 1);
  CHECK(one.slot.resume() == nullptr);
}

TEMPLATE_TEST_CASE("a parked object that was taken back before the scope does not come back after it", "",
                   LAZYREF_TEST_SLOTS) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  one.slot.park();
  one.a.reset();
  CHECK(one.all.disposed == 1);
  { const scope<TestType> other(one.slot, one.b); }
  CHECK(one.slot.active() == nullptr);
  CHECK(one.slot.resume() == nullptr);
}

TEMPLATE_TEST_CASE("scopes nest and end in reverse order, whoever loses its users meanwhile", "",
                   LAZYREF_TEST_CHOICES) {
  for (unsigned losing = 0; losing < 16; ++losing) {
    census all;
    {
      lazyref::lazy_domain<thing, TestType> domain(2);
      auto slot = domain.attach();
      std::vector<lazyref::strong_ref<thing>> objects;
      std::vector<const thing*> raw;
      for (int i = 0; i < 4; ++i) {
        objects.push_back(domain.make(all, 2U));
        raw.push_back(objects.back().get());
      }
      // Bit i: object i loses its user, the even ones in the innermost scope, the odd ones on the way out.
      const auto lose = [&](std::size_t i) {
        if ((losing >> i & 1) != 0) objects[i].reset();
      };
      slot.activate(objects[0]);
      {
        const scope<TestType> first(slot, objects[1]);
        {
          const scope<TestType> second(slot, objects[2]);
          {
            const scope<TestType> third(slot, objects[3]);
            REQUIRE(slot.active() == raw[3]);
            lose(0);
            lose(2);
            REQUIRE(third->use() == 2);
          }
          REQUIRE(slot.active() == raw[2]);
          REQUIRE(second->use() == 2);
          lose(1);
          lose(3);
          slot.poll();
        }
        REQUIRE(slot.active() == raw[1]);
        REQUIRE(first->use() == 2);
      }
      REQUIRE(slot.active() == raw[0]);
      REQUIRE(slot.active()->use() == 2);
      slot.deactivate();
      int lost = 0;
      for (std::size_t i = 0; i < 4; ++i) lost += (losing >> i & 1) != 0 ? 1 : 0;
      REQUIRE(all.disposed == lost);
      REQUIRE(domain.stats().parked == 0);
    }
    REQUIRE(all.disposed == 4);
    REQUIRE(all.disorder == 0);
  }
}

TEMPLATE_TEST_CASE("a scope in a slot that protects", "", LAZYREF_TEST_PROTECTING) {
  set_up<TestType> one;
  std::atomic<thing*> shared{one.a.get()};
  CHECK(one.slot.protect(shared) == one.a.get());
  {
    const scope<TestType> other(one.slot, one.b);
    shared = nullptr;
    one.domain.retire(std::move(one.a));
    one.domain.flush();
    CHECK(one.all.disposed == 0);
  }
  CHECK(one.slot.active()->use() == 2);
  CHECK(one.slot.protect(shared) == nullptr);
  CHECK(one.all.disposed == 1);
}

TEMPLATE_TEST_CASE("the handle may move while a scope is open", "", LAZYREF_TEST_CHOICES) {
  set_up<TestType> one;
  one.slot.activate(one.a);
  lazyref::lazy_slot<thing, TestType> moved;
  {
    const scope<TestType> other(one.slot, one.b);
    moved = std::move(one.slot);
    CHECK(moved.active() == one.b.get());
  }
  CHECK(moved.active() == one.a.get());
}

TEMPLATE_TEST_CASE("a disposer that runs at the end of a scope finds the slot where it was before", "", deferred_all,
                   deferred_tracked, prompt_all, counted, shootdown_prompt) {
  lazyref::lazy_domain<reactive, TestType> domain(2);
  auto slot = domain.attach();
  const reactive* seen = nullptr;
  auto a = domain.make(nullptr);
  auto c = domain.make(nullptr);
  auto b = domain.make([&] {
    seen = slot.active();
    slot.activate(c);  // it may move the slot: the scope's end takes it back
  });
  slot.activate(a);
  {
    const scope<TestType, reactive> other(slot, b);
    b.reset();
    CHECK(seen == nullptr);
  }
  CHECK(seen == a.get());
  CHECK(slot.active() == a.get());
}

// --- the broken twins: what the hold is for, and where it has to stand in the end

namespace {

using words = lazyref::slot<pooled>;

void last_user_left(words& s, pooled* object) {
  lazyref::last_user_left<pool::holds>(object, [&](auto&& visit) { visit(s); });
}

}  // namespace

TEST_CASE("the twin that remembers the previous object, and takes no hold, comes back to a freed one") {
  pool objects;
  words s;
  pooled* const a = objects.make();
  lazyref::activate<pool::holds>(s, a);
  pooled* const before = s.lazy.load();
  lazyref::activate<pool::holds>(s, objects.make());
  last_user_left(s, a);
  s.lazy.store(before);
  CHECK_FALSE(s.lazy.load()->live);
}

TEST_CASE("the twin that gives its hold up when it has come back is on a freed object") {
  pool objects;
  words s;
  pooled* const a = objects.make();
  lazyref::activate<pool::holds>(s, a);
  pool::holds::take(a, 1);
  lazyref::activate<pool::holds>(s, objects.make());
  last_user_left(s, a);
  CHECK(a->live);
  s.lazy.store(a);
  pool::holds::give_up(a, 1);
  CHECK_FALSE(s.lazy.load()->live);
}

// --- schedules

TEMPLATE_TEST_CASE("a reclaimer of the previous object comes anywhere in a scope's beginning or end", "", deferred_all,
                   prompt_all, deferred_tracked, shootdown_deferred) {
  // Each of the operations on the slot's words, in turn.
  int met = 0;
  for (const bool parked : {false, true}) {
    for (const step what : {step::load, step::store, step::exchange, step::compare_exchange}) {
      for (int n = 1; n < 12; ++n) {
        census all;
        stepping steps;
        {
          lazyref::lazy_domain<stepped, TestType> domain(1);
          auto slot = domain.attach();
          auto a = domain.make(all, 3U);
          auto b = domain.make(all, 3U);
          slot.activate(a);
          if (parked) slot.park();
          steps.before(what, nullptr, n, [&] { a.reset(); });
          {
            const scope<TestType, stepped> other(slot, b);
            REQUIRE(other->use() == 3);
          }
          met += steps.all_ran() ? 1 : 0;
          const stepped* const now = parked ? slot.resume() : slot.active();
          if (!parked) REQUIRE(now != nullptr);
          if (now != nullptr) REQUIRE(now->use() == 3);
          if (now == nullptr || all.disposed == 1) REQUIRE(parked);
          slot.deactivate();
          a.reset();
          REQUIRE(all.disposed == 1);
          REQUIRE(domain.stats().parked == 0);
          steps.stop();
        }
        REQUIRE(all.disposed == 2);
        REQUIRE(all.disorder == 0);
      }
    }
  }
  CHECK(met >= 12);
}

TEMPLATE_TEST_CASE("a reclaimer of the other object comes anywhere in a scope's end", "", deferred_all, prompt_all,
                   deferred_tracked, shootdown_deferred) {
  int met = 0;
  for (const step what : {step::load, step::store, step::exchange, step::compare_exchange}) {
    for (int n = 1; n < 8; ++n) {
      census all;
      stepping steps;
      {
        lazyref::lazy_domain<stepped, TestType> domain(1);
        auto slot = domain.attach();
        auto a = domain.make(all, 3U);
        auto b = domain.make(all, 3U);
        slot.activate(a);
        {
          const scope<TestType, stepped> other(slot, b);
          steps.before(what, nullptr, n, [&] { b.reset(); });
        }
        met += steps.all_ran() ? 1 : 0;
        REQUIRE(slot.active() == a.get());
        b.reset();
        slot.poll();
        slot.deactivate();
        REQUIRE(all.disposed == 1);
        REQUIRE(a->use() == 3);
        steps.stop();
      }
      REQUIRE(all.disposed == 2);
    }
  }
  // Before the store, the exchange, and the look of a unit that checks.
  CHECK(met == (lazyref::checks_enabled ? 3 : 2));
}

TEMPLATE_TEST_CASE("workers with scopes, and objects that are replaced all the time", "", LAZYREF_TEST_CHOICES) {
  constexpr int workers = 2;
  constexpr unsigned rounds = 200;
  lazyref_test::round_limit limit(rounds);
  census all;
  {
    lazyref::lazy_domain<thing, TestType> domain(workers);
    std::mutex lock;
    lazyref::strong_ref<thing> current[2] = {domain.make(all, std::size_t{workers}),
                                             domain.make(all, std::size_t{workers})};
    const auto read = [&](int which) {
      const std::lock_guard<std::mutex> guard(lock);
      return current[which];
    };
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int w = 0; w < workers; ++w) {
      threads.emplace_back([&] {
        auto slot = domain.attach();
        for (unsigned i = 0; limit.more(i); ++i) {
          slot.activate(read(0));
          const thing* const mine = slot.active();
          if (i % 4 == 3) slot.park();
          {
            const scope<TestType> other(slot, read(1));
            if (other->use() != workers) ++wrong;
            if (i % 5 == 0) std::this_thread::yield();
          }
          const thing* const again = i % 4 == 3 ? slot.resume() : slot.active();
          if (i % 4 != 3 && again != mine) ++wrong;
          if (again != nullptr && again->use() != workers) ++wrong;
        }
      });
    }
    for (unsigned i = 0; i < rounds; ++i) {
      auto next = domain.make(all, std::size_t{workers});
      {
        const std::lock_guard<std::mutex> guard(lock);
        next.swap(current[i % 2]);
      }
      if (i % 3 == 0) {
        domain.retire(std::move(next));
      } else {
        next.reset();
      }
      if (i % 40 == 0) domain.collect();
    }
    for (std::thread& t : threads) t.join();
    CHECK(wrong == 0);
    current[0].reset();
    current[1].reset();
  }
  CHECK(all.disposed == rounds + 2);
  CHECK(all.disorder == 0);
}
