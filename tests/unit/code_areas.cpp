// SPDX-License-Identifier: BSL-1.0
//
// Places in areas with a lock each: whatever fits is found, wherever the thread begins, also across borders; nothing is
// taken twice; a failing call hides nothing from others.
#include <atomic>
#include <cstddef>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lazyref/detail/code/areas.hpp>
#include <lazyref/sync.hpp>

#include "../support/lazy_catch.hpp"

namespace {

// A machine of so many CPUs; each thread says where it runs.
struct placed_sync : lazyref::std_sync {
  static inline std::size_t machine = 4;
  static inline thread_local unsigned cpu = 0;
  static std::size_t cpus() noexcept { return machine; }
  static unsigned this_cpu() noexcept { return cpu; }
};

using areas = lazyref::detail::code_areas<placed_sync>;
constexpr std::size_t none = areas::none;
constexpr std::size_t group = lazyref::detail::block_map<placed_sync>::group_places;

struct on_machine {
  explicit on_machine(std::size_t cpus) { placed_sync::machine = cpus; }
  ~on_machine() {
    placed_sync::machine = 4;
    placed_sync::cpu = 0;
  }
  on_machine(const on_machine&) = delete;
  on_machine& operator=(const on_machine&) = delete;
};

// Whether a run of n fits into the flags.
bool fits(const std::vector<bool>& taken, std::size_t n, std::size_t alignment) {
  std::size_t run = 0;
  for (std::size_t i = taken.size(); i-- > 0;) {
    run = taken[i] ? 0 : run + 1;
    if (run >= n && i % alignment == 0) return true;
  }
  return false;
}

// Takes and gives back from any CPU, and compares with flags. Twins: one that does not look across borders, one that
// looks in its own area only.
enum class how { all, not_across, own_only };
template <how How>
std::string compare(std::size_t size, unsigned seed) {
  const on_machine four(4);
  areas places(size, group);
  std::vector<bool> taken(size, false);
  std::minstd_rand random(seed);
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  const std::size_t area = (size / 4 + group) / group * group;  // at size 4 * group - 1
  for (int i = 0; i < 300; ++i) {
    placed_sync::cpu = static_cast<unsigned>(random() % 7);
    if (random() % 5 < 3) {
      const std::size_t n = random() % 4 == 0 ? random() % (2 * group) + 1 : random() % 100 + 1;
      const std::size_t alignment = random() % 3 == 0 ? std::size_t{1} << random() % 8 : 1;
      std::size_t first = places.take(n, alignment);
      if (first != none && ((How == how::not_across && first / area != (first + n - 1) / area) ||
                            (How == how::own_only && first / area != placed_sync::cpu % places.count()))) {
        places.give_back(first, n);
        first = none;
      }
      if (first == none) {
        if (fits(taken, n, alignment)) return "lost";
        continue;
      }
      if (first % alignment != 0 || first + n > size) return "wrong";
      for (std::size_t at = first; at < first + n; ++at) {
        if (taken[at]) return "twice";
        taken[at] = true;
      }
      runs.push_back({first, n});
    } else if (!runs.empty()) {
      std::swap(runs[random() % runs.size()], runs.back());
      const auto [first, n] = runs.back();
      runs.pop_back();
      places.give_back(first, n);
      for (std::size_t at = first; at < first + n; ++at) taken[at] = false;
    }
    std::size_t count = 0;
    for (const bool one : taken) count += one;
    if (places.taken() != count) return "taken";
  }
  return "";
}

}  // namespace

TEST_CASE("as many areas as CPUs, if there is enough for each; at most 16", "[code]") {
  const auto count = [](std::size_t cpus, std::size_t n, std::size_t least) {
    const on_machine scope(cpus);
    return areas(n, least).count();
  };
  CHECK(count(1, 100 * group, group) == 1);
  CHECK(count(4, 4 * group - 1, 4 * group) == 1);
  CHECK(count(4, 8 * group - 1, 4 * group) == 1);
  CHECK(count(4, 9 * group, 4 * group) == 2);
  CHECK(count(4, 100 * group - 1, group) == 4);
  CHECK(count(1024, 1000 * group - 1, group) <= 16);
  CHECK(count(1024, 1000 * group - 1, group) >= 15);
  const on_machine scope(4);
  areas nothing(0, group);
  CHECK(nothing);
  CHECK(nothing.take(1) == none);
  CHECK(nothing.taken() == 0);
}

TEST_CASE("a thread begins with the area of its CPU, and goes on to the others", "[code]") {
  const on_machine scope(4);
  const std::size_t size = 4 * group - 4;
  areas places(size, group / 2);
  REQUIRE(places.count() == 4);
  for (unsigned cpu : {3U, 0U, 2U, 1U}) {
    placed_sync::cpu = cpu;
    CHECK(places.take(3) == cpu * group);
    placed_sync::cpu = cpu + 4;  // more CPUs than areas
    CHECK(places.take(1) == cpu * group + 3);
  }
  placed_sync::cpu = 1;
  for (unsigned i = 0; i < 4; ++i) CHECK(places.take(group - 8) == (1 + i) % 4 * group + 4);
  CHECK(places.take(8) == none);
  CHECK(places.take(4) == 2 * group - 4);
}

