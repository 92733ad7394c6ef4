// SPDX-License-Identifier: BSL-1.0
//
// Functions that call the runtime, which calls functions: nested frames of compiled code in one worker. And their cost.
#pragma once

#include "options.hpp"

namespace jit {

// Workers call such functions, nested to how.levels levels, and the innermost call replaces all of them while their frames
// are active. Prints a report; returns whether every call had the right result and all memory was reclaimed. Throws
// refused.
bool nested_frames(const options& how);

// Prints a table. Returns whether every call had the right result. Throws refused.
bool cost(const options& how);

}  // namespace jit
