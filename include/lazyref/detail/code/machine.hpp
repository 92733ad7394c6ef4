// SPDX-License-Identifier: BSL-1.0
//
// Selects the header of this architecture, and adds what the operating system determines: how to reach all threads,
// and, on Windows, the flush.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MACHINE_HPP
#define LAZYREF_DETAIL_CODE_MACHINE_HPP

#include <cerrno>

#include "../fence/membarrier.hpp"
#include "range.hpp"

// An installed lazyref is one tree; in the repository, and vendored, arch/ is beside include/.
#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
#if __has_include("../../arch/x86.hpp")
#include "../../arch/x86.hpp"
#else
#include "../../../../arch/lazyref/arch/x86.hpp"
#endif
#elif defined(__aarch64__) || defined(_M_ARM64)
#if __has_include("../../arch/arm64.hpp")
#include "../../arch/arm64.hpp"
#else
#include "../../../../arch/lazyref/arch/arm64.hpp"
#endif
#elif defined(__arm__)
#if __has_include("../../arch/arm.hpp")
#include "../../arch/arm.hpp"
#else
#include "../../../../arch/lazyref/arch/arm.hpp"
#endif
#elif defined(__powerpc__)
#if __has_include("../../arch/powerpc.hpp")
#include "../../arch/powerpc.hpp"
#else
#include "../../../../arch/lazyref/arch/powerpc.hpp"
#endif
#elif defined(__riscv)
#if __has_include("../../arch/riscv.hpp")
#include "../../arch/riscv.hpp"
#else
#include "../../../../arch/lazyref/arch/riscv.hpp"
#endif
#elif defined(__s390x__)
#if __has_include("../../arch/s390x.hpp")
#include "../../arch/s390x.hpp"
#else
#include "../../../../arch/lazyref/arch/s390x.hpp"
#endif
#elif defined(__loongarch__)
#if __has_include("../../arch/loongarch.hpp")
#include "../../arch/loongarch.hpp"
#else
#include "../../../../arch/lazyref/arch/loongarch.hpp"
#endif
#elif defined(__mips__)
#if __has_include("../../arch/mips.hpp")
#include "../../arch/mips.hpp"
#else
#include "../../../../arch/lazyref/arch/mips.hpp"
#endif
#endif

#if defined(_WIN32)
// As <windows.h> declares them; see membarrier.hpp.
extern "C" __declspec(dllimport) void* __stdcall GetCurrentProcess(void);
#if defined(_WIN64)
extern "C" __declspec(dllimport) int __stdcall FlushInstructionCache(void*, const void*, unsigned long long);
#else
extern "C" __declspec(dllimport) int __stdcall FlushInstructionCache(void*, const void*, unsigned long);
#endif
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

#ifdef LAZYREF_DETAIL_HAS_CODE_SYNC

struct this_machine {
  static constexpr bool known = true;

#if defined(_WIN32)
  static constexpr all_threads_by all_threads = all_threads_by::flush_process_write_buffers;
#elif defined(__linux__)
  static constexpr all_threads_by all_threads = arch::all_threads_on_linux;
#elif defined(LAZYREF_DETAIL_FREEBSD_MEMBARRIER) && defined(__x86_64__)
  // FreeBSD defines SYNC_CORE for amd64; for other architectures nothing documents a guarantee.
  static constexpr all_threads_by all_threads = all_threads_by::membarrier_sync_core;
#else
  static constexpr all_threads_by all_threads = all_threads_by::handshake;
#endif

  static int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
#if defined(_WIN32)
    // x86 makes the call too: where the program is translated for another processor, it notifies the translator.
#if !defined(__aarch64__) && !defined(_M_ARM64)
    const int error = arch::flush_code(write, execute, size);
    if (error != 0) return error;
#endif
    void* const process = ::GetCurrentProcess();
    if (::FlushInstructionCache(process, write, size) == 0) return EIO;
    return write == execute || ::FlushInstructionCache(process, execute, size) != 0 ? 0 : EIO;
#else
    return arch::flush_code(write, execute, size);
#endif
  }

  static int sync_core() noexcept { return arch::sync_core(); }
};

#else

// No rule is known, so nothing may seem to succeed. sync_core_this_thread(), which cannot report an error, does not
// compile.
struct this_machine {
  static constexpr bool known = false;
  static constexpr all_threads_by all_threads = all_threads_by::handshake;
  static int flush_code(const void*, const void*, std::size_t) noexcept { return ENOTSUP; }
};

#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_MACHINE_HPP
