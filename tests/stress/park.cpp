// SPDX-License-Identifier: BSL-1.0
//
// Workers that park what they use and come back for it, against reclaimers that take it meanwhile.
//
//   churn   workers activate, park, resume, poll, leave; reclaimers replace the objects under them. Nothing is used
//           after its disposal; retained <= slots + 2 for each thread at any time; in quiet, exactly what is gone and
//           in use is retained (deferred: after a collect)
//   sleep   workers park and sleep while their objects' last users go: when both are through, nothing is retained,
//           though everybody sleeps (deferred: after a collect, where the two came at once). Control: workers that
//           sleep on their objects retain them
//   kick    policy::shootdown: workers that stay on their object until they are kicked; each object goes soon after its
//           last user. Control: without the kick it does not
//
// And planted bugs, each by a forced schedule and by chance, with the library under the same load as the control: a
// resume that is a plain store; a drain that leaves the parked word to be resumed; for ThreadSanitizer, a relaxed park.
#include "../support/lazy_steps.hpp"
#include "../support/relaxed_orders.hpp"
#include "../support/stress_child.hpp"
#include "../support/stress_victims.hpp"
#include "../support/stress_workshop.hpp"

namespace {

using namespace lazyref;
using stress::expect;
using stress::ull;

constexpr unsigned workers = 3;
constexpr unsigned reclaimers = 2;
constexpr unsigned places = 2;
constexpr unsigned slots = workers + 1;
constexpr std::size_t addresses = 24;

using park_relaxed = lazyref_test::with_relaxed<stress::jittery_sync, &order_table::slot_park>;

// The flags that a kick sets, one for each slot.
struct flags {
  std::atomic<bool> up[slots] = {};
  std::atomic<std::uint64_t> kicks{0};

  static void raise(void* self, std::size_t slot) noexcept {
    flags& f = *static_cast<flags*>(self);
    f.kicks.fetch_add(1, std::memory_order_relaxed);
    f.up[slot].store(true, std::memory_order_release);
  }
  // A read-modify-write, so that no kick is overwritten unseen.
  bool lower(std::size_t slot) {
    return up[slot].load(std::memory_order_relaxed) && up[slot].exchange(false, std::memory_order_acq_rel);
  }
};

// --- churn

template <class Options, class Sync = stress::jittery_sync>
class configuration {
  struct own {
    bool parked = false;
    std::uint64_t parks = 0, resumed = 0, taken = 0;
  };
  using object = stress::object<addresses, Sync>;
  using workshop = stress::workshop<object, Options, own, workers, places>;
  using worker = typename workshop::worker;

 public:
  explicit configuration(std::uint64_t seed)
      : all_([&] {
          if constexpr (Options::how == policy::shootdown) {
            return workshop(seed, kick{&flags::raise, &flags_});
          } else {
            return workshop(seed);
          }
        }()) {}

  void run(const char* name, double seconds) {
    all_.add_workers([this](worker& w, auto& random) { work(w, random); });
    all_.add_reclaimers(reclaimers, [this](auto& random) { all_.replace_one(random); });
    const auto& population = all_.population;
    const std::uint64_t quiets = all_.crew.run_for(
        seconds, name,
        [&] {
          all_.population.sample();
          expect(population.most() <= slots + 2 * (workers + reclaimers),
                 "more is retained than slots and running threads allow");
        },
        [&] { all_.expect_only_what_is_in_use(); },
        [&] {
          return all_.total(&own::parks) > 100 && all_.total(&own::resumed) > 10 && all_.total(&own::taken) > 0 &&
                 all_.domain.stats().unparked > 0 && population.made() > 100;
        });
    all_.clear();
    all_.expect_nothing_left();
    const domain_stats stats = all_.domain.stats();
    const auto parks = all_.total(&own::parks), resumed = all_.total(&own::resumed), taken = all_.total(&own::taken);
    std::printf(
        "churn, %-20s %7llu parked, %7llu resumed, %6llu found taken, %7llu objects, %6zu handed over, %4zu carried, "
        "%4zu taken back, %6zu unparked; %2llu retained at most, %llu in quiet (%llu times), %llu kicks\n",
        name, parks, resumed, taken, ull(population.made()), stats.handed_over, stats.carried, stats.taken_back,
        stats.unparked, ull(population.most()), ull(population.most_in_quiet()), ull(quiets), ull(flags_.kicks.load()));
    std::fflush(stdout);
  }

