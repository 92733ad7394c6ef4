// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "expression.hpp"
#include "options.hpp"

namespace jit {

// Workers call the functions of all expressions while this thread replaces them. Prints what happened; returns whether
// every call had the right result, and all memory came back. Throws refused, and input_error if nothing fits.
bool replace_while_called(const std::vector<expression>& all, const options& how);

}  // namespace jit
