// SPDX-License-Identifier: BSL-1.0
//
// Memory for code, as the operating system gives it: no page of it may be written and executed through one address at
// one time. Two ways: mapped twice, once for each; or once, and switched.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_HPP

#include <cerrno>
#include <cstddef>
#include <initializer_list>

#include "../code_limits.hpp"
#include "../result.hpp"

#if defined(__linux__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// What the system is asked for. Sizes are whole pages.
struct code_place {
  std::size_t bytes = 0;  // of code
  code_mapping mapping = code_mapping::dual;
  std::size_t data = 0;           // of data, beside the view that is executed
  const void* near_to = nullptr;  // code and data within `distance` bytes of it; null: anywhere
  std::size_t distance = 0;
  bool grows = false;         // no memory yet, only addresses: `commit`
  bool huge_pages = false;    // `bytes` and addresses are multiples of 2 MiB
  bool landing_pads = false;  // arm64: PROT_BTI
};

// The first two are one in code_mapping::flip.
struct code_views {
  unsigned char* write = nullptr;
  unsigned char* execute = nullptr;
  unsigned char* data = nullptr;  // where asked for
  unsigned char* mark = nullptr;  // dual: a page whose first byte is 1 here, and 0 in a child of fork
};

enum class code_memory_step : unsigned char {
  file,
  size,
  map,
  execute,
  implied_execute,
  keep_from_fork,
  write_again,
  execute_again
};

// What went wrong, and what can be done, as one sentence.
constexpr sync_result explain_code_memory(code_memory_step step, int error) noexcept {
  const bool refused = error == EACCES || error == EPERM;
  if (refused && step == code_memory_step::execute)
    return {error,
            "code_space: the system does not let this process map that memory executable, most likely a security "
            "module's or seccomp's rule (SELinux: execmem for code_mapping::flip, execute of a memory file for "
            "dual; PR_SET_MDWE refuses flip): allow it, or choose the other code_mapping"};
  switch (step) {
    case code_memory_step::file:
      return {error, error == ENOSYS || refused
                         ? "code_space: memfd_create is refused or not there, so memory cannot be mapped twice: allow "
                           "it (seccomp), or choose code_mapping::flip"
                         : "code_space: memfd_create failed (EMFILE, ENFILE: too many open files; ENOMEM: no memory)"};
    case code_memory_step::size:
      return {error,
              "code_space: the memory for code could not be made that large (EFBIG: RLIMIT_FSIZE): ask for less"};
    case code_memory_step::map:
    case code_memory_step::execute:
      return {error,
              "code_space: the memory for code could not be mapped (ENOMEM, EAGAIN: the address space, a limit of "
              "it or of locked memory, or the number of mappings is used up): ask for less, or raise the limit"};
    case code_memory_step::implied_execute:
      return {error,
              "code_space: in this process all memory that can be read can be executed (personality "
              "READ_IMPLIES_EXEC: an executable stack, or setarch -X): link it with -z noexecstack"};
    case code_memory_step::keep_from_fork:
      return {error,
              "code_space: the memory for code could not be kept from children of fork (MADV_DONTFORK, "
              "MADV_WIPEONFORK: Linux 4.14), whose code this process would overwrite: choose code_mapping::flip"};
    case code_memory_step::write_again:
      return {error,
              "code_space: memory could not be made writable (ENOMEM: too many mappings, see "
              "vm.max_map_count; else a rule of the system): choose code_mapping::dual"};
    case code_memory_step::execute_again:
      return {error,
              "code_space: what was written could not be made executable (ENOMEM: too many mappings, see "
              "vm.max_map_count; else a rule of the system): choose code_mapping::dual"};
  }
  return {error, "code_space: failed"};
}

#if defined(__linux__)

struct os_code_memory {
  static std::size_t page() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

  static sync_result map(const code_place& place, code_views& views) noexcept {
    const int saved = errno;
    const std::size_t size = place.bytes;
    const sync_result result = is_all_executable()
                                   ? detail::explain_code_memory(code_memory_step::implied_execute, EPERM)
                               : place.mapping == code_mapping::dual ? map_twice(size, views)
                                                                     : map_once(size, views);
    if (!result) release(place, views);
    errno = saved;
    return result;
  }

  static void release(const code_place& place, code_views& views) noexcept {
    const std::size_t size = place.bytes;
    if (views.write != nullptr) ::munmap(views.write, size);
    if (views.execute != nullptr && views.execute != views.write) ::munmap(views.execute, size);
    if (views.mark != nullptr) ::munmap(views.mark, page());
    views = {};
  }

  // In a child of fork that has not inherited it, where something else may be at these addresses.
  static bool is_lost(const code_views& views) noexcept {
    return views.mark != nullptr && *static_cast<const volatile unsigned char*>(views.mark) == 0;
  }

  // There: nothing else is to come to these addresses, if it has not yet, for calls into the code to fail.
  static void keep_free(const code_place& place, const code_views& views) noexcept {
    const std::size_t size = place.bytes;
    const int saved = errno;
    for (unsigned char* const at : {views.write, views.execute}) {
      constexpr int fixed_but_not_over_others = 0x100000;  // MAP_FIXED_NOREPLACE; older than Linux 4.17: a wish
      void* const result =
          ::mmap(at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed_but_not_over_others, -1, 0);
      if (result != MAP_FAILED && result != at) ::munmap(result, size);
    }
    errno = saved;
  }

