// SPDX-License-Identifier: BSL-1.0
//
// The part to copy: objects in the heap of a conservative collector (Boehm, Demers and Weiser's libgc), used through
// slots by threads that the collector does not know. It does not stop them, and it looks neither at their stacks nor at
// the slots, which are not in its heap. (If it knew all threads, it would find by itself who is on what; and would stop
// all of them for it.)
//
// A root cell stands in for them. It is filled when the object is made, and cleared by the disposer, that is by whoever
// gives up the last hold: the last user, or the last slot that was still on the object. From then on the object is the
// collector's, with whatever it alone leads to. So the disposer is a store, which any thread may make. GC_FREE would be
// a call into the collector, and would not ask what else leads to the object.
#pragma once

#include <lazyref/domain.hpp>

// Threads are registered by hand, where they are.
#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc/gc.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

// What stands in the collector's heap, and what its finalizer tells.
struct in_heap {
  std::atomic<bool> is_finalized{false};
};

// What finalizers saw. They run in one thread at a time, where somebody calls GC_invoke_finalizers.
struct finalizer_figures {
  std::uint64_t objects = 0, parts = 0;
  std::atomic<std::uint64_t> too_early{0};  // before the disposer
};
inline finalizer_figures finalized;

class root_cells {
 public:
  using cell = std::atomic<void*>;
  static constexpr std::size_t count = 512;

  // Null if there is none left.
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
// In static storage, which the collector looks through.
inline root_cells roots;

// Base of the objects that slots may be on.
template <class T>
class collected : public lazyref::owner<T>, public in_heap {
 public:
  // As if there were no slots: what a program has to do that frees with the last counted user.
  static inline bool does_not_ask_slots = false;

  void on_last_user() noexcept {
    if (does_not_ask_slots) drop_root();
  }

  static void dispose(T* object) noexcept {
    static_assert(std::is_trivially_destructible_v<T>, "the collector calls no destructors");
    object->is_disposed_.store(true, std::memory_order_relaxed);
    object->drop_root();
  }

  // In a thread that the collector knows. Throws std::bad_alloc.
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
  // Release: what was done with the object comes before. The collector reads it plainly; what depends on that is later.
  void drop_root() noexcept {
    if (root_ != nullptr) std::exchange(root_, nullptr)->store(nullptr, std::memory_order_release);
  }

  static void finalize(void* memory, void*) {
    T* const object = static_cast<T*>(memory);
    object->is_finalized.store(true, std::memory_order_relaxed);
    ++finalized.objects;
    if (object->is_disposed_.load(std::memory_order_relaxed)) return;
    finalized.too_early.fetch_add(1, std::memory_order_relaxed);
    // Reachable again, so that the threads that are still on it find it finalized, and not something else in its place.
    object->next_too_early_ = std::exchange(too_early_, object);
  }

  root_cells::cell* root_ = nullptr;
  std::atomic<bool> is_disposed_{false};
  T* next_too_early_ = nullptr;
  static inline T* too_early_ = nullptr;
};

// A thread that the collector knows, for as long as this is there.
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
