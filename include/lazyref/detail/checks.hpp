// SPDX-License-Identifier: BSL-1.0
//
// Catches two threads in one slot of a domain at the same time. What is remembered for it stands in the domain in all
// units; those with LAZYREF_CHECKS write and read it.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CHECKS_HPP
#define LAZYREF_DETAIL_CHECKS_HPP

#include <cerrno>

#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Which thread is inside one slot. Stands in the domain, where it outlives every handle.
class thread_in_use {
 public:
  // Before the slot is given back, perhaps by a disposer that some other call of this thread runs. In all units: the next
  // worker's calls are not to be taken for this one's.
  void leave() noexcept {
    thread_.store(nullptr, std::memory_order_relaxed);  // Relaxed: see below.
    borrowed_ = 0;
  }

  // A temporary activation is open; only the slot's worker asks. (Those of units that do not check are not counted.)
  bool is_borrowed() const noexcept { return borrowed_ != 0; }
  void borrow() noexcept { ++borrowed_; }
  void give_back() noexcept {
    if (borrowed_ != 0) --borrowed_;  // Misuse may have detached the slot meanwhile.
  }

  // Relaxed throughout: a check must not order anything, or it would hide from a race detector what it is to find.
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

// Entered by one thread at a time, by that thread again and again (a disposer may re-enter).
class one_thread {
 public:
  explicit one_thread(thread_in_use& use) noexcept : one_thread(&use) {}
  // Null: nothing is checked.
  explicit one_thread(thread_in_use* use) noexcept : use_(use), outermost_(use != nullptr) {
    const void* inside = nullptr;
    if (use_ != nullptr && !use_->enter(inside, one_thread::name())) {
      if (inside != one_thread::name())
        detail::call_fatal_hook("lazy_slot: two threads use one slot at the same time; each worker needs its own");
      outermost_ = false;
    }
  }
  // If it is not us any more, the slot was given back meanwhile.
  ~one_thread() {
    if (outermost_) use_->come_out(one_thread::name());
  }
  one_thread(const one_thread&) = delete;
  one_thread& operator=(const one_thread&) = delete;

 private:
  // Each thread has an errno of its own, and all shared objects of a process agree on where it is.
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

#endif  // LAZYREF_DETAIL_CHECKS_HPP
