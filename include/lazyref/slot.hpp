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
// Objects stand at even addresses; the low bit of `lazy` says that its object is parked.
//
// Disposers. A call that gives up a hold may run a disposer, inside it, and the disposer may use everything in this file,
// for the same slot too. One rule says what then holds, for all calls of the worker:
//
//   - The outermost call gives up what is left in `drop` while its disposers run; theirs leave it there. So no call of
//     this file recurses. (What a disposer does elsewhere may: it drops a last user, ends a temporary_activation, flushes,
//     collects, moves a slot of its own; as with std::shared_ptr, it takes a chain of such disposers to get deep.)
//   - When it returns, it has done what it promises, whatever its disposers did to the slot: the slot is on the object
//     (activate, protect, protect_again), on none (deactivate), on what it was on (poll), on nothing that it would keep
//     (park). try_protect says whether it is.
//   - One thing is forbidden: to give the slot to another worker inside activate, protect, try_protect, protect_again,
//     which could not keep their promise. Who gives it away inside the others calls `vacate` for it. Both are found by a
//     look after the disposer, in all builds, and the first calls the fatal hook.
//
// Sources: "mm, sched: Rework lazy mm handling" (Linux kernel list, January 2022, patch 16 of 23, Lutomirski) for the
// two words and the batched holds; M. M. Michael, "Hazard Pointers" (IEEE TPDS 15(6), 2004) for protection. Exchange
// and carry, and parking, are this library's.
#include "config.hpp"

#ifndef LAZYREF_SLOT_HPP
#define LAZYREF_SLOT_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "detail/no_cancellation.hpp"
#include "sync.hpp"

LAZYREF_BEGIN_NAMESPACE

// When a handed-over object is given up at the latest; see I5.
enum class reclaim : unsigned char {
  deferred,  // at the slot's next move; no fence anywhere
  prompt     // at once, if the worker has left; a light fence per move, a heavy fence per hand-over
};

// A lazy reference. One cache line; must stay where it is while any reclaimer may look at it. When its objects are
// reclaimed is part of its type, so that its worker and its reclaimers cannot disagree.
template <class T, class Sync = std_sync, reclaim R = reclaim::deferred>
struct alignas(cache_line) slot {
  typename Sync::template atomic<T*> lazy{nullptr};  // what the worker uses; written by the worker, unless parked
  typename Sync::template atomic<T*> drop{nullptr};  // a hold that the worker is to give up, or null
  typename Sync::slot_fence fence;                   // the worker's light fence

  // The worker's own, for whoever manages the slot; odd while one of the worker's calls runs a disposer.
  typename Sync::template atomic<std::uintptr_t> note{0};
};

// The user's reference count, as the functions below need it:
//
//   struct Holds {
//     // n more holds. Relaxed will do: the caller has one already.
//     static void take(T* object, std::size_t n) noexcept;
//     // n holds less, acq_rel. Whoever gives up the last one disposes.
//     static void give_up(T* object, std::size_t n) noexcept;
//   };
//
// `give_up` runs the disposer, which may call anything in this file, also for the same slot: see "Disposers" above.
// Nothing here is async-signal-safe.

namespace detail {

// A parked object's word. Parking needs a bit that addresses do not use.
template <class T>
T* parked(T* object) noexcept {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(object) | 1);
}
template <class T>
bool is_parked(T* word) noexcept {
  return (reinterpret_cast<std::uintptr_t>(word) & 1) != 0;
}
// The object that a word is about, parked or not.
template <class T>
T* object_of(T* word) noexcept {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(word) & ~std::uintptr_t{1});
}

// Can a U be told from its T by address alone? Not through a virtual base: that would look into the object, which may
// be gone.
template <class T, class U, class = void>
inline constexpr bool is_plain_base = false;
template <class T, class U>
inline constexpr bool is_plain_base<T, U, std::void_t<decltype(static_cast<U*>(std::declval<T*>()))>> =
    std::is_convertible_v<std::remove_cv_t<U>*, T*>;

// What stands in the slot for an object that its user may only read.
template <class T, class U>
T* word_of(U* object) noexcept {
  return const_cast<std::remove_cv_t<U>*>(object);
}

