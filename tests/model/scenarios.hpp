// SPDX-License-Identifier: BSL-1.0
//
// What the real headers must get right under every execution, as small as it can be and still lose an order. What each
// scenario requires, apart from what the engine requires of everything (no race, no use after free, no double free, no
// leak):
//
//   each object is disposed of once (a second time is a double free, never is a leak);
//   when all is quiet, prompt has left nothing behind, and deferred at most one object per slot, which the next move
//   gives up.
#pragma once

#include "lazyref/detail/coalescer.hpp"
#include "lazyref/domain.hpp"
#include "model_sync.hpp"

// clang-format off: what runs in parallel is read side by side

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
  static void take(object* o, std::size_t n) noexcept { o->counts.take_holds(n); }
  static void give_up(object* o, std::size_t n) noexcept {
    if (o->counts.give_up_holds(n)) delete o;
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

  // All is quiet.
  void finish() {
    if (How::when == reclaim::prompt) require(alive == 0, "prompt: an object is left behind");
    require(alive <= static_cast<int>(N), "deferred: more than one object per slot is left behind");
    for (slot& s : at) lazyref::poll<holds>(s);
    require(alive == 0, "an object is left behind, and the next move does not find it");
  }
};

inline void worker() { machine.name_thread("worker"); }
inline void reclaimer() { machine.name_thread("reclaimer"); }

template <class How>
void one_worker_two_reclaimers() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.leave();
        s.use(b);
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

// The worker goes from one object to the next without stopping in between.
template <class How>
void from_one_to_the_next() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.use(b);
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

template <class How>
void two_workers_one_reclaimer() {
  slots<How, 2> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a, 0);
        s.leave(0);
      },
      [&] {
        worker();
        s.use(b, 1);
        s.leave(1);
      },
      [&] {
        reclaimer();
        s.drop(a);
        s.drop(b);
      });
  s.finish();
}

// Two rounds each, and the workers are the reclaimers.
template <class How>
void two_workers_two_rounds() {
  slots<How, 2> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  const auto rounds = [&](std::size_t i) {
    worker();
    s.use(a, i);
    s.use(b, i);
    s.leave(i);
  };
  parallel([&] { rounds(0); }, [&] { rounds(1); });
  s.finish();
}

// Two rounds each, and one reclaimer.
template <class How>
void two_workers_two_rounds_one_reclaimer() {
  slots<How, 2> s;
  auto* const a = new object(3);
  auto* const b = new object(3);
  const auto rounds = [&](std::size_t i) {
    worker();
    s.use(a, i);
    s.use(b, i);
    s.leave(i);
  };
  parallel([&] { rounds(0); }, [&] { rounds(1); },
           [&] {
             reclaimer();
             s.drop(a);
             s.drop(b);
           });
  s.finish();
}

// An address comes back while a reclaimer is still busy with the slot.
template <class How>
void reused_address() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.use(b);
        s.leave();
        auto* const c = new object(1);
        s.use(c);
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

// The same with one reclaimer.
template <class How>
void reused_address_one_reclaimer() {
  slots<How, 1> s;
  auto* const a = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.leave();
        auto* const b = new object(1);
        s.use(b);
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(a);
      });
  s.finish();
}

// The same object again, without and with a stop in between; the users go meanwhile.
template <class How>
void again() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        lazyref::activate<holds>(s.at[0], a);
        lazyref::activate<holds>(s.at[0], b);
        s.drop(b);
        require(!lazyref::activate<holds>(s.at[0], a), "not active, but said to be");
        require(lazyref::activate<holds>(s.at[0], a), "active, but said not to be");
        s.drop(a);
        (void)a->contents.read();
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(b);
        s.drop(a);
      });
  s.finish();
}

// The worker stays, and looks now and then.
template <class How>
void polled() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.use(b);
        How::poll(s.at[0]);
        (void)b->contents.read();
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(a);
        s.drop(b);
      });
  s.finish();
}

// Somebody collects meanwhile.
template <class How>
void collected() {
  slots<How, 1> s;
  auto* const a = new object(2);
  parallel(
      [&] {
        worker();
        s.use(a);
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(a);
      },
      [&] {
        machine.name_thread("collector");
        lazyref::collect<holds, object, How::when, model_sync>(s);
      });
  s.finish();
}

