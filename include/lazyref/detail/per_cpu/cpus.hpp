// SPDX-License-Identifier: BSL-1.0
//
// System queries: how many CPUs there may be, and the time.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_PER_CPU_CPUS_HPP
#define LAZYREF_DETAIL_PER_CPU_CPUS_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <time.h>
#include <unistd.h>
#else
#include <chrono>
#include <thread>
#endif

#include "../base/atomics.hpp"
#include "../base/no_cancellation.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The largest number in a list such as "0-3,8-11", plus 1; 0 if the text is not such a list.
constexpr std::size_t end_of_cpu_list(const char* list) noexcept {
  std::size_t end = 0;
  std::size_t number = 0;
  for (bool in_number = false;; ++list) {
    if (*list >= '0' && *list <= '9') {
      number = (in_number ? number * 10 : 0) + static_cast<std::size_t>(*list - '0');
      in_number = true;
    } else if (*list == '-' || *list == ',' || *list == '\n' || *list == '\0') {
      if (in_number && number >= end) end = number + 1;
      if (*list == '\n' || *list == '\0') return end;
      in_number = false;
    } else {
      return 0;
    }
  }
}

#if defined(__linux__)
// More than the number of any CPU that the calling thread may run on; 0 if the system does not report it.
inline std::size_t end_of_allowed_cpus() noexcept {
  constexpr std::size_t n = 65536 / CPU_SETSIZE;
  cpu_set_t allowed[n] = {};
  if (::sched_getaffinity(0, sizeof allowed, allowed) != 0) return 0;
  for (std::size_t i = n; i-- != 0;) {
    if (CPU_COUNT(&allowed[i]) == 0) continue;
    for (std::size_t cpu = CPU_SETSIZE; cpu-- != 0;) {
      if (CPU_ISSET(cpu, &allowed[i])) return i * CPU_SETSIZE + cpu + 1;
    }
  }
  return 0;
}
#endif

// More than any CPU's number, including offline CPUs. At least 1.
inline std::size_t possible_cpus() noexcept {
  const no_cancellation scope;  // The calls below may be cancellation points.
  std::size_t end = 0;
#if defined(__linux__)
  // The numbers may have gaps, so a count of CPUs is not enough.
  if (std::FILE* const file = std::fopen("/sys/devices/system/cpu/possible", "re")) {
    char list[4096] = {};
    if (std::fgets(list, sizeof list, file) != nullptr) end = detail::end_of_cpu_list(list);
    std::fclose(file);
    if (end > 65536) end = 0;
  }
  // A container may report fewer CPUs than the numbers that its threads run on.
  const std::size_t allowed = detail::end_of_allowed_cpus();
  if (end < allowed) end = allowed;
#endif
#if defined(_SC_NPROCESSORS_CONF)
  if (end == 0) {
    const long n = ::sysconf(_SC_NPROCESSORS_CONF);
    if (n > 0) end = static_cast<std::size_t>(n);
  }
#endif
  if (end != 0) return end;
#if defined(__unix__) || defined(__APPLE__)
  return 1;
#else
  const unsigned online = std::thread::hardware_concurrency();
  return online != 0 ? online : 1;
#endif
}

// The same, queried once; 0 until then.
LAZYREF_DETAIL_ONE_PER_IMAGE inline std_atomics::atomic<std::size_t> cpus_seen{0};
inline std::size_t possible_cpus_once() noexcept {
  // Relaxed, both: the value is always the same.
  std::size_t n = cpus_seen.load(std::memory_order_relaxed);
  if (n == 0) cpus_seen.store(n = detail::possible_cpus(), std::memory_order_relaxed);
  return n;
}

// A monotonic clock. It may wrap.
inline std::uintptr_t monotonic_nanoseconds() noexcept {
#if defined(__unix__) || defined(__APPLE__)
  timespec now{};
  static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &now));
  return static_cast<std::uintptr_t>(now.tv_sec) * 1000000000U + static_cast<std::uintptr_t>(now.tv_nsec);
#else
  return static_cast<std::uintptr_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
#endif
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_PER_CPU_CPUS_HPP
