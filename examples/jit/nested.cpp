// SPDX-License-Identifier: BSL-1.0
#include "nested.hpp"

#include <lazyref/nested_protection.hpp>

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "../example.hpp"
#include "function.hpp"

namespace jit {

namespace {

using slot_type = decltype(std::declval<function_space&>().domain().attach());

extern "C" std::int64_t jit_runtime(std::int64_t level, std::int64_t worker);

// A function that calls the runtime and adds a number to its result, another number for each version. All these functions
// have the same instructions except for that number: a thread that returns into another version does not crash, but
// computes a wrong sum.
std::int64_t number_of(std::size_t version) { return 0x10001 + static_cast<std::int64_t>(version % 0x7000) * 0x10000; }

function_draft compile(function_space& space, const options& how, std::size_t level, std::size_t version) {
  const auto address = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&jit_runtime));
  samples result{};
  result[0].result = number_of(version);
  return make_draft(
      space, how.compile({{operation::call, address}, {operation::constant, result[0].result}, {operation::add}}),
      result, how.native(), true, "level", level);
}

// The functions of all levels, and their replacement.
class levels {
 public:
  levels(const options& how, function_space& space) : how_(how), space_(space), shared_(how.levels) {
    for (std::size_t i = 0; i < how.levels; ++i) current_.emplace_back();
    if (!replace()) throw refused("the memory is too small for the first functions; pass fewer --levels or --workers");
  }
  ~levels() {
    for (std::size_t i = 0; i < shared_.size(); ++i) {
      shared_[i].store(nullptr, std::memory_order_relaxed);
      space_.retire(std::move(current_[i]));
    }
    space_.domain().flush();
    space_.domain().collect();
    space_.tell_observers();
  }
  levels(const levels&) = delete;
  levels& operator=(const levels&) = delete;

  std::size_t count() const { return shared_.size(); }
  const std::atomic<function*>& at(std::size_t level) const { return shared_[level]; }
  std::size_t replaced() const { return version_; }

  // Replaces all functions. Who may call: any thread. Returns false if there is no memory for one now.
  bool replace() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (std::size_t i = 0; i < shared_.size(); ++i) {
      function_draft draft = compile(space_, how_, i, version_ + 1);
      if (!draft) return false;
      function_ref next;
      if (!space_.publish(draft, next)) return false;
      ++version_;
      // Unpublish the old function first, pairs with protect; then retire it.
      shared_[i].store(next.get(), std::memory_order_release);
      space_.retire(std::exchange(current_[i], std::move(next)));
    }
    space_.domain().flush();
    return true;
  }

 private:
  const options& how_;
  function_space& space_;
  std::mutex mutex_;
  std::vector<std::atomic<function*>> shared_;
  std::vector<function_ref> current_;
  std::size_t version_ = 0;
};

// A thread that calls. The functions pass it on as their second argument, so that the runtime finds it.
struct worker {
  worker(const options& with, levels& of, slot_type&& mine) : how(with), all(of), slot(std::move(mine)) {}

  // The runtime calls functions only here. The caller's frame is still active, so its code must stay protected: a
  // nested_protection keeps it so, while a second protect through the slot would release it.
  std::int64_t call(std::size_t level) {
    if (how.break_nested) return run(level, *slot.protect(all.at(level)));
    const lazyref::nested_protection callee(slot, all.at(level));
    return run(level, *callee);
  }

  std::int64_t run(std::size_t level, const function& callee) {
    how.prepare_to_call();
    expected += callee.expected[0].result;
    return callee(static_cast<std::int64_t>(level), static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(this)));
  }

  // Called by the innermost function. Replaces all functions twice, so that the second replacement reuses the memory that
  // the first one retired, if no slot protects it.
  void innermost() {
    if (++calls % 8 == 0 && !(all.replace() && all.replace())) ++full;
  }

  void work(unsigned long rounds) {
    for (unsigned long i = 0; i < rounds; ++i) {
      expected = 0;
      if (call(0) != expected) ++wrong;
    }
    slot.deactivate();
  }

  const options& how;
  levels& all;
  slot_type slot;
  std::int64_t expected = 0;
  std::uint64_t calls = 0, wrong = 0, full = 0;
};

extern "C" std::int64_t jit_runtime(std::int64_t level, std::int64_t who) {
  worker& mine = *reinterpret_cast<worker*>(static_cast<std::intptr_t>(who));
  const std::size_t next = static_cast<std::size_t>(level) + 1;
  if (next < mine.all.count()) return mine.call(next);
  mine.innermost();
  return 0;
}

}  // namespace

bool nested_frames(const options& how) {
  constexpr unsigned long rounds = 1000;
  // Each worker may be in all levels; besides there are the current functions, and one draft. A few more, for functions
  // that a flush of another thread is still processing.
  const std::size_t blocks = how.levels * (how.workers + 3) + 1;
  const std::size_t grain = function_space({1, 1, 1}, how.mapping()).bytes();
  function_space space({blocks * (how.flip ? grain : 128 /* bytes, of the largest function */), blocks,
                        how.workers * how.levels},  // one slot for each frame
                       how.observe.observers(), how.mapping(), how.synchronisation());
  require(space.status());
  std::uint64_t calls = 0, wrong = 0, full = 0;
  std::size_t replaced = 0;
  {
    levels all(how, space);
    std::vector<worker> workers;
    workers.reserve(how.workers);
    for (std::size_t i = 0; i < how.workers; ++i) workers.emplace_back(how, all, space.domain().attach());
    std::vector<std::thread> threads;
    threads.reserve(how.workers);
    for (worker& one : workers) threads.emplace_back([&one] { one.work(rounds); });
    for (std::thread& one : threads) one.join();
    for (const worker& one : workers) calls += one.calls, wrong += one.wrong, full += one.full;
    replaced = all.replaced();
  }
  std::printf("nested frames: %lu levels, %zu functions replaced from inside the innermost; no memory %" PRIu64
              " times\n",
              how.levels, replaced, full);
  std::printf("checked: %" PRIu64 " of %" PRIu64 " nested calls returned through other code than they entered\n", wrong,
              calls);
  if (wrong != 0)
    std::puts(
        "wrong: the code of an active frame was reclaimed: a protect for the callee ends the protection of the "
        "caller's code");
  return wrong == 0 && calls != 0 && replaced > how.levels && space.blocks_in_use() == 0;
}

}  // namespace jit
