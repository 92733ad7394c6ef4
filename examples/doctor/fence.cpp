// SPDX-License-Identifier: BSL-1.0
//
// The backend that lazyref chooses on this host, and whether the fence orders.
#include <system_error>

#include "child.hpp"
#include "findings.hpp"

namespace doctor {
namespace {

// A filter may kill a process that calls membarrier: then the decision is made without the call.
void avoid_asking(fence_findings& fence, const std::string& why) {
  if constexpr (lazyref::build_mode == lazyref::fence_mode::required) {
    fence.why_not = why;
  } else {
    lazyref::fence_initialize(lazyref::fence_backend::symmetric);
    fence.usable = true;
  }
}

void note(membarrier_findings& m, bool decided, bool command_findings::*when) {
  const bool uses_it = decided && lazyref::fence_info().backend == lazyref::fence_backend::membarrier;
  note_registrations(m,
                     safe_to_ask_registrations(m) ? lazyref::registrations()
                                                  : lazyref::fence_registrations{false, uses_it, false, false, false},
                     when);
}

}  // namespace

fence_findings examine_fence(membarrier_findings& m) {
  fence_findings fence{};
  fence.before = lazyref::fence_info();
  note(m, false, &command_findings::registered_before);
  const auto tried = in_child([] {
    lazyref::fence_initialize();
    return lazyref::try_asymmetric_thread_fence_heavy(std::memory_order_seq_cst).error();
  });
  if (!tried.ok) {
    avoid_asking(fence, tried.failure);
  } else {
    lazyref::fence_initialize();
    fence.usable = tried.value == 0;
    if (!fence.usable) fence.why_not = "a heavy fence fails: " + std::generic_category().message(tried.value);
  }
  note(m, fence.usable, &command_findings::registered_after);
  fence.after = lazyref::fence_info();
  return fence;
}

self_test_findings test_fence_for(std::chrono::milliseconds at_least, const fence_findings& fence) {
  self_test_findings found{};
  if (!fence.usable) {
    found.why_not = fence.why_not;
    return found;
  }
  const auto tested = in_child([at_least] {
    constexpr std::size_t rounds = 2000;
    lazyref::fence_test_result sum{};
    const auto end = std::chrono::steady_clock::now() + at_least;
    do {
      const lazyref::fence_test_result part = lazyref::test_fence(rounds);
      sum.rounds += part.rounds;
      sum.violations += part.violations;
      sum.control_violations += part.control_violations;
    } while (std::chrono::steady_clock::now() < end);
    sum.verdict = sum.violations != 0            ? lazyref::fence_verdict::violated
                  : sum.control_violations >= 10 ? lazyref::fence_verdict::holds
                                                 : lazyref::fence_verdict::no_power;
    return sum;
  });
  found.ran = tested.ok;
  found.why_not = tested.failure;
  found.result = tested.value;
  return found;
}

}  // namespace doctor
