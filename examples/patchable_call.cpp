// SPDX-License-Identifier: BSL-1.0
//
// patchable_call: compiled code calls other compiled code, which is replaced without modifying an instruction. For
// authors of JIT compilers with inline caches and call stubs. The call is indirect, through a word of data beside the
// code: call [word]. To patch the call is one store to that word.
//
// Patching needs no barrier, neither in the caller nor by a system call:
// - The word is aligned, and loads and stores of it are atomic. A call reaches the old code or the new one.
// - No instruction changes. Only the new code must not be stale, and `publish` has synchronised all threads before any of
//   them could know its address. So: publish first, then patch.
// - The store is a release: a thread that calls the new code observes the data that was written for it.
//
// The store does not say when the old code may be reclaimed: a thread may have loaded the word, and not have called yet.
// No slot protects that code, since compiled code calls it without the runtime. So each worker's slot protects an era
// instead, for as long as the worker is in compiled code. Each patch ends an era. An era owns the code that its patch
// replaced, and the next era: so code is reclaimed when all workers have left the era that it was replaced in, and all
// earlier ones.
//
// The word may be anywhere within the code's reach. Here it is the block's data (code_request::data), which the space
// places beside the code and reclaims with the block.
//
// Run: sh examples/run.sh patchable_call
#include <lazyref/code_observer.hpp>
#include <lazyref/code_space.hpp>

#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "example.hpp"
#include "jit/compiler.hpp"

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
using word_type = std::atomic<const void*>;
using code_type = std::int64_t(std::int64_t, std::int64_t);

struct function : lazyref::code_block<function> {
  explicit function(const char* which) noexcept : name(which) {}
  void describe_code(lazyref::code_description& d) const noexcept {
    d.name = name;
    d.frame_pointer = true;
  }

  const char* const name;
};
using function_space = lazyref::code_space<function>;
using function_ref = lazyref::strong_ref<function>;

// Protects all code that a worker may execute at a time, in all its frames. An era that has ended owns the code that was
// replaced at its end, and the next era.
struct era : lazyref::owner<era> {
  era(function_space& in, lazyref::lazy_domain<era>& of) noexcept : space(in), all(of) {}
  ~era() {
    if (replaced) space.retire(std::move(replaced));
    if (next) all.retire(std::move(next));
  }
  function_space& space;
  lazyref::lazy_domain<era>& all;
  function_ref replaced;
  lazyref::strong_ref<era> next;
};

struct worker {
  std::uint64_t calls = 0, mixed = 0, outdated = 0;
  std::int64_t entered = 0;  // the version of the callee that was called
};

// The runtime's function that the callee calls, with the number of its version.
extern "C" std::int64_t patchable_call_runtime(std::int64_t who, std::int64_t version) {
  worker& mine = *reinterpret_cast<worker*>(static_cast<std::intptr_t>(who));
  mine.entered = version;
  // Some calls take long enough that the callee is replaced meanwhile.
  if (mine.calls % 256 == 0) std::this_thread::yield();
  return static_cast<std::int64_t>(mine.calls) - version;
}

#ifdef JIT_HAS_MACHINE

// The caller's word: created before the code is written, and found afterwards.
word_type* new_word(const function_space::draft_type& draft) { return ::new (draft.side_data()) word_type(nullptr); }
word_type& word_of(const function& caller) { return *std::launder(reinterpret_cast<word_type*>(caller.side_data())); }

// All callees have the same instructions except for the number, which occurs twice: at the call of the runtime, and after
// it. A thread that returns into another version does not crash, but computes a wrong sum.
// Returns a number that is larger for each version. Neither half is 0, so that each takes the same instructions.
std::int64_t number_of(std::uint64_t version) {
  return static_cast<std::int64_t>((version / 0x7fff + 1) << 16 | (version % 0x7fff + 1));
}

std::vector<unsigned char> callee(std::uint64_t version) {
  jit::machine m;
  m.enter(0, true);
  m.pass(1, number_of(version));
  m.call(0, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&patchable_call_runtime)));
  m.constant(1, number_of(version));
  m.add(0, 1);
  m.leave(0, true);
  return m.bytes();
}
std::vector<unsigned char> caller(const word_type* through) {
  jit::machine m;
  m.enter(0, true);
  m.call_through(0, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(through)));
  m.constant(1, 1);
  m.add(0, 1);
  m.leave(0, true);
  return m.bytes();
}

class patcher {
 public:
  patcher(std::size_t workers, lazyref::code_mapping mapping, bool no_eras, bool too_soon)
      : no_eras_(no_eras), too_soon_(too_soon), space_(limits(), mapping), eras_(workers) {
    require(space_.status());
    // Fills all memory with code, so that --break-order executes old code instead of crashing.
    std::vector<function_ref> all(places);
    for (function_ref& one : all) one = publish(space_.draft(callee(0).size(), "old"), callee(0));
    all.clear();
    const lazyref::code_request wanted{caller(nullptr).size() + 16, 0, sizeof(word_type)};
    auto draft = space_.draft(wanted, "caller");
    require(draft.status());
    const std::vector<unsigned char> code = caller(new_word(draft));
    require(draft.shrink(code.size()));
    caller_ = publish(std::move(draft), code);
    era_ = eras_.make(space_, eras_);
    patch();
    current_.store(era_.get(), std::memory_order_release);
  }
  ~patcher() {
    current_.store(nullptr, relaxed);
    eras_.retire(std::move(era_));
    eras_.flush();
    callee_.reset();
    caller_.reset();
    space_.domain().flush();
  }

