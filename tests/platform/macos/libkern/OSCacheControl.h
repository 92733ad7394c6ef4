/* SPDX-License-Identifier: BSL-1.0 */
#pragma once

#include <stddef.h>

extern "C" void sys_dcache_flush(void* start, size_t len);
extern "C" void sys_icache_invalidate(void* start, size_t len);
