// SPDX-License-Identifier: BSL-1.0
//
// policy::shootdown: a worker that is still on an object when its last user goes is told so.
#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;
using stepped = basic_thing<step_sync>;

namespace {

struct kicked {
  std::vector<std::size_t> slots;
  std::function<void(std::size_t)> then;

  static void call(void* context, std::size_t slot) noexcept {
    kicked& self = *static_cast<kicked*>(context);
    self.slots.push_back(slot);
    if (self.then) self.then(slot);
  }
  lazyref::kick how() { return {&call, this}; }
};

template <class Domain>
std::vector<typename Domain::slot_type> attach_all(Domain& domain) {
  std::vector<typename Domain::slot_type> slots;
  while (auto slot = domain.attach()) slots.push_back(std::move(slot));
  return slots;
}

}  // namespace

TEMPLATE_TEST_CASE("the workers that are on the object are kicked, each once, and nobody else", "",
                   LAZYREF_TEST_SHOOTDOWN) {
  census all;
  kicked seen;
  lazyref::lazy_domain<thing, TestType> domain(6, seen.how());
  auto slots = attach_all(domain);
  auto a = domain.make(all, 6U);
  auto b = domain.make(all, 6U);
  slots[0].activate(b);
  slots[1].activate(a);
  slots[2].activate(a);
  slots[2].park();
  slots[3].activate(a);
  slots[3].deactivate();
  slots[4].activate(a);
  auto copy = a;
  a.reset();
  CHECK(seen.slots.empty());  // not the last user
  SECTION("reset") { copy.reset(); }
  SECTION("retire") {
    domain.retire(std::move(copy));
    domain.flush();
  }
  std::sort(seen.slots.begin(), seen.slots.end());
  CHECK(seen.slots == std::vector<std::size_t>{1, 4});
  CHECK(domain.stats().handed_over == 2);
  CHECK(domain.stats().unparked == 1);
  CHECK(all.disposed == 0);

  slots[1].deactivate();
  slots[4].park();  // which gives it up: nobody wants it
  CHECK(slots[4].resume() == nullptr);
  CHECK(all.disposed == 1);
  CHECK(seen.slots.size() == 2);  // not after that
  slots[0].deactivate();
  b.reset();
  domain.make(all, 6U).reset();
  CHECK(all.disposed == 3);
  CHECK(seen.slots.size() == 2);
}

TEMPLATE_TEST_CASE("nobody is kicked for what is parked", "", LAZYREF_TEST_SHOOTDOWN) {
  census all;
  kicked seen;
  lazyref::lazy_domain<thing, TestType> domain(2, seen.how());
  auto slots = attach_all(domain);
  auto a = domain.make(all, 2U);
  for (auto& slot : slots) {
    slot.activate(a);
    slot.park();
  }
  a.reset();
  CHECK(all.disposed == 1);
  CHECK(seen.slots.empty());
}

TEMPLATE_TEST_CASE("a domain without a kick, or with a null one, hands over in silence", "", LAZYREF_TEST_SHOOTDOWN) {
  const auto works = [](auto& domain) {
    census all;
    auto slot = domain.attach();
    auto a = domain.make(all, 1U);
    slot.activate(a);
    a.reset();
    CHECK(all.disposed == 0);
    CHECK(slot.active()->use() == 1);
    slot.deactivate();
    CHECK(all.disposed == 1);
  };
  SECTION("without") {
    lazyref::lazy_domain<thing, TestType> domain(1);
    works(domain);
  }
  SECTION("null") {
    int unused = 0;
    lazyref::lazy_domain<thing, TestType> domain(1, lazyref::kick{nullptr, &unused});
    works(domain);
  }
  SECTION("default") {
    lazyref::lazy_domain<thing, TestType> domain(1, lazyref::kick{});
    works(domain);
  }
}

