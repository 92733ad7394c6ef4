// SPDX-License-Identifier: BSL-1.0
//
// Many more threads than CPUs, which come and go, protect, replace and retire, in a domain and with hazard pointers,
// while others flush, and the program forks in the middle.
//
//   bound    whenever one looks: fewer wait, or are in hand, than retire_bound() and as many for each thread; the same for
//            hazard pointers, by bytes; retained: these, and one for each slot and two for each thread
//   use      no object is used after its disposal, none is disposed of twice, all are disposed of in the end
//   forks    in the child, told of it, nothing is left of the threads that are gone, and the bound is that of one thread;
//            a child that is not told finds their slots taken (which shows that there was something to clear)
#include <cstdio>

#if !defined(__unix__)
int main() {
  std::puts("SKIPPED: this stress needs fork");
  return 77;
}
#else

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "../support/child.hpp"
#include "../support/hazard_by_hand.hpp"
#include "../support/stress_crew.hpp"

#include <lazyref/domain.hpp>

namespace {

using stress::expect;

constexpr unsigned parents = 16, children = 4;  // at a time, of each parent
constexpr std::size_t threads = parents * (1 + children);
constexpr std::size_t slots = 40;  // fewer than workers: some find none
constexpr std::size_t batch = 64;
constexpr unsigned places = 4;
constexpr std::size_t bytes_of_node = lazyref::hazard_pointer_bytes / batch;

struct numbers {
  std::atomic<std::uint64_t> made{0}, disposed{0};
  std::size_t alive() const {
    // In this order: never too many.
    const std::uint64_t before = made.load(std::memory_order_relaxed);
    const std::uint64_t gone = disposed.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(before > gone ? before - gone : 0);
  }
};
numbers objects, nodes;

struct object : lazyref::owner<object>, stress::contents {
  explicit object(std::uint64_t id) : contents(id) { objects.made.fetch_add(1, std::memory_order_relaxed); }
  ~object() {
    check(id());
    objects.disposed.fetch_add(1, std::memory_order_relaxed);
  }
};
struct node : lazyref::hazard_pointer_obj_base<node>, stress::contents {
  explicit node(std::uint64_t id) : contents(id) { nodes.made.fetch_add(1, std::memory_order_relaxed); }
  ~node() {
    check(id());
    nodes.disposed.fetch_add(1, std::memory_order_relaxed);
  }
};

template <lazyref::reclaim When>
class town {
  using options = lazyref::domain_options<lazyref::policy::handoff, When, lazyref::candidates::all, batch>;
  using domain_type = lazyref::lazy_domain<object, options>;

 public:
  explicit town(std::uint64_t seed) : crew_(seed) {
    objects.made = objects.disposed = nodes.made = nodes.disposed = 0;
    for (unsigned i = 0; i < places; ++i) {
      users_[i] = domain_.make(id());
      shared_[i].store(users_[i].get(), std::memory_order_release);
      heads_[i].store(new node(id()), std::memory_order_release);
    }
  }

  void run(const char* name, double seconds) {
    for (unsigned i = 0; i < parents; ++i) crew_.repeat([this](auto& random) { have_children(random); });
    const stress::deadline end(seconds), patience(20 * seconds);
    std::size_t most = 0;
    unsigned forks = 0, found_taken = 0;
    const auto is_enough = [&] {
      return lives_.load(std::memory_order_relaxed) > 100 && objects.made.load(std::memory_order_relaxed) > 200 &&
             nodes.made.load(std::memory_order_relaxed) > 200 && (stress::sanitized || found_taken != 0);
    };
    for (unsigned round = 0; !end.over() || !(is_enough() || patience.over()); ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      most = std::max(most, domain_.stats().retired);
      const std::size_t bound = domain_.retire_bound() * (1 + threads) + threads;
      expect(domain_.stats().retired < bound, "more objects wait than the bound says");
      expect(objects.alive() < bound + slots + 2 * threads + places, "more objects are retained than the bound says");
      // Each thread has two hazard pointers, and is on one object of each place.
      expect(nodes.alive() < lazyref_test::lists_for_cpus() * batch * (1 + threads) + 4 * threads + places,
             "more nodes are retained than the bound says");
      if (!stress::sanitized && round % 50 == 25) {
        ++forks;
        found_taken += fork_now(forks % 2 == 0);
      }
    }
    crew_.stop();
    finish();
    if (!is_enough()) stress::no_power(name, "next to nothing was done, or no fork had anything to clear");
    std::printf(
        "%-9s %llu lives, %llu objects and %llu nodes; at most %zu waited; %u forks (%u were not told, and saw)\n",
        name, stress::ull(lives_.load()), stress::ull(objects.made.load()), stress::ull(nodes.made.load()), most, forks,
        found_taken);
    std::fflush(stdout);
  }

 private:
  std::uint64_t id() { return ids_.fetch_add(1, std::memory_order_relaxed); }

