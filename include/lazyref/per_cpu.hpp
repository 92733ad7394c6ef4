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
// is constructed, and how() tells it.
//
// The protocol is that of slot.hpp with one difference: a slot has no worker of its own. Between two claims anybody may
// drain it, so that whoever drains cannot know that what it compared is what it takes: an address may have come back,
// and be in use. Hence a drain goes by exchange and carry, as a reclaimer's. And a claim takes over from a claim: it
// reads the null with acquire (S1, S2), also in a restartable sequence, whose store is a plain one and would end the
// release sequence of the release (S4) before it: I2.
//
// Claims are activations: the caller has a user of the object. There is no protection here, since a counted hold cannot
// be taken on an object that was not validated. Nothing here is async-signal-safe.
#include "config.hpp"

#ifndef LAZYREF_PER_CPU_HPP
#define LAZYREF_PER_CPU_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "detail/cpus.hpp"
#include "detail/object_home.hpp"

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
  cpu_claim(cpu_claim&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)), slot_(std::exchange(other.slot_, nullptr)) {}
  LAZYREF_PER_UNIT cpu_claim& operator=(cpu_claim&& other) noexcept {
    cpu_claim taken(std::move(other));
    swap(taken);
    return *this;
  }
  LAZYREF_PER_UNIT ~cpu_claim() { release(); }

  // Purpose: exchange claims; what they are on stays claimed.
  void swap(cpu_claim& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(slot_, other.slot_);
  }

  // The object, or null. Precondition (of * and ->): not empty.
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // No slot was free: the claim is a hold on the object.
  bool is_counted() const noexcept { return object_ != nullptr && slot_ == nullptr; }

  // Purpose: stop using the object. Nothing happens if the claim is empty. Progress: lock-free. Cost: one store, and a
  //   light fence with reclaim::prompt; counted: a read-modify-write. May dispose of objects.
  LAZYREF_PER_UNIT void release() noexcept {
    T* const object = std::exchange(object_, nullptr);
    auto* const s = static_cast<slot<T, detail::sync_of<T>, When>*>(std::exchange(slot_, nullptr));
    if (detail::is_rare(s == nullptr)) {
      if (object != nullptr) holds::give_up(object, 1);
      return;
    }
    // (S4) release, pairs with S1, S2, R1 and R2; I2: every use of the object happens before its disposal, and before
    // the next claim.
    s->lazy.store(nullptr, detail::sync_of<T>::orders.cpu_release);
    // (S5) pairs with R6; I5
    if constexpr (When == reclaim::prompt) s->fence.light(detail::sync_of<T>::orders.cpu_light);
    if (detail::is_rare(detail::needs_a_look(*s))) cpu_claim::settle_release(*s);
  }

 private:
  friend class per_cpu_domain<T, When>;
  using holds = detail::owner_holds<T>;
  using domain_type = per_cpu_domain<T, When>;

  cpu_claim(T* object, void* words) noexcept : object_(object), slot_(words) {}

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
  void* slot_ = nullptr;
};

// The slots and the objects; see the head of this file. The objects are made, adopted and disposed of as those of a
// lazy_domain; see domain.hpp. Disposers run inside claim, release, collect, strong_ref::reset, and the domain's
// destructor. Neither copied nor moved.
template <class T, reclaim When>
class per_cpu_domain final : private detail::object_home<T, false> {
  using base = detail::object_home<T, false>;
  using typename base::holds;
  template <class U>
  using atomic = typename base::template atomic<U>;

 public:
  // The policy of T (sync.hpp), and what claim returns.
  using sync_type = typename T::lazyref_sync_type;
  using claim_type = cpu_claim<T, When>;

