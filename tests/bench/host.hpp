// SPDX-License-Identifier: BSL-1.0
//
// Where a benchmark runs: what it says of the machine, and on which CPU its threads stay.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/utsname.h>
#endif

namespace bench {

#if defined(__linux__)

// The CPUs that the process might use when this was first asked.
inline const cpu_set_t& allowed_cpus() {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  return allowed;
}

inline unsigned cpus() { return static_cast<unsigned>(std::max(CPU_COUNT(&allowed_cpus()), 1)); }

// The calling thread stays on the CPU that is number `index` of those that the process may use.
inline void pin_to(unsigned index) {
  unsigned left = index % cpus();
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed_cpus()) || left-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

inline std::string kernel() {
  utsname name;
  if (::uname(&name) != 0) return "?";
  const std::string release = name.release;  // without what a distribution or a host adds
  return std::string(name.sysname) + " " + release.substr(0, release.find('-')) + " " + name.machine;
}

#else

inline unsigned cpus() { return std::max(std::thread::hardware_concurrency(), 1u); }
inline void pin_to(unsigned) {}
inline std::string kernel() { return "?"; }

#endif

inline std::string processor() {
  std::string model = "unknown processor";
  if (std::FILE* const file = std::fopen("/proc/cpuinfo", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file) != nullptr) {
      if (std::strncmp(line, "model name", 10) != 0) continue;
      model = std::strchr(line, ':') + 2;
      model.pop_back();
      break;
    }
    std::fclose(file);
  }
  return model;
}

// Of the last minute: a benchmark wants a machine that does nothing else.
inline std::string load() {
  std::string result = "?";
  if (std::FILE* const file = std::fopen("/proc/loadavg", "r")) {
    char line[256];
    if (std::fgets(line, sizeof line, file) != nullptr) result = std::string(line, std::strcspn(line, " "));
    std::fclose(file);
  }
  return result;
}

inline std::string compiler() {
#if defined(__clang__)
  return __VERSION__;
#else
  return "GCC " __VERSION__;
#endif
}

// What runs here; one line.
inline std::string machine() {
  return processor() + ", " + std::to_string(cpus()) + " CPUs, load " + load() + ", " + kernel() + ", " + compiler();
}

}  // namespace bench
