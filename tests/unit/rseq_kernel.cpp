// SPDX-License-Identifier: BSL-1.0
//
// What is made of what the C library and the kernel say of rseq: sizes, releases, the result of the self-test; and the
// self-test itself, on this kernel, beside a sequence that no kernel restarts.
#include <lazyref/per_cpu.hpp>
#include <lazyref/rseq_test.hpp>

#include <string>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/per_cpu_script.hpp"

using namespace lazyref_test;
using lazyref::claim_method;
using lazyref::cpu_index;
using lazyref::rseq_verdict;
using lazyref::detail::decide_rseq;
using lazyref::detail::rseq_fault;
using lazyref::detail::rseq_mode;

namespace {

enum class kernel { good, bad, unknown };

struct release {
  const char* text;
  kernel what;
};

constexpr release releases[] = {
    // Around the first bad one, and the first that is good again.
    {"4.18.0", kernel::good},
    {"4.19.325", kernel::good},
    {"5.10.0-32-arm64", kernel::good},
    {"6.1.0-18-arm64", kernel::good},
    {"6.12.41+deb13-arm64", kernel::good},
    {"6.18.44-fc-v669", kernel::good},
    {"6.18.99", kernel::good},
    {"6.19.0-rc1", kernel::bad},
    {"6.19.0-rc3", kernel::bad},
    {"6.19", kernel::bad},
    {"6.19.0", kernel::bad},
    {"6.19.14", kernel::bad},
    {"6.19-arm64", kernel::bad},
    {"6.20.1", kernel::bad},
    {"7.0.0-rc7+", kernel::bad},
    {"7.0", kernel::bad},
    {"7.0.0", kernel::bad},
    {"7.0.9", kernel::bad},
    {"7.0.13", kernel::bad},
    {"7.0.13-1-arm64", kernel::bad},
    {"7.0.13+deb14-arm64", kernel::bad},
    {"7.0.0-15-generic", kernel::bad},
    {"7.0.x", kernel::bad},
    {"7.0.", kernel::bad},
    {"7.0.14", kernel::good},
    {"7.0.14-rc1", kernel::good},
    {"7.0.14-1-arm64", kernel::good},
    {"7.0.100", kernel::good},
    {"7.1.0-rc1", kernel::bad},
    {"7.1-rc2", kernel::bad},
    {"7.1.0", kernel::good},
    {"7.1", kernel::good},
    {"7.1.0-0.rc2.20260510.fc45.aarch64", kernel::good},  // as it reads
    {"7.2.0-rc1", kernel::good},
    {"7.10.3", kernel::good},
    {"8.0.0-rc1", kernel::good},
    {"10.0", kernel::good},
    // What cannot be read.
    {"", kernel::unknown},
    {"Linux", kernel::unknown},
    {"v7.1", kernel::unknown},
    {" 7.1", kernel::unknown},
    {"7", kernel::unknown},
    {"7.", kernel::unknown},
    {"7-1", kernel::unknown},
    {"7..1", kernel::unknown},
    {".7.1", kernel::unknown},
    {"-7.1", kernel::unknown},
    {"7.-1", kernel::unknown},
    {"7.1.99999999999999999999", kernel::unknown},
    {"99999999999999999999.1", kernel::unknown},
    {"7.99999999999999999999", kernel::unknown},
    // What no kernel with restartable sequences says of itself: a sandbox, personality(UNAME26), an emulator.
    {"0.0.0", kernel::unknown},
    {"2.6.79", kernel::unknown},
    {"3.10.0", kernel::unknown},
    {"4.4.0", kernel::unknown},
    {"4.17.19", kernel::unknown},
};

// Also at compile time.
static_assert(rseq_fault("6.18.99", true) == nullptr && rseq_fault("6.19.0", true) != nullptr);
static_assert(rseq_fault("7.0.13", true) != nullptr && rseq_fault("7.0.14", true) == nullptr);

// A script of its own for each test.
struct with_script {
  with_script() { the_cpu_script = cpu_script{}; }
  with_script(const with_script&) = delete;
  with_script& operator=(const with_script&) = delete;
  ~with_script() { the_cpu_script = cpu_script{}; }
};

bool says(const char* text, const char* what) { return std::string(text).find(what) != std::string::npos; }

}  // namespace