  // Purpose: a domain with slots for each CPU; chooses how to claim. Errors: no memory calls the fatal hook.
  explicit per_cpu_domain(const per_cpu_options& options = {}) noexcept
      : base(SIZE_MAX),
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
    // Relaxed: nobody else is here yet. For a claim's release, which knows its slot alone.
    for (std::size_t i = 0; i < size(); ++i)
      slots_[i].note.store(reinterpret_cast<std::uintptr_t>(this), std::memory_order_relaxed);
  }

  // Gives up what was handed over. Precondition: no claim and no object is alive, and whoever released or dropped the
  // last of them has returned from it. Checked in every build, but for the last.
  ~per_cpu_domain() {
    while (take_all_back() != 0) {
    }
    for (std::size_t i = 0; i < size(); ++i) {
      // (R2) acquire, pairs with S4: the last claimant is done with it.
      if (detail::is_rare(slots_[i].lazy.load(sync_type::orders.carry_look) != nullptr))
        detail::call_fatal_hook("per_cpu_domain: destroyed while a claim is open; release every cpu_claim first");
    }
    if (detail::is_rare(!forked_ && !this->all_disposed())) {
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
  //   read-modify-write on the object.
  LAZYREF_PER_UNIT claim_type claim(const strong_ref<T>& reference) noexcept {
    return claim_object(detail::owner_access::object(reference));
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT claim_type claim(const strong_ref<U>& reference) noexcept {
    return claim_object(detail::owner_access::object(reference));
  }

  // As lazy_domain::collect.
  std::size_t collect() noexcept {
    const detail::no_cancellation scope;
    handover_counts counts;
    counts.taken_back =
        lazyref::collect<holds, T, When, sync_type>([this](auto&& visit) { this->for_each(visit); }, fence_);
    this->count(0, counts);
    return counts.taken_back;
  }

  // Purpose: in the child of a fork, where only the calling thread exists: ends all claims but the ones named, which
  //   are the calling thread's. Precondition, losses: as lazy_domain::after_fork_in_child. A cpu_claim that is left of
  //   a vanished thread must not be touched.
  template <class... Kept>
  LAZYREF_PER_UNIT void after_fork_in_child(const Kept&... kept) noexcept {
    forked_ = true;
    lazyref::fence_after_fork_in_child();
    for (std::size_t i = 0; i < size(); ++i) {
      // Relaxed: there is one thread.
      if (!((kept.slot_ == slots_.get() + i) || ...)) slots_[i].lazy.store(nullptr, std::memory_order_relaxed);
    }
    take_all_back();
  }

  // How claims are made here, and why so.
  per_cpu_info how() const noexcept {
    return {support_.usable ? claim_method::restartable_sequence : claim_method::compare_and_swap, support_.index_by,
            cpus_, per_cpu_, support_.reason};
  }

  // Claims that found no free slot, so far.
  std::size_t counted() const noexcept { return counted_.load(std::memory_order_relaxed); }  // Relaxed: a number.

  // As lazy_domain::stats; `attached` are the slots that are claimed now.
  domain_stats stats() const noexcept {
    domain_stats result{};
    result.slot_count = size();
    for (std::size_t i = 0; i < size(); ++i) {
      // Relaxed, both: numbers.
      result.attached += slots_[i].lazy.load(std::memory_order_relaxed) != nullptr;
      result.parked += detail::is_object(slots_[i].drop.load(std::memory_order_relaxed));
    }
    this->add_to(result);
    return result;
  }

 private:
  friend class cpu_claim<T, When>;
  using slot_words = slot<T, sync_type, When>;
  using restartable = typename sync_type::restartable;

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
    if (detail::is_rare(s == nullptr)) s = claim_elsewhere(object);
    if (detail::is_likely(s != nullptr) && detail::is_rare(detail::needs_a_look(*s))) claim_type::settle_claim(*s);
    return claim_type(object, s);
  }

  std::size_t size() const noexcept { return cpus_ * per_cpu_; }

  // The first slot of the CPU was not to be had, or there are no restartable sequences. Null: it is a counted hold.
  // (Not a cpu_claim, which would make the caller's one live in memory.)
  [[gnu::__noinline__, gnu::__cold__]] slot_words* claim_elsewhere(T* object) noexcept {
    slot_words* const s = support_.usable ? by_restartable_sequence(object) : by_swap(object);
    if (s == nullptr) {
      holds::take(object, 1);
      counted_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a number.
    }
    return s;
  }

  slot_words* by_restartable_sequence(T* object) noexcept {
    for (int i = 0; i < tries; ++i) {
      const unsigned cpu = restartable::index(support_);
      if (cpu >= reachable_) return nullptr;
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

  slot_words* by_swap(T* object) noexcept {
    slot_words* s = std::addressof(slots_[sync_type::this_cpu() % static_cast<unsigned>(cpus_) * per_cpu_]);
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

  template <class Visit>
  void for_each(Visit&& visit) noexcept {
    for (std::size_t i = 0; i < size(); ++i) visit(slots_[i]);
  }

  // For when there are no claims, hence without a fence.
  std::size_t take_all_back() noexcept {
    detail::handover<holds, T, sync_type, When> handover(nullptr);
    for_each([&](slot_words& s) { handover.take_back(s); });
    return handover.counts().taken_back;
  }

  void last_user_left(T* object) noexcept override {
    this->tear_down(object);
    lazyref::last_user_left<holds, When, sync_type>(
        object, [this](auto&& visit) { this->for_each(visit); },
        [this](const handover_counts& counts) { this->count(1, counts); }, detail::ignore{}, fence_);
  }

  const typename sync_type::fence fence_ = sync_type::process_fence();  // of the image that made the domain
  typename restartable::support support_;
  const std::size_t cpus_;
  const std::size_t per_cpu_;
  std::size_t reachable_ = support_.usable ? cpus_ : 0;  // by restartable sequences
  const std::unique_ptr<slot_words[]> slots_;
  bool forked_ = false;
  alignas(cache_line) atomic<std::size_t> counted_{0};
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_PER_CPU_HPP
