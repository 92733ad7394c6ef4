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

// Keeps the contents, and the memory by one hold.
template <class Sync>
class reference_counts {
 public:
  constexpr reference_counts() noexcept = default;

  void add_users(std::uint32_t n) noexcept {
    // Relaxed: whoever adds a user has one.
    const std::uint32_t before = users_.fetch_add(n, std::memory_order_relaxed);
    if (detail::is_rare(before == 0))
      detail::call_fatal_hook(
          "a user was added to an object whose last user is gone: a strong_ref outlived its object, or a raw pointer "
          "was taken for one");
    if (detail::is_rare(before >= count_limit - n))
      detail::call_fatal_hook("an object has more than 2^31 users: strong_refs are leaked");
  }

  // A user more, if there is one: 0 is the end. (A count that adds first and looks then needs a mark for the end, for which
  // whoever has reached 0 must come back; but users that came meanwhile may have gone again, and the memory too.)
  // Precondition: the memory is kept. Progress: lock-free.
  bool try_add_user() noexcept {
    // (C3) acquire, pairs with C1: who finds no user finds what the last one did before it went, as that no cell
    // leads to the object any more.
    std::uint32_t now = users_.load(Sync::orders.users_look);
    do {
      if (now == 0) return false;
      if (detail::is_rare(now >= count_limit - 1))
        detail::call_fatal_hook("an object has more than 2^31 users: strong_refs are leaked");
      // (C3) acquire: as above, if it fails. If it does not, it need be none (the order of success must not be weaker):
      // whoever asks has the contents by what keeps the memory, and the last user to go has this one by C1.
    } while (!users_.compare_exchange_weak(now, now + 1, Sync::orders.users_look, Sync::orders.users_look));
    return true;
  }

  // True for whoever dropped the last one.
  bool drop_user() noexcept {
    // (C1) acq_rel, pairs with itself and C3; I1: release, so that every activation under this user is in the last one's
    // past; acquire, for the last one to have them.
    const std::uint32_t before = users_.fetch_sub(1, Sync::orders.users_drop);
    if (detail::is_rare(before == 0))
      detail::call_fatal_hook("a user was dropped that was never counted: a strong_ref was destroyed twice");
    return before == 1;
  }

  // Relaxed: as old as it is.
  std::uint32_t users() const noexcept { return users_.load(std::memory_order_relaxed); }

  hold_count<Sync>& holds() noexcept { return holds_; }

 private:
  typename Sync::template atomic<std::uint32_t> users_{1};
  hold_count<Sync> holds_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_REFERENCE_COUNTS_HPP
