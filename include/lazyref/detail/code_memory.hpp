// SPDX-License-Identifier: BSL-1.0
//
// Memory for code, as the operating system gives it: no page of it may be written and executed through one address at
// one time. Two ways: mapped twice, once for each; or once, and switched. What each system does is in a file of its own:
// code_memory_linux.hpp, code_memory_windows.hpp, code_memory_macos.hpp.
//
// Protection keys are not offered: those of x86 cannot deny execution, a thread inherits the rights of the one that
// started it (so an attacker needs only a thread that may write), and those who use them report crashes in signal
// handlers and with sanitizers, and no gain (rusty_v8#2054, php-src#20461).
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_HPP

#include <cerrno>
#include <cstddef>

#include "../code_limits.hpp"
#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// What the system is asked for. Sizes are whole pages.
struct code_place {
  std::size_t bytes = 0;  // of code
  code_mapping mapping = code_mapping::dual;
  std::size_t data = 0;           // of data, beside the view that is executed
  const void* near_to = nullptr;  // code and data within `distance` bytes of it; null: anywhere
  std::size_t distance = 0;
  bool grows = false;         // no memory for code yet, only addresses: `commit`
  bool huge_pages = false;    // `bytes` and addresses are multiples of 2 MiB
  bool landing_pads = false;  // arm64: PROT_BTI
};

// The first two are one in code_mapping::flip.
struct code_views {
  unsigned char* write = nullptr;
  unsigned char* execute = nullptr;
  unsigned char* data = nullptr;  // where asked for
  unsigned char* mark = nullptr;  // dual: a page whose first byte is 1 here, and 0 in a child of fork
};

inline constexpr std::size_t huge_page = std::size_t{2} << 20;

enum class code_memory_step : unsigned char {
  file,
  size,
  map,
  no_room,
  execute,
  implied_execute,
  keep_from_fork,
  write_again,
  execute_again,
  commit,
  decommit
};

// What went wrong, and what can be done, as one sentence.
constexpr sync_result explain_code_memory(code_memory_step step, int error) noexcept {
  const bool refused = error == EACCES || error == EPERM;
  if (refused && step == code_memory_step::execute)
    return {error,
            "code_space: the system does not let this process map that memory executable, most likely a security "
            "module's or seccomp's rule (SELinux: execmem for code_mapping::flip, execute of a memory file for "
            "dual; PR_SET_MDWE refuses flip): allow it, or choose the other code_mapping"};
  switch (step) {
    case code_memory_step::file:
      return {error, error == ENOSYS || refused
                         ? "code_space: mremap cannot show memory twice here, and memfd_create is refused or not "
                           "there: allow one of them (seccomp), or choose code_mapping::flip"
                         : "code_space: mremap cannot show memory twice here, and memfd_create failed (EMFILE, "
                           "ENFILE: too many open files; ENOMEM: no memory)"};
    case code_memory_step::size:
      return {error,
              "code_space: the memory for code could not be made that large (EFBIG: RLIMIT_FSIZE): ask for less"};
    case code_memory_step::map:
    case code_memory_step::execute:
      return {error,
              "code_space: the memory for code could not be mapped (ENOMEM, EAGAIN: the address space, a limit of "
              "it or of locked memory, or the number of mappings is used up): ask for less, or raise the limit"};
    case code_memory_step::no_room:
      return {error,
              "code_space: no room within `distance` bytes of `near_to`: no free addresses there are large enough "
              "for code and data together: ask for less, for a larger distance, or without near_to"};
    case code_memory_step::implied_execute:
      return {error,
              "code_space: in this process all memory that can be read can be executed (personality "
              "READ_IMPLIES_EXEC: an executable stack, or setarch -X): link it with -z noexecstack"};
    case code_memory_step::keep_from_fork:
      return {error,
              "code_space: the memory for code could not be kept from children of fork (MADV_DONTFORK, "
              "MADV_WIPEONFORK: Linux 4.14), whose code this process would overwrite: choose code_mapping::flip"};
    case code_memory_step::write_again:
      return {error,
              "code_space: memory could not be made writable (ENOMEM: too many mappings, see "
              "vm.max_map_count; else a rule of the system): choose code_mapping::dual"};
    case code_memory_step::execute_again:
      return {error,
              "code_space: what was written could not be made executable (ENOMEM: too many mappings, see "
              "vm.max_map_count; else a rule of the system): choose code_mapping::dual"};
    case code_memory_step::commit:
      return {error,
              "code_space: no memory for a further chunk (ENOMEM: no memory, a limit, or too many mappings, see "
              "vm.max_map_count; else a rule of the system): give blocks up, or raise the limit"};
    case code_memory_step::decommit:
      return {error,
              "code_space: the memory of a chunk could not be given back to the system (EINVAL: it is locked, see "
              "mlockall; ENOMEM: too many mappings): the space keeps it"};
  }
  return {error, "code_space: failed"};
}

// For systems that have none. What each system has:
struct no_code_memory {
  static std::size_t page() noexcept { return 4096; }

  // An error leaves nothing mapped, and `views` empty. With place.grows no memory is usable before `commit`; data is.
  static sync_result map(const code_place&, code_views&) noexcept { return none(); }
  static void release(const code_place&, code_views&) noexcept {}

  // `offset`, `size`: whole pages (huge ones, where asked for) of the code. After `commit` they can be used as those of
  // a space that does not grow, and are zero; after `decommit` they have no memory and no rights. Each is asked for what
  // the other left. An error changes nothing that matters: not committed stays so; committed stays so, with unknown
  // contents. No two calls for one place at one time.
  static sync_result commit(const code_place&, const code_views&, std::size_t, std::size_t) noexcept { return none(); }
  static sync_result decommit(const code_place&, const code_views&, std::size_t, std::size_t) noexcept {
    return none();
  }

  // In a child of fork that has not inherited the memory; and then: nothing else is to come to these addresses.
  static bool is_lost(const code_views&) noexcept { return false; }
  static void keep_free(const code_place&, const code_views&) noexcept {}

  // code_mapping::flip, of what is committed. The last: for a place with landing pads.
  static sync_result begin_to_write(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing(void*, std::size_t) noexcept { return {}; }
  static sync_result end_writing_with_landing_pads(void*, std::size_t) noexcept { return {}; }

 private:
  static sync_result none() noexcept {
    return {ENOTSUP,
            "code_space: lazyref cannot allocate memory for code on this system (ENOTSUP): bring your own, and see "
            "instruction_sync.hpp"};
  }
};

#if !defined(__linux__) && !defined(_WIN32) && !defined(__APPLE__)
using os_code_memory = no_code_memory;
#endif

}  // namespace detail

LAZYREF_END_NAMESPACE

#if defined(__linux__)
#include "code_memory_linux.hpp"
#elif defined(_WIN32)
#include "code_memory_windows.hpp"
#elif defined(__APPLE__)
#include "code_memory_macos.hpp"
#endif

#endif  // LAZYREF_DETAIL_CODE_MEMORY_HPP
