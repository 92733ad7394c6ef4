// SPDX-License-Identifier: BSL-1.0
//
// A domain's policies, chosen at compile time, and its statistics.
#include "config.hpp"

#ifndef LAZYREF_DOMAIN_OPTIONS_HPP
#define LAZYREF_DOMAIN_OPTIONS_HPP

#include <cstddef>

#include "reclaimer.hpp"

LAZYREF_BEGIN_NAMESPACE

// The cost of an activation, and who bears the cost of reclamation.
enum class policy : unsigned char {
  handoff,     // a store; the drop of the last user scans the slots (slot.hpp)
  refcounted,  // each activation counts a hold: two read-modify-writes on the object, and no scan at the end
  shootdown    // handoff, for workers that park when they are idle: parked objects are reclaimed at once, and the
               // domain's kick notifies each worker that is still on the object
};

// policy::shootdown: called with the index of each slot whose worker is on an object that has lost its last user, in the
// thread that scans the slots for that object (which dropped that user, or flushes). It should make that worker move, park
// or poll soon: set a flag that the worker reads (release here, acquire there), wake it, or send it a signal that
// interrupts its wait. It must not wait for the worker: the hold is in the slot already, and no thread waits for another.
struct kick {
  void (*notify)(void* context, std::size_t slot) noexcept = nullptr;  // null: no notification

  // The first argument of notify.
  void* context = nullptr;
};

// The slots that the drop of a last user scans.
enum class candidates : unsigned char {
  all,  // every slot that has ever been attached
  // Slots that have been on this object: a bit each, set by the first activation. The cost is proportional to the bits.
  // For activation only: a protection cannot access the object before it is validated, and after that the mark comes
  // too late.
  tracked,
  // Slots that the object names, by a member `template <class Visit> void for_each_candidate(Visit&&) const noexcept`,
  // which calls visit(index) with lazy_slot::index() of each slot that may ever have activated the object. For
  // activation only, too.
  custom
};

// The behaviour of attach when all slots are taken.
enum class slot_growth : unsigned char {
  none,   // it returns an empty lazy_slot: the number of slots is the one given to the constructor
  chunks  // it adds twice as many as the last time, and fails only if there is no memory. (The limit is about 2^31
          // slots.) Slots are freed with the domain only. Not with candidates::tracked
};

// The default limits on the retired objects that wait for a scan on each CPU, and on their bytes as passed to retire; see
// lazy_domain::retire.
inline constexpr std::size_t default_retire_batch = 8192;
inline constexpr std::size_t default_retire_bytes = std::size_t{1} << 20;

// All choices together. Domains with different options have different types, and so have their slots. `growth`, `batch` and
// `bytes` can also be chosen by name:
//
//   struct growing : lazyref::domain_options<> {
//     static constexpr auto growth = lazyref::slot_growth::chunks;
//   };
template <policy Policy = policy::handoff, reclaim Reclaim = reclaim::deferred, candidates Candidates = candidates::all,
          std::size_t RetireBatch = default_retire_batch, std::size_t RetireBytes = default_retire_bytes,
          slot_growth Growth = slot_growth::none>
struct domain_options {
  static_assert(RetireBatch != 0 && RetireBytes != 0,
                "domain_options: RetireBatch and RetireBytes must not be 0; use 1 or more");

  // The choices.
  static constexpr policy how = Policy;
  static constexpr reclaim when = Reclaim;
  static constexpr candidates where = Candidates;
  static constexpr std::size_t batch = RetireBatch;
  static constexpr std::size_t bytes = RetireBytes;
  static constexpr slot_growth growth = Growth;

  // May protect reach the objects? Only if candidates is `all`, and the drop of a last user scans the slots.
  static constexpr bool can_protect = Policy != policy::refcounted && Candidates == candidates::all;
};

// A domain's counters since its construction, and its present state: see lazy_domain::stats.
struct domain_stats {
  std::size_t slot_count;   // slots
  std::size_t attached;     // slots in use now, and those that workers keep for nested scopes
  std::size_t parked;       // slots with a hold in them now; at most so many objects are retained, see slot.hpp, I4
  std::size_t made;         // objects made or adopted
  std::size_t disposed;     // objects disposed of
  std::size_t reclaimed;    // last users dropped
  std::size_t scanned;      // slots read in scans
  std::size_t handed_over;  // handoffs: holds left in a slot
  std::size_t carried;      // handoffs that displaced an earlier hold
  std::size_t taken_back;   // holds taken out again because the worker had left the object
  std::size_t unparked;     // objects taken from workers that had parked them
  std::size_t retired;      // objects that wait for a scan now, or that running scans are processing
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DOMAIN_OPTIONS_HPP
