// SPDX-License-Identifier: BSL-1.0
//
// The two ways in which this program ends badly, and the exit status of each.
#pragma once

#include <stdexcept>

namespace tenants {

enum exit_status { good = 0, check_failure = 1, bad_input = 2 };

// Something that the user can put right. The message names the file and the line, or the option.
struct input_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The program, or lazyref, did not do what it promises.
struct check_failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace tenants
