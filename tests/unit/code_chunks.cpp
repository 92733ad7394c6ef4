// SPDX-License-Identifier: BSL-1.0
//
// The chunks of a code_space that grows, over places that are a list of bools and memory that is counted: each draft
// finds room while there is any, no chunk is used that is not there, and what is empty goes back.
#include <lazyref/detail/code/chunks.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <random>
#include <vector>

#include <lazyref/sync.hpp>

#include "support/catch.hpp"

namespace {

using lazyref::sync_result;
using chunks = lazyref::detail::code_chunks<lazyref::std_sync>;

struct places {
  static constexpr std::size_t none = ~std::size_t{0};
  std::vector<bool> taken;

  explicit places(std::size_t n) : taken(n, true) {}
  bool are_free(std::size_t first, std::size_t n) const {
    return std::none_of(taken.begin() + static_cast<std::ptrdiff_t>(first),
                        taken.begin() + static_cast<std::ptrdiff_t>(first + n), [](bool b) { return b; });
  }
  void set(std::size_t first, std::size_t n, bool to) {
    for (std::size_t i = first; i < first + n; ++i) taken[i] = to;
  }
  std::size_t take(std::size_t n, std::size_t alignment) {
    for (std::size_t first = 0; first + n <= taken.size(); first += alignment) {
      if (!are_free(first, n)) continue;
      set(first, n, true);
      return first;
    }
    return none;
  }
  bool take_exact(std::size_t first, std::size_t n) {
    if (!are_free(first, n)) return false;
    set(first, n, true);
    return true;
  }
  void give_back(std::size_t first, std::size_t n) { set(first, n, false); }
};

struct memory {
  std::vector<bool> there;
  std::size_t most = ~std::size_t{0};  // places that the system has
  bool stays = false;                  // it takes nothing back
  int unlawful = 0;                    // provided twice, or withdrawn where there was none

  explicit memory(std::size_t n) : there(n) {}
  std::size_t size() const { return static_cast<std::size_t>(std::count(there.begin(), there.end(), true)); }
  sync_result provide(std::size_t first, std::size_t n) {
    if (size() + n > most) return {ENOMEM, "no memory"};
    for (std::size_t i = first; i < first + n; ++i) {
      if (there[i]) ++unlawful;
      there[i] = true;
    }
    return {};
  }
  sync_result withdraw(std::size_t first, std::size_t n) {
    if (stays) return {ENOMEM, "no"};
    for (std::size_t i = first; i < first + n; ++i) {
      if (!there[i]) ++unlawful;
      there[i] = false;
    }
    return {};
  }
  bool has(std::size_t first, std::size_t n) const {
    return std::all_of(there.begin() + static_cast<std::ptrdiff_t>(first),
                       there.begin() + static_cast<std::ptrdiff_t>(first + n), [](bool b) { return b; });
  }
};

}  // namespace

TEST_CASE("code chunks: memory comes with the need for it, and goes with the last block") {
  places p(100);
  memory m(100);
  chunks c(100, 16);
  REQUIRE(c);
  CHECK(c.has_any());
  CHECK(c.absent() == 100);

  std::size_t first = 0;
  REQUIRE(c.take(p, m, 5, 1, first));
  CHECK(first == 0);
  CHECK(m.size() == 16);
  CHECK(c.absent() == 84);
  std::size_t second = 0;
  REQUIRE(c.take(p, m, 40, 1, second));  // three chunks side by side
  CHECK(second == 5);
  CHECK(m.size() == 64);

  p.give_back(first, 5);
  CHECK(c.trim(p, m, 0) == 16);  // the others have some of the second
  p.give_back(second, 40);
  CHECK(c.trim(p, m, 1) == 32);  // one is kept
  CHECK(m.size() == 16);
  CHECK(c.trim(p, m, 0) == 16);
  CHECK(m.size() == 0);
  CHECK(c.absent() == 100);
  CHECK(p.take(1, 1) == places::none);  // what is not there is taken
  CHECK(m.unlawful == 0);
}

TEST_CASE("code chunks: the last one is shorter, and what crosses chunks is found") {
  places p(100);
  memory m(100);
  chunks c(100, 16);
  std::size_t first = 0;
  REQUIRE(c.take(p, m, 100, 1, first));
  CHECK(first == 0);
  CHECK(m.size() == 100);
  std::size_t none = 0;
  CHECK(c.take(p, m, 1, 1, none).error() == ENOSPC);
  CHECK(none == places::none);

  // Only the middle is used: n places that need a free end beside a chunk that is not there.
  p.give_back(0, 100);
  REQUIRE(p.take_exact(40, 8));
  CHECK(c.trim(p, m, 0) == 84);         // all but the chunk of 32 to 47
  REQUIRE(c.take(p, m, 52, 1, first));  // 48 to 99
  CHECK(first == 48);
  REQUIRE(c.take(p, m, 40, 1, first));  // 0 to 31, and 8 of the chunk that was there
  CHECK(first == 0);
}

TEST_CASE("code chunks: what the system says is the answer, and nothing is lost by it") {
  places p(64);
  memory m(64);
  m.most = 32;
  chunks c(64, 16);
  std::size_t first = 0;
  CHECK(c.take(p, m, 40, 1, first).error() == ENOMEM);
  CHECK(m.size() == 32);
  REQUIRE(c.take(p, m, 32, 1, first));  // what came before the error is there, and free
  CHECK(first == 0);
  p.give_back(0, 32);
  m.stays = true;
  CHECK(c.trim(p, m, 0) == 0);
  CHECK(c.absent() == 32);
  CHECK(p.take(32, 1) == 0);  // still of use
}

TEST_CASE("code chunks: none where memory is there from the beginning") {
  chunks c(100, 0);
  CHECK(c);
  CHECK_FALSE(c.has_any());
  CHECK(c.absent() == 0);
  CHECK_FALSE(c.is_time_to_trim());
}

TEST_CASE("code chunks: at random, against what could have been found") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const std::size_t all = 40 + random() % 100;
    places p(all);
    memory m(all);
    chunks c(all, 1 + random() % 30);
    struct piece {
      std::size_t first, n;
    };
    std::vector<piece> live;
    std::vector<bool> used(all);  // what a list without chunks would have
    int wrong = 0;
    for (int step = 0; step < 200; ++step) {
      if (random() % 3 != 0) {
        const std::size_t n = 1 + random() % 20;
        std::size_t first = 0;
        const sync_result result = c.take(p, m, n, 1, first);
        if (result) {
          if (!m.has(first, n)) ++wrong;
          for (std::size_t i = first; i < first + n; ++i) {
            if (used[i]) ++wrong;
            used[i] = true;
          }
          live.push_back({first, n});
        } else {
          std::size_t run = 0, longest = 0;
          for (std::size_t i = 0; i < all; ++i) longest = std::max(longest, run = used[i] ? 0 : run + 1);
          if (longest >= n || result.error() != ENOSPC) ++wrong;
        }
      } else if (!live.empty()) {
        const std::size_t which = random() % live.size();
        for (std::size_t i = live[which].first; i < live[which].first + live[which].n; ++i) used[i] = false;
        p.give_back(live[which].first, live[which].n);
        live[which] = live.back();
        live.pop_back();
      }
      if (random() % 8 == 0) c.trim(p, m, random() % 2);
    }
    for (const piece& one : live) p.give_back(one.first, one.n);
    c.trim(p, m, 0);
    if (m.size() != 0 || c.absent() != all || m.unlawful != 0) ++wrong;
    CHECK(wrong == 0);
  }
}