// What the worker does to an object happens before its disposal, by whichever way it comes to it.
template <class How>
void written_by_the_worker() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(1);
  parallel(
      [&] {
        worker();
        s.use(a);
        a->contents.write(1);
        s.use(b);
        b->contents.write(1);
        s.leave();
      },
      [&] {
        reclaimer();
        s.drop(a);
      });
  s.finish();
}

// --- the same with something wrong: these must fail, for ever ---

// The kernel proposal of January 2022: where `drop` is taken, look at `lazy` again, then compare and swap.
struct published : real<reclaim::deferred> {
  template <class Slots>
  static void last_user_left(object* o, Slots& all) {
    slot& s = all.at[0];
    if (s.lazy.load(acquire) == o) {
      holds::take(o, 1);
      if (object* const rest = hand_over(s, o)) holds::give_up(rest, 1);
    }
    holds::give_up(o, 1);
  }

 private:
  // Returns the object whose hold is not needed any more; at most one, and perhaps one that was in `drop` before.
  static object* hand_over(slot& s, object* o) {
    for (;;) {
      object* before = s.drop.load(acquire);
      if (before != nullptr && s.lazy.load(acquire) != o) return o;
      if (!s.drop.compare_exchange_strong(before, o, std::memory_order_acq_rel, relaxed)) continue;
      return before;
    }
  }
};

// A drain that does not look whether the object is in use.
struct blind_drain : real<reclaim::deferred> {
  static void activate(slot& s, object* o) {
    s.lazy.store(o, release);
    poll(s);
  }
  static void deactivate(slot& s) {
    s.lazy.store(nullptr, release);
    poll(s);
  }
  static void poll(slot& s) {
    object* dropped = s.drop.load(acquire);
    if (dropped == nullptr) return;
    if (s.drop.compare_exchange_strong(dropped, nullptr, acquire, relaxed)) holds::give_up(dropped, 1);
  }
};

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

template <policy P, reclaim R, candidates C>
struct fixture {
  using options = lazyref::domain_options<P, R, C>;
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
    domain.collect();
    require(alive == 0, "an object is left behind, and collect does not find it");
    const lazyref::domain_stats s = domain.stats();
    const bool right = s.made == s.disposed && s.reclaimed == s.disposed && s.attached == 0 && s.parked == 0;
    require(right, "the numbers do not add up");
  }
};

// A worker that comes and goes, a reclaimer that may be late, and an object each of the two may see last.
template <policy P, reclaim R, candidates C>
void domain_handoff() {
  fixture<P, R, C> f(2);
  auto a = f.domain.make();
  auto b = f.domain.make();
  parallel(
      [&, mine = a]() mutable {
        worker();
        auto s = f.domain.attach();
        f.use(s, mine);
        f.use(s, b);
      },
      [&] {
        reclaimer();
        a.reset();
      });
  f.finish(2);
}

// One slot, two workers: the second gets it when the first has gone, or nothing.
template <policy P, reclaim R, candidates C>
void passed_on() {
  fixture<P, R, C> f(1);
  auto a = f.domain.make();
  auto b = f.domain.make();
  parallel(
      [&, mine = a]() mutable {
        worker();
        if (auto s = f.domain.attach()) f.use(s, mine);
      },
      [&, mine = a]() mutable {
        worker();
        if (auto s = f.domain.attach()) f.use(s, mine);
      },
      [&] {
        reclaimer();
        a.reset();
      });
  b.reset();
  f.finish(2);
}

// Two workers on one object, which they alone hold: both bits, both slots, and whoever drops the last user finds the other.
template <policy P, reclaim R, candidates C>
void two_on_one() {
  fixture<P, R, C> f(2);
  auto a = f.domain.make();
  auto b = a;
  parallel(
      [&, mine = std::move(a)]() mutable {
        worker();
        auto s = f.domain.attach();
        f.use(s, mine);
      },
      [&, mine = std::move(b)]() mutable {
        worker();
        auto s = f.domain.attach();
        f.use(s, mine);
      });
  f.finish(1);
}

// The last of three users sees what all have done, and runs the hook.
inline void last_of_three() {
  fixture<policy::handoff, reclaim::deferred, candidates::all> f(1);
  auto a = f.domain.make(), b = a, c = a;
  const auto use = [](auto& mine) {
    (void)mine->users_only.read();
    auto copy = mine;
    mine.reset();
    (void)copy->users_only.read();
  };
  parallel([&] { use(a); }, [&] { use(b); }, [&] { use(c); });
  f.finish(1);
}

