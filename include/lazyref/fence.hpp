// SPDX-License-Identifier: BSL-1.0
//
// The asymmetric fence: a pair of fences for code where one side runs all the time and the other side hardly ever. The
// light side costs nothing (a compiler barrier), the heavy side makes every thread of the process pay for it, by a
// system call.
//
// Contract, that of Concurrency TS 2 (P1202R5, "asymmetric fence"):
//
//   pair                     what it gives
//   heavy with heavy         what two std::atomic_thread_fence(order) give
//   heavy with ordinary      the same: a heavy fence is a full fence against everything
//   light with heavy         the same, across the two threads: of "store; light; load" and "store; heavy; load" at most
//                            one reads old
//   light with light,        nothing at all
//   light with ordinary
//
// memory_order_relaxed is no fence, on either side; every other order gives the strongest one. Fences order accesses,
// they are not accesses: happens-before needs an atomic variable that one side writes and the other reads, as with
// ordinary fences.
//
//   platform                              heavy                                               light
//   Linux 4.14+, FreeBSD 14.1+            membarrier(PRIVATE_EXPEDITED), then a full fence    compiler barrier
//   Windows                               full fence, FlushProcessWriteBuffers, full fence    compiler barrier
//   Wine, whose call may do nothing       full fence                                          full fence
//   anything else, or membarrier refused  full fence                                          full fence
//
// Before anything is decided the light fence is a full fence, so code that runs before main() is right too.
// Registration is per process (per memory map): fork keeps it, exec clears it together with the program, a checkpoint
// restore may lose it, which the next heavy fence mends (not so across processes, see below). Never used as a heavy
// fence: mprotect, madvise (arm64, and AMD processors under Linux 6.15 and later, invalidate TLBs without an interrupt).
//
// Neighbours. Since 2024 Linux lets one caller at a time of the whole machine make PRIVATE_EXPEDITED or SYNC_CORE, under
// one mutex, which the processes of all containers share. So a program that makes heavy fences in a storm (or publishes
// code in one, instruction_sync.hpp) delays the heavy fences of all others, as theirs delay its own: a heavy fence takes
// as long as those before it in the queue, and each of these as long as its interrupts. Batch: one heavy fence for many
// objects, as the domains make it for what is retired; concurrent callers of one process may share one. Readers notice
// nothing, but for the interrupts of their own process. Only rseq_fence(cpu) has a mutex for each CPU (May 2026).
//
// One process decides once, whatever LAZYREF_FENCE_MODE its units were built with (config.hpp); the mode changes this
// unit's light fence alone:
//
//   unit        light fence                            heavy fence
//   AUTO        free if the process's is, else full    as the process decides
//   REQUIRED    free                                   the same: the system call, since this unit's image has registered
//                                                      before main (a plugin: when it is loaded), or stopped the program
//   SYMMETRIC   full                                   the same: full fences, unless another unit's light fences are free
//
// A light and a heavy fence of two images whose states are not one (config.hpp, "images") are no pair.
//
// Sources: Concurrency TS 2 [asymmetric]; membarrier(2); Linux kernel/sched/membarrier.c, cases A to E at its head, and
// its membarrier_ipi_mutex; tip 89976cd73739 (a mutex for each CPU).
#include "config.hpp"

#ifndef LAZYREF_FENCE_HPP
#define LAZYREF_FENCE_HPP

#include "detail/fence_core.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Constant-initialised and trivially destroyed: usable before main() and after exit().
using process_fence_type = fence_core<std_atomics, os_kernel>;
LAZYREF_DETAIL_STATE(process_fence_type, process_fence);

LAZYREF_DETAIL_BEGIN_UNIT

static_assert(build_mode != fence_mode::required || os_kernel::offers != kernel_barrier::none,
              "LAZYREF_FENCE_REQUIRED: this platform has no process-wide barrier that lazyref could use; build with "
              "LAZYREF_FENCE_AUTO");

// Runs before the image's other initialisers, so that what this unit does counts on it.
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

// Purpose: decide now, and register with the kernel; later calls return the decision that stands.
// When: before threads start, where the registration takes microseconds; with threads running it waits for a grace
//   period of the kernel (milliseconds). Without it, the first heavy fence decides.
// Who may call: any thread. Progress: as the system call. Errors: in `auto`, whatever goes wrong leads to full fences
//   on both sides, and `reason` says what; a program with a `required` unit has registered by then, or stopped; one with
//   a `symmetric` unit and none that is `required` asks nothing, and decides on full fences.
inline fence_status fence_initialize() noexcept { return detail::process_fence.initialize<build_mode>(); }

// Purpose: the same without asking the kernel what it can do, for sandboxes that kill the process for the question.
//   symmetric    full fences on both sides, and no membarrier from any function of this header, now or later (but for
//                a `required` unit in a plugin that is loaded later: its light fences count on it)
//   membarrier   registers at once; if that fails, as above (flush_process_write_buffers: the same on Windows)
// Precondition: nothing is decided yet. A decision that stands is not changed; it is returned.
inline fence_status fence_initialize(fence_backend backend) noexcept {
  return detail::process_fence.initialize<build_mode>(backend);
}

