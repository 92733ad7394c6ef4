// SPDX-License-Identifier: BSL-1.0
//
// Issues the commands of membarrier: handles the errors that a later attempt cures, explains the others, and records the
// registrations of this process. Whether a command may be issued at all, fence_core.hpp decides.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_FENCE_MEMBARRIER_CALLS_HPP
#define LAZYREF_DETAIL_FENCE_MEMBARRIER_CALLS_HPP

#include <cerrno>

#include "../../result.hpp"
#include "../base/atomics.hpp"
#include "fence_decision.hpp"
#include "membarrier.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Atomics, class Kernel>
class membarrier_calls {
 public:
  constexpr membarrier_calls() noexcept = default;

  // Issues one command, and handles the two recoverable errors. EPERM (the registration is missing, or a checkpoint
  // restore lost it): registers again, once. ENOMEM and EINTR, which the kernel may return on any call: retries, a
  // bounded number of times. `register_command`: 0 if the command needs no registration.
  sync_result issue(int command, int register_command, unsigned flags, int cpu) noexcept {
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
        const sync_result registered = issue(register_command, 0, 0, 0);
        if (!registered) return {registered.error(), detail::explain(command, registered.error())};
      } else if (error == ENOMEM || error == EINTR) {
        Kernel::give_way();
      } else {
        break;
      }
    }
    return {error, detail::explain(command, error)};
  }

  // The registrations of this process: as the kernel reports them, if it may be asked and can answer (Linux 6.3), else
  // those made here.
  fence_registrations registrations(bool may_ask) const noexcept {
    int mask = may_ask ? Kernel::membarrier(membarrier_get_registrations, 0, 0) : -1;
    const bool reported = mask >= 0;
    // Relaxed: a diagnostic.
    if (!reported) mask = registered_.load(std::memory_order_relaxed);
    return {reported, (mask & membarrier_register_private_expedited) != 0,
            (mask & membarrier_register_global_expedited) != 0,
            (mask & membarrier_register_private_expedited_sync_core) != 0,
            (mask & membarrier_register_private_expedited_rseq) != 0};
  }

 private:
  static constexpr int tries = 16;

  void note_registration(int command) noexcept {
    constexpr int all = membarrier_register_private_expedited | membarrier_register_global_expedited |
                        membarrier_register_private_expedited_sync_core | membarrier_register_private_expedited_rseq;
    // Relaxed: a record for `registrations`; nothing depends on it.
    if ((command & all) != 0) registered_.fetch_or(command, std::memory_order_relaxed);
  }

  typename Atomics::template atomic<int> registered_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_FENCE_MEMBARRIER_CALLS_HPP
