// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of handing over: slot.hpp and reclaimer.hpp without parking and protection, the domain, the coalescer.
#pragma once

#include "fixtures.hpp"
#include "lazyref/detail/base/index_stack.hpp"
#include "lazyref/detail/fence/coalescer.hpp"

namespace model::scenarios {

template <class How>
void one_worker_two_reclaimers() {
  while_two_go<slots<How, 1>>([](auto& s, object* a, object* b) {
    s.use(a);
    s.leave();
    s.use(b);
    s.leave();
  });
}

// The worker goes from one object to the next without stopping in between.
template <class How>
void from_one_to_the_next() {
  while_two_go<slots<How, 1>>([](auto& s, object* a, object* b) {
    s.use(a);
    s.use(b);
    s.leave();
  });
}

template <class How>
void two_workers_one_reclaimer() {
  slots<How, 2> s;
  auto* const a = new object(2);
  auto* const b = new object(2);
  const auto round = [&](object* o, std::size_t i) {
    s.use(o, i);
    s.leave(i);
  };
  const auto drop_both = [&] {
    s.drop(a);
    s.drop(b);
  };
  parallel(worker([&] { round(a, 0); }), worker([&] { round(b, 1); }), reclaimer(drop_both));
  s.finish();
}

// Two rounds each, and the workers are the reclaimers. `Reclaimer`: and there is one.
template <class How, bool Reclaimer = false>
void two_workers_two_rounds() {
  slots<How, 2> s;
  auto* const a = new object(Reclaimer ? 3 : 2);
  auto* const b = new object(Reclaimer ? 3 : 2);
  const auto rounds = [&](std::size_t i) {
    s.use(a, i);
    s.use(b, i);
    s.leave(i);
  };
  const auto drop_both = [&] {
    s.drop(a);
    s.drop(b);
  };
  if constexpr (Reclaimer) {
    parallel(worker([&] { rounds(0); }), worker([&] { rounds(1); }), reclaimer(drop_both));
  } else {
    parallel(worker([&] { rounds(0); }), worker([&] { rounds(1); }));
  }
  s.finish();
}

// An address comes back while a reclaimer is still busy with the slot.
template <class How>
void reused_address() {
  while_two_go<slots<How, 1>>([](auto& s, object* a, object* b) {
    s.use(a);
    s.use(b);
    s.leave();
    auto* const c = new object(1);
    s.use(c);
    s.leave();
  });
}

// The same with one reclaimer.
template <class How>
void reused_address_one_reclaimer() {
  while_one_goes<slots<How, 1>>([](auto& s, object* a) {
    s.use(a);
    s.leave();
    auto* const b = new object(1);
    s.use(b);
    s.leave();
  });
}

// The same object again, without and with a stop in between; the users go meanwhile.
template <class How>
void again() {
  while_both_go<slots<How, 1>>([](auto& s, object* b, object* a) {
    lazyref::activate<holds>(s.at[0], a);
    lazyref::activate<holds>(s.at[0], b);
    s.drop(b);
    require(!lazyref::activate<holds>(s.at[0], a), "not active, but said to be");
    require(lazyref::activate<holds>(s.at[0], a), "active, but said not to be");
    s.drop(a);
    (void)a->contents.read();
    s.leave();
  });
}

// The worker stays, and looks now and then.
template <class How>
void polled() {
  while_both_go<slots<How, 1>>([](auto& s, object* a, object* b) {
    s.use(a);
    s.use(b);
    How::poll(s.at[0]);
    (void)b->contents.read();
    s.leave();
  });
}

// Somebody collects meanwhile.
template <class How>
void collected() {
  slots<How, 1> s;
  auto* const a = new object(2);
  const auto work = [&] {
    s.use(a);
    s.leave();
  };
  parallel(worker(work), reclaimer([&] { s.drop(a); }),
           named("collector", [&] { lazyref::collect<holds, object, How::when, model_sync>(s); }));
  s.finish();
}

// What the worker does to an object happens before its disposal, by whichever way it comes to it.
template <class How>
void written_by_the_worker() {
  slots<How, 1> s;
  auto* const a = new object(2);
  auto* const b = new object(1);
  const auto work = [&] {
    s.use(a);
    a->contents.write(1);
    s.use(b);
    b->contents.write(1);
    s.leave();
  };
  parallel(worker(work), reclaimer([&] { s.drop(a); }));
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

// A worker that comes and goes, a reclaimer that may be late, and an object each of the two may see last.
template <policy P, reclaim R, candidates C>
void domain_handoff() {
  fixture<P, R, C> f(2);
  auto a = f.domain.make();
  auto b = f.domain.make();
  auto work = [&, mine = a]() mutable {
    auto s = f.domain.attach();
    f.use(s, mine);
    f.use(s, b);
  };
  parallel(worker(std::move(work)), reclaimer([&] { a.reset(); }));
  f.finish(2);
}

// One slot, two workers: the second gets it when the first has gone, or nothing.
template <policy P, reclaim R, candidates C>
void passed_on() {
  fixture<P, R, C> f(1);
  auto a = f.domain.make();
  auto b = f.domain.make();
  const auto use_if_there_is_room = [&](auto& mine) {
    if (auto s = f.domain.attach()) f.use(s, mine);
  };
  parallel(worker([&, mine = a]() mutable { use_if_there_is_room(mine); }),
           worker([&, mine = a]() mutable { use_if_there_is_room(mine); }), reclaimer([&] { a.reset(); }));
  b.reset();
  f.finish(2);
}

// Two workers on one object, which they alone hold: both bits, both slots, and whoever drops the last user finds the
// other.
template <policy P, reclaim R, candidates C>
void two_on_one() {
  fixture<P, R, C> f(2);
  auto a = f.domain.make();
  auto b = a;
  const auto use = [&](auto& mine) {
    auto s = f.domain.attach();
    f.use(s, mine);
  };
  parallel(worker([&, mine = std::move(a)]() mutable { use(mine); }),
           worker([&, mine = std::move(b)]() mutable { use(mine); }));
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
  const auto look = [&] {
    const auto s = f.domain.stats();
    require(s.disposed <= s.made, "more disposed of than made");
  };
  parallel([&] { f.domain.make().reset(); }, look);
  f.finish(1);
}

// The domain ends with something parked.
inline void domain_end() {
  fixture<policy::handoff, reclaim::deferred, candidates::all> f(1);
  auto a = f.domain.make();
  auto work = [&, mine = a]() mutable {
    auto s = f.domain.attach();
    f.use(s, mine);
  };
  parallel(worker(std::move(work)), reclaimer([&] { a.reset(); }));
}

// All slots are taken: the worker is on the object in one that is added. `OfTwo`: and so is another worker.
template <bool OfTwo>
void domain_grows() {
  fixture<policy::handoff, OfTwo ? reclaim::deferred : reclaim::prompt, candidates::all, lazyref::slot_growth::chunks>
      f(1);
  auto taken = f.domain.attach();
  auto a = f.domain.make();
  const auto use = [&](auto user) {
    auto s = f.domain.attach();
    f.use(s, user);
    s.deactivate();
  };
  const auto works = [&] { return worker([&use, mine = a]() mutable { use(std::move(mine)); }); };
  auto drop = reclaimer([&] { a.reset(); });
  if constexpr (OfTwo) {
    parallel(works(), works(), drop);
  } else {
    parallel(works(), drop);
  }
  taken.detach();
  f.finish(1);
}

// It must not end with a slot attached.
inline void domain_end_too_early() {
  using options = lazyref::domain_options<>;
  auto* const domain = new lazyref::lazy_domain<thing, options>(1);
  auto slot = domain->attach();
  delete domain;
}

// --- index_stack.hpp ---

// Each number has data that whoever has it writes to. `Tagged`: the library's stack; the other one is without the count.
struct untagged_stack {
  atomic<std::uint64_t> top{0};
  template <class LinkOf>
  bool pop(std::uint32_t& index, LinkOf&& below) {
    std::uint64_t now = top.load(acquire);
    do {
      if (now == 0) return false;
      index = static_cast<std::uint32_t>(now - 1);
    } while (!top.compare_exchange_strong(now, below(index).load(relaxed), acquire, acquire));
    return true;
  }
  template <class LinkOf>
  void push(std::uint32_t index, LinkOf&& below) {
    std::uint64_t now = top.load(relaxed);
    do {
      below(index).store(static_cast<std::uint32_t>(now), relaxed);
    } while (!top.compare_exchange_strong(now, index + 1, release, relaxed));
  }
};

template <class Stack, std::uint32_t Size>
struct number_stack {
  Stack stack;
  atomic<std::uint32_t> below[Size];
  cell<int> data[Size];

  number_stack() {
    for (std::uint32_t i = 0; i < Size; ++i) give(i);
  }
  bool take(std::uint32_t& index) {
    if (!stack.pop(
            index, [this](std::uint32_t i) -> auto& { return below[i]; }))
      return false;
    data[index].write(1);  // A race, if another has it.
    return true;
  }
  void give(std::uint32_t index) {
    stack.push(
        index, [this](std::uint32_t i) -> auto& { return below[i]; });
  }
  // All is quiet.
  void finish() {
    std::uint32_t index = 0, count = 0;
    while (count <= Size && take(index)) ++count;
    require(count == Size, "a number is lost, or twice there");
  }
};

// One takes, while the other takes two and gives the first one back.
template <class Stack>
void taken_and_come_back() {
  number_stack<Stack, 2> all;
  std::uint32_t kept = 0;
  bool has_kept = false;
  const auto once = [&] {
    std::uint32_t i = 0;
    if (!all.take(i)) return;
    all.data[i].write(2);
    all.give(i);
  };
  parallel([&] { once(); },
           [&] {
             std::uint32_t first = 0;
             if (!all.take(first)) return;
             has_kept = all.take(kept);
             all.give(first);
             if (has_kept) all.data[kept].write(3);
           });
  if (has_kept) all.give(kept);
  all.finish();
}

// Three, each of whom takes and gives back.
template <class Stack>
void taken_by_three() {
  number_stack<Stack, 2> all;
  const auto once = [&] {
    std::uint32_t i = 0;
    if (all.take(i)) all.give(i);
  };
  parallel(once, once, once);
  all.finish();
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

}  // namespace model::scenarios
