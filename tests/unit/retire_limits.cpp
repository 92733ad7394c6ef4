// SPDX-License-Identifier: BSL-1.0
//
// When retired objects are scanned for: by how many wait, and bytes, and by the clock; on how many CPUs; and what a scan
// looks at. Time, CPUs and the price of a heavy fence are the test's.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "../support/free_fence.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

namespace {

constexpr std::uint64_t us = 1000, ms = 1000 * us;

struct world_sync : lazyref::std_sync {
  static inline std::uint64_t time = 0;         // in nanoseconds
  static inline std::uint64_t fence_takes = 0;  // the same
  static inline std::uint64_t fenced = 0;       // all of them together
  static inline int fences = 0;
  static inline unsigned cpu = 0;
  static inline std::size_t all_cpus = 1;

  static void begin(std::size_t cpus, std::uint64_t price) {
    time = price != 0 ? 100 * ms : 0;  // 0: it stands still
    fence_takes = price;
    fenced = 0;
    fences = 0;
    cpu = 0;
    all_cpus = cpus;
  }
  static unsigned this_cpu() noexcept { return cpu; }
  static std::size_t cpus() noexcept { return all_cpus; }
  static std::uintptr_t now() noexcept { return static_cast<std::uintptr_t>(time); }  // may wrap
  struct fence {
    static void light(std::memory_order) noexcept {}
    static void heavy(std::memory_order) noexcept {
      time += fence_takes;
      fenced += fence_takes;
      ++fences;
    }
    static bool try_heavy(std::memory_order order) noexcept {
      heavy(order);
      return true;
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
  using slot_fence = free_slot_fence;
};

using world = world_sync;
using thing_here = basic_thing<world_sync>;
using as_it_comes = lazyref::domain_options<>;
using with_little = with_few<as_it_comes>;

template <class Options = as_it_comes>
struct server {
  explicit server(std::size_t slots = 1) : domain(slots) {
    for (std::size_t i = 0; i < slots; ++i) all_slots.push_back(domain.attach());
    all_slots[0].protect(nothing);  // from now on there are heavy fences
  }
  // Replaces an object each `every`; returns how many waited at most.
  std::size_t run(int times, std::uint64_t every) {
    std::size_t most = 0;
    for (int i = 0; i < times; ++i) {
      world::time += every;
      domain.retire(domain.make(all));
      most = std::max(most, domain.stats().retired);
    }
    return most;
  }

