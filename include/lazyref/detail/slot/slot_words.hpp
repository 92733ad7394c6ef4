// SPDX-License-Identifier: BSL-1.0
//
// The data of a slot; the contract and the protocol are in slot.hpp.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_SLOT_SLOT_WORDS_HPP
#define LAZYREF_DETAIL_SLOT_SLOT_WORDS_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "../../sync.hpp"

LAZYREF_BEGIN_NAMESPACE

// When the hold of a handed-over object is dropped at the latest; see I5.
enum class reclaim : unsigned char {
  deferred,  // at the slot's next move; no fence anywhere
  prompt     // at once, if the worker has left; a light fence per move, a heavy fence per handoff
};

namespace detail {

// The value of `drop` without a hold: null where the light fence of the slot's workers is free, else a mark that is no
// object's address. (L1) Only a worker of the slot detects that the fence is free (slot_fence::learn). Only after that
// is null stored there, by that worker or by a reclaimer that has read so. So for a worker that reads null on its own
// slot's fast path, that detection happens before, and its compiler barrier was a sufficient light fence.
template <class T>
T* mark() noexcept {
  return reinterpret_cast<T*>(std::uintptr_t{1});
}
// Whether `drop` contains a hold.
template <class T>
bool is_object(T* dropped) noexcept {
  return reinterpret_cast<std::uintptr_t>(dropped) > 1;
}
template <class T>
T* object_or_null(T* dropped) noexcept {
  return detail::is_object(dropped) ? dropped : nullptr;
}

}  // namespace detail

// A lazy reference. One cache line; must not move while any reclaimer may read it. Its type states when its objects are
// reclaimed, so that its worker and its reclaimers cannot disagree.
template <class T, class Sync = std_sync, reclaim R = reclaim::deferred>
struct alignas(cache_line) slot {
  slot() noexcept = default;

  // Vacant, and constant-initialised; no worker ever has it.
  constexpr explicit slot(detail::vacant_slot nobody) noexcept : fence(nobody), drop(nullptr) {}

  typename Sync::template atomic<T*> lazy{nullptr};  // the worker's object; written by the worker, unless parked
  typename Sync::slot_fence fence;                   // the worker's light fence
  // A hold that the worker must drop. None: null, or a mark; see above.
  typename Sync::template atomic<T*> drop{fence.is_known_free() ? nullptr : detail::mark<T>()};

  // The worker's own word, for the slot's manager; odd while one of the worker's calls runs a disposer.
  typename Sync::template atomic<std::uintptr_t> note{0};
};

