// SPDX-License-Identifier: BSL-1.0
//
// Objects whose last user is gone and that wait for a scan together: a lock-free list through the objects themselves.
#pragma once

#include <cstddef>

#include "../reclaimer.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Link: `static T*& next(T*) noexcept`, the object's room for the list.
//
// The bound: when no call is running, fewer than `batch` objects wait. Each flush that is running adds `batch` to that
// (so that a disposer that retires does not recurse into a flush each time), and has at most a group of `batch` in
// hand.
template <class T, class Link, class Sync>
class retired_list {
 public:
  static constexpr std::size_t batch = scan_group<T>::capacity;

  // Returns whether it is time for a flush. Progress: lock-free. Cost: two read-modify-writes.
  bool push(T* object) noexcept {
    // Counted first, so that no flush takes away more than was counted. Relaxed: a number.
    const std::ptrdiff_t state = state_.fetch_add(1, std::memory_order_relaxed) + 1;
    // Relaxed: what stands there is linked to, not followed.
    T* first = first_.load(std::memory_order_relaxed);
    do {
      Link::next(object) = first;
      // (T1) release, pairs with T2: the unpublishing, and all that was done to the object, before the scan. An object
      // that was taken, freed and pushed again at the same address is linked to as rightly as the one of before.
      // Relaxed if it fails: linked to, not followed.
    } while (!first_.compare_exchange_weak(first, object, Sync::orders.retire_push, std::memory_order_relaxed));
    return is_due(state);
  }

  // Calls reclaim(group) for what waits, a group at a time; again while enough comes after. `reclaim` may push.
  template <class Reclaim>
  void flush(Reclaim&& reclaim) noexcept {
    std::ptrdiff_t state;
    do {
      state_.fetch_add(one_flush, std::memory_order_relaxed);  // Relaxed: a number.
      // (T2) acquire, pairs with T1; each push continues the release sequence of those before it.
      T* next = first_.exchange(nullptr, Sync::orders.retire_take);
      while (next != nullptr) {
        scan_group<T> group;
        std::ptrdiff_t taken = 0;
        for (; next != nullptr && !group.is_full(); ++taken) {
          T* const object = next;
          next = Link::next(object);
          group.add(object);
        }
        state_.fetch_sub(taken, std::memory_order_relaxed);  // Relaxed: a number.
        reclaim(group);
      }
      // Relaxed: a number, but one that says of flushes and objects at once who sees to what has come meanwhile.
      state = state_.fetch_sub(one_flush, std::memory_order_relaxed) - one_flush;
    } while (is_due(state));
  }

  // Relaxed, both: as old as they are.
  std::size_t size() const noexcept { return waiting(state_.load(std::memory_order_relaxed)); }
  bool is_empty() const noexcept { return first_.load(std::memory_order_relaxed) == nullptr; }

  // In the child of a fork: flushes of threads that are gone are over, and what they had in hand is lost.
  void after_fork_in_child() noexcept {
    std::ptrdiff_t waiting = 0;
    // Relaxed, both: there is one thread.
    for (T* object = first_.load(std::memory_order_relaxed); object != nullptr; object = Link::next(object)) ++waiting;
    state_.store(waiting, std::memory_order_relaxed);
  }

 private:
  // In one word: flushes that are running, and objects that wait.
  static constexpr std::ptrdiff_t one_flush = std::ptrdiff_t{1} << 20;

  static constexpr std::size_t waiting(std::ptrdiff_t state) noexcept {
    return static_cast<std::size_t>(state & (one_flush - 1));
  }
  static constexpr bool is_due(std::ptrdiff_t state) noexcept {
    return waiting(state) >= batch * (1 + static_cast<std::size_t>(state / one_flush));
  }

  typename Sync::template atomic<T*> first_{nullptr};
  typename Sync::template atomic<std::ptrdiff_t> state_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE
