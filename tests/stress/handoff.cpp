// SPDX-License-Identifier: BSL-1.0
//
// Many short-lived objects over few addresses: workers that activate, move, leave, end and are replaced; reclaimers
// that replace the objects under them all the time; and copies of references that make any thread the last user.
//
// What is checked, for each configuration:
//   - nothing is used after its disposal, nothing is disposed of twice, everything is disposed of in the end
//   - in quiet, every thread between two calls: retained <= slots (I4); prompt and refcounted: <= active slots (I5)
//   - at any time: retained <= slots + 2 for each thread. A reclaimer has two, the object that it scans for and one it
//     carries: the slot that it left the first in may have given it up meanwhile and have got another. A worker that
//     drains has one.
#include "../support/stress_population.hpp"

namespace {

using namespace lazyref;
using stress::expect;
using stress::ull;

constexpr unsigned seats = 4;  // workers at a time
constexpr unsigned reclaimers = 3;
constexpr unsigned slots = seats + 1;
constexpr std::size_t addresses = 16;

using object = stress::object<addresses>;

template <class Options>
class configuration {
 public:
  explicit configuration(std::uint64_t seed) : crew_(seed) {
    for (auto& p : current_) p.replace(make());
  }

  void run(const char* name, double seconds) {
    // A worker's place: one thread after the other works there.
    for (seat& s : seats_) {
      crew_.add(
          [&](stress::random_numbers& random) { crew_.one_after_the_other(random, [&](auto& its) { live(s, its); }); });
    }
    for (unsigned i = 0; i < reclaimers; ++i) crew_.repeat([&](auto& random) { replace_one(random); });
    const std::uint64_t quiets = crew_.run_for(
        seconds, name,
        [&] {
          population_.sample();
          expect(population_.most() <= slots + 2 * (seats + reclaimers),
                 "more is retained than slots and running threads allow");
        },
        [&] { look(); },
        [&] { return total(&seat::activations) > 100 && total(&seat::lives) > seats && population_.made() > 100; });

    for (seat& s : seats_) s.slot.detach();
    for (auto& p : current_) p.replace(nullptr);
    shared_.replace(nullptr);
    domain_.collect();
    population_.template expect_nothing_left<object>(domain_);
    const domain_stats stats = domain_.stats();
    std::printf(
        "%-18s %8llu activations, %9llu looks, %6llu threads, %8llu objects made and disposed, %7zu handed over, %5zu "
        "carried, "
        "%6zu taken back, %llu retained at most, %u in quiet (%u beyond the active slots), %u parked at most, %llu "
        "quiet points\n",
        name, total(&seat::activations), total(&seat::looks), total(&seat::lives), ull(population_.made()),
        stats.handed_over, stats.carried, stats.taken_back, ull(population_.most()), most_retained_in_quiet_,
        most_left_behind_, most_parked_, ull(quiets));
    std::fflush(stdout);
  }

 private:
  using domain_type = lazy_domain<object, Options>;
  using slot_type = lazy_slot<object, Options>;

  struct seat {
    slot_type slot;        // between two threads
    std::uint64_t id = 0;  // of what the slot is on
    bool active = false;   // for whoever looks in quiet
    std::uint64_t activations = 0;
    std::uint64_t looks = 0;
    std::uint64_t lives = 0;
  };

  strong_ref<object> make() { return domain_.make(population_.next_id()); }

  unsigned long long total(std::uint64_t seat::*count) const {
    std::uint64_t sum = 0;
    for (const seat& s : seats_) sum += s.*count;
    return sum;
  }

  // Everybody rests. In quiet nobody carries and nobody scans, so what is retained is retained by a slot.
  void look() {
    const auto retained = static_cast<unsigned>(population_.retained());
    const domain_stats stats = domain_.stats();
    unsigned active = 0;
    for (const seat& s : seats_) active += s.active;
    if (retained > most_retained_in_quiet_) most_retained_in_quiet_ = retained;
    if (retained > active && retained - active > most_left_behind_) most_left_behind_ = retained - active;
    if (stats.parked > most_parked_) most_parked_ = static_cast<unsigned>(stats.parked);
    expect(stats.made == population_.made() && stats.disposed == population_.disposed(), "the domain counts wrong");
    expect(stats.attached <= seats, "more slots are attached than there are workers");
    if (Options::how == policy::refcounted) {
      expect(stats.parked == 0 && retained <= active, "refcounted: an object is retained that no slot is on");
    } else if (Options::when == reclaim::prompt) {
      expect(stats.parked <= active && retained <= active, "prompt: an object is retained that no slot is on");
    } else {
      expect(retained <= slots, "more is retained than there are slots");
    }
  }

