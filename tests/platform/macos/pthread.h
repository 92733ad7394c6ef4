/* SPDX-License-Identifier: BSL-1.0 */
/* The host's, and what only macOS has. */
#pragma once

#include_next <pthread.h>

extern "C" void pthread_jit_write_protect_np(int enabled);
extern "C" int pthread_jit_write_protect_supported_np(void);
extern "C" int pthread_main_np(void);
