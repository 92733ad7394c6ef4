// SPDX-License-Identifier: BSL-1.0
//
// The threads of a stress program. They repeat their steps until they are stopped, and rest between two steps while the
// main thread checks what must hold in quiet.
#pragma once

#include <vector>

#include "../stress/stress.hpp"

namespace stress {

class crew {
 public:
  explicit crew(std::uint64_t seed) : seeds_(seed) {}
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;

  // Adds a thread that runs `body(random)`, once. If the main thread checks in quiet, it must call rest_if_wanted.
  template <class Body>
  void add(Body body) {
    gate_.enter();  // Here, so that the first check waits until all have started.
    threads_.emplace_back([this, body, seed = seeds_.next()]() mutable {
      random_numbers random(seed);
      dice = random_numbers(random.next());
      body(random);
      gate_.leave();
    });
  }
  // Adds a thread that calls `step(random)` until all are stopped, and `before_rest()` before each rest.
  template <class Step, class BeforeRest>
  void repeat(Step step, BeforeRest before_rest) {
    add([this, step, before_rest](random_numbers& random) mutable { take_steps([&] { step(random); }, before_rest); });
  }
  template <class Step>
  void repeat(Step step) {
    repeat(step, [] {});
  }

  // For a body.
  template <class Step, class BeforeRest>
  void take_steps(Step step, BeforeRest before_rest) {
    while (!stopped()) {
      step();
      rest_if_wanted(before_rest);
    }
  }
  // For a body: runs `life(random)` in one thread after the other, until all are stopped.
  template <class Life>
  void one_after_the_other(random_numbers& random, Life life) {
    while (!stopped()) {
      std::thread([&, its = random_numbers(random.next())]() mutable {
        dice = random_numbers(its.next());
        life(its);
      }).join();
      rest_if_wanted();
    }
  }

  // For a life, or within a step that is to be checked, too.
  template <class BeforeRest>
  void rest_if_wanted(BeforeRest before_rest) {
    if (!gate_.closed()) return;
    before_rest();
    gate_.rest();
  }
  void rest_if_wanted() {
    rest_if_wanted([] {});
  }

  bool stopped() const { return stop_.load(std::memory_order_relaxed); }

  // While `more()`: calls `between()`, and then `look()` while all threads rest. Then stops them. Returns the number of
  // checks in quiet.
  template <class More, class Between, class Look>
  std::uint64_t run_while(More more, Between between, Look look) {
    std::uint64_t looks = 0;
    for (; more(); ++looks) {
      between();
      gate_.quiet(look);
    }
    stop();
    return looks;
  }
  // Calls `sample()` every 100 microseconds in between. Goes on, at most twenty times as long, until `enough()`, which is
  // asked while all threads rest: a busy machine takes longer. If it never is, `name` has no power.
  template <class Sample, class Look, class Enough>
  std::uint64_t run_for(double seconds, const char* name, Sample sample, Look look, Enough enough) {
    const deadline end(seconds), patience(20 * seconds);
    bool is_enough = false;
    const auto samples = [&] {
      for (unsigned i = 0; i < 50; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        sample();
      }
    };
    const std::uint64_t looks = run_while([&] { return !end.over() || !(is_enough || patience.over()); }, samples,
                                          [&] {
                                            look();
                                            is_enough = enough();
                                          });
    if (!is_enough) no_power(name, next_to_nothing);
    return looks;
  }
  // Without checks in quiet.
  template <class More>
  void run_undisturbed(double seconds, More more) {
    for (const deadline end(seconds); !end.over() && more();) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stop();
  }
  void run_undisturbed(double seconds) {
    run_undisturbed(seconds, [] { return true; });
  }

  // Stops and joins all threads.
  void stop() {
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& t : threads_) t.join();
    threads_.clear();
  }

 private:
  random_numbers seeds_;
  std::vector<std::thread> threads_;
  gate gate_;
  std::atomic<bool> stop_{false};
};

}  // namespace stress
