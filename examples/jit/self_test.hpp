// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "options.hpp"

namespace jit {

// Compares parser, interpreter, rewriting and compiler with the values that the generator of random expressions computed.
// The expressions are the same in each run. Prints a report; returns whether all results agree. Throws refused.
bool self_test(const options& how);

}  // namespace jit
