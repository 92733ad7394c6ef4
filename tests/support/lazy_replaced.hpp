// SPDX-License-Identifier: BSL-1.0
//
// Workers that follow an object which is replaced all the time. In the end nothing is left.
#pragma once

#include <mutex>
#include <thread>
#include <vector>

#include "lazy_catch.hpp"
#include "lazy_objects.hpp"

namespace lazyref_test {

// `round(slot, n)`: what a worker does in its n-th round, once its slot is on the object of that moment. Returns how often
// that was not as it should be; each object's use() is the number of workers.
template <class Options, class Round>
void follow_what_is_replaced(std::size_t workers, int rounds, Round round) {
  census all;
  {
    lazyref::lazy_domain<thing, Options> domain(workers);
    std::mutex lock;
    auto current = domain.make(all, workers);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::size_t w = 0; w < workers; ++w) {
      threads.emplace_back([&] {
        auto slot = domain.attach();
        for (int i = 0; i < rounds; ++i) {
          lazyref::strong_ref<thing> mine;
          {
            const std::lock_guard<std::mutex> guard(lock);
            mine = current;
          }
          slot.activate(mine);
          mine.reset();
          wrong += round(slot, i);
        }
      });
    }
    for (int i = 0; i < rounds; ++i) {
      auto next = domain.make(all, workers);
      {
        const std::lock_guard<std::mutex> guard(lock);
        next.swap(current);
      }
      next.reset();
      if (i % 50 == 0) domain.collect();
    }
    for (std::thread& t : threads) t.join();
    current.reset();
    CHECK(wrong == 0);
  }
  CHECK(all.made == rounds + 1);
  CHECK(all.torn_down == rounds + 1);
  CHECK(all.disposed == rounds + 1);
  CHECK(all.disorder == 0);
}

}  // namespace lazyref_test
