// SPDX-License-Identifier: BSL-1.0
//
// Workers that use another object for a while, in a scope and in scopes inside it, and come back to what they were on,
// while reclaimers of both drop the last users at any time.
//
// What is checked, for each configuration:
//   - nothing is used after its disposal: not the object of the scope, not the one before it, not after the scope
//     either; nothing is disposed of twice, everything is disposed of in the end
//   - after the scope, the slot is on what it was on before; what was parked is parked, or taken
//   - at any time: retained <= slots + a hold for each scope + two for each thread
//   - in quiet, inside scopes and outside: exactly what is gone and in use is retained (deferred: after a collect)
//
// And planted bugs, by a forced schedule and (but for the last, which is a leak) by chance, with the same scope as it
// should be as the control:
//
//   no_hold   the object before is not held, only stored again
//   early     its hold is given up when it has been stored again, and not left in the slot
//   lost      its hold is stored into the slot, whatever stands there
//
// For ThreadSanitizer also the library's own with a relaxed store at the end of the scope.
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
constexpr unsigned places = 3;
constexpr unsigned slots = workers + 1;
constexpr unsigned scopes = 2;  // for each worker at a time
constexpr std::size_t addresses = 40;

using restore_relaxed = lazyref_test::with_relaxed<stress::jittery_sync, &order_table::slot_restore>;

template <class Options, class Sync = stress::jittery_sync>
class configuration {
  struct own {
    std::uint64_t scopes = 0, came_back_to_what_is_gone = 0, resumed = 0;
  };
  using object = stress::object<addresses, Sync>;
  using workshop = stress::workshop<object, Options, own, workers, places>;
  using worker = typename workshop::worker;
  using scope = temporary_activation<object, Options>;
  static constexpr bool is_counted = Options::how == policy::refcounted;

 public:
  explicit configuration(std::uint64_t seed) : all_(seed) {}

  void run(const char* name, double seconds) {
    all_.add_workers([this](worker& w, auto& random) { step(w, random); });
    all_.add_reclaimers(reclaimers, [this](auto& random) {
      all_.replace_one(random);
      if (random.one_in(64)) all_.domain.collect();
    });
    const auto& population = all_.population;
    const std::uint64_t quiets = all_.crew.run_for(
        seconds, name,
        [&] {
          all_.population.sample();
          expect(population.most() <= slots + workers * scopes + 2 * (workers + reclaimers),
                 "more is retained than slots, scopes and running threads allow");
        },
        [&] { all_.expect_only_what_is_in_use(); },
        [&] {
          return all_.total(&own::scopes) > 100 && population.made() > 100 &&
                 all_.total(&own::came_back_to_what_is_gone) > 0 &&
                 (all_.total(&own::resumed) > 0 || (Options::when == reclaim::prompt && !is_counted));
        });
    all_.clear();
    all_.expect_nothing_left();
    const domain_stats stats = all_.domain.stats();
    const auto done = all_.total(&own::scopes), gone = all_.total(&own::came_back_to_what_is_gone),
               resumed = all_.total(&own::resumed);
    std::printf(
        "%-18s %7llu scopes, %6llu back to what was gone, %6llu resumed, %7llu objects, %6zu handed over, "
        "%5zu carried, %6zu taken back, %5zu unparked; %2llu retained at most, %llu in quiet (%llu times)\n",
        name, done, gone, resumed, ull(population.made()), stats.handed_over, stats.carried, stats.taken_back,
        stats.unparked, ull(population.most()), ull(population.most_in_quiet()), ull(quiets));
    std::fflush(stdout);
  }

 private:
  void step(worker& w, stress::random_numbers& random) {
    switch (random.below(12)) {
      case 0:
        w.slot.deactivate();
        break;
      case 1:
        w.slot.detach();
        break;
      case 2:
        w.slot.poll();
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        w.activate(all_.any_place(random).copy());
        break;
      case 7:
      case 8:
        with_parked(w, random);
        break;
      default:
        with_active(w, random);
        break;
    }
    w.use(random);
  }

