// SPDX-License-Identifier: BSL-1.0
//
// The numbers of slots that nobody has: a lock-free stack (R. K. Treiber, 1986). It is one word, the number on top and
// how often the word was changed, so that a number which has gone and come back meanwhile is not taken for the same.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_INDEX_STACK_HPP
#define LAZYREF_DETAIL_INDEX_STACK_HPP

#include <cstdint>

#include "../sync.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// `below(i)`: a Sync::atomic<std::uint32_t>& for number i, which stands as long as the stack: what lies below it.
template <class Sync>
class index_stack {
 public:
  constexpr index_stack() noexcept = default;

  // Takes the top off. Returns whether there was one. Progress: lock-free. Cost: one read-modify-write, and another for
  // each other call that was quicker.
  template <class LinkOf>
  bool pop(std::uint32_t& index, LinkOf&& below) noexcept {
    // (D1) acquire, pairs with D2; I2: whoever gave the slot back is done with it; and what it lies on is known.
    std::uint64_t top = top_.load(Sync::orders.claim);
    for (;;) {
      const auto one_more = static_cast<std::uint32_t>(top);
      if (one_more == 0) return false;
      index = one_more - 1;
      // Relaxed: D1 has read who pushed it. If it was taken and pushed again since, the exchange fails.
      const std::uint32_t next = below(index).load(std::memory_order_relaxed);
      // (D1) acquire both ways: as above, for what it finds.
      if (top_.compare_exchange_strong(top, index_stack::changed(top, next), Sync::orders.claim, Sync::orders.claim))
        return true;
    }
  }

  // Precondition: it is not in the stack. Progress, cost: as pop.
  template <class LinkOf>
  void push(std::uint32_t index, LinkOf&& below) noexcept {
    // Relaxed: what stands there is linked to, not followed.
    std::uint64_t top = top_.load(std::memory_order_relaxed);
    do {
      below(index).store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);  // Relaxed: D2 publishes it.
      // (D2) release, pairs with D1; I2: the next worker begins after this one. All changes are read-modify-writes, so
      // each continues the release sequences of those before it. Relaxed if it fails: linked to, not followed.
    } while (!top_.compare_exchange_strong(top, index_stack::changed(top, index + 1), Sync::orders.unclaim,
                                           std::memory_order_relaxed));
  }

  // Precondition: no other thread is here, as in the child of a fork.
  void clear() noexcept { top_.store(0, std::memory_order_relaxed); }  // Relaxed: there is one thread.

 private:
  // The upper half counts changes; it wraps by itself.
  static std::uint64_t changed(std::uint64_t top, std::uint32_t one_more) noexcept {
    return (((top >> 32) + 1) << 32) | one_more;
  }

  // The number on top plus one, or 0: nothing.
  typename Sync::template atomic<std::uint64_t> top_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_INDEX_STACK_HPP
