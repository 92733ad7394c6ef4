// SPDX-License-Identifier: BSL-1.0
//
// The embedded layer: a lazy reference as a plain struct and free functions, for runtimes that have worker records,
// reference counts and allocators of their own. The rest of lazyref is built on this file (the worker's side) and on
// reclaimer.hpp (the reclaimer's side).
//
// The protocol. A worker uses an object through its slot and counts nothing. The thread that drops the last user (the
// reclaimer) scans the slots. Where a worker is still on the object, the reclaimer leaves a hold in the slot's `drop` word;
// the worker releases that hold at its next move. No thread waits for another.
//
//   users   strong count: the contents live while it is > 0; it never rises again from 0
//   holds   storage count: the memory lives while it is > 0; all users together own one hold
//   worker  the thread that may write the slot's `lazy` word now: at most one at a time; each worker's accesses
//           happen before the next worker's
//
// A worker has two ways to announce an object, and one to suspend its use:
//
//   activate  the caller has a user of it: one store, no fence
//   protect   a shared pointer leads to it: a store, a light fence, and a second load of that pointer. The thread that
//             unpublishes the object executes a heavy fence before the scan
//   park      the worker goes idle and may `resume`: the object stays until its last user is dropped, no longer
//
//   I1  The count of users reaches 0 once. Each activation is sequenced before the release of the user that covered it, and
//       the drop of the last user acquires those releases. So every activation happens before the reclaimer's scan, and its
//       loads cannot miss one (coherence). A protection has no user. Its light fence (between the store and the second
//       load) and the reclaimer's heavy fence (between the unpublishing and the scan) order a store-buffering pair: either
//       the worker finds the pointer changed and does not use the object, or the scan finds the object in the slot.
//   I2  Only the worker writes `lazy`, always with release. A reclaimer that reads anything but x after I1 knows that the
//       worker has left x, that its uses of x happen before, and that it never uses x again. The store that *sets* the word
//       is a release, too: in C++20 only read-modify-writes continue a release sequence, so a relaxed set would end the one
//       that the clear heads. One exception: a reclaimer may take a parked object, by compare-and-swap to null; the worker
//       resumes by compare-and-swap, so one of the two gets the object. (A protection may store x briefly after the scan,
//       and then not use x: a hold that is handed over for it is superfluous, and the next move releases it.)
//   I3  The pointer in `drop` carries exactly one hold, and an exchange transfers the pointer with its hold. So an object
//       that is carried cannot be freed, its address cannot be reused, and no version tag is needed. Only the worker
//       applies compare-and-swap to `drop`. A scanner's was the use after free in the kernel proposal of January 2022 (it
//       succeeds on a reused address).
//   I4  At most one object per slot is retained, plus those that running calls are processing: two for a reclaimer (its
//       own, or its group, and the one that it carries), one for a worker that is releasing one. Nothing here waits or
//       allocates.
//   I5  With reclaim::prompt, the worker's light fence (between its move and its load of `drop`) and the reclaimer's heavy
//       fence (between its handoff and its second load of `lazy`) order a store-buffering pair: either the worker sees the
//       hold, or the reclaimer sees that the worker has left, and takes the hold back. With reclaim::deferred there is no
//       fence, and an object that is handed over in that window stays until the slot's next move: bounded space, unbounded
//       time.
//
// Objects have even addresses; the low bit of `lazy` says that its object is parked. Where the process's light fences are
// free (fence.hpp), a light fence is no instruction. Until the worker has learned that they are, an empty `drop` holds a
// mark instead of null. The fast paths load `drop` anyway; a mark sends them to the slow path, which executes a full fence
// and loads again.
//
// Disposers. A call that releases a hold may run a disposer, inside it, and the disposer may call everything in this file,
// for the same slot too. The following holds for all calls of the worker:
//
//   - The outermost call releases what is left in `drop` while its disposers run; calls inside them leave it there. So no
//     call of this file recurses, but protect_same. (Other calls of a disposer may recurse: it drops a last user, ends a
//     temporary_activation, collects, moves another slot. As with std::shared_ptr, only a chain of such disposers nests
//     deeply.)
//   - When the call returns, its postcondition holds, whatever its disposers did to the slot. The slot is on the object
//     (activate, protect, protect_again), on no object (deactivate), on the same object as before (poll), on none that it
//     keeps alive (park). try_protect returns whether it is on the object.
//   - One thing is forbidden: to give the slot to another worker inside activate, protect, try_protect, protect_again or
//     protect_same, as they could not establish their postcondition. To give it away inside the other calls, call `vacate`.
//     A look after the disposer finds both, in all builds; the forbidden one calls the fatal hook.
//
// Sources: "mm, sched: Rework lazy mm handling" (Linux kernel list, January 2022, patch 16 of 23, Lutomirski) for the two
// words and the batched holds; M. M. Michael, "Hazard Pointers" (IEEE TPDS 15(6), 2004) for protection. Exchange and carry,
// and parking, are this library's.
#include "config.hpp"

