// SPDX-License-Identifier: BSL-1.0
//
// The hash table that a scan asks whether a slot's object is one of the group.
#include <cstddef>
#include <cstdint>
#include <set>
#include <type_traits>
#include <vector>

#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"

namespace {

struct alignas(16) thing {
  int value;
};
using group = lazyref::scan_group<thing>;

// Addresses are compared and never followed, so any will do.
thing* at(std::size_t n) { return reinterpret_cast<thing*>(std::uintptr_t{0x10000} + n * sizeof(thing)); }

// Where the table begins to look for an address, as the header has it. If that changes, these tests still hold, but no
// longer meet what they are named for; the cases below look at that where they can.
std::uint32_t bucket(thing* object) {
  return static_cast<std::uint32_t>(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(object) >> 4) *
                                    2654435769U) >>
         24;
}

// The first `n` addresses that begin there.
std::vector<thing*> in_bucket(std::uint32_t where, std::size_t n) {
  std::vector<thing*> result;
  for (std::size_t i = 0; result.size() < n; ++i) {
    if (bucket(at(i)) == where) result.push_back(at(i));
  }
  return result;
}

// Whatever is added is found, in that order, and nothing else is.
void expect_exactly(const std::vector<thing*>& members, const std::vector<thing*>& others) {
  group one;
  for (std::size_t i = 0; i < members.size(); ++i) {
    REQUIRE_FALSE(one.is_full());
    REQUIRE_FALSE(one.contains(members[i]));
    one.add(members[i]);
    REQUIRE(one.contains(members[i]));
    REQUIRE(one.size() == i + 1);
  }
  for (thing* member : members) REQUIRE(one.contains(member));
  for (thing* other : others) REQUIRE_FALSE(one.contains(other));
  REQUIRE_FALSE(one.contains(nullptr));
  REQUIRE(std::vector<thing*>(one.begin(), one.end()) == members);
}

}  // namespace

TEST_CASE("an empty group contains nothing") {
  const group one{};
  CHECK(one.size() == 0);
  CHECK_FALSE(one.is_full());
  CHECK(one.begin() == one.end());
  CHECK_FALSE(one.contains(nullptr));
  for (std::size_t i = 0; i < 1000; ++i) REQUIRE_FALSE(one.contains(at(i)));
}

TEST_CASE("a group takes as many objects as a batch has, and is full then") {
  STATIC_REQUIRE(group::capacity == 128);
  group one;
  for (std::size_t i = 0; i < group::capacity; ++i) {
    REQUIRE_FALSE(one.is_full());
    one.add(at(i));
  }
  CHECK(one.is_full());
  CHECK(one.size() == 128);
  std::size_t found = 0;
  for (std::size_t i = 0; i < 10000; ++i) found += one.contains(at(i));
  CHECK(found == 128);
}

TEST_CASE("objects that lie next to each other, and far apart") {
  for (std::size_t stride : {std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{16}, std::size_t{256},
                             std::size_t{4096}, std::size_t{65536}}) {
    std::vector<thing*> members;
    std::vector<thing*> others;
    for (std::size_t i = 0; i < 128; ++i) {
      members.push_back(at(2 * i * stride));
      others.push_back(at((2 * i + 1) * stride));
    }
    expect_exactly(members, others);
  }
}

TEST_CASE("128 objects that all collide, and others that collide with them") {
  for (std::uint32_t where : {0U, 100U, 200U}) {
    auto all = in_bucket(where, 256);
    const std::vector<thing*> others(all.begin() + 128, all.end());
    all.resize(128);
    expect_exactly(all, others);
  }
}

TEST_CASE("objects that collide at the table's end go on at its beginning") {
  auto last = in_bucket(255, 60);
  const auto first = in_bucket(0, 60);
  const auto second = in_bucket(1, 20);
  // The end's run reaches into what others begin with, and others' runs reach on from there.
  std::vector<thing*> members(last.begin(), last.begin() + 40);
  members.insert(members.end(), first.begin(), first.begin() + 40);
  members.insert(members.end(), second.begin(), second.begin() + 10);
  std::vector<thing*> others(last.begin() + 40, last.end());
  others.insert(others.end(), first.begin() + 40, first.end());
  others.insert(others.end(), second.begin() + 10, second.end());
  expect_exactly(members, others);
  SECTION("in the other order") {
    const std::vector<thing*> reversed(members.rbegin(), members.rend());
    expect_exactly(reversed, others);
  }
  SECTION("128 at the very end") { expect_exactly(in_bucket(255, 128), in_bucket(254, 100)); }
}

TEST_CASE("addresses that differ in their highest bits only") {
  constexpr std::size_t high = sizeof(void*) == 8 ? 63 : 31;
  std::vector<thing*> members;
  std::vector<thing*> others;
  for (std::size_t bit = 8; bit <= high; ++bit) {
    members.push_back(reinterpret_cast<thing*>((std::uintptr_t{1} << bit) + 0x70));
    others.push_back(reinterpret_cast<thing*>((std::uintptr_t{1} << bit) + 0x60));
  }
  expect_exactly(members, others);
}

TEST_CASE("whatever the addresses: a group is the set of what was added") {
  std::uint32_t random = 12345;
  const auto next = [&] { return random = random * 1664525U + 1013904223U; };
  for (int round = 0; round < 100; ++round) {
    std::set<thing*> model;
    group one;
    const std::size_t range = round % 2 == 0 ? 300 : 1000000;
    const std::size_t size = next() % 129;
    while (model.size() < size) {
      thing* const object = at((next() >> 8) % range);
      if (model.insert(object).second) one.add(object);
    }
    int wrong = 0;
    for (int i = 0; i < 2000; ++i) {
      thing* const object = at((next() >> 8) % range);
      if (one.contains(object) != (model.count(object) != 0)) ++wrong;
    }
    REQUIRE(wrong == 0);
    REQUIRE(std::set<thing*>(one.begin(), one.end()) == model);
  }
}
