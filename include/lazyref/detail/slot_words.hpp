// SPDX-License-Identifier: BSL-1.0
//
// What a slot consists of; the contract and the protocol stand in slot.hpp.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_SLOT_WORDS_HPP
#define LAZYREF_DETAIL_SLOT_WORDS_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "../sync.hpp"

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

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_SLOT_WORDS_HPP
