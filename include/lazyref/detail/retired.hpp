// SPDX-License-Identifier: BSL-1.0
//
// Objects whose last user is gone and that wait for a scan together: lock-free lists through the objects themselves, one
// for each CPU.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_RETIRED_HPP
#define LAZYREF_DETAIL_RETIRED_HPP

#include <cstddef>
#include <cstdint>

#include "striped.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// A flush that is running. Each thread has a chain of its own, from the innermost one outwards.
struct flush_frame {
  const void* lists;
  flush_frame* outer;
  bool is_asked = false;  // something was retired inside it, or a call inside a call inside it has left its flush to it
  bool is_asked_all = false;  // and wanted all that waits
};

// How much may wait in each list.
struct retire_limits {
  std::size_t objects;
  std::size_t bytes;  // by what retire was told
};

// When: an object joins the list of the CPU that its retirer runs on. A list is scanned by whoever makes it as long, or
// as heavy, as the limits; and as soon as the time since its last scan is `share` times what a scan costs (by the
// clock: the heavy fence, and a look at each slot), so that fences and scans take a small part of the time, and little
// waits where little is retired.
//
// The bound: when no call is running, fewer than `objects` wait in each list. Each call that is running has in hand what
// it found in one list, or in all.
//
// Disposers may retire and flush: a flush runs inside another one of its thread, and none inside that; what is left then,
// the inner one looks for when it ends. So chains and trees of any length are disposed of without recursion.
//
// Where `reclaim` fails, all waits, and a flush is due again by the clock, or when twice as many wait. The first one that
// does not fail takes all lists.
//
// Link: `static T*& next(T*) noexcept`, the object's room for the list.
template <class T, class Link, class Sync>
class retired_lists {
  struct list;

 public:
  using list_type = list;

  constexpr retired_lists() noexcept = default;

  // A list for each CPU, and as many as `most` at most; else there is one. Who may call: any thread.
  void spread(std::size_t most) noexcept { lists_.spread(most); }
  void spread() noexcept { lists_.spread(); }

  // Returns the list, if it is time for a flush of it; else null. `limits()` is called where it may be.
  // Progress: lock-free. Cost: two read-modify-writes on a line of this CPU.
  template <class Limits>
  list* push(T* object, std::size_t bytes, Limits&& limits) noexcept {
    list& mine = lists_.mine();
    mine.push(object, object);
    // (T3) release, pairs with T4: whoever sees the number finds the object. So no object waits that is not counted, but
    // for those of pushes that are running.
    const std::ptrdiff_t waiting = mine.waiting.fetch_add(1, Sync::orders.retire_count) + 1;
    // Relaxed: looked at for a flush of this thread, whose own number it is.
    if (detail::is_rare(in_hand_.load(std::memory_order_relaxed) != 0)) note_inside();
    if (bytes != 0) {
      const std::size_t most = limits().bytes;
      if (bytes > most) bytes = most;                                                          // It must not overflow.
      const std::size_t all = mine.bytes.fetch_add(bytes, Sync::orders.retire_count) + bytes;  // (T3)
      // Relaxed: a hint.
      if (detail::is_rare(all >= most && mine.not_before.load(std::memory_order_relaxed) == 0))
        return std::addressof(mine);
    }
    // Relaxed: a hint, and never more than the limit, unless a fence has failed.
    return detail::is_rare(waiting >= mine.next_look.load(std::memory_order_relaxed)) &&
                   mine.is_due(waiting, limits(), price_)
               ? std::addressof(mine)
               : nullptr;
  }

  // Calls reclaim(chain, passed) for what waits in that list; null: in all of them, and again for what is pushed inside.
  // `reclaim` scans, calls passed() before it disposes, and returns how many objects there were; 0: it could not, and all
  // goes on waiting. It may push and flush.
  template <class Limits, class Reclaim>
  void flush(list* only, Limits&& limits, Reclaim&& reclaim) noexcept {
    flush_frame here{this, Sync::innermost_flush()};
    flush_frame* inner = nullptr;
    for (flush_frame* f = here.outer; f != nullptr; f = f->outer) {
      if (f->lists != this) continue;
      if (inner != nullptr) {
        inner->is_asked = true;
        inner->is_asked_all |= only == nullptr;
        return;
      }
      inner = f;
    }
    Sync::innermost_flush() = &here;
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
    Sync::innermost_flush() = here.outer;
  }

  // How many there are.
  std::size_t list_count() const noexcept { return lists_.size(); }

