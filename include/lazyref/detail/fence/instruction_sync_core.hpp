// SPDX-License-Identifier: BSL-1.0
//
// Instruction-stream synchronisation without its globals: a template over the atomics, the kernel and the machine, so
// that tests can script their answers. The contract is in instruction_sync.hpp.
//
// The one variable records the result of the last SYNC_CORE, for `info()`. Each call decides by its own result. So a
// lost registration (a checkpoint restore) is renewed, and one that a parent made before fork is used.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_FENCE_INSTRUCTION_SYNC_CORE_HPP
#define LAZYREF_DETAIL_FENCE_INSTRUCTION_SYNC_CORE_HPP

#include <cerrno>

#include "../../result.hpp"
#include "../code/machine.hpp"

LAZYREF_BEGIN_NAMESPACE

// How code modifications reach all threads here, and why.
struct instruction_sync_info {
  all_threads_by all_threads;  // how
  bool registered;             // for SYNC_CORE, as far as lazyref knows; false where none is needed
  const char* reason;          // one sentence, static storage duration
};

// Code that was written and will be executed.
struct code_range {
  const void* write;    // where it was written
  const void* execute;  // where it will be fetched; possibly the same address
  std::size_t size;     // in bytes
};

namespace detail {

// What a failed SYNC_CORE means, and the remedy, in one sentence.
constexpr const char* explain_sync_core(int error) noexcept {
  switch (error) {
    case EPERM:
      return "membarrier(PRIVATE_EXPEDITED_SYNC_CORE) is refused (EPERM), most likely by a seccomp filter: allow it, "
             "or have each thread call sync_core_this_thread() before it runs the code";
    case ENOSYS:
      return "membarrier is not implemented (ENOSYS: an old kernel, an emulator, or a filter): have each thread call "
             "sync_core_this_thread() before it runs the code";
    case EINVAL:
      return "membarrier has no SYNC_CORE here (EINVAL; it needs Linux 4.16 on x86 and arm64, 4.19 on arm, 5.9 on "
             "powerpc, 6.4 on s390): have each thread call sync_core_this_thread() before it runs the code";
    case ENOMEM:
      return "membarrier(PRIVATE_EXPEDITED_SYNC_CORE) repeatedly found no kernel memory (ENOMEM): try again later";
    default:
      return "membarrier(PRIVATE_EXPEDITED_SYNC_CORE) failed: have each thread call sync_core_this_thread() before it "
             "runs the code";
  }
}

inline constexpr const char* no_rule_for_this_machine =
    "lazyref has no instruction synchronisation for this architecture and system (ENOTSUP): do not run new code";

template <class Atomics, class Kernel, class Machine>
class instruction_sync_core {
 public:
  constexpr instruction_sync_core() noexcept = default;

  sync_result initialize() noexcept {
    if constexpr (Machine::all_threads == all_threads_by::membarrier_sync_core) return sync_core_everywhere();
    if constexpr (Machine::all_threads == all_threads_by::handshake) return needs_handshake();
    return {};
  }

  sync_result flush(const void* write, const void* execute, std::size_t size) noexcept {
    if (!is_in_address_space(write, execute, size)) return beyond_the_end();
    if constexpr (!Machine::known) return {ENOTSUP, no_rule_for_this_machine};
    if (size == 0) return {};
    return explain_flush(Machine::flush_code(write, execute, size));
  }

  // Before Linux 5.10, SYNC_CORE excluded the caller's own core, so this call always synchronises that itself.
  sync_result all_threads() noexcept {
    if constexpr (Machine::all_threads == all_threads_by::flush_call) {
      return explain_flush(Machine::sync_core());
    } else if constexpr (!Machine::known) {
      return needs_handshake();
    } else {
      sync_result result;
      if constexpr (Machine::all_threads == all_threads_by::membarrier_sync_core) {
        result = sync_core_everywhere();
      } else if constexpr (Machine::all_threads == all_threads_by::flush_process_write_buffers) {
        if (Kernel::flush_reaches_all()) {
          Kernel::flush_process_write_buffers();
        } else {
          result = needs_handshake();
        }
      } else {
        result = needs_handshake();
      }
      this_thread();
      return result;
    }
  }

  void this_thread() noexcept {
    const int error = Machine::sync_core();
    if (detail::is_rare(error != 0))
      detail::call_fatal_hook(
          "sync_core_this_thread: the system call that synchronises this core is refused, so the core may execute old "
          "instructions: allow it in the seccomp filter (RISC-V: riscv_flush_icache)",
          error);
  }

  sync_result publish(const void* write, const void* execute, std::size_t size) noexcept {
    const sync_result flushed = flush(write, execute, size);
    if (!flushed) return flushed;
    // The flush was the synchronisation, if there was one.
    if (Machine::all_threads == all_threads_by::flush_call && size != 0) return {};
    return all_threads();
  }

