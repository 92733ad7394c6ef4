// SPDX-License-Identifier: BSL-1.0
//
// What the last user's departure costs, against the number of slots and the part of them that is on the object: all
// slots looked at or those that the object has marked, deferred or prompt. Beside it, what others do at that point.
//
// Each slot that is not on the object is on another one. A second thread runs all the while (where there is a CPU for
// it), so that a heavy fence interrupts somebody. Where slots are on the object there is one drop between two looks at
// the clock, else 64; what those looks cost is in each figure, and has a line of its own.
#include <memory>
#include <new>
#include <utility>

#include <lazyref/domain.hpp>

#include "bench.hpp"
#include "company.hpp"
#include "drop_others.hpp"

namespace {

// --- lazyref

// From a pool, because what `new` and `delete` cost is not the question.
template <class Options>
struct object : lazyref::owner<object<Options>> {
  static void dispose(object* it) noexcept { it->~object(); }
};

template <lazyref::reclaim When, lazyref::candidates Where>
struct choice : lazyref::domain_options<lazyref::policy::handoff, When, Where> {};
using all_deferred = choice<lazyref::reclaim::deferred, lazyref::candidates::all>;
using all_prompt = choice<lazyref::reclaim::prompt, lazyref::candidates::all>;
using tracked_deferred = choice<lazyref::reclaim::deferred, lazyref::candidates::tracked>;
using tracked_prompt = choice<lazyref::reclaim::prompt, lazyref::candidates::tracked>;
struct all_protected : all_deferred {};  // its slots protect: a heavy fence stands before each scan

template <class Options>
class lazy_drops {
  using T = object<Options>;

 public:
  explicit lazy_drops(std::size_t slots) : domain_(slots), other_(domain_.adopt(new (&other_place_.it) T)) {
    for (std::size_t i = 0; i < slots; ++i) {
      slots_.push_back(domain_.attach());
      slots_.back().activate(other_);
    }
    if constexpr (std::is_same_v<Options, all_protected>) {
      const std::atomic<T*> source{other_.get()};
      slots_.front().protect(source);
    }
  }

  double drop(std::size_t n, std::size_t active) {
    return bench::timed(
        n, bench::batch_for(active),
        [&](std::size_t i) {
          references_[i] = domain_.adopt(new (&pool_[i].it) T);
          for (std::size_t s = 0; s < active; ++s) slots_[s].activate(references_[i]);
        },
        [&](std::size_t i) { references_[i].reset(); },
        [&] {
          for (std::size_t s = 0; s < active; ++s) slots_[s].activate(other_);
        });
  }

 private:
  union place {
    place() {}
    ~place() {}
    T it;
  };

  place other_place_;
  place pool_[bench::batch];
  lazyref::lazy_domain<T, Options> domain_;
  lazyref::strong_ref<T> other_;
  lazyref::strong_ref<T> references_[bench::batch];
  std::vector<lazyref::lazy_slot<T, Options>> slots_;
};

// The scan without the library: a loop that finds nobody.
class by_hand_scan {
 public:
  explicit by_hand_scan(std::size_t slots) : words_(slots) {
    for (word& w : words_) w.lazy.store(this, std::memory_order_relaxed);
  }
  double drop(std::size_t n, std::size_t active) {
    return bench::timed(
        n, bench::batch_for(active), [](std::size_t) {},
        [&](std::size_t i) {
          const void* const it = &objects_[i];
          for (const word& w : words_) {
            if (__builtin_expect(w.lazy.load(std::memory_order_acquire) == it, 0)) std::abort();
          }
        },
        bench::nothing);
  }

 private:
  struct alignas(lazyref::cache_line) word {
    std::atomic<const void*> lazy{nullptr};
  };
  std::vector<word> words_;
  int objects_[bench::batch] = {};
};

// A count, and no slots: what an object costs that nobody uses without counting.
double counted(std::size_t n, std::size_t active) {
  static std::atomic<std::uint32_t> counts[bench::batch];
  return bench::timed(
      n, bench::batch_for(active), [](std::size_t i) { counts[i].store(1, std::memory_order_relaxed); },
      [](std::size_t i) {
        if (counts[i].fetch_sub(1, std::memory_order_acq_rel) == 1) bench::sink(&counts[i]);
      },
      bench::nothing);
}
double clock_alone(std::size_t n, std::size_t active) {
  return bench::timed(
      n, bench::batch_for(active), [](std::size_t) {}, [](std::size_t) { bench::clobber(); }, bench::nothing);
}

// --- the question

void drops(bench::program& program, std::size_t slots) {
  lazy_drops<all_deferred> all(slots);
  lazy_drops<all_prompt> prompt(slots);
  lazy_drops<tracked_deferred> marked(slots);
  lazy_drops<tracked_prompt> marked_prompt(slots);
  lazy_drops<all_protected> protects(slots);
  by_hand_scan loop(slots);

  struct fraction {
    const char* name;
    std::size_t active;
  };
  for (const fraction& f : {fraction{"no slot", 0}, {"1 slot", 1}, {"50 %", slots / 2}, {"100 %", slots}}) {
    const bench::company sibling(bench::cpus() > 1 ? 1 : 0, bench::cpus() > 1 ? 0 : 1);
    bench::race race(program, std::string("last drop, ") + f.name + " on the object");
    race.parameter("slots", slots);
    race.parameter("active", f.active);
    const auto add = [&race, active = f.active](const char* name, const char* about, auto& of) {
      return race.add(name, about, [&of, active](std::size_t n, unsigned) { return of.drop(n, active); });
    };
    const auto add_function = [&race, active = f.active](std::string name, std::string about, auto of) {
      race.add(std::move(name), std::move(about), [of, active](std::size_t n, unsigned) { return of(n, active); });
    };
    const std::size_t looks_at_all = add("all", "every slot is looked at, deferred", all);
    const std::size_t promptly = add("all, prompt", "and a heavy fence where something was handed over", prompt);
    add("all, protect", "deferred, objects are reached by protect: a heavy fence first", protects);
    const std::size_t looks_at_marked = add("tracked", "slots that the object was in, deferred", marked);
    add("tracked, prompt", "", marked_prompt);
    if (f.active == 0) {
      const std::size_t by_hand = add("by hand", "a load and a branch for each slot, in a loop", loop);
      // Not where the slots fill the first cache, and a few lines more decide.
      if (slots >= 1024) {
        race.at_most(1.5, looks_at_all, by_hand);
        race.at_most(1.5, promptly, by_hand);
      }
    }
    add_function("count", "fetch_sub of the last user, no slots", counted);
    add_function("clock", "two looks at the clock", clock_alone);
    for (bench::other& other : bench::others_that_drop(slots, f.active))
      add_function(other.name, other.about, std::move(other.drop));
    if (slots >= 1024 && f.active <= 1) race.at_least(8, looks_at_marked, looks_at_all);
    race.run();
  }
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("drop_cost", argc, argv);
  program.how.seconds /= 4;  // There are twenty races.
  if (bench::cpus() < 2)
    program.left_out("drop_cost: a heavy fence that interrupts somebody needs two CPUs; here all other threads sleep");
  if (lazyref::fence_info().backend == lazyref::fence_backend::symmetric)
    program.left_out(std::string("drop_cost: heavy fences, which are full fences here: ") +
                     lazyref::fence_info().reason);
  bench::tell_missing(program);
  for (const std::size_t slots : program.slot_counts({8, 64, 512, 1024, 4096})) drops(program, slots);
  return program.status();
}
