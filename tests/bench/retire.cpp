// SPDX-License-Identifier: BSL-1.0
//
// What it costs to retire an object, new and delete included: by the number of threads that do so, by the number of
// hazard pointers that are held, and beside a thread that merely runs, which a heavy fence has to interrupt. Beside it,
// what others do: hazard pointers of xenium, libcds and Concurrency Kit, xenium's epochs, and liburcu's call_rcu (whose
// own thread deletes).
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "bench.hpp"
#include "others.hpp"
#ifdef LAZYREF_BENCH_HAS_CK
#include "ck_reclaim.h"
#include "ck_retire.h"
#endif

namespace {

struct payload {
  std::size_t value[4] = {};
};
struct plain : payload {};
struct node : lazyref::hazard_pointer_obj_base<node>, payload {};
struct object : lazyref::owner<object>, payload {};

void new_and_delete(std::size_t n) {
  for (; n != 0; --n) {
    plain* const it = new plain;
    bench::sink(it);
    delete it;
  }
}
void by_hazard_pointer(std::size_t n) {
  for (; n != 0; --n) {
    node* const it = new node;
    bench::sink(it);
    it->retire();
  }
}
void by_domain(lazyref::lazy_domain<object>& domain, std::size_t n) {
  for (; n != 0; --n) {
    lazyref::strong_ref<object> it = domain.make();
    bench::sink(it.get());
    domain.retire(std::move(it));
  }
}

// So many hazard pointers, or slots, that each protect one object.
class hazards {
 public:
  explicit hazards(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      held_.push_back(lazyref::make_hazard_pointer());
      static_cast<void>(held_.back().protect(source_));
    }
  }

 private:
  node one_;
  const std::atomic<node*> source_{&one_};
  std::vector<lazyref::hazard_pointer> held_;
};
class domain_with_slots {
 public:
  explicit domain_with_slots(std::size_t n) : domain(n), reference_(domain.make()), source_(reference_.get()) {
    for (std::size_t i = 0; i < n; ++i) {
      slots_.push_back(domain.attach());
      slots_.back().protect(source_);
    }
  }
  lazyref::lazy_domain<object> domain;

 private:
  const lazyref::strong_ref<object> reference_;
  const std::atomic<object*> source_;
  std::vector<lazyref::lazy_slot<object>> slots_;
};

#ifdef LAZYREF_BENCH_HAS_XENIUM
template <class Reclaimer>
struct xenium_retirer {
  struct counted : Reclaimer::template enable_concurrent_ptr<counted>, payload {};
  using source = typename Reclaimer::template concurrent_ptr<counted>;
  using guard = typename source::guard_ptr;

  explicit xenium_retirer(std::size_t n) : held(n) {
    one.store(new counted, std::memory_order_relaxed);
    for (guard& g : held) g.acquire(one);
  }
  ~xenium_retirer() {
    held.clear();
    guard last;
    last.acquire(one);
    one.store(nullptr, std::memory_order_relaxed);
    last.reclaim();
  }
  static void run(std::size_t n) {
    for (; n != 0; --n) {
      auto* const it = new counted;
      bench::sink(it);
      guard(it).reclaim();
    }
  }
  source one;
  std::vector<guard> held;
};
using xenium_hazards = xenium_retirer<xenium::reclamation::hazard_pointer<>::with<
    xenium::policy::allocation_strategy<xenium::reclamation::hp_allocation::dynamic_strategy<3>>>>;
using xenium_epochs = xenium_retirer<xenium::reclamation::epoch_based<>>;
#endif

#ifdef LAZYREF_BENCH_HAS_CDS
// Of a thread as many as it wants; in HP their number is fixed.
class cds_retirer {
 public:
  explicit cds_retirer(std::size_t n) {
    bench::cds_library::attach_thread();
    for (; n != 0; --n) {
      held_.push_back(std::make_unique<cds::gc::DHP::Guard>());
      held_.back()->protect(source_);
    }
  }
  static void run(std::size_t n) {
    bench::cds_library::attach_thread();
    for (; n != 0; --n) {
      auto* const it = new plain;
      bench::sink(it);
      cds::gc::DHP::retire(it, [](void* p) { delete static_cast<plain*>(p); });
    }
  }

