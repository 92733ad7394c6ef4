// SPDX-License-Identifier: BSL-1.0
//
// Of the rseq area, the pointer to the descriptor is written, and nothing else: in its V2 mode the kernel kills a process
// that writes cpu_id_start, cpu_id, node_id or mm_cid. The sequences are given an area that is none, which no kernel
// writes; it is compared after each single instruction, on x86-64 by the trap flag, on arm64 in a traced child process.
#include <lazyref/rseq_test.hpp>
#include <lazyref/sync.hpp>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../support/lazy_catch.hpp"
#include "../support/single_steps.hpp"

#if defined(LAZYREF_DETAIL_HAS_RSEQ) && !LAZYREF_TEST_TSAN

#if defined(__aarch64__)
#include "../kernels/traced.hpp"
#include "../support/child.hpp"
#endif

using lazyref::cpu_index;
using lazyref_test::single_steps;
namespace arch = lazyref::arch;

namespace {

using restartable = lazyref::std_sync::restartable;
using outcome = restartable::outcome;

struct slot {
  std::atomic<char*> lazy{nullptr};
};

char mine;

constexpr std::uint32_t cpu = 5, id = 3;

// As the kernel has it, between two guards.
struct fake {
  alignas(64) unsigned char before[64];
  unsigned char area[64];
  unsigned char after[64];

  fake() {
    std::memset(this, 0xa5, sizeof *this);
    put(0, cpu);  // cpu_id_start
    put(4, cpu);
    put(8, 0);  // rseq_cs
    put(12, 0);
    put(16, 0);   // flags
    put(20, 1);   // node_id
    put(24, id);  // mm_cid
  }
  void put(std::size_t at, std::uint32_t value) { std::memcpy(area + at, &value, sizeof value); }
  std::uint64_t descriptor() const {
    std::uint64_t result;
    std::memcpy(&result, area + 8, sizeof result);
    return result;
  }

  std::ptrdiff_t offset() const {
    return static_cast<std::ptrdiff_t>(reinterpret_cast<std::intptr_t>(area) -
                                       reinterpret_cast<std::intptr_t>(arch::thread_pointer()));
  }
  restartable::support support(cpu_index by) const {
    return {true, by, "a test's", offset(), offset() + (by == cpu_index::cpu ? 4 : 24)};
  }

  bool is_same_but_for_the_descriptor(const fake& as) const {
    const auto* const a = reinterpret_cast<const unsigned char*>(this);
    const auto* const b = reinterpret_cast<const unsigned char*>(&as);
    constexpr std::size_t at = offsetof(fake, area) + 8;
    return std::memcmp(a, b, at) == 0 && std::memcmp(a + at + 8, b + at + 8, sizeof *this - at - 8) == 0;
  }
};

// What is compared after each instruction, where there is a way to be called then.
const fake* volatile looked_at = nullptr;
const fake* volatile as_it_was = nullptr;
volatile std::sig_atomic_t steps = 0, differences = 0, described = 0;

void look(int) {
  steps = steps + 1;
  if (!looked_at->is_same_but_for_the_descriptor(*as_it_was)) differences = differences + 1;
  if (looked_at->descriptor() != 0) described = described + 1;
}

struct seen_of {
  int steps, differences, described;
  bool same_at_the_end;
  std::uint64_t descriptor_at_the_end;
};

// In a child, if a process may be traced here.
template <class Act>
void step_through([[maybe_unused]] Act act) {
#if defined(__aarch64__)
  rseq_step::traced child(lazyref_test::start_child([&act] {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return 1;
    std::raise(SIGSTOP);
    act();
    std::raise(SIGSTOP);
    return 0;
  }));
  const auto is_stopped_by = [&child](int signal) {
    return child.wait() == rseq_step::traced::state::stopped && child.code() == signal;
  };
  if (!is_stopped_by(SIGSTOP)) return;
  fake there;
  static_assert(sizeof there % sizeof(std::uint64_t) == 0, "it is read by words");
  const fake* const at = looked_at;
  looked_at = &there;
  for (child.step(); is_stopped_by(SIGTRAP); child.step()) {
    for (std::size_t i = 0; i < sizeof there; i += sizeof(std::uint64_t)) {
      const std::uint64_t word = child.read(reinterpret_cast<std::uint64_t>(at) + i);
      std::memcpy(reinterpret_cast<unsigned char*>(&there) + i, &word, sizeof word);
    }
    look(0);
  }
  looked_at = at;
#endif
}

template <class Act>
seen_of run(fake& f, Act act) {
  const fake before = f;
  looked_at = &f;
  as_it_was = &before;
  steps = 0;
  differences = 0;
  described = 0;
  step_through(act);
  {
    const single_steps all(&look);
    single_steps::on();
    act();
    single_steps::off();
  }
  return {steps, differences, described, f.is_same_but_for_the_descriptor(before), f.descriptor()};
}

bool has_steps() {
  static const bool result = [] {
    fake f;
    return run(f, [] {}).steps != 0;
  }();
  return result;
}

// What holds of each sequence, however it ends. (No CHECK in `act`.)
template <class Act>
void check_clean(const char* what, fake& f, Act act) {
  const seen_of seen = run(f, act);
  INFO(what << ": " << seen.steps << " steps");
  CHECK(seen.same_at_the_end);
  CHECK(seen.differences == 0);
  CHECK(seen.descriptor_at_the_end == 0);
  if (has_steps()) {
    CHECK(seen.steps > 5);
    // The steps were inside the sequence, too.
    CHECK(seen.described > 1);
  }
}

}  // namespace

