// SPDX-License-Identifier: BSL-1.0
//
// The embedded layer: a lazy reference as a plain struct and free functions, for runtimes that have worker records,
// reference counts and allocators of their own. Everything else in lazyref is built on this file.
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
//   I1  users reach 0 once. Each activation is sequenced before the release of the user that covered it, and those
//       releases are read-modify-writes: when the reclaimer scans, every activation is in its past, so its loads cannot
//       miss one (coherence).
//   I2  Only the worker writes `lazy`, always with release. A reclaimer that reads anything but x after I1 knows that
//       the worker has left x, that its uses of x happen before, and that it never comes back to x. Also the store that
//       *sets* the word is a release: in C++20 only read-modify-writes continue a release sequence, so a relaxed set
//       would cut the one that the clear began.
//   I3  What stands in `drop` carries exactly one hold, and an exchange moves the pointer with its hold. So what is
//       carried cannot be freed, its address cannot be reused, and no version tag is needed. Nobody but the worker
//       compares and swaps `drop`: that was the use after free in the kernel proposal of January 2022 (a scanner's swap
//       succeeds on a reused address).
//   I4  At most one object per slot is retained, plus what running calls have in hand: two for a reclaimer (its own and
//       the one that it carries), one for a worker that is giving one up. Nobody waits, nobody allocates.
//   I5  With reclaim::prompt, the worker's light fence (between its move and its look at `drop`) and the reclaimer's
//       heavy fence (between its hand-over and its second look at `lazy`) are a store-buffering pair: the worker sees
//       the hold, or the reclaimer sees that the worker has left, and takes it back. With reclaim::deferred there is no
//       fence, and an object that was handed over in that window stays until the slot's next move: bounded space,
//       unbounded time.
//
// Sources: "mm, sched: Rework lazy mm handling" (Linux kernel list, January 2022, patch 16 of 23, Lutomirski) for the
// two words and the batched holds; exchange and carry is this library's.
#pragma once

#include <cstddef>

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
  typename Sync::template atomic<T*> lazy{nullptr};  // what the worker uses; written by the worker only
  typename Sync::template atomic<T*> drop{nullptr};  // a hold that the worker is to give up, or null
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
// `give_up` runs the disposer, which may call anything in this file, also for the same slot. Nothing here is
// async-signal-safe.

// How many holds a reclaimer takes at a time: one add for that many slots, one subtract for what was not used.
inline constexpr std::size_t hold_batch = 1024;

struct handover_counts {
  std::size_t scanned = 0;      // slots looked at
  std::size_t handed_over = 0;  // times that a hold was left in a slot
  std::size_t carried = 0;      // of those, how many displaced an earlier one, which was carried on
  std::size_t taken_back = 0;   // holds taken out of a slot whose worker had left
};

namespace detail {

// Gives up at most one hold, and last of all: the disposer may give the slot away, and then this thread must not touch
// it again. Returns `Result`, so that a caller can end in a jump to this and needs no frame for it.
template <class Holds, bool Result, class T, class Sync, reclaim R>
[[gnu::__noinline__, gnu::__cold__]] bool drain(slot<T, Sync, R>& s) noexcept {
  for (;;) {
    // Relaxed, both: compared and not followed; W4 takes it, and `lazy` is the worker's own word. What is in use stays.
    T* dropped = s.drop.load(std::memory_order_relaxed);
    if (dropped == nullptr || dropped == s.lazy.load(std::memory_order_relaxed)) return Result;
    // The slot's worker is the only one who may compare: while it stands here, `lazy` does not change, so nothing that
    // is not in use can come back into `drop`, least of all at the same address. Once for each reclaimer that exchanges
    // it meanwhile this fails, relaxed, and is tried again.
    // (W4) acquire, pairs with R3; I3: the hold was taken, and the last user gone, before it was left here.
    if (s.drop.compare_exchange_strong(dropped, nullptr, Sync::orders.drain_take, std::memory_order_relaxed)) {
      Holds::give_up(dropped, 1);
      return Result;
    }
  }
}

// Is there something to give up?
template <class Holds, bool Result, class T, class Sync, reclaim R>
bool glance(slot<T, Sync, R>& s) noexcept {
  // Relaxed: a glance; W4 takes it.
  return is_rare(s.drop.load(std::memory_order_relaxed) != nullptr) ? drain<Holds, Result>(s) : Result;
}

template <class Holds, class T, class Sync, reclaim R>
bool move_to(slot<T, Sync, R>& s, T* object, std::memory_order order) noexcept {
  s.lazy.store(object, order);  // (W1) from activate, (W2) from deactivate
  if constexpr (R == reclaim::prompt) Sync::light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  return glance<Holds, false>(s);
}

// One object's scan over slots of one kind, with its holds in hand.
template <class Holds, class T, class Sync, reclaim R>
class handover {
 public:
  explicit handover(T* object) noexcept : object_(object) {}

