// SPDX-License-Identifier: BSL-1.0
//
// What the last user's departure costs where nobody is on the object: the question of the debate, "do this for a
// machine with 1024 CPUs".
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
        for (std::size_t s = 0; s < 2; ++s) {
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

template <class Dropper>
auto drops(Dropper& d) {
  return [&d](std::size_t n, unsigned) { return d.drop(n); };
}

// --- the questions

void scan(bench::program& program, std::size_t count) {
  const std::unique_ptr<plain_slot[]> slots(new plain_slot[count]);
  plain object;
  dropper<pooled<0>, all> in_domain(count);

  bench::race race(program, "last drop, " + std::to_string(count) + " slots, none active");
  const std::size_t library = race.add("last_user_left", [&](std::size_t n, unsigned) {
    plain_slot* const begin = slots.get();
    plain_slot* const end = begin + count;
    plain* const it = &object;
    for (; n != 0; --n) {
      lazyref::last_user_left<plain_holds>(it, [begin, end](auto&& visit) {
        for (plain_slot* s = begin; s != end; ++s) visit(*s);
      });
      bench::clobber();
    }
  });
  const std::size_t by_hand = race.add("a loop of loads by hand", [&](std::size_t n, unsigned) {
    plain_slot* const begin = slots.get();
    plain_slot* const end = begin + count;
    plain* const it = &object;
    for (; n != 0; --n) {
      for (plain_slot* s = begin; s != end; ++s) {
        if (__builtin_expect(s->lazy.load(std::memory_order_acquire) == it, 0)) hand_over(*s, it);
      }
      plain_holds::give_up(it, 1);
      bench::clobber();
    }
  });
  race.add("strong_ref::reset in a lazy_domain", drops(in_domain));
  race.at_most(1.5, library, by_hand);
  race.run();
}

void marks(bench::program& program) {
  constexpr std::size_t count = 1024;
  dropper<pooled<1>, tracked> by_marks(count);
  dropper<pooled<2>, all> by_scan(count);

  bench::race race(program, "last drop, 1024 slots, of which the object has been in 2");
  const std::size_t two = race.add("candidates::tracked", drops(by_marks));
  const std::size_t full = race.add("candidates::all", drops(by_scan));
  race.at_least(8, two, full);
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("last_drop", argc, argv);
  for (const std::size_t count : {std::size_t{8}, std::size_t{64}, std::size_t{512}, std::size_t{4096}}) {
    scan(program, count);
  }
  marks(program);
  return program.status();
}
