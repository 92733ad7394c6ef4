// SPDX-License-Identifier: BSL-1.0
//
// Memory for code, as the operating system gives it: no page of it may be written and executed through one address at
// one time. Two ways: mapped twice, once for each; or once, and switched.
#pragma once

#include <cerrno>
#include <cstddef>

#include "../result.hpp"

#if defined(__linux__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

LAZYREF_BEGIN_NAMESPACE

// Where code is written, and where it is executed.
enum class code_mapping : unsigned char {
  dual,  // two views of the same memory: one may be written, the other executed, always
  flip   // one view: what is being written may not be executed, and is made so when it is published
};

namespace detail {

// Both are one in code_mapping::flip.
struct code_views {
  unsigned char* write = nullptr;
  unsigned char* execute = nullptr;
};

enum class code_memory_step : unsigned char { file, size, map, execute, keep_from_fork, write_again, execute_again };

// What went wrong, and what can be done, as one sentence.
constexpr sync_result explain_code_memory(code_memory_step step, int error) noexcept {
  const bool refused = error == EACCES || error == EPERM;
  switch (step) {
    case code_memory_step::file:
      return {error, error == ENOSYS || refused
                         ? "code_space: memfd_create is refused or not there, so memory cannot be mapped twice: allow "
                           "it (seccomp), or choose code_mapping::flip"
                         : "code_space: memfd_create failed (EMFILE, ENFILE: too many open files; ENOMEM: no memory)"};
    case code_memory_step::size:
      return {error, "code_space: the memory for code could not be made that large: ask for less"};
    case code_memory_step::execute:
      if (refused)
        return {error,
                "code_space: the system does not let this process map that memory executable, most likely a security "
                "module's or seccomp's rule (SELinux: execmem and execmod; PR_SET_MDWE refuses code_mapping::flip): "
                "allow it, or choose the other code_mapping"};
      [[fallthrough]];
    case code_memory_step::map:
      return {error,
              "code_space: the memory for code could not be mapped (ENOMEM: the address space, its limit, or "
              "the number of mappings is used up): ask for less, or raise the limit"};
    case code_memory_step::keep_from_fork:
      return {error,
              "code_space: the memory for code could not be kept from children of fork (MADV_DONTFORK), whose "
              "code this process would overwrite: choose code_mapping::flip"};
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

  // Tells a child of fork from its parent.
  static long process() noexcept { return ::getpid(); }

  // `size`: a multiple of the page size.
  static sync_result map(std::size_t size, code_mapping mapping, code_views& views) noexcept {
    const int saved = errno;
    const sync_result result = mapping == code_mapping::dual ? map_twice(size, views) : map_once(size, views);
    if (!result) unmap(size, views);
    errno = saved;
    return result;
  }

  static void unmap(std::size_t size, code_views& views) noexcept {
    if (views.write != nullptr) ::munmap(views.write, size);
    if (views.execute != nullptr && views.execute != views.write) ::munmap(views.execute, size);
    views = {};
  }

  // code_mapping::flip. `at`, `size`: multiples of the page size.
  static sync_result begin_to_write(void* at, std::size_t size) noexcept {
    return protect(at, size, PROT_READ | PROT_WRITE, code_memory_step::write_again);
  }
  static sync_result end_writing(void* at, std::size_t size) noexcept {
    return protect(at, size, PROT_READ | PROT_EXEC, code_memory_step::execute_again);
  }

 private:
  static sync_result failed(code_memory_step step) noexcept { return explain_code_memory(step, errno); }

  static unsigned char* map_one(std::size_t size, int protection, int flags, int file) noexcept {
    void* const result = ::mmap(nullptr, size, protection, flags, file, 0);
    return result == MAP_FAILED ? nullptr : static_cast<unsigned char*>(result);
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
    // Sealed: nobody who gets hold of the descriptor can take pages away from under the code.
    constexpr int add_seals = 1033, seal_shrink = 2, seal_grow = 4;
    if (::ftruncate(file, static_cast<off_t>(size)) != 0 || ::fcntl(file, add_seals, seal_shrink | seal_grow) != 0)
      return failed(code_memory_step::size);
    views.write = map_one(size, PROT_READ | PROT_WRITE, MAP_SHARED, file);
    if (views.write == nullptr) return failed(code_memory_step::map);
    views.execute = map_one(size, PROT_READ | PROT_EXEC, MAP_SHARED, file);
    if (views.execute == nullptr) return failed(code_memory_step::execute);
    // Shared memory stays shared after fork: each process would write into the other's code.
    if (::madvise(views.write, size, MADV_DONTFORK) != 0 || ::madvise(views.execute, size, MADV_DONTFORK) != 0)
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

#else

struct os_code_memory {
  static std::size_t page() noexcept { return 4096; }
  static long process() noexcept { return 0; }
  static sync_result map(std::size_t, code_mapping, code_views&) noexcept {
    return {ENOTSUP,
            "code_space: lazyref cannot allocate memory for code on this system (ENOTSUP): bring your own, and "
            "see instruction_sync.hpp"};
  }
  static void unmap(std::size_t, code_views&) noexcept {}
  static sync_result begin_to_write(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing(void*, std::size_t) noexcept { return {}; }
};

#endif

}  // namespace detail

LAZYREF_END_NAMESPACE
