// SPDX-License-Identifier: BSL-1.0
//
// Slots of CPUs: claims, their nesting and their ends, what is handed over to a slot that nobody owns, and restartable
// sequences that end in every way. Where a schedule matters, a scripted CPU plays it.
#include <lazyref/per_cpu.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_pool.hpp"
#include "../support/per_cpu_kinds.hpp"
#include "../support/per_cpu_script.hpp"
#include "../support/per_cpu_threads.hpp"

#if defined(__unix__)
#include "../support/child.hpp"
#endif

using namespace lazyref_test;
using lazyref::claim_method;
using lazyref::per_cpu_options;
using lazyref::reclaim;

namespace {

using scripted_thing = basic_thing<scripted_cpus>;

// A script of its own for each test.
struct with_script {
  with_script() { the_cpu_script = cpu_script{}; }
  with_script(const with_script&) = delete;
  with_script& operator=(const with_script&) = delete;
  ~with_script() { the_cpu_script = cpu_script{}; }
};

constexpr auto interrupted = cpu_script::end::interrupted;
constexpr auto occupied = cpu_script::end::occupied;

}  // namespace

#define LAZYREF_STAYS_ON_A_CPU \
  const pinned on_a_cpu;       \
  if (!on_a_cpu) LAZYREF_SKIP("the calling thread cannot be kept on one CPU")

// --- claims

TEMPLATE_TEST_CASE("a claim gives the object, also without a user, and its end disposes of it", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(4, each_method()));
  auto a = domain.make(all, 7U);
  thing* const object = a.get();
  {
    auto claim = domain.claim(a);
    REQUIRE(claim);
    CHECK(claim.get() == object);
    CHECK(&*claim == object);
    CHECK(claim->use() == 7);
    CHECK_FALSE(claim.is_counted());
    CHECK(domain.stats().attached == 1);
    CHECK(domain.stats().handed_over == 0);
    a.reset();
    CHECK(all.torn_down == 1);
    CHECK(all.disposed == 0);
    CHECK(claim->use() == 7);
    CHECK(domain.stats().handed_over == 1);
    CHECK(domain.stats().parked == 1);
    CHECK(domain.collect() == 0);  // It is in use.
    CHECK(all.disposed == 0);
  }
  CHECK(all.disposed == 1);
  CHECK(all.disorder == 0);
  CHECK(domain.stats().attached == 0);
  CHECK(domain.stats().parked == 0);
  CHECK(domain.counted() == 0);
}

TEMPLATE_TEST_CASE("a claim whose object has users when it ends leaves no trace", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(1, each_method()));
  auto a = domain.make(all);
  for (int i = 0; i < 3; ++i) {
    auto claim = domain.claim(a);
    CHECK_FALSE(claim.is_counted());
    claim.release();
    CHECK_FALSE(claim);
    CHECK(claim.get() == nullptr);
    claim.release();  // again: nothing
  }
  CHECK(domain.stats().attached == 0);
  a.reset();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().handed_over == 0);
}

TEMPLATE_TEST_CASE("claims nest; those that find no slot count", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(2, each_method()));
  auto a = domain.make(all);
  auto b = domain.make(all);
  auto first = domain.claim(a);
  auto second = domain.claim(b);
  CHECK_FALSE(first.is_counted());
  CHECK_FALSE(second.is_counted());
  CHECK(domain.counted() == 0);
  auto third = domain.claim(a);
  auto fourth = domain.claim(b);
  CHECK(third.is_counted());
  CHECK(fourth.is_counted());
  CHECK(domain.counted() == 2);
  CHECK(domain.stats().attached == 2);
  a.reset();
  b.reset();
  first.release();
  second.release();
  CHECK(all.disposed == 0);  // They have holds.
  CHECK(third->use() == 0);
  third.release();
  CHECK_FALSE(third.is_counted());
  CHECK(all.disposed == 1);
  fourth.release();
  CHECK(all.disposed == 2);
  CHECK(domain.stats().attached == 0);
  CHECK(domain.stats().parked == 0);
}

