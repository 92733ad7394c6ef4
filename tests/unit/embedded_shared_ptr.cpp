// SPDX-License-Identifier: BSL-1.0
//
// The embedded layer under std::shared_ptr: its last owner's deleter is the last user's departure, and an intrusive
// count that the object has anyway holds the memory. No base class of lazyref.
#include <atomic>
#include <memory>
#include <vector>

#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"

namespace {

struct code {
  explicit code(int& g, int n) : gone(g), number(n) {}
  ~code() { ++gone; }
  int& gone;
  int number;
  std::atomic<std::size_t> pins{1};
};

struct code_pins {
  static void take(code* c, std::size_t n) noexcept { c->pins.fetch_add(n, std::memory_order_relaxed); }
  static void give_up(code* c, std::size_t n) noexcept {
    if (c->pins.fetch_sub(n, std::memory_order_acq_rel) == n) delete c;
  }
};

struct interpreter {
  std::vector<lazyref::slot<code>> frames = std::vector<lazyref::slot<code>>(4);
  int gone = 0;

  std::shared_ptr<code> compile(int number) {
    return std::shared_ptr<code>(new code(gone, number), [this](code* c) noexcept {
      lazyref::last_user_left<code_pins>(c, [this](auto&& visit) {
        for (auto& frame : frames) visit(frame);
      });
    });
  }
};

}  // namespace

TEST_CASE("code stays while a frame runs it, after the last shared_ptr has gone") {
  interpreter one;
  auto hot = one.compile(1);
  lazyref::activate<code_pins>(one.frames[0], hot.get());
  lazyref::activate<code_pins>(one.frames[2], hot.get());
  auto copy = hot;
  hot.reset();
  CHECK(lazyref::detail::object_or_null(one.frames[0].drop.load()) == nullptr);
  copy.reset();
  CHECK(one.gone == 0);
  CHECK(one.frames[0].lazy.load()->number == 1);

  auto next = one.compile(2);
  lazyref::activate<code_pins>(one.frames[0], next.get());
  CHECK(one.gone == 0);
  lazyref::deactivate<code_pins>(one.frames[2]);
  CHECK(one.gone == 1);
  lazyref::deactivate<code_pins>(one.frames[0]);
  next.reset();
  CHECK(one.gone == 2);
}

TEST_CASE("activation does not touch a shared_ptr's count") {
  interpreter one;
  auto hot = one.compile(1);
  lazyref::activate<code_pins>(one.frames[1], hot.get());
  CHECK(hot.use_count() == 1);
  CHECK(hot->pins == 1);
  lazyref::deactivate<code_pins>(one.frames[1]);
}
