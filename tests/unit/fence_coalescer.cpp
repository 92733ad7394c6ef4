// SPDX-License-Identifier: BSL-1.0
//
// Shared heavy fences: a caller may be served only by a barrier that began after its call did, and that succeeded.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include <lazyref/detail/fence/coalescer.hpp>

#include "../support/fence_child.hpp"
#include "../support/lazy_catch.hpp"

using lazyref::sync_result;
using lazyref::detail::coalescer;
using lazyref::detail::std_atomics;

namespace {

constexpr unsigned patient = 1U << 30;

struct yielding_atomics : std_atomics {
  static void relax() noexcept { std::this_thread::yield(); }
};

// Counts the turns of the wait.
thread_local unsigned turns = 0;
struct counting_atomics : std_atomics {
  static void relax() noexcept { ++turns; }
};

// When told so, a counter is counted up as if as many others had done the same.
struct crowded_atomics : yielding_atomics {
  static inline std::size_t crowd = 0;
  template <class T>
  struct atomic : std::atomic<T> {
    explicit constexpr atomic(T value) noexcept : std::atomic<T>(value) {}
    T fetch_add(T by, std::memory_order order) noexcept {
      if (crowd != 0) std::atomic<T>::fetch_add(static_cast<T>(by * crowd), order);
      return std::atomic<T>::fetch_add(by, order);
    }
  };
};

constexpr std::size_t all_numbers = std::numeric_limits<std::size_t>::max();

template <class Coalescer>
void go_to_the_wrap(Coalescer& shared, std::size_t before) {
  crowded_atomics::crowd = all_numbers - before;
  (void)shared.run([] { return sync_result{}; });
  crowded_atomics::crowd = 0;
}

struct interval {
  std::uint64_t begin, end;
  bool success;
};

struct history {
  std::vector<interval> calls, issues;
  bool foreign_failure = false;  // a call failed, and no issue of its own had
  bool out_of_time = false;      // there are fewer calls than were asked for
};

// `threads` threads make `each` calls, or on a busy machine as many as two seconds allow; an issue yields `length` times,
// and every `failing`-th fails. One clock for all.
template <class Coalescer>
history stress(Coalescer& shared, unsigned threads, unsigned each, unsigned failing, unsigned length) {
  std::atomic<std::uint64_t> clock{0};
  std::atomic<unsigned> waiting{0}, number{0};
  std::vector<history> own(threads);
  std::vector<std::thread> running;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (unsigned me = 0; me < threads; ++me) {
    running.emplace_back([&, me] {
      history& mine = own[me];
      waiting.fetch_add(1);
      while (waiting.load() < threads) std::this_thread::yield();
      for (unsigned i = 0; i < each; ++i) {
        mine.out_of_time = i >= 2 && std::chrono::steady_clock::now() > end;
        if (mine.out_of_time) break;
        bool own_failure = false;
        const auto issue = [&]() -> sync_result {
          interval span{clock.fetch_add(1), 0, true};
          for (unsigned turn = 0; turn < length; ++turn) std::this_thread::yield();
          span.success = failing == 0 || number.fetch_add(1) % failing != 0;
          span.end = clock.fetch_add(1);
          mine.issues.push_back(span);
          own_failure = own_failure || !span.success;
          return span.success ? sync_result{} : sync_result{ENOMEM, "scripted"};
        };
        interval call{clock.fetch_add(1), 0, false};
        call.success = static_cast<bool>(shared.run(issue));
        call.end = clock.fetch_add(1);
        mine.calls.push_back(call);
        if (!call.success && !own_failure) mine.foreign_failure = true;
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  history all;
  for (const history& h : own) {
    all.calls.insert(all.calls.end(), h.calls.begin(), h.calls.end());
    all.issues.insert(all.issues.end(), h.issues.begin(), h.issues.end());
    all.foreign_failure = all.foreign_failure || h.foreign_failure;
    all.out_of_time = all.out_of_time || h.out_of_time;
  }
  if (all.out_of_time) std::printf("coalescer: %zu of %u calls, in two seconds\n", all.calls.size(), threads * each);
  if (all.out_of_time && all.calls.size() < 100)
    lazyref_test::skip_part("no power on this machine, now: too few calls");
  return all;
}

// Calls that returned success although no successful issue both began after they began and ended before they ended.
std::size_t unserved(const history& all) {
  std::vector<interval> good;
  for (const interval& issue : all.issues) {
    if (issue.success) good.push_back(issue);
  }
  std::sort(good.begin(), good.end(), [](const interval& a, const interval& b) { return a.begin < b.begin; });
  std::vector<std::uint64_t> first_end(good.size() + 1, std::numeric_limits<std::uint64_t>::max());
  for (std::size_t i = good.size(); i-- > 0;) first_end[i] = std::min(first_end[i + 1], good[i].end);
  std::size_t bad = 0;
  for (const interval& call : all.calls) {
    if (!call.success) continue;
    const auto after = std::upper_bound(good.begin(), good.end(), call.begin,
                                        [](std::uint64_t time, const interval& issue) { return time < issue.begin; });
    bad += first_end[static_cast<std::size_t>(after - good.begin())] > call.end ? 1 : 0;
  }
  return bad;
}

// Threads that run one after the other, by a clock of their own: always the one whose time is least. Barriers are
// serialised, as the kernel's are.
class slow_motion {
 public:
  static constexpr double turn = 18.75;  // ns

  slow_motion(unsigned threads, double barrier) : times_(threads, 0), barrier_(barrier), quantum_(barrier / 32) {}

  void join(unsigned me) {
    here = {this, me, 0};
    go_on(0);
  }
  void leave() { go_on(std::numeric_limits<double>::infinity()); }
  void issue() {
    go_on(here.ahead);
    kernel_free_ = std::max(kernel_free_, times_[here.me]) + barrier_;
    ++issues;
    go_on(kernel_free_ - times_[here.me]);
  }
  static void relax() {
    here.ahead += turn;
    if (here.ahead >= here.world->quantum_) here.world->go_on(here.ahead);
  }

  unsigned issues = 0;

 private:
  struct place {
    slow_motion* world;
    unsigned me;
    double ahead;
  };
  static inline thread_local place here{};

  void go_on(double by) {
    std::unique_lock<std::mutex> lock(mutex_);
    here.ahead = 0;
    times_[here.me] += by;
    moved_.notify_all();
    if (by == std::numeric_limits<double>::infinity()) return;
    moved_.wait(lock, [&] {
      return std::min_element(times_.begin(), times_.end()) - times_.begin() == static_cast<std::ptrdiff_t>(here.me);
    });
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<double> times_;
  double barrier_, quantum_, kernel_free_ = 0;
};

struct slow_atomics : std_atomics {
  static void relax() noexcept { slow_motion::relax(); }
};

// How many issues 24 calls of 8 threads make that begin at once.
template <class Coalescer>
unsigned issues_of_24_calls(Coalescer& shared, double barrier) {
  slow_motion world(8, barrier);
  std::vector<std::thread> running;
  for (unsigned me = 0; me < 8; ++me) {
    running.emplace_back([&, me] {
      world.join(me);
      for (int i = 0; i < 3; ++i) {
        (void)shared.run([&] {
          world.issue();
          return sync_result{};
        });
      }
      world.leave();
    });
  }
  for (std::thread& thread : running) thread.join();
  return world.issues;
}

}  // namespace

TEST_CASE("8 callers at once share issues of any duration, also where these change", "[fence]") {
  constexpr double durations[] = {300, 1000, 4000, 8000, 12000, 25000, 50000, 200000, 1000000};
  for (const double barrier : durations) {
    coalescer<slow_atomics> fresh;
    CAPTURE(barrier);
    CHECK(issues_of_24_calls(fresh, barrier) <= 8);
  }
  coalescer<slow_atomics> shared;
  for (const double barrier : durations) {
    CAPTURE(barrier);
    CHECK(issues_of_24_calls(shared, barrier) <= 8);
  }
  // What was learnt of short ones is not enough for long ones, and is unlearnt.
  for (int i = 0; i < 20; ++i) (void)issues_of_24_calls(shared, 1000);
  unsigned rounds = 0;
  while (issues_of_24_calls(shared, 1000000) > 8) ++rounds;
  CHECK(rounds > 0);
  CHECK(rounds <= 8);
  // The twin: a bound that learns nothing.
  coalescer<slow_atomics, 1024> impatient;
  CHECK(issues_of_24_calls(impatient, 4000) <= 8);
  CHECK(issues_of_24_calls(impatient, 50000) > 8);
}

TEST_CASE("control: a call that no issue has served is found", "[fence]") {
  const auto served_by = [](interval issue) { return unserved({{{2, 6, true}}, {issue}}) == 0; };
  CHECK(served_by({3, 5, true}));
  CHECK_FALSE(served_by({1, 5, true}));   // it began before
  CHECK_FALSE(served_by({3, 7, true}));   // it ended after
  CHECK_FALSE(served_by({3, 5, false}));  // it failed
  CHECK(unserved({{{2, 6, false}}, {}}) == 0);
  CHECK(unserved({{{2, 6, true}, {4, 8, true}}, {{3, 5, true}, {5, 7, true}}}) == 0);
  CHECK(unserved({{{2, 6, true}, {4, 8, true}}, {{3, 5, true}}}) == 1);
}

TEST_CASE("concurrent calls share issues, and each is served by one that began after it", "[fence]") {
  coalescer<yielding_atomics, patient> shared;
  const history all = stress(shared, 8, 500, 0, 20);
  INFO(all.calls.size() << " calls, " << all.issues.size() << " issues");
  CHECK((all.out_of_time ? all.calls.size() >= 8 * 2 : all.calls.size() == 8 * 500));
  CHECK(all.issues.size() < all.calls.size());
  CHECK(unserved(all) == 0);
}

TEST_CASE("with impatient callers each is still served by an issue that began after it", "[fence]") {
  constexpr unsigned calls = lazyref_test::is_slow_build ? 500 : 3000;
  coalescer<std_atomics> ordinary;
  CHECK(unserved(stress(ordinary, 4, calls, 0, 2)) == 0);
  coalescer<std_atomics, 1> impatient;
  CHECK(unserved(stress(impatient, 4, calls, 0, 2)) == 0);
}

TEST_CASE("a failed issue serves nobody, and fails only the call that made it", "[fence]") {
  coalescer<yielding_atomics, patient> shared;
  const history all = stress(shared, 6, 500, 2, 10);
  std::size_t failures = 0;
  for (const interval& call : all.calls) failures += call.success ? 0 : 1;
  CHECK(failures > 0);
  CHECK(failures < all.calls.size());
  CHECK(unserved(all) == 0);
  CHECK_FALSE(all.foreign_failure);
}

TEST_CASE("a call alone issues once, and its failure is its own", "[fence]") {
  coalescer<std_atomics> shared;
  int issues = 0;
  for (int i = 1; i <= 10; ++i) {
    const sync_result result = shared.run([&] {
      ++issues;
      return i % 2 == 0 ? sync_result{} : sync_result{EIO, "scripted"};
    });
    CHECK(issues == i);
    CHECK(result.error() == (i % 2 == 0 ? 0 : EIO));
  }
}

TEST_CASE("a call inside the issue of a leader, as from a signal handler, ends with an issue of its own", "[fence]") {
  coalescer<counting_atomics> shared;
  int inner_issues = 0;
  sync_result inner{EIO, "not run"};
  turns = 0;
  const sync_result outer = shared.run([&] {
    inner = shared.run([&] {
      ++inner_issues;
      return sync_result{};
    });
    return sync_result{};
  });
  CHECK(outer);
  CHECK(inner);
  CHECK(inner_issues == 1);
  CHECK(turns > 0);

  // The leader is done: the next call leads without a wait.
  turns = 0;
  CHECK(shared.run([] { return sync_result{}; }));
  CHECK(turns == 0);
}

TEST_CASE("a call inside the issue of a leader gets its own failure", "[fence]") {
  coalescer<std_atomics> shared;
  sync_result inner;
  const sync_result outer = shared.run([&] {
    inner = shared.run([] { return sync_result{EPERM, "scripted"}; });
    return sync_result{};
  });
  CHECK(outer);
  CHECK(inner.error() == EPERM);
}

TEST_CASE("a leader that sleeps holds nobody up", "[fence]") {
  coalescer<std_atomics> shared;
  std::atomic<bool> leading{false}, others_done{false};
  std::thread leader([&] {
    (void)shared.run([&] {
      leading = true;
      while (!others_done.load()) std::this_thread::yield();
      return sync_result{};
    });
  });
  while (!leading.load()) std::this_thread::yield();
  int issues = 0;
  bool all_good = true;
  for (int i = 0; i < 100; ++i) {
    all_good = static_cast<bool>(shared.run([&] {
                 ++issues;
                 return sync_result{};
               })) &&
               all_good;
  }
  others_done = true;
  leader.join();
  CHECK(all_good);
  CHECK(issues == 100);
}

#if defined(__linux__)
TEST_CASE("a leader that does not exist in the child of a fork is waited for, but not for ever, or forgotten",
          "[fence]") {
  coalescer<counting_atomics> shared;
  lazyref_test::child_result child;
  CHECK(shared.run([&] {
    child = lazyref_test::in_child([&] {
      int issues = 0;
      const auto issue = [&] {
        ++issues;
        return sync_result{};
      };
      for (int i = 1; i <= 3; ++i) {
        turns = 0;
        LAZYREF_CHILD_REQUIRE(shared.run(issue));
        LAZYREF_CHILD_REQUIRE(issues == i);
        LAZYREF_CHILD_REQUIRE((turns > 0) == (i == 1));  // Once is enough.
      }
      shared.after_fork_in_child();
      turns = 0;
      LAZYREF_CHILD_REQUIRE(shared.run(issue));
      LAZYREF_CHILD_REQUIRE(issues == 4);
      LAZYREF_CHILD_REQUIRE(turns == 0);
      return 0;
    });
    return sync_result{};
  }));
  INFO(child.err);
  CHECK(child.exit_status == 0);
}
#endif

TEST_CASE("the counters of the coalescer may wrap", "[fence]") {
  coalescer<crowded_atomics, patient> alone;
  go_to_the_wrap(alone, 10);
  int issues = 0;
  for (int i = 1; i <= 20; ++i) {
    CHECK(alone.run([&] {
      ++issues;
      return sync_result{};
    }));
    CHECK(issues == i);
  }
  coalescer<crowded_atomics, patient> shared;
  go_to_the_wrap(shared, 1000);
  const history all = stress(shared, 4, 500, 3, 5);
  CHECK(unserved(all) == 0);
  CHECK_FALSE(all.foreign_failure);
}

TEST_CASE("a caller is not served by nothing, however many came while no leader was there to count them", "[fence]") {
  coalescer<crowded_atomics, 8> shared;
  int issues = 0;
  CHECK(shared.run([&] {
    // As if half of all numbers had been used up while the leader was away: 2^31 heavy fences of a 32-bit process.
    crowded_atomics::crowd = all_numbers / 2;
    const sync_result inner = shared.run([&] {
      ++issues;
      return sync_result{};
    });
    crowded_atomics::crowd = 0;
    return inner;
  }));
  CHECK(issues == 1);
}
