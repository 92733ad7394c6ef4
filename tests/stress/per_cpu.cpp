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

#include <thread>
#include <vector>

#include "../support/per_cpu_threads.hpp"
#include "stress.hpp"

namespace {

using namespace lazyref;
using stress::expect;

constexpr unsigned claimants = 20;
constexpr unsigned writers = 3;
constexpr unsigned nested = 3;  // claims of one thread at a time, at most
constexpr std::size_t slots_per_cpu = 4;
constexpr std::size_t addresses = 128;

struct census {
  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> gone{0};  // last users
  std::atomic<std::uint64_t> disposed{0};
};
census* counts = nullptr;

class object : public owner<object>, public stress::contents {
 public:
  explicit object(std::uint64_t id) noexcept : contents(id), made_as_(id) {
    counts->made.fetch_add(1, std::memory_order_relaxed);
  }
  ~object() {
    check(made_as_);
    counts->disposed.fetch_add(1, std::memory_order_relaxed);
  }
  void on_last_user() noexcept {
    check(made_as_);
    counts->gone.fetch_add(1, std::memory_order_relaxed);
  }

  static void* operator new(std::size_t);
  static void operator delete(void*) noexcept;

 private:
  std::uint64_t made_as_;
};

stress::pool<sizeof(object), addresses> memory;
void* object::operator new(std::size_t) { return memory.take(); }
void object::operator delete(void* address) noexcept { memory.put(address); }

class place {
 public:
  strong_ref<object> copy() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return reference_;
  }
  strong_ref<object> replace(strong_ref<object> by) {
    const std::lock_guard<std::mutex> lock(mutex_);
    reference_.swap(by);
    return by;
  }

 private:
  std::mutex mutex_;
  strong_ref<object> reference_;
};

unsigned long long ull(std::uint64_t n) { return n; }

template <reclaim When>
class configuration {
 public:
  configuration(claim_method method, std::uint64_t seed) : domain_(options(method)), seed_(seed) {
    for (place& p : current_) p.replace(make());
  }