// Never more disposed than made, whenever one looks.
inline void numbers() {
  fixture<policy::handoff, reclaim::deferred, candidates::all> f(1);
  parallel([&] { f.domain.make().reset(); },
           [&] {
             const auto s = f.domain.stats();
             require(s.disposed <= s.made, "more disposed of than made");
           });
  f.finish(1);
}

// The domain ends with something parked.
inline void domain_end() {
  fixture<policy::handoff, reclaim::deferred, candidates::all> f(1);
  auto a = f.domain.make();
  parallel(
      [&, mine = a]() mutable {
        worker();
        auto s = f.domain.attach();
        f.use(s, mine);
      },
      [&] {
        reclaimer();
        a.reset();
      });
}

// It must not end with a slot attached.
inline void domain_end_too_early() {
  using options = lazyref::domain_options<>;
  auto* const domain = new lazyref::lazy_domain<thing, options>(1);
  auto slot = domain->attach();
  delete domain;
}

// --- coalescer.hpp ---

// Each caller stores before, and loads after, a shared heavy fence; the light side is one thread. No caller and the
// light side may both have missed the other.
template <unsigned Turns>
void coalesced() {
  lazyref::detail::coalescer<model_sync, Turns> fence;
  atomic<int> x, y, z;
  int a = 0, b = 0, c = 0, d = 0;
  const auto shared = [&] {
    const lazyref::sync_result result = fence.run([] {
      heavy();
      return lazyref::sync_result{};
    });
    require(static_cast<bool>(result), "failed");
  };
  parallel(
      [&] {
        x.store(1, relaxed);
        shared();
        a = z.load(relaxed);
      },
      [&] {
        y.store(1, relaxed);
        shared();
        b = z.load(relaxed);
      },
      [&] {
        z.store(1, relaxed);
        light();
        c = x.load(relaxed);
        d = y.load(relaxed);
      });
  require(a + c != 0 && b + d != 0, "a heavy fence was served by a barrier that had begun before it, or is not seen");
}

// The barriers are issued one after the other, but for those of callers who have waited long enough.
inline void one_leader() {
  lazyref::detail::coalescer<model_sync, 8> fence;
  cell<int> leads;
  const auto lead = [&] {
    leads.write(1);
    return lazyref::sync_result{};
  };
  const auto caller = [&] { require(static_cast<bool>(fence.run(lead)), "failed"); };
  parallel(caller, caller);
}

// Whoever is served by another's barrier: what it did before happens before that barrier, which happens before its
// return. A barrier of the system is no fence of the language; here it is none at all.
inline void served_by_another() {
  lazyref::detail::coalescer<model_sync, 2> fence;
  atomic<int> came[2];
  cell<int> seen[2];
  const auto caller = [&](int me) {
    came[me].store(1, relaxed);
    bool mine = false;
    const lazyref::sync_result result = fence.run([&] {
      mine = true;
      seen[me].write(came[1 - me].load(relaxed));
      return lazyref::sync_result{};
    });
    require(static_cast<bool>(result), "failed");
    if (!mine) require(seen[1 - me].read() == 1, "served by a barrier that does not know of the call");
  };
  parallel([&] { caller(0); }, [&] { caller(1); });
}

// --- the list ---

struct scenario {
  const char* name;
  std::size_t asymmetric, symmetric;  // executions
  void (*run)();
  const char* failure = nullptr;                    // what a case that must fail fails with
  void (*change)(lazyref::order_table&) = nullptr;  // what is wrong in it
  int preemptions = -1;                             // more of them are not seen
  bool large = false;                               // takes many seconds: mutants.cpp leaves it out
};

using prompt = real<reclaim::prompt>;
using deferred = real<reclaim::deferred>;
inline constexpr auto handoff = policy::handoff;

