// SPDX-License-Identifier: BSL-1.0
//
// L7: several reclaimers, whose objects one and the same slot is on, again and again: a worker goes to each object that
// is shown to it, and whoever has shown it drops the last user then. Timed is only that drop. By then the worker may be
// on the next one already: how many drops handed over, and how many of those carried on what they found in the slot, is
// told (as shares of all drops). Between a worker's store and its look there is next to no time, so that hardly any
// carries; the worker of "handoff_carried", as if interrupted there, does not look, and all that hand over carry.
//
// Thread 0 is the worker. A drop is short: "clock" is what two readings of the clock alone take, and in all figures.
#include <memory>

#include <lazyref/domain.hpp>

#include "bench.hpp"
#include "users.hpp"

namespace {

// --- what is dropped, and how the worker is on it

template <class Options>
class with_policy {
  struct object : lazyref::owner<object> {};

 public:
  using reference = lazyref::strong_ref<object>;
  reference make() { return domain_.make(); }
  static void drop(reference& r) { r.reset(); }
  void move_to(const reference& r) { slot_.activate(r); }
  void leave() { slot_.deactivate(); }
  double handed_over() const { return share(domain_.stats().handed_over); }
  double carried() const { return share(domain_.stats().carried); }

 private:
  double share(std::size_t count) const {
    return static_cast<double>(count) / static_cast<double>(domain_.stats().reclaimed);
  }

  lazyref::lazy_domain<object, Options> domain_{1};
  lazyref::lazy_slot<object, Options> slot_ = domain_.attach();
};

// The embedded layer.
class with_late_looks {
  struct object {
    std::atomic<std::size_t> users{1};
    std::atomic<std::size_t> holds{1};
  };
  struct holds {
    static void take(object* o, std::size_t n) noexcept { o->holds.fetch_add(n, std::memory_order_relaxed); }
    static void give_up(object* o, std::size_t n) noexcept {
      if (o->holds.fetch_sub(n, std::memory_order_acq_rel) == n) delete o;
    }
  };

 public:
  using reference = object*;
  static reference make() { return new object; }
  void drop(reference o) {
    if (o->users.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    lazyref::last_user_left<holds>(
        o, [this](auto&& visit) { visit(slot_); },
        [this](const lazyref::handover_counts& counts) {
          drops_.fetch_add(1, std::memory_order_relaxed);
          handed_over_.fetch_add(counts.handed_over, std::memory_order_relaxed);
          carried_.fetch_add(counts.carried, std::memory_order_relaxed);
        });
  }
  void move_to(reference o) { slot_.lazy.store(o, std::memory_order_release); }
  void leave() { lazyref::deactivate<holds>(slot_); }
  double handed_over() const { return share(handed_over_); }
  double carried() const { return share(carried_); }

 private:
  using number = std::atomic<std::size_t>;
  double share(const number& count) const { return static_cast<double>(count) / static_cast<double>(drops_); }

  lazyref::slot<object> slot_;
  alignas(lazyref::cache_line) number drops_{0};
  number handed_over_{0}, carried_{0};
};

class with_shared_ptr {
  struct object {};

 public:
  using reference = std::shared_ptr<object>;
  static reference make() { return std::make_shared<object>(); }
  static void drop(reference& r) { r.reset(); }
  void move_to(const reference& r) { on_ = r; }
  void leave() { on_.reset(); }

 private:
  reference on_;
};

class with_count {
  struct object {
    std::atomic<std::size_t> count{1};
  };

 public:
  using reference = object*;
  static reference make() { return new object; }
  static void drop(reference o) {
    if (o->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete o;
  }
  void move_to(reference o) {
    o->count.fetch_add(1, std::memory_order_relaxed);
    leave();
    on_ = o;
  }
  void leave() {
    if (on_ != nullptr) drop(std::exchange(on_, nullptr));
  }

 private:
  reference on_ = nullptr;
};

// --- the worker, and who shows it objects

template <class Way>
class scene {
  enum class state { empty, shown, taken };
  struct alignas(lazyref::cache_line) box {
    typename Way::reference reference;
    std::atomic<state> now{state::empty};
  };

 public:
  explicit scene(unsigned reclaimers) : boxes_(reclaimers) {}

  double operator()(std::size_t n, unsigned thread) {
    if (thread != 0) return reclaim(n, boxes_[thread - 1]);
    work();
    return -1;
  }

  Way& way() { return way_; }

 private:
  void work() {
    while (finished_.load(std::memory_order_acquire) != boxes_.size()) {
      bool found = false;
      for (box& b : boxes_) {
        if (b.now.load(std::memory_order_acquire) != state::shown) continue;
        way_.move_to(b.reference);
        b.now.store(state::taken, std::memory_order_release);
        found = true;
      }
      if (!found) std::this_thread::yield();
    }
    way_.leave();
    finished_.store(0, std::memory_order_relaxed);
  }

  double reclaim(std::size_t n, box& b) {
    double took = 0;
    for (; n != 0; --n) {
      b.reference = way_.make();
      b.now.store(state::shown, std::memory_order_release);
      while (b.now.load(std::memory_order_acquire) != state::taken) std::this_thread::yield();
      const bench::clock::time_point start = bench::clock::now();
      way_.drop(b.reference);
      took += bench::nanoseconds(bench::clock::now() - start);
    }
    finished_.fetch_add(1, std::memory_order_acq_rel);
    return took;
  }

  Way way_;
  std::vector<box> boxes_;
  alignas(lazyref::cache_line) std::atomic<std::size_t> finished_{0};
};

double readings(std::size_t n, unsigned thread) {
  if (thread == 0) return -1;
  double took = 0;
  for (; n != 0; --n) {
    const bench::clock::time_point start = bench::clock::now();
    bench::clobber();
    took += bench::nanoseconds(bench::clock::now() - start);
  }
  return took;
}

void ask(bench::program& program, unsigned reclaimers) {
  scene<with_count> by_count(reclaimers);
  scene<with_shared_ptr> by_shared_ptr(reclaimers);
  scene<with_policy<bench::refcounted>> by_refcounted(reclaimers);
  scene<with_policy<bench::handoff>> by_handoff(reclaimers);
  scene<with_policy<bench::prompt>> by_prompt(reclaimers);
  scene<with_late_looks> by_carrying(reclaimers);

  bench::race race(program, "drops of what one worker goes to", reclaimers + 1);
  race.parameter("reclaimers", reclaimers);
  const auto add = [&](const char* name, const char* about, auto& in) {
    return race.add(name, about, [&in](std::size_t n, unsigned thread) { return in(n, thread); });
  };
  const auto tell = [&](std::size_t contender, auto& in) {
    race.tell(contender, "handed_over", [&in] { return in.way().handed_over(); });
    race.tell(contender, "carried", [&in] { return in.way().carried(); });
  };
  add("count", "fetch_sub", by_count);
  add("shared_ptr", "std::shared_ptr::reset", by_shared_ptr);
  add("refcounted", "strong_ref::reset, policy::refcounted", by_refcounted);
  tell(add("handoff", "strong_ref::reset", by_handoff), by_handoff);
  tell(add("prompt", "the same, reclaim::prompt", by_prompt), by_prompt);
  tell(add("handoff_carried", "last_user_left", by_carrying), by_carrying);
  race.add("clock", "two readings of the clock", readings);
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("reclaimers", argc, argv);
  for (const unsigned reclaimers : program.thread_counts({1, 2, 4})) ask(program, reclaimers);
  return program.status();
}
