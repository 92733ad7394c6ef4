// SPDX-License-Identifier: BSL-1.0
//
// Objects whose last user is gone and that wait for a scan together: a lock-free list through the objects themselves.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_RETIRED_HPP
#define LAZYREF_DETAIL_RETIRED_HPP

#include <cstddef>

#include "../reclaimer.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Link: `static T*& next(T*) noexcept`, the object's room for the list.
//
// The bound: when no call is running, fewer than `batch` objects wait. Each flush that is running adds `batch` to that,
// so that a disposer that retires does not recurse into a flush each time (flushes nest about as deep as the square
// root of what is retired), and has in hand what it has taken: with c calls running, fewer than batch * (1 + c) wait,
// and together with what is in hand it is fewer than batch * (1 + c) * (2 + c) / 2.
template <class T, class Link, class Sync>
class retired_list {
 public:
  static constexpr std::size_t batch = scan_group<T>::capacity;

  // Returns whether it is time for a flush. Progress: lock-free. Cost: two read-modify-writes.
  bool push(T* object) noexcept {
    // Relaxed: what stands there is linked to, not followed.
    T* first = first_.load(std::memory_order_relaxed);
    do {
      Link::next(object) = first;
      // (T1) release, pairs with T2: the unpublishing, and all that was done to the object, before the scan. An object
      // that was taken, freed and pushed again at the same address is linked to as rightly as the one of before.
      // Relaxed if it fails: linked to, not followed.
    } while (!first_.compare_exchange_weak(first, object, Sync::orders.retire_push, std::memory_order_relaxed));
    // Counted when it can be taken, so that nobody looks for what is not there. A flush that is quicker takes away more
    // than was counted, for a moment.
    // (T3) release, pairs with T4: the flush that this is left to finds the object.
    return is_due(state_.fetch_add(1, Sync::orders.retire_count) + 1);
  }

  // Calls reclaim(group) for what waits, a group at a time; again if enough has come meanwhile. `reclaim` may push and
  // flush. Ends when the list is empty, whatever was counted.
  template <class Reclaim>
  void flush(Reclaim&& reclaim) noexcept {
    // (T2) acquire, pairs with T1; each push continues the release sequence of those before it.
    while (T* next = first_.exchange(nullptr, Sync::orders.retire_take)) {
      bool is_counted = false;
      do {
        scan_group<T> group;
        do {
          T* const object = next;
          next = Link::next(object);
          group.add(object);
        } while (next != nullptr && !group.is_full());
        if (!is_counted) {
          auto taken = static_cast<std::ptrdiff_t>(group.size());
          for (T* object = next; object != nullptr; object = Link::next(object)) ++taken;
          state_.fetch_add(one_flush - taken, std::memory_order_relaxed);  // Relaxed: a number.
          is_counted = true;
        }
        reclaim(group);
      } while (next != nullptr);
      // (T4) acquire, pairs with T3: what pushes left to this flush is found in the list. Pushes after this see to
      // themselves.
      if (!is_due(state_.fetch_sub(one_flush, Sync::orders.retire_end) - one_flush)) return;
    }
  }

  std::size_t size() const noexcept {
    // Relaxed: as old as it is.
    const std::ptrdiff_t n = waiting(state_.load(std::memory_order_relaxed));
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  // Relaxed: as old as it is.
  bool is_empty() const noexcept { return first_.load(std::memory_order_relaxed) == nullptr; }

  // In the child of a fork: flushes of threads that are gone are over, and what they had in hand is lost.
  void after_fork_in_child() noexcept {
    std::ptrdiff_t waiting = 0;
    // Relaxed, both: there is one thread.
    for (T* object = first_.load(std::memory_order_relaxed); object != nullptr; object = Link::next(object)) ++waiting;
    state_.store(waiting, std::memory_order_relaxed);
  }

 private:
  // In one word: flushes that are running, and objects that wait, which may be a few less than none (see push).
  static constexpr std::ptrdiff_t one_flush = std::ptrdiff_t{1} << 20;

  static constexpr std::ptrdiff_t waiting(std::ptrdiff_t state) noexcept {
    return ((state + one_flush / 2) & (one_flush - 1)) - one_flush / 2;
  }
  static constexpr bool is_due(std::ptrdiff_t state) noexcept {
    const std::ptrdiff_t flushes = (state - waiting(state)) / one_flush;
    return waiting(state) >= static_cast<std::ptrdiff_t>(batch) * (1 + flushes);
  }

  typename Sync::template atomic<T*> first_{nullptr};
  typename Sync::template atomic<std::ptrdiff_t> state_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RETIRED_HPP
