// SPDX-License-Identifier: BSL-1.0
//
// After set-up nothing allocates. The allocation functions of the whole program are replaced by ones that count; not under
// a sanitizer, which has its own. What happens when there is no memory: tests/death, no_memory*.cpp.
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <utility>

#include "../support/code_script.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

#if !LAZYREF_TEST_ASAN && !LAZYREF_TEST_TSAN

#include "../support/counting_new.hpp"

using namespace lazyref_test;

namespace {
const std::atomic<long>& allocations = heap.calls;

struct growing : lazyref::domain_options<> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};
}  // namespace

TEST_CASE("a growing domain allocates when all slots are taken, and is full while there is no memory") {
  lazyref::lazy_domain<thing, growing> domain(2);
  const long before = allocations;
  auto one = domain.attach();
  auto two = domain.attach();
  CHECK(allocations == before);
  heap.refuse(0);
  auto three = domain.attach();
  heap.refuse_none();
  CHECK_FALSE(three);
  CHECK(allocations > before);
  CHECK(domain.stats().slot_count == 2);
  three = domain.attach();
  CHECK(three);
  CHECK(domain.stats().slot_count == 6);
  const long after = allocations;
  auto four = domain.attach();
  CHECK(four);
  CHECK(allocations == after);
}

TEMPLATE_TEST_CASE("once a domain and its objects are made, nothing allocates", "", LAZYREF_TEST_OPTIONS) {
  census all;
  const long before_all = allocations;
  lazyref::lazy_domain<thing, TestType> domain(3);
  auto a = domain.make(all, 3U);
  auto b = domain.make(all, 3U);
  CHECK(allocations - before_all >= 4);  // the counter counts

  const long before = allocations;
  auto one = domain.attach();
  auto two = domain.attach();
  one.activate(a);
  two.activate(a);
  one.activate(b);
  one.activate(a);
  one.poll();
  a.reset();
  domain.collect();
  auto copy = b;
  two.activate(copy);
  b.reset();
  copy.reset();
  one.deactivate();
  two = domain.attach();
  one.detach();
  static_cast<void>(domain.stats());
  two.detach();
  const long after = allocations;
  CHECK(after == before);
  CHECK(all.disposed == 2);
}

TEMPLATE_TEST_CASE("parking, retiring and temporary activations allocate nothing", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(2);
  auto a = domain.make(all, 2U);
  auto b = domain.make(all, 2U);
  auto c = domain.make(all, 2U);
  std::array<lazyref::strong_ref<thing>, 300> many;  // more than a batch
  for (auto& one : many) one = domain.make(all, 2U);

  const long before = allocations;
  auto slot = domain.attach();
  auto other = domain.attach();
  slot.activate(a);
  slot.park();
  slot.resume();
  other.activate(a);
  other.park();
  {
    const lazyref::temporary_activation<thing, TestType> inside(slot, b);
    a.reset();
    domain.retire(std::move(b));
  }
  other.activate(c);
  domain.retire(std::move(c));
  for (auto& one : many) domain.retire(std::move(one));
  domain.flush();
  slot.deactivate();
  other.detach();
  domain.collect();
  static_cast<void>(domain.stats());
  const long after = allocations;
  CHECK(after == before);
  CHECK(all.alive() == 0);
}

TEMPLATE_TEST_CASE("protecting allocates nothing, the first time either", "", LAZYREF_TEST_PROTECTING) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto a = domain.make(all);
  auto b = domain.make(all);
  std::atomic<thing*> shared{a.get()};

  const long before = allocations;
  auto slot = domain.attach();
  slot.protect(shared);
  shared = b.get();
  domain.retire(std::move(a));
  domain.flush();
  thing* seen = nullptr;
  const bool first = slot.try_protect(seen, shared);
  const bool second = slot.try_protect(seen, shared);
  slot.reset_protection();
  b.reset();
  const long after = allocations;
  CHECK(after == before);
  CHECK_FALSE(first);
  CHECK(second);
  CHECK(all.alive() == 0);
}

namespace {

struct code : lazyref::code_block<code> {
  template <class Visit>
  void for_each_candidate(Visit&& visit) const noexcept {
    visit(0);
  }
};

// How often publishing one object allocates.
template <class Options>
constexpr long marks = Options::where == lazyref::candidates::tracked;

}  // namespace

