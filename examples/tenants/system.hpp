// SPDX-License-Identifier: BSL-1.0
//
// Queries of the operating system.
#pragma once

namespace tenants {

bool stderr_is_terminal() noexcept;

// Returns the CPU time of the calling thread, in seconds; 0 on systems that this program does not support.
double thread_cpu_seconds() noexcept;

// Returns whether standard input has data. True for a file, and for a pipe with data. False for a terminal, for /dev/null,
// where it is closed, and for a pipe without data, as services often have. Blocks for half a second at most.
bool stdin_has_input() noexcept;

}  // namespace tenants
