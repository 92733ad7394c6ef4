// SPDX-License-Identifier: BSL-1.0
//
// What stands behind hazard_pointer: slots (slot.hpp) in chunks that are added when all are taken and never removed, and a
// list of retired objects. hazard_cache.hpp has each thread's few free slots.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_HAZARD_DOMAIN_HPP
#define LAZYREF_DETAIL_HAZARD_DOMAIN_HPP

#include <cstddef>
#include <cstdint>
#include <utility>

#include "../owner.hpp"
#include "retired.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class D>
class hazard_pointer_obj_base;

namespace detail {

// The base of all that hazard pointers protect. A copy is a new object: nothing is copied, nor compared.
template <class Sync>
class lazyref_hazard_object {
 public:
  lazyref_hazard_object() noexcept = default;
  lazyref_hazard_object(const lazyref_hazard_object&) noexcept : lazyref_hazard_object() {}
  lazyref_hazard_object& operator=(const lazyref_hazard_object&) noexcept { return *this; }

 protected:
  ~lazyref_hazard_object() = default;

 private:
  template <class>
  friend class hazard_domain;
  template <class, class>
  friend class lazyref::hazard_pointer_obj_base;

  // Its holds; of users there is one, which retire drops. All of these change in objects that their users may only read.
  mutable hold_count<Sync> lazyref_holds_;
  // Of those that look for misuse: by whose hazard pointers it was protected; 0 at first.
  mutable typename Sync::template atomic<std::uint32_t> lazyref_mark_{0};
  mutable lazyref_hazard_object* lazyref_next_ = nullptr;
  mutable void (*lazyref_reclaim_)(lazyref_hazard_object*) noexcept = nullptr;
};

template <class Sync>
class hazard_domain {
 public:
  using object = lazyref_hazard_object<Sync>;

  struct holds {
    static void take(object* x, std::size_t n) noexcept { x->lazyref_holds_.take(n); }
    static void give_up(object* x, std::size_t n) noexcept {
      give_up(x, n, [](auto&& disposal) { disposal(); });
    }
    // The same; `run` runs the disposer, if this was the last hold.
    template <class Run>
    static void give_up(object* x, std::size_t n, Run&& run) noexcept {
      if (x->lazyref_holds_.give_up(n)) run([x] { x->lazyref_reclaim_(x); });
    }
  };
  struct link {
    static object*& next(object* x) noexcept { return x->lazyref_next_; }
  };
  using slot_words = slot<object, Sync, reclaim::prompt>;
  struct record : slot_words {
    typename Sync::template atomic<bool> taken{false};
    // See hazard_cache.hpp, which no checker is put under.
    std_atomics::atomic<const void*> owner{nullptr};
    void* cache = nullptr;
    const hazard_domain* registry = nullptr;
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
    for (record& r : more->records) r.registry = this;
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

  // For those that look for misuse: `x` is protected by hazard pointers of this domain, or retired here. Whether no other
  // domain has marked it.
  bool is_ours(const object* x, bool mark) const noexcept {
    const auto mine = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(this) >> 4) | 1;
    std::uint32_t now = 0;
    // Relaxed, both: a check orders nothing.
    if (mark &&
        x->lazyref_mark_.compare_exchange_strong(now, mine, std::memory_order_relaxed, std::memory_order_relaxed))
      return true;
    now = x->lazyref_mark_.load(std::memory_order_relaxed);  // Relaxed: as above.
    return now == 0 || now == mine;
  }

  void retire(object* x) noexcept {
    if (detail::is_rare(retired_.push(x))) flush();
  }

  [[gnu::__noinline__]] void flush() noexcept {
    const no_cancellation scope;
    retired_.flush([this](const scan_group<object>& group) {
      fence_.heavy(Sync::orders.unpublish_heavy);  // (R7) pairs with P2; I1
      lazyref::last_users_left<holds, reclaim::prompt, Sync>(
          group,
          [this](auto&& visit) {
            // (K2) acquire, pairs with K1.
            for (chunk* c = chunks_.load(Sync::orders.chunk_look); c != nullptr; c = c->next) {
              for (record& r : c->records) visit(static_cast<slot_words&>(r));
            }
          },
          ignore{}, fence_);
      for (object* const x : group) {
        if (x->lazyref_holds_.give_up_only()) x->lazyref_reclaim_(x);
      }
    });
  }

  std::size_t waiting() const noexcept { return retired_.size(); }

  // As many as there are, in use or not. For tests.
  std::size_t slot_count() const noexcept {
    std::size_t result = 0;
    // (K2) acquire, pairs with K1.
    for (chunk* c = chunks_.load(Sync::orders.chunk_look); c != nullptr; c = c->next) result += chunk_size;
    return result;
  }

  // `me`: the calling thread. Those that are gone do not own what they used to, as threads to come may have their names.
  void after_fork_in_child(const void* me) noexcept {
    retired_.after_fork_in_child();
    // Relaxed throughout: there is one thread.
    for (chunk* c = chunks_.load(std::memory_order_relaxed); c != nullptr; c = c->next) {
      for (record& r : c->records) {
        if (r.owner.load(std::memory_order_relaxed) != me) r.owner.store(nullptr, std::memory_order_relaxed);
      }
    }
  }

 private:
  static constexpr std::size_t chunk_size = 16;
  struct chunk {
    record records[chunk_size];
    chunk* next = nullptr;
  };

  const typename Sync::fence fence_ = Sync::process_fence();
  typename Sync::template atomic<chunk*> chunks_{nullptr};
  alignas(cache_line) retired_list<object, link, Sync> retired_;
};

// Constant-initialised, and never destroyed: objects with static storage may use it before main and after.
template <class D>
union never_destroyed {
  constexpr never_destroyed() noexcept : value() {}
  ~never_destroyed() {}
  D value;
};

using hazards = hazard_domain<std_sync>;
#if defined(__clang__)
[[clang::__no_destroy__]]  // It does nothing.
#endif
LAZYREF_DETAIL_STATE(never_destroyed<hazards>, all_hazards);

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_HAZARD_DOMAIN_HPP
