// SPDX-License-Identifier: BSL-1.0
//
// L1: what it costs to use an object that has an owner: an activation, beside the same by hand, beside the count that
// it replaces, and beside what else one would count with; by one thread and by several, of one object and of 64 that
// all threads walk through.
#include <lazyref/domain.hpp>

#include "bench.hpp"
#include "users.hpp"

namespace {

struct object : lazyref::owner<object> {};

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

// Everything in registers: what the library adds to the protocol.
void beside_by_hand(bench::program& program, unsigned threads) {
  lazyref::lazy_domain<object> domain(std::max<std::size_t>(program.how.slots, threads));
  lazyref::lazy_domain<object, bench::prompt> prompt_domain(std::max<std::size_t>(program.how.slots, threads));
  const lazyref::strong_ref<object> reference = domain.make();
  const lazyref::strong_ref<object> prompt_reference = prompt_domain.make();
  std::vector<lazyref::lazy_slot<object>> slots;
  std::vector<lazyref::lazy_slot<object, bench::prompt>> prompt_slots;
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

  bench::race race(program, "beside by hand", threads);
  const std::size_t lazy = race.add("handoff", "lazy_slot, activate + deactivate", in_frame(slots.data(), reference));
  race.add("handoff_in_memory", "the same, the handles in memory", in_memory(slots.data(), reference));
  race.add("prompt", "the same, reclaim::prompt", in_frame(prompt_slots.data(), prompt_reference));
  const std::size_t same = race.add("by_hand", by_hand);
  race.add("by_hand_bare", "two stores, one load, one branch: too little", bare);
  const std::size_t count = race.add("count", "one counter, fetch_add + fetch_sub", counted);
  race.base(same);
  if (!race.is_oversubscribed()) {
    race.at_most(1.25, lazy, same);
    race.at_least(threads == 1 ? 15 : 80, lazy, count, same);
  }
  race.run();
}

template <class Worker, class Users>
auto uses(Users& users, std::size_t objects) {
  return [&users, objects](std::size_t n, unsigned thread) {
    Worker worker(users, thread);
    const std::size_t mask = objects - 1;  // a power of two
    // Each thread begins elsewhere, and jumps over neighbours, which the processor would fetch ahead.
    for (std::size_t i = thread * 16; n != 0; --n, i += 7) {
      worker.enter(i & mask);
      bench::clobber();
      worker.leave();
      bench::clobber();
    }
  };
}

void beside_others(bench::program& program, std::size_t objects, unsigned threads) {
  bench::in_slots<bench::handoff> by_handoff(objects, program.how.slots, threads);
  bench::in_slots<bench::prompt> by_prompt(objects, program.how.slots, threads);
  bench::in_slots<bench::refcounted> by_refcounted(objects, program.how.slots, threads);
  bench::by_count by_count(objects);
  bench::by_striped_count by_stripes(objects, threads);
  bench::by_shared_ptr by_shared_ptr(objects);
  bench::by_urcu_ref by_urcu_ref(objects);

  bench::race race(program, objects == 1 ? "one object" : std::to_string(objects) + " objects", threads);
  const auto add = [&](const char* name, const char* about, auto& users) {
    using worker = typename std::remove_reference_t<decltype(users)>::worker;
    return race.add(name, about, uses<worker>(users, objects));
  };
  const std::size_t count = add("count", "fetch_add + fetch_sub", by_count);
  add("handoff", "lazy_slot, activate + deactivate", by_handoff);
  add("prompt", "the same, reclaim::prompt", by_prompt);
  add("refcounted", "the same, policy::refcounted", by_refcounted);
  add("striped_count", "a counter for each thread", by_stripes);
  add("shared_ptr", "std::shared_ptr, copy + reset", by_shared_ptr);
  race.add("shared_ptr_load", "std::atomic_load(shared_ptr) + reset",
           uses<bench::by_shared_ptr::loading_worker>(by_shared_ptr, objects));
  const auto add_if_here = [&](auto& users) {
    if constexpr (std::remove_reference_t<decltype(users)>::is_here) {
      add("urcu_ref", "urcu_ref_get + urcu_ref_put", users);
    } else {
      program.left_out("activate: urcu_ref (Debian's liburcu-dev) is not here");
    }
  };
  add_if_here(by_urcu_ref);
  race.base(count);
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("activate", argc, argv);
  const bench::bystander second_thread;
  for (const unsigned threads : program.thread_counts({1, 2})) {
    if (threads > bench::cpus())
      program.left_out("activate: targets for " + std::to_string(threads) + " threads, which have no CPU each");
    beside_by_hand(program, threads);
  }
  for (const std::size_t objects : {std::size_t{1}, std::size_t{64}}) {
    for (const unsigned threads : program.thread_counts({1, 2, 4, 8})) beside_others(program, objects, threads);
  }
  return program.status();
}
