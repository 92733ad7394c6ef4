// SPDX-License-Identifier: BSL-1.0
//
// The self-test that users run says "holds" here, "violated" on a kernel that lies, and "no power" where it saw
// nothing.
#include <chrono>
#include <cstddef>

#include <lazyref/fence_test.hpp>

#include "../support/fence_child.hpp"
#include "../support/lazy_catch.hpp"

using lazyref::fence_test_result;
using lazyref::fence_verdict;
using lazyref::test_fence;
namespace detail = lazyref::detail;

namespace {

using word = detail::std_atomics::atomic<std::size_t>;

// A machine busy with other things may show no violation of the control for a while, and takes long for a round. So all
// of them end by the clock.
class budget {
 public:
  explicit budget(double seconds)
      : end_(clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds))) {}
  bool is_over() const { return clock::now() > end_; }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point end_;
};

constexpr std::size_t few_rounds = 10000;

// As many calls as there is time for, as one. ThreadSanitizer hides most violations: there is no use in waiting for them.
fence_test_result test_fence_patiently() {
  const budget time(lazyref_test::is_slow_build ? 0.5 : 4);
  constexpr std::size_t at_a_time = few_rounds / 5;  // a busy machine takes milliseconds for one
  fence_test_result all = test_fence(at_a_time);
  const auto is_enough = [&] {
    if (all.verdict == fence_verdict::violated) return true;
    return all.verdict == fence_verdict::holds && all.rounds >= few_rounds;
  };
  while (!is_enough() && !time.is_over()) {
    const fence_test_result more = test_fence(at_a_time);
    all.rounds += more.rounds;
    all.violations += more.violations;
    all.control_violations += more.control_violations;
    if (all.control_violations >= 10) all.verdict = fence_verdict::holds;
    if (more.verdict != fence_verdict::no_power) all.verdict = more.verdict;
  }
  return all;
}

}  // namespace

TEST_CASE("the self-test says that the fence holds here", "[fence]") {
  const fence_test_result result = test_fence_patiently();
  INFO(result.rounds << " rounds, violations: " << result.violations
                     << ", of the control: " << result.control_violations);
  CHECK(result.violations == 0);
  REQUIRE(result.verdict != fence_verdict::violated);
  if (result.verdict == fence_verdict::no_power) {
    LAZYREF_SKIP("no power on this machine: store buffering was hardly seen without the fence either");
  }
  CHECK(result.control_violations > 0);
}

TEST_CASE("a self-test without rounds shows nothing, and says so", "[fence]") {
  const fence_test_result result = test_fence(0);
  CHECK(result.verdict == fence_verdict::no_power);
  CHECK(result.rounds == 0);
  CHECK(result.violations == 0);
  CHECK(result.control_violations == 0);
}

TEST_CASE("store buffering counts the rounds in which both sides read an old value", "[fence]") {
  const auto reads_old = [](word&, word&, std::size_t round) { return round - 1; };
  const auto reads_new = [](word&, word&, std::size_t round) { return round; };
  const auto old_in_odd = [](word&, word&, std::size_t round) { return round - round % 2; };
  const auto old_in_thirds = [](word&, word&, std::size_t round) { return round % 3 == 0 ? round - 1 : round; };
  using detail::store_buffering;
  CHECK(store_buffering(0, reads_old, reads_old) == 0);
  CHECK(store_buffering(600, reads_old, reads_old) == 600);
  CHECK(store_buffering(600, reads_new, reads_new) == 0);
  CHECK(store_buffering(600, reads_old, reads_new) == 0);
  CHECK(store_buffering(600, reads_new, reads_old) == 0);
  CHECK(store_buffering(600, old_in_odd, reads_old) == 300);
  CHECK(store_buffering(600, old_in_thirds, reads_old) == 200);
  CHECK(store_buffering(600, old_in_odd, old_in_thirds) == 100);
}

TEST_CASE("store buffering gives each side its own word and the other's, and full fences hold", "[fence]") {
  word* words[4] = {};
  const auto left = [&](word& mine, word& other, std::size_t round) {
    words[0] = &mine;
    words[1] = &other;
    return round;
  };
  const auto right = [&](word& mine, word& other, std::size_t round) {
    words[2] = &mine;
    words[3] = &other;
    return round;
  };
  detail::store_buffering(1, left, right);
  CHECK(words[0] == words[3]);
  CHECK(words[1] == words[2]);
  CHECK(words[0] != words[1]);

  const auto full = detail::store_then_load([] { detail::std_atomics::full_fence(); });
  const budget time(2);
  std::size_t rounds = 0;
  for (; rounds < 10 * few_rounds && !time.is_over(); rounds += few_rounds / 10)
    REQUIRE(detail::store_buffering(few_rounds / 10, full, full) == 0);
  INFO(rounds << " rounds");
  CHECK(rounds != 0);
}

#if defined(__linux__)
TEST_CASE("the self-test says that the fence is violated on a kernel that only says success", "[fence]") {
  using namespace lazyref_test;
  if (lazyref::build_mode == lazyref::fence_mode::symmetric) LAZYREF_SKIP("this build makes no system call");
  if (!kernel_has(detail::membarrier_private_expedited)) LAZYREF_SKIP("this kernel does not have membarrier");
  constexpr int child_saw_no_lie = 78;
  lazyref::fence_initialize();
  const child_result child = in_child([] {
    if (!filter_membarrier(answer_errno(0), detail::membarrier_private_expedited)) return child_skips;
    if (raw_membarrier(detail::membarrier_private_expedited) != 0) return child_skips;
    for (const budget time(lazyref_test::is_slow_build ? 1 : 6); !time.is_over();) {
      const fence_test_result result = test_fence(few_rounds / 5);  // see above
      LAZYREF_CHILD_REQUIRE((result.violations != 0) == (result.verdict == fence_verdict::violated));
      if (result.violations != 0) return 0;
    }
    return child_saw_no_lie;
  });
  INFO(child.err);
  if (child.exit_status == child_skips) LAZYREF_SKIP("this host does not let a process install a seccomp filter");
  if (child.exit_status == child_saw_no_lie) LAZYREF_SKIP("no power on this machine: no lie was seen");
  CHECK(child.exit_status == 0);
}
#endif
