// SPDX-License-Identifier: BSL-1.0
//
// The seam. Every algorithm of lazyref is a template over one class, `Sync`, and takes everything that concerns other
// threads from it; this one is the real thing. A policy supplies
//
//   atomic<T>              as std::atomic<T>
//   cell<T>                plain data: read(), write(value)
//   fence                  what the heavy fences of a domain go by: heavy(order), light(order), strengthen()
//   process_fence()        the one of this image
//   slot_fence             a slot's light fence: light(order)
//   relax()                one turn of a bounded wait
//   this_cpu()             the CPU that the caller runs on, a hint
//   orders                 an order_table (orders.hpp)
//   restartable            rseq: probe(), index(support), store_if_null(...); see detail/rseq.hpp
//
// and nothing else is used. With this policy each of them compiles to what one would have written by hand: the test
// `codegen` compares the object code.
#include "config.hpp"

#ifndef LAZYREF_SYNC_HPP
#define LAZYREF_SYNC_HPP

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
  // In a unit whose light fences are no instruction: heavy fences are strong from here on, or the program stops.
  LAZYREF_PER_UNIT void strengthen() const noexcept {
    if constexpr (build_mode == fence_mode::required) state_->strengthen();
  }

 private:
  process_fence_type* state_ = &process_fence;
};

// Stands in the slot: the look at it is the one branch of `auto`.
class slot_fence {
 public:
  // Who may call: any thread; for a slot, its worker.
  LAZYREF_PER_UNIT void light(std::memory_order order) noexcept {
    static_cast<void>(order);  // All but relaxed are one, and nobody makes a relaxed one here.
    if constexpr (build_mode == fence_mode::required) {
      std_atomics::compiler_barrier();
    } else if constexpr (build_mode == fence_mode::symmetric) {
      std_atomics::full_fence();
    } else {
      // Relaxed, both: a word of the slot's workers alone. A decision for free light fences stands for ever.
      const auto* const state = not_known_free_.load(std::memory_order_relaxed);
      if (detail::is_rare(state != nullptr)) {
        if (state->is_free()) {
          not_known_free_.store(nullptr, std::memory_order_relaxed);
        } else {
          std_atomics::full_fence();
        }
      }
      std_atomics::compiler_barrier();
    }
  }

 private:
  // The fence of the image in which the slot was constructed; null once its light fence is known to be free.
  std_atomics::atomic<const process_fence_type*> not_known_free_{&process_fence};
};

}  // namespace detail

// The policy of programs: std::atomic, the fence of fence.hpp, rseq.
struct std_sync : detail::std_atomics {
  // As the table says; progress, cost, errors: those of the functions that they call.
  using restartable = detail::rseq;
  using fence = detail::image_fence;
  using slot_fence = detail::slot_fence;

  // That of this image.
  static constexpr fence process_fence() noexcept { return {}; }
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_SYNC_HPP
