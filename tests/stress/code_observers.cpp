// SPDX-License-Identifier: BSL-1.0
//
// Millions of replacements of code with all observers on, while workers call it, and throw through its frames. All blocks
// lie at a few addresses, so each is used again at once.
//
// What is checked:
//   - a block's memory is written again only after its observers were told of its end, with what they kept for it
//   - each function returns its own number, and lets exceptions pass
//   - GDB's list and the unwinder know of every block; what the files do not hold is counted; in the end all are told
//
// And that this has power: an observer that is told late, or not at all, is caught.
#include "../support/emulated.hpp"
#include "../support/stress_child.hpp"
#include "../support/stress_crew.hpp"

#include <lazyref/code_observers.hpp>
#include <lazyref/code_space.hpp>

#if !defined(__linux__) || !(defined(__x86_64__) || defined(__aarch64__))
int main() {
  std::puts("SKIPPED: code_observers: the code is for x86-64 and arm64 on Linux");
  return 77;
}
#else

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>

namespace {

using namespace lazyref;
using stress::expect;
using stress::ull;

constexpr unsigned workers = 2;
constexpr unsigned compilers = 2;
constexpr unsigned places = 4;
constexpr std::size_t block_size = 64;
constexpr unsigned most_drafts = 8;  // in one publication
// In the places, in drafts, given up and in use.
constexpr std::size_t blocks = places + 2 * compilers * most_drafts + workers;

struct thrown {
  std::uint32_t number;
};

void nothing() {}
thread_local std::uint32_t to_throw = 0;
void throws() { throw thrown{to_throw}; }

// Calls what it is given, and returns its number.
void emit(unsigned char* at, std::uint32_t number) {
#if defined(__x86_64__)
  // push rbp; mov rbp, rsp; call rdi; mov eax, number; pop rbp; ret
  unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0xb8, 0, 0, 0, 0, 0x5d, 0xc3};
  std::memcpy(code + 7, &number, sizeof number);
#else
  // stp x29, x30, [sp, #-16]!; mov x29, sp; blr x0; movz w0; movk w0; ldp x29, x30, [sp], #16; ret
  const std::uint32_t code[] = {
      0xa9bf7bfd, 0x910003fd, 0xd63f0000, 0x52800000 | (number & 0xffff) << 5, 0x72a00000 | number >> 16 << 5,
      0xa8c17bfd, 0xd65f03c0};
#endif
  std::memcpy(at, code, sizeof code);
}

struct function : code_block<function> {
  explicit function(std::uint32_t n) noexcept : number(n) {}
  void describe_code(code_description& d) const noexcept {
    d.name = "replaced";
    d.frame_pointer = true;
  }
  const std::uint32_t number;
};

// Which block is at each address, as an observer is told.
class ledger final : public code_observer {
 public:
  void* code_published(const code_event& event) noexcept override {
    const std::lock_guard<std::mutex> locked(lock_);
    std::uint64_t& here = owner(event);
    expect(here == 0, "memory is used again, and its observers were not told that its block had ended");
    here = event.id;
    ++published_;
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(event.id));
  }
  void code_reclaimed(const code_event& event, void* kept) noexcept override {
    const std::lock_guard<std::mutex> locked(lock_);
    expect(kept == reinterpret_cast<void*>(static_cast<std::uintptr_t>(event.id)), "another block's thing was kept");
    expect(owner(event) == event.id, "a block's end is told twice");
    owner(event) = 0;
    ++reclaimed_;
  }
  void finish() {
    expect(published_ == reclaimed_, "a block's end was not told");
    for (const auto& one : owners_) expect(one.second == 0, "a block's end was not told");
  }
  std::uint64_t published() const { return published_; }

 private:
  std::uint64_t& owner(const code_event& event) { return owners_[reinterpret_cast<std::uintptr_t>(event.entry)]; }

  std::mutex lock_;
  std::map<std::uintptr_t, std::uint64_t> owners_;
  std::uint64_t published_ = 0;
  std::uint64_t reclaimed_ = 0;
};

