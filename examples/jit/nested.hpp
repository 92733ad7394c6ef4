// SPDX-License-Identifier: BSL-1.0
//
// Functions that call the runtime, which calls functions: frames of compiled code above each other in one worker. And
// what that costs.
#pragma once

#include "options.hpp"

namespace jit {

// Workers call such functions, to how.levels levels, and the innermost call replaces all of them while their frames are
// there. Prints what happened; returns whether every call had the right result, and all memory came back. Throws refused.
bool nested_frames(const options& how);

// Prints a table. Returns whether every call had the right result. Throws refused.
bool cost(const options& how);

}  // namespace jit
