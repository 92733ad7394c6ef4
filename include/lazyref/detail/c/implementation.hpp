// SPDX-License-Identifier: BSL-1.0
//
// Implements lazyref.h, in the one unit that defines LAZYREF_C_IMPLEMENTATION. The contracts are in lazyref.h.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_C_IMPLEMENTATION_HPP
#define LAZYREF_DETAIL_C_IMPLEMENTATION_HPP

#include "../../lazyref.h"

#if defined(LAZYREF_C_IMPLEMENTATION)

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "../../instruction_sync.hpp"
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

extern "C" {

lazyref_fatal_handler lazyref_set_fatal_handler(lazyref_fatal_handler handler) noexcept {
  // A C handler does not throw, but its type cannot say so.
  return lazyref::set_fatal_handler(reinterpret_cast<lazyref::fatal_handler>(handler));
}

lazyref_fence_status lazyref_fence_initialize(void) noexcept {
  return lazyref::detail::c_status(lazyref::detail::process_fence.initialize<lazyref::fence_mode::automatic>());
}
lazyref_fence_status lazyref_fence_initialize_as(int backend) noexcept {
  if (backend < lazyref_backend_membarrier || backend > lazyref_backend_symmetric)
    lazyref::detail::call_fatal_hook(
        "lazyref_fence_initialize_as: `backend` is none of the three values lazyref_backend_..., so no fence can be "
        "chosen: pass one of these, or call lazyref_fence_initialize");
  return lazyref::detail::c_status(lazyref::detail::process_fence.initialize<lazyref::fence_mode::automatic>(
      static_cast<lazyref::fence_backend>(backend)));
}
lazyref_fence_status lazyref_fence_info(void) noexcept {
  return lazyref::detail::c_status(lazyref::detail::process_fence.info<lazyref::fence_mode::automatic>());
}
void lazyref_fence_heavy(void) noexcept { lazyref::asymmetric_thread_fence_heavy(std::memory_order_acq_rel); }
lazyref_result lazyref_fence_try_heavy(void) noexcept {
  return lazyref::detail::c_result(lazyref::try_asymmetric_thread_fence_heavy(std::memory_order_acq_rel));
}
void lazyref_fence_light_call(void) noexcept {
  lazyref::detail::process_fence.light<lazyref::fence_mode::automatic>(std::memory_order_acq_rel);
}
void lazyref_detail_unit_is_built(int mode) noexcept {
  if (mode == LAZYREF_FENCE_REQUIRED) {
    lazyref::detail::process_fence.strengthen();
  } else {
    lazyref::detail::process_fence.prefer_full_fences();
  }
}

lazyref_result lazyref_instruction_sync_initialize(void) noexcept {
  return lazyref::detail::c_result(lazyref::instruction_sync_initialize());
}
lazyref_result lazyref_flush_code_range(const void* write, const void* execute, size_t size) noexcept {
  return lazyref::detail::c_result(lazyref::flush_code_range(write, execute, size));
}
lazyref_result lazyref_sync_core_all_threads(void) noexcept {
  return lazyref::detail::c_result(lazyref::sync_core_all_threads());
}
void lazyref_sync_core_this_thread(void) noexcept {
#if defined(LAZYREF_DETAIL_HAS_CODE_SYNC)
  lazyref::sync_core_this_thread();
#else
  lazyref::detail::call_fatal_hook("lazyref_sync_core_this_thread: unknown architecture, so do not run new code");
#endif
}
lazyref_result lazyref_publish_code(const void* write, const void* execute, size_t size) noexcept {
  return lazyref::detail::c_result(lazyref::publish_code(write, execute, size));
}

lazyref_result lazyref_slot_initialize(lazyref_slot* place, const lazyref_callbacks* callbacks) noexcept {
  if (place == nullptr || callbacks == nullptr)
    return {-EINVAL, "lazyref_slot_initialize: the slot or the table of callbacks is a null pointer"};
  if (callbacks->take == nullptr || callbacks->give_up == nullptr || callbacks->for_each_slot == nullptr)
    return {-EINVAL, "lazyref_slot_initialize: take, give_up and for_each_slot must be set; only kick may be null"};
  if (reinterpret_cast<std::uintptr_t>(place) % LAZYREF_CACHE_LINE != 0)
    return {-EINVAL,
            "lazyref_slot_initialize: the slot is not aligned to LAZYREF_CACHE_LINE; allocate it by aligned_alloc"};
  if (callbacks->prompt != 0) {
    ::new (static_cast<void*>(place)) lazyref::detail::c_slot<lazyref::reclaim::prompt>();
  } else {
    ::new (static_cast<void*>(place)) lazyref::detail::c_slot<lazyref::reclaim::deferred>();
  }
  place->lazyref_callbacks = callbacks;
  place->lazyref_prompt = callbacks->prompt != 0;
  return {0, "success"};
}

int lazyref_activate(lazyref_slot* place, void* object) noexcept {
  return lazyref::detail::c_call_on(place, [object](auto& s) {
    return lazyref::activate<lazyref::detail::c_holds>(s, lazyref::detail::c_from(object)) ? 1 : 0;
  });
}
void lazyref_deactivate(lazyref_slot* place) noexcept {
  lazyref::detail::c_call_on(place, [](auto& s) { lazyref::deactivate<lazyref::detail::c_holds>(s); });
}
void lazyref_vacate(lazyref_slot* place) noexcept {
  lazyref::detail::c_call_on(place, [](auto& s) { lazyref::vacate<lazyref::detail::c_holds>(s); });
}
void lazyref_poll(lazyref_slot* place) noexcept {
  lazyref::detail::c_call_on(place, [](auto& s) { lazyref::poll<lazyref::detail::c_holds>(s); });
}
void lazyref_park(lazyref_slot* place) noexcept {
  lazyref::detail::c_call_on(place, [](auto& s) { lazyref::park<lazyref::detail::c_holds>(s); });
}
void* lazyref_resume(lazyref_slot* place) noexcept {
  return lazyref::detail::c_call_on(place, [](auto& s) -> void* { return lazyref::resume(s); });
}
void* lazyref_protect(lazyref_slot* place, const void* source) noexcept {
  return lazyref::detail::c_call_on(place, [source](auto& s) -> void* {
    return lazyref::protect<lazyref::detail::c_holds>(s, lazyref::detail::c_source(source));
  });
}
int lazyref_try_protect(lazyref_slot* place, void** object, const void* source) noexcept {
  return lazyref::detail::c_call_on(place, [object, source](auto& s) {
    auto* seen = lazyref::detail::c_from(*object);
    const bool is_protected =
        lazyref::try_protect<lazyref::detail::c_holds>(s, seen, lazyref::detail::c_source(source));
    *object = seen;
    return is_protected ? 1 : 0;
  });
}
void lazyref_protect_again(lazyref_slot* place, void* object) noexcept {
  lazyref::detail::c_call_on(place, [object](auto& s) {
    lazyref::protect_again<lazyref::detail::c_holds>(s, lazyref::detail::c_from(object));
  });
}

void lazyref_last_user_left(const lazyref_callbacks* callbacks, void* object,
                            lazyref_handover_counts* counts) noexcept {
  if (counts != nullptr) *counts = {};
  lazyref::detail::c_call(callbacks, [=](auto kind) {
    constexpr lazyref::reclaim how = decltype(kind)::value;
    lazyref::last_user_left<lazyref::detail::c_holds, how>(
        lazyref::detail::c_from(object), lazyref::detail::c_each_slot<how>(callbacks),
        [counts](const lazyref::handover_counts& all) { lazyref::detail::c_count(all, counts); },
        lazyref::detail::c_kick(callbacks));
  });
}
void lazyref_last_users_left(const lazyref_callbacks* callbacks, void* const* objects, size_t n,
                             lazyref_handover_counts* counts) noexcept {
  if (counts != nullptr) *counts = {};
  lazyref::detail::c_call(callbacks, [=](auto kind) {
    constexpr lazyref::reclaim how = decltype(kind)::value;
    for (size_t i = 0; i < n;) {
      lazyref::scan_group<lazyref::detail::c_object> group;
      for (; i < n && !group.is_full(); ++i) group.add(lazyref::detail::c_from(objects[i]));
      lazyref::detail::c_count(
          lazyref::last_users_left<lazyref::detail::c_holds, how>(group, lazyref::detail::c_each_slot<how>(callbacks),
                                                                  lazyref::detail::c_kick(callbacks)),
          counts);
      for (auto* const object : group) lazyref::detail::c_holds::give_up(object, 1);
    }
  });
}
size_t lazyref_collect(const lazyref_callbacks* callbacks) noexcept {
  return lazyref::detail::c_call(callbacks, [callbacks](auto kind) {
    constexpr lazyref::reclaim how = decltype(kind)::value;
    return lazyref::collect<lazyref::detail::c_holds, lazyref::detail::c_object, how>(
        lazyref::detail::c_each_slot<how>(callbacks));
  });
}

}  // extern "C"

#endif

#endif  // LAZYREF_DETAIL_C_IMPLEMENTATION_HPP