LAZYREF_BEGIN_PER_UNIT

// What became of a slot in a call that gave something up.
enum class gave_up : unsigned char {
  quietly,   // no disposer has run
  disposed,  // one has: the slot may have been moved
  slot_too   // and the slot is not this worker's any more: it must not be touched
};

// Is this a call of a disposer that one of the worker's calls runs? Then it is left to that one to look again.
template <class T, class Sync, reclaim R>
inline bool leave_to_outermost(slot<T, Sync, R>& s) noexcept {
  const std::uintptr_t note = s.note.load(std::memory_order_relaxed);  // Relaxed, both: the worker's own word.
  if ((note & 1) == 0) return false;
  s.note.store(note | 2, std::memory_order_relaxed);
  return true;
}

// Runs a disposer. `look_again`: whether its calls have left something to this one.
template <class T, class Sync, reclaim R, class Disposal>
[[gnu::__noinline__, gnu::__cold__]] gave_up run_inside(slot<T, Sync, R>& s, bool& look_again,
                                                        Disposal disposal) noexcept {
  // A number that no other running call has, that of its own frame; odd.
  const std::uintptr_t here = 0;
  const std::uintptr_t mine = reinterpret_cast<std::uintptr_t>(&here) | 1;
  // Relaxed, all: the worker's own word. If it is somebody else's by then, it is not `mine`: see `vacate`.
  const std::uintptr_t before = s.note.load(std::memory_order_relaxed);
  s.note.store(mine, std::memory_order_relaxed);
  const no_cancellation scope;
  disposal();
  const std::uintptr_t after = s.note.load(std::memory_order_relaxed);  // Relaxed, both: as above.
  look_again = after == (mine | 2);
  if (after != mine && !look_again) return gave_up::slot_too;
  s.note.store(look_again && (before & 1) != 0 ? before | 2 : before, std::memory_order_relaxed);
  return gave_up::disposed;
}

// Does Holds tell when a disposer runs? (Those of this library do.)
struct any_runner {
  template <class Disposal>
  void operator()(Disposal&&) const noexcept {}
};
template <class Holds, class T, class = void>
inline constexpr bool tells_disposal = false;
template <class Holds, class T>
inline constexpr bool
    tells_disposal<Holds, T, std::void_t<decltype(Holds::give_up(std::declval<T*>(), 1, any_runner{}))>> = true;

// Gives up a hold of `dropped`, which is the caller's. If that runs a disposer, and `stays` is not null, the slot is on
// `stays` before and after it: a hold covers the time in between. `dropped` is what came out of the slot for that, or null.
template <class Holds, class T, class Sync, reclaim R>
inline gave_up give_up_inside(slot<T, Sync, R>& s, T*& dropped, T* stays, bool& look_again) noexcept {
  gave_up result = gave_up::quietly;
  T* const given = std::exchange(dropped, nullptr);
  const auto run = [&](auto&& disposal) {
    if (stays != nullptr) Holds::take(stays, 1);  // The slot is on it, so it has a user or a hold.
    result = detail::run_inside(s, look_again, disposal);
    if (stays == nullptr) return;
    // Relaxed: the worker's own word.
    if (result == gave_up::disposed && s.lazy.load(std::memory_order_relaxed) != stays) {
      // (W7) release, pairs with R1 and R2; I1, I2. Our hold covers this activation.
      s.lazy.store(stays, Sync::orders.slot_restore);
      // (R3) acq_rel, pairs with W4, R5 and itself; I3: our hold stays in the slot, as a reclaimer's.
      dropped = s.drop.exchange(stays, Sync::orders.carry_swap);
      if (dropped != stays) return;
      dropped = nullptr;
    }
    Holds::give_up(stays, 1);
  };
  if constexpr (tells_disposal<Holds, T>) {
    Holds::give_up(given, 1, run);
  } else {
    run([given] { Holds::give_up(given, 1); });
  }
  return result;
}

