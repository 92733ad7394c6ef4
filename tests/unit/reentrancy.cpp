// SPDX-License-Identifier: BSL-1.0
//
// Hooks and disposers run inside the library's calls and call it again.
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;

namespace {

struct chained : lazyref::owner<chained> {
  chained(lazyref::strong_ref<chained> n, int& d) : next(std::move(n)), disposed(d) {}
  ~chained() { ++disposed; }
  lazyref::strong_ref<chained> next;
  int& disposed;
};

}  // namespace

TEMPLATE_TEST_CASE("a disposer that drops the last user of another object, a thousand times over", "", deferred_all,
                   deferred_tracked, prompt_all, counted) {
  int disposed = 0;
  lazyref::lazy_domain<chained, TestType> domain(2);
  auto slot = domain.attach();
  lazyref::strong_ref<chained> head;
  for (int i = 0; i < 1000; ++i) head = domain.make(std::move(head), disposed);
  slot.activate(head);
  SECTION("in a move of the slot") {
    head.reset();
    CHECK(disposed == 0);
    slot.deactivate();
  }
  SECTION("in a reset") {
    slot.deactivate();
    head.reset();
  }
  CHECK(disposed == 1000);
}

TEMPLATE_TEST_CASE("a disposer may use the slot in whose call it runs", "", deferred_all, deferred_tracked, prompt_all,
                   counted) {
  int disposed = 0;
  lazyref::lazy_domain<reactive, TestType> domain(2);
  auto slot = domain.attach();
  auto b = domain.make([&] { ++disposed; });
  lazyref::strong_ref<reactive> a;
  SECTION("activate") {
    a = domain.make([&] {
      ++disposed;
      slot.activate(b);
      b.reset();
    });
    slot.activate(a);
    a.reset();
    slot.deactivate();
    CHECK(slot.active() == nullptr);  // as deactivate promises, not what the disposer chose
    CHECK(disposed == 2);
  }
  SECTION("deactivate and poll") {
    a = domain.make([&] {
      ++disposed;
      slot.deactivate();
      slot.poll();
      slot.activate(b);
      slot.deactivate();
    });
    slot.activate(a);
    a.reset();
    slot.deactivate();
    CHECK(slot.active() == nullptr);
    b.reset();
  }
  SECTION("detach, and attach again") {
    a = domain.make([&] {
      ++disposed;
      slot.detach();
      auto again = domain.attach();
      again.activate(b);
      b.reset();
    });
    slot.activate(a);
    a.reset();
    slot.deactivate();
    CHECK_FALSE(slot);
  }
  SECTION("detach, inside detach") {
    a = domain.make([&] {
      ++disposed;
      slot.detach();
      b.reset();
    });
    slot.activate(a);
    a.reset();
    slot.detach();
    CHECK(domain.stats().attached == 0);
  }
  CHECK(disposed == 2);
}

TEMPLATE_TEST_CASE("an activation stands when it returns, whatever the disposer that ran in it has done with the slot",
                   "", deferred_all, deferred_tracked, prompt_all, counted) {
  int disposed = 0;
  lazyref::lazy_domain<reactive, TestType> domain(2);
  auto slot = domain.attach();
  auto b = domain.make([&] { ++disposed; });
  auto c = domain.make([&] { ++disposed; });
  lazyref::strong_ref<reactive> a;
  SECTION("deactivate") {
    a = domain.make([&] { slot.deactivate(); });
  }
  SECTION("activate another one, whose last user goes") {
    a = domain.make([&] {
      slot.activate(c);
      c.reset();
    });
  }
  SECTION("activate the same one") {
    a = domain.make([&] { CHECK(slot.activate(b)); });
  }
  SECTION("park, and drop the last user of what was parked") {
    a = domain.make([&] {
      slot.activate(c);
      slot.park();
      c.reset();
    });
  }
  SECTION("park what the call is about") {
    a = domain.make([&] { slot.park(); });
  }
  SECTION("a scope") {
    a = domain.make([&] {
      const lazyref::temporary_activation<reactive, TestType> scope(slot, c);
      CHECK(slot.active() == c.get());
    });
  }
  SECTION("poll") {
    a = domain.make([&] { slot.poll(); });
  }
  slot.activate(a);
  a.reset();
  CHECK_FALSE(slot.activate(b));
  CHECK(slot.active() == b.get());
  b.reset();
  c.reset();
  CHECK(disposed == 1);  // c, and not b, which the slot is on
  slot.deactivate();
  CHECK(disposed == 2);
}

