// SPDX-License-Identifier: BSL-1.0
//
// A domain: a number of slots, the objects that workers use through them, and the policies of their reclamation.
//
//   struct rules : lazyref::owner<rules> { ... };
//   lazyref::lazy_domain<rules> domain(64);                     // 64 slots
//   auto current = domain.make(...);                            // an owning reference: a user
//   auto slot = domain.attach();                                // per worker; empty when all slots are taken
//   slot.activate(current);                                     // one store
//   current.reset();                                            // drops the last user; waits for no one
//   use(*slot.active());                                        // still valid
//   slot.deactivate();                                          // disposes of the object, if it was handed over
//
// For objects that workers reach through a shared pointer, and of which they own no user:
//
//   std::atomic<rules*> shared(current.get());                  // `current` is the user that covers it
//   rules* seen = slot.protect(shared);                         // per worker
//   shared.store(next.get(), std::memory_order_release);        // unpublish first,
//   domain.retire(std::move(current));                          // then drop the user; or current.reset()
//
// The constructor allocates, as do make and adopt (the object, and with candidates::tracked its bits), and attach with
// slot_growth::chunks; no other call allocates, throws or starts a thread. Disposers and hooks run inside the calls that
// drop the last user or release the last hold: strong_ref::reset, retire, flush, activate, protect, try_protect,
// deactivate, park, poll, detach, attach, collect, the end of a temporary_activation, after_fork_in_child, and the domain's
// destructor. They may call any of these, except for the last two; slot.hpp states what then holds ("Disposers"). In calls
// on a slot, and for a flush, they run with their thread's cancellation disabled (pthread_cancel). The program must not
// cancel on_last_user, nor a disposer in the drop of a last user, as it must not cancel a destructor. Nothing here is
// async-signal-safe.
//
// A domain that is static, or a function's static, is destroyed when the program exits. If a thread still has a slot then,
// the destructor stops the program, with a message. Where threads run until the program ends, never destroy the domain:
//
//   static auto& domain = *new lazyref::lazy_domain<rules>(64);
#include "config.hpp"

#ifndef LAZYREF_DOMAIN_HPP
#define LAZYREF_DOMAIN_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "detail/reclamation/domain_core.hpp"
#include "lazy_slot.hpp"
#include "temporary_activation.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class Options, class System>
class code_space;

// The slots, the objects, and their reclamation; see the head of this file. T is derived from owner<T>, Options is a
// domain_options. Neither copied nor moved: slots and objects refer to it.
template <class T, class Options>
class lazy_domain final : private detail::domain_core<T, Options> {
  using core = detail::domain_core<T, Options>;
  using typename core::holds;
  using typename core::slot_words;

 public:
  // The policy of T (sync.hpp), and what attach returns.
  using sync_type = detail::sync_of<T>;
  using slot_type = lazy_slot<T, Options>;

  // Options of the domain: at most how many retired objects, and how many of their bytes (as passed to retire), wait on
  // each CPU for one heavy fence. (A number too large to count is the largest one.) Let b = max(retire_batch, slots ever
  // attached) and L = min(CPUs, slots) (slot_growth::chunks: CPUs), rounded up to a power of two, at most 1024. When no
  // call is running, fewer than b * L objects wait, and less than retire_bytes * L bytes. (Typically at most retire_batch
  // on each CPU, and fewer where retires are rare.) Each running call processes what it found waiting: a retire in one of
  // the L lists, a flush in all of them. So with r retires and f flushes running, fewer than b * (L * (1 + f) + r) objects
  // are retained, plus those that these are about to retire. While heavy fences fail, all objects wait.
  static constexpr std::size_t retire_batch = Options::batch;
  static constexpr std::size_t retire_bytes = Options::bytes;

  // Purpose: a domain with n slots, none of them attached. Allocates all memory but that of objects. With
  //   slot_growth::chunks there are n slots at first, rounded up to a power of two, and attach allocates more.
  // The first domain of a program asks the system for the number of CPUs (Linux: from /sys; if that is refused, it relies
  // on less).
  // Errors: no memory calls the fatal hook. With n = 0 the domain is always full, unless it grows.
  explicit lazy_domain(std::size_t n) noexcept : core(n) {}

  // Purpose: the same with policy::shootdown: `tell` notifies workers that do not park.
  lazy_domain(std::size_t n, kick tell) noexcept : lazy_domain(n) {
    static_assert(Options::how == policy::shootdown, "lazy_domain: only policy::shootdown kicks");
    this->kick_ = tell;
  }