  // Returns whether enough was done to show something. A busy machine gets more time for that.
  bool run(const char* name, double seconds) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < claimants; ++i) threads.emplace_back([this, i] { be_seat(seats_[i], seed_ + 1 + i); });
    for (unsigned i = 0; i < writers; ++i) threads.emplace_back([this, i] { be_writer(seed_ + 101 + i); });
    std::uint64_t quiets = 0;
    bool enough = false;
    const stress::deadline end(seconds), patience(20 * seconds);
    for (; !end.over() || !(enough || patience.over()); ++quiets) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      gate_.quiet([&] {
        look();
        enough = is_enough();
      });
    }
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& t : threads) t.join();

    std::uint64_t claims = 0;
    std::uint64_t given_away = 0;
    std::uint64_t migrations = 0;
    for (seat& s : seats_) {
      claims += s.claims;
      given_away += s.given_away;
      migrations += s.migrations;
    }
    given_.release();
    for (place& p : current_) p.replace(nullptr);
    if (When == reclaim::prompt) expect(domain_.stats().parked == 0, "prompt: something is left in a slot");
    domain_.collect();

    const domain_stats stats = domain_.stats();
    const std::uint64_t made = counts->made.load();
    expect(made == counts->gone.load(), "an object's last user was never seen, or seen twice");
    expect(made == counts->disposed.load(), "an object is left over, or was disposed of twice");
    expect(memory.in_use() == 0, "an address is left over");
    expect(stats.made == made && stats.disposed == made && stats.reclaimed == made, "the domain counts wrong");
    expect(stats.parked == 0 && stats.attached == 0, "a slot is left over");
    std::printf(
        "%-26s %8llu claims (%6zu counted, %6llu released by others), %6llu migrations, %7llu objects, %6zu handed "
        "over, %4zu carried, %5zu taken back, %u beyond the claims in quiet, %llu quiet points\n",
        name, ull(claims), domain_.counted(), ull(given_away), ull(migrations), ull(made), stats.handed_over,
        stats.carried, stats.taken_back, most_left_behind_, ull(quiets));
    if (!enough)
      std::printf("SKIPPED: per_cpu: %s: next to nothing was done: nothing went wrong, and no power\n", name);
    std::fflush(stdout);
    return enough;
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

  strong_ref<object> make() { return domain_.make(ids_.fetch_add(1, std::memory_order_relaxed)); }

  // Everybody rests.
  bool is_enough() const {
    std::uint64_t claims = 0;
    std::uint64_t given_away = 0;
    for (const seat& s : seats_) {
      claims += s.claims;
      given_away += s.given_away;
    }
    return claims > 100 && counts->made.load() > 100 && given_away > 0;
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
    auto retained = static_cast<unsigned>(counts->gone.load() - counts->disposed.load());
    if (retained > open && retained - open > most_left_behind_) most_left_behind_ = retained - open;
    if (When == reclaim::deferred) {
      expect(retained <= open + domain_.stats().slot_count, "deferred: more is retained than there are slots");
      domain_.collect();
      retained = static_cast<unsigned>(counts->gone.load() - counts->disposed.load());
    }
    expect(retained <= open, "an object is retained that nobody has claimed, and collect does not find it");
    expect(domain_.stats().parked <= in_slots, "something is left in a slot that nobody has claimed");
  }

  // One thread after the other; a claim that is open when its thread ends goes to the next.
  void be_seat(seat& s, std::uint64_t seed) {
    stress::random_numbers random(seed);
    while (!stopped()) {
      const std::uint64_t life_seed = random.next();
      std::thread([&] { live(s, stress::random_numbers(life_seed)); }).join();
    }
    for (held& h : s.open) release(h);
  }

  void live(seat& s, stress::random_numbers random) {
    gate_.enter();
    for (unsigned steps = 100 + random.below(1000); steps > 0 && !stopped(); --steps) {
      step(s, random);
      if (gate_.closed()) gate_.rest();
    }
    gate_.leave();
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

  void be_writer(std::uint64_t seed) {
    stress::random_numbers random(seed);
    gate_.enter();
    while (!stopped()) {
      strong_ref<object> old = current_[random.below(2)].replace(make());
      random.dawdle(200);
      old.reset();
      random.dawdle(400);
      if (gate_.closed()) gate_.rest();
    }
    gate_.leave();
  }

  bool stopped() const { return stop_.load(std::memory_order_relaxed); }

  const std::vector<int> cpus_ = lazyref_test::allowed_cpus();
  per_cpu_domain<object, When> domain_;
  place current_[2];
  seat seats_[claimants];
  std::mutex given_mutex_;
  claim_type given_;
  std::uint64_t given_id_ = 0;
  stress::gate gate_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> ids_{1};
  unsigned most_left_behind_ = 0;
  std::uint64_t seed_;
};

bool has_power = true;

template <reclaim When>
void run(const char* name, claim_method method, const stress::options& options) {
  census fresh;
  counts = &fresh;
  {
    configuration<When> c(method, options.seed);
    has_power = c.run(name, options.seconds) && has_power;
  }
  counts = nullptr;
}

void skip_without_membarrier(const char* message, int) noexcept {
  std::printf("SKIPPED: %s\n", message);
  std::fflush(stdout);
  std::_Exit(77);
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, stress::sanitized ? 2 : 1);
  // Only a build that requires membarrier stops here.
  set_fatal_handler(&skip_without_membarrier);
  const char* const fence = fence_initialize().reason;
  set_fatal_handler(nullptr);
  census unused;
  counts = &unused;
  const per_cpu_info how = per_cpu_domain<object>().how();
  counts = nullptr;
  std::printf("%u claimants, %u writers, %zu CPUs with %zu slots each, %zu addresses; %s; %s\n", claimants, writers,
              how.cpus, how.slots_per_cpu, addresses, fence, how.reason);

  if (how.method == claim_method::restartable_sequence) {
    run<reclaim::deferred>("rseq, deferred", claim_method::restartable_sequence, options);
    run<reclaim::prompt>("rseq, prompt", claim_method::restartable_sequence, options);
  } else {
    std::printf("SKIPPED: claims by restartable sequences: %s\n", how.reason);
  }
  run<reclaim::deferred>("compare-and-swap, deferred", claim_method::compare_and_swap, options);
  run<reclaim::prompt>("compare-and-swap, prompt", claim_method::compare_and_swap, options);
  std::printf("%s; %zu times an address was waited for\n", has_power ? "ok" : "NOT EVERYTHING WAS DONE",
              memory.waits());
  return has_power ? 0 : 77;
}
