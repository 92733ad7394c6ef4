// SPDX-License-Identifier: BSL-1.0
//
// The kinds of per-CPU domains that tests go through: when objects are reclaimed, and how slots are claimed.
#pragma once

#include <cstddef>

#include <lazyref/per_cpu.hpp>

#include "lazy_catch.hpp"

namespace lazyref_test {

struct deferred {
  static constexpr lazyref::reclaim when = lazyref::reclaim::deferred;
};
struct prompt {
  static constexpr lazyref::reclaim when = lazyref::reclaim::prompt;
};

inline lazyref::claim_method each_method() {
  return GENERATE(lazyref::claim_method::restartable_sequence, lazyref::claim_method::compare_and_swap);
}

inline lazyref::per_cpu_options options(std::size_t slots_per_cpu, lazyref::claim_method method, std::size_t cpus = 0) {
  lazyref::per_cpu_options result;
  result.slots_per_cpu = slots_per_cpu;
  result.cpus = cpus;
  result.method = method;
  return result;
}
inline lazyref::per_cpu_options options(std::size_t slots_per_cpu) { return options(slots_per_cpu, each_method()); }

}  // namespace lazyref_test
