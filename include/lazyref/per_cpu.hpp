// SPDX-License-Identifier: BSL-1.0
//
// Slots that belong to CPUs: a claim takes a free slot of the CPU that the thread runs on, so memory and scans follow
// CPUs and not threads, and no thread attaches or detaches.
//
//   lazyref::per_cpu_domain<rules> domain;
//   auto current = domain.make(...);
//   {
//     auto seen = domain.claim(current);    // one restartable sequence
//     current.reset();                      // the last user; nobody waits
//     use(*seen);                           // still there, on whatever CPU the thread is by now
//   }                                       // disposed of here, if it was handed over
//
// A claim is by a restartable sequence (rseq) where the C library has registered one (glibc 2.35 and later, x86-64 and
// arm64), else by compare-and-swap on a slot of sched_getcpu(); if all of the CPU's slots are taken, or a sequence was
// interrupted again and again (by a debugger that single-steps), it is a counted hold. The choice is made when the domain
// is constructed, and how() tells it, and whether threads run on CPUs that the domain has no slots for (a container may
// tell fewer CPUs than there are numbers).
//
// The protocol is that of slot.hpp with one difference: a slot has no worker of its own. Between two claims anybody may
// drain it, so that whoever drains cannot know that what it compared is what it takes: an address may have come back,
// and be in use. Hence a drain goes by exchange and carry, as a reclaimer's. And a claim takes over from a claim: it
// reads the null with acquire (S1, S2), also in a restartable sequence, whose store is a plain one and would end the
// release sequence of the release (S4) before it: I2.
//
// A claim is an activation: the caller has a user of the object. To use what a shared pointer leads to, without a user:
//
//   auto seen = domain.protect(shared);     // the same, a light fence, and a second look at `shared`
//   shared.store(next.get(), std::memory_order_release);   // whoever replaces it unpublishes first,
//   domain.retire(std::move(current));      // then drops the user; or current.reset()
//
// A hold cannot be counted on an object that was not looked at again. So a protection that finds no slot takes another one,
// of which there are more when all are taken (overflow slots); reclaimers look at these too. Nothing here is
// async-signal-safe; what a signal handler has interrupted may be in the middle of a claim, and is not disturbed by one.
#include "config.hpp"

#ifndef LAZYREF_PER_CPU_HPP
#define LAZYREF_PER_CPU_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "detail/cpus.hpp"
#include "detail/index_stack.hpp"
#include "detail/reclaim_core.hpp"
#include "detail/slot_store.hpp"

LAZYREF_BEGIN_NAMESPACE

// How a claim takes a slot.
enum class claim_method : unsigned char {
  restartable_sequence,  // without an atomic instruction
  compare_and_swap       // where there is no rseq, or none is wanted
};

// What a per_cpu_domain is constructed with.
struct per_cpu_options {
  std::size_t slots_per_cpu = 4;  // claims that may be open on a CPU before they count; at least 1
  std::size_t cpus = 0;           // 0: as many as the system may have
  claim_method method = claim_method::restartable_sequence;  // the one to use if it can be
};

// What per_cpu_domain::how tells.
struct per_cpu_info {
  claim_method method;        // in use
  cpu_index index_by;         // what tells the slots apart
  std::size_t cpus;           // for which there are slots
  std::size_t slots_per_cpu;  // as constructed
  const char* reason;         // one sentence, static storage duration
};

template <class T, reclaim When = reclaim::deferred>
class per_cpu_domain;

// What per_cpu_domain::claim gives out: the right to use an object. Move-only; may be released by another thread than
// the one that claimed, with the happens-before that any value needs. T need only be declared where one is a member.
template <class T, reclaim When = reclaim::deferred>
class [[nodiscard]] cpu_claim {
 public:
  // Purpose: empty; or takes the other's claim, and the other is empty from then on. What an assignment replaces is
  //   released, as by the destructor.
  cpu_claim() noexcept = default;
  cpu_claim(cpu_claim&& other) noexcept { swap(other); }
  LAZYREF_PER_UNIT cpu_claim& operator=(cpu_claim&& other) noexcept {
    cpu_claim taken(std::move(other));
    swap(taken);
    return *this;
  }
  LAZYREF_PER_UNIT ~cpu_claim() { release(); }

