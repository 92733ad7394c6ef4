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
#include <lazyref/domain.hpp>
#include <thread>
#include <vector>

#include "stress.hpp"

namespace {

using namespace lazyref;
using stress::expect;

constexpr unsigned seats = 4;  // workers at a time
constexpr unsigned reclaimers = 3;
constexpr unsigned slots = seats + 1;
constexpr std::size_t addresses = 16;

// Relaxed, so that they order nothing for the race detector.
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

using object_pool = stress::pool<sizeof(object), addresses>;
object_pool memory;
void* object::operator new(std::size_t) { return memory.take(); }
void object::operator delete(void* address) noexcept { memory.put(address); }

// A reference that threads share.
class place {
 public:
  strong_ref<object> copy() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return reference_;
  }
  // What was there is dropped by the caller, without the lock.
  strong_ref<object> replace(strong_ref<object> by) {
    const std::lock_guard<std::mutex> lock(mutex_);
    reference_.swap(by);
    return by;
  }

 private:
  std::mutex mutex_;
  strong_ref<object> reference_;
};

template <class Options>
class configuration {
 public:
  explicit configuration(std::uint64_t seed) : seed_(seed) {
    for (place& p : current_) p.replace(make());
  }

  void run(const char* name, double seconds) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < seats; ++i) threads.emplace_back([this, i] { be_seat(seats_[i], seed_ + 1 + i); });
    for (unsigned i = 0; i < reclaimers; ++i) threads.emplace_back([this, i] { be_reclaimer(seed_ + 101 + i); });

    std::uint64_t samples = 0;
    std::uint64_t quiets = 0;
    std::uint64_t most = 0;
    for (const stress::deadline end(seconds); !end.over();) {
      for (unsigned i = 0; i < 50; ++i, ++samples) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        // `gone` first: what is disposed of in between makes the number smaller, never larger.
        const std::uint64_t gone = counts->gone.load(std::memory_order_acquire);
        const std::uint64_t disposed = counts->disposed.load(std::memory_order_acquire);
        if (gone > disposed && gone - disposed > most) most = gone - disposed;
        expect(most <= slots + 2 * (seats + reclaimers), "more is retained than slots and running threads allow");
      }
      gate_.quiet([&] { look(); });
      ++quiets;
    }
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& t : threads) t.join();

    std::uint64_t activations = 0;
    std::uint64_t looks = 0;
    std::uint64_t lives = 0;
    for (seat& s : seats_) {
      s.slot.detach();
      activations += s.activations;
      looks += s.looks;
      lives += s.lives;
    }
    for (place& p : current_) p.replace(nullptr);
    shared_.replace(nullptr);
    domain_.collect();

    const domain_stats stats = domain_.stats();
    const std::uint64_t made = counts->made.load();
    expect(made == counts->gone.load(), "an object's last user was never seen, or seen twice");
    expect(made == counts->disposed.load(), "an object is left over, or was disposed of twice");
    expect(memory.in_use() == 0, "an address is left over");
    expect(stats.made == made && stats.disposed == made && stats.reclaimed == made, "the domain counts wrong");
    expect(stats.parked == 0 && stats.attached == 0, "a slot is left over");
    expect(stats.carried <= stats.handed_over, "more was carried than handed over");
    expect(activations > 100 && made > 100 && lives > seats, "next to nothing was done");
    std::printf(
        "%-18s %8llu activations, %9llu looks, %6llu threads, %8llu objects made and disposed, %7zu handed over, %5zu "
        "carried, "
        "%6zu taken back, %llu retained at most, %u in quiet (%u beyond the active slots), %u parked at most, %llu "
        "quiet points\n",
        name, ull(activations), ull(looks), ull(lives), ull(made), stats.handed_over, stats.carried, stats.taken_back,
        ull(most), most_retained_in_quiet_, most_left_behind_, most_parked_, ull(quiets));
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

  static unsigned long long ull(std::uint64_t n) { return n; }

  strong_ref<object> make() { return domain_.make(ids_.fetch_add(1, std::memory_order_relaxed)); }

  // Everybody rests. In quiet nobody carries and nobody scans, so what is retained is retained by a slot.
  void look() {
    const auto retained = static_cast<unsigned>(counts->gone.load() - counts->disposed.load());
    const domain_stats stats = domain_.stats();
    unsigned active = 0;
    for (const seat& s : seats_) active += s.active;
    if (retained > most_retained_in_quiet_) most_retained_in_quiet_ = retained;
    if (retained > active && retained - active > most_left_behind_) most_left_behind_ = retained - active;
    if (stats.parked > most_parked_) most_parked_ = static_cast<unsigned>(stats.parked);
    expect(stats.made == counts->made.load() && stats.disposed == counts->disposed.load(), "the domain counts wrong");
    expect(stats.attached <= seats, "more slots are attached than there are workers");
    if (Options::how == policy::refcounted) {
      expect(stats.parked == 0 && retained <= active, "refcounted: an object is retained that no slot is on");
    } else if (Options::when == reclaim::prompt) {
      expect(stats.parked <= active && retained <= active, "prompt: an object is retained that no slot is on");
    } else {
      expect(retained <= slots, "more is retained than there are slots");
    }
  }

  // A worker's place: one thread after the other works there.
  void be_seat(seat& s, std::uint64_t seed) {
    stress::random_numbers random(seed);
    while (!stopped()) {
      ++s.lives;
      const std::uint64_t life_seed = random.next();
      std::thread([&] { live(s, stress::random_numbers(life_seed)); }).join();
    }
  }

  void live(seat& s, stress::random_numbers random) {
    gate_.enter();
    {
      slot_type slot = std::move(s.slot);
      if (!slot) slot = domain_.attach();
      for (unsigned steps = 200 + random.below(2000); steps > 0 && !stopped(); --steps) {
        expect(static_cast<bool>(slot), "the domain is full, though it has a slot for each worker");
        step(s, slot, random);
        use(s, slot, random);
        if (gate_.closed()) {
          s.active = slot.active() != nullptr;
          gate_.rest();
        }
      }
      // Either the slot goes to the next thread, object and all, or it ends with this one.
      if (random.one_in(2)) s.slot = std::move(slot);
    }
    s.active = s.slot && s.slot.active() != nullptr;
    gate_.leave();
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

  void be_reclaimer(std::uint64_t seed) {
    stress::random_numbers random(seed);
    gate_.enter();
    while (!stopped()) {
      strong_ref<object> old = current_[random.below(2)].replace(make());
      random.dawdle(200);
      if (random.one_in(4)) old = shared_.replace(std::move(old));
      old.reset();
      random.dawdle(400);
      if (gate_.closed()) gate_.rest();
    }
    gate_.leave();
  }

  bool stopped() const { return stop_.load(std::memory_order_relaxed); }

  domain_type domain_{slots};
  place current_[2];
  place shared_;
  seat seats_[seats];
  stress::gate gate_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> ids_{1};
  unsigned most_retained_in_quiet_ = 0;
  unsigned most_left_behind_ = 0;
  unsigned most_parked_ = 0;
  std::uint64_t seed_;
};

template <policy P, reclaim R, candidates C>
void run(const char* name, const stress::options& options) {
  census fresh;
  counts = &fresh;
  {
    configuration<domain_options<P, R, C>> c(options.seed);
    c.run(name, options.seconds);
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
  const stress::options options = stress::parse(argc, argv,
                                                stress::sanitized                    ? 2
                                                : build_mode == fence_mode::required ? 1.5
                                                                                     : 2.5);
  // Only a build that requires membarrier stops here.
  set_fatal_handler(&skip_without_membarrier);
  std::printf("%u workers, %u reclaimers, %u slots, %zu addresses; %s\n", seats, reclaimers, slots, addresses,
              fence_initialize().reason);
  set_fatal_handler(nullptr);

  run<policy::handoff, reclaim::deferred, candidates::all>("deferred all", options);
  run<policy::handoff, reclaim::prompt, candidates::all>("prompt all", options);
  run<policy::handoff, reclaim::deferred, candidates::tracked>("deferred tracked", options);
  run<policy::handoff, reclaim::prompt, candidates::tracked>("prompt tracked", options);
  run<policy::refcounted, reclaim::deferred, candidates::all>("refcounted", options);
  std::printf("ok; %zu times an address was waited for\n", memory.waits());
  return 0;
}
