// SPDX-License-Identifier: BSL-1.0
//
// What stands behind lazy_domain: the slots and who has them, the objects' end, and what waits for it. The contract is
// that of domain.hpp.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_DOMAIN_CORE_HPP
#define LAZYREF_DETAIL_DOMAIN_CORE_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "allocate.hpp"
#include "checks.hpp"
#include "index_stack.hpp"
#include "no_cancellation.hpp"
#include "object_home.hpp"
#include "retired.hpp"
#include "scan_table.hpp"
#include "slot_store.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class T, class Options>
class domain_core : public object_home<T, Options::where == candidates::tracked && Options::how != policy::refcounted> {
 protected:
  using base = object_home<T, Options::where == candidates::tracked && Options::how != policy::refcounted>;
  using typename base::holds;
  using typename base::sync_type;
  using typename base::word;
  template <class U>
  using atomic = typename base::template atomic<U>;

  using slot_words = slot<T, sync_type, Options::when>;
  using number = std::uint32_t;

  // In the slot's cache line, which is the worker's: while the slot is attached nobody else writes it.
  struct seat : slot_words, thread_in_use {
    number index = 0;
    atomic<number> claim{0};         // how often the slot was taken and given back: odd while it is taken
    atomic<std::uint32_t> below{0};  // of index_stack
  };
  static constexpr bool grows = Options::growth == slot_growth::chunks;
  using slot_store = std::conditional_t<grows, slot_chunks<seat, sync_type>, slot_array<seat, sync_type>>;

  static constexpr bool is_taken(number claim) noexcept { return claim % 2 != 0; }

  // Link of retired_lists.
  struct link {
    static T*& next(T* object) noexcept { return owner_access::next(object); }
  };

  using retired_type = retired_lists<T, link, sync_type>;

  explicit domain_core(std::size_t n) noexcept : base(grows ? SIZE_MAX : n), slots_(domain_core::store_argument(n)) {
    static_assert(
        !grows || Options::where != candidates::tracked,
        "lazy_domain: an object has a bit for each slot (candidates::tracked), so there cannot be more later");
    static_assert(Options::batch != 0 && Options::bytes != 0, "lazy_domain: something must be able to wait");
    static_assert(Options::can_protect == (Options::how != policy::refcounted && Options::where == candidates::all),
                  "lazy_domain: choose how, when and where by the arguments of domain_options, not by name");
    if constexpr (grows) {
      if (n != 0 && (n > slots_.limit() || !make_sure_of(0))) detail::no_memory_for_domain();
    }
    if constexpr (Options::can_protect) {
      retired_.spread(grows ? SIZE_MAX : n);
      if (!grows) scans_.provide(n);
    }
  }

  ~domain_core() = default;

