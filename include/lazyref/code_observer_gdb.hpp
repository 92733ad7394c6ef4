// SPDX-License-Identifier: BSL-1.0
//
// code_gdb: informs a debugger of published code, by GDB's interface for JIT compilers (LLDB reads it, too).
//
//   lazyref::code_gdb debugger;
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&debugger});
//
// GDB then names functions in backtraces, disassembles them by name, and unwinds their frames, if the description has
// tables or says frame_pointer (code_observer.hpp). By mapping:
//   code_mapping::flip   `break NAME` works as with any function; if NAME is not known yet, `set breakpoint pending on`.
//   code_mapping::dual   All but breakpoints: GDB accepts `break NAME` without a message, and never stops there. It would
//                        have to write to the executable view, which the kernel refuses for shared memory that is not
//                        writable. `hbreak NAME` stops: the processor's own breakpoints write nothing.
//
// GDB finds the list by the name of its variable. So a process should have only one list for all its JIT compilers. The
// variable is defined weakly here, and is the same as that of LLVM or of another JIT where the linker or the loader merges
// symbols (but a file that defines it must not include this header). All code_gdb of a process change the list under one
// lock. Other JITs have other locks (LLVM: a mutex that nothing else can lock): do not let two of them publish at the same
// time, or give each its own image (a shared object with -Bsymbolic); GDB reads the list of each.
//
// Cost: without a debugger, each block costs an allocation (about 700 bytes, and its names), and a few stores. An attached
// debugger stops the process for milliseconds whenever a block is published or reclaimed. fork: the child keeps the list,
// without the entries of code that it has not inherited.
//
// Source: GDB's manual, "JIT Compilation Interface".
#include "config.hpp"

#ifndef LAZYREF_CODE_OBSERVER_GDB_HPP
#define LAZYREF_CODE_OBSERVER_GDB_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "code_observer.hpp"
#include "detail/code/elf.hpp"
#include "detail/code/functions.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The layout is GDB's.
struct gdb_entry {
  gdb_entry* next;
  gdb_entry* previous;
  const unsigned char* file;
  std::uint64_t size;
};
struct gdb_list {
  std::uint32_t version;
  std::uint32_t action;  // 1: registered, 2: unregistered
  gdb_entry* relevant;
  gdb_entry* first;
};

// Of all code_gdb in the process.
LAZYREF_DETAIL_STATE(std::mutex, gdb_list_lock);

#if defined(__ELF__)
// GDB knows both by their linker names. It sets a breakpoint in the first, and reads the second.
// tests/lint.py accepts such lines because they begin with `extern`.
// clang-format off
extern "C" LAZYREF_DETAIL_WEAK LAZYREF_DETAIL_SHARED LAZYREF_DETAIL_NOINLINE void lazyref_gdb_reads_list() noexcept LAZYREF_DETAIL_LINKER_NAME("__jit_debug_register_code");
extern "C" LAZYREF_DETAIL_WEAK LAZYREF_DETAIL_SHARED gdb_list lazyref_gdb_list LAZYREF_DETAIL_LINKER_NAME("__jit_debug_descriptor");
// clang-format on
// Not inline: g++ would give the list a binding that conflicts with another's (STB_GNU_UNIQUE). Weak is enough to link.
// NOLINTNEXTLINE(misc-definitions-in-headers): see above.
extern "C" void lazyref_gdb_reads_list() noexcept { std_atomics::compiler_barrier(); }
// NOLINTNEXTLINE(misc-definitions-in-headers): see above.
gdb_list lazyref_gdb_list = {1, 0, nullptr, nullptr};
#endif

}  // namespace detail

// Maintains GDB's list; see the head of this file. Who may call: any thread. Memory: one allocation for each block, freed
// when the block is reclaimed.
class code_gdb final : public code_observer, private detail::recording_observer {
 public:
  // Purpose: an observer that has recorded nothing. Errors: see status().
  code_gdb() noexcept {
#if !defined(__ELF__)
    record_.stop({ENOTSUP,
                  "code_gdb: GDB would be notified by an ELF file, and this system does not use ELF (ENOTSUP): omit "
                  "this observer"});
#endif
  }
  // Everything that it registered has ended with the spaces.
  ~code_gdb() = default;

  // Purpose: return whether it works, or why the last block was missed. Errors: ENOMEM; ENOTSUP (no ELF).
  using detail::recording_observer::status;
  // The number of blocks that GDB does not know.
  using detail::recording_observer::missed;

  void* code_published(const code_event& event) noexcept override {
#if defined(__ELF__)
    detail::byte_writer count;
    detail::write_elf(count, event);
    void* const memory = ::operator new(sizeof(detail::gdb_entry) + count.size(), std::nothrow);
    if (memory == nullptr) {
      const std::lock_guard<std::mutex> locked(lock_);
      record_.miss({ENOMEM,
                    "code_gdb: the memory for a block's symbols could not be allocated (ENOMEM), so GDB does not show "
                    "its functions; missed() counts such blocks"});
      return nullptr;
    }
    auto* const file = static_cast<unsigned char*>(memory) + sizeof(detail::gdb_entry);
    detail::byte_writer writer(file);
    detail::write_elf(writer, event);
    auto* const entry = ::new (memory) detail::gdb_entry{nullptr, nullptr, file, count.size()};
    const std::lock_guard<std::mutex> locked(detail::gdb_list_lock);
    detail::gdb_list& list = detail::lazyref_gdb_list;
    entry->next = list.first;
    // In the forward direction the list is always complete: a child of fork may inherit it at any moment.
    detail::std_atomics::compiler_barrier();
    if (entry->next != nullptr) entry->next->previous = entry;
    list.first = entry;
    tell(1, entry);
    return entry;
#else
    static_cast<void>(event);
    const std::lock_guard<std::mutex> locked(lock_);
    ++record_.missed;
    return nullptr;
#endif
  }

  void code_reclaimed(const code_event&, [[maybe_unused]] void* kept) noexcept override {
#if defined(__ELF__)
    if (kept == nullptr) return;
    auto* const entry = static_cast<detail::gdb_entry*>(kept);
    {
      const std::lock_guard<std::mutex> locked(detail::gdb_list_lock);
      (entry->previous != nullptr ? entry->previous->next : detail::lazyref_gdb_list.first) = entry->next;
      detail::std_atomics::compiler_barrier();
      if (entry->next != nullptr) entry->next->previous = entry->previous;
      tell(2, entry);
      detail::lazyref_gdb_list.relevant = nullptr;
    }
    ::operator delete(kept);
#endif
  }

  void after_fork_in_child(bool) noexcept override {
    detail::make_new(lock_);
#if defined(__ELF__)
    detail::make_new(detail::gdb_list_lock);
    // Another thread may have been in the middle of a change.
    detail::gdb_entry* before = nullptr;
    for (detail::gdb_entry* one = detail::lazyref_gdb_list.first; one != nullptr; one = one->next) {
      one->previous = before;
      before = one;
    }
#endif
  }

 private:
#if defined(__ELF__)
  static void tell(std::uint32_t action, detail::gdb_entry* entry) noexcept {
    detail::gdb_list& list = detail::lazyref_gdb_list;
    list.relevant = entry;
    list.action = action;
    detail::lazyref_gdb_reads_list();
    list.action = 0;
  }
#endif
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CODE_OBSERVER_GDB_HPP
