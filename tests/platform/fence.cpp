// SPDX-License-Identifier: BSL-1.0
#include <lazyref/fence.hpp>
#include <lazyref/instruction_sync.hpp>

int main() {
  const lazyref::fence_status status = lazyref::fence_initialize();
  lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
  char code[1] = {};
  const lazyref::sync_result published = lazyref::publish_code(code, code, sizeof code);
  return status.reason != nullptr && published ? 0 : 1;
}
