// SPDX-License-Identifier: BSL-1.0
//
// The CPUs on which the calling thread may run.
#pragma once

#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace lazyref_test {

#if defined(__linux__)

inline std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> result;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return result;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) result.push_back(cpu);
  }
  return result;
}

inline bool move_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

// Pins the calling thread to one CPU for the lifetime of this object.
class pinned {
 public:
  explicit pinned(int cpu) : before_(allowed_cpus()), is_pinned_(move_to_cpu(cpu)) {}
  pinned() : before_(allowed_cpus()), is_pinned_(!before_.empty() && move_to_cpu(before_.front())) {}
  pinned(const pinned&) = delete;
  pinned& operator=(const pinned&) = delete;
  ~pinned() {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : before_) CPU_SET(static_cast<unsigned>(cpu), &set);
    if (is_pinned_) ::sched_setaffinity(0, sizeof set, &set);
  }
  explicit operator bool() const { return is_pinned_; }

 private:
  std::vector<int> before_;
  bool is_pinned_;
};

#else

inline std::vector<int> allowed_cpus() { return {}; }
inline bool move_to_cpu(int) { return false; }

class pinned {
 public:
  explicit pinned(int) {}
  pinned() {}
  ~pinned() {}
  explicit operator bool() const { return false; }
};

#endif

}  // namespace lazyref_test
