// SPDX-License-Identifier: BSL-1.0
//
// What the scenarios are made of: objects that tell what becomes of them, a range of slots, domains; and what most have
// in common: one worker, while last users go.
#pragma once

#include <functional>
#include <utility>

#include "lazyref/atomic_strong_ref.hpp"
#include "lazyref/domain.hpp"
#include "model_sync.hpp"

namespace model::scenarios {

using lazyref::candidates;
using lazyref::policy;
using lazyref::reclaim;

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

inline int alive = 0;  // objects; host data, since nothing depends on it but what is required of it

// --- slot.hpp, with the counts of owner.hpp and a traits class ---

// What the first disposer of that thread does (scenarios_disposers.hpp).
inline std::function<void()> at_disposal;
inline int disposals_of = -1;

struct object {
  lazyref::detail::reference_counts<model_sync> counts;
  cell<int> contents;

  explicit object(unsigned users) {
    machine.label(&counts, 4, "users");
    machine.label(reinterpret_cast<const char*>(&counts) + 4, 4, "holds");
    if (users > 1) counts.add_users(users - 1);
    ++alive;
  }
  ~object() { --alive; }
};

struct holds {
  static void take(object* o, std::size_t n) noexcept { o->counts.holds().take(n); }
  static void give_up(object* o, std::size_t n) noexcept {
    give_up(o, n, [](auto&& disposal) { disposal(); });
  }
  template <class Run>
  static void give_up(object* o, std::size_t n, Run&& run) noexcept {
    if (!o->counts.holds().give_up(n)) return;
    run([o] {
      if (at_disposal != nullptr && disposals_of == static_cast<int>(machine.current()))
        std::exchange(at_disposal, nullptr)();
      delete o;
    });
  }
};

// The library's own functions.
template <reclaim R>
struct real {
  static constexpr reclaim when = R;
  using slot = lazyref::slot<object, model_sync, R>;

  static void activate(slot& s, object* o) { lazyref::activate<holds>(s, o); }
  static void deactivate(slot& s) { lazyref::deactivate<holds>(s); }
  static void poll(slot& s) { lazyref::poll<holds>(s); }
  static void park(slot& s) { lazyref::park<holds>(s); }
  static object* resume(slot& s) { return lazyref::resume(s); }
  static object* protect(slot& s, const atomic<object*>& source) { return lazyref::protect<holds>(s, source); }
  template <class Slots>
  static void last_user_left(object* o, Slots& all) {
    lazyref::last_user_left<holds, R, model_sync>(o, all);
  }
};

template <class How, std::size_t N>
struct slots {
  using slot = typename How::slot;
  slot at[N];

  slots() {
    alive = 0;
    disposals_of = -1;
    label(at[0].lazy, "lazy");
    label(at[0].drop, "drop");
    if (N > 1) label(at[N - 1].lazy, "lazy of the other");
    if (N > 1) label(at[N - 1].drop, "drop of the other");
  }

  template <class Visit>
  void operator()(Visit&& visit) {
    for (slot& s : at) visit(s);
  }

  // Drops a user of `o`.
  void drop(object* o) {
    if (o->counts.drop_user()) How::last_user_left(o, *this);
  }

  // A worker's round: its user covers the activation, then the slot alone does.
  void use(object* o, std::size_t i = 0) {
    How::activate(at[i], o);
    drop(o);
    (void)o->contents.read();
  }
  void leave(std::size_t i = 0) { How::deactivate(at[i]); }
  void park(std::size_t i = 0) { How::park(at[i]); }
  void resume(std::size_t i = 0) {
    if (const object* const o = How::resume(at[i])) (void)o->contents.read();
  }

