// SPDX-License-Identifier: BSL-1.0
//
// Objects for a hazard_domain with another Sync policy: what hazard_pointer_obj_base is for the library's own.
#pragma once

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
}
