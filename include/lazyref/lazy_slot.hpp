// SPDX-License-Identifier: BSL-1.0
//
// The worker's side of a domain: the slots that lazy_domain::attach returns. See domain.hpp for an overview.
#include "config.hpp"

#ifndef LAZYREF_LAZY_SLOT_HPP
#define LAZYREF_LAZY_SLOT_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "detail/base/checks.hpp"
#include "detail/slot/counted_slot.hpp"
#include "detail/slot/slot_handle.hpp"
#include "domain_options.hpp"
#include "owner.hpp"
#include "slot.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, class Options = domain_options<>>
class lazy_domain;
template <class T, class Options>
class temporary_activation;
template <class T, class Options, class U>
class nested_protection;

// A worker's slot. Move-only; empty after a move, after detach, and if attach found no free slot.
// Who may call: one thread at a time; passing it to another thread needs a happens-before, as for any value.
// Its destructor detaches: a slot that lives in its thread (a local, a thread_local) releases what it holds, and returns to
// the domain, when the thread ends. Every call may run disposers, see the head of domain.hpp. Unless stated otherwise, a
// call is wait-free, except for the disposers that it runs.
//
// A slot is on at most one object: the result of activate and protect is valid until the next call that moves the slot. To
// use two objects at a time, take two slots, or nested_protection.
//
// What disposers may do to the slot inside a call stands in slot.hpp ("Disposers"): the call's postcondition holds all the
// same. One thing is forbidden, and calls the fatal hook: a disposer that runs inside activate, protect or try_protect must
// not detach that slot, nor destroy its handle.
//
// T may be incomplete where a lazy_slot is declared as a member.
template <class T, class Options = domain_options<>>
class lazy_slot {
 public:
  // Purpose: constructs an empty one, or takes over the other's slot and leaves the other empty. Assignment detaches the
  //   slot that it replaces, as the destructor does. Cost of a move: that of a few pointers.
  lazy_slot() noexcept = default;
  lazy_slot(lazy_slot&& other) noexcept { swap(other); }
  LAZYREF_PER_UNIT lazy_slot& operator=(lazy_slot&& other) noexcept {
    lazy_slot taken(std::move(other));
    swap(taken);  // The previous slot is detached last, when a disposer finds everything in place.
    return *this;
  }
  LAZYREF_PER_UNIT ~lazy_slot() { detach(); }

  // Purpose: exchange slots; each stays on its object.
  void swap(lazy_slot& other) noexcept { handle_.swap(other.handle_); }

  // Whether it has a slot: false if it is empty, or after_fork_in_child has taken the slot back.
  explicit operator bool() const noexcept { return handle_.is_mine(); }

  // The slot's number in its domain, 0 <= index() < slots; after detach, another worker may get the same number.
  // Precondition: not empty.
  LAZYREF_PER_UNIT std::size_t index() const noexcept {
    detail::expects(handle_.place != nullptr, "lazy_slot::index: the slot is empty");
    return handle_.seat().index;
  }

  // Purpose: use the object, until the slot's next move, whether or not the object still has users by then.
  // Preconditions: the slot and the reference are not empty; the reference belongs to this domain.
  // Returns true if the object was already active. Progress: as lazyref::activate (slot.hpp).
  // Cost: handoff: one store if the object changes, none otherwise (prompt: and a light fence; tracked: and a load of the
  //   object's bits, once a read-modify-write). refcounted: a read-modify-write on each of the two objects.
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT bool activate(const strong_ref<T>& reference) noexcept {
    return activate_object(detail::owner_access::object(reference));
  }
  template <class U, class = std::enable_if_t<std::is_same_v<U, const T>>>
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT bool activate(const strong_ref<U>& reference) noexcept {
    return activate_object(detail::owner_access::object(reference));
  }

