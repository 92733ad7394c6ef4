// SPDX-License-Identifier: BSL-1.0
//
// After set-up nothing allocates. The allocation functions of the whole program are replaced by ones that count; not under
// a sanitizer, which has its own. What happens when there is no memory: tests/death, no_memory*.cpp.
#include <array>
#include <atomic>
#include <cerrno>
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

#else

TEST_CASE("once a domain and its objects are made, nothing allocates") {
  LAZYREF_SKIP("a sanitizer's allocation functions cannot be replaced");
}

#endif
