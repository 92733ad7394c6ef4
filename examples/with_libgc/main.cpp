// SPDX-License-Identifier: BSL-1.0
//
// with_libgc: a runtime whose programs are objects in a garbage-collected heap. For authors of runtimes with a collector:
// threads that are not registered with it can use its objects. One thread creates new versions of programs and runs the
// collector; workers switch between programs by one store each. The part to copy is collected.hpp.
//
// Each version shares a part with the previous one. The collector determines which parts of an old version are garbage;
// lazyref determines that no worker uses that version any more.
//
// Run: sh examples/run.sh with_libgc (it installs libgc-dev)
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "../example.hpp"
#include "collected.hpp"

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr std::size_t program_count = 8, most_workers = 16;
// For each worker: two versions while it copies, and five that its slot uses or that it reclaims; the current one, and the
// next.
static_assert(root_cells::count >= most_workers * (2 * program_count + 5) + program_count + 1, "they cannot run out");

// Has no owner: it is collected when no version refers to it.
struct part : in_heap {
  explicit part(std::uint32_t n) noexcept { words.fill(n); }
  bool is(std::uint32_t n) const noexcept {
    return !is_finalized.load(relaxed) && std::all_of(words.begin(), words.end(), [n](auto one) { return one == n; });
  }
  std::array<std::uint32_t, 60> words;
};

class program : public collected<program> {
 public:
  program(const part* a, const part* b) noexcept : parts_{a, b}, numbers_{a->words[0], b->words[0]} {}

  bool is_whole() const noexcept {
    return !is_finalized.load(relaxed) && parts_[0]->is(numbers_[0]) && parts_[1]->is(numbers_[1]) &&
           !is_finalized.load(relaxed);
  }
  const part* second() const noexcept { return parts_[1]; }

 private:
  const part* const parts_[2];
  const std::uint32_t numbers_[2];
};

using domain = lazyref::lazy_domain<program>;
using version = std::array<lazyref::strong_ref<program>, program_count>;

struct figures {
  std::uint64_t uses = 0, broken = 0;
};

class runtime {
 public:
  explicit runtime(std::size_t workers) : domain_(workers) {}