namespace detail {

// See slot_fence::belong_to.
template <class T, class Sync, reclaim R>
void belong_to(slot<T, Sync, R>& s, const typename Sync::fence& whole) noexcept {
  s.fence.belong_to(whole);
  s.drop.store(s.fence.is_known_free() ? nullptr : detail::mark<T>(), std::memory_order_relaxed);  // Relaxed: as there.
}

// Whether the functions of Holds (slot.hpp) can be called as the library calls them. (By functions: g++ 11 ignores access
// where it selects a specialisation of a variable.)
template <class Holds, class T, class = decltype(Holds::take(std::declval<T*>(), std::declval<std::size_t>()))>
std::true_type look_for_take(int);
template <class Holds, class T>
std::false_type look_for_take(...);
template <class Holds, class T, class = decltype(Holds::give_up(std::declval<T*>(), std::declval<std::size_t>()))>
std::true_type look_for_give_up(int);
template <class Holds, class T>
std::false_type look_for_give_up(...);

// Says what a Holds lacks.
template <class Holds, class T>
constexpr bool check_holds() noexcept {
  constexpr bool can_take = decltype(detail::look_for_take<Holds, T>(0))::value;
  constexpr bool can_give_up = decltype(detail::look_for_give_up<Holds, T>(0))::value;
  static_assert(
      can_take,
      "lazyref: Holds::take(object, n) cannot be called: Holds must have a public `static void take(T* object, "
      "std::size_t n) noexcept`; slot.hpp says what it does");
  static_assert(can_give_up,
                "lazyref: Holds::give_up(object, n) cannot be called: Holds must have a public `static void give_up(T* "
                "object, std::size_t n) noexcept`; slot.hpp says what it does");
  return can_take && can_give_up;
}
// In place of a Holds that is refused, so that no other error follows.
struct no_holds {
  static void take(const void*, std::size_t) noexcept {}
  static void give_up(const void*, std::size_t) noexcept {}
};
template <class Holds, class T>
using holds_of = std::conditional_t<detail::check_holds<Holds, T>(), Holds, no_holds>;

// The value of `drop` after a hold is taken out of it. In a reclaimer it may be a mark for a moment longer, which is
// also correct.
template <class T, class Sync, reclaim R>
T* resting(const slot<T, Sync, R>& s) noexcept {
  return s.fence.is_known_free() ? nullptr : detail::mark<T>();
}

// On the fast path, after a light fence: not 0 if a hold must be dropped, or the fence was perhaps a compiler barrier.
template <class Sync, class T>
LAZYREF_PER_UNIT std::uintptr_t needs_attention(T* dropped) noexcept {
  const auto word = reinterpret_cast<std::uintptr_t>(dropped);
  return Sync::slot_fence::light_is_full() ? word & ~std::uintptr_t{1} : word;
}

// Whether there is a hold to drop, or the fast path's light fence may have been only a compiler barrier. Without prompt
// reclamation the fast path has no light fence.
template <class T, class Sync, reclaim R>
LAZYREF_PER_UNIT bool needs_a_look(const slot<T, Sync, R>& s) noexcept {
  // Relaxed: a hint; W4 takes it.
  T* const dropped = s.drop.load(std::memory_order_relaxed);
  return R == reclaim::prompt ? detail::needs_attention<Sync>(dropped) != 0 : detail::is_object(dropped);
}

// The mark was found, though light fences may be free by now. Who may call: the slot's worker. (L1)
template <class T, class Sync, reclaim R>
void unmark(slot<T, Sync, R>& s, T* found) noexcept {
  // Relaxed, both: only the worker itself reads null later. Fails if a reclaimer has left a hold in between.
  if (found == detail::mark<T>() && s.fence.learn())
    s.drop.compare_exchange_strong(found, nullptr, std::memory_order_relaxed, std::memory_order_relaxed);
}

// Repeats, as a full fence, a fast path's light fence that may have been only a compiler barrier.
template <class T, class Sync, reclaim R>
void make_up_for_light(slot<T, Sync, R>& s, std::memory_order order) noexcept {
  if (!s.fence.is_known_free()) s.fence.strong_light(order);
}

// A parked object's word. Parking uses a bit that is 0 in addresses.
template <class T>
T* parked(T* object) noexcept {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(object) | 1);
}
template <class T>
bool is_parked(T* word) noexcept {
  return (reinterpret_cast<std::uintptr_t>(word) & 1) != 0;
}
// The object of a word, parked or not.
template <class T>
T* object_of(T* word) noexcept {
  return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(word) & ~std::uintptr_t{1});
}

// Whether the address of a U gives that of its T without access to the object, which may be gone. Not so through a
// virtual base.
template <class T, class U, class = void>
inline constexpr bool is_plain_base = false;
template <class T, class U>
inline constexpr bool is_plain_base<T, U, std::void_t<decltype(static_cast<U*>(std::declval<T*>()))>> =
    std::is_convertible_v<std::remove_cv_t<U>*, T*>;

// The slot's word for an object that its user may see as const.
template <class T, class U>
T* word_of(U* object) noexcept {
  return const_cast<std::remove_cv_t<U>*>(object);
}

// The object that a shared pointer without marks leads to.
struct as_it_is {
  template <class U>
  constexpr U* operator()(U* object) const noexcept {
    return object;
  }
};
// Whether a slot of T can protect the result of `Project` for a V.
template <class T, class V, class Project>
inline constexpr bool is_projection =
    is_plain_base<T, std::remove_pointer_t<std::decay_t<std::invoke_result_t<const Project&, const V&>>>>;

// Not 0 if they differ; without a branch, if they are words.
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

#endif  // LAZYREF_DETAIL_SLOT_SLOT_WORDS_HPP
