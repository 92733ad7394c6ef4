// SPDX-License-Identifier: BSL-1.0
//
// What a claim of a per-CPU slot costs by each of its methods, beside an activation in a slot of one's own.
#include <lazyref/domain.hpp>
#include <lazyref/per_cpu.hpp>

#include "bench.hpp"

namespace {

struct object : lazyref::owner<object> {};
using domain_type = lazyref::per_cpu_domain<object>;

auto claims(domain_type& domain, const lazyref::strong_ref<object>& reference) {
  return [&domain, &reference](std::size_t n, unsigned) {
    domain_type& d = domain;
    const lazyref::strong_ref<object> r = reference;
    for (; n != 0; --n) {
      lazyref::cpu_claim<object> claim = d.claim(r);
      bench::sink(claim.get());
      claim.release();
      bench::clobber();
    }
  };
}

void ask(bench::program& program, unsigned threads) {
  lazyref::per_cpu_options by_swap;
  by_swap.method = lazyref::claim_method::compare_and_swap;
  domain_type domain;
  domain_type swapping_domain(by_swap);
  lazyref::lazy_domain<object> threads_domain(std::max<std::size_t>(program.how.slots, threads));
  const lazyref::strong_ref<object> reference = domain.make();
  const lazyref::strong_ref<object> swapped = swapping_domain.make();
  const lazyref::strong_ref<object> of_thread = threads_domain.make();
  std::vector<lazyref::lazy_slot<object>> slots;
  for (unsigned t = 0; t < threads; ++t) slots.push_back(threads_domain.attach());

  bench::race race(program, "claim and release", threads);
  const std::size_t swap = race.add("compare_and_swap", "per_cpu_domain", claims(swapping_domain, swapped));
  const std::size_t own =
      race.add("handoff", "a slot of one's own, activate + deactivate", [&](std::size_t n, unsigned thread) {
        lazyref::lazy_slot<object> mine = std::move(slots[thread]);
        const lazyref::strong_ref<object> r = of_thread;
        for (; n != 0; --n) {
          mine.activate(r);
          bench::sink(r.get());
          mine.deactivate();
          bench::clobber();
        }
        slots[thread].swap(mine);
      });
  if (domain.how().method == lazyref::claim_method::restartable_sequence) {
    const std::size_t rseq = race.add("restartable_sequence", domain.how().reason, claims(domain, reference));
    race.at_most(1.5, rseq, own);
    race.at_least(6, rseq, swap);
  } else {
    program.left_out(std::string("per_cpu: ") + domain.how().reason);
  }
  race.base(own);
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("per_cpu", argc, argv);
  for (const unsigned threads : program.thread_counts({1})) ask(program, threads);
  return program.status();
}
