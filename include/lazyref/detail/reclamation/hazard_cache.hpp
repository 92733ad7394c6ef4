// SPDX-License-Identifier: BSL-1.0
//
// Caches the hazard pointers that a thread has used: up to `capacity`, none of which protects anything.
//
// A fiber may migrate to another thread between two calls, and the compiler may have kept the address of a thread_local
// variable in a register across the switch. So nothing here trusts such an address. A cached record names its thread,
// by the thread pointer, which is read again each time. A record found through a stale address belongs to another
// thread; a function that is not inlined then handles it.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_HAZARD_CACHE_HPP
#define LAZYREF_DETAIL_RECLAMATION_HAZARD_CACHE_HPP

#include <cstdint>
#include <utility>

#include "../code/machine.hpp"
#include "hazard_domain.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#elif defined(__FreeBSD__)
#include <pthread_np.h>
#endif
#define LAZYREF_DETAIL_HAS_THREAD_KEYS 1
#endif

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Terminates a list: a record of no thread. One per image, like everything here: an image's records are those of the
// registry that it sees.
LAZYREF_DETAIL_ONE_PER_IMAGE inline hazards::record no_hazard{vacant_slot()};

struct hazard_cache {
  static constexpr unsigned capacity = 8;

  hazards::record* first = &no_hazard;   // the free ones, linked by their notes
  hazards::record* kept[capacity] = {};  // all that return to this cache, free or not
  // live: the thread's end will be noticed; ending: it is being dealt with; ended: the thread has hazard pointers all the
  // same, and caches none
  enum : unsigned char { fresh, live, ending, ended } state = fresh;
  bool has_retired = false;
};

// Needs no initialisation and no destruction, so it outlives every destructor of the thread.
LAZYREF_DETAIL_ONE_PER_IMAGE inline thread_local hazard_cache this_threads_hazards;

// The identity of the calling thread, also in a fiber.
#if defined(LAZYREF_DETAIL_HAS_THREAD_POINTER)
inline const void* this_thread() noexcept { return arch::thread_pointer(); }
#else
LAZYREF_DETAIL_NOINLINE LAZYREF_DETAIL_ONE_PER_IMAGE inline const void* this_thread() noexcept {
  std_atomics::compiler_barrier();  // So that the compiler does not treat it as a constant function.
  return &this_threads_hazards;
}
#endif

inline bool is_this_thread(const void* thread) noexcept {
#if defined(LAZYREF_DETAIL_HAS_THREAD_COMPARISON)
  return arch::is_this_thread(thread);
#else
  return thread == detail::this_thread();
#endif
}

// At the thread's end: from here on it caches nothing.
LAZYREF_DETAIL_COLD LAZYREF_DETAIL_ONE_PER_IMAGE inline void empty_hazard_cache() noexcept {
  hazard_cache& mine = this_threads_hazards;
  mine.state = hazard_cache::ending;
  for (hazards::record*& r : mine.kept) {
    // Records in use return themselves later, in any thread. Relaxed: a name; nothing follows from it.
    const void* owner = detail::this_thread();
    if (r != nullptr)
      r->owner.compare_exchange_strong(owner, nullptr, std::memory_order_relaxed, std::memory_order_relaxed);
    r = nullptr;
  }
  while (mine.first != &no_hazard) {
    hazards::record& r = *mine.first;
    // Relaxed: the worker's own word.
    mine.first = reinterpret_cast<hazards::record*>(r.note.load(std::memory_order_relaxed));
    r.note.store(0, std::memory_order_relaxed);
    hazards::give_back(r);
  }
}

LAZYREF_DETAIL_COLD LAZYREF_DETAIL_ONE_PER_IMAGE inline void end_hazard_cache() noexcept {
  detail::empty_hazard_cache();
  hazard_cache& mine = this_threads_hazards;
  if (mine.has_retired) all_hazards.value.flush();  // And what is retired inside.
  mine.has_retired = false;
  mine.state = hazard_cache::ended;
}

// After that.
LAZYREF_DETAIL_COLD LAZYREF_DETAIL_ONE_PER_IMAGE inline void flush_at_once() noexcept {
  // Not of another thread, see the head of this file.
  if (this_threads_hazards.state == hazard_cache::ended) detail::end_hazard_cache();
}

// The destructor of a thread_local variable notices the thread's end: until it has returned, the C library (but FreeBSD's)
// does not unload the image (dlclose), so its deleters may run. Destructors that run after it may use hazard pointers, too.
//
// A pthread key does the same where there is no such destructor to come: for a thread that makes its first hazard pointer
// in a key's destructor (then the image stays loaded), and if the main thread ends before the program. A key's destructors
// are repeated if they set new values, though not in the C library's last round, PTHREAD_DESTRUCTOR_ITERATIONS: a hazard
// pointer first made there stays taken. The key ends with its image.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wexit-time-destructors"
#endif

#if defined(LAZYREF_DETAIL_HAS_THREAD_KEYS)
class LAZYREF_DETAIL_ONE_PER_IMAGE thread_end_key {
 public:
  thread_end_key() noexcept {
    // Relaxed: no other thread uses it yet.
    made_.store(::pthread_key_create(&key_, [](void*) { detail::end_hazard_cache(); }) == 0, std::memory_order_relaxed);
  }
  ~thread_end_key() {
    // Relaxed, here and below: other threads may still run at program exit; they must not use the key then.
    if (made_.exchange(false, std::memory_order_relaxed)) ::pthread_key_delete(key_);
  }
  thread_end_key(const thread_end_key&) = delete;
  thread_end_key& operator=(const thread_end_key&) = delete;

