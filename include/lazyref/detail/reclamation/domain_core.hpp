// SPDX-License-Identifier: BSL-1.0
//
// Implements lazy_domain: its slots, and their assignment to workers. The contract is that of domain.hpp.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_DOMAIN_CORE_HPP
#define LAZYREF_DETAIL_RECLAMATION_DOMAIN_CORE_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../base/allocate.hpp"
#include "../base/checks.hpp"
#include "../base/index_stack.hpp"
#include "reclaim_core.hpp"
#include "slot_store.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class T, class Options>
class domain_core : public reclaim_core<domain_core<T, Options>, T, Options> {
 protected:
  using core = reclaim_core<domain_core, T, Options>;
  using typename core::slot_words;
  using typename core::sync_type;
  using typename core::word;
  template <class U>
  using atomic = typename core::template atomic<U>;
  using number = std::uint32_t;

  // In the slot's cache line, which is the worker's: while the slot is attached no other thread writes it.
  struct seat : slot_words, thread_in_use {
    number index = 0;
    atomic<number> claim{0};         // how often the slot was attached and detached: odd while attached
    atomic<std::uint32_t> below{0};  // link of index_stack
    // The next slot of this worker's nested scopes, and the previous one, plus 1; or 0.
    number further = 0;
    number outer = 0;
  };
  static constexpr bool grows = Options::growth == slot_growth::chunks;
  using slot_store = std::conditional_t<grows, slot_chunks<seat, sync_type>, slot_array<seat, sync_type>>;

  static constexpr bool is_taken(number claim) noexcept { return claim % 2 != 0; }

  explicit domain_core(std::size_t n) noexcept : core(grows ? SIZE_MAX : n), slots_(domain_core::store_argument(n)) {
    static_assert(!grows || Options::where != candidates::tracked,
                  "lazy_domain: with candidates::tracked an object has a bit for each slot, so none can be added; use "
                  "slot_growth::none");
    if constexpr (grows) {
      if (n != 0 && (n > slots_.limit() || !make_sure_of(0))) detail::no_memory_for_domain();
    }
    if constexpr (Options::can_protect && !grows) this->scans_.provide(n);
  }

  ~domain_core() = default;

  // With slot_growth::chunks, there are n initially.
  static auto store_argument(std::size_t n) noexcept {
    if constexpr (grows)
      return slot_store::bits_for(n);
    else
      return n;
  }

  bool make_sure_of(std::size_t index) noexcept {
    if constexpr (grows) {
      using provided = typename slot_store::provided;
      const provided result = slots_.provide(index, [this](std::size_t n) {
        seat* const more = detail::try_allocate_array<seat>(n);
        // The call may come from another image.
        for (std::size_t i = 0; more != nullptr && i < n; ++i)
          detail::belong_to<T, sync_type, Options::when>(more[i], this->fence_);
        return more;
      });
      if (result == provided::now && Options::can_protect) this->scans_.provide(slots_.size_with(index));
      return result != provided::not_at_all;
    } else {
      return slots_.has(index);
    }
  }

  // The number of candidate bits that an object needs.
  std::size_t marks() const noexcept {
    if constexpr (Options::where == candidates::tracked)
      return slots_.size();
    else
      return 0;
  }

  auto links() noexcept {
    return [this](std::uint32_t i) -> auto& { return slots_[i].below; };
  }

  // Takes a slot that was never attached.
  bool take_fresh(std::uint32_t& index) noexcept {
    // Relaxed, all: activations follow, so by I1 a reclaimer that must find the slot sees this increment.
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (!make_sure_of(used)) return false;
      index = static_cast<std::uint32_t>(used);
      // Relaxed, both: as above.
    } while (!used_.compare_exchange_strong(used, used + 1, std::memory_order_relaxed, std::memory_order_relaxed));
    return true;
  }

  // In the child of a fork, which has one thread: the slot's worker continues, with all of its slots.
  static constexpr number kept = number{1} << 31;  // in `further`; there are fewer slots than this
  void keep(std::size_t index) noexcept {
    while (slots_[index].outer != 0) index = slots_[index].outer - 1;
    for (number next = static_cast<number>(index) + 1; next != 0;) {
      seat& s = slots_[next - 1];
      next = s.further & ~kept;
      s.further |= kept;
    }
  }

  // Called by the slot's last worker.
  void give_back(seat& left, number claim) noexcept {
    left.claim.store(claim, std::memory_order_relaxed);  // Relaxed: D2 publishes it.
    free_.push(
        left.index, [&left](std::uint32_t) -> auto& { return left.below; });
  }

  // Called before the activation, hence before the user that covers it is dropped. Once per slot and object.
  void track(T* object, std::size_t index) noexcept {
    word& bits = owner_access::tracked(object)[index / core::word_bits];
    const std::uintptr_t bit = std::uintptr_t{1} << (index % core::word_bits);
    // Relaxed, both: see for_each_candidate.
    if (detail::is_rare((bits.load(std::memory_order_relaxed) & bit) == 0))
      bits.fetch_or(bit, std::memory_order_relaxed);
  }

 public:
  // Required by reclaim_core. (Not a friend: g++ would assume that others can reach the destructor.)
  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }  // Relaxed: a statistic.

  template <class Visit>
  void for_each_used(Visit&& visit) noexcept {
    // Relaxed: see take_fresh.
    slots_.for_each(used_.load(std::memory_order_relaxed), [&](seat& s) { visit(static_cast<slot_words&>(s)); });
  }

  template <class Visit>
  void for_each_candidate(T* object, Visit&& visit) noexcept {
    if constexpr (Options::where == candidates::all) {
      for_each_used(visit);
    } else if constexpr (Options::where == candidates::custom) {
      object->for_each_candidate([&](std::size_t index) {
        if (detail::is_rare(!slots_.has(index)))
          detail::call_fatal_hook(
              "lazy_domain: for_each_candidate passed an index that no slot has; pass those that lazy_slot::index "
              "returned");
        visit(slots_[index]);
      });
    } else {
      const word* const tracked = owner_access::tracked(object);
      for (std::size_t w = 0; w < core::words(slots_.size()); ++w) {
        // Relaxed: set before the covering user was dropped, so visible by I1.
        std::uintptr_t bits = tracked[w].load(std::memory_order_relaxed);
        for (std::size_t i = w * core::word_bits; bits != 0; ++i, bits >>= 1) {
          if ((bits & 1) != 0) visit(slots_[i]);
        }
      }
    }
  }

  auto kicker() noexcept {
    if constexpr (Options::how == policy::shootdown) {
      return [this](const slot_words& s) noexcept {
        if (kick_.notify != nullptr) kick_.notify(kick_.context, static_cast<const seat&>(s).index);
      };
    } else {
      return ignore{};
    }
  }

 protected:
  slot_store slots_;
  kick kick_{};
  index_stack<sync_type> free_;  // detached slots
  atomic<std::size_t> used_{0};  // slots from this one on were never attached
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_DOMAIN_CORE_HPP