TEMPLATE_TEST_CASE("a slot that is given back is claimed again, in any order", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(2, each_method()));
  auto a = domain.make(all);
  auto first = domain.claim(a);
  auto second = domain.claim(a);
  first.release();
  auto third = domain.claim(a);
  CHECK_FALSE(third.is_counted());
  second.release();
  auto fourth = domain.claim(a);
  CHECK_FALSE(fourth.is_counted());
  CHECK(domain.counted() == 0);
  a.reset();
  CHECK(domain.stats().handed_over == 2);
  fourth.release();
  CHECK(all.disposed == 0);
  third.release();
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("no slots per CPU are taken for one", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(0, each_method()));
  CHECK(domain.how().slots_per_cpu == 1);
  auto a = domain.make(all);
  auto first = domain.claim(a);
  CHECK_FALSE(first.is_counted());
  CHECK(domain.claim(a).is_counted());
}

TEMPLATE_TEST_CASE("a claim moves, and its slot with it", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(1, each_method()));
  using claim_type = lazyref::cpu_claim<thing, TestType::when>;
  static_assert(!std::is_copy_constructible_v<claim_type> && !std::is_copy_assignable_v<claim_type>);
  static_assert(std::is_nothrow_move_constructible_v<claim_type> && std::is_nothrow_move_assignable_v<claim_type>);
  auto a = domain.make(all);
  auto b = domain.make(all);
  thing* const at_a = a.get();
  thing* const at_b = b.get();

  claim_type empty;
  CHECK_FALSE(empty);
  CHECK_FALSE(empty.is_counted());
  claim_type one = domain.claim(a);
  claim_type other(std::move(one));
  CHECK_FALSE(one);
  CHECK(other.get() == at_a);
  CHECK(domain.stats().attached == 1);
  one = std::move(other);
  CHECK_FALSE(other);
  CHECK(one.get() == at_a);

  claim_type counted = domain.claim(b);
  CHECK(counted.is_counted());
  counted.swap(one);
  CHECK(counted.get() == at_a);
  CHECK_FALSE(counted.is_counted());
  CHECK(one.get() == at_b);
  CHECK(one.is_counted());
  a.reset();
  b.reset();
  CHECK(all.disposed == 0);

  // What is assigned to is released.
  one = std::move(counted);
  CHECK(all.disposed == 1);
  CHECK(one.get() == at_a);
  claim_type& same = one;
  one = std::move(same);
  CHECK(one.get() == at_a);
  CHECK(all.disposed == 1);
  one = claim_type();
  CHECK(all.disposed == 2);
  CHECK(domain.stats().attached == 0);
}

TEMPLATE_TEST_CASE("a claim may be released by another thread", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(1, each_method()));
  auto a = domain.make(all, 5U);
  auto claim = domain.claim(a);
  auto counted = domain.claim(a);
  REQUIRE(counted.is_counted());
  a.reset();
  std::size_t seen = 0;
  std::thread([&seen, claim = std::move(claim)]() mutable {
    seen = claim->use();
    claim.release();
  }).join();
  CHECK(seen == 5);
  CHECK(domain.stats().attached == 0);
  CHECK(all.disposed == 0);
  std::thread([counted = std::move(counted)] { static_cast<void>(counted->use()); }).join();
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("a disposer may claim and release in the same domain", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  lazyref::per_cpu_domain<reactive, TestType::when> domain(options(1, each_method()));
  int inside = 0;
  auto b = domain.make(nullptr);
  auto a = domain.make([&] {
    auto claim = domain.claim(b);
    inside += claim && !claim.is_counted() ? 1 : 10;
  });
  auto claim = domain.claim(a);
  a.reset();
  claim.release();
  CHECK(inside == 1);
  CHECK(domain.stats().attached == 0);
}

