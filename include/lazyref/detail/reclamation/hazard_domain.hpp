// SPDX-License-Identifier: BSL-1.0
//
// Implements hazard_pointer: slots (slot.hpp) in chunks, and the lists of retired objects. hazard_cache.hpp keeps each
// thread's few free slots.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_HAZARD_DOMAIN_HPP
#define LAZYREF_DETAIL_RECLAMATION_HAZARD_DOMAIN_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../../domain_options.hpp"
#include "../../owner.hpp"
#include "../base/allocate.hpp"
#include "../base/index_stack.hpp"
#include "retired.hpp"
#include "scan_table.hpp"
#include "slot_store.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class D>
class hazard_pointer_obj_base;

namespace detail {

// The base of all objects that hazard pointers protect. A copy is a new object: nothing is copied or compared.
template <class Sync>
class lazyref_hazard_object {
 public:
  lazyref_hazard_object() noexcept = default;
  lazyref_hazard_object(const lazyref_hazard_object&) noexcept : lazyref_hazard_object() {}
  lazyref_hazard_object& operator=(const lazyref_hazard_object&) noexcept { return *this; }

 protected:
  ~lazyref_hazard_object() = default;

 private:
  template <class, std::size_t, std::size_t>
  friend class hazard_domain;
  template <class, class>
  friend class lazyref::hazard_pointer_obj_base;

  // Its holds. It has one user, which retire drops. All of these change also in objects that users see as const.
  mutable hold_count<Sync> lazyref_holds_;
  std::uint32_t lazyref_mark_ = 0;  // for misuse checks: the domain of the image that made it
  mutable lazyref_hazard_object* lazyref_next_ = nullptr;
  mutable void (*lazyref_reclaim_)(lazyref_hazard_object*) noexcept = nullptr;
};

// Least: the number of slots in the first chunk. Batch: the most objects that wait.
template <class Sync, std::size_t Least = 16, std::size_t Batch = default_retire_batch>
class hazard_domain {
 public:
  using object = lazyref_hazard_object<Sync>;

  struct holds {
    static void take(object* x, std::size_t n) noexcept { x->lazyref_holds_.take(n); }
    static void give_up(object* x, std::size_t n) noexcept {
      give_up(x, n, [](auto&& disposal) { disposal(); });
    }
    // The same; `run` runs the disposer if this was the last hold.
    template <class Run>
    static void give_up(object* x, std::size_t n, Run&& run) noexcept {
      if (x->lazyref_holds_.give_up(n)) run([x] { x->lazyref_reclaim_(x); });
    }
  };
  struct link {
    static object*& next(object* x) noexcept { return x->lazyref_next_; }
  };
  using slot_words = slot<object, Sync, reclaim::prompt>;
  struct record : slot_words {
    record() noexcept = default;
    constexpr explicit record(vacant_slot nobody) noexcept : slot_words(nobody) {}

    std::uint32_t index = 0;
    typename Sync::template atomic<std::uint32_t> below{0};  // link of index_stack
    // See hazard_cache.hpp, which is not model-checked.
    std_atomics::atomic<const void*> owner{nullptr};
    void* cache = nullptr;
    hazard_domain* registry = nullptr;
  };

  // The most that waits on each CPU; in objects: this, or the number of hazard pointers if that is larger.
  static constexpr std::size_t batch = Batch, bytes = default_retire_bytes;

  constexpr hazard_domain() noexcept = default;
  hazard_domain(const hazard_domain&) = delete;
  hazard_domain& operator=(const hazard_domain&) = delete;

  // Returns a slot that protects nothing. Errors: those of `new`, if more slots are needed. Progress: lock-free, as
  // `new` is. Cost: one read-modify-write, whatever the number of slots.
  record* claim() {
    std::uint32_t index = 0;
    if (free_.pop(index, links())) return std::addressof(slots_[index]);
    // Relaxed, both: protections follow, and their light fence (P2) with them, so a reclaimer that must find the slot
    // finds it among those that were handed out.
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      make_sure_of(used);
      // Relaxed, both: as above.
    } while (!used_.compare_exchange_strong(used, used + 1, std::memory_order_relaxed, std::memory_order_relaxed));
    return std::addressof(slots_[used]);
  }

  // Precondition: the slot protects nothing.
  static void give_back(record& r) noexcept {
    r.registry->free_.push(
        r.index, [&r](std::uint32_t) -> auto& { return r.below; });
  }

  // For misuse checks: records that an image of this domain made `x`; and whether that may be so.
  void mark(object* x) const noexcept { x->lazyref_mark_ = name(); }
  bool may_have_made(const object* x) const noexcept { return x->lazyref_mark_ == 0 || x->lazyref_mark_ == name(); }

  void retire(object* x, std::size_t size = 0) noexcept {
    if (auto* const due = retired_.push(x, size, limits())) flush_retired(due);
  }

