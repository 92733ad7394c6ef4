// SPDX-License-Identifier: BSL-1.0
//
// Objects that workers reach through shared pointers, by protect, while reclaimers replace them there and retire them,
// reset them, flush and collect; alone, and mixed with activations, parking and owners in one domain.
//
// What is checked, for each configuration:
//   - nothing is used after its disposal, nothing is disposed of twice, everything is disposed of in the end
//   - at any time: with c calls running, fewer than retire_bound() * (1 + c) + c wait or are in hand; retained:
//     these, one for each slot, and two for each call and worker in hand
//   - in quiet: fewer than retire_bound() wait, and after a flush exactly the objects are retained that are gone and in
//     use (deferred: after a collect as well)
//   - a domain's first protection, which announces itself while last users go by reset: many domains, one each
//
// And that this has power: a protect that does not look a second time is caught, by a forced schedule and by chance,
// where the same protect with its second look is not; for ThreadSanitizer, so is one whose store is relaxed.
#include <functional>

#include "../support/relaxed_orders.hpp"
#include "../support/stress_child.hpp"
#include "../support/stress_victims.hpp"
#include "../support/stress_workshop.hpp"

namespace {

using namespace lazyref;
using stress::expect;
using stress::ull;

constexpr unsigned workers = 3;
constexpr unsigned places = 3;
constexpr unsigned slots = workers + 1;
constexpr std::size_t addresses = 4096;  // what waits is bounded, but not small

using protect_set_relaxed = lazyref_test::with_relaxed<std_sync, &order_table::protect_set>;

enum class work { protect, all };

template <class Options, work Work, unsigned Reclaimers, class Sync = std_sync>
class configuration {
  struct own {
    std::uint64_t protections = 0, changed = 0, activations = 0;
  };
  using object = stress::object<addresses, Sync>;
  using with_few = domain_options<Options::how, Options::when, Options::where, 128>;
  using workshop = stress::workshop<object, with_few, own, workers, places>;
  using worker = typename workshop::worker;
  using reference = strong_ref<object>;

 public:
  explicit configuration(std::uint64_t seed) : all_(seed) { stress::calls_at_once.store(0); }

  void run(const char* name, double seconds) {
    all_.add_workers([this](worker& w, auto& random) {
      if (Work == work::protect || random.one_in(2)) {
        step(w, random);
      } else {
        mixed_step(w, random);
      }
      w.use(random);
    });
    all_.add_reclaimers(Reclaimers, [this](auto& random) { replace(random); });
    const auto& population = all_.population;
    std::size_t most_waiting = 0;
    const std::uint64_t quiets = all_.crew.run_for(
        seconds, name,
        [&] {
          all_.population.sample();
          most_waiting = std::max(most_waiting, domain_.stats().retired);
        },
        [&] {
          settle();
          if (Options::when == reclaim::deferred) {
            domain_.collect();
            settle();
          }
          all_.expect_only_what_is_in_use();
        },
        [&] { return all_.total(&own::protections) > 100 && population.made() > 100; });
    const std::size_t calls = stress::calls_at_once.load();
    const std::size_t bound = domain_.retire_bound() * (1 + calls) + calls;
    expect(most_waiting < bound, "more waits than running calls allow");
    expect(population.most() < bound + slots + 2 * (calls + workers),
           "more is retained than running calls and slots allow");
    all_.clear();
    settle();
    all_.expect_nothing_left();
    const domain_stats stats = domain_.stats();
    const auto protections = all_.total(&own::protections);
    std::printf(
        "%-22s %8llu protections (%6llu times changed meanwhile), %8llu activations, %8llu objects, %7zu handed over, "
        "%5zu carried, %6zu taken back, %4zu unparked; %4zu waited and %4llu were retained at most with %llu calls at "
        "once, %llu in quiet (%llu times)\n",
        name, protections, all_.total(&own::changed), all_.total(&own::activations), ull(population.made()),
        stats.handed_over, stats.carried, stats.taken_back, stats.unparked, most_waiting, ull(population.most()),
        ull(calls), ull(population.most_in_quiet()), ull(quiets));
    std::fflush(stdout);
  }

 private:
  // Fewer than the bound wait when no call is running; disposers may retire, so once is not enough.
  void settle() {
    expect(domain_.stats().retired < domain_.retire_bound(), "in quiet, as many wait as the bound, or more");
    do domain_.flush();
    while (domain_.stats().retired != 0);
  }

