// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "options.hpp"

namespace jit {

// Random expressions, the same ones each time: parser, interpreter, rewriting and compiler against what the one who
// made the expression up knows about it. Prints what happened; returns whether all agree. Throws refused.
bool self_test(const options& how);

}  // namespace jit
