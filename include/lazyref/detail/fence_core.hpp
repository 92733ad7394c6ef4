// SPDX-License-Identifier: BSL-1.0
//
// The asymmetric fence without its globals: a template over the atomics, the kernel and the build mode, so that tests
// can script the kernel's answers. The contract stands in fence.hpp.
//
// One byte, `decided_`, says how this process fences. It moves once, from `undecided`. The rule that keeps it sound: a
// light fence may be free only when every heavy fence is sure to be strong. A light fence that reads anything but
// `free_light` is a full fence; a heavy fence never returns from `undecided` without a decision, and once `free_light`
// is decided it reaches every thread or fails. So the byte needs no order: a late reader is merely slower.
#pragma once

#include "coalescer.hpp"
#include "fence_decision.hpp"
#include "membarrier.hpp"

LAZYREF_BEGIN_NAMESPACE

// What the heavy side of this process is made of.
enum class fence_backend {
  membarrier,                   // the system call
  flush_process_write_buffers,  // that of Windows
  symmetric                     // nothing that reaches other threads: full fences on both sides
};

// What is decided about the fence of this process.
struct fence_status {
  fence_backend backend;  // of the heavy side
  bool light_is_free;     // the light fence is a compiler barrier
  const char* reason;     // one sentence, static storage duration
};

// What the kernel has on record for this process; see `registrations()`.
struct fence_registrations {
  bool reported_by_kernel;  // false: the kernel cannot tell, this is what lazyref itself registered
  bool private_expedited;   // for the heavy fence
  bool global_expedited;    // for the cross-process fence
  bool sync_core;           // for sync_core_all_threads()
  bool rseq;                // for rseq_fence()
};

namespace detail {

template <class Atomics, class Kernel, fence_mode Mode>
class fence_core {
 public:
  constexpr fence_core() noexcept = default;

  fence_status initialize() noexcept {
    return initialize_by([this] { return probe(); });
  }

  fence_status initialize(fence_backend backend) noexcept {
    return initialize_by([this, backend] {
      if (backend == fence_backend::symmetric) return fence_decision::symmetric_chosen;
      // No question first: the one call that is needed, made because the caller says that it may be made.
      return without_question();
    });
  }

  fence_status info() const noexcept { return status(decision()); }

  void light(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return;
    if constexpr (Mode == fence_mode::required) {
      Atomics::compiler_barrier();
    } else if constexpr (Mode == fence_mode::symmetric) {
      Atomics::full_fence();
    } else {
      if (is_rare(decision() != fence_decision::free_light)) Atomics::full_fence();
      Atomics::compiler_barrier();
    }
  }

  sync_result try_heavy(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return {};
    fence_decision now = decision();
    if (is_rare(now == fence_decision::undecided)) now = decide([this] { return probe(); });
    if (now == fence_decision::free_light) {
      if constexpr (Kernel::offers == kernel_barrier::flush_process_write_buffers) {
        Atomics::full_fence();
        Kernel::flush_process_write_buffers();
      } else {
        const sync_result result = coalescer_.run(
            [this] { return call(membarrier_private_expedited, membarrier_register_private_expedited, 0, 0); });
        if (is_rare(!result)) return result;
      }
    } else if constexpr (Mode == fence_mode::required) {
      // The light side is no instruction in this build, so a fence here alone would be a lie.
      return {errno_from_decision(now), reason_of(now, Kernel::offers)};
    }
    // The kernel returns at once to a process with one thread or a machine with one CPU; the fence is the caller's own
    // share.
    Atomics::full_fence();
    return {};
  }

  void heavy(std::memory_order order) noexcept {
    const sync_result result = try_heavy(order);
    if (is_rare(!result)) fatal(result.what(), result.error());
  }

  sync_result cross_process_register() noexcept {
    const sync_result result = call(membarrier_register_global_expedited, 0, 0, 0);
    // Relaxed: a light fence that reads it late is merely slower.
    if (result) receives_global_.store(true, std::memory_order_relaxed);
    return result;
  }