 private:
  void work(worker& w, stress::random_numbers& random) {
    step(w, random);
    w.use(random);
    if (!w.slot || !flags_.lower(w.slot.index())) return;
    if (random.one_in(2)) {
      park(w);
    } else {
      leave(w);
    }
  }

  void step(worker& w, stress::random_numbers& random) {
    switch (random.below(16)) {
      case 0:
        leave(w);
        break;
      case 1:
        w.slot.poll();
        break;
      case 2:
        w.slot.detach();
        w.parked = false;
        break;
      case 3:
        // Its own maker, user and, most likely, last user.
        activate(w, all_.make());
        break;
      case 4:
        if (random.one_in(16)) all_.domain.collect();
        break;
      case 5:
      case 6:
      case 7:
        activate(w, all_.any_place(random).copy());
        break;
      case 8:
      case 9:
      case 10:
        if (!w.parked) park(w);
        break;
      default:
        if (!w.parked) {
          park(w);
          random.dawdle(200);
        }
        resume(w);
        break;
    }
  }

  void activate(worker& w, const strong_ref<object>& one) {
    w.activate(one);
    w.parked = false;
  }
  void leave(worker& w) {
    w.slot.deactivate();
    w.parked = false;
  }
  void park(worker& w) {
    if (w.slot.active() == nullptr) return;
    w.slot.park();
    w.parked = true;
    ++w.parks;
    expect(w.slot.active() == nullptr, "the slot is active while it is parked");
  }
  void resume(worker& w) {
    object* const p = w.slot.resume();
    expect(p == w.slot.active(), "resume and active disagree");
    expect(p == nullptr || w.parked, "something was resumed that was not parked");
    if (w.parked) ++(p != nullptr ? w.resumed : w.taken);
    w.parked = false;
  }

  flags flags_;
  workshop all_;
};

template <class Options>
void churn(const char* name, const stress::options& options) {
  std::make_unique<configuration<Options>>(options.seed)->run(name, options.seconds);
}

// --- sleep

// Threads that go through the same steps together.
class barrier {
 public:
  explicit barrier(unsigned threads) : threads_(threads) {}
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::uint64_t turn = turn_;
    if (++waiting_ == threads_) {
      waiting_ = 0;
      ++turn_;
      changed_.notify_all();
      return;
    }
    expect(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return turn_ != turn; }),
           "the other threads did not come in 60 s");
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  const unsigned threads_;
  unsigned waiting_ = 0;
  std::uint64_t turn_ = 0;
};

enum class sleeping { parked, visited, parking, on_it };

