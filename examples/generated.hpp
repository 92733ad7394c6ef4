// SPDX-License-Identifier: BSL-1.0
//
// What the examples with other code generators (with_asmjit, with_xbyak, with_llvm) share: two functions, int64(int64),
// which workers call while both are replaced continuously. The outer function calls the runtime, which calls the inner
// one, so that the stack has two frames of generated code. And tables of costs.
#pragma once

#include <lazyref/code_observer.hpp>
#include <lazyref/code_space.hpp>
#include <lazyref/nested_protection.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "example.hpp"

namespace examples {

using generated_code = std::int64_t(std::int64_t);

// The two functions. The outer one returns 3 x + 1 and, in its higher bits, both versions, for 0 <= x < 64.
enum which_function : unsigned { outer, inner };
inline constexpr const char* function_names[] = {"outer", "inner"};
constexpr std::int64_t expected(std::int64_t x) { return 3 * x + 1; }
constexpr std::int64_t number_of(which_function which, std::uint64_t version) {
  return static_cast<std::int64_t>(version << (which == outer ? 36 : 8));
}

inline void require(const lazyref::sync_result& done) {
  if (done) return;
  std::fprintf(stderr, "%s\n", done.what());
  std::exit(check_failed);
}

// A function with a jump table: two absolute addresses in its code, which are valid only where the code is executed.
struct block_with_table : lazyref::code_block<block_with_table> {
  explicit block_with_table(which_function which) noexcept : name(function_names[which]) {}

  // Precondition: published.
  bool table_is_right() const noexcept {
    std::uintptr_t addresses[2];
    const auto at = reinterpret_cast<std::uintptr_t>(entry());
    std::memcpy(addresses, reinterpret_cast<const void*>(at + table), sizeof addresses);
    return std::all_of(addresses, addresses + 2, [&](std::uintptr_t one) { return one > at && one < at + size(); });
  }

  // For the space's observers, which notify profilers and debuggers.
  void describe_code(lazyref::code_description& d) const noexcept {
    d.name = name;
    d.frame_pointer = true;
  }

  const char* const name;
  std::size_t table = 0;  // offset from the entry
};

inline generated_code* function_of(const block_with_table& code) noexcept { return code.as<generated_code>(); }

// Two functions of a space, and their workers. function_of(const T&) returns the function to call.
template <class T, class Options = lazyref::domain_options<>>
class called_functions {
 public:
  using space_type = lazyref::code_space<T, Options>;
  using slot_type = lazyref::lazy_slot<T, Options>;
  using ref = lazyref::strong_ref<T>;

  explicit called_functions(space_type& space) : space_(space) {}

  // Called by the outer function, in a worker: calls the inner function, while the caller's code stays protected.
  static std::int64_t runtime(std::int64_t x) {
    worker& mine = *this_worker;
    if (x < 0) mine.all.throw_when_replaced();
    const lazyref::nested_protection callee(mine.slot, mine.all.shared_[inner]);
    return call(*callee, x);
  }

  // compile(which, version) -> ref: returns the next version, published; null if there is no memory now.
  // retire(which, ref&&): retires the previous version, which is unpublished.
  // `throws`: whether exceptions can pass the outer function.
  // Returns whether every call had the right result, and all memory was reclaimed.
  template <class Compile, class Retire>
  bool run(unsigned long workers, unsigned long milliseconds, bool throws, Compile&& compile, Retire&& retire) {
    std::array<ref, 2> current;
    const auto replace = [&](which_function which) {
      const std::uint64_t version = versions_[which].load(std::memory_order_relaxed) + 1;
      ref next = compile(which, version);
      if (!next) return false;
      // Unpublish the old version first, pairs with protect; then retire it.
      shared_[which].store(next.get(), std::memory_order_release);
      versions_[which].store(version, std::memory_order_release);
      next.swap(current[which]);
      if (next) retire(which, std::move(next));
      return true;
    };
    if (!replace(outer) || !replace(inner)) return false;
    std::vector<worker> each;
    each.reserve(workers);
    for (unsigned long i = 0; i < workers; ++i) each.emplace_back(*this, space_.domain().attach());
    std::vector<std::thread> threads;
    threads.reserve(workers);
    for (worker& one : each) threads.emplace_back([&] { one.call_until_stop(throws); });
    std::uint64_t full = 0;
    const stopwatch watch;
    while (watch.seconds() * 1e3 < static_cast<double>(milliseconds)) {
      for (const which_function which : {outer, inner}) full += !replace(which);
    }
    const double seconds = watch.seconds();
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& one : threads) one.join();
    for (const which_function which : {outer, inner}) {
      shared_[which].store(nullptr, std::memory_order_relaxed);
      retire(which, std::move(current[which]));
    }
    std::uint64_t calls = 0, wrong = 0, thrown = 0;
    for (worker& one : each) calls += one.calls, wrong += one.wrong, thrown += one.thrown;
    each.clear();
    space_.domain().flush();
    space_.domain().collect();
    space_.tell_observers();  // blocks count as in use until the observers are notified
    const std::uint64_t replaced = versions_[outer].load() + versions_[inner].load() - 2;
    std::printf("%lu workers: %.2f M calls/s; replaced: %" PRIu64 " functions, %.0f/s; no memory %" PRIu64 " times\n",
                workers, static_cast<double>(calls) / seconds / 1e6, replaced, static_cast<double>(replaced) / seconds,
                full);
    std::printf("checked: %" PRIu64 " of %" PRIu64 " calls had a wrong result, or that of code older than published\n",
                wrong, calls);
    if (throws) std::printf("checked: %" PRIu64 " exceptions passed a frame of generated code\n", thrown);
    std::printf("checked: blocks not reclaimed: %zu\n", space_.blocks_in_use());
    return wrong == 0 && calls != 0 && replaced != 0 && space_.blocks_in_use() == 0 && (thrown != 0) == throws;
  }

