// SPDX-License-Identifier: BSL-1.0
//
// How many CPUs this system may have.
#pragma once

#include <cstddef>
#include <thread>

#include "../config.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Those that are configured, also if they are offline now. At least 1.
inline std::size_t possible_cpus() noexcept {
#if defined(_SC_NPROCESSORS_CONF)
  const long n = ::sysconf(_SC_NPROCESSORS_CONF);
  if (n > 0) return static_cast<std::size_t>(n);
#endif
  const unsigned n_online = std::thread::hardware_concurrency();
  return n_online != 0 ? n_online : 1;
}

}  // namespace detail

LAZYREF_END_NAMESPACE