enum class bug { none, told_late, told_never };

// Does not hand everything on.
class spoilt final : public code_observer {
 public:
  spoilt(code_observer& to, bug what) : to_(to), what_(what) {}
  void* code_published(const code_event& event) noexcept override { return to_.code_published(event); }
  void code_reclaimed(const code_event& event, void* kept) noexcept override {
    if (what_ == bug::told_never) return;
    if (what_ == bug::told_late) {
      // After this has returned.
      std::thread([this, event, kept] {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        to_.code_reclaimed(event, kept);
      }).detach();
      return;
    }
    to_.code_reclaimed(event, kept);
  }

 private:
  code_observer& to_;
  const bug what_;
};

struct load {
  code_mapping mapping;
  double seconds;
  std::uint64_t replacements;  // at most
  std::uint64_t seed;
};

// Returns how many blocks were published.
std::uint64_t replace(const load& what, std::initializer_list<code_observer*> observers, bool throwing) {
  // A page of its own for each, or a page for all.
  const std::size_t bytes = what.mapping == code_mapping::dual ? 1 : blocks * detail::os_code_memory::page();
  code_space<function> space({bytes, blocks, workers}, observers, what.mapping);
  expect(static_cast<bool>(space), space.status().what());
  std::atomic<function*> shared[places] = {};
  std::atomic<std::uint64_t> published{0}, calls{0}, exceptions{0};
  std::atomic<bool> enough{false};
  stress::crew crew(what.seed);
  for (unsigned i = 0; i < workers; ++i) {
    crew.add([&](stress::random_numbers& random) {
      auto slot = space.domain().attach();
      std::uint64_t n = 0, caught = 0;
      while (!crew.stopped()) {
        const function* const one = slot.protect(shared[random.below(places)]);
        if (one == nullptr) continue;
        sync_core_this_thread();
        if (throwing && random.one_in(4096)) {
          to_throw = one->number;
          try {
            one->as<std::uint32_t(void (*)())>()(throws);
            expect(false, "an exception was lost");
          } catch (const thrown& e) {
            expect(e.number == one->number, "another exception was caught");
            ++caught;
          }
        } else {
          expect(one->as<std::uint32_t(void (*)())>()(nothing) == one->number,
                 "a function returned another one's number");
        }
        if ((++n & 63) == 0) std::this_thread::yield();
      }
      calls.fetch_add(n, std::memory_order_relaxed);
      exceptions.fetch_add(caught, std::memory_order_relaxed);
    });
  }
  for (unsigned i = 0; i < compilers; ++i) {
    crew.add([&, i](stress::random_numbers& random) {
      constexpr unsigned own = places / compilers;
      strong_ref<function> mine[own];
      while (!crew.stopped()) {
        const unsigned wanted = 1 + random.below(most_drafts);
        decltype(space.draft(1, 0U)) drafts[most_drafts];
        strong_ref<function> next[most_drafts];
        unsigned n = 0;
        for (; n < wanted; ++n) {
          drafts[n] = space.draft(block_size, static_cast<std::uint32_t>(random.next() >> 33));
          if (!drafts[n]) break;
          emit(drafts[n].data(), drafts[n]->number);
        }
        if (n != wanted) expect(drafts[n].status().error() == ENOSPC, drafts[n].status().what());
        const sync_result done = space.publish(drafts, n, next);
        expect(static_cast<bool>(done), done.what());
        for (unsigned k = 0; k < n; ++k) {
          const unsigned where = random.below(own);
          shared[i * own + where].store(next[k].get(), std::memory_order_release);
          next[k].swap(mine[where]);
          if (next[k]) space.retire(std::move(next[k]));
        }
        if (random.one_in(64)) space.tell_observers();
        if (published.fetch_add(n, std::memory_order_relaxed) >= what.replacements)
          enough.store(true, std::memory_order_relaxed);
      }
      for (auto& one : shared) one.store(nullptr, std::memory_order_release);
    });
  }
  crew.run_undisturbed(what.seconds, [&] { return !enough.load(std::memory_order_relaxed); });
  std::printf("%llu replacements, %llu calls, %llu exceptions ", ull(published.load()), ull(calls.load()),
              ull(exceptions.load()));
  if (throwing && exceptions.load() == 0) stress::no_power("exceptions through code", stress::next_to_nothing);
  return published.load();
}