// Gives up `dropped`, which was taken out of the slot, if it is not null, and what is left in the slot and not in use
// there. If `stays` is not null, the slot is on it, and is so in the end.
template <class Holds, class T, class Sync, reclaim R>
[[gnu::__noinline__]] gave_up drain(slot<T, Sync, R>& s, T* stays, T* dropped = nullptr) noexcept {
  gave_up result = gave_up::quietly;
  for (bool look_again = true; look_again || dropped != nullptr;) {
    if (dropped == nullptr) {
      look_again = false;
      // Relaxed, both: compared and not followed; W4 takes it, and `lazy` is the worker's own word. What is in use stays.
      dropped = s.drop.load(std::memory_order_relaxed);
      T* const word = s.lazy.load(std::memory_order_relaxed);
      if (dropped == nullptr || dropped == word || detail::leave_to_outermost(s)) return result;
      // What is parked must not be left to be resumed when its hold is gone.
      // (W6) release, pairs with R1 and R2; I2. A reclaimer that takes it at the same time stores the same.
      if (word == detail::parked(dropped)) s.lazy.store(nullptr, Sync::orders.slot_unpark);
      // The slot's worker is the only one who may compare: it is not on what it takes, whatever stands there by now. Once
      // for each reclaimer that exchanges it meanwhile this fails, relaxed, and is tried again.
      // (W4) acquire, pairs with R3; I3: the hold was taken, and the last user gone, before it was left here.
      if (!s.drop.compare_exchange_strong(dropped, nullptr, Sync::orders.drain_take, std::memory_order_relaxed)) {
        look_again = true;
        dropped = nullptr;
        continue;
      }
    }
    const gave_up now = detail::give_up_inside<Holds>(s, dropped, stays, look_again);
    if (now == gave_up::slot_too) return now;
    if (now == gave_up::disposed) result = now;
  }
  return result;
}

[[noreturn, gnu::__cold__, gnu::__noinline__]] inline void given_away() noexcept {
  detail::call_fatal_hook(
      "a disposer that ran inside activate, protect, try_protect or reset_protection(pointer) gave away the slot, or "
      "the hazard pointer, of that call (detached or destroyed it): the call cannot keep its promise; let disposers "
      "use "
      "a slot of their own");
}

// `lazy` was just set by this worker's call: after this the slot is on `object`, and nothing is left to give up. Null: or
// it is not this worker's any more.
template <class Holds, bool Result, class T, class Sync, reclaim R>
[[gnu::__noinline__]] bool settle(slot<T, Sync, R>& s, T* object) noexcept {
  for (;;) {
    const gave_up how = detail::drain<Holds>(s, object);
    if (object != nullptr) {
      if (how == gave_up::slot_too) detail::given_away();
      return Result;
    }
    // Relaxed: the worker's own word.
    if (how != gave_up::disposed || s.lazy.load(std::memory_order_relaxed) == nullptr) return Result;
    // A disposer has moved the slot.
    // (W2) release, pairs with R1 and R2; I2.
    s.lazy.store(nullptr, Sync::orders.slot_clear);
    if constexpr (R == reclaim::prompt) s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  }
}

// Is there something to give up? Returns `Result`, so that a caller can end in a jump and needs no frame for it.
template <class Holds, bool Result, class T, class Sync, reclaim R>
inline bool glance(slot<T, Sync, R>& s, T* object) noexcept {
  // Relaxed: a glance; W4 takes it.
  return detail::is_rare(s.drop.load(std::memory_order_relaxed) != nullptr) ? detail::settle<Holds, Result>(s, object)
                                                                            : Result;
}

template <class Holds, class T, class Sync, reclaim R>
inline bool move_to(slot<T, Sync, R>& s, T* object, std::memory_order order) noexcept {
  s.lazy.store(object, order);  // (W1) from activate, (W2) from deactivate
  if constexpr (R == reclaim::prompt) s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  return detail::glance<Holds, false>(s, object);
}

