// SPDX-License-Identifier: BSL-1.0
//
// The tree of runs over a map of taken places: first fit, runs across words and groups, alignments, and what threads take
// and give back at the same time.
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <lazyref/detail/code/run_tree.hpp>
#include <lazyref/sync.hpp>

#include "../support/lazy_catch.hpp"

namespace {

using tree = lazyref::detail::run_tree<lazyref::std_sync>;
constexpr std::size_t none = tree::none;
constexpr std::size_t word_bits = sizeof(std::uintptr_t) * CHAR_BIT;
constexpr std::size_t group = lazyref::detail::block_map<lazyref::std_sync>::group_places;

// As the drafts of one area take. Places are counted from `first` on.
class map {
 public:
  explicit map(std::size_t n, std::size_t first = 0) : is_there_(tree_.allocate(first, n)) {}
  explicit operator bool() const { return is_there_; }

  std::size_t take(std::size_t n, std::size_t alignment = 1) {
    tree_.take_over();
    lazyref::detail::run_search search(n, alignment);
    const std::size_t first = tree_.find(search);
    if (first != none) tree_.take(first, n);
    return first;
  }
  void give_back(std::size_t first, std::size_t n) { tree_.give_back(first, n); }
  std::size_t taken() const { return tree_.taken(); }
  tree& whole() { return tree_; }

 private:
  tree tree_;
  bool is_there_;
};

// The same by the book: a flag for each place.
class plain_map {
 public:
  explicit plain_map(std::size_t n) : taken_(n, false) {}
  std::size_t take(std::size_t n, std::size_t alignment = 1) {
    for (std::size_t first = 0; first + n <= taken_.size(); ++first) {
      if (first % alignment != 0 || !is_free(first, n)) continue;
      set(first, n, true);
      return first;
    }
    return none;
  }
  void give_back(std::size_t first, std::size_t n) { set(first, n, false); }
  std::size_t taken() const {
    std::size_t result = 0;
    for (const bool one : taken_) result += one;
    return result;
  }

 private:
  bool is_free(std::size_t first, std::size_t n) const {
    for (std::size_t i = first; i < first + n; ++i) {
      if (taken_[i]) return false;
    }
    return true;
  }
  void set(std::size_t first, std::size_t n, bool value) {
    for (std::size_t i = first; i < first + n; ++i) taken_[i] = value;
  }
  std::vector<bool> taken_;
};

// Twins that the comparison has to tell from the map: one forgets the last place of a run that it gets back, one does
// not begin its search at the lowest place, one does not see what was given back before, one takes the alignment for
// kept, and one finds only what is so long that there is an aligned place in any case.
struct forgetful_map : map {
  using map::map;
  void give_back(std::size_t first, std::size_t n) {
    if (n > 1) map::give_back(first, n - 1);
  }
};
struct high_map : plain_map {
  explicit high_map(std::size_t n) : plain_map(n), size(n) {}
  std::size_t size;
  std::size_t take(std::size_t n, std::size_t alignment) {
    const std::size_t low = plain_map::take(n, alignment);
    const std::size_t next = plain_map::take(n, alignment);
    if (next == none) return low;
    give_back(low, n);
    return next;
  }
};
struct late_map : map {
  using map::map;
  std::size_t take(std::size_t n, std::size_t alignment) {
    lazyref::detail::run_search search(n, alignment);
    const std::size_t first = whole().find(search);
    if (first != none) whole().take(first, n);
    whole().take_over();
    return first;
  }
};
struct crooked_map : map {
  using map::map;
  std::size_t take(std::size_t n, std::size_t) { return map::take(n); }
};
struct roomy_map : map {
  using map::map;
  std::size_t take(std::size_t n, std::size_t alignment) {
    const std::size_t first = map::take(n + alignment - 1);
    if (first == none) return none;
    const std::size_t aligned = (first + alignment - 1) / alignment * alignment;
    if (aligned != first) give_back(first, aligned - first);
    if (aligned != first + alignment - 1) give_back(aligned + n, first + alignment - 1 - aligned);
    return aligned;
  }
};

// Empty if `tested` answers as the plain one does, for a while of taking and giving back; else what differs.
template <class Tested>
std::string compare(std::size_t size, unsigned seed) {
  Tested tested(size);
  plain_map expected(size);
  std::minstd_rand random(seed);
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (int i = 0; i < 400; ++i) {
    if (random() % 5 < 3) {
      const std::size_t n = random() % 16 == 0  ? random() % (2 * group) + 1
                            : random() % 8 == 0 ? random() % (2 * word_bits) + 1
                                                : random() % 9 + 1;
      const std::size_t alignment = random() % 3 == 0 ? std::size_t{1} << random() % 11 : 1;
      const std::size_t first = tested.take(n, alignment);
      if (first != expected.take(n, alignment)) return "take";
      if (first != none) runs.push_back({first, n});
    } else if (!runs.empty()) {
      std::swap(runs[random() % runs.size()], runs.back());
      auto& [first, n] = runs.back();
      // Perhaps only the end of it, as a draft that shrinks.
      const std::size_t stays = random() % 4 == 0 ? random() % n : 0;
      tested.give_back(first + stays, n - stays);
      expected.give_back(first + stays, n - stays);
      n = stays;
      if (n == 0) runs.pop_back();
    }
    if (tested.taken() != expected.taken()) return "taken";
  }
  return "";
}

}  // namespace

