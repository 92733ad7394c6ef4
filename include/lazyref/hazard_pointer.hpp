// SPDX-License-Identifier: BSL-1.0
//
// Hazard pointers with the interface of C++26 ([saferecl.hp]), in C++17, on lazyref's slots. A program that has
// std::hazard_pointer changes a namespace.
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
// What this implementation adds to the standard's words:
//
//   When    retire, once hazard_pointer_batch objects wait that were retired on this CPU, or hazard_pointer_bytes of
//           those whose size was told; or earlier, if retires are so rare that fences take little of the time. Then one
//           heavy fence and one pass over the hazard pointers for all of them. An object that is protected then is left
//           with the hazard pointer that protects it, and reclaimed when that next moves, in that thread: nobody waits,
//           nobody scans again. A thread that has retired, and has used a hazard pointer, does the same for all that waits
//           when it ends; what other threads retire waits for the next call.
//   Bound   with b = max(hazard_pointer_batch, hazard pointers that were ever in use at a time) and L CPUs, rounded up to
//           a power of two, at most 1024: when no call is running, fewer than b * L objects wait, and at most one more
//           for each hazard pointer. Each running call has in hand what it found waiting: a retire on one CPU, a clean_up
//           on all. With r and f of them, fewer than b * (L * (1 + f) + r), and what these are about to retire. And
//           everything waits while heavy fences fail.
//   Where   deleters run inside retire, hazard_pointer_clean_up, protect, try_protect, reset_protection, protect_same,
//           clear_hazard_pointer_batch, the destructor and move assignment of a hazard_pointer that protects something, and
//           at the end of a thread that has retired, after its thread_local variables. They may call any of these;
//           slot.hpp says what then holds ("Disposers"). One thing is forbidden, and calls the fatal hook: a deleter that
//           runs inside protect, try_protect, reset_protection(pointer) or protect_same must not destroy that one, nor assign
//           to it. The thread is not cancelled (pthread_cancel) while deleters run.
//   Memory  make_hazard_pointer allocates (and may fail as `new` does) only when all hazard pointers there are exist or
//           are kept; a thread keeps up to eight that it has used, and gives them back when it ends (also if it uses
//           its first one in a pthread key's destructor, but for the last round of these). A shared object in
//           which threads have used hazard pointers stays loaded until they end. Nothing else allocates.
//   Exit    what waits when the program ends is not reclaimed.
//   Fork    in the child, what vanished threads protected stays protected: at most one object for each.
//   Fibers  a fiber may go on in another thread between two calls, with its hazard pointers, not inside a call. The
//           thread that it leaves does not end before the fiber has made its next call.
//   Images  an object is made, protected and retired in images that have one state (config.hpp, "images"). Units that check
//           report it where they make and retire in different ones. Where only the protection is in another one nobody can
//           see it: to look into an object before its user knows that it is there would be a use after free.
//
// Who may call: a hazard_pointer belongs to one thread at a time; retire and clean_up any thread. Nothing here is
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

#include "detail/hazard_cache.hpp"
#include "hazard_pointer_obj_base.hpp"

LAZYREF_BEGIN_NAMESPACE

// How many retired objects wait for one heavy fence at most, and how many bytes of those whose size was told, on each CPU.
inline constexpr std::size_t hazard_pointer_batch = detail::hazards::batch;
inline constexpr std::size_t hazard_pointer_bytes = detail::hazards::bytes;

// Empty, or the owner of one hazard pointer. Move-only.
class [[nodiscard]] hazard_pointer {
 public:
  // Purpose: empty; or takes the other's, which is empty from then on. What an assignment replaces ends as in the
  //   destructor.
  hazard_pointer() noexcept = default;
  hazard_pointer(hazard_pointer&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  LAZYREF_PER_UNIT hazard_pointer& operator=(hazard_pointer&& other) noexcept {
    hazard_pointer taken(std::move(other));
    swap(taken);
    return *this;
  }

  // Purpose: end the protection, and give the hazard pointer back. Cost: a store and a light fence, where the thread
  //   has room for the hazard pointer.
  LAZYREF_PER_UNIT ~hazard_pointer() {
    detail::hazards::record* const mine = std::exchange(record_, nullptr);
    if (mine == nullptr) return;
    detail::hazards::record& r = *std_sync::forget(mine);
    detail::leave<holds>(hazard_pointer::words(r));
    detail::return_hazard(r);
  }

  // Whether it owns no hazard pointer.
  [[nodiscard]] bool empty() const noexcept { return record_ == nullptr; }

  // Purpose: protect what `src` points to, and return it. Precondition: not empty. Ordering: an acquire load of `src`.
  // Progress: lock-free: tried again when somebody has changed `src`. Cost: a load, a store, a light fence, a load.
  template <class T>
  [[nodiscard]] LAZYREF_PER_UNIT T* protect(const std_sync::atomic<T*>& src) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    return lazyref::protect<holds>(hazard_pointer::words(*record_), src);
  }

