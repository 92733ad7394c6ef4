// SPDX-License-Identifier: BSL-1.0
//
// Scopes that protect another object through a worker's slot, to any depth, and after which the slot is on the previous
// one again.
#include <lazyref/atomic_strong_ref.hpp>
#include <lazyref/domain.hpp>
#include <lazyref/nested_protection.hpp>
#include <lazyref/temporary_activation.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

#if defined(__unix__)
#include "../support/child.hpp"
#endif

using namespace lazyref_test;
using lazyref::domain_options;
using lazyref::nested_protection;
using lazyref::policy;
using lazyref::reclaim;

namespace {

using deferred = domain_options<policy::handoff, reclaim::deferred>;
using prompt = domain_options<policy::handoff, reclaim::prompt>;
struct growing : domain_options<> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};

// How a worker's slot is on something before the scope.
enum class before { nothing, activated, protected_, parked };

}  // namespace

TEMPLATE_TEST_CASE("a nested protection comes back to the previous object, whose last user has gone", "", deferred,
                   prompt, growing) {
  census all;
  // One slot: the scope goes through it. Two: it has a further one.
  const std::size_t slots = GENERATE(1U, 2U, 4U);
  lazyref::lazy_domain<thing, TestType> domain(slots);
  auto outer = domain.make(all, 1U);
  auto inner = domain.make(all, 2U);
  std::atomic<thing*> shared_outer{outer.get()};
  std::atomic<thing*> shared_inner{inner.get()};
  auto slot = domain.attach();
  const bool is_protected = GENERATE(true, false);
  const thing* const seen = is_protected ? slot.protect(shared_outer) : outer.get();
  if (!is_protected) slot.activate(outer);
  {
    const nested_protection scope(slot, shared_inner);
    CHECK(scope.get() == inner.get());
    CHECK(slot.active() == inner.get());
    CHECK(scope->use() == 2);
    CHECK((*scope).use() == 2);
    CHECK(scope);
    shared_outer = nullptr;
    outer.reset();
    CHECK(all.disposed == 0);
    CHECK(seen->use() == 1);
    shared_inner = nullptr;
    inner.reset();
    CHECK(all.disposed == 0);
    CHECK(scope->use() == 2);
  }
  CHECK(all.disposed == 1);
  CHECK(slot.active() == seen);
  CHECK(seen->use() == 1);
  slot.deactivate();
  CHECK(all.disposed == 2);
  slot.detach();
  CHECK(domain.stats().attached == 0);
}

TEMPLATE_TEST_CASE("nested protections to any depth, with as many slots as there are or fewer", "", deferred, prompt,
                   growing) {
  census all;
  const std::size_t slots = GENERATE(1U, 2U, 5U, 40U);
  constexpr std::size_t depth = 20;
  lazyref::lazy_domain<thing, TestType> domain(slots);
  std::vector<lazyref::strong_ref<thing>> users;
  std::vector<std::unique_ptr<std::atomic<thing*>>> shared;
  for (std::size_t i = 0; i <= depth; ++i) {
    users.push_back(domain.make(all, i));
    shared.push_back(std::make_unique<std::atomic<thing*>>(users.back().get()));
  }
  auto slot = domain.attach();
  REQUIRE(slot.protect(*shared[depth]) != nullptr);
  struct {
    lazyref::lazy_domain<thing, TestType>& domain;
    lazyref::lazy_slot<thing, TestType>& slot;
    std::vector<lazyref::strong_ref<thing>>& users;
    std::vector<std::unique_ptr<std::atomic<thing*>>>& shared;
    std::size_t wrong = 0;
    void operator()(std::size_t i) {
      const nested_protection scope(slot, *shared[i]);
      // Its last user goes while it is in use, and others are on top of it.
      *shared[i] = nullptr;
      users[i].reset();
      if (i != 0) (*this)(i - 1);
      wrong += slot.active() != scope.get() || scope->use() != i;
    }
  } recurse{domain, slot, users, shared};
  const int times = GENERATE(1, 3);
  for (int i = 0; i < times; ++i) {
    const std::size_t there = domain.stats().attached;
    recurse(depth - 1);
    CHECK(recurse.wrong == 0);
    CHECK(all.disposed == static_cast<int>(depth));
    // The worker has kept its further slots.
    if (i != 0) CHECK(domain.stats().attached == there);
    for (std::size_t n = 0; n < depth; ++n) {
      users[n] = domain.make(all, n);
      *shared[n] = users[n].get();
    }
    all.disposed = 0;
  }
  CHECK(slot.active() == users[depth].get());
  slot.detach();
  CHECK(domain.stats().attached == 0);
}

