// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of memory for code: the map of what is taken (block_map.hpp) under its tree (run_tree.hpp), the index of
// blocks (code/index.hpp), and memory's way through a code_space from one block to the next. A cell stands for each piece
// of memory: to write it is to write code, to read it is to run code.
// Caches and what cores have fetched are no matter of this model.
#pragma once

#include <optional>
#include <utility>

#include "../support/idle_code_memory.hpp"
#include "fixtures.hpp"
#include "lazyref/code_space.hpp"

namespace model::scenarios {

template <class Body>
auto drafter(Body body) {
  return named("drafter", std::move(body));
}

// --- run_tree.hpp ---

// The border between the first two words of a map lies between places 0 and 1 of these if Before is this.
inline constexpr std::size_t before_border = sizeof(std::uintptr_t) * 8 - 1;
// And that between the first two groups, each with a mark.
inline constexpr std::size_t before_group = lazyref::detail::block_map<model_sync>::group_places - 1;

// N places, after so many that are taken for ever. Whoever takes a place writes its name there.
template <std::size_t N, std::size_t Before = 0>
struct places {
  using tree_type = lazyref::detail::run_tree<model_sync>;
  static constexpr std::size_t none = tree_type::none;
  tree_type map;
  cell<int> memory[N];

  places() {
    require(map.allocate(0, Before + N), "there is no memory");
    if (Before != 0) require(find_and_take(Before) == 0, "the first place is not the first that is taken");
  }

  std::size_t find_and_take(std::size_t n) {
    map.take_over();
    lazyref::detail::run_search search(n, 1);
    const std::size_t first = map.find(search);
    if (first != none) map.take(first, n);
    return first;
  }
  std::size_t take(std::size_t n) {
    const std::size_t first = find_and_take(n);
    if (first == none) return none;
    require(first >= Before && first + n <= Before + N, "a place that was not free was taken");
    return first - Before;
  }
  void give_back(std::size_t first, std::size_t n = 1) { map.give_back(Before + first, n); }

  void write(std::size_t first, std::size_t n, int name) {
    for (std::size_t i = first; i < first + n; ++i) memory[i].write(name);
  }
  void finish(std::size_t taken) { require(map.taken() == Before + taken, "a place is lost, or free and in use"); }
};

// One gives a run back after its use; another one takes a run of as many places, or fewer, and has that use in its
// past.
template <std::size_t Given, std::size_t Taken, std::size_t Before>
void given_back_and_taken() {
  places<Given, Before> p;
  require(p.take(Given) == 0, "free places are not found");
  std::size_t taken = 0;
  parallel(worker([&] {
             p.write(0, Given, 1);
             p.give_back(0, Given);
           }),
           drafter([&] {
             const std::size_t first = p.take(Taken);
             if (first == p.none) return;
             for (std::size_t i = first; i < first + Taken; ++i)
               require(p.memory[i].read() == 1, "the use is not seen");
             p.write(first, Taken, 2);
             taken = Taken;
           }));
  p.finish(taken);
}

// Two give back what lies side by side; the run that is taken has the use of both in its past.
template <std::size_t Before>
void given_back_by_two() {
  places<2, Before> p;
  require(p.take(1) == 0 && p.take(1) == 1, "free places are not found");
  std::size_t taken = 0;
  const auto user = [&p](std::size_t place) {
    return worker([&p, place] {
      p.write(place, 1, 1);
      p.give_back(place);
    });
  };
  parallel(user(0), user(1), drafter([&] {
             if (p.take(2) == p.none) return;
             p.write(0, 2, 2);
             taken = 2;
           }));
  p.finish(taken);
}

// Two give back, while another one looks and takes nothing: after that, all of it is known to be free.
template <std::size_t Before>
void given_back_and_known() {
  places<2, Before> p;
  require(p.take(2) == 0, "free places are not found");
  parallel(worker([&] { p.give_back(0); }), worker([&] { p.give_back(1); }), drafter([&] { p.map.take_over(); }));
  require(p.take(2) == 0, "what was given back is not known to be free");
  p.finish(2);
}

// One takes while another one gives back in the same word: no bit is lost.
inline void taken_beside() {
  places<3> p;
  require(p.take(1) == 0, "free places are not found");
  std::size_t taken = 2;
  parallel(worker([&] {
             p.write(0, 1, 1);
             p.give_back(0);
           }),
           drafter([&] {
             const std::size_t first = p.take(2);
             require(first != p.none, "free places are not found");
             p.write(first, 2, 2);
             const std::size_t more = p.take(1);
             if (more == p.none) return;
             p.write(more, 1, 2);
             taken = 3;
           }));
  p.finish(taken);
}

// Two take, one at a time, use, and give back without asking: a place never has two owners.
// MUST FAIL without turns: both find the same place free.
template <bool Turns, std::size_t N, unsigned Rounds>
void taken_in_turns() {
  places<N> p;
  atomic<int> lock;
  label(lock, "lock");
  const auto run = [&](int name) {
    for (unsigned i = 0; i < Rounds; ++i) {
      if (Turns && lock.exchange(1, acquire) != 0) continue;
      const std::size_t place = p.take(1);
      if (Turns) lock.store(0, release);
      if (place == p.none) continue;
      p.write(place, 1, name);
      require(p.memory[place].read() == name, "a place has two owners");
      p.give_back(place);
    }
  };
  parallel(drafter([&] { run(1); }), drafter([&] { run(2); }));
  p.finish(0);
}

// MUST FAIL: given back before the use is over.
inline void given_back_too_early() {
  places<1> p;
  require(p.take(1) == 0, "free places are not found");
  parallel(worker([&] {
             p.give_back(0);
             p.write(0, 1, 1);
           }),
           drafter([&] {
             if (p.take(1) != p.none) p.write(0, 1, 2);
           }));
}

// --- code/index.hpp ---

// A block is looked up by who was published it, while its neighbour ends and its place becomes another block's: never
// none, and never another one. `Width`: places that the neighbour clears; more than 1 is a fault, and MUST FAIL.
template <std::size_t Width>
void looked_up() {
  lazyref::detail::code_index<model_sync> index(2, Width);
  atomic<int> published{0};
  label(published, "published");
  index.provide(0);
  index.set(0, 1, 7);
  parallel(worker([&] {
             const std::size_t early = index.at(1);  // perhaps before there is a table for it
             require(early == 5 || early == index.none, "what is not there is found");
             if (published.load(acquire) != 0) require(index.at(1) == 5, "another block, or none, is found");
           }),
           drafter([&] {
             index.provide(1);
             index.set(1, 1, 5);
             published.store(1, release);
           }),
           drafter([&] {
             index.clear(0, Width);
             index.set(0, 1, 9);
           }));
  require(index.at(0) == 9 && index.at(1) == 5 && index.at(2) == index.none, "the index is not what was written");
}

// --- code_space.hpp ---

// As little of a system as a code_space needs. It orders nothing. One thread drafts in each scenario: the lock for more
// of them is a std::mutex, which the checker does not know; `taken_in_turns` stands for that.
struct code_system : lazyref_test::idle_code_memory {
  static constexpr std::size_t piece = lazyref::cache_line;
  static inline unsigned char bytes[4 * piece];
  static inline cell<int>* description = nullptr;  // of the only block, where there is one only