  void have_children(stress::random_numbers& random) {
    std::array<std::thread, children> born;
    for (std::thread& t : born) t = std::thread([this, s = random.next()] { live(s); });
    if (random.one_in(4)) domain_.flush();
    if (random.one_in(4)) lazyref::hazard_pointer_clean_up();
    for (std::thread& t : born) t.join();
    lives_.fetch_add(children, std::memory_order_relaxed);
  }

  void live(std::uint64_t seed) {
    stress::random_numbers dice(seed);
    auto slot = domain_.attach();
    lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
    for (unsigned n = 1 + dice.below(200); n != 0; --n) {
      const unsigned at = dice.below(places);
      switch (dice.below(8)) {
        case 0:
        case 1:
          if (slot) {
            if (const object* const seen = slot.protect(shared_[at])) seen->check(seen->id());
          }
          break;
        case 2:
        case 3:
          if (const node* const seen = hazard.protect(heads_[at])) seen->check(seen->id());
          break;
        case 4:
        case 5:
          replace(at, dice.one_in(8) ? 40 : 0);
          break;
        case 6:
          if (node* const old = heads_[at].exchange(new node(id()), std::memory_order_acq_rel))
            lazyref::hazard_pointer_retire(old, bytes_of_node);
          break;
        default:
          if (dice.one_in(20)) domain_.flush();
          if (dice.one_in(20)) lazyref::hazard_pointer_clean_up();
          dice.dawdle(500);
      }
    }
  }

  // Each place has a user, and whoever exchanges the pointer has its user.
  void replace(unsigned at, std::size_t bytes) {
    auto next = domain_.make(id());
    const lazyref::strong_ref<object> keeps_next = next;
    std::unique_lock<std::mutex> lock(places_[at], std::try_to_lock);
    if (!lock) return domain_.retire(std::move(next));
    shared_[at].store(next.get(), std::memory_order_release);
    users_[at].swap(next);
    lock.unlock();
    domain_.retire(std::move(next), bytes);
  }

  // Returns whether the child has found something of the threads that are gone; it must not if it was told.
  bool fork_now(bool told) {
    const int result =
        lazyref_test::end_of_child(lazyref_test::start_child([&] { return be_forked(told); })).exit_status;
    expect(result != -1, "a child ended by a signal, or did not begin");
    expect(result == 0 || (result == 2 && !told), "a child found something wrong");
    return result == 2;
  }
  int be_forked(bool told) {
    if (!told) return domain_.stats().attached != 0 ? 2 : 0;
    domain_.after_fork_in_child();
    lazyref::hazard_pointer_after_fork_in_child();
    expect(domain_.stats().attached == 0, "in a child, a slot of a thread that is gone is attached");
    expect(domain_.flush() == 0, "in a child, something waits after a flush");
    auto slot = domain_.attach();
    expect(static_cast<bool>(slot), "in a child, no slot is free");
    for (int i = 0; i < 300; ++i) {
      domain_.retire(domain_.make(id()));
      expect(domain_.stats().retired < domain_.retire_bound(), "in a child, more wait than the bound says");
      lazyref::hazard_pointer_retire(new node(id()), bytes_of_node);
    }
    if (const object* const seen = slot.protect(shared_[0])) seen->check(seen->id());
    slot.reset_protection();
    expect(domain_.flush() == 0, "in a child, something waits after a flush");
    expect(lazyref::hazard_pointer_clean_up() <= 2 * threads, "in a child, more than what was protected waits");
    return 0;
  }

  void finish() {
    for (unsigned i = 0; i < places; ++i) {
      shared_[i].store(nullptr, std::memory_order_relaxed);
      domain_.retire(std::move(users_[i]));
      lazyref::hazard_pointer_retire(heads_[i].exchange(nullptr, std::memory_order_relaxed), bytes_of_node);
    }
    domain_.flush();
    domain_.collect();
    expect(domain_.flush() == 0 && objects.alive() == 0, "in the end, an object is left");
    expect(lazyref::hazard_pointer_clean_up() == 0 && nodes.alive() == 0, "in the end, a node is left");
  }

  domain_type domain_{slots};
  std::atomic<object*> shared_[places] = {};
  std::atomic<node*> heads_[places] = {};
  lazyref::strong_ref<object> users_[places];
  std::mutex places_[places];  // the user that stands for the pointer
  std::atomic<std::uint64_t> ids_{1}, lives_{0};
  stress::crew crew_;
};

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 1.5);
  if (stress::sanitized)
    std::puts(
        "SKIPPED: forks: sanitizers do not follow a fork of several threads (AddressSanitizer's locks stay taken)");
  town<lazyref::reclaim::deferred>(options.seed).run("deferred", options.seconds);
  town<lazyref::reclaim::prompt>(options.seed + 1).run("prompt", options.seconds);
  return stress::exit_status();
}
#endif
