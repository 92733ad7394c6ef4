// SPDX-License-Identifier: BSL-1.0
//
// code_observer: what is told of the code that a code_space (code_space.hpp) publishes and takes back. The ready-made
// ones (jitdump, perf map, GDB, unwind tables) are in code_observers.hpp.
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
  std::string_view name;   // up to the first zero, if there is one
  std::size_t offset = 0;  // from the block's entry
  std::size_t size = 0;    // bytes
};

// What a block says of itself, by a public member function of T that code_space finds:
//   void describe_code(lazyref::code_description& d) const noexcept;
// It is asked once, in publish. The names have to stay until publish has returned.
//
// eh_frame: the contents of a section .eh_frame, relocated to where the code is executed, with the zero length at its end.
//   Its pointers may be relative to where it stands, so nobody moves it: it stays, as it is, until code_reclaimed has
//   returned. T's members end before that. The block itself does not (behind the code, as seen from its entry), nor do
//   data beside it.
// frame_pointer: there are no tables, but each function sets up a frame in its first instructions, behind a landing pad if
//   there is one, and changes no other callee-saved register (x86-64: rbx, r12 to r15):
//     x86-64    push rbp; mov rbp, rsp                      i386      push ebp; mov ebp, esp
//     arm64     stp x29, x30, [sp, #-N]!; mov x29, sp       riscv64   ra at s0 - 8, the caller's s0 at s0 - 16
struct code_description {
  std::string_view name;                 // of the whole block, where it is one function
  const code_symbol* symbols = nullptr;  // or of several; those that do not lie in the block are passed over
  std::size_t symbol_count = 0;          // how many
  const void* eh_frame = nullptr;        // unwind tables, or none
  std::size_t eh_frame_size = 0;         // bytes, with the zero length
  bool frame_pointer = false;            // whether its functions keep one
};

// A block that is published, or was.
struct code_event {
  std::uint64_t id;   // of the block: never given twice in a process
  const void* entry;  // where it is executed
  const void* bytes;  // where its bytes can be read (the view that is written); null when it is reclaimed
  std::size_t size;   // bytes
  const code_description* description;  // null when it is reclaimed
};

// Base of what is told. It outlives the spaces that tell it. Several spaces may have one and the same.
//
// Who calls: code_space, never inside a lock of the library: in publish; in draft, tell_observers and its destructor; in
// after_fork_in_child. Several threads may be in it at a time: it locks for itself. It must not call the space that tells
// it. Threads are not cancelled in here (pthread_cancel).
class code_observer {
 public:
  code_observer(const code_observer&) = delete;
  code_observer& operator=(const code_observer&) = delete;

  // Purpose: code is complete, flushed and may be executed, and nobody knows its entry point yet. What is returned is
  //   handed to code_reclaimed.
  virtual void* code_published(const code_event& event) noexcept = 0;
  // Purpose: nobody executes it any more; its memory is not used again before this has returned. T is gone. It comes once
  //   for each block that was published, in whatever order blocks ended or not.
  virtual void code_reclaimed(const code_event& event, void* kept) noexcept = 0;
  // Purpose: in the child of a fork, from code_space::after_fork_in_child; other threads are gone, and may have held
  //   its locks. `inherited`: whether the child has the code; if not, code_reclaimed follows for each of its blocks. What
  //   another thread was publishing or telling at that moment is lost: nothing more is said of it. Where several spaces
  //   have the observer, it comes from each.
  virtual void after_fork_in_child(bool inherited) noexcept { static_cast<void>(inherited); }

 protected:
  code_observer() noexcept = default;
  ~code_observer() = default;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_OBSERVER_HPP
