// SPDX-License-Identifier: BSL-1.0
#include <lazyref/fence.hpp>

int main() {
  const lazyref::fence_status status = lazyref::fence_initialize();
  lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
  return status.reason != nullptr ? 0 : 1;
}
