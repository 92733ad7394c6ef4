// SPDX-License-Identifier: BSL-1.0
//
// Counts the program's allocations, and controls which of them are refused. One source file of the program includes
// counting_new.hpp, which uses it.
#pragma once

#include <atomic>
#include <climits>

namespace lazyref_test {

struct heap_log {
  std::atomic<long> calls{0};                 // of operator new, in all its forms
  std::atomic<long> refused{0};               // of those, the calls that got no memory
  std::atomic<long long> bytes{0};            // requested
  std::atomic<long> freed{0};                 // blocks
  std::atomic<long> first_refused{LONG_MAX};  // a number of a call
  std::atomic<long> end_of_refused{LONG_MAX};

  // Returns the number of allocated blocks.
  long blocks() const { return calls - refused - freed; }

  // Refuses `many` calls, after granting the next `granted` ones.
  void refuse(long granted, long many = LONG_MAX) {
    first_refused = calls + granted;
    end_of_refused = many < LONG_MAX - first_refused ? first_refused + many : LONG_MAX;
  }
  void refuse_none() { first_refused = end_of_refused = LONG_MAX; }

  // Counts a call; returns whether it is granted.
  bool count_call() {
    const long number = calls.fetch_add(1, std::memory_order_relaxed);
    if (number < first_refused.load(std::memory_order_relaxed) ||
        number >= end_of_refused.load(std::memory_order_relaxed))
      return true;
    refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
};

inline heap_log heap;

}  // namespace lazyref_test