  void step(worker& w, stress::random_numbers& random) {
    const auto& source = all_.any_place(random).pointer();
    object* p = nullptr;
    switch (random.below(16)) {
      case 0:
      case 1:
        w.slot.reset_protection();
        break;
      case 2:
        w.slot.poll();
        break;
      case 3:
        w.slot.detach();
        random.dawdle(100);
        break;
      case 4:
      case 5:
      case 6:
      case 7:
        p = source.load(std::memory_order_relaxed);
        random.dawdle(100);
        if (w.slot.try_protect(p, source)) {
          protected_now(w, p);
        } else {
          ++w.changed;
          expect(w.slot.active() == nullptr, "the slot is on something after a try_protect that failed");
        }
        break;
      default:
        protected_now(w, w.slot.protect(source));
        break;
    }
  }

  void protected_now(worker& w, object* p) {
    ++w.protections;
    expect(w.slot.active() == p, "the slot is not on what it has protected");
    if (p != nullptr) w.id = p->id();
  }

  void mixed_step(worker& w, stress::random_numbers& random) {
    switch (random.below(12)) {
      case 0:
      case 1:
        w.slot.park();
        expect(w.slot.active() == nullptr, "the slot is active while it is parked");
        break;
      case 2:
      case 3:
        w.slot.resume();
        break;
      case 4: {
        // Its own maker, user and last user.
        reference mine = all_.make();
        activate(w, mine);
        const stress::call running;
        if (random.one_in(2)) {
          domain_.retire(std::move(mine));
        } else {
          mine.reset();
        }
        break;
      }
      case 5:
        collect_one_in(16, random);
        break;
      case 6:
        flush_one_in(16, random);
        break;
      default:
        if (reference one = all_.any_place(random).copy()) {
          activate(w, one);
          const stress::call running;  // It may be the last user by now.
          one.reset();
        }
        break;
    }
  }

  void activate(worker& w, const reference& one) {
    w.activate(one);
    ++w.activations;
  }

  void collect_one_in(unsigned n, stress::random_numbers& random) {
    if (!random.one_in(n)) return;
    const stress::call running;
    domain_.collect();
  }
  void flush_one_in(unsigned n, stress::random_numbers& random) {
    if (!random.one_in(n)) return;
    const stress::call running;
    domain_.flush();
  }

  static void drop_kept(void* self, reference&& kept) noexcept {
    const stress::call running;
    if (kept->id() % 2 == 0) {
      static_cast<configuration*>(self)->domain_.retire(std::move(kept));
    } else {
      kept.reset();
    }
  }

  void replace(stress::random_numbers& random) {
    reference fresh = random.one_in(8) ? reference() : all_.make();
    // An object that goes takes another one with it, by a disposer.
    if (Work == work::all && fresh && random.one_in(8)) fresh->keep(all_.make(), &drop_kept, this);
    const unsigned where = random.below(places);
    reference old = all_.places[where].replace(fresh);
    if (fresh && random.one_in(8)) {
      // One object, two shared pointers, each with a user that stands for it.
      give_up(all_.places[(where + 1) % places].replace(std::move(fresh)), random);
    }
    give_up(std::move(fresh), random);
    random.dawdle(100);
    give_up(std::move(old), random);
    flush_one_in(64, random);
    collect_one_in(64, random);
    random.dawdle(200);
  }

  void give_up(reference old, stress::random_numbers& random) {
    const stress::call running;
    if (random.below(3) != 0) {
      domain_.retire(std::move(old));
    } else {
      old.reset();
    }
  }