TEST_CASE("rseq: which kernels do not restart sequences, by uname's release") {
  for (const release& r : releases) {
    INFO(r.text);
    const char* const fault = rseq_fault(r.text, true);
    CHECK((fault == nullptr) == (r.what == kernel::good));
    if (r.what == kernel::bad) CHECK(says(fault, "does not abort a restartable sequence when"));
    if (r.what == kernel::unknown) CHECK(says(fault, "uname does not report"));
    // Whatever it says, on another architecture nothing is known against it.
    CHECK(rseq_fault(r.text, false) == nullptr);
  }
  CHECK(says(rseq_fault(nullptr, true), "uname does not report"));
  CHECK(rseq_fault(nullptr, false) == nullptr);
}

TEST_CASE("rseq: what follows from the sizes that the C library and the kernel tell") {
  constexpr unsigned sizes[] = {0, 20, 28, 32, 33, 64};
  int with_ids = 0;
  for (const unsigned size : sizes) {
    for (const unsigned feature_size : sizes) {
      INFO(size << " bytes by the C library, " << feature_size << " by the kernel");
      const auto found = decide_rseq(size, feature_size, 1000, nullptr);
      CHECK(std::string(found.reason) != "");
      if (size == 0) {
        CHECK_FALSE(found.usable);
        CHECK(found.mode == rseq_mode::none);
        CHECK(says(found.reason, "not registered rseq"));
        continue;
      }
      CHECK(found.usable);
      CHECK(found.area == 1000);
      CHECK(found.mode == (size > 32 ? rseq_mode::v2 : rseq_mode::legacy));
      // The ids are at 24 to 27: both must have them. 32 of an old C library means 20, but 32 is what it registers.
      const bool has_ids = size >= 28 && feature_size >= 28;
      with_ids += has_ids ? 1 : 0;
      CHECK((found.index_by == cpu_index::concurrency_id) == has_ids);
      CHECK(found.index_at == 1000 + (has_ids ? 24 : 4));
      CHECK(says(found.reason, has_ids ? "with the kernel's concurrency ids" : "by CPU"));
      // A kernel with a fault is not trusted, whatever the sizes.
      const auto faulty = decide_rseq(size, feature_size, 1000, "because");
      CHECK_FALSE(faulty.usable);
      CHECK(faulty.index_by == cpu_index::cpu);
      CHECK(faulty.area == 1000);  // for the self-test
      CHECK(faulty.mode == found.mode);
      CHECK(std::string(faulty.reason) == "because");
    }
  }
  CHECK(with_ids == 16);
  // Less than every kernel has.
  for (const unsigned size : {1U, 8U, 19U}) CHECK_FALSE(decide_rseq(size, 28, 0, nullptr).usable);
}

TEST_CASE("rseq: where the program wants compare-and-swap, or the self-test speaks against sequences, there are none") {
  using lazyref::detail::choose_claims;
  const auto found = decide_rseq(33, 33, 1000, nullptr);
  for (const auto tested : {rseq_verdict::unknown, rseq_verdict::restarts}) {
    CHECK(choose_claims(found, true, tested).usable);
    CHECK(choose_claims(found, true, tested).index_by == cpu_index::concurrency_id);
    CHECK_FALSE(choose_claims(found, false, tested).usable);
    CHECK(says(choose_claims(found, false, tested).reason, "was requested"));
  }
  for (const bool is_wanted : {false, true}) {
    const auto chosen = choose_claims(found, is_wanted, rseq_verdict::does_not_restart);
    CHECK_FALSE(chosen.usable);
    CHECK(chosen.index_by == cpu_index::cpu);
    CHECK(says(chosen.reason, is_wanted ? "test_rseq" : "was requested"));
    // A good result of the self-test does not make up for what speaks against it.
    const auto missing = decide_rseq(33, 33, 1000, "because");
    CHECK_FALSE(choose_claims(missing, is_wanted, rseq_verdict::restarts).usable);
    CHECK(std::string(choose_claims(missing, is_wanted, rseq_verdict::does_not_restart).reason) == "because");
  }
}

TEST_CASE("scripted: a kernel that does not restart sequences gets compare-and-swap, and how says why") {
  for (const release& r : releases) {
    const with_script here;
    the_cpu_script.arm64_release = r.text;
    INFO(r.text);
    census all;
    lazyref::per_cpu_domain<basic_thing<scripted_cpus>> domain;
    const bool is_good = r.what == kernel::good;
    CHECK(domain.how().method == (is_good ? claim_method::restartable_sequence : claim_method::compare_and_swap));
    CHECK(says(domain.how().reason, "does not abort") == !is_good);
    auto a = domain.make(all);
    const auto claim = domain.claim(a);
    CHECK_FALSE(claim.is_counted());
    CHECK(the_cpu_script.tried_on.empty() == !is_good);
  }
}