  // Relaxed: see above.
  bool is_made() const noexcept { return made_.load(std::memory_order_relaxed); }
  // Whether the calling thread's end will be noticed.
  bool watch(const void* value) const noexcept { return is_made() && ::pthread_setspecific(key_, value) == 0; }

 private:
  pthread_key_t key_;
  std_atomics::atomic<bool> made_{false};
};

// `exit` ends the main thread's variables, too, but no key's: what waits when the program ends is not reclaimed.
inline bool is_main_thread() noexcept {
#if defined(__linux__)
  return ::syscall(SYS_gettid) == ::syscall(SYS_getpid);
#elif defined(__APPLE__) || defined(__FreeBSD__)
  return ::pthread_main_np() != 0;
#else
  return false;
#endif
}

struct LAZYREF_DETAIL_ONE_PER_IMAGE thread_end {
  thread_end() noexcept {}
  ~thread_end() {
    if (key == nullptr) return;
    if (detail::is_main_thread()) {
      detail::empty_hazard_cache();
    } else if (key->watch(nullptr)) {  // Else the program ends.
      detail::end_hazard_cache();
    }
  }
  const thread_end_key* key = nullptr;
};

LAZYREF_DETAIL_ONE_PER_IMAGE inline bool watch_thread_end() noexcept {
  static const thread_end_key key;
  if (!key.is_made()) return false;  // Also while the image is being unloaded: nothing may be registered then.
  static thread_local thread_end mine;
  if (!key.watch(&this_threads_hazards)) return false;
  mine.key = &key;
  return true;
}
#else
struct LAZYREF_DETAIL_ONE_PER_IMAGE hazard_cache_end {
  hazard_cache_end() noexcept {}
  ~hazard_cache_end() { detail::end_hazard_cache(); }
};

inline bool watch_thread_end() noexcept {
  static thread_local hazard_cache_end at_thread_end;
  static_cast<void>(at_thread_end);
  return true;
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

// The slow path: the thread has no free hazard pointer. Errors: those of `new`.
LAZYREF_DETAIL_COLD LAZYREF_DETAIL_ONE_PER_IMAGE inline hazards::record* claim_hazard() {
  hazard_cache& mine = this_threads_hazards;
  if (mine.first != &no_hazard) {  // A stale address has led here.
    hazards::record* const r = mine.first;
    // Relaxed: the worker's own word.
    mine.first = reinterpret_cast<hazards::record*>(r->note.load(std::memory_order_relaxed));
    return r;
  }
  hazards::record* const r = all_hazards.value.claim();
  if (mine.state == hazard_cache::fresh && detail::watch_thread_end()) mine.state = hazard_cache::live;
  if (mine.state != hazard_cache::live) return r;
  const void* const me = detail::this_thread();
  for (hazards::record*& kept : mine.kept) {
    // Relaxed, both: a name. If another thread has returned the record, it has another name by now, or none.
    if (kept != nullptr && kept->owner.load(std::memory_order_relaxed) == me) continue;
    kept = r;
    r->cache = &mine;
    r->owner.store(me, std::memory_order_relaxed);
    break;
  }
  return r;
}

inline hazards::record* take_hazard() {
  hazard_cache& mine = this_threads_hazards;
  hazards::record* const r = mine.first;
  // Relaxed, both: a name, and the worker's own word.
  if (detail::is_rare(!detail::is_this_thread(r->owner.load(std::memory_order_relaxed)))) return detail::claim_hazard();
  mine.first = reinterpret_cast<hazards::record*>(r->note.load(std::memory_order_relaxed));
  return r;
}

LAZYREF_DETAIL_COLD inline void give_hazard_back(hazards::record& r) noexcept {
  // Relaxed, both: no other thread has it, and the last owner only compares.
  r.owner.store(nullptr, std::memory_order_relaxed);
  r.note.store(0, std::memory_order_relaxed);
  hazards::give_back(r);
}

// Precondition: it protects nothing. A call of this thread that runs a disposer for it learns from the note that it no
// longer belongs to that call.
inline void return_hazard(hazards::record& r) noexcept {
  // Relaxed, both: a name, and the worker's own word.
  if (detail::is_rare(!detail::is_this_thread(r.owner.load(std::memory_order_relaxed))))
    return detail::give_hazard_back(r);
  hazard_cache& mine = *static_cast<hazard_cache*>(r.cache);
  r.note.store(reinterpret_cast<std::uintptr_t>(mine.first), std::memory_order_relaxed);
  mine.first = &r;
}

// (A thread that only retires does not register for its end: that may allocate.)
inline void retire_hazard(hazards::object* object, std::size_t bytes) noexcept {
  hazard_cache& mine = this_threads_hazards;
  mine.has_retired = true;
  all_hazards.value.retire(object, bytes);
  if (detail::is_rare(mine.state == hazard_cache::ended)) detail::flush_at_once();
}

// Hazard pointers that are taken together; its destructor returns those that are left.
class hazard_batch {
 public:
  hazard_batch() = default;
  ~hazard_batch() {
    while (first_ != nullptr) detail::return_hazard(*take());
  }
  hazard_batch(const hazard_batch&) = delete;
  hazard_batch& operator=(const hazard_batch&) = delete;

  void add() {
    hazards::record* const r = detail::take_hazard();
    r->note.store(reinterpret_cast<std::uintptr_t>(first_), std::memory_order_relaxed);  // Relaxed: the worker's own.
    first_ = r;
  }
  // Precondition: more were added than taken.
  hazards::record* take() noexcept {
    hazards::record* const r = first_;
    // Relaxed: the worker's own word.
    first_ = reinterpret_cast<hazards::record*>(r->note.load(std::memory_order_relaxed));
    return r;
  }

 private:
  hazards::record* first_ = nullptr;  // linked by their notes
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_HAZARD_CACHE_HPP