  // Returns false if there is no memory now.
  bool patch() {
    auto draft = space_.draft(callee(0).size(), "callee");
    if (!draft) {
      eras_.flush();
      draft = space_.draft(callee(0).size(), "callee");
    }
    if (!draft) return false;
    word_type& word = word_of(*caller_);
    const std::uint64_t version = version_.load(relaxed) + 1;
    if (too_soon_) {
      word.store(reinterpret_cast<const void*>(draft.address()), std::memory_order_release);
      version_.store(version, std::memory_order_release);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    function_ref next = publish(std::move(draft), callee(version));
    // The patch. Release: a thread that calls the new code observes the data that was written for it.
    word.store(next->entry(), std::memory_order_release);
    version_.store(version, std::memory_order_release);
    next.swap(callee_);
    if (!next) return true;
    if (no_eras_) {
      space_.retire(std::move(next));
      space_.domain().flush();
      return true;
    }
    // The next era: a worker that enters it finds the patched word.
    auto after = eras_.make(space_, eras_);
    era_->replaced = std::move(next);
    era_->next = after;
    current_.store(after.get(), std::memory_order_release);
    eras_.retire(std::exchange(era_, std::move(after)));
    return true;
  }

  // clang's -fsanitize=function, a part of "undefined", would read a signature of the compiler in front of the code.
  __attribute__((no_sanitize("undefined"))) void call_until(const std::atomic<bool>& stop, worker& mine) {
    auto slot = eras_.attach();
    while (!stop.load(relaxed)) {
      // Acquire, pairs with the release in patch: the call below must not reach an older callee.
      const std::uint64_t least = version_.load(std::memory_order_acquire);
      slot.protect(current_);
      ++mine.calls;
      const auto who = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&mine));
      const std::int64_t found = caller_->as<code_type>()(who, 0);
      mine.mixed += found != static_cast<std::int64_t>(mine.calls) + 1;
      mine.outdated += mine.entered < number_of(least);
      if (mine.mixed + mine.outdated != 0) noticed.store(true, relaxed);
    }
  }

  std::atomic<bool> noticed{false};

  std::uint64_t patched() const { return version_.load(relaxed); }

 private:
  static constexpr std::size_t places = 64;

  static lazyref::code_space_limits limits() {
    lazyref::code_space_limits all{places << 12, places, 1};
    all.data = sizeof(word_type);
    return all;
  }
  static void require(const lazyref::sync_result& done) {
    if (done) return;
    std::fprintf(stderr, "patchable_call: %s\n", done.what());
    std::exit(examples::check_failed);
  }
  function_ref publish(function_space::draft_type&& draft, const std::vector<unsigned char>& code) {
    require(draft.status());
    std::memcpy(draft.data(), code.data(), code.size());
    function_ref result;
    require(space_.publish(draft, result));
    return result;
  }

  const bool no_eras_, too_soon_;
  function_space space_;
  lazyref::lazy_domain<era> eras_;
  function_ref caller_, callee_;
  lazyref::strong_ref<era> era_;
  std::atomic<era*> current_{nullptr};
  std::atomic<std::uint64_t> version_{0};
};

#endif

}  // namespace

int main(int argc, char** argv) {
  unsigned long workers = 3, milliseconds = 1000;
  bool flip = false, no_eras = false, too_soon = false;
  examples::parse(
      argc, argv, "patchable_call",
      "Compiled code that calls compiled code through a word of data, which is patched all the time.\n",
      {examples::number("--workers", workers, 1, 256, "threads that call"),
       examples::number("--milliseconds", milliseconds, 10, 600000, "how long"),
       examples::flag("--flip", flip, "map memory once, and switch its protection; required under qemu-user"),
       examples::flag("--break", no_eras, "reclaim old code at once, without eras: must fail, with status 1"),
       examples::flag("--break-order", too_soon, "patch first, then write and publish: must fail, with status 1")});
#ifndef JIT_HAS_MACHINE
  std::puts("SKIPPED: patchable_call: it has no code generator for this architecture");
  return 77;
#else
  if (flip && (no_eras || too_soon)) {
    std::fputs("patchable_call: --break: it executes code while it is rewritten, which --flip prevents; see --help\n",
               stderr);
    return examples::bad_input;
  }
  examples::choose_fence();
  if (const auto done = lazyref::instruction_sync_initialize(); !done) {
    std::fprintf(stderr, "patchable_call: %s\n", done.what());
    return examples::check_failed;
  }
  std::vector<worker> each(workers);
  std::uint64_t patched = 0, full = 0;
  const examples::stopwatch watch;
  {
    patcher all(workers, flip ? lazyref::code_mapping::flip : lazyref::code_mapping::dual, no_eras, too_soon);
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    threads.reserve(workers);
    for (worker& one : each) threads.emplace_back([&] { all.call_until(stop, one); });
    // The broken variant stops once its fault is detected.
    while (watch.seconds() * 1e3 < static_cast<double>(milliseconds) ||
           ((no_eras || too_soon) && !all.noticed.load(relaxed) && watch.seconds() < 10)) {
      if (!all.patch()) ++full, std::this_thread::yield();
    }
    stop.store(true, relaxed);
    for (std::thread& one : threads) one.join();
    patched = all.patched();
  }
  worker sum;
  for (const worker& one : each) sum.calls += one.calls, sum.mixed += one.mixed, sum.outdated += one.outdated;
  std::printf("%.2f M calls/s through the word, patched %" PRIu64 " times; no memory %" PRIu64 " times\n",
              static_cast<double>(sum.calls) / watch.seconds() / 1e6, patched, full);
  std::printf("checked: %" PRIu64 " of %" PRIu64 " calls returned through other code than they entered\n", sum.mixed,
              sum.calls);
  std::printf("checked: %" PRIu64 " calls reached older code than was published before\n", sum.outdated);
  return examples::verdict(sum.mixed == 0 && sum.outdated == 0 && sum.calls != 0 && patched > 1);
#endif
}
