// SPDX-License-Identifier: BSL-1.0
// With COUNT_PLANTED, deactivate makes a full fence and looks twice, which count.py must report.
#include "count.hpp"

#include <lazyref/temporary_activation.hpp>

using refcounted = domain_options<policy::refcounted>;
using prompt = domain_options<policy::handoff, reclaim::prompt>;

ALONE void op_activate_same(lazy_slot<object>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_activate_other(lazy_slot<object>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_deactivate(lazy_slot<object>& s) {
  s.deactivate();
#ifdef COUNT_PLANTED
  std::atomic_thread_fence(std::memory_order_seq_cst);
  s.poll();
#endif
}
ALONE void op_activate_prompt(lazy_slot<object, prompt>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_deactivate_prompt(lazy_slot<object, prompt>& s) { s.deactivate(); }
ALONE void op_activate_tracked(lazy_slot<object, tracked>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_activate_refcounted(lazy_slot<object, refcounted>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_temporary_activation(lazy_slot<object>& s, const strong_ref<object>& r) {
  const temporary_activation<object> scope(s, r);
  used(scope.get());
}
ALONE void op_poll(lazy_slot<object>& s) { s.poll(); }
ALONE void op_park_resume(lazy_slot<object>& s) {
  s.park();
  used(s.resume());
}

void count_activation() {
  static place<> p;
  static place<prompt> with_prompt;
  static place<tracked> with_marks;
  static place<refcounted> with_counts;

  count("activate, another object", [](std::size_t i) { op_activate_other(p.slot, p.references[i % 2]); });
  count("activate, the same object", [](std::size_t) { op_activate_same(p.slot, p.references[1]); });
  count("deactivate", [](std::size_t) {
    p.slot.activate(p.references[0]);
    op_deactivate(p.slot);
  });
  count("activate, reclaim::prompt",
        [](std::size_t i) { op_activate_prompt(with_prompt.slot, with_prompt.references[i % 2]); });
  count("deactivate, reclaim::prompt", [](std::size_t) {
    with_prompt.slot.activate(with_prompt.references[0]);
    op_deactivate_prompt(with_prompt.slot);
  });
  count("activate, candidates::tracked",
        [](std::size_t i) { op_activate_tracked(with_marks.slot, with_marks.references[i % 2]); });
  count("activate, policy::refcounted",
        [](std::size_t i) { op_activate_refcounted(with_counts.slot, with_counts.references[i % 2]); });
  count("temporary_activation, begin and end", [](std::size_t) {
    p.slot.activate(p.references[0]);
    op_temporary_activation(p.slot, p.references[1]);
  });
  p.slot.deactivate();
  count("poll, nothing there", [](std::size_t) { op_poll(p.slot); });
  p.slot.activate(p.references[0]);
  count("park and resume", [](std::size_t) { op_park_resume(p.slot); });
}
