// SPDX-License-Identifier: BSL-1.0
//
// The steps by which code memory is requested from the system (code/memory.hpp), and an explanation for each refused
// step.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_MEMORY_ERRORS_HPP
#define LAZYREF_DETAIL_CODE_MEMORY_ERRORS_HPP

#include <cerrno>

#include "../../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

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

// Explains the failure, and the remedy, in one sentence.
constexpr sync_result explain_code_memory(code_memory_step step, int error) noexcept {
  const bool refused = error == EACCES || error == EPERM;
  if (refused && step == code_memory_step::execute)
    return {error,
            "code_space: the system does not let this process map that memory executable, most likely a security "
            "module's or seccomp's rule (SELinux: execmem for code_mapping::flip, execute of a memory file for "
            "dual; PR_SET_MDWE refuses flip and growth): allow it, or choose the other code_mapping"};
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

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_MEMORY_ERRORS_HPP
