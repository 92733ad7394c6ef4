// SPDX-License-Identifier: BSL-1.0
//
// Memory for code on macOS, on Apple's own processors: mapped once, with MAP_JIT, for writing and executing. A thread
// may do one of these at a time. Which one is a property of the thread, and of nothing else:
//
//   - code_space::draft gives the calling thread the right to write to all MAP_JIT memory of the process, and removes its
//     right to execute any. Other threads continue to execute; they may not write.
//   - That ends with the thread's last draft (published or destroyed). Until then the thread cannot run any block, also
//     of another code_space: an attempt ends the program.
//   - So one thread must request a draft, write it, and publish or destroy it. Publishing in a thread without an open
//     draft is an error (EPERM). In a thread with one it cannot be detected: that thread loses its right too early.
//   - Others that switch this thread's right (another code generator, lazyref built in another mode) do not know our
//     drafts: none of theirs may be open when our first draft begins or our last one ends.
//   - A thread begins with the right to execute: so all known code assumes, though the manual does not say so.
//
// mprotect cannot be used (it refuses such memory), nor two mappings (MAP_JIT refuses MAP_SHARED): code_mapping::dual
// is ENOTSUP. So is everything on Intel processors, where such memory would be writable and executable at once, and on
// Apple's other systems. near_to, data and growth are ENOTSUP; huge_pages and landing_pads have no effect. A program
// with the hardened runtime needs the entitlement com.apple.security.cs.allow-jit; one that lists its writers
// (jit-write-allowlist) is not supported. Whether a child of fork inherits this memory is unknown to us.
//
// Sources: pthread_jit_write_protect_np(3); mmap(2), MAP_JIT; "Porting just-in-time compilers to Apple silicon"
// (developer.apple.com).
//
// Compiled with stand-ins for the system's headers; never run.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_MACOS_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_MACOS_HPP

#include <cstddef>

#include "memory.hpp"

#if defined(__APPLE__)
#include <TargetConditionals.h>
#endif

#if defined(__APPLE__) && TARGET_OS_OSX && defined(__aarch64__)
#define LAZYREF_DETAIL_MACOS_JIT 1
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The number of open drafts of this thread.
inline thread_local std::size_t this_threads_drafts = 0;

// What the thread may do with such memory: one of these.
enum class thread_right : bool { write, execute };

// `Calls`: the system calls; tests substitute others.
template <class Calls>
struct macos_code_memory {
  static std::size_t page() noexcept { return Calls::page(); }
  static bool is_lost(const code_views&) noexcept { return false; }
  static void keep_free(const code_place&, const code_views&) noexcept {}

  // `size`: a multiple of the page size.
  static sync_result map(const code_place& place, code_views& views) noexcept {
    const std::size_t size = place.bytes;
    const code_mapping mapping = place.mapping;
    if (mapping == code_mapping::dual)
      return {ENOTSUP,
              "code_space: memory for code cannot be mapped twice on macOS (ENOTSUP): choose code_mapping::flip"};
    if (place.near_to != nullptr || place.grows || place.data != 0)
      return {
          ENOTSUP,
          "code_space: near_to, growth and data are not supported on macOS (ENOTSUP): leave them at their defaults"};
    if (!Calls::threads_have_rights())
      return {ENOTSUP,
              "code_space: this processor has no write permission for each thread (ENOTSUP), so memory for code would "
              "be writable and executable at once: allocate it yourself, and use instruction_sync.hpp"};
    const int saved = errno;
    views.write = views.execute = static_cast<unsigned char*>(Calls::map(size));
    const int error = errno;
    errno = saved;
    if (views.write != nullptr) return {};
    if (error == EACCES || error == EPERM || error == EINVAL)
      return {error,
              "code_space: macOS refuses memory for code, most likely as the program has the hardened runtime but not "
              "the entitlement com.apple.security.cs.allow-jit: sign it with that entitlement"};
    return detail::explain_code_memory(code_memory_step::map, error);
  }

  static void release(const code_place& place, code_views& views) noexcept {
    if (views.write != nullptr) Calls::release(views.write, place.bytes);
    views = {};
  }

  // `map` returns no memory for which this would be called.
  static sync_result commit(const code_place&, const code_views&, std::size_t, std::size_t) noexcept {
    return {ENOTSUP, "code_space: memory for code does not grow on macOS (ENOTSUP): leave growth at its default"};
  }
  static sync_result decommit(const code_place& place, const code_views& views, std::size_t at,
                              std::size_t size) noexcept {
    return commit(place, views, at, size);
  }

  // The same for all memory; only the calling thread matters.
  static sync_result begin_to_write(void*, std::size_t) noexcept {
    if (this_threads_drafts++ == 0) Calls::let_this_thread(thread_right::write);
    return {};
  }
  static sync_result end_writing(void*, std::size_t) noexcept {
    if (this_threads_drafts == 0)
      return {EPERM,
              "code_space: a thread publishes a draft that another thread has requested, which macOS does not permit "
              "(EPERM): publish it in the thread that requested it"};
    if (--this_threads_drafts == 0) Calls::let_this_thread(thread_right::execute);
    return {};
  }
  // Pages have no such right here: the program declares landing pads for such processors.
  static sync_result end_writing_with_landing_pads(void* at, std::size_t size) noexcept {
    return end_writing(at, size);
  }
};

#if defined(LAZYREF_DETAIL_MACOS_JIT)

struct macos_calls {
  static std::size_t page() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
  static bool threads_have_rights() noexcept { return ::pthread_jit_write_protect_supported_np() != 0; }
  static void* map(std::size_t size) noexcept {
    void* const result =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON | MAP_JIT, -1, 0);
    return result == MAP_FAILED ? nullptr : result;
  }
  static void release(void* at, std::size_t size) noexcept { ::munmap(at, size); }
  static void let_this_thread(thread_right right) noexcept {
    ::pthread_jit_write_protect_np(right == thread_right::execute);
  }
};

using os_code_memory = macos_code_memory<macos_calls>;

#elif defined(__APPLE__)

using os_code_memory = no_code_memory;

#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_MEMORY_MACOS_HPP
