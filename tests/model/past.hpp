// SPDX-License-Identifier: BSL-1.0
//
// What an evaluation can know of others. Three things, kept apart because the standard keeps them apart:
//
//   happened   the happens-before clock ([intro.races] p10): who raced, and what a free must come after
//   own        per location, the latest message that an access in this happens-before past read or wrote
//   bound      per location, the oldest message that may still be read: own, and what fences have forbidden
//
// A seq_cst fence constrains coherence ([atomics.order] p4), it gives no happens-before; and what it constrains is
// accesses that happen before it or after it, not what another fence has told it. So fences hand over `own`, they raise
// `bound`, and never touch `happened`. Checkers that join the three hide races (facts: loom, relacy, folly) or outcomes
// that Concurrency TS 2 allows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace model {

inline constexpr std::size_t max_threads = 6;     // with the main one
inline constexpr std::size_t max_locations = 24;  // alive at the same time
inline constexpr std::size_t max_messages = 40;   // per location, per execution
inline constexpr std::size_t max_pasts = 4096;    // per execution

[[noreturn]] inline void fail(const char* why);  // ends the execution: engine.hpp

// Pointwise maximum.
template <class T, std::size_t N>
struct lattice {
  std::array<T, N> at{};

  T& operator[](std::size_t i) { return at[i]; }
  T operator[](std::size_t i) const { return at[i]; }

  void join(const lattice& other) {
    for (std::size_t i = 0; i < N; ++i) at[i] = other.at[i] > at[i] ? other.at[i] : at[i];
  }
  bool covers(const lattice& other) const {
    for (std::size_t i = 0; i < N; ++i) {
      if (other.at[i] > at[i]) return false;
    }
    return true;
  }
};

using stamp = std::int32_t;  // a place in the modification order of one location
using tick = std::int32_t;   // a thread's own time
using view = lattice<stamp, max_locations>;
using clock = lattice<tick, 8>;
static_assert(max_threads <= 8);

struct past {
  view own, bound;
  clock happened;

  void join(const past& other) {
    own.join(other.own);
    bound.join(other.bound);
    happened.join(other.happened);
  }
};

// Pasts as messages carry them: immutable, shared, thrown away with the execution. 0 is the empty past.
using past_id = std::uint16_t;

class past_pool {
 public:
  past_pool() { pasts_.resize(max_pasts); }

  void reset() { used_ = 1; }
  const past& operator[](past_id id) const { return pasts_[id]; }

  past_id keep(const past& p) {
    if (used_ == max_pasts) fail("bound reached: more releases in one execution than max_pasts");
    pasts_[used_] = p;
    return static_cast<past_id>(used_++);
  }
  past_id join(past_id a, past_id b) {
    if (a == b || b == 0) return a;
    if (a == 0) return b;
    const past_id both = keep(pasts_[a]);
    pasts_[both].join(pasts_[b]);
    return both;
  }

 private:
  std::vector<past> pasts_;
  std::size_t used_ = 1;
};

}  // namespace model
