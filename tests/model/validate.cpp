// SPDX-License-Identifier: BSL-1.0
//
// Is the reduction sound? The search with it must find the outcomes that the search without it finds: on every litmus
// test, in both modes, and on random programs.
//
//   model_validate [PROGRAMS [FIRST]]     random programs FIRST .. FIRST + PROGRAMS - 1
#include <cstdio>
#include <random>
#include <set>

#include "litmus.hpp"

using namespace model;
using namespace model::litmus;

namespace {

int wrong = 0;
std::size_t reduced_executions = 0, cut_off = 0, all_executions = 0;

// Any failure is one outcome: which of two unordered accesses notices their race depends on the order of execution. It
// is the only one that counts: an execution ends where it fails, and so does not tell what else it would have led to.
std::set<std::string> outcomes(const report& r) {
  std::set<std::string> result;
  for (const auto& [text, count] : r.outcomes) {
    if (text.compare(0, 6, "failed") == 0) return {"failed"};
    result.insert(text);
  }
  return result;
}

template <class Body>
void compare(const std::string& name, options how, const Body& run) {
  how.keep_going = true;
  const report with = explore(how, run);
  how.reduce = false;
  how.give_up_after = 400'000;
  const report without = explore(how, run);
  if (!without.passed()) return;  // too large to know
  reduced_executions += with.executions;
  cut_off += with.cut_off;
  all_executions += without.executions;
  if (outcomes(with) == outcomes(without)) return;
  ++wrong;
  std::printf("WRONG  %s: %zu outcomes with the reduction, %zu without\n", name.c_str(), with.outcomes.size(),
              without.outcomes.size());
  for (const std::string& o : outcomes(without)) {
    if (outcomes(with).count(o) == 0) std::printf("       missed: %s\n", o.c_str());
  }
}

// Straight-line threads over few locations, with everything that the engine knows.
struct program {
  enum class op { load, store, add, exchange, strong, weak, claim, write, read, fence, light, heavy, renew };
  struct instruction {
    op what;
    int location, value;
    std::memory_order order;
  };
  static constexpr int locations = 2;
  std::vector<std::vector<instruction>> threads;
  bool symmetric = false, always_reuse = false;

  explicit program(unsigned seed) {
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const int kinds = below(3);  // some programs only access, some have fences, some allocate
    threads.resize(static_cast<std::size_t>(2 + below(2)));
    const int length = threads.size() == 2 ? 4 : 3;
    int value = 0;
    for (auto& thread : threads) {
      for (int i = 2 + below(length - 1); i > 0; --i) {
        instruction next{};
        next.location = below(locations);
        next.value = ++value;
        const std::memory_order orders[] = {relaxed, acquire, release, acq_rel};
        switch (below(kinds == 0 ? 8 : 12)) {
          case 0:
          case 1:
            next = {op::load, next.location, 0, orders[below(2)]};
            break;
          case 2:
          case 3:
            next = {op::store, next.location, below(4) != 0 ? value : 0, below(2) != 0 ? release : relaxed};
            break;
          case 4:
            next = {below(2) != 0 ? op::add : op::exchange, next.location, value, orders[below(4)]};
            break;
          case 5:
            next = {below(3) == 0   ? op::claim
                    : below(2) != 0 ? op::strong
                                    : op::weak,
                    next.location, value, orders[below(4)]};
            break;
          case 6:
            next.what = below(4) != 0 ? op::load : op::write;
            break;
          case 7:
            next.what = below(4) != 0 ? op::store : op::read;
            break;
          case 8:
          case 9:
          case 10:
          case 11: {
            if (kinds == 2 && below(2) == 0) {
              next.what = op::renew;
              break;
            }
            const op fences[] = {op::fence, op::light, op::heavy};
            next = {fences[below(3)], 0, 0, below(3) != 0 ? seq_cst : orders[1 + below(3)]};
          }
        }
        thread.push_back(next);
      }
    }
    symmetric = below(4) == 0;
    always_reuse = below(4) == 0;
  }

  struct state {
    var at[locations];
    cell<int> plain;
    long seen[3] = {};
    const void* addresses[3][4] = {};
  };

  void run_thread(state& s, std::size_t t) const {
    long digest = 0;
    const int* mine = nullptr;
    const void** address = s.addresses[t];
    for (const instruction& i : threads[t]) {
      var& x = s.at[i.location];
      long got = 0;
      int expected = i.value - 1;
      switch (i.what) {
        case op::load:
          got = x.load(i.order);
          break;
        case op::store:
          x.store(i.value, i.order);
          break;
        case op::add:
          got = x.fetch_add(i.value, i.order);
          break;
        case op::exchange:
          got = x.exchange(i.value, i.order);
          break;
        case op::strong:
          got = x.compare_exchange_strong(expected, i.value, i.order, acquire) ? 99 : expected;
          break;
        case op::weak:
          got = x.compare_exchange_weak(expected, i.value, i.order, relaxed) ? 99 : expected;
          break;
        case op::claim:
          got = x.store_if_null(i.value, acquires(i.order) ? acquire : relaxed, releases(i.order) ? release : relaxed);
          break;
        case op::write:
          s.plain.write(i.value);
          break;
        case op::read:
          got = s.plain.read();
          break;
        case op::fence:
          fence(i.order);
          break;
        case op::light:
          light(i.order);
          break;
        case op::heavy:
          heavy(i.order);
          break;
        case op::renew:
          delete mine;
          mine = new int(i.value);
          *address++ = mine;
          break;
      }
      digest = digest * 101 + got;
    }
    delete mine;
    s.seen[t] = digest;
  }

  // Which addresses are the same: each as the number of its first appearance. Which fresh block is which means nothing.
  static long pattern(const state& s) {
    const void* known[12];
    int count = 0;
    long result = 0;
    for (const auto& of_thread : s.addresses) {
      for (const void* const p : of_thread) {
        if (p == nullptr) continue;
        int i = 0;
        while (i < count && known[i] != p) ++i;
        if (i == count) known[count++] = p;
        result = result * 13 + i + 1;
      }
    }
    return result;
  }

  void run() const {
    state s;
    if (threads.size() == 2) {
      parallel([&] { run_thread(s, 0); }, [&] { run_thread(s, 1); });
    } else {
      parallel([&] { run_thread(s, 0); }, [&] { run_thread(s, 1); }, [&] { run_thread(s, 2); });
    }
    outcome(s.seen[0], s.seen[1], s.seen[2], s.at[0].load(relaxed), s.at[1].load(relaxed), pattern(s));
  }
};

}  // namespace

int main(int argc, char** argv) {
  const unsigned programs = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 1500;
  const unsigned first = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;
  for (const test& t : tests) {
    for (const bool symmetric : {false, true}) {
      options how;
      how.symmetric = symmetric;
      compare(t.name, how, t.run);
    }
  }
  std::printf("litmus tests: %zu executions (and %zu cut off) instead of %zu\n", reduced_executions, cut_off,
              all_executions);
  reduced_executions = cut_off = all_executions = 0;
  for (unsigned seed = first; seed < first + programs; ++seed) {
    const program p(seed);
    options how;
    how.symmetric = p.symmetric;
    how.always_reuse = p.always_reuse;
    compare("random program " + std::to_string(seed), how, [&] { p.run(); });
  }
  std::printf("%u random programs: %zu executions (and %zu cut off) instead of %zu\n", programs, reduced_executions,
              cut_off, all_executions);
  std::printf("validate: %s\n",
              wrong == 0 ? "the reduction misses nothing" : (std::to_string(wrong) + " WRONG").c_str());
  return wrong == 0 ? 0 : 1;
}
