// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of parking (slot.hpp) and of temporary activation (temporary_activation.hpp).
#pragma once

#include "fixtures.hpp"

namespace model::scenarios {

// The worker goes idle, and comes back: it gets the object, or the reclaimer does.
template <class How>
void parked() {
  slots<How, 1> s;
  auto* const a = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.park();
        s.resume();
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(a);
      });
  s.finish();
}

// It uses the object between one parking and the next.
template <class How>
void parked_twice() {
  slots<How, 1> s;
  auto* const a = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.park();
        if (object* const o = How::resume(s.at[0])) o->contents.write(1);
        s.park();
      },
      [&] {
        reclaimer();
        s.drop(a);
      });
  s.finish();
}

// It goes idle for good, and looks once more.
template <class How>
void polled_while_parked() {
  slots<How, 1> s;
  auto* const a = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        a->contents.write(1);
        s.park();
        How::poll(s.at[0]);
      },
      [&] {
        reclaimer();
        s.drop(a);
      });
  s.finish();
}

// It is idle already: nothing is left, whenever objects are reclaimed, and there is nothing to come back to.
template <class How>
void asleep() {
  slots<How, 1> s;
  auto* const a = new object(3);
  s.use(a);
  s.park();
  parallel(
      [&] {
        reclaimer();
        s.drop(a);
      },
      [&] {
        reclaimer();
        s.drop(a);
      });
  require(alive == 0, "an object is left behind in a slot that was parked before its last user went");
  s.finish();
}

// From one object to the next by way of parking, and a reclaimer each.
template <class How>
void parked_two_reclaimers() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.use(b);
        s.park();
        s.resume();
      },
      [&] {
        reclaimer();
        s.drop(a);
      },
      [&] {
        reclaimer();
        s.drop(b);
      });
  s.leave();
  s.finish();
}

// What is parked is left for another object, which is parked in turn; its address may be that of the first.
template <class How>
void parked_reused_address() {
  slots<How, 1> s;
  auto* const a = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.park();
        s.resume();
        auto* const b = new object(1);
        How::activate(s.at[0], b);
        (void)b->contents.read();
        s.park();
        if (object* const o = How::resume(s.at[0])) o->contents.write(1);
        s.drop(b);
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(a);
      });
  s.finish();
}

// The same with two objects that have reclaimers of their own.
template <class How>
void parked_reused_address_two_reclaimers() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.use(b);
        s.park();
        auto* const c = new object(1);
        How::activate(s.at[0], c);
        s.park();
        s.drop(c);
        s.resume();
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(a);
      },
      [&] {
        reclaimer();
        s.drop(b);
      });
  s.finish();
}

// MUST FAIL: the worker takes back what it parked by a look and a store.
struct plain_resume : real<reclaim::deferred> {
  static object* resume(slot& s) {
    object* const word = s.lazy.load(relaxed);
    if (!lazyref::detail::is_parked(word)) return nullptr;
    s.lazy.store(lazyref::detail::object_of(word), release);
    return lazyref::detail::object_of(word);
  }
};

// --- temporary_activation.hpp ---

// The previous object, active or parked, may lose its last user before, during and after the scope; so may the other
// one. With one reclaimer the other one goes after the previous one.
template <reclaim R, bool Parked, unsigned Reclaimers>
void temporary() {
  fixture<policy::handoff, R, candidates::all> f(1);
  auto a = f.domain.make();
  auto b = f.domain.make();
  auto slot = f.domain.attach();
  parallel(
      [&, mine = a, other = b]() mutable {
        worker();
        slot.activate(mine);
        mine.reset();
        if (Parked) slot.park();
        {
          lazyref::temporary_activation scope(slot, other);
          other.reset();
          scope->contents.write(1);
        }
        if (!Parked || slot.resume() != nullptr) (void)slot.active()->contents.read();
        slot.detach();
      },
      [&] {
        reclaimer();
        a.reset();
        if (Reclaimers == 1) b.reset();
      },
      [&] {
        reclaimer();
        if (Reclaimers == 2) b.reset();
      });
  f.finish(2);
}

// The previous one only, and it is used to the end.
template <reclaim R, bool Parked>
void temporary_previous() {
  fixture<policy::handoff, R, candidates::all> f(1);
  auto a = f.domain.make();
  auto b = f.domain.make();
  auto slot = f.domain.attach();
  parallel(
      [&, mine = a]() mutable {
        worker();
        slot.activate(mine);
        mine.reset();
        if (Parked) slot.park();
        {
          lazyref::temporary_activation scope(slot, b);
          (void)scope->contents.read();
        }
        if (!Parked || slot.resume() != nullptr) slot.active()->contents.write(1);
        slot.detach();
      },
      [&] {
        reclaimer();
        a.reset();
      });
  b.reset();
  f.finish(2);
}

// The other one only.
template <reclaim R>
void temporary_other() {
  fixture<policy::handoff, R, candidates::all> f(1);
  auto a = f.domain.make();
  auto b = f.domain.make();
  auto slot = f.domain.attach();
  parallel(
      [&, other = b]() mutable {
        worker();
        slot.activate(a);
        {
          lazyref::temporary_activation scope(slot, other);
          other.reset();
          scope->contents.write(1);
        }
        (void)slot.active()->contents.read();
        slot.detach();
      },
      [&] {
        reclaimer();
        b.reset();
      });
  a.reset();
  f.finish(2);
}

// Idle between two scopes, with what the first left.
template <reclaim R>
void temporary_parked_after() {
  fixture<policy::handoff, R, candidates::all> f(1);
  auto a = f.domain.make();
  auto b = f.domain.make();
  auto slot = f.domain.attach();
  parallel(
      [&, mine = a]() mutable {
        worker();
        slot.activate(mine);
        mine.reset();
        { lazyref::temporary_activation scope(slot, b); }
        slot.park();
        { lazyref::temporary_activation scope(slot, b); }
        if (thing* const t = slot.resume()) t->contents.write(1);
        slot.detach();
      },
      [&] {
        reclaimer();
        a.reset();
      });
  b.reset();
  f.finish(2);
}

}  // namespace model::scenarios
