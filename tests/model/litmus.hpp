// SPDX-License-Identifier: BSL-1.0
//
// What the checker itself must get right: classic litmus tests, and their variants with the asymmetric fence. Each
// names the one outcome it is about and whether that is allowed, and how many outcomes and executions there are.
// litmus.cpp checks these, validate.cpp that the search without reduction finds the same outcomes.
#pragma once

#include "model_sync.hpp"

// What runs in parallel is read side by side.
// clang-format off

namespace model::litmus {

enum verdict : bool { forbidden, allowed };

struct expectation {
  verdict is;
  std::size_t outcomes, executions;
};

struct test {
  const char* name;
  const char* about;  // an outcome
  expectation asymmetric, symmetric;
  void (*run)();
};

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

// A fence, as a template argument.
using a_fence = void (*)();
inline void none() {}
inline void full() { fence(seq_cst); }
inline void weak() { fence(acq_rel); }
inline void l() { light(); }
inline void h() { heavy(); }
inline void l_rel() { light(release); }
inline void l_acq() { light(acquire); }
inline void l_acq_rel() { light(acq_rel); }
inline void h_rel() { heavy(release); }
inline void h_acq() { heavy(acquire); }
inline void f_rel() { fence(release); }
inline void f_acq() { fence(acquire); }

using var = atomic<int>;

// Store buffering. Case A of kernel/sched/membarrier.c, and the example of the man page: F1 = light, F2 = heavy.
template <a_fence F1, a_fence F2, std::memory_order W = relaxed, std::memory_order R = relaxed>
void sb() {
  var x, y;
  int a = 0, b = 0;
  parallel([&] { x.store(1, W); F1(); a = y.load(R); },
           [&] { y.store(1, W); F2(); b = x.load(R); });
  outcome(a, b);
}

// Three of them in a ring.
template <a_fence F1, a_fence F2, a_fence F3>
void ring() {
  var x, y, z;
  int a = 0, b = 0, c = 0;
  parallel([&] { x.store(1, relaxed); F1(); a = y.load(relaxed); },
           [&] { y.store(1, relaxed); F2(); b = z.load(relaxed); },
           [&] { z.store(1, relaxed); F3(); c = x.load(relaxed); });
  outcome(a, b, c);
}

// Message passing. Case B of kernel/sched/membarrier.c: F1 = light, F2 = heavy.
template <a_fence F1, a_fence F2, std::memory_order W = relaxed, std::memory_order R = relaxed>
void mp() {
  var x, y;
  int a = 0, b = 0;
  parallel([&] { x.store(1, relaxed); F1(); y.store(1, W); },
           [&] { a = y.load(R); F2(); b = x.load(relaxed); });
  outcome(a, b);
}

// The same with plain data: 1 if read, -1 if it was not there to be read. A race is a failure, and "failed" an outcome.
template <a_fence F1, a_fence F2, std::memory_order W = relaxed, std::memory_order R = relaxed>
void mp_plain() {
  cell<int> x;
  var y;
  int b = -1;
  parallel([&] { x.write(1); F1(); y.store(1, W); },
           [&] { if (y.load(R) == 1) { F2(); b = x.read(); } });
  outcome(b);
}

// Load buffering: not modelled.
template <std::memory_order W, std::memory_order R>
void lb() {
  var x, y;
  int a = 0, b = 0;
  parallel([&] { a = x.load(R); y.store(1, W); },
           [&] { b = y.load(R); x.store(1, W); });
  outcome(a, b);
}

// Load buffering in the wide sense: the order of fences S goes against reads-from. C++20 allows 1 1 0; here S is the
// order of execution, which is not modelled either.
inline void lb_against_s() {
  var x, y, z;
  int a = 0, b = 0, c = 0;
  parallel([&] { x.store(1, relaxed); full(); y.store(1, relaxed); },
           [&] { a = y.load(relaxed); z.store(a, relaxed); },
           [&] { b = z.load(relaxed); full(); c = x.load(relaxed); });
  outcome(a, b, c);
}

template <a_fence F1, a_fence F2, std::memory_order W = relaxed, std::memory_order R = relaxed>
void iriw() {
  var x, y;
  int a = 0, b = 0, c = 0, d = 0;
  parallel([&] { x.store(1, W); }, [&] { y.store(1, W); },
           [&] { a = x.load(R); F1(); b = y.load(R); },
           [&] { c = y.load(R); F2(); d = x.load(R); });
  outcome(a, b, c, d);
}

// Two writes each, in opposite orders; the outcome is what stands last.
template <a_fence F1, a_fence F2, std::memory_order W = relaxed>
void two_plus_two_w() {
  var x, y;
  parallel([&] { x.store(1, W); F1(); y.store(2, W); },
           [&] { y.store(1, W); F2(); x.store(2, W); });
  outcome(x.load(relaxed), y.load(relaxed));
}

// Read-to-write causality.
template <a_fence F1, a_fence F2, std::memory_order W = relaxed, std::memory_order R = relaxed>
void rwc() {
  var x, y;
  int a = 0, b = 0, c = 0;
  parallel([&] { x.store(1, W); },
           [&] { a = x.load(R); F1(); b = y.load(R); },
           [&] { y.store(1, W); F2(); c = x.load(R); });
  outcome(a, b, c);
}

// Write-to-read causality.
template <a_fence F1, a_fence F2, std::memory_order W = relaxed, std::memory_order R = relaxed>
void wrc() {
  var x, y;
  int a = 0, b = 0, c = 0;
  parallel([&] { x.store(1, relaxed); },
           [&] { a = x.load(R); F1(); y.store(1, W); },
           [&] { b = y.load(R); F2(); c = x.load(relaxed); });
  outcome(a, b, c);
}

// Write against read, by coherence: 2 0 is y = 2 last although x was read old.
template <a_fence F1, a_fence F2>
void r() {
  var x, y;
  int a = 0;
  parallel([&] { x.store(1, relaxed); F1(); y.store(1, relaxed); },
           [&] { y.store(2, relaxed); F2(); a = x.load(relaxed); });
  outcome(y.load(relaxed), a);
}

template <std::memory_order W, std::memory_order R>
void isa2() {
  var x, y, z;
  int a = 0, b = 0, c = 0;
  parallel([&] { x.store(1, relaxed); y.store(1, W); },
           [&] { a = y.load(R); z.store(1, W); },
           [&] { b = z.load(R); c = x.load(relaxed); });
  outcome(a, b, c);
}

// --- coherence ([intro.races] p13-16) ---

inline void corr() {
  var x;
  int a = 0, b = 0;
  parallel([&] { x.store(1, relaxed); x.store(2, relaxed); }, [&] { a = x.load(relaxed); b = x.load(relaxed); });
  outcome(a, b);
}
inline void cowr() {
  var x;
  int a = 0;
  parallel([&] { x.store(1, relaxed); a = x.load(relaxed); }, [&] { x.store(2, relaxed); });
  outcome(a, x.load(relaxed));
}
inline void corw() {
  var x;
  int a = 0;
  parallel([&] { a = x.load(relaxed); x.store(1, relaxed); }, [&] { x.store(2, relaxed); });
  outcome(a, x.load(relaxed));
}
inline void coww() {
  var x;
  parallel([&] { x.store(1, relaxed); x.store(2, relaxed); }, [&] { x.store(3, relaxed); });
  outcome(x.load(relaxed));
}
// Two observers agree on the order of two unordered stores.
inline void coherence_of_observers() {
  var x;
  int a = 0, b = 0, c = 0, d = 0;
  parallel([&] { x.store(1, relaxed); }, [&] { x.store(2, relaxed); },
           [&] { a = x.load(relaxed); b = x.load(relaxed); }, [&] { c = x.load(relaxed); d = x.load(relaxed); });
  outcome(a, b, c, d);
}

// --- read-modify-write and release sequences ---

inline void atomicity() {
  var x;
  int a = 0, b = 0;
  parallel([&] { a = x.fetch_add(1, relaxed); }, [&] { b = x.fetch_add(1, relaxed); });
  outcome(a, b, x.load(relaxed));
}

enum class by { update, store_of_same_thread, update_of_same_thread, store_of_other_thread };

// A release, something relaxed after it in modification order, and an acquire that reads the latter.
template <by Middle>
void release_sequence() {
  cell<int> x;
  var y;
  int b = -1;
  parallel(
      [&] {
        x.write(1);
        y.store(1, release);
        if (Middle == by::store_of_same_thread) y.store(2, relaxed);
        if (Middle == by::update_of_same_thread) y.fetch_add(1, relaxed);
      },
      [&] {
        int one = 1;
        if (Middle == by::update) y.compare_exchange_strong(one, 2, relaxed, relaxed);
        if (Middle == by::store_of_other_thread && y.load(relaxed) == 1) y.store(2, relaxed);
      },
      [&] { if (y.load(acquire) == 2) b = x.read(); });
  outcome(b);
}

// The release sequence that a release fence and a relaxed store head, and its light form.
template <a_fence F1, a_fence F2, std::memory_order R>
void fence_sequence() {
  cell<int> x;
  var y;
  int b = -1;
  parallel([&] { x.write(1); F1(); y.store(1, relaxed); },
           [&] { int one = 1; y.compare_exchange_strong(one, 2, relaxed, relaxed); },
           [&] { if (y.load(R) == 2) { F2(); b = x.read(); } });
  outcome(b);
}

inline void cas_strong() {
  var x;
  int a = 0;
  parallel([&] { x.store(1, relaxed); },
           [&] { int e = 1; a = x.compare_exchange_strong(e, 2, relaxed, relaxed) ? 5 : e; });
  outcome(a, x.load(relaxed));
}
inline void cas_weak() {
  var x;
  int a = 0;
  parallel([&] { x.store(1, relaxed); },
           [&] { int e = 1; a = x.compare_exchange_weak(e, 2, relaxed, relaxed) ? 5 : e; });
  outcome(a, x.load(relaxed));
}

// --- the rest of the engine ---

// A claim by a restartable sequence, in the middle of: data, release of null, claim, acquire.
template <std::memory_order Look, std::memory_order Set>
void claimed() {
  cell<int> x;
  var y(1);
  int a = -1;
  parallel([&] { x.write(1); y.store(0, release); },
           [&] { y.store_if_null(2, Look, Set); },
           [&] { if (y.load(acquire) == 2) a = x.read(); });
  outcome(a);
}

// Two claim the same null.
inline void claimed_by_two() {
  var x;
  bool a = false, b = false;
  parallel([&] { a = x.store_if_null(1, relaxed, relaxed); }, [&] { b = x.store_if_null(2, relaxed, relaxed); });
  outcome(a, b);
}

inline void awaited() {
  var x;
  cell<int> y;
  int a = 0;
  parallel([&] { y.write(7); x.store(1, release); },
           [&] { while (x.load(acquire) == 0) model_sync::relax(); a = y.read(); });
  outcome(a);
}

inline void cpu() { outcome(static_cast<int>(model_sync::this_cpu())); }

// Is the address that was freed handed out again? Both must be seen.
inline void reuse() {
  int* const first = new int(1);
  int same = 0;
  parallel([&] { delete first; }, [&] { int* const second = new int(2); same = second == first; delete second; });
  outcome(same);
}

inline const test tests[] = {
    // name, outcome, with the asymmetric fence, in the portable build
    {"SB relaxed", "0 0", {allowed, 4, 4}, {allowed, 4, 4}, sb<none, none>},
    {"SB rel, acq", "0 0", {allowed, 4, 4}, {allowed, 4, 4}, sb<none, none, release, acquire>},
    {"SB acq_rel fences", "0 0", {allowed, 4, 4}, {allowed, 4, 4}, sb<weak, weak>},
    {"SB fence, fence", "0 0", {forbidden, 3, 4}, {forbidden, 3, 4}, sb<full, full>},
    {"SB light, heavy (membarrier(2); case A)", "0 0", {forbidden, 3, 4}, {forbidden, 3, 4}, sb<l, h>},
    {"SB heavy, heavy", "0 0", {forbidden, 3, 4}, {forbidden, 3, 4}, sb<h, h>},
    {"SB fence, heavy", "0 0", {forbidden, 3, 4}, {forbidden, 3, 4}, sb<full, h>},
    {"SB light, light", "0 0", {allowed, 4, 4}, {forbidden, 3, 4}, sb<l, l>},
    {"SB light, fence", "0 0", {allowed, 4, 4}, {forbidden, 3, 4}, sb<l, full>},
    {"SB light, none", "0 0", {allowed, 4, 4}, {allowed, 4, 4}, sb<l, none>},
    {"SB none, heavy", "0 0", {allowed, 4, 4}, {allowed, 4, 4}, sb<none, h>},
    {"SB light acq_rel, heavy", "0 0", {allowed, 4, 4}, {allowed, 4, 4}, sb<l_acq_rel, h>},
    {"ring F F F", "0 0 0", {forbidden, 7, 18}, {forbidden, 7, 18}, ring<full, full, full>},
    {"ring L H H", "0 0 0", {forbidden, 7, 18}, {forbidden, 7, 18}, ring<l, h, h>},
    {"ring L H L", "0 0 0", {allowed, 8, 18}, {forbidden, 7, 18}, ring<l, h, l>},

    {"MP relaxed", "1 0", {allowed, 4, 4}, {allowed, 4, 4}, mp<none, none>},
    {"MP rel, acq", "1 0", {forbidden, 3, 3}, {forbidden, 3, 3}, mp<none, none, release, acquire>},
    {"MP rel, relaxed", "1 0", {allowed, 4, 4}, {allowed, 4, 4}, mp<none, none, release, relaxed>},
    {"MP relaxed, acq", "1 0", {allowed, 4, 4}, {allowed, 4, 4}, mp<none, none, relaxed, acquire>},
    {"MP fences rel, acq", "1 0", {forbidden, 3, 3}, {forbidden, 3, 3}, mp<f_rel, f_acq>},
    {"MP fence rel, acq", "1 0", {forbidden, 3, 3}, {forbidden, 3, 3}, mp<f_rel, none, relaxed, acquire>},
    {"MP rel, fence acq", "1 0", {forbidden, 3, 3}, {forbidden, 3, 3}, mp<none, f_acq, release, relaxed>},
    {"MP light, heavy (case B)", "1 0", {forbidden, 3, 4}, {forbidden, 3, 4}, mp<l, h>},
    {"MP heavy, light", "1 0", {forbidden, 3, 4}, {forbidden, 3, 4}, mp<h, l>},
    {"MP light rel, heavy acq", "1 0", {forbidden, 3, 3}, {forbidden, 3, 3}, mp<l_rel, h_acq>},
    {"MP heavy rel, light acq", "1 0", {forbidden, 3, 3}, {forbidden, 3, 3}, mp<h_rel, l_acq>},
    {"MP light acq, heavy acq", "1 0", {allowed, 4, 4}, {allowed, 4, 4}, mp<l_acq, h_acq>},
    {"MP light, light", "1 0", {allowed, 4, 4}, {forbidden, 3, 4}, mp<l, l>},
    {"MP light, fence", "1 0", {allowed, 4, 4}, {forbidden, 3, 4}, mp<l, full>},
    {"MP light, acq", "1 0", {allowed, 4, 4}, {forbidden, 3, 3}, mp<l, none, relaxed, acquire>},
    {"MP heavy, acq", "1 0", {forbidden, 3, 3}, {forbidden, 3, 3}, mp<h, none, relaxed, acquire>},
    {"MP rel, light", "1 0", {allowed, 4, 4}, {forbidden, 3, 3}, mp<none, l, release, relaxed>},
    {"MP plain rel, acq", "failed", {forbidden, 2, 2}, {forbidden, 2, 2}, mp_plain<none, none, release, acquire>},
    {"MP plain rel, relaxed", "failed", {allowed, 2, 2}, {allowed, 2, 2}, mp_plain<none, none, release, relaxed>},
    {"MP plain light, heavy", "failed", {forbidden, 2, 2}, {forbidden, 2, 2}, mp_plain<l, h>},
    {"MP plain heavy, light", "failed", {forbidden, 2, 2}, {forbidden, 2, 2}, mp_plain<h, l>},
    {"MP plain light, light", "failed", {allowed, 2, 2}, {forbidden, 2, 2}, mp_plain<l, l>},
    {"MP plain light, fence", "failed", {allowed, 2, 2}, {forbidden, 2, 2}, mp_plain<l, full>},

    {"LB relaxed (C++20 allows it: not modelled)", "1 1", {forbidden, 3, 4}, {forbidden, 3, 4}, lb<relaxed, relaxed>},
    {"LB rel, acq", "1 1", {forbidden, 3, 4}, {forbidden, 3, 4}, lb<release, acquire>},
    {"LB against S (C++20 allows it: not modelled)", "1 1 0", {forbidden, 5, 12}, {forbidden, 5, 12}, lb_against_s},

    {"IRIW relaxed", "1 0 1 0", {allowed, 16, 16}, {allowed, 16, 16}, iriw<none, none>},
    {"IRIW rel, acq", "1 0 1 0", {allowed, 16, 16}, {allowed, 16, 16}, iriw<none, none, release, acquire>},
    {"IRIW fence, fence", "1 0 1 0", {forbidden, 15, 24}, {forbidden, 15, 24}, iriw<full, full>},
    {"IRIW light, heavy", "1 0 1 0", {forbidden, 15, 24}, {forbidden, 15, 24}, iriw<l, h>},
    {"IRIW light, light", "1 0 1 0", {allowed, 16, 16}, {forbidden, 15, 24}, iriw<l, l>},
    {"IRIW light, fence", "1 0 1 0", {allowed, 16, 16}, {forbidden, 15, 24}, iriw<l, full>},

    {"2+2W relaxed", "1 1", {allowed, 4, 4}, {allowed, 4, 4}, two_plus_two_w<none, none>},
    {"2+2W rel", "1 1", {allowed, 4, 4}, {allowed, 4, 4}, two_plus_two_w<none, none, release>},
    {"2+2W fence, fence", "1 1", {forbidden, 3, 4}, {forbidden, 3, 4}, two_plus_two_w<full, full>},
    {"2+2W light, heavy", "1 1", {forbidden, 3, 4}, {forbidden, 3, 4}, two_plus_two_w<l, h>},
    {"2+2W light, light", "1 1", {allowed, 4, 4}, {forbidden, 3, 4}, two_plus_two_w<l, l>},

    {"R relaxed", "2 0", {allowed, 4, 4}, {allowed, 4, 4}, r<none, none>},
    {"R fence, fence", "2 0", {forbidden, 3, 4}, {forbidden, 3, 4}, r<full, full>},
    {"R light, heavy", "2 0", {forbidden, 3, 4}, {forbidden, 3, 4}, r<l, h>},
    {"R heavy, light", "2 0", {forbidden, 3, 4}, {forbidden, 3, 4}, r<h, l>},
    {"R light, light", "2 0", {allowed, 4, 4}, {forbidden, 3, 4}, r<l, l>},

    {"RWC rel, acq", "1 0 0", {allowed, 8, 8}, {allowed, 8, 8}, rwc<none, none, release, acquire>},
    {"RWC fence, fence", "1 0 0", {forbidden, 7, 10}, {forbidden, 7, 10}, rwc<full, full>},
    {"RWC light, heavy", "1 0 0", {forbidden, 7, 10}, {forbidden, 7, 10}, rwc<l, h>},
    {"RWC heavy, light", "1 0 0", {forbidden, 7, 10}, {forbidden, 7, 10}, rwc<h, l>},
    {"RWC light, light", "1 0 0", {allowed, 8, 8}, {forbidden, 7, 10}, rwc<l, l>},

    {"WRC relaxed", "1 1 0", {allowed, 8, 8}, {allowed, 8, 8}, wrc<none, none>},
    {"WRC rel, acq", "1 1 0", {forbidden, 7, 7}, {forbidden, 7, 7}, wrc<none, none, release, acquire>},
    {"WRC light, heavy", "1 1 0", {forbidden, 7, 10}, {forbidden, 7, 10}, wrc<l, h>},
    {"WRC heavy, light", "1 1 0", {forbidden, 7, 10}, {forbidden, 7, 10}, wrc<h, l>},
    {"WRC light, light", "1 1 0", {allowed, 8, 8}, {forbidden, 7, 10}, wrc<l, l>},
    {"ISA2 relaxed", "1 1 0", {allowed, 8, 8}, {allowed, 8, 8}, isa2<relaxed, relaxed>},
    {"ISA2 rel, acq", "1 1 0", {forbidden, 7, 7}, {forbidden, 7, 7}, isa2<release, acquire>},

    {"CoRR", "2 1", {forbidden, 6, 6}, {forbidden, 6, 6}, corr},
    {"CoWR", "2 1", {forbidden, 3, 3}, {forbidden, 3, 3}, cowr},
    {"CoRW", "2 2", {forbidden, 3, 3}, {forbidden, 3, 3}, corw},
    {"CoWW", "1", {forbidden, 2, 3}, {forbidden, 2, 3}, coww},
    {"CoRR, two observers", "1 2 2 1", {forbidden, 47, 72}, {forbidden, 47, 72}, coherence_of_observers},

    {"RMW atomicity", "0 0 1", {forbidden, 2, 2}, {forbidden, 2, 2}, atomicity},
    {"release sequence: RMW", "failed", {forbidden, 2, 5}, {forbidden, 2, 5}, release_sequence<by::update>},
    {"release sequence: RMW of the same thread", "failed", {forbidden, 2, 3}, {forbidden, 2, 3},
     release_sequence<by::update_of_same_thread>},
    {"release sequence: store of the same thread", "failed", {allowed, 2, 3}, {allowed, 2, 3},
     release_sequence<by::store_of_same_thread>},
    {"release sequence: store of another thread", "failed", {allowed, 2, 5}, {allowed, 2, 5},
     release_sequence<by::store_of_other_thread>},
    {"release sequence: fence rel, RMW, acq", "failed", {forbidden, 2, 5}, {forbidden, 2, 5},
     fence_sequence<f_rel, none, acquire>},
    {"release sequence: light rel, RMW, heavy acq", "failed", {forbidden, 2, 5}, {forbidden, 2, 5},
     fence_sequence<l_rel, h_acq, relaxed>},
    {"release sequence: light rel, RMW, acq", "failed", {allowed, 2, 5}, {forbidden, 2, 5},
     fence_sequence<l_rel, none, acquire>},

    {"release sequence: restartable claim", "failed", {allowed, 2, 5}, {allowed, 2, 5}, claimed<relaxed, relaxed>},
    {"restartable claim, acquire only", "failed", {allowed, 2, 5}, {allowed, 2, 5}, claimed<acquire, relaxed>},
    {"restartable claim, release only", "failed", {allowed, 2, 5}, {allowed, 2, 5}, claimed<relaxed, release>},
    {"restartable claim, acquire and release", "failed", {forbidden, 2, 5}, {forbidden, 2, 5},
     claimed<acquire, release>},
    {"restartable claim, twice of one null", "1 1", {forbidden, 2, 2}, {forbidden, 2, 2}, claimed_by_two},

    {"strong CAS fails of itself", "1 1", {forbidden, 2, 2}, {forbidden, 2, 2}, cas_strong},
    {"weak CAS fails of itself", "1 1", {allowed, 3, 3}, {allowed, 3, 3}, cas_weak},
    {"waiting loop", "7", {allowed, 1, 2}, {allowed, 1, 2}, awaited},
    {"this_cpu() is a choice", "1", {allowed, 2, 2}, {allowed, 2, 2}, cpu},
    {"an address is handed out again", "1", {allowed, 2, 2}, {allowed, 2, 2}, reuse},
};

// clang-format on

}  // namespace model::litmus
