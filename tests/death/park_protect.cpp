// SPDX-License-Identifier: BSL-1.0
//
// Misuse of park, resume, protect and retire. What the counts catch, every build catches; the rest checked builds do.
#include <atomic>
#include <thread>
#include <type_traits>
#include <utility>

#include "../support/lazy_misuse.hpp"

using namespace lazyref_test;

TEMPLATE_TEST_CASE("checked: an empty slot cannot park or resume", "", LAZYREF_TEST_CHOICES) {
  LAZYREF_ONLY_CHECKED;
  CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
          slot.detach();
          slot.park();
        }).aborted_saying("lazy_slot::park: the slot is empty"));
  CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
          slot.detach();
          slot.resume();
        }).aborted_saying("lazy_slot::resume: the slot is empty"));
  CHECK(misuse<TestType>([](auto&, auto& slot, auto& object) {
          slot.activate(object);
          const auto taken = std::move(slot);
          slot.park();
        }).aborted_saying("lazy_slot::park: the slot is empty"));
}

TEMPLATE_TEST_CASE("checked: an empty slot cannot protect", "", LAZYREF_TEST_PROTECTING) {
  LAZYREF_ONLY_CHECKED;
  const char* const said = "lazy_slot::protect: the slot is empty";
  CHECK(misuse<TestType>([](auto&, auto& slot, auto& object) {
          std::atomic<thing*> shared{object.get()};
          slot.detach();
          slot.protect(shared);
        }).aborted_saying(said));
  CHECK(misuse<TestType>([](auto&, auto& slot, auto& object) {
          std::atomic<thing*> shared{object.get()};
          thing* seen = object.get();
          const auto taken = std::move(slot);
          static_cast<void>(slot.try_protect(seen, shared));
        }).aborted_saying(said));
  CHECK(misuse<TestType>([](auto& domain, auto& slot, auto& object) {
          std::atomic<thing*> shared{object.get()};
          slot.protect(shared);
          domain.after_fork_in_child();
          slot.protect(shared);
        }).aborted_saying(said));
  CHECK(misuse<TestType>([](auto&, auto& slot, auto&) {
          slot.detach();
          slot.reset_protection();
        }).aborted_saying("lazy_slot::deactivate: the slot is empty"));
}

TEMPLATE_TEST_CASE("checked: an object of another domain cannot be retired", "", LAZYREF_TEST_CHOICES) {
  LAZYREF_ONLY_CHECKED;
  CHECK(misuse<TestType>([](auto& domain, auto&, auto&) {
          census others;
          lazyref::lazy_domain<thing, TestType> other(1);
          domain.retire(other.make(others));
        }).aborted_saying("lazy_domain::retire: the object belongs to another domain"));
}

TEMPLATE_TEST_CASE("an object that is retired twice stops the program", "", LAZYREF_TEST_CHOICES) {
  // The second reference is one that was never counted, as a copy of its bytes would be. The slot keeps the memory.
  const child_result end = misuse<TestType>([](auto& domain, auto& slot, auto& object) {
    slot.activate(object);
    auto again = lazyref::detail::owner_access::adopt_user(object.get());
    domain.retire(std::move(object));
    domain.retire(std::move(again));
  });
  CHECK(end.aborted_saying("a user was dropped that was never counted"));
}

TEMPLATE_TEST_CASE("an object that is retired and then dropped, or copied, stops the program", "",
                   LAZYREF_TEST_PROTECTING) {
  CHECK(misuse<TestType>([](auto& domain, auto&, auto& object) {
          auto again = lazyref::detail::owner_access::adopt_user(object.get());
          domain.retire(std::move(object));
          again.reset();
        }).aborted_saying("a user was dropped that was never counted"));
  CHECK(misuse<TestType>([](auto& domain, auto&, auto& object) {
          const auto again = lazyref::detail::owner_access::adopt_user(object.get());
          domain.retire(std::move(object));
          const auto copy = again;
        }).aborted_saying("a user was added to an object whose last user was dropped"));
}

TEMPLATE_TEST_CASE("a domain refuses to die while a slot has parked something", "", LAZYREF_TEST_CHOICES) {
  CHECK(misuse<TestType>([](auto& domain, auto& slot, auto& object) {
          slot.activate(object);
          slot.park();
          using domain_type = std::remove_reference_t<decltype(domain)>;
          domain.~domain_type();
        }).aborted_saying("lazy_domain: destroyed while a lazy_slot of it is active"));
}

TEMPLATE_TEST_CASE("a domain refuses to die while a slot protects, whether or not its object was retired", "",
                   LAZYREF_TEST_PROTECTING) {
  for (const bool retired : {false, true}) {
    CHECK(misuse<TestType>([=](auto& domain, auto& slot, auto& object) {
            std::atomic<thing*> shared{object.get()};
            slot.protect(shared);
            if (retired) domain.retire(std::move(object));
            using domain_type = std::remove_reference_t<decltype(domain)>;
            domain.~domain_type();
          }).aborted_saying("lazy_domain: destroyed while a lazy_slot of it is active"));
  }
}

TEMPLATE_TEST_CASE("a domain with retired objects and no slot dies in silence", "", LAZYREF_TEST_CHOICES) {
  CHECK(misuse<TestType>([](auto& domain, auto& slot, auto& object) {
          slot.detach();
          domain.retire(std::move(object));
          using domain_type = std::remove_reference_t<decltype(domain)>;
          domain.~domain_type();
        }).quiet());
}

TEST_CASE("checked: two threads in one slot, one of them in park, resume or protect") {
  LAZYREF_ONLY_CHECKED;
  const auto caught = [](auto enter) {
    return in_child([&] {
      std::atomic<bool> inside{false};
      lazyref::lazy_domain<reactive> domain(1);
      auto slot = domain.attach();
      auto a = domain.make([&] {
        inside = true;
        for (;;) std::this_thread::yield();  // in the slot's call, until the other thread is caught
      });
      slot.activate(a);
      a.reset();
      std::thread first([&] { slot.park(); });
      while (!inside) std::this_thread::yield();
      enter(slot);
      ::_exit(0);
    });
  };
  const char* const said = "lazy_slot: two threads use one slot at the same time";
  CHECK(caught([](auto& slot) { slot.park(); }).aborted_saying(said));
  CHECK(caught([](auto& slot) { slot.resume(); }).aborted_saying(said));
  CHECK(caught([](auto& slot) {
          const std::atomic<reactive*> shared{nullptr};
          slot.protect(shared);
        }).aborted_saying(said));
  CHECK(caught([](auto& slot) {
          const std::atomic<reactive*> shared{nullptr};
          reactive* seen = nullptr;
          static_cast<void>(slot.try_protect(seen, shared));
        }).aborted_saying(said));
}