  // code_mapping::flip. `at`, `size`: multiples of the page size.
  static sync_result begin_to_write(void* at, std::size_t size) noexcept {
    return protect(at, size, PROT_READ | PROT_WRITE, code_memory_step::write_again);
  }
  static sync_result end_writing(void* at, std::size_t size) noexcept {
    return protect(at, size, PROT_READ | PROT_EXEC, code_memory_step::execute_again);
  }

 private:
  static sync_result failed(code_memory_step step) noexcept { return detail::explain_code_memory(step, errno); }

  static unsigned char* map_one(std::size_t size, int protection, int flags, int file) noexcept {
    void* const result = ::mmap(nullptr, size, protection, flags, file, 0);
    return result == MAP_FAILED ? nullptr : static_cast<unsigned char*>(result);
  }

  static bool is_all_executable() noexcept {
    constexpr unsigned long ask = 0xffffffff, read_implies_exec = 0x0400000;
    const int personality = ::personality(ask);
    return personality != -1 && (static_cast<unsigned long>(personality) & read_implies_exec) != 0;
  }

  static sync_result map_twice(std::size_t size, code_views& views) noexcept {
    // Not to be started as a program (Linux 6.3, where sysctl vm.memfd_noexec may ask for it); it can be mapped.
    constexpr unsigned close_on_exec = 1, allow_sealing = 2, no_exec_seal = 8;
    long file = ::syscall(SYS_memfd_create, "lazyref code", close_on_exec | allow_sealing | no_exec_seal);
    if (file < 0 && errno == EINVAL) file = ::syscall(SYS_memfd_create, "lazyref code", close_on_exec | allow_sealing);
    if (file < 0) return failed(code_memory_step::file);
    const sync_result result = map_file(static_cast<int>(file), size, views);
    ::close(static_cast<int>(file));
    return result;
  }

  static sync_result map_file(int file, std::size_t size, code_views& views) noexcept {
    // More than the limit would not be an error but a signal that ends the process.
    rlimit limit;
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur)
      return detail::explain_code_memory(code_memory_step::size, EFBIG);
    // Sealed: nobody who gets hold of the descriptor can make it smaller, and end the process by touching what is gone.
    constexpr int add_seals = 1033, seal_shrink = 2, seal_grow = 4;
    if (::ftruncate(file, static_cast<off_t>(size)) != 0 || ::fcntl(file, add_seals, seal_shrink | seal_grow) != 0)
      return failed(code_memory_step::size);
    views.write = map_one(size, PROT_READ | PROT_WRITE, MAP_SHARED, file);
    if (views.write == nullptr) return failed(code_memory_step::map);
    views.execute = map_one(size, PROT_READ | PROT_EXEC, MAP_SHARED, file);
    if (views.execute == nullptr) return failed(code_memory_step::execute);
    // Shared memory stays shared after fork: each process would write into the other's code.
    constexpr int wipe_on_fork = 18;  // MADV_WIPEONFORK
    views.mark = map_one(page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (views.mark == nullptr) return failed(code_memory_step::map);
    *views.mark = 1;
    if (::madvise(views.mark, page(), wipe_on_fork) != 0 || ::madvise(views.write, size, MADV_DONTFORK) != 0 ||
        ::madvise(views.execute, size, MADV_DONTFORK) != 0)
      return failed(code_memory_step::keep_from_fork);
    return {};
  }

  static sync_result map_once(std::size_t size, code_views& views) noexcept {
    views.write = map_one(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (views.write == nullptr) return failed(code_memory_step::map);
    views.execute = views.write;
    // A system that refuses this is to say so now, not when there is code.
    if (::mprotect(views.execute, size, PROT_READ | PROT_EXEC) != 0) return failed(code_memory_step::execute);
    return {};
  }

  static sync_result protect(void* at, std::size_t size, int protection, code_memory_step step) noexcept {
    const int saved = errno;
    const sync_result result = ::mprotect(at, size, protection) == 0 ? sync_result{} : failed(step);
    errno = saved;
    return result;
  }
};

#endif

// For systems that have none.
struct no_code_memory {
  static std::size_t page() noexcept { return 4096; }
  static sync_result map(const code_place&, code_views&) noexcept {
    return {ENOTSUP,
            "code_space: lazyref cannot allocate memory for code on this system (ENOTSUP): bring your own, and see "
            "instruction_sync.hpp"};
  }
  static void release(const code_place&, code_views&) noexcept {}
  static bool is_lost(const code_views&) noexcept { return false; }
  static void keep_free(const code_place&, const code_views&) noexcept {}
  static sync_result begin_to_write(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing(void*, std::size_t) noexcept { return {}; }
};

#if !defined(__linux__) && !defined(_WIN32) && !defined(__APPLE__)
using os_code_memory = no_code_memory;
#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#if defined(_WIN32)
#include "code_memory_windows.hpp"
#elif defined(__APPLE__)
#include "code_memory_macos.hpp"
#endif

#endif  // LAZYREF_DETAIL_CODE_MEMORY_HPP
