// SPDX-License-Identifier: BSL-1.0
//
// Misuse that checked builds catch. Others are not asked: there it is undefined.
#include <atomic>
#include <thread>
#include <type_traits>
#include <utility>

#include "../support/lazy_misuse.hpp"

using namespace lazyref_test;

TEMPLATE_TEST_CASE("checked: a slot that is empty cannot be used", "", LAZYREF_TEST_OPTIONS) {
  LAZYREF_ONLY_CHECKED;
  const char* const activate = "lazy_slot::activate: the slot is empty";
  SECTION("never attached") {
    CHECK(misuse<TestType>([](auto&, auto& slot, auto& object) {
            std::remove_reference_t<decltype(slot)> empty;
            empty.activate(object);
          }).aborted_saying(activate));
  }
  SECTION("the domain was full") {
    CHECK(misuse<TestType>([](auto& domain, auto&, auto& object) {
            auto last = domain.attach();
            domain.attach().activate(object);
          }).aborted_saying(activate));
  }
  SECTION("detached") {
    CHECK(misuse<TestType>([](auto&, auto& slot, auto& object) {
            slot.detach();
            slot.activate(object);
          }).aborted_saying(activate));
  }
  SECTION("moved from") {
    CHECK(misuse<TestType>([](auto&, auto& slot, auto& object) {
            auto other = std::move(slot);
            slot.activate(object);
          }).aborted_saying(activate));
  }
  SECTION("in the other calls") {
    CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
            slot.detach();
            slot.deactivate();
          }).aborted_saying("lazy_slot::deactivate: the slot is empty"));
    CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
            slot.detach();
            slot.poll();
          }).aborted_saying("lazy_slot::poll: the slot is empty"));
    CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
            slot.detach();
            static_cast<void>(slot.active());
          }).aborted_saying("lazy_slot::active: the slot is empty"));
    CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
            slot.detach();
            static_cast<void>(slot.index());
          }).aborted_saying("lazy_slot::index: the slot is empty"));
  }
}

TEMPLATE_TEST_CASE("checked: an activation needs a user, and one of the slot's domain", "", LAZYREF_TEST_OPTIONS) {
  LAZYREF_ONLY_CHECKED;
  CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
          slot.activate(nullptr);
        }).aborted_saying("lazy_slot::activate: the reference is empty"));
  CHECK(misuse<TestType>([](auto&, auto& slot, auto& object) {
          object.reset();
          slot.activate(object);
        }).aborted_saying("lazy_slot::activate: the reference is empty"));
  CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
          census others;
          lazyref::lazy_domain<thing, TestType> other(1);
          slot.activate(other.make(others));
        }).aborted_saying("lazy_slot::activate: the object belongs to another domain"));
}

TEST_CASE("checked: an object is adopted once, and is an object") {
  LAZYREF_ONLY_CHECKED;
  CHECK(misuse<deferred_all>([](auto& domain, auto&, auto&) {
          static_cast<void>(domain.adopt(static_cast<thing*>(nullptr)));
        }).aborted_saying("lazy_domain::adopt: the pointer is null"));
  CHECK(misuse<deferred_all>([](auto& domain, auto&, auto& object) {
          static_cast<void>(domain.adopt(object.get()));
        }).aborted_saying("lazy_domain::adopt: the object belongs to a domain already"));
}

TEST_CASE("checked: a slot that vanished in a fork cannot be used in the child") {
  LAZYREF_ONLY_CHECKED;
  CHECK(misuse<deferred_all>([](auto& domain, auto& slot, auto& object) {
          domain.after_fork_in_child();
          slot.activate(object);
        }).aborted_saying("lazy_slot::activate: the slot is empty"));
}

namespace {

// `call` is made on a slot whose disposer, which runs in it, does `react` with the slot.
template <class Options, class Call, class React>
child_result with_disposer(Call call, React react) {
  return in_child([&] {
    lazyref::lazy_domain<reactive, Options> domain(2);
    auto slot = domain.attach();
    auto b = domain.make(nullptr);
    auto a = domain.make([&] { react(slot); });
    slot.activate(a);
    a.reset();
    call(slot, b);
    ::_exit(0);
  });
}

const auto give_away = [](auto& slot) { slot.detach(); };
const auto destroy = [](auto& slot) { const auto dies = std::move(slot); };
const auto only_move = [](auto& slot) { slot.deactivate(); };

}  // namespace

