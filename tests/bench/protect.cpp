// SPDX-License-Identifier: BSL-1.0
//
// L3: what it costs to use what a shared pointer points to, without a user of one's own: through a slot, by hand, and
// with other libraries, by one thread and by several. The readers have no reference; nobody replaces the pointer.
//
// By epochs and urcu_memb a reader protects everything at once, and memory for an unbounded time; by counts it holds up
// nobody, but writes to the object.
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "bench.hpp"
#include "others.hpp"

namespace {

struct object : lazyref::owner<object> {};
struct node : lazyref::hazard_pointer_obj_base<node> {};
using prompt = lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::prompt>;

// A slot's protect and reset_protection without the library.
struct alignas(lazyref::cache_line) words {
  std::atomic<object*> lazy{nullptr};
  std::atomic<object*> drop{nullptr};
};
[[gnu::noinline, gnu::cold]] void drain(words& w) { bench::sink(w.drop.exchange(nullptr, std::memory_order_acq_rel)); }

// LAZYREF_FENCE_AUTO by hand: whether the kernel can do its part was found out at the start.
std::atomic<unsigned char> kernel_can{1};
void compiler_barrier() noexcept { bench::clobber(); }
void chosen_at_run_time() noexcept {
  if (__builtin_expect(kernel_can.load(std::memory_order_relaxed) != 1, 0))
    std::atomic_thread_fence(std::memory_order_seq_cst);
  bench::clobber();
}

template <void (*Fence)(), bool Looks = true>
auto by_hand(std::vector<words>& all, const std::atomic<object*>& source) {
  return [&all, &source](std::size_t n, unsigned thread) {
    words& mine = all[thread];
    const std::atomic<object*>& from = source;
    for (; n != 0; --n) {
      object* now = from.load(std::memory_order_relaxed);
      object* seen;
      do {
        seen = now;
        mine.lazy.store(seen, std::memory_order_release);
        Fence();
        now = from.load(std::memory_order_acquire);
      } while (__builtin_expect(now != seen, 0));
      if (Looks && __builtin_expect(mine.drop.load(std::memory_order_relaxed) != nullptr, 0)) drain(mine);
      bench::sink(seen);
      mine.lazy.store(nullptr, std::memory_order_release);
      if (Looks && __builtin_expect(mine.drop.load(std::memory_order_relaxed) != nullptr, 0)) drain(mine);
      bench::clobber();
    }
  };
}

// A worker keeps its handle in its frame.
template <class Handle, class T>
auto with(std::vector<Handle>& handles, const std::atomic<T*>& source) {
  return [&handles, &source](std::size_t n, unsigned thread) {
    Handle mine = std::move(handles[thread]);
    const std::atomic<T*>& from = source;
    for (; n != 0; --n) {
      bench::sink(mine.protect(from));
      mine.reset_protection();
      bench::clobber();
    }
    handles[thread].swap(mine);
  };
}

void ask(bench::program& program, unsigned threads) {
  const std::size_t slot_count = std::max<std::size_t>(program.how.slots, threads);
  lazyref::lazy_domain<object> domain(slot_count);
  lazyref::lazy_domain<object, prompt> prompt_domain(slot_count);
  const lazyref::strong_ref<object> reference = domain.make();
  const lazyref::strong_ref<object> prompt_reference = prompt_domain.make();
  const std::atomic<object*> source{reference.get()};
  const std::atomic<object*> prompt_source{prompt_reference.get()};
  node a_node;
  const std::atomic<node*> node_source{&a_node};
  std::vector<lazyref::lazy_slot<object>> slots;
  std::vector<lazyref::lazy_slot<object, prompt>> prompt_slots;
  std::vector<lazyref::hazard_pointer> hazards;
  std::vector<words> by_hand_words(threads);
  for (unsigned t = 0; t < threads; ++t) {
    slots.push_back(domain.attach());
    prompt_slots.push_back(prompt_domain.attach());
    hazards.push_back(lazyref::make_hazard_pointer());
  }

  bench::race race(program, "protect and the end of the protection", threads);
  const bool has_targets = threads == 1;  // the others have the same to do, beside a machine's noise
  const std::size_t lazy = race.add("slot", "lazy_slot", with(slots, source));
  race.add("slot_prompt", "lazy_slot, reclaim::prompt", with(prompt_slots, prompt_source));
  race.add("hazard_pointer", "lazyref::hazard_pointer", with(hazards, node_source));
  const std::size_t barrier = race.add("by_hand", "compiler barrier", by_hand<compiler_barrier>(by_hand_words, source));
  race.add("by_hand_bare", "the same, without looks for what was handed over",
           by_hand<compiler_barrier, false>(by_hand_words, source));
  std::size_t same = barrier;
  if (lazyref::build_mode != lazyref::fence_mode::required) {
    same = race.add("by_hand_auto", "fence chosen at run time", by_hand<chosen_at_run_time>(by_hand_words, source));
    if (has_targets) race.at_most(1.15, lazy, same);
  }
  if (has_targets) race.at_most(1.15, lazy, barrier, same);

  // `times`: how many times as fast the slot is to be, if that is a target.
  const auto against = [&](double times, const char* name, const char* about, const char* package, auto reader) {
    if constexpr (decltype(reader)::is_here) {
      const std::size_t other = race.add(name, about, [](std::size_t n, unsigned) { decltype(reader)::read(n); });
      if (has_targets && times != 0) race.at_least(times, lazy, other, same);
    } else {
      program.left_out(std::string("protect: ") + name + " (Debian's " + package + ") is not here");
    }
  };
  against(8, "xenium_hp", "xenium, hazard_pointer", "libxenium-dev", bench::xenium_hp{});
  against(0, "xenium_epoch", "xenium, epoch_based", "libxenium-dev", bench::xenium_epoch{});
  against(0, "xenium_ref_count", "xenium, lock_free_ref_count", "libxenium-dev", bench::xenium_ref_count{});
  against(8, "cds_hp", "libcds, HP", "libcds-dev", bench::cds_hp{});
  against(0, "cds_dhp", "libcds, DHP", "libcds-dev", bench::cds_dhp{});
  against(8, "ck_hp", "Concurrency Kit, ck_hp", "libck-dev", bench::ck_hp{});
  against(0, "ck_epoch", "Concurrency Kit, ck_epoch", "libck-dev", bench::ck_epoch{});
  against(2, "urcu_memb", "liburcu-memb, read_lock + read_unlock", "liburcu-dev", bench::urcu_memb{});
  against(0, "shared_ptr_load", "std::atomic_load(shared_ptr) + reset", "", bench::shared_ptr_load{});
  race.run();
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("protect", argc, argv);
  const bench::bystander second_thread;
  for (const unsigned threads : program.thread_counts({1, 2, 4, 8})) ask(program, threads);
  return program.status();
}
