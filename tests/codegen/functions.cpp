// SPDX-License-Identifier: BSL-1.0
//
// What check.py reads the object code of; compiled once for each fence mode, always with -O2 -DNDEBUG.
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>
#include <lazyref/per_cpu.hpp>

using namespace lazyref;

// One symbol for one function, also where two come out the same.
#if defined(__clang__)
#define ALONE extern "C"
#else
#define ALONE extern "C" [[gnu::no_icf]]
#endif

struct object : owner<object> {};
struct counted {
  static void take(object*, std::size_t) noexcept;
  static void give_up(object*, std::size_t) noexcept;
};
using deferred = domain_options<policy::handoff, reclaim::deferred, candidates::all>;
using prompt_slot = slot<object, std_sync, reclaim::prompt>;
using prompt = domain_options<policy::handoff, reclaim::prompt, candidates::all>;
using refcounted = domain_options<policy::refcounted>;
using word = std::atomic<int>;

// --- the worker's side

ALONE bool embedded_activate(slot<object>& s, object* o) { return activate<counted>(s, o); }
ALONE void embedded_deactivate(slot<object>& s) { deactivate<counted>(s); }
ALONE bool embedded_activate_prompt(prompt_slot& s, object* o) { return activate<counted>(s, o); }
ALONE void embedded_deactivate_prompt(prompt_slot& s) { deactivate<counted>(s); }

ALONE bool slot_activate(lazy_slot<object, deferred>& s, const strong_ref<object>& r) { return s.activate(r); }
ALONE void slot_deactivate(lazy_slot<object, deferred>& s) { s.deactivate(); }
ALONE bool slot_activate_prompt(lazy_slot<object, prompt>& s, const strong_ref<object>& r) { return s.activate(r); }
ALONE void slot_deactivate_prompt(lazy_slot<object, prompt>& s) { s.deactivate(); }
ALONE bool slot_activate_refcounted(lazy_slot<object, refcounted>& s, const strong_ref<object>& r) {
  return s.activate(r);
}

ALONE bool embedded_try_protect(slot<object>& s, object*& o, const std::atomic<object*>& source) {
  return try_protect<counted>(s, o, source);
}
ALONE object* embedded_protect(slot<object>& s, const std::atomic<object*>& source) {
  return protect<counted>(s, source);
}
ALONE void embedded_park_prompt(prompt_slot& s) { park<counted>(s); }
ALONE object* slot_protect(lazy_slot<object, prompt>& s, const std::atomic<object*>& source) {
  return s.protect(source);
}
ALONE void claim_and_release(per_cpu_domain<object, reclaim::prompt>& d, const strong_ref<object>& r) {
  d.claim(r).release();
}
ALONE void embedded_park(slot<object>& s) { park<counted>(s); }
ALONE object* embedded_resume(slot<object>& s) { return resume(s); }

struct node : hazard_pointer_obj_base<node> {
  int value = 0;
};
ALONE bool hazard_try_protect(hazard_pointer& h, node*& n, const std::atomic<node*>& source) {
  return h.try_protect(n, source);
}
ALONE node* hazard_protect(hazard_pointer& h, const std::atomic<node*>& source) { return h.protect(source); }
ALONE void hazard_reset(hazard_pointer& h) { h.reset_protection(); }
ALONE void hazard_reset_to(hazard_pointer& h, node* n) { h.reset_protection(n); }
ALONE int hazard_for_one_read(const std::atomic<node*>& source) {
  hazard_pointer h = make_hazard_pointer();
  node* const n = h.protect(source);
  return n != nullptr ? n->value : 0;
}

// --- the light fence

ALONE void light() { asymmetric_thread_fence_light(std::memory_order_seq_cst); }
ALONE int store_light_load(word& a, word& b) {
  a.store(1, std::memory_order_relaxed);
  asymmetric_thread_fence_light(std::memory_order_seq_cst);
  return b.load(std::memory_order_relaxed);
}

// --- the same by hand, without the seam; `drop` rests at null, or at a mark that is no address

struct alignas(cache_line) by_hand {
  std::atomic<object*> lazy;
  const void* fence;
  std::atomic<object*> drop;
};
bool is_left(const by_hand& s) { return reinterpret_cast<std::uintptr_t>(s.drop.load(std::memory_order_relaxed)) > 1; }
// Each sees to it that the slot is on what it is to be on.
[[gnu::cold]] bool drain_and_say_true(by_hand&, object*) noexcept;
[[gnu::cold]] bool drain_and_say_false(by_hand&, object*) noexcept;

ALONE bool by_hand_activate(by_hand& s, object* o) {
  if (s.lazy.load(std::memory_order_relaxed) == o) {
    if (__builtin_expect(is_left(s), 0)) return drain_and_say_true(s, o);
    return true;
  }
  s.lazy.store(o, std::memory_order_release);
  if (__builtin_expect(is_left(s), 0)) return drain_and_say_false(s, o);
  return false;
}
ALONE void by_hand_deactivate(by_hand& s) {
  s.lazy.store(nullptr, std::memory_order_release);
  if (__builtin_expect(is_left(s), 0)) drain_and_say_false(s, nullptr);
}

// --- what the checker must report

bool somewhere_else(object*) noexcept;

ALONE void planted_seq_cst(slot<object>& s, object* o) { s.lazy.store(o, std::memory_order_seq_cst); }
ALONE void planted_fence(slot<object>& s, object* o) {
  s.lazy.store(o, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}
ALONE object* planted_exchange(slot<object>& s, object* o) { return s.drop.exchange(o, std::memory_order_acq_rel); }
ALONE bool planted_swap(slot<object>& s, object* o) { return s.drop.compare_exchange_strong(o, nullptr); }
ALONE void planted_second_store(slot<object>& s, object* o) {
  s.lazy.store(o, std::memory_order_release);
  s.drop.store(nullptr, std::memory_order_release);
}
ALONE bool planted_call(slot<object>& s, object* o) {
  s.lazy.store(o, std::memory_order_release);
  return !somewhere_else(o);
}
ALONE bool planted_no_store(slot<object>& s, object* o) { return s.lazy.load(std::memory_order_relaxed) == o; }
ALONE int planted_light(word& a, word& b) {
  a.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return b.load(std::memory_order_relaxed);
}
