// SPDX-License-Identifier: BSL-1.0
//
// Concurrency Kit's hazard pointers with the asymmetric fence: the part to copy. ck_hp_set_fence issues a full fence for
// each protection; here the reader issues a light fence, and the reclaimer a heavy one before it scans the hazards.
//
// Use these in place of ck_hp_set_fence, ck_hp_clear, ck_hp_reclaim and ck_hp_free, everywhere in a domain: if any thread
// reclaims by ck_hp_reclaim itself, readers that use ck_hp_light_protect are not safe. Pass to ck_hp_init a threshold
// that ck_hp_free never reaches (UINT_MAX). A heavy fence costs microseconds, so reclaim larger batches than before.
#pragma once

#include <ck_hp.h>
#include <lazyref/lazyref.h>

// Returns the object that *source points to, or null. Hazard `i` of the record protects it until it is cleared or set
// again.
static inline void* ck_hp_light_protect(ck_hp_record_t* record, unsigned i, void* const* source) {
  void* seen = ck_pr_load_ptr(source);
  for (;;) {
    ck_hp_set(record, i, seen);
    // Pairs with the heavy fence below: either the scan finds the hazard, or this thread finds the pointer changed.
    lazyref_fence_light();
    void* const now = ck_pr_load_ptr(source);
    if (now == seen) break;
    seen = now;
  }
  ck_pr_fence_acquire();
  return seen;
}

// Clears all hazards of the record. Uses before the call happen before the reclamation.
static inline void ck_hp_light_clear(ck_hp_record_t* record) {
  ck_pr_fence_release();
  ck_hp_clear(record);
  __asm__ __volatile__("" ::: "memory");  // The compiler must not merge it with the next protection.
}

// Reclaims the record's retired objects that no hazard protects. One heavy fence suffices for all of them, since each was
// unpublished before it was retired. Returns 0, or a negative errno value if the system refused the fence: then no object
// is reclaimed.
static inline int ck_hp_light_reclaim(ck_hp_record_t* record) {
  const struct lazyref_result result = lazyref_fence_try_heavy();
  if (result.error == 0) ck_hp_reclaim(record);
  return result.error;
}

// Retires an unpublished object; reclaims once `batch` retired objects wait.
static inline int ck_hp_light_free(ck_hp_record_t* record, ck_hp_hazard_t* hazard, void* data, void* pointer,
                                   unsigned batch) {
  ck_hp_retire(record, hazard, data, pointer);
  return record->n_pending >= batch ? ck_hp_light_reclaim(record) : 0;
}
