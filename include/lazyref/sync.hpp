// SPDX-License-Identifier: BSL-1.0
//
// The synchronisation policy. Every algorithm of lazyref is a template over one class, `Sync`, and reaches other threads
// only through it; std_sync is the one that programs use. A policy supplies
//
//   atomic<T>              as std::atomic<T>
//   cell<T>                plain data: read(), write(value)
//   fence                  the fences of a domain: heavy(order), try_heavy(order), light(order)
//   process_fence()        the fence of this image
//   slot_fence             a slot's light fence: light(order), strong_light(order), light_is_full(),
//                          is_known_free(), learn()
//   relax()                one turn of a bounded wait
//   give_way()             the same, where the awaited thread may not be running
//   this_cpu()             the CPU that the caller runs on, a hint
//   cpus()                 the number of CPUs that there may be
//   now()                  a monotonic clock, in nanoseconds; it may wrap
//   innermost_flush()      the calling thread's, see detail/reclamation/retired.hpp: a reference to a pointer, null at first
//   orders                 an order_table (orders.hpp)
//   restartable            rseq: probe(), index(support), store_if_null(...); see detail/per_cpu/rseq.hpp
//
// and no algorithm uses anything else. With std_sync each of them compiles to what one would have written by hand: the test
// `codegen` compares the object code.
#include "config.hpp"

#ifndef LAZYREF_SYNC_HPP
#define LAZYREF_SYNC_HPP

#include "detail/per_cpu/cpus.hpp"
#include "detail/per_cpu/rseq.hpp"
#include "fence.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The fence of an image. A domain keeps a pointer to that of the image that made it, and all its fences use that one,
// whatever image a call runs in: an image with free light fences never meets one whose heavy fences are plain.
class image_fence {
 public:
  // This image's; or another one's.
  constexpr image_fence() noexcept = default;
  constexpr explicit image_fence(process_fence_type& state) noexcept : state_(&state) {}

  // Whether its light fences may be compiler barriers.
  bool is_free() const noexcept { return state_->is_free(); }
  // As the process has decided; for the rare paths, the same in all units.
  void light(std::memory_order order) const noexcept { state_->template light<fence_mode::automatic>(order); }
  // As asymmetric_thread_fence_heavy.
  void heavy(std::memory_order order) const noexcept { state_->heavy(order); }
  // As try_asymmetric_thread_fence_heavy; whether it succeeded.
  bool try_heavy(std::memory_order order) const noexcept { return static_cast<bool>(state_->try_heavy(order)); }

 private:
  friend class slot_fence;
  process_fence_type* state_ = &process_fence;
};

// For a slot without a worker, which is constant-initialised.
struct vacant_slot {};

// Part of a slot: whether its workers' light fence is free. Until that is known, the slot's empty `drop` holds a mark
// (slot_words.hpp), which the workers' fast paths take for a hold to release: so one load answers both questions.
class slot_fence {
 public:
  // Free if the image's light fences are free by now.
  slot_fence() noexcept : not_known_free_(process_fence.is_free() ? nullptr : &process_fence) {}
  constexpr explicit slot_fence(vacant_slot) noexcept : not_known_free_(nullptr) {}

  // Called before the slot has a worker. The slot pairs with the heavy fence `whole`, perhaps of another image.
  void belong_to(const image_fence& whole) noexcept {
    // Relaxed: the thread that gives the slot to a worker publishes it.
    not_known_free_.store(whole.is_free() ? nullptr : whole.state_, std::memory_order_relaxed);
  }

  // Whether `light` is a full fence whatever the process decides.
  LAZYREF_PER_UNIT static constexpr bool light_is_full() noexcept { return build_mode == fence_mode::symmetric; }

  // On the fast path: a fence if light fences are free. Every order but relaxed is the same; no caller passes relaxed.
  LAZYREF_PER_UNIT static void light(std::memory_order) noexcept {
    if constexpr (light_is_full()) {
      std_atomics::full_fence();
    } else {
      std_atomics::compiler_barrier();
    }
  }

  // On slow paths: a fence in any case.
  void strong_light(std::memory_order) const noexcept {
    // Relaxed: once known, it stays true.
    const auto* const state = not_known_free_.load(std::memory_order_relaxed);
    if (state != nullptr && !state->is_free()) std_atomics::full_fence();
    std_atomics::compiler_barrier();
  }

  // Whether light fences are known to be free. Who may call: any thread.
  bool is_known_free() const noexcept {
    // Relaxed: a thread that sees null late takes the slow path.
    return not_known_free_.load(std::memory_order_relaxed) == nullptr;
  }
  // The same; finds out if unknown. Who may call: the slot's worker.
  bool learn() noexcept {
    // Relaxed, both: a decision for free light fences is final.
    const auto* const state = not_known_free_.load(std::memory_order_relaxed);
    if (state == nullptr) return true;
    if (!state->is_free()) return false;
    not_known_free_.store(nullptr, std::memory_order_relaxed);
    return true;
  }

 private:
  // The fence of the image in which the slot was constructed; null once its light fence is known to be free.
  std_atomics::atomic<const process_fence_type*> not_known_free_;
};

struct flush_frame;
LAZYREF_DETAIL_ONE_PER_IMAGE inline thread_local flush_frame* this_threads_flush = nullptr;

}  // namespace detail

// The policy of programs: std::atomic, the fence of fence.hpp, rseq.
struct std_sync : detail::std_atomics {
  // As in the table; progress, cost, errors: those of the functions that they call.
  using restartable = detail::rseq;
  using fence = detail::image_fence;
  using slot_fence = detail::slot_fence;

  // The fence of this image.
  static constexpr fence process_fence() noexcept { return {}; }
  static detail::flush_frame*& innermost_flush() noexcept { return detail::this_threads_flush; }
  static void give_way() noexcept { detail::os_kernel::give_way(); }
  static std::size_t cpus() noexcept { return detail::possible_cpus_once(); }
  static std::uintptr_t now() noexcept { return detail::monotonic_nanoseconds(); }
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_SYNC_HPP