TEST_CASE("scripted: after a self-test that saw a sequence go on, claims go by compare-and-swap, and how says why") {
  const with_script here;
  census all;
  lazyref::per_cpu_options options;
  options.tested = GENERATE(rseq_verdict::unknown, rseq_verdict::restarts, rseq_verdict::does_not_restart);
  lazyref::per_cpu_domain<basic_thing<scripted_cpus>> domain(options);
  const bool is_good = options.tested != rseq_verdict::does_not_restart;
  CHECK(domain.how().method == (is_good ? claim_method::restartable_sequence : claim_method::compare_and_swap));
  CHECK(says(domain.how().reason, "test_rseq") == !is_good);
  auto a = domain.make(all);
  const auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  CHECK(the_cpu_script.tried_on.empty() == !is_good);
}

// --- the self-test

TEST_CASE("rseq: what the self-test makes of its counts") {
  using lazyref::detail::judge_restarts;
  using lazyref::detail::restart_counts;
  constexpr restart_counts control{0, 20, true};
  CHECK(judge_restarts({20, 0, true}, control).verdict == rseq_verdict::restarts);
  CHECK(judge_restarts({10, 0, true}, control).verdict == rseq_verdict::restarts);
  CHECK(judge_restarts({9, 0, true}, control).verdict == rseq_verdict::unknown);
  CHECK(judge_restarts({0, 0, true}, control).verdict == rseq_verdict::unknown);
  // One is enough, with or without a control.
  CHECK(judge_restarts({19, 1, true}, control).verdict == rseq_verdict::does_not_restart);
  CHECK(judge_restarts({0, 1, true}, {0, 0, true}).verdict == rseq_verdict::does_not_restart);
  // Without a control that goes wrong, a good result means nothing.
  CHECK(judge_restarts({20, 0, true}, {0, 9, true}).verdict == rseq_verdict::unknown);
  // Threads that were not on one CPU see each other's stores anyway.
  CHECK(judge_restarts({0, 20, false}, control).verdict == rseq_verdict::unknown);
  CHECK(judge_restarts({20, 0, true}, {0, 20, false}).verdict == rseq_verdict::unknown);
  const auto result = judge_restarts({3, 2, true}, {0, 1, true});
  CHECK(result.restarted == 3);
  CHECK(result.not_restarted == 2);
  CHECK(result.control == 1);
}

TEST_CASE("rseq: the self-test ends, whatever the sequences do") {
  using lazyref::arch::watched;
  using lazyref::detail::count_restarts;
  const auto never = count_restarts(0, [](const void*) { return watched::changed; });
  CHECK(never.restarted + never.not_restarted == 0);
  const auto all_changed = count_restarts(5, [](const void*) { return watched::changed; });
  if (!all_changed.stayed && all_changed.not_restarted == 0)
    LAZYREF_SKIP("the calling thread cannot be kept on one CPU");
  CHECK(all_changed.not_restarted == 5);
  CHECK(all_changed.restarted == 0);
  // An interruption without a change is no preemption by the other thread; it gives up after its time.
  const auto interrupted = count_restarts(
      1 << 20, [](const void*) { return watched::interrupted; }, 20000000);
  CHECK(interrupted.not_restarted == 0);
  CHECK(interrupted.restarted < 1 << 20);
}

#if defined(LAZYREF_DETAIL_HAS_RSEQ)

TEST_CASE("rseq: the self-test says that sequences are restarted here; and not so one that the kernel is not told of") {
  const auto found = lazyref::std_sync::restartable::probe();
  if (found.mode == rseq_mode::none) {
    CHECK(lazyref::test_rseq().verdict == rseq_verdict::unknown);
    LAZYREF_SKIP(found.reason);
  }
  lazyref::rseq_test_result result = lazyref::test_rseq();
  for (int i = 0; i < 5 && result.verdict == rseq_verdict::unknown; ++i) result = lazyref::test_rseq();
  INFO(result.restarted << " restarted, " << result.not_restarted << " not, control " << result.control << ": "
                        << result.reason);
  // The same with the descriptor where the kernel does not look: a kernel that restarts nothing.
  const auto without = lazyref::detail::count_without_the_kernel(20);
  const auto twin = lazyref::detail::judge_restarts(without, without);
  INFO("the twin: " << twin.reason);
  if (result.verdict == rseq_verdict::unknown || twin.verdict == rseq_verdict::unknown) LAZYREF_SKIP(result.reason);
  CHECK(twin.verdict == rseq_verdict::does_not_restart);
  CHECK(twin.restarted == 0);
  if (!found.usable) LAZYREF_SKIP(found.reason);  // a kernel that is known not to
  CHECK(result.verdict == rseq_verdict::restarts);
  CHECK(result.not_restarted == 0);
}

#endif