  static std::size_t page() noexcept { return piece; }
  static result map(const place& at, views& all) noexcept {
    all.write = bytes;
    all.execute = bytes + at.bytes;
    return {};
  }
};

struct function : lazyref::code_block<function, model_sync> {
  const cell<int>* code = nullptr;

  function() noexcept {
    if (code_system::description != nullptr) code_system::description->write(1);
    ++alive;
  }
  ~function() {
    if (code_system::description != nullptr) code_system::description->write(0);
    --alive;
  }
  void run() const { require(code->read() != 0, "there is no code"); }
};

template <reclaim R, std::size_t Pieces, std::size_t Blocks>
struct functions {
  using options = lazyref::domain_options<policy::handoff, R, candidates::all>;
  using space_type = lazyref::code_space<function, options, code_system>;
  using draft = typename space_type::draft_type;
  using ref = lazyref::strong_ref<function>;

  cell<int> memory[Pieces];
  cell<int> description;
  struct fresh {
    explicit fresh(functions& f) {
      alive = 0;
      code_system::description = Blocks == 1 ? &f.description : nullptr;
    }
  } system{*this};
  space_type space;
  atomic<function*> source;

  explicit functions(std::initializer_list<lazyref::code_observer*> observers = {}, std::size_t slot_count = 1)
      : space({Pieces * code_system::piece, Blocks, slot_count}, observers) {
    label(source, "source");
  }

