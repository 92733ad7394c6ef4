// SPDX-License-Identifier: BSL-1.0
//
// The restartable sequence itself, on this kernel: what it stores and when, that it leaves no descriptor behind, and
// that a signal or a migration in its middle sends it back.
#include <lazyref/sync.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/per_cpu_threads.hpp"
#include "../support/single_steps.hpp"

#if defined(LAZYREF_DETAIL_HAS_RSEQ) && __has_include(<sys/rseq.h>)

#include <pthread.h>
#include <sys/rseq.h>

using namespace lazyref_test;

namespace {

using restartable = lazyref::std_sync::restartable;
using outcome = restartable::outcome;
using word = std::atomic<char*>;

char mine, other;

outcome store(const restartable::support& how, unsigned index, word& where, char* value) {
  return restartable::store_if_null(how, index, where, value, std::memory_order_acquire, std::memory_order_release);
}

// glibc's own declaration says where things are.
struct ::rseq& area() {
  return *reinterpret_cast<struct ::rseq*>(static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset);
}
std::uint64_t descriptor() {
  std::uint64_t result;
  std::memcpy(&result, reinterpret_cast<const char*>(&area()) + offsetof(struct ::rseq, rseq_cs), sizeof result);
  return result;
}
void set_descriptor(std::uint64_t value) {
  std::memcpy(reinterpret_cast<char*>(&area()) + offsetof(struct ::rseq, rseq_cs), &value, sizeof value);
}

// Until the kernel lets it through: on this CPU, one of them will not be interrupted.
template <class Try>
outcome at_last(Try once) {
  outcome result = outcome::interrupted;
  for (int i = 0; i < 1000 && result == outcome::interrupted; ++i) result = once();
  return result;
}

}  // namespace

#define LAZYREF_NEEDS_RSEQ                               \
  const restartable::support how = restartable::probe(); \
  if (!how.usable) LAZYREF_SKIP(how.reason)
#define LAZYREF_NEEDS_RSEQ_ON_A_CPU \
  LAZYREF_NEEDS_RSEQ;               \
  const pinned on_a_cpu;            \
  if (!on_a_cpu) LAZYREF_SKIP("the calling thread cannot be kept on one CPU")

TEST_CASE("rseq: the library has found what glibc exports") {
  LAZYREF_NEEDS_RSEQ;
  CHECK(__rseq_size != 0);
  CHECK(how.area == __rseq_offset);
  if (how.index_by == lazyref::cpu_index::cpu) {
    CHECK(how.index_at == __rseq_offset + static_cast<std::ptrdiff_t>(offsetof(struct ::rseq, cpu_id)));
  }
}

TEST_CASE("rseq: the index is the CPU that the thread is on") {
  LAZYREF_NEEDS_RSEQ;
  if (how.index_by != lazyref::cpu_index::cpu) LAZYREF_SKIP("slots do not go by the CPU's number here");
  for (const int cpu : allowed_cpus()) {
    const pinned there(cpu);
    if (!there) LAZYREF_SKIP("the calling thread cannot be kept on one CPU");
    CHECK(restartable::index(how) == static_cast<unsigned>(cpu));
  }
}

TEST_CASE("rseq: a null word gets the value, and nothing is left in the area") {
  LAZYREF_NEEDS_RSEQ_ON_A_CPU;
  word where{nullptr};
  CHECK(at_last([&] { return store(how, restartable::index(how), where, &mine); }) == outcome::stored);
  CHECK(where == &mine);
  CHECK(descriptor() == 0);
}

TEST_CASE("rseq: a word that is not null stays, whatever it is") {
  LAZYREF_NEEDS_RSEQ_ON_A_CPU;
  word where{&other};
  CHECK(at_last([&] { return store(how, restartable::index(how), where, &mine); }) == outcome::occupied);
  CHECK(where == &other);
  CHECK(descriptor() == 0);
  // Also where only the upper or the lower half is not zero.
  for (const std::uintptr_t bits : {std::uintptr_t{1}, std::uintptr_t{1} << 32, std::uintptr_t{1} << 63}) {
    where = reinterpret_cast<char*>(bits);
    CHECK(at_last([&] { return store(how, restartable::index(how), where, &mine); }) == outcome::occupied);
    CHECK(reinterpret_cast<std::uintptr_t>(where.load()) == bits);
  }
}

