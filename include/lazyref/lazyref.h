// SPDX-License-Identifier: BSL-1.0
//
// lazyref for C (C11, with gcc or clang) and for every language that can call C: the asymmetric fence, instruction-stream
// synchronisation, and the embedded layer (slots, and the reclaimer's side). C++17 can include this header, too. It is an
// interface to the C++ headers beside it: the same process-wide state, the same algorithms, the same guarantees.
//
// One C++ unit of the program (or of each plugin), built with or without exceptions and RTTI, contains the code:
//
//   #define LAZYREF_C_IMPLEMENTATION
//   #include <lazyref/lazyref.h>
//
// The functions are hidden in the image (executable or shared object) that this unit is linked into, so that libraries with
// copies of lazyref do not collide. To export them, define LAZYREF_C_API identically in all units: for instance as
// __attribute__((__visibility__("default"))).
//
// Build modes. LAZYREF_FENCE_MODE (AUTO, the default; REQUIRED; SYMMETRIC) is chosen for each unit, in C as in C++, with
// the same meaning: config.hpp and fence.hpp have the table. A program may mix units of both languages and of all modes. A
// C unit that is built REQUIRED registers before main (in a plugin: when it is loaded), or stops the program.
//
// Errors. Functions that can fail return a lazyref_result: 0 and "success", or a negative errno value and a sentence that
// says what failed. errno itself does not change. An error that no caller can handle calls the fatal hook.
//
// Callbacks must not throw, and must not return by longjmp. The library allocates nothing and starts no thread. (In a
// shared object that is opened at run time, the C library may allocate the thread's copy of a thread-local pointer, in the
// first call that takes or releases holds.)
//
// Foreign-function interfaces (for instance Rust). All functions here are plain symbols, except the light fence, which is
// inline.
//   the fence    lazyref_fence_initialize, lazyref_fence_heavy or lazyref_fence_try_heavy; as light fence either
//                lazyref_fence_light_call, or what the status prescribes once it is known: if light_is_free, a compiler
//                barrier (compiler_fence(SeqCst)), else a full fence (fence(SeqCst)). A free light fence stays free.
//   slots        lazyref_slot_initialize, lazyref_activate or lazyref_protect, lazyref_deactivate, lazyref_poll,
//                lazyref_last_user_left. A slot is LAZYREF_CACHE_LINE bytes, aligned to as many, that must not move
//                and that only these functions access (a pinned repr(C, align(N)) array of UnsafeCell).
//                Callbacks are extern "C" fn.
//   results      structs of an int and a pointer, or of two ints and a pointer, by value (repr(C)).
// A statically linked program can call hidden functions; one that opens a shared object needs LAZYREF_C_API.
#if defined(__cplusplus)
#include "config.hpp"
#endif

#ifndef LAZYREF_LAZYREF_H
#define LAZYREF_LAZYREF_H

#include <stddef.h>

#include "detail/c/unit.h"

// Distance that keeps two slots from sharing a cache line, as in config.hpp.
#if defined(__s390x__)
#define LAZYREF_CACHE_LINE 256
#elif defined(__powerpc64__) || (defined(__aarch64__) && defined(__APPLE__))
#define LAZYREF_CACHE_LINE 128
#else
#define LAZYREF_CACHE_LINE 64
#endif

