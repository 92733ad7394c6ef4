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

// The calling thread stays on the CPU that is number `index` of those that the process may use.
inline void pin_to(unsigned index) {
#if defined(__linux__)
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  unsigned left = index % static_cast<unsigned>(std::max(CPU_COUNT(&allowed), 1));
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || left-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    return;
  }
#else
  static_cast<void>(index);
#endif
}

// What runs here; one line.
inline std::string machine() {
  std::string model = "unknown processor", load = "?", kernel = "?";
  char line[256];
  if (std::FILE* const file = std::fopen("/proc/cpuinfo", "r")) {
    while (std::fgets(line, sizeof line, file) != nullptr) {
      if (std::strncmp(line, "model name", 10) != 0) continue;
      model = std::strchr(line, ':') + 2;
      model.pop_back();
      break;
    }
    std::fclose(file);
  }
  if (std::FILE* const file = std::fopen("/proc/loadavg", "r")) {
    if (std::fgets(line, sizeof line, file) != nullptr) load = std::string(line, std::strcspn(line, " "));
    std::fclose(file);
  }
#if defined(__linux__)
  utsname name;
  if (::uname(&name) == 0) kernel = std::string(name.sysname) + " " + name.release + " " + name.machine;
#endif
#if defined(__clang__)
  const std::string compiler = __VERSION__;
#else
  const std::string compiler = "GCC " __VERSION__;
#endif
  return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " CPUs, load " + load + ", " + kernel +
         ", " + compiler;
}

}  // namespace bench
