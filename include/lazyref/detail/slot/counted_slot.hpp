// SPDX-License-Identifier: BSL-1.0
//
// A slot of policy::refcounted: `lazy` owns a hold on its object, and only the worker reads the word. So all accesses
// here are relaxed; the counts provide the order (C2). Disposers: the rule in slot.hpp.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_SLOT_COUNTED_SLOT_HPP
#define LAZYREF_DETAIL_SLOT_COUNTED_SLOT_HPP

#include <utility>

#include "../../owner.hpp"
#include "disposers.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

LAZYREF_DETAIL_BEGIN_UNIT

// Disposes of `object`, which has no holds and is in no list, and of what calls inside its disposer leave.
template <class T>
inline void dispose_of_all(T* object, left_inside<T>& left) noexcept {
  left.first = nullptr;
  for (;;) {
    owner_access::domain(object)->last_hold_left(object);
    if (left.first == nullptr) return;
    object = std::exchange(left.first, owner_access::next(left.first));
  }
}

// Whether this is a disposer's call, inside another call of the worker. If so, `object` is disposed of here, or by a call
// that does so already: disposers nest twice, and no deeper.
template <class T, class Sync, reclaim R>
inline bool dispose_inside(slot<T, Sync, R>& s, T* object) noexcept {
  const std::uintptr_t note = s.note.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
  if ((note & 1) == 0) return false;
  auto& left = *reinterpret_cast<left_inside<T>*>(note & ~std::uintptr_t{3});
  if (std::exchange(left.is_being_emptied, true)) {
    owner_access::next(object) = left.first;
    left.first = object;
  } else {
    detail::dispose_of_all(object, left);
    left.is_being_emptied = false;
  }
  return true;
}

// The last hold of `before` was dropped, and the slot is on `after`.
template <class Holds, class T, class Sync, reclaim R>
LAZYREF_DETAIL_COLD void dispose_counted(slot<T, Sync, R>& s, home<T>* domain, T* before, T* after) noexcept {
  if (detail::dispose_inside(s, before)) return;
  bool ignored;
  T* const stays = detail::object_of(after);
  if (stays != nullptr) Holds::take(stays, 1);  // While a disposer may move the slot.
  for (;;) {
    if (detail::run_inside(s, ignored, [&] { domain->last_hold_left(before); }) == gave_up::slot_too) {
      if (stays != nullptr) detail::given_away();
      return;
    }
    T* const now = s.lazy.load(std::memory_order_relaxed);  // Relaxed, here and below: the worker's own word.
    if (now == after) break;
    // Replaces whatever the disposer left the slot on.
    s.lazy.store(after, std::memory_order_relaxed);
    if (now == nullptr) return;
    before = detail::object_of(now);
    domain = owner_access::domain(before);
    if (!owner_access::counts(before).holds().give_up(1)) return;
    if (stays != nullptr) Holds::take(stays, 1);
  }
  if (stays != nullptr) Holds::give_up(stays, 1);
}

template <class Holds, class T, class Sync, reclaim R>
inline void give_up_counted(slot<T, Sync, R>& s, T* before, T* after) noexcept {
  home<T>* const domain = owner_access::domain(before);
  if (detail::is_rare(owner_access::counts(before).holds().give_up(1)))
    detail::dispose_counted<Holds>(s, domain, before, after);
}

// The caller's hold of `after` becomes the slot's. Whatever disposers do, the slot is on `after` when this returns.
template <class Holds, class T, class Sync, reclaim R>
inline void replace_counted(slot<T, Sync, R>& s, T* after) noexcept {
  T* const before = s.lazy.load(std::memory_order_relaxed);  // Relaxed, both: the worker's own word.
  s.lazy.store(after, std::memory_order_relaxed);
  if (before != nullptr) detail::give_up_counted<Holds>(s, detail::object_of(before), after);
}

LAZYREF_DETAIL_END_UNIT

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_SLOT_COUNTED_SLOT_HPP
