// SPDX-License-Identifier: BSL-1.0
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;
using ref = lazyref::strong_ref<thing>;

TEST_CASE("an empty strong_ref refers to nothing, however it came about") {
  const ref empty;
  const ref null = nullptr;
  CHECK_FALSE(empty);
  CHECK(empty.get() == nullptr);
  CHECK(empty.use_count() == 0);
  CHECK(empty == null);
  CHECK(null == nullptr);
  CHECK_FALSE(empty != null);
  const ref copy = empty;
  CHECK_FALSE(copy);
  ref reset_twice;
  reset_twice.reset();
  reset_twice.reset();
  CHECK_FALSE(reset_twice);
  STATIC_REQUIRE(sizeof(ref) == sizeof(void*));
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<ref>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<ref, bool>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<thing*, ref>);
}

TEST_CASE("a strong_ref counts its object's users") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  ref a = domain.make(all);
  CHECK(a);
  CHECK(a.use_count() == 1);
  CHECK(a.get() == &*a);
  CHECK(a->use() == 0);

  ref b = a;
  CHECK(a == b);
  CHECK(b.use_count() == 2);

  ref c = std::move(a);
  CHECK_FALSE(a);
  CHECK(c == b);
  CHECK(c.use_count() == 2);

  b.reset();
  CHECK(c.use_count() == 1);
  CHECK(all.torn_down == 0);
  c = nullptr;
  CHECK(all.torn_down == 1);
  CHECK(all.disposed == 1);
}

TEST_CASE("assignment to itself and from a copy of itself changes nothing") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  ref a = domain.make(all);
  const ref& same = a;
  a = same;
  CHECK(a.use_count() == 1);
  a = ref(a);
  CHECK(a.use_count() == 1);
  ref& itself = a;
  a = std::move(itself);
  CHECK(a.use_count() == 1);
  CHECK(all.torn_down == 0);
}

TEST_CASE("assignment over the last user tears the object down, whether by copy or by move") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  ref a = domain.make(all);
  ref b = domain.make(all);
  CHECK(a != b);
  a = b;
  CHECK(all.torn_down == 1);
  CHECK(all.disposed == 1);
  CHECK(b.use_count() == 2);
  a = domain.make(all);
  b = std::move(a);
  CHECK(all.torn_down == 2);
  CHECK(all.disposed == 2);
  CHECK(all.alive() == 1);
}

TEST_CASE("swap exchanges objects and counts nothing") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  ref a = domain.make(all);
  ref b;
  thing* const object = a.get();
  a.swap(b);
  CHECK(b.get() == object);
  CHECK_FALSE(a);
  std::swap(a, b);
  CHECK(a.get() == object);
  CHECK(a.use_count() == 1);
}

TEST_CASE("the last of the users in several threads tears the object down, once") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  for (int round = 0; round < 200; ++round) {
    ref a = domain.make(all);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([mine = a] {
        for (int j = 0; j < 10; ++j) ref(mine).reset();
      });
    }
    a.reset();
    for (std::thread& t : threads) t.join();
  }
  CHECK(all.torn_down == 200);
  CHECK(all.disposed == 200);
  CHECK(all.disorder == 0);
}
