// SPDX-License-Identifier: BSL-1.0
//
// Shared by the architectures: the ways to reach all threads, and the iteration over the cache lines of a range.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_RANGE_HPP
#define LAZYREF_DETAIL_CODE_RANGE_HPP

#include <cstddef>
#include <cstdint>

LAZYREF_BEGIN_NAMESPACE

// How every thread of the process executes a context-synchronising instruction.
enum class all_threads_by : unsigned char {
  membarrier_sync_core,         // by the kernel: membarrier(PRIVATE_EXPEDITED_SYNC_CORE)
  flush_call,                   // by flush_code_range itself: RISC-V, whose flush is a system call that reaches all
  flush_process_write_buffers,  // by an interrupt to each processor: Windows
  handshake                     // not by lazyref: each thread must call sync_core_this_thread() itself
};

namespace detail {

// Whether [start, start + size) stays within the address space; its last byte may be the last one there.
constexpr bool is_range(std::uintptr_t start, std::size_t size) noexcept {
  return size == 0 || size - 1 <= UINTPTR_MAX - start;
}

// Calls visit with the address of each line of `line` bytes (a power of two) that the range touches, in ascending
// order. Tests for the end by equality: at the top of the address space no address follows the last line, so that a
// comparison would fail. Precondition: is_range(start, size).
template <class Visit>
constexpr void for_each_line(std::uintptr_t start, std::size_t size, std::size_t line, Visit visit) noexcept {
  if (size == 0) return;
  const std::uintptr_t offset = std::uintptr_t{line} - 1;
  const std::uintptr_t last = (start + (size - 1)) & ~offset;
  for (std::uintptr_t at = start & ~offset;; at += line) {
    visit(at);
    if (at == last) return;
  }
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_RANGE_HPP
