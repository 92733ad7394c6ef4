// SPDX-License-Identifier: BSL-1.0
//
// code_observer: the interface through which a code_space (code_space.hpp) informs tools when it publishes and reclaims
// code. The ready-made observers (jitdump, perf map, GDB, unwind tables) are in code_observers.hpp.
#include "config.hpp"

#ifndef LAZYREF_CODE_OBSERVER_HPP
#define LAZYREF_CODE_OBSERVER_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "code_limits.hpp"

LAZYREF_BEGIN_NAMESPACE

// One function in a block.
struct code_symbol {
  std::string_view name;   // ends at the first zero, if there is one
  std::size_t offset = 0;  // from the block's entry
  std::size_t size = 0;    // bytes
};

// The description of a block, which code_space requests by a public member function of T, if there is one:
//   void describe_code(lazyref::code_description& d) const noexcept;
// It is called once, in publish. The names must stay valid until publish has returned.
//
// eh_frame: the contents of a section .eh_frame, relocated to the address where the code executes, with a zero length at
//   the end. Its pointers may be relative to its own address, so it is not copied: it must stay there, unchanged, until
//   code_reclaimed has returned. Members of T are destroyed before that. The block's memory (after the code, as seen from
//   its entry) and the data beside it are not.
// frame_pointer: there are no tables, but each function sets up a frame by its first instructions, after a landing pad if
//   there is one, and changes no other callee-saved register (x86-64: rbx, r12 to r15):
//     x86-64    push rbp; mov rbp, rsp                      i386      push ebp; mov ebp, esp
//     arm64     stp x29, x30, [sp, #-N]!; mov x29, sp       riscv64   ra at s0 - 8, the caller's s0 at s0 - 16
struct code_description {
  std::string_view name;                 // of the whole block, if it is one function
  const code_symbol* symbols = nullptr;  // else of its functions; those that do not lie in the block are ignored
  std::size_t symbol_count = 0;          // their number
  const void* eh_frame = nullptr;        // unwind tables, or null
  std::size_t eh_frame_size = 0;         // bytes, including the zero length
  bool frame_pointer = false;            // whether its functions set one up
};

// A block that is published, or was published.
struct code_event {
  std::uint64_t id;                     // of the block: unique in the process
  const void* entry;                    // where it executes
  const void* bytes;                    // where its bytes can be read (the writable view); null when it is reclaimed
  std::size_t size;                     // bytes
  const code_description* description;  // null when it is reclaimed
};

// Base class of observers. An observer outlives its spaces. Several spaces may share one.
//
// Called by code_space, never while the library holds a lock: in publish; in draft, tell_observers and its destructor; in
// after_fork_in_child. Several threads may call it at a time: it does its own locking. It must not call the space that
// calls it. Cancellation (pthread_cancel) is disabled meanwhile.
class code_observer {
 public:
  code_observer(const code_observer&) = delete;
  code_observer& operator=(const code_observer&) = delete;

  // Purpose: the code is complete, flushed and executable, and no thread knows its entry point yet. The result is passed to
  //   code_reclaimed.
  virtual void* code_published(const code_event& event) noexcept = 0;
  // Purpose: no thread executes the code any more; its memory is not reused before this has returned. T is destroyed.
  //   Called once for each published block, in any order.
  virtual void code_reclaimed(const code_event& event, void* kept) noexcept = 0;
  // Purpose: in the child of a fork, from code_space::after_fork_in_child; the other threads are gone, and may have held
  //   its locks. `inherited`: whether the child has the code; if not, code_reclaimed follows for each of its blocks. A
  //   block that another thread was publishing, or informing of, at the fork is lost: no further call concerns it. An
  //   observer of several spaces is called by each.
  virtual void after_fork_in_child(bool inherited) noexcept { static_cast<void>(inherited); }

 protected:
  code_observer() noexcept = default;
  ~code_observer() = default;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_OBSERVER_HPP
