// SPDX-License-Identifier: BSL-1.0
//
// The asymmetric fence: a pair of fences for code of which one side runs often and the other rarely. The light side costs
// nothing (a compiler barrier). The heavy side makes every thread of the process pay instead, by a system call.
//
// Contract: that of Concurrency TS 2 (P1202R5, "asymmetric fence").
//
//   pair                     guarantee
//   heavy with heavy         that of two std::atomic_thread_fence(order)
//   heavy with ordinary      the same: a heavy fence is a full fence against everything
//   light with heavy         the same, across the two threads: of "store; light; load" and "store; heavy; load" at most
//                            one reads the old value
//   light with light,        none
//   light with ordinary
//
// memory_order_relaxed is no fence, on either side; every other order gives the strongest one. Fences order accesses; they
// are not accesses. As with ordinary fences, happens-before needs an atomic variable that one side writes and the other
// reads.
//
//   platform                              heavy                                               light
//   Linux 4.14+, FreeBSD 14.1+            membarrier(PRIVATE_EXPEDITED), then a full fence    compiler barrier
//   Windows                               full fence, FlushProcessWriteBuffers, full fence    compiler barrier
//   Wine, whose call may do nothing       full fence                                          full fence
//   anything else, or membarrier refused  full fence                                          full fence
//
// Until the process has decided, the light fence is a full fence, so code that runs before main() is right too.
// Registration is per process (per memory map): fork keeps it; exec clears it together with the program; a checkpoint
// restore may lose it, and the next heavy fence registers again (not so across processes, see below). mprotect and madvise
// are never used as a heavy fence: arm64, and AMD processors under Linux 6.15 and later, invalidate TLBs without an
// interrupt.
//
// Neighbours. Since 2024 Linux serialises PRIVATE_EXPEDITED and SYNC_CORE on the whole machine, by one mutex that the
// processes of all containers share. So a program that often makes heavy fences (or publishes code,
// instruction_sync.hpp) delays the heavy fences of all others, as theirs delay its own: a heavy fence waits for those
// before it in the queue, and each of these takes as long as its interrupts. Batch: one heavy fence for many objects, as
// domains do for retired objects; concurrent callers of one process may share one. Readers notice only the interrupts of
// their own process. Only rseq_fence(cpu) has a mutex for each CPU (May 2026).
//
// A process decides once, whatever LAZYREF_FENCE_MODE its units were built with (config.hpp). The mode changes only the
// light fence of its own unit:
//
//   unit        light fence                            heavy fence
//   AUTO        free if the process's is, else full    as the process decides
//   REQUIRED    free                                   as decided: the system call, as this unit's image has registered
//                                                      before main (a plugin: when it is loaded), or stopped the program
//   SYMMETRIC   full                                   as decided: full fences, unless other units' light fences are free
//
// A light and a heavy fence of two images that do not share one state (config.hpp, "images") do not pair.
//
// Sources: Concurrency TS 2 [asymmetric]; membarrier(2); Linux kernel/sched/membarrier.c, cases A to E at its head, and
// its membarrier_ipi_mutex; tip 89976cd73739 (a mutex for each CPU).
#include "config.hpp"

#ifndef LAZYREF_FENCE_HPP
#define LAZYREF_FENCE_HPP

#include "detail/fence/fence_core.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Constant-initialised and trivially destroyed: usable before main() and after exit().
using process_fence_type = fence_core<std_atomics, os_kernel>;
LAZYREF_DETAIL_STATE(process_fence_type, process_fence);

LAZYREF_DETAIL_BEGIN_UNIT

static_assert(build_mode != fence_mode::required || os_kernel::offers != kernel_barrier::none,
              "LAZYREF_FENCE_REQUIRED: this platform has no process-wide barrier that lazyref can use; build with "
              "LAZYREF_FENCE_AUTO");

// Runs before the image's other initialisers, so that what this unit does can rely on it.
#if LAZYREF_FENCE_MODE != LAZYREF_FENCE_AUTO
#if defined(LAZYREF_DETAIL_RUNS_FIRST)
LAZYREF_DETAIL_RUNS_FIRST static void tell_the_process() noexcept {
#else
inline const bool told_the_process = []() noexcept {
#endif
  if constexpr (build_mode == fence_mode::required) {
    process_fence.strengthen();
  } else {
    process_fence.prefer_full_fences();
  }
#if defined(LAZYREF_DETAIL_RUNS_FIRST)
}
#else
  return true;
}();
#endif
#endif

LAZYREF_DETAIL_END_UNIT

}  // namespace detail

LAZYREF_DETAIL_BEGIN_UNIT

// Purpose: decide now, and register with the kernel. Later calls return the same decision.
// When: before threads start; registration then takes microseconds. With threads running it waits for a grace period of the
//   kernel (milliseconds). Without this call, the first heavy fence decides.
// Who may call: any thread. Progress: as the system call. Errors: in `auto`, every error leads to full fences on both
//   sides, and `reason` says why. A program with a `required` unit has registered before, or stopped. One with a
//   `symmetric` unit and no `required` one makes no system call, and decides on full fences.
inline fence_status fence_initialize() noexcept { return detail::process_fence.initialize<build_mode>(); }

