// SPDX-License-Identifier: BSL-1.0
//
// Slots of a process that has not decided yet, or has decided on full fences: `drop` rests at a mark.
#include <atomic>
#include <utility>

#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_pool.hpp"

using namespace lazyref_test;
using holds = pool::holds;
using lazyref::reclaim;
using lazyref::detail::mark;

namespace {

// A process of its own, which decides when the test says so; its full fences are counted.
struct late_sync : lazyref::std_sync {
  static inline bool is_free;
  static inline int full_fences;

  struct fence {
    static void light(std::memory_order) noexcept { full_fences += is_free ? 0 : 1; }
    static void heavy(std::memory_order) noexcept {}
    static bool try_heavy(std::memory_order) noexcept { return true; }
  };
  static constexpr fence process_fence() noexcept { return {}; }

  struct slot_fence {
    bool known = is_free;
    static constexpr bool light_is_full() noexcept { return false; }
    static void light(std::memory_order) noexcept { compiler_barrier(); }
    void strong_light(std::memory_order) const noexcept { full_fences += known || is_free ? 0 : 1; }
    bool is_known_free() const noexcept { return known; }
    bool learn() noexcept { return known = is_free; }
  };
};

template <reclaim R>
struct one_slot {
  static constexpr reclaim when = R;
  using slot = lazyref::slot<pooled, late_sync, R>;
  pool objects;
  std::atomic<pooled*> source{nullptr};

  one_slot() {
    late_sync::is_free = false;
    late_sync::full_fences = 0;
  }

  // Full fences since the last call.
  static int fences() { return std::exchange(late_sync::full_fences, 0); }
  static lazyref::handover_counts last_user_left(slot& s, pooled* a) {
    lazyref::handover_counts result;
    lazyref::last_user_left<holds, R, late_sync>(
        a, [&](auto&& visit) { visit(s); }, [&](const lazyref::handover_counts& counts) { result = counts; });
    return result;
  }
};
// A shared pointer that changes between the second look of the fast path and that of the slow one.
template <class P>
struct changing {
  P first, then;
  mutable int loads;
  P load(std::memory_order) const { return ++loads <= 2 ? first : then; }
};

using prompt = one_slot<reclaim::prompt>;
using deferred = one_slot<reclaim::deferred>;

}  // namespace

TEST_CASE("a slot rests at the mark until light fences are known to be free, and each move makes a full fence") {
  prompt one;
  prompt::slot s;
  CHECK(s.drop.load() == mark<pooled>());
  pooled* const a = one.objects.make();
  one.source.store(a);
  const auto moves = [&](int fences) {
    CHECK(lazyref::protect<holds>(s, one.source) == a);
    CHECK(one.fences() == fences);
    lazyref::deactivate<holds>(s);
    CHECK(one.fences() == fences);
    pooled* seen = a;
    CHECK(lazyref::try_protect<holds>(s, seen, one.source));
    CHECK(one.fences() == fences);
    lazyref::protect_again<holds>(s, a);
    CHECK(one.fences() == fences);
    lazyref::activate<holds>(s, one.objects.make());
    CHECK(one.fences() == fences);
    lazyref::park<holds>(s);
    CHECK(one.fences() == fences);
    lazyref::vacate<holds>(s);
    CHECK(one.fences() == fences);
  };
  moves(1);
  moves(1);
  CHECK(s.drop.load() == mark<pooled>());

  late_sync::is_free = true;
  moves(0);
  CHECK(s.drop.load() == nullptr);
  CHECK(s.fence.is_known_free());
  const prompt::slot another;
  CHECK(another.drop.load() == nullptr);
}

TEST_CASE("a protection in a marked slot looks again after its fence") {
  prompt one;
  prompt::slot s;
  pooled* const a = one.objects.make();
  pooled* const b = one.objects.make();
  changing<pooled*> source{a, b, 0};
  CHECK(lazyref::protect<holds>(s, source) == b);
  CHECK(s.lazy.load() == b);
  CHECK(one.fences() == 2);

  source.loads = 0;
  pooled* seen = source.load(std::memory_order_relaxed);
  CHECK_FALSE(lazyref::try_protect<holds>(s, seen, source));
  CHECK(seen == b);
  CHECK(s.lazy.load() == nullptr);
}

TEST_CASE("without prompt reclamation, activations do not care for the mark") {
  deferred one;
  deferred::slot s;
  pooled* const a = one.objects.make();
  lazyref::activate<holds>(s, a);
  lazyref::activate<holds>(s, a);
  lazyref::park<holds>(s);
  CHECK(lazyref::resume(s) == a);
  lazyref::poll<holds>(s);
  lazyref::deactivate<holds>(s);
  CHECK(one.fences() == 0);
  CHECK(s.drop.load() == mark<pooled>());
}

TEMPLATE_TEST_CASE("what is handed over to a marked slot leaves the mark behind when it goes", "", prompt, deferred) {
  TestType one;
  typename TestType::slot s;
  pooled* a = one.objects.make();
  lazyref::activate<holds>(s, a);
  CHECK(one.last_user_left(s, a).handed_over == 1);
  CHECK(s.drop.load() == a);
  CHECK(a->live);
  lazyref::deactivate<holds>(s);  // by the worker
  CHECK_FALSE(a->live);
  CHECK(s.drop.load() == mark<pooled>());

  a = one.objects.make();
  lazyref::activate<holds>(s, a);
  CHECK(one.last_user_left(s, a).carried == 0);
  s.lazy.store(nullptr);
  const std::size_t taken = lazyref::collect<holds, pooled, TestType::when, late_sync>([&](auto&& visit) { visit(s); });
  CHECK(taken == 1);  // by a reclaimer
  CHECK_FALSE(a->live);
  CHECK(s.drop.load() == mark<pooled>());
  CHECK(one.objects.misuses == 0);
}

TEST_CASE("a reclaimer that has read the mark may put it back late, and the worker lifts it again") {
  prompt one;
  prompt::slot s;
  late_sync::is_free = true;
  pooled* const a = one.objects.make();
  lazyref::activate<holds>(s, a);
  REQUIRE(s.drop.load() == nullptr);
  s.drop.store(mark<pooled>());
  lazyref::deactivate<holds>(s);
  CHECK(s.drop.load() == nullptr);
  s.drop.store(mark<pooled>());
  one.source.store(a);
  CHECK(lazyref::protect<holds>(s, one.source) == a);
  CHECK(s.drop.load() == nullptr);
  CHECK(one.fences() == 0);
}
