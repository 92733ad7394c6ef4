/* SPDX-License-Identifier: BSL-1.0 */
#include "ck_hazard.h"

#include <ck_hp.h>

static ck_hp_t domain;
static ck_hp_record_t record;
static void* pointers[1];

void ck_hazard_begin(void) {
  ck_hp_init(&domain, 1, 64, NULL);
  ck_hp_register(&domain, &record, pointers);
}

void ck_hazard_read(void* const* source, size_t n) {
  for (; n != 0; --n) {
    void* seen;
    void* now = ck_pr_load_ptr(source);
    do {
      seen = now;
      ck_hp_set_fence(&record, 0, seen);
      now = ck_pr_load_ptr(source);
    } while (now != seen);
    __asm__ volatile("" : : "r"(seen) : "memory");
    ck_hp_clear(&record);
    __asm__ volatile("" : : : "memory");
  }
}
