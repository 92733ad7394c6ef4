/* SPDX-License-Identifier: BSL-1.0 */
#include "ck_retire.h"

#include <ck_hp.h>
#include <stdlib.h>

/* How many pointers a record has, of one that holds and of one that retires. */
enum { degree = 16 };

struct ck_retirers {
  ck_hp_t domain;
};

struct record {
  ck_hp_record_t record;
  void* pointers[degree];
};

struct node {
  size_t value[4];
  ck_hp_hazard_t hazard;
};

static struct record* add(struct ck_retirers* r) {
  struct record* one = aligned_alloc(_Alignof(struct record), sizeof *one);
  if (one == NULL) abort();
  for (unsigned i = 0; i < degree; ++i) one->pointers[i] = NULL;
  ck_hp_register(&r->domain, &one->record, one->pointers);
  return one;
}

struct ck_retirers* ck_retirers_begin(unsigned hazards) {
  static struct node held;
  struct ck_retirers* r = malloc(sizeof *r);
  if (r == NULL) abort();
  /* As many as xenium and Michael (2004) would let wait, or 128. */
  ck_hp_init(&r->domain, degree, 2 * hazards > 128 ? 2 * hazards : 128, free);
  for (unsigned i = 0; i < hazards; i += degree) {
    struct record* one = add(r);
    for (unsigned k = 0; k < degree; ++k) ck_hp_set_fence(&one->record, k, &held);
  }
  return r;
}

void* ck_retirer_begin(struct ck_retirers* r) { return add(r); }

void ck_retire(void* retirer, size_t n, void (*sink)(void*)) {
  struct record* mine = retirer;
  for (; n != 0; --n) {
    struct node* one = malloc(sizeof *one);
    if (one == NULL) abort();
    sink(one);
    /* It has no fence of its own, and relies on the caller's having unlinked the object by a read-modify-write. */
    ck_hp_free(&mine->record, &one->hazard, one, one);
  }
}
