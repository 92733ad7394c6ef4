// SPDX-License-Identifier: BSL-1.0
//
// embedded: lazyref in a runtime that has its own worker records (with the slot in them), reference counts and arena.
// For authors of such runtimes. No exceptions, no RTTI, no new; two headers of lazyref: slot.hpp and reclaimer.hpp.
//
// Each task owns a reference (a user) of the plugin that it runs in. A worker activates the plugin, drops the task's
// user at once, and runs the task: the plugin in its slot is not destroyed. An idle worker parks its slot, so that a
// plugin without users is reclaimed without waiting for that worker.
//
// Run: sh examples/run.sh embedded
#include <lazyref/reclaimer.hpp>
#include <lazyref/slot.hpp>

#include <atomic>
#include <chrono>
#include <cinttypes>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

#include "example.hpp"

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr std::size_t most_workers = 16, most_plugins = 1 << 20, queue_size = 16, blocks = 128;
// In the queue; the dispatcher's own, and two that it reclaims; for each worker: its task's, its slot's, one that it
// releases, and two that it reclaims.
static_assert(blocks >= queue_size + 3 + 5 * most_workers, "the arena cannot run out");

struct plugin {
  explicit plugin(std::uint32_t n) noexcept : id(n), code{~n, ~n, ~n, ~n, ~n, ~n, ~n, ~n} {}
  bool is_whole(std::uint32_t i) const noexcept { return !poisoned.load(relaxed) && code[i % 8] == ~id; }

  std::atomic<std::size_t> users{1}, holds{1};  // all users together own one hold
  const std::uint32_t id;
  std::uint32_t code[8];
  std::atomic<bool> poisoned{false};
};

struct arena {
  void* allocate() noexcept {
    for (std::size_t i = 0; i < blocks; ++i) {
      // Acquire, pairs with `release`: all accesses to the block's previous object happen before.
      if (!taken[i].load(relaxed) && !taken[i].exchange(true, std::memory_order_acquire)) return room[i];
    }
    return nullptr;
  }
  void release(void* block) noexcept {
    const auto at = static_cast<unsigned char*>(block) - room[0];
    taken[static_cast<std::size_t>(at) / sizeof(plugin)].store(false, std::memory_order_release);
  }
  std::size_t balance() const noexcept {
    std::size_t result = 0;
    for (const auto& one : taken) result += one.load(relaxed);
    return result;
  }

  alignas(plugin) unsigned char room[blocks][sizeof(plugin)];
  std::atomic<bool> taken[blocks]{};
};

struct worker {
  lazyref::slot<plugin> lazy;
  std::uint64_t tasks = 0, broken = 0, idle = 0, resumed = 0;
};

struct task {
  plugin* code;  // owns a user of it; null: the worker ends
  std::uint32_t input;
};

// All memory is static.
arena memory;
worker workers[most_workers];
std::size_t worker_count;
std::atomic<std::uint8_t> times_disposed[most_plugins];
bool broken;
std::atomic<std::uint64_t> allocations{0};

// How lazyref takes and drops holds: by the runtime's own counts.
struct plugin_holds {
  static void take(plugin* object, std::size_t n) noexcept { object->holds.fetch_add(n, relaxed); }
  static void give_up(plugin* object, std::size_t n) noexcept {
    // acq_rel: the accesses of all other holders happen before the disposal.
    if (object->holds.fetch_sub(n, std::memory_order_acq_rel) != n) return;
    times_disposed[object->id].fetch_add(1, relaxed);
    object->poisoned.store(true, relaxed);
    memory.release(object);
  }
};

constexpr auto for_each_slot = [](auto&& visit) {
  for (std::size_t i = 0; i < worker_count; ++i) visit(workers[i].lazy);
};