  // With slot_growth::chunks, n are there at first.
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
        // It may be another image's call.
        for (std::size_t i = 0; more != nullptr && i < n; ++i)
          detail::belong_to<T, sync_type, Options::when>(more[i], fence_);
        return more;
      });
      if (result == provided::now && Options::can_protect) scans_.provide(slots_.size_with(index));
      return result != provided::not_at_all;
    } else {
      return slots_.has(index);
    }
  }

  // How many bits an object needs.
  std::size_t marks() const noexcept {
    if constexpr (Options::where == candidates::tracked)
      return slots_.size();
    else
      return 0;
  }

  auto links() noexcept {
    return [this](std::uint32_t i) -> auto& { return slots_[i].below; };
  }

  // A slot that nobody has had yet.
  bool take_fresh(std::uint32_t& index) noexcept {
    // Relaxed, all: activations come after it, so by I1 a reclaimer that must see the slot sees this.
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (!make_sure_of(used)) return false;
      index = static_cast<std::uint32_t>(used);
      // Relaxed, both: as above.
    } while (!used_.compare_exchange_strong(used, used + 1, std::memory_order_relaxed, std::memory_order_relaxed));
    return true;
  }

  // By whoever had it.
  void give_back(seat& left, number claim) noexcept {
    left.claim.store(claim, std::memory_order_relaxed);  // Relaxed: D2 publishes it.
    free_.push(
        left.index, [&left](std::uint32_t) -> auto& { return left.below; });
  }

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
          detail::call_fatal_hook("lazy_domain: for_each_candidate named a slot that the domain does not have");
        visit(slots_[index]);
      });
    } else {
      const word* const tracked = owner_access::tracked(object);
      for (std::size_t w = 0; w < base::words(slots_.size()); ++w) {
        // Relaxed: set before the covering user was dropped, so by I1 visible.
        std::uintptr_t bits = tracked[w].load(std::memory_order_relaxed);
        for (std::size_t i = w * base::word_bits; bits != 0; ++i, bits >>= 1) {
          if ((bits & 1) != 0) visit(slots_[i]);
        }
      }
    }
  }

  // Before the activation, hence before the user that covers it is dropped. Once per slot and object.
  void track(T* object, std::size_t index) noexcept {
    word& bits = owner_access::tracked(object)[index / base::word_bits];
    const std::uintptr_t bit = std::uintptr_t{1} << (index % base::word_bits);
    // Relaxed, both: see for_each_candidate.
    if (detail::is_rare((bits.load(std::memory_order_relaxed) & bit) == 0))
      bits.fetch_or(bit, std::memory_order_relaxed);
  }

  // For when there are no workers, hence without a fence.
  std::size_t take_all_back() noexcept {
    handover<holds, T, sync_type, Options::when> handover(nullptr);
    for_each_used([&](slot_words& s) { handover.take_back(s); });
    return handover.counts().taken_back;
  }

  // A slot's first protection. From then on reclaimers make a heavy fence before they scan. What makes that safe for
  // the first one is a heavy fence here: either this slot's second look finds the pointer changed, or the reclaimer
  // finds the notice.
  [[gnu::__noinline__, gnu::__cold__]] LAZYREF_PER_UNIT void begin_to_protect() noexcept {
    // (G1) acquire, pairs with G2: the heavy fence of whoever was first is in our past.
    if (protects_.load(sync_type::orders.protecting_look) == protection::ready) return;
    protects_.store(protection::announced, std::memory_order_relaxed);      // Relaxed: the fence pair carries it.
    fence_.heavy(sync_type::orders.protecting_heavy);                       // (G3) pairs with G4; I1
    protects_.store(protection::ready, sync_type::orders.protecting_done);  // (G2) release, pairs with G1
  }

  // Between an unpublishing, with the drop of the last user, and the scan.
  // Returns whether the scan may begin: not if the heavy fence has failed.
  bool before_scan() noexcept {
    if constexpr (Options::can_protect) {
      fence_.light(sync_type::orders.protecting_light);  // (G4) pairs with G3; I1
      // Relaxed: the fence pair carries it.
      if (protects_.load(std::memory_order_relaxed) != protection::none)
        return fence_.try_heavy(sync_type::orders.unpublish_heavy) || is_ending_;  // (R7) pairs with P2; I1
    }
    return true;
  }

  // What may wait in a list; as a call, since it is seldom asked.
  auto limits() const noexcept {
    return [this] {
      // Relaxed: a number.
      const std::size_t used = used_.load(std::memory_order_relaxed);
      constexpr std::size_t most = PTRDIFF_MAX / 2048;  // of which 1024 lists can be counted
      constexpr std::size_t chosen = Options::batch < most ? Options::batch : most;
      return retire_limits{used < chosen ? chosen : used, Options::bytes};
    };
  }

  // Null: all lists.
  [[gnu::__noinline__]] void flush_retired(typename retired_type::list_type* list) noexcept {
    const no_cancellation scope;
    retired_.flush(list, limits(), [this](T* chain, auto&& passed) { return this->reclaim(chain, passed); });
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

  void last_user_left(T* object) noexcept final {
    this->tear_down(object);
    if constexpr (Options::how == policy::refcounted) {
      this->count(1, {});
      holds::give_up(object, 1);
    } else {
      if constexpr (Options::can_protect) {
        // Without its fence it waits for one that does not fail.
        if (detail::is_rare(!before_scan())) {
          link::next(object) = nullptr;
          return static_cast<void>(retired_.put_back(object, 0));
        }
        if (detail::is_rare(retired_.has_failed())) flush_retired(nullptr);  // It works again.
      }
      lazyref::last_user_left<holds, Options::when, sync_type>(
          object, [this, object](auto&& visit) { this->for_each_candidate(object, visit); },
          [this](const handover_counts& counts) { this->count(1, counts); }, kicker(), fence_);
    }
  }

  template <class Passed>
  std::ptrdiff_t reclaim(T* chain, Passed& passed) noexcept {
    if (detail::is_rare(!before_scan())) return std::ptrdiff_t{0};
    // Relaxed: a number; a slot more is made up for.
    return scans_.with_table(used_.load(std::memory_order_relaxed), [&](auto& table) {
      std::ptrdiff_t reclaimed = 0;
      std::size_t disposed = 0;
      const handover_counts counts = detail::scan_for_chain<holds, Options::when, sync_type>(
          chain, link::next, table, [this](auto&& visit) { this->for_each_used(visit); }, kicker(), passed,
          [&](T* object) {
            ++reclaimed;
            if (!owner_access::counts(object).holds().give_up_only()) return;
            this->dispose(object);
            ++disposed;
          },
          fence_);
      this->count(static_cast<std::size_t>(reclaimed), counts);
      this->disposed(disposed);
      return reclaimed;
    });
  }

  enum class protection : unsigned char { none, announced, ready };

  const typename sync_type::fence fence_ = sync_type::process_fence();  // of the image that made the domain
  slot_store slots_;
  bool forked_ = false;
  bool is_ending_ = false;
  kick kick_{};
  index_stack<sync_type> free_;  // slots that were given back
  atomic<std::size_t> used_{0};  // slots from here on have never been attached
  atomic<protection> protects_{protection::none};

  scan_memory<T, slot_words, sync_type> scans_;
  retired_type retired_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_DOMAIN_CORE_HPP
