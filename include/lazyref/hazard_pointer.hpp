// SPDX-License-Identifier: BSL-1.0
//
// Hazard pointers with the interface of C++26 ([saferecl.hp]), in C++17, built on lazyref's slots. A program that uses
// std::hazard_pointer changes only the namespace.
//
//   struct node : lazyref::hazard_pointer_obj_base<node> { ... };
//   std::atomic<node*> head;
//
//   lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
//   node* seen = h.protect(head);                              // a store, a light fence, a load
//   use(*seen);
//   h.reset_protection();
//
//   node* old = head.exchange(next, std::memory_order_acq_rel);  // unpublish first,
//   old->retire();                                             // then retire
//
// What this implementation specifies beyond the standard:
//
//   When    retire reclaims once hazard_pointer_batch objects that were retired on this CPU wait, or hazard_pointer_bytes
//           of those whose size the caller gave; or earlier, if retires are so rare that fences take little of the time.
//           One heavy fence and one scan of the hazard pointers then serve all of them. If an object is protected at that
//           time, the scan hands it over to the protecting hazard pointer, whose thread reclaims it when it next changes or
//           ends the protection. No thread waits, and no later scan visits the object. A thread that has retired, and has
//           used a hazard pointer, reclaims all that waits when it ends; what other threads retire waits for the next call.
//   Bound   Let b = max(hazard_pointer_batch, the most hazard pointers ever in use at one time), and L the number of CPUs,
//           rounded up to a power of two, at most 1024. When no call is running, fewer than b * L objects wait, and at most
//           one more per hazard pointer. A running retire also holds a batch of one CPU, a running clean_up those of all.
//           With r and f of them: fewer than b * (L * (1 + f) + r), plus the objects that these calls are about to retire.
//           While heavy fences fail, everything waits.
//   Where   Deleters run inside retire, hazard_pointer_clean_up, protect, try_protect, reset_protection, protect_same,
//           clear_hazard_pointer_batch, the destructor and move assignment of a hazard_pointer that protects something, and
//           at the end of a thread that has retired, with the destructors of its thread_local variables: before those
//           that were constructed before its first hazard pointer, and in each retire after that (with a heavy fence
//           for each). A deleter may call any of these ("Disposers" in slot.hpp has the rules), with one exception, which
//           calls the fatal hook: inside protect, try_protect, reset_protection(pointer) or protect_same it must not
//           destroy the hazard_pointer of that call, nor assign to it. Cancellation (pthread_cancel) is disabled while
//           deleters run.
//   Memory  make_hazard_pointer allocates (and may fail as `new` does) only if every existing hazard pointer is in use or
//           cached. A thread caches up to eight that it has used, and returns them when it ends (even if it uses its first
//           one in a pthread key's destructor, but not in the last round of these). A shared object in which threads have
//           used hazard pointers stays loaded until these threads end (for good, if one used its first there in such a
//           destructor; on FreeBSD, join them first). Nothing else allocates, but the C library where it notes that a
//           thread is to be told of its end: in the first make_hazard_pointer of a thread. (glibc ends the program if there
//           is no memory for that.)
//   Exit    Objects that still wait when the program ends are not reclaimed. (A thread, not the main one, that calls exit
//           ends there.)
//   Fork    In the child, objects that vanished threads protected stay protected: at most one for each hazard pointer. Do
//           not fork while another thread makes the first hazard pointer of its image: the child may wait for it, for ever.
//   Fibers  A fiber may resume on another thread between two calls, with its hazard pointers, but not inside a call. The
//           thread that it leaves must not end before the fiber has made its next call.
//   Images  An object must be made, protected and retired in images that share one state (config.hpp, "images"). Checked
//           units report an object that is made and retired in different ones. A protection in another image cannot be
//           detected: reading an object before it is known to be alive would be a use after free.
//
// Who may call: a hazard_pointer belongs to one thread at a time; any thread may call retire and clean_up. Nothing here is
// async-signal-safe. Source: C++26 working draft, [saferecl.hp]; P2530.
#include "config.hpp"

#ifndef LAZYREF_HAZARD_POINTER_HPP
#define LAZYREF_HAZARD_POINTER_HPP

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#if defined(__has_include) && (__cplusplus >= 202002L || (defined(_MSVC_LANG) && _MSVC_LANG >= 202002L))
#if __has_include(<span>)
#include <span>
#endif
#endif

#include "detail/reclamation/hazard_cache.hpp"
#include "hazard_pointer_obj_base.hpp"

LAZYREF_BEGIN_NAMESPACE

// For each CPU: the most retired objects that wait for one heavy fence, and the most bytes of those whose size was given.
inline constexpr std::size_t hazard_pointer_batch = detail::hazards::batch;
inline constexpr std::size_t hazard_pointer_bytes = detail::hazards::bytes;

