// SPDX-License-Identifier: BSL-1.0
//
// What a claim and a protection in a CPU's slot cost by each of their methods, beside the same in a slot of one's own.
// (hpref, userspace per-CPU hazard pointers by rseq, publishes 5.3 ns for a protection and its end, on another machine.)
#include <lazyref/domain.hpp>
#include <lazyref/per_cpu.hpp>

#include "bench.hpp"

namespace {

struct object : lazyref::owner<object> {};
using domain_type = lazyref::per_cpu_domain<object>;

template <bool Protect>
auto claims(domain_type& domain, const lazyref::strong_ref<object>& reference, const std::atomic<object*>& source) {
  return [&](std::size_t n, unsigned) {
    domain_type& d = domain;
    const lazyref::strong_ref<object> r = reference;
    for (; n != 0; --n) {
      lazyref::cpu_claim<object> claim = Protect ? d.protect(source) : d.claim(r);
      bench::sink(claim.get());
      claim.release();
      bench::clobber();
    }
  };
}

template <bool Protect>
void ask(bench::program& program, unsigned threads) {
  lazyref::per_cpu_options by_swap;
  by_swap.method = lazyref::claim_method::compare_and_swap;
  domain_type domain;
  domain_type swapping_domain(by_swap);
  lazyref::lazy_domain<object> threads_domain(std::max<std::size_t>(program.how.slots, threads));
  const lazyref::strong_ref<object> reference = domain.make();
  const lazyref::strong_ref<object> swapped = swapping_domain.make();
  const lazyref::strong_ref<object> of_thread = threads_domain.make();
  const std::atomic<object*> source(reference.get());
  const std::atomic<object*> swapped_source(swapped.get());
  const std::atomic<object*> source_of_thread(of_thread.get());
  std::vector<lazyref::lazy_slot<object>> slots;
  for (unsigned t = 0; t < threads; ++t) slots.push_back(threads_domain.attach());

  bench::race race(program, Protect ? "protect and release" : "claim and release", threads);
  const std::size_t swap =
      race.add("compare_and_swap", "per_cpu_domain", claims<Protect>(swapping_domain, swapped, swapped_source));
  const std::size_t own = race.add(
      "handoff",
      Protect ? "a slot of one's own, protect + reset_protection" : "a slot of one's own, activate + deactivate",
      [&](std::size_t n, unsigned thread) {
        lazyref::lazy_slot<object> mine = std::move(slots[thread]);
        const lazyref::strong_ref<object> r = of_thread;
        for (; n != 0; --n) {
          if constexpr (Protect) {
            bench::sink(mine.protect(source_of_thread));
          } else {
            mine.activate(r);
            bench::sink(r.get());
          }
          mine.deactivate();
          bench::clobber();
        }
        slots[thread].swap(mine);
      });
  if (domain.how().method == lazyref::claim_method::restartable_sequence) {
    const std::size_t rseq =
        race.add("restartable_sequence", domain.how().reason, claims<Protect>(domain, reference, source));
    race.at_most(Protect ? 2.5 : 2, rseq, own);
    race.at_least(4, rseq, swap);
  } else {
    program.left_out(std::string("per_cpu: ") + domain.how().reason);
  }
  race.base(own);
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("per_cpu", argc, argv);
  for (const unsigned threads : program.thread_counts({1})) {
    ask<false>(program, threads);
    ask<true>(program, threads);
  }
  return program.status();
}