// parked: everybody sleeps when the last users go; visited: having been on another object for a while, in a scope that
// leaves its hold in the slot. parking: they park at the same time. on_it: nobody parks.
template <class Options, sleeping Sleeping>
void sleep(const char* name, const stress::options& options) {
  using object = stress::object<addresses, stress::jittery_sync>;
  stress::population population;
  lazy_domain<object, Options> domain(slots);
  strong_ref<object> current[workers];
  const std::uint64_t elsewhere_id = population.next_id();
  strong_ref<object> elsewhere = object::make(domain, elsewhere_id);
  barrier together(workers + 1);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> came_back{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < workers; ++i) {
    threads.emplace_back([&, i] {
      stress::dice = stress::random_numbers(options.seed + i);
      auto slot = domain.attach();
      for (;;) {
        together.wait();  // 1: there are objects
        if (stop.load(std::memory_order_relaxed)) return;
        slot.activate(current[i]);
        const std::uint64_t id = slot.active()->id();
        if (Sleeping == sleeping::parked || Sleeping == sleeping::visited) slot.park();
        if (Sleeping == sleeping::visited) temporary_activation(slot, elsewhere).get()->check(elsewhere_id);
        together.wait();  // 2: all are on them
        if (Sleeping == sleeping::parking) {
          stress::widen();
          slot.active()->check(id);
          slot.park();
        }
        together.wait();  // 3: the last users are gone
        together.wait();  // 4: it was looked what is left; until here this thread has slept
        if (Sleeping == sleeping::on_it) {
          slot.active()->check(id);
          slot.deactivate();
        } else if (slot.resume() != nullptr) {
          came_back.fetch_add(1, std::memory_order_relaxed);
        }
        together.wait();  // 5: all have left
      }
    });
  }
  stress::dice = stress::random_numbers(options.seed + workers);
  std::uint64_t rounds = 0;
  for (const stress::deadline end(options.seconds / 3); rounds < 10 || !end.over(); ++rounds) {
    for (auto& c : current) c = object::make(domain, population.next_id());
    if (rounds % 2 == 0) current[1] = current[0];  // Two on one object.
    together.wait();                               // 1
    together.wait();                               // 2
    for (auto& c : current) {
      stress::widen();
      c.reset();
    }
    together.wait();  // 3
    if (Sleeping == sleeping::on_it) {
      expect(population.retained() == workers - (rounds % 2 == 0 ? 1U : 0U), "what workers are on is not retained");
    } else {
      if (Sleeping == sleeping::parking && Options::when == reclaim::deferred) domain.collect();
      expect(population.retained() == 0 && domain.stats().parked == 0,
             "something that a sleeping worker has parked is retained");
    }
    together.wait();  // 4
    together.wait();  // 5
    if (Options::when == reclaim::deferred) domain.collect();
    expect(population.retained() == 0, "an object is left over");
  }
  stop.store(true, std::memory_order_relaxed);
  together.wait();  // 1
  for (std::thread& t : threads) t.join();
  elsewhere.reset();
  expect(came_back.load() == 0, "a worker came back to an object that was gone");
  population.template expect_nothing_left<object>(domain);
  const domain_stats stats = domain.stats();
  const std::uint64_t expected = rounds * workers;
  expect((Sleeping != sleeping::parked && Sleeping != sleeping::visited) ||
             (stats.unparked == expected && stats.handed_over == 0),
         "what sleepers have parked is taken, and nothing is handed over to them");
  expect(Sleeping != sleeping::parking || stats.unparked + stats.handed_over >= expected,
         "a slot was passed that was on an object whose last user went");
  expect(Sleeping != sleeping::on_it || (stats.unparked == 0 && stats.handed_over == expected),
         "what sleepers are on is handed over to them");
  std::printf("sleep, %-20s %6llu rounds of %u sleepers, %6zu handed over, %4zu taken back, %6zu unparked\n", name,
              ull(rounds), workers, stats.handed_over, stats.taken_back, stats.unparked);
  std::fflush(stdout);
}

// --- kick