// Purpose: what is decided so far, and why. Makes no system call. Progress: wait-free.
inline fence_status fence_info() noexcept { return detail::process_fence.info<build_mode>(); }

// Purpose: the frequent side. Ordering: see the table; pairs only with heavy fences.
// Cost: `required` none; `auto` a load and a predictable branch; `symmetric` a full fence. Progress: wait-free.
//   Async-signal-safe.
inline void asymmetric_thread_fence_light(std::memory_order order) noexcept {
  detail::process_fence.light<build_mode>(order);
}

// Purpose: the rare side. Ordering: see the table. Who may call: any thread; concurrent calls share system calls.
// Cost: 0.1 us with one thread, microseconds to tens of them with others running (an interrupt to each of their CPUs);
//   behind other processes' heavy fences more (see "Neighbours").
// Progress: as the system call; no wait for another thread is unbounded. Blocks in the kernel.
// Errors: a heavy fence that cannot reach the other threads any more must not return: it calls the fatal hook
//   (result.hpp).
inline void asymmetric_thread_fence_heavy(std::memory_order order) noexcept { detail::process_fence.heavy(order); }

// Purpose: the rare side for callers that can cope with failure (keep the memory, try later). On failure nothing is
//   promised; in particular there is no other fence that could stand in, since the light side is free already.
// Errors: EPERM, ENOSYS (a seccomp filter came after the start), ENOMEM (the kernel's, after bounded retries).
inline sync_result try_asymmetric_thread_fence_heavy(std::memory_order order) noexcept {
  return detail::process_fence.try_heavy(order);
}

// --- across processes
//
// The same pair over memory that processes share. Every process that runs the light side registers; the heavy side then
// reaches all registered processes of the machine (Linux 4.16, FreeBSD 14.1: GLOBAL_EXPEDITED). exec clears the
// registration.

// Purpose: make this process one that cross_process_fence_heavy() reaches. On FreeBSD the sender registers as well.
// Errors: typed; until it has succeeded the light side is a full fence, which is right against any sender. After a
//   checkpoint restore call it again: unlike a sender of the private fence, a receiver is not told that its
//   registration is lost.
inline sync_result cross_process_fence_register() noexcept {
  return detail::process_fence.cross_process_register<build_mode>();
}

// Purpose: the frequent side. Cost: a load and a predictable branch once registered, a full fence before. All build
//   modes alike. Progress: wait-free. Async-signal-safe.
inline void cross_process_fence_light(std::memory_order order) noexcept {
  detail::process_fence.cross_process_light(order);
}

// Purpose: the rare side. Who may call: any thread. Cost: as the other heavy fence; the machine's other processes pay,
//   too. Progress: as the system call.
// Errors: typed. On failure it has still been a full fence for the caller, which orders against nobody's free light
//   fence.
inline sync_result cross_process_fence_heavy(std::memory_order order) noexcept {
  return detail::process_fence.cross_process_heavy<build_mode>(order);
}

// --- restartable sequences

// Purpose: restart every rseq critical section of this process that is running (on any CPU; on the given one), and
//   fence each of its threads as a heavy fence does. Registers on first use. Linux 5.10; source: membarrier(2),
//   PRIVATE_EXPEDITED_RSEQ, FLAG_CPU.
// Which: name the CPU where the sequences of one are meant, as where what belongs to a CPU is taken away from it: that
//   interrupts this CPU and no other, and waits for callers of the same CPU alone (see "Neighbours"). All CPUs where it
//   is not known which, and where data goes by a concurrency id, which is no CPU's number and moves between CPUs.
//   lazyref's own domains need neither: who claims and who reclaims meet by the light and the heavy fence.
// Precondition: `cpu` is the number of a CPU; one that is offline or does not exist runs nothing, and that is success.
// Errors: typed: ENOSYS and EINVAL (not there), EPERM (a filter). It never falls back to anything.
inline sync_result rseq_fence() noexcept { return detail::process_fence.rseq_fence<build_mode>(0, 0); }
inline sync_result rseq_fence(int cpu) noexcept {
  // The kernel takes a negative number for "all", and one beyond the last CPU for "none".
  if (cpu < 0) return {EINVAL, "rseq_fence: a CPU number is not negative"};
  return detail::process_fence.rseq_fence<build_mode>(detail::membarrier_flag_cpu, cpu);
}

// --- introspection

// Purpose: which membarrier commands this process is registered for. Asks the kernel (GET_REGISTRATIONS, Linux 6.3);
//   where it cannot tell, says what the functions of this header have registered, with `reported_by_kernel` false.
inline fence_registrations registrations() noexcept { return detail::process_fence.registrations<build_mode>(); }

// Purpose: in the child of a fork, forget a sibling that was inside a heavy fence. Not needed for correctness (a
//   bounded wait covers it); it saves the child that wait. Precondition: called before the child starts threads.
inline void fence_after_fork_in_child() noexcept { detail::process_fence.after_fork_in_child(); }

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_FENCE_HPP
