// SPDX-License-Identifier: BSL-1.0
//
// The two kinds of failure of this program, and their exit status.
#pragma once

#include <stdexcept>

namespace tenants {

enum exit_status { good = 0, check_failure = 1, bad_input = 2 };

// An error that the user can correct. The message names the file and the line, or the option.
struct input_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A check of the program, or of lazyref, failed.
struct check_failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace tenants
