// SPDX-License-Identifier: BSL-1.0
#include <string>
#include <type_traits>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

namespace {

std::string events;

struct hooked : lazyref::owner<hooked> {
  ~hooked() { events += "destroyed "; }
  void on_last_user() noexcept { events += "torn_down "; }
  static void dispose(hooked* object) noexcept {
    events += "disposed ";
    object->~hooked();
  }
};

struct plain : lazyref::owner<plain> {
  explicit plain(int v) : value(v) {}
  ~plain() { events += "deleted "; }
  int value;
};

struct first_base {
  virtual ~first_base() = default;
  int padding = 7;
};
struct second_base_owner : first_base, lazyref::owner<second_base_owner> {};

struct alignas(256) over_aligned : lazyref::owner<over_aligned> {};

}  // namespace

TEST_CASE("the last user's hook runs once and before disposal, and disposal is the object's own if it has one") {
  events.clear();
  alignas(hooked) static unsigned char storage[sizeof(hooked)];
  lazyref::lazy_domain<hooked> domain(1);
  auto slot = domain.attach();
  auto a = domain.adopt(new (storage) hooked);
  auto b = a;
  slot.activate(a);
  a.reset();
  CHECK(events.empty());
  b.reset();
  CHECK(events == "torn_down ");
  slot.deactivate();
  CHECK(events == "torn_down disposed destroyed ");
}

TEST_CASE("without hooks an object is deleted") {
  events.clear();
  lazyref::lazy_domain<plain> domain(1);
  auto a = domain.make(5);
  CHECK(a->value == 5);
  CHECK((*a).value == 5);
  a.reset();
  CHECK(events == "deleted ");
  STATIC_REQUIRE_FALSE(lazyref::detail::has_on_last_user<plain>);
  STATIC_REQUIRE_FALSE(lazyref::detail::has_dispose<plain>);
  STATIC_REQUIRE(lazyref::detail::has_on_last_user<hooked>);
  STATIC_REQUIRE(lazyref::detail::has_dispose<hooked>);
}

TEST_CASE("a copy of an object is a new object") {
  events.clear();
  lazyref::lazy_domain<plain> one(1);
  lazyref::lazy_domain<plain> other(1);
  auto a = one.make(5);
  auto a_again = a;
  auto b = one.make(*a);
  CHECK(b.use_count() == 1);
  CHECK(b->value == 5);

  auto c = other.make(6);
  *c = *a;  // the value, and nothing of the counts or of the domain
  CHECK(c->value == 5);
  CHECK(c.use_count() == 1);
  CHECK(a.use_count() == 2);
  c.reset();
  CHECK(other.stats().disposed == 1);
  CHECK(one.stats().disposed == 0);

  const plain on_the_stack(*a);
  CHECK(on_the_stack.value == 5);
}

TEST_CASE("an owner may stand anywhere in an object") {
  lazyref::lazy_domain<second_base_owner> domain(1);
  auto slot = domain.attach();
  auto a = domain.make();
  slot.activate(a);
  a.reset();
  CHECK(slot.active()->padding == 7);
  slot.deactivate();
  CHECK(domain.stats().disposed == 1);

  lazyref::lazy_domain<over_aligned> aligned(1);
  auto b = aligned.make();
  CHECK(reinterpret_cast<std::uintptr_t>(b.get()) % 256 == 0);
}

TEST_CASE("an owner adds two counts and two pointers, and no virtual function") {
  struct nothing : lazyref::owner<nothing> {};
  STATIC_REQUIRE(sizeof(nothing) == 8 + 2 * sizeof(void*));
  STATIC_REQUIRE_FALSE(std::is_polymorphic_v<nothing>);
}
