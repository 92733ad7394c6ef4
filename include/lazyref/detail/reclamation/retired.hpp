// SPDX-License-Identifier: BSL-1.0
//
// Retired objects, whose last user is gone and which wait for a common scan: lock-free lists through the objects
// themselves, one per CPU.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_RETIRED_HPP
#define LAZYREF_DETAIL_RECLAMATION_RETIRED_HPP

#include <cstddef>
#include <cstdint>

#include "../base/striped.hpp"
#include "flush_frame.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// How much may wait in each list.
struct retire_limits {
  std::size_t objects;
  std::size_t bytes;  // as passed to retire
};

// When: an object is pushed to the list of the CPU that its retirer runs on. The retirer that brings a list to the
// limits, in objects or in bytes, scans for it. A list is also scanned as soon as the time since its last scan is
// `share` times the cost of one (by the clock: the heavy fence, and a load of each slot). So fences and scans take a
// small part of the time, and little waits where retires are rare.
//
// The bound: when no call is running, fewer than `objects` wait in each list. Each running call is processing what it
// took from one list, or from all.
//
// Disposers may retire and flush. A flush runs inside another one of its thread, but none inside that: the inner flush
// checks for what is left when it ends. So chains and trees of any length are disposed of without recursion.
//
// If `reclaim` fails, all objects go on waiting, and a flush is due again by the clock, or when twice as many wait. The
// first flush that succeeds takes all lists.
//
// Link: `static T*& next(T*) noexcept`, the object's field for the list.
template <class T, class Link, class Sync>
class retired_lists {
  struct list;

 public:
  using list_type = list;

  constexpr retired_lists() noexcept = default;

  // Makes a list for each CPU, at most `most`; before that there is one. Who may call: any thread.
  void spread(std::size_t most) noexcept { lists_.spread(most); }
  void spread() noexcept { lists_.spread(); }

  // Returns the list, if a flush of it is due; else null. Calls `limits()` if one may be due.
  // Progress: lock-free. Cost: two read-modify-writes on a line of this CPU.
  template <class Limits>
  list* push(T* object, std::size_t bytes, Limits&& limits) noexcept {
    list& mine = lists_.mine();
    mine.push(object, object);
    // (T3) release, pairs with T4: a thread that sees the number finds the object. So every waiting object is counted,
    // except those of running pushes.
    const std::ptrdiff_t waiting = mine.waiting.fetch_add(1, Sync::orders.retire_count) + 1;
    // Relaxed: read for a flush of this thread, which has counted itself. (Not by a thread_local variable: this may be
    // inlined, and a fiber may have changed its thread.)
    if (detail::is_rare(flushes_.load(std::memory_order_relaxed) != 0)) note_inside();
    if (bytes != 0) {
      const std::size_t most = limits().bytes;
      if (bytes > most) bytes = most;                                                          // It must not overflow.
      const std::size_t all = mine.bytes.fetch_add(bytes, Sync::orders.retire_count) + bytes;  // (T3)
      // Relaxed: a hint.
      if (detail::is_rare(all >= most && mine.not_before.load(std::memory_order_relaxed) == 0))
        return std::addressof(mine);
    }
    // Relaxed: a hint, and never above the limit unless a fence has failed.
    return detail::is_rare(waiting >= mine.next_look.load(std::memory_order_relaxed)) &&
                   mine.is_due(waiting, limits(), price_)
               ? std::addressof(mine)
               : nullptr;
  }

  // Calls reclaim(chain, passed) for the objects of that list (null: of all lists), and again for those pushed inside.
  // `reclaim` scans, calls passed() before it disposes, and returns the number of objects; 0: it failed, and all go on
  // waiting. It may push and flush.
  template <class Limits, class Reclaim>
  void flush(list* only, Limits&& limits, Reclaim&& reclaim) noexcept {
    flush_frame here{this, Sync::innermost_flush()};
    flush_frame* const inner = detail::find_flush(here.outer, this);
    if (inner != nullptr && detail::find_flush(inner->outer, this) != nullptr) {
      inner->is_asked = true;
      inner->is_asked_all |= only == nullptr;
      return;
    }
    Sync::innermost_flush() = &here;
    flushes_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: see push.
    here.is_asked_all = only == nullptr;
    bool found = true;
    do {
      here.is_asked = false;
      const bool all = here.is_asked_all;
      found = reclaim_from(
          [&](list& l) { return only != nullptr ? std::addressof(l) == only : all || l.is_full(limits()); }, here,
          reclaim);
      only = nullptr;
    } while (found && here.is_asked);
    flushes_.fetch_sub(1, std::memory_order_relaxed);  // Relaxed: see push.
    Sync::innermost_flush() = here.outer;
  }

