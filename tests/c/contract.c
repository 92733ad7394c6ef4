// SPDX-License-Identifier: BSL-1.0
//
// lazyref.h from C, what each function promises; on one thread, with deferred and with prompt reclamation.
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lazyref/lazyref.h>

#include "check.h"

enum { slots_of_a_kind = 3, many = 300 };

struct kind;
struct object {
  atomic_size_t users, holds;
  struct kind* kind;
  int disposed;
  void (*reaction)(struct object*);  // of its disposer; or null
};

// A kind of objects, with its slots. Its callbacks must not meet objects of another.
struct kind {
  struct lazyref_callbacks callbacks;
  struct lazyref_slot slot[slots_of_a_kind];
  int strangers, kicks;
  struct lazyref_slot* kicked;
  struct lazyref_handover_counts counts;
};

static void take(void* context, void* object, size_t n) {
  struct object* const o = object;
  struct kind* const k = context;
  k->strangers += o->kind != k;
  atomic_fetch_add_explicit(&o->holds, n, memory_order_relaxed);
}
static void give_up(void* context, void* object, size_t n) {
  struct object* const o = object;
  struct kind* const k = context;
  k->strangers += o->kind != k;
  if (atomic_fetch_sub_explicit(&o->holds, n, memory_order_acq_rel) != n) return;
  ++o->disposed;
  if (o->reaction != NULL) o->reaction(o);
}
static void for_each_slot(void* context, void (*visit)(void*, struct lazyref_slot*), void* visitor) {
  struct kind* const k = context;
  for (int i = 0; i < slots_of_a_kind; ++i) visit(visitor, &k->slot[i]);
}
static void kick(void* context, struct lazyref_slot* slot) {
  struct kind* const k = context;
  ++k->kicks;
  k->kicked = slot;
}

static void begin(struct kind* k, int prompt) {
  memset(k, 0, sizeof *k);
  k->callbacks = (struct lazyref_callbacks){k, take, give_up, for_each_slot, kick, prompt};
  for (int i = 0; i < slots_of_a_kind; ++i) {
    const struct lazyref_result result = lazyref_slot_initialize(&k->slot[i], &k->callbacks);
    CHECK(result.error == 0 && strcmp(result.what, "success") == 0);
  }
}
static struct object make(struct kind* k) {
  struct object o = {.kind = k};
  atomic_init(&o.users, 1);
  atomic_init(&o.holds, 1);
  return o;
}
static void drop(struct object* o) {
  if (atomic_fetch_sub_explicit(&o->users, 1, memory_order_acq_rel) == 1)
    lazyref_last_user_left(&o->kind->callbacks, o, &o->kind->counts);
}

// --- errors

static int refused(struct lazyref_slot* slot, const struct lazyref_callbacks* callbacks, const char* sentence) {
  const struct lazyref_result result = lazyref_slot_initialize(slot, callbacks);
  return result.error == -EINVAL && strstr(result.what, sentence) != NULL;
}

static void what_a_slot_needs(void) {
  struct kind k;
  begin(&k, 0);
  struct lazyref_callbacks bad = k.callbacks;
  bad.kick = NULL;
  CHECK(lazyref_slot_initialize(&k.slot[0], &bad).error == 0);
  bad.take = NULL;
  CHECK(refused(&k.slot[0], &bad, "must be set"));
  bad = k.callbacks;
  bad.give_up = NULL;
  CHECK(refused(&k.slot[0], &bad, "must be set"));
  bad = k.callbacks;
  bad.for_each_slot = NULL;
  CHECK(refused(&k.slot[0], &bad, "must be set"));
  CHECK(refused(&k.slot[0], NULL, "is a null pointer"));
  CHECK(refused(NULL, &k.callbacks, "is a null pointer"));
  void* const inside = (char*)&k.slot[0] + 16;
  CHECK(refused(inside, &k.callbacks, "not aligned"));
  CHECK(sizeof k.slot[0] == LAZYREF_CACHE_LINE);
}