  void live(seat& s, stress::random_numbers& random) {
    ++s.lives;
    {
      slot_type slot = std::move(s.slot);
      if (!slot) slot = domain_.attach();
      for (unsigned steps = 200 + random.below(2000); steps > 0 && !crew_.stopped(); --steps) {
        expect(static_cast<bool>(slot), "the domain is full, though it has a slot for each worker");
        step(s, slot, random);
        use(s, slot, random);
        crew_.rest_if_wanted([&] { s.active = slot.active() != nullptr; });
      }
      // Either the slot goes to the next thread, object and all, or it ends with this one.
      if (random.one_in(2)) s.slot = std::move(slot);
    }
    s.active = s.slot && s.slot.active() != nullptr;
  }

  void step(seat& s, slot_type& slot, stress::random_numbers& random) {
    switch (random.below(20)) {
      case 0:
      case 1:
        slot.deactivate();
        break;
      case 2:
      case 3:
        slot.poll();
        break;
      case 4:
        slot.detach();
        random.dawdle(100);
        slot = domain_.attach();
        break;
      case 5: {
        slot_type other = std::move(slot);
        random.dawdle(100);
        slot = std::move(other);
        break;
      }
      case 6:
      case 7:
        shared_.replace(current_[random.below(2)].copy());
        break;
      case 8:
        if (random.one_in(16)) domain_.collect();
        break;
      case 9:
        // Its own maker, user and, most likely, last user.
        activate(s, slot, make());
        break;
      case 10:
      case 11:
        if (strong_ref<object> reference = shared_.replace(nullptr)) activate(s, slot, std::move(reference));
        break;
      default:
        activate(s, slot, current_[random.below(2)].copy());
        break;
    }
  }

  void activate(seat& s, slot_type& slot, strong_ref<object> reference) {
    s.id = reference->id();
    reference->check(s.id);
    slot.activate(reference);
    ++s.activations;
  }

  void use(seat& s, slot_type& slot, stress::random_numbers& random) {
    const object* const p = slot.active();
    if (p == nullptr) return;
    for (unsigned n = 1 + random.below(4); n > 0; --n, ++s.looks) {
      p->check(s.id);
      random.dawdle(50);
    }
    p->check(s.id);
  }

  void replace_one(stress::random_numbers& random) {
    strong_ref<object> old = current_[random.below(2)].replace(make());
    random.dawdle(200);
    if (random.one_in(4)) old = shared_.replace(std::move(old));
    old.reset();
    random.dawdle(400);
  }

  stress::population population_;
  domain_type domain_{slots};
  stress::place<object> current_[2];
  stress::place<object> shared_;
  seat seats_[seats];
  unsigned most_retained_in_quiet_ = 0;
  unsigned most_left_behind_ = 0;
  unsigned most_parked_ = 0;
  stress::crew crew_;
};

template <policy P, reclaim R, candidates C>
void run(const char* name, const stress::options& options) {
  std::make_unique<configuration<domain_options<P, R, C>>>(options.seed)->run(name, options.seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv,
                                                stress::sanitized                    ? 2
                                                : build_mode == fence_mode::required ? 1.5
                                                                                     : 2.5);
  std::printf("%u workers, %u reclaimers, %u slots, %zu addresses; %s\n", seats, reclaimers, slots, addresses,
              stress::fence_or_skip());

  run<policy::handoff, reclaim::deferred, candidates::all>("deferred all", options);
  run<policy::handoff, reclaim::prompt, candidates::all>("prompt all", options);
  run<policy::handoff, reclaim::deferred, candidates::tracked>("deferred tracked", options);
  run<policy::handoff, reclaim::prompt, candidates::tracked>("prompt tracked", options);
  run<policy::refcounted, reclaim::deferred, candidates::all>("refcounted", options);
  std::printf("%zu times an address was waited for\n", object::memory().waits());
  return stress::exit_status();
}
