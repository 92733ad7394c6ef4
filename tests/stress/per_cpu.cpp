// SPDX-License-Identifier: BSL-1.0
//
// Far more threads than CPUs claim through slots that belong to CPUs: claims nest, end on another CPU than they began
// on, in another thread, after their thread has ended; owners are replaced under them all the time; few addresses, so
// that they come back.
//
// What is checked, for each method and each reclaim mode:
//   - nothing is used after its disposal, nothing is disposed of twice, everything is disposed of in the end
//   - in quiet, every thread between two steps: prompt: retained <= open claims (I5); deferred: <= slots more (I4), and
//     collect() leaves none of those
#include <lazyref/per_cpu.hpp>

#include "../support/per_cpu_threads.hpp"
#include "../support/stress_population.hpp"

namespace {

using namespace lazyref;
using stress::expect;
using stress::ull;

constexpr unsigned claimants = 20;
constexpr unsigned writers = 3;
constexpr unsigned nested = 3;  // claims of one thread at a time, at most
constexpr std::size_t slots_per_cpu = 4;
constexpr std::size_t addresses = 128;

using object = stress::object<addresses>;

template <reclaim When>
class configuration {
 public:
  configuration(claim_method method, std::uint64_t seed) : domain_(options(method)), crew_(seed) {
    for (auto& p : current_) p.replace(make());
  }

  void run(const char* name, double seconds) {
    // One thread after the other; a claim that is open when its thread ends goes to the next.
    for (seat& s : seats_) {
      crew_.add([&](stress::random_numbers& random) {
        crew_.one_after_the_other(random, [&](auto& its) { live(s, its); });
        for (held& h : s.open) release(h);
      });
    }
    for (unsigned i = 0; i < writers; ++i) crew_.repeat([&](auto& random) { replace_one(random); });
    const std::uint64_t quiets = crew_.run_for(
        seconds, name, [] {}, [&] { look(); },
        [&] { return total(&seat::claims) > 100 && population_.made() > 100 && total(&seat::given_away) > 0; });

    given_.release();
    for (auto& p : current_) p.replace(nullptr);
    if (When == reclaim::prompt) expect(domain_.stats().parked == 0, "prompt: something is left in a slot");
    domain_.collect();

    population_.template expect_nothing_left<object>(domain_);
    const domain_stats stats = domain_.stats();
    std::printf(
        "%-26s %8llu claims (%6zu counted, %6llu released by others), %6llu migrations, %7llu objects, %6zu handed "
        "over, %4zu carried, %5zu taken back, %u beyond the claims in quiet, %llu quiet points\n",
        name, total(&seat::claims), domain_.counted(), total(&seat::given_away), total(&seat::migrations),
        ull(population_.made()), stats.handed_over, stats.carried, stats.taken_back, most_left_behind_, ull(quiets));
    std::fflush(stdout);
  }

 private:
  using claim_type = cpu_claim<object, When>;
  struct held {
    claim_type claim;
    std::uint64_t id = 0;
  };
  struct seat {
    held open[nested];
    std::uint64_t claims = 0;
    std::uint64_t given_away = 0;
    std::uint64_t migrations = 0;
  };

  static per_cpu_options options(claim_method method) {
    per_cpu_options result;
    result.slots_per_cpu = slots_per_cpu;
    result.method = method;
    return result;
  }

  strong_ref<object> make() { return domain_.make(population_.next_id()); }

  unsigned long long total(std::uint64_t seat::*count) const {
    std::uint64_t sum = 0;
    for (const seat& s : seats_) sum += s.*count;
    return sum;
  }

  // Everybody rests: what is retained is retained by a slot, or by a counted hold.
  void look() {
    unsigned open = given_ ? 1 : 0;
    std::size_t in_slots = given_ && !given_.is_counted() ? 1 : 0;
    for (const seat& s : seats_) {
      for (const held& h : s.open) {
        open += h.claim ? 1 : 0;
        in_slots += h.claim && !h.claim.is_counted() ? 1 : 0;
      }
    }
    expect(domain_.stats().attached == in_slots, "a slot is claimed by two, or by nobody");
    auto retained = static_cast<unsigned>(population_.retained());
    if (retained > open && retained - open > most_left_behind_) most_left_behind_ = retained - open;
    if (When == reclaim::deferred) {
      expect(retained <= open + domain_.stats().slot_count, "deferred: more is retained than there are slots");
      domain_.collect();
      retained = static_cast<unsigned>(population_.retained());
    }
    expect(retained <= open, "an object is retained that nobody has claimed, and collect does not find it");
    expect(domain_.stats().parked <= in_slots, "something is left in a slot that nobody has claimed");
  }