  void with_active(worker& w, stress::random_numbers& random) {
    object* const before = w.slot.active();
    w.using_now.clear();
    w.using_now.add(before);
    in_scope(w, before, w.id, random, 1);
    expect(w.slot.active() == before, "after the scope, the slot is not on what it was on before");
    w.use(random);
    if (before != nullptr && before->is_gone()) ++w.came_back_to_what_is_gone;
  }

  void with_parked(worker& w, stress::random_numbers& random) {
    object* const before = w.slot.active();
    w.slot.park();
    w.using_now.clear();
    // Only refcounted is sure that the scope has it; nobody looks before it ends.
    in_scope(w, nullptr, 0, random, scopes);
    expect(w.slot.active() == nullptr, "after the scope, what was parked is active");
    random.dawdle(100);
    if (object* const after = w.slot.resume()) {
      expect(after == before, "after the scope, something else is parked");
      ++w.resumed;
    }
  }

  void in_scope(worker& w, object* before, std::uint64_t before_id, stress::random_numbers& random, unsigned depth) {
    auto one = random.one_in(8) ? all_.make() : all_.any_place(random).copy();
    scope other(w.slot, one);
    ++w.scopes;
    object* const p = other.get();
    const std::uint64_t id = p->id();
    one.reset();
    expect(w.slot.active() == p, "in the scope, the slot is not on its object");
    w.look_at(p, id, random);
    if (random.one_in(4)) w.slot.poll();
    w.look_at(before, before_id, random);
    w.using_now.add(p);
    if (depth < scopes && random.one_in(2)) {
      in_scope(w, p, id, random, depth + 1);
      expect(w.slot.active() == p, "after the inner scope, the slot is not on the outer one's object");
    } else if (before != nullptr) {
      all_.crew.rest_if_wanted();
    }
    --w.using_now.size;
    w.look_at(p, id, random);
    w.look_at(before, before_id, random);
  }

  workshop all_;
};

template <class Options>
void run(const char* name, const stress::options& options) {
  std::make_unique<configuration<Options>>(options.seed)->run(name, options.seconds);
}

// --- planted bugs

using victim = stress::counted_object<12>;
using counted = victim::counting;

enum class bug { none, no_hold, early, lost };

// A scope over the embedded layer, with one thing wrong.
template <bug Bug, class Slot>
class planted_scope {
 public:
  planted_scope(Slot& s, victim* other) : slot_(s), before_(s.lazy.load(std::memory_order_relaxed)) {
    if (Bug != bug::no_hold && before_ != nullptr) counted::take(before_, 1);
    activate<counted>(s, other);
  }
  ~planted_scope() {
    if (before_ == nullptr) {
      deactivate<counted>(slot_);
      return;
    }
    slot_.lazy.store(before_, std::memory_order_release);
    if constexpr (Bug == bug::no_hold) {
      give_up_what_was_left();
    } else if constexpr (Bug == bug::early) {
      give_up_what_was_left();
      counted::give_up(before_, 1);
    } else if constexpr (Bug == bug::lost) {
      slot_.drop.store(before_, std::memory_order_release);
    } else {
      victim* const left = slot_.drop.exchange(before_, std::memory_order_acq_rel);
      if (lazyref::detail::is_object(left)) counted::give_up(left, 1);
    }
  }
  planted_scope(const planted_scope&) = delete;
  planted_scope& operator=(const planted_scope&) = delete;

 private:
  // As poll, but it trusts nobody's count of the object before: that may be gone.
  void give_up_what_was_left() {
    victim* left = slot_.drop.load(std::memory_order_relaxed);
    if (!lazyref::detail::is_object(left) || left == before_) return;
    if (slot_.drop.compare_exchange_strong(left, nullptr, std::memory_order_acquire, std::memory_order_relaxed))
      counted::give_up(left, 1);
  }

