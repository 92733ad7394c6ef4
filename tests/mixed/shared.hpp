// SPDX-License-Identifier: BSL-1.0
//
// The user's types, which both units include: lazyref's stand inside, where no linker sees them.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>
#include <lazyref/per_cpu.hpp>

#include "mixed.hpp"

namespace mixed {

// What a third party's header has: a container with hazard pointers in its inline functions, of which the linker keeps
// those of one unit.
class config_box {
  struct entry : lazyref::hazard_pointer_obj_base<entry> {
    explicit entry(int v) : value(v) {}
    static void* operator new(std::size_t size) { return take_memory(size); }
    static void operator delete(void* block) noexcept { give_memory(block); }
    mark value;
  };
  std::atomic<entry*> head_{nullptr};

 public:
  void set(int value) { replace(new entry(value)); }
  void clear() { replace(nullptr); }
  template <class During>
  int get(During during) {
    lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
    const entry* const seen = h.protect(head_);
    during();
    return seen != nullptr ? seen->value.read() : -1;
  }

 private:
  void replace(entry* next) {
    entry* const old = head_.exchange(next, std::memory_order_acq_rel);
    if (old != nullptr) old->retire();
    lazyref::hazard_pointer_clean_up();
  }
};

struct node : lazyref::hazard_pointer_obj_base<node> {
  explicit node(int v) : value(v) {}
  static void* operator new(std::size_t size) { return take_memory(size); }
  static void operator delete(void* block) noexcept { give_memory(block); }
  mark value;
};

struct rules : lazyref::owner<rules> {
  explicit rules(int v) : value(v) {}
  static void* operator new(std::size_t size) { return take_memory(size); }
  static void operator delete(void* block) noexcept { give_memory(block); }
  mark value;
};

template <lazyref::reclaim When>
struct runtime {
  using options = lazyref::domain_options<lazyref::policy::handoff, When>;
  lazyref::lazy_domain<rules, options> domain{8};
  std::mutex mutex;  // of refs[0] in `use_all` and `replace_all`
  lazyref::strong_ref<rules> refs[4];
  std::atomic<rules*> current{nullptr};
  lazyref::lazy_slot<rules, options> slots[4];
  std::optional<lazyref::temporary_activation<rules, options>> scopes[4];
};

struct world {
  config_box box;

  std::atomic<node*> head{nullptr};
  lazyref::hazard_pointer hazards[4];
  const node* seen[4] = {};

  runtime<lazyref::reclaim::deferred> later;
  runtime<lazyref::reclaim::prompt> at_once;

  lazyref::per_cpu_domain<rules, lazyref::reclaim::prompt> cpus;
  std::mutex cpu_mutex;
  lazyref::strong_ref<rules> cpu_refs[4];
  lazyref::cpu_claim<rules, lazyref::reclaim::prompt> claims[4];
};

}  // namespace mixed