// Park and poll, where there is something and the slot is parked: so it stays, whatever a disposer leaves it on.
template <class Holds, class T, class Sync, reclaim R>
[[gnu::__noinline__, gnu::__cold__]] void park_slowly(slot<T, Sync, R>& s) noexcept {
  for (;;) {
    if (detail::drain<Holds>(s, static_cast<T*>(nullptr)) != gave_up::disposed) return;
    T* const word = s.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
    if (word == nullptr || detail::is_parked(word)) return;
    // (W5) release, pairs with R1, R2 and R8; I2: uses until now happen before the disposal.
    s.lazy.store(detail::parked(word), Sync::orders.slot_park);
    if constexpr (R == reclaim::prompt) s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  }
}

// The worker's last move: calls of it that run disposers learn that the slot is not theirs any more.
template <class Holds, class T, class Sync, reclaim R>
[[gnu::__noinline__, gnu::__cold__]] void leave_slowly(slot<T, Sync, R>& s) noexcept {
  s.note.store(0, std::memory_order_relaxed);  // Relaxed: the worker's own word.
  detail::settle<Holds, false>(s, static_cast<T*>(nullptr));
}

// Leaves a slot whose manager writes `note` after this.
template <class Holds, class T, class Sync, reclaim R>
inline void leave(slot<T, Sync, R>& s) noexcept {
  // (W2) release, pairs with R1 and R2; I2: every use through the slot happens before the disposal.
  s.lazy.store(nullptr, Sync::orders.slot_clear);
  if constexpr (R == reclaim::prompt) s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  // Relaxed: a glance; W4 takes it.
  if (detail::is_rare(s.drop.load(std::memory_order_relaxed) != nullptr)) detail::leave_slowly<Holds>(s);
}

// Poll, where there is something.
template <class Holds, class T, class Sync, reclaim R>
[[gnu::__noinline__, gnu::__cold__]] void poll_slowly(slot<T, Sync, R>& s) noexcept {
  T* const word = s.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
  if (word == nullptr) {
    detail::settle<Holds, true>(s, word);
  } else if (detail::is_parked(word)) {
    detail::park_slowly<Holds>(s);
  } else {
    detail::drain<Holds>(s, word);
  }
}

// Is there something that this call has to give up? While a disposer runs, the call around it does it.
template <class T, class Sync, reclaim R>
bool has_left_over(slot<T, Sync, R>& s, T* object) noexcept {
  // Relaxed: a glance; W4 takes it.
  T* const dropped = s.drop.load(std::memory_order_relaxed);
  return dropped != nullptr && dropped != object && !detail::leave_to_outermost(s);
}

// A protection whose first try did not end it: `source` has changed, or there was something to give up. `Once`: returns
// when it has changed.
template <class Holds, bool Once, class T, class Sync, reclaim R, template <class> class Atomic, class U>
[[gnu::__noinline__, gnu::__cold__]] U* protect_slowly(slot<T, Sync, R>& s, const Atomic<U*>& source, U* seen,
                                                       U* object) noexcept {
  for (;;) {
    if (object == seen) {
      if (!detail::has_left_over(s, detail::word_of<T>(seen))) return object;
      const gave_up how = detail::drain<Holds>(s, static_cast<T*>(nullptr));
      if (how == gave_up::quietly) return object;
      if (how == gave_up::slot_too) detail::given_away();
      // A disposer may have moved the slot: the protection begins anew.
    } else if (Once) {
      return object;
    }
    seen = object;
    // (P1) release, pairs with R1 and R2; I1, I2.
    s.lazy.store(detail::word_of<T>(seen), Sync::orders.protect_set);
    s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
    // (P3) acquire, pairs with the program's publication.
    object = source.load(Sync::orders.protect_check);
  }
}

template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class U>
[[gnu::__noinline__, gnu::__cold__]] U* try_protect_slowly(slot<T, Sync, R>& s, const Atomic<U*>& source, U* seen,
                                                           U* object) noexcept {
  object = detail::protect_slowly<Holds, true>(s, source, seen, object);
  // (W2) release, pairs with R1 and R2; I2.
  if (object != seen) detail::move_to<Holds>(s, static_cast<T*>(nullptr), Sync::orders.slot_clear);
  return object;
}

