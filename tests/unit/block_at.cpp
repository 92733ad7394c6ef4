// SPDX-License-Identifier: BSL-1.0
//
// Whose code lies at an address: by hand, while neighbours come and go, and from a handler of a signal that interrupts
// threads inside code. And the alignment of blocks.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <signal.h>
#endif
#if defined(__linux__)
#include <ucontext.h>
#endif

#include <lazyref/code_space.hpp>

#include "../support/code_script.hpp"
#include "../support/emitted_code.hpp"
#include "../support/emulated.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::strong_ref;

namespace {

constexpr const char* next_to_nothing = "no power on this machine, now: next to nothing was replaced, or looked up";

struct function : lazyref::code_block<function> {};
using space_type = lazyref::code_space<function, lazyref::domain_options<>, quiet_code_system>;
using draft_type = space_type::draft_type;
constexpr std::size_t line = lazyref::cache_line;

strong_ref<function> published(space_type& space, std::size_t size) {
  strong_ref<function> code;
  draft_type draft = space.draft(size);
  if (draft) (void)space.publish(draft, code);
  return code;
}

const unsigned char* begin_of(const function& block) { return static_cast<const unsigned char*>(block.entry()); }

bool says(const lazyref::sync_result& result, const char* word) {
  return std::string(result.what()).find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("block_at: every byte of a published block, and nothing else", "[code]") {
  for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
    const std::size_t grain = mapping == code_mapping::dual ? line : code_page;
    space_type space({16 * code_page, 8, 1}, mapping);
    REQUIRE(space);
    draft_type draft = space.draft(3 * grain - 1);
    REQUIRE(draft);
    const auto* const first = reinterpret_cast<const unsigned char*>(draft.address());
    CHECK(space.block_at(first) == nullptr);  // a draft
    strong_ref<function> a;
    REQUIRE(space.publish(draft, a));
    strong_ref<function> b = published(space, 1);
    strong_ref<function> c = published(space, grain + 1);
    REQUIRE(b);
    REQUIRE(c);
    const auto is = [&](const strong_ref<function>& block, std::size_t n) {
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < n; ++i) wrong += space.block_at(begin_of(*block) + i) != block.get();
      return wrong == 0;
    };
    CHECK(is(a, 3 * grain));
    CHECK(is(b, grain));
    CHECK(is(c, 2 * grain));
    CHECK_FALSE(is(b, grain + 1));  // so it would be noticed
    CHECK(space.block_at(first - 1) == nullptr);
    CHECK(space.block_at(begin_of(*c) + 2 * grain) == nullptr);
    CHECK(space.block_at(first + 16 * code_page) == nullptr);
    CHECK(space.block_at(nullptr) == nullptr);
    CHECK(space.block_at(&space) == nullptr);
    CHECK(space.block_at(reinterpret_cast<const void*>(UINTPTR_MAX)) == nullptr);

    const unsigned char* const gone = begin_of(*b);
    space.retire(std::move(b));
    space.domain().flush();
    CHECK(space.block_at(gone) == nullptr);
    CHECK(space.block_at(gone - 1) == a.get());
    CHECK(space.block_at(gone + grain) == c.get());
    const strong_ref<function> next = published(space, 1);
    CHECK(begin_of(*next) == gone);
    CHECK(space.block_at(gone) == next.get());
  }
}

TEST_CASE("block_at: a draft that shrank covers what is left, one that was given up nothing", "[code]") {
  space_type space({code_page, 4, 1});
  draft_type draft = space.draft(4 * line);
  const auto* const first = reinterpret_cast<const unsigned char*>(draft.address());
  REQUIRE(draft.shrink(line));
  strong_ref<function> code;
  REQUIRE(space.publish(draft, code));
  CHECK(space.block_at(first) == code.get());
  CHECK(space.block_at(first + line) == nullptr);
  const strong_ref<function> next = published(space, 2 * line);
  CHECK(space.block_at(first + line) == next.get());
  { const draft_type unused = space.draft(line); }
  CHECK(space.block_at(first + 2 * line) == next.get());
  CHECK(space.block_at(first + 3 * line) == nullptr);
}

TEST_CASE("block_at: a space that could not be made has no blocks", "[code]") {
  const space_type space({0, 4, 1});
  CHECK(space.block_at(nullptr) == nullptr);
  CHECK(space.block_at(&space) == nullptr);
}

