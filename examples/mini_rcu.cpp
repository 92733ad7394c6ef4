// SPDX-License-Identifier: BSL-1.0
//
// mini_rcu: read-copy-update (RCU), over lazyref's asymmetric fence alone. For authors of RCU and epoch schemes: class
// `rcu` is the part to copy; the rest is a torture test.
//
// A reader accesses shared data inside a read-side section, which costs two stores and no fence instruction. An updater
// publishes a new version, calls synchronize, and frees the old one: each section that may have found it has ended.
//
// Run: sh examples/run.sh mini_rcu
#include <lazyref/fence.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "example.hpp"

namespace {

class rcu {
  struct alignas(64) record {
    std::atomic<std::size_t> turn{0};  // odd: inside a section
  };

 public:
  explicit rcu(std::size_t readers) : size_(readers), records_(new record[readers]) {}

  // A read-side section of reader `me`. Each number belongs to one thread at a time. Sections do not nest. Load pointers
  // to shared data inside the section, with acquire.
  class section {
   public:
    section(const rcu& all, std::size_t me) noexcept : turn_(all.records_[me].turn) {
      // (R1) release, pairs with S2. It is a release store for the previous section's sake: a synchronize that waits for
      // that section's end may read this store instead of R3, and a relaxed store would not continue R3's release
      // sequence.
      turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
      // (R2) pairs with S1: either synchronize observes this section, or this section observes what was published before.
      lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
    }
    ~section() {
      // (R3) release, pairs with S2: all reads of this section happen before synchronize returns.
      turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    section(const section&) = delete;

   private:
    std::atomic<std::size_t>& turn_;
  };

  // Waits for every section that may have found an object unpublished before the call. Who may call: any thread.
  //
  // A section whose R1 is not observed at S2 finds the new version (S1 with R2). One whose R1 is observed is waited for;
  // S2 then reads R3 or a later store of the same reader, and all of these are release. So the wait needs no second
  // fence after it; it would if sections ended in a relaxed store.
  void synchronize() const noexcept {
    lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);  // (S1) pairs with R2
    for (std::size_t i = 0; i < size_; ++i) {
      const std::atomic<std::size_t>& turn = records_[i].turn;
      // (S2) acquire, pairs with R1 and R3. It is enough that the number changes: a section that began later found the
      // new version.
      const std::size_t seen = turn.load(std::memory_order_acquire);
      while (seen % 2 != 0 && turn.load(std::memory_order_acquire) == seen) std::this_thread::yield();
    }
  }

 private:
  const std::size_t size_;
  const std::unique_ptr<record[]> records_;
};

// The shared data: written before it is published, and poisoned before it is freed.
struct version {
  explicit version(std::uint64_t n) : number(n), complement(~n) {}
  bool is_good() const noexcept { return !poisoned.load(std::memory_order_relaxed) && complement == ~number; }

  const std::uint64_t number, complement;
  std::atomic<bool> poisoned{false};
};

struct figures {
  std::uint64_t sections = 0, stale = 0, updates = 0;
  double seconds = 0, waited = 0, longest = 0;

  void add(const figures& other) {
    sections += other.sections, stale += other.stale, updates += other.updates, waited += other.waited;
    longest = std::max(longest, other.longest);
  }
};

class torture {
 public:
  torture(std::size_t readers, std::size_t updaters, bool broken)
      : domain_(readers), readers_(readers), threads_(readers + updaters), broken_(broken) {}

  figures run(double how_long) {
    std::vector<figures> all(threads_);
    std::vector<std::thread> threads;
    const examples::stopwatch watch;
    for (std::size_t i = 0; i < threads_; ++i)
      threads.emplace_back([&, i] { all[i] = i < readers_ ? read(i) : update(); });
    // The broken variant stops once its fault is detected.
    while (watch.seconds() < how_long && !(broken_ && caught_.load(std::memory_order_relaxed)))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& one : threads) one.join();
    delete current_.load(std::memory_order_relaxed);

    figures sum;
    sum.seconds = watch.seconds();
    for (const figures& one : all) sum.add(one);
    return sum;
  }

 private:
  figures read(std::size_t me) {
    figures mine;
    while (!stop_.load(std::memory_order_relaxed)) {
      const rcu::section inside(domain_, me);
      const version* const seen = current_.load(std::memory_order_acquire);
      bool good = seen->is_good();
      // Some sections are long enough that updaters replace the version meanwhile.
      if (++mine.sections % 64 == 0) std::this_thread::yield();
      good = good && seen->is_good();
      mine.stale += !good;
      if (!good) caught_.store(true, std::memory_order_relaxed);
    }
    return mine;
  }

  figures update() {
    figures mine;
    std::vector<std::unique_ptr<version>> kept;
    while (!stop_.load(std::memory_order_relaxed)) {
      std::unique_ptr<version> old(current_.exchange(new version(++mine.updates), std::memory_order_acq_rel));
      const examples::stopwatch watch;
      if (!broken_) domain_.synchronize();
      const double waited = watch.seconds();
      mine.waited += waited;
      mine.longest = std::max(mine.longest, waited);
      old->poisoned.store(true, std::memory_order_relaxed);
      // The broken variant keeps poisoned versions, so that their readers can report them instead of crashing.
      if (broken_) kept.push_back(std::move(old));
      std::this_thread::yield();
    }
    if (broken_) domain_.synchronize();
    return mine;
  }

  rcu domain_;
  const std::size_t readers_, threads_;
  const bool broken_;
  std::atomic<version*> current_{new version(0)};
  std::atomic<bool> stop_{false}, caught_{false};
};

double nanoseconds_per_section() {
  constexpr int many = 1 << 22;
  const rcu alone(1);
  const examples::stopwatch watch;
  for (int i = 0; i < many; ++i) const rcu::section inside(alone, 0);
  return watch.seconds() * 1e9 / many;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long readers = 3, updaters = 2, milliseconds = 1000;
  bool broken = false;
  examples::parse(
      argc, argv, "mini_rcu", "Read-copy-update over lazyref's asymmetric fence, and a torture test of it.\n",
      {examples::number("--readers", readers, 1, 256, "threads that read"),
       examples::number("--updaters", updaters, 1, 256, "threads that replace the version"),
       examples::number("--milliseconds", milliseconds, 10, 3600000, "how long"),
       examples::flag("--break", broken, "do not wait for readers: the self-check must fail, with status 1")});
  examples::choose_fence();
  const double how_long = static_cast<double>(milliseconds) / 1e3;
  bool good = true;
  if (!broken) {
    const figures f = torture(readers, updaters, false).run(how_long);
    const double updates = static_cast<double>(f.updates);
    std::printf("an empty section, alone: %.2f ns\n", nanoseconds_per_section());
    std::printf(
        "%lu readers, %lu updaters: %.2f M sections/s, %.0f updates/s; synchronize: mean %.1f us, worst %.1f us\n",
        readers, updaters, static_cast<double>(f.sections) / f.seconds / 1e6, updates / f.seconds,
        f.waited * 1e6 / updates, f.longest * 1e6);
    std::printf("checked: %" PRIu64 " of %" PRIu64 " sections found a freed or incomplete version\n", f.stale,
                f.sections);
    good = f.stale == 0 && f.sections != 0 && f.updates != 0;
  }
  const figures control = torture(readers, updaters, true).run(10);
  std::printf("%s, without the wait: %" PRIu64 " of %" PRIu64 " sections found one\n", broken ? "broken" : "control",
              control.stale, control.sections);
  return examples::verdict(good && (control.stale == 0) == broken);
}