TEMPLATE_TEST_CASE("the numbers add up", "", deferred, prompt) {
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  lazyref::per_cpu_domain<thing, TestType::when> domain(options(3, each_method(), 8));
  CHECK(domain.how().cpus == 8);
  CHECK(domain.how().slots_per_cpu == 3);
  auto a = domain.make(all);
  auto b = domain.make(all);
  auto x = domain.claim(a);
  auto y = domain.claim(b);
  auto z = domain.claim(b);
  b.reset();
  const auto between = domain.stats();
  CHECK(between.slot_count == 24);
  CHECK(between.attached == 3);
  CHECK(between.parked == 2);
  CHECK(between.made == 2);
  CHECK(between.disposed == 0);
  CHECK(between.reclaimed == 1);
  CHECK(between.scanned == 24);
  CHECK(between.handed_over == 2);
  CHECK(between.carried == 0);
  CHECK(between.taken_back == 0);
  y.release();
  z.release();
  x.release();
  a.reset();
  const auto after = domain.stats();
  CHECK(after.attached == 0);
  CHECK(after.parked == 0);
  CHECK(after.disposed == 2);
  CHECK(after.reclaimed == 2);
  CHECK(after.scanned == 48);
  CHECK(after.handed_over == 2);
  CHECK(after.retired == 0);
}

// --- how claims are made

TEST_CASE("how tells what was asked for, and why") {
  {
    lazyref::per_cpu_domain<thing> domain(options(4, claim_method::compare_and_swap));
    CHECK(domain.how().method == claim_method::compare_and_swap);
    CHECK(std::string(domain.how().reason) != "");
    CHECK(domain.how().cpus >= 1);
    CHECK(domain.how().slots_per_cpu == 4);
  }
  lazyref::per_cpu_domain<thing> domain;
  CHECK(domain.how().slots_per_cpu == per_cpu_options{}.slots_per_cpu);
  CHECK(domain.how().cpus == lazyref::detail::possible_cpus());
  CHECK(std::string(domain.how().reason) != "");
  const bool usable = lazyref::std_sync::restartable::probe().usable;
  CHECK((domain.how().method == claim_method::restartable_sequence) == usable);
  if (LAZYREF_TEST_TSAN) {
    CHECK_FALSE(usable);
    CHECK(std::string(domain.how().reason).find("ThreadSanitizer") != std::string::npos);
  }
}

TEST_CASE(
    "where the system has no restartable sequences, claims go by compare-and-swap, and the scripted ones run none") {
  const with_script here;
  the_cpu_script.usable = GENERATE(false, true);
  const bool asked = the_cpu_script.usable;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(
      options(1, asked ? claim_method::compare_and_swap : claim_method::restartable_sequence, 4));
  CHECK(domain.how().method == claim_method::compare_and_swap);
  CHECK(std::string(domain.how().reason) == (asked ? "compare-and-swap was requested" : "switched off"));
  auto a = domain.make(all);
  auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  CHECK(domain.claim(a).is_counted());
  CHECK(the_cpu_script.tried_on.empty());
}

#if defined(__linux__) && defined(__GLIBC__)

// Run by the next one, in a process of its own.
TEST_CASE("claims in a process without rseq", "[.without_rseq]") {
  census all;
  bool as_it_should_be = false;
  {
    const pinned on_a_cpu;
    lazyref::per_cpu_domain<thing> domain(options(1, claim_method::restartable_sequence));
    auto a = domain.make(all);
    auto claim = domain.claim(a);
    auto second = domain.claim(a);
    a.reset();
    as_it_should_be = domain.how().method == claim_method::compare_and_swap && !claim.is_counted() &&
                      (second.is_counted() || !on_a_cpu);
    std::fprintf(stderr, "%s\n", domain.how().reason);
  }
  ::_exit(as_it_should_be && all.disposed == 1 ? 42 : 43);
}

TEST_CASE("with rseq switched off by glibc's tunable, claims go by compare-and-swap") {
  if (!lazyref::std_sync::restartable::probe().usable) LAZYREF_SKIP("there is no rseq here that could be switched off");
  const child_result child = in_child([] {
    ::setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
    ::execl("/proc/self/exe", "unit", "[.without_rseq]", static_cast<char*>(nullptr));
  });
  INFO(child.err);
  CHECK(child.signal == 0);
  CHECK(child.exit_status == 42);
  CHECK(child.err.find("not registered rseq") != std::string::npos);
}

