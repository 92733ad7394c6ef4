// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of per_cpu.hpp.
#pragma once

#include "fixtures.hpp"
#include "lazyref/per_cpu.hpp"

namespace model::scenarios {

// How claims are made: by compare-and-swap, by restartable sequences, or by those with an interruption.
enum class by { swap, rseq, interrupted_rseq };

template <reclaim R, by By>
struct per_cpu_fixture {
  using ref = lazyref::strong_ref<thing>;

  // Before the domain looks for it.
  struct system {
    explicit system(unsigned cpus) {
      restartable::cpus = cpus;
      restartable::usable = By != by::swap;
      restartable::interrupted = By == by::interrupted_rseq;
      alive = hooks = 0;
    }
  } support;
  lazyref::per_cpu_domain<thing, R> domain;

  // The system may have more CPUs than the domain.
  per_cpu_fixture(std::size_t slots_per_cpu, std::size_t cpus, unsigned has)
      : support(has), domain({slots_per_cpu, cpus}) {}

  // One round. The last user may go as soon as the claim is made.
  void use(ref& mine) {
    auto seen = domain.claim(mine);
    mine.reset();
    seen->contents.read();
  }

  void finish(int objects) {
    require(hooks == objects, "on_last_user did not run once for each object");
    if (R == reclaim::prompt) require(alive == 0, "prompt: an object is left behind");
    const lazyref::domain_stats before = domain.stats();
    require(alive <= static_cast<int>(before.slot_count), "deferred: more than one object per slot is left behind");
    require_nothing_left(domain);
  }

  // A thread that has a user, and a round with that one.
  auto uses(ref mine) {
    return worker([this, mine = std::move(mine)]() mutable { use(mine); });
  }
};

// One CPU, one slot: it goes from one thread to the other, or the second finds it taken, and counts.
template <reclaim R, by By>
void per_cpu_two_on_one() {
  per_cpu_fixture<R, By> f(1, 1, 1);
  auto a = f.domain.make();
  parallel(f.uses(a), f.uses(a), reclaimer([&] { a.reset(); }));
  f.finish(1);
}

// The thread may run on a CPU that the domain has no slots for: it takes an overflow slot there.
template <reclaim R, by By>
void per_cpu_beyond() {
  per_cpu_fixture<R, By> f(1, 1, 2);
  auto a = f.domain.make();
  parallel(f.uses(a), reclaimer([&] { a.reset(); }));
  f.finish(1);
}

// One slot again, and different objects: who reads the second claim must have the uses of the first.
template <reclaim R, by By>
void per_cpu_one_after_the_other() {
  per_cpu_fixture<R, By> f(1, 1, 1);
  auto a = f.domain.make();
  auto b = f.domain.make();
  parallel(f.uses(a), f.uses(b), reclaimer([&] { a.reset(); }));
  b.reset();
  f.finish(2);
}

// A slot for each of two CPUs; the threads go where the system wants them.
template <reclaim R, by By>
void per_cpu_two_cpus() {
  per_cpu_fixture<R, By> f(1, 2, 2);
  auto a = f.domain.make();
  parallel(f.uses(a), worker([&] { f.use(a); }));
  f.finish(1);
}

// Two slots on one CPU, and three claims at the same time.
template <reclaim R, by By>
void per_cpu_full() {
  per_cpu_fixture<R, By> f(2, 1, 1);
  auto a = f.domain.make();
  auto claim_two = [&, mine = a]() mutable {
    auto first = f.domain.claim(mine);
    auto second = f.domain.claim(mine);
    mine.reset();
    first.release();
    second->contents.read();
  };
  parallel(worker(std::move(claim_two)), worker([&] { f.use(a); }));
  f.finish(1);
}

// An address comes back in the slot while a reclaimer is still busy with it.
template <reclaim R, by By>
void per_cpu_reused_address() {
  per_cpu_fixture<R, By> f(1, 1, 1);
  auto a = f.domain.make();
  auto mine = a;
  const auto two_rounds = [&] {
    f.use(mine);
    auto b = f.domain.make();
    f.use(b);
  };
  parallel(worker(two_rounds), worker([&] { f.use(a); }));
  f.finish(2);
}

// The claim is released by another thread.
template <reclaim R, by By>
void per_cpu_handed_on() {
  per_cpu_fixture<R, By> f(1, 1, 1);
  auto a = f.domain.make();
  auto mine = f.domain.claim(a);
  const auto end_it = [&] {
    mine->contents.read();
    mine.release();
  };
  parallel(worker(end_it), f.uses(a), reclaimer([&] { a.reset(); }));
  f.finish(1);
}

// MUST FAIL: a slot without a worker of its own that is drained by compare-and-swap, as a worker does. Between the look
// and the swap, somebody else gives up what stands there, and its address comes back, and is in use.
inline void per_cpu_drained_by_swap() {
  slots<real<reclaim::deferred>, 1> s;
  const auto claim = [&](object* o) {
    object* seen = nullptr;
    const bool got = s.at[0].lazy.compare_exchange_strong(seen, o, std::memory_order_acq_rel, relaxed);
    if (got) s.drop(o);
    if (got) (void)o->contents.read();
    return got;
  };
  (void)claim(new object(1));
  const auto two_rounds = [&] {
    for (int round = 0; round < 2; ++round) {
      auto* const o = new object(1);
      if (claim(o)) {
        lazyref::deactivate<holds>(s.at[0]);
      } else {
        s.drop(o);
      }
    }
  };
  parallel(worker([&] { lazyref::deactivate<holds>(s.at[0]); }), worker(two_rounds));
  s.finish();
}

// --- protection ---

template <reclaim R, by By>
struct per_cpu_protecting : publishing<per_cpu_fixture<R, By>> {
  per_cpu_protecting(std::size_t slots_per_cpu, std::size_t cpus, unsigned has)
      : publishing<per_cpu_fixture<R, By>>(slots_per_cpu, cpus, has) {}