inline const scenario all[] = {
    {"1 worker, 2 reclaimers, deferred", 466, 466, one_worker_two_reclaimers<deferred>},
    {"1 worker, 2 reclaimers, prompt", 1909439, 1908431, one_worker_two_reclaimers<prompt>, nullptr, nullptr, -1, true},
    {"from one to the next, deferred", 358, 358, from_one_to_the_next<deferred>},
    {"from one to the next, prompt", 1254294, 1253466, from_one_to_the_next<prompt>, nullptr, nullptr, -1, true},
    {"2 workers, 1 reclaimer, deferred", 252, 252, two_workers_one_reclaimer<deferred>},
    {"2 workers, 1 reclaimer, prompt", 209399, 229183, two_workers_one_reclaimer<prompt>},
    {"2 workers, 2 rounds, deferred", 328, 328, two_workers_two_rounds<deferred>},
    {"2 workers, 2 rounds, prompt", 7090, 16912, two_workers_two_rounds<prompt>},
    {"2 workers, 2 rounds, 1 reclaimer, deferred", 55340, 55340, two_workers_two_rounds_one_reclaimer<deferred>},
    {"2 workers, 2 rounds, 1 reclaimer, prompt", 117373, 39399, two_workers_two_rounds_one_reclaimer<prompt>, nullptr,
     nullptr, 2},
    {"reused address, 1 reclaimer, prompt", 10145, 10145, reused_address_one_reclaimer<prompt>},
    {"reused address, 2 reclaimers, deferred", 32782, 32782, reused_address<deferred>},
    {"reused address, 2 reclaimers, prompt", 489097, 488813, reused_address<prompt>, nullptr, nullptr, 2},
    {"the same object again, deferred", 160, 160, again<deferred>},
    {"the same object again, prompt", 2809, 2793, again<prompt>},
    {"polled, deferred", 317, 317, polled<deferred>},
    {"polled, prompt", 5931, 5915, polled<prompt>},
    {"collected meanwhile, deferred", 111, 111, collected<deferred>},
    {"collected meanwhile, prompt", 14387, 14387, collected<prompt>},
    {"written by the worker, deferred", 68, 68, written_by_the_worker<deferred>},
    {"written by the worker, prompt", 3789, 3789, written_by_the_worker<prompt>},

    {"domain: handoff, deferred", 546, 546, domain_handoff<handoff, reclaim::deferred, candidates::all>},
    {"domain: handoff, prompt", 12988, 12988, domain_handoff<handoff, reclaim::prompt, candidates::all>},
    {"domain: handoff, prompt, tracked", 12988, 12988, domain_handoff<handoff, reclaim::prompt, candidates::tracked>},
    {"domain: refcounted", 12, 12, domain_handoff<policy::refcounted, reclaim::deferred, candidates::all>},
    {"domain: passed on, deferred", 82, 82, passed_on<handoff, reclaim::deferred, candidates::all>},
    {"domain: passed on, prompt", 162, 162, passed_on<handoff, reclaim::prompt, candidates::all>},
    {"domain: two on one, deferred, tracked", 7884, 7884, two_on_one<handoff, reclaim::deferred, candidates::tracked>},
    {"domain: two on one, prompt, tracked", 39784, 91364, two_on_one<handoff, reclaim::prompt, candidates::tracked>},
    {"domain: last of three users", 1680, 1680, last_of_three},
    {"domain: numbers", 9, 9, numbers},
    {"domain: end", 14, 14, domain_end},

    {"coalescer: 2 callers, 1 turn", 1216, 1216, coalesced<1>},
    {"coalescer: 2 callers, 2 turns", 1920, 1920, coalesced<2>},
    {"coalescer: one leader", 240, 240, one_leader},
    {"coalescer: served by another", 288, 288, served_by_another},

    {"MUST FAIL: the published steal", 2131, 2131, reused_address<published>, "use after free"},
    {"MUST FAIL: a relaxed slot set", 4, 4, from_one_to_the_next<deferred>, "data race",
     [](lazyref::order_table& t) { t.slot_set = relaxed; }},
    {"MUST FAIL: a drain that gives up what is active", 33, 33, polled<blind_drain>, "use after free"},
    {"MUST FAIL: prompt without the heavy fence", 4, 4, one_worker_two_reclaimers<prompt>,
     "prompt: an object is left behind", [](lazyref::order_table& t) { t.reclaimer_heavy = relaxed; }},
    {"MUST FAIL: a domain ends with a slot attached", 1, 1, domain_end_too_early,
     "destroyed while one of its slots is attached"},
};

// clang-format on

}  // namespace model::scenarios
