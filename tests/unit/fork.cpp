// SPDX-License-Identifier: BSL-1.0
//
// The child of a fork has one thread: the slots of the others are cleared, what was handed over to them is disposed of.
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

namespace {

// Threads that are on an object when the process forks, and wait.
template <class Options>
class busy_threads {
 public:
  busy_threads(lazyref::lazy_domain<thing, Options>& domain, const lazyref::strong_ref<thing>& object, int n) {
    std::atomic<int> active{0};
    for (int i = 0; i < n; ++i) {
      threads_.emplace_back([&domain, &object, &active, end = end_] {
        auto slot = domain.attach();
        slot.activate(object);
        ++active;
        end.wait();
      });
    }
    while (active != n) std::this_thread::yield();
  }
  busy_threads(const busy_threads&) = delete;
  busy_threads& operator=(const busy_threads&) = delete;
  ~busy_threads() {
    go_.set_value();
    for (std::thread& t : threads_) t.join();
  }

 private:
  std::promise<void> go_;
  std::shared_future<void> end_ = go_.get_future().share();
  std::vector<std::thread> threads_;
};

}  // namespace

TEMPLATE_TEST_CASE("in a child the slots of vanished threads are free, and the kept one is still active", "",
                   LAZYREF_TEST_OPTIONS) {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer does not follow a fork of several threads");
  census all;
  auto domain = std::make_unique<lazyref::lazy_domain<thing, TestType>>(4U);
  auto handed_over = domain->make(all, 4U);
  auto kept_object = domain->make(all, 4U);
  auto kept = domain->attach();
  kept.activate(kept_object);
  {
    const busy_threads<TestType> others(*domain, handed_over, 2);
    handed_over.reset();
    kept_object.reset();
    REQUIRE(all.disposed == 0);
    const child_result child = in_child([&] {
      domain->after_fork_in_child(kept);
      expect(all.disposed == 1, "what vanished threads were on is disposed of");
      expect(domain->stats().attached == 1, "their slots are free");
      expect(kept.active() != nullptr && kept.active()->use() == 4, "the kept slot is active");
      std::vector<lazyref::lazy_slot<thing, TestType>> again;
      for (int i = 0; i < 3; ++i) {
        again.push_back(domain->attach());
        expect(static_cast<bool>(again.back()), "slots can be attached again");
        expect(again.back().active() == nullptr, "and are on nothing");
      }
      expect(!domain->attach(), "all of them, and no more");
      auto fresh = domain->make(all, 4U);
      again[0].activate(fresh);
      fresh.reset();
      again.clear();
      expect(all.disposed == 2, "the domain goes on working");
      kept.detach();
      expect(all.disposed == 3, "the kept slot gives up its object");
      domain.reset();
    });
    CHECK(child.err == "");
    CHECK(child.quiet());
    CHECK(all.disposed == 0);  // in the parent nothing happened
  }
  CHECK(all.disposed == 1);
  kept.detach();
  CHECK(all.disposed == 2);
}

