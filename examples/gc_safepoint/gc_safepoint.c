// SPDX-License-Identifier: BSL-1.0
//
// gc_safepoint: the safepoints of a garbage collector, over lazyref's asymmetric fence alone. For authors of runtimes in
// C: the section "safepoints" is the part to copy; the rest is a small heap whose objects move, and a torture test.
//
// A mutator (a thread that uses the heap) is managed or safe. It is safe while it executes foreign code or a system call,
// and then the collector does not wait for it. To become managed again costs a store, a light fence and a load of one
// flag; a poll in managed code costs the load alone. The collector sets the flag, issues the heavy fence, waits for the
// managed mutators, and then has exclusive access to the heap.
//
// Run: sh examples/run.sh gc_safepoint
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "../example.h"

enum { most_mutators = 64, handles = 256, line = 64 };

// --- safepoints

struct mutator {
  _Alignas(line) atomic_int managed;
  pthread_t thread;
  uint64_t passes, bad, transitions;
};
static struct mutator mutators[most_mutators];
static long mutator_count;
static _Alignas(line) atomic_int stop_requested;
static int broken;

// Who may call enter_managed, leave_managed and poll: the mutator's own thread.
static void wait_until_resumed(void) {
  while (atomic_load_explicit(&stop_requested, memory_order_acquire)) sched_yield();
}
static inline void enter_managed(struct mutator* me) {
  for (;;) {
    // (M1) pairs with C2. Release: C2 may read this store in place of the previous section's M4, and must synchronize
    // with that one too.
    atomic_store_explicit(&me->managed, 1, memory_order_release);
    // (M2) pairs with C1: either the collector observes `managed`, or this thread observes `stop_requested`.
    lazyref_fence_light();
    // (M3) acquire, pairs with C3: the collection happens before the uses of the heap that follow.
    if (__builtin_expect(!atomic_load_explicit(&stop_requested, memory_order_acquire), 1)) return;
    atomic_store_explicit(&me->managed, 0, memory_order_release);
    wait_until_resumed();
  }
}
static inline void leave_managed(struct mutator* me) {
  // (M4) release, pairs with C2: all uses of the heap happen before the collection.
  atomic_store_explicit(&me->managed, 0, memory_order_release);
}
// Call it regularly in managed code. It invalidates all pointers into the heap that were read before.
static inline void poll(struct mutator* me) {
  // Relaxed: a late observation only makes the collector wait longer.
  if (__builtin_expect(!atomic_load_explicit(&stop_requested, memory_order_relaxed), 1)) return;
  leave_managed(me);
  wait_until_resumed();
  enter_managed(me);
}

// Who may call: one thread at a time, the collector.
static void stop_the_world(void) {
  atomic_store_explicit(&stop_requested, 1, memory_order_relaxed);
  lazyref_fence_heavy();  // (C1) pairs with M2
  if (broken) return;
  for (long i = 0; i < mutator_count; ++i) {
    // (C2) acquire, pairs with M1 and M4.
    while (atomic_load_explicit(&mutators[i].managed, memory_order_acquire)) sched_yield();
  }
}
static void resume_the_world(void) {
  atomic_store_explicit(&stop_requested, 0, memory_order_release);  // (C3) pairs with M3
}

// --- a heap of two spaces: a collection moves every object, and poisons its previous place

struct object {
  atomic_ullong number, complement;  // atomic, so that with --break the race is counted, not undefined behaviour
};
static struct object space[2][handles];
static _Atomic(struct object*) handle[handles];
static atomic_int stop;

static void collect(unsigned turn) {
  for (int i = 0; i < handles; ++i) {
    struct object* const from = &space[turn % 2][i];
    struct object* const to = &space[(turn + 1) % 2][i];
    const unsigned long long number = atomic_load_explicit(&from->number, memory_order_relaxed) + 1;
    atomic_store_explicit(&to->number, number, memory_order_relaxed);
    atomic_store_explicit(&to->complement, ~number, memory_order_relaxed);
    atomic_store_explicit(&from->complement, 0, memory_order_relaxed);
    atomic_store_explicit(&handle[i], to, memory_order_relaxed);
  }
}

