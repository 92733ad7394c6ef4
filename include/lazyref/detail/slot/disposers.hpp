// SPDX-License-Identifier: BSL-1.0
//
// A worker's call that runs a disposer. The disposer may call anything, also for the same slot, and may give the slot away:
// the rule "Disposers" of slot.hpp. So the call marks the slot, in `note`, while the disposer runs. A call inside the
// disposer finds the mark, and leaves its own holds to the outermost call; a recursion would be as deep as the objects'
// chain is long. Afterwards the mark says whether the slot is still this worker's, and whether holds were left.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_SLOT_DISPOSERS_HPP
#define LAZYREF_DETAIL_SLOT_DISPOSERS_HPP

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "../base/no_cancellation.hpp"
#include "slot_words.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

LAZYREF_DETAIL_BEGIN_UNIT

// The state of a slot after a call that dropped a hold.
enum class gave_up : unsigned char {
  quietly,   // no disposer has run
  disposed,  // a disposer has run: it may have moved the slot
  slot_too   // and the slot is no longer this worker's: it must not be accessed
};

// Whether this is a disposer's call, inside another call of the worker. If so, the outer call is marked to look again.
template <class T, class Sync, reclaim R>
inline bool leave_to_outermost(slot<T, Sync, R>& s) noexcept {
  const std::uintptr_t note = s.note.load(std::memory_order_relaxed);  // Relaxed, both: the worker's own word.
  if ((note & 1) == 0) return false;
  s.note.store(note | 2, std::memory_order_relaxed);
  return true;
}

// Stands in the frame of a call that runs a disposer, where the mark points: what calls inside it leave to that call.
template <class T>
struct left_inside {
  T* first = nullptr;
  bool is_being_emptied = false;
};

// Runs a disposer. `look_again`: whether calls inside it have left something to this one.
template <class T, class Sync, reclaim R, class Disposal>
LAZYREF_DETAIL_COLD gave_up run_inside(slot<T, Sync, R>& s, bool& look_again, Disposal disposal) noexcept {
  // A number that no other running call has: the address of its frame, made odd.
  left_inside<T> left;
  const std::uintptr_t mine = reinterpret_cast<std::uintptr_t>(std::addressof(left)) | 1;
  // Relaxed, all: the worker's own word. If another worker has the slot by then, it is not `mine`: see `vacate`.
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

// Whether Holds reports when a disposer runs. (The classes of this library do.)
struct any_runner {
  template <class Disposal>
  void operator()(Disposal&&) const noexcept {}
};
template <class Holds, class T, class = void>
inline constexpr bool tells_disposal = false;
template <class Holds, class T>
inline constexpr bool
    tells_disposal<Holds, T, std::void_t<decltype(Holds::give_up(std::declval<T*>(), 1, any_runner{}))>> = true;

// Drops the caller's hold of `dropped`. If that runs a disposer, and `stays` is not null, the slot is on `stays` before
// and after it; a hold covers the time in between. Sets `dropped` to what that took out of the slot, or to null.
template <class Holds, class T, class Sync, reclaim R>
inline gave_up give_up_inside(slot<T, Sync, R>& s, T*& dropped, T* stays, bool& look_again) noexcept {
  gave_up result = gave_up::quietly;
  T* const given = std::exchange(dropped, nullptr);
  const auto run = [&](auto&& disposal) {
    if (stays != nullptr) Holds::take(stays, 1);  // The slot is on it, so a user or a hold exists.
    result = detail::run_inside(s, look_again, disposal);
    if (stays == nullptr) return;
    // Relaxed: the worker's own word.
    if (result == gave_up::disposed && s.lazy.load(std::memory_order_relaxed) != stays) {
      // (W7) release, pairs with R1 and R2; I1, I2. Our hold covers this activation.
      s.lazy.store(stays, Sync::orders.slot_restore);
      // (R3) acq_rel, pairs with W4, R5 and itself; I3: our hold stays in the slot, as a reclaimer's.
      dropped = detail::object_or_null(s.drop.exchange(stays, Sync::orders.carry_swap));
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

// Whether Holds needs a scope while a slot's holds are dropped: the object that its `enter` returns.
struct nothing_to_enter {};
template <class Holds, class S, class = void>
inline constexpr bool has_enter = false;
template <class Holds, class S>
inline constexpr bool has_enter<Holds, S, std::void_t<decltype(Holds::enter(std::declval<S&>()))>> = true;
template <class Holds, class S>
inline auto enter([[maybe_unused]] S& s) noexcept {
  if constexpr (has_enter<Holds, S>) {
    return Holds::enter(s);
  } else {
    return nothing_to_enter{};
  }
}

[[noreturn]] LAZYREF_DETAIL_COLD inline void given_away() noexcept {
  detail::call_fatal_hook(
      "a disposer that ran inside activate, protect, try_protect, reset_protection(pointer) or protect_same detached "
      "or destroyed the slot, or the hazard pointer, of that call, which therefore cannot protect its object; let "
      "disposers use a separate slot");
}

LAZYREF_DETAIL_END_UNIT

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_SLOT_DISPOSERS_HPP