  // The number of lists.
  std::size_t list_count() const noexcept { return lists_.size(); }

  // The number of objects that wait or that running flushes are processing. If it is 0 and no push is running: all
  // disposers of what was pushed before have ended, and they happen before the return. (A running push may hide one
  // object, which may be counted after it was reclaimed.)
  std::size_t size() const noexcept {
    std::ptrdiff_t n = 0;
    // (T8) acquire, both, pairs with T4 and T7. First the waiting objects: they move on to running flushes.
    lists_.for_each([&](const list& l) { n += l.waiting.load(Sync::orders.retire_size); });
    n += in_hand_.load(Sync::orders.retire_size);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  // Relaxed: possibly stale.
  bool is_empty() const noexcept {
    bool empty = true;
    lists_.for_each([&](const list& l) { empty = empty && l.first.load(std::memory_order_relaxed) == nullptr; });
    return empty;
  }

  // Whether objects were left here because a fence failed. Relaxed: a hint.
  bool has_failed() const noexcept { return has_failed_.load(std::memory_order_relaxed); }
  // Puts back a chain whose fence has failed. Returns its length.
  LAZYREF_DETAIL_COLD std::ptrdiff_t put_back(T* first, std::size_t bytes) noexcept {
    std::ptrdiff_t n = 1;
    T* last = first;
    for (; Link::next(last) != nullptr; last = Link::next(last)) ++n;
    list& mine = lists_.mine();
    // Relaxed, all: hints; set before the push, so that the flush that takes the chain resets them.
    mine.not_before.store(2 * (mine.waiting.load(std::memory_order_relaxed) + n), std::memory_order_relaxed);
    has_failed_.store(true, std::memory_order_relaxed);
    mine.push(first, last);
    mine.waiting.fetch_add(n, Sync::orders.retire_count);    // (T3)
    mine.bytes.fetch_add(bytes, Sync::orders.retire_count);  // (T3)
    return n;
  }

  // In the child of a fork: flushes of other threads are over, and the objects that they were processing are lost.
  void after_fork_in_child() noexcept {
    lists_.for_each([](list& l) {
      std::ptrdiff_t n = 0;
      // Relaxed, all: there is one thread.
      for (T* object = l.first.load(std::memory_order_relaxed); object != nullptr; object = Link::next(object)) ++n;
      l.waiting.store(n, std::memory_order_relaxed);
    });
    std::size_t own = 0;
    for (flush_frame* f = Sync::innermost_flush(); (f = detail::find_flush(f, this)) != nullptr; f = f->outer) ++own;
    // Relaxed, both: as above.
    flushes_.store(own, std::memory_order_relaxed);
    in_hand_.store(0, std::memory_order_relaxed);
  }

 private:
  // Scans take at most one part in `share` of the time.
  static constexpr std::uintptr_t share = 16;
  // The clock is read when `few` objects wait, and again after as many more, up to `stride`.
  static constexpr std::ptrdiff_t few = 4, stride = 64;

  struct alignas(cache_line) list {
    // Pushes a chain of objects, linked from `begin` to `last`.
    void push(T* begin, T* last) noexcept {
      // Relaxed: linked to, not dereferenced.
      T* before = first.load(std::memory_order_relaxed);
      do {
        Link::next(last) = before;
        // (T1) release, pairs with T2: the unpublishing, and every access to the object, happen before the scan. ABA is
        // harmless: an object that was taken, freed and pushed again at the same address is as correct to link to.
        // Relaxed on failure: linked to, not dereferenced.
      } while (!first.compare_exchange_weak(before, begin, Sync::orders.retire_push, std::memory_order_relaxed));
    }

    bool is_full(const retire_limits& limits) const noexcept {
      // Relaxed, both: read for what this thread's own calls have left.
      return waiting.load(std::memory_order_relaxed) >= static_cast<std::ptrdiff_t>(limits.objects) ||
             bytes.load(std::memory_order_relaxed) >= limits.bytes;
    }

    LAZYREF_DETAIL_COLD bool is_due(std::ptrdiff_t n, const retire_limits& limits,
                                    const typename Sync::template atomic<std::uintptr_t>& price) noexcept {
      // Relaxed: a hint.
      std::ptrdiff_t most = not_before.load(std::memory_order_relaxed);
      if (most == 0) most = static_cast<std::ptrdiff_t>(limits.objects);
      if (n >= most) return true;
      // Relaxed: a hint.
      const std::ptrdiff_t next = n < few ? few : n < stride ? 2 * n : n + stride;
      next_look.store(next < most ? next : most, std::memory_order_relaxed);
      if (n < few) return false;
      // Relaxed, both: hints.
      const std::uintptr_t since = Sync::now() - last_scan.load(std::memory_order_relaxed);
      return since > share * price.load(std::memory_order_relaxed);
    }

    // Adds the waiting objects to the chain; returns their bytes.
    std::size_t take(T*& chain, std::uintptr_t now, typename Sync::template atomic<std::ptrdiff_t>& in_hand) noexcept {
      // Relaxed, all: hints and counts.
      std::ptrdiff_t n = waiting.load(std::memory_order_relaxed);
      if (not_before.load(std::memory_order_relaxed) != 0) not_before.store(0, std::memory_order_relaxed);
      if (n == 0 && first.load(std::memory_order_relaxed) == nullptr) return 0;
      std::ptrdiff_t moved = 0;
      do {
        // Relaxed: T4 follows. Adds to in_hand before it subtracts from `waiting`: each object is counted in at least one.
        in_hand.fetch_add(n - moved, std::memory_order_relaxed);
        moved = n;
        // (T4) acq_rel, pairs with T3: each object subtracted here is in the list that is taken next, or was taken
        // before; and with T8: a thread that sees it subtracted here sees it in in_hand. Relaxed on failure: a count.
      } while (!waiting.compare_exchange_weak(n, 0, Sync::orders.retire_uncount, std::memory_order_relaxed));
      std::size_t heavy = 0;
      // Relaxed: a hint. (T4) as above.
      if (bytes.load(std::memory_order_relaxed) != 0) heavy = bytes.exchange(0, Sync::orders.retire_uncount);
      // (T2) acquire, pairs with T1; each push continues the earlier pushes' release sequences.
      T* const taken = first.exchange(nullptr, Sync::orders.retire_take);
      // Relaxed, all: hints.
      next_look.store(0, std::memory_order_relaxed);
      last_scan.store(now, std::memory_order_relaxed);
      if (taken == nullptr) return heavy;
      if (chain != nullptr) {
        T* last = taken;
        while (Link::next(last) != nullptr) last = Link::next(last);
        Link::next(last) = chain;
      }
      chain = taken;
      return heavy;
    }

    typename Sync::template atomic<T*> first{nullptr};
    typename Sync::template atomic<std::ptrdiff_t> waiting{0};
    typename Sync::template atomic<std::size_t> bytes{0};          // of objects whose size is known
    typename Sync::template atomic<std::ptrdiff_t> next_look{0};   // at so many waiting objects, see is_due
    typename Sync::template atomic<std::ptrdiff_t> not_before{0};  // replaces the limits; 0: no fence has failed
    typename Sync::template atomic<std::uintptr_t> last_scan{0};   // by the clock
  };

  // After a push: if a flush of these lists runs in this thread, asks it to look again.
  LAZYREF_DETAIL_COLD void note_inside() noexcept {
    if (flush_frame* const f = detail::find_flush(Sync::innermost_flush(), this)) f->is_asked = true;
  }

  void note_price(std::uintptr_t taken) noexcept {
    // Relaxed, both: a hint. One long scan, for example of a preempted thread, raises it little.
    const std::uintptr_t before = price_.load(std::memory_order_relaxed);
    const std::uintptr_t most = 2 * before + 1024;
    price_.store((before + (taken < most ? taken : most)) / 2, std::memory_order_relaxed);
  }

  // Returns whether there were objects, and the scan succeeded.
  template <class Wanted, class Reclaim>
  bool reclaim_from(Wanted&& wanted, flush_frame& here, Reclaim& reclaim) noexcept {
    const std::uintptr_t begin = Sync::now();
    T* chain = nullptr;
    std::size_t bytes = 0;
    lists_.for_each([&](list& l) {
      if (wanted(l)) bytes += l.take(chain, begin, in_hand_);
    });
    if (chain == nullptr) return false;
    std::ptrdiff_t n = reclaim(chain, [&] {
      note_price(Sync::now() - begin);
      if (detail::is_likely(!has_failed())) return;
      has_failed_.store(false, std::memory_order_relaxed);  // Relaxed: a hint.
      here.is_asked = here.is_asked_all = true;
    });
    const bool could = n != 0;
    if (detail::is_rare(!could)) {
      n = put_back(chain, bytes);
      note_price(Sync::now() - begin);
    }
    // (T7) release, pairs with T8: the disposers have ended.
    in_hand_.fetch_sub(n, Sync::orders.retire_done);
    return could;
  }

  striped<list, Sync> lists_;
  // Written by flushes.
  alignas(cache_line) typename Sync::template atomic<std::ptrdiff_t> in_hand_{0};
  typename Sync::template atomic<std::size_t> flushes_{0};   // that run
  typename Sync::template atomic<std::uintptr_t> price_{0};  // of a scan, by the clock
  typename Sync::template atomic<bool> has_failed_{false};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_RETIRED_HPP
