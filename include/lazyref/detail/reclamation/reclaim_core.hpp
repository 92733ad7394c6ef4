// SPDX-License-Identifier: BSL-1.0
//
// The reclaimer's side of a domain, for every kind of slot: immediate scans, retired objects that wait for one, and the
// notice that slots protect.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_RECLAIM_CORE_HPP
#define LAZYREF_DETAIL_RECLAMATION_RECLAIM_CORE_HPP

#include <cstddef>
#include <cstdint>

#include "../base/no_cancellation.hpp"
#include "object_home.hpp"
#include "retired.hpp"
#include "scan_table.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Domain derives from it and provides its slots: for_each_used(visit), those that were ever in use; used(), their
// number; for_each_candidate(object, visit); kicker().
template <class Domain, class T, class Options>
class reclaim_core
    : public object_home<T, Options::where == candidates::tracked && Options::how != policy::refcounted> {
 protected:
  using base = object_home<T, Options::where == candidates::tracked && Options::how != policy::refcounted>;
  using typename base::holds;
  using typename base::sync_type;
  template <class U>
  using atomic = typename base::template atomic<U>;
  using slot_words = slot<T, sync_type, Options::when>;

  // Link of retired_lists.
  struct link {
    static T*& next(T* object) noexcept { return owner_access::next(object); }
  };
  using retired_type = retired_lists<T, link, sync_type>;

  // `most`: at least the number of threads that retire concurrently.
  explicit reclaim_core(std::size_t most) noexcept : base(most) {
    static_assert(Options::batch != 0 && Options::bytes != 0,
                  "lazy_domain: `batch` and `bytes` must not be 0; use 1 or more");
    static_assert(Options::can_protect == (Options::how != policy::refcounted && Options::where == candidates::all),
                  "lazy_domain: how, when and where are template arguments of domain_options; a derived struct cannot "
                  "redefine them");
    if constexpr (Options::can_protect) retired_.spread(most);
  }
  ~reclaim_core() = default;

  // Precondition: there are no workers. So it needs no fence.
  std::size_t take_all_back() noexcept {
    handover<holds, T, sync_type, Options::when> handover(nullptr);
    domain().for_each_used([&](slot_words& s) { handover.take_back(s); });
    return handover.counts().taken_back;
  }

  // Whether the domain's first protection has completed begin_to_protect.
  bool is_protecting() const noexcept {
    // (G1) acquire, pairs with G2: the first protecting thread's heavy fence happens before.
    return protects_.load(sync_type::orders.protecting_look) == protection::ready;
  }

  // A slot's first protection. From then on reclaimers issue a heavy fence before they scan. The heavy fence here makes
  // the first protection safe: either this slot's second load finds the pointer changed, or the reclaimer finds the
  // notice.
  LAZYREF_DETAIL_COLD LAZYREF_PER_UNIT void begin_to_protect() noexcept {
    if (is_protecting()) return;
    protects_.store(protection::announced, std::memory_order_relaxed);      // Relaxed: the fence pair carries it.
    fence_.heavy(sync_type::orders.protecting_heavy);                       // (G3) pairs with G4; I1
    protects_.store(protection::ready, sync_type::orders.protecting_done);  // (G2) release, pairs with G1
  }

  // To be called between an unpublishing, with the drop of the last user, and the scan. Returns whether the scan may
  // begin: false if the heavy fence has failed.
  bool before_scan() noexcept {
    if constexpr (Options::can_protect) {
      fence_.light(sync_type::orders.protecting_light);  // (G4) pairs with G3; I1
      // Relaxed: the fence pair carries it.
      if (protects_.load(std::memory_order_relaxed) != protection::none)
        return fence_.try_heavy(sync_type::orders.unpublish_heavy) || is_ending_;  // (R7) pairs with P2 and S7; I1
    }
    return true;
  }

  // The limits of a list; as a call, since they are seldom needed.
  auto limits() const noexcept {
    return [this] {
      const std::size_t used = domain().used();
      constexpr std::size_t most = PTRDIFF_MAX / 2048;  // 1024 such lists can be counted
      constexpr std::size_t chosen = Options::batch < most ? Options::batch : most;
      return retire_limits{used < chosen ? chosen : used, Options::bytes};
    };
  }

  // Null: all lists.
  LAZYREF_DETAIL_NOINLINE void flush_retired(typename retired_type::list_type* list) noexcept {
    const no_cancellation scope;
    retired_.flush(list, limits(), [this](T* chain, auto&& passed) { return this->reclaim(chain, passed); });
  }

  // Drops a user; the scan may wait.
  void retire_object(T* object, std::size_t bytes) noexcept {
    if (!owner_access::counts(object).drop_user()) return;
    if constexpr (Options::can_protect) {
      this->tear_down(object);
      if (auto* const due = retired_.push(object, bytes, limits())) flush_retired(due);
    } else {
      last_user_left(object);
    }
  }

  // Returns how many objects are not disposed of.
  std::size_t flush_all() noexcept {
    const no_cancellation scope;
    if constexpr (Options::can_protect) flush_retired(nullptr);
    const auto in_slots = [this] {
      std::size_t result = 0;
      // Relaxed: a statistic.
      domain().for_each_used(
          [&](slot_words& s) { result += detail::is_object(s.drop.load(std::memory_order_relaxed)); });
      return result;
    };
    // First the waiting objects: those that leave a list go to the slots.
    const std::size_t waiting = retired_.size();
    std::size_t left = in_slots();
    // If a heavy fence failed after a handoff, the worker may have left.
    if (Options::when == reclaim::prompt && left != 0 && collect_all() != 0) left = in_slots();
    return waiting + left;
  }

  // Returns how many objects it took out of slots.
  std::size_t collect_all() noexcept {
    if constexpr (Options::how == policy::refcounted) return 0;
    const no_cancellation scope;
    handover_counts counts;
    counts.taken_back = lazyref::collect<holds, T, Options::when, sync_type>(
        [this](auto&& visit) { domain().for_each_used(visit); }, fence_);
    this->count(0, counts);
    return counts.taken_back;
  }

  void last_user_left(T* object) noexcept final {
    this->tear_down(object);
    if constexpr (Options::how == policy::refcounted) {
      this->count(1, {});
      holds::give_up(object, 1);
    } else {
      if constexpr (Options::can_protect) {
        // Without the fence the object waits for a flush whose fence succeeds.
        if (detail::is_rare(!before_scan())) {
          link::next(object) = nullptr;
          return static_cast<void>(retired_.put_back(object, 0));
        }
        if (detail::is_rare(retired_.has_failed())) flush_retired(nullptr);  // The fence works again.
      }
      lazyref::last_user_left<holds, Options::when, sync_type>(
          object, [this, object](auto&& visit) { domain().for_each_candidate(object, visit); },
          [this](const handover_counts& counts) { this->count(1, counts); }, domain().kicker(), fence_);
    }
  }

  template <class Passed>
  std::ptrdiff_t reclaim(T* chain, Passed& passed) noexcept {
    if (detail::is_rare(!before_scan())) return std::ptrdiff_t{0};
    // The table also handles more slots than this.
    return scans_.with_table(domain().used(), [&](auto& table) {
      std::ptrdiff_t reclaimed = 0;
      std::size_t disposed = 0;
      const handover_counts counts = detail::scan_for_chain<holds, Options::when, sync_type>(
          chain, link::next, table, [this](auto&& visit) { domain().for_each_used(visit); }, domain().kicker(), passed,
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

  Domain& domain() noexcept { return static_cast<Domain&>(*this); }
  const Domain& domain() const noexcept { return static_cast<const Domain&>(*this); }

  enum class protection : unsigned char { none, announced, ready };

  const typename sync_type::fence fence_ = sync_type::process_fence();  // the fence of the image that made the domain
  bool forked_ = false;
  bool is_ending_ = false;
  atomic<protection> protects_{protection::none};

  scan_memory<T, slot_words, sync_type> scans_;
  retired_type retired_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_RECLAIM_CORE_HPP