#ifndef LAZYREF_SLOT_HPP
#define LAZYREF_SLOT_HPP

#include <cstddef>
#include <cstdint>

#include "detail/slot/drain.hpp"
#include "detail/slot/slot_words.hpp"

LAZYREF_BEGIN_NAMESPACE

// The struct `slot` (one cache line: the object in use, and a hold to release) and `reclaim` stand in
// detail/slot/slot_words.hpp.
//
// Holds, the first argument of the templates here and in reclaimer.hpp, is a class of the program, by which they reach its
// count of holds:
//
//   struct Holds {
//     // Takes n more holds of the object. Relaxed is sufficient: the caller has one already.
//     static void take(T* object, std::size_t n) noexcept;
//     // Drops n holds, acq_rel. The call that drops the last one disposes of the object.
//     static void give_up(T* object, std::size_t n) noexcept;
//   };
//
// T is that of the slot. Workers and reclaimers call both functions, in any thread and at the same time, with n >= 1;
// neither may throw. The disposer that `give_up` runs may call anything in this file, also for the same slot: see
// "Disposers" above. Nothing here is async-signal-safe. examples/embedded.cpp has such a class.

LAZYREF_DETAIL_BEGIN_UNIT

// --- the worker's side

// Purpose: use `object` through the slot, until the slot's next move.
// Preconditions: the calling thread is the slot's worker; a user of `object` exists, the caller's own or one whose release
//   happens after this call returns. After that, this user may be dropped. An object that was parked in the slot is left.
// Returns true if the slot was on `object` already.
// Ordering: none for the caller; see I1 and I2. Progress: wait-free, except for a disposer that it may run (as every move
//   may: see "Disposers" above), and for one retry per reclaimer that concurrently hands an object over to this slot.
// Cost: one store; prompt adds a light fence. No read-modify-write unless there is a hold to release.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_ALWAYS_INLINE inline bool activate(slot<T, Sync, R>& s, T* object) noexcept {
  using holds = detail::holds_of<Holds, T>;
  // Relaxed: the worker's own word. The slot's object cannot have been freed, so the same address is the same object.
  if (s.lazy.load(std::memory_order_relaxed) == object) return detail::glance<holds, true>(s, object);
  // (W1) release, pairs with R1 and R2; I1, I2: uses through the slot until now happen before what follows a load of this.
  return detail::move_to<holds>(s, object, Sync::orders.slot_set);
}

// Purpose: stop using the slot's object. Preconditions, progress, cost: as `activate`.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_ALWAYS_INLINE inline void deactivate(slot<T, Sync, R>& s) noexcept {
  using holds = detail::holds_of<Holds, T>;
  // (W2) release, pairs with R1 and R2; I2: every use through the slot happens before the disposal.
  detail::move_to<holds>(s, static_cast<T*>(nullptr), Sync::orders.slot_clear);
}

// Purpose: give the slot away: as `deactivate`, and the worker's calls that are running disposers learn that the slot is no
//   longer theirs. Needed inside disposers only. Cost: as `deactivate`, and a store.
template <class Holds, class T, class Sync, reclaim R>
inline void vacate(slot<T, Sync, R>& s) noexcept {
  using holds = detail::holds_of<Holds, T>;
  detail::leave<holds>(s);
  s.note.store(0, std::memory_order_relaxed);  // Relaxed: the worker's own word.
}