  // All is quiet. What is parked has lost its last user, so it is gone, or its hold is in `drop`.
  void finish() {
    if (How::when == reclaim::prompt) require(alive == 0, "prompt: an object is left behind");
    require(alive <= static_cast<int>(N), "deferred: more than one object per slot is left behind");
    for (slot& s : at) {
      lazyref::poll<holds>(s);
      require(How::resume(s) == nullptr, "an object has lost its last user, and can be resumed");
    }
    require(alive == 0, "an object is left behind, and the next move does not find it");
  }
};

// A thread, by its name in traces.
template <class Body>
auto named(const char* name, Body body) {
  return [name, body = std::move(body)]() mutable {
    machine.name_thread(name);
    body();
  };
}
template <class Body>
auto worker(Body body) {
  return named("worker", std::move(body));
}
template <class Body>
auto reclaimer(Body body) {
  return named("reclaimer", std::move(body));
}
template <class Body>
auto replacer(Body body) {
  return named("replacer", std::move(body));
}

// What one worker does, while the last user of one object goes;
template <class Slots, class Work>
void while_one_goes(Work work) {
  Slots s;
  auto* const a = new object(2);
  parallel(worker([&] { work(s, a); }), reclaimer([&] { s.drop(a); }));
  s.finish();
}
// those of two objects, by a reclaimer each;
template <class Slots, class Work>
void while_two_go(Work work) {
  Slots s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(worker([&] { work(s, a, b); }), reclaimer([&] { s.drop(a); }), reclaimer([&] { s.drop(b); }));
  s.finish();
}
// those of two objects, one after the other.
template <class Slots, class Work>
void while_both_go(Work work) {
  Slots s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  const auto drop_both = [&] {
    s.drop(a);
    s.drop(b);
  };
  parallel(worker([&] { work(s, a, b); }), reclaimer(drop_both));
  s.finish();
}

// --- domain.hpp ---

inline int hooks = 0;  // on_last_user

struct thing : lazyref::owner<thing, model_sync> {
  cell<int> contents;    // what workers use
  cell<int> users_only;  // what only users touch, torn down by the last

  thing() { ++alive; }
  ~thing() { --alive; }
  void on_last_user() noexcept {
    ++hooks;
    users_only.write(-1);
  }
};

// A domain; all is quiet, all workers are gone.
template <class Domain>
void require_nothing_left(Domain& domain) {
  domain.collect();
  require(alive == 0, "an object is left behind, and collect does not find it");
  const lazyref::domain_stats s = domain.stats();
  const bool right = s.made == s.disposed && s.reclaimed == s.disposed && s.attached == 0 && s.parked == 0;
  require(right, "the numbers do not add up");
}

template <policy P, reclaim R, candidates C, lazyref::slot_growth G = lazyref::slot_growth::none>
struct fixture {
  using options = lazyref::domain_options<P, R, C, lazyref::default_retire_batch, lazyref::default_retire_bytes, G>;
  using ref = lazyref::strong_ref<thing>;
  using slot = lazyref::lazy_slot<thing, options>;
  lazyref::lazy_domain<thing, options> domain;

  explicit fixture(std::size_t slots) : domain(slots) { alive = hooks = 0; }

  // One round: the last user may go as soon as the slot is on it.
  static void use(slot& s, ref& r) {
    s.activate(r);
    thing* const object = s.active();
    r.reset();
    (void)object->contents.read();
  }

  // All is quiet, all workers are gone.
  void finish(int objects) {
    require(hooks == objects, "on_last_user did not run once for each object");
    if (R == reclaim::prompt || P == policy::refcounted) require(alive == 0, "an object is left behind");
    require_nothing_left(domain);
  }
};

// A fixture, and a pointer that workers protect from.
template <class Fixture>
struct publishing : Fixture {
  typename Fixture::ref current = this->domain.make();
  atomic<thing*> source{current.get()};

  template <class... Arguments>
  explicit publishing(Arguments... of_the_fixture) : Fixture(of_the_fixture...) {
    label(source, "source");
  }
  // Nothing is published any more.
  void unpublish() { source.store(nullptr, release); }
  // A thread: then the last user goes.
  auto dropped() {
    return replacer([this] {
      unpublish();
      current.reset();
    });
  }
  // Or it retires.
  auto retired(bool and_flushed) {
    return replacer([this, and_flushed] {
      unpublish();
      this->domain.retire(std::move(current));
      if (and_flushed) this->domain.flush();
    });
  }
};

}  // namespace model::scenarios
