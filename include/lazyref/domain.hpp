// SPDX-License-Identifier: BSL-1.0
//
// A domain: a fixed number of slots, the objects that may be activated through them, and the choice of how they are
// reclaimed.
//
//   struct rules : lazyref::owner<rules> { ... };
//   lazyref::lazy_domain<rules> domain(64);                     // slots
//   auto current = domain.make(...);                            // a counted user
//   auto slot = domain.attach();                                // per worker; empty when all slots are taken
//   slot.activate(current);                                     // one store
//   current.reset();                                            // the last user; nobody waits
//   use(*slot.active());                                        // still there
//   slot.deactivate();                                          // disposed of here, if it was handed over
//
// Everything is allocated by the constructor, by make and adopt (the object, and with candidates::tracked its bits);
// nothing else allocates, throws or starts a thread. Disposers and hooks run inside the calls that drop the last user
// or hold: strong_ref::reset, activate, deactivate, poll, detach, attach, collect, after_fork_in_child, and the
// domain's destructor. They may call any of these, but for the last two. Nothing here is async-signal-safe.
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "lazy_slot.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class Options>
class lazy_domain final : private detail::home<T> {
 public:
  using sync_type = typename T::sync_type;
  using slot_type = lazy_slot<T, Options>;

  // Errors: no memory calls the fatal hook. No slots at all is a domain that is always full.
  explicit lazy_domain(std::size_t slots) noexcept
      : size_(slots), slots_(allocate<slot_words>(slots)), seats_(allocate<seat>(slots)) {}

  // Gives up what is parked. Precondition: no slot is attached, no object is alive, and whoever detached or dropped the
  // last of them has returned from it (join those threads). The first two are checked in every build, after the last
  // disposer has run, and call the fatal hook: a slot or an object that outlives its domain would write to freed
  // memory.
  ~lazy_domain() {
    while (take_all_back() != 0) {
    }
    for (std::size_t i = 0; i < size_; ++i) {
      // (D1) acquire, pairs with D2: the slot's last worker is done with it.
      if (detail::is_rare(is_taken(seats_[i].claim.load(sync_type::orders.claim)))) {
        detail::fatal(slots_[i].lazy.load(std::memory_order_relaxed) != nullptr  // Relaxed: for the message.
                          ? "lazy_domain: destroyed while one of its slots is active; deactivate and detach every "
                            "lazy_slot (end or join its thread) first"
                          : "lazy_domain: destroyed while one of its slots is attached; detach every lazy_slot (end or "
                            "join its thread) first");
      }
    }
    // (D4) acquire, pairs with D3: every object's last touch of this domain is over.
    const std::size_t disposed = disposed_.load(sync_type::orders.disposed_read);
    // Relaxed: it counts what this thread's past contains. After a fork, objects of vanished threads are lost.
    if (detail::is_rare(!forked_ && disposed != made_.load(std::memory_order_relaxed))) {
      detail::fatal(
          "lazy_domain: destroyed while some of its objects are alive; drop every strong_ref, and join every thread "
          "that does, first");
    }
  }

  lazy_domain(const lazy_domain&) = delete;
  lazy_domain& operator=(const lazy_domain&) = delete;

  // Purpose: a new object and its first user. Who may call: any thread. Cost, errors: those of `new T(args...)`.
  // Precondition: T::dispose, if there is one, undoes `new`.
  template <class... Args>
  strong_ref<T> make(Args&&... args) {
    return adopt(new T(std::forward<Args>(args)...));
  }

  // Purpose: the same for an object that the caller has allocated, in a way that T::dispose (or `delete` of a T*)
  //   undoes.
  // Preconditions: the object has never been adopted; it is not null. Errors: no memory for candidate bits calls the
  //   fatal hook.
  strong_ref<T> adopt(T* object) noexcept {
    static_assert(!detail::can_look_for_hooks<T> || detail::has_on_last_user<T> || !detail::names_on_last_user<T>,
                  "T::on_last_user cannot be called: it must be public, and take nothing");
    static_assert(!detail::can_look_for_hooks<T> || detail::has_dispose<T> || !detail::names_dispose<T>,
                  "T::dispose cannot be called: it must be public and static, and take a T*");
    detail::check(object != nullptr, "lazy_domain::adopt: the object is null");
    detail::check(detail::owner_access::domain(object) == nullptr,
                  "lazy_domain::adopt: the object belongs to a domain already");
    detail::owner_access::domain(object) = this;
    if constexpr (Options::where == candidates::tracked && Options::how == policy::handoff) {
      detail::owner_access::tracked(object) = allocate<word>(words());
    }
    made_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a number.
    return detail::owner_access::adopt_user(object);
  }

