// SPDX-License-Identifier: BSL-1.0
//
// The map of taken places: what is free in each word, and the marks of what was given back. Who looks for places there
// is tested in run_tree.cpp.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include <lazyref/detail/code/block_map.hpp>
#include <lazyref/sync.hpp>

#include "../support/lazy_catch.hpp"

namespace {

using map = lazyref::detail::block_map<lazyref::std_sync>;
using lazyref::detail::bit_word;
using lazyref::detail::bit_word_size;
constexpr std::size_t group = map::group_places;
constexpr std::size_t all = ~std::size_t{0};

std::vector<std::size_t> marks(map& places, std::size_t most = all) {
  std::vector<std::size_t> result;
  const std::size_t n = places.take_marks(most, [&](std::size_t i) { result.push_back(i); });
  CHECK(n == result.size());
  return result;
}
using list = std::vector<std::size_t>;

}  // namespace

TEST_CASE("bits: the lowest, the highest, how many, and where runs begin", "[code]") {
  using namespace lazyref::detail;
  const bit_word top = bit_word{1} << (bit_word_size - 1);
  CHECK(zeros_below(1) == 0);
  CHECK(zeros_below(top) == bit_word_size - 1);
  CHECK(zeros_above(1) == bit_word_size - 1);
  CHECK(zeros_above(top) == 0);
  CHECK(count_of_bits(0) == 0);
  CHECK(count_of_bits(~bit_word{0}) == bit_word_size);
  CHECK(count_of_bits(top | 5) == 3);
  CHECK(run_mask(0, bit_word_size) == ~bit_word{0});
  CHECK(run_mask(3, 2) == 0x18);
  std::minstd_rand random(1);
  for (int i = 0; i < 200; ++i) {
    const bit_word bits = bit_word{random()} * 0x9e3779b1U | bit_word{random()};
    for (std::size_t n = 1; n <= bit_word_size; ++n) {
      bit_word expected = 0;
      for (std::size_t at = 0; at + n <= bit_word_size; ++at) {
        if ((bits & run_mask(at, n)) == run_mask(at, n)) expected |= bit_word{1} << at;
      }
      REQUIRE(run_starts(bits, n) == expected);
    }
  }
}

TEST_CASE("a map is free as far as it goes, and what is taken is not", "[code]") {
  for (const std::size_t size : {std::size_t{1}, bit_word_size - 1, bit_word_size, bit_word_size + 1, group + 7}) {
    map places;
    REQUIRE(places.allocate(size));
    CHECK(places.size() == size);
    CHECK(places.groups() == (size + group - 1) / group);
    CHECK(places.taken() == 0);
    std::size_t free = 0;
    for (std::size_t i = 0; i < places.groups() * map::group_words; ++i)
      free += lazyref::detail::count_of_bits(places.free_in_word(i));
    CHECK(free == size);
    places.take(0, size);
    CHECK(places.taken() == size);
    for (std::size_t i = 0; i < places.groups() * map::group_words; ++i) CHECK(places.free_in_word(i) == 0);
    places.give_back(size - 1, 1);
    CHECK(places.taken() == size - 1);
    CHECK(places.free_in_word((size - 1) / bit_word_size) == bit_word{1} << (size - 1) % bit_word_size);
  }
}

TEST_CASE("a map of no places has none", "[code]") {
  map places;
  REQUIRE(places.allocate(0));
  CHECK(places.taken() == 0);
  CHECK(places.groups() == 0);
  CHECK(places.free_in_word(0) == 0);
  CHECK(marks(places).empty());
}

TEST_CASE("what is given back marks its groups, once", "[code]") {
  const std::size_t size = (2 * bit_word_size + 3) * group;
  map places;
  REQUIRE(places.allocate(size));
  places.take(0, size);
  CHECK(marks(places).empty());
  places.give_back(3, 1);
  places.give_back(9, 2);
  CHECK(marks(places) == list{0});
  CHECK(marks(places).empty());
  places.give_back(2 * group - 1, 2);  // across a border
  CHECK(marks(places) == list{1, 2});
  places.give_back(5 * group, 3 * group);
  CHECK(marks(places, 1) == list{5});
  CHECK(marks(places, 1) == list{6});
  CHECK(marks(places) == list{7});
  // Across words of marks, and all of one.
  places.give_back((bit_word_size - 1) * group + 1, (bit_word_size + 1) * group);
  list expected;
  for (std::size_t i = bit_word_size - 1; i <= 2 * bit_word_size; ++i) expected.push_back(i);
  CHECK(marks(places) == expected);
  places.give_back(size - 1, 1);
  CHECK(marks(places) == list{size / group - 1});
}

TEST_CASE("a few marks at a time: the lowest, and none is lost", "[code]") {
  const std::size_t groups = bit_word_size + 9;
  map places;
  REQUIRE(places.allocate(groups * group));
  places.take(0, groups * group);
  for (std::size_t i = groups; i-- > 0;) places.give_back(i * group + i, 1);
  list seen;
  for (;;) {
    const list some = marks(places, 7);
    if (some.empty()) break;
    CHECK(some.size() <= 7);
    seen.insert(seen.end(), some.begin(), some.end());
  }
  list expected;
  for (std::size_t i = 0; i < groups; ++i) expected.push_back(i);
  CHECK(seen == expected);
}

TEST_CASE("threads give back while one takes the marks: in the end all is known to be free", "[code]") {
  constexpr std::size_t groups = 24;
  constexpr int n_threads = 3;
  map places;
  REQUIRE(places.allocate(groups * group));
  places.take(0, groups * group);
  std::atomic<int> running{n_threads};
  std::vector<std::thread> threads;
  for (int who = 0; who < n_threads; ++who) {
    threads.emplace_back([&, who] {
      for (std::size_t at = static_cast<std::size_t>(who); at < groups * group; at += n_threads)
        places.give_back(at, 1);
      running.fetch_sub(1, std::memory_order_release);
    });
  }
  // As many free places as were seen when the mark of the group was taken.
  std::vector<std::size_t> known(groups, 0);
  const auto look = [&](std::size_t i) {
    known[i] = 0;
    for (std::size_t w = 0; w < map::group_words; ++w)
      known[i] += lazyref::detail::count_of_bits(places.free_in_word(i * map::group_words + w));
  };
  while (running.load(std::memory_order_acquire) != 0) places.take_marks(2, look);
  for (std::thread& thread : threads) thread.join();
  places.take_marks(all, look);
  for (const std::size_t n : known) CHECK(n == group);
  CHECK(places.taken() == 0);
}
