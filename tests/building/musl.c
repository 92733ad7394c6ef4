/* SPDX-License-Identifier: BSL-1.0
 *
 * What Debian's libc++.a and libc++abi.a need of glibc, for programs that are linked with musl: the checked functions
 * of _FORTIFY_SOURCE, which here check nothing, and the destructors of a thread's variables. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

int __vfprintf_chk(FILE* file, int flag, const char* format, va_list arguments) {
  (void)flag;
  return vfprintf(file, format, arguments);
}

int __fprintf_chk(FILE* file, int flag, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int result = __vfprintf_chk(file, flag, format, arguments);
  va_end(arguments);
  return result;
}

void* __memmove_chk(void* to, const void* from, size_t n, size_t room) {
  (void)room;
  return memmove(to, from, n);
}

wchar_t* __wmemcpy_chk(wchar_t* to, const wchar_t* from, size_t n, size_t room) {
  (void)room;
  return wmemcpy(to, from, n);
}

wchar_t* __wmemmove_chk(wchar_t* to, const wchar_t* from, size_t n, size_t room) {
  (void)room;
  return wmemmove(to, from, n);
}

/* The last one registered runs first; also those of the main thread, at exit. */
struct destructor {
  void (*run)(void*);
  void* object;
  struct destructor* next;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void run_all(void* list) {
  struct destructor* d;
  pthread_setspecific(key, list);
  while ((d = pthread_getspecific(key)) != NULL) {
    pthread_setspecific(key, d->next);
    d->run(d->object);
    free(d);
  }
}

static void run_all_at_exit(void) { run_all(pthread_getspecific(key)); }

static void begin(void) {
  if (pthread_key_create(&key, run_all) != 0 || atexit(run_all_at_exit) != 0) abort();
}

int __cxa_thread_atexit_impl(void (*run)(void*), void* object, void* library) {
  struct destructor* d = malloc(sizeof *d);
  (void)library;
  if (d == NULL || pthread_once(&once, begin) != 0) return -1;
  d->run = run;
  d->object = object;
  d->next = pthread_getspecific(key);
  return pthread_setspecific(key, d);
}
