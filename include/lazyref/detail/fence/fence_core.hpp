// SPDX-License-Identifier: BSL-1.0
//
// The asymmetric fence without its globals: a template over the atomics and the kernel, so that tests can script the
// kernel's answers. The contract is in fence.hpp. What depends on how a unit was built takes its mode as a template
// argument; all units of a process share the object.
//
// One byte, `decided_`, states how this process fences. The invariant: a light fence may be free only if every heavy
// fence is certainly strong.
//
//   undecided -> free_light    A light fence that reads any value but `free_light` is a full fence. A heavy fence never
//                              returns while `undecided`; after `free_light` it reaches every thread or fails.
//   undecided -> symmetric_*   Full fences on both sides.
//   symmetric_* -> strong_heavy -> free_light
//                              `strengthen`, for a unit whose light fence is no instruction, and that was loaded late.
//                              From `strong_heavy` on, heavy fences are strong. Then one heavy fence (H) is issued, and
//                              only after it may light fences be free. A heavy fence that is only a full fence (F) reads
//                              the byte again after F: either it sees the change, or F precedes H in the order of all
//                              fences. Then a thread that has learnt that light fences are free sees what precedes F.
//
// No transition is reversed. So accesses to the byte need no order: a late reader is slower, or its fence stronger.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_FENCE_FENCE_CORE_HPP
#define LAZYREF_DETAIL_FENCE_FENCE_CORE_HPP

#include "coalescer.hpp"
#include "fence_decision.hpp"
#include "membarrier_calls.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Atomics, class Kernel>
class fence_core {
 public:
  constexpr fence_core() noexcept = default;

  template <fence_mode Mode>
  fence_status initialize() noexcept {
    return initialize_by<Mode>([this] { return probe(); });
  }

  template <fence_mode Mode>
  fence_status initialize(fence_backend backend) noexcept {
    return initialize_by<Mode>([this, backend] {
      if (backend == fence_backend::symmetric) return fence_decision::symmetric_chosen;
      // No query first: only the one call that is needed, because the caller states that it may be made.
      return without_question();
    });
  }

  template <fence_mode Mode>
  fence_status info() const noexcept {
    return status<Mode>(decision());
  }

  // Whether a light fence may be a compiler barrier. Once true, it stays true.
  bool is_free() const noexcept { return decision() == fence_decision::free_light; }

  template <fence_mode Mode>
  void light(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return;
    if constexpr (Mode == fence_mode::required) {
      Atomics::compiler_barrier();
    } else if constexpr (Mode == fence_mode::symmetric) {
      Atomics::full_fence();
    } else {
      if (detail::is_rare(!is_free())) Atomics::full_fence();
      Atomics::compiler_barrier();
    }
  }

  sync_result try_heavy(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return {};
    fence_decision now = decision();
    if (detail::is_rare(now == fence_decision::undecided)) now = decide([this] { return probe(); });
    if (!fence_core::is_strong(now)) {
      Atomics::full_fence();
      if (detail::is_likely(!fence_core::is_strong(decision()))) return {};  // See the head of this file.
    }
    if constexpr (Kernel::offers == kernel_barrier::flush_process_write_buffers) {
      Atomics::full_fence();
      Kernel::flush_process_write_buffers();
    } else {
      const sync_result result = coalescer_.run([this] { return private_barrier(); });
      if (detail::is_rare(!result)) return result;
    }
    // The kernel returns at once if the process has one thread or the machine one CPU; this fence is for the caller's
    // own accesses.
    Atomics::full_fence();
    return {};
  }

  void heavy(std::memory_order order) noexcept {
    const sync_result result = try_heavy(order);
    if (detail::is_rare(!result)) detail::call_fatal_hook(result.what(), result.error());
  }

  // For a unit whose light fences are free whatever the process decides: from here on all heavy fences are strong, or
  // the program is terminated.
  void strengthen() noexcept {
    if (is_free()) return;
    if constexpr (Kernel::offers != kernel_barrier::none) {
      const fence_decision found = without_question();
      if (detail::is_rare(found != fence_decision::free_light))
        detail::call_fatal_hook(detail::required_but(found, Kernel::offers), detail::errno_from_decision(found));
      fence_decision now = fence_decision::undecided;
      // Relaxed, all: see the head of this file.
      if (decided_.compare_exchange_strong(now, fence_decision::free_light, std::memory_order_relaxed,
                                           std::memory_order_relaxed) ||
          now == fence_decision::free_light)
        return;
      // Relaxed, both: likewise.
      decided_.compare_exchange_strong(now, fence_decision::strong_heavy, std::memory_order_relaxed,
                                       std::memory_order_relaxed);
      heavy(std::memory_order_acq_rel);
      decided_.store(fence_decision::free_light, std::memory_order_relaxed);
    } else {
      detail::call_fatal_hook(detail::required_but(fence_decision::symmetric_platform, Kernel::offers), ENOSYS);
    }
  }

  // For a unit built with full fences: an undecided process decides for full fences, without a system call.
  void prefer_full_fences() noexcept {
    // Relaxed: see the head of this file.
    prefers_full_.store(true, std::memory_order_relaxed);
  }

  template <fence_mode Mode>
  sync_result cross_process_register() noexcept {
    const sync_result result =
        may_call<Mode>() ? membarrier_.issue(membarrier_register_global_expedited, 0, 0, 0) : no_call_is_made();
    // Relaxed: a light fence that reads a stale value is merely slower.
    if (result) receives_global_.store(true, std::memory_order_relaxed);
    return result;
  }

  void cross_process_light(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return;
    // Relaxed: as in cross_process_register.
    if (detail::is_rare(!receives_global_.load(std::memory_order_relaxed))) Atomics::full_fence();
    Atomics::compiler_barrier();
  }

