// SPDX-License-Identifier: BSL-1.0
//
// The slow paths of the worker's calls: a hold that was left in the slot must be dropped, or the protected pointer has
// changed. Each call keeps its postcondition, whatever the disposers that it runs do to the slot: see disposers.hpp.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_SLOT_DRAIN_HPP
#define LAZYREF_DETAIL_SLOT_DRAIN_HPP

#include "disposers.hpp"
#include "slot_words.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

LAZYREF_DETAIL_BEGIN_UNIT

// Drops the hold of `dropped`, which was taken out of the slot, if it is not null; then every hold that is left in the
// slot for an object that it is not on. If `stays` is not null, the slot is on it, also when this returns.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD gave_up drain(slot<T, Sync, R>& s, T* stays, T* dropped = nullptr) noexcept {
  [[maybe_unused]] const auto scope = detail::enter<Holds>(s);
  gave_up result = gave_up::quietly;
  for (bool look_again = true; look_again || dropped != nullptr;) {
    if (dropped == nullptr) {
      look_again = false;
      // Relaxed, both: compared, not dereferenced; W4 takes it; `lazy` is the worker's own word. What is in use stays.
      dropped = s.drop.load(std::memory_order_relaxed);
      T* const word = s.lazy.load(std::memory_order_relaxed);
      if (!detail::is_object(dropped)) detail::unmark(s, dropped);
      if (!detail::is_object(dropped) || dropped == word || detail::leave_to_outermost(s)) return result;
      // A parked object must not be resumed after its hold is dropped.
      // (W6) release, pairs with R1 and R2; I2. A reclaimer that takes it concurrently stores the same value.
      if (word == detail::parked(dropped)) s.lazy.store(nullptr, Sync::orders.slot_unpark);
      // Only the slot's worker may compare and swap: the slot is not on what it takes, whatever the word holds by now.
      // Fails, relaxed, once per reclaimer that exchanges the word concurrently, and is then retried.
      // (W4) acquire, pairs with R3; I3: the hold was taken, and the last user dropped, before it was left here.
      if (!s.drop.compare_exchange_strong(dropped, detail::resting(s), Sync::orders.drain_take,
                                          std::memory_order_relaxed)) {
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

// This worker's call has just set `lazy`. When this returns, the slot is on `object`, and no hold is left to drop.
// Null: or the slot is no longer this worker's.
template <class Holds, bool Result, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD bool settle(slot<T, Sync, R>& s, T* object) noexcept {
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
    if constexpr (R == reclaim::prompt) s.fence.strong_light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  }
}

// The same, where the move's light fence may have been only a compiler barrier.
template <class Holds, bool Result, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD bool settle_move(slot<T, Sync, R>& s, T* object) noexcept {
  detail::make_up_for_light(s, Sync::orders.worker_light);  // (W3) pairs with R6; I5
  return detail::settle<Holds, Result>(s, object);
}

// Checks whether a hold must be dropped. Returns `Result`, so that a caller can end in a jump and needs no frame for it.
template <class Holds, bool Result, class T, class Sync, reclaim R>
LAZYREF_DETAIL_ALWAYS_INLINE inline bool glance(slot<T, Sync, R>& s, T* object) noexcept {
  // Relaxed: a hint; W4 takes it.
  return detail::is_rare(detail::is_object(s.drop.load(std::memory_order_relaxed)))
             ? detail::settle<Holds, Result>(s, object)
             : Result;
}

template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_ALWAYS_INLINE inline bool move_to(slot<T, Sync, R>& s, T* object, std::memory_order order) noexcept {
  s.lazy.store(object, order);  // (W1) from activate, (W2) from deactivate
  if constexpr (R == reclaim::prompt) {
    s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
    return detail::is_rare(detail::needs_a_look(s)) ? detail::settle_move<Holds, false>(s, object) : false;
  } else {
    return detail::glance<Holds, false>(s, object);
  }
}

// Park and poll, if there is a hold and the slot is parked: it stays parked, whatever a disposer leaves it on.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD void park_slowly(slot<T, Sync, R>& s) noexcept {
  for (;;) {
    if (detail::drain<Holds>(s, static_cast<T*>(nullptr)) != gave_up::disposed) return;
    T* const word = s.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
    if (word == nullptr || detail::is_parked(word)) return;
    // (W5) release, pairs with R1, R2 and R8; I2: earlier uses happen before the disposal.
    s.lazy.store(detail::parked(word), Sync::orders.slot_park);
    if constexpr (R == reclaim::prompt) s.fence.strong_light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  }
}

// The same, where park's light fence may have been only a compiler barrier.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD void settle_park(slot<T, Sync, R>& s) noexcept {
  if constexpr (R == reclaim::prompt)
    detail::make_up_for_light(s, Sync::orders.worker_light);  // (W3) pairs with R6; I5
  detail::park_slowly<Holds>(s);
}

// The worker's last move: its outer calls, which run disposers, learn that the slot is no longer theirs.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD void leave_slowly(slot<T, Sync, R>& s) noexcept {
  s.note.store(0, std::memory_order_relaxed);  // Relaxed: the worker's own word.
  if constexpr (R == reclaim::prompt)
    detail::make_up_for_light(s, Sync::orders.worker_light);  // (W3) pairs with R6; I5
  detail::settle<Holds, false>(s, static_cast<T*>(nullptr));
}