  void live(seat& s, stress::random_numbers& random) {
    for (unsigned steps = 100 + random.below(1000); steps > 0 && !crew_.stopped(); --steps) {
      step(s, random);
      crew_.rest_if_wanted();
    }
  }

  void step(seat& s, stress::random_numbers& random) {
    held& h = s.open[random.below(nested)];
    if (h.claim) {
      h.claim->check(h.id);
      random.dawdle(50);
      h.claim->check(h.id);
    }
    switch (random.below(16)) {
      case 0:
        s.migrations += migrate(random);
        break;
      case 1: {
        // Another thread's claim for this one.
        const std::lock_guard<std::mutex> lock(given_mutex_);
        given_.swap(h.claim);
        std::swap(given_id_, h.id);
        ++s.given_away;
        break;
      }
      case 2:
        if (random.one_in(32)) domain_.collect();
        break;
      case 3:
      case 4:
      case 5:
        release(h);
        break;
      case 6:
        claim(s, h, make());  // its own maker, user and, most likely, last user
        break;
      case 7:
        claim(s, h, current_[random.below(2)].copy());
        break;
      default: {
        // Briefly, as most are.
        held brief;
        claim(s, brief, current_[random.below(2)].copy());
        if (random.one_in(8)) random.dawdle(200);
        release(brief);
        break;
      }
    }
  }

  void claim(seat& s, held& h, strong_ref<object> reference) {
    const std::uint64_t id = reference->id();
    claim_type fresh = domain_.claim(reference);
    reference.reset();
    fresh->check(id);
    release(h);
    h.claim = std::move(fresh);
    h.id = id;
    ++s.claims;
  }

  void release(held& h) {
    if (h.claim) h.claim->check(h.id);
    h.claim.release();
  }

  unsigned migrate(stress::random_numbers& random) {
    if (cpus_.empty()) return 0;
    return lazyref_test::move_to_cpu(cpus_[random.below(static_cast<unsigned>(cpus_.size()))]) ? 1 : 0;
  }

  void replace_one(stress::random_numbers& random) {
    strong_ref<object> old = current_[random.below(2)].replace(make());
    random.dawdle(200);
    old.reset();
    random.dawdle(400);
  }

  const std::vector<int> cpus_ = lazyref_test::allowed_cpus();
  stress::population population_;
  per_cpu_domain<object, When> domain_;
  stress::place<object> current_[2];
  seat seats_[claimants];
  std::mutex given_mutex_;
  claim_type given_;
  std::uint64_t given_id_ = 0;
  unsigned most_left_behind_ = 0;
  stress::crew crew_;
};

template <reclaim When>
void run(const char* name, claim_method method, const stress::options& options) {
  std::make_unique<configuration<When>>(method, options.seed)->run(name, options.seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, stress::sanitized ? 2 : 1);
  const char* const fence = stress::fence_or_skip();
  const per_cpu_info how = per_cpu_domain<object>().how();
  std::printf("%u claimants, %u writers, %zu CPUs with %zu slots each, %zu addresses; %s; %s\n", claimants, writers,
              how.cpus, how.slots_per_cpu, addresses, fence, how.reason);

  if (how.method == claim_method::restartable_sequence) {
    run<reclaim::deferred>("rseq, deferred", claim_method::restartable_sequence, options);
    run<reclaim::prompt>("rseq, prompt", claim_method::restartable_sequence, options);
  } else {
    std::printf("SKIPPED: %s: claims by restartable sequences: %s\n", stress::program, how.reason);
  }
  run<reclaim::deferred>("compare-and-swap, deferred", claim_method::compare_and_swap, options);
  run<reclaim::prompt>("compare-and-swap, prompt", claim_method::compare_and_swap, options);
  std::printf("%zu times an address was waited for\n", object::memory().waits());
  return stress::exit_status();
}
