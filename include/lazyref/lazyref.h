// SPDX-License-Identifier: BSL-1.0
//
// lazyref for C (C11, with gcc or clang) and for every language that can call C: the asymmetric fence, instruction-stream
// synchronisation, and the embedded layer (slots, and the reclaimer's side). C++17 reads this header too. It is one
// interface to the C++ headers beside it: the same process-wide state, the same algorithms, the same guarantees.
//
// One C++ unit of the program (or of each plugin), built with or without exceptions and RTTI, has the code:
//
//   #define LAZYREF_C_IMPLEMENTATION
//   #include <lazyref/lazyref.h>
//
// Its functions are hidden in the image (executable or shared object) that the unit is linked into, so that libraries which
// bring copies of lazyref do not meet. To export them, define LAZYREF_C_API in all units alike: as
// __attribute__((__visibility__("default"))), say.
//
// Build modes. LAZYREF_FENCE_MODE (AUTO, the default; REQUIRED; SYMMETRIC) is chosen for each unit, in C as in C++, and
// means the same: config.hpp and fence.hpp have the table. Units of both languages and all modes may be mixed. A C unit
// that is built REQUIRED registers before main (a plugin: when it is loaded), or stops the program.
//
// Errors. Functions that can fail return a lazyref_result: 0 and "success", or a negative errno value and a sentence that
// says what failed. errno itself is left alone. What nobody can cope with calls the fatal hook.
//
// Callbacks must not throw, and must not leave by longjmp. Nothing is allocated, and there is no hidden thread.
//
// Foreign-function interfaces (Rust, say). All functions here are plain symbols, but the light fence, which is inline.
//   the fence    lazyref_fence_initialize, lazyref_fence_heavy or lazyref_fence_try_heavy; as light fence either
//                lazyref_fence_light_call, or what the status says once it is known: if light_is_free, a compiler barrier
//                (compiler_fence(SeqCst)), else a full fence (fence(SeqCst)). What is free stays free.
//   slots        lazyref_slot_initialize, lazyref_activate or lazyref_protect, lazyref_deactivate, lazyref_poll,
//                lazyref_last_user_left. A slot is LAZYREF_CACHE_LINE bytes, aligned to as many, that must not move
//                and that only these functions touch (a pinned repr(C, align(N)) array of UnsafeCell).
//                Callbacks are extern "C" fn.
//   results      structs of an int and a pointer, or of two ints and a pointer, by value (repr(C)).
// Static linking reaches hidden symbols; a program that opens a shared object needs LAZYREF_C_API.
#if defined(__cplusplus)
#include "config.hpp"
#endif

#ifndef LAZYREF_LAZYREF_H
#define LAZYREF_LAZYREF_H

#include <stddef.h>

#include "detail/c_unit.h"

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

// What is called before the process aborts.
typedef void (*lazyref_fatal_handler)(const char* message, int error);

// Purpose: replaces the fatal hook of the process; null restores the default, which prints the sentence to standard error.
//   If the hook returns, the process aborts. `error` is a (positive) errno value, or 0.
// Who may call: any thread, at any time. Returns the previous hook. Progress: wait-free.
LAZYREF_C_API lazyref_fatal_handler lazyref_set_fatal_handler(lazyref_fatal_handler handler) LAZYREF_DETAIL_NOEXCEPT;

// --- the asymmetric fence (fence.hpp has the contract, and what each platform does)
//
// Of "store; light; load" and "store; heavy; load" in two threads, at most one reads old. A light fence pairs only
// with heavy ones. The accesses themselves must be atomic.

// How heavy fences work: a value of `backend` below.
enum { lazyref_backend_membarrier, lazyref_backend_flush_process_write_buffers, lazyref_backend_symmetric };

// What the process has decided: how heavy fences work, whether the light fences of units built AUTO are free, and why.
struct lazyref_fence_status {
  int backend;         // of the heavy side: one of the three above
  int light_is_free;   // not 0: in units built AUTO it is a compiler barrier
  const char* reason;  // one sentence, static storage duration
};