TEST_CASE("places are taken from the lowest up, each once, as many as there are", "[code]") {
  for (const std::size_t size :
       {std::size_t{1}, word_bits - 1, word_bits, word_bits + 1, 2 * word_bits, 3 * word_bits + 7}) {
    map places(size);
    REQUIRE(places);
    CHECK(places.taken() == 0);
    for (std::size_t i = 0; i < size; ++i) REQUIRE(places.take(1) == i);
    CHECK(places.taken() == size);
    CHECK(places.take(1) == none);
    places.give_back(size - 1, 1);
    CHECK(places.take(2) == none);
    CHECK(places.take(1) == size - 1);
    places.give_back(0, size);
    CHECK(places.taken() == 0);
    CHECK(places.take(size + 1) == none);
    CHECK(places.take(size) == 0);
    CHECK(places.take(1) == none);
  }
}

TEST_CASE("a map of no places has none to give", "[code]") {
  map places(0);
  CHECK(places);
  CHECK(places.taken() == 0);
  CHECK(places.take(1) == none);
  CHECK(places.take(SIZE_MAX) == none);
}

TEST_CASE("a run may cross words, and the hole that it leaves is found again", "[code]") {
  map places(4 * word_bits);
  CHECK(places.take(word_bits - 3) == 0);
  CHECK(places.take(6) == word_bits - 3);              // across one border
  CHECK(places.take(2 * word_bits) == word_bits + 3);  // across two, with a whole word between
  CHECK(places.take(word_bits - 3) == 3 * word_bits + 3);
  CHECK(places.take(1) == none);
  places.give_back(word_bits - 3, 6);
  CHECK(places.take(7) == none);
  CHECK(places.take(6) == word_bits - 3);
  places.give_back(word_bits + 3, 2 * word_bits);
  CHECK(places.taken() == 2 * word_bits);
  CHECK(places.take(2 * word_bits + 1) == none);
  CHECK(places.take(2 * word_bits) == word_bits + 3);
}

TEST_CASE("holes side by side are one, and a full word between two is a border", "[code]") {
  map places(3 * word_bits);
  CHECK(places.take(3 * word_bits) == 0);
  places.give_back(word_bits - 2, 2);
  places.give_back(2 * word_bits, 2);
  CHECK(places.take(3) == none);
  places.give_back(word_bits, 1);
  CHECK(places.take(3) == word_bits - 2);
  CHECK(places.take(2) == 2 * word_bits);
}

TEST_CASE("the map answers as a row of flags does", "[code]") {
  for (const std::size_t size :
       {std::size_t{5}, word_bits, 2 * word_bits + 3, 8 * word_bits, group, group + 1, 3 * group, 5 * group + 77}) {
    for (unsigned seed = 1; seed <= (lazyref_test::is_slow_build ? 4U : 20U); ++seed) {
      INFO("size " << size << ", seed " << seed);
      CHECK(compare<map>(size, seed) == "");
    }
  }
}