TEST_CASE("a CPU that the domain does not have: an overflow slot by rseq, another CPU's slot by compare-and-swap") {
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.empty() || cpus.back() == 0) LAZYREF_SKIP("needs a CPU whose number is not 0");
  const pinned there(cpus.back());
  if (!there) LAZYREF_SKIP("the calling thread cannot be kept on one CPU");
  census all;
  {
    lazyref::per_cpu_domain<thing> domain(options(4, claim_method::compare_and_swap, 1));
    const std::string before = domain.how().reason;
    auto a = domain.make(all);
    auto claim = domain.claim(a);
    CHECK_FALSE(claim.is_counted());
    CHECK(domain.stats().attached == 1);
    CHECK(domain.stats().slot_count == 4);
    CHECK(domain.how().reason != before);
  }
  lazyref::per_cpu_domain<thing> domain(options(4, claim_method::restartable_sequence, 1));
  if (domain.how().method != claim_method::restartable_sequence) LAZYREF_SKIP("no restartable sequences here");
  if (domain.how().index_by != lazyref::cpu_index::cpu) LAZYREF_SKIP("slots do not go by the CPU's number here");
  const std::string before = domain.how().reason;
  auto a = domain.make(all);
  auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  CHECK(domain.counted() == 0);
  CHECK(domain.stats().attached == 1);
  CHECK(domain.stats().slot_count > 4);
  CHECK(domain.how().reason != before);
  CHECK_THAT(domain.how().reason, Catch::Contains("per_cpu_options::cpus"));
  a.reset();
  CHECK(all.disposed == 1);
  claim.release();
  CHECK(all.disposed == 2);
}

TEST_CASE("the system's number of CPUs is above each that a thread may run on") {
  for (const int cpu : allowed_cpus()) CHECK(lazyref::detail::possible_cpus() > static_cast<std::size_t>(cpu));
#if defined(__linux__)
  CHECK(lazyref::detail::end_of_allowed_cpus() == static_cast<std::size_t>(allowed_cpus().back()) + 1);
  const pinned there(allowed_cpus().front());
  if (!there) LAZYREF_SKIP("the calling thread cannot be kept on one CPU");
  CHECK(lazyref::detail::end_of_allowed_cpus() == static_cast<std::size_t>(allowed_cpus().front()) + 1);
#endif
}

#endif

// --- restartable sequences that end in every way

TEST_CASE("scripted: an interrupted claim is tried again, a few times") {
  const with_script here;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(2, claim_method::restartable_sequence, 2));
  auto a = domain.make(all);
  const int times = GENERATE(1, 2, 3, 4);
  for (int i = 0; i < times; ++i) the_cpu_script.plan(interrupted);
  auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  CHECK(the_cpu_script.tried_at.size() == static_cast<std::size_t>(times) + 1);
  for (const void* const at : the_cpu_script.tried_at) CHECK(at == the_cpu_script.tried_at.front());
  CHECK(domain.stats().attached == 1);
}

TEST_CASE("scripted: a claim that is interrupted again and again, as by a debugger that steps, is a counted hold") {
  const with_script here;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(2, claim_method::restartable_sequence, 2));
  auto a = domain.make(all);
  const int times = GENERATE(5, 100);
  for (int i = 0; i < times; ++i) the_cpu_script.plan(interrupted);
  auto claim = domain.claim(a);
  CHECK(claim.is_counted());
  CHECK(domain.counted() == 1);
  CHECK(the_cpu_script.tried_at.size() == 5);
  for (const void* const at : the_cpu_script.tried_at) CHECK(at == the_cpu_script.tried_at.front());
  CHECK(domain.stats().attached == 0);
  a.reset();
  CHECK(all.disposed == 0);
  claim.release();
  CHECK(all.disposed == 1);
}

TEST_CASE("scripted: a thread that is moved in its claim claims where it is then") {
  const with_script here;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(1, claim_method::restartable_sequence, 3));
  auto a = domain.make(all);
  the_cpu_script.plan(cpu_script::end::as_it_is, [] { the_cpu_script.cpu = 2; });
  the_cpu_script.plan(cpu_script::end::as_it_is, [] { the_cpu_script.cpu = 1; });
  auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  CHECK(the_cpu_script.tried_on == std::vector<unsigned>{0, 2, 1});
  auto second = domain.claim(a);  // on CPU 1 still
  CHECK(second.is_counted());
  the_cpu_script.cpu = 0;
  auto third = domain.claim(a);
  CHECK_FALSE(third.is_counted());
  the_cpu_script.cpu = 2;
  auto fourth = domain.claim(a);
  CHECK_FALSE(fourth.is_counted());
  CHECK(domain.stats().attached == 3);
}

