/* SPDX-License-Identifier: BSL-1.0 */
#include "ck_readers.h"

#include <ck_epoch.h>
#include <ck_hp.h>

struct ck_reader {
  ck_hp_record_t hazards;
  ck_epoch_record_t epochs;
  void* pointers[1];
  int state; /* 0 never used, 1 in use, 2 free again */
};

static ck_hp_t hazards;
static ck_epoch_t epochs;
static int once;
static struct ck_reader readers[ck_most_readers];

static void begin_once(void) {
  int begun = 0;
  if (__atomic_compare_exchange_n(&once, &begun, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    ck_hp_init(&hazards, 1, 64, NULL);
    ck_epoch_init(&epochs);
    __atomic_store_n(&once, 2, __ATOMIC_RELEASE);
  }
  while (__atomic_load_n(&once, __ATOMIC_ACQUIRE) != 2) {
  }
}

struct ck_reader* ck_reader_begin(void) {
  begin_once();
  for (int i = 0; i < ck_most_readers; ++i) {
    int state = __atomic_load_n(&readers[i].state, __ATOMIC_RELAXED);
    if (state == 1 || !__atomic_compare_exchange_n(&readers[i].state, &state, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
      continue;
    if (state == 0) { /* records stay registered when their threads have gone */
      ck_hp_register(&hazards, &readers[i].hazards, readers[i].pointers);
      ck_epoch_register(&epochs, &readers[i].epochs, NULL);
    }
    return &readers[i];
  }
  return NULL;
}

void ck_reader_end(struct ck_reader* reader) { __atomic_store_n(&reader->state, 2, __ATOMIC_RELEASE); }

void ck_hp_read(struct ck_reader* reader, void* const* source, size_t n) {
  ck_hp_record_t* const record = &reader->hazards;
  for (; n != 0; --n) {
    void* seen;
    void* now = ck_pr_load_ptr(source);
    do {
      seen = now;
      ck_hp_set_fence(record, 0, seen);
      now = ck_pr_load_ptr(source);
    } while (now != seen);
    __asm__ volatile("" : : "r"(seen) : "memory");
    ck_hp_clear(record);
    __asm__ volatile("" : : : "memory");
  }
}

void ck_epoch_read(struct ck_reader* reader, void* const* source, size_t n) {
  ck_epoch_record_t* const record = &reader->epochs;
  for (; n != 0; --n) {
    ck_epoch_begin(record, NULL);
    void* const seen = ck_pr_load_ptr(source);
    __asm__ volatile("" : : "r"(seen) : "memory");
    ck_epoch_end(record, NULL);
    __asm__ volatile("" : : : "memory");
  }
}