  workshop all_;
  typename workshop::domain_type& domain_ = all_.domain;
};

template <class Options, work Work, unsigned Reclaimers = 2, class Sync = std_sync>
void run(const char* name, const stress::options& options) {
  auto c = std::make_unique<configuration<Options, Work, Reclaimers, Sync>>(options.seed);
  c->run(name, options.seconds);
}

// --- a domain's first protection

// Many domains, each with one shared pointer, one worker that protects through it for the first time, and one reclaimer
// that unpublishes and resets at that moment.
template <reclaim R>
void first_protections(const char* name, const stress::options& options) {
  using object = stress::object<64>;
  using domain_type = lazy_domain<object, domain_options<policy::handoff, R>>;
  struct round {
    domain_type domain{1};
    std::atomic<object*> shared{nullptr};
    strong_ref<object> user;
    lazy_slot<object, domain_options<policy::handoff, R>> slot;
  };
  stress::population population;
  std::unique_ptr<round> now;
  std::atomic<std::uint64_t> began{0};
  std::atomic<std::uint64_t> protecting{0};
  std::atomic<std::uint64_t> done{0};
  constexpr std::uint64_t over = ~std::uint64_t{0};
  std::uint64_t validated = 0;
  std::thread worker([&] {
    stress::random_numbers random(options.seed + 1);
    for (std::uint64_t n = 1;; ++n) {
      std::uint64_t at;
      for (unsigned spin = 0; (at = began.load(std::memory_order_acquire)) < n; ++spin) {
        if (spin > 1000) std::this_thread::yield();
      }
      if (at == over) return;
      protecting.store(n, std::memory_order_relaxed);
      object* p = now->slot.protect(now->shared);
      if (p != nullptr) {
        ++validated;
        const std::uint64_t id = p->id();
        for (unsigned looks = random.below(8) << random.below(8); looks > 0; --looks) {
          p->check(id);
          random.dawdle(50);
        }
        p->check(id);
      }
      now->slot.detach();
      done.store(n, std::memory_order_release);
    }
  });
  stress::random_numbers random(options.seed);
  std::uint64_t rounds = 0;
  std::uint64_t reset_found_it = 0;
  const stress::deadline end(options.seconds), patience(20 * options.seconds);
  const auto is_enough = [&] { return reset_found_it != 0 || patience.over(); };
  while (rounds % 64 != 0 || !end.over() || !is_enough()) {
    ++rounds;
    now = std::make_unique<round>();
    now->user = object::make(now->domain, population.next_id());
    now->shared.store(now->user.get(), std::memory_order_relaxed);
    now->slot = now->domain.attach();
    began.store(rounds, std::memory_order_release);
    for (unsigned spin = 0; protecting.load(std::memory_order_relaxed) < rounds; ++spin) {
      if (spin > 1000) std::this_thread::yield();
    }
    // Or much later: a first protection may take a heavy fence.
    for (unsigned n = random.below(64) << random.below(12); n > 0; --n)
      std::atomic_signal_fence(std::memory_order_seq_cst);
    now->shared.store(nullptr, std::memory_order_release);
    now->user.reset();
    for (unsigned spin = 0; done.load(std::memory_order_acquire) < rounds; ++spin) {
      if (spin > 1000) std::this_thread::yield();
    }
    const domain_stats stats = now->domain.stats();
    if (stats.handed_over != 0) ++reset_found_it;
    expect(R == reclaim::deferred || stats.disposed == 1, "prompt: the object is left over when all is quiet");
    now->domain.collect();
    expect(now->domain.stats().disposed == 1, "the object is left over when all is quiet");
  }
  began.store(over, std::memory_order_release);
  worker.join();
  now.reset();
  expect(object::memory().in_use() == 0 && population.retained() == 0, "an object is left over");
  if (validated == 0 || reset_found_it == 0) stress::no_power(name, "no last user found a first protection");
  std::printf("%-22s %8llu domains; %llu times protected, %llu times the last user found the protection\n", name,
              ull(rounds), ull(validated), ull(reset_found_it));
  std::fflush(stdout);
}

// --- planted bugs

using victim = stress::counted_object<12>;
using counted = victim::counting;

// A shared pointer at which protect looks twice: between the two, something may happen. `honest`: the second look is
// one. Otherwise it sees what the first one saw, as if it had been left out.
std::function<void()> between_looks;  // once; of the forced schedule, which has one thread
template <bool Honest>
struct sources {
  template <class P>
  class source {
   public:
    P load(std::memory_order order) const {
      static thread_local P first = nullptr;
      const bool is_second = order == std_sync::orders.protect_check;
      if (is_second && !Honest) return first;
      first = pointer_.load(order);
      if (is_second) return first;
      if (between_looks) {
        std::exchange(between_looks, nullptr)();
      } else {
        stress::widen();
      }
      return first;
    }
    P exchange(P by) { return pointer_.exchange(by, std::memory_order_acq_rel); }