  // Purpose: exchange claims; what they are on stays claimed.
  void swap(cpu_claim& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(where_, other.where_);
  }

  // The object, or null. Precondition (of * and ->): not empty.
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // No slot was free: the claim is a hold on the object. (Not a protection.)
  bool is_counted() const noexcept { return object_ != nullptr && where_ == no_slot; }
  // Why there is none, of an empty one that `protect` has returned: ENOMEM, or 0 (the pointer was null).
  int error() const noexcept { return where_ == no_memory ? ENOMEM : 0; }

  // Purpose: stop using the object. Nothing happens if the claim is empty. Progress: lock-free. Cost: one store, and a
  //   light fence with reclaim::prompt; counted, or in an overflow slot: a read-modify-write. May dispose of objects.
  LAZYREF_PER_UNIT void release() noexcept {
    T* const object = std::exchange(object_, nullptr);
    const std::uintptr_t where = std::exchange(where_, no_slot);
    if (detail::is_rare((where & 1) != 0)) return cpu_claim::release_rare(object, where);
    cpu_claim::leave(*reinterpret_cast<slot<T, detail::sync_of<T>, When>*>(where));
  }

 private:
  friend class per_cpu_domain<T, When>;
  using holds = detail::owner_holds<T>;
  using domain_type = per_cpu_domain<T, When>;

  // What `where_` is, if it is not the address of a CPU's slot: one of these, or that of an overflow slot, plus 1.
  static constexpr std::uintptr_t no_slot = 1, no_memory = 3;

  cpu_claim(T* object, std::uintptr_t where) noexcept : object_(object), where_(where) {}

  template <class Words>
  LAZYREF_PER_UNIT static void leave(Words& s) noexcept {
    // (S4) release, pairs with S1, S2, R1 and R2; I2: every use of the object happens before its disposal, and before
    // the next claim.
    s.lazy.store(nullptr, detail::sync_of<T>::orders.cpu_release);
    // (S5) pairs with R6; I5
    if constexpr (When == reclaim::prompt) s.fence.light(detail::sync_of<T>::orders.cpu_light);
    if (detail::is_rare(detail::needs_a_look(s))) cpu_claim::settle_release(s);
  }

  [[gnu::__noinline__, gnu::__cold__]] static void release_rare(T* object, std::uintptr_t where) noexcept {
    if (where > no_memory) {
      auto& s = *reinterpret_cast<typename domain_type::seat*>(where - 1);
      // Relaxed: the domain has written it before anybody came.
      auto* const domain = reinterpret_cast<domain_type*>(s.note.load(std::memory_order_relaxed));
      cpu_claim::leave(static_cast<typename domain_type::slot_words&>(s));
      domain->give_back(s);
    } else if (object != nullptr) {
      holds::give_up(object, 1);
    }
  }

  // The slot may be another claim's by now.
  template <class Words>
  [[gnu::__noinline__, gnu::__cold__]] static void settle_release(Words& s) noexcept {
    if constexpr (When == reclaim::prompt) {
      // (S5) pairs with R6; I5: where the light fence was none.
      if (!s.fence.is_known_free()) s.fence.strong_light(detail::sync_of<T>::orders.cpu_light);
    }
    // Relaxed: a glance; R5 takes it.
    if (detail::is_object(s.drop.load(std::memory_order_relaxed))) cpu_claim::drain(s);
  }

  // The slot is this claim's.
  template <class Words>
  [[gnu::__noinline__, gnu::__cold__]] static void settle_claim(Words& s) noexcept {
    // Relaxed: a glance; R5 takes it.
    T* const dropped = s.drop.load(std::memory_order_relaxed);
    if (!detail::is_object(dropped)) return detail::unmark(s, dropped);
    cpu_claim::drain(s);
  }

