// SPDX-License-Identifier: BSL-1.0
//
// The system calls of the fence, one function each, no policy. The command numbers are those of Linux and FreeBSD
// (which agree). They are defined here, so that kernel headers suffice that know the system call (Linux 4.3) but not
// its newer commands.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_FENCE_MEMBARRIER_HPP
#define LAZYREF_DETAIL_FENCE_MEMBARRIER_HPP

#include <cerrno>

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__FreeBSD__) && defined(__has_include)
#if __has_include(<sys/membarrier.h>)
#include <sched.h>
#include <sys/membarrier.h>
#include <unistd.h>
#define LAZYREF_DETAIL_FREEBSD_MEMBARRIER 1
#endif
#elif defined(_WIN32)
// <windows.h> would bring its macros into every user of this header; this is its declaration of the one needed function.
extern "C" __declspec(dllimport) void __stdcall FlushProcessWriteBuffers(void);
// Under other names: the return types that <windows.h> declares for these depend on a macro (STRICT).
#if !defined(LAZYREF_DETAIL_LINKER_NAME)
extern "C" void* __stdcall lazyref_detail_module(const wchar_t*);
extern "C" void* __stdcall lazyref_detail_function(void*, const char*);
#if defined(_WIN64)
#pragma comment(linker, "/alternatename:lazyref_detail_module=GetModuleHandleW")
#pragma comment(linker, "/alternatename:lazyref_detail_function=GetProcAddress")
#else
#pragma comment(linker, "/alternatename:_lazyref_detail_module@4=_GetModuleHandleW@4")
#pragma comment(linker, "/alternatename:_lazyref_detail_function@8=_GetProcAddress@8")
#endif
#elif defined(_WIN64)
extern "C" void* __stdcall lazyref_detail_module(const wchar_t*) LAZYREF_DETAIL_LINKER_NAME("GetModuleHandleW");
extern "C" void* __stdcall lazyref_detail_function(void*, const char*) LAZYREF_DETAIL_LINKER_NAME("GetProcAddress");
#else
extern "C" void* __stdcall lazyref_detail_module(const wchar_t*) LAZYREF_DETAIL_LINKER_NAME("_GetModuleHandleW@4");
extern "C" void* __stdcall lazyref_detail_function(void*, const char*) LAZYREF_DETAIL_LINKER_NAME("_GetProcAddress@8");
#endif
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

enum membarrier_command : int {
  membarrier_query = 0,
  membarrier_global = 1 << 0,
  membarrier_global_expedited = 1 << 1,
  membarrier_register_global_expedited = 1 << 2,
  membarrier_private_expedited = 1 << 3,
  membarrier_register_private_expedited = 1 << 4,
  membarrier_private_expedited_sync_core = 1 << 5,
  membarrier_register_private_expedited_sync_core = 1 << 6,
  membarrier_private_expedited_rseq = 1 << 7,
  membarrier_register_private_expedited_rseq = 1 << 8,
  membarrier_get_registrations = 1 << 9,
};

inline constexpr unsigned membarrier_flag_cpu = 1;

enum class kernel_barrier : unsigned char { none, membarrier, flush_process_write_buffers };

struct os_kernel {
#if defined(SYS_membarrier) || defined(LAZYREF_DETAIL_FREEBSD_MEMBARRIER)
  static constexpr kernel_barrier offers = kernel_barrier::membarrier;
#elif defined(_WIN32)
  static constexpr kernel_barrier offers = kernel_barrier::flush_process_write_buffers;
#else
  static constexpr kernel_barrier offers = kernel_barrier::none;
#endif

  // Returns the call's result, or a negative errno. Preserves errno, since a caller does not expect a fence to change it.
  static int membarrier([[maybe_unused]] int command, [[maybe_unused]] unsigned flags,
                        [[maybe_unused]] int cpu) noexcept {
#if defined(SYS_membarrier)
    const int saved = errno;
    const long result = ::syscall(SYS_membarrier, command, flags, cpu);
    const int error = errno;
    errno = saved;
    return result < 0 ? -error : static_cast<int>(result);
#elif defined(LAZYREF_DETAIL_FREEBSD_MEMBARRIER)
    const int saved = errno;
    const int result = ::membarrier(command, flags, cpu);
    const int error = errno;
    errno = saved;
    return result < 0 ? -error : result;
#else
    return -ENOSYS;
#endif
  }

  static void flush_process_write_buffers() noexcept {
#if defined(_WIN32)
    ::FlushProcessWriteBuffers();
#endif
  }

  // Wine's FlushProcessWriteBuffers does nothing (8.0), or may work (later), and cannot be queried.
  static bool flush_reaches_all() noexcept {
#if defined(_WIN32)
    void* const ntdll = ::lazyref_detail_module(L"ntdll.dll");
    return ntdll == nullptr || ::lazyref_detail_function(ntdll, "wine_get_version") == nullptr;
#else
    return true;
#endif
  }

  // A system call that does nothing, for tests of those that must have an effect.
  static void nothing() noexcept {
#if defined(__linux__) || defined(LAZYREF_DETAIL_FREEBSD_MEMBARRIER)
    (void)::getppid();
#endif
  }

  // Between two attempts of a call that failed for lack of memory.
  static void give_way() noexcept {
#if defined(__linux__) || defined(LAZYREF_DETAIL_FREEBSD_MEMBARRIER)
    (void)::sched_yield();
#endif
  }
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_FENCE_MEMBARRIER_HPP
