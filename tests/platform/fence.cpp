// SPDX-License-Identifier: BSL-1.0
//
// The fence, and the synchronisation of instructions, on whatever system this is compiled for. Exit status: 0 passed,
// 3 the fence does not order, 1 something else.
#include <cerrno>
#include <cstdio>

#include <lazyref/fence.hpp>
#include <lazyref/fence_test.hpp>
#include <lazyref/instruction_sync.hpp>

int main() {
  const lazyref::fence_status status = lazyref::fence_initialize();
  lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
  const lazyref::fence_test_result result = lazyref::test_fence();
  const char* verdict = result.verdict == lazyref::fence_verdict::violated ? "VIOLATED"
                        : result.verdict == lazyref::fence_verdict::holds  ? "holds"
                                                                           : "holds, but this run could not have told";
  std::printf("fence: %s: %s\n", status.reason, verdict);

  char code[1] = {};
  const lazyref::sync_result published = lazyref::publish_code(code, code, sizeof code);
  const lazyref::instruction_sync_info sync = lazyref::instruction_sync_capabilities();
  std::printf("instruction synchronisation: %s\n", sync.reason);
  const int expected = sync.all_threads == lazyref::all_threads_by::handshake ? ENOTSUP : 0;
  if (result.verdict == lazyref::fence_verdict::violated) return 3;
  return published.error() == expected ? 0 : 1;
}
