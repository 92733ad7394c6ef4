// SPDX-License-Identifier: BSL-1.0
//
// What is chosen once for each domain, at compile time, and what a domain tells about itself.
#pragma once

#include <cstddef>

#include "slot.hpp"

LAZYREF_BEGIN_NAMESPACE

// What an activation costs, and who pays.
enum class policy : unsigned char {
  handoff,    // a store; the last user's departure pays (slot.hpp)
  refcounted  // a hold is counted for each activation: two read-modify-writes on the object, nothing to do at the end
};

// Which slots a last user's departure looks at.
enum class candidates : unsigned char {
  all,      // every slot that has ever been attached
  tracked,  // those that have been on this object: a bit each, set on the first activation; the cost follows the bits
  // Those that the object names, by a member `template <class Visit> void for_each_candidate(Visit&&) const noexcept`,
  // which calls visit(index) with lazy_slot::index() of each slot that may ever have activated the object.
  custom
};

template <policy Policy = policy::handoff, reclaim Reclaim = reclaim::deferred, candidates Candidates = candidates::all>
struct domain_options {
  static constexpr policy how = Policy;
  static constexpr reclaim when = Reclaim;
  static constexpr candidates where = Candidates;
};

struct domain_stats {
  std::size_t slots;      // as constructed
  std::size_t attached;   // slots in use now
  std::size_t parked;     // slots with a hold left in them now; so many objects at most are retained, see slot.hpp, I4
  std::size_t made;       // objects made or adopted
  std::size_t disposed;   // objects disposed of
  std::size_t reclaimed;  // last users seen
  std::size_t scanned;    // slots looked at for them
  std::size_t handed_over;  // times that a hold was left in a slot
  std::size_t carried;      // of those, how many displaced an earlier one
  std::size_t taken_back;   // holds taken out again because the worker had left
};

LAZYREF_END_NAMESPACE