TEST_CASE("a run across borders is found at last, and its places are free again", "[code]") {
  const on_machine scope(4);
  const std::size_t size = 4 * group - 1;
  areas places(size, group / 2);
  REQUIRE(places.count() == 4);
  CHECK(places.take(size) == 0);
  CHECK(places.taken() == size);
  CHECK(places.take(1) == none);
  places.give_back(group - 3, group + 6);  // all of the second area, and some on both sides
  for (unsigned cpu = 0; cpu < 4; ++cpu) {
    placed_sync::cpu = cpu;
    CHECK(places.take(group + 7) == none);
    CHECK(places.take(group + 6, 2) == none);
    REQUIRE(places.take(group + 6) == group - 3);
    places.give_back(group - 3, group + 6);
    REQUIRE(places.take(group + 3, 4) == group);
    places.give_back(group, group + 3);
  }
  CHECK(places.take(5, 2) == group);
  places.give_back(0, group - 3);
  places.give_back(group, 5);
  places.give_back(2 * group + 3, size - 2 * group - 3);
  CHECK(places.taken() == 0);
  CHECK(places.take(size) == 0);
}

TEST_CASE("whatever fits is found, from any CPU", "[code]") {
  for (const std::size_t size : {std::size_t{77}, group, 2 * group, 4 * group - 1, 4 * group + 9, 11 * group + 77}) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
      INFO("size " << size << ", seed " << seed);
      CHECK(compare<how::all>(size, seed) == "");
    }
  }
}

TEST_CASE("and the comparison notices what looks into one area, or across no border", "[code]") {
  int not_across = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    CHECK(compare<how::own_only>(4 * group - 1, seed) == "lost");
    not_across += compare<how::not_across>(4 * group - 1, seed) == "lost";
  }
  CHECK(not_across >= 8);
}

TEST_CASE("exactly these places are taken if all are free, else none", "[code]") {
  const on_machine scope(4);
  const std::size_t size = 4 * group - 1;
  areas places(size, group / 2);
  CHECK(places.take_exact(0, size));
  CHECK_FALSE(places.take_exact(size - 1, 1));
  CHECK(places.take(1) == none);
  places.give_back(group - 2, 5);
  CHECK_FALSE(places.take_exact(group - 3, 5));
  CHECK_FALSE(places.take_exact(group - 2, 6));
  CHECK(places.taken() == size - 5);
  CHECK(places.take_exact(group - 1, 3));
  CHECK(places.take(2) == none);
  CHECK(places.take(1) == group - 2);
  CHECK(places.take(1) == group + 2);
  CHECK(places.take(1) == none);
}

TEST_CASE("a run that is not wanted stays free", "[code]") {
  const on_machine scope(4);
  areas places(4 * group - 1, group / 2);
  for (const std::size_t n : {std::size_t{3}, 2 * group}) {  // within an area; across
    int asked = 0;
    CHECK(places.take_if(n, 1, [&] {
      ++asked;
      return false;
    }) == none);
    CHECK(asked == 1);
    CHECK(places.taken() == 0);
    CHECK(places.take_if(n, 1, [] { return true; }) == 0);
    places.give_back(0, n);
    CHECK(places.take_if(4 * group, 1, [&] { return ++asked != 0; }) == none);
    CHECK(asked == 1);
  }
}

TEST_CASE("in the child of a fork locks are free, and what was given back is known", "[code]") {
  const on_machine scope(4);
  areas places(4 * group - 1, group / 2);
  CHECK(places.take(4 * group - 1) == 0);
  places.give_back(5, 2 * group);
  // As if forked while another thread had looked up a run in all areas.
  bool is_child = false;
  CHECK(places.take_if(2 * group, 1, [&] {
    places.after_fork_in_child();
    is_child = true;
    CHECK(places.take(2 * group) == 5);  // no lock is left, or this would wait for ever
    places.give_back(5, 2 * group);
    placed_sync::cpu = 1;
    return false;
  }) == none);
  CHECK(is_child);
}

TEST_CASE("more places than there is memory for are none", "[code]") {
  if (LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN) LAZYREF_SKIP("sanitizers' allocators end the program instead");
  if (sizeof(void*) == 4) LAZYREF_SKIP("a bit for each of 2^32 places is not more than there is memory");
  CHECK_FALSE(areas(~std::size_t{0} / 2, group));
  CHECK_FALSE(areas(~std::size_t{0} / 8, group));
}

// Each thread holds less than a share of the places. It is refused only while the others hold theirs, and never because
// another call was looking at the same time. `Tested` takes n places of `all`.
namespace {
template <class Take>
int refused(std::size_t size, std::size_t n, int n_threads, Take take) {
  const on_machine scope(4);
  areas places(size, group);
  std::atomic<int> failed{0};
  std::atomic<bool> met{false};
  std::vector<std::atomic<bool>> owned(size);
  std::vector<std::thread> threads;
  for (int who = 0; who < n_threads; ++who) {
    threads.emplace_back([&, who] {
      placed_sync::cpu = static_cast<unsigned>(who);
      for (int i = 0; i < 3000; ++i) {
        const std::size_t first = take(places, n);
        if (first == none) {
          failed.fetch_add(1, std::memory_order_relaxed);
          continue;
        }
        // Relaxed: the flags must not order what the places are to order.
        for (std::size_t at = first; at < first + n; at += 50) {
          if (owned[at].exchange(true, std::memory_order_relaxed)) met.store(true, std::memory_order_relaxed);
        }
        for (std::size_t at = first; at < first + n; at += 50) owned[at].store(false, std::memory_order_relaxed);
        places.give_back(first, n);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(met);
  CHECK(places.taken() == 0);
  return failed;
}
}  // namespace

TEST_CASE("no call is refused what is free all the time, whoever looks, takes and gives back beside it", "[code]") {
  // Three runs fit: each area has room for one.
  const auto take = [](areas& places, std::size_t n) { return places.take(n); };
  CHECK(refused(4 * group - 1, group / 2 + 50, 4, take) == 0);
  // The control: five threads for four runs.
  CHECK(refused(4 * group - 1, group / 2 + 250, 5, [](areas& places, std::size_t n) {
          const std::size_t first = places.take(n);
          std::this_thread::yield();
          return first;
        }) > 0);
}
