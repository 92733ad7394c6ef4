// SPDX-License-Identifier: BSL-1.0
//
// code_gdb: tells a debugger of published code, by GDB's interface for JIT compilers (LLDB reads it, too).
//
//   lazyref::code_gdb debugger;
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&debugger});
//
// GDB then names functions in backtraces, disassembles them by name, and goes through their frames, if the description
// has tables or says frame_pointer (code_observer.hpp). Which mapping:
//   code_mapping::flip   `break name` works as with any function; where it is not known yet, `set breakpoint pending on`.
//   code_mapping::dual   everything but that: GDB takes `break name`, says nothing, and never stops there. It would write
//                        to where the code is executed, and the kernel refuses that for shared memory that is not
//                        writable. `hbreak name` stops: the processor's own breakpoints write nothing.
//
// GDB finds the list by its name. So a process should have one, whoever makes code in it: it is defined weakly here, and
// is the same as that of LLVM or of another JIT where the linker or the loader merges symbols (but a file that defines
// it does not include this header). All code_gdb of a process
// change it under one lock. Others have locks of their own (LLVM: a mutex that nobody else can take): do not let two of
// them publish at the same time, or give each an image (a shared object with -Bsymbolic) of its own; GDB reads the list
// of each.
//
// Where no debugger is attached, each block costs an allocation (about 700 bytes, and its names), and a few stores. One
// that is attached stops the process at each block that comes or goes, for milliseconds.
// fork: the child keeps the list, without what it has not inherited.
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
#include "detail/code_elf.hpp"
#include "detail/code_functions.hpp"

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
  std::uint32_t action;  // 1: added, 2: goes
  gdb_entry* relevant;
  gdb_entry* first;
};

// Of all code_gdb of the process.
LAZYREF_DETAIL_STATE(std::mutex, gdb_list_lock);

#if defined(__ELF__)
// GDB knows them by their names for the linker. It stops in the first, and reads the second.
// Such lines begin so, for tests/lint.py.
// clang-format off
extern "C" LAZYREF_DETAIL_WEAK LAZYREF_DETAIL_SHARED LAZYREF_DETAIL_NOINLINE void lazyref_gdb_reads_list() noexcept LAZYREF_DETAIL_LINKER_NAME("__jit_debug_register_code");
extern "C" LAZYREF_DETAIL_WEAK LAZYREF_DETAIL_SHARED gdb_list lazyref_gdb_list LAZYREF_DETAIL_LINKER_NAME("__jit_debug_descriptor");
// clang-format on
// Not inline: g++ would make the list one that contradicts another's (STB_GNU_UNIQUE). Weak is enough for the linker.
// NOLINTNEXTLINE(misc-definitions-in-headers): see above.
extern "C" void lazyref_gdb_reads_list() noexcept { std_atomics::compiler_barrier(); }
// NOLINTNEXTLINE(misc-definitions-in-headers): see above.
gdb_list lazyref_gdb_list = {1, 0, nullptr, nullptr};
#endif

}  // namespace detail

// Keeps GDB's list; see the head of this file. Who may call: any thread. Memory: allocates for each block, and frees
// that when the block is reclaimed.
class code_gdb final : public code_observer, private detail::recording_observer {
 public:
  // Purpose: nothing is known yet. Errors: see status().
  code_gdb() noexcept {
#if !defined(__ELF__)
    record_.stop({ENOTSUP, "code_gdb: the debugger is told by an ELF file, which is not for this system (ENOTSUP)"});
#endif
  }
  // What it told of has ended with the spaces.
  ~code_gdb() = default;

  // Purpose: whether it works, or why the last block was missed. Errors: ENOMEM; ENOTSUP (no ELF).
  using detail::recording_observer::status;
  // How many blocks GDB does not know of.
  using detail::recording_observer::missed;

  void* code_published(const code_event& event) noexcept override {
#if defined(__ELF__)
    detail::byte_writer count;
    detail::write_elf(count, event);
    void* const memory = ::operator new(sizeof(detail::gdb_entry) + count.size(), std::nothrow);
    if (memory == nullptr) {
      const std::lock_guard<std::mutex> locked(lock_);
      record_.miss({ENOMEM, "code_gdb: there was no memory to tell GDB of a block (ENOMEM; see missed())"});
      return nullptr;
    }
    auto* const file = static_cast<unsigned char*>(memory) + sizeof(detail::gdb_entry);
    detail::byte_writer writer(file);
    detail::write_elf(writer, event);
    auto* const entry = ::new (memory) detail::gdb_entry{nullptr, nullptr, file, count.size()};
    const std::lock_guard<std::mutex> locked(detail::gdb_list_lock);
    detail::gdb_list& list = detail::lazyref_gdb_list;
    entry->next = list.first;
    // Forwards the list is whole at each moment: a child of fork may find it so.
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
    // Another thread may have been in the midst of a change.
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