TEST_CASE("no run is found behind the last place, wherever the tree has no groups", "[code]") {
  for (std::size_t groups = 1; groups <= 17; ++groups) {
    for (const std::size_t alignment : {std::size_t{2}, std::size_t{64}, group}) {
      map places(groups * group);
      REQUIRE(places.take(groups * group) == 0);
      // Free, but for what is aligned: up to the last place, and not one more.
      places.give_back(groups * group - (alignment - 1), alignment - 1);
      CHECK(places.take(1, alignment) == none);
      places.give_back(groups * group - alignment, 1);
      CHECK(places.take(1, alignment) == groups * group - alignment);
    }
  }
}

TEST_CASE("and the comparison notices a map that does not", "[code]") {
  int late = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CHECK(compare<forgetful_map>(2 * word_bits + 3, seed) == "taken");
    CHECK(compare<high_map>(2 * word_bits + 3, seed) == "take");
    late += compare<late_map>(2 * word_bits + 3, seed) == "take";
    CHECK(compare<crooked_map>(2 * group + 3, seed) == "take");
    CHECK(compare<roomy_map>(2 * group + 3, seed) == "take");
  }
  CHECK(late >= 10);  // A group that is taken from is looked at again anyway.
}

TEST_CASE("a run may cross groups, with whole ones between, and end with the last place", "[code]") {
  for (const std::size_t begin : {std::size_t{0}, 3 * group}) {
    map places(4 * group + 5, begin);
    CHECK(places.take(group - 2) == begin);
    CHECK(places.take(2 * group + 3, 2) == begin + group - 2);
    CHECK(places.take(group + 4) == begin + 3 * group + 1);
    CHECK(places.take(1) == none);
    places.give_back(begin + group - 2, 2 * group + 3);
    CHECK(places.take(2 * group + 4) == none);
    CHECK(places.take(group, group) == begin + group);
    CHECK(places.take(group, group) == begin + 2 * group);
    CHECK(places.take(3) == none);
    CHECK(places.take(2) == begin + group - 2);
    CHECK(places.take(1) == begin + 3 * group);
    CHECK(places.taken() == 4 * group + 5);
  }
}

TEST_CASE("an aligned run is found among many that are long enough and lie askew", "[code]") {
  const std::size_t size = 8 * group;
  map places(size);
  CHECK(places.take(size) == 0);
  // Runs of two that begin with an odd place, all over; one even place with its neighbour, late.
  for (std::size_t at = 1; at + 4 < size; at += 4) places.give_back(at, 2);
  CHECK(places.take(2, 2) == none);
  places.give_back(size - 2, 2);
  CHECK(places.take(2, 2) == size - 2);
  CHECK(places.take(2, 2) == none);
  CHECK(places.take(2) == 1);
}

TEST_CASE("what is not taken over yet is not known, and all of it is after that, a few groups at a time", "[code]") {
  map places(8 * group);
  tree& whole = places.whole();
  CHECK(places.take(8 * group) == 0);
  for (std::size_t i = 0; i < 8; ++i) places.give_back(i * group + 7, 2);
  lazyref::detail::run_search search(2, 1);
  CHECK(whole.find(search) == none);
  CHECK(whole.take_over(3) == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    lazyref::detail::run_search again(2, 1);
    CHECK(whole.find(again) == i * group + 7);
    whole.take(i * group + 7, 2);
  }
  lazyref::detail::run_search last(2, 1);
  CHECK(whole.find(last) == none);
  CHECK(whole.take_over(5) == 5);
  CHECK(whole.take_over() == 0);
  lazyref::detail::run_search found(2, 1);
  CHECK(whole.find(found) == 3 * group + 7);
}

TEST_CASE("a search goes on from one tree to the next, and finds the run across both", "[code]") {
  for (const std::size_t size : {group, 3 * group}) {
    map low(size), high(size, size);
    CHECK(low.take(size - 5) == 0);
    CHECK(high.take(size) == size);
    high.give_back(size, 4);
    high.whole().take_over();
    const auto find = [&](std::size_t n) {
      lazyref::detail::run_search search(n, 1);
      CHECK(low.whole().find(search) == none);
      return high.whole().find(search);
    };
    CHECK(find(9) == size - 5);
    CHECK(find(10) == none);
    CHECK(low.take(1) == size - 5);
    CHECK(find(8) == size - 4);
    CHECK(find(9) == none);
  }
}