 private:
  // Throws through the frame of an outer function that has been replaced twice meanwhile.
  [[noreturn]] void throw_when_replaced() const {
    const std::uint64_t now = versions_[outer].load(std::memory_order_relaxed);
    while (versions_[outer].load(std::memory_order_relaxed) < now + 2 && !stop_.load(std::memory_order_relaxed))
      std::this_thread::yield();
    throw std::domain_error("negative");
  }

  // clang's -fsanitize=function, a part of "undefined", would read a signature of the compiler in front of the code.
  __attribute__((no_sanitize("undefined"))) static std::int64_t call(const T& code, std::int64_t x) {
    return function_of(code)(x);
  }

  struct worker {
    worker(called_functions& of, slot_type&& mine) : all(of), slot(std::move(mine)) {}

    void call_until_stop(bool throws) {
      this_worker = this;
      while (!all.stop_.load(std::memory_order_relaxed)) {
        const auto x = static_cast<std::int64_t>(++calls % 64);
        const std::int64_t least[] = {number_of(outer, all.versions_[outer].load(std::memory_order_acquire)),
                                      number_of(inner, all.versions_[inner].load(std::memory_order_acquire))};
        const std::int64_t found = call(*slot.protect(all.shared_[outer]), x);
        constexpr std::int64_t inner_bits = number_of(outer, 1) - number_of(inner, 1);
        wrong += found % 256 != expected(x) || found < least[outer] || (found & inner_bits) < least[inner];
        if (!throws || calls % 4096 != 0) continue;
        try {
          call(*slot.protect(all.shared_[outer]), -1);
          ++wrong;
        } catch (const std::domain_error&) {
          ++thrown;
        }
      }
      slot.deactivate();
    }

    called_functions& all;
    slot_type slot;
    std::uint64_t calls = 0, wrong = 0, thrown = 0;
  };
  static inline thread_local worker* this_worker = nullptr;

  space_type& space_;
  std::atomic<bool> stop_{false};
  std::array<std::atomic<T*>, 2> shared_{};
  std::array<std::atomic<std::uint64_t>, 2> versions_{};
};

// Alternatives, measured in turns.
class cost_table {
 public:
  // `work` executes the operation `times` times. Its result is destroyed after the clock has stopped.
  struct way {
    const char* what;
    std::vector<double> ns = {};
    template <class Work>
    void measure(unsigned times, Work&& work) {
      const stopwatch watch;
      const auto kept = work();
      ns.push_back(watch.seconds() * 1e9 / times);
      static_cast<void>(kept);
    }
    double median() {
      std::nth_element(ns.begin(), ns.begin() + static_cast<std::ptrdiff_t>(ns.size() / 2), ns.end());
      return ns[ns.size() / 2];
    }
  };

  // Compares the others with the first one.
  template <std::size_t N>
  static void print(const char* title, way (&ways)[N]) {
    std::printf("%s: medians of %zu, in turns, and beside the first\n", title, ways[0].ns.size());
    for (way& one : ways)
      std::printf("  %-60s %9.1f ns %6.2f\n", one.what, one.median(), one.median() / ways[0].median());
  }
};

// Compares calls through an atomic function pointer with protected calls. Returns whether all results were right.
template <class T, class Options>
__attribute__((no_sanitize("undefined"))) bool compare_calls(lazyref::code_space<T, Options>& space,
                                                             const lazyref::strong_ref<T>& code) {
  constexpr unsigned times = 20000, rounds = 101;
  const std::atomic<generated_code*> plain{function_of(*code)};
  const std::atomic<T*> shared{code.get()};
  auto slot = space.domain().attach();
  cost_table::way ways[] = {{"an atomic function pointer (unsafe to replace)"}, {"protect and call"}};
  bool good = true;
  for (unsigned i = 0; i < rounds; ++i) {
    const auto all = [&](auto&& call) {
      return [&good, call] {
        std::int64_t wrong = 0;
        for (unsigned n = 0; n < times; ++n) wrong += call(n % 64) % 256 - expected(n % 64);
        good = good && wrong == 0;
        return wrong;
      };
    };
    ways[0].measure(times, all([&](std::int64_t x) { return plain.load(std::memory_order_acquire)(x); }));
    ways[1].measure(times, all([&](std::int64_t x) { return function_of(*slot.protect(shared))(x); }));
  }
  cost_table::print("one call", ways);
  slot.detach();
  return good;
}

}  // namespace examples