  // Many ranges, one synchronisation. `range_at(i)` returns a code_range.
  template <class RangeAt>
  sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
      const code_range range = range_at(i);
      if constexpr (Machine::all_threads == all_threads_by::flush_call) {
        // Each flush would interrupt every core. Instead one flush of everything, below, serves all ranges.
        if (!is_in_address_space(range.write, range.execute, range.size)) return beyond_the_end();
      } else {
        const sync_result flushed = flush(range.write, range.execute, range.size);
        if (!flushed) return flushed;
      }
    }
    return all_threads();
  }

  // The same for code for which each thread synchronises by itself.
  template <class RangeAt>
  sync_result flush_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    if constexpr (Machine::all_threads == all_threads_by::flush_call) return publish_ranges(n, range_at);
    for (std::size_t i = 0; i < n; ++i) {
      const code_range range = range_at(i);
      const sync_result flushed = flush(range.write, range.execute, range.size);
      if (!flushed) return flushed;
    }
    return {};
  }

  instruction_sync_info info() const noexcept {
    constexpr all_threads_by by = Machine::all_threads;
    if constexpr (by == all_threads_by::flush_call)
      return {by, false, "the flush is a system call, and reaches every thread"};
    if constexpr (by == all_threads_by::flush_process_write_buffers) {
      if (!Kernel::flush_reaches_all()) return {all_threads_by::handshake, false, needs_handshake().what()};
      return {by, false,
              "FlushProcessWriteBuffers interrupts each processor, and an interrupt's return synchronises it"};
    }
    if constexpr (by == all_threads_by::handshake) return {by, false, needs_handshake().what()};
    // Relaxed: see the head of this file.
    const int last = last_.load(std::memory_order_relaxed);
    if (last < 0 && last != -ENOMEM && last != -EINTR)
      return {all_threads_by::handshake, false, detail::explain_sync_core(-last)};
    if (last == succeeded) return {by, true, "membarrier PRIVATE_EXPEDITED_SYNC_CORE is registered for this process"};
    const int commands = Kernel::membarrier(membarrier_query, 0, 0);
    if (commands < 0) return {all_threads_by::handshake, false, detail::explain_sync_core(-commands)};
    if ((commands & membarrier_private_expedited_sync_core) == 0)
      return {all_threads_by::handshake, false, detail::explain_sync_core(EINVAL)};
    return {by, false, "the kernel offers membarrier PRIVATE_EXPEDITED_SYNC_CORE; the first use registers for it"};
  }

 private:
  static constexpr int tries = 16;

  static bool is_in_address_space(const void* write, const void* execute, std::size_t size) noexcept {
    return detail::is_range(reinterpret_cast<std::uintptr_t>(write), size) &&
           detail::is_range(reinterpret_cast<std::uintptr_t>(execute), size);
  }

  static sync_result beyond_the_end() noexcept {
    return {EINVAL,
            "flush_code_range: the range exceeds the address space (EINVAL): pass the address and size of the written "
            "code"};
  }

  static sync_result explain_flush(int error) noexcept {
    switch (error) {
      case 0:
        return {};
      case EPERM:
      case EACCES:
      case ENOSYS:
        return {error,
                "the system call that flushes the instruction cache is refused, most likely by a seccomp filter: "
                "allow it (RISC-V: riscv_flush_icache; ARM, MIPS: cacheflush)"};
      case EFAULT:
        return {error,
                "the range could not be flushed (EFAULT), as a page of it is not mapped or not readable: pass a range "
                "of readable memory"};
      default:
        return {error, "the instruction cache could not be flushed: do not run the new code"};
    }
  }

  static sync_result needs_handshake() noexcept {
    if constexpr (!Machine::known) return {ENOTSUP, no_rule_for_this_machine};
    return {ENOTSUP,
            "no system call synchronises all threads' cores on this architecture and system (ENOTSUP), so a handshake "
            "is needed: have each thread call sync_core_this_thread() before it runs the code"};
  }

  // Handles the two recoverable errors, as the fence does: EPERM by registering, once; ENOMEM and EINTR by retrying.
  sync_result sync_core_everywhere() noexcept {
    bool may_register = true;
    int command = membarrier_private_expedited_sync_core;
    int error = 0;
    for (int i = 0; i < tries; ++i) {
      const int result = Kernel::membarrier(command, 0, 0);
      if (result >= 0) {
        // Relaxed: see the head of this file.
        if (command == membarrier_private_expedited_sync_core) {
          last_.store(succeeded, std::memory_order_relaxed);
          return {};
        }
        command = membarrier_private_expedited_sync_core;
        continue;
      }
      error = -result;
      if (error == EPERM && may_register) {
        may_register = false;
        command = membarrier_register_private_expedited_sync_core;
      } else if (error == ENOMEM || error == EINTR) {
        Kernel::give_way();
      } else {
        break;
      }
    }
    // Relaxed: see the head of this file.
    last_.store(-error, std::memory_order_relaxed);
    return {error, detail::explain_sync_core(error)};
  }

  static constexpr int succeeded = 1;
  typename Atomics::template atomic<int> last_{0};  // or a negative errno
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_FENCE_INSTRUCTION_SYNC_CORE_HPP
