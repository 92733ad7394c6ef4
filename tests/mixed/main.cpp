// SPDX-License-Identifier: BSL-1.0
//
// A program of two units that were built in different ways. What each unit does, the other one undoes. Linked with
// duels.cpp alone, only the duels.
//
//   main                       everything, and each of the two in either role
//   main filter NAME           the first unit alone; then membarrier fails, with EPERM or ENOSYS; then everything
//   main chosen                the first unit chooses full fences; then everything
//   main names                 how the units were built, the first one first
//   main misuse 0|1 WHAT       the first or the second unit misuses the library
//   main control MS            how often two compiler barriers, and a full fence against one, are seen to go wrong
//   main refused NAME PROGRAM ARGUMENTS...   exec of the program where membarrier fails
//
// Exit status: 0 as it must be, 1 it was not, 77 this host does not let us look.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "../support/fence_child.hpp"
#include "mixed.hpp"

#if defined(__has_include)
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#endif

namespace mixed {

std::atomic<int> living{0};
void (*at_end)(int value) noexcept = nullptr;

namespace {

std::mutex memory_mutex;
std::vector<void*>& free_blocks() {
  static auto* const blocks = new std::vector<void*>;
  return *blocks;
}

part* parts[2];
const fighter* fighters[2];
int joined = 0, joined_fighters = 0;

}  // namespace

void* take_memory(std::size_t size) {
  if (size > block_size) wrong("an object is larger than a block");
  void* block = nullptr;
  {
    const std::lock_guard<std::mutex> lock(memory_mutex);
    if (!free_blocks().empty()) {
      block = free_blocks().back();
      free_blocks().pop_back();
    }
  }
  if (block == nullptr) block = std::aligned_alloc(64, block_size);
  if (block == nullptr) wrong("no memory");
  ASAN_UNPOISON_MEMORY_REGION(block, block_size);
  return block;
}

void give_memory(void* block) noexcept {
  const std::lock_guard<std::mutex> lock(memory_mutex);
  std::memset(block, 0xdd, block_size);
  ASAN_POISON_MEMORY_REGION(block, block_size);
  free_blocks().push_back(block);
}

bool join(part& p) noexcept {
  if (joined == 2) wrong("more than two units");
  parts[joined++] = &p;
  return true;
}
bool join(const fighter& f) noexcept {
  if (joined_fighters == 2) wrong("more than two units");
  fighters[joined_fighters++] = &f;
  return true;
}

}  // namespace mixed