namespace {

// How often a block that is alive is not found, while its neighbours on both sides come and go. `fault` is called where
// a neighbour has just ended; its second argument returns when the looker has looked from begin to end.
template <class Fault>
long missed(int rounds, Fault fault) {
  lazyref::detail::code_index<lazyref::std_sync> index(8, 8);
  REQUIRE(index.provide(0));
  index.set(3, 2, 5);
  std::atomic<bool> over{false};
  std::atomic<long> wrong{0}, looks{0};
  std::thread looker([&] {
    do {
      for (const std::size_t place : {std::size_t{3}, std::size_t{4}})
        if (index.at(place) != 5) wrong.fetch_add(1, std::memory_order_relaxed);
      looks.fetch_add(1, std::memory_order_relaxed);
    } while (!over.load(std::memory_order_acquire));
  });
  const auto look = [&] {
    const long enough = looks.load(std::memory_order_relaxed) + 2;  // one look may have begun before
    while (looks.load(std::memory_order_relaxed) < enough) std::this_thread::yield();
  };
  look();
  for (int i = 0; i < rounds; ++i) {
    index.set(1, 2, 7);
    index.set(5, 3, 8);
    index.clear(1, 2);
    index.clear(5, 3);
    fault(index, look);
  }
  over.store(true, std::memory_order_release);
  looker.join();
  return wrong;
}

}  // namespace

TEST_CASE("block_at: a block that is alive is found, while its neighbours come and go", "[code]") {
  using index = lazyref::detail::code_index<lazyref::std_sync>;
  CHECK(missed(20000, [](index&, auto&&) {}) == 0);
  // An index that clears a place too many.
  CHECK(missed(2, [](index& all, auto&& look) {
          all.clear(4, 1);
          look();
          all.set(4, 1, 5);
        }) > 0);
}

TEST_CASE("block_at: the same in a space, with blocks of several sizes", "[code]") {
  space_type space({16 * code_page, 64, 4});
  REQUIRE(space);
  std::vector<strong_ref<function>> stay, go;
  for (std::size_t i = 0; i < 16; ++i) {
    stay.push_back(published(space, (i % 3 + 1) * line));
    go.push_back(published(space, (i % 4 + 1) * line));
    REQUIRE(stay.back());
    REQUIRE(go.back());
  }
  std::atomic<bool> over{false};
  std::atomic<long> wrong{0}, looks{0};
  std::thread looker([&] {
    do {
      for (const auto& one : stay) {
        for (std::size_t at = 0; at < one->size(); at += line / 2)
          if (space.block_at(begin_of(*one) + at) != one.get()) wrong.fetch_add(1, std::memory_order_relaxed);
      }
      looks.fetch_add(1, std::memory_order_relaxed);
    } while (!over.load(std::memory_order_acquire));
  });
  int failed = 0;
  for (int i = 0; i < 3000 || looks.load(std::memory_order_relaxed) < 3; ++i) {
    auto& one = go[static_cast<std::size_t>(i) % go.size()];
    strong_ref<function> next = published(space, (static_cast<std::size_t>(i) % 5 + 1) * line);
    failed += !next;
    if (next) space.retire(std::exchange(one, std::move(next)));
  }
  over.store(true, std::memory_order_release);
  looker.join();
  CHECK(wrong == 0);
  CHECK(failed == 0);
}

#if defined(__unix__) || defined(__APPLE__)

// A handler that interrupts workers while they are on a block. Code is not executed here: that a thread is "inside" is
// what its slot says, and the address is one of that block's.
namespace {

struct interrupted {
  const space_type* space = nullptr;
  std::atomic<const function*> inside{nullptr};  // of the worker
  std::atomic<const void*> address{nullptr};
  std::atomic<long> found{0}, wrong{0};
};
interrupted the_worker;

void look_up(int) {
  const int error = errno;
  const function* const inside = the_worker.inside.load(std::memory_order_relaxed);
  if (inside != nullptr) {
    const function* const found = the_worker.space->block_at(the_worker.address.load(std::memory_order_relaxed));
    (found == inside ? the_worker.found : the_worker.wrong).fetch_add(1, std::memory_order_relaxed);
  }
  errno = error;
}

}  // namespace

