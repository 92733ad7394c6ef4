// SPDX-License-Identifier: BSL-1.0
//
// The raw half of the Sync policy: the only file that names std::atomic and fence instructions. The fence is built from
// these, and sync.hpp adds the fence to make the whole policy.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_ATOMICS_HPP
#define LAZYREF_DETAIL_ATOMICS_HPP

#include <atomic>

#include "../orders.hpp"

#if defined(__linux__)
#include <sched.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// ThreadSanitizer does not model fences, and g++ says so at each of them (-Wtsan). Nothing here leans on that:
// happens-before comes from release and acquire everywhere, a fence carries only the store-to-load order, which
// ThreadSanitizer does not check.
#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif

struct std_atomics {
  template <class T>
  using atomic = std::atomic<T>;

  // What the algorithms read their memory orders from; constants here, so that nothing is left of it in the object
  // code.
  static constexpr order_table orders{};

  // Plain data that one thread at a time may touch; a model checker's cell looks for races.
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

  // Orders everything before against everything after, in the hardware.
  static void full_fence() noexcept { (std::atomic_thread_fence)(std::memory_order_seq_cst); }

  // As in config.hpp.
  static void compiler_barrier() noexcept { detail::compiler_barrier(); }
  template <class T>
  static T* forget(T* pointer) noexcept {
    return detail::forget(pointer);
  }
  static void relax() noexcept { detail::relax(); }

  // The CPU that the caller runs on now: a hint, stale as soon as it is read. 0 where the system does not tell.
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

#endif  // LAZYREF_DETAIL_ATOMICS_HPP