namespace {

using namespace mixed;
using std::chrono::milliseconds;

#define LAZYREF_TEST_LINE(line) #line
#define LAZYREF_TEST_WRONG(line, condition) "main.cpp:" LAZYREF_TEST_LINE(line) ": not true: " condition
#define EXPECT(condition) \
  if (!(condition)) wrong(LAZYREF_TEST_WRONG(__LINE__, #condition))

void hazards(part& x, part& y, world& w) {
  // The box: a new value while somebody is on the old one.
  x.set_box(w, 1);
  struct context {
    part& other;
    world& shared;
  } c{x, w};
  const auto reload = [](void* p) {
    static_cast<context*>(p)->other.set_box(static_cast<context*>(p)->shared, 2);
    static_cast<context*>(p)->other.clean_up();
  };
  EXPECT(y.get_box(w, reload, &c) == 1);
  EXPECT(y.get_box(
             w, [](void*) {}, nullptr) == 2);
  x.clear_box(w);
  EXPECT(living == 0);

  // One protects, the other retires, also far more than wait for one scan.
  x.make_hazard(w, 0);
  y.put_node(w, 10);
  EXPECT(x.protect_node(w, 0) == 10);
  y.put_node(w, 11);
  y.clean_up();
  EXPECT(living == 2);
  y.retire_nodes(w, 300);
  y.clean_up();
  x.clean_up();
  EXPECT(living == 2 && x.protected_node(w, 0) == 10);
  // Another hazard pointer on another node; both end in the unit that did not make them.
  y.make_hazard(w, 1);
  EXPECT(y.protect_node(w, 1) == 11);
  x.put_node(w, 12);
  x.clean_up();
  EXPECT(living == 3);
  EXPECT(x.protected_node(w, 1) == 11 && y.protected_node(w, 0) == 10);
  y.reset_node(w, 0);
  EXPECT(living == 2);
  EXPECT(y.protect_node(w, 0) == 12);
  x.move_hazard(w, 1, 2);
  EXPECT(y.protected_node(w, 2) == 11);
  y.move_hazard(w, 0, 2);  // gives up 11
  EXPECT(living == 1);
  y.put_node(w, 0);
  x.clean_up();
  EXPECT(living == 1 && x.protected_node(w, 2) == 12);
  x.end_hazard(w, 2);
  EXPECT(living == 0);
  // What one retires, the other one's clean-up reclaims.
  x.retire_nodes(w, 3);
  y.clean_up();
  EXPECT(living == 0);
}

void lazy(part& x, part& y, world& w, kind k) {
  // Slots of one domain, with a number each.
  const std::size_t first = x.attach(w, k, 0);
  EXPECT(y.attach(w, k, 1) != first);

  // One protects, the other unpublishes and drops.
  x.make(w, k, 0, 1);
  x.publish(w, k, 0);
  EXPECT(y.protect(w, k, 1) == 1);
  x.unpublish(w, k);
  x.drop(w, k, 0);
  x.make(w, k, 0, 2);
  EXPECT(y.active(w, k, 1) == 1);
  x.deactivate(w, k, 1);
  EXPECT(living == 1);

  // One activates, the other drops; likewise by retire and flush.
  x.activate(w, k, 0, 0);
  y.drop(w, k, 0);
  EXPECT(x.active(w, k, 0) == 2);
  y.make(w, k, 1, 3);
  y.activate(w, k, 0, 1);
  EXPECT(living == 1);
  x.retire(w, k, 1);
  y.flush(w, k);
  EXPECT(living == 1 && y.active(w, k, 0) == 3);
  for (int i = 0; i < 5; ++i) {
    x.make(w, k, 1, 100 + i);
    x.retire(w, k, 1);
  }
  y.flush(w, k);
  EXPECT(living == 1);
  y.detach(w, k, 0);
  EXPECT(living == 0);

  // Parked by one: taken back by the other, or resumed by it.
  y.attach(w, k, 0);
  y.make(w, k, 0, 4);
  y.activate(w, k, 0, 0);
  x.park(w, k, 0);
  EXPECT(y.active(w, k, 0) == -1);
  EXPECT(y.resume(w, k, 0) == 4);
  y.park(w, k, 0);
  x.drop(w, k, 0);
  EXPECT(living == 0);
  EXPECT(y.resume(w, k, 0) == -1);
  x.poll(w, k, 0);

  // Scopes that one begins and the other ends.
  x.make(w, k, 0, 5);
  x.make(w, k, 1, 6);
  y.make(w, k, 2, 7);
  y.activate(w, k, 0, 0);
  x.begin_scope(w, k, 0, 0, 1);
  y.drop(w, k, 0);
  y.begin_scope(w, k, 1, 0, 2);
  x.drop(w, k, 1);
  x.drop(w, k, 2);
  EXPECT(living == 3 && x.active(w, k, 0) == 7);
  x.end_scope(w, k, 1);
  EXPECT(living == 2 && y.active(w, k, 0) == 6);
  y.end_scope(w, k, 0);
  EXPECT(living == 1 && x.active(w, k, 0) == 5);
  // The slot is nobody's loan any more, for either unit.
  x.park(w, k, 0);
  y.resume(w, k, 0);
  y.deactivate(w, k, 0);
  EXPECT(living == 0);

  // A disposer that runs in one unit's call gives the slot away in the other unit.
  static part* inside;
  static world* around;
  static kind of;
  inside = &y, around = &w, of = k;
  x.make(w, k, 0, 8);
  x.activate(w, k, 0, 0);
  x.drop(w, k, 0);
  at_end = [](int) noexcept {
    inside->detach(*around, of, 0);
    inside->attach(*around, of, 0);
  };
  x.deactivate(w, k, 0);
  at_end = nullptr;
  EXPECT(living == 0);
  y.make(w, k, 0, 9);
  y.activate(w, k, 0, 0);
  EXPECT(x.active(w, k, 0) == 9);
  x.drop(w, k, 0);

  // Detached by those that did not attach.
  x.detach(w, k, 0);
  x.detach(w, k, 1);
  x.collect(w, k);
  EXPECT(living == 0);
}

void per_cpu(part& x, part& y, world& w) {
  x.make_on_cpu(w, 0, 1);
  y.claim(w, 0, 0);
  x.claim(w, 1, 0);
  x.drop_on_cpu(w, 0);
  y.make_on_cpu(w, 0, 2);
  EXPECT(x.claimed(w, 0) == 1 && y.claimed(w, 1) == 1);
  x.release(w, 0);
  EXPECT(living == 2 && y.claimed(w, 1) == 1);
  y.release(w, 1);
  EXPECT(living == 1);
  y.drop_on_cpu(w, 0);
  EXPECT(living == 0);
}

// One step after the other: `x` builds, `y` demolishes.
void steps(part& x, part& y) {
  world* const w = x.build();
  hazards(x, y, *w);
  for (kind k : {kind::later, kind::at_once}) lazy(x, y, *w, k);
  per_cpu(x, y, *w);
  y.demolish(w);
  EXPECT(living == 0);
}

// Both at the same time: each uses what the other replaces.
void threads(part& x, part& y, milliseconds time) {
  world* const w = y.build();
  for (kind k : {kind::later, kind::at_once}) {
    x.make(*w, k, 0, 1);
    x.publish(*w, k, 0);
  }
  x.make_on_cpu(*w, 0, 1);
  std::atomic<bool> stop{false};
  {
    std::vector<std::thread> all;
    for (part* p : {&x, &y}) {
      all.emplace_back([&, p] { p->use_all(*w, stop); });
      all.emplace_back([&, p] { p->replace_all(*w, stop); });
    }
    std::this_thread::sleep_for(time);
    stop = true;
    for (std::thread& t : all) t.join();
  }
  y.end_all(*w);
  x.end_all(*w);
  EXPECT(living == 0);
  x.demolish(w);
}

template <class Left, class Right>
score meet(Left left, Right right) {
  duel d;
  score result{};
  std::thread first([&] { result = left(d, 0); });
  std::thread second([&] { right(d, 1); });
  first.join();
  second.join();
  return result;
}

void end_duel(const char* what, const fighter& x, const fighter& y, const score& s) {
  std::printf("%s: %zu of %zu rounds\n", what, s.violations, s.rounds);
  if (s.violations == 0) return;
  std::printf("%s against %s\n", x.name, y.name);
  wrong("in a duel both have missed what the other did");
}

// The light fence of one unit and the heavy one of the other.
void fences(const fighter& x, const fighter& y, milliseconds time) {
  end_duel("fences", x, y,
           meet([&](duel& d, unsigned me) { return x.light(d, me, time); },
                [&](duel& d, unsigned me) { return y.heavy(d, me, time); }));
}

// One protects what the other retires.
void protections(const fighter& x, const fighter& y, milliseconds time) {
  arena* const a = y.build();
  y.furnish(*a);
  end_duel("hazard pointers", x, y,
           meet([&](duel& d, unsigned me) { return x.protect_node(*a, d, me, time); },
                [&](duel& d, unsigned me) { return y.retire_node(*a, d, me, time); }));
  x.furnish(*a);
  end_duel("lazy domain", x, y,
           meet([&](duel& d, unsigned me) { return x.protect_rules(*a, d, me, time); },
                [&](duel& d, unsigned me) { return y.retire_rules(*a, d, me, time); }));
  x.demolish(a);
}

// With the other halves alone: the duels.
void everything() {
  const char* const ms = std::getenv("LAZYREF_TEST_MS");
  const milliseconds time(ms != nullptr ? std::atoi(ms) : 20);
  for (int i : {0, 1}) {
    fences(*fighters[i], *fighters[1 - i], joined == 0 ? time : time / 4);
    if (joined == 0) protections(*fighters[i], *fighters[1 - i], time);
  }
  if (joined == 0) return;
  steps(*parts[0], *parts[1]);
  steps(*parts[1], *parts[0]);
  threads(*parts[0], *parts[1], time);
}

void compiler_barrier() { __asm__ volatile("" ::: "memory"); }

int error_by_name(const char* name) { return std::strcmp(name, "ENOSYS") == 0 ? ENOSYS : EPERM; }

bool refuse(const char* name) {
  return lazyref_test::filter_membarrier(lazyref_test::answer_errno(error_by_name(name)));
}

void say(const char* what) {
  std::printf("%s\n", what);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const auto is = [&](const char* name, int arguments) {
    return argc >= 2 + arguments && std::strcmp(argv[1], name) == 0;
  };
  if (is("refused", 2)) {
    if (!lazyref_test::kernel_has(8) || !refuse(argv[2])) return 77;
    ::execv(argv[3], argv + 3);
    return 1;
  }
  if (is("control", 1)) {
    const milliseconds time(std::atoi(argv[2]));
    const score s =
        meet([&](duel& d, unsigned me) { return store_and_load(d, me, time, [](std::size_t) { compiler_barrier(); }); },
             [&](duel& d, unsigned me) {
               return store_and_load(d, me, time, [](std::size_t) {
                 (void)::getppid();
                 std::atomic_thread_fence(std::memory_order_seq_cst);
               });
             });
    std::printf("%zu violations in %zu rounds\n", s.violations, s.rounds);
    return 0;
  }
  say("main");
  if ((joined != 2 && joined != 0) || joined_fighters != 2) wrong("two units are wanted");
  if (joined == 2 && std::strcmp(fighters[0]->name, parts[0]->name()) != 0) std::swap(fighters[0], fighters[1]);
  if (is("names", 0)) {
    std::printf("%s; %s\n", fighters[0]->name, fighters[1]->name);
    return 0;
  }
  if (argc > 1 && joined == 0) wrong("the duels need no arguments");
  if (is("misuse", 2)) {
    part& p = *parts[argv[2][0] - '0'];
    part& other = *parts['1' - argv[2][0]];
    world* const w = p.build();
    p.misuse(*w, argv[3], other);
    say("not reported");
    other.demolish(w);
    say("done");
    return 0;
  }
  if (is("filter", 1)) {
    steps(*parts[0], *parts[0]);
    if (!refuse(argv[2])) return 77;
    say("filtered");
    // Retired objects wait where a heavy fence fails; the bare fence has nothing to wait for.
    for (part* p : parts) p->heavy();
    steps(*parts[1], *parts[1]);
  } else if (is("chosen", 0)) {
    parts[0]->choose_full_fences();
  }
  everything();
  say("done");
}
