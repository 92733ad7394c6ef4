// SPDX-License-Identifier: BSL-1.0
//
// The two counts of an object: owner.hpp says what each keeps alive.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_SLOT_REFERENCE_COUNTS_HPP
#define LAZYREF_DETAIL_SLOT_REFERENCE_COUNTS_HPP

#include <cstddef>
#include <cstdint>

#include "../../result.hpp"
#include "../base/atomics.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

inline constexpr std::uint32_t count_limit = std::uint32_t{1} << 31;

// Keeps the memory.
template <class Sync>
class hold_count {
 public:
  constexpr hold_count() noexcept = default;

  void take(std::size_t n) noexcept {
    // Relaxed: the caller has a hold already.
    const std::uint32_t before = holds_.fetch_add(static_cast<std::uint32_t>(n), std::memory_order_relaxed);
    if (detail::is_rare(before == 0))
      detail::call_fatal_hook(
          "a hold was taken on an object that is being reclaimed: its last user was dropped twice, or its memory was "
          "overwritten");
    if (detail::is_rare(n >= count_limit || before >= count_limit - n))
      detail::call_fatal_hook("an object has more than 2^31 holds: holds are leaked, or its count was overwritten");
  }

  // Returns true if this dropped the last hold.
  bool give_up(std::size_t n) noexcept {
    // (C2) acq_rel, pairs with itself; I3: all accesses of the other holders happen before the disposal.
    const std::uint32_t before = holds_.fetch_sub(static_cast<std::uint32_t>(n), Sync::orders.holds_drop);
    if (detail::is_rare(before < n))
      detail::call_fatal_hook("a hold was dropped that was never taken: an object was handed over or released twice");
    return before == n;
  }

  // The same for a caller that is probably the only holder, as one that retires an object: then without a
  // read-modify-write.
  bool give_up_only() noexcept {
    // (C4) acquire, pairs with C2; I3.
    if (detail::is_rare(holds_.load(Sync::orders.holds_sole) != 1)) return give_up(1);
    holds_.store(0, std::memory_order_relaxed);  // Relaxed: read only after misuse.
    return true;
  }

 private:
  typename Sync::template atomic<std::uint32_t> holds_{1};  // one for all users together
};

// Keeps the contents, and by one hold the memory.
template <class Sync>
class reference_counts {
 public:
  constexpr reference_counts() noexcept = default;

  void add_users(std::uint32_t n) noexcept {
    // Relaxed: the caller has a user already.
    const std::uint32_t before = users_.fetch_add(n, std::memory_order_relaxed);
    if (detail::is_rare(before == 0))
      detail::call_fatal_hook(
          "a user was added to an object whose last user was dropped: a strong_ref outlived its object, or a raw "
          "pointer was used as one; take references by strong_ref::try_from");
    if (detail::is_rare(before >= count_limit - n))
      detail::call_fatal_hook("an object has more than 2^31 users: strong_refs are leaked");
  }

  // Adds a user, if there is one: a count of 0 is final. (A count that increments first and checks afterwards needs a
  // mark for the end, which the thread that reached 0 must come back to set. Users added in between may be gone by
  // then, and the memory with them.) Precondition: the memory is kept. Progress: lock-free.
  bool try_add_user() noexcept {
    // (C3) acquire, pairs with C1: a thread that finds no user sees what the last one did before its drop, such as that
    // no cell leads to the object any more.
    std::uint32_t now = users_.load(Sync::orders.users_look);
    do {
      if (now == 0) return false;
      if (detail::is_rare(now >= count_limit - 1))
        detail::call_fatal_hook("an object has more than 2^31 users: strong_refs are leaked");
      // (C3) acquire on failure: as above. Success needs none (but its order must not be weaker): what keeps the memory
      // makes the contents visible to the caller, and by C1 the last user to be dropped has this one in its past.
    } while (!users_.compare_exchange_weak(now, now + 1, Sync::orders.users_look, Sync::orders.users_look));
    return true;
  }

  // Returns true if this dropped the last user.
  bool drop_user() noexcept {
    // (C1) acq_rel, pairs with itself and C3; I1: release, so that every activation under this user is in the past of
    // the last drop; acquire, so that the last drop has them in its past.
    const std::uint32_t before = users_.fetch_sub(1, Sync::orders.users_drop);
    if (detail::is_rare(before == 0))
      detail::call_fatal_hook("a user was dropped that was never counted: a strong_ref was destroyed twice");
    return before == 1;
  }

  // Relaxed: possibly stale.
  std::uint32_t users() const noexcept { return users_.load(std::memory_order_relaxed); }

  hold_count<Sync>& holds() noexcept { return holds_; }

 private:
  typename Sync::template atomic<std::uint32_t> users_{1};
  hold_count<Sync> holds_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_SLOT_REFERENCE_COUNTS_HPP
