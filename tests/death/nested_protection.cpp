// SPDX-License-Identifier: BSL-1.0
//
// Misuse of a nested_protection: of the handle in every build, of the slot in builds that check.
#include <lazyref/nested_protection.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;
using lazyref::nested_protection;

namespace {

template <class Sync>
struct basic_dying : lazyref::owner<basic_dying<Sync>, Sync> {
  std::function<void()> when_destroyed;
  ~basic_dying() {
    if (when_destroyed) when_destroyed();
  }
};
using dying = basic_dying<lazyref::std_sync>;
using stepped = basic_dying<step_sync>;

// The inner object goes with the end of its scope, and its disposer does something.
child_result at_the_end(std::size_t slots,
                        const std::function<void(lazyref::lazy_domain<dying>&, lazyref::lazy_slot<dying>&)>& does) {
  return in_child([&] {
    lazyref::lazy_domain<dying> domain(slots);
    auto outer = domain.make();
    auto inner = domain.make();
    const std::atomic<dying*> shared_outer{outer.get()};
    std::atomic<dying*> shared_inner{inner.get()};
    auto slot = domain.attach();
    static_cast<void>(slot.protect(shared_outer));
    {
      const nested_protection scope(slot, shared_inner);
      scope->when_destroyed = [&] { does(domain, slot); };
      shared_inner = nullptr;
      inner.reset();
    }
    expect(slot.active() == outer.get(), "the slot is on the first object again");
    slot.detach();
  });
}

const char* const moved = "nested_protection: the slot was detached, or moved from, before the end of the scope";

}  // namespace

TEST_CASE("a disposer that detaches or moves the handle in the end of a nested scope is noticed, in every build") {
  const std::size_t slots = GENERATE(1U, 4U);
  CHECK(at_the_end(slots, [](auto&, auto& slot) { slot.detach(); }).aborted_saying(moved));
  CHECK(at_the_end(slots, [](auto&, auto& slot) {
          static lazyref::lazy_slot<dying> elsewhere;
          elsewhere = std::move(slot);
        }).aborted_saying(moved));
  CHECK(at_the_end(slots, [](auto& domain, auto& slot) {
          slot.detach();
          slot = domain.attach();
        }).aborted_saying(moved));
  // It may use the slot.
  CHECK(at_the_end(slots, [](auto& domain, auto& slot) {
          auto another = domain.make();
          slot.activate(another);
        }).quiet());
}

TEST_CASE("a handle that is detached or moved inside a nested scope is noticed, in every build") {
  const bool moves = GENERATE(true, false);
  const child_result end = in_child([&] {
    census all;
    lazyref::lazy_domain<thing> domain(4);
    auto a = domain.make(all);
    const std::atomic<thing*> shared{a.get()};
    auto slot = domain.attach();
    lazyref::lazy_slot<thing> elsewhere;
    static_cast<void>(slot.protect(shared));
    const nested_protection scope(slot, shared);
    if (moves)
      elsewhere = std::move(slot);
    else
      slot.detach();
  });
  if (moves || !lazyref::checks_enabled)
    CHECK(end.aborted_saying(moved));
  else
    CHECK(end.aborted_saying("end that scope first"));
}

TEST_CASE("checked: inside a nested scope the slot cannot be moved") {
  if (!lazyref::checks_enabled) LAZYREF_SKIP("LAZYREF_CHECKS is 0 in this build");
  const std::size_t slots = GENERATE(1U, 4U);
  const auto inside = [slots](const std::function<void(lazyref::lazy_slot<thing>&, const lazyref::strong_ref<thing>&,
                                                       const std::atomic<thing*>&)>& does) {
    return in_child([&] {
      census all;
      lazyref::lazy_domain<thing> domain(slots);
      auto a = domain.make(all);
      const std::atomic<thing*> shared{a.get()};
      auto slot = domain.attach();
      static_cast<void>(slot.protect(shared));
      const nested_protection scope(slot, shared);
      does(slot, a, shared);
    });
  };
  const char* const told = "end that scope first";
  CHECK(inside([](auto& slot, auto& a, auto&) { slot.activate(a); }).aborted_saying(told));
  CHECK(inside([](auto& slot, auto&, auto& shared) { static_cast<void>(slot.protect(shared)); }).aborted_saying(told));
  CHECK(inside([](auto& slot, auto&, auto&) { slot.deactivate(); }).aborted_saying(told));
  CHECK(inside([](auto& slot, auto&, auto&) { slot.park(); }).aborted_saying(told));
  CHECK(inside([](auto& slot, auto&, auto&) { static_cast<void>(slot.active()); }).quiet());
  CHECK(inside([](auto& slot, auto&, auto& shared) { const nested_protection deeper(slot, shared); }).quiet());
}

// A hold was left in a free slot, in the moment in which its worker left; so attaching that runs a disposer.
TEST_CASE("a disposer that runs in the beginning of a nested scope") {
  enum class kind { nests, switches, detaches };
  const auto begin = [](kind how) {
    return in_child([how] {
      stepping steps;
      lazyref::lazy_domain<stepped> domain(8);
      auto a = domain.make();
      auto b = domain.make();
      auto c = domain.make();
      auto left = domain.make();
      const step_sync::atomic<stepped*> shared_b(b.get());
      const step_sync::atomic<stepped*> shared_c(c.get());
      auto slot = domain.attach();
      auto other = domain.attach();
      other.activate(left);
      stepped& in_the_slot = *left;
      steps.before(step::exchange, nullptr, 1, [&] { other.detach(); });
      left.reset();
      expect(domain.stats().parked == 1, "a hold is left in a free slot");
      slot.activate(a);
      in_the_slot.when_destroyed = [&] {
        if (how == kind::nests) const nested_protection scope(slot, shared_c);
        if (how == kind::switches) slot.activate(c);
        if (how == kind::detaches) slot.detach();
      };
      {
        const nested_protection scope(slot, shared_b);
        expect(domain.stats().parked == 0, "the disposer has run");
        expect(slot.active() == b.get(), "the scope is on its object");
      }
      expect(slot.active() == a.get(), "the slot is on the first object again");
      slot.detach();
      expect(domain.stats().attached == 0, "no slot is lost");
    });
  };
  CHECK(begin(kind::nests).err == "");
  CHECK(begin(kind::nests).quiet());
  if (lazyref::checks_enabled) {
    CHECK(begin(kind::switches).aborted_saying("end that scope first"));
    CHECK(begin(kind::detaches).aborted_saying("end that scope first"));
  } else {
    CHECK(begin(kind::detaches).aborted_saying("a disposer that ran when the scope began"));
  }
}
