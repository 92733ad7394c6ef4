// SPDX-License-Identifier: BSL-1.0
//
// Two libraries of one program bring lazyref.h's functions each, and share nothing but what the loader merges.
// See two_images.sh. With LIBRARY, a name: a library with a function of that name. Without: a program, `two_images`
// FILE NAME FILE NAME, that opens both and calls both.
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>

#ifdef LIBRARY
#include <lazyref/lazyref.h>

__attribute__((__visibility__("default"))) int LIBRARY(void);

struct object {
  atomic_size_t holds;
  int disposed;
};
static struct lazyref_slot slot;

// The worker moves between the scan and the handoff: so the reclaimer releases the hold.
static void take(void* context, void* object, size_t n) {
  (void)context;
  atomic_fetch_add_explicit(&((struct object*)object)->holds, n, memory_order_relaxed);
  lazyref_deactivate(&slot);
}
static void give_up(void* context, void* object, size_t n) {
  (void)context;
  struct object* const o = object;
  if (atomic_fetch_sub_explicit(&o->holds, n, memory_order_acq_rel) == n) ++o->disposed;
}
static void for_each_slot(void* context, void (*visit)(void*, struct lazyref_slot*), void* visitor) {
  (void)context;
  visit(visitor, &slot);
}

int LIBRARY(void) {
  static const struct lazyref_callbacks callbacks = {NULL, take, give_up, for_each_slot, NULL, 0};
  static struct object o;
  void* objects[] = {&o};
  o.disposed = 0;
  atomic_init(&o.holds, 1);
  lazyref_slot_initialize(&slot, &callbacks);
  lazyref_activate(&slot, &o);
  lazyref_last_users_left(&callbacks, objects, 1, NULL);
  return o.disposed == 1;
}

#else

int main(int argc, char** argv) {
  int works = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    void* const library = dlopen(argv[i], RTLD_NOW | RTLD_GLOBAL);
    int (*call)(void) = NULL;
    if (library != NULL) *(void**)&call = dlsym(library, argv[i + 1]);
    if (call == NULL) return printf("FAILED: %s\n", dlerror()), 2;
    works += call();
  }
  return works == 2 ? 0 : 1;
}

#endif
