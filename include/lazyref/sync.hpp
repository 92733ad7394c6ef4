// SPDX-License-Identifier: BSL-1.0
//
// The seam. Every algorithm of lazyref is a template over one class, `Sync`, and takes everything that concerns other
// threads from it; this one is the real thing. A policy supplies
//
//   atomic<T>              as std::atomic<T>
//   cell<T>                plain data: read(), write(value)
//   fence                  what the heavy fences of a domain go by: heavy(order), try_heavy(order), light(order)
//   process_fence()        the one of this image
//   slot_fence             a slot's light fence: light(order), strong_light(order), light_is_full(),
//                          is_known_free(), learn()
//   relax()                one turn of a bounded wait
//   give_way()             the same, where the wait is for a thread that may not be running
//   this_cpu()             the CPU that the caller runs on, a hint
//   cpus()                 how many CPUs there may be
//   now()                  a clock that goes forward, in nanoseconds; it may wrap
//   innermost_flush()      the calling thread's, see detail/retired.hpp: a reference to a pointer, null at first
//   orders                 an order_table (orders.hpp)
//   restartable            rseq: probe(), index(support), store_if_null(...); see detail/rseq.hpp
//
// and nothing else is used. With this policy each of them compiles to what one would have written by hand: the test
// `codegen` compares the object code.
#include "config.hpp"

#ifndef LAZYREF_SYNC_HPP
#define LAZYREF_SYNC_HPP

#include "detail/cpus.hpp"
#include "detail/rseq.hpp"
#include "fence.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The fence of an image. A domain keeps a pointer to the one of the image that made it, and all its fences go by that,
// whatever image a call runs in: an image with free light fences never meets one whose heavy fences are plain.
class image_fence {
 public:
  // That of this image; or of another one.
  constexpr image_fence() noexcept = default;
  constexpr explicit image_fence(process_fence_type& state) noexcept : state_(&state) {}

  // Whether its light fences may be compiler barriers.
  bool is_free() const noexcept { return state_->is_free(); }
  // By what the process has decided; for the rare paths, in all units alike.
  void light(std::memory_order order) const noexcept { state_->template light<fence_mode::automatic>(order); }
  // As asymmetric_thread_fence_heavy.
  void heavy(std::memory_order order) const noexcept { state_->heavy(order); }
  // As try_asymmetric_thread_fence_heavy; whether it succeeded.
  bool try_heavy(std::memory_order order) const noexcept { return static_cast<bool>(state_->try_heavy(order)); }

 private:
  friend class slot_fence;
  process_fence_type* state_ = &process_fence;
};

// For a slot that nobody uses, and that is constant-initialised.
struct vacant_slot {};

// Stands in the slot: whether the light fence of its workers is free. Until that is known, the slot's `drop` rests at a
// mark (slot_words.hpp), which the workers' fast paths take for something to give up: so they look at one word for both.
class slot_fence {
 public:
  // Where the image's light fences are free by now, so is this one.
  slot_fence() noexcept : not_known_free_(process_fence.is_free() ? nullptr : &process_fence) {}
  constexpr explicit slot_fence(vacant_slot) noexcept : not_known_free_(nullptr) {}

  // Before anybody uses the slot: it is one of those whose heavy fence is `whole`, which another image may have made.
  void belong_to(const image_fence& whole) noexcept {
    // Relaxed: whoever gives the slot to a worker publishes it.
    not_known_free_.store(whole.is_free() ? nullptr : whole.state_, std::memory_order_relaxed);
  }

  // Whether `light` is a fence whatever the process decides.
  LAZYREF_PER_UNIT static constexpr bool light_is_full() noexcept { return build_mode == fence_mode::symmetric; }

  // On the fast path: a fence if light fences are free. All orders but relaxed are one, and nobody makes a relaxed one.
  LAZYREF_PER_UNIT static void light(std::memory_order) noexcept {
    if constexpr (light_is_full()) {
      std_atomics::full_fence();
    } else {
      std_atomics::compiler_barrier();
    }
  }

  // On slow paths: a fence in any case.
  void strong_light(std::memory_order) const noexcept {
    // Relaxed: what is known stays true.
    const auto* const state = not_known_free_.load(std::memory_order_relaxed);
    if (state != nullptr && !state->is_free()) std_atomics::full_fence();
    std_atomics::compiler_barrier();
  }

  // Whether light fences are known to be free. Who may call: any thread.
  bool is_known_free() const noexcept {
    // Relaxed: who sees null late takes the slow path.
    return not_known_free_.load(std::memory_order_relaxed) == nullptr;
  }
  // The same; finds out. Who may call: the slot's worker.
  bool learn() noexcept {
    // Relaxed, both: a decision for free light fences stands for ever.
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
  // As the table says; progress, cost, errors: those of the functions that they call.
  using restartable = detail::rseq;
  using fence = detail::image_fence;
  using slot_fence = detail::slot_fence;

  // That of this image.
  static constexpr fence process_fence() noexcept { return {}; }
  static detail::flush_frame*& innermost_flush() noexcept { return detail::this_threads_flush; }
  static void give_way() noexcept { detail::os_kernel::give_way(); }
  static std::size_t cpus() noexcept { return detail::possible_cpus_once(); }
  static std::uintptr_t now() noexcept { return detail::monotonic_nanoseconds(); }
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_SYNC_HPP
