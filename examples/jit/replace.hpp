// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "expression.hpp"
#include "options.hpp"

namespace jit {

// Workers call the functions of all expressions while this thread replaces them. Prints a report; returns whether every
// call had the right result and all memory was reclaimed. Throws refused; input_error if --bytes is too small.
bool replace_while_called(const std::vector<expression>& all, const options& how);

}  // namespace jit
