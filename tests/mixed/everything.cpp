// SPDX-License-Identifier: BSL-1.0
//
// All public parts of the library, for own_code.py: what this unit shares with a unit that is built in another way.
// Read, and never run. The user's types have names, so that what is made of them is shared as well.
//
// Functions that are no templates are all in the object code because of -fkeep-inline-functions (g++).
#include <lazyref/lazyref.hpp>

namespace user {

struct thing : lazyref::owner<thing> {
  int value = 0;
  void on_last_user() noexcept { value = 1; }
};
struct plain_thing : lazyref::owner<plain_thing> {
  static void dispose(plain_thing*) noexcept {}
};
struct chosen_thing : lazyref::owner<chosen_thing> {
  template <class Visit>
  void for_each_candidate(Visit&& visit) const noexcept {
    visit(std::size_t{0});
  }
};
struct node : lazyref::hazard_pointer_obj_base<node> {};
struct deleter {
  void operator()(void*) const noexcept {}
  long state;
};
struct kept_node : lazyref::hazard_pointer_obj_base<kept_node, deleter> {};
struct function : lazyref::code_block<function> {};

struct embedded {
  std::atomic<int> holds{1};
};
struct embedded_holds {
  static void take(embedded* e, std::size_t n) noexcept { e->holds += static_cast<int>(n); }
  static void give_up(embedded* e, std::size_t n) noexcept { e->holds -= static_cast<int>(n); }
};

using lazyref::candidates;
using lazyref::policy;
using lazyref::reclaim;
using later = lazyref::domain_options<>;
using at_once = lazyref::domain_options<policy::handoff, reclaim::prompt>;
using tracked = lazyref::domain_options<policy::handoff, reclaim::prompt, candidates::tracked>;
using counted = lazyref::domain_options<policy::refcounted>;
using told = lazyref::domain_options<policy::shootdown, reclaim::prompt>;
using custom = lazyref::domain_options<policy::handoff, reclaim::deferred, candidates::custom>;
struct growing : lazyref::domain_options<> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};

// The layout of a type, as an object whose name has the type in it.
template <class T>
struct layout_of {
  static const std::size_t value[2];
};
template <class T>
const std::size_t layout_of<T>::value[2] = {sizeof(T), alignof(T)};

template struct layout_of<lazyref::sync_result>;
template struct layout_of<lazyref::fence_status>;
template struct layout_of<lazyref::fence_registrations>;
template struct layout_of<lazyref::fence_test_result>;
template struct layout_of<lazyref::rseq_test_result>;
template struct layout_of<lazyref::order_table>;
template struct layout_of<lazyref::std_sync>;
template struct layout_of<lazyref::kick>;
template struct layout_of<lazyref::domain_stats>;
template struct layout_of<later>;
template struct layout_of<lazyref::handover_counts>;
template struct layout_of<lazyref::scan_group<thing>>;
template struct layout_of<lazyref::slot<thing>>;
template struct layout_of<lazyref::slot<thing, lazyref::std_sync, reclaim::prompt>>;
template struct layout_of<lazyref::owner<thing>>;
template struct layout_of<thing>;
template struct layout_of<lazyref::strong_ref<thing>>;
template struct layout_of<lazyref::atomic_strong_ref<thing>>;
template struct layout_of<lazyref::lazy_domain<thing, later>>;
template struct layout_of<lazyref::lazy_domain<thing, at_once>>;
template struct layout_of<lazyref::lazy_domain<thing, tracked>>;
template struct layout_of<lazyref::lazy_domain<thing, counted>>;
template struct layout_of<lazyref::lazy_domain<thing, told>>;
template struct layout_of<lazyref::lazy_domain<thing, growing>>;
template struct layout_of<lazyref::lazy_domain<chosen_thing, custom>>;
template struct layout_of<lazyref::lazy_slot<thing, later>>;
template struct layout_of<lazyref::lazy_slot<thing, at_once>>;
template struct layout_of<lazyref::lazy_slot<thing, counted>>;
template struct layout_of<lazyref::temporary_activation<thing, later>>;
template struct layout_of<lazyref::temporary_activation<thing, at_once>>;
template struct layout_of<lazyref::nested_protection<thing, later>>;
template struct layout_of<lazyref::nested_protection<thing, at_once>>;
template struct layout_of<lazyref::per_cpu_options>;
template struct layout_of<lazyref::per_cpu_info>;
template struct layout_of<lazyref::per_cpu_domain<thing>>;
template struct layout_of<lazyref::per_cpu_domain<thing, reclaim::prompt>>;
template struct layout_of<lazyref::cpu_claim<thing>>;
template struct layout_of<lazyref::cpu_claim<thing, reclaim::prompt>>;
template struct layout_of<lazyref::hazard_pointer>;
template struct layout_of<lazyref::hazard_pointer_obj_base<node>>;
template struct layout_of<lazyref::hazard_pointer_obj_base<kept_node, deleter>>;
template struct layout_of<node>;
template struct layout_of<kept_node>;
template struct layout_of<lazyref::code_range>;
template struct layout_of<lazyref::instruction_sync_info>;
template struct layout_of<lazyref::code_space_limits>;
template struct layout_of<lazyref::code_request>;
template struct layout_of<lazyref::code_symbol>;
template struct layout_of<lazyref::code_description>;
template struct layout_of<lazyref::code_event>;
template struct layout_of<lazyref::code_observer>;
template struct layout_of<lazyref::code_jitdump>;
template struct layout_of<lazyref::code_perf_map>;
template struct layout_of<lazyref::code_gdb>;
template struct layout_of<lazyref::code_unwind>;
template struct layout_of<lazyref::code_block<function>>;
template struct layout_of<lazyref::code_draft<function>>;
template struct layout_of<lazyref::code_space<function>>;