// Owns one hazard pointer, or is empty. Move-only.
class [[nodiscard]] hazard_pointer {
 public:
  // Purpose: the default constructor makes an empty one; a move leaves `other` empty. Assignment ends what it replaces, as
  //   the destructor does.
  hazard_pointer() noexcept = default;
  hazard_pointer(hazard_pointer&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  LAZYREF_PER_UNIT hazard_pointer& operator=(hazard_pointer&& other) noexcept {
    hazard_pointer taken(std::move(other));
    swap(taken);
    return *this;
  }

  // Purpose: end the protection, and return the hazard pointer. Cost: a store and a light fence, if it fits into the
  //   thread's cache.
  LAZYREF_PER_UNIT ~hazard_pointer() {
    detail::hazards::record* const mine = std::exchange(record_, nullptr);
    if (mine == nullptr) return;
    detail::hazards::record& r = *std_sync::forget(mine);
    detail::leave<holds>(hazard_pointer::words(r));
    detail::return_hazard(r);
  }

  // Returns whether it owns no hazard pointer.
  [[nodiscard]] bool empty() const noexcept { return record_ == nullptr; }

  // Purpose: protect the object that `src` points to, and return it. Precondition: not empty. Ordering: an acquire load of
  //   `src`. Progress: lock-free; retries when another thread changes `src`. Cost: a load, a store, a light fence, a load.
  template <class T>
  [[nodiscard]] LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT T* protect(const std_sync::atomic<T*>& src) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    return lazyref::protect<holds>(hazard_pointer::words(*record_), src);
  }

  // Purpose: one attempt to protect `ptr`, which was read from `src`. Returns true if it is protected now. Otherwise
  //   nothing is protected, and `ptr` is set to what `src` points to now. Precondition: not empty. Progress: wait-free.
  template <class T>
  [[nodiscard]] LAZYREF_PER_UNIT bool try_protect(T*& ptr, const std_sync::atomic<T*>& src) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    return lazyref::try_protect<holds>(hazard_pointer::words(*record_), ptr, src);
  }

  // Purpose (not in C++26): the same for a shared pointer that is not a T*, such as a marked pointer or an index.
  //   `project(value)` returns the T* that a value stands for; it may be null. Returns the value, marks included, that both
  //   loads have seen; V must have ==. Preconditions, ordering, progress, cost: as protect and try_protect.
  // As there, the object must not be retired while `src` leads to it. In a list, a removed node still leads on: after the
  //   call, check that the node that holds `src` is still linked, before you use the object. (No call here looks into it.)
  template <class V, class Project>
  [[nodiscard]] LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT V protect(const std_sync::atomic<V>& src,
                                                                        const Project& project) noexcept {
    hazard_pointer::check_projection<V, Project>();
    check_not_empty();
    return lazyref::protect<holds>(hazard_pointer::words(*record_), src, project);
  }
  template <class V, class Project>
  [[nodiscard]] LAZYREF_PER_UNIT bool try_protect(V& value, const std_sync::atomic<V>& src,
                                                  const Project& project) noexcept {
    hazard_pointer::check_projection<V, Project>();
    check_not_empty();
    return lazyref::try_protect<holds>(hazard_pointer::words(*record_), value, src, project);
  }

  // Purpose: end the protection, and begin to protect *ptr unless ptr is null. This protects *ptr only if it is not retired
  //   yet: afterwards load the shared pointer again, with acquire, and use *ptr only if it is unchanged. To copy another
  //   hazard pointer's protection, use protect_same. Precondition: not empty. Cost: a store and a light fence.
  template <class T>
  LAZYREF_PER_UNIT void reset_protection(const T* ptr) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    lazyref::protect_again<holds>(hazard_pointer::words(*record_),
                                  static_cast<detail::hazards::object*>(const_cast<T*>(ptr)));
  }

  // Purpose: end the protection. Precondition: not empty. Cost: a store and a light fence.
  LAZYREF_DETAIL_ALWAYS_INLINE LAZYREF_PER_UNIT void reset_protection(std::nullptr_t = nullptr) noexcept {
    check_not_empty();
    lazyref::deactivate<holds>(hazard_pointer::words(*record_));
  }

  // Purpose (not in C++26): end the protection, and protect the object that `other` protects, even if it is retired by
  //   now; or nothing, if `other` protects nothing. `other` may be *this. Preconditions: neither is empty; the caller
  //   owns both; the object of `other` is protected: after reset_protection(pointer) the caller has loaded the shared
  //   pointer again (so not in a deleter that runs inside that call).
  // Progress: wait-free, except for deleters; these may recurse through this call. Cost: a read-modify-write on the object,
  //   and an exchange; another read-modify-write when the protection ends. Until then hazard_pointer_clean_up counts the
  //   object, even if it is not retired.
  LAZYREF_PER_UNIT void protect_same(const hazard_pointer& other) noexcept {
    check_not_empty();
    other.check_not_empty();
    // Relaxed: the worker's own word.
    lazyref::protect_same<holds>(hazard_pointer::words(*record_),
                                 hazard_pointer::words(*other.record_).lazy.load(std::memory_order_relaxed));
  }

  // Purpose: exchange the owned hazard pointers; each goes on protecting its object.
  void swap(hazard_pointer& other) noexcept { std::swap(record_, other.record_); }

 private:
  friend hazard_pointer make_hazard_pointer();
  friend void make_hazard_pointer_batch(hazard_pointer* first, std::size_t n);
  using holds = detail::hazards::holds;

  template <class V, class Project>
  static constexpr void check_projection() noexcept {
    using result = std::decay_t<std::invoke_result_t<const Project&, const V&>>;
    static_assert(std::is_pointer_v<result>, "hazard_pointer: the projection must return a T*");
    static_assert(detail::is_hazard_protectable<std::remove_pointer_t<result>>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
  }

  explicit hazard_pointer(detail::hazards::record* record) noexcept : record_(record) {
    detail::assume_that(record != nullptr);
  }

  static detail::hazards::slot_words& words(detail::hazards::record& r) noexcept { return r; }
  LAZYREF_PER_UNIT void check_not_empty() const noexcept {
    detail::expects(
        record_ != nullptr,
        "hazard_pointer: it is empty (default-constructed, or moved from); create it by make_hazard_pointer");
  }

  detail::hazards::record* record_ = nullptr;
};

