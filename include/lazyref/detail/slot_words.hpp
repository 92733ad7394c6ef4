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

namespace detail {

// What stands in `drop` if nothing does: null where the light fence of the slot's workers is free, else a mark that is no
// object's address. (L1) Only a worker of the slot finds out that it is free (slot_fence::learn), and only after that is
// null written there, by it or by a reclaimer that has read so. So whoever reads null, on the fast path of its own slot,
// has that in its past, and a compiler barrier was a fence.
template <class T>
T* mark() noexcept {
  return reinterpret_cast<T*>(std::uintptr_t{1});
}
// Is a hold in `drop`?
template <class T>
bool is_object(T* dropped) noexcept {
  return reinterpret_cast<std::uintptr_t>(dropped) > 1;
}
template <class T>
T* object_or_null(T* dropped) noexcept {
  return detail::is_object(dropped) ? dropped : nullptr;
}

}  // namespace detail

// A lazy reference. One cache line; must stay where it is while any reclaimer may look at it. When its objects are
// reclaimed is part of its type, so that its worker and its reclaimers cannot disagree.
template <class T, class Sync = std_sync, reclaim R = reclaim::deferred>
struct alignas(cache_line) slot {
  slot() noexcept = default;

  // Vacant, and constant-initialised; it is never anyone's.
  constexpr explicit slot(detail::vacant_slot nobody) noexcept : fence(nobody), drop(nullptr) {}

  typename Sync::template atomic<T*> lazy{nullptr};  // what the worker uses; written by the worker, unless parked
  typename Sync::slot_fence fence;                   // the worker's light fence
  // A hold that the worker is to give up. Nothing: null, or a mark; see above.
  typename Sync::template atomic<T*> drop{fence.is_known_free() ? nullptr : detail::mark<T>()};

  // The worker's own, for whoever manages the slot; odd while one of the worker's calls runs a disposer.
  typename Sync::template atomic<std::uintptr_t> note{0};
};

namespace detail {

// See slot_fence::belong_to.
template <class T, class Sync, reclaim R>
void belong_to(slot<T, Sync, R>& s, const typename Sync::fence& whole) noexcept {
  s.fence.belong_to(whole);
  s.drop.store(s.fence.is_known_free() ? nullptr : detail::mark<T>(), std::memory_order_relaxed);  // Relaxed: as there.
}

}  // namespace detail

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

// What `drop` is to be when a hold is taken out of it. For a reclaimer that may be a mark for a moment longer, which is
// as right.
template <class T, class Sync, reclaim R>
T* resting(const slot<T, Sync, R>& s) noexcept {
  return s.fence.is_known_free() ? nullptr : detail::mark<T>();
}

// On the fast path, after a light fence: not 0 if there is something to give up, or the fence may not have been one.
template <class Sync, class T>
LAZYREF_PER_UNIT std::uintptr_t needs_attention(T* dropped) noexcept {
  const auto word = reinterpret_cast<std::uintptr_t>(dropped);
  return Sync::slot_fence::light_is_full() ? word & ~std::uintptr_t{1} : word;
}

// Is there something to give up, or may the light fence of the fast path not have been one? Without prompt reclamation
// there is none.
template <class T, class Sync, reclaim R>
LAZYREF_PER_UNIT bool needs_a_look(const slot<T, Sync, R>& s) noexcept {
  // Relaxed: a glance; W4 takes it.
  T* const dropped = s.drop.load(std::memory_order_relaxed);
  return R == reclaim::prompt ? detail::needs_attention<Sync>(dropped) != 0 : detail::is_object(dropped);
}

// Where the mark was found, though light fences may be free by now. Who may call: the slot's worker. (L1)
template <class T, class Sync, reclaim R>
void unmark(slot<T, Sync, R>& s, T* found) noexcept {
  // Relaxed, both: it is the worker itself that reads null later. Fails if a reclaimer has left something meanwhile.
  if (found == detail::mark<T>() && s.fence.learn())
    s.drop.compare_exchange_strong(found, nullptr, std::memory_order_relaxed, std::memory_order_relaxed);
}

// Makes up for a light fence of the fast path that may not have been one.
template <class T, class Sync, reclaim R>
void make_up_for_light(slot<T, Sync, R>& s, std::memory_order order) noexcept {
  if (!s.fence.is_known_free()) s.fence.strong_light(order);
}

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

// What a shared pointer without marks leads to.
struct as_it_is {
  template <class U>
  constexpr U* operator()(U* object) const noexcept {
    return object;
  }
};
// Can a slot of T protect what `Project` makes of a V?
template <class T, class V, class Project>
inline constexpr bool is_projection =
    is_plain_base<T, std::remove_pointer_t<std::decay_t<std::invoke_result_t<const Project&, const V&>>>>;

// Not 0 if they differ; without a branch, where they are words.
template <class V>
std::uintptr_t difference(const V& a, const V& b) noexcept {
  if constexpr (std::is_pointer_v<V>)
    return reinterpret_cast<std::uintptr_t>(a) ^ reinterpret_cast<std::uintptr_t>(b);
  else if constexpr (std::is_integral_v<V> && sizeof(V) <= sizeof(std::uintptr_t))
    return static_cast<std::uintptr_t>(a) ^ static_cast<std::uintptr_t>(b);
  else
    return static_cast<std::uintptr_t>(!(a == b));
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_SLOT_WORDS_HPP