  // Purpose: flush, and release what was handed over.
  // Precondition: no slot is attached, no object is alive, and the calls that detached or dropped the last of them have
  //   returned (join those threads). Every build checks the first two, after the last disposer has run, and calls the fatal
  //   hook: a slot or an object that outlives its domain would write to freed memory.
  ~lazy_domain() {
    this->is_ending_ = true;
    do {
      flush();
    } while (this->take_all_back() != 0 || !this->retired_.is_empty());
    // Relaxed, both: the threads that detached or attached a slot have been joined.
    this->slots_.for_each(this->used_.load(std::memory_order_relaxed), [](auto& s) {
      if (detail::is_rare(core::is_taken(s.claim.load(std::memory_order_relaxed)))) {
        detail::call_fatal_hook(
            s.lazy.load(std::memory_order_relaxed) != nullptr  // Relaxed: for the message.
                ? "lazy_domain: destroyed while a lazy_slot of it is active; deactivate and detach every "
                  "lazy_slot (end or join its thread) first; if the domain is static and its threads run until "
                  "the program exits, do not destroy it: static auto& domain = *new lazyref::lazy_domain<T>(n)"
                : "lazy_domain: destroyed while a lazy_slot of it is attached; detach every lazy_slot (end or "
                  "join its thread) first; if the domain is static and its threads run until the program "
                  "exits, do not destroy it: static auto& domain = *new lazyref::lazy_domain<T>(n)");
      }
    });
    // After a fork, the objects of vanished threads are lost.
    if (detail::is_rare(!this->forked_ && !this->all_disposed())) {
      detail::call_fatal_hook(
          "lazy_domain: destroyed while some of its objects are alive; drop every strong_ref, and join every thread "
          "that does, first; if the domain is static and its threads run until the program exits, do not destroy it: "
          "static auto& domain = *new lazyref::lazy_domain<T>(n)");
    }
  }

  lazy_domain(const lazy_domain&) = delete;
  lazy_domain& operator=(const lazy_domain&) = delete;

  // Purpose: a new object and its first user. For an aggregate whose first base is its owner, `args` initialise the other
  //   members. Who may call: any thread. Cost, errors: those of `new T(args...)`; with candidates::tracked also those of
  //   `new` for the bits: if it throws, the object is reclaimed as by the drop of its last user. If T's own operator new
  //   returns null, the reference is empty.
  // Precondition: T::dispose, if there is one, undoes `new`.
  template <class... Args>
  LAZYREF_PER_UNIT strong_ref<T> make(Args&&... args) {
    // NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks): it does not follow the counts.
    T* const object = detail::owner_access::make<T>(std::forward<Args>(args)...);
    if (object == nullptr) return strong_ref<T>();
    this->provide_first_bits(object, this->marks());
    return this->take_in(object, this->marks());
  }
  // NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)

  // Purpose: the same for an object that the caller has allocated, so that T::dispose (or `delete` of a T*) undoes it. A
  //   class derived from T is accepted if T has a virtual destructor, or a dispose.
  // Preconditions: the object has never been adopted; it is not null. Errors: no memory for candidate bits calls the fatal
  //   hook.
  template <class U>
  LAZYREF_PER_UNIT strong_ref<T> adopt(U* object) noexcept {
    detail::refuse_slicing<T, U>();
    return this->take_in(object, this->marks());
  }

