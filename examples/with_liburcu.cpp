// SPDX-License-Identifier: BSL-1.0
//
// with_liburcu: one structure, reclaimed in two ways. For users of RCU whose readers must keep an object after their
// read-side section. A table of sessions is read under liburcu's read lock and replaced as a whole; old tables are freed
// by call_rcu. Sessions outlive a table, and readers use one for longer than a section, such as while they wait for a
// network. RCU alone would need a reference count for each use, or sections that delay all callbacks of the process.
//
// Here a reader activates its slot inside the section, by one store. The table's own user (owning reference) of the
// session covers the activation: the callback drops that user, so after every section that may have found the table. Then
// lazyref finds the slots that still use the session, and no thread waits for them.
//
// Run: sh examples/run.sh with_liburcu (it installs liburcu-dev)
#include <lazyref/domain.hpp>

#include <urcu/urcu-memb.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "example.hpp"

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr std::size_t table_size = 16;

bool break_sessions = false, break_tables = false;

// Poisoned before it is freed.
class mark {
 public:
  ~mark() { poison(); }
  void poison() noexcept { word_.store(0xdead, relaxed); }
  bool is_good() const noexcept { return word_.load(relaxed) == 0x900d; }

 private:
  std::atomic<std::uint32_t> word_{0x900d};
};

// Counts objects that are retired and not freed yet. Who may call add: one thread.
struct gauge {
  void add() noexcept { most = std::max(most, now.fetch_add(1, relaxed) + 1); }
  void remove() noexcept { now.fetch_sub(1, relaxed); }

  std::atomic<std::size_t> now{0};
  std::size_t most = 0;
};
gauge waiting_tables, waiting_sessions;

struct session : lazyref::owner<session> {
  explicit session(std::uint64_t n) : number(n), complement(~n) {}
  ~session() { waiting_sessions.remove(); }
  // Runs in the callback thread, when no table refers to the session any more.
  void on_last_user() noexcept {
    waiting_sessions.add();
    if (break_sessions) state.poison();  // as if it were freed with the last table
  }
  bool is_whole() const noexcept { return state.is_good() && complement == ~number; }

  const std::uint64_t number, complement;
  mark state;
};

using domain = lazyref::lazy_domain<session>;
using user = lazyref::strong_ref<session>;

struct table : rcu_head {
  std::array<user, table_size> entries;
  mark state;
};

struct figures {
  std::uint64_t uses = 0, broken_tables = 0, broken_sessions = 0;
};
std::atomic<bool> caught{false};

class routes {
 public:
  explicit routes(std::size_t readers) : domain_(readers) {
    table* const first = new table;
    for (user& one : first->entries) one = domain_.make(++made_);
    current_.store(first, std::memory_order_release);
  }

  figures read(std::chrono::milliseconds stay, const std::atomic<bool>& stop) {
    figures mine;
    auto slot = domain_.attach();
    urcu_memb_register_thread();
    while (!stop.load(relaxed)) {
      const std::uint64_t turn = ++mine.uses;
      urcu_memb_read_lock();
      const table* const found = current_.load(std::memory_order_acquire);  // rcu_dereference is for C
      slot.activate(found->entries[turn % table_size]);
      if (turn % 64 == 0) std::this_thread::yield();
      const bool good_table = found->state.is_good();
      urcu_memb_read_unlock();
      // From here on the table may be freed, and its user of the session dropped.
      if (turn % 4096 == 0) std::this_thread::sleep_for(stay);
      const bool good_session = slot.active()->is_whole();
      mine.broken_tables += !good_table;
      mine.broken_sessions += !good_session;
      if (!good_table || !good_session) caught.store(true, relaxed);
    }
    urcu_memb_unregister_thread();
    return mine;
  }

  // Who may call: one thread at a time.
  void replace_one() {
    const table* const before = current_.load(relaxed);
    auto next = std::make_unique<table>();
    next->entries = before->entries;
    next->entries[made_ % table_size] = domain_.make(made_ + 1);
    ++made_;
    retire(current_.exchange(next.release(), std::memory_order_acq_rel));
  }

