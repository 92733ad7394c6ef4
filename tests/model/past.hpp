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
#include <cstring>
#include <vector>

namespace model {

inline constexpr std::size_t max_threads = 6;      // with the main one
inline constexpr std::size_t max_locations = 192;  // alive at the same time
inline constexpr std::size_t max_messages = 40;    // per location, per execution
inline constexpr std::size_t max_pasts = 4096;     // per execution

[[noreturn]] inline void fail(const char* why);  // ends the execution: engine.hpp

// Short: to copy and to join these is what a search does most.
using stamp = std::int16_t;  // a place in the modification order of one location
using tick = std::int16_t;   // a thread's own time

// A number for each thread; join is the pointwise maximum.
struct clock {
  std::array<tick, 8> at{};

  tick& operator[](std::size_t i) { return at[i]; }
  tick operator[](std::size_t i) const { return at[i]; }

  void join(const clock& other) {
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = other.at[i] > at[i] ? other.at[i] : at[i];
  }
  bool covers(const clock& other) const {
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (other.at[i] > at[i]) return false;
    }
    return true;
  }
};
static_assert(max_threads <= 8);

// A number for each location, 0 for those that it has not heard of. Most tests have few; the rest costs nothing.
class view {
 public:
  view() noexcept {}
  view(const view& other) noexcept : size_(other.size_) { copy(other, 0, size_); }
  view& operator=(const view& other) noexcept {
    size_ = other.size_;
    copy(other, 0, size_);
    return *this;
  }

  stamp& operator[](std::size_t i) {
    while (size_ <= i) at_[size_++] = 0;
    return at_[i];
  }
  stamp operator[](std::size_t i) const { return i < size_ ? at_[i] : 0; }

  void join(const view& other) {
    const std::size_t both = size_ < other.size_ ? size_ : other.size_;
    for (std::size_t i = 0; i < both; ++i) at_[i] = other.at_[i] > at_[i] ? other.at_[i] : at_[i];
    if (size_ >= other.size_) return;
    copy(other, size_, other.size_);
    size_ = other.size_;
  }

 private:
  void copy(const view& other, std::size_t begin, std::size_t end) {
    if (begin != end) std::memcpy(at_ + begin, other.at_ + begin, (end - begin) * sizeof(stamp));
  }

  std::size_t size_ = 0;
  stamp at_[max_locations];  // those before size_
};

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
