// SPDX-License-Identifier: BSL-1.0
//
// Which slots a last user's departure looks at: the cost that the counter `scanned` shows, and that none is forgotten.
#include <climits>
#include <cstdint>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

namespace {

struct choosy : lazyref::owner<choosy> {
  explicit choosy(std::vector<std::size_t> named) : named_(std::move(named)) {}
  template <class Visit>
  void for_each_candidate(Visit&& visit) const noexcept {
    for (std::size_t i : named_) visit(i);
  }
  std::vector<std::size_t> named_;
};

template <class Domain>
std::vector<typename Domain::slot_type> attach_all(Domain& domain) {
  std::vector<typename Domain::slot_type> slots;
  while (auto slot = domain.attach()) slots.push_back(std::move(slot));
  return slots;
}

}  // namespace

TEST_CASE("all: every slot that has ever been attached is looked at") {
  census all;
  lazyref::lazy_domain<thing, deferred_all> domain(100);
  domain.make(all).reset();
  CHECK(domain.stats().scanned == 0);
  auto a = domain.attach();
  auto b = domain.attach();
  b.detach();
  domain.make(all).reset();
  CHECK(domain.stats().scanned == 2);
}

TEMPLATE_TEST_CASE("tracked: the cost follows the slots that were on the object, not the slots there are", "",
                   deferred_tracked, prompt_tracked) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1024);
  auto slots = attach_all(domain);
  REQUIRE(slots.size() == 1024);
  auto a = domain.make(all);
  auto other = domain.make(all);
  for (auto& slot : slots) slot.activate(other);
  slots[17].activate(a);
  slots[1000].activate(a);
  slots[17].activate(other);
  slots[17].activate(a);
  a.reset();
  CHECK(domain.stats().scanned == 2);
  CHECK(domain.stats().handed_over == 2);
  CHECK(all.disposed == 0);
  slots[17].deactivate();
  slots[1000].deactivate();
  CHECK(all.disposed == 1);
  other.reset();
  CHECK(domain.stats().scanned == 2 + 1024);
  CHECK(domain.stats().handed_over == 2 + 1022);
  slots.clear();
  CHECK(all.disposed == 2);
}

TEST_CASE("tracked: slots on both sides of a word's end are found") {
  constexpr std::size_t bits = sizeof(std::uintptr_t) * CHAR_BIT;
  for (std::size_t count : {std::size_t{1}, bits - 1, bits, bits + 1, 2 * bits, 2 * bits + 1, std::size_t{100}}) {
    census all;
    lazyref::lazy_domain<thing, deferred_tracked> domain(count);
    auto slots = attach_all(domain);
    for (std::size_t i = 0; i < count; ++i) {
      auto a = domain.make(all);
      slots[i].activate(a);
      const std::size_t before = domain.stats().scanned;
      a.reset();
      REQUIRE(domain.stats().scanned == before + 1);
      REQUIRE(all.disposed == static_cast<int>(i));
      REQUIRE(slots[i].active()->use() == 0);
      slots[i].deactivate();
      REQUIRE(all.disposed == static_cast<int>(i) + 1);
    }
  }
}

TEST_CASE("tracked: an object remembers its slots over detach and attach, and the next one starts without") {
  census all;
  lazyref::lazy_domain<thing, deferred_tracked> domain(4);
  auto a = domain.make(all);
  auto slot = domain.attach();
  slot.activate(a);
  slot.detach();
  slot = domain.attach();
  a.reset();
  CHECK(domain.stats().scanned == 1);
  CHECK(all.disposed == 1);
  domain.make(all).reset();
  CHECK(domain.stats().scanned == 1);
}

TEMPLATE_TEST_CASE("custom: the slots that the object names are looked at, and a slot named twice does no harm", "",
                   deferred_custom, prompt_custom) {
  lazyref::lazy_domain<choosy, TestType> domain(8);
  auto slots = attach_all(domain);
  auto a = domain.make(std::vector<std::size_t>{2, 5, 5, 2, 5});
  slots[5].activate(a);
  slots[0].activate(domain.make(std::vector<std::size_t>{0}));
  a.reset();
  CHECK(domain.stats().scanned == 1 + 5);
  CHECK(domain.stats().parked == 2);
  CHECK(domain.stats().disposed == 0);
  slots[5].deactivate();
  CHECK(domain.stats().disposed == 1);
  slots[0].deactivate();
  CHECK(domain.stats().disposed == 2);
}

TEST_CASE("custom: slots that nobody has attached yet may be named") {
  lazyref::lazy_domain<choosy, deferred_custom> domain(8);
  domain.make(std::vector<std::size_t>{0, 7}).reset();
  CHECK(domain.stats().scanned == 2);
  CHECK(domain.stats().disposed == 1);
}
