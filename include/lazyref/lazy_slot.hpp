// SPDX-License-Identifier: BSL-1.0
//
// The worker's side of a domain: what lazy_domain::attach gives out. See domain.hpp for the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "detail/checks.hpp"
#include "domain_options.hpp"
#include "owner.hpp"
#include "slot.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class Options = domain_options<>>
class lazy_domain;
template <class T, class Options>
class temporary_activation;

// A worker's slot. Move-only; empty after a move, after detach, and when the domain was full.
// Who may call: one thread at a time; handing it to another thread needs the happens-before that any value needs.
// Its destructor detaches, so a slot that lives in its thread (a local, a thread_local) drains and goes back when the
// thread ends. Every call may dispose of objects, see the head of domain.hpp. Where nothing else is said, a call is
// wait-free but for the disposers that it runs.
template <class T, class Options = domain_options<>>
class lazy_slot {
  using sync_type = typename T::sync_type;
  template <class U>
  using atomic = typename sync_type::template atomic<U>;

 public:
  // Purpose: empty; or takes the other's slot, and the other is empty from then on. What an assignment replaces is
  //   detached, as by the destructor. Cost of a move: that of a few pointers.
  lazy_slot() noexcept = default;
  lazy_slot(lazy_slot&& other) noexcept { swap(other); }
  lazy_slot& operator=(lazy_slot&& other) noexcept {
    lazy_slot taken(std::move(other));
    swap(taken);  // What was here is detached last of all, when a disposer finds everything in place.
    return *this;
  }
  ~lazy_slot() { detach(); }

  // Purpose: exchange slots; each stays on what it is on.
  void swap(lazy_slot& other) noexcept {
    std::swap(domain_, other.domain_);
    std::swap(slot_, other.slot_);
    std::swap(claim_, other.claim_);
    std::swap(protects_, other.protects_);
  }

  // Whether it has a slot: not if it is empty, or after_fork_in_child has taken the slot back.
  explicit operator bool() const noexcept { return is_mine(); }

  // The slot's number in its domain, 0 <= index() < slots; the same number may come to another worker after detach.
  // Precondition: not empty.
  std::size_t index() const noexcept {
    detail::check(slot_ != nullptr, "lazy_slot::index: the slot is empty");
    return static_cast<std::size_t>(slot_ - domain_->slots_.get());
  }

  // Purpose: use the object, from now until the next activate, deactivate or detach, whether or not it still has users
  //   by then.
  // Preconditions: the slot and the reference are not empty; the reference belongs to this domain. A disposer that runs
  //   in here does not move this very slot away.
  // Returns true if it was already active. Progress: as lazyref::activate (slot.hpp).
  // Cost: handoff: one store where the object changes, none where it does not (prompt: and a light fence; tracked: and
  //   a read of the object's bits, once a read-modify-write). refcounted: a read-modify-write on each of the two
  //   objects.
  bool activate(const strong_ref<T>& reference) noexcept {
    const detail::one_thread guard(seat_for(reference));
    check_not_borrowed();
    T* const object = reference.get();
    if constexpr (checks_enabled) {
      const bool already = move_to(object);
      // Relaxed: the worker's own word.
      detail::check(slot_ != nullptr && slot_->lazy.load(std::memory_order_relaxed) == object,
                    "lazy_slot::activate: a disposer that ran in here moved this slot away from the object that was "
                    "being activated");
      return already;
    } else {
      return move_to(object);
    }
  }

  // What the slot is on, or null (also if it is parked). Valid until the slot moves on. Cost: one load.
  T* active() const noexcept {
    check_mine("lazy_slot::active: the slot is empty");
    T* const word = slot_->lazy.load(std::memory_order_relaxed);  // Relaxed: the worker's own word.
    return detail::is_parked(word) ? nullptr : word;
  }