TEMPLATE_TEST_CASE("a disposer that gives away the slot in whose activation it runs stops the program", "",
                   LAZYREF_TEST_CHOICES) {
  const auto activate = [](auto& slot, auto& b) { slot.activate(b); };
  const char* const said = "detached or destroyed the slot, or the hazard pointer, of that call";
  CHECK(with_disposer<TestType>(activate, give_away).aborted_saying(said));
  CHECK(with_disposer<TestType>(activate, destroy).aborted_saying(said));
  const child_result moved = with_disposer<TestType>(
      [](auto& slot, auto& b) {
        slot.activate(b);
        expect(slot.active() == b.get(), "the slot is on the object");
      },
      only_move);
  CHECK(moved.quiet());
}

TEMPLATE_TEST_CASE("a disposer that gives away the slot in whose protection it runs stops the program", "",
                   LAZYREF_TEST_PROTECTING) {
  const auto protect = [](auto& slot, auto& b) {
    const std::atomic<reactive*> shared{b.get()};
    slot.protect(shared);
  };
  const auto try_protect = [](auto& slot, auto& b) {
    const std::atomic<reactive*> shared{b.get()};
    reactive* seen = b.get();
    slot.try_protect(seen, shared);
  };
  const char* const said = "detached or destroyed the slot, or the hazard pointer, of that call";
  CHECK(with_disposer<TestType>(protect, give_away).aborted_saying(said));
  CHECK(with_disposer<TestType>(try_protect, give_away).aborted_saying(said));
  CHECK(with_disposer<TestType>(protect, destroy).aborted_saying(said));
  CHECK(with_disposer<TestType>(protect, only_move).quiet());
  CHECK(with_disposer<TestType>(try_protect, only_move).quiet());
}

TEMPLATE_TEST_CASE("a disposer may give away the slot in whose other calls it runs", "", LAZYREF_TEST_CHOICES) {
  CHECK(with_disposer<TestType>([](auto& slot, auto&) { slot.deactivate(); }, give_away).quiet());
  CHECK(with_disposer<TestType>([](auto& slot, auto&) { slot.park(); }, give_away).quiet());
  CHECK(with_disposer<TestType>([](auto& slot, auto&) { slot.detach(); }, give_away).quiet());
}

TEST_CASE("checked: two threads in one slot at the same time") {
  LAZYREF_ONLY_CHECKED;
  const auto caught = [](auto enter) {
    return in_child([&] {
      std::atomic<bool> inside{false};
      lazyref::lazy_domain<reactive> domain(1);
      auto slot = domain.attach();
      auto other = domain.make(nullptr);
      auto a = domain.make([&] {
        inside = true;
        for (;;) std::this_thread::yield();  // in the slot's call, until the other thread is caught
      });
      slot.activate(a);
      a.reset();
      std::thread first([&] { slot.deactivate(); });
      while (!inside) std::this_thread::yield();
      enter(slot, other);
      ::_exit(0);
    });
  };
  const char* const said = "lazy_slot: two threads use one slot at the same time";
  CHECK(caught([](auto& slot, auto& other) { slot.activate(other); }).aborted_saying(said));
  CHECK(caught([](auto& slot, auto&) { slot.deactivate(); }).aborted_saying(said));
  CHECK(caught([](auto& slot, auto&) { slot.poll(); }).aborted_saying(said));
  CHECK(caught([](auto& slot, auto&) { slot.detach(); }).aborted_saying(said));
}

TEST_CASE("checked: one thread after the other in one slot is no misuse, nor is the same thread again") {
  const child_result end = in_child([] {
    lazyref::lazy_domain<reactive> domain(1);
    auto slot = domain.attach();
    auto a = domain.make([&] { slot.poll(); });
    slot.activate(a);
    a.reset();
    std::thread([&] { slot.deactivate(); }).join();
    slot.poll();
    slot.detach();
  });
  CHECK(end.quiet());
}
