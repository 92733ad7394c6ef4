// SPDX-License-Identifier: BSL-1.0
//
// The embedded layer: a lazy reference as a plain struct and free functions, for runtimes that have worker records,
// reference counts and allocators of their own. Everything else in lazyref is built on this file, the worker's side,
// and on reclaimer.hpp, the other one.
//
// The protocol. A worker uses an object through its slot without counting. When the object's last user goes, whoever
// dropped it (the reclaimer) looks through the slots. Where a worker is still on the object, it leaves a hold in the
// slot's `drop` word, and the worker gives that hold up when it next moves. Nobody waits for anybody.
//
//   users   strong count: the contents live while it is > 0; it never rises again from 0
//   holds   storage count: the memory lives while it is > 0; all users together own one hold
//   worker  whoever may write the slot's `lazy` word now; at most one at a time, with happens-before from one to
//           the next
//
// There are two ways onto an object, and one off it for a while:
//
//   activate  the caller has a user of it; one store, no fence
//   protect   it is reached through a shared pointer; a store, a light fence and a second look at that pointer. Whoever
//             unpublishes it runs a heavy fence before the scan
//   park      the worker goes idle and may come back (resume): it keeps the object only as long as nobody wants it gone
//
//   I1  users reach 0 once. Each activation is sequenced before the release of the user that covered it, and those
//       releases are acquired by the last one: when the reclaimer scans, every activation is in its past, so its loads
//       cannot miss one (coherence). A protection has no user: its light fence (between the set and the second look)
//       and the reclaimer's heavy one (between the unpublishing and the scan) are a store-buffering pair: either the
//       worker finds the pointer changed, and does not use the object, or the scan finds the slot.
//   I2  Only the worker writes `lazy`, always with release. A reclaimer that reads anything but x after I1 knows that
//       the worker has left x, that its uses of x happen before, and that it never comes back to use x. Also the store
//       that *sets* the word is a release: in C++20 only read-modify-writes continue a release sequence, so a relaxed
//       set would cut the one that the clear began. One exception: a parked word is a reclaimer's for the taking. It
//       goes by compare-and-swap to null, as it comes back by compare-and-swap: one of the two gets the object. (A
//       protection may show x for a moment after the scan, and then not use it: what is handed over for it is a hold
//       in the wrong place, which the next move gives up.)
//   I3  What stands in `drop` carries exactly one hold, and an exchange moves the pointer with its hold. So what is
//       carried cannot be freed, its address cannot be reused, and no version tag is needed. Nobody but the worker
//       compares and swaps `drop`: that was the use after free in the kernel proposal of January 2022 (a scanner's swap
//       succeeds on a reused address).
//   I4  At most one object per slot is retained, plus what running calls have in hand: two for a reclaimer (its own, or
//       its group, and the one that it carries), one for a worker that is giving one up. Nobody waits, nobody
//       allocates.
//   I5  With reclaim::prompt, the worker's light fence (between its move and its look at `drop`) and the reclaimer's
//       heavy fence (between its hand-over and its second look at `lazy`) are a store-buffering pair: the worker sees
//       the hold, or the reclaimer sees that the worker has left, and takes it back. With reclaim::deferred there is no
//       fence, and an object that was handed over in that window stays until the slot's next move: bounded space,
//       unbounded time.
//
// Objects stand at even addresses; the low bit of `lazy` says that its object is parked. A light fence is no instruction,
// where that is enough (fence.hpp). Until the worker has found out that it is, `drop` rests at a mark instead of null; the
// fast paths look at `drop` anyway, and go the slow way then, which makes a full fence and looks again.
//
// Disposers. A call that gives up a hold may run a disposer, inside it, and the disposer may use everything in this file,
// for the same slot too. One rule says what then holds, for all calls of the worker:
//
//   - The outermost call gives up what is left in `drop` while its disposers run; theirs leave it there. So no call of
//     this file recurses, but protect_same. (What a disposer does elsewhere may: it drops a last user, ends a
//     temporary_activation, collects, moves a slot of its own; as with std::shared_ptr, it takes a chain of such disposers
//     to get deep.)
//   - When it returns, it has done what it promises, whatever its disposers did to the slot: the slot is on the object
//     (activate, protect, protect_again), on none (deactivate), on what it was on (poll), on nothing that it would keep
//     (park). try_protect says whether it is.
//   - One thing is forbidden: to give the slot to another worker inside activate, protect, try_protect, protect_again or
//     protect_same, which could not keep their promise. Who gives it away inside the others calls `vacate` for it. Both
//     are found by a look after the disposer, in all builds, and the first calls the fatal hook.
//
// Sources: "mm, sched: Rework lazy mm handling" (Linux kernel list, January 2022, patch 16 of 23, Lutomirski) for the
// two words and the batched holds; M. M. Michael, "Hazard Pointers" (IEEE TPDS 15(6), 2004) for protection. Exchange
// and carry, and parking, are this library's.
#include "config.hpp"