  // Purpose: stop using the object. Precondition: the slot is not empty. Cost: one store, and a light fence with
  //   reclaim::prompt.
  void deactivate() noexcept {
    check_mine("lazy_slot::deactivate: the slot is empty");
    const detail::one_thread guard(seat());
    check_not_borrowed();
    leave(*slot_);
  }

  // Purpose: use whatever `source` points to, without having a user of it; returns it, or null if `source` is null.
  //   Valid until the slot moves on.
  // Preconditions: the slot is not empty; the objects that `source` points to belong to this domain; whoever takes one
  //   out of `source` does so before dropping the user that stood for it (by strong_ref::reset or lazy_domain::retire).
  // Ordering: an acquire load of `source`. Progress: lock-free: tried again when somebody has changed `source`.
  // Cost: a load, a store, a light fence, a load. The slot's first protection also looks whether the domain knows that
  //   it protects, and if it is the domain's first, makes a heavy fence: from then on each last user's departure does.
  // Source: [saferecl.hp.holder.mem]; slot.hpp, I1.
  T* protect(const atomic<T*>& source) noexcept {
    const detail::one_thread guard(prepare_to_protect());
    return check_home(lazyref::protect<holds>(*slot_, source));
  }

  // Purpose: one try of the same; `object` is what the caller has read from `source`. Returns whether it is protected
  //   now. If not, the slot is on nothing, and `object` is what `source` points to now. Progress: wait-free.
  bool try_protect(T*& object, const atomic<T*>& source) noexcept {
    const detail::one_thread guard(prepare_to_protect());
    const bool is_protected = lazyref::try_protect<holds>(*slot_, object, source);
    if (is_protected) check_home(object);
    return is_protected;
  }

  // Purpose: end a protection; the same as deactivate.
  void reset_protection() noexcept { deactivate(); }

  // Purpose: keep what the slot is on only as long as nobody wants it gone: for a worker that goes idle, perhaps for
  //   long. Its last user's departure takes it back, without this worker. Until resume returns it, it must not be used.
  //   (With reclaim::deferred, if that departure and this call meet, the object may stay until the slot's next move, or
  //   collect: see slot.hpp, I5.)
  // Precondition: the slot is not empty. Nothing happens if the slot is on nothing. Cost: as deactivate. refcounted: it
  //   stays counted, and nobody takes it back.
  void park() noexcept {
    check_mine("lazy_slot::park: the slot is empty");
    const detail::one_thread guard(seat());
    check_not_borrowed();
    if constexpr (Options::how == policy::refcounted) {
      // Relaxed: nobody but the worker looks at the word.
      T* const word = slot_->lazy.load(std::memory_order_relaxed);
      if (word != nullptr) slot_->lazy.store(detail::parked(word), std::memory_order_relaxed);
    } else {
      lazyref::park<holds>(*slot_);
    }
  }

  // Purpose: use again what was parked. Returns it, or null if it was taken back or nothing was parked. Precondition:
  //   the slot is not empty. Progress: wait-free. Cost: a compare-and-swap.
  T* resume() noexcept {
    check_mine("lazy_slot::resume: the slot is empty");
    const detail::one_thread guard(seat());
    check_not_borrowed();
    return lazyref::resume(*slot_);
  }

  // Purpose: give up what was handed over to the slot and is not in use any more, without moving. Cost: one load.
  void poll() noexcept {
    check_mine("lazy_slot::poll: the slot is empty");
    const detail::one_thread guard(seat());
    if constexpr (Options::how != policy::refcounted) lazyref::poll<holds>(*slot_);
  }

  // Purpose: deactivate, and give the slot back. An empty slot stays empty.
  void detach() noexcept {
    if (slot_ == nullptr) return;
    auto& mine = seat();
    const bool still_mine = is_mine();
    if (still_mine) check_not_borrowed();
    const std::uint32_t given_back = claim_ + 1;         // A disposer may refill or destroy this handle.
    slot_words& words = *std::exchange(slot_, nullptr);  // Empty from here on, also for a disposer that re-enters.
    domain_ = nullptr;
    if (!still_mine) return;  // In the child of a fork.
    {
      const detail::one_thread guard(mine);
      leave(words);
    }
    mine.leave();
    // (D2) release, pairs with D1; I2: the next worker begins after this one.
    mine.claim.store(given_back, sync_type::orders.unclaim);
  }