  Slot& slot_;
  victim* const before_;
};

// The last users of both objects go inside the scope. What is retained after it: the object before, and no other?
template <bug Bug>
bool comes_back_alone() {
  slot<victim> s;
  const auto its_slot = [&](auto visit) { visit(s); };
  victim* const x = victim::make(1);
  victim* const y = victim::make(2);
  activate<counted>(s, x);
  {
    const planted_scope<Bug, slot<victim>> other(s, y);
    last_user_left<counted>(x, its_slot);
    last_user_left<counted>(y, its_slot);
    expect(victim::memory().in_use() == (Bug == bug::no_hold ? 1 : 2), "the schedule is not the one asked for");
  }
  if (victim::memory().in_use() != 1) return false;
  x->check(1);
  deactivate<counted>(s);
  return victim::memory().in_use() == 0;
}

template <bug Bug>
void by_chance(double seconds, std::uint64_t seed) {
  stress::victims<victim, stress::library_rules<victim, stress::jittery_sync>, 2, 2, 2> all;
  std::atomic<std::uint64_t> done{0};
  all.run(seconds, seed, [&](auto& s) {
    victim* const x = all.copy(0);
    const std::uint64_t id = x->id();
    activate<counted>(s, x);
    all.drop_user(x);
    for (unsigned times = stress::dice.below(4); times > 0; --times) {
      x->check(id);
      {
        victim* const y = all.copy(1);
        const std::uint64_t other_id = y->id();
        const planted_scope<Bug, std::remove_reference_t<decltype(s)>> other(s, y);
        all.drop_user(y);
        stress::dice.dawdle(500);
        y->check(other_id);
        stress::widen();
      }
      x->check(id);
      stress::dice.dawdle(500);
      done.fetch_add(1, std::memory_order_relaxed);
    }
    x->check(id);
    if (stress::dice.one_in(2)) deactivate<counted>(s);
  });
  std::printf("%llu scopes, %llu objects ", ull(done.load()), all.made());
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 0.8);
  std::printf("%u workers, %u reclaimers, %u slots, %zu addresses; %s\n", workers, reclaimers, slots, addresses,
              fence_initialize().reason);

  using deferred = domain_options<policy::handoff, reclaim::deferred>;
  run<deferred>("deferred", options);
  run<domain_options<policy::handoff, reclaim::prompt>>("prompt", options);
  run<domain_options<policy::handoff, reclaim::deferred, candidates::tracked>>("deferred tracked", options);
  run<domain_options<policy::shootdown, reclaim::prompt>>("prompt shootdown", options);
  run<domain_options<policy::refcounted>>("refcounted", options);

  expect(comes_back_alone<bug::none>(), "a scope did not bring back the object before, or left the other one");
  expect(!comes_back_alone<bug::no_hold>(), "the forced schedule does not catch a scope without a hold");
  expect(!comes_back_alone<bug::early>(), "the forced schedule does not catch a hold that is given up early");
  stress::verdicts verdicts;
  const auto patience = 4 * options.seconds;
  verdicts.must_be_clean("none", [&] { by_chance<bug::none>(options.seconds, options.seed); });
  verdicts.must_be_caught("no_hold", [&] { by_chance<bug::no_hold>(patience, options.seed); });
  verdicts.must_be_caught("early", [&] { by_chance<bug::early>(patience, options.seed); });
  if (LAZYREF_TEST_TSAN) {
    verdicts.must_be_caught("a relaxed restore", [&] {
      std::make_unique<configuration<deferred, restore_relaxed>>(options.seed)->run("", 2 * options.seconds);
    });
  }
  // Last of all: it leaves an object behind.
  expect(!comes_back_alone<bug::lost>(), "the forced schedule does not catch a hold that is overwritten");
  std::puts(
      "in a forced schedule, each planted bug uses what is gone or leaves something; the scope as it is does not");
  return verdicts.exit_status();
}