TEMPLATE_TEST_CASE("drafts, code, and memory that is used again: nothing allocates (but the marks of each object)", "",
                   LAZYREF_TEST_OPTIONS) {
  for (const lazyref::code_mapping mapping : {lazyref::code_mapping::dual, lazyref::code_mapping::flip}) {
    const long before_all = allocations;
    lazyref::code_space<code, TestType, quiet_code_system> space({4 * code_page, 4, 1}, mapping);
    REQUIRE(space);
    CHECK(allocations - before_all >= 5);  // the counter counts

    const long before = allocations;
    auto slot = space.domain().attach();
    std::array<lazyref::strong_ref<code>, 2> codes;
    int failed = 0;
    for (int i = 0; i < 4; ++i) {
      std::array<decltype(space.draft(1)), 2> drafts{space.draft(2 * code_page), space.draft(code_page)};
      const auto moved = std::move(drafts[1]);
      drafts[1] = space.draft(code_page);
      failed += !drafts[0].shrink(code_page + 1);
      failed += !space.publish(drafts.data(), 2, codes.data());
      slot.activate(codes[0]);
      failed += space.draft(5 * code_page).status().error() != EFBIG;
      failed += space.draft(2 * code_page).status().error() != ENOSPC;
      space.domain().retire(std::move(codes[0]));
      codes[1].reset();
      slot.deactivate();
      space.domain().flush();
    }
    slot.detach();
    const long after = allocations;
    CHECK(after - before == 8 * marks<TestType>);
    CHECK(failed == 0);
    CHECK(space.bytes_in_use() == 0);
  }
}

// The sizing rule of code_limits.hpp: 4 bytes and 2 bits for each cache line; with growth, the 4 bytes by the chunk.
TEST_CASE("what a code space keeps beside the code is as much as its sizing rule says") {
  using space_type = lazyref::code_space<code>;
  constexpr std::size_t small = std::size_t{1} << 20, large = std::size_t{8} << 20;
  struct bytes {
    long long at_first, with_a_draft;
  };
  const auto bytes_of = [](std::size_t code_bytes, std::size_t growth) -> bytes {
    lazyref::code_space_limits limits{code_bytes, 4, 1};
    limits.growth = growth;
    const long long before = heap.bytes;
    space_type space(limits);
    if (!space) return {-1, -1};
    const long long made = heap.bytes;
    const auto draft = space.draft(1);
    return {made - before, draft ? heap.bytes - before : -1};
  };
  const bytes less = bytes_of(small, 0), more = bytes_of(large, 0);
  const bytes grown_less = bytes_of(small, small / 2), grown_more = bytes_of(large, small / 2);
  if (less.at_first < 0) LAZYREF_SKIP("no memory for code can be had here");
  constexpr double lines = static_cast<double>((large - small) / lazyref::cache_line);
  const double each = static_cast<double>(more.at_first - less.at_first) / lines;
  const double grown_each = static_cast<double>(grown_more.at_first - grown_less.at_first) / lines;
  INFO(each << " bytes for each line, " << grown_each << " with growth");
  // A bit in the map, and two nodes of three words for each 512 lines: at most the 2 bits of the rule.
  constexpr double described = 1.0 / 8 + 2 * 3 * sizeof(std::size_t) / 512.0;
  CHECK(std::abs(each - (4 + described)) < 0.01);
  CHECK(each <= 4 + 2.0 / 8);
  CHECK(std::abs(grown_each - described) < 0.01);
  CHECK(more.with_a_draft == more.at_first);  // after set-up nothing allocates
  // The first chunk, in both.
  const double chunk = static_cast<double>(grown_more.with_a_draft - grown_more.at_first);
  CHECK(chunk / static_cast<double>(small / 2 / lazyref::cache_line) == 4);
  CHECK(grown_less.with_a_draft - grown_less.at_first == grown_more.with_a_draft - grown_more.at_first);
}

#else

TEST_CASE("once a domain and its objects are made, nothing allocates") {
  LAZYREF_SKIP("a sanitizer's allocation functions cannot be replaced");
}

#endif
