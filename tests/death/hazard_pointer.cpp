// SPDX-License-Identifier: BSL-1.0
//
// Misuse of hazard pointers that checked builds catch. Others are not asked: there it is undefined.
#include <atomic>
#include <functional>
#include <utility>

#include <lazyref/hazard_pointer.hpp>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/unreadable_page.hpp"

using namespace lazyref_test;

namespace {

struct node : lazyref::hazard_pointer_obj_base<node> {};

struct reacting;
struct reacting_deleter {
  std::function<void()> what;
  void operator()(reacting* x) const;
};
struct reacting : lazyref::hazard_pointer_obj_base<reacting, reacting_deleter> {};
void reacting_deleter::operator()(reacting* x) const {
  what();
  delete x;
}

// Each call that needs a hazard pointer, on what `make` gives.
template <class Make, class Check>
void in_each_call(Make make, Check check) {
  static std::atomic<node*> shared{nullptr};
  check(in_child([&] {
    auto h = make();
    static_cast<void>(h.protect(shared));
  }));
  check(in_child([&] {
    auto h = make();
    node* seen = nullptr;
    static_cast<void>(h.try_protect(seen, shared));
  }));
  check(in_child([&] {
    auto h = make();
    h.reset_protection();
  }));
  check(in_child([&] {
    auto h = make();
    h.reset_protection(nullptr);
  }));
  check(in_child([&] {
    auto h = make();
    h.reset_protection(static_cast<const node*>(nullptr));
  }));
  check(in_child([&] {
    auto h = make();
    node n;
    h.reset_protection(&n);
    if (!h.empty()) h.reset_protection();
  }));
}

}  // namespace

// The twin of "no call looks into what it is to protect" (tests/unit/hazard_pointer.cpp): one that looks ends the program.
TEST_CASE("hazard pointers: a protection that looked into what is gone would be noticed") {
  const auto protect_and = [](bool look) {
    return in_child([=] {
      unreadable_page page;
      const std::atomic<node*> shared{static_cast<node*>(page.address())};
      lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
      node* const seen = h.protect(shared);
      if (look) static_cast<void>(*reinterpret_cast<const volatile unsigned char*>(seen));
    });
  };
  CHECK(protect_and(false).quiet());
  CHECK_FALSE(protect_and(true).quiet());
}

TEST_CASE("checked: a hazard_pointer that is empty cannot be used") {
  LAZYREF_ONLY_CHECKED;
  const auto aborted = [](const child_result& end) { CHECK(end.aborted_saying("hazard_pointer: it is empty")); };
  SECTION("default-constructed") {
    in_each_call([] { return lazyref::hazard_pointer(); }, aborted);
  }
  SECTION("moved from") {
    in_each_call(
        [] {
          auto h = lazyref::make_hazard_pointer();
          auto taken = std::move(h);
          return h;
        },
        aborted);
  }
  SECTION("swapped with one that is empty") {
    in_each_call(
        [] {
          auto h = lazyref::make_hazard_pointer();
          lazyref::hazard_pointer other;
          swap(h, other);
          return h;
        },
        aborted);
  }
}

TEST_CASE("checked: a hazard_pointer that owns one can be used, whatever it protects, and an empty one be asked") {
  in_each_call([] { return lazyref::make_hazard_pointer(); }, [](const child_result& end) { CHECK(end.quiet()); });
  const child_result asked = in_child([] {
    lazyref::hazard_pointer h;
    lazyref::hazard_pointer other;
    h.swap(other);
    h = std::move(other);
    if (!h.empty()) ::_exit(1);
  });
  CHECK(asked.quiet());
}

TEST_CASE("checked: an object is retired once") {
  const char* const said = "hazard_pointer_obj_base::retire: the object is retired already";
  SECTION("and waits") {
    LAZYREF_ONLY_CHECKED;
    CHECK(in_child([] {
            auto* const n = new node;
            n->retire();
            n->retire();
          }).aborted_saying(said));
  }
  SECTION("and is protected") {
    LAZYREF_ONLY_CHECKED;
    CHECK(in_child([] {
            auto* const n = new node;
            const std::atomic<node*> shared{n};
            auto h = lazyref::make_hazard_pointer();
            static_cast<void>(h.protect(shared));
            n->retire();
            lazyref::hazard_pointer_clean_up();
            n->retire();
          }).aborted_saying(said));
  }
  SECTION("a copy of it is another object") {
    CHECK(in_child([] {
            auto* const n = new node;
            const std::atomic<node*> shared{n};
            auto h = lazyref::make_hazard_pointer();
            static_cast<void>(h.protect(shared));
            n->retire();
            auto* const copy = new node(*n);
            copy->retire();
            lazyref::hazard_pointer_clean_up();
          }).quiet());
  }
}

TEST_CASE("a deleter that gives away the hazard pointer in whose protection it runs stops the program") {
  const auto with_deleter = [](auto call, auto react) {
    return in_child([&] {
      auto h = lazyref::make_hazard_pointer();
      auto* const x = new reacting;
      std::atomic<reacting*> shared{x};
      expect(h.protect(shared) == x, "it is protected");
      shared = nullptr;
      x->retire(reacting_deleter{[&] { react(h); }});
      lazyref::hazard_pointer_clean_up();
      call(h);
      ::_exit(0);
    });
  };
  static node other;
  static std::atomic<node*> published{&other};
  const auto protect = [](auto& h) { static_cast<void>(h.protect(published)); };
  const auto try_protect = [](auto& h) {
    node* seen = &other;
    static_cast<void>(h.try_protect(seen, published));
  };
  const auto reset_protection = [](auto& h) { h.reset_protection(&other); };
  const auto destroy = [](auto& h) { const auto dies = std::move(h); };
  const auto destroy_and_make = [](auto& h) {
    h = lazyref::hazard_pointer();
    h = lazyref::make_hazard_pointer();  // it may well be the same one, and is not the same protection
  };
  const auto only_move = [](auto& h) { h.reset_protection(); };
  const char* const said = "detached or destroyed the slot, or the hazard pointer, of that call";
  CHECK(with_deleter(protect, destroy).aborted_saying(said));
  CHECK(with_deleter(try_protect, destroy).aborted_saying(said));
  CHECK(with_deleter(reset_protection, destroy).aborted_saying(said));
  CHECK(with_deleter(protect, destroy_and_make).aborted_saying(said));
  CHECK(with_deleter(protect, only_move).quiet());
  CHECK(with_deleter(try_protect, only_move).quiet());
  CHECK(with_deleter(reset_protection, only_move).quiet());
  CHECK(with_deleter([](auto& h) { h.reset_protection(); }, destroy).quiet());
}