#ifndef LAZYREF_SLOT_HPP
#define LAZYREF_SLOT_HPP

#include <cstddef>
#include <cstdint>

#include "detail/drain.hpp"
#include "detail/slot_words.hpp"

LAZYREF_BEGIN_NAMESPACE

// The struct `slot` (one cache line: what the worker uses, and a hold that it is to give up), `reclaim`, and the traits
// class Holds, by which these functions reach the user's reference count: detail/slot_words.hpp.

LAZYREF_DETAIL_BEGIN_UNIT

// --- the worker's side

// Purpose: use `object` through the slot, from now until the slot moves on.
// Preconditions: the caller is the slot's worker; a user of `object` exists, the caller's own or one whose release
//   happens after this call returns. From then on that user may go. What was parked in the slot is left.
// Returns true if the slot was on `object` already.
// Ordering: none is given to the caller; see I1 and I2. Progress: wait-free, but for the disposer that it may run (as
//   every move may: see "Disposers" above), and for a retry per reclaimer that hands something over to this slot
//   meanwhile.
// Cost: one store; prompt adds a light fence. No read-modify-write unless there is something to give up.
template <class Holds, class T, class Sync, reclaim R>
inline bool activate(slot<T, Sync, R>& s, T* object) noexcept {
  // Relaxed: the worker's own word. What the slot is on cannot have been freed, so the same address is the same object.
  if (s.lazy.load(std::memory_order_relaxed) == object) return detail::glance<Holds, true>(s, object);
  // (W1) release, pairs with R1 and R2; I1, I2: what was used through the slot until now happens before whoever reads
  // this.
  return detail::move_to<Holds>(s, object, Sync::orders.slot_set);
}

// Purpose: stop using whatever the slot is on. Preconditions, progress, cost: as `activate`.
template <class Holds, class T, class Sync, reclaim R>
inline void deactivate(slot<T, Sync, R>& s) noexcept {
  // (W2) release, pairs with R1 and R2; I2: every use through the slot happens before the disposal.
  detail::move_to<Holds>(s, static_cast<T*>(nullptr), Sync::orders.slot_clear);
}

// Purpose: the worker gives the slot away: `deactivate`, and calls of this worker that are running disposers learn that
//   it is not theirs any more. Not needed outside of disposers. Cost: as `deactivate`, and a store.
template <class Holds, class T, class Sync, reclaim R>
inline void vacate(slot<T, Sync, R>& s) noexcept {
  detail::leave<Holds>(s);
  s.note.store(0, std::memory_order_relaxed);  // Relaxed: the worker's own word.
}

// Purpose: give up a hold that was left in the slot, without moving. For workers that stay on one object for long, and
//   for those that are idle. Precondition: the caller is the slot's worker. Cost: one load where there is nothing.
template <class Holds, class T, class Sync, reclaim R>
inline void poll(slot<T, Sync, R>& s) noexcept {
  // Relaxed: a glance; W4 takes it.
  if (detail::is_rare(detail::is_object(s.drop.load(std::memory_order_relaxed)))) detail::poll_slowly<Holds>(s);
}

// Purpose: keep the object only as long as nobody wants it gone. The worker must not use it until `resume` returns it.
//   (With reclaim::deferred, a hand-over that found the slot on the object just before this keeps it until the slot's
//   next move, or `collect`; see I5.)
// Preconditions: the caller is the slot's worker. Nothing happens if the slot is on nothing, or parked already.
// Ordering, progress, cost: as `deactivate`.
template <class Holds, class T, class Sync, reclaim R>
inline void park(slot<T, Sync, R>& s) noexcept {
  static_assert(alignof(T) >= 2, "lazyref: parking needs the low bit of the address");
  T* const word = s.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word, if it is not parked.
  if (word == nullptr || detail::is_parked(word)) return lazyref::poll<Holds>(s);
  // (W5) release, pairs with R1, R2 and R8; I2: uses until now happen before the disposal.
  s.lazy.store(detail::parked(word), Sync::orders.slot_park);
  if constexpr (R == reclaim::prompt) s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  if (detail::is_rare(detail::needs_a_look(s))) detail::settle_park<Holds>(s);
}

// Purpose: use again what was parked. Precondition: the caller is the slot's worker.
// Returns the object, or null: a reclaimer has taken it back, or nothing was parked. Progress: wait-free. Cost: one
//   compare-and-swap.
template <class T, class Sync, reclaim R>
inline T* resume(slot<T, Sync, R>& s) noexcept {
  // Relaxed, all of it: the object is taken with it, or not at all, and what the worker knew of it, it knows. As a
  // read-modify-write it continues the release sequence of W5 for R1 and R2; a plain store could come too late.
  T* word = s.lazy.load(std::memory_order_relaxed);
  if (!detail::is_parked(word)) return nullptr;
  T* const object = detail::object_of(word);
  return s.lazy.compare_exchange_strong(word, object, std::memory_order_relaxed, std::memory_order_relaxed) ? object
                                                                                                            : nullptr;
}