  static std::size_t piece(const draft& d) {
    return static_cast<std::size_t>(d.data() - code_system::bytes) / code_system::piece;
  }
  // A function, or none if there is no room. It takes `n` pieces.
  ref compile(std::size_t n = 1) {
    ref result;
    draft d = space.draft(n * code_system::piece);
    if (!d) return result;
    for (std::size_t i = 0; i < n; ++i) memory[piece(d) + i].write(1);
    d->code = &memory[piece(d)];
    require(static_cast<bool>(space.publish(d, result)), "it is not published");
    return result;
  }
  void give_up(ref& old) {
    space.domain().retire(std::move(old));
    space.domain().flush();
    space.domain().collect();
  }
  void finish() {
    require(alive == 0 && space.blocks_in_use() == 0 && space.bytes_in_use() == 0, "memory is left behind");
  }
};

// A worker runs what it finds, while it is replaced: by nothing (where there is room for one only), or by the next one.
// Then memory is asked for again, and written, and run by the worker if it comes late.
template <reclaim R, std::size_t Pieces, std::size_t Blocks>
void recompiled() {
  functions<R, Pieces, Blocks> f;
  auto s = f.space.domain().attach();
  auto first = f.compile();
  decltype(first) second, third;
  f.source.store(first.get(), relaxed);
  parallel(worker([&] {
             if (const function* const now = s.protect(f.source)) now->run();
             s.detach();
           }),
           drafter([&] {
             if (Pieces > 1 && Blocks > 1) second = f.compile();
             f.source.store(second.get(), release);
             f.space.domain().retire(std::move(first));
             third = f.compile();
             if (third) f.source.store(third.get(), release);
           }));
  f.source.store(nullptr, relaxed);
  f.give_up(second);
  f.give_up(third);
  f.finish();
}

// The end of a draft is given back, and taken for another block, while its beginning is being written.
// The other way round, a draft is given up unpublished: its memory is free at once.
template <bool GivenUp>
void shrunk() {
  functions<reclaim::deferred, 2, 2> f;
  auto d = f.space.draft(2 * code_system::piece);
  typename functions<reclaim::deferred, 2, 2>::ref code, other;
  f.memory[0].write(2);
  f.memory[1].write(2);
  parallel(worker([&] {
             f.memory[1].write(3);
             if (!GivenUp) require(bool(d.shrink(code_system::piece)), "shrink");
             f.memory[0].write(3);
             if (GivenUp) d = {};
           }),
           drafter([&] { other = f.compile(); }));
  if (d) require(static_cast<bool>(f.space.publish(d, code)), "it is not published");
  f.give_up(code);
  f.give_up(other);
  f.finish();
}

// The last block's end, and the end of the pool, which frees all that it has. One of two ends, and then both.
template <std::size_t Blocks>
void pool_ends() {
  using pool_type = lazyref::detail::code_pool<model_sync, code_system>;
  std::optional<pool_type> pool(std::in_place, lazyref::code_space_limits{Blocks * code_system::piece, Blocks, 1},
                                lazyref::code_mapping::dual);
  lazyref::detail::code_room room[Blocks];
  for (auto& one : room) require(static_cast<bool>(pool->take({code_system::piece}, one)), "there is no room");
  require(!pool->all_ended(), "what is taken has not ended");
  parallel(worker([&] {
             for (const auto& one : room) pool->give_back(one);
           }),
           named("owner", [&] {
             if (pool->all_ended()) pool.reset();
           }));
  require(!pool || pool->all_ended(), "what has ended is not seen");
}

// --- observers

// Told once that a block is there, and once that it is not.
struct witness : lazyref::code_observer {
  cell<int> published, reclaimed;

  void* code_published(const lazyref::code_event&) noexcept override {
    published.write(published.read() + 1);
    return this;
  }
  void code_reclaimed(const lazyref::code_event&, void* kept) noexcept override {
    require(kept == this, "what was kept is lost");
    reclaimed.write(reclaimed.read() + 1);
  }
};

// One block at a time, where `Blocks` is 1.
template <reclaim R, std::size_t Blocks>
struct observed : witness, functions<R, Blocks, Blocks> {
  explicit observed(std::size_t slot_count = 1) : functions<R, Blocks, Blocks>({this}, slot_count) {}
  void finish(int n) {
    this->space.tell_observers();
    require(published.read() == n && reclaimed.read() == n, "an observer was not told, or twice");
    functions<R, Blocks, Blocks>::finish();
  }
};

// A block waits for its observer to be told, and takes up all that there is. One thread tells; another one drafts, tells
// or waits for that, and has room.
inline void told_by_another() {
  observed<reclaim::deferred, 1> f;
  auto first = f.compile();
  decltype(first) second;
  f.give_up(first);
  parallel(named("teller", [&] { f.space.tell_observers(); }), drafter([&] {
             second = f.compile();
             require(static_cast<bool>(second), "there is no room, though nothing is in use");
           }));
  f.give_up(second);
  f.finish(2);
}

// The block ends in its worker's call, which tells nobody; the one that drafts does, if it comes later.
template <reclaim R>
void told_by_drafter() {
  observed<R, 1> f;
  auto s = f.space.domain().attach();
  auto first = f.compile();
  decltype(first) second;
  s.activate(first);
  f.give_up(first);
  parallel(worker([&] {
             s.active()->run();
             s.detach();
           }),
           drafter([&] { second = f.compile(); }));
  const int n = second ? 2 : 1;
  f.give_up(second);
  f.finish(n);
}

// Blocks end in two workers' calls: both are told of.
inline void told_of_two() {
  observed<reclaim::deferred, 2> f(2);
  decltype(f.compile()) code[2];
  decltype(f.space.domain().attach()) slot[2];
  for (int i = 0; i < 2; ++i) {
    code[i] = f.compile();
    slot[i] = f.space.domain().attach();
    slot[i].activate(code[i]);
    f.give_up(code[i]);
  }
  const auto leaves = [&](int i) { return worker([&slot, i] { slot[i].detach(); }); };
  parallel(leaves(0), leaves(1), named("teller", [&] { f.space.tell_observers(); }));
  f.finish(2);
}

// MUST FAIL: the code is returned into after the slot has left it.
inline void returned_into() {
  functions<reclaim::deferred, 1, 2> f;
  auto s = f.space.domain().attach();
  auto first = f.compile();
  s.activate(first);
  parallel(worker([&] {
             const cell<int>* const code = s.active()->code;
             s.detach();
             (void)code->read();
           }),
           drafter([&] {
             f.space.domain().retire(std::move(first));
             (void)f.compile();
           }));
}

}  // namespace model::scenarios