  // A slot that the worker of `object_` may be on.
  void offer(slot<T, Sync, R>& s) noexcept {
    ++counts_.scanned;
    // (R1) acquire, pairs with W1 and W2; I1, I2.
    if (s.lazy.load(Sync::orders.scan) != object_) return;
    if (held_ == 0) {
      Holds::take(object_, hold_batch);
      held_ = hold_batch;
    }
    --held_;
    carry(s, object_);
  }

  // A slot whose worker has left what stands in `drop` will perhaps not move again.
  void take_back(slot<T, Sync, R>& s) noexcept {
    // Relaxed, both: a glance, compared and never followed; R5 and R2 read again.
    T* const parked = s.drop.load(std::memory_order_relaxed);
    if (parked == nullptr || parked == s.lazy.load(std::memory_order_relaxed)) return;
    // (R5) acquire, pairs with R3; I3: whatever it is by now, its hold comes with it.
    T* const taken = s.drop.exchange(nullptr, Sync::orders.take_back);
    if (taken == nullptr) return;
    ++counts_.taken_back;
    carry(s, taken);
  }

  // Has anything been left in a slot since the last call?
  bool left_something() noexcept {
    const bool left = left_;
    left_ = false;
    return left;
  }

  const handover_counts& counts() const noexcept { return counts_; }

  // Holds on the object that were taken and are not used.
  std::size_t held() const noexcept { return held_; }

 private:
  // Exchange and carry: `x` and its hold are ours; leave them in `drop`, or give them up; go on with what stood there
  // before.
  void carry(slot<T, Sync, R>& s, T* x) noexcept {
    while (x != nullptr) {
      // (R2) acquire, pairs with W1 and W2; I2: the worker has left x for good, and its uses of x happen before our
      // giving it up.
      if (s.lazy.load(Sync::orders.carry_look) != x) return give_up(x);
      // (R3) acq_rel, pairs with W4, R5 and itself; I3: release hands over x's hold, acquire takes what stood there
      // with its own.
      T* const before = s.drop.exchange(x, Sync::orders.carry_swap);
      left_ = true;
      // The slot had x already (a range that names a slot twice): one hold is enough there.
      if (before == x) return give_up(x);
      ++counts_.handed_over;
      if (before != nullptr) ++counts_.carried;
      x = before;
    }
  }

  void give_up(T* x) noexcept {
    if (x == object_) {
      ++held_;
    } else {
      Holds::give_up(x, 1);
    }
  }

  T* object_;
  std::size_t held_ = 0;
  bool left_ = false;
  handover_counts counts_;
};

}  // namespace detail

// --- the worker's side

// Purpose: use `object` through the slot, from now until the slot moves on.
// Preconditions: the caller is the slot's worker; a user of `object` exists, the caller's own or one whose release
//   happens after this call returns. From then on that user may go.
// Returns true if the slot was on `object` already.
// Ordering: none is given to the caller; see I1 and I2. Progress: wait-free, but for the disposer that it may run (as
//   every move may), and for a retry per reclaimer that hands something over to this slot meanwhile.
// Cost: one store; prompt adds a light fence. No read-modify-write unless there is something to give up.
template <class Holds, class T, class Sync, reclaim R>
bool activate(slot<T, Sync, R>& s, T* object) noexcept {
  // Relaxed: the worker's own word. What the slot is on cannot have been freed, so the same address is the same object.
  if (s.lazy.load(std::memory_order_relaxed) == object) return detail::glance<Holds, true>(s);
  // (W1) release, pairs with R1 and R2; I1, I2: what was used through the slot until now happens before whoever reads
  // this.
  return detail::move_to<Holds>(s, object, Sync::orders.slot_set);
}