  // What the domain finds out at its first protection stands at the beginning.
  void warm_up() {
    atomic<thing*> nothing;
    this->domain.protect(nothing).release();
  }
  void protect() {
    auto seen = this->domain.protect(this->source);
    if (seen) (void)seen->contents.read();
  }
  // A thread.
  auto protects() {
    return worker([this] { protect(); });
  }
};

// The domain's first protection, of which the reclaimer may know or not.
template <reclaim R, by By>
void per_cpu_first_protection() {
  per_cpu_protecting<R, By> f(1, 1, 1);
  parallel(f.protects(), f.dropped());
  f.finish(1);
}

// Null is published as anything else.
template <by By>
void per_cpu_null() {
  per_cpu_protecting<reclaim::deferred, By> f(1, 1, 1);
  f.warm_up();
  cell<int> why;
  parallel(worker([&] {
             if (auto seen = f.domain.protect(f.source))
               (void)seen->contents.read();
             else
               (void)why.read();
           }),
           replacer([&] {
             why.write(1);
             f.unpublish();
             f.current.reset();
           }));
  f.finish(1);
}

// `Replaced`: by a new object, at which the protection looks again.
template <reclaim R, by By, bool Replaced>
void per_cpu_protection() {
  per_cpu_protecting<R, By> f(1, 1, 1);
  f.warm_up();
  typename decltype(f)::ref next;
  if (Replaced) next = f.domain.make();
  const auto replace = [&] {
    if (next) next->contents.write(1);
    f.source.store(next.get(), release);
    f.current.reset();
  };
  parallel(f.protects(), replacer(replace));
  next.reset();
  f.finish(Replaced ? 2 : 1);
}

// The CPU's slot is taken: an overflow slot protects. Or two compete for them.
template <reclaim R, by By, bool ByTwo>
void per_cpu_overflow() {
  per_cpu_protecting<R, By> f(1, 1, 1);
  f.warm_up();
  auto other = f.domain.make();
  auto taken = f.domain.claim(other);
  if constexpr (ByTwo) {
    parallel(f.protects(), f.protects(), f.dropped());
  } else {
    parallel(f.protects(), f.dropped());
  }
  taken.release();
  other.reset();
  f.finish(2);
}

// The overflow slot goes on to another object: whoever finds that has the uses of the first.
template <reclaim R, by By>
void per_cpu_overflow_again() {
  per_cpu_protecting<R, By> f(1, 1, 1);
  f.warm_up();
  auto other = f.domain.make();
  atomic<thing*> source{other.get()};
  auto taken = f.domain.claim(other);
  const auto protect_both = [&] {
    f.protect();
    auto seen = f.domain.protect(source);
    (void)seen->contents.read();
  };
  parallel(worker(protect_both), f.dropped());
  taken.release();
  other.reset();
  f.finish(2);
}

// Retired and flushed, while a claim of another object comes and goes in the same slot.
template <reclaim R, by By>
void per_cpu_protection_and_retire() {
  per_cpu_protecting<R, By> f(1, 1, 1);
  f.warm_up();
  const auto protect_twice = [&] {
    f.protect();
    f.protect();
  };
  parallel(worker(protect_twice), f.retired(true));
  f.domain.flush();
  f.finish(1);
}

}  // namespace model::scenarios
