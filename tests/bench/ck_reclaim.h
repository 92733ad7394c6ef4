/* SPDX-License-Identifier: BSL-1.0 */
/* What Concurrency Kit's hazard pointers ask of somebody who reclaims. */
#ifndef LAZYREF_BENCH_CK_RECLAIM_H
#define LAZYREF_BENCH_CK_RECLAIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Beyond 512 hazards ck_hp 0.7.1 frees protected objects. */
enum { ck_reclaim_limit = 512 };

struct ck_reclaim;

/* `hazards` of them, fewer than ck_reclaim_limit; null: no memory. It is kept until the end of the program. */
struct ck_reclaim* ck_reclaim_begin(unsigned hazards);
/* What hazard number i protects. */
void ck_reclaim_set(struct ck_reclaim* r, unsigned i, void* object);
/* Retires an object and looks at once whether it is protected. Precondition: none that was is left. */
void ck_reclaim_one(struct ck_reclaim* r, void* object);
/* Looks again; returns how many are still protected. */
unsigned ck_reclaim_again(struct ck_reclaim* r);

#ifdef __cplusplus
}
#endif

#endif
