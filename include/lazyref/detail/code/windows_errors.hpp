// SPDX-License-Identifier: BSL-1.0
//
// Maps Windows' error codes, as a code_space reports them, to an errno value and a sentence.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_WINDOWS_ERRORS_HPP
#define LAZYREF_DETAIL_CODE_WINDOWS_ERRORS_HPP

#include <cerrno>

#include "memory_errors.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

constexpr int errno_from_windows(unsigned long error) noexcept {
  switch (error) {
    case 4:  // ERROR_TOO_MANY_OPEN_FILES
      return EMFILE;
    case 5:     // ERROR_ACCESS_DENIED
    case 1655:  // ERROR_DYNAMIC_CODE_BLOCKED
      return EACCES;
    case 1314:  // ERROR_PRIVILEGE_NOT_HELD
      return EPERM;
    case 8:     // ERROR_NOT_ENOUGH_MEMORY
    case 14:    // ERROR_OUTOFMEMORY
    case 1450:  // ERROR_NO_SYSTEM_RESOURCES
    case 1453:  // ERROR_WORKING_SET_QUOTA
    case 1454:  // ERROR_PAGEFILE_QUOTA
    case 1455:  // ERROR_COMMITMENT_LIMIT
    case 1816:  // ERROR_NOT_ENOUGH_QUOTA
      return ENOMEM;
    case 87:  // ERROR_INVALID_PARAMETER
      return EINVAL;
    case 487:  // ERROR_INVALID_ADDRESS
    case 998:  // ERROR_NOACCESS
      return EFAULT;
    case 50:  // ERROR_NOT_SUPPORTED
      return ENOTSUP;
    case 120:  // ERROR_CALL_NOT_IMPLEMENTED
      return ENOSYS;
    default:  // 0 too: the call has failed, whatever the code says.
      return EIO;
  }
}

constexpr sync_result explain_windows_code_memory(code_memory_step step, unsigned long windows_error) noexcept {
  const int error = detail::errno_from_windows(windows_error);
  const bool refused = error == EACCES || error == EPERM;
  constexpr const char* prohibited =
      "code_space: this process is not permitted to make memory executable, most likely by the mitigation policy "
      "ProhibitDynamicCode (arbitrary code guard): start it without that policy; the other code_mapping would be "
      "refused as well";
  if (refused && step == code_memory_step::execute) return {error, prohibited};
  switch (step) {
    case code_memory_step::file:
    case code_memory_step::size:
      if (refused) return {error, prohibited};
      return {
          error,
          "code_space: CreateFileMappingW failed, so memory cannot be mapped twice (ENOMEM: the commit limit is "
          "reached; otherwise see GetLastError): request less, enlarge the paging file, or choose code_mapping::flip"};
    case code_memory_step::execute:
    case code_memory_step::map:
    case code_memory_step::keep_from_fork:
    case code_memory_step::implied_execute:
    case code_memory_step::no_room:
    case code_memory_step::commit:
    case code_memory_step::decommit:
      return {error,
              "code_space: the memory for code could not be mapped (ENOMEM, EINVAL: it exceeds the address space or "
              "the commit limit; otherwise see GetLastError): request less"};
    case code_memory_step::write_again:
      return {error,
              "code_space: VirtualProtect could not make memory writable (EACCES: a mitigation policy; otherwise see "
              "GetLastError): choose code_mapping::dual"};
    case code_memory_step::execute_again:
      return {error,
              "code_space: VirtualProtect could not make the written code executable (EACCES: the mitigation policy "
              "ProhibitDynamicCode; otherwise see GetLastError): start the process without that policy"};
  }
  return {error, "code_space: failed"};
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_WINDOWS_ERRORS_HPP