TEST_CASE("a tree that looks again knows all, whatever it knew", "[code]") {
  map places(3 * group);
  CHECK(places.take(3 * group) == 0);
  places.give_back(group - 1, group + 2);
  places.whole().look_again();
  lazyref::detail::run_search search(group + 2, 1);
  CHECK(places.whole().find(search) == group - 1);
  CHECK(places.whole().is_free(group - 1, group + 2));
  CHECK_FALSE(places.whole().is_free(group - 2, 2));
  CHECK_FALSE(places.whole().is_free(2 * group, 2));
}

TEST_CASE("more places than there is memory for are an empty map", "[code]") {
  if (LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN) LAZYREF_SKIP("sanitizers' allocators end the program instead");
  if (sizeof(void*) == 4) LAZYREF_SKIP("a bit for each of 2^32 places is not more than there is memory");
  CHECK_FALSE(map(SIZE_MAX));
  CHECK_FALSE(map(SIZE_MAX / 4));
  CHECK_FALSE(map(SIZE_MAX - 1));
  CHECK_FALSE(map(SIZE_MAX / 2));
}

namespace {

// Who owns each place. Plain data, so that a race detector sees an owner that comes too early; and a flag, so that the
// test does.
class owners {
 public:
  explicit owners(std::size_t n) : inside_(n), last_(n) {}
  void enter(std::size_t first, std::size_t n, int who) {
    for (std::size_t i = first; i < first + n; ++i) {
      // Relaxed, as below: the flags must not order what the map is to order.
      if (inside_[i].exchange(true, std::memory_order_relaxed)) met_.store(true, std::memory_order_relaxed);
      last_[i] = who;
    }
  }
  void leave(std::size_t first, std::size_t n, int who) {
    for (std::size_t i = first; i < first + n; ++i) {
      if (last_[i] != who) met_.store(true, std::memory_order_relaxed);
      inside_[i].store(false, std::memory_order_relaxed);
    }
  }
  bool met() const { return met_.load(std::memory_order_relaxed); }

 private:
  std::vector<std::atomic<bool>> inside_;
  std::vector<int> last_;
  std::atomic<bool> met_{false};
};

}  // namespace

TEST_CASE("two owners of one place are noticed", "[code]") {
  owners all(4);
  all.enter(0, 2, 1);
  all.enter(2, 2, 2);
  CHECK_FALSE(all.met());
  all.enter(1, 2, 3);
  CHECK(all.met());
}

TEST_CASE("no place has two owners, whoever takes and gives back meanwhile", "[code]") {
  const std::size_t size = word_bits + 5;
  map places(size);
  owners all(size);
  std::mutex taking;
  std::atomic<int> full{0};
  std::atomic<int> took{0};
  constexpr int n_threads = 3;
  constexpr int rounds = 4000;
  std::vector<std::thread> threads;
  for (int who = 1; who <= n_threads; ++who) {
    threads.emplace_back([&, who] {
      std::minstd_rand random(static_cast<unsigned>(who));
      std::vector<std::pair<std::size_t, std::size_t>> mine;
      for (int i = 0; i < rounds; ++i) {
        const std::size_t n = random() % 20 + 1;
        std::size_t first;
        {
          const std::lock_guard<std::mutex> lock(taking);
          first = places.take(n);
        }
        if (first != none) {
          all.enter(first, n, who);
          mine.push_back({first, n});
          took.fetch_add(1, std::memory_order_relaxed);
        } else {
          full.fetch_add(1, std::memory_order_relaxed);
        }
        while (!mine.empty() && (first == none || random() % 4 == 0)) {
          const auto [at, length] = mine.back();
          mine.pop_back();
          all.leave(at, length, who);
          places.give_back(at, length);
        }
      }
      for (const auto& [at, length] : mine) {
        all.leave(at, length, who);
        places.give_back(at, length);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(all.met());
  CHECK(places.taken() == 0);
  CHECK(took > 0);
  CHECK(full > 0);  // so places were wanted again at once
}
