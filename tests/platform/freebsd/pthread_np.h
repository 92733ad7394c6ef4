/* SPDX-License-Identifier: BSL-1.0 */
#pragma once

extern "C" int pthread_main_np(void);