// --- the worker and the reclaimer

static void activation(int prompt) {
  struct kind k;
  begin(&k, prompt);
  struct object a = make(&k), b = make(&k), alone = make(&k);

  // The twin: an object that no slot is on goes with its last user.
  drop(&alone);
  CHECK(alone.disposed == 1 && k.counts.scanned >= slots_of_a_kind && k.counts.handed_over == 0 && k.kicks == 0);

  CHECK(lazyref_activate(&k.slot[1], &a) == 0);
  CHECK(lazyref_activate(&k.slot[1], &a) == 1);
  drop(&a);
  CHECK(k.counts.handed_over == 1 && k.kicks == 1 && k.kicked == &k.slot[1]);
  lazyref_poll(&k.slot[1]);
  CHECK(lazyref_collect(&k.callbacks) == 0);
  CHECK(a.disposed == 0);
  CHECK(lazyref_activate(&k.slot[1], &b) == 0);
  CHECK(a.disposed == 1);
  lazyref_deactivate(&k.slot[1]);
  CHECK(b.disposed == 0);
  drop(&b);
  CHECK(b.disposed == 1 && k.counts.handed_over == 0 && k.strangers == 0);
}

static void parking(int prompt) {
  struct kind k;
  begin(&k, prompt);
  struct object a = make(&k);
  CHECK(lazyref_resume(&k.slot[0]) == NULL);
  lazyref_activate(&k.slot[0], &a);
  lazyref_park(&k.slot[0]);
  CHECK(lazyref_resume(&k.slot[0]) == &a);
  lazyref_park(&k.slot[0]);
  drop(&a);
  CHECK(a.disposed == 1 && k.counts.unparked == 1 && k.counts.handed_over == 0);
  CHECK(lazyref_resume(&k.slot[0]) == NULL);

  // What was resumed is in use.
  struct object b = make(&k);
  lazyref_activate(&k.slot[0], &b);
  lazyref_park(&k.slot[0]);
  CHECK(lazyref_resume(&k.slot[0]) == &b);
  drop(&b);
  CHECK(b.disposed == 0 && k.counts.unparked == 0 && k.counts.handed_over == 1);
  lazyref_deactivate(&k.slot[0]);
  CHECK(b.disposed == 1);
}

static void protection(int prompt) {
  struct kind k;
  begin(&k, prompt);
  struct object a = make(&k), b = make(&k);
  _Atomic(struct object*) shared;
  atomic_init(&shared, NULL);
  CHECK(lazyref_protect(&k.slot[0], &shared) == NULL);
  atomic_store(&shared, &a);
  CHECK(lazyref_protect(&k.slot[0], &shared) == &a);

  // Unpublished and without users, it stays.
  atomic_store(&shared, &b);
  lazyref_fence_heavy();
  drop(&a);
  CHECK(a.disposed == 0 && k.counts.handed_over == 1);
  void* seen = &a;
  CHECK(lazyref_try_protect(&k.slot[0], &seen, &shared) == 0);
  CHECK(seen == &b && a.disposed == 1);
  drop(&b);  // The slot is on nothing.
  CHECK(b.disposed == 1 && k.counts.handed_over == 0);

  struct object c = make(&k);
  atomic_store(&shared, &c);
  seen = &c;
  CHECK(lazyref_try_protect(&k.slot[0], &seen, &shared) == 1 && seen == &c);
  lazyref_deactivate(&k.slot[0]);
  lazyref_protect_again(&k.slot[2], &c);
  atomic_store(&shared, NULL);
  CHECK(lazyref_fence_try_heavy().error == 0);
  drop(&c);
  CHECK(c.disposed == 0 && k.kicked == &k.slot[2]);
  lazyref_deactivate(&k.slot[2]);
  CHECK(c.disposed == 1 && k.strangers == 0);
}

