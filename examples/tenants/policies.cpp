// SPDX-License-Identifier: BSL-1.0
#include "policies.hpp"

namespace tenants {
namespace {

template <class Options>
outcome run(const job& work, const progress_call& progress) {
  return round_of_work<Options>(work).run(progress);
}

using lazyref::policy;
using lazyref::reclaim;
template <policy How, reclaim When = reclaim::deferred>
constexpr auto run_under = &run<lazyref::domain_options<How, When>>;

}  // namespace

const std::vector<policy_column>& policies() {
  static const std::vector<policy_column> all = {
      {"handoff", "one store; a handed-over rule set is reclaimed at the worker's next call",
       run_under<policy::handoff>},
      {"prompt", "handoff, with a pair of fences, so that nothing waits for an idle worker",
       run_under<policy::handoff, reclaim::prompt>},
      {"shootdown", "handoff, with workers that park before they sleep, so that nothing waits for them",
       run_under<policy::shootdown>},
      {"refcounted", "each activation counts a reference in the rule set, as kernels did",
       run_under<policy::refcounted>},
  };
  return all;
}

}  // namespace tenants