static void* mutate(void* which) {
  struct mutator* const me = which;
  uint32_t random = 2463534242U + (uint32_t)(me - mutators);
  enter_managed(me);
  while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
    // A pass uses pointers into the heap between one poll and the next.
    random = random * 1664525U + 1013904223U;
    for (unsigned i = 0; i < 8; ++i) {
      struct object* const o = atomic_load_explicit(&handle[(random >> 8) % handles], memory_order_relaxed);
      const unsigned long long number = atomic_load_explicit(&o->number, memory_order_relaxed);
      if (random % 4096 == 0) sched_yield();  // Long enough for a collector that does not wait.
      me->bad += atomic_load_explicit(&o->complement, memory_order_relaxed) != ~number;
    }
    ++me->passes;
    poll(me);
    if (random % 4 == 0) {
      leave_managed(me);
      ++me->transitions;  // Foreign code would be called here.
      enter_managed(me);
    }
  }
  leave_managed(me);
  return NULL;
}

// --- the cost of a transition, and of the same with a full fence

static double transition(int full) {
  enum { loops = 1 << 22 };
  static struct mutator alone;
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const double begin = example_seconds();
    for (int i = 0; i < loops; ++i) {
      if (full) {
        atomic_store_explicit(&alone.managed, 1, memory_order_release);
        atomic_thread_fence(memory_order_seq_cst);
        if (atomic_load_explicit(&stop_requested, memory_order_acquire)) wait_until_resumed();
      } else {
        enter_managed(&alone);
      }
      leave_managed(&alone);
    }
    const double one = (example_seconds() - begin) * 1e9 / loops;
    if (round == 0 || one < best) best = one;
  }
  return best;
}

int main(int argc, char** argv) {
  long milliseconds = 500;
  mutator_count = 3;
  const struct example_option options[] = {
      {"--mutators", "threads that use the heap", .number = &mutator_count, 1, most_mutators},
      {"--milliseconds", "how long", .number = &milliseconds, 10, 3600000},
      {"--break", "do not wait for mutators: the self-check must fail, with status 1", .flag = &broken},
      {0}};
  example_begin(argc, argv, "gc_safepoint", "Safepoints of a garbage collector, over lazyref's asymmetric fence.\n",
                options);
  printf("leave and enter managed code, alone: %.2f ns; with a full fence %.2f ns\n", transition(0), transition(1));

  for (int i = 0; i < handles; ++i) {
    atomic_init(&space[0][i].complement, ~0ULL);
    atomic_init(&handle[i], &space[0][i]);
  }
  for (long i = 0; i < mutator_count; ++i) {
    if (pthread_create(&mutators[i].thread, NULL, mutate, &mutators[i]) != 0) abort();
  }
  const double begin = example_seconds();
  double longest = 0, stopping = 0, now = begin;
  unsigned collections = 0;
  while (now - begin < (double)milliseconds / 1e3) {
    stop_the_world();
    const double stopped = example_seconds();
    stopping += stopped - now;
    if (stopped - now > longest) longest = stopped - now;
    collect(collections++);
    resume_the_world();
    const struct timespec pause = {0, 200000};
    nanosleep(&pause, NULL);
    now = example_seconds();
  }
  atomic_store(&stop, 1);
  uint64_t passes = 0, bad = 0, transitions = 0;
  for (long i = 0; i < mutator_count; ++i) {
    pthread_join(mutators[i].thread, NULL);
    passes += mutators[i].passes;
    bad += mutators[i].bad;
    transitions += mutators[i].transitions;
  }
  int moved = 0;
  for (int i = 0; i < handles; ++i) moved += atomic_load(&atomic_load(&handle[i])->number) == collections;
  printf("%ld mutators: %.1f M passes/s, %.2f M transitions/s; %u collections, stopping: mean %.1f us, worst %.1f us\n",
         mutator_count, (double)passes / (now - begin) / 1e6, (double)transitions / (now - begin) / 1e6, collections,
         stopping * 1e6 / collections, longest * 1e6);
  printf("checked: %llu of %llu reads found an object that had been moved away; %d of %d objects moved each time\n",
         (unsigned long long)bad, (unsigned long long)passes * 8, moved, (int)handles);
  return example_verdict(bad == 0 && passes != 0 && collections != 0 && moved == handles);
}
