// SPDX-License-Identifier: BSL-1.0
//
// The costs of the fences.
#include "child.hpp"
#include "findings.hpp"
#include "measure.hpp"

#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace doctor {
namespace {

const auto light = [] { lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst); };
const auto heavy = [] { lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst); };
// With a compiler barrier, since clang merges the fences of a loop that contains nothing else.
const auto full_fence = [] {
  lazyref::std_sync::full_fence();
  nothing();
};
const auto empty_system_call = [] {
#if defined(__linux__)
  ::syscall(SYS_getppid);
#elif defined(DOCTOR_FORKS)
  (void)::getppid();
#endif
};

void add_global(std::vector<cost>& costs, const membarrier_findings& m) {
  const char* key = "global";
  const char* label = "membarrier GLOBAL, once";
  if (find(m, global_command).verdict != answer::works) {
    costs.push_back(missing(key, label, "not available"));
    return;
  }
  const auto took = in_child([] {
    const double ns = ns_once([] { membarrier(global_command); });
    return std::array<timing, 1>{timing{ns, ns, ns, 1}};
  });
  costs.push_back(cost_of(key, label, took, 0));
}

}  // namespace

void add(std::vector<cost>& costs, std::vector<cost> more) {
  for (cost& c : more) costs.push_back(std::move(c));
}

std::vector<cost> measure_registration(const effort& e, const membarrier_findings& m) {
  const char* early = "registration, early (one thread)";
  const char* late = "registration, late (with a running sibling)";
  if (find(m, private_expedited).verdict != answer::works)
    return {missing("register_early", early, "not available"), missing("register_late", late, "not available")};
  return {registration("register_early", early, e.registrations, register_once<register_private_expedited>),
          registration("register_late", late, e.registrations,
                       [] { return beside(nothing, register_once<register_private_expedited>, find_two_cpus()); })};
}

std::vector<cost> measure_fences(const effort& e, const fence_findings& fence, const membarrier_findings& m) {
  const auto alone = in_child([&e] { return alternate(e, nothing, light, full_fence, empty_system_call); });
  std::vector<cost> costs{
      cost_of("empty_loop", "an empty loop, which is part of all below", alone, 0),
      cost_of("light", "light fence", alone, 1),
      cost_of("full_fence", "std::atomic_thread_fence(seq_cst)", alone, 2),
      cost_of("system_call", "an empty system call", alone, 3),
  };
#if !defined(DOCTOR_FORKS)
  costs.back() = missing("system_call", costs.back().label, "not measured on this system");
#endif
  const char* heavy_alone = "heavy fence, one thread";
  const char* heavy_sibling = "heavy fence, with a running sibling";
  const char* heavy_two = "heavy fence, from two threads at once";
  if (fence.usable) {
    const auto one = in_child([&e] { return alternate(e, heavy); });
    costs.push_back(cost_of("heavy_alone", heavy_alone, one, 0));
    const auto sibling = in_child([&e] {
      return beside(
          nothing, [&e] { return alternate(e, heavy); }, find_two_cpus());
    });
    costs.push_back(cost_of("heavy_running_sibling", heavy_sibling, sibling, 0));
    const auto two = in_child([&e] {
      return beside(
          heavy, [&e] { return alternate(e, heavy); }, find_two_cpus());
    });
    costs.push_back(cost_of("heavy_two_threads", heavy_two, two, 0));
  } else {
    costs.push_back(missing("heavy_alone", heavy_alone, fence.why_not));
    costs.push_back(missing("heavy_running_sibling", heavy_sibling, fence.why_not));
    costs.push_back(missing("heavy_two_threads", heavy_two, fence.why_not));
  }
  add_global(costs, m);
  return costs;
}

}  // namespace doctor
