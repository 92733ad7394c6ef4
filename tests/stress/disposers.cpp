// SPDX-License-Identifier: BSL-1.0
//
// Workers whose disposers do at random whatever they may do to the slot in whose call they run, while another thread
// replaces the objects. Objects are poisoned when they are disposed of, and kept for a while, so that a use that comes
// too late finds the poison. Twin: a worker that trusts its disposers, and does not look where its slot is.
#include <deque>
#include <vector>

#include <lazyref/domain.hpp>

#include "../support/stress_crew.hpp"

namespace {

struct object;
struct worker;
thread_local worker* current = nullptr;  // whose slot's call this thread is in

struct object : lazyref::owner<object> {
  static constexpr unsigned alive = 0xa11fe, dead = 0xdead;
  std::atomic<unsigned> state{alive};

  static void dispose(object* o) noexcept;
};

// Disposed objects, the last ones kept.
class quarantine {
 public:
  void put(object* o) {
    const std::lock_guard<std::mutex> one(lock_);
    kept_.push_back(o);
    ++seen_;
    if (kept_.size() <= 256) return;
    object* const first = kept_.front();
    kept_.pop_front();
    delete first;
  }
  std::size_t seen() {
    const std::lock_guard<std::mutex> one(lock_);
    return seen_;
  }
  void empty() {
    for (object* o : kept_) delete o;
    kept_.clear();
  }

 private:
  std::mutex lock_;
  std::deque<object*> kept_;
  std::size_t seen_ = 0;
};
quarantine graveyard;

template <class Options>
struct world {
  lazyref::lazy_domain<object, Options> domain{4};
  std::mutex lock;
  std::vector<lazyref::strong_ref<object>> shared;

  lazyref::strong_ref<object> any(unsigned n) {
    const std::lock_guard<std::mutex> one(lock);
    return shared[n % shared.size()];
  }
};

struct worker {
  virtual void act() = 0;

 protected:
  ~worker() = default;
};

std::atomic<std::size_t> disposed_of_twice{0};

void object::dispose(object* o) noexcept {
  if (o->state.exchange(dead, std::memory_order_relaxed) != alive) disposed_of_twice.fetch_add(1);
  if (current != nullptr) current->act();
  graveyard.put(o);
}

template <class Options>
struct working final : worker {
  working(world<Options>& all, stress::random_numbers& random)
      : world_(all), random_(random), slot_(all.domain.attach()) {}

  unsigned next() { return random_.below(1U << 24); }

  // Inside a call on the slot.
  void act() override {
    if (depth_ == 3) return;
    ++depth_;
    const auto other = world_.any(next());
    switch (next() % 8) {
      case 0:
        slot_.deactivate();
        break;
      case 1:
        slot_.activate(other);
        break;
      case 2:
        slot_.activate(other);
        slot_.park();
        break;
      case 3:
        slot_.poll();
        break;
      case 4: {
        const lazyref::temporary_activation scope(slot_, other);
        break;
      }
      case 5:
        slot_.activate(other);
        slot_.deactivate();
        break;
      case 6:
        slot_.park();
        static_cast<void>(slot_.resume());
        break;
      default:
        break;
    }
    --depth_;
  }

  template <class Call>
  void inside(Call call) {
    current = this;
    call();
    current = nullptr;
  }

  // Returns how often something was not as it should be. `trusting`: does what the call should have done only at first.
  std::size_t round(bool trusting) {
    std::size_t wrong = 0;
    auto reference = world_.any(next());
    object* const wanted = reference.get();
    if (trusting) {
      inside([&] {
        slot_.activate(reference);
        act();  // as if nobody looked after the disposer
      });
      return slot_.active() != wanted;
    }
    inside([&] { slot_.activate(reference); });
    wrong += slot_.active() != wanted;
    reference.reset();
    for (int i = 0; i < 20; ++i) wrong += wanted->state.load(std::memory_order_relaxed) != object::alive;
    switch (next() % 4) {
      case 0:
        inside([&] { slot_.poll(); });
        wrong += slot_.active() != wanted || wanted->state.load(std::memory_order_relaxed) != object::alive;
        break;
      case 1:
        inside([&] { slot_.park(); });
        wrong += slot_.active() != nullptr;
        if (const object* const back = slot_.resume())
          wrong += back->state.load(std::memory_order_relaxed) != object::alive;
        break;
      case 2:
        inside([&] { slot_.deactivate(); });
        wrong += slot_.active() != nullptr;
        break;
      default:
        break;
    }
    return wrong;
  }

  world<Options>& world_;
  stress::random_numbers& random_;
  int depth_ = 0;
  decltype(world_.domain.attach()) slot_;
};

template <class Options>
std::size_t run(const char* name, double seconds, bool trusting) {
  std::atomic<std::size_t> wrong{0}, rounds{0};
  std::size_t made = 8;
  const std::size_t before = graveyard.seen();
  {
    world<Options> all;
    for (int i = 0; i < 8; ++i) all.shared.push_back(all.domain.make());
    stress::crew crew(1);
    for (int w = 0; w < 3; ++w) {
      crew.add([&](stress::random_numbers& random) {
        working<Options> mine(all, random);
        std::size_t n = 0;
        for (; !crew.stopped(); ++n) {
          if (const std::size_t bad = mine.round(trusting)) wrong += bad;
          if (random.one_in(64)) std::this_thread::yield();  // so that objects are replaced
        }
        rounds += n;
      });
    }
    // The twin until it is seen; else until there was enough for something to go wrong.
    const stress::deadline end(seconds), patience(20 * seconds);
    const auto is_enough = [&] { return trusting ? wrong != 0 : made > 1000 && end.over(); };
    while (!is_enough() && !patience.over()) {
      for (auto& old : all.shared) {
        auto fresh = all.domain.make();
        ++made;
        const std::lock_guard<std::mutex> one(all.lock);
        std::swap(old, fresh);
      }
      std::this_thread::yield();
    }
    crew.stop();
    if (!is_enough()) stress::no_power(name, trusting ? "the twin was not seen" : stress::next_to_nothing);
    all.shared.clear();
    all.domain.collect();
  }
  const std::size_t disposed = graveyard.seen() - before, twice = disposed_of_twice.exchange(0);
  std::printf("%-24s %s %9zu rounds, %8zu objects, %zu disposed of, %zu twice, %zu wrong\n", name,
              trusting ? "twin " : "     ", rounds.load(), made, disposed, twice, wrong.load());
  return wrong + twice + (made != disposed ? 1 : 0);
}

using lazyref::candidates;
using lazyref::domain_options;
using lazyref::policy;
using lazyref::reclaim;

}  // namespace

int main(int argc, char** argv) {
  const double seconds = stress::parse(argc, argv, stress::sanitized ? 3 : 1.5).seconds;
  std::size_t wrong = 0;
  wrong += run<domain_options<policy::handoff, reclaim::deferred>>("handoff, deferred", seconds, false);
  wrong += run<domain_options<policy::handoff, reclaim::prompt>>("handoff, prompt", seconds, false);
  wrong += run<domain_options<policy::handoff, reclaim::deferred, candidates::tracked>>("tracked", seconds, false);
  wrong += run<domain_options<policy::shootdown, reclaim::prompt>>("shootdown", seconds, false);
  wrong += run<domain_options<policy::refcounted>>("refcounted", seconds, false);
  run<domain_options<>>("handoff, deferred", seconds, true);
  graveyard.empty();
  return wrong == 0 ? stress::exit_status() : 1;
}
