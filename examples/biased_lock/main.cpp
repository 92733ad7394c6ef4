// SPDX-License-Identifier: BSL-1.0
//
// biased_lock: two locks whose usual owner acquires them almost for free: a thread (thread_biased_lock.hpp) or the
// threads of a CPU (cpu_biased_lock.hpp). For authors of locks, run queues and caches with an owner. The program prints
// their cost beside std::mutex, and checks that they exclude.
//
// Run: sh examples/run.sh biased_lock
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "../example.hpp"
#include "cpu_biased_lock.hpp"
#include "thread_biased_lock.hpp"

namespace {

// Biased threads acquire the lock all the time, others sometimes. The counter is incremented by a load and a store, so
// it is exact only if the threads exclude each other.
template <class Lock>
bool exclude(const char* name, Lock& lock, std::size_t biased, std::size_t others, std::uint64_t acquisitions) {
  constexpr auto relaxed = std::memory_order_relaxed;
  const std::uint64_t enough = 1 + acquisitions / 5000;
  std::atomic<std::uint64_t> counter{0}, by_biased{0}, by_others{0};
  std::atomic<std::size_t> running{biased};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < biased; ++i) {
    threads.emplace_back([&] {
      lock.settle();
      std::uint64_t n = 0;
      for (; n < acquisitions || by_others.load(relaxed) < enough; ++n) {
        lock.lock_biased();
        counter.store(counter.load(relaxed) + 1, relaxed);
        lock.unlock_biased();
      }
      by_biased.fetch_add(n, relaxed);
      running.fetch_sub(1, relaxed);
    });
  }
  for (std::size_t i = 0; i < others; ++i) {
    threads.emplace_back([&] {
      while (running.load(relaxed) != 0) {
        lock.lock();
        const std::uint64_t before = counter.load(relaxed);
        std::this_thread::yield();  // without exclusion, others increment it here
        counter.store(before + 1, relaxed);
        lock.unlock();
        by_others.fetch_add(1, relaxed);
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    });
  }
  for (std::thread& one : threads) one.join();
  const std::uint64_t revocations = by_others.load(relaxed), expected = by_biased.load(relaxed) + revocations;
  std::printf("%s: checked: %" PRIu64 " acquisitions, %" PRIu64 " of them revocations; counted %" PRIu64 "\n", name,
              expected, revocations, counter.load(relaxed));
  return counter.load(relaxed) == expected;
}

// Uncontended; the best of some runs.
template <class Lock, class Unlock>
double nanoseconds(Lock lock, Unlock unlock) {
  constexpr int runs = 7, many = 1 << 19;
  double best = 1e9;
  for (int run = 0; run < runs; ++run) {
    const examples::stopwatch watch;
    for (int i = 0; i < many; ++i) {
      lock();
      unlock();
    }
    best = std::min(best, watch.seconds() * 1e9 / many);
  }
  return best;
}

// In a second thread, since glibc's mutex is cheaper in a process with one thread.
template <class Lock>
double nanoseconds_biased(Lock& lock) {
  double result = 0;
  std::thread([&] {
    lock.settle();
    result = nanoseconds([&] { lock.lock_biased(); }, [&] { lock.unlock_biased(); });
  }).join();
  return result;
}

bool by_thread(bool broken, std::size_t others, std::uint64_t acquisitions) {
  if (!broken) {
    examples::thread_biased_lock lock;
    std::mutex mutex;
    double plain = 0;
    std::thread([&] { plain = nanoseconds([&] { mutex.lock(); }, [&] { mutex.unlock(); }); }).join();
    std::printf("acquire and release, alone: std::mutex %.2f ns, biased to the thread %.2f ns\n", plain,
                nanoseconds_biased(lock));
  }
  examples::thread_biased_lock lock(broken);
  return exclude("biased to a thread", lock, 1, others, acquisitions);
}

bool by_cpu(std::size_t others, std::uint64_t acquisitions) {
#ifdef HAS_CPU_BIASED_LOCK
  using examples::cpu_biased_lock;
  const int cpu = sched_getcpu();
  const char* const missing = cpu_biased_lock::missing(cpu);
  if (missing == nullptr) {
    cpu_biased_lock lock(static_cast<unsigned>(cpu));
    std::printf("acquire and release, alone: biased to CPU %d %.2f ns\n", cpu, nanoseconds_biased(lock));
    return exclude("biased to a CPU", lock, 2, others, acquisitions);
  }
#else
  (void)others, (void)acquisitions;
  const char* const missing = "it requires Linux, and glibc 2.35 or later";
#endif
  std::printf("SKIPPED: biased to a CPU: %s\n", missing);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long others = 2, acquisitions = 5000000;
  bool broken = false;
  examples::parse(
      argc, argv, "biased_lock", "Locks biased to a thread, and to a CPU, beside std::mutex.\n",
      {examples::number("--others", others, 1, 256, "threads that revoke the bias sometimes"),
       examples::number("--acquisitions", acquisitions, 1, 1000000000, "of each biased thread, at least"),
       examples::flag("--break", broken, "revoke without fence and wait: the self-check must fail, with status 1")});
  examples::choose_fence();
  const bool good = by_thread(broken, others, acquisitions) && (broken || by_cpu(others, acquisitions));
  return examples::verdict(good);
}