void drop_user(plugin* object) noexcept {
  // acq_rel: every activation that a user covered happens before the last drop.
  if (object->users.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (broken) return plugin_holds::give_up(object, 1);
  lazyref::last_user_left<plugin_holds>(object, for_each_slot);
}

struct task_queue {
  void put(task one) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return last - first < queue_size; });
    ring[last++ % queue_size] = one;
    changed.notify_all();
  }
  bool take(task& into, bool wait) {
    std::unique_lock<std::mutex> lock(mutex);
    if (wait) changed.wait(lock, [&] { return first != last; });
    if (first == last) return false;
    into = ring[first++ % queue_size];
    changed.notify_all();
    return true;
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t first = 0, last = 0;
  task ring[queue_size];
} queue;

void work(worker& me) {
  for (task next;;) {
    if (!queue.take(next, false)) {
      lazyref::park<plugin_holds>(me.lazy);
      queue.take(next, true);
      // Null: the parked plugin was reclaimed meanwhile, or the slot had none.
      me.resumed += lazyref::resume(me.lazy) != nullptr;
      ++me.idle;
    }
    if (next.code == nullptr) break;
    lazyref::activate<plugin_holds>(me.lazy, next.code);
    drop_user(next.code);  // It may be the last user; the slot keeps the plugin.
    int good = 0;
    for (std::uint32_t i = 0; i < 64; ++i) good += next.code->is_whole(next.input + i);
    me.broken += good != 64;
    ++me.tasks;
  }
  lazyref::deactivate<plugin_holds>(me.lazy);
}

void dispatch(std::uint32_t plugins) {
  for (std::uint32_t id = 0; id < plugins; ++id) {
    plugin* const made = new (memory.allocate()) plugin(id);
    for (std::uint32_t input = 0; input <= id % 4; ++input) {
      made->users.fetch_add(1, relaxed);  // Relaxed: the dispatcher owns a user.
      queue.put({made, input});
    }
    // So the last user is sometimes the dispatcher's, and the workers are sometimes idle.
    if (id % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
    drop_user(made);
  }
}

}  // namespace

// Counts its calls, to show that there are none.
void* operator new(std::size_t size) { return allocations.fetch_add(1, relaxed), std::malloc(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

int main(int argc, char** argv) {
  unsigned long count = 4, plugins = 20000;
  examples::parse(
      argc, argv, "embedded", "A runtime with its own reference counts, worker records and arena.\n",
      {examples::number("--workers", count, 1, most_workers, "threads that run tasks"),
       examples::number("--plugins", plugins, 16, most_plugins, "plugins created, run and disposed of"),
       examples::flag("--break", broken, "do not scan the slots: the self-check must fail, with status 1")});
  examples::choose_fence();
  worker_count = count;
  std::thread threads[most_workers];
  for (std::size_t i = 0; i < count; ++i) threads[i] = std::thread([i] { work(workers[i]); });

  allocations.store(0, relaxed);
  const examples::stopwatch watch;
  dispatch(static_cast<std::uint32_t>(plugins));
  for (std::size_t i = 0; i < count; ++i) queue.put({nullptr, 0});
  for (std::size_t i = 0; i < count; ++i) threads[i].join();
  const double seconds = watch.seconds();
  // Reclaims plugins whose handoff coincided with their worker's departure.
  lazyref::collect<plugin_holds, plugin>(for_each_slot);
  const std::uint64_t allocated = allocations.load(relaxed);

  worker sum;
  std::size_t once = 0;
  for (const worker& one : workers)
    sum.tasks += one.tasks, sum.broken += one.broken, sum.idle += one.idle, sum.resumed += one.resumed;
  for (std::size_t i = 0; i < plugins; ++i) once += times_disposed[i].load(relaxed) == 1;
  std::printf("%lu workers: %.0f k tasks/s; parked %" PRIu64 " times, resumed %" PRIu64 " times\n", count,
              static_cast<double>(sum.tasks) / seconds / 1e3, sum.idle, sum.resumed);
  std::printf("checked: %" PRIu64 " of %" PRIu64 " tasks found a plugin that was disposed of\n", sum.broken, sum.tasks);
  std::printf("checked: %zu of %lu plugins disposed of once; %zu blocks taken; %" PRIu64 " calls of new\n", once,
              plugins, memory.balance(), allocated);
  return examples::verdict(sum.broken == 0 && once == plugins && memory.balance() == 0 && allocated == 0);
}