TEMPLATE_TEST_CASE("the hold is in the slot when the kick is called: a worker that moves at once gives it up", "",
                   shootdown_deferred, shootdown_tracked) {
  census all;
  kicked seen;
  lazyref::lazy_domain<thing, TestType> domain(2, seen.how());
  auto slots = attach_all(domain);
  auto a = domain.make(all, 2U);
  auto b = domain.make(all, 2U);
  std::vector<std::size_t> parked;
  seen.then = [&](std::size_t slot) {
    parked.push_back(domain.stats().parked);
    slots[slot].activate(b);
    parked.push_back(domain.stats().parked);
    if (all.disposed != 0) parked.push_back(99);  // the users' hold is still there
  };
  slots[0].activate(a);
  slots[1].activate(a);
  a.reset();
  seen.then = nullptr;
  CHECK(seen.slots == std::vector<std::size_t>{0, 1});
  CHECK(parked == std::vector<std::size_t>{1, 0, 1, 0});
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("a worker that leaves or parks between the scan and the hand-over", "", shootdown_deferred,
                   shootdown_prompt) {
  census all;
  kicked seen;
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(1, seen.how());
  auto slot = domain.attach();
  auto a = domain.make(all);
  slot.activate(a);
  SECTION("it is gone at the second look: no kick") {
    steps.before(step::load, nullptr, 2, [&] { slot.deactivate(); });
    a.reset();
    CHECK(seen.slots.empty());
    CHECK(all.disposed == 1);
  }
  SECTION("it has parked at the second look: no kick") {
    steps.before(step::load, nullptr, 2, [&] { slot.park(); });
    a.reset();
    CHECK(seen.slots.empty());
    CHECK(all.disposed == 1);
    CHECK(domain.stats().unparked == 1);
  }
  SECTION("it goes after that: one kick too many, which does no harm") {
    steps.before(step::exchange, nullptr, 1, [&] { slot.deactivate(); });
    a.reset();
    CHECK(seen.slots == std::vector<std::size_t>{0});
    CHECK(all.disposed == (TestType::when == lazyref::reclaim::prompt ? 1 : 0));
    slot.deactivate();
    CHECK(all.disposed == 1);
  }
  CHECK(steps.all_ran());
}

TEMPLATE_TEST_CASE("what is protected is kicked for as what is activated", "", shootdown_deferred, shootdown_prompt) {
  census all;
  kicked seen;
  lazyref::lazy_domain<thing, TestType> domain(2, seen.how());
  auto slots = attach_all(domain);
  auto a = domain.make(all);
  std::atomic<thing*> shared{a.get()};
  slots[1].protect(shared);
  shared = nullptr;
  domain.retire(std::move(a));
  CHECK(seen.slots.empty());
  domain.flush();
  CHECK(seen.slots == std::vector<std::size_t>{1});
  slots[1].reset_protection();
  CHECK(all.disposed == 1);
}

TEST_CASE("a flush kicks for each object that is in use, with its slot's number") {
  census all;
  kicked seen;
  lazyref::lazy_domain<thing, shootdown_deferred> domain(8, seen.how());
  auto slots = attach_all(domain);
  std::vector<lazyref::strong_ref<thing>> objects;
  for (std::size_t i = 0; i < 8; ++i) {
    objects.push_back(domain.make(all));
    slots[i].activate(objects.back());
    if (i % 3 == 0) slots[i].park();
  }
  for (auto& object : objects) domain.retire(std::move(object));
  domain.flush();
  std::sort(seen.slots.begin(), seen.slots.end());
  CHECK(seen.slots == std::vector<std::size_t>{1, 2, 4, 5, 7});
  CHECK(all.disposed == 3);
  slots.clear();
  CHECK(all.disposed == 8);
}

namespace {

// Workers that stay on their object until they are told.
struct flags {
  std::atomic<bool> up[2] = {};
  static void raise(void* context, std::size_t slot) noexcept {
    static_cast<flags*>(context)->up[slot].store(true, std::memory_order_release);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("workers that never move by themselves let go when they are kicked", "", LAZYREF_TEST_SHOOTDOWN) {
  census all;
  flags told;
  {
    lazyref::lazy_domain<thing, TestType> domain(2, lazyref::kick{&flags::raise, &told});
    lazyref_test::round_limit limit(50);
    for (unsigned round = 0; limit.more(round); ++round) {
      auto a = domain.make(all, 2U);
      std::atomic<int> ready{0};
      std::vector<std::thread> workers;
      for (int w = 0; w < 2; ++w) {
        workers.emplace_back([&] {
          auto slot = domain.attach();
          std::atomic<bool>& flag = told.up[slot.index()];
          flag = false;
          slot.activate(a);
          ++ready;
          while (!flag.load(std::memory_order_acquire)) std::this_thread::yield();
          slot.park();
        });
      }
      while (ready != 2) std::this_thread::yield();
      a.reset();
      for (std::thread& t : workers) t.join();
      REQUIRE(all.disposed == static_cast<int>(round) + 1);
    }
  }
}
