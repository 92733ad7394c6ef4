// SPDX-License-Identifier: BSL-1.0
//
// Both counts are checked for overflow and underflow, in every build.
#include <cstdint>

#include <lazyref/owner.hpp>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"

using namespace lazyref_test;
using counts = lazyref::detail::reference_counts<lazyref::std_sync>;
constexpr std::uint32_t limit = lazyref::detail::count_limit;

namespace {

template <class Body>
child_result with_counts(Body body) {
  return in_child([&] {
    counts c;
    body(c);
  });
}

}  // namespace

TEST_CASE("counts up to the limit are quiet") {
  const child_result end = with_counts([](counts& c) {
    c.add_users(limit - 2);
    expect(c.users() == limit - 1, "all users are counted");
    expect(!c.drop_user(), "there are others");
    c.holds().take(limit - 2);
    expect(!c.holds().give_up(limit - 2), "one is left of all that were counted");
    expect(c.holds().give_up(1), "none is left");
  });
  CHECK(end.err == "");
  CHECK(end.quiet());
}

TEST_CASE("one user too many stops the program") {
  const child_result end = with_counts([](counts& c) {
    c.add_users(limit - 2);
    c.add_users(1);
  });
  CHECK(end.aborted_saying("more than 2^31 users"));
}

TEST_CASE("a user that is added after the last one has gone stops the program") {
  const child_result end = with_counts([](counts& c) {
    expect(c.drop_user(), "it was the last one");
    c.add_users(1);
  });
  CHECK(end.aborted_saying("a user was added to an object whose last user was dropped"));
}

TEST_CASE("a user that is dropped twice stops the program") {
  const child_result end = with_counts([](counts& c) {
    expect(c.drop_user(), "it was the last one");
    static_cast<void>(c.drop_user());
  });
  CHECK(end.aborted_saying("a user was dropped that was never counted"));
}

TEST_CASE("one hold too many stops the program, also in one step") {
  CHECK(with_counts([](counts& c) {
          c.holds().take(limit - 2);
          c.holds().take(1);
        }).aborted_saying("more than 2^31 holds"));
  CHECK(with_counts([](counts& c) { c.holds().take(limit); }).aborted_saying("more than 2^31 holds"));
  CHECK(with_counts([](counts& c) { c.holds().take(SIZE_MAX); }).aborted_saying("more than 2^31 holds"));
}

TEST_CASE("a hold on an object that is being disposed of stops the program") {
  const child_result end = with_counts([](counts& c) {
    expect(c.holds().give_up(1), "it was the last one");
    c.holds().take(1);
  });
  CHECK(end.aborted_saying("a hold was taken on an object that is being reclaimed"));
}

TEST_CASE("a hold that is given up without having been taken stops the program") {
  CHECK(with_counts([](counts& c) {
          static_cast<void>(c.holds().give_up(2));
        }).aborted_saying("a hold was dropped that was never taken"));
  CHECK(with_counts([](counts& c) {
          expect(c.holds().give_up(1), "it was the last one");
          static_cast<void>(c.holds().give_up(1));
        }).aborted_saying("a hold was dropped that was never taken"));
}
