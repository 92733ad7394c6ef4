/* SPDX-License-Identifier: BSL-1.0 */
/* The host's, and what only macOS has. */
#pragma once

#include_next <sys/mman.h>

#define MAP_JIT 0x0800
