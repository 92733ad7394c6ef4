// SPDX-License-Identifier: BSL-1.0
//
// The two counts of an object: owner.hpp says what they keep.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_REFERENCE_COUNTS_HPP
#define LAZYREF_DETAIL_REFERENCE_COUNTS_HPP

#include <cstddef>
#include <cstdint>

#include "../result.hpp"
#include "atomics.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

inline constexpr std::uint32_t count_limit = std::uint32_t{1} << 31;

// Keeps the memory.
template <class Sync>
class hold_count {
 public:
  constexpr hold_count() noexcept = default;

  void take(std::size_t n) noexcept {
    // Relaxed: whoever takes holds has one.
    const std::uint32_t before = holds_.fetch_add(static_cast<std::uint32_t>(n), std::memory_order_relaxed);
    if (detail::is_rare(before == 0))
      detail::call_fatal_hook("a hold was taken on an object that is being disposed of");
    if (detail::is_rare(n >= count_limit || before >= count_limit - n))
      detail::call_fatal_hook("an object has more than 2^31 holds");
  }

  // True for whoever gave up the last one.
  bool give_up(std::size_t n) noexcept {
    // (C2) acq_rel, pairs with itself; I3: whoever disposes has every other holder's past in its own.
    const std::uint32_t before = holds_.fetch_sub(static_cast<std::uint32_t>(n), Sync::orders.holds_drop);
    if (detail::is_rare(before < n))
      detail::call_fatal_hook("a hold was given up that was never taken: an object was handed over or released twice");
    return before == n;
  }

  // The same for the caller that is likely to be the only one, as it is when it retires an object: no
  // read-modify-write then.
  bool give_up_only() noexcept {
    // (C4) acquire, pairs with C2; I3.
    if (detail::is_rare(holds_.load(Sync::orders.holds_sole) != 1)) return give_up(1);
    holds_.store(0, std::memory_order_relaxed);  // Relaxed: only misuse reads it.
    return true;
  }

 private:
  typename Sync::template atomic<std::uint32_t> holds_{1};  // the users'
};

// Keeps the contents, and the memory by one hold. The count ends at a mark and not at 0, so that a user more can be added
// in one step where there may be none: whoever finds the mark knows that there is none, and there will not be. (The sticky
// counter of D. Anderson, G. Blelloch and Y. Wei, "Concurrent deferred reference counting with constant-time overhead",
// 2021.) At 0 a user may still come back.
template <class Sync>
class reference_counts {
 public:
  constexpr reference_counts() noexcept = default;

  void add_users(std::uint32_t n) noexcept {
    // Relaxed: whoever adds a user has one.
    const std::uint32_t before = users_.fetch_add(n, std::memory_order_relaxed);
    if (detail::is_rare(before == 0 || before >= gone))
      detail::call_fatal_hook(
          "a user was added to an object whose last user is gone: a strong_ref outlived its object, or a raw pointer "
          "was taken for one");
    if (detail::is_rare(before >= gone / 2 - n))
      detail::call_fatal_hook("an object has more than 2^30 users: strong_refs are leaked");
  }

  // A user more, if there is one or may be one again. Precondition: the memory is kept. Progress: wait-free.
  bool try_add_user() noexcept {
    // Relaxed, both: whoever asks has the contents by what keeps the memory, and the last user to go has this one by C1.
    // The first look keeps those that come too late from counting for ever.
    if (users_.load(std::memory_order_relaxed) >= gone) return false;
    const std::uint32_t before = users_.fetch_add(1, std::memory_order_relaxed);
    if (detail::is_rare(before < gone && before >= gone / 2))
      detail::call_fatal_hook("an object has more than 2^30 users: strong_refs are leaked");
    return before < gone;
  }

  // True for whoever dropped the last one.
  bool drop_user() noexcept {
    // (C1) acq_rel, pairs with itself; I1: release, so that every activation under this user is in the last one's past;
    // acquire, for the last one to have them.
    const std::uint32_t before = users_.fetch_sub(1, Sync::orders.users_drop);
    if (detail::is_likely(before - 2 < gone - 2)) return false;
    if (detail::is_rare(before != 1))
      detail::call_fatal_hook("a user was dropped that was never counted: a strong_ref was destroyed twice");
    std::uint32_t none = 0;
    // (C5) acquire, pairs with C1; I1: those that came and went since are in the past of the one who ends it. Relaxed if it
    // fails: somebody is here again, or has ended it.
    return users_.compare_exchange_strong(none, gone, Sync::orders.users_end, std::memory_order_relaxed);
  }

  // The same for the caller that is likely to be the only one: no read-modify-write then.
  bool drop_only_user() noexcept {
    std::uint32_t only = 1;
    // (C3) acquire, pairs with C1; I1. Relaxed if it fails: there are others.
    return users_.compare_exchange_strong(only, gone, Sync::orders.users_sole, std::memory_order_relaxed) || drop_user();
  }

  // Relaxed: as old as it is.
  std::uint32_t users() const noexcept {
    const std::uint32_t now = users_.load(std::memory_order_relaxed);
    return now < gone ? now : 0;
  }

  hold_count<Sync>& holds() noexcept { return holds_; }

 private:
  static constexpr std::uint32_t gone = count_limit;

  typename Sync::template atomic<std::uint32_t> users_{1};
  hold_count<Sync> holds_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_REFERENCE_COUNTS_HPP
