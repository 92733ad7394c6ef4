// SPDX-License-Identifier: BSL-1.0
//
// Objects for a hazard_domain with another Sync policy, as hazard_pointer_obj_base for the library's; and access to the
// domain's lists of retired objects, for tests.
#pragma once

#include <cstddef>

#include <lazyref/hazard_pointer.hpp>

namespace lazyref_test {
struct by_hand;
}

template <class Sync>
class lazyref::hazard_pointer_obj_base<lazyref_test::by_hand, Sync>
    : public lazyref::detail::lazyref_hazard_object<Sync> {
 public:
  using reclaimer = void (*)(lazyref::detail::lazyref_hazard_object<Sync>*) noexcept;
  void set_reclaimer(reclaimer f) noexcept { this->lazyref_reclaim_ = f; }
};

namespace lazyref_test {
template <class Sync>
using object_by_hand = lazyref::hazard_pointer_obj_base<by_hand, Sync>;

// Returns the number of lists in which objects wait, one for each CPU: at most a batch in each.
inline std::size_t lists_for_cpus() {
  std::size_t lists = 1;
  while (lists < lazyref::std_sync::cpus() && lists < 1024) lists *= 2;
  return lists;
}
}  // namespace lazyref_test
