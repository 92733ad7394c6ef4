// SPDX-License-Identifier: BSL-1.0
//
// Misuse of a temporary_activation that checked builds catch.
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

namespace {

template <class Options>
using scope = lazyref::temporary_activation<thing, Options>;

// In a scope on the second object; the slot was on the first one.
template <class Options, class Body>
child_result inside(Body body) {
  return in_child([&] {
    census all;
    lazyref::lazy_domain<thing, Options> domain(2);
    auto slot = domain.attach();
    auto a = domain.make(all, 2U);
    auto b = domain.make(all, 2U);
    slot.activate(a);
    {
      const scope<Options> other(slot, b);
      body(slot, a, b);
    }
    expect(slot.active() == a.get(), "the slot is on the first object again");
    slot.detach();
  });
}

const char* const switched =
    "the slot was switched, parked or detached inside the scope of a temporary_activation or nested_protection; end "
    "that scope first";

}  // namespace

TEMPLATE_TEST_CASE("checked: inside a scope the slot cannot be moved", "", LAZYREF_TEST_CHOICES) {
  LAZYREF_ONLY_CHECKED;
  CHECK(inside<TestType>([](auto& slot, auto& a, auto&) { slot.activate(a); }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto&, auto& b) { slot.activate(b); }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto&, auto&) { slot.deactivate(); }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto&, auto&) { slot.park(); }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto&, auto&) { slot.resume(); }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto&, auto&) { slot.reset_protection(); }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto&, auto&) { slot.detach(); }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto&, auto&) {
          slot = lazyref::lazy_slot<thing, TestType>();
        }).aborted_saying(switched));
}

TEMPLATE_TEST_CASE("checked: inside a scope the slot cannot protect", "", LAZYREF_TEST_PROTECTING) {
  LAZYREF_ONLY_CHECKED;
  CHECK(inside<TestType>([](auto& slot, auto& a, auto&) {
          std::atomic<thing*> shared{a.get()};
          slot.protect(shared);
        }).aborted_saying(switched));
  CHECK(inside<TestType>([](auto& slot, auto& a, auto&) {
          std::atomic<thing*> shared{a.get()};
          thing* seen = a.get();
          static_cast<void>(slot.try_protect(seen, shared));
        }).aborted_saying(switched));
}

TEMPLATE_TEST_CASE("inside a scope one may look, poll, drop users, move the handle, and open another scope", "",
                   LAZYREF_TEST_CHOICES) {
  CHECK(inside<TestType>([](auto&, auto&, auto&) {}).quiet());
  CHECK(inside<TestType>([](auto& slot, auto& a, auto& b) {
          expect(slot.active() == b.get(), "active");
          slot.poll();
          auto moved = std::move(slot);
          auto copy = a;
          copy.reset();
          { const scope<TestType> further(moved, a); }
          expect(moved.active() == b.get(), "active again");
          slot = std::move(moved);
        }).quiet());
}

TEMPLATE_TEST_CASE("after a scope the slot can be moved again", "", LAZYREF_TEST_CHOICES) {
  const child_result end = in_child([] {
    census all;
    lazyref::lazy_domain<thing, TestType> domain(2);
    auto slot = domain.attach();
    auto a = domain.make(all, 2U);
    {
      const scope<TestType> first(slot, a);
      const scope<TestType> second(slot, a);
    }
    slot.activate(a);
    slot.park();
    slot.resume();
    slot.deactivate();
    slot.detach();
  });
  CHECK(end.err == "");
  CHECK(end.quiet());
}

TEMPLATE_TEST_CASE("checked: scopes that end out of order", "", LAZYREF_TEST_CHOICES) {
  LAZYREF_ONLY_CHECKED;
  const child_result end = in_child([] {
    census all;
    lazyref::lazy_domain<thing, TestType> domain(2);
    auto slot = domain.attach();
    auto a = domain.make(all, 2U);
    auto b = domain.make(all, 2U);
    std::optional<scope<TestType>> first;
    std::optional<scope<TestType>> second;
    first.emplace(slot, a);
    second.emplace(slot, b);
    first.reset();
    ::_exit(0);
  });
  CHECK(end.aborted_saying("the slot does not use the object of this scope; end scopes in reverse order"));
}

TEMPLATE_TEST_CASE("checked: two threads at the ends of scopes on one slot", "", LAZYREF_TEST_CHOICES) {
  LAZYREF_ONLY_CHECKED;
  const child_result end = in_child([] {
    std::atomic<bool> is_inside{false};
    lazyref::lazy_domain<reactive, TestType> domain(1);
    auto slot = domain.attach();
    auto a = domain.make(nullptr);
    auto b = domain.make([&] {
      is_inside = true;
      for (;;) std::this_thread::yield();  // in its scope's end, until the other thread is caught
    });
    std::optional<lazyref::temporary_activation<reactive, TestType>> first;
    std::optional<lazyref::temporary_activation<reactive, TestType>> second;
    first.emplace(slot, a);
    second.emplace(slot, b);
    b.reset();
    std::thread other([&] { second.reset(); });
    while (!is_inside) std::this_thread::yield();
    first.reset();
    ::_exit(0);
  });
  CHECK(end.aborted_saying("lazy_slot: two threads use one slot at the same time"));
}

TEMPLATE_TEST_CASE("checked: a scope needs a slot, a user, and one of the slot's domain", "", LAZYREF_TEST_CHOICES) {
  LAZYREF_ONLY_CHECKED;
  const auto begin = [](auto body) {
    return in_child([&] {
      census all;
      lazyref::lazy_domain<thing, TestType> domain(1);
      auto slot = domain.attach();
      auto a = domain.make(all, 1U);
      body(slot, a);
      ::_exit(0);
    });
  };
  CHECK(begin([](auto& slot, auto& a) {
          slot.detach();
          const scope<TestType> other(slot, a);
        }).aborted_saying("the slot is empty"));
  CHECK(begin([](auto& slot, auto&) {
          const scope<TestType> other(slot, lazyref::strong_ref<thing>());
        }).aborted_saying("is empty"));
  CHECK(begin([](auto& slot, auto&) {
          census others;
          lazyref::lazy_domain<thing, TestType> elsewhere(1);
          const auto foreign = elsewhere.make(others);
          const scope<TestType> other(slot, foreign);
        }).aborted_saying("the object belongs to another domain"));
}