 private:
  friend class lazy_domain<T, Options>;
  friend class temporary_activation<T, Options>;
  using domain_type = lazy_domain<T, Options>;
  using holds = detail::owner_holds<T>;
  using slot_words = slot<T, sync_type, Options::when>;

  lazy_slot(domain_type* domain, slot_words* words, std::uint32_t claim) noexcept
      : domain_(domain), slot_(words), claim_(claim) {}

  // Where reference can be activated.
  auto& seat_for(const strong_ref<T>& reference) const noexcept {
    check_mine("lazy_slot::activate: the slot is empty (the domain was full, or the slot was moved from or detached)");
    detail::check(static_cast<bool>(reference),
                  "lazy_slot::activate: the reference is empty; an activation needs a user that covers it");
    detail::check(detail::owner_access::domain(reference.get()) == domain_,
                  "lazy_slot::activate: the object belongs to another domain");
    return seat();
  }

  auto& seat() const noexcept { return domain_->seats_[index()]; }

  // False if after_fork_in_child has taken it back. Relaxed: nobody else writes it while it is taken.
  bool is_mine() const noexcept { return slot_ != nullptr && seat().claim.load(std::memory_order_relaxed) == claim_; }

  // Nothing without checks; as an argument of detail::check the load would stay.
  void check_mine(const char* message) const noexcept {
    if constexpr (checks_enabled) detail::check(is_mine(), message);
  }

  T* check_home(T* object) const noexcept {
    if constexpr (checks_enabled) {
      detail::check(object == nullptr || detail::owner_access::domain(object) == domain_,
                    "lazy_slot::protect: the object belongs to another domain");
    }
    return object;
  }

  void check_not_borrowed() const noexcept {
    detail::check(!seat().is_borrowed(),
                  "lazy_slot: the slot was switched, parked or detached inside a temporary_activation; end that first");
  }

  auto& prepare_to_protect() noexcept {
    static_assert(Options::can_protect,
                  "lazy_slot::protect: a domain whose objects are looked for by marks (candidates::tracked, custom) or "
                  "counted (policy::refcounted) cannot protect; see domain_options.hpp");
    check_mine("lazy_slot::protect: the slot is empty");
    check_not_borrowed();
    if (detail::is_rare(!protects_)) {
      domain_->begin_to_protect();
      protects_ = true;
    }
    return seat();
  }

  bool move_to(T* object) noexcept {
    if constexpr (Options::how == policy::refcounted) {
      if (slot_->lazy.load(std::memory_order_relaxed) == object) return true;  // Relaxed: the worker's own word.
      holds::take(object, 1);
      replace_counted(*slot_, object);
      return false;
    } else {
      if constexpr (Options::where == candidates::tracked) domain_->track(object, index());
      return lazyref::activate<holds>(*slot_, object);
    }
  }

  static void leave(slot_words& s) noexcept {
    if constexpr (Options::how == policy::refcounted) {
      replace_counted(s, nullptr);
    } else {
      lazyref::deactivate<holds>(s);
    }
  }

  // refcounted: nobody but the worker looks at the word, hence relaxed; the counts carry the order (C2).
  static void replace_counted(slot_words& s, T* after) noexcept {
    T* const before = s.lazy.load(std::memory_order_relaxed);
    s.lazy.store(after, std::memory_order_relaxed);
    if (before != nullptr) holds::give_up(detail::object_of(before), 1);
  }

  domain_type* domain_ = nullptr;
  slot_words* slot_ = nullptr;
  std::uint32_t claim_ = 0;
  bool protects_ = false;  // the domain knows that this slot protects
};

LAZYREF_END_NAMESPACE