   private:
    std::atomic<P> pointer_{nullptr};
  };
};

// Between a protect's two looks the object goes. Is it used nevertheless?
template <bool Honest>
bool uses_what_is_gone() {
  slot<victim> s;
  typename sources<Honest>::template source<victim*> shared;
  victim* const x = victim::make(1);
  victim* const y = victim::make(2);
  shared.exchange(x);
  bool x_was_disposed_of = false;
  between_looks = [&] {
    victim* const gone = shared.exchange(y);
    asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
    const std::size_t before = victim::memory().in_use();
    last_user_left<counted>(gone, [&](auto visit) { visit(s); });
    x_was_disposed_of = victim::memory().in_use() == before - 1;
  };
  victim* const p = protect<counted>(s, shared);
  expect(x_was_disposed_of && (p == x || p == y), "the schedule is not the one that was asked for");
  deactivate<counted>(s);
  last_user_left<counted>(shared.exchange(nullptr), [&](auto visit) { visit(s); });
  expect(victim::memory().in_use() == 0, "an object is left over");
  return p == x;
}

// Protecting workers and unpublishing reclaimers over the embedded layer.
template <bool Honest>
void protect_by_chance(double seconds, std::uint64_t seed) {
  constexpr unsigned threads_of_each = 2;
  slot<victim> its_slots[threads_of_each];
  typename sources<Honest>::template source<victim*> shared;
  std::atomic<std::uint64_t> ids{1};
  std::atomic<std::uint64_t> protections{0};
  const auto replace = [&](victim* by) {
    victim* const gone = shared.exchange(by);
    if (gone == nullptr) return;
    asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
    stress::library_rules<victim>::last_user_left(gone, its_slots);
  };
  stress::crew crew(seed);
  for (auto& s : its_slots) {
    crew.add([&](stress::random_numbers&) {
      std::uint64_t n = 0;
      for (; !crew.stopped(); ++n) {
        if (const victim* const p = protect<counted>(s, shared)) {
          const std::uint64_t id = p->id();
          for (unsigned looks = stress::dice.below(4); looks > 0; --looks) {
            stress::dice.dawdle(500);
            p->check(id);
          }
          p->check(id);
        }
        if (stress::dice.one_in(2)) deactivate<counted>(s);
      }
      deactivate<counted>(s);
      protections.fetch_add(n, std::memory_order_relaxed);
    });
    crew.repeat([&](stress::random_numbers&) {
      replace(victim::make(ids.fetch_add(1, std::memory_order_relaxed)));
      stress::dice.dawdle(500);
    });
  }
  crew.run_undisturbed(seconds);
  replace(nullptr);
  for (auto& s : its_slots) poll<counted>(s);
  expect(victim::memory().in_use() == 0, "an object is left over");
  std::printf("%llu protections, %llu objects ", ull(protections.load()), ull(ids.load()));
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 0.8);
  std::printf("%u workers, %u slots, %u shared pointers, %zu addresses; %s\n", workers, slots, places, addresses,
              fence_initialize().reason);

  using deferred = domain_options<policy::handoff, reclaim::deferred>;
  using prompt = domain_options<policy::handoff, reclaim::prompt>;
  using stress::jittery_sync;
  run<deferred, work::protect, 1>("deferred, 1 reclaimer", options);
  run<deferred, work::protect>("deferred", options);
  run<prompt, work::protect>("prompt", options);
  run<prompt, work::protect, 2, jittery_sync>("prompt, jittery", options);
  run<deferred, work::all, 2, jittery_sync>("deferred, mixed", options);
  run<prompt, work::all, 2, jittery_sync>("prompt, mixed", options);
  run<domain_options<policy::shootdown, reclaim::prompt>, work::all>("shootdown, mixed", options);
  first_protections<reclaim::deferred>("first, deferred", options);
  first_protections<reclaim::prompt>("first, prompt", options);

  expect(!uses_what_is_gone<true>(), "protect: an object that went between the two looks was used");
  expect(uses_what_is_gone<false>(), "the forced schedule does not catch a protect without its second look");
  std::puts("a protect without its second look uses what is gone, in a forced schedule; the real one does not");
  stress::verdicts verdicts;
  verdicts.must_be_clean("two looks", [&] { protect_by_chance<true>(options.seconds, options.seed); });
  verdicts.must_be_caught("one look", [&] { protect_by_chance<false>(4 * options.seconds, options.seed); });
  if (LAZYREF_TEST_TSAN) {
    verdicts.must_be_caught("a relaxed set", [&] {
      std::make_unique<configuration<deferred, work::protect, 2, protect_set_relaxed>>(options.seed)
          ->run("", 2 * options.seconds);
    });
  }
  return verdicts.exit_status();
}