  // Purpose: one try of the same, of `ptr`, which was read from `src`. Returns whether it is protected now. If not,
  //   nothing is, and `ptr` is what `src` points to now. Precondition: not empty. Progress: wait-free.
  template <class T>
  [[nodiscard]] LAZYREF_PER_UNIT bool try_protect(T*& ptr, const std_sync::atomic<T*>& src) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    return lazyref::try_protect<holds>(hazard_pointer::words(*record_), ptr, src);
  }

  // Purpose (not in C++26): the same for a shared pointer that is no T*, as one with marks, or an index; `project(value)` is
  //   the T* that a value of it leads to, which may be null. Returns that value, marks and all. It must be the same at the
  //   second look, and V be a type that == compares. Preconditions, ordering, progress, cost: as protect and try_protect.
  // As there, what `src` leads to must not be retired while it does. In a list, whose removed nodes still lead on, look
  //   afterwards whether the node that holds `src` is still linked, before the object is used. (No call here looks into it.)
  template <class V, class Project>
  [[nodiscard]] LAZYREF_PER_UNIT V protect(const std_sync::atomic<V>& src, const Project& project) noexcept {
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

  // Purpose: end the protection, and begin that of *ptr, if it is not null. It protects *ptr only if that is not retired yet:
  //   load the shared pointer again afterwards, with acquire, and use *ptr only if it is unchanged. To copy the protection of
  //   another hazard pointer, use protect_same. Precondition: not empty. Cost: a store and a light fence.
  template <class T>
  LAZYREF_PER_UNIT void reset_protection(const T* ptr) noexcept {
    static_assert(detail::is_hazard_protectable<T>,
                  "hazard_pointer: T must be derived from hazard_pointer_obj_base<T, D>");
    check_not_empty();
    lazyref::protect_again<holds>(hazard_pointer::words(*record_),
                                  static_cast<detail::hazards::object*>(const_cast<T*>(ptr)));
  }

  // Purpose: end the protection. Precondition: not empty. Cost: a store and a light fence.
  LAZYREF_PER_UNIT void reset_protection(std::nullptr_t = nullptr) noexcept {
    check_not_empty();
    lazyref::deactivate<holds>(hazard_pointer::words(*record_));
  }

  // Purpose (not in C++26): end the protection, and protect what `other` protects, also if that is retired by now; or
  //   nothing, if that protects nothing. `other` may be *this. Preconditions: neither is empty; the caller is the owner of
  //   both; what `other` is on is protected: after reset_protection(pointer), the caller has looked at its shared pointer
  //   again (so not in a deleter that runs in there).
  // Progress: wait-free, but for deleters; these may recurse through here. Cost: a read-modify-write on the object, and an
  //   exchange; later one more, when the protection ends. Until then hazard_pointer_clean_up counts the object, also if it
  //   is not retired.
  LAZYREF_PER_UNIT void protect_same(const hazard_pointer& other) noexcept {
    check_not_empty();
    other.check_not_empty();
    // Relaxed: the worker's own word.
    lazyref::protect_same<holds>(hazard_pointer::words(*record_),
                                 hazard_pointer::words(*other.record_).lazy.load(std::memory_order_relaxed));
  }

  // Purpose: exchange hazard pointers; what they protect stays protected.
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
    detail::expects(record_ != nullptr, "hazard_pointer: it is empty");
  }

  detail::hazards::record* record_ = nullptr;
};

// Purpose: a hazard pointer that protects nothing. Errors: those of `new`. Cost: none to speak of where the thread has
//   used one before; else a read-modify-write, whatever their number, and memory for as many again where all are in use.
[[nodiscard]] inline hazard_pointer make_hazard_pointer() { return hazard_pointer(detail::take_hazard()); }

// Purpose (C++29, P3428): each of n hazard pointers that is empty gets one that protects nothing; the others stay as they
//   are. Errors: those of make_hazard_pointer; then none of them has changed. Cost: as of make_hazard_pointer, for each.
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

// As the member.
inline void swap(hazard_pointer& a, hazard_pointer& b) noexcept { a.swap(b); }

// Purpose (not in C++26): reclaim now what is retired, not protected, and not in another call's hand, and what deleters
//   retire in here, until nothing of that waits: chains and trees of any length, without recursion. For tests, and for the
//   end of a program. Before a shared object whose deleters are in use is closed, that alone is not enough: its users must
//   have let go of what they protect.
// Returns how many objects are not reclaimed yet: those that are protected (by protect_same, also if they are not
//   retired), those that another call has in hand, and those that go on waiting since the heavy fence failed (ENOMEM, a
//   filter). It waits for nobody. A retire that is running may hide one, and so may a call that reclaims what was handed
//   over to its hazard pointer; else, where it returns 0, all deletions happen before its return. A deleter's call runs
//   inside the one that runs the deleter; one inside it leaves it to that. Who may call: any thread. Progress: lock-free.
//   Cost: linear in the hazard pointers.
inline std::size_t hazard_pointer_clean_up() noexcept { return detail::all_hazards.value.flush(); }

LAZYREF_DETAIL_BEGIN_UNIT

// Purpose (C++29, P3428): all n hazard pointers are empty afterwards, unless a deleter has filled one; what they protected
//   ends as in the destructor, which does the same.
inline void clear_hazard_pointer_batch(hazard_pointer* first, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) first[i] = hazard_pointer();
}
#if defined(__cpp_lib_span)
inline void clear_hazard_pointer_batch(std::span<hazard_pointer> batch) noexcept {
  lazyref::clear_hazard_pointer_batch(batch.data(), batch.size());
}
#endif

// Purpose (not in C++26): in the child of a fork, before it starts threads: what threads that are gone were doing is
//   over. Precondition: not called by a deleter.
inline void hazard_pointer_after_fork_in_child() noexcept {
  fence_after_fork_in_child();
  detail::all_hazards.value.after_fork_in_child(detail::this_thread());
}

LAZYREF_DETAIL_END_UNIT

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_HAZARD_POINTER_HPP
