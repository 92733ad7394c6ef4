// SPDX-License-Identifier: BSL-1.0
//
// What the real headers must get right under every execution, as small as it can be and still lose an order. What each
// scenario requires, apart from what the engine requires of everything (no race, no use after free, no double free, no
// leak):
//
//   each object is disposed of once (a second time is a double free, never is a leak);
//   when all is quiet, prompt has left nothing behind, and deferred at most one object per slot, which the next move
//   gives up.
#pragma once

#include <cstddef>

#include "lazyref/orders.hpp"

namespace model::scenarios {

struct scenario {
  const char* name;
  std::size_t asymmetric, symmetric;  // executions
  void (*run)();
  const char* failure = nullptr;                    // what a case that must fail fails with
  void (*change)(lazyref::order_table&) = nullptr;  // what is wrong in it
  int preemptions = -1;                             // more of them are not seen
  bool large = false;
  bool asymmetric_only = false;
};

// Executions where full fences stand on both sides, and slots stay marked: the workers' slow paths. (The others would take
// too long.)
struct marked_run {
  const char* name;
  std::size_t executions;
};

template <class T>
struct list {
  const T* first;
  std::size_t size;
  const T* begin() const noexcept { return first; }
  const T* end() const noexcept { return first + size; }
};

extern const list<scenario> all_scenarios;
extern const list<marked_run> marked_runs;

}  // namespace model::scenarios