  // The object that the slot is on, or null (also if it is parked). Valid until the slot's next move. Cost: one load.
  LAZYREF_PER_UNIT T* active() const noexcept {
    handle_.check_mine("lazy_slot::active: the slot is empty");
    // Relaxed: the worker's own word. Null if it is parked, without a branch.
    const auto word = reinterpret_cast<std::uintptr_t>(handle_.words().lazy.load(std::memory_order_relaxed));
    return reinterpret_cast<T*>(word & ((word & 1) - 1));
  }

  // Purpose: stop using the object. Precondition: the slot is not empty. Cost: one store, and a light fence with
  //   reclaim::prompt.
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT void deactivate() noexcept {
    handle_.check_mine("lazy_slot::deactivate: the slot is empty");
    const detail::one_thread entered(handle_.seat());
    handle_.check_not_borrowed();
    lazy_slot::leave(handle_.words());
  }

  // Purpose: use the object that `source` points to; the caller needs no user of it. Returns the object, or null if
  //   `source` is null. Valid until the slot's next move.
  // Preconditions: the slot is not empty; the objects that `source` points to belong to this domain; a thread that takes
  //   one out of `source` does so before it drops the user that covered it (by strong_ref::reset or lazy_domain::retire).
  // Ordering: an acquire load of `source`. Progress: lock-free: it retries if another thread has changed `source`.
  // Cost: a load, a store, a light fence, a load. The slot's first protection also checks whether the domain knows that it
  //   protects. The domain's first protection executes a heavy fence (if that fails, it calls the fatal hook); from then on
  //   each drop of a last user executes one, too.
  // Source: [saferecl.hp.holder.mem]; slot.hpp, I1.
  // `source` is a std::atomic of a T* or const T* (of the policy's atomics, where T has one of its own), or of a pointer to
  // a class that is derived from T, not virtually.
  template <template <class> class Atomic, class U>
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT U* protect(const Atomic<U*>& source) noexcept {
    handle_.check_mine("lazy_slot::protect: the slot is empty");
    handle_.check_not_borrowed();
    return protect_inside(source);
  }

  // Purpose: the same for the object in the cell (atomic_strong_ref.hpp).
  template <class U, class Sync>
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT U* protect(const atomic_strong_ref<U, Sync>& cell) noexcept {
    return protect(cell.pointer_);
  }

  // Purpose: one attempt of the same; `object` is the value that the caller has read from `source`. Returns whether the
  //   object is protected now. If not, the slot is on no object, and `object` is the value of `source` now. Progress:
  //   wait-free.
  template <template <class> class Atomic, class U>
  LAZYREF_PER_UNIT bool try_protect(U*& object, const Atomic<U*>& source) noexcept {
    handle_.check_mine("lazy_slot::protect: the slot is empty");
    handle_.check_not_borrowed();
    const detail::one_thread entered(prepare_to_protect());
    [[maybe_unused]] const domain_type* const mine = handle_.domain;  // A disposer may move this handle.
    const bool is_protected = lazyref::try_protect<holds>(handle_.words(), object, source);
    if (is_protected) handle_type::check_home(object, mine);
    return is_protected;
  }

  // Purpose: end a protection; the same as deactivate.
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT void reset_protection() noexcept { deactivate(); }

  // Purpose: keep the slot's object only until its last user is dropped: for a worker that goes idle, perhaps for long. The
  //   thread that drops the last user then takes the object back, without this worker. The worker must not use the object
  //   until resume returns it. (With reclaim::deferred, if that drop and this call coincide, the object may stay until the
  //   slot's next move, or collect: see slot.hpp, I5.)
  // Precondition: the slot is not empty. No effect if the slot is on no object. Cost: as deactivate. refcounted: the object
  //   stays counted, and is not taken back.
  LAZYREF_PER_UNIT void park() noexcept {
    handle_.check_mine("lazy_slot::park: the slot is empty");
    const detail::one_thread entered(handle_.seat());
    handle_.check_not_borrowed();
    if constexpr (Options::how == policy::refcounted) {
      // Relaxed: only the worker accesses the word.
      T* const word = handle_.words().lazy.load(std::memory_order_relaxed);
      if (word != nullptr) handle_.words().lazy.store(detail::parked(word), std::memory_order_relaxed);
    } else {
      lazyref::park<holds>(handle_.words());
    }
  }