 private:
  plain one_;
  const std::atomic<plain*> source_{&one_};
  std::vector<std::unique_ptr<cds::gc::DHP::Guard>> held_;
};
#endif

#ifdef LAZYREF_BENCH_HAS_CK
struct ck_threads {
  ck_threads(unsigned threads, std::size_t hazards) {
    ck_retirers* const all = ck_retirers_begin(static_cast<unsigned>(hazards));
    for (; threads != 0; --threads) each.push_back(ck_retirer_begin(all));
  }
  void run(std::size_t n, unsigned thread) const {
    ck_retire(each[thread], n, [](void* object) { bench::sink(object); });
  }
  std::vector<void*> each;
};
#endif

#ifdef LAZYREF_BENCH_HAS_URCU
struct urcu_node : payload, rcu_head {
  urcu_node() noexcept : rcu_head() {}
};
// Now and then a thread waits for the one that deletes, which else falls behind without a bound. The median does not
// show that, nor what the other thread does: this is what the caller has to do.
void by_call_rcu(std::size_t n) {
  thread_local std::size_t since = 0;
  for (; n != 0; --n) {
    auto* const it = new urcu_node;
    bench::sink(it);
    urcu_memb_call_rcu(it, [](rcu_head* head) { delete static_cast<urcu_node*>(head); });
    if (++since % 65536 == 0) urcu_memb_barrier();
  }
}
#endif

void by_threads_and_hazards(bench::program& program, unsigned threads, std::size_t n) {
  const hazards held(n);
  domain_with_slots with_slots(n);
  bench::race race(program, "new and retire", threads);
  race.parameter("hazards", n);
  const std::size_t mine = race.add("retire", "hazard_pointer_obj_base::retire",
                                    [](std::size_t times, unsigned) { by_hazard_pointer(times); });
  race.add("domain_retire", "lazy_domain::make, retire",
           [&with_slots](std::size_t times, unsigned) { by_domain(with_slots.domain, times); });
  race.add("new_delete", "and nothing else", [](std::size_t times, unsigned) { new_and_delete(times); });
#ifdef LAZYREF_BENCH_HAS_XENIUM
  const xenium_hazards xenium_held(n);
  const std::size_t theirs =
      race.add("xenium_hazards", "guard_ptr::reclaim", [](std::size_t times, unsigned) { xenium_hazards::run(times); });
  // Lists of theirs, as of libcds and Concurrency Kit, are the threads' own and need no atomic operation; ours are the
  // CPUs', so that threads may end, and cost two.
  race.at_most(1.25, mine, theirs);
  race.add("xenium_epochs", "guard_ptr::reclaim, nobody in a section",
           [](std::size_t times, unsigned) { xenium_epochs::run(times); });
#else
  program.left_out("xenium: not installed");
#endif
#ifdef LAZYREF_BENCH_HAS_CDS
  const cds_retirer cds_held(n);
  race.at_most(1.5, mine,
               race.add("cds_dhp", "gc::DHP::retire", [](std::size_t times, unsigned) { cds_retirer::run(times); }));
#else
  program.left_out("libcds: not installed");
#endif
#ifdef LAZYREF_BENCH_HAS_CK
  std::unique_ptr<ck_threads> ck;
  if (n + 16 * threads < ck_reclaim_limit) {
    ck = std::make_unique<ck_threads>(threads, n);
    race.at_most(1.5, mine, race.add("ck_hp", "ck_hp_free", [&all = *ck](std::size_t times, unsigned thread) {
      all.run(times, thread);
    }));
  }
#else
  program.left_out("Concurrency Kit: not installed");
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
  const std::size_t rcu = race.add("call_rcu", "liburcu-memb; another thread deletes",
                                   [](std::size_t times, unsigned) { by_call_rcu(times); });
  race.at_most(1, mine, rcu);
#else
  program.left_out("liburcu: not installed");
#endif
  race.base(mine);
  race.run();
}

