// SPDX-License-Identifier: BSL-1.0
//
// The possible decisions of a process about its fence, and the sentences that describe them.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_FENCE_FENCE_DECISION_HPP
#define LAZYREF_DETAIL_FENCE_FENCE_DECISION_HPP

#include "membarrier.hpp"

LAZYREF_BEGIN_NAMESPACE

// What implements the heavy side in this process.
enum class fence_backend {
  membarrier,                   // the system call
  flush_process_write_buffers,  // that of Windows
  symmetric                     // nothing that reaches other threads: full fences on both sides
};

// The decision about the fence of this process.
struct fence_status {
  fence_backend backend;  // of the heavy side
  bool light_is_free;     // the light fence is a compiler barrier
  const char* reason;     // one sentence, static storage duration
};

// The kernel's record of this process's registrations; see `registrations()`.
struct fence_registrations {
  bool reported_by_kernel;  // false: the kernel cannot report it; this is what lazyref itself registered
  bool private_expedited;   // for the heavy fence
  bool global_expedited;    // for the cross-process fence
  bool sync_core;           // for sync_core_all_threads()
  bool rseq;                // for rseq_fence()
};

namespace detail {

enum class fence_decision : unsigned char {
  undecided,
  free_light,
  strong_heavy,  // transient, on the way from one of those below to free_light
  symmetric_build,
  symmetric_chosen,
  symmetric_platform,
  symmetric_absent,
  symmetric_refused,
  symmetric_too_old,
  symmetric_no_memory,
  symmetric_failed,
};

constexpr fence_decision decision_from_errno(int error) noexcept {
  switch (error) {
    case ENOSYS:
      return fence_decision::symmetric_absent;
    case EPERM:
      return fence_decision::symmetric_refused;
    case EINVAL:
      return fence_decision::symmetric_too_old;
    case ENOMEM:
      return fence_decision::symmetric_no_memory;
    default:
      return fence_decision::symmetric_failed;
  }
}

constexpr int errno_from_decision(fence_decision decision) noexcept {
  switch (decision) {
    case fence_decision::symmetric_refused:
      return EPERM;
    case fence_decision::symmetric_too_old:
      return EINVAL;
    case fence_decision::symmetric_no_memory:
      return ENOMEM;
    case fence_decision::symmetric_failed:
      return EIO;
    case fence_decision::undecided:
    case fence_decision::free_light:
    case fence_decision::strong_heavy:
    case fence_decision::symmetric_build:
    case fence_decision::symmetric_chosen:
    case fence_decision::symmetric_platform:
    case fence_decision::symmetric_absent:
      break;
  }
  return ENOSYS;
}

constexpr const char* reason_of(fence_decision decision, kernel_barrier kind) noexcept {
  switch (decision) {
    case fence_decision::undecided:
      return "not decided yet: fence_initialize() or the first heavy fence chooses";
    case fence_decision::free_light:
    case fence_decision::strong_heavy:
      return kind == kernel_barrier::membarrier ? "membarrier PRIVATE_EXPEDITED is registered for this process"
                                                : "this system has FlushProcessWriteBuffers";
    case fence_decision::symmetric_build:
      return "a unit of this program is built with LAZYREF_FENCE_SYMMETRIC; no system call is made";
    case fence_decision::symmetric_chosen:
      return "chosen by fence_initialize(fence_backend::symmetric); no system call was made";
    case fence_decision::symmetric_platform:
      return "this platform has no process-wide barrier that lazyref could use";
    case fence_decision::symmetric_absent:
      return kind == kernel_barrier::membarrier
                 ? "membarrier is not implemented (ENOSYS): before Linux 4.3, an emulator, or a filter that hides it"
                 : "this is Wine, whose FlushProcessWriteBuffers may do nothing";
    case fence_decision::symmetric_refused:
      return "membarrier is refused (EPERM): a seccomp filter forbids it";
    case fence_decision::symmetric_too_old:
      return "membarrier has no PRIVATE_EXPEDITED here: a kernel before Linux 4.14";
    case fence_decision::symmetric_no_memory:
      return "membarrier could not be registered (ENOMEM): the kernel had no memory for it";
    case fence_decision::symmetric_failed:
      return "membarrier failed with an undocumented error (reported as EIO): an emulator, or a filter";
  }
  return "";
}

// Why a unit whose light fences are no instruction cannot run in this program, and the remedy.
constexpr const char* required_but(fence_decision decision, kernel_barrier kind) noexcept {
  switch (detail::errno_from_decision(decision)) {
    case EPERM:
      return "built with LAZYREF_FENCE_REQUIRED, but membarrier is refused (EPERM): allow it in the seccomp "
             "filter, or build with LAZYREF_FENCE_AUTO";
    case ENOMEM:
      return "built with LAZYREF_FENCE_REQUIRED, but the kernel has no memory for membarrier (ENOMEM): free "
             "memory, raise the control group's limit, or build with LAZYREF_FENCE_AUTO";
    default:
      break;
  }
  if (decision != fence_decision::symmetric_absent)
    return "built with LAZYREF_FENCE_REQUIRED, but this system has no usable membarrier: build with "
           "LAZYREF_FENCE_AUTO";
  return kind == kernel_barrier::membarrier
             ? "built with LAZYREF_FENCE_REQUIRED, but membarrier is not implemented here (ENOSYS): run on Linux "
               "4.14 or later without a filter that hides it, or build with LAZYREF_FENCE_AUTO"
             : "built with LAZYREF_FENCE_REQUIRED, but Wine's FlushProcessWriteBuffers may do nothing: run on "
               "Windows, or build with LAZYREF_FENCE_AUTO";
}

// What a failed command means, and the remedy, in one sentence.
constexpr const char* explain(int command, int error) noexcept {
  switch (command) {
    case membarrier_private_expedited:
      switch (error) {
        case EPERM:
          return "membarrier(PRIVATE_EXPEDITED) is refused (EPERM) and cannot be registered again, most likely by a "
                 "seccomp filter that was installed after the start; light fences are free already, so no other fence "
                 "can replace it: allow membarrier in the filter, or build with "
                 "LAZYREF_FENCE_MODE=LAZYREF_FENCE_SYMMETRIC";
        case ENOSYS:
          return "membarrier(PRIVATE_EXPEDITED) has become unavailable (ENOSYS), most likely by a seccomp filter that "
                 "was installed after the start; light fences are free already, so no other fence can replace it: "
                 "allow membarrier in the filter, or build with LAZYREF_FENCE_MODE=LAZYREF_FENCE_SYMMETRIC";
        case ENOMEM:
          return "membarrier(PRIVATE_EXPEDITED) repeatedly found no kernel memory (ENOMEM); light fences are free "
                 "already, so no other fence can replace it: free memory, or raise the control group's limit";
        default:
          return "membarrier(PRIVATE_EXPEDITED) failed; light fences are free already, so no other fence can replace "
                 "it: build with LAZYREF_FENCE_MODE=LAZYREF_FENCE_SYMMETRIC for this system";
      }
    case membarrier_global_expedited:
    case membarrier_register_global_expedited:
      switch (error) {
        case EPERM:
          return "membarrier(GLOBAL_EXPEDITED) is refused (EPERM), by a seccomp filter, or (FreeBSD) as the sender is "
                 "not registered: allow it in the filter, or register";
        case ENOMEM:
          return "membarrier(GLOBAL_EXPEDITED) repeatedly found no kernel memory (ENOMEM): try again later";
        default:
          return "membarrier has no GLOBAL_EXPEDITED here (it needs Linux 4.16 or FreeBSD 14.1): use full fences on "
                 "both sides";
      }
    case membarrier_private_expedited_rseq:
    case membarrier_register_private_expedited_rseq:
      switch (error) {
        case EPERM:
          return "membarrier(PRIVATE_EXPEDITED_RSEQ) is refused (EPERM), most likely by a seccomp filter: allow it in "
                 "the filter";
        case ENOMEM:
          return "membarrier(PRIVATE_EXPEDITED_RSEQ) repeatedly found no kernel memory (ENOMEM): try again later";
        default:
          return "membarrier has no PRIVATE_EXPEDITED_RSEQ here (it needs Linux 5.10 with CONFIG_RSEQ): use "
                 "compare-and-swap instead of restartable sequences";
      }
    default:
      return "membarrier failed";
  }
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_FENCE_FENCE_DECISION_HPP