// Purpose: the same without asking the kernel what it supports, for sandboxes that kill a process that asks.
//   symmetric    full fences on both sides, and no membarrier from any function of this header, now or later (except for
//                a `required` unit in a plugin that is loaded later: its light fences rely on membarrier)
//   membarrier   registers at once; errors as above (flush_process_write_buffers: the same on Windows)
// Precondition: nothing is decided yet. An existing decision does not change, and is returned.
inline fence_status fence_initialize(fence_backend backend) noexcept {
  return detail::process_fence.initialize<build_mode>(backend);
}

// Purpose: return the current decision and its reason. Makes no system call. Progress: wait-free.
inline fence_status fence_info() noexcept { return detail::process_fence.info<build_mode>(); }

// Purpose: the frequent side. Ordering: see the table; pairs only with heavy fences.
// Cost: `required` none; `auto` a load and a predictable branch; `symmetric` a full fence. Progress: wait-free.
//   Async-signal-safe.
inline void asymmetric_thread_fence_light(std::memory_order order) noexcept {
  detail::process_fence.light<build_mode>(order);
}

// Purpose: the rare side. Ordering: see the table. Who may call: any thread; concurrent calls share system calls.
// Cost: 0.1 us with one thread; microseconds to tens of microseconds with other threads running (one interrupt to each of
//   their CPUs); more behind heavy fences of other processes (see "Neighbours").
// Progress: as the system call, which blocks in the kernel; no wait for another thread is unbounded.
// Errors: if it can no longer reach the other threads it must not return: it calls the fatal hook (result.hpp).
inline void asymmetric_thread_fence_heavy(std::memory_order order) noexcept { detail::process_fence.heavy(order); }

// Purpose: the rare side for callers that can handle failure (keep the memory, try later). On failure nothing is
//   guaranteed; no other fence can replace it, because the light side is already free.
// Errors: EPERM, ENOSYS (a seccomp filter was installed after the start), ENOMEM (of the kernel, after bounded retries).
inline sync_result try_asymmetric_thread_fence_heavy(std::memory_order order) noexcept {
  return detail::process_fence.try_heavy(order);
}

// --- across processes
//
// The same pair for memory that processes share. Every process that runs the light side registers. The heavy side then
// reaches all registered processes of the machine (Linux 4.16, FreeBSD 14.1: GLOBAL_EXPEDITED). exec clears the
// registration.

// Purpose: register this process, so that cross_process_fence_heavy() reaches it. On FreeBSD the sender registers as well.
// Errors: typed. Until it succeeds the light side is a full fence, which is right against any sender. Call it again after a
//   checkpoint restore: a sender of the private fence learns that its registration is lost, a receiver does not.
inline sync_result cross_process_fence_register() noexcept {
  return detail::process_fence.cross_process_register<build_mode>();
}

// Purpose: the frequent side. Cost: a load and a predictable branch once registered, a full fence before; the same in all
//   build modes. Progress: wait-free. Async-signal-safe.
inline void cross_process_fence_light(std::memory_order order) noexcept {
  detail::process_fence.cross_process_light(order);
}

// Purpose: the rare side. Who may call: any thread. Cost: as the other heavy fence; other processes of the machine pay as
//   well. Progress: as the system call.
// Errors: typed. After a failure it was still a full fence for the caller, which orders nothing against a free light fence.
inline sync_result cross_process_fence_heavy(std::memory_order order) noexcept {
  return detail::process_fence.cross_process_heavy<build_mode>(order);
}

// --- restartable sequences

// Purpose: restart every running rseq critical section of this process (on all CPUs; on the given CPU), and fence each of
//   its threads as a heavy fence does. Registers on first use. Linux 5.10; source: membarrier(2), PRIVATE_EXPEDITED_RSEQ,
//   FLAG_CPU.
// Which: name the CPU if the sequences of one CPU are meant, as when data of that CPU is taken away: this interrupts no
//   other CPU, and waits only for callers of the same one (see "Neighbours"). Name none if the CPU is not known, or if data
//   belongs to a concurrency id, which is not a CPU number and moves between CPUs. lazyref's own domains need neither:
//   claims and reclaimers synchronise by the light and the heavy fence.
// Precondition: `cpu` is the number of a CPU; on one that is offline or does not exist nothing runs, and that is success.
// Errors: typed: ENOSYS and EINVAL (not supported), EPERM (a filter). There is no fallback.
inline sync_result rseq_fence() noexcept { return detail::process_fence.rseq_fence<build_mode>(0, 0); }
inline sync_result rseq_fence(int cpu) noexcept {
  // The kernel takes a negative number for "all CPUs", and one beyond the last CPU for "none".
  if (cpu < 0) return {EINVAL, "rseq_fence: the CPU number is negative; pass 0 or more"};
  return detail::process_fence.rseq_fence<build_mode>(detail::membarrier_flag_cpu, cpu);
}

// --- introspection

// Purpose: return the membarrier commands that this process is registered for. Asks the kernel (GET_REGISTRATIONS, Linux
//   6.3); if it does not support that, reports what this header has registered, with `reported_by_kernel` false.
inline fence_registrations registrations() noexcept { return detail::process_fence.registrations<build_mode>(); }

// Purpose: in the child of a fork, forget a thread of the parent that was inside a heavy fence. Not needed for correctness
//   (a bounded wait covers it); it saves the child that wait. Precondition: called before the child starts threads.
inline void fence_after_fork_in_child() noexcept { detail::process_fence.after_fork_in_child(); }

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_FENCE_HPP