TEST_CASE("a disposer that runs in an assignment or a detach may put another slot in the place of the one that goes") {
  lazyref::lazy_domain<reactive> domain(2);
  auto slot = domain.attach();
  auto a = domain.make([&] { slot = domain.attach(); });
  slot.activate(a);
  a.reset();
  SECTION("assignment") { slot = lazyref::lazy_slot<reactive>(); }
  SECTION("detach") { slot.detach(); }
  CHECK(slot);
  CHECK(domain.stats().attached == 1);
  slot.detach();
  CHECK(domain.stats().attached == 0);
}

TEST_CASE("a disposer may destroy and move the handle in whose call it runs") {
  lazyref::lazy_domain<reactive> domain(3);
  std::vector<lazyref::lazy_slot<reactive>> slots;
  slots.push_back(domain.attach());
  auto a = domain.make([&] {
    slots.push_back(domain.attach());  // into new memory: all handles move, the old ones are destroyed
    slots.shrink_to_fit();
  });
  slots[0].activate(a);
  a.reset();
  SECTION("deactivate") { slots[0].deactivate(); }
  SECTION("detach") { slots[0].detach(); }
  CHECK(slots.size() == 2);
  CHECK(slots[1]);
}

// What makes it a use after free: the drain goes on as the slot's worker, which it is not any more, and compares and
// swaps a drop word that is somebody else's.
TEST_CASE("a drain does not touch the slot again once its disposer has given the slot to another worker") {
  stepping steps;
  lazyref::lazy_domain<basic_reactive<step_sync>> domain(1);
  auto slot = domain.attach();
  lazyref::lazy_slot<basic_reactive<step_sync>> others;
  int disposed = 0;
  auto p = domain.make([&] { ++disposed; });
  auto q = domain.make([] {});
  auto x = domain.make([&] {
    slot.detach();
    others = domain.attach();
    others.activate(p);
    // The other worker moves on in the middle of the hand-over: p is parked in its slot.
    steps.before(step::exchange, nullptr, 1, [&] { others.activate(q); });
    p.reset();
  });
  slot.activate(x);
  x.reset();
  slot.deactivate();
  CHECK(steps.all_ran());
  CHECK(disposed == 0);  // it is the other worker's to give up
  CHECK(domain.stats().parked == 1);
  others.poll();
  CHECK(disposed == 1);
}

TEMPLATE_TEST_CASE("on_last_user may call into the domain", "", deferred_all, deferred_tracked, prompt_all, counted) {
  int disposed = 0;
  lazyref::lazy_domain<reactive, TestType> domain(3);
  auto slot = domain.attach();
  lazyref::strong_ref<reactive> made_meanwhile;
  auto a = domain.make([&] { ++disposed; },
                       [&] {
                         made_meanwhile = domain.make([&] { ++disposed; });
                         auto other = domain.attach();
                         other.activate(made_meanwhile);
                         made_meanwhile.reset();
                         domain.collect();
                         CHECK(disposed == 0);
                         other.detach();
                         CHECK(disposed == 1);
                         slot.poll();
                       });
  slot.activate(a);
  a.reset();
  CHECK(disposed == 1);
  slot.deactivate();
  CHECK(disposed == 2);
}

TEST_CASE("disposers that run inside attach, collect and the end of the domain may call the domain") {
  int disposed = 0;
  stepping steps;
  auto domain = std::make_unique<lazyref::lazy_domain<basic_reactive<step_sync>>>(2U);
  auto* const again = domain.get();
  auto slot = domain->attach();
  bool may_attach = true;
  auto a = domain->make([&] {
    ++disposed;
    CHECK(again->collect() == 0);
    if (!may_attach) return;
    auto other = again->attach();
    CHECK(other);
    other.poll();
  });
  slot.activate(a);
  steps.before(step::exchange, nullptr, 1, [&] { slot.detach(); });
  a.reset();
  CHECK(steps.all_ran());
  CHECK(domain->stats().parked == 1);
  SECTION("attach") { slot = domain->attach(); }
  SECTION("collect") { CHECK(domain->collect() == 1); }
  SECTION("the end") { may_attach = false; }
  slot.detach();
  domain.reset();
  CHECK(disposed == 1);
}

