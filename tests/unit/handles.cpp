// SPDX-License-Identifier: BSL-1.0
//
// Objects and handles as programs of others have them: classes that allocate in their own way, aggregates, const, handles
// in classes that know their objects by name only.
#include <atomic>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#include <lazyref/code_space.hpp>
#include <lazyref/hazard_pointer.hpp>
#include <lazyref/per_cpu.hpp>

#include "../support/lazy_catch.hpp"

namespace {

// Known by name only where the handles are members.
struct later;
struct later_code;
struct holder {
  holder() noexcept;
  holder(holder&&) noexcept;
  ~holder();
  lazyref::strong_ref<later> reference;
  lazyref::strong_ref<const later> to_read;
  lazyref::lazy_slot<later> slot;
  lazyref::cpu_claim<later> claim;
  lazyref::code_draft<later_code> draft;
};
struct later : lazyref::owner<later> {
  int value = 7;
};
struct later_code : lazyref::code_block<later_code> {};
holder::holder() noexcept = default;
holder::holder(holder&&) noexcept = default;
holder::~holder() = default;

struct pooled : lazyref::owner<pooled> {
  static inline int left = 1;
  static void* operator new(std::size_t n) noexcept { return left-- > 0 ? std::malloc(n) : nullptr; }
  static void operator delete(void* p) noexcept { std::free(p); }
};

struct aggregate : lazyref::owner<aggregate> {
  int a;
  int b = 5;
};

struct base : lazyref::owner<base> {
  explicit base(int& n) : count(n) { ++count; }
  virtual ~base() { --count; }
  int& count;
};
struct derived : base {
  using base::base;
};

struct plain {
  int x = 0;
};
struct hazard : lazyref::hazard_pointer_obj_base<hazard> {
  int value = 3;
};

}  // namespace

TEST_CASE("where operator new returns null, make gives an empty reference") {
  lazyref::lazy_domain<pooled> domain(1);
  pooled::left = 1;
  const auto first = domain.make();
  CHECK(first);
  CHECK_FALSE(domain.make());
  CHECK(domain.stats().made == 1);
  lazyref::per_cpu_domain<pooled> per_cpu;
  CHECK_FALSE(per_cpu.make());
}

TEST_CASE("make initialises an aggregate's members") {
  lazyref::lazy_domain<aggregate> domain(1);
  const auto one = domain.make(3);
  CHECK(one->a == 3);
  CHECK(one->b == 5);
  const auto two = domain.make(3, 4);
  CHECK(two->b == 4);
  CHECK(domain.make()->a == 0);
}

TEST_CASE("adopt takes a derived object that is deleted as what it is") {
  int alive = 0;
  {
    lazyref::lazy_domain<base> domain(1);
    auto reference = domain.adopt(new derived(alive));
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("readers have references and pointers to const objects") {
  lazyref::lazy_domain<later> domain(2);
  lazyref::strong_ref<later> writer = domain.make();
  lazyref::strong_ref<const later> reader = writer;
  CHECK(reader == writer);
  CHECK(reader.use_count() == 2);
  static_assert(std::is_same_v<decltype(reader.get()), const later*>);
  static_assert(!std::is_convertible_v<lazyref::strong_ref<const later>, lazyref::strong_ref<later>>);
  std::atomic<const later*> shared(reader.get());
  auto slot = domain.attach();
  static_assert(std::is_same_v<decltype(slot.protect(shared)), const later*>);
  CHECK(slot.protect(shared)->value == 7);
  const later* seen = shared.load();
  CHECK(slot.try_protect(seen, shared));
  CHECK(slot.activate(reader));
  {
    const lazyref::temporary_activation scope(slot, reader);
    CHECK(scope->value == 7);
  }
  slot.deactivate();
  shared = nullptr;
  writer.reset();
  domain.retire(std::move(reader));
  domain.flush();
  CHECK(domain.stats().disposed == 1);

  lazyref::per_cpu_domain<later> per_cpu;
  const lazyref::strong_ref<const later> third = per_cpu.make();
  CHECK(per_cpu.claim(third)->value == 7);

  std::atomic<const hazard*> head(new hazard);
  auto h = lazyref::make_hazard_pointer();
  CHECK(h.protect(head)->value == 3);
  const hazard* p = head.load();
  CHECK(h.try_protect(p, head));
  h.reset_protection(p);
  head.exchange(nullptr)->retire();
}

TEST_CASE("handles are members where their objects are only declared") {
  lazyref::lazy_domain<later> domain(1);
  holder h;
  h.reference = domain.make();
  h.to_read = h.reference;
  h.slot = domain.attach();
  h.slot.activate(h.reference);
  holder other(std::move(h));
  CHECK(other.slot.active() == other.reference.get());
  CHECK_FALSE(h.slot);
}