// Workers move when they are kicked, and at no other time.
template <reclaim R>
void kicked(const char* name, const stress::options& options, bool kicks) {
  using object = stress::object<addresses, stress::jittery_sync>;
  using domain_type = lazy_domain<object, domain_options<policy::shootdown, R>>;
  stress::population population;
  flags told;
  domain_type domain(slots, kicks ? kick{&flags::raise, &told} : kick{});
  stress::place<object> shared;
  shared.replace(object::make(domain, population.next_id()));
  std::atomic<unsigned> ready{0};
  std::atomic<std::uint64_t> moves{0};
  stress::crew crew(options.seed);
  for (unsigned i = 0; i < workers; ++i) {
    crew.add([&](stress::random_numbers& random) {
      auto slot = domain.attach();
      while (!crew.stopped()) {
        std::uint64_t id;
        {
          const auto one = shared.copy();
          id = one->id();
          slot.activate(one);
        }
        ready.fetch_add(1, std::memory_order_relaxed);
        while (!told.lower(slot.index()) && !crew.stopped()) {
          slot.active()->check(id);
          random.dawdle(50);
        }
        moves.fetch_add(1, std::memory_order_relaxed);
        // The three ways to move.
        if (random.one_in(3)) {
          slot.park();
          if (slot.resume() != nullptr) slot.active()->check(id);
        } else if (random.one_in(2)) {
          slot.deactivate();
        }
      }
    });
  }
  while (ready.load(std::memory_order_relaxed) < workers) std::this_thread::yield();
  stress::dice = stress::random_numbers(options.seed + workers);
  const auto drop_one = [&] { shared.replace(object::make(domain, population.next_id())).reset(); };
  std::uint64_t rounds = 0;
  if (kicks) {
    for (const stress::deadline end(options.seconds / 2); rounds < 10 || !end.over(); ++rounds) {
      drop_one();
      for (const stress::deadline patience(30); population.retained() != 0;) {
        expect(!patience.over(), "an object is retained in spite of the kick");
        std::this_thread::yield();
      }
    }
    expect(moves.load() != 0 && told.kicks.load() != 0, "nobody was kicked");
  } else {
    drop_one();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    expect(population.retained() == 1 && domain.stats().handed_over == workers,
           "without a kick, something moves the workers");
  }
  crew.stop();
  shared.replace(nullptr);
  domain.collect();
  population.template expect_nothing_left<object>(domain);
  std::printf("kick, %-20s %6llu objects dropped and gone soon after, %6llu kicks, %6llu moves\n", name, ull(rounds),
              ull(told.kicks.load()), ull(moves.load()));
  std::fflush(stdout);
}

// --- planted bugs

using victim = stress::counted_object<8>;
using counted = victim::counting;

enum class bug { none, plain_resume, no_clear };

// The library's worker, with one thing wrong.
template <bug Bug>
struct rules : stress::library_rules<victim, stress::jittery_sync> {
  template <class Slot>
  static void drain(Slot& s) {
    victim* dropped = s.drop.load(std::memory_order_acquire);
    if (!lazyref::detail::is_object(dropped) || dropped == s.lazy.load(std::memory_order_relaxed)) return;
    if (s.drop.compare_exchange_strong(dropped, nullptr, std::memory_order_acquire, std::memory_order_relaxed)) {
      counted::give_up(dropped, 1);
    }
  }

  template <class Slot>
  static void park(Slot& s) {
    if constexpr (Bug == bug::no_clear) {
      victim* const word = s.lazy.load(std::memory_order_relaxed);
      if (word != nullptr && !detail::is_parked(word)) s.lazy.store(detail::parked(word), std::memory_order_release);
      drain(s);
    } else {
      lazyref::park<counted>(s);
    }
  }

  template <class Slot>
  static victim* resume(Slot& s) {
    if constexpr (Bug == bug::plain_resume) {
      victim* const word = s.lazy.load(std::memory_order_relaxed);
      if (!detail::is_parked(word)) return nullptr;
      s.lazy.store(detail::object_of(word), std::memory_order_release);
      return detail::object_of(word);
    } else {
      return lazyref::resume(s);
    }
  }
};

// A reclaimer comes between the worker's look at its parked word and its taking it. Is it used nevertheless?
template <bug Bug>
bool resumes_what_was_taken() {
  slot<victim, lazyref_test::step_sync> s;
  victim* const x = victim::make(1);
  activate<counted>(s, x);
  park<counted>(s);
  lazyref_test::stepping steps;
  bool was_disposed_of = false;
  steps.before(Bug == bug::none ? lazyref_test::step::compare_exchange : lazyref_test::step::store, &s.lazy, 1, [&] {
    last_user_left<counted, reclaim::deferred, lazyref_test::step_sync>(x, [&](auto visit) { visit(s); });
    was_disposed_of = victim::memory().in_use() == 0;
  });
  victim* const resumed = rules<Bug>::resume(s);
  expect(steps.all_ran() && was_disposed_of, "the schedule is not the one that was asked for");
  return resumed == x;
}

