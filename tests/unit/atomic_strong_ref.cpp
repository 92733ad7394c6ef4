// SPDX-License-Identifier: BSL-1.0
//
// Promotion, and the cell that owns a user.
#include <atomic>
#include <cstddef>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <lazyref/atomic_strong_ref.hpp>
#include <lazyref/domain.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;
using lazyref::atomic_strong_ref;
using lazyref::strong_ref;

static_assert(!std::is_copy_constructible_v<atomic_strong_ref<thing>> &&
              !std::is_move_constructible_v<atomic_strong_ref<thing>>);
static_assert(!std::is_convertible_v<strong_ref<thing>, atomic_strong_ref<thing>>);
static_assert(sizeof(atomic_strong_ref<thing>) == sizeof(void*));

namespace {

// A global one is there before anything runs, and may be a member of an aggregate.
lazyref::atomic_strong_ref<thing> global_cell;
struct node : lazyref::owner<node> {
  int value;
  lazyref::atomic_strong_ref<node> next{};
};
static_assert(std::is_nothrow_default_constructible_v<lazyref::atomic_strong_ref<thing>>);
struct declared;
struct holder {
  atomic_strong_ref<declared>* cell = nullptr;
};
}  // namespace

TEST_CASE("promotion: a user more, as long as there is one") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto slot = domain.attach();
  auto first = domain.make(all);
  thing* const object = first.get();
  slot.activate(first);
  {
    const auto second = strong_ref<thing>::try_from(object);
    CHECK(second.get() == object);
    CHECK(first.use_count() == 2);
    const auto read_only = strong_ref<const thing>::try_from(object);
    CHECK(read_only.use_count() == 3);
  }
  CHECK(first.use_count() == 1);
  CHECK_FALSE(strong_ref<thing>::try_from(nullptr));

  // The slot keeps it, and it has no user any more.
  first.reset();
  CHECK(all.disposed == 0);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(strong_ref<thing>::try_from(slot.active()));
  slot.deactivate();
  CHECK(all.disposed == 1);
}

TEST_CASE("promotion: not of what was retired") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto slot = domain.attach();
  auto first = domain.make(all);
  std::atomic<thing*> shared{first.get()};
  thing* const object = slot.protect(shared);
  shared = nullptr;
  domain.retire(std::move(first));
  CHECK_FALSE(strong_ref<thing>::try_from(object));
  domain.flush();
  CHECK_FALSE(strong_ref<thing>::try_from(object));
  CHECK(all.disposed == 0);
  slot.reset_protection();
  CHECK(all.disposed == 1);
}

TEST_CASE("promotion: on_last_user runs once, after the last of all") {
  int torn_down = 0;
  lazyref::lazy_domain<reactive> domain(1);
  auto slot = domain.attach();
  auto first = domain.make([] {}, [&] { ++torn_down; });
  slot.activate(first);
  auto second = strong_ref<reactive>::try_from(slot.active());
  first.reset();
  CHECK(torn_down == 0);
  auto third = strong_ref<reactive>::try_from(slot.active());
  second.reset();
  CHECK(torn_down == 0);
  third.reset();
  CHECK(torn_down == 1);
  CHECK_FALSE(strong_ref<reactive>::try_from(slot.active()));
}

TEMPLATE_TEST_CASE("a cell is on what was stored, and owns a user of it", "", deferred_all, prompt_all) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(2);
  auto slot = domain.attach();
  {
    atomic_strong_ref<thing> cell;
    CHECK(slot.protect(cell) == nullptr);
    CHECK_FALSE(cell.load(slot));

    auto first = domain.make(all);
    thing* const a = first.get();
    cell.store(first);
    CHECK(first.use_count() == 2);
    first.reset();
    CHECK(slot.protect(cell) == a);
    const auto loaded = cell.load(slot);
    CHECK(loaded.get() == a);
    CHECK(loaded.use_count() == 2);

    auto old = cell.exchange(domain.make(all));
    CHECK(old.get() == a);
    CHECK(old.use_count() == 2);
    thing* const b = slot.protect(cell);
    CHECK(b != a);
    CHECK(all.disposed == 0);

    // The slot is on it: it goes when the slot does.
    cell.store({});
    CHECK(all.disposed == 0);
    slot.reset_protection();
    CHECK(all.disposed == 1);
    cell.store(std::move(old));
  }
  CHECK(all.disposed == 2);  // By the cell's end; `loaded` was in the block.
}

TEST_CASE("a cell is replaced if it is on what was expected") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto a = domain.make(all);
  auto b = domain.make(all);
  atomic_strong_ref<thing> cell(a);
  thing* expected = b.get();
  auto desired = b;
  CHECK_FALSE(cell.compare_exchange_strong(expected, desired));
  CHECK(expected == a.get());
  CHECK(desired == b);
  CHECK(cell.compare_exchange_strong(expected, desired));
  CHECK(expected == a.get());
  CHECK(desired == a);
  CHECK(a.use_count() == 2);
  CHECK(b.use_count() == 2);

  strong_ref<thing> nothing;
  expected = b.get();
  while (!cell.compare_exchange_weak(expected, nothing)) REQUIRE(expected == b.get());
  CHECK(nothing == b);
  expected = nullptr;
  strong_ref<thing> last = a;
  CHECK(cell.compare_exchange_strong(expected, last));
  CHECK_FALSE(last);
}

TEST_CASE("a cell of objects that are only read") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto slot = domain.attach();
  atomic_strong_ref<const thing> cell(domain.make(all));
  const thing* const seen = slot.protect(cell);
  const strong_ref<const thing> loaded = cell.load(slot);
  CHECK(loaded.get() == seen);
  domain.retire(cell.exchange(domain.make(all)));
  CHECK(slot.protect(cell) != seen);
}

TEST_CASE("threads load from a cell that others replace, and each user counts") {
  census all;
  constexpr int threads = 4;
  lazyref_test::round_limit limit(5000);
  {
    lazyref::lazy_domain<thing> domain(threads);
    atomic_strong_ref<thing> cell(domain.make(all, 1U));
    std::atomic<int> wrong{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        auto slot = domain.attach();
        strong_ref<thing> kept;
        for (unsigned i = 0; limit.more(i); ++i) {
          if (t % 2 == 0) {
            auto mine = cell.load(slot);
            if (!mine || mine.use_count() == 0) ++wrong;
            if (i % 16 == 0) kept = std::move(mine);
          } else if (i % 2 == 0) {
            domain.retire(cell.exchange(domain.make(all, 1U)));
          } else {
            thing* expected = slot.protect(cell);
            auto next = domain.make(all, 1U);
            static_cast<void>(cell.compare_exchange_strong(expected, next));
          }
        }
      });
    }
    for (std::thread& t : workers) t.join();
    CHECK(wrong == 0);
  }
  CHECK(all.disposed == all.made);
}

TEST_CASE("a cell is constant-initialised, and a member of aggregates; lists of them go as one") {
  CHECK(global_cell.exchange({}).get() == nullptr);
  const lazyref::atomic_strong_ref<thing> cells[2] = {};
  static_cast<void>(cells);
  lazyref::lazy_domain<node> domain(1);
  auto slot = domain.attach();
  {
    lazyref::atomic_strong_ref<node> head;
    for (int i = 0; i < 3; ++i) {
      auto one = domain.make(i);
      CHECK(one->value == i);
      one->next.store(head.load(slot));
      head.store(std::move(one));
    }
    slot.deactivate();
    CHECK(domain.stats().disposed == 0);
  }
  CHECK(domain.stats().disposed == 3);
}
