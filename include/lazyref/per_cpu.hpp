// SPDX-License-Identifier: BSL-1.0
//
// Slots that belong to CPUs: a claim takes a free slot of the CPU that the thread runs on. So memory and scans grow with
// the CPUs and not with the threads, and no thread attaches or detaches.
//
//   lazyref::per_cpu_domain<rules> domain;
//   auto current = domain.make(...);
//   {
//     auto seen = domain.claim(current);    // one restartable sequence
//     current.reset();                      // drops the last user; waits for no one
//     use(*seen);                           // still valid, whatever CPU the thread runs on by now
//   }                                       // disposes of the object, if it was handed over
//
// A claim uses a restartable sequence (rseq) where the C library has registered one (glibc 2.35 and later, x86-64 and
// arm64), else compare-and-swap on a slot of sched_getcpu(). If all of the CPU's slots are taken, or a sequence was
// interrupted repeatedly (by a debugger that single-steps), the claim is a counted hold. The domain's constructor chooses
// the method. how() reports it, and whether threads run on CPUs for which the domain has no slots (a container may report
// fewer CPUs than there are CPU numbers).
//
// Kernels that do not abort a preempted thread's sequence get compare-and-swap: arm64, Linux 6.19 up to 7.0.13, and any
// arm64 kernel whose version uname does not report. The version decides that. To ask the running kernel, call test_rseq()
// (rseq_test.hpp) and pass its verdict in per_cpu_options::tested.
//
// The protocol is that of slot.hpp with one difference: a slot has no worker of its own. Between two claims any thread may
// drain it, and cannot know that it takes the pointer that it compared: the address may have been reused, and be in use.
// Hence a drain is by exchange and carry, as a reclaimer's. And a claim continues from the claim before it: it reads the
// null with acquire (S1, S2), also in a restartable sequence, whose plain store would end the release sequence of the
// previous release (S4): I2.
//
// A claim is an activation: the caller has a user of the object. To use an object that a shared pointer leads to, without a
// user:
//
//   auto seen = domain.protect(shared);     // the same, a light fence, and a second load of `shared`
//   shared.store(next.get(), std::memory_order_release);   // to replace it, unpublish first,
//   domain.retire(std::move(current));      // then drop the user; or current.reset()
//
// A protection cannot become a counted hold, as the object may be gone before the second load. If all of the CPU's slots
// are taken, it uses an overflow slot, which all CPUs share. Overflow slots are allocated as needed, last as long as the
// domain, and take part in each later scan. For long uses, promote: try_from(seen.get()) of strong_ref. Nothing here is
// async-signal-safe, but a claim in a signal handler does not disturb one that it has interrupted.
#include "config.hpp"

#ifndef LAZYREF_PER_CPU_HPP
#define LAZYREF_PER_CPU_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "cpu_claim.hpp"
#include "detail/per_cpu/cpu_core.hpp"

LAZYREF_BEGIN_NAMESPACE

// The way in which a claim takes a slot.
enum class claim_method : unsigned char {
  restartable_sequence,  // without an atomic instruction
  compare_and_swap       // without rseq, or by choice
};

// The parameters of a per_cpu_domain.
struct per_cpu_options {
  std::size_t slots_per_cpu = 4;  // claims that may be open on a CPU before they are counted; at least 1
  std::size_t cpus = 0;           // 0: as many as the system may have
  claim_method method = claim_method::restartable_sequence;  // the preferred one
  rseq_verdict tested = rseq_verdict::unknown;  // from test_rseq: where sequences are not restarted, compare-and-swap
};

// The result of per_cpu_domain::how.
struct per_cpu_info {
  claim_method method;        // in use
  cpu_index index_by;         // the number by which slots are found
  std::size_t cpus;           // CPUs that have slots
  std::size_t slots_per_cpu;  // as constructed
  const char* reason;         // one sentence, static storage duration
};

// The slots and the objects; see the head of this file. Objects are made, adopted and disposed of as those of a
// lazy_domain; see domain.hpp. Disposers run inside claim, protect, release, retire, flush, collect, strong_ref::reset, and
// the domain's destructor. Neither copied nor moved.
template <class T, reclaim When>
class per_cpu_domain final : private detail::cpu_core<T, When> {
  using core = detail::cpu_core<T, When>;
  using typename core::slot_words;

 public:
  // The policy of T (sync.hpp), and what claim returns.
  using sync_type = typename T::lazyref_sync_type;
  using claim_type = cpu_claim<T, When>;

  // Purpose: a domain with slots for each CPU; chooses the claim method. Errors: no memory calls the fatal hook.
  explicit per_cpu_domain(const per_cpu_options& options = {}) noexcept
      : core(options.cpus, options.slots_per_cpu, options.method == claim_method::restartable_sequence,
             options.tested) {}