// Functions of the user's that have lazyref's types in their signatures: their names are the same in all units.
void takes(lazyref::hazard_pointer&, node*) {}
void takes(lazyref::strong_ref<thing>&, lazyref::lazy_slot<thing>&, lazyref::lazy_domain<thing, told>&) {}
void takes(lazyref::per_cpu_domain<thing>&, lazyref::cpu_claim<thing, reclaim::prompt>&) {}
void takes(lazyref::code_space<function>&, lazyref::code_draft<function>&) {}
void takes(lazyref::temporary_activation<thing>&, lazyref::sync_result, lazyref::fence_status) {}

}  // namespace user

template class lazyref::strong_ref<user::thing>;
template class lazyref::strong_ref<user::plain_thing>;
template class lazyref::lazy_slot<user::thing, user::later>;
template class lazyref::lazy_slot<user::thing, user::at_once>;
template class lazyref::lazy_slot<user::thing, user::told>;
template class lazyref::temporary_activation<user::thing, user::later>;
template class lazyref::temporary_activation<user::thing, user::at_once>;
template class lazyref::temporary_activation<user::thing, user::counted>;
template class lazyref::temporary_activation<user::thing, user::tracked>;
template class lazyref::nested_protection<user::thing, user::later>;
template class lazyref::nested_protection<user::thing, user::at_once>;
template class lazyref::lazy_domain<user::thing, user::told>;
template class lazyref::cpu_claim<user::thing>;
template class lazyref::cpu_claim<user::thing, user::reclaim::prompt>;
template class lazyref::per_cpu_domain<user::thing>;
template class lazyref::per_cpu_domain<user::thing, user::reclaim::prompt>;
template class lazyref::code_draft<user::function>;
template class lazyref::code_space<user::function>;