  void cross_process_light(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return;
    // Relaxed: as in cross_process_register.
    if (is_rare(!receives_global_.load(std::memory_order_relaxed))) Atomics::full_fence();
    Atomics::compiler_barrier();
  }

  sync_result cross_process_heavy(std::memory_order order) noexcept {
    if (order == std::memory_order_relaxed) return {};
    const sync_result result = call(membarrier_global_expedited, 0, 0, 0);
    Atomics::full_fence();
    return result;
  }

  sync_result rseq_fence(unsigned flags, int cpu) noexcept {
    const sync_result result =
        call(membarrier_private_expedited_rseq, membarrier_register_private_expedited_rseq, flags, cpu);
    Atomics::full_fence();
    return result;
  }

  fence_registrations registrations() const noexcept {
    int mask = may_call() ? Kernel::membarrier(membarrier_get_registrations, 0, 0) : -1;
    const bool reported = mask >= 0;
    // Relaxed: a record.
    if (!reported) mask = registered_.load(std::memory_order_relaxed);
    return {reported, (mask & membarrier_register_private_expedited) != 0,
            (mask & membarrier_register_global_expedited) != 0,
            (mask & membarrier_register_private_expedited_sync_core) != 0,
            (mask & membarrier_register_private_expedited_rseq) != 0};
  }

  void after_fork_in_child() noexcept { coalescer_.after_fork_in_child(); }

 private:
  static constexpr int tries = 16;

  bool may_call() const noexcept {
    return Mode != fence_mode::symmetric && decision() != fence_decision::symmetric_chosen;
  }

  // Relaxed: see the head of this file.
  fence_decision decision() const noexcept { return decided_.load(std::memory_order_relaxed); }

  static fence_status status(fence_decision decision) noexcept {
    if constexpr (Mode == fence_mode::symmetric)
      return {fence_backend::symmetric, false, reason_of(fence_decision::symmetric_build, Kernel::offers)};
    constexpr fence_backend native = Kernel::offers == kernel_barrier::flush_process_write_buffers
                                         ? fence_backend::flush_process_write_buffers
                                         : fence_backend::membarrier;
    if (Mode == fence_mode::required && decision == fence_decision::undecided) {
      return {native, true,
              "built with LAZYREF_FENCE_REQUIRED; not registered yet: fence_initialize() or the first heavy fence does "
              "it, or stops"};
    }
    const bool strong_heavy = decision == fence_decision::free_light || Mode == fence_mode::required;
    return {strong_heavy ? native : fence_backend::symmetric, strong_heavy, reason_of(decision, Kernel::offers)};
  }

  template <class Choose>
  fence_status initialize_by(Choose choose) noexcept {
    const fence_decision now = decide(choose);
    if constexpr (Mode == fence_mode::required) {
      if (is_rare(now != fence_decision::free_light)) fatal(required_but(now), errno_from_decision(now));
    }
    return status(now);
  }

  static const char* required_but(fence_decision decision) noexcept {
    switch (decision) {
      case fence_decision::symmetric_absent:
        return Kernel::offers == kernel_barrier::membarrier
                   ? "built with LAZYREF_FENCE_REQUIRED, but membarrier is not implemented here (ENOSYS): run on Linux "
                     "4.14 or later without a filter that hides it, or build with LAZYREF_FENCE_AUTO"
                   : "built with LAZYREF_FENCE_REQUIRED, but Wine's FlushProcessWriteBuffers may do nothing: run on "
                     "Windows, or build with LAZYREF_FENCE_AUTO";
      case fence_decision::symmetric_refused:
        return "built with LAZYREF_FENCE_REQUIRED, but membarrier is refused (EPERM): allow it in the seccomp "
               "filter, or build with LAZYREF_FENCE_AUTO";
      case fence_decision::symmetric_no_memory:
        return "built with LAZYREF_FENCE_REQUIRED, but the kernel has no memory for membarrier (ENOMEM): free "
               "memory, raise the control group's limit, or build with LAZYREF_FENCE_AUTO";
      case fence_decision::symmetric_chosen:
        return "built with LAZYREF_FENCE_REQUIRED, so fence_initialize(fence_backend::symmetric) cannot be obeyed: "
               "build with LAZYREF_FENCE_AUTO";
      default:
        return "built with LAZYREF_FENCE_REQUIRED, but this system has no usable membarrier: build with "
               "LAZYREF_FENCE_AUTO";
    }
  }

