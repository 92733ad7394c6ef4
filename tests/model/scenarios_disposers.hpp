// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of disposers that use the slot in whose call they run (slot.hpp, "Disposers").
#pragma once

#include "fixtures.hpp"
#include "scenarios_protect.hpp"

namespace model::scenarios {

// What the first disposer that the worker runs does to the worker's slot.
enum class does { leave, activate_another, park_another, leave_and_poll };

// Slots whose worker has such a disposer, and an object for it to use.
template <class How, does What, class Base = slots<How, 1>>
struct moved : Base {
  object* const another = new object(1);

  moved() {
    at_disposal = [this] {
      auto& s = this->at[0];
      switch (What) {
        case does::leave:
          return lazyref::deactivate<holds>(s);
        case does::activate_another:
          lazyref::activate<holds>(s, another);
          return static_cast<void>(another->contents.read());
        case does::park_another:
          lazyref::activate<holds>(s, another);
          return lazyref::park<holds>(s);
        case does::leave_and_poll:
          lazyref::deactivate<holds>(s);
          return lazyref::poll<holds>(s);
      }
    };
  }
  ~moved() { at_disposal = nullptr; }

  void finish() {
    at_disposal = nullptr;
    lazyref::deactivate<holds>(this->at[0]);
    this->drop(another);
    Base::finish();
  }
};

// Disposers act while the worker is inside a call on its slot. (One that runs in a call that is not, as the drop of a last
// user, and moves a slot, has moved it.)
template <class Call>
auto acting(Call call) {
  struct inside {
    inside() { disposals_of = static_cast<int>(machine.current()); }
    ~inside() { disposals_of = -1; }
  } here;
  return call();
}

// The slot is on the second object after the call, whatever the first one's disposer does.
template <class How, does What>
void moved_in_activate() {
  while_both_go<moved<How, What>>([](auto& s, object* a, object* b) {
    s.use(a);
    acting([&] { How::activate(s.at[0], b); });
    s.drop(b);
    (void)b->contents.read();
    s.leave();
  });
}

template <class How, does What>
void moved_in_poll() {
  while_both_go<moved<How, What>>([](auto& s, object* a, object* b) {
    s.use(a);
    s.use(b);
    acting([&] { lazyref::poll<holds>(s.at[0]); });
    (void)b->contents.read();
    s.leave();
  });
}

// After park the slot keeps nothing that anybody wants gone.
template <class How, does What>
void moved_in_park() {
  while_both_go<moved<How, What>>([](auto& s, object* a, object* b) {
    s.use(a);
    s.use(b);
    acting([&] { s.park(); });
    // Relaxed: the worker's own word.
    object* const left = s.at[0].lazy.load(relaxed);
    require(left == nullptr || lazyref::detail::is_parked(left), "park has left the slot active");
    s.resume();
    s.leave();
  });
}

// A worker's calls, from when it protects; what is published is replaced meanwhile.
template <class How, does What, class Calls>
void while_it_protects(Calls calls) {
  while_replaced<moved<How, What, shared<How>>>(
      [&](auto& s) {
        s.protect();
        calls(s);
        s.leave();
      },
      by_another_and_nothing);
}

template <class How, does What>
void moved_in_protect() {
  while_it_protects<How, What>([](auto& s) {
    if (object* const o = acting([&] { return How::protect(s.at[0], s.source); })) (void)o->contents.read();
  });
}

template <class How, does What>
void moved_in_try_protect() {
  while_it_protects<How, What>([](auto& s) {
    object* o = s.source.load(relaxed);
    const bool is_protected = acting([&] { return lazyref::try_protect<holds>(s.at[0], o, s.source); });
    if (is_protected && o != nullptr) (void)o->contents.read();
  });
}

template <class How, does What>
void moved_in_protect_again() {
  while_it_protects<How, What>([](auto& s) {
    object* const o = s.source.load(relaxed);
    acting([&] { lazyref::protect_again<holds>(s.at[0], o); });
    if (o != nullptr && s.source.load(acquire) == o) (void)o->contents.read();
  });
}

// A disposer gives the slot to the next worker, while the call of the last one that ran it is not over.
template <class How, bool Vacated>
void handed_on_in_a_disposer() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  auto* const c = new object(1);
  atomic<int> handed{0};
  bool is_used = false;  // host data
  at_disposal = [&] {
    if (Vacated) {
      lazyref::vacate<holds>(s.at[0]);
    } else {
      lazyref::deactivate<holds>(s.at[0]);
    }
    handed.store(1, std::memory_order_release);
  };
  const auto drop_both = [&] {
    s.drop(a);
    s.drop(b);
  };
  parallel(worker([&] {
             s.use(a);
             acting([&] { s.leave(); });
           }),
           worker([&] {
             if (handed.load(acquire) == 0) return;
             is_used = true;
             s.use(b);
             s.leave();
             lazyref::activate<holds>(s.at[0], c);
           }),
           reclaimer(drop_both));
  at_disposal = nullptr;
  s.leave();
  s.drop(c);
  if (!is_used) s.drop(b);
  s.finish();
}

// MUST FAIL: given away inside a call that then cannot keep its promise.
inline void given_away_in_activate() {
  struct given_away : slots<real<reclaim::deferred>, 1> {
    given_away() {
      at_disposal = [this] { lazyref::vacate<holds>(at[0]); };
    }
  };
  while_both_go<given_away>([](auto& s, object* a, object* b) {
    s.use(a);
    acting([&] { lazyref::activate<holds>(s.at[0], b); });
    s.drop(b);
    s.leave();
  });
}

// MUST FAIL: calls that trust their disposers.
struct trusting : real<reclaim::deferred> {
  static void give_up_what_is_left(slot& s) {
    object* dropped = s.drop.load(relaxed);
    if (dropped == nullptr || dropped == s.lazy.load(relaxed)) return;
    if (s.drop.compare_exchange_strong(dropped, nullptr, acquire, relaxed)) holds::give_up(dropped, 1);
  }
  static void activate(slot& s, object* o) {
    if (s.lazy.load(relaxed) != o) s.lazy.store(o, std::memory_order_release);
    give_up_what_is_left(s);
  }
  static object* protect(slot& s, const atomic<object*>& source) {
    object* o = source.load(relaxed);
    for (;;) {
      object* const seen = o;
      s.lazy.store(seen, std::memory_order_release);
      light();
      o = source.load(acquire);
      if (o == seen) break;
    }
    give_up_what_is_left(s);
    return o;
  }
};

}  // namespace model::scenarios
