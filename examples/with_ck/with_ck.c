// SPDX-License-Identifier: BSL-1.0
//
// with_ck: Concurrency Kit's hazard pointers, with the light fence in place of the full one (ck_hp_light.h). For users of
// Concurrency Kit, and of hazard pointers of their own in C. Both variants run in turn: the cost of a protection, and
// readers against an updater, where no reader may find a reclaimed object.
//
// Run: sh examples/run.sh with_ck (it installs libck-dev)
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "../example.h"
#include "ck_hp_light.h"

// ck_hp 0.7.1 supports at most 512 hazards.
enum { most_readers = 64, batch_of_light = 256, batch_of_original = 64, loops = 1 << 20, rounds = 7 };

// The shared object: intact until it is reclaimed. Its memory is freed only at the end of the run that created it.
struct version {
  uint64_t number, complement;
  int poisoned;
  ck_hp_hazard_t hazard;
  struct version* next;
};

enum way { original, light };
static const char* const names[] = {"ck_hp_set_fence", "light and heavy"};

static enum way how;
static int broken;
static ck_hp_t domain;
static void* shared;
static int stop;

static int load(const int* flag) { return ck_pr_load_int(flag); }

static struct version* make(uint64_t number) {
  struct version* const v = calloc(1, sizeof *v);
  if (v == NULL) abort();
  v->number = number;
  v->complement = ~number;
  return v;
}
static int is_good(const struct version* v) { return !load(&v->poisoned) && v->complement == ~v->number; }

// The destructor that ck_hp calls. It poisons the version but does not free it, so that a reader can report it instead of
// crashing.
static uint64_t reclaimed;
static void reclaim(void* data) {
  struct version* const v = data;
  ck_pr_store_int(&v->poisoned, 1);
  ck_pr_inc_64(&reclaimed);
}

static inline void* protect_as_original(ck_hp_record_t* record) {
  void* seen;
  void* now = ck_pr_load_ptr(&shared);
  do {
    seen = now;
    ck_hp_set_fence(record, 0, seen);
    now = ck_pr_load_ptr(&shared);
  } while (now != seen);
  return seen;
}
static void* protect(ck_hp_record_t* record) {
  return how == light ? ck_hp_light_protect(record, 0, &shared) : protect_as_original(record);
}
static void end(ck_hp_record_t* record) { ck_hp_light_clear(record); }

struct reader {
  ck_hp_record_t record;
  void* pointers[1];
  pthread_t thread;
  uint64_t reads, stale;
};
static struct reader readers[most_readers], alone;

static void* read_on(void* which) {
  struct reader* const me = which;
  while (!load(&stop)) {
    const struct version* const v = protect(&me->record);
    int good = is_good(v);
    // Some reads are long enough that the updater replaces the version meanwhile.
    if (++me->reads % 256 == 0) sched_yield();
    good = good && is_good(v);
    me->stale += !good;
    end(&me->record);
  }
  return NULL;
}

struct figures {
  uint64_t reads, stale, updates;
  int lost, refused;
  double seconds;
};

static struct figures run(enum way way, long count, double how_long) {
  static ck_hp_record_t own;
  static void* no_pointers[1];
  struct figures f = {0};
  struct version* all = NULL;
  how = way;
  reclaimed = 0;
  ck_pr_store_int(&stop, 0);
  ck_hp_init(&domain, 1, UINT_MAX, reclaim);
  memset(&own, 0, sizeof own);
  ck_hp_register(&domain, &own, no_pointers);
  memset(readers, 0, sizeof readers);
  shared = all = make(0);
  for (long i = 0; i < count; ++i) {
    ck_hp_register(&domain, &readers[i].record, readers[i].pointers);
    if (pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) != 0) abort();
  }
  const double begin = example_seconds();
  const unsigned batch = way == light ? batch_of_light : batch_of_original;
  while ((f.seconds = example_seconds() - begin) < how_long) {
    struct version* const next = make(++f.updates);
    next->next = all;
    all = next;
    struct version* const old = ck_pr_fas_ptr(&shared, next);
    if (broken) {
      reclaim(old);
    } else if (way == light) {
      f.refused |= ck_hp_light_free(&own, &old->hazard, old, old, batch) != 0;
    } else {
      ck_hp_retire(&own, &old->hazard, old, old);
      if (own.n_pending >= batch) ck_hp_reclaim(&own);
    }
    // Limits the rate of updates, since no memory is freed before the end of the run.
    if (f.updates % 64 == 0) sched_yield();
    const double until = example_seconds() + 1e-6;
    while (example_seconds() < until) {
    }
  }
  ck_pr_store_int(&stop, 1);
  for (long i = 0; i < count; ++i) {
    pthread_join(readers[i].thread, NULL);
    f.reads += readers[i].reads;
    f.stale += readers[i].stale;
  }
  if (way == light) {
    f.refused |= ck_hp_light_reclaim(&own) != 0;
  } else {
    ck_hp_reclaim(&own);
  }
  f.lost = reclaimed != f.updates;  // All but the last one.
  while (all != NULL) {
    struct version* const one = all;
    all = one->next;
    free(one);
  }
  return f;
}

// The cost of one protection and its end, uncontended, in nanoseconds: the best of alternating rounds.
static double best[2];
static void measure(void) {
  ck_hp_init(&domain, 1, UINT_MAX, reclaim);
  ck_hp_register(&domain, &alone.record, alone.pointers);
  shared = make(0);
  for (int round = 0; round < 2 * rounds; ++round) {
    how = round % 2 == 0 ? original : light;
    const double begin = example_seconds();
    if (how == light) {
      for (int i = 0; i < loops; ++i) {
        (void)ck_hp_light_protect(&alone.record, 0, &shared);
        end(&alone.record);
      }
    } else {
      for (int i = 0; i < loops; ++i) {
        (void)protect_as_original(&alone.record);
        end(&alone.record);
      }
    }
    const double one = (example_seconds() - begin) * 1e9 / loops;
    if (best[how] == 0 || one < best[how]) best[how] = one;
  }
  free(shared);
}

int main(int argc, char** argv) {
  long count = 2, milliseconds = 500;
  const struct example_option options[] = {
      {"--readers", "threads that read", .number = &count, 1, most_readers},
      {"--milliseconds", "how long, each way", .number = &milliseconds, 10, 10000},
      {"--break", "do not scan the hazards: the self-check must fail, with status 1", .flag = &broken},
      {0}};
  example_begin(argc, argv, "with_ck", "Concurrency Kit's hazard pointers, with lazyref's asymmetric fence.\n",
                options);
  measure();
  printf("protect and end, alone: %.2f ns by %s, %.2f ns by %s: %.1f times\n", best[original], names[original],
         best[light], names[light], best[original] / best[light]);
  int good = 1;
  for (enum way way = original; way <= light; ++way) {
    const struct figures f = run(way, count, (double)milliseconds / 1e3);
    printf("%s: %ld readers: %.1f M reads/s, %.0f k updates/s\n", names[way], count, (double)f.reads / f.seconds / 1e6,
           (double)f.updates / f.seconds / 1e3);
    printf("checked: %llu of %llu reads by %s found a reclaimed version; %s\n", (unsigned long long)f.stale,
           (unsigned long long)f.reads, names[way],
           f.lost ? "NOT all were reclaimed in the end" : "all but the last were reclaimed in the end");
    good = good && f.stale == 0 && f.reads != 0 && f.updates != 0 && !f.lost && !f.refused;
  }
  return example_verdict(good);
}
