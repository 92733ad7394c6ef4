// SPDX-License-Identifier: BSL-1.0
#include "count.hpp"

#include <lazyref/hazard_pointer.hpp>

namespace {
struct node : hazard_pointer_obj_base<node, leave_it> {};
}  // namespace

ALONE void op_copy_reset(const strong_ref<object>& r) {
  strong_ref<object> copy(r);
  used(copy.get());
  copy.reset();
}
ALONE void op_last_drop_64_slots(strong_ref<object>& r) { r.reset(); }
ALONE void op_last_drop_tracked_1_of_64(strong_ref<object>& r) { r.reset(); }
ALONE void op_retire_64_slots(lazy_domain<object>& d, strong_ref<object>& r) { d.retire(std::move(r)); }
ALONE void op_hazard_retire_64(node& n) { n.retire(); }

void count_ends() {
  static place<> p;
  static place<tracked> with_marks;
  static hazard_pointer hazards[slots];
  static pool<node> nodes;
  for (hazard_pointer& h : hazards) h = make_hazard_pointer();

  count("strong_ref: copy and reset", [](std::size_t) { op_copy_reset(p.references[0]); });
  count("last drop, 64 slots, none active", [](std::size_t) {
    strong_ref<object> r = p.make();
    op_last_drop_64_slots(r);
  });
  count("last drop, 64 slots, tracked, the object has been in 1", [](std::size_t) {
    strong_ref<object> r = with_marks.make();
    with_marks.slot.activate(r);
    with_marks.slot.deactivate();
    op_last_drop_tracked_1_of_64(r);
  });
  static place<> retiring;
  count("retire, 64 slots, amortised", [](std::size_t) {
    strong_ref<object> r = retiring.make();
    op_retire_64_slots(retiring.domain, r);
  });
  count("hazard_pointer_obj_base::retire, 64 hazard pointers, amortised",
        [](std::size_t) { op_hazard_retire_64(*nodes.next()); });
}
