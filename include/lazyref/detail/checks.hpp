// SPDX-License-Identifier: BSL-1.0
//
// Catches two threads in one slot of a domain at the same time. Empty where LAZYREF_CHECKS is 0.
#pragma once

#include <cerrno>

#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

#if LAZYREF_CHECKS

// Which thread is inside one slot. Stands in the domain, where it outlives every handle.
class thread_in_use {
 public:
  // Before the slot is given back, perhaps by a disposer that some other call of this thread runs.
  void leave() noexcept {
    thread_.store(nullptr, std::memory_order_relaxed);  // Relaxed: see below.
    borrowed_ = 0;
  }

  // A temporary activation is open; only the slot's worker asks.
  bool is_borrowed() const noexcept { return borrowed_ != 0; }
  void borrow() noexcept { ++borrowed_; }
  void give_back() noexcept { --borrowed_; }

 private:
  friend class one_thread;
  // Relaxed throughout: a check must not order anything, or it would hide from a race detector what it is to find.
  std_atomics::atomic<const void*> thread_{nullptr};
  unsigned borrowed_ = 0;
};

// Entered by one thread at a time, by that thread again and again (a disposer may re-enter).
class one_thread {
 public:
  explicit one_thread(thread_in_use& use) noexcept : use_(use) {
    const void* inside = nullptr;
    // Relaxed: see thread_in_use.
    if (!use_.thread_.compare_exchange_strong(inside, name(), std::memory_order_relaxed, std::memory_order_relaxed)) {
      if (inside != name()) fatal("lazy_slot: two threads use one slot at the same time; each worker needs its own");
      outermost_ = false;
    }
  }
  ~one_thread() {
    const void* inside = name();  // Relaxed: as above. If it is not us any more, the slot was given back meanwhile.
    if (outermost_)
      use_.thread_.compare_exchange_strong(inside, nullptr, std::memory_order_relaxed, std::memory_order_relaxed);
  }
  one_thread(const one_thread&) = delete;
  one_thread& operator=(const one_thread&) = delete;

 private:
  // Each thread has an errno of its own, and all shared objects of a process agree on where it is.
  static const void* name() noexcept { return &errno; }

  thread_in_use& use_;
  bool outermost_ = true;
};

#else

struct thread_in_use {
  void leave() noexcept {}
  static constexpr bool is_borrowed() noexcept { return false; }
  void borrow() noexcept {}
  void give_back() noexcept {}
};

struct one_thread {
  explicit one_thread(thread_in_use&) noexcept {}
  ~one_thread() {}
};

#endif

}  // namespace detail

LAZYREF_END_NAMESPACE