// Purpose: use whatever `source` points to, from now until the slot moves on, if it still does; `object` is what the
//   caller has read from there.
// Preconditions: the caller is the slot's worker. Whoever unpublishes an object (no such pointer leads to it any more)
//   and drops its last user runs a heavy fence, asymmetric_thread_fence_heavy, between that and last_user_left or
//   last_users_left (reclaimer.hpp); one fence serves any number of objects. The objects of the slot are not looked
//   for by marks of their own (candidates::tracked): before the second look the object must not be touched, after it
//   the mark comes too late.
// Returns whether it does. If not, the slot is on nothing, and `object` is what `source` points to now. Null counts as
//   an object that needs no protection.
// Ordering: an acquire load of `source`. Progress: wait-free, as `activate`. Cost: a store, a light fence, a load.
// `source` is a Sync::atomic<U*>; U is T or derived from it. Or it is an atomic of something else that can be compared, as
//   a pointer with marks, and `project` tells which object that leads to; all of it must be the same at the second look.
// Source: [saferecl.hp.holder.mem].
template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class V,
          class Project = detail::as_it_is>
inline bool try_protect(slot<T, Sync, R>& s, V& value, const Atomic<V>& source, const Project& project = {}) noexcept {
  static_assert(detail::is_projection<T, V, Project>,
                "lazyref: protect needs the slot's type, or one derived from it, not virtually");
  const V seen = value;
  // (P1) release, pairs with R1 and R2; I1, I2.
  s.lazy.store(detail::word_of<T>(project(seen)), Sync::orders.protect_set);
  s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
  // (P3) acquire, pairs with the program's publication. Not the pointer of before: the compiler may take one for the
  // other.
  value = source.load(Sync::orders.protect_check);
  // Relaxed: a glance; W4 takes it.
  const T* const dropped = s.drop.load(std::memory_order_relaxed);
  // One branch for all questions: is it the same, is there nothing to give up, was that a fence?
  if (detail::is_likely((detail::difference(value, seen) | detail::needs_attention<Sync>(dropped)) == 0)) return true;
  value = detail::try_protect_slowly<Holds>(s, source, seen, value, project);
  return value == seen;
}

// Purpose: the same, until it succeeds; returns what `source` holds: the object, or null. Progress: lock-free: tried again
//   when somebody has changed `source`.
template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class V,
          class Project = detail::as_it_is>
inline V protect(slot<T, Sync, R>& s, const Atomic<V>& source, const Project& project = {}) noexcept {
  static_assert(detail::is_projection<T, V, Project>,
                "lazyref: protect needs the slot's type, or one derived from it, not virtually");
  // Relaxed: looked at again.
  const V seen = source.load(std::memory_order_relaxed);
  // (P1) release, pairs with R1 and R2; I1, I2.
  s.lazy.store(detail::word_of<T>(project(seen)), Sync::orders.protect_set);
  s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
  // (P3) acquire, pairs with the program's publication.
  const V value = source.load(Sync::orders.protect_check);
  // Relaxed: a glance; W4 takes it.
  const T* const dropped = s.drop.load(std::memory_order_relaxed);
  // One branch for all questions: is it the same, is there nothing to give up, was that a fence?
  if (detail::is_likely((detail::difference(value, seen) | detail::needs_attention<Sync>(dropped)) == 0)) return value;
  return detail::protect_slowly<Holds, false>(s, source, seen, value, project);
}

// Purpose: the first half of try_protect, for callers that look at their shared pointer themselves, after this, with an
//   acquire load. Preconditions, progress: as try_protect. Cost: a store and a light fence.
// It protects nothing that another slot of the caller protects: an object that is retired already is not looked for again;
//   see protect_same.
template <class Holds, class T, class Sync, reclaim R>
inline void protect_again(slot<T, Sync, R>& s, T* object) noexcept {
  do {
    // (P1) release, pairs with R1 and R2; I1, I2.
    s.lazy.store(object, Sync::orders.protect_set);
    s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
    // Relaxed: a glance; W4 takes it.
    if (detail::is_likely(detail::needs_attention<Sync>(s.drop.load(std::memory_order_relaxed)) == 0)) return;
  } while (detail::must_protect_again<Holds>(s, object));
}

// Purpose: use what another slot is on, too, until this slot moves on; also if its last user is gone by now.
// Preconditions: the caller is the worker of both, and the other one is on `object`, which it may use, until this returns.
//   Progress: wait-free, as `activate`; it may recurse, by way of disposers. Cost: a read-modify-write on the object's holds,
//   and an exchange.
template <class Holds, class T, class Sync, reclaim R>
inline void protect_same(slot<T, Sync, R>& s, T* object) noexcept {
  if (object == nullptr) return lazyref::deactivate<Holds>(s);
  Holds::take(object, 1);  // The other slot is on it, so it has a user or a hold.
  if (detail::is_rare(detail::move_with_hold<Holds>(s, object) == detail::gave_up::slot_too)) detail::given_away();
}

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_SLOT_HPP
