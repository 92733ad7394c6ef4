// SPDX-License-Identifier: BSL-1.0
//
// Implements per_cpu_domain: the slots of CPUs, the overflow slots, and how they are claimed and released. The contract
// is that of per_cpu.hpp.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_PER_CPU_CPU_CORE_HPP
#define LAZYREF_DETAIL_PER_CPU_CPU_CORE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../../cpu_claim.hpp"
#include "../../domain_options.hpp"
#include "../base/allocate.hpp"
#include "../base/index_stack.hpp"
#include "../reclamation/reclaim_core.hpp"
#include "../reclamation/slot_store.hpp"
#include "cpus.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class T, reclaim When>
class cpu_core : public reclaim_core<cpu_core<T, When>, T, domain_options<policy::handoff, When>> {
 protected:
  using core = reclaim_core<cpu_core, T, domain_options<policy::handoff, When>>;
  using typename core::holds;
  using typename core::slot_words;
  using typename core::sync_type;
  template <class U>
  using atomic = typename core::template atomic<U>;
  using restartable = typename sync_type::restartable;

  // An overflow slot.
  struct seat : slot_words {
    std::uint32_t index = 0;
    atomic<std::uint32_t> below{0};  // link of index_stack
  };

  cpu_core(std::size_t cpus, std::size_t of_each, bool wants_rseq, rseq_verdict tested) noexcept
      : core(SIZE_MAX),
        support_(detail::choose_claims(restartable::probe(), wants_rseq, tested)),
        cpus_(cpus != 0 ? cpus : detail::possible_cpus()),
        per_cpu_(of_each != 0 ? of_each : 1),
        slots_(detail::allocate_array<slot_words>(per_cpu_ <= SIZE_MAX / cpus_ ? per_cpu_ * cpus_ : SIZE_MAX)) {
    this->scans_.provide(size());
    for (std::size_t i = 0; i < size(); ++i) tell_home(slots_[i]);
  }

  ~cpu_core() = default;

  static constexpr const char* beyond_reason =
      "some threads run on a CPU for which the domain has no slot, and claim another CPU's or an overflow slot, by "
      "compare-and-swap; leave per_cpu_options::cpus at 0, or raise it above the largest CPU number";
  bool is_beyond() const noexcept { return is_beyond_.load(std::memory_order_relaxed); }  // Relaxed: a diagnostic.

  // How often one claim restarts the sequence.
  static constexpr int tries = 4;

  // A claim's release knows only its slot, and finds the domain there. Relaxed: no other thread uses it yet.
  void tell_home(slot_words& s) noexcept {
    s.note.store(reinterpret_cast<std::uintptr_t>(this), std::memory_order_relaxed);
  }
  static slot_words* words_at(std::uintptr_t where) noexcept {
    return (where & 1) == 0 ? reinterpret_cast<slot_words*>(where)
                            : static_cast<slot_words*>(reinterpret_cast<seat*>(where - 1));
  }

  // The first slot of the CPU was occupied, or restartable sequences are unavailable. Returns where `object` is
  // announced; a claim is settled by then.
  // (Does not return a cpu_claim: the caller's would then have to live in memory.)
  LAZYREF_DETAIL_COLD LAZYREF_PER_UNIT std::uintptr_t stand_elsewhere(T* object, bool protects) noexcept {
    slot_words* const s = support_.usable ? by_restartable_sequence(object) : by_swap(object);
    if (s == nullptr) return stand_beside(object, protects);
    if (!protects && detail::is_rare(detail::needs_a_look(*s))) cpu_core::settle_claim(*s);
    return reinterpret_cast<std::uintptr_t>(s);
  }
  LAZYREF_DETAIL_COLD LAZYREF_PER_UNIT std::uintptr_t stand_beside(T* object, bool protects) noexcept {
    // A CPU without slots never gets any, and taking a hold for each claim would make its threads all write to the object.
    const bool is_strange =
        support_.usable ? restartable::index(support_) >= reachable_ : sync_type::this_cpu() >= cpus_;
    if (is_strange) is_beyond_.store(true, std::memory_order_relaxed);  // Relaxed: a diagnostic.
    if (protects || is_strange) {
      if (seat* const s = take_overflow()) {
        s->lazy.store(object, sync_type::orders.cpu_protect_set);  // (S6) release, pairs with R1 and R2; I1, I2.
        if (!protects) cpu_core::settle_claim(static_cast<slot_words&>(*s));
        return reinterpret_cast<std::uintptr_t>(s) + 1;
      }
      if (protects) return cpu_place::no_memory;
    }
    holds::take(object, 1);
    counted_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a statistic.
    return cpu_place::none;
  }

