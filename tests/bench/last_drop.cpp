// SPDX-License-Identifier: BSL-1.0
//
// What the last user's departure costs where nobody is on the object: the question of the debate, "do this for a
// machine with 1024 CPUs". Several threads, where they are asked for, drop what each has for itself.
#include <memory>

#include <lazyref/domain.hpp>

#include "bench.hpp"

namespace {

// --- the embedded layer, beside a loop by hand

struct plain {
  std::size_t value = 0;
};
using plain_slot = lazyref::slot<plain>;

struct plain_holds {
  static void take(plain* object, std::size_t n) noexcept { object->value += n; }
  static void give_up(plain* object, std::size_t n) noexcept { object->value -= n; }
};

[[gnu::noinline, gnu::cold]] void hand_over(plain_slot& s, plain* object) noexcept {
  bench::sink(s.drop.exchange(object, std::memory_order_acq_rel));
}

// --- a domain

// From a pool, because what `new` and `delete` cost is not the question.
template <int Kind>
struct pooled : lazyref::owner<pooled<Kind>> {
  static void dispose(pooled* object) noexcept { object->~pooled(); }
};

constexpr std::size_t pool_size = 64;

// Drops n last users, of objects that have been active in the first two slots, and counts only that time.
template <class T, class Options>
class dropper {
 public:
  explicit dropper(std::size_t slots) : domain_(slots) {
    for (std::size_t i = 0; i < slots; ++i) slots_.push_back(domain_.attach());
  }

  double drop(std::size_t n) {
    double took = 0;
    for (std::size_t done = 0; done < n; done += pool_size) {
      for (std::size_t i = 0; i < pool_size; ++i) {
        references_[i] = domain_.adopt(new (&pool_[i]) T);
        for (std::size_t s = 0; s < std::min<std::size_t>(slots_.size(), 2); ++s) {
          slots_[s].activate(references_[i]);
          slots_[s].deactivate();
        }
      }
      const bench::clock::time_point start = bench::clock::now();
      for (std::size_t i = 0; i < pool_size; ++i) references_[i].reset();
      took += bench::nanoseconds(bench::clock::now() - start);
    }
    return took;
  }

 private:
  union place {
    place() {}
    ~place() {}
    T object;
  };
  place pool_[pool_size];
  lazyref::strong_ref<T> references_[pool_size];
  lazyref::lazy_domain<T, Options> domain_;
  std::vector<lazyref::lazy_slot<T, Options>> slots_;
};

using all = lazyref::domain_options<>;
using tracked =
    lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::deferred, lazyref::candidates::tracked>;

// A dropper for each thread.
template <class Dropper>
class droppers {
 public:
  droppers(unsigned threads, std::size_t slots) {
    for (unsigned t = 0; t < threads; ++t) all_.push_back(std::make_unique<Dropper>(slots));
  }
  auto drops() {
    return [this](std::size_t n, unsigned thread) { return all_[thread]->drop(n); };
  }

 private:
  std::vector<std::unique_ptr<Dropper>> all_;
};

// --- the questions

void scan(bench::program& program, std::size_t count, unsigned threads) {
  const std::unique_ptr<plain_slot[]> slots(new plain_slot[count]);
  droppers<dropper<pooled<0>, all>> in_domain(threads, count);

  bench::race race(program, "last drop, none active", threads);
  race.parameter("slots", count);
  const std::size_t library = race.add("last_user_left", "the embedded layer", [&](std::size_t n, unsigned) {
    plain_slot* const begin = slots.get();
    plain_slot* const end = begin + count;
    plain object;
    plain* const it = &object;
    for (; n != 0; --n) {
      lazyref::last_user_left<plain_holds>(it, [begin, end](auto&& visit) {
        for (plain_slot* s = begin; s != end; ++s) visit(*s);
      });
      bench::clobber();
    }
  });
  const std::size_t by_hand = race.add("by_hand", "a loop of loads", [&](std::size_t n, unsigned) {
    plain_slot* const begin = slots.get();
    plain_slot* const end = begin + count;
    plain object;
    plain* const it = &object;
    for (; n != 0; --n) {
      for (plain_slot* s = begin; s != end; ++s) {
        if (__builtin_expect(s->lazy.load(std::memory_order_acquire) == it, 0)) hand_over(*s, it);
      }
      plain_holds::give_up(it, 1);
      bench::clobber();
    }
  });
  race.add("handoff", "strong_ref::reset in a lazy_domain", in_domain.drops());
  race.base(by_hand);
  race.at_most(1.5, library, by_hand);
  race.run();
}

void marks(bench::program& program, std::size_t count, unsigned threads) {
  droppers<dropper<pooled<1>, tracked>> by_marks(threads, count);
  droppers<dropper<pooled<2>, all>> by_scan(threads, count);

  bench::race race(program, "last drop, of an object that has been in 2 of the slots", threads);
  race.parameter("slots", count);
  const std::size_t two = race.add("tracked", "candidates::tracked", by_marks.drops());
  const std::size_t full = race.add("handoff", "candidates::all", by_scan.drops());
  race.base(full);
  if (count >= 1024) race.at_least(8, two, full);
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("last_drop", argc, argv);
  for (const unsigned threads : program.thread_counts({1})) {
    for (const std::size_t count : program.slot_counts({8, 64, 512, 4096})) scan(program, count, threads);
    for (const std::size_t count : program.slot_counts({1024}))
      marks(program, std::max<std::size_t>(count, 2), threads);
  }
  return program.status();
}