TEST_CASE("scripted: an interruption in a later slot begins anew with the first") {
  const with_script here;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(2, claim_method::restartable_sequence, 1));
  auto a = domain.make(all);
  auto first = domain.claim(a);
  const void* const first_word = the_cpu_script.tried_at.back();
  the_cpu_script.plan(cpu_script::end::as_it_is);              // occupied, as it is
  the_cpu_script.plan(cpu_script::end::as_it_is);              // again, by the search
  the_cpu_script.plan(interrupted, [&] { first.release(); });  // in the second slot
  auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  CHECK(the_cpu_script.tried_at.back() == first_word);
  CHECK(domain.stats().attached == 1);
}

TEST_CASE("scripted: an occupied slot is passed, and when all are, the claim counts") {
  const with_script here;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(3, claim_method::restartable_sequence, 2));
  the_cpu_script.cpu = 1;
  auto a = domain.make(all);
  std::vector<lazyref::cpu_claim<scripted_thing>> claims;
  std::vector<const void*> words;
  for (int i = 0; i < 3; ++i) {
    claims.push_back(domain.claim(a));
    CHECK_FALSE(claims.back().is_counted());
    for (const void* const word : words) CHECK(word != the_cpu_script.tried_at.back());
    words.push_back(the_cpu_script.tried_at.back());
  }
  claims.push_back(domain.claim(a));
  CHECK(claims.back().is_counted());
  CHECK(domain.counted() == 1);
  // Somebody else was there first, on each of them, although they are null.
  claims.clear();
  for (int i = 0; i < 10; ++i) the_cpu_script.plan(occupied);
  auto claim = domain.claim(a);
  CHECK(claim.is_counted());
  CHECK(domain.counted() == 2);
  CHECK(domain.stats().attached == 0);
  for (const unsigned on : the_cpu_script.tried_on) CHECK(on == 1);
}

TEST_CASE(
    "scripted: on a CPU beyond the domain's, or in a thread that rseq does not know, overflow slots are claimed") {
  const with_script here;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(2, claim_method::restartable_sequence, 2));
  auto a = domain.make(all, 1U);
  CHECK(domain.how().reason == std::string("scripted"));
  // -1: not initialised; -2: the registration failed.
  the_cpu_script.cpu = GENERATE(2U, 3U, 1000U, 0x7fffffffU, static_cast<unsigned>(-1), static_cast<unsigned>(-2));
  auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  CHECK(the_cpu_script.tried_on.empty());
  CHECK(domain.how().reason != std::string("scripted"));
  // It may be told on its way, too.
  the_cpu_script.plan(interrupted, [] { the_cpu_script.cpu = ~0U; });
  the_cpu_script.cpu = 0;
  CHECK_FALSE(domain.claim(a).is_counted());
  CHECK(domain.stats().attached == 1);
  CHECK(domain.counted() == 0);
  const std::size_t there = domain.stats().slot_count;
  // They nest, and are used again.
  for (int times = 0; times < 3; ++times) {
    const auto second = domain.claim(a);
    const auto third = domain.claim(a);
    CHECK(domain.stats().attached == 3);
  }
  CHECK(domain.stats().slot_count <= there + 4);
  a.reset();
  CHECK(all.disposed == 0);
  CHECK(claim->use() == 1);
  claim.release();
  CHECK(all.disposed == 1);
}

TEST_CASE("scripted: by compare-and-swap a CPU beyond the domain's is taken for another one") {
  const with_script here;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(1, claim_method::compare_and_swap, 2));
  auto a = domain.make(all);
  the_cpu_script.cpu = 5;
  auto claim = domain.claim(a);
  CHECK_FALSE(claim.is_counted());
  the_cpu_script.cpu = 1;
  CHECK(domain.claim(a).is_counted());
  the_cpu_script.cpu = 0;
  CHECK_FALSE(domain.claim(a).is_counted());
}

