// SPDX-License-Identifier: BSL-1.0
//
// A slot that lives in its thread drains and goes back when the thread ends.
#include <future>
#include <thread>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

namespace {

template <class Options>
lazyref::lazy_slot<thing, Options>& my_slot() {
  thread_local lazyref::lazy_slot<thing, Options> mine;
  return mine;
}

}  // namespace

TEMPLATE_TEST_CASE("a thread that ends gives up what was handed over to it, and its slot", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto a = domain.make(all, 1U);
  std::promise<void> active;
  std::promise<void> end;
  std::thread worker([&] {
    my_slot<TestType>() = domain.attach();
    my_slot<TestType>().activate(a);
    active.set_value();
    end.get_future().wait();
  });
  active.get_future().wait();
  a.reset();
  CHECK(all.torn_down == 1);
  CHECK(all.disposed == 0);
  CHECK_FALSE(domain.attach());
  end.set_value();
  worker.join();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().attached == 0);
  CHECK(domain.stats().parked == 0);
}

TEMPLATE_TEST_CASE("an object that loses its last user while its workers exit is disposed of once", "",
                   LAZYREF_TEST_OPTIONS) {
  constexpr int rounds = 40;
  census all;
  {
    lazyref::lazy_domain<thing, TestType> domain(3);
    for (int i = 0; i < rounds; ++i) {
      auto a = domain.make(all, 3U);
      std::atomic<int> active{0};
      std::vector<std::thread> workers;
      for (int w = 0; w < 3; ++w) {
        workers.emplace_back([&domain, &active, mine = a]() mutable {
          my_slot<TestType>() = domain.attach();
          my_slot<TestType>().activate(mine);
          mine.reset();
          ++active;
        });
      }
      while (active != 3) std::this_thread::yield();
      a.reset();
      for (std::thread& w : workers) w.join();
      // deferred: what was parked behind a worker's back waits for the slot's next one
    }
    CHECK(all.torn_down == rounds);
    domain.collect();
    CHECK(all.disposed == rounds);
    CHECK(domain.stats().attached == 0);
  }
  CHECK(all.disorder == 0);
}