  // How many wait, and are in the hands of running flushes. 0, and no push is running: all disposers of what was pushed
  // before have ended, and that happens before. (A push that is running may hide one: its object, which is not counted
  // yet, may be gone already.)
  std::size_t size() const noexcept {
    std::ptrdiff_t n = 0;
    // (T8) acquire, both, pairs with T4 and T7. First those that wait: they go on to be in hand.
    lists_.for_each([&](const list& l) { n += l.waiting.load(Sync::orders.retire_size); });
    n += in_hand_.load(Sync::orders.retire_size);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  // Relaxed: as old as it is.
  bool is_empty() const noexcept {
    bool empty = true;
    lists_.for_each([&](const list& l) { empty = empty && l.first.load(std::memory_order_relaxed) == nullptr; });
    return empty;
  }

  // Has something been left here because a fence failed? Relaxed: a hint.
  bool has_failed() const noexcept { return has_failed_.load(std::memory_order_relaxed); }
  // A chain whose fence has failed; returns how many it is.
  LAZYREF_DETAIL_COLD std::ptrdiff_t put_back(T* first, std::size_t bytes) noexcept {
    std::ptrdiff_t n = 1;
    T* last = first;
    for (; Link::next(last) != nullptr; last = Link::next(last)) ++n;
    list& mine = lists_.mine();
    // Relaxed, all: hints; before the push, so that who takes it sets them back.
    mine.not_before.store(2 * (mine.waiting.load(std::memory_order_relaxed) + n), std::memory_order_relaxed);
    has_failed_.store(true, std::memory_order_relaxed);
    mine.push(first, last);
    mine.waiting.fetch_add(n, Sync::orders.retire_count);    // (T3)
    mine.bytes.fetch_add(bytes, Sync::orders.retire_count);  // (T3)
    return n;
  }

  // In the child of a fork: flushes of threads that are gone are over, and what they had in hand is lost.
  void after_fork_in_child() noexcept {
    lists_.for_each([](list& l) {
      std::ptrdiff_t n = 0;
      // Relaxed, all: there is one thread.
      for (T* object = l.first.load(std::memory_order_relaxed); object != nullptr; object = Link::next(object)) ++n;
      l.waiting.store(n, std::memory_order_relaxed);
    });
    in_hand_.store(0, std::memory_order_relaxed);  // Relaxed: as above.
  }

 private:
  // What scans may cost: one part in so many.
  static constexpr std::uintptr_t share = 16;
  // So many wait before the clock is asked, and then as many again, up to `stride`.
  static constexpr std::ptrdiff_t few = 4, stride = 64;

  struct alignas(cache_line) list {
    // A chain of objects, linked from `begin` to `last`.
    void push(T* begin, T* last) noexcept {
      // Relaxed: what stands there is linked to, not followed.
      T* before = first.load(std::memory_order_relaxed);
      do {
        Link::next(last) = before;
        // (T1) release, pairs with T2: the unpublishing, and all that was done to the object, before the scan. An object
        // that was taken, freed and pushed again at the same address is linked to as rightly as the one of before.
        // Relaxed if it fails: linked to, not followed.
      } while (!first.compare_exchange_weak(before, begin, Sync::orders.retire_push, std::memory_order_relaxed));
    }

    bool is_full(const retire_limits& limits) const noexcept {
      // Relaxed, both: of what this thread's calls have left.
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

    // Adds what waits to the chain; returns the bytes of it.
    std::size_t take(T*& chain, std::uintptr_t now, typename Sync::template atomic<std::ptrdiff_t>& in_hand) noexcept {
      // Relaxed, all: glances, and numbers.
      std::ptrdiff_t n = waiting.load(std::memory_order_relaxed);
      if (not_before.load(std::memory_order_relaxed) != 0) not_before.store(0, std::memory_order_relaxed);
      if (n == 0 && first.load(std::memory_order_relaxed) == nullptr) return 0;
      std::ptrdiff_t moved = 0;
      do {
        // Relaxed: T4 is next. First in hand, then away from here: never in neither.
        in_hand.fetch_add(n - moved, std::memory_order_relaxed);
        moved = n;
        // (T4) acq_rel, pairs with T3: what is counted away is in the list that is taken next, or has been taken; and with
        // T8: whoever sees that it does not wait sees that it is in hand. Relaxed if it fails: a number.
      } while (!waiting.compare_exchange_weak(n, 0, Sync::orders.retire_uncount, std::memory_order_relaxed));
      std::size_t heavy = 0;
      // Relaxed: a glance. (T4) as above.
      if (bytes.load(std::memory_order_relaxed) != 0) heavy = bytes.exchange(0, Sync::orders.retire_uncount);
      // (T2) acquire, pairs with T1; each push continues the release sequence of those before it.
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
    typename Sync::template atomic<std::size_t> bytes{0};          // of those whose size was told
    typename Sync::template atomic<std::ptrdiff_t> next_look{0};   // when so many wait, see is_due
    typename Sync::template atomic<std::ptrdiff_t> not_before{0};  // in place of the limits; 0: no fence has failed
    typename Sync::template atomic<std::uintptr_t> last_scan{0};   // by the clock
  };

  // Something was pushed: inside a flush of these lists, in this thread?
  LAZYREF_DETAIL_COLD void note_inside() noexcept {
    for (flush_frame* f = Sync::innermost_flush(); f != nullptr; f = f->outer) {
      if (f->lists == this) {
        f->is_asked = true;
        return;
      }
    }
  }

  void note_price(std::uintptr_t taken) noexcept {
    // Relaxed, both: a hint. One long scan, as of a thread that was preempted, raises it little.
    const std::uintptr_t before = price_.load(std::memory_order_relaxed);
    const std::uintptr_t most = 2 * before + 1024;
    price_.store((before + (taken < most ? taken : most)) / 2, std::memory_order_relaxed);
  }

  // Returns whether there was something, and it could be scanned for.
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
  // What flushes write.
  alignas(cache_line) typename Sync::template atomic<std::ptrdiff_t> in_hand_{0};
  typename Sync::template atomic<std::uintptr_t> price_{0};  // of a scan, by the clock
  typename Sync::template atomic<bool> has_failed_{false};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RETIRED_HPP
