// SPDX-License-Identifier: BSL-1.0
//
// What a hazard pointer costs where it is made for one use, and what it costs to retire an object rather than to delete
// it.
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "bench.hpp"

namespace {

struct node : lazyref::hazard_pointer_obj_base<node> {
  std::size_t value[2] = {};
};
struct object : lazyref::owner<object> {
  std::size_t value[2] = {};
};

template <class T>
void new_and_delete(std::size_t n, unsigned) {
  for (; n != 0; --n) {
    T* const it = new T;
    bench::sink(it);
    delete it;
  }
}

void protecting(bench::program& program, unsigned threads) {
  node a_node;
  const std::atomic<node*> source{&a_node};
  std::vector<lazyref::hazard_pointer> held;
  for (unsigned t = 0; t < threads; ++t) held.push_back(lazyref::make_hazard_pointer());

  bench::race race(program, "a hazard pointer for one protection", threads);
  const std::size_t made =
      race.add("made", "make_hazard_pointer, protect, destroy", [&source](std::size_t n, unsigned) {
        const std::atomic<node*>& from = source;
        for (; n != 0; --n) {
          lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
          bench::sink(h.protect(from));
        }
      });
  const std::size_t one = race.add("held", "protect", [&source, &held](std::size_t n, unsigned thread) {
    lazyref::hazard_pointer h = std::move(held[thread]);
    const std::atomic<node*>& from = source;
    for (; n != 0; --n) bench::sink(h.protect(from));
    held[thread].swap(h);
  });
  race.add("held_and_reset", "protect, reset_protection", [&source, &held](std::size_t n, unsigned thread) {
    lazyref::hazard_pointer h = std::move(held[thread]);
    const std::atomic<node*>& from = source;
    for (; n != 0; --n) {
      bench::sink(h.protect(from));
      h.reset_protection();
      bench::clobber();
    }
    held[thread].swap(h);
  });
  race.base(one);
  race.at_most(4, made, one);
  race.run();
}

void retiring(bench::program& program, unsigned threads) {
  // Somebody protects something, so that a heavy fence is due.
  node a_node;
  const std::atomic<node*> node_source{&a_node};
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  static_cast<void>(hazard.protect(node_source));
  lazyref::lazy_domain<object> domain(program.how.slots);
  const lazyref::strong_ref<object> reference = domain.make();
  const std::atomic<object*> source{reference.get()};
  std::vector<lazyref::lazy_slot<object>> slots;
  for (std::size_t i = 0; i < program.how.slots; ++i) {
    slots.push_back(domain.attach());
    slots.back().protect(source);
    if (i % 2 == 0) slots.back().reset_protection();
  }

  bench::race race(program, "new and retire, half of the slots protect", threads);
  race.parameter("slots", slots.size());
  const std::size_t by_base = race.add("retire", "hazard_pointer_obj_base::retire", [](std::size_t n, unsigned) {
    for (; n != 0; --n) {
      node* const it = new node;
      bench::sink(it);
      it->retire();
    }
  });
  const std::size_t by_domain =
      race.add("domain_retire", "lazy_domain::make, retire", [&domain](std::size_t n, unsigned) {
        lazyref::lazy_domain<object>& d = domain;
        for (; n != 0; --n) {
          lazyref::strong_ref<object> it = d.make();
          bench::sink(it.get());
          d.retire(std::move(it));
        }
      });
  const std::size_t node_base = race.add("new_delete", "as large as the first", new_and_delete<node>);
  const std::size_t object_base = race.add("domain_new_delete", "as large as the second", new_and_delete<object>);
  race.base(node_base);
  race.at_most(2.5, by_base, node_base);
  race.at_most(2.5, by_domain, object_base);
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("hazard_pointer", argc, argv);
  const bench::bystander second_thread;
  for (const unsigned threads : program.thread_counts({1})) {
    protecting(program, threads);
    retiring(program, threads);
  }
  lazyref::hazard_pointer_clean_up();
  return program.status();
}