static void groups(int prompt) {
  struct kind k;
  begin(&k, prompt);
  static struct object all[many];
  static void* names[many];
  for (int i = 0; i < many; ++i) {
    all[i] = make(&k);
    atomic_store(&all[i].users, 0);
    names[i] = &all[i];
  }
  lazyref_activate(&k.slot[0], &all[7]);
  lazyref_activate(&k.slot[1], &all[299]);
  lazyref_last_users_left(&k.callbacks, names, many, &k.counts);
  int disposed = 0;
  for (int i = 0; i < many; ++i) disposed += all[i].disposed;
  CHECK(disposed == many - 2 && all[7].disposed == 0 && all[299].disposed == 0);
  CHECK(k.counts.scanned == 3 * slots_of_a_kind && k.counts.handed_over == 2 && k.kicks == 2);
  lazyref_deactivate(&k.slot[0]);
  lazyref_deactivate(&k.slot[1]);
  CHECK(all[7].disposed == 1 && all[299].disposed == 1);
  lazyref_last_users_left(&k.callbacks, names, 0, NULL);
}

// --- disposers

static struct object *of_other_kind, *of_same_slot;
static struct lazyref_slot* reacting;

static void drop_other(struct object* o) {
  (void)o;
  drop(of_other_kind);
}
static void use_slot_again(struct object* o) {
  (void)o;
  lazyref_activate(reacting, of_same_slot);
  lazyref_poll(reacting);
}
static void give_slot_away(struct object* o) {
  (void)o;
  lazyref_vacate(reacting);
}

static void disposers(int prompt) {
  struct kind one, other;
  begin(&one, prompt);
  begin(&other, !prompt);
  struct object a = make(&one), b = make(&one), c = make(&other), next = make(&one);

  // The disposer of one kind runs calls about another; the call around it goes on with its own.
  of_other_kind = &c;
  a.reaction = drop_other;
  lazyref_activate(&other.slot[0], &c);
  lazyref_activate(&one.slot[0], &a);
  drop(&a);
  lazyref_activate(&one.slot[0], &next);
  CHECK(a.disposed == 1 && c.disposed == 0 && other.kicks == 1);
  lazyref_deactivate(&other.slot[0]);
  CHECK(c.disposed == 1 && one.strangers == 0 && other.strangers == 0);

  // A disposer that moves the slot: the call keeps its promise.
  lazyref_activate(&one.slot[0], &b);
  b.reaction = use_slot_again;
  of_same_slot = &next;
  reacting = &one.slot[0];
  drop(&b);
  lazyref_deactivate(&one.slot[0]);
  CHECK(b.disposed == 1 && next.disposed == 0);
  drop(&next);
  CHECK(next.disposed == 1);

  // In deactivate it may give the slot away.
  struct object last = make(&one);
  last.reaction = give_slot_away;
  lazyref_activate(&one.slot[0], &last);
  drop(&last);
  lazyref_deactivate(&one.slot[0]);
  CHECK(last.disposed == 1 && one.strangers == 0);
}

// --- the fatal hook, in a child that it ends

static const char* expected;
static void expect(const char* message, int error) { _exit(strstr(message, expected) != NULL && error == 0 ? 42 : 43); }
static void other_hook(const char* message, int error) { (void)message, (void)error; }

// How a child ends that runs this: with 42 if the fatal hook is called with the sentence, with 0 if it is not called.
static int end_of(void (*run)(int, int), int first, int second, const char* sentence) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    expected = sentence;
    lazyref_set_fatal_handler(expect);
    run(first, second);
    _exit(checks_failed == 0 ? 0 : 1);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void give_away(int prompt, int misuse) {
  struct kind k;
  begin(&k, prompt);
  struct object a = make(&k), b = make(&k);
  reacting = &k.slot[0];
  a.reaction = misuse ? give_slot_away : NULL;
  lazyref_activate(&k.slot[0], &a);
  drop(&a);
  lazyref_activate(&k.slot[0], &b);  // It cannot keep its promise.
}
static void use_address(int prompt, int odd) {
  struct kind k;
  begin(&k, prompt);
  struct object a = make(&k);
  lazyref_activate(&k.slot[0], (char*)&a + odd);
}
static void choose(int backend, int unused) {
  (void)unused;
  lazyref_fence_initialize_as(backend);
}

