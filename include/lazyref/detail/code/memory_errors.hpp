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
            "code_space: this process is not permitted to map that memory executable, most likely by a security module "
            "or seccomp (SELinux: execmem for code_mapping::flip, execute of a memory file for dual; PR_SET_MDWE "
            "forbids flip and growth): permit it, or choose the other code_mapping"};
  switch (step) {
    case code_memory_step::file:
      return {
          error,
          error == ENOSYS || refused
              ? "code_space: memory cannot be mapped twice: mremap does not duplicate mappings here, and memfd_create "
                "is refused or not implemented: permit one of them (seccomp), or choose code_mapping::flip"
              : "code_space: memory cannot be mapped twice: mremap does not duplicate mappings here, and memfd_create "
                "failed (EMFILE, ENFILE: too many open files; ENOMEM: no memory): close files, raise the limit, or "
                "free memory"};
    case code_memory_step::size:
      return {error,
              "code_space: the file for the code exceeds a limit (EFBIG: RLIMIT_FSIZE): request less memory, or raise "
              "the limit"};
    case code_memory_step::map:
    case code_memory_step::execute:
      return {error,
              "code_space: the memory for code could not be mapped (ENOMEM, EAGAIN: the address space, its limit, the "
              "limit of locked memory or the number of mappings is exhausted): request less, or raise the limit"};
    case code_memory_step::no_room:
      return {error,
              "code_space: there is no range of free addresses within `distance` bytes of `near_to` that is large "
              "enough for code and data together: request less, a larger distance, or no near_to"};
    case code_memory_step::implied_execute:
      return {error,
              "code_space: in this process all readable memory is executable (personality READ_IMPLIES_EXEC, by an "
              "executable stack or setarch -X): link the program with -z noexecstack"};
    case code_memory_step::keep_from_fork:
      return {error,
              "code_space: the memory for code could not be excluded from children of fork (MADV_DONTFORK, "
              "MADV_WIPEONFORK: Linux 4.14), and this process would overwrite their code: choose code_mapping::flip"};
    case code_memory_step::write_again:
      return {error,
              "code_space: memory could not be made writable (ENOMEM: too many mappings, see vm.max_map_count; "
              "otherwise a security rule): choose code_mapping::dual"};
    case code_memory_step::execute_again:
      return {error,
              "code_space: the written code could not be made executable (ENOMEM: too many mappings, see "
              "vm.max_map_count; otherwise a security rule): choose code_mapping::dual"};
    case code_memory_step::commit:
      return {error,
              "code_space: the memory for another chunk could not be mapped (ENOMEM: no memory, a limit, or too many "
              "mappings, see vm.max_map_count; otherwise a security rule): drop blocks, or raise the limit"};
    case code_memory_step::decommit:
      return {error,
              "code_space: a chunk could not be returned to the system (EINVAL: it is locked, see mlockall; ENOMEM: "
              "too many mappings): the space keeps it"};
  }
  return {error, "code_space: failed"};
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_MEMORY_ERRORS_HPP