namespace user {

// A domain whose objects may not be protected cannot be instantiated as a whole; nor can member templates.
template <class T, class Options>
void use_domain(std::atomic<T*>& shared) {
  lazyref::lazy_domain<T, Options> domain(2);
  lazyref::strong_ref<T> current = domain.make();
  lazyref::lazy_slot<T, Options> slot = domain.attach();
  lazyref::lazy_slot<T, Options> other;
  other = std::move(slot);
  other.swap(slot);
  if (slot) slot.activate(current);
  {
    lazyref::temporary_activation<T, Options> scope(slot, current);
    static_cast<void>(*scope);
    static_cast<void>(scope.operator->());
    static_cast<void>(scope.get());
  }
  static_cast<void>(slot.active());
  static_cast<void>(slot.index());
  slot.deactivate();
  slot.park();
  static_cast<void>(slot.resume());
  slot.poll();
  if constexpr (Options::can_protect) {
    T* seen = slot.protect(shared);
    static_cast<void>(slot.try_protect(seen, shared));
    slot.reset_protection();
    lazyref::atomic_strong_ref<T> cell(current);
    static_cast<void>(slot.protect(cell));
    lazyref::strong_ref<T> loaded = cell.load(slot);
    static_cast<void>(cell.compare_exchange_strong(seen, loaded));
    cell.store(cell.exchange(lazyref::strong_ref<T>::try_from(seen)));
    {
      const lazyref::nested_protection<T, Options> outer(slot, shared);
      const lazyref::nested_protection<T, Options> inner(slot, cell);
      if (inner) static_cast<void>(*inner);
      static_cast<void>(inner.operator->());
      static_cast<void>(outer.get());
    }
    slot.reset_protection();
  }
  slot.detach();
  domain.retire(domain.adopt(new T));
  domain.flush();
  domain.collect();
  domain.after_fork_in_child(slot);
  static_cast<void>(domain.stats());
}

template <reclaim When>
void use_per_cpu_domain() {
  lazyref::per_cpu_domain<thing, When> domain;
  lazyref::strong_ref<thing> current = domain.make();
  lazyref::cpu_claim<thing, When> claim = domain.claim(current);
  domain.after_fork_in_child(claim);
}

void use_code_space(lazyref::code_space<function>& space) {
  lazyref::code_draft<function> draft = space.draft(16);
  lazyref::strong_ref<function> code;
  if (space.publish(draft, code)) code->as<void()>()();
  space.after_fork_in_child();
}

template <class Node, class Deleter>
void use_hazard_pointer(std::atomic<Node*>& shared, Deleter d) {
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  Node* seen = hazard.protect(shared);
  if (!hazard.try_protect(seen, shared)) hazard.reset_protection(seen);
  hazard.reset_protection();
  lazyref::hazard_pointer other = std::move(hazard);
  swap(hazard, other);
  seen->retire(d);
  lazyref::hazard_pointer_clean_up();
  lazyref::hazard_pointer_after_fork_in_child();
}

template <class Slot>
void use_embedded(Slot& s, embedded* e, std::atomic<embedded*>& shared) {
  using holds = embedded_holds;
  lazyref::activate<holds>(s, e);
  lazyref::deactivate<holds>(s);
  lazyref::park<holds>(s);
  static_cast<void>(lazyref::resume(s));
  lazyref::poll<holds>(s);
  static_cast<void>(lazyref::try_protect<holds>(s, e, shared));
  static_cast<void>(lazyref::protect<holds>(s, shared));
  lazyref::protect_again<holds>(s, e);
}

int use_all() {
  std::atomic<thing*> things{nullptr};
  std::atomic<plain_thing*> plain_things{nullptr};
  std::atomic<chosen_thing*> chosen_things{nullptr};
  std::atomic<node*> nodes{nullptr};
  std::atomic<kept_node*> kept_nodes{nullptr};
  std::atomic<embedded*> embeddeds{nullptr};
  use_domain<thing, later>(things);
  use_domain<thing, at_once>(things);
  use_domain<thing, tracked>(things);
  use_domain<thing, counted>(things);
  use_domain<thing, growing>(things);
  use_domain<plain_thing, later>(plain_things);
  use_domain<chosen_thing, custom>(chosen_things);
  use_per_cpu_domain<reclaim::deferred>();
  use_per_cpu_domain<reclaim::prompt>();
  lazyref::code_space<function> space({4096, 2, 2});
  use_code_space(space);
  use_hazard_pointer(nodes, std::default_delete<node>());
  use_hazard_pointer(kept_nodes, deleter{});
  lazyref::slot<embedded> deferred_slot;
  lazyref::slot<embedded, lazyref::std_sync, reclaim::prompt> prompt_slot;
  use_embedded(deferred_slot, embeddeds.load(), embeddeds);
  use_embedded(prompt_slot, embeddeds.load(), embeddeds);

  static_cast<void>(lazyref::fence_initialize());
  static_cast<void>(lazyref::fence_initialize(lazyref::fence_backend::symmetric));
  static_cast<void>(lazyref::fence_info());
  lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
  static_cast<void>(lazyref::try_asymmetric_thread_fence_heavy(std::memory_order_seq_cst));
  static_cast<void>(lazyref::cross_process_fence_register());
  lazyref::cross_process_fence_light(std::memory_order_seq_cst);
  static_cast<void>(lazyref::cross_process_fence_heavy(std::memory_order_seq_cst));
  static_cast<void>(lazyref::rseq_fence());
  static_cast<void>(lazyref::rseq_fence(0));
  static_cast<void>(lazyref::registrations());
  lazyref::fence_after_fork_in_child();
  static_cast<void>(lazyref::test_fence(1));
  static_cast<void>(lazyref::test_rseq(1));
  static_cast<void>(lazyref::set_fatal_handler(nullptr));
  static_cast<void>(lazyref::flush_code_range(nullptr, nullptr, 0));
  static_cast<void>(lazyref::sync_core_all_threads());
  lazyref::sync_core_this_thread();
  static_cast<void>(lazyref::publish_code(nullptr, nullptr, 0));
  static_cast<void>(lazyref::publish_code(nullptr, 0));
  static_cast<void>(lazyref::instruction_sync_capabilities());
  return 0;
}

}  // namespace user

#ifdef LAZYREF_TEST_PLANTED
// The error that must be seen: a function, a type and a name that depend on the checks.
namespace lazyref {
inline int planted_function(int x) { return LAZYREF_CHECKS ? x + 1 : x; }
inline const char* planted_sentence() { return LAZYREF_CHECKS ? "looks" : "does not"; }
inline int planted_caller(int x) { return LAZYREF_CHECKS ? planted_function(x) : planted_sentence()[0]; }
struct planted_type {
#if LAZYREF_CHECKS
  long more = 0;
#endif
  long value = 0;
};
#if LAZYREF_CHECKS
struct planted_name {};
#else
namespace other {
struct planted_name {};
}  // namespace other
using other::planted_name;
#endif
}  // namespace lazyref
template struct user::layout_of<lazyref::planted_type>;
namespace user {
int takes(lazyref::planted_name&) {
  return lazyref::planted_caller(1) + lazyref::planted_function(1) + lazyref::planted_sentence()[0];
}
}  // namespace user
#endif