TEMPLATE_TEST_CASE("a nested protection over a parked slot, which is taken back meanwhile or not", "", deferred,
                   prompt) {
  census all;
  const std::size_t slots = GENERATE(1U, 2U);
  lazyref::lazy_domain<thing, TestType> domain(slots);
  auto outer = domain.make(all);
  auto inner = domain.make(all);
  const std::atomic<thing*> shared{inner.get()};
  auto slot = domain.attach();
  slot.activate(outer);
  slot.park();
  const bool goes = GENERATE(true, false);
  {
    const nested_protection scope(slot, shared);
    CHECK(slot.active() == inner.get());
    if (goes) outer.reset();
    // With a slot of its own, what is parked can be taken back. (In the same slot, prompt has let it go at once.)
    if (goes && slots == 2) CHECK(all.disposed == 1);
  }
  CHECK(slot.active() == nullptr);
  const thing* const again = slot.resume();
  if (slots == 2) CHECK((again == nullptr) == goes);
  // In the same slot a hold has brought it back, also if its last user has gone.
  if (slots == 1 && TestType::when == reclaim::deferred) {
    REQUIRE(again != nullptr);
    CHECK(again->use() == 0);
  }
  slot.deactivate();
  if (goes) CHECK(all.disposed == 1);
}

TEST_CASE("a nested protection from nothing, and of nothing") {
  census all;
  lazyref::lazy_domain<thing> domain(2);
  auto object = domain.make(all);
  const std::atomic<thing*> shared{object.get()};
  const std::atomic<thing*> none{nullptr};
  auto slot = domain.attach();
  {
    const nested_protection scope(slot, shared);
    CHECK(slot.active() == object.get());
    CHECK(domain.stats().attached == 1);  // The slot itself was free.
    const nested_protection nothing(slot, none);
    CHECK_FALSE(nothing);
    CHECK(nothing.get() == nullptr);
    CHECK(slot.active() == nullptr);
    const nested_protection again(slot, shared);
    CHECK(again.get() == object.get());
  }
  CHECK(slot.active() == nullptr);
}

TEST_CASE("a nested protection of a cell, and of what may only be read") {
  census all;
  lazyref::lazy_domain<thing> domain(2);
  lazyref::atomic_strong_ref<thing> cell(domain.make(all, 1U));
  lazyref::atomic_strong_ref<const thing> constant(domain.make(all, 2U));
  auto slot = domain.attach();
  const thing* const outer = slot.protect(cell);
  {
    const nested_protection scope(slot, constant);
    CHECK(scope->use() == 2);
    cell.store({});
    CHECK(outer->use() == 1);
    constant.store({});
    CHECK(all.disposed == 0);
  }
  CHECK(all.disposed == 1);
  CHECK(slot.active() == outer);
  slot.deactivate();
  CHECK(all.disposed == 2);
}

TEST_CASE("nested protections and temporary activations within each other") {
  census all;
  const std::size_t slots = GENERATE(1U, 2U, 3U);
  lazyref::lazy_domain<thing> domain(slots);
  auto a = domain.make(all, 1U);
  auto b = domain.make(all, 2U);
  auto c = domain.make(all, 3U);
  const std::atomic<thing*> shared_b{b.get()};
  auto slot = domain.attach();
  slot.activate(a);
  {
    const nested_protection one(slot, shared_b);
    {
      const lazyref::temporary_activation two(slot, c);
      {
        const nested_protection three(slot, shared_b);
        CHECK(slot.active() == b.get());
      }
      CHECK(slot.active() == c.get());
    }
    CHECK(slot.active() == b.get());
  }
  CHECK(slot.active() == a.get());
}