// Purpose: release a hold that was left in the slot, without a move. For workers that stay on one object for long, and for
//   idle ones. Precondition: the calling thread is the slot's worker. Cost: one load if there is no hold.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_ALWAYS_INLINE inline void poll(slot<T, Sync, R>& s) noexcept {
  using holds = detail::holds_of<Holds, T>;
  // Relaxed: a glance; W4 takes it.
  if (detail::is_rare(detail::is_object(s.drop.load(std::memory_order_relaxed)))) detail::poll_slowly<holds>(s);
}

// Purpose: keep the object only until its last user is dropped. The worker must not use it until `resume` returns it. (With
//   reclaim::deferred, if a reclaimer found the slot on the object just before this call, the object may stay until the
//   slot's next move, or `collect`; see I5.)
// Preconditions: the calling thread is the slot's worker. No effect if the slot is on no object, or parked already.
// Ordering, progress, cost: as `deactivate`.
template <class Holds, class T, class Sync, reclaim R>
inline void park(slot<T, Sync, R>& s) noexcept {
  using holds = detail::holds_of<Holds, T>;
  static_assert(alignof(T) >= 2,
                "lazyref: parking needs the low bit of an object's address; align objects to 2 bytes or more");
  T* const word = s.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word, if it is not parked.
  if (word == nullptr || detail::is_parked(word)) return lazyref::poll<Holds>(s);
  // (W5) release, pairs with R1, R2 and R8; I2: uses until now happen before the disposal.
  s.lazy.store(detail::parked(word), Sync::orders.slot_park);
  if constexpr (R == reclaim::prompt) s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  if (detail::is_rare(detail::needs_a_look(s))) detail::settle_park<holds>(s);
}

// Purpose: use the parked object again. Precondition: the calling thread is the slot's worker.
// Returns the object, or null: a reclaimer has taken it back, or no object was parked. Progress: wait-free. Cost: one
//   compare-and-swap.
template <class T, class Sync, reclaim R>
inline T* resume(slot<T, Sync, R>& s) noexcept {
  // Relaxed, all of it: it takes the object or fails, and what the worker knows of it is its own past. As a
  // read-modify-write it continues the release sequence of W5 for R1 and R2; a plain store could come too late.
  T* word = s.lazy.load(std::memory_order_relaxed);
  if (!detail::is_parked(word)) return nullptr;
  T* const object = detail::object_of(word);
  return s.lazy.compare_exchange_strong(word, object, std::memory_order_relaxed, std::memory_order_relaxed) ? object
                                                                                                            : nullptr;
}

// Purpose: use the object that `source` points to, until the slot's next move, if `source` still points to it; `object` is
//   the value that the caller has read from `source`.
// Preconditions: the calling thread is the slot's worker. A thread that unpublishes an object (no such pointer leads to it
//   any more) and drops its last user executes a heavy fence, asymmetric_thread_fence_heavy, between that and
//   last_user_left or last_users_left (reclaimer.hpp); one fence serves any number of objects. No scan finds slots by marks
//   on the object (candidates::tracked): before the second load the object must not be accessed, and after it the mark
//   comes too late.
// Returns whether it does. If not, the slot is on no object, and `object` is the value that `source` has now. Null counts
//   as an object that needs no protection.
// Ordering: an acquire load of `source`. Progress: wait-free, as `activate`. Cost: a store, a light fence, a load.
// `source` is a Sync::atomic<U*>; U is T or derived from it. Or it is an atomic of another type that can be compared, as a
// marked pointer: `project` returns the object that a value leads to, and the whole value must be the same at the second
// load.
// Source: [saferecl.hp.holder.mem].
template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class V,
          class Project = detail::as_it_is>