  census all;
  lazyref::lazy_domain<thing_here, Options> domain;
  std::vector<lazyref::lazy_slot<thing_here, Options>> all_slots;
  std::atomic<thing_here*> nothing{nullptr};
};

}  // namespace

TEST_CASE("retire: a server that replaces an object each millisecond keeps a handful, whatever a fence costs") {
  const std::uint64_t price = GENERATE(std::uint64_t{300}, 10 * us, 50 * us, 200 * us);
  world::begin(4, price);
  server<> s(4);
  const std::size_t most = s.run(10000, ms);
  CAPTURE(price, world::fences);
  CHECK(most <= (16 * price <= 4 * ms ? 4U : 8U));
  CHECK(world::fenced <= 10000 * ms / 16);
}

TEST_CASE("control: where time stands still, it keeps as many as the limit says") {
  world::begin(1, 0);
  server<with_little> s;
  CHECK(s.run(1000, 0) == small_batch - 1);
}

TEST_CASE("retire: fences take a sixteenth of the time, or what the limit makes of it") {
  struct row {
    std::uint64_t price, every;
    double most_of_time;
  };
  const row r = GENERATE(row{300, 30, 1.0 / 14}, row{4 * us, 30, 1.0 / 14}, row{10 * us, 30, 1.0 / 14},
                         row{50 * us, 30, 0.21}, row{50 * us, 100, 1.0 / 14}, row{1 * ms, 10 * us, 1.0 / 14});
  world::begin(1, r.price);
  server<> s;
  s.run(100000, r.every);  // The price is learnt.
  world::fenced = 0;
  const std::uint64_t begin = world::time;
  const std::size_t most = s.run(200000, r.every);
  const double share = static_cast<double>(world::fenced) / static_cast<double>(world::time - begin);
  CAPTURE(r.price, r.every, most, share);
  CHECK(share <= r.most_of_time);
  CHECK(most < lazyref::lazy_domain<thing_here>::retire_batch);
  // No more than that takes, and the steps in which it looks at the clock.
  CHECK(most <= 17 * r.price / r.every + 70);
}

TEST_CASE("retire: one long scan, as of a thread that was preempted, is soon forgotten") {
  world::begin(1, 10 * us);
  server<> s;
  s.run(10000, 100);
  world::fence_takes = 30 * ms;
  s.domain.flush();
  s.domain.retire(s.domain.make(s.all));
  s.domain.flush();
  world::fence_takes = 10 * us;
  CHECK(s.run(20000, 100) <= 4000);
  CHECK(s.run(10000, 100) <= 17 * 100 + 70);
}

TEST_CASE("retire: each CPU has a list, none waits for the others, and a flush takes all with one fence") {
  constexpr unsigned cpus = 4;
  world::begin(cpus, 0);
  using domain_type = lazyref::lazy_domain<thing_here, with_little>;
  census all;
  domain_type domain(100);
  auto slot = domain.attach();
  std::atomic<thing_here*> nothing{nullptr};
  slot.protect(nothing);
  CHECK(domain.retire_bound() == cpus * small_batch);
  for (world::cpu = 0; world::cpu < cpus; ++world::cpu) {
    for (std::size_t i = 1; i < small_batch; ++i) domain.retire(domain.make(all));
  }
  CHECK(all.disposed == 0);
  CHECK(domain.stats().retired == cpus * (small_batch - 1));
  CHECK(domain.stats().retired < domain.retire_bound());
  SECTION("one more on one of them: what waits there goes, and nothing else") {
    world::cpu = 2;
    domain.retire(domain.make(all));
    CHECK(all.disposed == static_cast<int>(small_batch));
    CHECK(domain.stats().retired == (cpus - 1) * (small_batch - 1));
  }
  SECTION("a flush, on any") {
    world::cpu = 7;  // more than there were: they share
    world::fences = 0;
    CHECK(domain.flush() == 0);
    CHECK(world::fences == 1);
    CHECK(all.alive() == 0);
  }
  world::cpu = 0;
}

TEST_CASE("retire: no more lists than slots, nor than CPUs") {
  world::begin(6, 0);
  for (const auto& [slots, lists] : {std::pair<std::size_t, std::size_t>{1, 1}, {2, 2}, {3, 4}, {4, 4}, {100, 8}}) {
    const lazyref::lazy_domain<thing_here, with_little> domain(slots);
    CHECK(domain.retire_bound() == lists * small_batch);
  }
}

TEST_CASE("retire: where there are more slots than the limit, as many wait as there are slots: one look for each") {
  world::begin(1, 0);
  constexpr std::size_t many = 3 * small_batch;
  server<with_little> s(many);
  CHECK(s.domain.retire_bound() == many);
  CHECK(s.run(10 * static_cast<int>(many), 0) == many - 1);
  CHECK(s.domain.stats().scanned == 10 * many);
}

TEMPLATE_TEST_CASE("retire: the bytes that wait are limited too", "", deferred_all, prompt_all) {
  world::begin(2, 0);
  census all;
  using domain_type = lazyref::lazy_domain<thing_here, with_few<TestType>>;
  domain_type domain(2);
  static_assert(domain_type::retire_bytes == 1000);
  domain.retire(domain.make(all), 400);
  domain.retire(domain.make(all));
  domain.retire(domain.make(all), 599);
  CHECK(all.disposed == 0);
  SECTION("a byte more") {
    domain.retire(domain.make(all), 1);
    CHECK(all.disposed == 4);
    domain.retire(domain.make(all), 999);
    CHECK(all.disposed == 4);
    domain.retire(domain.make(all), 1000);
    CHECK(all.disposed == 6);
  }
  SECTION("on each CPU") {
    world::cpu = 1;
    domain.retire(domain.make(all), 999);
    CHECK(all.disposed == 0);
    domain.retire(domain.make(all), 1);
    CHECK(all.disposed == 2);
    world::cpu = 0;
  }
  SECTION("a flush counts anew") {
    CHECK(domain.flush() == 0);
    domain.retire(domain.make(all), 999);
    CHECK(all.disposed == 3);
  }
  SECTION("more than there can be") {
    domain.retire(domain.make(all), SIZE_MAX);
    CHECK(all.disposed == 4);
  }
  SECTION("a reference that is not the last one weighs nothing") {
    auto a = domain.make(all);
    auto b = a;
    domain.retire(std::move(b), 5000);
    CHECK(all.disposed == 0);
  }
}

// --- what a scan finds

namespace {

// So many objects, each in use by so many slots; all retired, and flushed.
template <class Options>
void many_in_use(std::size_t objects, std::size_t users) {
  world::begin(1, 0);
  census all;
  lazyref::lazy_domain<thing_here, Options> domain(objects * users + 3);
  std::vector<lazyref::lazy_slot<thing_here, Options>> slots;
  std::vector<lazyref::strong_ref<thing_here>> references;
  for (std::size_t i = 0; i < objects; ++i) references.push_back(domain.make(all, i));
  for (std::size_t i = 0; i < objects * users; ++i) {
    slots.push_back(domain.attach());
    slots.back().activate(references[i % objects]);
  }
  for (auto& r : references) domain.retire(std::move(r));
  CHECK(domain.flush() == objects * users);
  CHECK(all.disposed == 0);
  CHECK(domain.stats().handed_over == objects * users);
  for (std::size_t i = 0; i < slots.size(); ++i) REQUIRE(slots[i].active()->use() == i % objects);
  for (std::size_t i = 0; i + objects < slots.size(); ++i) slots[i].deactivate();
  CHECK(all.disposed == 0);
  slots.clear();
  CHECK(all.alive() == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("retire: a scan finds every slot, few or many, each on its own object or all on one", "",
                   LAZYREF_TEST_PROTECTING) {
  many_in_use<TestType>(1, 1);
  many_in_use<TestType>(10, 1);
  many_in_use<TestType>(64, 1);
  many_in_use<TestType>(1, 65);
  many_in_use<TestType>(1000, 1);
  many_in_use<TestType>(1, 1000);
  many_in_use<TestType>(30, 30);
}

TEST_CASE("retire: a scan inside another one has no table of its own, and finds every slot all the same") {
  world::begin(1, 0);
  using inner_domain = lazyref::lazy_domain<basic_reactive<world_sync>>;
  constexpr std::size_t many = 500;
  inner_domain domain(many);
  std::vector<lazyref::lazy_slot<basic_reactive<world_sync>>> slots;
  std::vector<lazyref::strong_ref<basic_reactive<world_sync>>> references;
  int disposed = 0;
  for (std::size_t i = 0; i < many; ++i) {
    references.push_back(domain.make([&] { ++disposed; }));
    slots.push_back(domain.attach());
    slots.back().activate(references.back());
  }
  int inside = 0;
  domain.retire(domain.make([&] {
    for (auto& r : references) domain.retire(std::move(r));
    CHECK(domain.flush() >= many);  // one for each slot, and what is in the outer one's hand
    ++inside;
  }));
  CHECK(domain.flush() == many);
  CHECK(inside == 1);
  CHECK(disposed == 0);
  CHECK(domain.stats().handed_over == many);
  slots.clear();
  CHECK(disposed == static_cast<int>(many));
}

// --- where fences fail

namespace {

struct failing_world : world_sync {
  static inline bool fails = false;
  static inline int tried = 0;
  struct fence : world_sync::fence {
    static bool try_heavy(std::memory_order order) noexcept {
      ++tried;
      if (fails) {
        time += fence_takes;
        return false;
      }
      world_sync::fence::heavy(order);
      return true;
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
};
using failing_thing = basic_thing<failing_world>;

struct failing_server {
  explicit failing_server(std::uint64_t price) {
    world::begin(4, price);
    failing_world::fails = true;
    failing_world::tried = 0;
    slot.protect(nothing);
  }
  ~failing_server() {
    failing_world::fails = false;
    world::cpu = 0;
  }
  void retire(int n, std::uint64_t every, std::size_t bytes = 0) {
    for (int i = 0; i < n; ++i) {
      world::time += every;
      domain.retire(domain.make(all), bytes);
    }
  }
  census all;
  lazyref::lazy_domain<failing_thing, with_little> domain{4};
  lazyref::lazy_slot<failing_thing, with_little> slot = domain.attach();
  std::atomic<failing_thing*> nothing{nullptr};
};

}  // namespace

TEST_CASE("retire: what waits since a fence failed goes with the first one that does not, on whatever CPU") {
  failing_server s(10 * us);
  world::cpu = GENERATE(0U, 1U);
  s.retire(10000, ms);
  CHECK(s.all.disposed == 0);
  world::cpu = 3;
  CHECK(s.domain.flush() == 10000);  // by now all are in that CPU's list
  failing_world::fails = false;
  world::cpu = 0;
  s.retire(4, ms);
  CHECK(s.domain.stats().retired <= 4);
}

TEST_CASE(
    "retire: while fences fail, tries take no more of the time than scans do; their number does not grow with it") {
  SECTION("by the clock") {
    failing_server s(10 * us);
    s.retire(20000, 100);
    CHECK(failing_world::tried <= 20000 / 64 + 10);
  }
  SECTION("by number, where time stands still") {
    failing_server s(0);
    s.retire(100000, 0);
    CHECK(failing_world::tried <= 12);
  }
  SECTION("by number, among departures that fail too") {
    failing_server s(0);
    for (int i = 0; i < 5000; ++i) {
      s.retire(1, 0);
      s.domain.make(s.all).reset();  // which tries for itself
    }
    CHECK(failing_world::tried <= 5000 + 20);
  }
  SECTION("by bytes, where time stands still") {
    failing_server s(0);
    s.retire(100000, 0, 1000);
    CHECK(failing_world::tried <= 20);
  }
}

TEST_CASE("retire: bytes whose fence has failed are not forgotten") {
  failing_server s(0);
  s.retire(3, 0, 400);
  CHECK(s.all.disposed == 0);
  failing_world::fails = false;
  CHECK(s.domain.flush() == 0);
  failing_world::fails = true;
  s.retire(1, 0, 999);
  CHECK(s.domain.flush() == 1);
  CHECK(s.domain.stats().retired == 1);
  failing_world::fails = false;
  s.retire(1, 0, 1);
  s.retire(2 * static_cast<int>(small_batch), 0, 1);
  CHECK(s.all.alive() < static_cast<int>(small_batch));
}

// --- flushes beside each other

TEST_CASE(
    "retire: a flush ends though disposers of another domain's retire here, and counts what is in another's hand") {
  world::begin(1, 0);
  using domain_type = lazyref::lazy_domain<basic_reactive<world_sync>>;
  domain_type domain(1);
  std::size_t seen = 99;
  domain.retire(domain.make([&] {
    std::thread other([&] {
      // Nothing waits, but what the flush around this has in hand.
      seen = domain.flush();
    });
    other.join();
  }));
  CHECK(domain.flush() == 0);
  CHECK(seen == 1);
}

TEST_CASE("retire: a flush takes what waited when it came, and what its disposers retire, not what others go on to") {
  world::begin(1, 0);
  using domain_type = lazyref::lazy_domain<basic_reactive<world_sync>>;
  int disposed = 0;
  std::function<void()> another;
  domain_type domain(1);  // whose end disposes of more, by these
  const auto leaf = [&disposed] { ++disposed; };
  // Another thread retires whenever a disposer runs: a flush that waited for quiet would not end.
  another = [&] {
    ++disposed;
    std::thread other([&] { domain.retire(domain.make(another)); });
    other.join();
  };
  domain.retire(domain.make(another));
  CHECK(domain.flush() == 1);
  CHECK(disposed == 1);
  // What its own disposers retire it does go on to, and then takes what is there.
  domain.retire(domain.make([&] { domain.retire(domain.make(leaf)); }));
  CHECK(domain.flush() == 1);
  CHECK(disposed == 4);
  another = leaf;
  CHECK(domain.flush() == 1);  // a copy of what `another` was
  another = nullptr;
}

TEST_CASE("retire: a table that a scan had when the program forked is there again in the child") {
  struct words {};
  lazyref::detail::scan_memory<std::max_align_t, words, lazyref::std_sync> memory;
  memory.provide(1000);
  const auto room = [&] {
    return memory.with_table(1000, [](auto& table) {
      static std::max_align_t things[16384];
      words w;
      int n = 0;
      for (; n < 16384 && !table.is_full(); ++n) table.add(things + n, w);
      return n;
    });
  };
  const int large = room();
  CHECK(large >= 1000);
  memory.with_table(1000, [&](auto&) {
    CHECK(room() < large);  // the next smaller one
    CHECK(room() >= large / 2);
    memory.after_fork_in_child();
    CHECK(room() == large);
    return 0;
  });
}