static void misuse(int prompt) {
  CHECK(end_of(give_away, prompt, 1, "destroyed the slot") == 42);
  CHECK(end_of(give_away, prompt, 0, "destroyed the slot") == 0);  // its twin
  CHECK(end_of(use_address, prompt, 1, "address is odd") == 42);
  CHECK(end_of(use_address, prompt, 0, "address is odd") == 0);
}

// Before a decision, and when there is one.
static void backends(void) {
  static const int good[] = {lazyref_backend_membarrier, lazyref_backend_flush_process_write_buffers,
                             lazyref_backend_symmetric};
  static const int bad[] = {-1, lazyref_backend_symmetric + 1, INT_MIN, INT_MAX};
  for (size_t i = 0; i < sizeof good / sizeof *good; ++i)
    CHECK(end_of(choose, good[i], 0, "lazyref_fence_initialize_as: `backend`") == 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
    CHECK(end_of(choose, bad[i], 0, "lazyref_fence_initialize_as: `backend`") == 42);
}

static void hooks(void) {
  const lazyref_fatal_handler before = lazyref_set_fatal_handler(other_hook);
  CHECK(before != NULL && before != other_hook);
  CHECK(lazyref_set_fatal_handler(NULL) == other_hook);
  CHECK(lazyref_set_fatal_handler(NULL) == before);
}

// --- the fence, and code

static void fences(void) {
  errno = ERANGE;
  const struct lazyref_fence_status now = lazyref_fence_info(), first = lazyref_fence_initialize();
  CHECK(now.reason != NULL && first.reason != NULL &&
        first.light_is_free == (first.backend != lazyref_backend_symmetric));
  // What is decided stays.
  const struct lazyref_fence_status again = lazyref_fence_initialize_as(lazyref_backend_symmetric);
  CHECK(again.backend == first.backend && again.reason == first.reason);
  CHECK(lazyref_fence_info().backend == first.backend);
  lazyref_fence_light();
  lazyref_fence_light_call();
  lazyref_fence_heavy();
  const struct lazyref_result result = lazyref_fence_try_heavy();
  CHECK(result.error == 0 && strcmp(result.what, "success") == 0);
  CHECK(errno == ERANGE);
}

static void code(void) {
  static unsigned char bytes[64];
  errno = ERANGE;
  // Where there is a handshake to do, or a filter, it says so.
  const struct lazyref_result ready = lazyref_instruction_sync_initialize();
  const struct lazyref_result all = lazyref_sync_core_all_threads();
  const struct lazyref_result published = lazyref_publish_code(bytes, bytes, sizeof bytes);
  CHECK(ready.error <= 0 && all.error <= 0 && published.error == all.error);
  CHECK((all.error == 0) == (strcmp(all.what, "success") == 0));
  CHECK(lazyref_flush_code_range(bytes, bytes, sizeof bytes).error == 0);
  lazyref_sync_core_this_thread();
  CHECK(errno == ERANGE);
  const struct lazyref_result bad = lazyref_flush_code_range(bytes, (void*)(UINTPTR_MAX - 7), 64);
  CHECK(bad.error == -EINVAL && strlen(bad.what) > 10 && strcmp(bad.what, "success") != 0);
  CHECK(lazyref_publish_code(bytes, (void*)(UINTPTR_MAX - 7), 64).error == -EINVAL);
}

int main(void) {
  backends();
  fences();
  backends();
  hooks();
  what_a_slot_needs();
  for (int prompt = 0; prompt < 2; ++prompt) {
    activation(prompt);
    parking(prompt);
    protection(prompt);
    groups(prompt);
    disposers(prompt);
    misuse(prompt);
  }
  code();
  return verdict("c_contract");
}