  // Releases what was handed over. Precondition: no claim and no object is alive, and the calls that released or dropped
  // the last of them have returned. Every build checks that, except for the last part.
  ~per_cpu_domain() {
    this->is_ending_ = true;
    do {
      flush();
    } while (this->take_all_back() != 0 || !this->retired_.is_empty());
    this->for_each_used([](slot_words& s) {
      // (R2) acquire, pairs with S4: the last claimant's uses happen before.
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

  // Purpose: use the object until the claim is released, whether or not the object still has users by then.
  // Preconditions: the reference is not empty and belongs to this domain. Who may call: any thread; claims nest.
  // Progress: wait-free: an interrupted restartable sequence is retried, a few times. Cost: by rseq a few loads and two
  //   stores, no atomic instruction; else one compare-and-swap; if all slots of the CPU are taken, a read-modify-write on
  //   the object. A CPU without own slots shares some: if all of these are taken, it is lock-free, as operator new is, and
  //   costs a read-modify-write on the domain, and sometimes an allocation (without memory, one on the object).
  LAZYREF_PER_UNIT claim_type claim(const strong_ref<T>& reference) noexcept {
    return claim_object(detail::owner_access::object(reference));
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT claim_type claim(const strong_ref<U>& reference) noexcept {
    return claim_object(detail::owner_access::object(reference));
  }

  // Purpose: use the object that `source` points to; the caller needs no user of it. Empty if `source` is null, or if there
  //   is no memory for a further overflow slot: then error() is ENOMEM.
  // Preconditions: as those of lazy_slot::protect: a thread that takes an object out of `source` does so before it drops
  //   the user that covered it. Who may call: any thread; protections nest, and may be held while the thread migrates to
  //   other CPUs.
  // Ordering: an acquire load of `source`. Progress: lock-free: it retries if another thread has changed `source`.
  // Cost: as `claim`, a light fence, and two loads. If all slots of the CPU are taken, as where threads hold many
  //   protections for long: two read-modify-writes on a list of overflow slots that all threads share, and sometimes an
  //   allocation. (More slots for each CPU do not make that cheaper: the search reads every taken one.) The domain's first
  //   protection executes a heavy fence; from then on each drop of a last user does.
  // `source` is as that of lazy_slot::protect: of a T*, const T*, or a class derived from T. The claim gives a T*.
  template <template <class> class Atomic, class U>
  LAZYREF_PER_UNIT claim_type protect(const Atomic<U*>& source) noexcept {
    static_assert(
        detail::is_plain_base<T, U>,
        "per_cpu_domain: protect needs a pointer to the domain's type, or to a type derived from it, not virtually");
    if (detail::is_rare(!this->is_protecting())) this->begin_to_protect();
    // Relaxed: loaded again.
    T* seen = detail::word_of<T>(source.load(std::memory_order_relaxed));
    // (S8) acquire, pairs with the program's publication, of null too.
    if (detail::is_rare(seen == nullptr)) seen = detail::word_of<T>(source.load(sync_type::orders.cpu_protect_check));
    if (seen == nullptr) return claim_type();
    slot_words* s = nullptr;
    if (detail::is_likely(this->reachable_ != 0)) {
      // (S2) acquire, pairs with S4, then (S3) release, pairs with R1 and R2; I1, I2.
      s = core::restartable::store_if_null_here(this->support_, this->slots_.get(), this->per_cpu_, this->reachable_,
                                                seen, sync_type::orders.rseq_look, sync_type::orders.rseq_set);
    }
    auto where = reinterpret_cast<std::uintptr_t>(s);
    if (detail::is_rare(s == nullptr)) {
      where = this->stand_elsewhere(seen, true);
      if (where == detail::cpu_place::no_memory) return claim_type(nullptr, where);
      s = this->words_at(where);
    }
    s->fence.light(sync_type::orders.cpu_protect_light);  // (S7) pairs with R7, and as S5 with R6; I1, I5
    // (S8) acquire, pairs with the program's publication.
    T* const object = detail::word_of<T>(source.load(sync_type::orders.cpu_protect_check));
    // Relaxed: a glance; R5 takes it.
    const T* const dropped = s->drop.load(std::memory_order_relaxed);
    if (detail::is_likely((detail::difference(object, seen) | detail::needs_attention<sync_type>(dropped)) == 0))
      return claim_type(check_home(object), where);
    T* const found = check_home(this->protect_slowly(source, where, seen, object));
    return claim_type(found, found != nullptr ? where : detail::cpu_place::none);
  }

  // The same for the object in the cell (atomic_strong_ref.hpp).
  template <class U, class Sync>
  LAZYREF_PER_UNIT claim_type protect(const atomic_strong_ref<U, Sync>& cell) noexcept {
    return protect(cell.pointer_);
  }

  // As lazy_domain::retire, flush and collect. The bound is that of slot_growth::chunks; all slots count as attached.
  LAZYREF_PER_UNIT void retire(strong_ref<T>&& reference, std::size_t bytes = 0) noexcept {
    T* const object = detail::owner_access::release(reference);
    if (object == nullptr) return;
    detail::expects(detail::owner_access::domain(object) == this,
                    "per_cpu_domain::retire: the object belongs to another domain; retire it there");
    this->retire_object(object, bytes);
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT void retire(strong_ref<U>&& reference, std::size_t bytes = 0) noexcept {
    retire(detail::owner_access::adopt_user(detail::owner_access::release(reference)), bytes);
  }
  std::size_t flush() noexcept { return this->flush_all(); }
  std::size_t collect() noexcept { return this->collect_all(); }

  // Purpose: in the child of a fork, where only the calling thread exists: ends all claims except for the given ones, which
  //   are the calling thread's. Precondition, losses: as lazy_domain::after_fork_in_child. A cpu_claim of a vanished thread
  //   must not be accessed.
  template <class... Kept>
  LAZYREF_PER_UNIT void after_fork_in_child(const Kept&... kept) noexcept {
    this->forked_ = true;
    lazyref::fence_after_fork_in_child();
    const auto is_kept = [&](const slot_words& s) {
      return ((kept.where_ > detail::cpu_place::no_memory && this->words_at(kept.where_) == std::addressof(s)) || ...);
    };
    // Relaxed, all: there is one thread.
    this->for_each_used([&](slot_words& s) {
      if (!is_kept(s)) s.lazy.store(nullptr, std::memory_order_relaxed);
    });
    this->free_.clear();
    // Relaxed: as above.
    this->overflow_.for_each(this->overflow_used_.load(std::memory_order_relaxed), [&](auto& s) {
      if (!is_kept(s)) this->give_back(s);
    });
    this->retired_.after_fork_in_child();
    this->scans_.after_fork_in_child();
    this->take_all_back();
  }

  // The claim method in use, and the reason.
  per_cpu_info how() const noexcept {
    return {this->support_.usable ? claim_method::restartable_sequence : claim_method::compare_and_swap,
            this->support_.index_by, this->cpus_, this->per_cpu_,
            this->is_beyond() ? core::beyond_reason : this->support_.reason};
  }

  // The number of claims so far that became counted holds. (Protections never do; stats().slot_count counts slots.)
  std::size_t counted() const noexcept { return this->counted_.load(std::memory_order_relaxed); }  // Relaxed: a number.

  // As lazy_domain::stats; `attached` counts the slots that are claimed now.
  domain_stats stats() const noexcept {
    domain_stats result{};
    result.slot_count = this->size() + this->overflow_.size();
    this->for_each_used([&](const slot_words& s) {
      // Relaxed, both: numbers.
      result.attached += s.lazy.load(std::memory_order_relaxed) != nullptr;
      result.parked += detail::is_object(s.drop.load(std::memory_order_relaxed));
    });
    result.retired = this->retired_.size();
    this->add_to(result);
    return result;
  }

 private:
  LAZYREF_PER_UNIT T* check_home(T* object) const noexcept {
    if constexpr (checks_enabled)
      detail::expects(object == nullptr || detail::owner_access::domain(object) == this,
                      "per_cpu_domain::protect: the object belongs to another domain; protect it there");
    return object;
  }

  LAZYREF_PER_UNIT claim_type claim_object(T* object) noexcept {
    if constexpr (checks_enabled) {
      detail::expects(object != nullptr,
                      "per_cpu_domain::claim: the reference is empty; pass one that refers to an object");
      detail::expects(detail::owner_access::domain(object) == this,
                      "per_cpu_domain::claim: the object belongs to another domain; claim a slot there");
    }
    detail::assume_that(object != nullptr);
    slot_words* s = nullptr;
    if (detail::is_likely(this->reachable_ != 0)) {
      // (S2) acquire, pairs with S4, then (S3) release, pairs with R1 and R2; I1, I2.
      s = core::restartable::store_if_null_here(this->support_, this->slots_.get(), this->per_cpu_, this->reachable_,
                                                object, sync_type::orders.rseq_look, sync_type::orders.rseq_set);
    }
    if (detail::is_rare(s == nullptr)) return claim_type(object, this->stand_elsewhere(object, false));
    if (detail::is_rare(detail::needs_a_look(*s))) core::settle_claim(*s);
    return claim_type(object, reinterpret_cast<std::uintptr_t>(s));
  }
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_PER_CPU_HPP