TEMPLATE_TEST_CASE("a disposer may park, resume, protect and retire in the call in which it runs", "", deferred_all,
                   prompt_all, shootdown_deferred) {
  int disposed = 0;
  lazyref::lazy_domain<reactive, TestType> domain(2);
  auto slot = domain.attach();
  auto b = domain.make([&] { ++disposed; });
  auto c = domain.make([&] { ++disposed; });
  std::atomic<reactive*> shared{c.get()};
  bool inside_a_call_of_the_slot = true;
  auto a = domain.make([&] {
    ++disposed;
    slot.activate(b);
    slot.park();
    CHECK(slot.resume() == b.get());
    domain.retire(std::move(b));
    domain.flush();
    CHECK(disposed == 1);  // the slot is on it
    CHECK(slot.protect(shared) == c.get());
    CHECK(disposed == (inside_a_call_of_the_slot ? 1 : 2));  // that call gives up what is left
    shared = nullptr;
    domain.retire(std::move(c));
  });
  const reactive* const protected_one = c.get();
  slot.activate(a);
  SECTION("deactivate") {
    a.reset();
    slot.deactivate();
    CHECK(disposed == 2);
    CHECK(slot.active() == nullptr);
    domain.flush();
  }
  SECTION("park") {
    a.reset();
    slot.park();
    CHECK(disposed == 2);
    CHECK(slot.active() == nullptr);
    domain.flush();
    CHECK(slot.resume() == nullptr);
  }
  SECTION("flush, of what was parked: the slot is the disposer's to use") {
    inside_a_call_of_the_slot = false;
    slot.park();
    domain.retire(std::move(a));
    domain.flush();
    CHECK(disposed == 2);
    CHECK(slot.active() == protected_one);
    domain.flush();
    CHECK(disposed == 2);
    slot.reset_protection();
  }
  CHECK(disposed == 3);
}

TEMPLATE_TEST_CASE("a protection stands when it returns, whatever the disposer that ran in it has done with the slot",
                   "", deferred_all, prompt_all) {
  int disposed = 0;
  lazyref::lazy_domain<reactive, TestType> domain(1);
  auto slot = domain.attach();
  auto b = domain.make([&] { ++disposed; });
  auto c = domain.make([&] { ++disposed; });
  auto a = domain.make([&] { slot.activate(c); });
  std::atomic<reactive*> shared{b.get()};
  slot.activate(a);
  a.reset();
  SECTION("protect") {
    CHECK(slot.protect(shared) == b.get());
    CHECK(slot.active() == b.get());
    b.reset();
    CHECK(disposed == 0);
  }
  SECTION("protect null") {
    shared = nullptr;
    CHECK(slot.protect(shared) == nullptr);
    CHECK(slot.active() == nullptr);
    c.reset();
    CHECK(disposed == 1);
  }
  SECTION("try_protect") {
    reactive* seen = b.get();
    CHECK(slot.try_protect(seen, shared));
    CHECK(seen == b.get());
    CHECK(slot.active() == b.get());
    b.reset();
    CHECK(disposed == 0);
  }
  slot.deactivate();
}

TEMPLATE_TEST_CASE("a protection in which the disposer changes what is published is one of what is published then", "",
                   deferred_all, prompt_all) {
  int disposed = 0;
  lazyref::lazy_domain<reactive, TestType> domain(1);
  auto slot = domain.attach();
  auto b = domain.make([&] { ++disposed; });
  auto c = domain.make([&] { ++disposed; });
  std::atomic<reactive*> shared{b.get()};
  auto a = domain.make([&] {
    shared = c.get();
    domain.retire(std::move(b));
    domain.flush();
  });
  slot.activate(a);
  a.reset();
  SECTION("protect") {
    CHECK(slot.protect(shared) == c.get());
    CHECK(slot.active() == c.get());
    CHECK(disposed == 1);
    c.reset();
    CHECK(disposed == 1);
  }
  SECTION("try_protect") {
    reactive* seen = b.get();
    CHECK_FALSE(slot.try_protect(seen, shared));
    CHECK(seen == c.get());
    CHECK(slot.active() == nullptr);
    CHECK(disposed == 1);
  }
  slot.deactivate();
  c.reset();
  CHECK(disposed == 2);
}

TEST_CASE("a disposer that runs in a poll inside a temporary activation may open another one") {
  int disposed = 0;
  lazyref::lazy_domain<reactive> domain(2);
  auto slot = domain.attach();
  auto b = domain.make([&] { ++disposed; });
  auto c = domain.make([&] { ++disposed; });
  auto a = domain.make([&] {
    ++disposed;
    const lazyref::temporary_activation<reactive> further(slot, c);
    c.reset();
    CHECK(slot.active() == further.get());
  });
  {
    const lazyref::temporary_activation<reactive> other(slot, a);
    {
      const lazyref::temporary_activation<reactive> inner(slot, b);
      a.reset();
      b.reset();
    }
    // b is gone, a's hold stands in the slot.
    CHECK(disposed == 1);
    CHECK(slot.active() == other.get());
  }
  CHECK(disposed == 3);
  CHECK(slot.active() == nullptr);
}
