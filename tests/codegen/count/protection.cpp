// SPDX-License-Identifier: BSL-1.0
#include "count.hpp"

#include <lazyref/hazard_pointer.hpp>

namespace {
struct node : hazard_pointer_obj_base<node, leave_it> {};
}  // namespace
using source = std::atomic<object*>;
using node_source = std::atomic<node*>;

ALONE void op_protect(lazy_slot<object>& s, const source& from) { used(s.protect(from)); }
ALONE void op_try_protect(lazy_slot<object>& s, object*& o, const source& from) { s.try_protect(o, from); }
ALONE void op_reset_protection(lazy_slot<object>& s) { s.reset_protection(); }
ALONE void op_hazard_protect_reset(hazard_pointer& h, const node_source& from) {
  used(h.protect(from));
  h.reset_protection();
}
ALONE void op_hazard_make_protect_destroy(const node_source& from) {
  hazard_pointer h = make_hazard_pointer();
  used(h.protect(from));
}

void count_protection() {
  static place<> p;
  static const source from{p.references[0].get()};
  static node a_node;
  static const node_source node_from{&a_node};
  hazard_pointer hazard = make_hazard_pointer();

  count("protect", [](std::size_t) { op_protect(p.slot, from); });
  count("try_protect", [](std::size_t) {
    object* seen = from.load(std::memory_order_relaxed);
    op_try_protect(p.slot, seen, from);
  });
  count("reset_protection", [](std::size_t) {
    p.slot.protect(from);
    op_reset_protection(p.slot);
  });
  count("hazard_pointer: protect and reset_protection",
        [&](std::size_t) { op_hazard_protect_reset(hazard, node_from); });
  count("hazard_pointer: make, protect, destroy", [](std::size_t) { op_hazard_make_protect_destroy(node_from); });
}
