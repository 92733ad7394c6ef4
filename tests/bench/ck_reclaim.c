/* SPDX-License-Identifier: BSL-1.0 */
#include "ck_reclaim.h"

#include <ck_hp.h>
#include <stdlib.h>

struct ck_reclaim {
  ck_hp_record_t record;
  ck_hp_t domain;
  void* pointers[ck_reclaim_limit];
  ck_hp_hazard_t retired;
};

static void forget(void* object) { (void)object; }

struct ck_reclaim* ck_reclaim_begin(unsigned hazards) {
  struct ck_reclaim* r = aligned_alloc(_Alignof(struct ck_reclaim), sizeof *r);
  if (r == NULL) return NULL;
  /* Never by itself: ck_reclaim_one asks. */
  ck_hp_init(&r->domain, hazards, 1U << 30, forget);
  ck_hp_register(&r->domain, &r->record, r->pointers);
  for (unsigned i = 0; i < hazards; ++i) r->pointers[i] = NULL;
  return r;
}

void ck_reclaim_set(struct ck_reclaim* r, unsigned i, void* object) { ck_hp_set_fence(&r->record, i, object); }

void ck_reclaim_one(struct ck_reclaim* r, void* object) {
  ck_hp_retire(&r->record, &r->retired, object, object);
  /* It has no fence of its own, and relies on the caller's having unlinked the object by a read-modify-write. */
  ck_pr_fence_memory();
  ck_hp_reclaim(&r->record);
}

unsigned ck_reclaim_again(struct ck_reclaim* r) {
  ck_hp_reclaim(&r->record);
  return r->record.n_pending;
}
