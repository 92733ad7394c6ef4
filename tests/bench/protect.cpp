// SPDX-License-Identifier: BSL-1.0
//
// What it costs to use what a shared pointer points to: through a slot, by hand, and with other libraries.
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
auto by_hand(words& w, const std::atomic<object*>& source) {
  return [&w, &source](std::size_t n, unsigned) {
    words& mine = w;
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
auto with(Handle& handle, const std::atomic<T*>& source) {
  return [&handle, &source](std::size_t n, unsigned) {
    Handle mine = std::move(handle);
    const std::atomic<T*>& from = source;
    for (; n != 0; --n) {
      bench::sink(mine.protect(from));
      mine.reset_protection();
      bench::clobber();
    }
    handle.swap(mine);
  };
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("protect", argc, argv);

  lazyref::lazy_domain<object> domain(program.how.slots);
  lazyref::lazy_domain<object, prompt> prompt_domain(program.how.slots);
  const lazyref::strong_ref<object> reference = domain.make();
  const lazyref::strong_ref<object> prompt_reference = prompt_domain.make();
  const std::atomic<object*> source{reference.get()};
  const std::atomic<object*> prompt_source{prompt_reference.get()};
  node a_node;
  const std::atomic<node*> node_source{&a_node};
  lazyref::lazy_slot<object> slot = domain.attach();
  lazyref::lazy_slot<object, prompt> prompt_slot = prompt_domain.attach();
  lazyref::hazard_pointer hazard = lazyref::make_hazard_pointer();
  words by_hand_words;

  bench::race race(program, "protect and the end of the protection");
  const std::size_t lazy = race.add("lazy_slot", with(slot, source));
  race.add("lazy_slot, reclaim::prompt", with(prompt_slot, prompt_source));
  race.add("lazyref::hazard_pointer", with(hazard, node_source));
  const std::size_t barrier = race.add("by hand, compiler barrier", by_hand<compiler_barrier>(by_hand_words, source));
  race.add("by hand, compiler barrier, no looks for what was handed over",
           by_hand<compiler_barrier, false>(by_hand_words, source));
  std::size_t same = barrier;
  if (lazyref::build_mode != lazyref::fence_mode::required) {
    same = race.add("by hand, fence chosen at run time", by_hand<chosen_at_run_time>(by_hand_words, source));
    race.at_most(1.15, lazy, same);
  }
  race.at_most(1.15, lazy, barrier, same);

  const auto against = [&](double limit, const char* name, const char* package, auto& reader) {
    if constexpr (std::remove_reference_t<decltype(reader)>::is_here) {
      race.at_least(limit, lazy, race.add(name, [&reader](std::size_t n, unsigned) { reader.read(n); }), same);
    } else {
      program.left_out(std::string("protect: ") + name + " (Debian's " + package + ") is not here");
    }
  };
  bench::xenium_reader xenium;
  bench::cds_reader cds;
  bench::ck_reader ck;
  bench::urcu_reader urcu;
  against(8, "xenium hazard_pointer", "libxenium-dev", xenium);
  against(8, "libcds HP", "libcds-dev", cds);
  against(8, "Concurrency Kit ck_hp", "libck-dev", ck);
  against(2, "liburcu memb, read_lock + read_unlock", "liburcu-dev", urcu);
  race.run();
  return program.status();
}
