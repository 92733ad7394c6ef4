// SPDX-License-Identifier: BSL-1.0
//
// Concurrency Kit's hazard pointers with the asymmetric fence: the part to copy. ck_hp_set_fence makes a full fence
// for each protection; here the reader makes a light one, and the reclaimer a heavy one before it scans the hazards.
//
// Use these in place of ck_hp_set_fence, ck_hp_clear, ck_hp_reclaim and ck_hp_free, and keep to them: a domain in
// which a thread reclaims by ck_hp_reclaim itself is not safe for readers that use ck_hp_light_protect. Give
// ck_hp_init a threshold that ck_hp_free would never reach (UINT_MAX). As a heavy fence costs microseconds, reclaim
// larger batches than before.
#pragma once

#include <ck_hp.h>
#include <lazyref/lazyref.h>

// What *source points to, protected by hazard `i` of the record until that is cleared or set anew; or null.
static inline void* ck_hp_light_protect(ck_hp_record_t* record, unsigned i, void* const* source) {
  void* seen = ck_pr_load_ptr(source);
  for (;;) {
    ck_hp_set(record, i, seen);
    // Pairs with the heavy one below: either the scan finds the hazard, or we find the pointer changed.
    lazyref_fence_light();
    void* const now = ck_pr_load_ptr(source);
    if (now == seen) break;
    seen = now;
  }
  ck_pr_fence_acquire();
  return seen;
}

// All hazards of the record. Uses until now happen before the reclamation.
static inline void ck_hp_light_clear(ck_hp_record_t* record) {
  ck_pr_fence_release();
  ck_hp_clear(record);
  __asm__ __volatile__("" ::: "memory");  // It is not to be merged with the next protection.
}

// The record's retired objects that no hazard protects. One heavy fence serves all of them: they were unpublished
// before they were retired. Returns 0, or a negative errno value: then the system has refused the fence, and all of
// them wait.
static inline int ck_hp_light_reclaim(ck_hp_record_t* record) {
  const struct lazyref_result result = lazyref_fence_try_heavy();
  if (result.error == 0) ck_hp_reclaim(record);
  return result.error;
}

// Retires an object that is unpublished; reclaims when `batch` of them wait.
static inline int ck_hp_light_free(ck_hp_record_t* record, ck_hp_hazard_t* hazard, void* data, void* pointer,
                                   unsigned batch) {
  ck_hp_retire(record, hazard, data, pointer);
  return record->n_pending >= batch ? ck_hp_light_reclaim(record) : 0;
}