inline bool try_protect(slot<T, Sync, R>& s, V& value, const Atomic<V>& source, const Project& project = {}) noexcept {
  using holds = detail::holds_of<Holds, T>;
  static_assert(detail::is_projection<T, V, Project>,
                "lazyref: protect needs a pointer to the slot's type, or to a type derived from it, not virtually");
  const V seen = value;
  // (P1) release, pairs with R1 and R2; I1, I2.
  s.lazy.store(detail::word_of<T>(project(seen)), Sync::orders.protect_set);
  s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
  // (P3) acquire, pairs with the program's publication. Not `seen` again: the compiler may substitute one for the other.
  value = source.load(Sync::orders.protect_check);
  // Relaxed: a glance; W4 takes it.
  const T* const dropped = s.drop.load(std::memory_order_relaxed);
  // One branch for three questions: is the value unchanged, is there no hold to release, was the light fence one?
  if (detail::is_likely((detail::difference(value, seen) | detail::needs_attention<Sync>(dropped)) == 0)) return true;
  value = detail::try_protect_slowly<holds>(s, source, seen, value, project);
  return value == seen;
}

// Purpose: the same, until it succeeds. Returns the value of `source`: the object, or null. Progress: lock-free: it retries
//   if another thread has changed `source`.
template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class V,
          class Project = detail::as_it_is>
LAZYREF_DETAIL_ALWAYS_INLINE inline V protect(slot<T, Sync, R>& s, const Atomic<V>& source,
                                              const Project& project = {}) noexcept {
  using holds = detail::holds_of<Holds, T>;
  static_assert(detail::is_projection<T, V, Project>,
                "lazyref: protect needs a pointer to the slot's type, or to a type derived from it, not virtually");
  // Relaxed: loaded again.
  const V seen = source.load(std::memory_order_relaxed);
  // (P1) release, pairs with R1 and R2; I1, I2.
  s.lazy.store(detail::word_of<T>(project(seen)), Sync::orders.protect_set);
  s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
  // (P3) acquire, pairs with the program's publication.
  const V value = source.load(Sync::orders.protect_check);
  // Relaxed: a glance; W4 takes it.
  const T* const dropped = s.drop.load(std::memory_order_relaxed);
  // One branch for three questions: is the value unchanged, is there no hold to release, was the light fence one?
  if (detail::is_likely((detail::difference(value, seen) | detail::needs_attention<Sync>(dropped)) == 0)) return value;
  return detail::protect_slowly<holds, false>(s, source, seen, value, project);
}

// Purpose: the first half of try_protect, for callers that validate their shared pointer themselves, after this call, with
//   an acquire load. Preconditions, progress: as try_protect. Cost: a store and a light fence.
// It does not extend another slot's protection of the object: if the object is retired already, no later scan looks for it;
// see protect_same.
template <class Holds, class T, class Sync, reclaim R>
inline void protect_again(slot<T, Sync, R>& s, T* object) noexcept {
  using holds = detail::holds_of<Holds, T>;
  do {
    // (P1) release, pairs with R1 and R2; I1, I2.
    s.lazy.store(object, Sync::orders.protect_set);
    s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
    // Relaxed: a glance; W4 takes it.
    if (detail::is_likely(detail::needs_attention<Sync>(s.drop.load(std::memory_order_relaxed)) == 0)) return;
  } while (detail::must_protect_again<holds>(s, object));
}

// Purpose: use the object of another slot through this one, too, until this slot's next move; also if its last user has
//   been dropped.
// Preconditions: the calling thread is the worker of both slots; until this returns, the other slot is on `object`, and the
//   caller may use it. Progress: wait-free, as `activate`; it may recurse, through disposers. Cost: a read-modify-write on
//   the object's holds, and an exchange.
template <class Holds, class T, class Sync, reclaim R>
inline void protect_same(slot<T, Sync, R>& s, T* object) noexcept {
  using holds = detail::holds_of<Holds, T>;
  if (object == nullptr) return lazyref::deactivate<Holds>(s);
  holds::take(object, 1);  // The other slot is on it, so it has a user or a hold.
  if (detail::is_rare(detail::move_with_hold<holds>(s, object) == detail::gave_up::slot_too)) detail::given_away();
}

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_SLOT_HPP