// How many functions are in a dump; the last record is that of its end.
std::uint64_t records_of(const char* path) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  expect(file >= 0, "the dump is not there");
  std::uint64_t n = 0;
  for (off_t at = 40;;) {
    std::uint32_t head[4] = {};
    const ssize_t got = ::pread(file, head, sizeof head, at);
    if (got == 0) break;
    expect(got == sizeof head && head[0] <= 3 && head[1] >= 16, "the dump has half a record");
    n += head[0] == 0;
    at += head[1];
  }
  ::close(file);
  return n;
}

void all_on(const char* name, const load& what) {
  ledger book;
  code_gdb debugger;
  code_unwind unwinder;
  std::string path;
  std::uint64_t missed = 0;
  {
    code_jitdump dump("/tmp");
    code_perf_map map;
    path = dump.path();
    if (!dump.status()) std::printf("SKIPPED: %s: %s: jitdump: %s\n", stress::program, name, dump.status().what());
    if (!map.status()) std::printf("SKIPPED: %s: %s: perf map: %s\n", stress::program, name, map.status().what());
    expect(debugger.status() && unwinder.status(), "GDB or the unwinder cannot be told here");
    replace(what, {&book, &dump, &unwinder, &debugger, &map}, true);
    missed = dump.missed();
    if (!dump.status() && missed == 0) path.clear();
    if (map.status() || map.missed() != 0) ::unlink(map.path());
  }
  book.finish();
  expect(debugger.missed() == 0 && unwinder.missed() == 0, "a block was not told of");
  expect(lazyref::detail::lazyref_gdb_list.first == nullptr, "GDB's list is not empty");
  std::printf("%s: %llu blocks, ", name, ull(book.published()));
  if (!path.empty()) {
    const std::uint64_t records = records_of(path.c_str());
    expect(records + missed == book.published(), "the dump has lost a function, and not counted it");
    std::printf("%llu in the dump, %llu missed ", ull(records), ull(missed));
    ::unlink(path.c_str());
  }
  std::puts("-> ok");
  std::fflush(stdout);
}

void planted(bug which, const load& what) {
  // What comes late, comes to it: it is never destroyed.
  auto& book = *new ledger;
  auto& between = *new spoilt(book, which);
  replace(what, {&between}, false);
  if (which == bug::none) book.finish();
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, stress::sanitized ? 2 : 8);
  if (lazyref_test::emulated || !sync_core_all_threads()) {
    std::puts("SKIPPED: code_observers: nothing reaches all threads here, or code that is replaced stays stale");
    return 77;
  }
  // The files are as large as this, and what comes then is counted.
  rlimit largest{};
  expect(::getrlimit(RLIMIT_FSIZE, &largest) == 0, "getrlimit failed");
  largest.rlim_cur = std::min<rlim_t>(largest.rlim_max, 64 << 20);
  expect(::setrlimit(RLIMIT_FSIZE, &largest) == 0, "setrlimit failed");
  all_on("dual", {code_mapping::dual, options.seconds, 4000000, options.seed});
  all_on("flip", {code_mapping::flip, options.seconds / 4, 4000000, options.seed});

  stress::verdicts verdicts;
  const load shorter{code_mapping::dual, options.seconds / 10, 4000000, options.seed};
  verdicts.must_be_clean("by the rules", [&] { planted(bug::none, shorter); });
  verdicts.must_be_caught("told late", [&] { planted(bug::told_late, shorter); });
  verdicts.must_be_caught("told never", [&] { planted(bug::told_never, shorter); });
  return verdicts.exit_status();
}

#endif
