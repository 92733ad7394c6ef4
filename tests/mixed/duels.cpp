// SPDX-License-Identifier: BSL-1.0
//
// The other half of a unit: where the order of memory matters. Always optimised and never instrumented, or there would be
// so much between a store and a load that no missing fence could be seen.
#include <new>
#include <utility>

#include <lazyref/domain.hpp>
#include <lazyref/fence.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "mixed.hpp"

namespace mixed {

// Objects that are only marked when they end; what is in use is not used again for long.
struct duel_node;
struct note_end {
  void operator()(duel_node*) const noexcept;
};
struct duel_node : lazyref::hazard_pointer_obj_base<duel_node, note_end> {
  std::atomic<bool> ended{false};
};
inline void note_end::operator()(duel_node* n) const noexcept { n->ended.store(true, std::memory_order_relaxed); }

struct duel_rules : lazyref::owner<duel_rules> {
  std::atomic<bool> ended{false};
  static void dispose(duel_rules* r) noexcept { r->ended.store(true, std::memory_order_relaxed); }
};

struct arena {
  static constexpr std::size_t ring = 64;
  template <class T>
  struct alignas(128) place {
    alignas(T) unsigned char bytes[sizeof(T)];
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

// The one who builds is not the one who makes the hazard pointer and the slot.
arena* build() { return new arena; }
void demolish(arena* a) { delete a; }

// "Old" is who has protected what was published; and who has seen nobody protect it, so that it is disposed of.
score protect_node(arena& a, duel& d, unsigned me, milliseconds time) {
  lazyref::hazard_pointer& h = a.hazard;
  return fight(d, me, time, [&](std::size_t) { h.reset_protection(); },
               [&](std::size_t) { return h.protect(a.head) != nullptr; });
}

score retire_node(arena& a, duel& d, unsigned me, milliseconds time) {
  a.hazard = lazyref::make_hazard_pointer();
  duel_node* n = nullptr;
  return fight(
      d, me, time,
      [&](std::size_t round) {
        n = ::new (static_cast<void*>(a.nodes[round % arena::ring].bytes)) duel_node;
        a.head.store(n, std::memory_order_release);
      },
      [&](std::size_t) {
        a.head.store(nullptr, std::memory_order_release);
        n->retire();
        lazyref::hazard_pointer_clean_up();
        return n->ended.load(std::memory_order_relaxed);
      });
}

score protect_rules(arena& a, duel& d, unsigned me, milliseconds time) {
  lazyref::lazy_slot<duel_rules>& s = a.slot;
  return fight(d, me, time, [&](std::size_t) { s.reset_protection(); },
               [&](std::size_t) { return s.protect(a.current) != nullptr; });
}

score retire_rules(arena& a, duel& d, unsigned me, milliseconds time) {
  a.slot = a.domain.attach();
  lazyref::strong_ref<duel_rules> r;
  return fight(
      d, me, time,
      [&](std::size_t round) {
        r = a.domain.adopt(::new (static_cast<void*>(a.rules[round % arena::ring].bytes)) duel_rules);
        a.current.store(r.get(), std::memory_order_release);
      },
      [&](std::size_t) {
        const duel_rules* const old = r.get();
        a.current.store(nullptr, std::memory_order_release);
        a.domain.retire(std::move(r));
        a.domain.flush();
        return old->ended.load(std::memory_order_relaxed);
      });
}

const fighter this_unit{LAZYREF_TEST_NAME, light,       heavy,         build,       demolish,
                        protect_node,      retire_node, protect_rules, retire_rules};
const bool joined = join(this_unit);

}  // namespace
