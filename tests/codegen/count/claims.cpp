// SPDX-License-Identifier: BSL-1.0
#include "count.hpp"

#include <lazyref/per_cpu.hpp>

ALONE void op_claim_release_by_swap(per_cpu_domain<object>& d, const strong_ref<object>& r) { used(d.claim(r).get()); }

// Valgrind has no rseq: of the claims, only the one by compare-and-swap can be counted.
void count_claims() {
  static per_cpu_options options;
  options.method = claim_method::compare_and_swap;
  static per_cpu_domain<object> domain(options);
  static const strong_ref<object> reference = domain.make();
  count("per-CPU claim and release, compare_and_swap",
        [](std::size_t) { op_claim_release_by_swap(domain, reference); });
}