TEMPLATE_TEST_CASE("a child that keeps nothing can destroy the domain, though vanished threads had users", "",
                   LAZYREF_TEST_OPTIONS) {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer does not follow a fork of several threads");
  census all;
  auto domain = std::make_unique<lazyref::lazy_domain<thing, TestType>>(4U);
  {
    auto lost = domain->make(all, 4U);  // stands for a reference on a vanished thread's stack
    const busy_threads<TestType> others(*domain, lost, 3);
    const child_result child = in_child([&] {
      domain->after_fork_in_child();
      expect(domain->stats().attached == 0, "all slots are free");
      expect(domain->stats().parked == 0, "nothing is parked");
      expect(all.disposed == 0, "an object with users stays");
      domain.reset();
    });
    CHECK(child.err == "");
    CHECK(child.quiet());
  }
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("in a child, the handle that a vanished thread has left behind does nothing", "",
                   LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto a = domain.make(all, 1U);
  auto left_behind = domain.attach();
  left_behind.activate(a);
  const child_result child = in_child([&] {
    domain.after_fork_in_child();
    auto mine = domain.attach();
    mine.activate(a);
    a.reset();
    { const auto destroyed = std::move(left_behind); }
    left_behind.detach();
    expect(domain.stats().attached == 1, "the slot's new worker keeps it");
    expect(mine.active() != nullptr && all.disposed == 0, "and its object");
    mine.detach();
    expect(all.disposed == 1, "until it leaves");
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
}

TEST_CASE("an empty slot and another domain's slot may be named as kept, and keep nothing") {
  lazyref::lazy_domain<thing> domain(2);
  lazyref::lazy_domain<thing> other(2);
  auto far = other.attach();
  auto mine = domain.attach();
  const lazyref::lazy_slot<thing> empty;
  const child_result child = in_child([&] {
    domain.after_fork_in_child(empty, far);
    expect(domain.stats().attached == 0, "nothing of this domain was kept");
    expect(other.stats().attached == 1, "the other domain is as it was");
  });
  CHECK(child.quiet());
  CHECK(child.err == "");
}

TEMPLATE_TEST_CASE("in a child, what was retired waits on, and what vanished threads had parked is let go", "",
                   LAZYREF_TEST_PROTECTING) {
  census all;
  auto domain = std::make_unique<lazyref::lazy_domain<still_thing, with_few<TestType>>>(4U);
  auto gone = domain->attach();  // stands for a vanished thread's
  auto kept = domain->attach();
  auto parked_by_gone = domain->make(all);
  auto parked_by_kept = domain->make(all, 3U);
  auto used_by_gone = domain->make(all);
  auto protecting = domain->attach();
  std::atomic<still_thing*> shared{used_by_gone.get()};
  gone.activate(parked_by_gone);
  gone.park();
  kept.activate(parked_by_kept);
  kept.park();
  protecting.protect(shared);
  domain->retire(std::move(used_by_gone));
  for (int i = 0; i < 5; ++i) domain->retire(domain->make(all));
  const child_result child = in_child([&] {
    domain->after_fork_in_child(kept);
    expect(domain->stats().attached == 1, "one slot is kept");
    expect(domain->stats().retired == 6, "what was retired waits");
    expect(all.disposed == 0, "nothing of it is lost, nor disposed of yet");
    parked_by_gone.reset();
    expect(all.disposed == 1, "what a vanished thread had parked goes");
    expect(domain->stats().unparked == 0, "without being taken");
    domain->flush();
    expect(all.disposed == 7, "what was retired goes; nobody protects any of it");
    expect(kept.resume() == parked_by_kept.get() && kept.active()->use() == 3, "the kept slot can resume");
    kept.park();
    for (std::size_t i = 0; i < small_batch; ++i) domain->retire(domain->make(all));
    expect(domain->stats().retired == 0, "a batch is a batch again");
    parked_by_kept.reset();
    expect(kept.resume() == nullptr, "and what it has parked can be taken");
    domain->retire(domain->make(all));
    kept.detach();
    domain.reset();
    expect(all.alive() == 0, "the domain takes what waits with it");
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
  CHECK(all.disposed == 0);
  CHECK(domain->stats().retired == 6);
  CHECK(gone.resume() == parked_by_gone.get());
}

TEST_CASE("in a child, what a vanished thread had parked in a domain that counts is disposed of") {
  census all;
  lazyref::lazy_domain<thing, counted> domain(2);
  auto gone = domain.attach();
  auto object = domain.make(all);
  gone.activate(object);
  gone.park();
  object.reset();
  REQUIRE(all.disposed == 0);
  const child_result child = in_child([&] {
    domain.after_fork_in_child();
    expect(all.disposed == 1, "it is");
    expect(domain.stats().attached == 0 && domain.stats().parked == 0, "and its slot is free");
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
}

TEMPLATE_TEST_CASE("in a child, a slot whose worker vanished inside a temporary activation can be used again", "",
                   LAZYREF_TEST_CHOICES) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto gone = domain.attach();
  auto a = domain.make(all);
  const lazyref::temporary_activation<thing, TestType> scope_of_a_vanished_thread(gone, a);
  const child_result child = in_child([&] {
    domain.after_fork_in_child();
    auto mine = domain.attach();
    mine.activate(a);
    mine.deactivate();
    mine.detach();
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
}