TEST_CASE("block_at: from a handler of a signal that interrupts code, while others replace it", "[code]") {
  space_type space({4 * code_page, 64, 4});
  REQUIRE(space);
  the_worker.space = &space;
  struct sigaction action {
  }, before{};
  action.sa_handler = look_up;
  REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
  strong_ref<function> current = published(space, 2 * line);
  std::atomic<function*> shared{current.get()};
  std::atomic<bool> over{false}, here{false};
  std::thread worker([&] {
    auto slot = space.domain().attach();
    here.store(true, std::memory_order_release);
    while (!over.load(std::memory_order_acquire)) {
      const function* const now = slot.protect(shared);
      the_worker.address.store(begin_of(*now) + line + 3, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
      the_worker.inside.store(now, std::memory_order_relaxed);
      for (int i = 0; i < 100; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
      the_worker.inside.store(nullptr, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    slot.deactivate();
  });
  while (!here.load(std::memory_order_acquire)) std::this_thread::yield();
  unsigned replaced = 0;
  lazyref_test::round_limit limit(200000, std::chrono::seconds(20));
  for (unsigned i = 0; (i < 2000 || the_worker.found.load() < 20) && limit.more(i); ++i) {
    ::pthread_kill(worker.native_handle(), SIGUSR1);
    strong_ref<function> next = published(space, static_cast<std::size_t>(i % 2 + 2) * line);
    if (!next) {
      std::this_thread::yield();
      continue;
    }
    shared.store(next.get(), std::memory_order_release);
    space.retire(std::exchange(current, std::move(next)));
    ++replaced;
  }
  over.store(true, std::memory_order_release);
  worker.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  CHECK(the_worker.wrong == 0);
  if (replaced <= 100 || the_worker.found == 0) skip_part(next_to_nothing);
}

TEST_CASE("block_at: and the handler would notice an address of another block", "[code]") {
  space_type space({code_page, 4, 1});
  const strong_ref<function> one = published(space, line);
  const strong_ref<function> other = published(space, line);
  the_worker.space = &space;
  the_worker.wrong = the_worker.found = 0;
  the_worker.inside = one.get();
  the_worker.address = begin_of(*one) + 1;
  look_up(0);
  CHECK((the_worker.found == 1 && the_worker.wrong == 0));
  the_worker.address = begin_of(*other) + 1;
  look_up(0);
  CHECK((the_worker.found == 1 && the_worker.wrong == 1));
  the_worker.inside = nullptr;
  the_worker.wrong = the_worker.found = 0;
}

#endif

// The same by the program counter, in code that runs.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

namespace {

struct running {
  const lazyref::code_space<function>* space = nullptr;
  std::atomic<const function*> inside{nullptr};
  std::atomic<long> found{0}, wrong{0};
};
running the_runner;

void look_up_counter(int, siginfo_t*, void* context) {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  const auto at = static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#else
  const auto at = static_cast<std::uintptr_t>(machine.pc);
#endif
  const function* const inside = the_runner.inside.load(std::memory_order_relaxed);
  if (inside == nullptr) return;
  // Its slot is on it. The counter may be in the function that calls it, too.
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(inside->entry());
  if (at - begin >= inside->size()) return;
  const function* const found = the_runner.space->block_at(reinterpret_cast<const void*>(at));
  (found == inside ? the_runner.found : the_runner.wrong).fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

TEST_CASE("block_at: the program counter of an interrupted thread is in the block that its slot is on", "[code]") {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer runs handlers later than signals come");
  if (emulated) LAZYREF_SKIP("an emulator may run old code");
  lazyref::code_space<function> space({std::size_t{1} << 16, 64, 4});
  if (!space) LAZYREF_SKIP(space.status().what());
  constexpr std::size_t size = 2048;  // of which all is run, and does nothing
  const auto compile = [&](std::uint32_t value) {
    strong_ref<function> code;
    auto draft = space.draft(size + value % 3 * 1024);
    if (!draft) return code;
    emit_number(draft.data(), draft.size(), value);
    (void)space.publish(draft, code);
    return code;
  };
  strong_ref<function> current = compile(7);
  if (!current) LAZYREF_SKIP("this system does not let code be published");
  the_runner.space = &space;
  struct sigaction action {
  }, before{};
  action.sa_sigaction = look_up_counter;
  action.sa_flags = SA_SIGINFO;
  REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
  std::atomic<function*> shared{current.get()};
  std::atomic<bool> over{false}, here{false};
  std::thread worker([&] {
    auto slot = space.domain().attach();
    here.store(true, std::memory_order_release);
    while (!over.load(std::memory_order_acquire)) {
      const function* const now = slot.protect(shared);
      the_runner.inside.store(now, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
      for (int i = 0; i < 20; ++i) (void)now->as<int()>()();
      std::atomic_signal_fence(std::memory_order_seq_cst);
      the_runner.inside.store(nullptr, std::memory_order_relaxed);
    }
    slot.deactivate();
  });
  while (!here.load(std::memory_order_acquire)) std::this_thread::yield();
  unsigned replaced = 0;
  lazyref_test::round_limit limit(100000, std::chrono::seconds(20));
  for (std::uint32_t i = 0; (i < 1000 || the_runner.found.load() < 20) && limit.more(i); ++i) {
    ::pthread_kill(worker.native_handle(), SIGUSR1);
    strong_ref<function> next = compile(i);
    if (!next) continue;
    shared.store(next.get(), std::memory_order_release);
    space.retire(std::exchange(current, std::move(next)));
    ++replaced;
  }
  over.store(true, std::memory_order_release);
  worker.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  CHECK(the_runner.wrong == 0);
  if (replaced <= 100 || the_runner.found == 0) skip_part(next_to_nothing);
}

#endif

// --- alignment

TEST_CASE("alignment: of each draft, as asked for", "[code]") {
  for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
    space_type space({16 * code_page, 64, 1}, mapping);
    std::vector<draft_type> drafts;
    bool all_are_pages = true;
    for (std::size_t alignment = 1; alignment <= code_page; alignment *= 2) {
      drafts.push_back(space.draft({1, alignment}));
      REQUIRE(drafts.back());
      CHECK(drafts.back().address() % alignment == 0);
      all_are_pages = all_are_pages && drafts.back().address() % code_page == 0;
    }
    CHECK(all_are_pages == (mapping == code_mapping::flip));
    const std::size_t before = space.bytes_in_use();
    for (const std::size_t alignment : {std::size_t{3}, std::size_t{96}, 2 * code_page, SIZE_MAX}) {
      const draft_type none = space.draft({1, alignment});
      CHECK(none.status().error() == EINVAL);
      CHECK(says(none.status(), "alignment"));
    }
    CHECK(space.bytes_in_use() == before);
  }
}

TEST_CASE("alignment: a page is found among pages in pieces, and only if one is whole", "[code]") {
  space_type space({4 * code_page, 64, 1});
  std::vector<draft_type> drafts;
  for (int i = 0; i < 3; ++i) {
    drafts.push_back(space.draft(line));
    drafts.push_back(space.draft(code_page - line));
    REQUIRE(drafts.back());
  }
  for (std::size_t i = 0; i < drafts.size(); i += 2) drafts[i] = {};  // a hole at the beginning of each page
  drafts.push_back(space.draft({2 * line, code_page}));
  CHECK(drafts.back().address() == drafts[1].address() - line + 3 * code_page);
  CHECK(space.draft({2 * line, code_page}).status().error() == ENOSPC);
  CHECK(space.draft({line, code_page}));
  CHECK(space.draft(2 * line));
}

TEST_CASE("alignment: of a space, which is that of all its blocks", "[code]") {
  for (const std::size_t alignment : {std::size_t{0}, std::size_t{16}, line, 4 * line, code_page}) {
    lazyref::code_space_limits limits{4 * code_page, 64, 1};
    limits.alignment = alignment;
    space_type space(limits);
    REQUIRE(space);
    const std::size_t grain = alignment > line ? alignment : line;
    const draft_type first = space.draft(1);
    const draft_type second = space.draft({1, 1});
    CHECK(first.address() % grain == 0);
    CHECK(second.address() == first.address() + grain);
    CHECK(space.bytes_in_use() == 2 * grain);
  }
  for (const std::size_t alignment : {std::size_t{3}, line + 1, 3 * line, 2 * code_page, SIZE_MAX}) {
    for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
      lazyref::code_space_limits limits{4 * code_page, 64, 1};
      limits.alignment = alignment;
      space_type space(limits, mapping);
      CHECK(space.status().error() == EINVAL);
      CHECK(says(space.status(), "alignment"));
      CHECK(space.draft(1).status().error() == EINVAL);
    }
  }
}