TEST_CASE("an inner scope writes to no object that others share, where there is a further slot") {
  census all;
  lazyref::lazy_domain<thing> domain(2);
  auto outer = domain.make(all);
  auto inner = domain.make(all);
  const std::atomic<thing*> shared_outer{outer.get()};
  const std::atomic<thing*> shared_inner{inner.get()};
  auto slot = domain.attach();
  REQUIRE(slot.protect(shared_outer) != nullptr);
  const nested_protection scope(slot, shared_inner);
  CHECK(holds_of(*outer) == 1);
  CHECK(holds_of(*inner) == 1);
  // The other way is told by the same look.
  auto none_left = domain.attach();
  CHECK_FALSE(none_left);
  const nested_protection without_a_slot(slot, shared_outer);
  CHECK(holds_of(*inner) == 2);
}

TEST_CASE("a worker's further slots go back when it detaches, and to others") {
  census all;
  lazyref::lazy_domain<thing> domain(4);
  auto object = domain.make(all);
  const std::atomic<thing*> shared{object.get()};
  auto slot = domain.attach();
  REQUIRE(slot.protect(shared) != nullptr);
  {
    const nested_protection one(slot, shared);
    const nested_protection two(slot, shared);
  }
  CHECK(domain.stats().attached == 3);
  slot.detach();
  CHECK(domain.stats().attached == 0);
  lazyref::lazy_slot<thing> others[2];
  for (auto& s : others) {
    s = domain.attach();
    REQUIRE(s);
    REQUIRE(s.protect(shared) != nullptr);
    const nested_protection scope(s, shared);
    CHECK(s.active() == object.get());
  }
}

TEST_CASE("threads nest while what they use is replaced") {
  census all;
  {
    lazyref::lazy_domain<thing, growing> domain(1);
    lazyref::atomic_strong_ref<thing> cells[2] = {lazyref::atomic_strong_ref<thing>(domain.make(all, 3U)),
                                                  lazyref::atomic_strong_ref<thing>(domain.make(all, 3U))};
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < 3; ++t) {
      workers.emplace_back([&] {
        auto slot = domain.attach();
        while (!stop.load(std::memory_order_relaxed)) {
          const thing* const outer = slot.protect(cells[0]);
          {
            const nested_protection one(slot, cells[1]);
            const nested_protection two(slot, cells[0]);
            if (one->use() != 3 || two->use() != 3) ++wrong;
          }
          if (slot.active() != outer || outer->use() != 3) ++wrong;
        }
      });
    }
    for (int i = 0; i < 3000; ++i) domain.retire(cells[i % 2].exchange(domain.make(all, 3U)));
    stop = true;
    for (std::thread& t : workers) t.join();
    CHECK(wrong == 0);
  }
  CHECK(all.disposed == all.made);
}

#if defined(__unix__)

TEST_CASE("in the child of a fork the slots of open scopes are kept with the handle") {
  census all;
  lazyref::lazy_domain<thing> domain(4);
  auto outer = domain.make(all, 1U);
  auto inner = domain.make(all, 2U);
  std::atomic<thing*> shared_outer{outer.get()};
  std::atomic<thing*> shared_inner{inner.get()};
  auto slot = domain.attach();
  auto lost = domain.attach();
  const thing* const seen = slot.protect(shared_outer);
  REQUIRE(lost.protect(shared_outer) != nullptr);
  auto scope = std::make_unique<nested_protection<thing>>(slot, shared_inner);
  auto deeper = std::make_unique<nested_protection<thing>>(slot, shared_outer);
  deeper.reset();  // Its slot is kept for later.
  shared_outer = nullptr;
  outer.reset();
  const child_result child = in_child([&] {
    domain.after_fork_in_child(slot);
    expect(domain.stats().attached == 3, "the slots of the worker that goes on are its own still");
    expect(!lost, "that of a vanished one is taken back");
    expect(all.disposed == 0 && seen->use() == 1 && (*scope)->use() == 2, "what they protect is there");
    scope.reset();
    expect(slot.active() == seen && seen->use() == 1, "and the scope ends as it should");
    slot.detach();
    expect(domain.stats().attached == 0 && all.disposed == 1, "all slots are free");
    ::_exit(0);
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
  scope.reset();
}

#endif
