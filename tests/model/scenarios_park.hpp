// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of parking (slot.hpp) and of temporary activation (temporary_activation.hpp).
#pragma once

#include "fixtures.hpp"

namespace model::scenarios {

// The worker goes idle, and comes back: it gets the object, or the reclaimer does.
template <class How>
void parked() {
  while_one_goes<slots<How, 1>>([](auto& s, object* a) {
    s.use(a);
    s.park();
    s.resume();
    s.leave();
  });
}

// It uses the object between one parking and the next.
template <class How>
void parked_twice() {
  while_one_goes<slots<How, 1>>([](auto& s, object* a) {
    s.use(a);
    s.park();
    if (object* const o = How::resume(s.at[0])) o->contents.write(1);
    s.park();
  });
}

// It goes idle for good, and looks once more.
template <class How>
void polled_while_parked() {
  while_one_goes<slots<How, 1>>([](auto& s, object* a) {
    s.use(a);
    a->contents.write(1);
    s.park();
    How::poll(s.at[0]);
  });
}

// It is idle already: nothing is left, whenever objects are reclaimed, and there is nothing to come back to.
template <class How>
void asleep() {
  slots<How, 1> s;
  auto* const a = new object(3);
  s.use(a);
  s.park();
  parallel(reclaimer([&] { s.drop(a); }), reclaimer([&] { s.drop(a); }));
  require(alive == 0, "an object is left behind in a slot that was parked before its last user went");
  s.finish();
}

// From one object to the next by way of parking, and a reclaimer each.
template <class How>
void parked_two_reclaimers() {
  struct left : slots<How, 1> {
    void finish() {
      this->leave();
      slots<How, 1>::finish();
    }
  };
  while_two_go<left>([](auto& s, object* a, object* b) {
    s.use(a);
    s.use(b);
    s.park();
    s.resume();
  });
}

// What is parked is left for another object, which is parked in turn; its address may be that of the first.
template <class How>
void parked_reused_address() {
  while_one_goes<slots<How, 1>>([](auto& s, object* a) {
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
  });
}

// The same with two objects that have reclaimers of their own.
template <class How>
void parked_reused_address_two_reclaimers() {
  while_two_go<slots<How, 1>>([](auto& s, object* a, object* b) {
    s.use(a);
    s.use(b);
    s.park();
    auto* const c = new object(1);
    How::activate(s.at[0], c);
    s.park();
    s.drop(c);
    s.resume();
    s.leave();
  });
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

// A worker's slot, a previous object, and another one for scopes.
template <reclaim R>
struct in_scopes : fixture<policy::handoff, R, candidates::all> {
  using base = fixture<policy::handoff, R, candidates::all>;
  typename base::ref a = this->domain.make(), b = this->domain.make();
  typename base::slot slot = this->domain.attach();

  in_scopes() : base(1) {}
  // The slot is on the previous one, by a user that goes at once.
  void begin(typename base::ref& mine, bool parked = false) {
    slot.activate(mine);
    mine.reset();
    if (parked) slot.park();
  }
  void finish() {
    a.reset();
    b.reset();
    base::finish(2);
  }
};

// The previous object, active or parked, may lose its last user before, during and after the scope; so may the other
// one. With one reclaimer the other one goes after the previous one.
template <reclaim R, bool Parked, unsigned Reclaimers>
void temporary() {
  in_scopes<R> f;
  parallel(worker([&, mine = f.a, other = f.b]() mutable {
             f.begin(mine, Parked);
             {
               lazyref::temporary_activation scope(f.slot, other);
               other.reset();
               scope->contents.write(1);
             }
             if (!Parked || f.slot.resume() != nullptr) (void)f.slot.active()->contents.read();
             f.slot.detach();
           }),
           reclaimer([&] {
             f.a.reset();
             if (Reclaimers == 1) f.b.reset();
           }),
           reclaimer([&] {
             if (Reclaimers == 2) f.b.reset();
           }));
  f.finish();
}

// The previous one only, and it is used to the end.
template <reclaim R, bool Parked>
void temporary_previous() {
  in_scopes<R> f;
  parallel(worker([&, mine = f.a]() mutable {
             f.begin(mine, Parked);
             {
               lazyref::temporary_activation scope(f.slot, f.b);
               (void)scope->contents.read();
             }
             if (!Parked || f.slot.resume() != nullptr) f.slot.active()->contents.write(1);
             f.slot.detach();
           }),
           reclaimer([&] { f.a.reset(); }));
  f.finish();
}

// The other one only.
template <reclaim R>
void temporary_other() {
  in_scopes<R> f;
  parallel(worker([&, other = f.b]() mutable {
             f.slot.activate(f.a);
             {
               lazyref::temporary_activation scope(f.slot, other);
               other.reset();
               scope->contents.write(1);
             }
             (void)f.slot.active()->contents.read();
             f.slot.detach();
           }),
           reclaimer([&] { f.b.reset(); }));
  f.finish();
}

// Idle between two scopes, with what the first left.
template <reclaim R>
void temporary_parked_after() {
  in_scopes<R> f;
  parallel(worker([&, mine = f.a]() mutable {
             f.begin(mine);
             { lazyref::temporary_activation scope(f.slot, f.b); }
             f.slot.park();
             { lazyref::temporary_activation scope(f.slot, f.b); }
             if (thing* const t = f.slot.resume()) t->contents.write(1);
             f.slot.detach();
           }),
           reclaimer([&] { f.a.reset(); }));
  f.finish();
}

}  // namespace model::scenarios
