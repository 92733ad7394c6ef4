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
#include "../support/stress_child.hpp"
#include "../support/stress_population.hpp"

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

struct restore_relaxed : stress::jittery_sync {
  static constexpr order_table orders = [] {
    order_table result;
    result.slot_restore = std::memory_order_relaxed;
    return result;
  }();
};

template <class Options, class Sync = stress::jittery_sync>
class configuration {
  using object = stress::object<addresses, Sync>;
  using domain_type = lazy_domain<object, Options>;
  using slot_type = lazy_slot<object, Options>;
  using scope = temporary_activation<object, Options>;
  using reference = strong_ref<object>;
  static constexpr bool is_counted = Options::how == policy::refcounted;

 public:
  explicit configuration(std::uint64_t seed) : seed_(seed) {
    for (auto& p : shared_) p.replace(make());
  }

  void run(const char* name, double seconds) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < workers; ++i) threads.emplace_back([this, i] { be_worker(workers_[i], seed_ + 1 + i); });
    for (unsigned i = 0; i < reclaimers; ++i) threads.emplace_back([this, i] { be_reclaimer(seed_ + 101 + i); });

    std::uint64_t quiets = 0;
    for (const stress::deadline end(seconds); !end.over(); ++quiets) {
      for (unsigned i = 0; i < 50; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        population_.sample();
      }
      expect(population_.most() <= slots + workers * scopes + 2 * (workers + reclaimers),
             "more is retained than slots, scopes and running threads allow");
      gate_.quiet([&] { look(); });
    }
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& t : threads) t.join();

    std::uint64_t done = 0;
    std::uint64_t gone = 0;
    std::uint64_t resumed = 0;
    for (worker& w : workers_) {
      w.slot.detach();
      done += w.scopes;
      gone += w.came_back_to_what_is_gone;
      resumed += w.resumed;
    }
    for (auto& p : shared_) p.replace(nullptr);
    domain_.collect();
    population_.template expect_nothing_left<object>(domain_);
    const domain_stats stats = domain_.stats();
    expect(done > 100 && population_.made() > 100, "next to nothing was done");
    expect(gone > 0, "no scope ever came back to an object whose last user had gone");
    expect(resumed > 0 || (Options::when == reclaim::prompt && !is_counted), "nothing was ever resumed after a scope");
    std::printf(
        "%-18s %7llu scopes, %6llu back to what was gone, %6llu resumed, %7llu objects, %6zu handed over, "
        "%5zu carried, %6zu taken back, %5zu unparked; %2llu retained at most, %llu in quiet (%llu times)\n",
        name, ull(done), ull(gone), ull(resumed), ull(population_.made()), stats.handed_over, stats.carried,
        stats.taken_back, stats.unparked, ull(population_.most()), ull(population_.most_in_quiet()), ull(quiets));
    std::fflush(stdout);
  }

 private:
  struct worker {
    slot_type slot;
    std::uint64_t id = 0;  // of what the slot is on, or has parked, outside all scopes
    stress::in_use<object> using_now;
    std::uint64_t scopes = 0;
    std::uint64_t came_back_to_what_is_gone = 0;
    std::uint64_t resumed = 0;
  };

  reference make() { return object::make(domain_, population_.next_id()); }

  void look() {
    if (Options::when == reclaim::deferred) domain_.collect();
    population_.template expect_only_what_is_in_use<object>(
        workers_, "in quiet, something else is retained than what is gone and in use");
  }

  void be_worker(worker& w, std::uint64_t seed) {
    stress::random_numbers random(seed);
    stress::dice = stress::random_numbers(random.next());
    gate_.enter();
    while (!stopped()) {
      if (!w.slot) w.slot = domain_.attach();
      expect(static_cast<bool>(w.slot), "the domain is full, though it has a slot for each worker");
      switch (random.below(12)) {
        case 0:
          w.slot.deactivate();
          break;
        case 1:
          w.slot.detach();
          continue;
        case 2:
          w.slot.poll();
          break;
        case 3:
        case 4:
        case 5:
        case 6:
          activate(w, shared_[random.below(places)].copy());
          break;
        case 7:
        case 8:
          with_parked(w, random);
          break;
        default:
          with_active(w, random);
          break;
      }
      use(w.slot.active(), w.id, random);
      rest_if_closed(w, w.slot.active());
    }
    gate_.leave();
  }

  void activate(worker& w, reference one) {
    w.id = one->id();
    w.slot.activate(one);
  }

  void with_active(worker& w, stress::random_numbers& random) {
    object* const before = w.slot.active();
    w.using_now.clear();
    w.using_now.add(before);
    in_scope(w, before, w.id, random, 1);
    expect(w.slot.active() == before, "after the scope, the slot is not on what it was on before");
    use(before, w.id, random);
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
    reference one = random.one_in(8) ? make() : shared_[random.below(places)].copy();
    scope other(w.slot, one);
    ++w.scopes;
    object* const p = other.get();
    const std::uint64_t id = p->id();
    one.reset();
    expect(w.slot.active() == p, "in the scope, the slot is not on its object");
    use(p, id, random);
    if (random.one_in(4)) w.slot.poll();
    use(before, before_id, random);
    w.using_now.add(p);
    if (depth < scopes && random.one_in(2)) {
      in_scope(w, p, id, random, depth + 1);
      expect(w.slot.active() == p, "after the inner scope, the slot is not on the outer one's object");
    } else if (before != nullptr && gate_.closed()) {
      gate_.rest();
    }
    --w.using_now.size;
    use(p, id, random);
    use(before, before_id, random);
  }

  bool rest_if_closed(worker& w, const object* on) {
    if (!gate_.closed()) return false;
    w.using_now.clear();
    w.using_now.add(on);
    gate_.rest();
    return true;
  }

  void use(const object* p, std::uint64_t id, stress::random_numbers& random) {
    if (p == nullptr) return;
    for (unsigned n = 1 + random.below(3); n > 0; --n) {
      p->check(id);
      random.dawdle(50);
    }
    p->check(id);
  }

  void be_reclaimer(std::uint64_t seed) {
    stress::random_numbers random(seed);
    stress::dice = stress::random_numbers(random.next());
    gate_.enter();
    while (!stopped()) {
      reference old = shared_[random.below(places)].replace(make());
      random.dawdle(200);
      old.reset();
      random.dawdle(400);
      if (random.one_in(64)) domain_.collect();
      if (gate_.closed()) gate_.rest();
    }
    gate_.leave();
  }

  bool stopped() const { return stop_.load(std::memory_order_relaxed); }

  stress::population population_;
  domain_type domain_{slots};
  stress::place<object> shared_[places];
  worker workers_[workers];
  stress::gate gate_;
  std::atomic<bool> stop_{false};
  std::uint64_t seed_;
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
  using sync = stress::jittery_sync;
  using slot_type = slot<victim, sync>;
  constexpr unsigned threads_of_each = 2;
  slot_type its_slots[threads_of_each];
  std::mutex mutex;
  victim* current[2] = {victim::make(1), victim::make(2)};
  std::atomic<std::uint64_t> ids{3};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> done{0};
  const auto drop_user = [&](victim* o) {
    if (o->users.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    last_user_left<counted, reclaim::deferred, sync>(o, [&](auto visit) {
      for (auto& s : its_slots) visit(s);
    });
  };
  const auto copy = [&](unsigned which) {
    const std::lock_guard<std::mutex> lock(mutex);
    current[which]->users.fetch_add(1, std::memory_order_relaxed);
    return current[which];
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < threads_of_each; ++i) {
    threads.emplace_back([&, i] {
      stress::dice = stress::random_numbers(seed + i);
      slot_type& s = its_slots[i];
      while (!stop.load(std::memory_order_relaxed)) {
        victim* const x = copy(0);
        const std::uint64_t id = x->id();
        activate<counted>(s, x);
        drop_user(x);
        for (unsigned times = stress::dice.below(4); times > 0; --times) {
          x->check(id);
          {
            victim* const y = copy(1);
            const std::uint64_t other_id = y->id();
            const planted_scope<Bug, slot_type> other(s, y);
            drop_user(y);
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
      }
      deactivate<counted>(s);
    });
    threads.emplace_back([&, i] {
      stress::dice = stress::random_numbers(seed + 100 + i);
      while (!stop.load(std::memory_order_relaxed)) {
        victim* o = victim::make(ids.fetch_add(1, std::memory_order_relaxed));
        {
          const std::lock_guard<std::mutex> lock(mutex);
          std::swap(o, current[stress::dice.below(2)]);
        }
        drop_user(o);
        stress::dice.dawdle(500);
      }
    });
  }
  for (const stress::deadline end(seconds); !end.over();) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& t : threads) t.join();
  for (victim* o : current) drop_user(o);
  for (auto& s : its_slots) poll<counted>(s);
  expect(victim::memory().in_use() == 0, "an object is left over");
  std::printf("%llu scopes, %llu objects ", ull(done.load()), ull(ids.load()));
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
  if (STRESS_TSAN) {
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