  // The first attempt was not enough: `source` has changed, a hold was left in the slot, or the light fence was only a
  // compiler barrier. Returns null if the slot is not claimed any more.
  template <template <class> class Atomic, class U>
  LAZYREF_DETAIL_COLD LAZYREF_PER_UNIT T* protect_slowly(const Atomic<U*>& source, std::uintptr_t where, T* seen,
                                                         T* object) noexcept {
    slot_words& s = *words_at(where);
    if (!s.fence.is_known_free()) {
      s.fence.strong_light(sync_type::orders.cpu_protect_light);  // (S7) pairs with R7, and as S5 with R6; I1, I5
      // (S8) acquire: the second load, after a fence.
      object = detail::word_of<T>(source.load(sync_type::orders.cpu_protect_check));
    }
    while (object != seen) {
      if (object == nullptr) {
        (where & 1) == 0 ? cpu_core::leave(s) : cpu_core::release_rare(seen, where);
        return object;
      }
      seen = object;
      // (S6) release, pairs with R1 and R2; I1, I2.
      s.lazy.store(seen, sync_type::orders.cpu_protect_set);
      s.fence.strong_light(sync_type::orders.cpu_protect_light);  // (S7) pairs with R7, and as S5 with R6; I1, I5
      // (S8) acquire, pairs with the program's publication.
      object = detail::word_of<T>(source.load(sync_type::orders.cpu_protect_check));
    }
    cpu_core::settle_claim(s);
    return object;
  }

  seat* take_overflow() noexcept {
    const auto links = [this](std::uint32_t i) -> auto& { return overflow_[i].below; };
    std::uint32_t index = 0;
    if (free_.pop(index, links)) return std::addressof(overflow_[index]);
    // Relaxed, all: the protection follows, and its light fence (S7) with it, so a reclaimer that must find the slot
    // sees this increment.
    std::size_t used = overflow_used_.load(std::memory_order_relaxed);
    do {
      using provided = typename decltype(overflow_)::provided;
      const provided result = overflow_.provide(used, [this](std::size_t n) {
        seat* const more = detail::try_allocate_array<seat>(n);
        for (std::size_t i = 0; more != nullptr && i < n; ++i) {
          detail::belong_to<T, sync_type, When>(more[i], this->fence_);
          tell_home(more[i]);
        }
        return more;
      });
      if (result == provided::not_at_all) return free_.pop(index, links) ? std::addressof(overflow_[index]) : nullptr;
      if (result == provided::now) this->scans_.provide(size() + overflow_.size_with(used));
      // Relaxed, both: as above.
    } while (
        !overflow_used_.compare_exchange_strong(used, used + 1, std::memory_order_relaxed, std::memory_order_relaxed));
    return std::addressof(overflow_[used]);
  }
  void give_back(seat& s) noexcept {
    free_.push(
        s.index, [&s](std::uint32_t) -> auto& { return s.below; });
  }

  std::size_t size() const noexcept { return cpus_ * per_cpu_; }

  slot_words* by_restartable_sequence(T* object) noexcept {
    for (int i = 0; i < tries; ++i) {
      const unsigned cpu = restartable::index(support_);
      if (cpu >= reachable_) return nullptr;
      slot_words* s = std::addressof(slots_[cpu * per_cpu_]);
      auto outcome = restartable::outcome::occupied;
      for (slot_words* const end = s + per_cpu_; s != end; ++s) {
        outcome = store_if_null(*s, cpu, object);
        if (outcome == restartable::outcome::stored) return s;
        if (outcome == restartable::outcome::interrupted) break;
      }
      if (outcome == restartable::outcome::occupied) return nullptr;
    }
    return nullptr;
  }

  auto store_if_null(slot_words& s, unsigned cpu, T* object) noexcept {
    // (S2) acquire, pairs with S4, then (S3) release, pairs with R1 and R2; I1, I2.
    return restartable::store_if_null(support_, cpu, s.lazy, object, sync_type::orders.rseq_look,
                                      sync_type::orders.rseq_set);
  }

  slot_words* by_swap(T* object) noexcept {
    unsigned cpu = sync_type::this_cpu();
    if (detail::is_rare(cpu >= cpus_)) cpu = another_cpu(cpu);
    slot_words* s = std::addressof(slots_[cpu * per_cpu_]);
    for (slot_words* const end = s + per_cpu_; s != end; ++s) {
      // Relaxed load first: occupied slots are skipped without a write.
      T* seen = s->lazy.load(std::memory_order_relaxed);
      // (S1) acq_rel, pairs with S4, R1 and R2; I1, I2. Relaxed on failure: another claim has the slot.
      if (seen == nullptr &&
          s->lazy.compare_exchange_strong(seen, object, sync_type::orders.cpu_claim, std::memory_order_relaxed))
        return s;
    }
    return nullptr;
  }