  // For what waits, and what is retired inside this call. Returns how many objects are not reclaimed yet.
  std::size_t flush() noexcept {
    const no_cancellation scope;
    flush_retired(nullptr);
    const auto in_slots = [this] {
      std::size_t result = 0;
      // Relaxed: a statistic.
      for_each_used([&](record& r) { result += detail::is_object(r.drop.load(std::memory_order_relaxed)); });
      return result;
    };
    // First the waiting objects: those that leave a list go to the slots.
    const std::size_t waiting = retired_.size();
    std::size_t left = in_slots();
    // If a heavy fence failed after a handoff, the worker may have left.
    if (left != 0 &&
        lazyref::collect<holds, object, reclaim::prompt, Sync>(
            [this](auto&& visit) { this->for_each_used([&](record& r) { visit(static_cast<slot_words&>(r)); }); },
            fence_) != 0)
      left = in_slots();
    return waiting + left;
  }

  std::size_t waiting() const noexcept { return retired_.size(); }

  // The most that were handed out at a time. For tests.
  std::size_t slot_count() const noexcept { return used_.load(std::memory_order_relaxed); }  // Relaxed: a statistic.

  // `me`: the calling thread. Records of other threads lose their owner, since new threads may get the same name.
  void after_fork_in_child(const void* me) noexcept {
    retired_.after_fork_in_child();
    scans_.after_fork_in_child();
    for_each_used([me](record& r) {
      // Relaxed, both: single-threaded.
      if (r.owner.load(std::memory_order_relaxed) != me) r.owner.store(nullptr, std::memory_order_relaxed);
    });
  }

 private:
  using retired_type = retired_lists<object, link, Sync>;

  std::uint32_t name() const noexcept {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(this) >> 4) | 1;
  }

  // The limits of a list; as a call, since they are seldom needed.
  auto limits() const noexcept {
    return [this] {
      const std::size_t used = slot_count();
      return retire_limits{used < batch ? batch : used, bytes};
    };
  }

  // Null: all lists.
  LAZYREF_DETAIL_NOINLINE void flush_retired(typename retired_type::list_type* list) noexcept {
    const no_cancellation scope;
    retired_.flush(list, limits(), [this](object* chain, auto&& passed) {
      if (!fence_.try_heavy(Sync::orders.unpublish_heavy)) return std::ptrdiff_t{0};  // (R7) pairs with P2; I1
      return scans_.with_table(slot_count(), [&](auto& table) {
        std::ptrdiff_t reclaimed = 0;
        detail::scan_for_chain<holds, reclaim::prompt, Sync>(
            chain, link::next, table,
            [this](auto&& visit) { this->for_each_used([&](record& r) { visit(static_cast<slot_words&>(r)); }); },
            ignore{}, passed,
            [&reclaimed](object* x) {
              ++reclaimed;
              if (x->lazyref_holds_.give_up_only()) x->lazyref_reclaim_(x);
            },
            fence_);
        return reclaimed;
      });
    });
  }

  auto links() noexcept {
    return [this](std::uint32_t index) -> auto& { return slots_[index].below; };
  }

  void make_sure_of(std::size_t index) {
    using provided = typename decltype(slots_)::provided;
    const auto owned = [this](record* more, std::size_t n) {
      for (std::size_t i = 0; more != nullptr && i < n; ++i) {
        more[i].registry = this;
        // The call may come from another image.
        detail::belong_to<object, Sync, reclaim::prompt>(more[i], this->fence_);
      }
      return more;
    };
    provided result =
        slots_.provide(index, [&](std::size_t n) { return owned(detail::try_allocate_array<record>(n), n); });
    if (result == provided::not_at_all) {
      if (index >= slots_.limit())
        detail::call_fatal_hook("make_hazard_pointer: all 2^31 hazard pointers are in use; destroy some");
      result = slots_.provide(index, [&](std::size_t n) { return owned(new record[n], n); });
    }
    if (result == provided::before) return;
    scans_.provide(slots_.size_with(index));
    retired_.spread();
  }

  template <class Visit>
  void for_each_used(Visit&& visit) noexcept {
    // Relaxed: see claim.
    slots_.for_each(used_.load(std::memory_order_relaxed), visit);
  }

  const typename Sync::fence fence_ = Sync::process_fence();
  slot_chunks<record, Sync> slots_{slot_chunks<record, Sync>::bits_for(Least)};
  index_stack<Sync> free_;                               // returned slots
  typename Sync::template atomic<std::size_t> used_{0};  // slots from this one on were never handed out
  scan_memory<object, slot_words, Sync> scans_;
  retired_type retired_;
};

// Constant-initialised and never destroyed: objects with static storage may use it before main and after.
template <class D>
union never_destroyed {
  constexpr never_destroyed() noexcept : value() {}
  ~never_destroyed() {}
  D value;
};

using hazards = hazard_domain<std_sync>;
#if defined(__clang__)
[[clang::__no_destroy__]]  // Its destructor does nothing.
#endif
LAZYREF_DETAIL_STATE(never_destroyed<hazards>, all_hazards);

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_HAZARD_DOMAIN_HPP