  template <fence_mode Mode>
  sync_result cross_process_heavy(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return {};
    const sync_result result =
        may_call<Mode>() ? membarrier_.issue(membarrier_global_expedited, 0, 0, 0) : no_call_is_made();
    Atomics::full_fence();
    return result;
  }

  template <fence_mode Mode>
  sync_result rseq_fence(unsigned flags, int cpu) noexcept {
    const sync_result result = may_call<Mode>()
                                   ? membarrier_.issue(membarrier_private_expedited_rseq,
                                                       membarrier_register_private_expedited_rseq, flags, cpu)
                                   : no_call_is_made();
    Atomics::full_fence();
    return result;
  }

  template <fence_mode Mode>
  fence_registrations registrations() const noexcept {
    return membarrier_.registrations(may_call<Mode>());
  }

  void after_fork_in_child() noexcept { coalescer_.after_fork_in_child(); }

 private:
  // False if full fences were chosen, by this unit or for the process, unless another unit's light fences are free by now.
  template <fence_mode Mode>
  bool may_call() const noexcept {
    const fence_decision now = decision();
    return now == fence_decision::free_light ||
           (Mode != fence_mode::symmetric && now != fence_decision::symmetric_chosen);
  }

  static sync_result no_call_is_made() noexcept {
    return {ENOSYS,
            "full fences were chosen, by LAZYREF_FENCE_SYMMETRIC or by fence_initialize, so no system call is made; "
            "choose LAZYREF_FENCE_AUTO or fence_backend::membarrier instead"};
  }

  static constexpr bool is_strong(fence_decision decision) noexcept {
    return decision == fence_decision::free_light || decision == fence_decision::strong_heavy;
  }

  // Relaxed: see the head of this file.
  fence_decision decision() const noexcept { return decided_.load(std::memory_order_relaxed); }

  template <fence_mode Mode>
  static fence_status status(fence_decision decision) noexcept {
    constexpr fence_backend native = Kernel::offers == kernel_barrier::flush_process_write_buffers
                                         ? fence_backend::flush_process_write_buffers
                                         : fence_backend::membarrier;
    const bool strong_heavy = decision == fence_decision::free_light || Mode == fence_mode::required;
    if (Mode == fence_mode::symmetric) {
      return {strong_heavy ? native : fence_backend::symmetric, false,
              strong_heavy
                  ? "this unit is built with LAZYREF_FENCE_SYMMETRIC, but the light fences of another unit are "
                    "free, so heavy fences make the system call"
                  : detail::reason_of(fence_decision::symmetric_build, Kernel::offers)};
    }
    return {strong_heavy ? native : fence_backend::symmetric, strong_heavy,
            detail::reason_of(decision, Kernel::offers)};
  }

  template <fence_mode Mode, class Choose>
  fence_status initialize_by(Choose choose) noexcept {
    if constexpr (Mode == fence_mode::required) {
      strengthen();
      return status<Mode>(decision());
    } else if constexpr (Mode == fence_mode::symmetric) {
      return status<Mode>(decide([] { return fence_decision::symmetric_build; }));
    } else {
      return status<Mode>(decide(choose));
    }
  }

  // The first decision is final: every later caller adopts it, whatever it found itself (filters can differ between
  // threads).
  template <class Choose>
  fence_decision decide(Choose choose) noexcept {
    fence_decision now = decision();
    if (now != fence_decision::undecided) return now;
    // Relaxed, all: see the head of this file.
    const fence_decision found =
        prefers_full_.load(std::memory_order_relaxed) ? fence_decision::symmetric_build : choose();
    return decided_.compare_exchange_strong(now, found, std::memory_order_relaxed, std::memory_order_relaxed) ? found
                                                                                                              : now;
  }

  fence_decision probe() noexcept {
    if constexpr (Kernel::offers == kernel_barrier::none) return fence_decision::symmetric_platform;
    if constexpr (Kernel::offers == kernel_barrier::flush_process_write_buffers)
      return Kernel::flush_reaches_all() ? fence_decision::free_light : fence_decision::symmetric_absent;
    const int commands = Kernel::membarrier(membarrier_query, 0, 0);
    if (commands < 0) return detail::decision_from_errno(-commands);
    if ((commands & membarrier_private_expedited) == 0) return fence_decision::symmetric_too_old;
    return without_question();
  }

  fence_decision without_question() noexcept {
    if constexpr (Kernel::offers == kernel_barrier::none) return fence_decision::symmetric_platform;
    if constexpr (Kernel::offers == kernel_barrier::flush_process_write_buffers)
      return Kernel::flush_reaches_all() ? fence_decision::free_light : fence_decision::symmetric_absent;
    sync_result result = membarrier_.issue(membarrier_register_private_expedited, 0, 0, 0);
    // One real barrier, while full fences can still be chosen: some filters allow the registration and not the barrier.
    if (result) result = membarrier_.issue(membarrier_private_expedited, 0, 0, 0);
    return result ? fence_decision::free_light : detail::decision_from_errno(result.error());
  }

  sync_result private_barrier() noexcept {
    return membarrier_.issue(membarrier_private_expedited, membarrier_register_private_expedited, 0, 0);
  }

  typename Atomics::template atomic<fence_decision> decided_{fence_decision::undecided};
  typename Atomics::template atomic<bool> prefers_full_{false};
  typename Atomics::template atomic<bool> receives_global_{false};
  membarrier_calls<Atomics, Kernel> membarrier_{};
  coalescer<Atomics> coalescer_{};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_FENCE_FENCE_CORE_HPP