TEST_CASE("rseq: on another CPU than it was told it stores nothing") {
  LAZYREF_NEEDS_RSEQ_ON_A_CPU;
  const unsigned here = restartable::index(how);
  for (const unsigned index : {here + 1, here ^ 1U, here | 0x80000000U, ~0U}) {
    word where{nullptr};
    CHECK(store(how, index, where, &mine) == outcome::interrupted);
    CHECK(where == nullptr);
    CHECK(descriptor() == 0);
    where = &other;
    CHECK(store(how, index, where, &mine) == outcome::interrupted);
    CHECK(where == &other);
  }
}

#if defined(__x86_64__)

// None of these signals may be survived by a sequence that is under way.
namespace {

std::atomic<int> traps{0};
void count_trap(int) { traps.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

TEST_CASE("rseq: with a signal after every instruction no sequence comes to its end; without, it does") {
  LAZYREF_NEEDS_RSEQ_ON_A_CPU;
  const single_steps steps(&count_trap);
  traps = 0;
  word where{nullptr};
  const unsigned index = restartable::index(how);
  int interrupted = 0;
  for (int i = 0; i < 100; ++i) {
    single_steps::on();
    const outcome got = store(how, index, where, &mine);
    single_steps::off();
    interrupted += got == outcome::interrupted ? 1 : 0;
  }
  if (traps == 0) LAZYREF_SKIP("the trap flag does nothing here");
  CHECK(interrupted == 100);
  CHECK(where == nullptr);
  CHECK(descriptor() == 0);

  // The control: what is no restartable sequence is not sent back.
  const int before = traps;
  single_steps::on();
  char* expected = nullptr;
  const bool swapped = where.compare_exchange_strong(expected, &other, std::memory_order_acq_rel);
  single_steps::off();
  CHECK(traps > before);
  CHECK(swapped);
  where = nullptr;
  CHECK(at_last([&] { return store(how, index, where, &mine); }) == outcome::stored);
}

#endif

// --- many threads, signals, migrations

namespace {

std::atomic<int> signals{0};
void count_signal(int) { signals.fetch_add(1, std::memory_order_relaxed); }

// Slots of two CPUs. A claim that shares its slot with another one finds the other one's mark there.
class crowd {
 public:
  // Claims of `claim(thread, cpu, slot)`, until one is shared, or enough.
  template <class Claim>
  void run(unsigned threads, std::chrono::milliseconds at_least, std::chrono::milliseconds at_most, Claim claim) {
    const std::vector<int> cpus = allowed_cpus();
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> all;
    std::atomic<unsigned> there{0};
    for (unsigned n = 0; n < threads; ++n) {
      all.emplace_back([&, n] {
        std::uint64_t dice = n * 0x9e3779b97f4a7c15U + 1;
        ++there;
        while (!stop_.load(std::memory_order_relaxed)) {
          dice = dice * 6364136223846793005U + 1442695040888963407U;
          // Moved by itself now and then; the kernel balances, too.
          if ((dice >> 33) % 4096 == 0 && !cpus.empty()) move_to_cpu(cpus[(dice >> 50) % cpus.size()]);
          for (int i = 0; i < 16; ++i) once(n, claim);
        }
        --there;
      });
    }
    // Signals from here, until they have done what they are for.
    for (std::size_t i = 0;; ++i) {
      const auto now = std::chrono::steady_clock::now() - began;
      if (shared != 0 || now > at_most) break;
      if (now > at_least && interrupted != 0 && stored > 1000 && signals != 0) break;
      if (there == threads) ::pthread_kill(all[i % threads].native_handle(), SIGUSR1);
      if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    stop_ = true;
    for (std::thread& t : all) t.join();
  }

  std::atomic<long> stored{0}, interrupted{0}, shared{0};

  struct alignas(64) slot {
    word lazy{nullptr};
    std::atomic<unsigned> owner{0};
  };
  static constexpr unsigned slots = 64;
  slot all_slots[slots];

 private:
  template <class Claim>
  void once(unsigned n, Claim& claim) {
    unsigned cpu = 0;
    const outcome got = claim(*this, cpu);
    if (got == outcome::interrupted) interrupted.fetch_add(1, std::memory_order_relaxed);
    if (got != outcome::stored) return;
    stored.fetch_add(1, std::memory_order_relaxed);
    slot& s = all_slots[cpu % slots];
    if (s.owner.exchange(n + 1, std::memory_order_relaxed) != 0) shared.fetch_add(1, std::memory_order_relaxed);
    if (stored.load(std::memory_order_relaxed) % 64 == 0) std::this_thread::yield();  // with the claim
    if (s.owner.exchange(0, std::memory_order_relaxed) != n + 1) shared.fetch_add(1, std::memory_order_relaxed);
    s.lazy.store(nullptr, std::memory_order_release);
  }

  std::atomic<bool> stop_{false};
};

class with_signals {
 public:
  with_signals() {
    signals = 0;
    struct sigaction action {};
    action.sa_handler = &count_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR1, &action, &before_);
  }
  with_signals(const with_signals&) = delete;
  with_signals& operator=(const with_signals&) = delete;
  ~with_signals() { ::sigaction(SIGUSR1, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

}  // namespace

TEST_CASE("rseq: under signals and migrations two claims never share a slot") {
  LAZYREF_NEEDS_RSEQ;
  if (allowed_cpus().empty() || allowed_cpus().back() >= static_cast<int>(crowd::slots))
    LAZYREF_SKIP("the test has slots for 64 CPUs");
  const with_signals some;
  crowd all;
  all.run(6, std::chrono::milliseconds(300), std::chrono::seconds(20), [&how](crowd& c, unsigned& cpu) {
    cpu = restartable::index(how);
    if (cpu >= crowd::slots) return outcome::occupied;
    return store(how, cpu, c.all_slots[cpu].lazy, &mine);
  });
  CHECK(all.shared == 0);
  CHECK(all.stored > 1000);
  CHECK(signals > 0);
  INFO(all.stored << " stored, " << all.interrupted << " interrupted, " << signals << " signals");
  if (all.interrupted == 0) LAZYREF_SKIP("no claim was interrupted in 20 s: nothing was seen here of restarts");
  for (crowd::slot& s : all.all_slots) CHECK(s.lazy == nullptr);
}

TEST_CASE("control: the same claim without a restartable sequence shares a slot") {
  const with_signals some;
  crowd all;
  all.run(6, std::chrono::seconds(20), std::chrono::seconds(20), [](crowd& c, unsigned& cpu) {
    cpu = 0;
    if (c.all_slots[cpu].lazy.load(std::memory_order_acquire) != nullptr) return outcome::occupied;
    std::this_thread::yield();  // where the scheduler could strike as well
    c.all_slots[cpu].lazy.store(&mine, std::memory_order_release);
    return outcome::stored;
  });
  CHECK(all.shared > 0);
}

TEST_CASE("rseq: a sequence that ended leaves the area as another user of it expects") {
  LAZYREF_NEEDS_RSEQ_ON_A_CPU;
  // Somebody else's finished sequence has left its descriptor, as librseq does. Ours replaces it, and clears it. A thread
  // that is preempted before that has its descriptor read: the kernel ends a process whose handler has no signature.
  word where{nullptr};
  alignas(4) static const std::uint32_t handler[2] = {RSEQ_SIG, 0};
  struct alignas(32) {
    std::uint32_t version = 0, flags = 0;
    std::uint64_t start = 0, length = 0, abort = reinterpret_cast<std::uint64_t>(&handler[1]);
  } finished;
  set_descriptor(reinterpret_cast<std::uint64_t>(&finished));
  CHECK(at_last([&] { return store(how, restartable::index(how), where, &mine); }) == outcome::stored);
  CHECK(descriptor() == 0);
  CHECK(where == &mine);
}

#else

TEST_CASE("rseq: restartable claims") {
  const auto how = lazyref::std_sync::restartable::probe();
  CHECK_FALSE(how.usable);
  LAZYREF_SKIP(how.reason);
}

#endif
