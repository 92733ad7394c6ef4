// SPDX-License-Identifier: BSL-1.0
//
// The other half of a unit: where the order of memory matters. Always optimised and never instrumented, or there would
// be so much between a store and a load that no missing fence could be seen.
#include <new>
#include <utility>

#include <lazyref/domain.hpp>
#include <lazyref/fence.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "mixed.hpp"

namespace mixed {

// Set in the thread that retires. What ends in the other one was handed over to it.
inline thread_local bool retires = false;

// Objects that are only marked when they end; what is in use is not used again for long.
struct duel_node;
struct note_end {
  void operator()(duel_node*) const noexcept;
};
struct duel_node : lazyref::hazard_pointer_obj_base<duel_node, note_end> {
  bool ended = false;
};
inline void note_end::operator()(duel_node* n) const noexcept {
  if (retires) n->ended = true;
}

struct duel_rules : lazyref::owner<duel_rules> {
  bool ended = false;
  static void dispose(duel_rules* r) noexcept {
    if (retires) r->ended = true;
  }
};

struct arena {
  static constexpr std::size_t ring = 64;
  template <class T>
  struct alignas(128) place {
    alignas(T) unsigned char bytes[sizeof(T)];
    T* here() noexcept { return reinterpret_cast<T*>(bytes); }
  };

  place<duel_node> nodes[ring];
  alignas(128) std::atomic<duel_node*> head{nullptr};
  lazyref::hazard_pointer hazard;

  place<duel_rules> rules[ring];
  lazyref::lazy_domain<duel_rules> domain{2};
  alignas(128) std::atomic<duel_rules*> current{nullptr};
  lazyref::lazy_slot<duel_rules> slot;
};

}  // namespace mixed

namespace {

using namespace mixed;
using std::chrono::milliseconds;

constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

score light(duel& d, unsigned me, milliseconds time) {
  return store_and_load(d, me, time, [](std::size_t) { lazyref::asymmetric_thread_fence_light(seq_cst); });
}

score heavy(duel& d, unsigned me, milliseconds time) {
  return store_and_load(d, me, time, [](std::size_t round) {
    if (round % 2 == 0) {
      lazyref::asymmetric_thread_fence_heavy(seq_cst);
    } else if (!lazyref::try_asymmetric_thread_fence_heavy(seq_cst)) {
      wrong("try_asymmetric_thread_fence_heavy failed");
    }
  });
}

arena* build() { return new arena; }
void furnish(arena& a) {
  a.hazard = lazyref::make_hazard_pointer();
  a.slot = a.domain.attach();
}
void demolish(arena* a) { delete a; }

// One has missed that the object of this round is unpublished, and protected it. The other one has missed that, and
// disposed of it.
// The worker knows the address, and does not look for it in shared memory first. What is protected stays so until the
// other side has ended the round.
template <class Reset>
auto keep_and(Reset reset, duel& d, unsigned me) {
  return [&d, me, reset](std::size_t round) {
    wait_for(d.sides[1 - me].done, round - 1);
    reset();
  };
}

score protect_node(arena& a, duel& d, unsigned me, milliseconds time) {
  lazyref::hazard_pointer& h = a.hazard;
  return fight(d, me, time, keep_and([&] { h.reset_protection(); }, d, me), [&](std::size_t round) {
    duel_node* n = a.nodes[round % arena::ring].here();
    return h.try_protect(n, a.head);
  });
}

score retire_node(arena& a, duel& d, unsigned me, milliseconds time) {
  retires = true;
  duel_node* n = nullptr;
  return fight(
      d, me, time,
      [&](std::size_t round) {
        n = ::new (static_cast<void*>(a.nodes[round % arena::ring].bytes)) duel_node;
        a.head.store(n, std::memory_order_release);
      },
      [&](std::size_t round) {
        a.head.store(nullptr, std::memory_order_release);
        n->retire();
        lazyref::hazard_pointer_clean_up();
        const bool ended = n->ended;
        d.sides[me].done.value.store(round, std::memory_order_release);
        return ended;
      });
}

score protect_rules(arena& a, duel& d, unsigned me, milliseconds time) {
  lazyref::lazy_slot<duel_rules>& s = a.slot;
  return fight(d, me, time, keep_and([&] { s.reset_protection(); }, d, me), [&](std::size_t round) {
    duel_rules* r = a.rules[round % arena::ring].here();
    return s.try_protect(r, a.current);
  });
}

score retire_rules(arena& a, duel& d, unsigned me, milliseconds time) {
  retires = true;
  lazyref::strong_ref<duel_rules> r;
  return fight(
      d, me, time,
      [&](std::size_t round) {
        r = a.domain.adopt(::new (static_cast<void*>(a.rules[round % arena::ring].bytes)) duel_rules);
        a.current.store(r.get(), std::memory_order_release);
      },
      [&](std::size_t round) {
        const duel_rules* const old = r.get();
        a.current.store(nullptr, std::memory_order_release);
        a.domain.retire(std::move(r));
        a.domain.flush();
        const bool ended = old->ended;
        d.sides[me].done.value.store(round, std::memory_order_release);
        return ended;
      });
}

const fighter this_unit{LAZYREF_TEST_NAME, light,        heavy,       build,         furnish,
                        demolish,          protect_node, retire_node, protect_rules, retire_rules};
const bool joined = join(this_unit);

}  // namespace
