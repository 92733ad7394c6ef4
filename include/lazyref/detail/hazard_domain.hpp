// SPDX-License-Identifier: BSL-1.0
//
// What stands behind hazard_pointer: slots (slot.hpp) in chunks that are added when all are taken and never removed, a
// list of retired objects, and each thread's few free slots.
#pragma once

#include <cstddef>

#include "../owner.hpp"
#include "retired.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class D>
class hazard_pointer_obj_base;

namespace detail {

// The base of all that hazard pointers protect. A copy is a new object.
template <class Sync>
class hazard_object {
 public:
  hazard_object() noexcept = default;
  hazard_object(const hazard_object&) noexcept : hazard_object() {}
  hazard_object& operator=(const hazard_object&) noexcept { return *this; }

 protected:
  ~hazard_object() = default;

 private:
  template <class>
  friend class hazard_domain;
  template <class, class>
  friend class lazyref::hazard_pointer_obj_base;

  reference_counts<Sync> counts_;  // its holds; of users there is one, which retire drops
  hazard_object* next_ = nullptr;
  void (*reclaim_)(hazard_object*) noexcept = nullptr;
};

template <class Sync>
class hazard_domain {
 public:
  using object = hazard_object<Sync>;

  struct holds {
    static void take(object* x, std::size_t n) noexcept { x->counts_.take_holds(n); }
    static void give_up(object* x, std::size_t n) noexcept {
      if (x->counts_.give_up_holds(n)) x->reclaim_(x);
    }
  };
  struct link {
    static object*& next(object* x) noexcept { return x->next_; }
  };
  using slot_words = slot<object, Sync, reclaim::prompt>;
  struct record : slot_words {
    typename Sync::template atomic<bool> taken{false};
  };

  static constexpr std::size_t batch = retired_list<object, link, Sync>::batch;

  constexpr hazard_domain() noexcept = default;
  // Precondition: no thread uses it, and nothing is retired.
  ~hazard_domain() {
    // Relaxed: there is one thread.
    for (chunk* c = chunks_.load(std::memory_order_relaxed); c != nullptr;) delete std::exchange(c, c->next);
  }
  hazard_domain(const hazard_domain&) = delete;
  hazard_domain& operator=(const hazard_domain&) = delete;

  // A slot that is on nothing. Errors: those of `new`, if there must be more slots. Progress: lock-free, as `new` is.
  record* claim() {
    // (K2) acquire, pairs with K1.
    for (chunk* c = chunks_.load(Sync::orders.chunk_look); c != nullptr; c = c->next) {
      for (record& r : c->records) {
        // Relaxed look first: taken slots are passed without a write.
        bool taken = r.taken.load(std::memory_order_relaxed);
        // (D1) acquire, pairs with D2; I2: one worker at a time. Relaxed if it fails: somebody else has it.
        if (!taken && r.taken.compare_exchange_strong(taken, true, Sync::orders.claim, std::memory_order_relaxed))
          return &r;
      }
    }
    chunk* const more = new chunk;
    more->records[0].taken.store(true, std::memory_order_relaxed);  // Relaxed: K1 publishes it.
    // Relaxed: linked to; who follows it has read K1's value. Every chunk that was pushed stays.
    more->next = chunks_.load(std::memory_order_relaxed);
    // (K1) release, pairs with K2. A reclaimer that must find a slot in here finds the chunk: it stands before the
    // protection, and so before the light fence (P2). Each push continues the release sequence of those before it.
    while (!chunks_.compare_exchange_weak(more->next, more, Sync::orders.chunk_push, std::memory_order_relaxed)) {
    }
    return &more->records[0];
  }

  // Precondition: the slot is on nothing.
  static void give_back(record& r) noexcept {
    // (D2) release, pairs with D1; I2: the next worker begins after this one.
    r.taken.store(false, Sync::orders.unclaim);
  }

  void retire(object* x) noexcept {
    if (is_rare(retired_.push(x))) flush();
  }

  void flush() noexcept {
    retired_.flush([this](const scan_group<object>& group) {
      Sync::heavy(Sync::orders.unpublish_heavy);  // (R7) pairs with P2; I1
      last_users_left<holds, reclaim::prompt, Sync>(group, [this](auto&& visit) {
        // (K2) acquire, pairs with K1.
        for (chunk* c = chunks_.load(Sync::orders.chunk_look); c != nullptr; c = c->next) {
          for (record& r : c->records) visit(static_cast<slot_words&>(r));
        }
      });
      for (object* const x : group) {
        if (x->counts_.give_up_only_hold()) x->reclaim_(x);
      }
    });
  }

  std::size_t waiting() const noexcept { return retired_.size(); }
  void after_fork_in_child() noexcept { retired_.after_fork_in_child(); }

 private:
  struct chunk {
    record records[16];
    chunk* next = nullptr;
  };

  typename Sync::template atomic<chunk*> chunks_{nullptr};
  alignas(cache_line) retired_list<object, link, Sync> retired_;
};

// Constant-initialised, and never destroyed: objects with static storage may use it before main and after.
template <class D>
union forever {
  constexpr forever() noexcept : value() {}
  ~forever() {}
  D value;
};

using hazards = hazard_domain<std_sync>;
LAZYREF_DETAIL_ONE_PER_PROCESS inline forever<hazards> all_hazards;

// The slots that a thread has used and not given back: a few, on nothing. Two parts, so that the one that is used all
// the time needs no initialisation and no destruction, and outlives every destructor of the thread.
struct hazard_cache {
  static constexpr unsigned capacity = 8;
  unsigned size;
  unsigned limit;  // capacity while the thread lives and has made arrangements for its end, else 0
  hazards::record* records[capacity];
};
LAZYREF_DETAIL_ONE_PER_PROCESS inline thread_local hazard_cache this_threads_hazards{};

struct hazard_cache_end {
  hazard_cache_end() noexcept { this_threads_hazards.limit = hazard_cache::capacity; }
  ~hazard_cache_end() {
    hazard_cache& mine = this_threads_hazards;
    mine.limit = 0;
    while (mine.size != 0) hazards::give_back(*mine.records[--mine.size]);
  }
};

[[gnu::__noinline__, gnu::__cold__]] inline hazards::record* claim_hazard() {
  static thread_local hazard_cache_end at_thread_end;
  static_cast<void>(at_thread_end);
  return all_hazards.value.claim();
}

inline hazards::record* take_hazard() {
  hazard_cache& mine = this_threads_hazards;
  return is_likely(mine.size != 0) ? mine.records[--mine.size] : claim_hazard();
}

inline void return_hazard(hazards::record* r) noexcept {
  hazard_cache& mine = this_threads_hazards;
  if (is_likely(mine.size < mine.limit)) {
    mine.records[mine.size++] = r;
  } else {
    hazards::give_back(*r);
  }
}

}  // namespace detail

LAZYREF_END_NAMESPACE