TEST_CASE("rseq: of the area nothing but the pointer to the descriptor is written, however a claim ends") {
  if (!has_steps()) lazyref_test::skip_part("the area is compared at the end only: no single steps here");
  for (const cpu_index by : {cpu_index::cpu, cpu_index::concurrency_id}) {
    fake f;
    const restartable::support how = f.support(by);
    const std::uint32_t here = by == cpu_index::cpu ? cpu : id;
    slot all[8];
    outcome got{};
    const auto store = [&](std::uint32_t index) {
      got = restartable::store_if_null(how, index, all[here].lazy, &mine, std::memory_order_acquire,
                                       std::memory_order_release);
    };
    slot* where = nullptr;
    const auto store_here = [&](std::size_t end) {
      where = restartable::store_if_null_here(how, all, 1, end, &mine, std::memory_order_acquire,
                                              std::memory_order_release);
    };

    check_clean("stored", f, [&] { store(here); });
    CHECK(got == outcome::stored);
    CHECK(all[here].lazy == &mine);
    check_clean("occupied", f, [&] { store(here); });
    CHECK(got == outcome::occupied);
    check_clean("elsewhere", f, [&] { store(here + 1); });
    CHECK(got == outcome::interrupted);
    check_clean("here, occupied", f, [&] { store_here(8); });
    CHECK(where == nullptr);
    all[here].lazy = nullptr;
    check_clean("here, beyond", f, [&] { store_here(here); });
    CHECK(where == nullptr);
    check_clean("here, stored", f, [&] { store_here(8); });
    CHECK(where == &all[here]);
    CHECK(all[here].lazy == &mine);
    for (unsigned i = 0; i < 8; ++i) CHECK((all[i].lazy != nullptr) == (i == here));

    // A thread that is not registered, as glibc leaves it.
    f.put(4, ~0U - 1);
    all[here].lazy = nullptr;
    check_clean("here, not registered", f, [&] { store_here(8); });
    CHECK(where == nullptr);
    CHECK(all[here].lazy == nullptr);
  }
}

TEST_CASE("rseq: of the area the self-test writes nothing but the pointer to the descriptor") {
  if (!has_steps()) lazyref_test::skip_part("the area is compared at the end only: no single steps here");
  fake f;
  const std::uint64_t word = 0;
  auto got = arch::watched::changed;
  check_clean("watch", f, [&] { got = arch::watch(f.offset(), &word, 3); });
  CHECK(got == arch::watched::same);
}

TEST_CASE("control: a write to the area is noticed; one that is undone at once, by single steps") {
  fake f;
  const auto write = [&f](std::size_t at, std::uint32_t value) {
    auto* const there = reinterpret_cast<volatile std::uint32_t*>(f.area + at);
    *there = value;
  };
  for (const std::size_t at : {std::size_t{0}, std::size_t{4}, std::size_t{16}, std::size_t{20}, std::size_t{24}}) {
    fake clean;
    f = clean;
    CHECK_FALSE(run(f, [&] { write(at, 77); }).same_at_the_end);
    f = clean;
    std::uint32_t old;
    std::memcpy(&old, f.area + at, sizeof old);
    const seen_of undone = run(f, [&] {
      write(at, 77);
      write(at, old);
    });
    CHECK(undone.same_at_the_end);
    if (has_steps()) CHECK(undone.differences > 0);
  }
  // And one beyond its end, or before it.
  fake clean;
  f = clean;
  CHECK_FALSE(run(f, [&] { f.after[0] = 0; }).same_at_the_end);
  f = clean;
  CHECK_FALSE(run(f, [&] { f.before[63] = 0; }).same_at_the_end);
}

TEST_CASE("rseq: a thread that is not registered has no index") {
  for (const cpu_index by : {cpu_index::cpu, cpu_index::concurrency_id}) {
    fake f;
    const restartable::support how = f.support(by);
    CHECK(restartable::index(how) == (by == cpu_index::cpu ? cpu : id));
    // As the kernel and glibc leave it.
    for (const std::uint32_t none : {~0U, ~0U - 1}) {
      f.put(4, none);
      CHECK(restartable::index(how) >= 1U << 30);
    }
  }
}

#else

TEST_CASE("rseq: the area of a restartable sequence") {
  LAZYREF_SKIP(
      "no restartable sequences for this system, or ThreadSanitizer, which handles the signals of single steps later");
}

#endif