  LAZYREF_DETAIL_COLD unsigned another_cpu(unsigned cpu) noexcept {
    is_beyond_.store(true, std::memory_order_relaxed);  // Relaxed: a diagnostic.
    return cpu % static_cast<unsigned>(cpus_);
  }

 public:
  // (Not friends: g++ would assume that others can reach the destructor.)
  // Required by reclaim_core.
  std::size_t used() const noexcept {
    return size() + overflow_used_.load(std::memory_order_relaxed);  // Relaxed: a statistic.
  }
  template <class Visit>
  void for_each_used(Visit&& visit) const noexcept {
    for (std::size_t i = 0; i < size(); ++i) visit(slots_[i]);
    // Relaxed: see take_overflow.
    overflow_.for_each(overflow_used_.load(std::memory_order_relaxed),
                       [&](seat& s) { visit(static_cast<slot_words&>(s)); });
  }
  template <class Visit>
  void for_each_candidate(T*, Visit&& visit) const noexcept {
    for_each_used(visit);
  }
  static detail::ignore kicker() noexcept { return {}; }

  // --- the end of a claim, perhaps in a call from another image

  template <class Words>
  LAZYREF_PER_UNIT static void leave(Words& s) noexcept {
    // (S4) release, pairs with S1, S2, R1 and R2; I2: every use of the object happens before its disposal, and before
    // the next claim.
    s.lazy.store(nullptr, sync_type::orders.cpu_release);
    // (S5) pairs with R6; I5
    if constexpr (When == reclaim::prompt) s.fence.light(sync_type::orders.cpu_light);
    if (detail::is_rare(detail::needs_a_look(s))) cpu_core::settle_release(s);
  }

  LAZYREF_DETAIL_COLD LAZYREF_PER_UNIT static void release_rare(T* object, std::uintptr_t where) noexcept {
    if (where > cpu_place::no_memory) {
      auto& s = *reinterpret_cast<seat*>(where - 1);
      // Relaxed: the domain wrote it before any thread used the slot.
      auto* const domain = reinterpret_cast<cpu_core*>(s.note.load(std::memory_order_relaxed));
      cpu_core::leave(static_cast<slot_words&>(s));
      domain->give_back(s);
    } else {
      holds::give_up(object, 1);
    }
  }

  // Another claim may have the slot by now.
  template <class Words>
  LAZYREF_DETAIL_COLD static void settle_release(Words& s) noexcept {
    if constexpr (When == reclaim::prompt) {
      // (S5) pairs with R6; I5: where the fast path's light fence was only a compiler barrier.
      if (!s.fence.is_known_free()) s.fence.strong_light(sync_type::orders.cpu_light);
    }
    // Relaxed: a hint; R5 takes it.
    if (detail::is_object(s.drop.load(std::memory_order_relaxed))) cpu_core::drain(s);
  }

  // The caller's claim has the slot.
  template <class Words>
  LAZYREF_DETAIL_COLD static void settle_claim(Words& s) noexcept {
    // Relaxed: a hint; R5 takes it.
    T* const dropped = s.drop.load(std::memory_order_relaxed);
    if (!detail::is_object(dropped)) return detail::unmark(s, dropped);
    cpu_core::drain(s);
  }

  template <class Words>
  LAZYREF_DETAIL_COLD static void drain(Words& s) noexcept {
    const detail::no_cancellation scope;
    // Relaxed: the domain wrote it before any thread used the slot.
    auto* const domain = reinterpret_cast<const cpu_core*>(s.note.load(std::memory_order_relaxed));
    detail::handover<holds, T, sync_type, When> handover(nullptr);
    handover.take_back(s);
    handover.take_back_all([&](auto&& visit) { visit(s); }, domain->fence_);
  }

 protected:
  typename restartable::support support_;
  const std::size_t cpus_;
  const std::size_t per_cpu_;
  std::size_t reachable_ = support_.usable ? cpus_ : 0;  // by restartable sequences
  const std::unique_ptr<slot_words[]> slots_;
  detail::slot_chunks<seat, sync_type> overflow_{2};
  detail::index_stack<sync_type> free_;   // returned overflow slots
  atomic<std::size_t> overflow_used_{0};  // overflow slots from this one on were never taken
  atomic<bool> is_beyond_{false};         // a thread ran on a CPU that has no slots here
  alignas(cache_line) atomic<std::size_t> counted_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_PER_CPU_CPU_CORE_HPP
