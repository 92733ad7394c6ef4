// SPDX-License-Identifier: BSL-1.0
//
// The part to copy: objects in the heap of a conservative collector (Boehm, Demers and Weiser's libgc), used through
// slots by threads that are not registered with the collector. The collector does not stop these threads. It scans
// neither their stacks nor the slots, which are not in its heap. (If all threads were registered, it would find by itself
// which objects they use; but it would stop all of them for that.)
//
// So each object has a root cell. It is set when the object is created, and cleared by the disposer, which runs when the
// last hold is dropped: by the last user, or by the last slot that used the object. From then on the collector may
// collect the object, with all objects that only it refers to. The disposer is one store, which any thread may execute.
// GC_FREE would be a call into the collector, and would ignore other references to the object.
#pragma once

#include <lazyref/domain.hpp>

// Threads are registered explicitly: see known_thread.
#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc/gc.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

// Base of all objects in the collector's heap. The finalizer sets the flag.
struct in_heap {
  std::atomic<bool> is_finalized{false};
};

// Counts of the finalizers. They run in one thread at a time, in the call of GC_invoke_finalizers.
struct finalizer_figures {
  std::uint64_t objects = 0, parts = 0;
  std::atomic<std::uint64_t> too_early{0};  // finalized before the disposer has run
};
inline finalizer_figures finalized;

class root_cells {
 public:
  using cell = std::atomic<void*>;
  static constexpr std::size_t count = 512;

  // Returns null if all cells are in use.
  cell* fill(void* object) noexcept {
    for (cell& one : cells_) {
      void* empty = nullptr;
      if (one.compare_exchange_strong(empty, object, std::memory_order_relaxed)) return &one;
    }
    return nullptr;
  }

 private:
  cell cells_[count]{};
};
// In static storage, which the collector scans.
inline root_cells roots;

// Base of objects that threads use through slots.
template <class T>
class collected : public lazyref::owner<T>, public in_heap {
 public:
  // The error that --break makes: the root is cleared with the last user, as if there were no slots.
  static inline bool does_not_ask_slots = false;

  void on_last_user() noexcept {
    if (does_not_ask_slots) drop_root();
  }

  static void dispose(T* object) noexcept {
    static_assert(std::is_trivially_destructible_v<T>, "the collector calls no destructors");
    object->is_disposed_.store(true, std::memory_order_relaxed);
    object->drop_root();
  }

  // Who may call: a thread that is registered with the collector. Throws std::bad_alloc.
  template <class... Args>
  static lazyref::strong_ref<T> make(lazyref::lazy_domain<T>& domain, Args&&... args) {
    void* const memory = GC_MALLOC(sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    T* const object = new (memory) T(std::forward<Args>(args)...);
    object->root_ = roots.fill(object);
    if (object->root_ == nullptr) throw std::bad_alloc();
    GC_REGISTER_FINALIZER_NO_ORDER(object, finalize, nullptr, nullptr, nullptr);
    return domain.adopt(object);
  }

 private:
  // Release: all uses of the object happen before. The collector reads the cell by a plain load, and later.
  void drop_root() noexcept {
    if (root_ != nullptr) std::exchange(root_, nullptr)->store(nullptr, std::memory_order_release);
  }

  static void finalize(void* memory, void*) {
    T* const object = static_cast<T*>(memory);
    object->is_finalized.store(true, std::memory_order_relaxed);
    ++finalized.objects;
    if (object->is_disposed_.load(std::memory_order_relaxed)) return;
    finalized.too_early.fetch_add(1, std::memory_order_relaxed);
    // Makes the object reachable again, so that threads that still use it find it finalized, and not another object in
    // its place.
    object->next_too_early_ = std::exchange(too_early_, object);
  }

  root_cells::cell* root_ = nullptr;
  std::atomic<bool> is_disposed_{false};
  T* next_too_early_ = nullptr;
  static inline T* too_early_ = nullptr;
};

// Registers the calling thread with the collector for the lifetime of this object.
class known_thread {
 public:
  known_thread() noexcept {
    GC_stack_base stack;
    GC_get_stack_base(&stack);
    GC_register_my_thread(&stack);
  }
  ~known_thread() { GC_unregister_my_thread(); }
  known_thread(const known_thread&) = delete;
  known_thread& operator=(const known_thread&) = delete;
};
