// SPDX-License-Identifier: BSL-1.0
//
// What a code_space (code_space.hpp) is asked for: how much memory, where, and how it is mapped; and what a draft is.
//
// Memory is never writable and executable through one address at one time (macOS: not in one thread).
//   code_mapping::dual   the same memory mapped twice, at addresses that do not tell of each other. No system call but the
//                        synchronisation for each publish. After it data() is null, but the memory stays writable
//                        through that view. The default. Not for programs that translate other programs (emulators,
//                        Valgrind): they see that code is overwritten only where it is executed, and go on with what they
//                        translated from it. (Valgrind: --smc-check=all.) A debugger cannot set breakpoints there.
//   code_mapping::flip   mapped once; the pages of a draft may be written until it is published, and not executed. Two
//                        system calls more for each block, which reach all threads (examples/doctor tells what they cost
//                        here), and whole pages; no second address at which somebody could write. Debuggers can set
//                        breakpoints.
// Profilers find names in both: code_observers.hpp.
//
// fork: with `flip` the child has a copy, calls after_fork_in_child, and goes on. With `dual` it does not inherit the
// code, since the parent goes on writing there: draft and publish return an error, and the addresses are not mapped, so
// that to touch them is a SIGSEGV. entry() and block_at still answer, and must not be called. after_fork_in_child
// reserves the addresses; call it before anything else maps memory.
//
// How much: 1.5 times the bytes that are alive, with those that were retired and wait (lazy_domain::retire_bound, or
// retire_bytes), in whole cache lines or, with `flip`, whole pages; with less, blocks of different sizes leave pieces
// in which the next does not fit (tests/bench/draft.cpp: one draft in a hundred at 1.2 times, hardly one at 1.5).
// Beside the code there are, from the beginning, 4 bytes and about 2 bits for each cache line, and an object for each block.
// With `growth` the 4 bytes come with the chunks, the first of which comes with the first draft. A draft may be larger
// than a chunk.
//
// Memory is reserved, not filled: where the system promises more than it has, the first write may fail as any first
// write may.
#include "config.hpp"

#ifndef LAZYREF_CODE_LIMITS_HPP
#define LAZYREF_CODE_LIMITS_HPP

#include <cstddef>

LAZYREF_BEGIN_NAMESPACE

// Where code is written, and where it is executed.
enum class code_mapping : unsigned char {
  dual,  // two views of the same memory: one may be written, the other executed, always
  flip   // one view: what is being written may not be executed, and is made so when it is published
};

// Who sees to it that no thread runs what its core fetched earlier. Where nothing reaches all threads
// (instruction_sync_capabilities() says `handshake`), or where every thread does its own part anyway, choose
// each_executor: publish flushes, and each thread calls sync_core_this_thread() between finding a block (protect, or an
// acquire load) and running it. On macOS that and code_mapping::flip are all there is.
enum class code_synchronisation : unsigned char {
  all_threads,   // publish
  each_executor  // each thread, by sync_core_this_thread()
};

// As far as a direct call or jump of this architecture reaches, in bytes.
#if defined(__aarch64__) || defined(_M_ARM64)
inline constexpr std::size_t branch_reach = std::size_t{128} << 20;
#elif defined(__arm__) || defined(__powerpc__)
inline constexpr std::size_t branch_reach = std::size_t{32} << 20;
#elif defined(__i386__)
inline constexpr std::size_t branch_reach = ~std::size_t{0};
#else
inline constexpr std::size_t branch_reach = std::size_t{1} << 31;
#endif

// What a code_space is constructed with. What is not given is not asked for.
struct code_space_limits {
  std::size_t bytes;       // of code, rounded up to whole pages; with growth the most that there may be
  std::size_t blocks;      // drafts and blocks at one time, those that are still in use after their end too
  std::size_t slot_count;  // of the domain; not looked at where the space joins one that is there

  std::size_t data = 0;       // bytes beside the code that may be read and written, for code_request::data
  std::size_t alignment = 0;  // of each block: a power of two, at most a page; 0: a cache line (flip: always a page)

  const void* near_to = nullptr;        // all code and data are to be within `distance` bytes of this
  std::size_t distance = branch_reach;  // looked at only with near_to

  std::size_t growth = 0;     // reserve addresses for `bytes`, and take memory in chunks of that many; 0: all at once
  bool huge_pages = false;    // 2 MiB pages, where the system has them and lets the process
  bool landing_pads = false;  // arm64: PROT_BTI, indirect branches have to arrive at landing pads; elsewhere nothing
};

// What a draft is asked for.
struct code_request {
  std::size_t size;           // bytes of code
  std::size_t alignment = 0;  // a power of two, at most a page; 0: the space's
  std::size_t data = 0;       // bytes of data beside it, aligned to 16, zero at first; at most code_space_limits::data
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_LIMITS_HPP
