// SPDX-License-Identifier: BSL-1.0
//
// What an activation costs, beside the same by hand and beside the count that it replaces.
#include <lazyref/domain.hpp>

#include "bench.hpp"

namespace {

struct object : lazyref::owner<object> {};
using prompt = lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::prompt>;

// lazy_slot's activate and deactivate without the library: no seam, no template, no handle.
struct alignas(lazyref::cache_line) words {
  std::atomic<object*> lazy{nullptr};
  std::atomic<object*> drop{nullptr};
};
[[gnu::noinline, gnu::cold]] void drain(words& w) { bench::sink(w.drop.exchange(nullptr, std::memory_order_acq_rel)); }

inline void activate(words& w, object* o) {
  if (w.lazy.load(std::memory_order_relaxed) != o) w.lazy.store(o, std::memory_order_release);
  if (__builtin_expect(w.drop.load(std::memory_order_relaxed) != nullptr, 0)) drain(w);
}
inline void deactivate(words& w) {
  w.lazy.store(nullptr, std::memory_order_release);
  if (__builtin_expect(w.drop.load(std::memory_order_relaxed) != nullptr, 0)) drain(w);
}

// A worker keeps its slot and its reference in its frame.
template <class Slot>
auto in_frame(Slot* slots, const lazyref::strong_ref<object>& reference) {
  return [slots, &reference](std::size_t n, unsigned thread) {
    Slot slot = std::move(slots[thread]);
    const lazyref::strong_ref<object> r = reference;
    for (; n != 0; --n) {
      slot.activate(r);
      bench::clobber();
      slot.deactivate();
      bench::clobber();
    }
    slots[thread].swap(slot);
  };
}

// They stand somewhere else, and are looked up each time: three loads more.
template <class Slot>
auto in_memory(Slot* slots, const lazyref::strong_ref<object>& reference) {
  return [slots, &reference](std::size_t n, unsigned thread) {
    Slot& slot = slots[thread];
    const lazyref::strong_ref<object>& r = reference;
    for (; n != 0; --n) {
      slot.activate(r);
      bench::clobber();
      slot.deactivate();
      bench::clobber();
    }
  };
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("activate", argc, argv);
  const unsigned threads = program.how.threads;

  lazyref::lazy_domain<object> domain(threads);
  lazyref::lazy_domain<object, prompt> prompt_domain(threads);
  const lazyref::strong_ref<object> reference = domain.make();
  const lazyref::strong_ref<object> prompt_reference = prompt_domain.make();
  std::vector<lazyref::lazy_slot<object>> slots;
  std::vector<lazyref::lazy_slot<object, prompt>> prompt_slots;
  std::vector<words> by_hand_words(threads);
  struct alignas(lazyref::cache_line) {
    std::atomic<std::size_t> count{1};
  } counter;
  for (unsigned t = 0; t < threads; ++t) {
    slots.push_back(domain.attach());
    prompt_slots.push_back(prompt_domain.attach());
  }

  const auto by_hand = [w = by_hand_words.data(), o = reference.get()](std::size_t n, unsigned thread) {
    words& mine = w[thread];
    object* const it = o;
    for (; n != 0; --n) {
      activate(mine, it);
      bench::clobber();
      deactivate(mine);
      bench::clobber();
    }
  };
  // No look before the store, and one look for both moves: less than the protocol needs.
  const auto bare = [w = by_hand_words.data(), o = reference.get()](std::size_t n, unsigned thread) {
    words& mine = w[thread];
    object* const it = o;
    for (; n != 0; --n) {
      mine.lazy.store(it, std::memory_order_release);
      bench::clobber();
      deactivate(mine);
      bench::clobber();
    }
  };
  const auto counted = [c = &counter.count](std::size_t n, unsigned) {
    std::atomic<std::size_t>& count = *c;
    for (; n != 0; --n) {
      count.fetch_add(1, std::memory_order_relaxed);
      bench::clobber();
      bench::sink(count.fetch_sub(1, std::memory_order_acq_rel));
    }
  };

  const auto ask = [&](bench::race race, double than_counter) {
    const std::size_t lazy = race.add("lazy_slot, activate + deactivate", in_frame(slots.data(), reference));
    race.add("the same, the handles in memory", in_memory(slots.data(), reference));
    race.add("the same, reclaim::prompt", in_frame(prompt_slots.data(), prompt_reference));
    const std::size_t same = race.add("by hand", by_hand);
    race.add("by hand, two stores, one load, one branch", bare);
    const std::size_t count = race.add("one counter, fetch_add + fetch_sub", counted);
    race.at_most(1.25, lazy, same);
    race.at_least(than_counter, lazy, count, same);
    race.run();
  };
  ask(bench::race(program, "one thread"), 15);
  if (std::thread::hardware_concurrency() >= threads && threads > 1) {
    ask(bench::race(program, std::to_string(threads) + " threads on one object", threads), 80);
  } else {
    program.left_out("activate: threads that run at the same time need a CPU each");
  }
  return program.status();
}
