// SPDX-License-Identifier: BSL-1.0
//
// The skeleton of a stress of a domain: workers with a slot each, and shared objects that reclaimers replace. A program
// adds the steps of its workers, and its invariants.
#pragma once

#include "stress_population.hpp"

namespace stress {

// `Counts`: members of a worker that are the program's own.
template <class Object, class Options, class Counts, unsigned Workers, unsigned Places>
class workshop {
 public:
  using domain_type = lazyref::lazy_domain<Object, Options>;
  using reference = lazyref::strong_ref<Object>;
  struct worker : Counts {
    lazyref::lazy_slot<Object, Options> slot;
    std::uint64_t id = 0;  // of what the slot is on, or has parked
    in_use<Object> using_now;

    Object* active() { return slot ? slot.active() : nullptr; }
    void activate(const reference& one) {
      id = one->id();
      slot.activate(one);
    }
    void use(random_numbers& random) { look_at(active(), id, random); }
    static void look_at(const Object* p, std::uint64_t its_id, random_numbers& random) {
      if (p == nullptr) return;
      for (unsigned n = 1 + random.below(4); n > 0; --n) {
        p->check(its_id);
        random.dawdle(50);
      }
      p->check(its_id);
    }
  };
  static constexpr unsigned slots = Workers + 1;

  template <class... Arguments>
  explicit workshop(std::uint64_t seed, Arguments&&... of_the_domain)
      : domain(slots, std::forward<Arguments>(of_the_domain)...), crew(seed) {
    for (auto& p : places) p.replace(make());
  }

  reference make() { return Object::make(domain, population.next_id()); }
  place<Object>& any_place(random_numbers& random) { return places[random.below(Places)]; }

  // Adds threads that call `step(worker, random)` repeatedly, with an attached slot. A resting worker uses the object that
  // its slot is on, and no other.
  template <class Step>
  void add_workers(Step step) {
    for (worker& w : workers) {
      crew.repeat(
          [this, &w, step](random_numbers& random) {
            if (!w.slot) w.slot = domain.attach();
            expect(static_cast<bool>(w.slot), "the domain is full, though it has a slot for each worker");
            step(w, random);
          },
          [&w] {
            w.using_now.clear();
            w.using_now.add(w.active());
          });
    }
  }
  // Adds threads that call `step(random)` repeatedly.
  template <class Step>
  void add_reclaimers(unsigned n, Step step) {
    for (; n > 0; --n) crew.repeat(step);
  }
  // A step of a reclaimer: replaces a shared object.
  void replace_one(random_numbers& random) {
    reference old = any_place(random).replace(make());
    random.dawdle(200);
    old.reset();
    random.dawdle(400);
  }

  void expect_only_what_is_in_use() {
    if (Options::when == lazyref::reclaim::deferred) domain.collect();
    population.template expect_only_what_is_in_use<Object>(
        workers, "in quiet, something else is retained than what is gone and in use");
  }

  // At the end of the run.
  void clear() {
    for (worker& w : workers) w.slot.detach();
    for (auto& p : places) p.replace(nullptr);
  }
  void expect_nothing_left() {
    domain.collect();
    population.template expect_nothing_left<Object>(domain);
  }
  unsigned long long total(std::uint64_t Counts::*count) const {
    std::uint64_t sum = 0;
    for (const worker& w : workers) sum += w.*count;
    return sum;
  }

  stress::population population;
  domain_type domain;
  place<Object> places[Places];
  worker workers[Workers];
  stress::crew crew;
};

}  // namespace stress
