// SPDX-License-Identifier: BSL-1.0
//
// Frames of code above each other in one worker: code that calls the runtime, which protects other code in a nested
// scope. While a frame is there its code's memory is not given back, whatever is replaced, retired and flushed
// meanwhile. Beside each of these: the bare protect, which is seen to give it back.
#include <lazyref/code_space.hpp>
#include <lazyref/nested_protection.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "../support/code_script.hpp"
#include "../support/lazy_catch.hpp"

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::domain_options;
using lazyref::nested_protection;
using lazyref::policy;
using lazyref::reclaim;
using lazyref::strong_ref;

namespace {

using deferred = domain_options<policy::handoff, reclaim::deferred>;
using prompt = domain_options<policy::handoff, reclaim::prompt>;
struct growing : domain_options<> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};

// Code that is not executed: what it would do, `runs` does. `gone` is set when its memory is given back.
struct framed : lazyref::code_block<framed> {
  framed(unsigned char byte, std::atomic<int>& counter) noexcept : value(byte), gone(&counter) {}
  ~framed() { gone->fetch_add(1); }
  const unsigned char value;
  std::atomic<int>* const gone;
};

// Of one size all, so that memory which is given back is used by the next one.
template <class Options>
class code_world {
 public:
  using space_type = lazyref::code_space<framed, Options, quiet_code_system>;
  using slot_type = lazyref::lazy_slot<framed, Options>;
  static constexpr std::size_t size = 16;

  code_world(std::size_t functions, std::size_t slots, code_mapping mapping = code_mapping::dual)
      : shared(functions), gone(functions), space({8 * functions * code_page, 8 * functions, slots}, mapping) {
    for (std::size_t i = 0; i < functions; ++i) current_.emplace_back();
    for (std::size_t i = 0; i < functions; ++i) replace(i);
  }

  // Publishes the next version of it, retires the one before, and looks for what may be given back.
  void replace(std::size_t which) {
    auto draft = space.draft(size, static_cast<unsigned char>(++versions_), gone[which]);
    std::memset(draft.data(), draft->value, size);
    strong_ref<framed> next;
    if (!space.publish(draft, next)) std::abort();
    shared[which].store(next.get(), std::memory_order_release);
    space.retire(std::exchange(current_[which], std::move(next)));
    space.domain().flush();
  }
  // As often as it takes to use all memory that is free.
  void replace_all_twice() {
    for (std::size_t i = 0; i < 2 * shared.size(); ++i) replace(i % shared.size());
  }
  // The last code of all.
  void end() {
    for (auto& one : shared) one.store(nullptr, std::memory_order_relaxed);
    current_.clear();
    space.domain().flush();
  }

  std::deque<std::atomic<framed*>> shared;
  std::deque<std::atomic<int>> gone;
  space_type space;

 private:
  std::vector<strong_ref<framed>> current_;
  unsigned versions_ = 0;
};

// What a frame on the stack knows of its code: where it is, and what stood there.
struct frame {
  explicit frame(const framed& code) : at(static_cast<const unsigned char*>(code.entry())), value(*at) {}
  bool is_there() const { return *at == value; }
  const unsigned char* const at;
  const unsigned char value;
};

struct thrown {};

// To `depth` frames; at the innermost, `innermost` runs, which may throw. Returns the number of frames whose code was not
// there any more when their callee had ended, in whichever way.
template <class Options, class Innermost>
int run_frames(code_world<Options>& world, typename code_world<Options>::slot_type& slot, std::size_t level,
               bool is_nested, const Innermost& innermost) {
  const auto body = [&](const framed& code) {
    const frame mine(code);
    int lost = 0;
    struct look {
      ~look() { lost += !mine.is_there(); }
      const frame& mine;
      int& lost;
    };
    {
      const look when_it_ends{mine, lost};
      if (level + 1 != world.shared.size()) {
        lost += run_frames(world, slot, level + 1, is_nested, innermost);
      } else {
        innermost();
      }
    }
    return lost;
  };
  if (!is_nested) return body(*slot.protect(world.shared[level]));
  const nested_protection scope(slot, world.shared[level]);
  return body(*scope);
}

}  // namespace

