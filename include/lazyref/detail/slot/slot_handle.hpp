// SPDX-License-Identifier: BSL-1.0
//
// Which slot of a domain a worker has: the state of a lazy_slot, and what concerns it alone. The slot is the worker's as
// long as its claim number is the handle's: after_fork_in_child changes the numbers of slots that it takes back. The slot
// returns to the domain by detach. A worker may have further slots, one for each depth of nested scopes: they are linked
// by their numbers (`further`, `outer`), and return with its own. lazy_slot.hpp moves the slot from object to object.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_SLOT_SLOT_HANDLE_HPP
#define LAZYREF_DETAIL_SLOT_SLOT_HANDLE_HPP

#include <cstdint>
#include <memory>
#include <utility>

#include "../../domain_options.hpp"
#include "../../owner.hpp"
#include "../../slot.hpp"
#include "../base/checks.hpp"
#include "counted_slot.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class Options>
class lazy_domain;
template <class T, class Options>
class lazy_slot;

namespace detail {

// Empty if `place` is null. T may be incomplete where a handle is declared. A copy does not own the slot.
template <class T, class Options>
struct slot_handle {
  using domain_type = lazy_domain<T, Options>;
  using holds = owner_holds<T>;

  domain_type* domain = nullptr;
  void* place = nullptr;    // the slot
  std::uint32_t claim = 0;  // the slot's claim number, as it was when the slot became the worker's
  bool protects = false;    // has made a protection, and the domain knows

  void swap(slot_handle& other) noexcept {
    std::swap(domain, other.domain);
    std::swap(place, other.place);
    std::swap(claim, other.claim);
    std::swap(protects, other.protects);
  }

  // The policy is known where T is complete.
  auto& words() const noexcept { return *static_cast<slot<T, detail::sync_of<T>, Options::when>*>(place); }
  auto& seat() const noexcept { return static_cast<typename domain_type::seat&>(words()); }
  template <class Seat>
  static void* words_of(Seat& seat) noexcept {
    return static_cast<slot<T, detail::sync_of<T>, Options::when>*>(std::addressof(seat));
  }

  // False if after_fork_in_child has taken it back. Relaxed: no other thread writes it while it is taken.
  bool is_mine() const noexcept { return place != nullptr && seat().claim.load(std::memory_order_relaxed) == claim; }

  // The preconditions of the worker's calls. Does nothing without checks: as a mere argument of detail::expects, the load
  // would stay.
  LAZYREF_PER_UNIT void check_mine(const char* message) const noexcept {
    if constexpr (checks_enabled) detail::expects(is_mine(), message);
  }

  LAZYREF_PER_UNIT static void check_home(const T* object, const domain_type* mine) noexcept {
    if constexpr (checks_enabled) {
      detail::expects(object == nullptr || detail::owner_access::domain(const_cast<T*>(object)) == mine,
                      "lazy_slot::protect: the object belongs to another domain; use a slot of that domain");
    }
  }

  LAZYREF_PER_UNIT void check_not_borrowed() const noexcept {
    if constexpr (checks_enabled) {
      detail::expects(
          !seat().is_borrowed(),
          "lazy_slot: the slot was switched, parked or detached inside the scope of a temporary_activation or "
          "nested_protection; end that scope first");
    }
  }

  LAZYREF_PER_UNIT void check_reference(T* object) const noexcept {
    if constexpr (checks_enabled) {
      check_mine(
          "lazy_slot::activate: the slot is empty (the domain was full, or the slot was moved from or detached)");
      detail::expects(
          object != nullptr,
          "lazy_slot::activate: the reference is empty; pass one that refers to an object, or call deactivate");
      detail::expects(detail::owner_access::domain(object) == domain,
                      "lazy_slot::activate: the object belongs to another domain; use a slot of that domain");
    }
  }

  // Leaves the slot's object, and returns the slot to the domain. May run disposers.
  LAZYREF_PER_UNIT void detach() noexcept {
    if (place != nullptr) detach_now();
  }
  LAZYREF_DETAIL_NOINLINE LAZYREF_PER_UNIT void detach_now() noexcept {
    auto& mine = seat();
    const bool still_mine = is_mine();
    if (still_mine) check_not_borrowed();
    // In locals: a disposer may refill or destroy this handle.
    domain_type* const home = domain;
    const std::uint32_t given_back = claim + 1;
    auto& left = words();
    place = nullptr;  // Empty from here on, also for a disposer that re-enters.
    domain = nullptr;
    if (!still_mine) return;  // In the child of a fork.
    const std::uint32_t further = std::exchange(mine.further, 0);
    {
      const detail::one_thread entered(mine);
      slot_handle::give_away(left);
    }
    mine.leave();
    home->give_back(mine, given_back);
    if (detail::is_rare(further != 0)) slot_handle::detach_further(home, further);
  }
  // The slots that nested scopes have left to the worker.
  LAZYREF_DETAIL_COLD LAZYREF_PER_UNIT static void detach_further(domain_type* home, std::uint32_t number) noexcept {
    while (number != 0) {
      auto& seat = home->slots_[number - 1];
      seat.outer = 0;
      number = std::exchange(seat.further, 0);
      // Relaxed: no other thread writes it while the slot is taken.
      slot_handle{home, slot_handle::words_of(seat), seat.claim.load(std::memory_order_relaxed)}.detach();
    }
  }

  // For scopes: let the handle stand for the worker's next slot, for a while. Returns whether there is one.
  LAZYREF_PER_UNIT bool go_in() noexcept {
    auto& here = seat();
    if (here.further == 0 && !provide_further(here)) return false;
    auto& next = domain->slots_[here.further - 1];
    place = slot_handle::words_of(next);
    claim = next.claim.load(std::memory_order_relaxed);  // Relaxed: no other thread writes it while the slot is taken.
    return true;
  }
  template <class Seat>
  LAZYREF_DETAIL_COLD LAZYREF_PER_UNIT bool provide_further(Seat& here) noexcept {
    const void* const mine = place;
    const std::uint32_t my_claim = claim;
    lazy_slot<T, Options> attached = domain->attach();  // It may run a disposer.
    if (detail::is_rare(place != mine || claim != my_claim))
      detail::call_fatal_hook(
          "nested_protection: a disposer that ran when the scope began detached the slot, or moved from it; "
          "let disposers use a separate slot");
    if (here.further != 0) return true;  // A scope in a disposer has attached one.
    slot_handle& next = attached.handle_;
    if (next.place == nullptr) return false;
    here.further = next.seat().index + 1;
    next.seat().outer = here.index + 1;
    next.place = nullptr;  // The slot stays with this worker until it detaches.
    return true;
  }

  // The slot's last move: the worker's outer calls, which run disposers, learn that the slot is no longer theirs.
  template <class Words>
  LAZYREF_PER_UNIT static void give_away(Words& s) noexcept {
    if constexpr (Options::how == policy::refcounted) {
      s.note.store(0, std::memory_order_relaxed);  // Relaxed: the worker's own word. See vacate.
      detail::replace_counted<holds>(s, static_cast<T*>(nullptr));
    } else {
      lazyref::vacate<holds>(s);
    }
  }
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_SLOT_SLOT_HANDLE_HPP
