// SPDX-License-Identifier: BSL-1.0
//
// What a stranger's first program does: a fence, a domain, a hazard pointer, code memory. Prints the version that it
// was compiled with.
#include <lazyref/lazyref.hpp>

#include <cstdio>

namespace {

struct thing : lazyref::owner<thing> {
  int value = 42;
};

struct node : lazyref::hazard_pointer_obj_base<node> {
  int value = 42;
};

struct function : lazyref::code_block<function> {};

}  // namespace

int main() {
  lazyref::fence_initialize();
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);

  lazyref::lazy_domain<thing> domain(1);
  auto slot = domain.attach();
  auto user = domain.make();
  slot.activate(user);
  user.reset();
  if (slot.active()->value != 42) return 1;
  slot.detach();
  domain.collect();

  std::atomic<node*> shared(new node);
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  if (hazard.protect(shared)->value != 42) return 1;
  hazard.reset_protection();
  shared.exchange(nullptr, std::memory_order_acq_rel)->retire();

  lazyref::code_space<function> space({4096, 1, 1});
  if (!space.status()) std::printf("no memory for code: %s\n", space.status().what());
  std::printf("lazyref %d.%d.%d\n", LAZYREF_VERSION_MAJOR, LAZYREF_VERSION_MINOR, LAZYREF_VERSION_PATCH);
}