TEMPLATE_TEST_CASE("code is not given back before its frame has ended, whatever its callees do to it", "[code]",
                   deferred, prompt, growing) {
  // As many slots as frames, and fewer.
  const std::size_t slots = GENERATE(1U, 2U, 5U);
  const code_mapping mapping = GENERATE(code_mapping::dual, code_mapping::flip);
  constexpr std::size_t depth = 5;
  code_world<TestType> world(depth, slots, mapping);
  auto slot = world.space.domain().attach();
  int given_back_early = 0;
  const auto innermost = [&] {
    world.replace_all_twice();
    // One version of each came and went; the one of the frame is there.
    for (const auto& one : world.gone) given_back_early += one.load() != 1;
  };
  CHECK(run_frames(world, slot, 0, true, innermost) == 0);
  CHECK(given_back_early == 0);
  CHECK(slot.active() == nullptr);
  world.space.domain().collect();
  for (const auto& one : world.gone) CHECK(one.load() == 2);
  CHECK(world.space.blocks_in_use() == depth);
  world.end();
  CHECK(world.space.blocks_in_use() == 0);
}

TEMPLATE_TEST_CASE("and with a bare protect for the callee it is given back under its frame", "[code]", deferred,
                   prompt, growing) {
  constexpr std::size_t depth = 5;
  code_world<TestType> world(depth, 5);
  auto slot = world.space.domain().attach();
  int given_back_early = 0;
  const auto innermost = [&] {
    world.replace_all_twice();
    for (const auto& one : world.gone) given_back_early += one.load() != 1;
  };
  // All but the innermost.
  CHECK(run_frames(world, slot, 0, false, innermost) == depth - 1);
  CHECK(given_back_early == depth - 1);
  slot.deactivate();
  world.end();
  CHECK(world.space.blocks_in_use() == 0);
}

TEMPLATE_TEST_CASE("an exception through nested frames leaves each of them its code, and the slot where it was",
                   "[code]", deferred, prompt, growing) {
  const std::size_t slots = GENERATE(1U, 2U, 5U);
  const bool is_nested = GENERATE(true, false);
  constexpr std::size_t depth = 5;
  code_world<TestType> world(depth, slots);
  auto slot = world.space.domain().attach();
  // A frame below those that the exception ends; it catches.
  int lost = 0;
  bool caught = false;
  const auto run = [&](const framed& code) {
    const frame mine(code);
    try {
      run_frames(world, slot, 1, is_nested, [&] {
        world.replace_all_twice();
        throw thrown();
      });
    } catch (const thrown&) {
      caught = true;
    }
    world.replace_all_twice();
    lost = !mine.is_there();
  };
  if (is_nested) {
    const nested_protection scope(slot, world.shared[0]);
    run(*scope);
    CHECK(slot.active() == scope.get());
    CHECK(lost == 0);
  } else {
    run(*slot.protect(world.shared[0]));
    CHECK(lost == 1);
  }
  CHECK(caught);
  slot.deactivate();
  world.end();
  CHECK(world.space.blocks_in_use() == 0);
}

TEST_CASE("a callee's code is given back when its own call has ended, and not with the frame below", "[code]") {
  code_world<deferred> world(2, 2);
  auto slot = world.space.domain().attach();
  const nested_protection caller(slot, world.shared[0]);
  for (int i = 1; i <= 3; ++i) {
    {
      const nested_protection callee(slot, world.shared[1]);
      world.replace(1);
      CHECK(world.gone[1].load() == i - 1);
    }
    CHECK(world.gone[1].load() == i);
  }
  world.replace(0);
  CHECK(world.gone[0].load() == 0);
  CHECK(slot.active() == caller.get());
}

TEST_CASE("workers in nested frames, while each of them replaces what the others are in", "[code]") {
  constexpr std::size_t depth = 4;
  constexpr std::size_t workers = 3;
  code_world<deferred> world(depth, workers * depth);
  std::atomic<bool> busy{false};
  std::atomic<int> lost{0};
  std::atomic<int> replaced{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) {
    threads.emplace_back([&] {
      auto slot = world.space.domain().attach();
      for (int n = 0; n < 300; ++n) {
        const int here = run_frames(world, slot, 0, true, [&] {
          if (busy.exchange(true)) return;
          world.replace_all_twice();
          replaced.fetch_add(1);
          busy.store(false);
        });
        lost.fetch_add(here);
      }
    });
  }
  for (std::thread& one : threads) one.join();
  CHECK(lost.load() == 0);
  CHECK(replaced.load() > 0);
  world.end();
  CHECK(world.space.blocks_in_use() == 0);
}