// How it grows: each against itself.
void by_number(bench::program& program) {
  const std::vector<std::size_t> counts =
      program.how.smoke ? std::vector<std::size_t>{16, 256} : std::vector<std::size_t>{16, 256, 4096, 16384};
  std::vector<std::unique_ptr<domain_with_slots>> domains;
  bench::race race(program, "new and retire, by slots that protect", 1);
  std::vector<std::size_t> contenders;
  for (const std::size_t n : counts) {
    domains.push_back(std::make_unique<domain_with_slots>(n));
    contenders.push_back(race.add(std::to_string(n), "slots", [d = domains.back().get()](std::size_t times, unsigned) {
      by_domain(d->domain, times);
    }));
    if (n == 4096) race.at_most(1.15, contenders.back(), contenders.front());
  }
  race.base(contenders.front());
  race.run();
}

void beside_others(bench::program& program) {
  if (bench::cpus() < 2) return program.left_out("beside others: this takes two CPUs");
  const hazards held(16);
  domain_with_slots with_slots(16);
  std::atomic<bool> is_here{false}, is_over{false};
  bench::race race(program, "new and retire, two threads, 16 hazards", 2);
  const auto add = [&](const char* name, const char* about, auto work) {
    // Each contender alone, beside a thread that runs, and twice.
    const std::size_t alone = race.add(std::string(name) + "_alone", about, [work](std::size_t n, unsigned thread) {
      if (thread != 0) return -1.0;
      const auto begin = bench::clock::now();
      work(n);
      return bench::nanoseconds(bench::clock::now() - begin);
    });
    const std::size_t beside = race.add(std::string(name) + "_beside", "the other one runs",
                                        [work, &is_here, &is_over](std::size_t n, unsigned thread) {
                                          if (thread != 0) {
                                            is_here.store(true, std::memory_order_release);
                                            while (!is_over.load(std::memory_order_acquire)) {
                                            }
                                            is_over.store(false, std::memory_order_relaxed);
                                            is_here.store(false, std::memory_order_release);
                                            return -1.0;
                                          }
                                          while (!is_here.load(std::memory_order_acquire)) {
                                          }
                                          const auto begin = bench::clock::now();
                                          work(n);
                                          const double result = bench::nanoseconds(bench::clock::now() - begin);
                                          is_over.store(true, std::memory_order_release);
                                          while (is_here.load(std::memory_order_acquire)) {
                                          }
                                          return result;
                                        });
    const std::size_t both =
        race.add(std::string(name) + "_both", "the other one retires", [work](std::size_t n, unsigned) {
          const auto begin = bench::clock::now();
          work(n);
          return bench::nanoseconds(bench::clock::now() - begin);
        });
    race.at_most(1.3, beside, alone);
    race.at_most(1.5, both, alone);  // for twice as many: 0.75 of the time for each
    return alone;
  };
  race.base(add("retire", "hazard_pointer_obj_base::retire", by_hazard_pointer));
  add("domain_retire", "lazy_domain::make, retire", [&d = with_slots.domain](std::size_t n) { by_domain(d, n); });
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("retire", argc, argv);
  beside_others(program);
  by_number(program);
  const std::vector<unsigned> threads =
      program.how.smoke ? std::vector<unsigned>{1, 2} : std::vector<unsigned>{1, 2, 4, 16, 64};
  for (const unsigned t : program.thread_counts(threads)) {
    for (const std::size_t n : program.slot_counts({16, 256, 4096})) {
      if (t > 2 && n != 256 && !program.how.has_slots) continue;  // Both together, where there is time for it.
      by_threads_and_hazards(program, t, n);
    }
  }
  lazyref::hazard_pointer_clean_up();
  return program.status();
}
