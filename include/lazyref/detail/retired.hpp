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

// A flush that is running. Each thread has a chain of its own, from the innermost one outwards.
struct flush_frame {
  const void* list;
  const flush_frame* outer;
};

// Link: `static T*& next(T*) noexcept`, the object's room for the list.
//
// The bound: when no call is running, fewer than `batch` objects wait. Each flush that is running adds `batch` to that, and
// has in hand what it has taken: with c calls running, fewer than batch * (1 + c) wait, and together with what is in hand
// it is fewer than batch * (1 + c) * (2 + c) / 2.
//
// Disposers may retire and flush: a flush runs inside another one of its thread, and none inside that; what is left then,
// the inner one looks for when it ends. So chains and trees of any length are disposed of without recursion. (What
// disposers leave to it is not in the bound.)
//
// Where `reclaim` fails, all waits, and a flush is due again when a batch more has come; see has_failed.
template <class T, class Link, class Sync>
class retired_list {
 public:
  static constexpr std::size_t batch = scan_group<T>::capacity;

  // Returns whether it is time for a flush. Progress: lock-free. Cost: two read-modify-writes.
  bool push(T* object) noexcept {
    push_all(object, object);
    // Counted when it can be taken, so that nobody looks for what is not there. A flush that is quicker takes away more
    // than was counted, for a moment. Relaxed: a number; T3 is for whoever must see it.
    const std::ptrdiff_t waiting = waiting_.fetch_add(1, std::memory_order_relaxed) + 1;
    // (T3) release, pairs with T4: a flush that this is left to finds the object. As a read-modify-write: it comes before
    // that flush's end, or after it and knows of it.
    return detail::is_rare(waiting >= one_batch) && is_due(waiting, flushes_.fetch_add(0, Sync::orders.retire_count));
  }

  // Calls reclaim(group) for what waits, a group at a time; again if enough has come meanwhile, or (all) anything.
  // `reclaim` returns whether it could; if not, what waits goes on waiting. It may push and flush.
  template <class Reclaim>
  void flush(bool all, Reclaim&& reclaim) noexcept {
    const flush_frame here{this, Sync::innermost_flush()};
    int running = 0;
    for (const flush_frame* f = here.outer; f != nullptr; f = f->outer) running += f->list == this;
    if (running > 1) return;
    Sync::innermost_flush() = &here;
    for (bool again = true; again;) {
      flushes_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a number.
      bool could = true;
      for (bool more = true; more && could; more = all) {
        // (T2) acquire, pairs with T1; each push continues the release sequence of those before it.
        T* const taken = first_.exchange(nullptr, Sync::orders.retire_take);
        if (taken == nullptr) break;
        could = reclaim_list(taken, reclaim);
      }
      if (could) not_before_.store(0, std::memory_order_relaxed);  // Relaxed: a hint.
      // (T4) acquire, pairs with T3: what pushes left to this flush is found in the list. Pushes after this see to
      // themselves.
      const std::size_t others = flushes_.fetch_sub(1, Sync::orders.retire_end) - 1;
      // Relaxed: of what T4 has read. An empty list is in the hands of another flush, which has not counted yet.
      again = could && !is_empty() && is_due(waiting_.load(std::memory_order_relaxed), others);
    }
    Sync::innermost_flush() = here.outer;
  }

  // Those that wait in the list; and those that running flushes have in hand.
  std::size_t size() const noexcept { return retired_list::number(waiting_); }
  std::size_t in_hand() const noexcept { return retired_list::number(in_hand_); }
  // Has something been left here because a fence failed? Relaxed: a hint.
  bool has_failed() const noexcept { return not_before_.load(std::memory_order_relaxed) != 0; }
  void note_failure() noexcept {
    // Relaxed, both: as above.
    not_before_.store(waiting_.load(std::memory_order_relaxed) + one_batch, std::memory_order_relaxed);
  }
  // Relaxed: as old as it is.
  bool is_empty() const noexcept { return first_.load(std::memory_order_relaxed) == nullptr; }

  // In the child of a fork: flushes of threads that are gone are over, and what they had in hand is lost.
  void after_fork_in_child() noexcept {
    std::ptrdiff_t waiting = 0;
    // Relaxed, all: there is one thread.
    for (T* object = first_.load(std::memory_order_relaxed); object != nullptr; object = Link::next(object)) ++waiting;
    waiting_.store(waiting, std::memory_order_relaxed);
    in_hand_.store(0, std::memory_order_relaxed);
    flushes_.store(0, std::memory_order_relaxed);
    not_before_.store(0, std::memory_order_relaxed);  // Relaxed: as above.
  }

 private:
  static constexpr auto one_batch = static_cast<std::ptrdiff_t>(batch);

  bool is_due(std::ptrdiff_t waiting, std::size_t flushes) const noexcept {
    return waiting >= one_batch && static_cast<std::size_t>(waiting) / batch > flushes &&
           waiting >= not_before_.load(std::memory_order_relaxed);  // Relaxed: a hint.
  }
  static std::size_t number(const typename Sync::template atomic<std::ptrdiff_t>& of) noexcept {
    const std::ptrdiff_t n = of.load(std::memory_order_relaxed);  // Relaxed: as old as it is.
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

  // A chain of objects, linked from `first` to `last`.
  void push_all(T* first, T* last) noexcept {
    // Relaxed: what stands there is linked to, not followed.
    T* before = first_.load(std::memory_order_relaxed);
    do {
      Link::next(last) = before;
      // (T1) release, pairs with T2: the unpublishing, and all that was done to the object, before the scan. An object
      // that was taken, freed and pushed again at the same address is linked to as rightly as the one of before.
      // Relaxed if it fails: linked to, not followed.
    } while (!first_.compare_exchange_weak(before, first, Sync::orders.retire_push, std::memory_order_relaxed));
  }

  template <class Reclaim>
  bool reclaim_list(T* next, Reclaim& reclaim) noexcept {
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
        // Relaxed, all: numbers. First in hand, then away from the list: never in neither.
        in_hand_.fetch_add(taken, std::memory_order_relaxed);
        waiting_.fetch_sub(taken, std::memory_order_relaxed);
        is_counted = true;
      }
      if (detail::is_rare(!reclaim(group))) {
        put_back(group, next);
        return false;
      }
      // Relaxed: a number.
      in_hand_.fetch_sub(static_cast<std::ptrdiff_t>(group.size()), std::memory_order_relaxed);
    } while (next != nullptr);
    return true;
  }

  [[gnu::__noinline__, gnu::__cold__]] void put_back(const scan_group<T>& group, T* rest) noexcept {
    auto count = static_cast<std::ptrdiff_t>(group.size());
    T* first = rest;
    T* last = *group.begin();
    for (T* object = rest; object != nullptr; object = Link::next(object)) {
      last = object;
      ++count;
    }
    for (T* const object : group) {
      Link::next(object) = first;
      first = object;
    }
    push_all(first, last);
    // Relaxed, both: numbers, as in reclaim_list.
    waiting_.fetch_add(count, std::memory_order_relaxed);
    in_hand_.fetch_sub(count, std::memory_order_relaxed);
    note_failure();
  }

  typename Sync::template atomic<T*> first_{nullptr};
  typename Sync::template atomic<std::ptrdiff_t> waiting_{0};  // which may be a few less than none: see push
  typename Sync::template atomic<std::ptrdiff_t> in_hand_{0};
  typename Sync::template atomic<std::size_t> flushes_{0};        // that are running
  typename Sync::template atomic<std::ptrdiff_t> not_before_{0};  // how many must wait; 0: no fence has failed
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RETIRED_HPP
