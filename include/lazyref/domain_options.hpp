// SPDX-License-Identifier: BSL-1.0
//
// What is chosen once for each domain, at compile time, and what a domain tells about itself.
#include "config.hpp"

#ifndef LAZYREF_DOMAIN_OPTIONS_HPP
#define LAZYREF_DOMAIN_OPTIONS_HPP

#include <cstddef>

#include "reclaimer.hpp"

LAZYREF_BEGIN_NAMESPACE

// What an activation costs, and who pays.
enum class policy : unsigned char {
  handoff,     // a store; the last user's departure pays (slot.hpp)
  refcounted,  // a hold is counted for each activation: two read-modify-writes on the object, nothing to do at the end
  shootdown    // handoff, for workers that park when they are idle: what is parked goes at once, and a worker that is
               // still on the object is told so, by the kick that the domain was given
};

// policy::shootdown: called with the index of each slot whose worker is on an object that has lost its last user, in
// the thread that looks through the slots for it (which dropped that user, or flushes). It should bring about that this
// worker moves, parks or polls soon: set a flag that it looks at (release, and acquire there), wake it, send it a
// signal that interrupts its wait. It must not wait for the worker: the hold is in the slot already, and nobody waits
// for anybody.
struct kick {
  void (*notify)(void* context, std::size_t slot) noexcept = nullptr;  // null: nobody is told

  // Handed on to it.
  void* context = nullptr;
};

// Which slots a last user's departure looks at.
enum class candidates : unsigned char {
  all,  // every slot that has ever been attached
  // Those that have been on this object: a bit each, set on the first activation; the cost follows the bits. For
  // activation only: a protection cannot touch the object before it is validated, and after that the mark comes too
  // late.
  tracked,
  // Those that the object names, by a member `template <class Visit> void for_each_candidate(Visit&&) const noexcept`,
  // which calls visit(index) with lazy_slot::index() of each slot that may ever have activated the object. For
  // activation only, likewise.
  custom
};

// What attach does when all slots are taken.
enum class slot_growth : unsigned char {
  none,   // it returns an empty lazy_slot: there are as many as the domain was constructed with
  chunks  // it adds twice as many as it added the last time, and fails only for want of memory. (At about 2^31 there can
          // be no more.) They stay, as long as the domain. Not with candidates::tracked
};

// How many retired objects, and bytes of those whose size was told, wait for a scan on each CPU at most, unless a domain
// says otherwise; see lazy_domain::retire.
inline constexpr std::size_t default_retire_batch = 8192;
inline constexpr std::size_t default_retire_bytes = std::size_t{1} << 20;

// The choices together. Domains of different options are different types, and so are their slots. `growth`, `batch` and
// `bytes` can also be chosen by name:
//
//   struct growing : lazyref::domain_options<> {
//     static constexpr auto growth = lazyref::slot_growth::chunks;
//   };
template <policy Policy = policy::handoff, reclaim Reclaim = reclaim::deferred, candidates Candidates = candidates::all,
          std::size_t RetireBatch = default_retire_batch, std::size_t RetireBytes = default_retire_bytes,
          slot_growth Growth = slot_growth::none>
struct domain_options {
  static_assert(RetireBatch != 0 && RetireBytes != 0, "domain_options: something must be able to wait");

  // As they were chosen.
  static constexpr policy how = Policy;
  static constexpr reclaim when = Reclaim;
  static constexpr candidates where = Candidates;
  static constexpr std::size_t batch = RetireBatch;
  static constexpr std::size_t bytes = RetireBytes;
  static constexpr slot_growth growth = Growth;

  // May objects be reached by protect? Then candidates must be `all`, and somebody must look at the slots.
  static constexpr bool can_protect = Policy != policy::refcounted && Candidates == candidates::all;
};

// What a domain has counted since it was constructed, and what it holds now: see lazy_domain::stats.
struct domain_stats {
  std::size_t slot_count;  // that there are
  std::size_t attached;    // slots in use now, and those that workers keep for nested scopes
  std::size_t parked;      // slots with a hold left in them now; so many objects at most are retained, see slot.hpp, I4
  std::size_t made;        // objects made or adopted
  std::size_t disposed;    // objects disposed of
  std::size_t reclaimed;   // last users seen
  std::size_t scanned;     // slots looked at for them
  std::size_t handed_over;  // times that a hold was left in a slot
  std::size_t carried;      // of those, how many displaced an earlier one
  std::size_t taken_back;   // holds taken out again because the worker had left
  std::size_t unparked;     // objects taken from workers that had parked them
  std::size_t retired;      // objects that wait for a scan now, or are in the hands of running ones
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DOMAIN_OPTIONS_HPP
