// SPDX-License-Identifier: BSL-1.0
//
// Detects two threads that use one slot of a domain at the same time. The domain holds the record for this in all
// units; units with LAZYREF_CHECKS read and write it.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_BASE_CHECKS_HPP
#define LAZYREF_DETAIL_BASE_CHECKS_HPP

#include <cerrno>

#include "../../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Which thread is inside a call on one slot. Stored in the domain, so that it outlives every handle.
class thread_in_use {
 public:
  // Called before the slot is detached, perhaps by a disposer inside another call of this thread. In all units:
  // otherwise the next worker's calls would be mistaken for calls of this one.
  void leave() noexcept {
    thread_.store(nullptr, std::memory_order_relaxed);  // Relaxed: see below.
    borrowed_ = 0;
  }

  // A temporary activation is open. Only the slot's worker asks. (Units without checks do not count theirs.)
  bool is_borrowed() const noexcept { return borrowed_ != 0; }
  void borrow() noexcept { ++borrowed_; }
  void give_back() noexcept {
    if (borrowed_ != 0) --borrowed_;  // Misuse may have detached the slot in between.
  }

  // Relaxed throughout: a check must not order anything, or it would hide from a race detector the race that it looks for.
  bool enter(const void*& inside, const void* thread) noexcept {
    return thread_.compare_exchange_strong(inside, thread, std::memory_order_relaxed, std::memory_order_relaxed);
  }
  void come_out(const void* thread) noexcept {
    thread_.compare_exchange_strong(thread, nullptr, std::memory_order_relaxed, std::memory_order_relaxed);
  }

 private:
  std_atomics::atomic<const void*> thread_{nullptr};
  unsigned borrowed_ = 0;
};

LAZYREF_DETAIL_BEGIN_UNIT

#if LAZYREF_CHECKS

// Admits one thread at a time; the same thread may enter repeatedly (a disposer may re-enter).
class one_thread {
 public:
  explicit one_thread(thread_in_use& use) noexcept : one_thread(&use) {}
  // Null: no check.
  explicit one_thread(thread_in_use* use) noexcept : use_(use), outermost_(use != nullptr) {
    const void* inside = nullptr;
    if (use_ != nullptr && !use_->enter(inside, one_thread::name())) {
      if (inside != one_thread::name())
        detail::call_fatal_hook("lazy_slot: two threads use one slot at the same time; attach a slot for each thread");
      outermost_ = false;
    }
  }
  // If the record no longer names this thread, the slot was detached in between.
  ~one_thread() {
    if (outermost_) use_->come_out(one_thread::name());
  }
  one_thread(const one_thread&) = delete;
  one_thread& operator=(const one_thread&) = delete;

 private:
  // Each thread has its own errno, and all shared objects of a process agree on its address.
  static const void* name() noexcept { return &errno; }

  thread_in_use* use_;
  bool outermost_;
};

#else

struct one_thread {
  explicit one_thread(thread_in_use&) noexcept {}
  explicit one_thread(thread_in_use*) noexcept {}
  ~one_thread() {}
};

#endif

LAZYREF_DETAIL_END_UNIT

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BASE_CHECKS_HPP