// A worker parks what was handed over to it. Is it used nevertheless?
template <bug Bug>
bool resumes_what_it_gave_up() {
  slot<victim> s;
  victim* const x = victim::make(1);
  activate<counted>(s, x);
  last_user_left<counted>(x, [&](auto visit) { visit(s); });
  expect(victim::memory().in_use() == 1, "the schedule is not the one that was asked for");
  rules<Bug>::park(s);
  expect(victim::memory().in_use() == 0, "a hold of what was parked was not given up");
  return rules<Bug>::resume(s) == x;
}

template <bug Bug>
void by_chance(double seconds, std::uint64_t seed) {
  stress::victims<victim, rules<Bug>, 2, 2> all;
  std::atomic<std::uint64_t> resumed{0};
  all.run(seconds, seed, [&](auto& s) {
    victim* const o = all.copy();
    const std::uint64_t id = o->id();
    activate<counted>(s, o);
    all.drop_user(o);
    for (unsigned times = stress::dice.below(4); times > 0; --times) {
      o->check(id);
      stress::dice.dawdle(500);
      rules<Bug>::park(s);
      stress::widen();
      if (rules<Bug>::resume(s) == nullptr) break;
      o->check(id);
      resumed.fetch_add(1, std::memory_order_relaxed);
    }
    if (stress::dice.one_in(2)) deactivate<counted>(s);
  });
  std::printf("%llu times resumed, %llu objects ", ull(resumed.load()), all.made());
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 0.8);
  std::printf("%u workers, %u reclaimers, %u slots, %zu addresses; %s\n", workers, reclaimers, slots, addresses,
              fence_initialize().reason);

  using deferred = domain_options<policy::handoff, reclaim::deferred>;
  using prompt = domain_options<policy::handoff, reclaim::prompt>;
  using deferred_shootdown = domain_options<policy::shootdown, reclaim::deferred>;
  using prompt_shootdown = domain_options<policy::shootdown, reclaim::prompt>;
  churn<deferred>("deferred", options);
  churn<prompt>("prompt", options);
  churn<domain_options<policy::handoff, reclaim::prompt, candidates::tracked>>("prompt, tracked", options);
  churn<deferred_shootdown>("deferred shootdown", options);
  churn<prompt_shootdown>("prompt shootdown", options);
  sleep<deferred, sleeping::parked>("deferred", options);
  sleep<prompt, sleeping::parked>("prompt", options);
  sleep<deferred, sleeping::visited>("deferred, visited", options);
  sleep<deferred, sleeping::parking>("deferred, at once", options);
  sleep<prompt, sleeping::parking>("prompt, at once", options);
  sleep<prompt_shootdown, sleeping::parking>("shootdown, at once", options);
  sleep<prompt, sleeping::on_it>("not parked", options);
  kicked<reclaim::deferred>("deferred", options, true);
  kicked<reclaim::prompt>("prompt", options, true);
  kicked<reclaim::prompt>("none", options, false);

  expect(!resumes_what_was_taken<bug::none>(), "resume: an object that was taken from its worker was used");
  expect(resumes_what_was_taken<bug::plain_resume>(), "the forced schedule does not catch a resume by a plain store");
  expect(!resumes_what_it_gave_up<bug::none>(), "drain: an object was resumed whose hold was given up");
  expect(resumes_what_it_gave_up<bug::no_clear>(), "the forced schedule does not catch a drain that leaves the word");
  std::puts(
      "a resume by a plain store, and a drain that leaves the parked word, use what is gone, in a forced schedule");
  stress::verdicts verdicts;
  verdicts.must_be_clean("as it is", [&] { by_chance<bug::none>(options.seconds, options.seed); });
  verdicts.must_be_caught("a plain resume", [&] { by_chance<bug::plain_resume>(4 * options.seconds, options.seed); });
  verdicts.must_be_caught("the word is left", [&] { by_chance<bug::no_clear>(4 * options.seconds, options.seed); });
  if (LAZYREF_TEST_TSAN) {
    verdicts.must_be_caught("a relaxed park", [&] {
      std::make_unique<configuration<deferred, park_relaxed>>(options.seed)->run("", 2 * options.seconds);
    });
  }
  return verdicts.exit_status();
}
