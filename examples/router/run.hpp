// SPDX-License-Identifier: BSL-1.0
//
// Measures one way to keep tables: workers execute the steps of requests, and a control thread replaces the table.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <thread>
#include <vector>

#include "../example.hpp"
#include "run_queue.hpp"
#include "table.hpp"

namespace router {

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr unsigned steps = 8, lookups_per_step = 4;
inline constexpr unsigned one_in = 256;  // one request in 256 is slow: it waits halfway
inline constexpr std::chrono::milliseconds slow_wait{2};

struct plan {
  std::size_t in_flight, workers;
  std::chrono::milliseconds length;
  std::chrono::microseconds reload_every;
};

struct counts {
  std::uint64_t requests = 0, steps = 0, moved = 0, wrong = 0, made = 0, destroyed = 0;
  bool complete = true;

  void add(const counts& other) {
    requests += other.requests, steps += other.steps, moved += other.moved, wrong += other.wrong;
    made += other.made, destroyed += other.destroyed, complete = complete && other.complete;
  }
};

struct figures {
  double requests = 0, cpu = 0, median = 0, most = 0;  // a second; seconds a request; seconds to destruction
  counts checked;
};

// Returns the CPU time of the process, in seconds.
inline double cpu_time() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class Way>
class run {
 public:
  explicit run(const plan& p)
      : plan_(p), way_(p.workers), requests_(p.in_flight), done_(p.workers), queue_(p.in_flight, p.workers, slow_wait) {
    for (std::size_t i = 0; i < p.in_flight; ++i) requests_[i].key = scramble(i + 1);
  }

  // `until_wrong`: ends when a fault is detected.
  static figures once(const plan& p, bool until_wrong) {
    ledger account;
    figures result;
    {
      run now(p);
      now.play(account, until_wrong, result);
    }
    result.median = account.age(.5);
    result.most = account.age(.99);
    result.checked.made = account.made();
    result.checked.destroyed = account.destroyed();
    result.checked.complete = account.is_even() && account.made() > 1 && result.checked.requests != 0;
    return result;
  }

 private:
  struct alignas(64) request {
    typename Way::held held{};
    std::uint64_t key = 0, version = 0;
    std::uint32_t step = 0, worker = 0;
  };
  struct alignas(64) progress {
    std::atomic<std::uint64_t> requests{0}, wrong{0};
  };

  void play(ledger& account, bool until_wrong, figures& result) {
    std::uint64_t version = 1;
    table* current = way_.replace(account, version);
    std::vector<counts> each(plan_.workers);
    std::vector<std::thread> threads;
    const double cpu_before = cpu_time();
    const examples::stopwatch watch;
    for (std::size_t i = 0; i < plan_.workers; ++i) threads.emplace_back([&, i] { each[i] = work(i); });
    std::uint64_t done = 0, wrong = 0;
    do {
      std::this_thread::sleep_for(plan_.reload_every);
      current->note_replacement();
      current = way_.replace(account, ++version);
      done = wrong = 0;
      for (const progress& one : done_) done += one.requests.load(relaxed), wrong += one.wrong.load(relaxed);
    } while (until_wrong ? wrong == 0 && watch.seconds() < 10
                         : watch.seconds() < std::chrono::duration<double>(plan_.length).count() || done == 0);
    const double seconds = watch.seconds(), cpu = cpu_time() - cpu_before;
    account.close();
    stop_.store(true, relaxed);
    for (std::thread& one : threads) one.join();
    result.requests = static_cast<double>(done) / seconds;
    result.cpu = cpu / static_cast<double>(done);
    for (const counts& one : each) result.checked.add(one);
  }

  counts work(std::size_t me) {
    counts mine;
    batch taken;
    while (!stop_.load(relaxed)) {
      queue_.exchange(taken);
      if (taken.ready_size == 0) {
        way_.idle(me);
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
      std::size_t left = 0;
      for (std::size_t i = 0; i < taken.ready_size; ++i) {
        const std::uint32_t id = taken.ready[i];
        if (do_step(requests_[id], me, mine))
          taken.ready[left++] = id;
        else
          taken.asleep[taken.asleep_size++] = id;
      }
      taken.ready_size = left;
      done_[me].requests.store(mine.requests, relaxed);
      done_[me].wrong.store(mine.wrong, relaxed);
    }
    return mine;
  }

  // Returns whether the next step can follow immediately.
  bool do_step(request& r, std::size_t me, counts& mine) {
    if (r.step == 0) {
      way_.begin(r.held, me);
      r.version = r.held->version();
      r.key = scramble(r.key);
    }
    for (unsigned i = 0; i < lookups_per_step; ++i)
      mine.wrong += !r.held->is_correct(scramble(r.key + r.step * lookups_per_step + i), r.version);
    ++mine.steps;
    mine.moved += r.worker != me;
    r.worker = static_cast<std::uint32_t>(me);
    if (++r.step == steps) {
      way_.end(r.held);
      r.step = 0;
      ++mine.requests;
    }
    return r.step != steps / 2 || r.key % one_in != 0;
  }

  // Data that all threads read, and data that they write, in separate cache lines.
  const plan plan_;
  alignas(64) Way way_;
  alignas(64) std::vector<request> requests_;
  std::vector<progress> done_;
  std::atomic<bool> stop_{false};
  alignas(64) run_queue queue_;
};

}  // namespace router