// --- what is handed over to a slot that nobody owns

namespace {

// One slot, one object; its claimant leaves after the reclaimer has seen it there, and before the hold arrives.
template <reclaim When>
struct left_behind {
  explicit left_behind(claim_method method) : domain(options(1, method, 1)) {
    auto a = domain.make(all);
    auto claim = domain.claim(a);
    steps.before(step::exchange, nullptr, 1, [&] { claim.release(); });
    a.reset();
  }
  const with_script here;
  stepping steps;
  census all;
  lazyref::per_cpu_domain<scripted_thing, When> domain;
};

}  // namespace

TEST_CASE("deferred: what arrives when the claimant has gone stays, until collect") {
  left_behind<reclaim::deferred> f(each_method());
  CHECK(f.steps.all_ran());
  CHECK(f.domain.stats().attached == 0);
  CHECK(f.domain.stats().parked == 1);
  CHECK(f.all.disposed == 0);
  CHECK(f.domain.collect() == 1);
  CHECK(f.all.disposed == 1);
  CHECK(f.domain.stats().parked == 0);
  CHECK(f.domain.stats().taken_back == 1);
  CHECK(f.domain.collect() == 0);
}

TEST_CASE("deferred: what arrives when the claimant has gone stays, until the next claim there") {
  left_behind<reclaim::deferred> f(each_method());
  CHECK(f.all.disposed == 0);
  auto b = f.domain.make(f.all);
  auto claim = f.domain.claim(b);
  CHECK(f.all.disposed == 1);
  CHECK(f.domain.stats().parked == 0);
  CHECK(claim->use() == 0);
}

TEST_CASE("deferred: what arrives when the slot has gone to another claim stays, until its release") {
  const with_script here;
  stepping steps;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(1, each_method(), 1));
  auto a = domain.make(all);
  auto b = domain.make(all);
  auto claim = domain.claim(a);
  steps.before(step::exchange, nullptr, 1, [&] {
    claim.release();
    claim = domain.claim(b);
  });
  a.reset();
  CHECK(steps.all_ran());
  CHECK(domain.stats().parked == 1);
  CHECK(all.disposed == 0);
  claim.release();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().parked == 0);
}

TEST_CASE("deferred: what stays is given up by the domain's end") {
  const with_script here;
  stepping steps;
  census all;
  {
    lazyref::per_cpu_domain<scripted_thing> domain(options(1, each_method(), 1));
    auto a = domain.make(all);
    auto claim = domain.claim(a);
    steps.before(step::exchange, nullptr, 1, [&] { claim.release(); });
    a.reset();
    CHECK(all.disposed == 0);
  }
  CHECK(all.disposed == 1);
}

TEST_CASE("prompt: what arrives when the claimant has gone is taken back at once") {
  left_behind<reclaim::prompt> f(each_method());
  CHECK(f.steps.all_ran());
  CHECK(f.all.disposed == 1);
  CHECK(f.domain.stats().parked == 0);
  CHECK(f.domain.stats().taken_back == 1);
  CHECK(f.domain.collect() == 0);
}

TEST_CASE("a later hand-over carries on what an earlier one has left") {
  const with_script here;
  stepping steps;
  census all;
  lazyref::per_cpu_domain<scripted_thing> domain(options(1, each_method(), 1));
  auto a = domain.make(all);
  auto b = domain.make(all);
  auto claim = domain.claim(a);
  steps.before(step::exchange, nullptr, 1, [&] {
    claim.release();
    claim = domain.claim(b);
  });
  a.reset();  // left in a slot that is on b
  CHECK(all.disposed == 0);
  b.reset();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().carried == 1);
  CHECK(domain.stats().handed_over == 2);
  CHECK(claim->use() == 0);
  claim.release();
  CHECK(all.disposed == 2);
}

