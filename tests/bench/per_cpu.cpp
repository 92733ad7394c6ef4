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

}  // namespace

int main(int argc, char** argv) {
  bench::program program("per_cpu", argc, argv);

  lazyref::per_cpu_options by_swap;
  by_swap.method = lazyref::claim_method::compare_and_swap;
  domain_type domain;
  domain_type swapping_domain(by_swap);
  lazyref::lazy_domain<object> threads_domain(program.how.slots);
  const lazyref::strong_ref<object> reference = domain.make();
  const lazyref::strong_ref<object> swapped = swapping_domain.make();
  const lazyref::strong_ref<object> of_thread = threads_domain.make();
  lazyref::lazy_slot<object> slot = threads_domain.attach();

  bench::race race(program, std::string("claim + release: ") + domain.how().reason);
  const std::size_t swap = race.add("per_cpu_domain, compare_and_swap", claims(swapping_domain, swapped));
  const std::size_t own = race.add("a slot of one's own, activate + deactivate", [&](std::size_t n, unsigned) {
    lazyref::lazy_slot<object> mine = std::move(slot);
    const lazyref::strong_ref<object> r = of_thread;
    for (; n != 0; --n) {
      mine.activate(r);
      bench::sink(r.get());
      mine.deactivate();
      bench::clobber();
    }
    slot.swap(mine);
  });
  if (domain.how().method == lazyref::claim_method::restartable_sequence) {
    const std::size_t rseq = race.add("per_cpu_domain, restartable_sequence", claims(domain, reference));
    race.at_most(1.5, rseq, own);
    race.at_least(6, rseq, swap);
  } else {
    program.left_out(std::string("per_cpu: ") + domain.how().reason);
  }
  race.run();
  return program.status();
}
