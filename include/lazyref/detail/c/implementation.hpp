// SPDX-License-Identifier: BSL-1.0
//
// The functions of lazyref.h, in the one unit that defines LAZYREF_C_IMPLEMENTATION. The contracts are in lazyref.h;
// callbacks.hpp has what the C++ functions need of a C program.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_C_IMPLEMENTATION_HPP
#define LAZYREF_DETAIL_C_IMPLEMENTATION_HPP

#include "../../lazyref.h"

#if defined(LAZYREF_C_IMPLEMENTATION)

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>

#include "../../instruction_sync.hpp"
#include "../../reclaimer.hpp"
#include "../../slot.hpp"
#include "callbacks.hpp"

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