  template <class Words>
  [[gnu::__noinline__, gnu::__cold__]] static void drain(Words& s) noexcept {
    const detail::no_cancellation scope;
    // Relaxed: the domain has written it before anybody came.
    auto* const domain = reinterpret_cast<const domain_type*>(s.note.load(std::memory_order_relaxed));
    detail::handover<holds, T, detail::sync_of<T>, When> handover(nullptr);
    handover.take_back(s);
    handover.take_back_all([&](auto&& visit) { visit(s); }, domain->fence_);
  }

  T* object_ = nullptr;
  std::uintptr_t where_ = no_slot;
};

// The slots and the objects; see the head of this file. The objects are made, adopted and disposed of as those of a
// lazy_domain; see domain.hpp. Disposers run inside claim, protect, release, retire, flush, collect, strong_ref::reset, and
// the domain's destructor. Neither copied nor moved.
template <class T, reclaim When>
class per_cpu_domain final
    : private detail::reclaim_core<per_cpu_domain<T, When>, T, domain_options<policy::handoff, When>> {
  using core = detail::reclaim_core<per_cpu_domain, T, domain_options<policy::handoff, When>>;
  using typename core::holds;
  using typename core::slot_words;
  template <class U>
  using atomic = typename core::template atomic<U>;

 public:
  // The policy of T (sync.hpp), and what claim returns.
  using sync_type = typename T::lazyref_sync_type;
  using claim_type = cpu_claim<T, When>;

  // Purpose: a domain with slots for each CPU; chooses how to claim. Errors: no memory calls the fatal hook.
  explicit per_cpu_domain(const per_cpu_options& options = {}) noexcept
      : core(SIZE_MAX),
        support_(restartable::probe()),
        cpus_(options.cpus != 0 ? options.cpus : detail::possible_cpus()),
        per_cpu_(options.slots_per_cpu != 0 ? options.slots_per_cpu : 1),
        slots_(detail::allocate_array<slot_words>(per_cpu_ <= SIZE_MAX / cpus_ ? per_cpu_ * cpus_ : SIZE_MAX)) {
    if (support_.usable && options.method != claim_method::restartable_sequence) {
      support_.usable = false;
      reachable_ = 0;
      support_.index_by = cpu_index::cpu;
      support_.reason = "compare-and-swap was asked for";
    }
    this->scans_.provide(size());
    for (std::size_t i = 0; i < size(); ++i) tell_home(slots_[i]);
  }

  // Gives up what was handed over. Precondition: no claim and no object is alive, and whoever released or dropped the
  // last of them has returned from it. Checked in every build, but for the last.
  ~per_cpu_domain() {
    this->is_ending_ = true;
    do {
      flush();
    } while (this->take_all_back() != 0 || !this->retired_.is_empty());
    for_each_used([](slot_words& s) {
      // (R2) acquire, pairs with S4: the last claimant is done with it.
      if (detail::is_rare(s.lazy.load(sync_type::orders.carry_look) != nullptr))
        detail::call_fatal_hook("per_cpu_domain: destroyed while a claim is open; release every cpu_claim first");
    });
    if (detail::is_rare(!this->forked_ && !this->all_disposed())) {
      detail::call_fatal_hook(
          "per_cpu_domain: destroyed while some of its objects are alive; drop every strong_ref, release every counted "
          "cpu_claim, and join every thread that does, first");
    }
  }

  per_cpu_domain(const per_cpu_domain&) = delete;
  per_cpu_domain& operator=(const per_cpu_domain&) = delete;

  // As lazy_domain::make and adopt.
  template <class... Args>
  LAZYREF_PER_UNIT strong_ref<T> make(Args&&... args) {
    // NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks): it does not follow the counts.
    T* const object = detail::owner_access::make<T>(std::forward<Args>(args)...);
    return object != nullptr ? this->take_in(object, 0) : strong_ref<T>();
  }
  // NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)
  template <class U>
  LAZYREF_PER_UNIT strong_ref<T> adopt(U* object) noexcept {
    detail::refuse_slicing<T, U>();
    return this->take_in(object, 0);
  }

  // Purpose: use the object, from now until the claim is released, whether or not it still has users by then.
  // Preconditions: the reference is not empty and belongs to this domain. Who may call: any thread; claims nest.
  // Progress: wait-free: a restartable sequence that is interrupted is tried again, a few times. Cost: by rseq a few
  //   loads and two stores, no atomic instruction; else one compare-and-swap; when all slots of the CPU are taken, a
  //   read-modify-write on the object. When all are taken that a CPU without slots of its own shares: lock-free, a
  //   read-modify-write on the domain, and now and then an allocation, as operator new is; without memory for an overflow
  //   slot, one on the object.
  LAZYREF_PER_UNIT claim_type claim(const strong_ref<T>& reference) noexcept {
    return claim_object(detail::owner_access::object(reference));
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT claim_type claim(const strong_ref<U>& reference) noexcept {
    return claim_object(detail::owner_access::object(reference));
  }

  // Purpose: use whatever `source` points to, without having a user of it. Empty if `source` is null, or where there is no
  //   memory for one more overflow slot: then error() is ENOMEM.
  // Preconditions: as lazy_domain's slots have for lazy_slot::protect: whoever takes an object out of `source` does so
  //   before dropping the user that stood for it. Who may call: any thread; protections nest, and may be held while the
  //   thread goes to other CPUs.
  // Ordering: an acquire load of `source`. Progress: lock-free: tried again when somebody has changed `source`.
  // Cost: as `claim`, a light fence, and two loads. When all slots of the CPU are taken: a read-modify-write more, now and
  //   then an allocation. The domain's first one makes a heavy fence; from then on each last user's departure does.
  template <template <class> class Atomic>
  LAZYREF_PER_UNIT claim_type protect(const Atomic<T*>& source) noexcept {
    if (detail::is_rare(!this->is_protecting())) this->begin_to_protect();
    // Relaxed: looked at again.
    T* const seen = source.load(std::memory_order_relaxed);
    if (seen == nullptr) return claim_type();
    slot_words* s = nullptr;
    if (detail::is_likely(reachable_ != 0)) {
      // (S2) acquire, pairs with S4, then (S3) release, pairs with R1 and R2; I1, I2.
      s = restartable::store_if_null_here(support_, slots_.get(), per_cpu_, reachable_, seen,
                                          sync_type::orders.rseq_look, sync_type::orders.rseq_set);
    }
    auto where = reinterpret_cast<std::uintptr_t>(s);
    if (detail::is_rare(s == nullptr)) {
      where = protect_elsewhere(seen);
      if (where == claim_type::no_memory) return claim_type(nullptr, where);
      s = words_at(where);
    }
    s->fence.light(sync_type::orders.cpu_protect_light);  // (S7) pairs with R7, and as S5 with R6; I1, I5
    // (S8) acquire, pairs with the program's publication.
    T* const object = source.load(sync_type::orders.cpu_protect_check);
    // Relaxed: a glance; R5 takes it.
    const T* const dropped = s->drop.load(std::memory_order_relaxed);
    const auto changed = reinterpret_cast<std::uintptr_t>(object) ^ reinterpret_cast<std::uintptr_t>(seen);
    if (detail::is_likely((changed | detail::needs_attention<sync_type>(dropped)) == 0))
      return claim_type(object, where);
    return protect_slowly(source, where, seen, object);
  }

  // As lazy_domain::retire, flush and collect.
  LAZYREF_PER_UNIT void retire(strong_ref<T>&& reference, std::size_t bytes = 0) noexcept {
    T* const object = detail::owner_access::release(reference);
    if (object == nullptr) return;
    detail::expects(detail::owner_access::domain(object) == this,
                    "per_cpu_domain::retire: the object belongs to another domain");
    this->retire_object(object, bytes);
  }
  std::size_t flush() noexcept { return this->flush_all(); }
  std::size_t collect() noexcept { return this->collect_all(); }

  // Purpose: in the child of a fork, where only the calling thread exists: ends all claims but the ones named, which
  //   are the calling thread's. Precondition, losses: as lazy_domain::after_fork_in_child. A cpu_claim that is left of
  //   a vanished thread must not be touched.
  template <class... Kept>
  LAZYREF_PER_UNIT void after_fork_in_child(const Kept&... kept) noexcept {
    this->forked_ = true;
    lazyref::fence_after_fork_in_child();
    const auto is_kept = [&](const slot_words& s) {
      return ((kept.where_ > claim_type::no_memory && words_at(kept.where_) == std::addressof(s)) || ...);
    };
    // Relaxed, all: there is one thread.
    for_each_used([&](slot_words& s) {
      if (!is_kept(s)) s.lazy.store(nullptr, std::memory_order_relaxed);
    });
    free_.clear();
    // Relaxed: as above.
    overflow_.for_each(overflow_used_.load(std::memory_order_relaxed), [&](seat& s) {
      if (!is_kept(s)) give_back(s);
    });
    this->retired_.after_fork_in_child();
    this->scans_.after_fork_in_child();
    this->take_all_back();
  }

  // How claims are made here, and why so.
  per_cpu_info how() const noexcept {
    return {support_.usable ? claim_method::restartable_sequence : claim_method::compare_and_swap, support_.index_by,
            cpus_, per_cpu_, is_beyond() ? beyond_reason : support_.reason};
  }

  // Claims that found no free slot, so far.
  std::size_t counted() const noexcept { return counted_.load(std::memory_order_relaxed); }  // Relaxed: a number.

  // As lazy_domain::stats; `attached` are the slots that are claimed now.
  domain_stats stats() const noexcept {
    domain_stats result{};
    result.slot_count = size() + overflow_.size();
    for_each_used([&](const slot_words& s) {
      // Relaxed, both: numbers.
      result.attached += s.lazy.load(std::memory_order_relaxed) != nullptr;
      result.parked += detail::is_object(s.drop.load(std::memory_order_relaxed));
    });
    result.retired = this->retired_.size();
    this->add_to(result);
    return result;
  }

 private:
  friend class cpu_claim<T, When>;
  friend core;
  using restartable = typename sync_type::restartable;

  static constexpr const char* beyond_reason =
      "some threads run on CPUs that the domain has no slots for, and share others' or overflow slots, by "
      "compare-and-swap; leave per_cpu_options::cpus 0, or raise it above the largest number of a CPU";
  bool is_beyond() const noexcept { return is_beyond_.load(std::memory_order_relaxed); }  // Relaxed: a remark.

  // How often a sequence begins again in one claim.
  static constexpr int tries = 4;

  LAZYREF_PER_UNIT claim_type claim_object(T* object) noexcept {
    if constexpr (checks_enabled) {
      detail::expects(object != nullptr, "per_cpu_domain::claim: the reference is empty; a claim needs a user");
      detail::expects(detail::owner_access::domain(object) == this,
                      "per_cpu_domain::claim: the object belongs to another domain");
    }
    slot_words* s = nullptr;
    if (detail::is_likely(reachable_ != 0)) {
      // (S2) acquire, pairs with S4, then (S3) release, pairs with R1 and R2; I1, I2.
      s = restartable::store_if_null_here(support_, slots_.get(), per_cpu_, reachable_, object,
                                          sync_type::orders.rseq_look, sync_type::orders.rseq_set);
    }
    auto where = reinterpret_cast<std::uintptr_t>(s);
    if (detail::is_rare(s == nullptr)) {
      where = claim_elsewhere(object);
      if (where == claim_type::no_slot) return claim_type(object, where);
      s = words_at(where);
    }
    if (detail::is_rare(detail::needs_a_look(*s))) claim_type::settle_claim(*s);
    return claim_type(object, where);
  }

  // An overflow slot.
  struct seat : slot_words {
    std::uint32_t index = 0;
    atomic<std::uint32_t> below{0};  // of index_stack
  };

  // For a claim's release, which knows its slot alone. Relaxed: nobody else is here yet.
  void tell_home(slot_words& s) noexcept {
    s.note.store(reinterpret_cast<std::uintptr_t>(this), std::memory_order_relaxed);
  }
  static slot_words* words_at(std::uintptr_t where) noexcept {
    return (where & 1) == 0 ? reinterpret_cast<slot_words*>(where)
                            : static_cast<slot_words*>(reinterpret_cast<seat*>(where - 1));
  }

  // The first slot of the CPU was not to be had, or there are no restartable sequences. Both return where `object`
  // stands now. (Not a cpu_claim, which would make the caller's one live in memory.)
  [[gnu::__noinline__, gnu::__cold__]] std::uintptr_t claim_elsewhere(T* object) noexcept {
    bool beyond = false;
    std::uintptr_t where = on_this_cpu(object, beyond);
    // A CPU without slots stays without, and a hold for each claim would make all of them write to the object.
    if (where == claim_type::no_slot && beyond) where = in_overflow(object);
    if (where > claim_type::no_memory) return where;
    holds::take(object, 1);
    counted_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a number.
    return claim_type::no_slot;
  }
  [[gnu::__noinline__, gnu::__cold__]] std::uintptr_t protect_elsewhere(T* object) noexcept {
    bool beyond = false;
    const std::uintptr_t where = on_this_cpu(object, beyond);
    return where != claim_type::no_slot ? where : in_overflow(object);
  }

  std::uintptr_t on_this_cpu(T* object, bool& beyond) noexcept {
    slot_words* const s = support_.usable ? by_restartable_sequence(object, beyond) : by_swap(object, beyond);
    // Relaxed: a remark.
    if (beyond && !is_beyond()) is_beyond_.store(true, std::memory_order_relaxed);
    return s != nullptr ? reinterpret_cast<std::uintptr_t>(s) : claim_type::no_slot;
  }

  std::uintptr_t in_overflow(T* object) noexcept {
    seat* const s = take_overflow();
    if (s == nullptr) return claim_type::no_memory;
    s->lazy.store(object, sync_type::orders.cpu_protect_set);  // (S6) release, pairs with R1 and R2; I1, I2.
    return reinterpret_cast<std::uintptr_t>(s) + 1;
  }

  // The first try did not end it: `source` has changed, something was left in the slot, or the fence was none.
  template <template <class> class Atomic>
  [[gnu::__noinline__, gnu::__cold__]] claim_type protect_slowly(const Atomic<T*>& source, std::uintptr_t where,
                                                                 T* seen, T* object) noexcept {
    slot_words& s = *words_at(where);
    claim_type result(seen, where);
    if (!s.fence.is_known_free()) {
      s.fence.strong_light(sync_type::orders.cpu_protect_light);  // (S7) pairs with R7, and as S5 with R6; I1, I5
      object = source.load(sync_type::orders.cpu_protect_check);  // (S8) acquire: the second look, after a fence.
    }
    while (object != seen) {
      if (object == nullptr) return claim_type();  // `result` is released.
      seen = object;
      // (S6) release, pairs with R1 and R2; I1, I2.
      s.lazy.store(seen, sync_type::orders.cpu_protect_set);
      s.fence.strong_light(sync_type::orders.cpu_protect_light);  // (S7) pairs with R7, and as S5 with R6; I1, I5
      // (S8) acquire, pairs with the program's publication.
      object = source.load(sync_type::orders.cpu_protect_check);
    }
    result.object_ = object;
    claim_type::settle_claim(s);
    return result;
  }

  seat* take_overflow() noexcept {
    const auto links = [this](std::uint32_t i) -> auto& { return overflow_[i].below; };
    std::uint32_t index = 0;
    if (free_.pop(index, links)) return std::addressof(overflow_[index]);
    // Relaxed, all: the protection comes after it, and so does its light fence (S7): a reclaimer that must see the slot
    // sees this.
    std::size_t used = overflow_used_.load(std::memory_order_relaxed);
    do {
      using provided = typename decltype(overflow_)::provided;
      const provided result = overflow_.provide(used, [this](std::size_t n) {
        seat* const more = detail::try_allocate_array<seat>(n);
        for (std::size_t i = 0; more != nullptr && i < n; ++i) {
          detail::belong_to<T, sync_type, When>(more[i], this->fence_);
          tell_home(more[i]);
        }
        return more;
      });
      if (result == provided::not_at_all) return free_.pop(index, links) ? std::addressof(overflow_[index]) : nullptr;
      if (result == provided::now) this->scans_.provide(size() + overflow_.size_with(used));
      // Relaxed, both: as above.
    } while (
        !overflow_used_.compare_exchange_strong(used, used + 1, std::memory_order_relaxed, std::memory_order_relaxed));
    return std::addressof(overflow_[used]);
  }
  void give_back(seat& s) noexcept {
    free_.push(
        s.index, [&s](std::uint32_t) -> auto& { return s.below; });
  }

  std::size_t size() const noexcept { return cpus_ * per_cpu_; }

  // `beyond`: whether the CPU is one that the domain has no slots for.
  slot_words* by_restartable_sequence(T* object, bool& beyond) noexcept {
    for (int i = 0; i < tries; ++i) {
      const unsigned cpu = restartable::index(support_);
      beyond = cpu >= reachable_;
      if (beyond) return nullptr;
      slot_words* s = std::addressof(slots_[cpu * per_cpu_]);
      auto outcome = restartable::outcome::occupied;
      for (slot_words* const end = s + per_cpu_; s != end; ++s) {
        outcome = store_if_null(*s, cpu, object);
        if (outcome == restartable::outcome::stored) return s;
        if (outcome == restartable::outcome::interrupted) break;
      }
      if (outcome == restartable::outcome::occupied) return nullptr;
    }
    return nullptr;
  }

  auto store_if_null(slot_words& s, unsigned cpu, T* object) noexcept {
    // (S2) acquire, pairs with S4, then (S3) release, pairs with R1 and R2; I1, I2.
    return restartable::store_if_null(support_, cpu, s.lazy, object, sync_type::orders.rseq_look,
                                      sync_type::orders.rseq_set);
  }

  slot_words* by_swap(T* object, bool& beyond) noexcept {
    const unsigned cpu = sync_type::this_cpu();
    beyond = cpu >= cpus_;
    slot_words* s = std::addressof(slots_[cpu % static_cast<unsigned>(cpus_) * per_cpu_]);
    for (slot_words* const end = s + per_cpu_; s != end; ++s) {
      // Relaxed look first: taken slots are passed without a write.
      T* seen = s->lazy.load(std::memory_order_relaxed);
      // (S1) acq_rel, pairs with S4, R1 and R2; I1, I2. Relaxed if it fails: somebody else has it.
      if (seen == nullptr &&
          s->lazy.compare_exchange_strong(seen, object, sync_type::orders.cpu_claim, std::memory_order_relaxed))
        return s;
    }
    return nullptr;
  }

  // What reclaim_core asks for.
  std::size_t used() const noexcept {
    return size() + overflow_used_.load(std::memory_order_relaxed);  // Relaxed: a number.
  }
  template <class Visit>
  void for_each_used(Visit&& visit) const noexcept {
    for (std::size_t i = 0; i < size(); ++i) visit(slots_[i]);
    // Relaxed: see take_overflow.
    overflow_.for_each(overflow_used_.load(std::memory_order_relaxed),
                       [&](seat& s) { visit(static_cast<slot_words&>(s)); });
  }
  template <class Visit>
  void for_each_candidate(T*, Visit&& visit) const noexcept {
    for_each_used(visit);
  }
  static detail::ignore kicker() noexcept { return {}; }

  typename restartable::support support_;
  const std::size_t cpus_;
  const std::size_t per_cpu_;
  std::size_t reachable_ = support_.usable ? cpus_ : 0;  // by restartable sequences
  const std::unique_ptr<slot_words[]> slots_;
  detail::slot_chunks<seat, sync_type> overflow_{2};
  detail::index_stack<sync_type> free_;   // overflow slots that were given back
  atomic<std::size_t> overflow_used_{0};  // overflow slots from here on have never been taken
  atomic<bool> is_beyond_{false};         // a thread was on a CPU that has no slots here
  alignas(cache_line) atomic<std::size_t> counted_{0};
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_PER_CPU_HPP
