// SPDX-License-Identifier: BSL-1.0
//
// Instruction-stream synchronisation: the steps between writing instructions and executing them, if other threads may
// execute them.
//
//   1. write the code, through the writable address
//   2. flush_code_range     write the bytes back from the data cache, and invalidate them in the instruction caches
//   3. sync_core_all_threads, sync_core_this_thread
//                           every core discards the instructions that it has already fetched
//   4. publish the entry point, with a store-release
//
// publish_code does steps 2 and 3. No other order is right. If step 3 comes before step 2, it has no effect: a core may
// fetch the old bytes again. After step 4 it is too late: a thread may be executing the code already.
//
// To reuse code memory: unpublish the entry point; make a heavy fence; make sure that no slot is on the old code, and that
// no thread can return into it (a return address on a stack counts); then do 1 to 4. One step cannot replace the other: the
// heavy fence shows which threads use the old code, step 3 lets all threads execute the new. Several ranges may
// share one step 3. code_space.hpp does all of this for code that it allocates.
//
// On some platforms no call reaches all threads (see all_threads_by, and arch/README.md for each architecture). Step 3 then
// returns an error, and each thread must call sync_core_this_thread() itself, between an acquire load of the entry point
// and the first execution of the code. This handshake is right everywhere; if every thread does it, step 3 is not needed.
//
// A thread that is started after step 3 needs nothing. A signal handler counts as its thread. fork: the child keeps the
// registration, and copies of everything flushed. exec: clears the registration together with the program. A checkpoint
// restore may lose the registration; the next call registers again. LAZYREF_FENCE_MODE and fence_initialize do not affect
// these functions: they make system calls in all builds.
//
// Not offered: changing instructions that a thread may be executing.
//
// Tested on x86-64 hardware. All other architectures were compiled and disassembled, and some run in an emulator:
// arch/README.md has the list. Windows: under Wine only (by handshake). macOS: never run.
//
// Sources: the head of each file in arch/; membarrier(2), PRIVATE_EXPEDITED_SYNC_CORE, whose effect on the caller's own
// core is reliable from Linux 5.10 on; Windows: FlushInstructionCache, FlushProcessWriteBuffers (learn.microsoft.com);
// macOS: sys_icache_invalidate.
#include "config.hpp"

#ifndef LAZYREF_INSTRUCTION_SYNC_HPP
#define LAZYREF_INSTRUCTION_SYNC_HPP

#include "detail/fence/instruction_sync_core.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Constant-initialised and trivially destroyed, like the fence.
using process_code_type = instruction_sync_core<std_atomics, os_kernel, this_machine>;
LAZYREF_DETAIL_STATE(process_code_type, process_code);

}  // namespace detail

// Purpose: register for SYNC_CORE now; does nothing where no registration is needed.
// When: before threads start; registration then takes microseconds. With threads running it waits for a grace period of the
//   kernel (milliseconds). Without this call the first use registers.
// Errors: those of sync_core_all_threads().
inline sync_result instruction_sync_initialize() noexcept { return detail::process_code.initialize(); }

// Purpose: make the `size` bytes that were stored through `write` the ones that are fetched through `execute`. The two may
//   be the same address.
// Precondition: both ranges are mapped and readable; the stores happen before the call.
// Errors: EINVAL (a range reaches beyond the end of the address space), EFAULT and others (the system's own), EPERM,
//   EACCES, ENOSYS (a filter), ENOTSUP (an architecture that lazyref does not know). After an error the code must not be
//   executed.
// Who may call: any thread. Progress: wait-free, or as the system call.
inline sync_result flush_code_range(const void* write, const void* execute, std::size_t size) noexcept {
  return detail::process_code.flush(write, execute, size);
}

// Purpose: every thread of the process, including the caller, executes a context-synchronising instruction before this
//   returns (a thread that is not running: before it runs again).
// Errors: typed, and then nothing is guaranteed for other threads: ENOTSUP (needs a handshake), EINVAL and ENOSYS (the
//   kernel has no SYNC_CORE: use a handshake), EPERM (refused), ENOMEM (after bounded retries). There is no fallback:
//   MEMBARRIER_CMD_GLOBAL, for one, is not documented to do this.
// Who may call: any thread. Cost: as a heavy fence, and only one at a time on the whole machine (fence.hpp, "Neighbours"),
//   so publish ranges together. Progress: as the system call.
inline sync_result sync_core_all_threads() noexcept { return detail::process_code.all_threads(); }

// Purpose: the calling thread's core discards the instructions that it has fetched. Async-signal-safe. Progress: wait-free
//   (RISC-V: as the system call; if that is refused, it calls the fatal hook).
// Does not compile for an architecture that lazyref does not know.
#if defined(LAZYREF_DETAIL_HAS_CODE_SYNC)
inline void sync_core_this_thread() noexcept { detail::process_code.this_thread(); }
#else
void sync_core_this_thread() noexcept = delete;
#endif

// Purpose: steps 2 and 3. After success any thread that reads the entry point by an acquire load may execute the code.
// Errors: those of the two functions. If a handshake is needed, everything else has been done.
inline sync_result publish_code(const void* write, const void* execute, std::size_t size) noexcept {
  return detail::process_code.publish(write, execute, size);
}

// Purpose: the same for n ranges with one step 3, which is the expensive one. All or nothing: after an error none of them
//   may be executed. Precondition: `ranges` points to n ranges.
inline sync_result publish_code(const code_range* ranges, std::size_t n) noexcept {
  return detail::process_code.publish_ranges(n, [ranges](std::size_t i) { return ranges[i]; });
}

// Purpose: return how all threads are reached here, and why. Registers nothing. Reports the result of the last call; before
//   the first call it asks the kernel (membarrier QUERY). In an emulator the answer may be the host's.
inline instruction_sync_info instruction_sync_capabilities() noexcept { return detail::process_code.info(); }

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_INSTRUCTION_SYNC_HPP
