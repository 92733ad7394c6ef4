// SPDX-License-Identifier: BSL-1.0
// Time stands still, and all happens on one CPU: so the numbers are the same in each run. (glibc's own sched_getcpu is a
// few instructions where there is rseq, which valgrind has not.)
#include <sched.h>
#include <time.h>
#include <cstdio>

#include "count.hpp"

extern "C" int clock_gettime(clockid_t, timespec* now) noexcept {
  *now = {};
  return 0;
}
extern "C" int sched_getcpu() noexcept { return 0; }

// --- the floor: `ret`, and with `auto` one look more

ALONE void op_nothing() { __asm__ volatile(""); }
ALONE void op_light_fence() { asymmetric_thread_fence_light(std::memory_order_seq_cst); }

int main() {
  const fence_status fence = fence_initialize();
  std::puts(fence.reason);
  if (!fence.light_is_free) return 77;
  count("an empty function", [](std::size_t) { op_nothing(); });
  count("light fence", [](std::size_t) { op_light_fence(); });
  count_activation();
  count_protection();
  count_claims();
  count_ends();
}
