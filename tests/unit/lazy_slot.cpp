// SPDX-License-Identifier: BSL-1.0
#include <thread>
#include <type_traits>
#include <utility>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;
using slot = lazyref::lazy_slot<thing>;

TEST_CASE("an empty lazy_slot can be detached, moved and destroyed") {
  slot a;
  CHECK_FALSE(a);
  a.detach();
  slot b = std::move(a);
  CHECK_FALSE(b);
  a = std::move(b);
  CHECK_FALSE(a);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<slot>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<slot>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<slot>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<slot>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<slot, bool>);
}

TEST_CASE("a lazy_slot that is moved takes its object and its number along") {
  census all;
  lazyref::lazy_domain<thing> domain(2);
  auto object = domain.make(all);
  auto a = domain.attach();
  const std::size_t number = a.index();
  a.activate(object);
  auto b = std::move(a);
  CHECK_FALSE(a);
  CHECK(b.index() == number);
  CHECK(b.active() == object.get());
  CHECK(domain.stats().attached == 1);
  object.reset();
  CHECK(all.disposed == 0);
  slot& same = b;
  b = std::move(same);
  CHECK(b.active() != nullptr);
}

TEST_CASE("assignment over an attached lazy_slot detaches it") {
  census all;
  lazyref::lazy_domain<thing> domain(2);
  auto a = domain.attach();
  auto b = domain.attach();
  auto object = domain.make(all);
  a.activate(object);
  object.reset();
  const std::size_t number = b.index();
  a = std::move(b);
  CHECK(all.disposed == 1);
  CHECK(a.index() == number);
  CHECK_FALSE(b);
  CHECK(domain.stats().attached == 1);
  a = slot();
  CHECK(domain.stats().attached == 0);
}

TEST_CASE("swap exchanges slots, their objects and their emptiness") {
  census all;
  lazyref::lazy_domain<thing> domain(2);
  auto object = domain.make(all);
  auto a = domain.attach();
  slot b;
  a.activate(object);
  a.swap(b);
  CHECK_FALSE(a);
  CHECK(b.active() == object.get());
  CHECK(domain.stats().attached == 1);
  b.detach();
  CHECK(domain.stats().attached == 0);
}

TEST_CASE("detach may be called twice, and a destructor detaches") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  {
    auto a = domain.attach();
    a.detach();
    CHECK_FALSE(a);
    a.detach();
    CHECK(domain.stats().attached == 0);
    a = domain.attach();
    auto object = domain.make(all);
    a.activate(object);
    object.reset();
    CHECK(all.disposed == 0);
  }
  CHECK(all.disposed == 1);
  CHECK(domain.stats().attached == 0);
}

TEST_CASE("a slot that is attached again begins empty") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto object = domain.make(all);
  auto a = domain.attach();
  a.activate(object);
  a.detach();
  a = domain.attach();
  CHECK(a.active() == nullptr);
  CHECK_FALSE(a.activate(object));
}

TEST_CASE("a lazy_slot may move from thread to thread") {
  census all;
  lazyref::lazy_domain<thing> domain(1);
  auto object = domain.make(all);
  slot travelling;
  std::thread([&] {
    travelling = domain.attach();
    travelling.activate(object);
  }).join();
  object.reset();
  std::size_t seen = 1;
  std::thread([&seen, mine = std::move(travelling)]() mutable {
    seen = mine.active()->use();
    mine.deactivate();
  }).join();
  CHECK(seen == 0);
  CHECK(all.disposed == 1);
  CHECK(domain.stats().attached == 0);
}