TEST_CASE("prompt: a drain that has to put back what it took looks again when the claimant leaves meanwhile") {
  const with_script here;
  stepping steps;
  census all;
  lazyref::per_cpu_domain<scripted_thing, reclaim::prompt> domain(options(1, each_method(), 1));
  auto a = domain.make(all);
  auto b = domain.make(all);
  auto first = domain.claim(a);
  lazyref::cpu_claim<scripted_thing, reclaim::prompt> second;
  a.reset();  // in the slot
  // The release is about to take a's hold. Before it does, somebody else drains, claims, and has b handed over; and
  // leaves after the release has looked whether b is in use, and before it has put it back.
  steps.before(step::exchange, nullptr, 1, [&] {
    second = domain.claim(b);
    b.reset();
    steps.before(step::exchange, nullptr, 2, [&] { second.release(); });
  });
  first.release();
  CHECK(steps.all_ran());
  CHECK(domain.stats().attached == 0);
  CHECK(domain.stats().parked == 0);
  CHECK(all.disposed == 2);
}

// --- why a drain goes by exchange: addresses come back

namespace {

// The schedule, for the library and for a drain by compare-and-swap. The slot's claimant leaves x, whose hold is in
// the slot, and is about to take it. Before that, somebody else claims the slot, drains it (x is freed), and claims it
// again for a new object at x's address, which is handed over.
struct address_seen {
  bool came_back = false;
  bool used_while_dead = false;
};

address_seen play_with_swap(bool look_again) {
  using slot = lazyref::slot<pooled, step_sync>;
  using holds = pool::holds;
  pool objects;
  stepping steps;
  slot s;
  address_seen result;
  const auto drop_last_user = [&](pooled* object) {
    lazyref::last_user_left<holds, reclaim::deferred, step_sync>(object, [&](auto&& visit) { visit(s); });
  };
  const auto drain_by_swap = [&] {
    pooled* dropped = s.drop.load(std::memory_order_relaxed);
    while (lazyref::detail::is_object(dropped) && dropped != s.lazy.load(std::memory_order_relaxed)) {
      pooled* const seen = dropped;
      if (!s.drop.compare_exchange_strong(dropped, nullptr, std::memory_order_acquire, std::memory_order_relaxed))
        continue;
      if (look_again && s.lazy.load(std::memory_order_acquire) == seen) {
        s.drop.exchange(seen, std::memory_order_acq_rel);
      } else {
        holds::give_up(seen, 1);
      }
      return;
    }
  };
  const auto claim = [&](pooled* object) {
    s.lazy.store(object, std::memory_order_release);
    drain_by_swap();
  };
  pooled* const x = objects.make();
  claim(x);
  drop_last_user(x);
  steps.before(step::compare_exchange, &s.drop, 1, [&] {
    claim(nullptr);  // any claim, and its release: frees x
    pooled* const y = objects.make();
    result.came_back = y == x;
    claim(y);
    drop_last_user(y);
  });
  claim(nullptr);  // the release
  CHECK(steps.all_ran());
  result.used_while_dead = s.lazy.load() != nullptr && !s.lazy.load()->live;
  if (!result.used_while_dead) claim(nullptr);
  CHECK(objects.misuses == 0);
  return result;
}

// An object whose address is handed out again at once.
class recycled : public lazyref::owner<recycled, scripted_cpus> {
 public:
  static void* operator new(std::size_t n) {
    if (void* const again = std::exchange(free_, nullptr)) return again;
    return ::operator new(n);
  }
  static void operator delete(void* place) {
    ++freed;
    ::operator delete(std::exchange(free_, place));
  }
  static void forget() { ::operator delete(std::exchange(free_, nullptr)); }
  static inline int freed = 0;

 private:
  static inline void* free_ = nullptr;
};

}  // namespace

TEST_CASE("a drain by compare-and-swap frees an object in use when an address comes back") {
  const address_seen seen = play_with_swap(false);
  CHECK(seen.came_back);
  CHECK(seen.used_while_dead);
}

TEST_CASE("the same schedule: what saves it is to look again at what was taken, and to put it back") {
  const address_seen seen = play_with_swap(true);
  CHECK(seen.came_back);
  CHECK_FALSE(seen.used_while_dead);
}

