// SPDX-License-Identifier: BSL-1.0
//
// Everything that clang-tidy and cppcheck shall see the inside of: the headers, and each template once.
#include <lazyref/lazyref.hpp>

namespace {

struct thing : lazyref::owner<thing> {};
struct code : lazyref::code_block<code> {
  void describe_code(lazyref::code_description& d) const noexcept { d.name = "code"; }
};
struct node : lazyref::hazard_pointer_obj_base<node> {};

}  // namespace

template class lazyref::strong_ref<thing>;

// One domain for each choice that selects other code.
using plain = lazyref::domain_options<>;
using prompt =
    lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::prompt, lazyref::candidates::tracked>;
using counted = lazyref::domain_options<lazyref::policy::refcounted>;
using kicked = lazyref::domain_options<lazyref::policy::shootdown>;
struct growing : lazyref::domain_options<> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};

namespace {

template <class Options>
void use_domain(std::atomic<thing*>& shared) {
  lazyref::lazy_domain<thing, Options> domain(2);
  lazyref::strong_ref<thing> current = domain.make();
  auto slot = domain.attach();
  slot.activate(current);
  {
    lazyref::temporary_activation<thing, Options> other(slot, current);
    static_cast<void>(other.get());
  }
  slot.park();
  static_cast<void>(slot.resume());
  slot.poll();
  if constexpr (Options::can_protect) {
    thing* seen = slot.protect(shared);
    static_cast<void>(slot.try_protect(seen, shared));
    slot.reset_protection();
    lazyref::atomic_strong_ref<thing> cell(current);
    static_cast<void>(slot.protect(cell));
    lazyref::strong_ref<thing> loaded = cell.load(slot);
    static_cast<void>(cell.compare_exchange_strong(seen, loaded));
    static_cast<void>(cell.compare_exchange_weak(seen, loaded));
    cell.store(cell.exchange(lazyref::strong_ref<thing>::try_from(seen)));
    {
      const lazyref::nested_protection<thing, Options> outer(slot, shared);
      const lazyref::nested_protection<thing, Options> inner(slot, cell);
      static_cast<void>(inner.get());
    }
    slot.reset_protection();
  }
  slot.detach();
  domain.retire(std::move(current));
  domain.flush();
  domain.collect();
  domain.after_fork_in_child(slot);
  static_cast<void>(domain.stats());
}

template <lazyref::reclaim When>
void use_per_cpu_domain() {
  lazyref::per_cpu_domain<thing, When> domain;
  const lazyref::strong_ref<thing> current = domain.make();
  auto claim = domain.claim(current);
  claim.release();
  const std::atomic<thing*> shared(current.get());
  const lazyref::atomic_strong_ref<thing> cell(current);
  claim = domain.protect(shared);
  claim.release();
  claim = domain.protect(cell);
  claim.release();
  domain.collect();
  domain.after_fork_in_child(claim);
  static_cast<void>(domain.how());
  static_cast<void>(domain.stats());
}

void use_code_space() {
  lazyref::code_unwind unwinder;
  lazyref::code_jitdump dump;
  lazyref::code_perf_map map;
  lazyref::code_gdb debugger;
  lazyref::code_space_limits limits{4096, 2, 2};
  limits.data = 4096;
  limits.near_to = &limits;
  limits.growth = 4096;
  lazyref::code_space<code> space(limits, {&unwinder, &dump, &map, &debugger});
  lazyref::code_space<code> other(space.domain(), limits);
  auto draft = space.draft(lazyref::code_request{16, 16, 8});
  static_cast<void>(draft.shrink(8));
  static_cast<void>(draft.side_data());
  lazyref::strong_ref<code> published;
  if (space.publish(draft, published)) static_cast<void>(published->as<void()>());
  static_cast<void>(space.block_at(published ? published->entry() : nullptr));
  space.retire(std::move(published));
  space.tell_observers();
  space.trim();
  other.after_fork_in_child();
  space.after_fork_in_child();
}

void use_hazard_pointer(std::atomic<node*>& shared) {
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  node* const seen = hazard.protect(shared);
  hazard.reset_protection();
  if (seen != nullptr) seen->retire();
  lazyref::hazard_pointer_clean_up();
  lazyref::hazard_pointer_after_fork_in_child();
}

}  // namespace

int main() {
  std::atomic<thing*> things{nullptr};
  std::atomic<node*> nodes{nullptr};
  use_domain<plain>(things);
  use_domain<prompt>(things);
  use_domain<counted>(things);
  use_domain<kicked>(things);
  use_domain<growing>(things);
  use_per_cpu_domain<lazyref::reclaim::deferred>();
  use_per_cpu_domain<lazyref::reclaim::prompt>();
  use_code_space();
  use_hazard_pointer(nodes);
  static_cast<void>(lazyref::test_fence(1));
  static_cast<void>(lazyref::instruction_sync_capabilities());
}
