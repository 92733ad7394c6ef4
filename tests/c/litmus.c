// SPDX-License-Identifier: BSL-1.0
//
// Store buffering from C: x = 1; heavy; r1 = y against y = 1; light; r2 = x. Forbidden: both read old. The control
// leaves the heavy fence out, and must show it. 0 holds, 1 violated, 77 this machine cannot tell.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <lazyref/lazyref.h>

#include "check.h"

enum { most_rounds = 400000, line = 128, distant = 1 << 14 };

// A word holds the number of the last round in which it was written.
struct word {
  _Alignas(line) atomic_uint value;
};
static struct word x, y, turn[2], last;
static unsigned char missed[2][most_rounds + 1];
static struct word ballast[32], far_away[2][distant];  // of each side, more than the caches near a CPU hold
static int with_heavy;
static double seconds;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pin(unsigned n) {
#if defined(__linux__)
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || n-- != 0) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
#else
  (void)n;
#endif
}

static unsigned rounds_of(unsigned me) {
  uint32_t random = 2463534242U + me;
  const double end = now() + seconds;
  pin(me);
  for (unsigned round = 1; round <= most_rounds; ++round) {
    if (me == 0 && round % 16 == 0 && now() >= end) atomic_store_explicit(&last.value, round - 1, memory_order_relaxed);
    atomic_store_explicit(&turn[me].value, round, memory_order_release);
    for (unsigned spin = 0; atomic_load_explicit(&turn[1 - me].value, memory_order_acquire) < round; ++spin) {
      if (spin > 4096) sched_yield();
    }
    if (round > atomic_load_explicit(&last.value, memory_order_relaxed)) return round - 1;
    // Stores to lines that the other side has just had, or that are in no cache, are slow, and hold up the one that counts.
    for (int i = 0; i < 32; ++i) atomic_store_explicit(&ballast[i].value, round, memory_order_relaxed);
    for (int i = 0; i < 4; ++i) {
      random = random * 1664525U + 1013904223U;
      atomic_store_explicit(&far_away[me][(random >> 8) % distant].value, round, memory_order_relaxed);
    }
    for (uint32_t wait = (random >> 8) % 17; wait != 0; --wait) __asm__ __volatile__("" ::: "memory");
    if (me == 0) {
      atomic_store_explicit(&x.value, round, memory_order_relaxed);
      if (with_heavy) lazyref_fence_heavy();
      __asm__ __volatile__("" ::: "memory");
      missed[0][round] = atomic_load_explicit(&y.value, memory_order_relaxed) < round;
    } else {
      atomic_store_explicit(&y.value, round, memory_order_relaxed);
      lazyref_fence_light();
      missed[1][round] = atomic_load_explicit(&x.value, memory_order_relaxed) < round;
    }
  }
  return most_rounds;
}

static void* right_side(void* unused) {
  rounds_of(1);
  return unused;
}
struct outcome {
  unsigned rounds, forbidden;
};
static void* left_side(void* result) {
  struct outcome* const o = result;
  o->rounds = rounds_of(0);
  return NULL;
}

static struct outcome race(int heavy, double how_long) {
  atomic_uint* const all[] = {&x.value, &y.value, &turn[0].value, &turn[1].value};
  for (int i = 0; i < 4; ++i) atomic_store(all[i], 0);
  atomic_store(&last.value, most_rounds);
  with_heavy = heavy;
  seconds = how_long;
  pthread_t left, right;
  struct outcome o = {0, 0};
  if (pthread_create(&right, NULL, right_side, NULL) != 0 || pthread_create(&left, NULL, left_side, &o) != 0) return o;
  pthread_join(left, NULL);
  pthread_join(right, NULL);
  for (unsigned round = 1; round <= o.rounds; ++round) o.forbidden += missed[0][round] && missed[1][round];
  printf("%-28s %8u rounds, %u forbidden\n", heavy ? "heavy against light" : "control: without the heavy", o.rounds,
         o.forbidden);
  return o;
}

int main(void) {
  const struct lazyref_fence_status status = lazyref_fence_initialize();
  printf("fence: %s\n", status.reason);
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) {
    printf("SKIPPED: c_litmus: NO POWER ON THIS MACHINE: it takes two CPUs\n");
    return skipped;
  }
#endif
  const struct outcome held = race(1, 2);
  CHECK(held.rounds != 0 && held.forbidden == 0);
  struct outcome control = race(0, 0.5);
  for (int tries = 0; tries < 5 && control.forbidden == 0; ++tries) control = race(0, 0.5);
  if (control.forbidden == 0) {
    printf("SKIPPED: c_litmus: NO POWER ON THIS MACHINE: the control never went wrong\n");
    return checks_failed != 0 ? 1 : skipped;
  }
  const double expected = (double)held.rounds * control.forbidden / control.rounds;
  printf("the control would have gone wrong %.0f times in the rounds above\n", expected);
  if (expected < 10) {
    printf("SKIPPED: c_litmus: NO POWER ON THIS MACHINE: there was time for too few rounds\n");
    return checks_failed != 0 ? 1 : skipped;
  }
  return verdict("c_litmus");
}