// Purpose: return a hazard pointer that protects nothing. Errors: those of `new`. Cost: negligible if the thread's cache
//   has one; else one read-modify-write, whatever their number, and, if all are in use, memory for as many again.
[[nodiscard]] inline hazard_pointer make_hazard_pointer() { return hazard_pointer(detail::take_hazard()); }

// Purpose (C++29, P3428): give each empty one of the n hazard pointers a hazard pointer that protects nothing; the others
//   do not change. Errors: those of make_hazard_pointer; then none has changed. Cost: that of make_hazard_pointer for each.
inline void make_hazard_pointer_batch(hazard_pointer* first, std::size_t n) {
  detail::hazard_batch batch;
  for (std::size_t i = 0; i < n; ++i) {
    if (first[i].empty()) batch.add();
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (first[i].empty()) first[i].record_ = batch.take();
  }
}

#if defined(__cpp_lib_span)
inline void make_hazard_pointer_batch(std::span<hazard_pointer> batch) {
  lazyref::make_hazard_pointer_batch(batch.data(), batch.size());
}
#endif

// Same as the member.
inline void swap(hazard_pointer& a, hazard_pointer& b) noexcept { a.swap(b); }

// Purpose (not in C++26): reclaim now every retired object that is neither protected nor in a batch of another call, and
//   what deleters retire meanwhile, until none of these waits: chains and trees of any length, without recursion. (If they
//   are code of another image, that waits: call it until it returns 0.) For tests, and for the end of a program. Before a
//   shared object with deleters in use is closed (dlclose), this call alone is not enough: the users of its objects must
//   have ended their protections.
// Returns how many objects are not reclaimed yet: protected ones (by protect_same, even if they are not retired), those
//   in a batch of another call, and those that wait because the heavy fence failed (ENOMEM, a filter). It waits for no
//   thread. A concurrent retire may hide an object, and so may a call that is reclaiming what was handed over to its
//   hazard pointer. Apart from these, if it returns 0, all deletions happen before it returns. A call in a deleter runs
//   nested in the call that runs the deleter; one nested more deeply leaves its work to that. Who may call: any thread.
//   Progress: lock-free. Cost: linear in the number of hazard pointers.
inline std::size_t hazard_pointer_clean_up() noexcept { return detail::all_hazards.value.flush(); }

LAZYREF_DETAIL_BEGIN_UNIT

// Purpose (C++29, P3428): make all n hazard pointers empty, as the destructor does, which also ends their protections. (A
//   deleter may fill one meanwhile.)
inline void clear_hazard_pointer_batch(hazard_pointer* first, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) first[i] = hazard_pointer();
}
#if defined(__cpp_lib_span)
inline void clear_hazard_pointer_batch(std::span<hazard_pointer> batch) noexcept {
  lazyref::clear_hazard_pointer_batch(batch.data(), batch.size());
}
#endif

// Purpose (not in C++26): call it in the child of a fork, before it starts threads. Operations that vanished threads had
//   begun count as ended. Precondition: not called by a deleter.
inline void hazard_pointer_after_fork_in_child() noexcept {
  fence_after_fork_in_child();
  detail::all_hazards.value.after_fork_in_child(detail::this_thread());
}

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_HAZARD_POINTER_HPP
