// SPDX-License-Identifier: BSL-1.0
//
// The parameters of a code_space (code_space.hpp): how much memory, where, and how it is mapped; and those of a draft.
//
// Memory is never writable and executable through one address at the same time (macOS: in the same thread).
//   code_mapping::dual   The same memory is mapped twice, at addresses of which neither reveals the other. A publish makes
//                        no system call but the synchronisation. After it data() is null, but the memory stays writable
//                        through that view. The default. Not for programs that run under translators (emulators, Valgrind):
//                        these notice only stores through the executable address, and continue to run their translation of
//                        the old code. (Valgrind: --smc-check=all.) A debugger cannot set breakpoints there.
//   code_mapping::flip   Mapped once; the pages of a draft are writable, and not executable, until it is published. Two
//                        more system calls for each block, which affect all threads (examples/doctor prints their cost),
//                        and whole pages. There is no second, writable address. Debuggers can set breakpoints.
// Profilers find names in both: code_observers.hpp.
//
// fork: with `flip` the child has a copy; it calls after_fork_in_child, and continues. With `dual` it does not inherit the
// code, because the parent continues to write there: draft and publish return an error, and the addresses are not mapped,
// so that an access is a SIGSEGV. entry() and block_at still answer; do not call what they return. after_fork_in_child
// reserves the addresses; call it before anything else maps memory.
//
// How much: 1.5 times the bytes that are alive, including those that are retired and wait (lazy_domain::retire_bound, or
// retire_bytes), in whole cache lines or, with `flip`, whole pages. With less, fragmentation makes drafts fail
// (tests/bench/draft.cpp: one draft in a hundred at 1.2 times, hardly one at 1.5). In addition, from the start, 4 bytes and
// about 2 bits for each cache line, and an object for each block. With `growth` the 4 bytes are allocated with each chunk,
// the first chunk with the first draft. A draft may be larger than a chunk.
//
// Memory is reserved, not committed: on a system that overcommits memory, the first write may fail as any first write may.
#include "config.hpp"

#ifndef LAZYREF_CODE_LIMITS_HPP
#define LAZYREF_CODE_LIMITS_HPP

#include <cstddef>

LAZYREF_BEGIN_NAMESPACE

// Where code is written, and where it executes.
enum class code_mapping : unsigned char {
  dual,  // two views of the same memory: one is always writable, the other always executable
  flip   // one view: writable and not executable until the code is published, then executable and not writable
};

// Who makes sure that no thread executes what its core fetched earlier. If no call reaches all threads
// (instruction_sync_capabilities() reports `handshake`), or if every thread synchronises itself anyway, choose
// each_executor: publish flushes, and each thread calls sync_core_this_thread() between finding a block (protect, or an
// acquire load) and executing it. On macOS only this and code_mapping::flip are available.
enum class code_synchronisation : unsigned char {
  all_threads,   // publish
  each_executor  // each thread, by sync_core_this_thread()
};

// The reach of a direct call or jump of this architecture, in bytes.
#if defined(__aarch64__) || defined(_M_ARM64)
inline constexpr std::size_t branch_reach = std::size_t{128} << 20;
#elif defined(__arm__) || defined(__powerpc__)
inline constexpr std::size_t branch_reach = std::size_t{32} << 20;
#elif defined(__i386__)
inline constexpr std::size_t branch_reach = ~std::size_t{0};
#else
inline constexpr std::size_t branch_reach = std::size_t{1} << 31;
#endif

// The limits of a code_space. The defaults request nothing.
struct code_space_limits {
  std::size_t bytes;       // of code, rounded up to whole pages; with growth, the maximum
  std::size_t blocks;      // drafts and blocks at one time, including ended blocks that are still in use
  std::size_t slot_count;  // of the domain; ignored if the space uses an existing domain

  std::size_t data = 0;       // readable and writable bytes beside the code, for code_request::data
  std::size_t alignment = 0;  // of each block: a power of two, at most a page; 0: a cache line (flip: always a page)

  const void* near_to = nullptr;        // all code and data must be within `distance` bytes of this
  std::size_t distance = branch_reach;  // ignored without near_to

  std::size_t growth = 0;     // reserve addresses for `bytes`, and allocate in chunks of this size; 0: all at once
  bool huge_pages = false;    // 2 MiB pages, if the system has them and permits them
  bool landing_pads = false;  // arm64: PROT_BTI, indirect branches must arrive at landing pads; elsewhere no effect
};

// The request for a draft.
struct code_request {
  std::size_t size;           // bytes of code
  std::size_t alignment = 0;  // a power of two, at most a page; 0: the space's
  std::size_t data = 0;       // bytes of data beside it, aligned to 16, initially zero; at most code_space_limits::data
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_LIMITS_HPP
