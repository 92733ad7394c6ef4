// SPDX-License-Identifier: BSL-1.0
//
// A server that reloads now and then: one object is replaced every hundred microseconds, or every millisecond, while
// another thread reads it. What a replacement costs whoever makes it, new and delete included, and how many old objects
// wait.
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "bench.hpp"
#include "others.hpp"

namespace {

struct payload {
  std::size_t value[4] = {};
};
struct node : lazyref::hazard_pointer_obj_base<node>, payload {};
struct object : lazyref::owner<object>, payload {};

// Ends the readers.
std::atomic<bool> is_over{false}, is_here{false};

template <class Read, class Replace>
double reload(std::size_t n, unsigned thread, unsigned pause, Read read, Replace replace) {
  if (thread != 0) {
    is_here.store(true, std::memory_order_release);
    while (!is_over.load(std::memory_order_acquire)) read();
    is_over.store(false, std::memory_order_relaxed);
    is_here.store(false, std::memory_order_release);
    return -1.0;
  }
  while (!is_here.load(std::memory_order_acquire)) {
  }
  double took = 0;
  for (; n != 0; --n) {
    const auto next = bench::clock::now() + std::chrono::microseconds(pause);
    while (bench::clock::now() < next) {
    }
    const auto begin = bench::clock::now();
    replace();
    took += bench::nanoseconds(bench::clock::now() - begin);
  }
  is_over.store(true, std::memory_order_release);
  while (is_here.load(std::memory_order_acquire)) {
  }
  return took;
}

// How many of T are there.
template <class T>
struct counted : T {
  counted() { alive.fetch_add(1, std::memory_order_relaxed); }
  ~counted() { alive.fetch_sub(1, std::memory_order_relaxed); }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  static inline std::atomic<long> alive{0}, most{0};
  // All but the one that is published.
  static void look() {
    const long now = alive.load(std::memory_order_relaxed) - 1;
    if (now > most.load(std::memory_order_relaxed)) most.store(now, std::memory_order_relaxed);
  }
};

void server(bench::program& program, unsigned pause) {
  bench::race race(program, "replace now and then, new and delete included", 2);
  race.parameter("microseconds", pause);

  struct hazard_node : lazyref::hazard_pointer_obj_base<hazard_node>, counted<payload> {};
  std::atomic<hazard_node*> by_hazard{new hazard_node};
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  const std::size_t mine = race.add("retire", "hazard_pointer_obj_base::retire",
                                    [&by_hazard, &hazard, pause](std::size_t n, unsigned thread) {
                                      return reload(
                                          n, thread, pause,
                                          [&] {
                                            bench::sink(hazard.protect(by_hazard)->value[0]);
                                            hazard.reset_protection();
                                          },
                                          [&] {
                                            by_hazard.exchange(new hazard_node, std::memory_order_acq_rel)->retire();
                                            counted<payload>::look();
                                          });
                                    });
  race.tell(mine, "waited at most", [] { return static_cast<double>(counted<payload>::most.load()); });

  lazyref::lazy_domain<object> domain(2);
  lazyref::strong_ref<object> current = domain.make();
  std::atomic<object*> by_slot{current.get()};
  auto slot = domain.attach();
  const auto replaced_in_domain = [&](auto give_up) {
    return [&, give_up, pause](std::size_t n, unsigned thread) {
      return reload(
          n, thread, pause,
          [&] {
            bench::sink(slot.protect(by_slot)->value[0]);
            slot.reset_protection();
          },
          [&] {
            auto next = domain.make();
            by_slot.store(next.get(), std::memory_order_release);
            give_up(std::exchange(current, std::move(next)));
          });
    };
  };
  race.add("domain_retire", "lazy_domain::retire",
           replaced_in_domain([&domain](lazyref::strong_ref<object> old) { domain.retire(std::move(old)); }));
  const std::size_t at_once = race.add("reset", "the last user goes: a heavy fence each time",
                                       replaced_in_domain([](lazyref::strong_ref<object> old) { old.reset(); }));
  race.at_most(0.6, mine, at_once);

#ifdef LAZYREF_BENCH_HAS_XENIUM
  using hazards = xenium::reclamation::hazard_pointer<>;
  struct xenium_node : hazards::enable_concurrent_ptr<xenium_node>, payload {};
  using source_type = hazards::concurrent_ptr<xenium_node>;
  source_type by_guard(new xenium_node);
  // Makes no heavy fence, of which each of ours has a share: its readers make a full one each.
  race.add("xenium_hazards", "guard_ptr::reclaim", [&by_guard, pause](std::size_t n, unsigned thread) {
    return reload(
        n, thread, pause,
        [&] {
          source_type::guard_ptr guard;
          guard.acquire(by_guard, std::memory_order_acquire);
          bench::sink(guard->value[0]);
        },
        [&] {
          source_type::guard_ptr old;
          old.acquire(by_guard, std::memory_order_acquire);
          by_guard.store(new xenium_node, std::memory_order_release);
          old.reclaim();
        });
  });
#else
  program.left_out("xenium: not installed");
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
  struct urcu_node : payload {};
  std::atomic<urcu_node*> by_rcu{new urcu_node};
  race.add("synchronize_rcu", "liburcu-memb", [&by_rcu, pause](std::size_t n, unsigned thread) {
    if (thread != 0) urcu_memb_register_thread();
    const double result = reload(
        n, thread, pause,
        [&] {
          urcu_memb_read_lock();
          bench::sink(by_rcu.load(std::memory_order_acquire)->value[0]);
          urcu_memb_read_unlock();
        },
        [&] {
          urcu_node* const old = by_rcu.exchange(new urcu_node, std::memory_order_acq_rel);
          urcu_memb_synchronize_rcu();
          delete old;
        });
    if (thread != 0) urcu_memb_unregister_thread();
    return result;
  });
#else
  program.left_out("liburcu: not installed");
#endif
  race.base(mine);
  race.run();
  hazard.reset_protection();
  by_hazard.exchange(nullptr)->retire();
  lazyref::hazard_pointer_clean_up();
  slot.detach();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("reload", argc, argv);
  if (bench::cpus() < 2) {
    program.left_out("reload: this takes two CPUs");
    return program.status();
  }
  server(program, 100);
  server(program, 1000);
  return program.status();
}
