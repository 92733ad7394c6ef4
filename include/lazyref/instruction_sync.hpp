// SPDX-License-Identifier: BSL-1.0
//
// Instruction-stream synchronisation: what has to happen between writing instructions and running them, when other
// threads may run them.
//
//   1. write the code, through the address that may be written
//   2. flush_code_range     the bytes leave the data cache, the instruction caches forget what they had
//   3. sync_core_all_threads, sync_core_this_thread
//                           every core forgets what it has fetched already
//   4. publish the entry point, with a store-release
//
// publish_code is 2 and 3 in this order; there is no other right one. Before 2, step 3 is worth nothing: a core may
// fetch the old bytes again. After 4 it is too late: a thread may be in the code already.
//
// To use code memory again: take the entry point away; a heavy fence; no slot holds the old code, and no thread can
// return into it (an address on a stack counts); then 1 to 4. Never one step for two: the heavy fence tells who runs
// the old code, step 3 lets all run the new one. Several ranges may share one step 3. code_space.hpp does all of this,
// for code that it allocates.
//
// Where nothing reaches all threads (see all_threads_by, and arch/README.md for each architecture) step 3 says so, with
// an error: then each thread calls sync_core_this_thread() itself, between an acquire load of the entry point and the
// first run of the code. That way is right everywhere, and step 3 may be left out if every thread goes it.
//
// A thread that starts later needs nothing: it begins after step 3 if it is started after it. A signal handler counts
// as its thread. fork: the child keeps the registration, and copies of everything flushed. exec: clears the
// registration together with the program. A checkpoint restore may lose the registration, which the next call mends.
// LAZYREF_FENCE_MODE and fence_initialize do not concern these functions: they make system calls in all builds.
//
// Not offered: changing instructions that a thread may be executing.
//
// Tested on x86-64 hardware; all else compiled, disassembled, and in part run in an emulator: arch/README.md says what.
// Windows: under Wine only (a handshake there). macOS: never run.
//
// Sources: the head of each file in arch/; membarrier(2), PRIVATE_EXPEDITED_SYNC_CORE, whose local half is reliable
// from Linux 5.10 on; Windows: FlushInstructionCache, FlushProcessWriteBuffers (learn.microsoft.com); macOS:
// sys_icache_invalidate.
#include "config.hpp"

#ifndef LAZYREF_INSTRUCTION_SYNC_HPP
#define LAZYREF_INSTRUCTION_SYNC_HPP

#include "detail/instruction_sync_core.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Constant-initialised and trivially destroyed, as the fence.
using process_code_type = instruction_sync_core<std_atomics, os_kernel, this_machine>;
LAZYREF_DETAIL_STATE(process_code_type, process_code);

}  // namespace detail

// Purpose: register for SYNC_CORE now; does nothing where none is needed.
// When: before threads start, where that takes microseconds; with threads running it waits for a grace period of the
//   kernel (milliseconds). Without it the first use registers.
// Errors: those of sync_core_all_threads().
inline sync_result instruction_sync_initialize() noexcept { return detail::process_code.initialize(); }

// Purpose: make the `size` bytes that were stored through `write` those that are fetched through `execute`. The two may
//   be one address.
// Precondition: both ranges are mapped and readable; the stores happen before the call.
// Errors: EINVAL (a range that reaches beyond the end of the address space), EFAULT and others (the system's own),
//   EPERM, EACCES, ENOSYS (a filter), ENOTSUP (an architecture that lazyref does not know). After an error the code may
//   not be run.
// Who may call: any thread. Progress: wait-free, or as the system call.
inline sync_result flush_code_range(const void* write, const void* execute, std::size_t size) noexcept {
  return detail::process_code.flush(write, execute, size);
}

// Purpose: every thread of the process, the caller too, executes a context-synchronising instruction before this
//   returns (a thread that is not running: before it runs again).
// Errors: typed, and then nothing is promised for other threads: ENOTSUP (needs a handshake), EINVAL and ENOSYS (the
//   kernel has no SYNC_CORE: a handshake), EPERM (refused), ENOMEM (after bounded retries). It never falls back to
//   anything: MEMBARRIER_CMD_GLOBAL, for one, is not documented to do this.
// Who may call: any thread. Cost: as a heavy fence, and one at a time in the whole machine (fence.hpp, "Neighbours"), so
//   publish together what can be. Progress: as the system call.
inline sync_result sync_core_all_threads() noexcept { return detail::process_code.all_threads(); }

// Purpose: the calling thread forgets what its core has fetched. Async-signal-safe. Progress: wait-free (RISC-V: as the
//   system call; if that is refused, it calls the fatal hook).
// Does not compile for an architecture that lazyref does not know.
#if defined(LAZYREF_DETAIL_HAS_CODE_SYNC)
inline void sync_core_this_thread() noexcept { detail::process_code.this_thread(); }
#else
void sync_core_this_thread() noexcept = delete;
#endif

// Purpose: steps 2 and 3. After success any thread that learns of the code by an acquire load may run it.
// Errors: those of the two functions. Where it needs a handshake, everything else has been done.
inline sync_result publish_code(const void* write, const void* execute, std::size_t size) noexcept {
  return detail::process_code.publish(write, execute, size);
}

// Purpose: the same for n ranges with one step 3, which is what costs. All or nothing: after an error none of them may
//   be run. Precondition: `ranges` points to n of them.
inline sync_result publish_code(const code_range* ranges, std::size_t n) noexcept {
  return detail::process_code.publish_ranges(n, [ranges](std::size_t i) { return ranges[i]; });
}

// Purpose: how all threads are reached here, and why. Registers nothing; says what the last call met with,
//   and before the first asks the kernel (membarrier QUERY). Under an emulator the answer may be its host's.
inline instruction_sync_info instruction_sync_capabilities() noexcept { return detail::process_code.info(); }

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_INSTRUCTION_SYNC_HPP