  // Purpose: drop a user without a scan of its own: if it is the last one, the object waits with others that were retired
  //   on this CPU, and one heavy fence and one scan serve all of them. The scan runs when retire_batch of them wait, or
  //   retire_bytes; or earlier, if retires are so rare that fences and scans take little of the time: at the fourth object,
  //   where a fence costs 50 us and there is one retire in a millisecond.
  // `bytes`: the memory that the object retains, if it is large; 0: not counted.
  // Preconditions: the reference belongs to this domain; an empty one has no effect. No shared pointer that this user
  //   covered leads to the object any more.
  // Who may call: any thread, also disposers. T::on_last_user runs here. Progress: lock-free.
  // Errors: if the heavy fence fails (ENOMEM, a filter), all objects go on waiting; flush returns their number.
  // Cost: two read-modify-writes (with bytes, three) on a cache line of this CPU, and a share of a heavy fence (if slots
  //   protect) and of a scan of the slots. Where objects cannot be protected (candidates::tracked, custom,
  //   policy::refcounted) nothing waits: it is strong_ref::reset.
  LAZYREF_PER_UNIT void retire(strong_ref<T>&& reference) noexcept { retire(std::move(reference), 0); }
  LAZYREF_PER_UNIT void retire(strong_ref<T>&& reference, std::size_t bytes) noexcept {
    T* const object = detail::owner_access::release(reference);
    if (object == nullptr) return;
    detail::expects(detail::owner_access::domain(object) == this,
                    "lazy_domain::retire: the object belongs to another domain; retire it there");
    this->retire_object(object, bytes);
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_PER_UNIT void retire(strong_ref<U>&& reference, std::size_t bytes = 0) noexcept {
    retire(detail::owner_access::adopt_user(detail::owner_access::release(reference)), bytes);
  }

  // Purpose: returns b * L of the bound above: fewer objects than that wait when no call is running. It grows with the
  //   number of slots in use at a time, where that is more than retire_batch. Who may call: any thread.
  std::size_t retire_bound() const noexcept {
    return Options::can_protect ? this->limits()().objects * this->retired_.list_count() : 1;
  }

  // Purpose: scan for retired objects now, and for those that disposers retire in this call, until none of them waits:
  //   chains and trees of any length, without recursion. A disposer's call runs inside this one; a call inside that one
  //   leaves its work to it. (What disposers retire that are code of another image waits: call it until it returns 0.)
  // Returns how many objects are not disposed of yet: those that other calls of retire and flush are processing, those in
  //   slots (once for each slot), and those that wait because the heavy fence failed (ENOMEM, a filter). It waits for no
  //   thread. A running retire may hide one object, and so may a worker that disposes of one handed over to it. Ordering:
  //   if it returns 0 and there is no such call, all disposals happen before its return.
  // Who may call: any thread, also disposers. Progress: lock-free. Cost: see retire; linear in the slots.
  std::size_t flush() noexcept { return this->flush_all(); }

  // Purpose: a slot for the calling worker. Returns an empty lazy_slot if all are taken, including those that workers keep
  //   for nested scopes. (With slot_growth::chunks: and if there is no memory for more, or there are about 2^31.)
  // Who may call: any thread. Progress: lock-free; where slots are added, as operator new is. Cost: a read-modify-write,
  //   for any number of slots; adding some is amortised.
  LAZYREF_PER_UNIT slot_type attach() noexcept {
    std::uint32_t i = 0;
    // The second pop: once every slot has been handed out, the free ones are on the stack.
    if (!this->free_.pop(i, this->links()) && !this->take_fresh(i) && !this->free_.pop(i, this->links()))
      return slot_type();
    // Relaxed, both: this call owns the slot. The last worker's accesses to it happen before (D1).
    auto& mine = this->slots_[i];
    const std::uint32_t claim = mine.claim.load(std::memory_order_relaxed) + 1;
    mine.claim.store(claim, std::memory_order_relaxed);
    // A handoff to the slot's last worker may have coincided with its detach.
    if constexpr (Options::how != policy::refcounted) lazyref::poll<holds>(static_cast<slot_words&>(mine));
    return slot_type(this, static_cast<slot_words*>(std::addressof(mine)), claim);
  }

  // Purpose: take holds out of slots whose workers have left the objects, before their next move; returns how many. For
  //   reclaim::deferred when memory is needed, and for slots that no worker attaches again.
  // Who may call: any thread, also disposers.
  // What it finds, progress, cost: as lazyref::collect (reclaimer.hpp). refcounted: a slot never contains a hold.
  std::size_t collect() noexcept { return this->collect_all(); }

  // Purpose: in the child of a fork, where only the calling thread exists: takes back all slots except for the given ones,
  //   as they belong to vanished threads. A lazy_slot of such a thread is empty from then on: to destroy or detach it,
  //   while the domain lives, has no effect.
  // Precondition: called before the child starts threads or uses the domain otherwise, and not by a disposer.
  // What vanished threads owned by strong_ref, were reclaiming or were counting at that moment is lost to the child: a
  // leak.
  template <class... Kept>
  LAZYREF_PER_UNIT void after_fork_in_child(const Kept&... kept) noexcept {
    this->forked_ = true;
    lazyref::fence_after_fork_in_child();
    this->free_.clear();
    [[maybe_unused]] const auto keep = [this](const auto& slot) {
      if (slot && slot.handle_.domain == this) core::keep(slot.index());
    };
    (keep(kept), ...);
    for (std::size_t i = this->used_.load(std::memory_order_relaxed); i-- > 0;) {  // Relaxed: there is one thread.
      auto& s = this->slots_[i];
      if ((s.further & core::kept) != 0) {
        s.further &= ~core::kept;
        continue;
      }
      // Relaxed, all of it: there is one thread. Objects that refcounted had counted are handled as handoffs from here on;
      // no disposer runs before all slots are clear.
      if constexpr (Options::how == policy::refcounted) {
        if (T* const counted = detail::object_of(s.lazy.load(std::memory_order_relaxed)))
          s.drop.store(counted, std::memory_order_relaxed);
      }
      s.lazy.store(nullptr, std::memory_order_relaxed);
      s.note.store(0, std::memory_order_relaxed);
      s.further = s.outer = 0;
      const std::uint32_t claim = s.claim.load(std::memory_order_relaxed);
      if (core::is_taken(claim)) s.claim.store(claim + 1, std::memory_order_relaxed);
      s.leave();
      this->free_.push(static_cast<std::uint32_t>(i), this->links());
    }
    this->retired_.after_fork_in_child();
    this->scans_.after_fork_in_child();
    this->take_all_back();
  }

  // Purpose: current counters; each is exact at some moment, together they may not be. Progress: wait-free. Cost: linear in
  //   the slots.
  domain_stats stats() const noexcept {
    domain_stats result{};
    result.slot_count = this->slots_.size();
    // Relaxed, all: numbers.
    this->slots_.for_each(this->used_.load(std::memory_order_relaxed), [&](auto& s) {
      result.attached += core::is_taken(s.claim.load(std::memory_order_relaxed));
      result.parked += detail::is_object(s.drop.load(std::memory_order_relaxed));
    });
    result.retired = this->retired_.size();
    this->add_to(result);
    return result;
  }

 private:
  template <class, class>
  friend class lazy_slot;
  friend detail::slot_handle<T, Options>;
  template <class, class, class>
  friend class code_space;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DOMAIN_HPP