TEMPLATE_TEST_CASE("the library survives the schedule in which a drain by compare-and-swap frees an object in use", "",
                   deferred, prompt) {
  const with_script here;
  recycled::freed = 0;
  {
    stepping steps;
    lazyref::per_cpu_domain<recycled, TestType::when> domain(options(1, each_method(), 1));
    auto x = domain.make();
    recycled* const address = x.get();
    auto claim = domain.claim(x);
    lazyref::cpu_claim<recycled, TestType::when> other;
    x.reset();
    bool came_back = false;
    steps.before(step::exchange, nullptr, 1, [&] {
      auto y = domain.make();  // elsewhere
      domain.claim(y).release();
      CHECK(recycled::freed == 1);
      auto z = domain.make();
      came_back = z.get() == address;
      other = domain.claim(z);
    });
    claim.release();
    CHECK(steps.all_ran());
    CHECK(came_back);
    CHECK(other.get() == address);
    CHECK(recycled::freed == 2);  // x and y; z is in use
    other.release();
    CHECK(recycled::freed == 3);
    CHECK(domain.stats().parked == 0);
  }
  recycled::forget();
}

// --- the child of a fork

#if defined(__unix__)

TEMPLATE_TEST_CASE("in a child of a fork the claims of vanished threads are over, and the kept ones are not", "",
                   deferred, prompt) {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer does not follow a fork of several threads");
  LAZYREF_STAYS_ON_A_CPU;
  census all;
  auto domain = std::make_unique<lazyref::per_cpu_domain<thing, TestType::when>>(options(3, each_method()));
  auto theirs = domain->make(all, 1U);
  auto ours = domain->make(all, 4U);
  auto kept = domain->claim(ours);
  auto kept_too = domain->claim(ours);
  REQUIRE_FALSE(kept_too.is_counted());
  std::promise<void> end;
  std::promise<void> claimed;
  std::thread other([&, over = end.get_future()]() mutable {
    auto claim = domain->claim(theirs);
    claimed.set_value();
    over.wait();
  });
  claimed.get_future().wait();
  auto counted = domain->claim(ours);
  // By concurrency ids the other thread may have slots of its own, on the same CPU too (from Linux 6.19 on).
  decltype(counted) third;
  if (!counted.is_counted()) {
    third = std::move(counted);
    counted = domain->claim(ours);
  }
  const bool is_counted = counted.is_counted();
  theirs.reset();
  ours.reset();
  const child_result child = in_child([&] {
    expect(is_counted, "all slots of the CPU are taken");
    domain->after_fork_in_child(kept, kept_too, third, counted);
    expect(all.disposed == 1, "what a vanished thread had claimed is disposed of");
    expect(domain->stats().attached == (third ? 3U : 2U), "its slot is free");
    third.release();
    expect(kept->use() == 4 && kept_too->use() == 4 && counted->use() == 4, "what was kept is there");
    auto fresh = domain->make(all);
    auto again = domain->claim(fresh);
    expect(!again.is_counted(), "the free slot is claimed");
    fresh.reset();
    again.release();
    expect(all.disposed == 2, "the domain goes on working");
    kept.release();
    kept_too.release();
    expect(all.disposed == 2, "the counted one holds");
    counted.release();
    expect(all.disposed == 3, "and was the last");
    domain.reset();
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
  CHECK(all.disposed == 0);  // in the parent nothing happened
  end.set_value();
  other.join();
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("a child that keeps no claim can destroy the domain, though vanished threads had users", "",
                   deferred, prompt) {
  census all;
  auto domain = std::make_unique<lazyref::per_cpu_domain<thing, TestType::when>>(options(2, each_method()));
  auto lost = domain->make(all);  // stands for a reference on a vanished thread's stack
  auto claim = domain->claim(lost);
  const child_result child = in_child([&] {
    domain->after_fork_in_child();
    expect(domain->stats().attached == 0 && domain->stats().parked == 0, "all slots are free");
    expect(all.disposed == 0, "an object with users stays");
    domain.reset();
    ::_exit(0);
  });
  CHECK(child.err == "");
  CHECK(child.quiet());
  claim.release();
}

#endif
