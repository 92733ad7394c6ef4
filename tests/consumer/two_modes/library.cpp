// SPDX-License-Identifier: BSL-1.0
//
// One of two libraries in a process, each with its own copy of the headers and its own mode: a function of the name
// LIBRARY, which uses all that has state.
#include <lazyref/lazyref.hpp>

#include <thread>

namespace {

struct thing : lazyref::owner<thing> {
  explicit thing(int& gone) : gone_(gone) {}
  ~thing() { ++gone_; }
  int& gone_;
};

struct node : lazyref::hazard_pointer_obj_base<node> {};

}  // namespace

// 0, or the number of the step that went wrong.
extern "C" int LIBRARY() {
  if (lazyref::build_mode != static_cast<lazyref::fence_mode>(LAZYREF_FENCE_MODE)) return 1;
  lazyref::fence_initialize();
  int gone = 0;
  {
    lazyref::lazy_domain<thing> domain(2);
    auto user = domain.make(gone);
    std::thread other([&] {
      auto slot = domain.attach();
      slot.activate(user);
    });
    other.join();
    user.reset();
    if (gone != 1) return 2;
  }
  std::atomic<node*> shared(new node);
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  node* const seen = hazard.protect(shared);
  shared.store(nullptr, std::memory_order_release);
  hazard.reset_protection();
  seen->retire();
  lazyref::hazard_pointer_clean_up();
  const bool symmetric = lazyref::fence_info().backend == lazyref::fence_backend::symmetric;
  return symmetric == (lazyref::build_mode == lazyref::fence_mode::symmetric) ? 0 : 3;
}
