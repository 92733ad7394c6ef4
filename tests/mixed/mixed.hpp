// SPDX-License-Identifier: BSL-1.0
//
// What the units of one program and its main have in common, and what knows nothing of lazyref: memory that is used
// again at once, what a reader checks of an object, a round of store buffering, and the steps that a unit can take.
#pragma once

#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <thread>

namespace mixed {

// Ends the program with status 1.
[[noreturn]] inline void wrong(const char* what) noexcept {
  std::printf("WRONG: %s\n", what);
  std::fflush(nullptr);
  ::_exit(1);
}

// Memory for one object. What is given back first is what is taken last: an address returns at once. What is free is
// poisoned: AddressSanitizer reports an access, and a mark that is read there is not `alive`.
inline constexpr std::size_t block_size = 256;
void* take_memory(std::size_t size);
void give_memory(void* block) noexcept;

extern std::atomic<int> living;             // objects with a mark
extern void (*at_end)(int value) noexcept;  // called by the end of an object, if it is not null

// What a reader checks of an object that it is on.
class mark {
 public:
  explicit mark(int value) noexcept : state_(alive), value_(value) { ++living; }
  mark(const mark&) = delete;
  mark& operator=(const mark&) = delete;
  ~mark() {
    const int value = read();
    state_.store(dead, std::memory_order_relaxed);
    --living;
    if (at_end != nullptr) at_end(value);
  }

  int read() const noexcept {
    const int value = value_.load(std::memory_order_relaxed);
    if (state_.load(std::memory_order_relaxed) != alive) wrong("an object is used after its end");
    return value;
  }

 private:
  static constexpr unsigned alive = 0x600d600d, dead = 0xdeaddead;
  std::atomic<unsigned> state_;
  std::atomic<int> value_;
};

// Two threads do something at nearly the same time, in rounds. What a round has to show is whether both have missed
// what the other one did.
struct duel {
  struct alignas(128) word {
    std::atomic<std::size_t> value{0};
  };
  struct side {
    word turn, done, value;
    alignas(128) bool old[2] = {};
  };
  side sides[2];
  word ballast[32], more[16];
  std::atomic<std::size_t> last{0};
  std::atomic<int> lead{0};  // for how many turns side 0 waits in a round; if it is negative, side 1
};

// Keeps the calling thread on the n-th CPU that it may run on, if there are so many.
inline void pin(unsigned n) noexcept {
  cpu_set_t may;
  if (::sched_getaffinity(0, sizeof may, &may) != 0) return;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &may) || n-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)::sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

struct score {
  std::size_t rounds, violations;
};

inline void wait_for(const duel::word& w, std::size_t round) noexcept {
  for (unsigned spin = 0; w.value.load(std::memory_order_acquire) < round; ++spin) {
    if (spin > 4096) std::this_thread::yield();
  }
}

// Stores to lines that the other side has just had go slowly, and hold up the store that follows.
template <std::size_t N>
void write(duel::word (&ballast)[N], std::size_t round) noexcept {
  for (duel::word& w : ballast) w.value.store(round, std::memory_order_relaxed);
}

// One side of it: side 0 is the one with the light fence, and counts. In each round prepare(round), then, when both
// have done that, bool body(round): whether it has missed what the other side's does. (There is no meeting after it:
// that would make them too equal to miss each other.)
template <class Prepare, class Body>
score fight(duel& d, unsigned me, std::chrono::milliseconds time, Prepare prepare, Body body) {
  pin(me);
  duel::side& mine = d.sides[me];
  duel::side& other = d.sides[1 - me];
  const auto end = std::chrono::steady_clock::now() + time;
  score result{0, 0};
  int step = 0;
  for (std::size_t round = 1;; ++round) {
    prepare(round);
    if (me == 0 && round % 64 == 0 && std::chrono::steady_clock::now() >= end)
      d.last.store(round, std::memory_order_relaxed);
    mine.turn.value.store(round, std::memory_order_release);
    wait_for(other.turn, round);
    if (me == 0) {
      const bool left = mine.old[(round - 1) % 2], right = other.old[(round - 1) % 2];
      result.violations += left && right;
      // Who misses the other is too early, and waits longer from then on; the more, the more often in a row.
      if (left != right) {
        const int sign = left ? 1 : -1;
        step = step * sign > 0 ? step + step / 4 + sign : sign;
        if (step * sign > 1000) step = 1000 * sign;
        d.lead.store(d.lead.load(std::memory_order_relaxed) + step, std::memory_order_relaxed);
      }
    }
    if (d.last.load(std::memory_order_relaxed) == round) return result;
    result.rounds = round;
    write(d.ballast, round);
    const int lead = d.lead.load(std::memory_order_relaxed);
    for (int i = (me == 0 ? lead : -lead) + static_cast<int>((round >> (4 * me)) & 15); i > 0; --i)
      __asm__ volatile("" ::: "memory");
    if (me == 0) write(d.more, round);
    mine.old[round % 2] = body(round);
    if (me == 1) write(d.more, round);
  }
}

