// SPDX-License-Identifier: BSL-1.0
//
// What a freshly executed program finds. Exit status: 0 as expected, 1 not, 77 the kernel has no membarrier.
//   exec_probe cleared   nothing is registered; the first heavy fence does it (LAZYREF_FENCE_REQUIRED: it is, by now)
//   exec_probe late      the registration is made with other threads running
//   exec_probe code      nothing is registered for SYNC_CORE; the first use does it
//   exec_probe early     (LAZYREF_PROBE_EARLY=1) a constructor before main() has fenced already
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <lazyref/fence.hpp>
#include <lazyref/instruction_sync.hpp>

#include "fence_child.hpp"

#if defined(__linux__)
namespace {

using namespace lazyref_test;
namespace detail = lazyref::detail;

constexpr auto seq_cst = std::memory_order_seq_cst;
constexpr bool asks = lazyref::build_mode != lazyref::fence_mode::symmetric;
constexpr bool has_registered = lazyref::build_mode == lazyref::fence_mode::required;  // before main

struct before_main {
  bool decided_by_light;
  bool heavy_worked = false;
  before_main() {
    const char* before = lazyref::fence_info().reason;
    lazyref::asymmetric_thread_fence_light(seq_cst);
    decided_by_light = std::strcmp(before, lazyref::fence_info().reason) != 0;
    if (std::getenv("LAZYREF_PROBE_EARLY") != nullptr) {
      heavy_worked = static_cast<bool>(lazyref::try_asymmetric_thread_fence_heavy(seq_cst));
    }
  }
} const early;

bool registered() { return raw_membarrier(detail::membarrier_private_expedited) == 0; }

int cleared() {
  LAZYREF_CHILD_REQUIRE(raw_membarrier(detail::membarrier_private_expedited) == (has_registered ? 0 : -EPERM));
  if (kernel_has(detail::membarrier_get_registrations)) {
    LAZYREF_CHILD_REQUIRE(raw_membarrier(detail::membarrier_get_registrations) ==
                          (has_registered ? +detail::membarrier_register_private_expedited : 0));
    LAZYREF_CHILD_REQUIRE(lazyref::registrations().private_expedited == has_registered);
  }
  LAZYREF_CHILD_REQUIRE(lazyref::try_asymmetric_thread_fence_heavy(seq_cst));
  LAZYREF_CHILD_REQUIRE(registered() == asks);
  LAZYREF_CHILD_REQUIRE(lazyref::fence_info().light_is_free == asks);
  return 0;
}

int late() {
  LAZYREF_CHILD_REQUIRE(registered() == has_registered);
  std::atomic<bool> stop{false};
  std::thread threads[3];
  for (std::thread& thread : threads) {
    thread = std::thread([&stop] {
      while (!stop.load(std::memory_order_relaxed)) lazyref::asymmetric_thread_fence_light(seq_cst);
    });
  }
  const lazyref::fence_status status = lazyref::fence_initialize();
  const bool heavy = static_cast<bool>(lazyref::try_asymmetric_thread_fence_heavy(seq_cst));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  LAZYREF_CHILD_REQUIRE(status.light_is_free == asks);
  LAZYREF_CHILD_REQUIRE(registered() == asks);
  LAZYREF_CHILD_REQUIRE(heavy);
  return 0;
}

int code() {
  constexpr int sync_core = detail::membarrier_private_expedited_sync_core;
  if (!kernel_has(sync_core)) return child_skips;
  const bool uses_it =
      lazyref::instruction_sync_capabilities().all_threads == lazyref::all_threads_by::membarrier_sync_core;
  LAZYREF_CHILD_REQUIRE(!lazyref::instruction_sync_capabilities().registered);
  LAZYREF_CHILD_REQUIRE(raw_membarrier(sync_core) == -EPERM);
  LAZYREF_CHILD_REQUIRE(!uses_it || lazyref::sync_core_all_threads());
  LAZYREF_CHILD_REQUIRE((raw_membarrier(sync_core) == 0) == uses_it);
  LAZYREF_CHILD_REQUIRE(lazyref::instruction_sync_capabilities().registered == uses_it);
  return 0;
}

int fenced_before_main() {
  LAZYREF_CHILD_REQUIRE(early.heavy_worked);
  LAZYREF_CHILD_REQUIRE(lazyref::fence_info().light_is_free == asks);
  LAZYREF_CHILD_REQUIRE(registered() == asks);
  return 0;
}

}  // namespace

int main(int argc, char* argv[]) {
  if (!kernel_has(detail::membarrier_private_expedited)) return child_skips;
  LAZYREF_CHILD_REQUIRE(!early.decided_by_light);
  LAZYREF_CHILD_REQUIRE(argc == 2);
  if (std::strcmp(argv[1], "cleared") == 0) return cleared();
  if (std::strcmp(argv[1], "late") == 0) return late();
  if (std::strcmp(argv[1], "code") == 0) return code();
  if (std::strcmp(argv[1], "early") == 0) return fenced_before_main();
  return child_failed(__LINE__, argv[1]);
}
#else
int main() { return 77; }
#endif
