// SPDX-License-Identifier: BSL-1.0
#include "system.hpp"

#ifdef _WIN32

namespace tenants {
bool stderr_is_terminal() noexcept { return false; }
double thread_cpu_seconds() noexcept { return 0; }
bool stdin_has_input() noexcept { return false; }
}  // namespace tenants

#else

#include <poll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace tenants {

bool stderr_is_terminal() noexcept { return isatty(STDERR_FILENO) == 1; }

double thread_cpu_seconds() noexcept {
  timespec used{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

bool stdin_has_input() noexcept {
  struct stat what {};
  if (fstat(STDIN_FILENO, &what) != 0) return false;
  if (S_ISREG(what.st_mode)) return lseek(STDIN_FILENO, 0, SEEK_CUR) < what.st_size;
  if (!S_ISFIFO(what.st_mode) && !S_ISSOCK(what.st_mode)) return false;
  constexpr int patience_ms = 500;  // until the program at the other end writes
  pollfd readable{STDIN_FILENO, POLLIN, 0};
  return poll(&readable, 1, patience_ms) == 1 && (readable.revents & POLLIN) != 0;
}

}  // namespace tenants

#endif