// Purpose: decide now, and register with the kernel; later calls return the decision that stands.
// When: before threads start, where it takes microseconds; with threads running it takes milliseconds. Without it, the
//   first heavy fence decides. Who may call: any thread. Progress: as the system call. Errors: lead to full fences on
//   both sides, and `reason` says why.
LAZYREF_C_API struct lazyref_fence_status lazyref_fence_initialize(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: the same without a question to the kernel; `backend` is one of the three above, SYMMETRIC: no system call.
// Precondition: nothing is decided yet. A decision that stands is not changed; it is returned.
LAZYREF_C_API struct lazyref_fence_status lazyref_fence_initialize_as(int backend) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: what is decided so far. Makes no system call. Progress: wait-free.
LAZYREF_C_API struct lazyref_fence_status lazyref_fence_info(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: the rare side. Who may call: any thread; concurrent calls share system calls. Progress: as the system call.
// Cost: 0.1 us with one thread, microseconds to tens of them with others running. Errors: where the light fences of the
//   process are free and the system call fails, it calls the fatal hook.
LAZYREF_C_API void lazyref_fence_heavy(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: the same for callers that can cope with failure (keep the memory, try later).
// Errors: -EPERM, -ENOSYS (a seccomp filter came after the start), -ENOMEM (the kernel's, after bounded retries).
LAZYREF_C_API struct lazyref_result lazyref_fence_try_heavy(void) LAZYREF_DETAIL_NOEXCEPT;

// static inline void lazyref_fence_light(void);
//
// Purpose: the frequent side. Ordering: pairs only with heavy fences. Progress: wait-free. Async-signal-safe.
// Cost: that of the C++ one, in the same instructions: REQUIRED none; AUTO a load and a predictable branch; SYMMETRIC a
//   full fence. It stands in detail/c_unit.h.

// Purpose: the light fence as a function, for languages that cannot inline C. As that of a unit built AUTO.
// Cost: a call, a load, a predictable branch. Progress: wait-free. Async-signal-safe.
LAZYREF_C_API void lazyref_fence_light_call(void) LAZYREF_DETAIL_NOEXCEPT;

// --- instruction-stream synchronisation (instruction_sync.hpp has the contract: the four steps, and when a thread
// needs its own)

// Purpose: register now, before threads start. Errors: those of lazyref_sync_core_all_threads.
LAZYREF_C_API struct lazyref_result lazyref_instruction_sync_initialize(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: step 2; make the `size` bytes that were stored through `write` those that are fetched through `execute`.
// Preconditions: both are mapped and readable; the stores happen before. Errors: -EINVAL (a range beyond the end of the
//   address space), -EFAULT and others of the system, -ENOTSUP; after one the code may not be run.
LAZYREF_C_API struct lazyref_result lazyref_flush_code_range(const void* write, const void* execute,
                                                             size_t size) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: step 3; every thread of the process executes a context-synchronising instruction before this returns.
// Errors: -ENOTSUP, -EINVAL, -ENOSYS (a handshake is needed), -EPERM (refused), -ENOMEM. It never falls back to anything.
LAZYREF_C_API struct lazyref_result lazyref_sync_core_all_threads(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: the calling thread forgets what its core has fetched. Async-signal-safe. Where lazyref does not know the
//   architecture it calls the fatal hook.
LAZYREF_C_API void lazyref_sync_core_this_thread(void) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: steps 2 and 3. After success any thread that learns of the code by an acquire load may run it.
LAZYREF_C_API struct lazyref_result lazyref_publish_code(const void* write, const void* execute,
                                                         size_t size) LAZYREF_DETAIL_NOEXCEPT;

// --- the embedded layer (slot.hpp has the protocol and its invariants, reclaimer.hpp the other side)
//
// A worker uses an object through its slot without counting. When the object's last user has gone, the reclaimer looks
// through the slots; where a worker is still on the object, it leaves a hold there, which the worker gives up when it next
// moves. Objects stand at even addresses and are yours, with two counts: of users (contents), which you count, and of holds
// (memory), which lazyref changes through you; all users together own one hold.

struct lazyref_slot;

// What lazyref has to know of a kind of objects. It must outlive its slots and all calls, unchanged. All but `kick`
// are set.
struct lazyref_callbacks {
  void* context;  // yours; comes with each call
  // n more holds. Relaxed will do: the caller has one already.
  void (*take)(void* context, void* object, size_t n);
  // n holds less, acq_rel. Whoever gives up the last one disposes: that may call anything in this header, also for the
  // slot in whose call it runs ("Disposers" in slot.hpp).
  void (*give_up)(void* context, void* object, size_t n);
  // Calls visit(visitor, slot) for every slot that may have used an object of this kind; perhaps more than once for a
  // scan. A slot more, or one twice, does no harm.
  void (*for_each_slot)(void* context, void (*visit)(void* visitor, struct lazyref_slot* slot), void* visitor);
  // Null, or: the slot's worker has got a hold, and should move or poll soon.
  void (*kick)(void* context, struct lazyref_slot* slot);
  // Not 0: reclaim::prompt. A light fence per move and a heavy one per hand-over, and what a worker has left goes at once.
  int prompt;
};

// A lazy reference. It must stay where it is while any reclaimer may look at it.
struct lazyref_slot {
  // lazyref's own.
  LAZYREF_DETAIL_ALIGNAS(LAZYREF_CACHE_LINE) void* lazyref_words[4];
  const struct lazyref_callbacks* lazyref_callbacks;
  int lazyref_prompt;
};

// What a scan did.
struct lazyref_handover_counts {
  size_t scanned;      // slots looked at
  size_t handed_over;  // times that a hold was left in a slot
  size_t carried;      // of those, how many displaced an earlier one, which was carried on
  size_t taken_back;   // holds taken out of a slot whose worker had left
  size_t unparked;     // parked objects taken from their workers
};

// Purpose: before anybody uses the slot. It needs no end, but a lazyref_deactivate by its last worker.
// Errors: -EINVAL (no slot or callbacks, a callback that is null, a slot that is not aligned).
LAZYREF_C_API struct lazyref_result lazyref_slot_initialize(
    struct lazyref_slot* slot, const struct lazyref_callbacks* callbacks) LAZYREF_DETAIL_NOEXCEPT;

// The worker's functions. Who may call: the slot's worker, one thread at a time, with happens-before from one to the next.
// Each may run disposers. Progress: wait-free, but for these, and for a retry per reclaimer that hands something over
// to this slot meanwhile. Cost: a call, a predictable branch, and what slot.hpp says.

// Purpose: use `object`, from now until the slot moves on. Precondition: a user of it exists, whose release happens
//   after this returns. Returns 1 if the slot was on it already, else 0.
LAZYREF_C_API int lazyref_activate(struct lazyref_slot* slot, void* object) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: stop using whatever the slot is on.
LAZYREF_C_API void lazyref_deactivate(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the same in a disposer that gives the slot to another worker.
LAZYREF_C_API void lazyref_vacate(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: give up what was left in the slot, without moving. Cost: a load where there is nothing.
LAZYREF_C_API void lazyref_poll(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: keep the object only as long as nobody wants it gone. It must not be used until lazyref_resume returns it.
LAZYREF_C_API void lazyref_park(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: use again what was parked. Returns it, or null: a reclaimer has taken it, or there was none.
LAZYREF_C_API void* lazyref_resume(struct lazyref_slot* slot) LAZYREF_DETAIL_NOEXCEPT;

// Purpose: use what the pointer at `source` leads to, from now until the slot moves on. `source` is the address of a
//   pointer to an object that is changed atomically: _Atomic(T*), std::atomic<T*>, or a T* by the __atomic builtins.
//   Returns the object, or null if that is what stands there. Ordering: an acquire load of it. Progress: lock-free.
// Precondition: whoever unpublishes an object runs a heavy fence between that and lazyref_last_user_left.
LAZYREF_C_API void* lazyref_protect(struct lazyref_slot* slot, const void* source) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the same, once: of *object, which the caller has read there. Returns 1, or 0: then the slot is on nothing, and
//   *object is what stands there now.
LAZYREF_C_API int lazyref_try_protect(struct lazyref_slot* slot, void** object,
                                      const void* source) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the first half of it, for callers that look at their shared pointer themselves after this, with an acquire
//   load (a pointer with marks, say).
LAZYREF_C_API void lazyref_protect_again(struct lazyref_slot* slot, void* object) LAZYREF_DETAIL_NOEXCEPT;

// The reclaimer's functions. Who may call: any thread. They run disposers. Progress: lock-free; they wait for nobody.
// Cost: a call per slot, and what reclaimer.hpp says. `counts` may be null.

// Purpose: the last user of `object` is gone: take it from slots that have parked it, hand it over to those that are
//   on it, and give up the users' hold. Precondition: once per object, by the thread whose release (acq_rel) was the last.
LAZYREF_C_API void lazyref_last_user_left(const struct lazyref_callbacks* callbacks, void* object,
                                          struct lazyref_handover_counts* counts) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: the same for n objects, no two of them the same: the slots are looked at once for each 128 of them.
LAZYREF_C_API void lazyref_last_users_left(const struct lazyref_callbacks* callbacks, void* const* objects, size_t n,
                                           struct lazyref_handover_counts* counts) LAZYREF_DETAIL_NOEXCEPT;
// Purpose: take back what workers have left in their slots. Returns how many holds it took.
LAZYREF_C_API size_t lazyref_collect(const struct lazyref_callbacks* callbacks) LAZYREF_DETAIL_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif  // LAZYREF_LAZYREF_H

#if defined(LAZYREF_C_IMPLEMENTATION)
#if !defined(__cplusplus)
#error "LAZYREF_C_IMPLEMENTATION: the unit with the code of lazyref.h must be C++"
#endif
#include "detail/c_interface.hpp"
#endif
