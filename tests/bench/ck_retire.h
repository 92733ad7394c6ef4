/* SPDX-License-Identifier: BSL-1.0 */
/* Threads that retire by Concurrency Kit's hazard pointers. */
#ifndef LAZYREF_BENCH_CK_RETIRE_H
#define LAZYREF_BENCH_CK_RETIRE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ck_retirers;

/* So many hazard pointers are held. All of this is kept until the end of the program. */
struct ck_retirers* ck_retirers_begin(unsigned hazards);
/* For each thread. */
void* ck_retirer_begin(struct ck_retirers* r);
/* n times: allocates an object, shows it to `sink`, and retires it. */
void ck_retire(void* retirer, size_t n, void (*sink)(void*));

#ifdef __cplusplus
}
#endif

#endif
