// SPDX-License-Identifier: BSL-1.0
//
// Misuse of a slot, in a child that has a domain.
#pragma once

#include "child.hpp"
#include "lazy_catch.hpp"
#include "lazy_objects.hpp"

namespace lazyref_test {

// The domain is never destroyed: its destructor is not under test here.
template <class Options, class Body>
child_result misuse(Body body) {
  return in_child([&] {
    census all;
    auto& domain = *new lazyref::lazy_domain<thing, Options>(2U);
    auto slot = domain.attach();
    auto object = domain.make(all, 2U);
    body(domain, slot, object);
    ::_exit(0);
  });
}

}  // namespace lazyref_test
