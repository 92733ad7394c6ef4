// SPDX-License-Identifier: BSL-1.0
//
// For planted bugs in the embedded layer: objects with their own count, the library's functions, of which a planted bug
// replaces one, and a load that must detect it.
#pragma once

#include <lazyref/reclaimer.hpp>

#include "stress_crew.hpp"

namespace stress {

// `Memory`: a pool, or memory whose addresses are not reused.
template <std::size_t Addresses, template <std::size_t, std::size_t> class Memory = pool>
struct counted_object : contents {
  explicit counted_object(std::uint64_t id) noexcept : contents(id) {}
  std::atomic<std::uint32_t> users{1};
  std::atomic<std::uint32_t> holds{1};

  static constexpr std::size_t size = sizeof(std::uint64_t) * 8;
  static Memory<size, Addresses>& memory() {
    static Memory<size, Addresses> one;
    return one;
  }
  static counted_object* make(std::uint64_t id) {
    static_assert(sizeof(counted_object) <= size, "the pool's cells are too small");
    return new (memory().take()) counted_object(id);
  }

  struct counting {
    static void take(counted_object* o, std::size_t n) noexcept {
      o->holds.fetch_add(static_cast<std::uint32_t>(n), std::memory_order_relaxed);
    }
    static void give_up(counted_object* o, std::size_t n) noexcept {
      const std::uint32_t before = o->holds.fetch_sub(static_cast<std::uint32_t>(n), std::memory_order_acq_rel);
      expect(before >= n && before < 1U << 30, "a hold was dropped that was never taken");
      if (before != n) return;
      o->check(o->id());
      o->~counted_object();
      memory().put(o);
    }
  };
};

// The functions of the library.
template <class Victim, class Sync = lazyref::std_sync>
struct library_rules {
  using counted = typename Victim::counting;
  using slot_type = lazyref::slot<Victim, Sync>;

  static void activate(slot_type& s, Victim* o) { lazyref::activate<counted>(s, o); }
  static void deactivate(slot_type& s) { lazyref::deactivate<counted>(s); }
  static void poll(slot_type& s) { lazyref::poll<counted>(s); }
  template <class Slots>
  static void last_user_left(Victim* o, Slots& all) {
    lazyref::last_user_left<counted, lazyref::reclaim::deferred, Sync>(o, [&](auto visit) {
      for (slot_type& s : all) visit(s);
    });
  }
};

// Workers with a slot each, and reclaimers that replace the shared objects. Each shared object has a user.
template <class Victim, class Rules, unsigned Workers, unsigned Reclaimers, unsigned Places = 1>
class victims {
 public:
  using slot_type = typename Rules::slot_type;

  victims() {
    for (Victim*& o : places_) o = make();
  }

  // Adds a user.
  Victim* copy(unsigned place = 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    places_[place]->users.fetch_add(1, std::memory_order_relaxed);
    return places_[place];
  }
  void drop_user(Victim* o) {
    if (o->users.fetch_sub(1, std::memory_order_acq_rel) == 1) Rules::last_user_left(o, slots_);
  }
  unsigned long long made() const { return ids_.load() - 1; }

  // Each worker calls `step(slot)` repeatedly, until the time is over or `more()` returns false.
  template <class Step, class More>
  void run(double seconds, std::uint64_t seed, Step step, More more) {
    crew all(seed);
    for (slot_type& s : slots_) {
      all.add([&](random_numbers&) {
        while (!all.stopped()) step(s);
        Rules::deactivate(s);
      });
    }
    for (unsigned i = 0; i < Reclaimers; ++i) {
      all.add([&](random_numbers&) {
        while (!all.stopped() && more()) {
          Victim* o = make();
          {
            const std::lock_guard<std::mutex> lock(mutex_);
            std::swap(o, places_[dice.below(Places)]);
          }
          drop_user(o);
          dice.dawdle(500);
        }
      });
    }
    all.run_undisturbed(seconds, more);
    for (Victim* o : places_) drop_user(o);
    for (slot_type& s : slots_) Rules::poll(s);
    expect(Victim::memory().in_use() == 0, "an object is left over");
  }
  template <class Step>
  void run(double seconds, std::uint64_t seed, Step step) {
    run(seconds, seed, step, [] { return true; });
  }

 private:
  Victim* make() { return Victim::make(ids_.fetch_add(1, std::memory_order_relaxed)); }

  slot_type slots_[Workers];
  std::mutex mutex_;
  std::atomic<std::uint64_t> ids_{1};
  Victim* places_[Places];
};

}  // namespace stress
