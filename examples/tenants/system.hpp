// SPDX-License-Identifier: BSL-1.0
//
// What only the operating system knows.
#pragma once

namespace tenants {

bool stderr_is_terminal() noexcept;

// CPU time of the calling thread, in seconds; 0 where this program does not know how to ask.
double thread_cpu_seconds() noexcept;

// Is there something to read on standard input, without asking for it by "-"? True for a file and for a pipe with data
// in it. False for a terminal, for /dev/null, where it is closed, and for a pipe that stays silent, as jobs started by
// a machine often have: this never blocks for long.
bool stdin_has_input() noexcept;

}  // namespace tenants