#if defined(__cplusplus)
extern "C" {
#endif

// --- results, the fatal hook (result.hpp)

// What a function that can fail returns.
struct lazyref_result {
  int error;         // 0, or a negative errno value
  const char* what;  // a sentence with static storage duration, never null
};

// The fatal hook, which is called before the process aborts.
typedef void (*lazyref_fatal_handler)(const char* message, int error);

// Purpose: replace the fatal hook of the process; null restores the default, which prints the sentence to standard error.
//   If the hook returns, the process aborts. `error` is a (positive) errno value, or 0.
// Who may call: any thread, at any time. Returns the previous hook. Progress: wait-free.
LAZYREF_C_API lazyref_fatal_handler lazyref_set_fatal_handler(lazyref_fatal_handler handler) LAZYREF_DETAIL_NOEXCEPT;

// --- the asymmetric fence (fence.hpp has the contract, and what each platform does)
//
// Of "store; light; load" and "store; heavy; load" in two threads, at most one reads the old value. A light fence pairs
// only with heavy ones. The accesses themselves must be atomic.

// How heavy fences work: a value of `backend` below.
enum { lazyref_backend_membarrier, lazyref_backend_flush_process_write_buffers, lazyref_backend_symmetric };

// What the process has decided: how heavy fences work, whether the light fences of units built AUTO are free, and why.
struct lazyref_fence_status {
  int backend;         // of the heavy side: one of the three above
  int light_is_free;   // not 0: in units built AUTO it is a compiler barrier
  const char* reason;  // one sentence, static storage duration
};

// Purpose: decide now, and register with the kernel; later calls return the same decision.
// When: before threads start; registration then takes microseconds, with threads running milliseconds. Without this call,
//   the first heavy fence decides. Who may call: any thread. Progress: as the system call. Errors: lead to full fences on
//   both sides, and `reason` says why.
LAZYREF_C_API struct lazyref_fence_status lazyref_fence_initialize(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: the same without asking the kernel what it supports, for sandboxes that kill a process that asks. `backend` is
//   one of the three above; symmetric: full fences on both sides, and no system call.
// Precondition: nothing is decided yet. An existing decision does not change, and is returned.
// Errors: as above; another value of `backend` calls the fatal hook.
LAZYREF_C_API struct lazyref_fence_status lazyref_fence_initialize_as(int backend) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: return the current decision and its reason. Makes no system call. Progress: wait-free.
LAZYREF_C_API struct lazyref_fence_status lazyref_fence_info(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: the rare side. Who may call: any thread; concurrent calls share system calls. Progress: as the system call.
// Cost: 0.3 us with one thread, microseconds to tens of microseconds with other threads running. Errors: if the light
//   fences of the process are free and the system call fails, it calls the fatal hook.
LAZYREF_C_API void lazyref_fence_heavy(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: the same for callers that can handle failure (keep the memory, try later). On failure nothing is guaranteed.
// Errors: -EPERM, -ENOSYS (a seccomp filter was installed after the start), -ENOMEM (the kernel's, after bounded retries).
LAZYREF_C_API struct lazyref_result lazyref_fence_try_heavy(void) LAZYREF_DETAIL_NOEXCEPT;

// static inline void lazyref_fence_light(void);
//
// Purpose: the frequent side. Ordering: pairs only with heavy fences. Progress: wait-free. Async-signal-safe.
// Cost: that of the C++ one, in the same instructions: REQUIRED none; AUTO a load and a predictable branch; SYMMETRIC a
//   full fence. It is defined in detail/c/unit.h.

// Purpose: the light fence as a function, for languages that cannot inline C. The same as that of a unit built AUTO.
// Cost: a call, a load, a predictable branch. Progress: wait-free. Async-signal-safe.
LAZYREF_C_API void lazyref_fence_light_call(void) LAZYREF_DETAIL_NOEXCEPT;

// --- instruction-stream synchronisation (instruction_sync.hpp has the contract: the four steps, and when a thread
// needs its own)

// Purpose: register now, before threads start. Errors: those of lazyref_sync_core_all_threads.
LAZYREF_C_API struct lazyref_result lazyref_instruction_sync_initialize(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: step 2; make instruction fetches through `execute` return the `size` bytes that were stored through `write`.
// Preconditions: both are mapped and readable; the stores happen before. Errors: -EINVAL (a range beyond the end of the
//   address space), -EFAULT and others of the system, -ENOTSUP; after an error the code must not be executed.
LAZYREF_C_API struct lazyref_result lazyref_flush_code_range(const void* write, const void* execute,
                                                             size_t size) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: step 3; every thread of the process executes a context-synchronising instruction before this returns.
// Errors: -ENOTSUP, -EINVAL, -ENOSYS (a handshake is needed), -EPERM (refused), -ENOMEM. There is no fallback.
LAZYREF_C_API struct lazyref_result lazyref_sync_core_all_threads(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: discard what the calling thread's core has fetched. Async-signal-safe. On an architecture that lazyref does not
//   know, it calls the fatal hook.
LAZYREF_C_API void lazyref_sync_core_this_thread(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: steps 2 and 3. After success any thread that finds the code by an acquire load may execute it.
LAZYREF_C_API struct lazyref_result lazyref_publish_code(const void* write, const void* execute,
                                                         size_t size) LAZYREF_DETAIL_NOEXCEPT;

// --- the embedded layer (slot.hpp has the protocol and its invariants, reclaimer.hpp the other side)
//
// A worker uses an object through its slot without counting: the slot announces the object. A call that changes this is a
// move. The thread that drops the object's last user, the reclaimer, scans the slots. Where a slot still announces the
// object, the reclaimer leaves a hold in the slot (a handoff), which the worker releases at its next move.
//
// Objects have even addresses and are the program's, with two counts: of users (owning references, which keep the
// contents), which the program counts, and of holds (storage references, which keep the memory), which lazyref changes by
// the callbacks below. All users together own one hold.

struct lazyref_slot;

// How lazyref reaches the counts and the slots of one kind of objects. It must outlive its slots and all calls, unchanged.
// All members but `kick` and `context` must be set.
struct lazyref_callbacks {
  void* context;  // the program's; passed to each callback
  // Takes n more holds. Relaxed is sufficient: the caller has one already.
  void (*take)(void* context, void* object, size_t n);
  // Releases n holds, acq_rel. The call that releases the last one disposes of the object. This disposer may call anything
  // in this header, also for the slot in whose call it runs ("Disposers" in slot.hpp).
  void (*give_up)(void* context, void* object, size_t n);
  // Calls visit(visitor, slot) for every slot that may have announced an object of this kind. One scan may call it more
  // than once. Further slots that were initialised with these callbacks, and a slot twice, do no harm.
  void (*for_each_slot)(void* context, void (*visit)(void* visitor, struct lazyref_slot* slot), void* visitor);
  // Null, or is called when the slot's worker has received a hold, so that the program can ask it to move or poll soon.
  void (*kick)(void* context, struct lazyref_slot* slot);
  // Not 0: reclaim::prompt. A light fence per move and a heavy one per handoff; an object that its worker has left is
  // reclaimed at once. 0: reclaim::deferred, without fences; at the latest at the slot's next move. See I5 in slot.hpp.
  int prompt;
};

// A lazy reference. It must not move while any reclaimer may read it.
struct lazyref_slot {
  // Only lazyref accesses these.
  LAZYREF_DETAIL_ALIGNAS(LAZYREF_CACHE_LINE) void* lazyref_words[4];
  const struct lazyref_callbacks* lazyref_callbacks;
  int lazyref_prompt;
};

// The result of a scan.
struct lazyref_handover_counts {
  size_t scanned;      // slots that were read
  size_t handed_over;  // handoffs: holds left in a slot
  size_t carried;      // handoffs that displaced an earlier hold, which was carried on
  size_t taken_back;   // holds taken out of a slot whose worker had left the object
  size_t unparked;     // parked objects taken from their workers
};

// Purpose: initialise the slot, before any thread uses it. To end its use, its last worker calls lazyref_deactivate;
//   nothing else is needed.
// Errors: -EINVAL (no slot or callbacks, a callback that is null, a slot that is not aligned).
LAZYREF_C_API struct lazyref_result lazyref_slot_initialize(
    struct lazyref_slot* slot, const struct lazyref_callbacks* callbacks) LAZYREF_DETAIL_NOEXCEPT;

// The worker's functions. Who may call: the slot's worker, one thread at a time, with happens-before from one to the next.
// Each may run disposers. Progress: wait-free, except for disposers, and for one retry per reclaimer that concurrently
// hands an object over to this slot. Cost: a call, a predictable branch, and the cost that slot.hpp states.
// Errors: a slot that is null, or all zero, because it was never initialised, calls the fatal hook where the unit with the
// code has LAZYREF_CHECKS.

// Purpose: use `object` through the slot, until the slot's next move. Precondition: a user of it exists, whose release
//   happens after this call returns. Returns 1 if the slot announced it already, else 0.
LAZYREF_C_API int lazyref_activate(struct lazyref_slot* slot, void* object) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: stop using the slot's object.
LAZYREF_C_API void lazyref_deactivate(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the same, in a disposer that passes the slot to another worker.
LAZYREF_C_API void lazyref_vacate(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: release a hold that was left in the slot, without a move. Cost: a load if there is none.
LAZYREF_C_API void lazyref_poll(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: keep the object only until its last user is dropped. The worker must not use it until lazyref_resume returns
//   it.
LAZYREF_C_API void lazyref_park(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: use the parked object again. Returns it, or null: a reclaimer has taken it, or no object was parked.
LAZYREF_C_API void* lazyref_resume(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: protect the object that the pointer at `source` leads to: use it, until the slot's next move. `source` is the
//   address of a pointer to an object, which is modified atomically: _Atomic(T*), std::atomic<T*>, or a T* by the __atomic
//   builtins. Returns the pointer's value: the object, or null. Ordering: an acquire load of it. Progress: lock-free.
// Precondition: a thread that unpublishes an object executes a heavy fence between that and lazyref_last_user_left.
LAZYREF_C_API void* lazyref_protect(struct lazyref_slot* slot, const void* source) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the same, in one attempt, for *object, which the caller has read from `source`. Returns 1 if `source` still
//   leads to it. Else 0: the slot announces no object, and *object is the value that `source` has now.
LAZYREF_C_API int lazyref_try_protect(struct lazyref_slot* slot, void** object,
                                      const void* source) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the first half of it, for callers that validate their shared pointer themselves, after this call, with an
//   acquire load (for instance one with marks). `object` has no marks.
LAZYREF_C_API void lazyref_protect_again(struct lazyref_slot* slot, void* object) LAZYREF_DETAIL_NOEXCEPT;

// The reclaimer's functions. Who may call: any thread. They run disposers. Progress: lock-free; they wait for no thread.
// Cost: a call per slot, and the cost that reclaimer.hpp states. `counts` may be null.

// Purpose: reclaim `object`, whose last user has been dropped: take it from slots that have parked it, hand it over to
//   slots that announce it, and release the users' hold. Precondition: called once per object, by the thread whose release
//   (acq_rel) was the last.
LAZYREF_C_API void lazyref_last_user_left(const struct lazyref_callbacks* callbacks, void* object,
                                          struct lazyref_handover_counts* counts) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the same for n objects, all different: one scan of the slots for each 128 of them.
LAZYREF_C_API void lazyref_last_users_left(const struct lazyref_callbacks* callbacks, void* const* objects, size_t n,
                                           struct lazyref_handover_counts* counts) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: take back holds of objects that workers have left. Returns how many it took.
LAZYREF_C_API size_t lazyref_collect(const struct lazyref_callbacks* callbacks) LAZYREF_DETAIL_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif  // LAZYREF_LAZYREF_H

#if defined(LAZYREF_C_IMPLEMENTATION)
#if !defined(__cplusplus)
#error "LAZYREF_C_IMPLEMENTATION: the unit with the code of lazyref.h must be C++"
#endif
#include "detail/c/implementation.hpp"
#endif
