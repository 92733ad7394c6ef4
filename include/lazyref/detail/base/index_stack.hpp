// SPDX-License-Identifier: BSL-1.0
//
// The numbers of free slots: a lock-free stack (R. K. Treiber, 1986). It is one word: the number on top, and a count of
// the word's modifications, which prevents ABA when a number is popped and pushed again.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_BASE_INDEX_STACK_HPP
#define LAZYREF_DETAIL_BASE_INDEX_STACK_HPP

#include <cstdint>

#include "../../sync.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// `below(i)`: a Sync::atomic<std::uint32_t>& for number i, the link to the number below it. It must outlive the stack.
template <class Sync>
class index_stack {
 public:
  constexpr index_stack() noexcept = default;

  // Pops the top number. Returns whether there was one. Progress: lock-free. Cost: one read-modify-write, and another
  // for each concurrent call that succeeds first.
  template <class LinkOf>
  bool pop(std::uint32_t& index, LinkOf&& below) noexcept {
    // (D1) acquire, pairs with D2; I2: the slot's last worker is done with it; and the link below it is visible.
    std::uint64_t top = top_.load(Sync::orders.claim);
    for (;;) {
      const auto one_more = static_cast<std::uint32_t>(top);
      if (one_more == 0) return false;
      index = one_more - 1;
      // Relaxed: D1 has acquired its push. If the number was popped and pushed again since, the exchange fails.
      const std::uint32_t next = below(index).load(std::memory_order_relaxed);
      // (D1) acquire in both cases: as above, for the value that it finds.
      if (top_.compare_exchange_strong(top, index_stack::changed(top, next), Sync::orders.claim, Sync::orders.claim))
        return true;
    }
  }

  // Precondition: the number is not in the stack. Progress, cost: as pop.
  template <class LinkOf>
  void push(std::uint32_t index, LinkOf&& below) noexcept {
    // Relaxed: linked to, not dereferenced.
    std::uint64_t top = top_.load(std::memory_order_relaxed);
    do {
      below(index).store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);  // Relaxed: D2 publishes it.
      // (D2) release, pairs with D1; I2: this worker's uses happen before the next one's. All are read-modify-writes,
      // so each continues the earlier release sequences. Relaxed on failure: linked to, not dereferenced.
    } while (!top_.compare_exchange_strong(top, index_stack::changed(top, index + 1), Sync::orders.unclaim,
                                           std::memory_order_relaxed));
  }

  // Precondition: no concurrent calls, as in the child of a fork.
  void clear() noexcept { top_.store(0, std::memory_order_relaxed); }  // Relaxed: single-threaded.

 private:
  // The upper half counts modifications; it wraps.
  static std::uint64_t changed(std::uint64_t top, std::uint32_t one_more) noexcept {
    return (((top >> 32) + 1) << 32) | one_more;
  }

  // The number on top plus one; 0: the stack is empty.
  typename Sync::template atomic<std::uint64_t> top_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BASE_INDEX_STACK_HPP
