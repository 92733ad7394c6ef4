// SPDX-License-Identifier: BSL-1.0
//
// The raw half of the Sync policy: the only file that names std::atomic and fence instructions. The asymmetric fence is
// built from it; sync.hpp adds that fence and completes the policy.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_BASE_ATOMICS_HPP
#define LAZYREF_DETAIL_BASE_ATOMICS_HPP

#include <atomic>

#include "../../orders.hpp"

#if defined(__linux__)
#include <sched.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// ThreadSanitizer does not model fences, and g++ warns at each one (-Wtsan). Nothing here depends on that: release and
// acquire operations establish every happens-before. A fence provides store-to-load order only, which ThreadSanitizer
// does not check.
#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif

struct std_atomics {
  template <class T>
  using atomic = std::atomic<T>;

  // The memory orders that the algorithms use. Constants here, so they leave nothing in the object code.
  static constexpr order_table orders{};

  // Plain data that one thread at a time may access; a model checker's cell detects races.
  template <class T>
  class cell {
   public:
    constexpr cell() noexcept = default;
    constexpr explicit cell(T value) noexcept : value_(value) {}
    constexpr T read() const noexcept { return value_; }
    constexpr void write(T value) noexcept { value_ = value; }

   private:
    T value_{};
  };

  // Orders all memory accesses before it against all after it, in hardware.
  static void full_fence() noexcept { (std::atomic_thread_fence)(std::memory_order_seq_cst); }

  // As in config.hpp.
  static void compiler_barrier() noexcept { detail::compiler_barrier(); }
  template <class T>
  static T* forget(T* pointer) noexcept {
    return detail::forget(pointer);
  }
  static void relax() noexcept { detail::relax(); }

  // The CPU that the caller runs on now: a hint, possibly stale when it is read. 0 if the system does not report it.
  static unsigned this_cpu() noexcept {
#if defined(__linux__)
    const int cpu = ::sched_getcpu();
    return cpu < 0 ? 0U : static_cast<unsigned>(cpu);
#else
    return 0;
#endif
  }
};

#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic pop
#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BASE_ATOMICS_HPP