  // Purpose: use the parked object again. Returns it, or null if it was taken back or none was parked. Precondition: the
  //   slot is not empty. Progress: wait-free. Cost: a compare-and-swap.
  LAZYREF_PER_UNIT T* resume() noexcept {
    handle_.check_mine("lazy_slot::resume: the slot is empty");
    const detail::one_thread entered(handle_.seat());
    handle_.check_not_borrowed();
    return lazyref::resume(handle_.words());
  }

  // Purpose: release a hold that was handed over to the slot on an object no longer in use, without a move. Cost: one load.
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT void poll() noexcept {
    handle_.check_mine("lazy_slot::poll: the slot is empty");
    const detail::one_thread entered(handle_.seat());
    if constexpr (Options::how != policy::refcounted) lazyref::poll<holds>(handle_.words());
  }

  // Purpose: deactivate, and return the slot to the domain. An empty slot stays empty.
  LAZYREF_PER_UNIT void detach() noexcept { handle_.detach(); }

 private:
  friend class lazy_domain<T, Options>;
  friend class temporary_activation<T, Options>;
  template <class, class, class>
  friend class nested_protection;
  using handle_type = detail::slot_handle<T, Options>;
  friend handle_type;
  using domain_type = lazy_domain<T, Options>;
  using holds = detail::owner_holds<T>;

  lazy_slot(domain_type* its_domain, void* words, std::uint32_t claim) noexcept {
    handle_.domain = its_domain;
    handle_.place = words;
    handle_.claim = claim;
  }

  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT bool activate_object(T* object) noexcept {
    handle_.check_reference(object);
    const detail::one_thread entered(handle_.seat());
    handle_.check_not_borrowed();
    return move_to(object);
  }

  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT auto& prepare_to_protect() noexcept {
    static_assert(Options::can_protect,
                  "lazy_slot::protect: a domain with candidates::tracked, candidates::custom or policy::refcounted "
                  "cannot protect; see domain_options.hpp");
    if (detail::is_rare(!handle_.protects)) {
      handle_.domain->begin_to_protect();
      handle_.protects = true;
    }
    return handle_.seat();
  }

  // Also inside scopes.
  template <template <class> class Atomic, class U>
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT U* protect_inside(const Atomic<U*>& source) noexcept {
    const detail::one_thread entered(prepare_to_protect());
    [[maybe_unused]] const domain_type* const mine = handle_.domain;  // A disposer may move this handle.
    U* const object = lazyref::protect<holds>(handle_.words(), source);
    handle_type::check_home(object, mine);
    return object;
  }
  template <class U, class Sync>
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT U* protect_inside(const atomic_strong_ref<U, Sync>& cell) noexcept {
    return protect_inside(cell.pointer_);
  }

  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT bool move_to(T* object) noexcept {
    if constexpr (Options::how == policy::refcounted) {
      // Relaxed: the worker's own word.
      if (handle_.words().lazy.load(std::memory_order_relaxed) == object) return true;
      holds::take(object, 1);
      detail::replace_counted<holds>(handle_.words(), object);
      return false;
    } else {
      if constexpr (Options::where == candidates::tracked) handle_.domain->track(object, handle_.seat().index);
      return lazyref::activate<holds>(handle_.words(), object);
    }
  }

  template <class Words>
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT static void leave(Words& s) noexcept {
    if constexpr (Options::how == policy::refcounted) {
      detail::replace_counted<holds>(s, static_cast<T*>(nullptr));
    } else {
      lazyref::deactivate<holds>(s);
    }
  }

  handle_type handle_;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_LAZY_SLOT_HPP