// Store buffering: of "store; fence; load" on each side, at most one reads old.
template <class Fence>
score store_and_load(duel& d, unsigned me, std::chrono::milliseconds time, Fence fence) {
  return fight(
      d, me, time, [](std::size_t) {},
      [&, me](std::size_t round) {
        d.sides[me].value.value.store(round, std::memory_order_relaxed);
        fence(round);
        return d.sides[1 - me].value.value.load(std::memory_order_relaxed) < round;
      });
}

// How a unit is built.
#define LAZYREF_TEST_TEXT(x) LAZYREF_TEST_STRING(x)
#define LAZYREF_TEST_STRING(x) #x
#define LAZYREF_TEST_NAME "mode " LAZYREF_TEST_TEXT(LAZYREF_FENCE_MODE) ", checks " LAZYREF_TEST_TEXT(LAZYREF_CHECKS)

// The objects that the units share: the user's types, with lazyref's inside (shared.hpp).
struct world;

// Which of its domains: reclaim::deferred, reclaim::prompt.
enum class kind { later, at_once };

// What one unit does. Nothing of lazyref is in a signature. `slot`, `ref`, `hazard`, `claim` and `scope` are numbers of
// what stands in the world, less than 4. What returns an int returns the value of an object, or -1 if there is none.
class part {
 public:
  virtual const char* name() const noexcept = 0;

  virtual world* build() = 0;
  virtual void demolish(world*) = 0;

  // A third party's class that has hazard pointers inside.
  virtual void set_box(world&, int value) = 0;
  virtual int get_box(world&, void (*during)(void*), void* context) = 0;
  virtual void clear_box(world&) = 0;

  // Hazard pointers, and one shared pointer that they protect from.
  virtual void make_hazard(world&, int hazard) = 0;
  virtual void end_hazard(world&, int hazard) = 0;
  virtual void move_hazard(world&, int from, int to) = 0;
  virtual int protect_node(world&, int hazard) = 0;
  virtual int protected_node(world&, int hazard) = 0;
  virtual void reset_node(world&, int hazard) = 0;
  virtual void put_node(world&, int value) = 0;  // retires the one of before; 0 for none
  virtual void retire_nodes(world&, int n) = 0;  // that nobody has seen
  virtual void clean_up() = 0;
  virtual void heavy() = 0;  // the bare fence

  // Lazy domains, and one shared pointer each.
  virtual void make(world&, kind, int ref, int value) = 0;
  virtual void drop(world&, kind, int ref) = 0;
  virtual void retire(world&, kind, int ref) = 0;
  virtual void flush(world&, kind) = 0;
  virtual void publish(world&, kind, int ref) = 0;
  virtual void unpublish(world&, kind) = 0;
  virtual std::size_t attach(world&, kind, int slot) = 0;
  virtual void detach(world&, kind, int slot) = 0;
  virtual void activate(world&, kind, int slot, int ref) = 0;
  virtual void deactivate(world&, kind, int slot) = 0;
  virtual int active(world&, kind, int slot) = 0;
  virtual int protect(world&, kind, int slot) = 0;
  virtual void park(world&, kind, int slot) = 0;
  virtual int resume(world&, kind, int slot) = 0;
  virtual void poll(world&, kind, int slot) = 0;
  virtual void collect(world&, kind) = 0;
  virtual void begin_scope(world&, kind, int scope, int slot, int ref) = 0;
  virtual void end_scope(world&, kind, int scope) = 0;

  // A per-CPU domain.
  virtual void make_on_cpu(world&, int ref, int value) = 0;
  virtual void drop_on_cpu(world&, int ref) = 0;
  virtual void claim(world&, int claim, int ref) = 0;
  virtual int claimed(world&, int claim) = 0;
  virtual void release(world&, int claim) = 0;

  virtual void choose_full_fences() = 0;

  // All of it at the same time, in threads.
  virtual void use_all(world&, const std::atomic<bool>& stop) = 0;
  virtual void replace_all(world&, const std::atomic<bool>& stop) = 0;
  virtual void end_all(world&) = 0;

  // Returns if the misuse is not looked for. `other` takes the first step where there are two.
  virtual void misuse(world&, const char* what, part& other) = 0;

 protected:
  ~part() = default;
};

// What a unit can do in a duel (duels.cpp): the bare fence pair; and one that protects against one that retires, by
// hazard pointers and in a lazy domain.
struct arena;
struct fighter {
  const char* name;
  score (*light)(duel&, unsigned me, std::chrono::milliseconds);
  score (*heavy)(duel&, unsigned me, std::chrono::milliseconds);
  arena* (*build)();
  void (*furnish)(arena&);  // makes the hazard pointer and the slot
  void (*demolish)(arena*);
  score (*protect_node)(arena&, duel&, unsigned me, std::chrono::milliseconds);
  score (*retire_node)(arena&, duel&, unsigned me, std::chrono::milliseconds);
  score (*protect_rules)(arena&, duel&, unsigned me, std::chrono::milliseconds);
  score (*retire_rules)(arena&, duel&, unsigned me, std::chrono::milliseconds);
};

// Called by each unit before main: in the order in which they are linked, if they are not optimised together.
bool join(part&) noexcept;
bool join(const fighter&) noexcept;

}  // namespace mixed