  // The first decision stands: every later caller adopts it, whatever it found itself (filters can differ between
  // threads).
  template <class Choose>
  fence_decision decide(Choose choose) noexcept {
    fence_decision now = decision();
    if (now != fence_decision::undecided) return now;
    const fence_decision found = Mode == fence_mode::symmetric ? fence_decision::symmetric_build : choose();
    if constexpr (Mode == fence_mode::required) {
      // Nothing depends on the byte here, and memory may be there next time.
      if (found == fence_decision::symmetric_no_memory) return found;
    }
    // Relaxed: see the head of this file.
    return decided_.compare_exchange_strong(now, found, std::memory_order_relaxed, std::memory_order_relaxed) ? found
                                                                                                              : now;
  }

  fence_decision probe() noexcept {
    if constexpr (Kernel::offers == kernel_barrier::none) return fence_decision::symmetric_platform;
    if constexpr (Kernel::offers == kernel_barrier::flush_process_write_buffers)
      return Kernel::flush_reaches_all() ? fence_decision::free_light : fence_decision::symmetric_absent;
    const int commands = Kernel::membarrier(membarrier_query, 0, 0);
    if (commands < 0) return decision_from_errno(-commands);
    if ((commands & membarrier_private_expedited) == 0) return fence_decision::symmetric_too_old;
    return without_question();
  }

  fence_decision without_question() noexcept {
    if constexpr (Kernel::offers == kernel_barrier::none) return fence_decision::symmetric_platform;
    if constexpr (Kernel::offers == kernel_barrier::flush_process_write_buffers)
      return Kernel::flush_reaches_all() ? fence_decision::free_light : fence_decision::symmetric_absent;
    sync_result result = call(membarrier_register_private_expedited, 0, 0, 0);
    // Once for real, while full fences can still be chosen: there are filters that allow the registration and not the
    // barrier.
    if (result) result = call(membarrier_private_expedited, 0, 0, 0);
    return result ? fence_decision::free_light : decision_from_errno(result.error());
  }

  // One command, with the two errors that can be mended: EPERM (the registration is missing, or a checkpoint restore
  // lost it) by registering again, once; ENOMEM and EINTR, which the kernel may give on any call, by trying again, a
  // bounded number of times.
  sync_result call(int command, int register_command, unsigned flags, int cpu) noexcept {
    if (!may_call())
      return {ENOSYS,
              "full fences were chosen, by LAZYREF_FENCE_SYMMETRIC or by fence_initialize, and no system call is made"};
    bool may_register = register_command != 0;
    int error = 0;
    for (int i = 0; i < tries; ++i) {
      const int result = Kernel::membarrier(command, flags, cpu);
      if (result >= 0) {
        note_registration(command);
        return {};
      }
      error = -result;
      if (error == EPERM && may_register) {
        may_register = false;
        const sync_result registered = call(register_command, 0, 0, 0);
        if (!registered) return {registered.error(), explain(command, registered.error())};
      } else if (error == ENOMEM || error == EINTR) {
        Kernel::yield();
      } else {
        break;
      }
    }
    return {error, explain(command, error)};
  }

  void note_registration(int command) noexcept {
    constexpr int all = membarrier_register_private_expedited | membarrier_register_global_expedited |
                        membarrier_register_private_expedited_sync_core | membarrier_register_private_expedited_rseq;
    // Relaxed: a record for `registrations()`, nothing follows from it.
    if ((command & all) != 0) registered_.fetch_or(command, std::memory_order_relaxed);
  }

  typename Atomics::template atomic<fence_decision> decided_{fence_decision::undecided};
  typename Atomics::template atomic<bool> receives_global_{false};
  typename Atomics::template atomic<int> registered_{0};
  coalescer<Atomics> coalescer_{};
};

}  // namespace detail

LAZYREF_END_NAMESPACE