  // Precondition: all readers have ended.
  bool report(const figures& sum, double seconds) {
    retire(current_.exchange(nullptr, relaxed));
    urcu_memb_barrier();
    domain_.collect();
    const lazyref::domain_stats stats = domain_.stats();
    // For each reader, the session in its slot and one that it is releasing; two that the callback thread is processing.
    const std::size_t bound = 2 * stats.slot_count + 2;
    std::printf("%.2f M uses/s, %.0f sessions replaced/s; handed over to a slot: %zu\n",
                static_cast<double>(sum.uses) / seconds / 1e6, static_cast<double>(made_) / seconds, stats.handed_over);
    std::printf("most that waited to be freed at one time: sessions %zu, bound %zu; tables %zu, no bound\n",
                waiting_sessions.most, bound, waiting_tables.most);
    std::printf("checked: %" PRIu64 " of %" PRIu64 " sections found a freed table\n", sum.broken_tables, sum.uses);
    std::printf("checked: %" PRIu64 " of %" PRIu64 " uses found a freed session\n", sum.broken_sessions, sum.uses);
    std::printf("checked: %zu tables left; %zu of %zu sessions disposed of\n", waiting_tables.now.load(relaxed),
                stats.disposed, stats.made);
    return sum.broken_tables == 0 && sum.broken_sessions == 0 && sum.uses != 0 &&
           waiting_tables.now.load(relaxed) == 0 && stats.disposed == stats.made && stats.made > table_size &&
           waiting_sessions.most <= bound;
  }

 private:
  static void retire(table* old) {
    waiting_tables.add();
    if (break_tables) old->state.poison();  // as if it were freed without a grace period
    urcu_memb_call_rcu(old, [](rcu_head* head) {
      delete static_cast<table*>(head);
      waiting_tables.remove();
    });
  }

  domain domain_;
  std::uint64_t made_ = 0;
  std::atomic<table*> current_{nullptr};
};

}  // namespace

int main(int argc, char** argv) {
  unsigned long readers = 3, milliseconds = 1000, replace_us = 200, stay_ms = 30;
  examples::parse(
      argc, argv, "with_liburcu", "Tables are reclaimed by liburcu's call_rcu, and the sessions in them by slots.\n",
      {examples::number("--readers", readers, 1, 256, "threads that use sessions"),
       examples::number("--milliseconds", milliseconds, 10, 3600000, "how long"),
       examples::number("--replace-every-us", replace_us, 0, 10000000, "pause between two replacements"),
       examples::number("--stay-ms", stay_ms, 1, 10000, "how long a reader sometimes uses a session"),
       examples::flag("--break", break_sessions, "free sessions without a scan of the slots: must fail, with status 1"),
       examples::flag("--break-tables", break_tables, "free tables without a grace period: must fail, with status 1")});
  examples::choose_fence();

  routes all(readers);
  std::vector<figures> each(readers);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  const examples::stopwatch watch;
  for (unsigned long i = 0; i < readers; ++i)
    threads.emplace_back([&, i] { each[i] = all.read(std::chrono::milliseconds(stay_ms), stop); });
  // The broken variant stops once its fault is detected.
  const double wanted = static_cast<double>(milliseconds) / 1e3;
  const bool is_broken = break_sessions || break_tables;
  while (watch.seconds() < wanted || (is_broken && !caught.load(relaxed) && watch.seconds() < 10)) {
    std::this_thread::sleep_for(std::chrono::microseconds(replace_us));
    all.replace_one();
  }
  stop.store(true, relaxed);
  for (std::thread& one : threads) one.join();

  figures sum;
  for (const figures& one : each)
    sum.uses += one.uses, sum.broken_tables += one.broken_tables, sum.broken_sessions += one.broken_sessions;
  return examples::verdict(all.report(sum, watch.seconds()));
}