// Leaves a slot whose manager writes `note` afterwards.
template <class Holds, class T, class Sync, reclaim R>
inline void leave(slot<T, Sync, R>& s) noexcept {
  // (W2) release, pairs with R1 and R2; I2: every use through the slot happens before the disposal.
  s.lazy.store(nullptr, Sync::orders.slot_clear);
  if constexpr (R == reclaim::prompt) s.fence.light(Sync::orders.worker_light);  // (W3) pairs with R6; I5
  if (detail::is_rare(detail::needs_a_look(s))) detail::leave_slowly<Holds>(s);
}

// Poll, if there is a hold.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD void poll_slowly(slot<T, Sync, R>& s) noexcept {
  T* const word = s.lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
  if (word == nullptr) {
    detail::settle<Holds, true>(s, word);
  } else if (detail::is_parked(word)) {
    detail::park_slowly<Holds>(s);
  } else {
    detail::drain<Holds>(s, word);
  }
}

// Whether this call must drop a hold. While a disposer runs, the outer call does that.
template <class T, class Sync, reclaim R>
bool has_left_over(slot<T, Sync, R>& s, T* object) noexcept {
  // Relaxed: a hint; W4 takes it.
  T* const dropped = s.drop.load(std::memory_order_relaxed);
  if (!detail::is_object(dropped)) detail::unmark(s, dropped);
  return detail::is_object(dropped) && dropped != object && !detail::leave_to_outermost(s);
}

// A protection whose first attempt was not enough: `source` has changed, or there was a hold to drop. `Once`: returns
// when `source` has changed.
template <class Holds, bool Once, class T, class Sync, reclaim R, template <class> class Atomic, class V, class Project>
LAZYREF_DETAIL_COLD V protect_slowly(slot<T, Sync, R>& s, const Atomic<V>& source, V seen, V value,
                                     const Project& project) noexcept {
  if (!s.fence.is_known_free()) {
    s.fence.strong_light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
    value = source.load(Sync::orders.protect_check);   // (P3) acquire: the second load, after a fence.
  }
  for (;;) {
    if (value == seen) {
      if (!detail::has_left_over(s, detail::word_of<T>(project(seen)))) return value;
      const gave_up how = detail::drain<Holds>(s, static_cast<T*>(nullptr));
      if (how == gave_up::quietly) return value;
      if (how == gave_up::slot_too) detail::given_away();
      // A disposer may have moved the slot: restart the protection.
    } else if (Once) {
      return value;
    }
    seen = value;
    // (P1) release, pairs with R1 and R2; I1, I2.
    s.lazy.store(detail::word_of<T>(project(seen)), Sync::orders.protect_set);
    s.fence.strong_light(Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
    // (P3) acquire, pairs with the program's publication.
    value = source.load(Sync::orders.protect_check);
  }
}

template <class Holds, class T, class Sync, reclaim R, template <class> class Atomic, class V, class Project>
LAZYREF_DETAIL_COLD V try_protect_slowly(slot<T, Sync, R>& s, const Atomic<V>& source, V seen, V value,
                                         const Project& project) noexcept {
  value = detail::protect_slowly<Holds, true>(s, source, seen, value, project);
  // (W2) release, pairs with R1 and R2; I2.
  if (!(value == seen)) detail::move_to<Holds>(s, static_cast<T*>(nullptr), Sync::orders.slot_clear);
  return value;
}

// For the slot's worker, which returns to the object that the slot is on. That object has a hold already; one that is
// in `drop` serves as well as a new one.
template <class Holds, class T, class Sync, reclaim R>
void take_hold_of_current(slot<T, Sync, R>& s, T* object) noexcept {
  T* left = s.drop.load(std::memory_order_relaxed);  // Relaxed: compared, not dereferenced; W4 takes it.
  // (W4) acquire, pairs with R3; I3: the hold is taken with the pointer. Relaxed on failure: a reclaimer has exchanged it.
  if (left != object ||
      !s.drop.compare_exchange_strong(left, detail::resting(s), Sync::orders.drain_take, std::memory_order_relaxed))
    Holds::take(object, 1);
}

// Moves the slot to `object`. The caller's hold of it stays in the slot, as a reclaimer's would, until the next move.
template <class Holds, class T, class Sync, reclaim R>
inline gave_up move_with_hold(slot<T, Sync, R>& s, T* object) noexcept {
  // (W7) release, pairs with R1 and R2; I1, I2. The hold covers this activation.
  s.lazy.store(object, Sync::orders.slot_restore);
  // (R3) acq_rel, pairs with W4, R5 and itself; I3: our hold for what was there. I5 needs no fence: a reclaimer that
  // leaves a hold later has acquired this, and finds the slot on its new object.
  T* const left = detail::object_or_null(s.drop.exchange(object, Sync::orders.carry_swap));
  if (left == nullptr) return gave_up::quietly;
  if (left != object) return detail::drain<Holds>(s, object, left);
  Holds::give_up(left, 1);  // A second hold of this object, hence not the last.
  return gave_up::quietly;
}

// The slow path of protect_again. Returns whether a disposer has run, which may have moved the slot.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD bool must_protect_again(slot<T, Sync, R>& s, T* object) noexcept {
  detail::make_up_for_light(s, Sync::orders.protect_light);  // (P2) pairs with R7, and as W3 with R6; I1, I5
  if (!detail::has_left_over(s, object)) return false;
  const gave_up how = detail::drain<Holds>(s, static_cast<T*>(nullptr));
  if (how == gave_up::slot_too) detail::given_away();
  return how == gave_up::disposed;
}

LAZYREF_DETAIL_END_UNIT

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_SLOT_DRAIN_HPP
