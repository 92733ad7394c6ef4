// SPDX-License-Identifier: BSL-1.0
//
// How drop_cost measures, and what others than lazyref do at that point. They look through their hazard pointers for
// each object, as a last user's departure does; left alone they wait for many objects, as lazy_domain::retire does
// (hazard_pointer.cpp). In a file of their own, as g++ inlines less in large ones.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench.hpp"

namespace bench {

inline constexpr std::size_t batch = 64;
constexpr std::size_t batch_for(std::size_t active) { return active == 0 ? batch : 1; }

// n drops: prepare(i) makes the i-th object of a batch, drop(i) is what is timed, after() undoes the rest.
template <class Prepare, class Drop, class After>
double timed(std::size_t n, std::size_t at_once, Prepare prepare, Drop drop, After after) {
  double took = 0;
  for (std::size_t done = 0; done < n; done += at_once) {
    for (std::size_t i = 0; i < at_once; ++i) prepare(i);
    const clock::time_point start = clock::now();
    for (std::size_t i = 0; i < at_once; ++i) drop(i);
    took += nanoseconds(clock::now() - start);
    after();
  }
  return took;
}
inline void nothing() {}

struct other {
  std::string name, about;
  std::function<double(std::size_t n, std::size_t active)> drop;
};

// Those that can be asked this; they keep what they need until the end of the program, or of the object returned.
std::vector<other> others_that_drop(std::size_t slots, std::size_t active);

// Says who is missing, and why.
void tell_missing(program& program);

}  // namespace bench