// Purpose: stop using whatever the slot is on. Preconditions, progress, cost: as `activate`.
template <class Holds, class T, class Sync, reclaim R>
void deactivate(slot<T, Sync, R>& s) noexcept {
  // (W2) release, pairs with R1 and R2; I2: every use through the slot happens before the disposal.
  detail::move_to<Holds>(s, static_cast<T*>(nullptr), Sync::orders.slot_clear);
}

// Purpose: give up a hold that was left in the slot, without moving. For workers that stay on one object for long, and
//   for those that are idle. Precondition: the caller is the slot's worker. Cost: one load where there is nothing.
template <class Holds, class T, class Sync, reclaim R>
void poll(slot<T, Sync, R>& s) noexcept {
  detail::glance<Holds, false>(s);
}

// --- the reclaimer's side

// Purpose: the last user of `object` is gone; hand it over to the slots that are still on it, and give up the users'
//   hold.
// Preconditions: called once per object, by the thread whose release took the count of users to 0 (that release is
//   acq_rel), which owns the users' hold. `for_each_slot(visit)` calls visit(slot<T, Sync, R>&) for every slot that may
//   have activated the object; a slot more does no harm, a slot twice neither; it is called again, once or more, with
//   reclaim::prompt.
// `report(const handover_counts&)` is called before the hold is given up: from then on the object may be gone, and with
// it whatever its life kept alive.
// Progress: lock-free; waits for nobody. Runs disposers: of `object`, and of what it finds in the slots.
// Cost: a load per slot; where nobody is on the object, nothing else. Otherwise one add and one subtract on its count,
//   and an exchange for each slot that is on it. prompt: then a heavy fence and a second look.
template <class Holds, reclaim R = reclaim::deferred, class Sync = std_sync, class T, class ForEachSlot, class Report>
void last_user_left(T* object, ForEachSlot&& for_each_slot, Report&& report) noexcept {
  detail::handover<Holds, T, Sync, R> handover(object);
  for_each_slot([&](slot<T, Sync, R>& s) { handover.offer(s); });
  if constexpr (R == reclaim::prompt) {
    while (handover.left_something()) {
      Sync::heavy(Sync::orders.reclaimer_heavy);  // (R6) pairs with W3; I5
      for_each_slot([&](slot<T, Sync, R>& s) { handover.take_back(s); });
    }
  }
  report(handover.counts());
  Holds::give_up(object, handover.held() + 1);
}

template <class Holds, reclaim R = reclaim::deferred, class Sync = std_sync, class T, class ForEachSlot>
void last_user_left(T* object, ForEachSlot&& for_each_slot) noexcept {
  last_user_left<Holds, R, Sync>(object, for_each_slot, [](const handover_counts&) {});
}

// Purpose: take back, from all the slots given, what their workers have left; for deferred reclamation, when memory is
//   wanted or workers sleep. Who may call: any thread. Progress: lock-free. Cost: two loads per slot; prompt: and a
//   heavy fence.
// Returns how many holds it took. It finds what was handed over, to slots that had moved on, if both happen before the
//   call; with reclaim::prompt, also if they only precede it in time.
template <class Holds, class T, reclaim R = reclaim::deferred, class Sync = std_sync, class ForEachSlot>
std::size_t collect(ForEachSlot&& for_each_slot) noexcept {
  detail::handover<Holds, T, Sync, R> handover(nullptr);
  do {
    if constexpr (R == reclaim::prompt) Sync::heavy(Sync::orders.reclaimer_heavy);  // (R6) pairs with W3; I5
    for_each_slot([&](slot<T, Sync, R>& s) { handover.take_back(s); });
  } while (R == reclaim::prompt && handover.left_something());
  return handover.counts().taken_back;
}

LAZYREF_END_NAMESPACE
