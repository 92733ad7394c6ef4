/* SPDX-License-Identifier: BSL-1.0 */
/* Concurrency Kit's hazard pointers, whose headers C++ compilers refuse. */
#ifndef LAZYREF_BENCH_CK_HAZARD_H
#define LAZYREF_BENCH_CK_HAZARD_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Once, before any read. */
void ck_hazard_begin(void);
/* n times: protect what `source` points to, and end the protection. For the thread that began. */
void ck_hazard_read(void* const* source, size_t n);

#ifdef __cplusplus
}
#endif

#endif