// Protect_again, where there is something. Returns whether a disposer has run, which may have moved the slot.
template <class Holds, class T, class Sync, reclaim R>
[[gnu::__noinline__, gnu::__cold__]] bool must_protect_again(slot<T, Sync, R>& s, T* object) noexcept {
  if (!detail::has_left_over(s, object)) return false;
  const gave_up how = detail::drain<Holds>(s, static_cast<T*>(nullptr));
  if (how == gave_up::slot_too) detail::given_away();
  return how == gave_up::disposed;
}

LAZYREF_END_PER_UNIT

}  // namespace detail

LAZYREF_BEGIN_PER_UNIT

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
  if (detail::is_rare(s.drop.load(std::memory_order_relaxed) != nullptr)) detail::poll_slowly<Holds>(s);
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
  // Relaxed: a glance; W4 takes it.
  if (detail::is_rare(s.drop.load(std::memory_order_relaxed) != nullptr)) detail::park_slowly<Holds>(s);
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
// `source` is a Sync::atomic<U*>; U is T or derived from it. Source: [saferecl.hp.holder.mem].
template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class U>
inline bool try_protect(slot<T, Sync, R>& s, U*& object, const Atomic<U*>& source) noexcept {
  static_assert(detail::is_plain_base<T, U>,
                "lazyref: protect needs the slot's type, or one derived from it, not virtually");
  U* const seen = object;
  // (P1) release, pairs with R1 and R2; I1, I2.
  s.lazy.store(detail::word_of<T>(seen), Sync::orders.protect_set);
  s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
  // (P3) acquire, pairs with the program's publication. Not the pointer of before: the compiler may take one for the
  // other.
  object = source.load(Sync::orders.protect_check);
  // Relaxed: a glance; W4 takes it.
  const T* const dropped = s.drop.load(std::memory_order_relaxed);
  // One branch for both questions: is it the same, and is there nothing to give up?
  const auto changed = reinterpret_cast<std::uintptr_t>(object) ^ reinterpret_cast<std::uintptr_t>(seen);
  if (detail::is_likely((changed | reinterpret_cast<std::uintptr_t>(dropped)) == 0)) return true;
  object = detail::try_protect_slowly<Holds>(s, source, seen, object);
  return object == seen;
}

// Purpose: the same, until it succeeds; returns the object, or null. Progress: lock-free: tried again when somebody has
//   changed `source`.
template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class U>
inline U* protect(slot<T, Sync, R>& s, const Atomic<U*>& source) noexcept {
  static_assert(detail::is_plain_base<T, U>,
                "lazyref: protect needs the slot's type, or one derived from it, not virtually");
  // Relaxed: looked at again.
  U* const seen = source.load(std::memory_order_relaxed);
  // (P1) release, pairs with R1 and R2; I1, I2.
  s.lazy.store(detail::word_of<T>(seen), Sync::orders.protect_set);
  s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
  // (P3) acquire, pairs with the program's publication.
  U* const object = source.load(Sync::orders.protect_check);
  // Relaxed: a glance; W4 takes it.
  const T* const dropped = s.drop.load(std::memory_order_relaxed);
  // One branch for both questions: is it the same, and is there nothing to give up?
  const auto changed = reinterpret_cast<std::uintptr_t>(object) ^ reinterpret_cast<std::uintptr_t>(seen);
  if (detail::is_likely((changed | reinterpret_cast<std::uintptr_t>(dropped)) == 0)) return object;
  return detail::protect_slowly<Holds, false>(s, source, seen, object);
}

// Purpose: the first half of try_protect, for callers that look at their shared pointer themselves, after this, with an
//   acquire load. Preconditions, progress: as try_protect. Cost: a store and a light fence.
// It protects nothing that another slot of the caller protects: an object that is retired already is not looked for again.
template <class Holds, class T, class Sync, reclaim R>
inline void protect_again(slot<T, Sync, R>& s, T* object) noexcept {
  do {
    // (P1) release, pairs with R1 and R2; I1, I2.
    s.lazy.store(object, Sync::orders.protect_set);
    s.fence.light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
    // Relaxed: a glance; W4 takes it.
    if (detail::is_likely(s.drop.load(std::memory_order_relaxed) == nullptr)) return;
  } while (detail::must_protect_again<Holds>(s, object));
}

LAZYREF_END_PER_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_SLOT_HPP