  // Runs until `stop`; in a separate thread, so that no pointer remains on a stack at the last collection.
  void replace(std::uint32_t every_us, const std::atomic<bool>& stop) {
    const known_thread known;
    for (auto& one : current_) {
      const part* const first = make_part();
      const part* const second = make_part();
      one = collected<program>::make(domain_, first, second);
    }
    version_.store(1, std::memory_order_release);
    for (std::size_t i = 0; !stop.load(relaxed); i = (i + 1) % program_count) {
      std::this_thread::sleep_for(std::chrono::microseconds(every_us));
      const part* const fresh = make_part();
      auto next = collected<program>::make(domain_, current_[i]->second(), fresh);
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        current_[i].swap(next);
      }
      version_.fetch_add(1, relaxed);
      ++replaced_;
      next.reset();
      collect_garbage();
    }
    version last;  // destroyed before this thread is unregistered
    const std::lock_guard<std::mutex> lock(mutex_);
    last.swap(current_);
  }

  figures work(const std::atomic<bool>& stop) {
    figures mine;
    auto slot = domain_.attach();
    // Acquire, pairs with the release in `replace`.
    std::uint64_t seen = 0;
    while ((seen = version_.load(std::memory_order_acquire)) == 0) std::this_thread::yield();
    version own = copy_current();
    for (std::size_t i = 0, renewed = 0; !stop.load(relaxed); i = (i + 1) % program_count) {
      slot.activate(own[i]);  // Nothing is counted here.
      ++mine.uses;
      mine.broken += !slot.active()->is_whole();
      const std::uint64_t now = version_.load(relaxed);
      if (now == seen) continue;
      seen = now;
      // This may drop the last user of the program in the slot. The worker continues to use it, sometimes for longer than
      // a collection takes.
      own = copy_current();
      if (++renewed % 4 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ++mine.uses;
      mine.broken += !slot.active()->is_whole();
    }
    return mine;
  }

  // Precondition: all threads have ended.
  bool report(const figures& sum, double seconds) {
    const std::size_t left = domain_.collect();
    for (int i = 0; i < 4; ++i) collect_garbage();
    const lazyref::domain_stats stats = domain_.stats();
    std::printf("%.2f M uses/s, %.0f replaced/s; %lu collections; %zu KiB of heap\n",
                static_cast<double>(sum.uses) / seconds / 1e6, static_cast<double>(replaced_) / seconds,
                static_cast<unsigned long>(GC_get_gc_no()), GC_get_heap_size() / 1024);
    std::printf("handed over to a slot: %zu; in slots at the end: %zu\n", stats.handed_over, left);
    std::printf("checked: %" PRIu64 " of %" PRIu64 " uses found something finalized or overwritten\n", sum.broken,
                sum.uses);
    std::printf("checked: %" PRIu64 " objects finalized before their disposers had run\n",
                finalized.too_early.load(relaxed));
    std::printf("checked: %" PRIu64 " of %zu objects and %" PRIu64 " of %" PRIu32 " parts finalized in the end\n",
                finalized.objects, stats.made, finalized.parts, parts_);
    return sum.broken == 0 && finalized.too_early.load(relaxed) == 0 && finalized.objects == stats.made &&
           finalized.parts == parts_ && replaced_ != 0 && sum.uses != 0;
  }

 private:
  const part* make_part() {
    void* const memory = GC_MALLOC_ATOMIC(sizeof(part));  // Atomic, to libgc: there are no pointers in it.
    if (memory == nullptr) throw std::bad_alloc();
    part* const made = new (memory) part(++parts_);
    const auto tell = [](void* object, void*) {
      static_cast<part*>(object)->is_finalized.store(true, relaxed);
      ++finalized.parts;
    };
    GC_REGISTER_FINALIZER_NO_ORDER(made, tell, nullptr, nullptr, nullptr);
    return made;
  }

  version copy_current() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return current_;
  }

  static void collect_garbage() {
    GC_gcollect();
    GC_invoke_finalizers();
  }

  domain domain_;
  std::mutex mutex_;
  version current_;
  std::atomic<std::uint64_t> version_{0};
  std::uint64_t replaced_ = 0;
  std::uint32_t parts_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  unsigned long workers = 3, milliseconds = 1000, replace_us = 200;
  bool broken = false;
  examples::parse(
      argc, argv, "with_libgc",
      "Programs in the Boehm-Demers-Weiser collector's heap, used by threads that are not registered with it.\n",
      {examples::number("--workers", workers, 1, most_workers, "threads that switch between programs"),
       examples::number("--milliseconds", milliseconds, 10, 3600000, "how long"),
       examples::number("--replace-every-us", replace_us, 0, 10000000, "pause between two replacements"),
       examples::flag("--break", broken, "clear roots with the last user: the self-check must fail, with status 1")});
  examples::choose_fence();
  GC_INIT();
  GC_set_finalize_on_demand(1);
  GC_allow_register_threads();
  collected<program>::does_not_ask_slots = broken;

  runtime all(workers);
  std::vector<figures> each(workers);
  std::atomic<bool> stop{false};
  const examples::stopwatch watch;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { all.replace(static_cast<std::uint32_t>(replace_us), stop); });
  for (unsigned long i = 0; i < workers; ++i) threads.emplace_back([&, i] { each[i] = all.work(stop); });
  // The broken variant stops once its fault is detected.
  const double wanted = static_cast<double>(milliseconds) / 1e3;
  while (watch.seconds() < wanted || (broken && finalized.too_early.load(relaxed) == 0 && watch.seconds() < 10))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  stop.store(true, relaxed);
  for (std::thread& one : threads) one.join();

  figures sum;
  for (const figures& one : each) sum.uses += one.uses, sum.broken += one.broken;
  return examples::verdict(all.report(sum, watch.seconds()));
}
