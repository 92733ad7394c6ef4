// SPDX-License-Identifier: BSL-1.0
//
// A memory file for code on Linux. It can be mapped twice where mremap cannot duplicate shared anonymous memory. A
// profiler treats it as a file and does not read /tmp/perf-PID.map, and RLIMIT_FSIZE limits it.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_FILE_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_FILE_HPP

#include "memory_errors.hpp"

#if defined(__linux__)

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

LAZYREF_BEGIN_NAMESPACE

namespace detail {

struct code_memory_file {
  // Returns a descriptor, which the caller closes. -1: errno and `step` say what failed.
  static int make(std::size_t size, code_memory_step& step) noexcept {
    // Not executable as a program (Linux 6.3; sysctl vm.memfd_noexec may require that); it can be mapped so.
    constexpr unsigned close_on_exec = 1, allow_sealing = 2, no_exec_seal = 8;
    step = code_memory_step::file;
    long file = ::syscall(SYS_memfd_create, "lazyref code", close_on_exec | allow_sealing | no_exec_seal);
    if (file < 0 && errno == EINVAL) file = ::syscall(SYS_memfd_create, "lazyref code", close_on_exec | allow_sealing);
    if (file < 0) return -1;
    step = code_memory_step::size;
    if (make(static_cast<int>(file), size)) return static_cast<int>(file);
    const int error = errno;
    ::close(static_cast<int>(file));
    errno = error;
    return -1;
  }

 private:
  static bool make(int file, std::size_t size) noexcept {
    // Exceeding the limit is not an error but a signal that ends the process.
    rlimit limit;
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur) {
      errno = EFBIG;
      return false;
    }
    // Sealed: a thread that obtains the descriptor cannot shrink the file and so end the process by its next access.
    constexpr int add_seals = 1033, seal_shrink = 2, seal_grow = 4;
    return ::ftruncate(file, static_cast<off_t>(size)) == 0 && ::fcntl(file, add_seals, seal_shrink | seal_grow) == 0;
  }
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif

#endif  // LAZYREF_DETAIL_CODE_MEMORY_FILE_HPP