  // Purpose: a slot for the calling worker. Returns an empty lazy_slot if it finds all taken, one after the other.
  // Who may call: any thread. Progress: lock-free. Cost: linear in the number of slots.
  slot_type attach() noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      // Relaxed look first: taken slots are passed without a write.
      number claim = seats_[i].claim.load(std::memory_order_relaxed);
      if (is_taken(claim)) continue;
      // (D1) acquire, pairs with D2; I2: one worker at a time. Relaxed if it fails: somebody else has it.
      if (!seats_[i].claim.compare_exchange_strong(claim, claim + 1, sync_type::orders.claim,
                                                   std::memory_order_relaxed))
        continue;
      // Relaxed: activations come after it, so by I1 a reclaimer that must see the slot sees this.
      std::size_t used = used_.load(std::memory_order_relaxed);
      while (used < i + 1 &&
             !used_.compare_exchange_weak(used, i + 1, std::memory_order_relaxed, std::memory_order_relaxed)) {
      }
      // What was handed over to the slot's last worker, in the moment in which it left.
      if constexpr (Options::how == policy::handoff) lazyref::poll<holds>(slots_[i]);
      return slot_type(this, &slots_[i], claim + 1);
    }
    return {};
  }

  // Purpose: give up what slots hold that their workers have left, without waiting for their next move; returns how
  //   many it took. For reclaim::deferred when memory is wanted, and for slots that nobody attaches again. Who may
  //   call: any thread.
  // What it finds, progress, cost: as lazyref::collect (slot.hpp). refcounted: nothing is ever left in a slot.
  std::size_t collect() noexcept {
    if constexpr (Options::how == policy::refcounted) return 0;
    const std::size_t taken =
        lazyref::collect<holds, T, Options::when, sync_type>([this](auto&& visit) { this->for_each_used(visit); });
    taken_back_.fetch_add(taken, std::memory_order_relaxed);  // Relaxed: a number.
    return taken;
  }

  // Purpose: in the child of a fork, where only the calling thread exists: takes back all slots but the ones named, as
  //   they belong to threads that are gone. A lazy_slot that is left of such a thread is empty from then on: destroying
  //   or detaching it, while the domain lives, does nothing.
  // Precondition: called before the child starts threads or uses the domain otherwise, and not by a disposer.
  // What vanished threads held by strong_ref, were reclaiming or were counting at that moment is lost to the child: a
  // leak.
  template <class... Kept>
  void after_fork_in_child(const Kept&... kept) noexcept {
    forked_ = true;
    fence_after_fork_in_child();
    for (std::size_t i = 0; i < size_; ++i) {
      if (((kept && kept.domain_ == this && kept.index() == i) || ...)) continue;
      slot_words& s = slots_[i];
      // Relaxed, all of it: there is one thread. What refcounted had counted goes where handoff leaves things, and then
      // the same way; no disposer runs before all is clear.
      if constexpr (Options::how == policy::refcounted) {
        s.drop.store(s.lazy.load(std::memory_order_relaxed), std::memory_order_relaxed);
      }
      s.lazy.store(nullptr, std::memory_order_relaxed);
      const number claim = seats_[i].claim.load(std::memory_order_relaxed);
      if (is_taken(claim)) seats_[i].claim.store(claim + 1, std::memory_order_relaxed);
      seats_[i].leave();
    }
    take_all_back();
  }

  // Purpose: live counters; each is true for some moment, together they need not be. Progress: wait-free. Cost: linear
  //   in the slots.
  domain_stats stats() const noexcept {
    domain_stats result{};
    result.slots = size_;
    for (std::size_t i = 0; i < size_; ++i) {
      // Relaxed, both: numbers.
      result.attached += is_taken(seats_[i].claim.load(std::memory_order_relaxed));
      result.parked += slots_[i].drop.load(std::memory_order_relaxed) != nullptr;
    }
    // Disposed before made: so never more disposed than made.
    result.disposed = disposed_.load(sync_type::orders.disposed_read);  // (D4) acquire, pairs with D3
    // Relaxed throughout: numbers.
    result.made = made_.load(std::memory_order_relaxed);
    result.reclaimed = reclaimed_.load(std::memory_order_relaxed);
    result.scanned = scanned_.load(std::memory_order_relaxed);
    result.handed_over = handed_over_.load(std::memory_order_relaxed);
    result.carried = carried_.load(std::memory_order_relaxed);
    result.taken_back = taken_back_.load(std::memory_order_relaxed);
    return result;
  }

 private:
  template <class, class>
  friend class lazy_slot;

  template <class U>
  using atomic = typename sync_type::template atomic<U>;
  using holds = detail::owner_holds<T>;
  using slot_words = slot<T, sync_type, Options::when>;
  using word = atomic<std::uintptr_t>;
  using number = std::uint32_t;

  // What is not in the slot's cache line, since only attach and detach touch it.
  struct seat : detail::thread_in_use {
    atomic<number> claim{0};  // how often the slot was taken and given back: odd while it is taken
  };

  static constexpr bool is_taken(number claim) noexcept { return claim % 2 != 0; }

  static constexpr std::size_t word_bits = sizeof(std::uintptr_t) * CHAR_BIT;

  template <class U>
  static U* allocate(std::size_t n) noexcept {
    U* const result = n <= PTRDIFF_MAX / sizeof(U) ? new (std::nothrow) U[n]() : nullptr;
    if (result == nullptr) detail::fatal("lazy_domain: there is no memory for that many slots");
    return result;
  }

  std::size_t words() const noexcept { return (size_ + word_bits - 1) / word_bits; }

  template <class Visit>
  void for_each_used(Visit&& visit) noexcept {
    // Relaxed: see attach.
    const std::size_t used = used_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < used; ++i) visit(slots_[i]);
  }

  template <class Visit>
  void for_each_candidate(T* object, Visit&& visit) noexcept {
    if constexpr (Options::where == candidates::all) {
      for_each_used(visit);
    } else if constexpr (Options::where == candidates::custom) {
      object->for_each_candidate([&](std::size_t index) {
        if (detail::is_rare(index >= size_))
          detail::fatal("lazy_domain: for_each_candidate named a slot that the domain does not have");
        visit(slots_[index]);
      });
    } else {
      const word* const tracked = detail::owner_access::tracked(object);
      for (std::size_t w = 0; w < words(); ++w) {
        // Relaxed: set before the covering user was dropped, so by I1 visible.
        std::uintptr_t bits = tracked[w].load(std::memory_order_relaxed);
        for (std::size_t i = w * word_bits; bits != 0; ++i, bits >>= 1) {
          if ((bits & 1) != 0) visit(slots_[i]);
        }
      }
    }
  }

  // Before the activation, hence before the user that covers it is dropped. Once per slot and object.
  void track(T* object, std::size_t index) noexcept {
    word& bits = detail::owner_access::tracked(object)[index / word_bits];
    const std::uintptr_t bit = std::uintptr_t{1} << (index % word_bits);
    // Relaxed, both: see for_each_candidate.
    if (detail::is_rare((bits.load(std::memory_order_relaxed) & bit) == 0))
      bits.fetch_or(bit, std::memory_order_relaxed);
  }

  // For when there are no workers, hence without a fence.
  std::size_t take_all_back() noexcept {
    detail::handover<holds, T, sync_type, Options::when> handover(nullptr);
    for_each_used([&](slot_words& s) { handover.take_back(s); });
    return handover.counts().taken_back;
  }

  void last_user_left(T* object) noexcept override {
    if constexpr (detail::has_on_last_user<T>) {
      static_assert(noexcept(object->on_last_user()), "on_last_user must be noexcept");
      object->on_last_user();
    }
    if constexpr (Options::how == policy::refcounted) {
      reclaimed_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a number.
      holds::give_up(object, 1);
    } else {
      lazyref::last_user_left<holds, Options::when, sync_type>(
          object, [this, object](auto&& visit) { this->for_each_candidate(object, visit); },
          [this](const handover_counts& counts) {
            // Relaxed throughout: numbers. Added while the users' hold keeps the object, and so the domain, alive.
            reclaimed_.fetch_add(1, std::memory_order_relaxed);
            scanned_.fetch_add(counts.scanned, std::memory_order_relaxed);
            if (counts.handed_over != 0) handed_over_.fetch_add(counts.handed_over, std::memory_order_relaxed);
            if (counts.carried != 0) carried_.fetch_add(counts.carried, std::memory_order_relaxed);
            if (counts.taken_back != 0) taken_back_.fetch_add(counts.taken_back, std::memory_order_relaxed);
          });
    }
  }

  void last_hold_left(T* object) noexcept override {
    delete[] detail::owner_access::tracked(object);
    if constexpr (detail::has_dispose<T>) {
      static_assert(noexcept(T::dispose(object)), "dispose must be noexcept");
      T::dispose(object);
    } else {
      delete object;
    }
    // (D3) release, pairs with D4: the last touch of the domain.
    disposed_.fetch_add(1, sync_type::orders.disposed);
  }

  const std::size_t size_;
  const std::unique_ptr<slot_words[]> slots_;
  const std::unique_ptr<seat[]> seats_;
  bool forked_ = false;
  atomic<std::size_t> used_{0};  // slots from here on have never been attached

  // What reclaimers write; workers do not.
  alignas(cache_line) atomic<std::size_t> made_{0};
  atomic<std::size_t> disposed_{0};
  atomic<std::size_t> reclaimed_{0};
  atomic<std::size_t> scanned_{0};
  atomic<std::size_t> handed_over_{0};
  atomic<std::size_t> carried_{0};
  atomic<std::size_t> taken_back_{0};
};

LAZYREF_END_NAMESPACE
