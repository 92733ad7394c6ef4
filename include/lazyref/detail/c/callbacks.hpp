// SPDX-License-Identifier: BSL-1.0
//
// A C program as slot.hpp and reclaimer.hpp see it: its objects, its slots, and its callbacks as their traits class
// (reference counts), their iteration over the slots, and their kick; and the results in C's types. Only for the unit that
// defines LAZYREF_C_IMPLEMENTATION, and after lazyref.h.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_C_CALLBACKS_HPP
#define LAZYREF_DETAIL_C_CALLBACKS_HPP

#if defined(LAZYREF_C_IMPLEMENTATION)

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "../../reclaimer.hpp"
#include "../../slot.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// All of it is this image's alone. Otherwise the loader would merge the functions that two images have out of line, but not
// the thread's variable, nor what the compiler has inlined in each. Only one unit of an image includes this.
namespace {

static_assert(LAZYREF_CACHE_LINE == cache_line, "lazyref.h says the same as config.hpp");
static_assert(static_cast<unsigned char>(fence_decision::free_light) == 1 && sizeof(fence_decision) == 1 &&
                  std::is_standard_layout_v<process_fence_type>,
              "the light fence of C units reads the first byte of the state; see c/unit.h");
static_assert(lazyref_backend_membarrier == static_cast<int>(fence_backend::membarrier) &&
                  lazyref_backend_flush_process_write_buffers ==
                      static_cast<int>(fence_backend::flush_process_write_buffers) &&
                  lazyref_backend_symmetric == static_cast<int>(fence_backend::symmetric),
              "lazyref.h says the same as detail/fence/fence_decision.hpp");

inline lazyref_result c_result(const sync_result& result) noexcept { return {-result.error(), result.what()}; }

inline lazyref_fence_status c_status(const fence_status& status) noexcept {
  return {static_cast<int>(status.backend), status.light_is_free ? 1 : 0, status.reason};
}

// An object of the program. Only one property is known: its address is even.
struct alignas(2) c_object {};

// The callbacks for the holds that this thread is taking or dropping: those of the innermost call, if disposers call again.
thread_local const lazyref_callbacks* c_callbacks = nullptr;

class c_scope {
 public:
  explicit c_scope(const lazyref_callbacks* callbacks) noexcept : before_(c_callbacks) { c_callbacks = callbacks; }
  ~c_scope() { c_callbacks = before_; }
  c_scope(const c_scope&) = delete;
  c_scope& operator=(const c_scope&) = delete;

 private:
  const lazyref_callbacks* before_;
};

// The traits class of slot.hpp.
struct c_holds {
  static void take(c_object* object, std::size_t n) noexcept { c_callbacks->take(c_callbacks->context, object, n); }
  static void give_up(c_object* object, std::size_t n) noexcept {
    c_callbacks->give_up(c_callbacks->context, object, n);
  }
  // The worker's calls read the callbacks from the slot, and only if there is a hold to drop.
  template <class S>
  static c_scope enter(S& s) noexcept {
    return c_scope(reinterpret_cast<lazyref_slot&>(s).lazyref_callbacks);
  }
};

template <reclaim R>
using c_slot = slot<c_object, std_sync, R>;

template <reclaim R>
c_slot<R>& c_slot_in(lazyref_slot* place) noexcept {
  using type = c_slot<R>;
  static_assert(std::is_standard_layout_v<type> && std::is_trivially_destructible_v<type> &&
                    sizeof(type) == sizeof(lazyref_slot) && alignof(type) == alignof(lazyref_slot) &&
                    offsetof(type, note) + sizeof(type::note) <= offsetof(lazyref_slot, lazyref_callbacks),
                "lazyref_slot is a slot, with the callbacks in its padding");
  return *std::launder(reinterpret_cast<type*>(place));
}

template <reclaim R>
using c_reclaim = std::integral_constant<reclaim, R>;

// Calls do_it(kind); the kind says whether reclamation is prompt.
template <class Do>
auto c_call(const lazyref_callbacks* callbacks, Do&& do_it) noexcept {
  const c_scope scope(callbacks);
  return callbacks->prompt != 0 ? do_it(c_reclaim<reclaim::prompt>()) : do_it(c_reclaim<reclaim::deferred>());
}
// Calls do_it(slot).
template <class Do>
auto c_call_on(lazyref_slot* place, Do&& do_it) noexcept {
  return place->lazyref_prompt != 0 ? do_it(detail::c_slot_in<reclaim::prompt>(place))
                                    : do_it(detail::c_slot_in<reclaim::deferred>(place));
}

inline c_object* c_from(void* object) noexcept {
  detail::expects(reinterpret_cast<std::uintptr_t>(object) % alignof(c_object) == 0,
                  "lazyref: an object's address is odd, but the low bit of a slot's word says whether the object is "
                  "parked: align objects to 2 bytes or more, and pass marked pointers without their marks");
  return static_cast<c_object*>(object);
}

// A pointer that the program modifies atomically.
inline const std_sync::atomic<c_object*>& c_source(const void* source) noexcept {
  static_assert(
      sizeof(std_sync::atomic<c_object*>) == sizeof(void*) && std_sync::atomic<c_object*>::is_always_lock_free,
      "an atomic pointer is a pointer");
  return *static_cast<const std_sync::atomic<c_object*>*>(source);
}

// The iteration over all slots that reclaimer.hpp needs.
template <reclaim R>
auto c_each_slot(const lazyref_callbacks* callbacks) noexcept {
  return [callbacks](auto&& visit) noexcept {
    using visitor = std::remove_reference_t<decltype(visit)>;
    callbacks->for_each_slot(
        callbacks->context,
        [](void* with, lazyref_slot* place) { (*static_cast<visitor*>(with))(detail::c_slot_in<R>(place)); }, &visit);
  };
}

inline auto c_kick(const lazyref_callbacks* callbacks) noexcept {
  return [callbacks](auto& s) noexcept {
    if (callbacks->kick != nullptr) callbacks->kick(callbacks->context, reinterpret_cast<lazyref_slot*>(&s));
  };
}

inline void c_count(const handover_counts& counts, lazyref_handover_counts* into) noexcept {
  if (into == nullptr) return;
  into->scanned += counts.scanned;
  into->handed_over += counts.handed_over;
  into->carried += counts.carried;
  into->taken_back += counts.taken_back;
  into->unparked += counts.unparked;
}

}  // namespace

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif

#endif  // LAZYREF_DETAIL_C_CALLBACKS_HPP
