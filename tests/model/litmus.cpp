// SPDX-License-Identifier: BSL-1.0
//
// Runs litmus.hpp, in both modes, and then what must be found wrong in any test.
//
//   model_litmus            checks
//   model_litmus --record   prints the outcomes, for whoever adds a test
#include "litmus.hpp"

#include <cstdio>

using namespace model;
using namespace model::litmus;

namespace {

int wrong = 0;

bool has(const report& r, const std::string& outcome) {
  for (const auto& [text, count] : r.outcomes) {
    if (text.compare(0, outcome.size(), outcome) == 0) return true;
  }
  return false;
}

void check(const test& t, bool symmetric, bool record) {
  options how;
  how.symmetric = symmetric;
  how.keep_going = true;
  const report r = explore(how, t.run);
  const expectation& e = symmetric ? t.symmetric : t.asymmetric;
  const bool right =
      has(r, t.about) == (e.is == allowed) && r.outcomes.size() == e.outcomes && r.executions == e.executions;
  std::printf("%-6s %-46s %-10s %-8s %-9s %3zu outcomes %4zu executions\n", right ? "ok" : "WRONG", t.name,
              symmetric ? "portable" : "asymmetric", t.about, has(r, t.about) ? "allowed" : "forbidden",
              r.outcomes.size(), r.executions);
  if (record) {
    for (const auto& [text, count] : r.outcomes) std::printf("         [%s]\n", text.c_str());
  }
  if (!right) ++wrong;
}

template <class Body>
void must_fail(const char* name, const char* message, const Body& run, const options& how = {}) {
  const report r = explore(how, run);
  const bool right = r.failure.find(message) != std::string::npos;
  std::printf("%-6s %-46s %s\n", right ? "ok" : "WRONG", name, r.failure.c_str());
  // What failed once fails again, from its choices alone.
  if (how.give_up_after > 3 && replay(how, r.choices.c_str(), run).failure != r.failure) {
    std::printf("WRONG  %s: does not replay\n", name);
    ++wrong;
  }
  if (!right) ++wrong;
}

void faults() {
  must_fail("plain write against plain read", "data race", [] {
    cell<int> x;
    parallel([&] { x.write(1); }, [&] { (void)x.read(); });
  });
  must_fail("use after free, atomic", "use after free", [] {
    auto* const p = new var(0);
    var done;
    parallel(
        [&] {
          delete p;
          done.store(1, release);
        },
        [&] {
          if (done.load(acquire) == 1) (void)p->load(relaxed);
        });
  });
  must_fail("use after free, plain", "use after free", [] {
    auto* const p = new cell<int>(0);
    var done;
    parallel(
        [&] {
          delete p;
          done.store(1, release);
        },
        [&] {
          if (done.load(acquire) == 1) (void)p->read();
        });
  });
  must_fail("use of a reused address", "construction does not happen before", [] {
    auto* const p = new var(0);
    var* again = nullptr;
    var done;
    parallel(
        [&] {
          delete p;
          again = new var(1);
          done.store(1, relaxed);
        },
        [&] {
          if (done.load(relaxed) == 1) (void)p->load(relaxed);
        });
    delete again;
  });
  must_fail("free against a use", "use after free", [] {
    auto* const p = new var(0);
    parallel([&] { (void)p->load(relaxed); }, [&] { delete p; });
  });
  must_fail("double free", "double free", [] {
    auto* const p = new int(0);
    parallel([&] { delete p; }, [&] { delete p; });
  });
  must_fail("leak", "leak", [] { [[maybe_unused]] void* const volatile p = ::operator new(4); });
  must_fail("publication without release", "construction does not happen before", [] {
    atomic<var*> where;
    parallel([&] { where.store(new var(1), relaxed); },
             [&] {
               if (var* const p = where.load(acquire)) (void)p->load(relaxed);
             });
    delete where.load(relaxed);
  });
  must_fail("waiting for ever", "every thread waits", [] {
    var x;
    parallel([&] {
      while (x.load(relaxed) == 0) model_sync::relax();
    });
  });
  must_fail("seq_cst access", "seq_cst access", [] {
    var x;
    (void)x.load(seq_cst);
  });
  must_fail("history bound", "bound reached", [] {
    var x;
    for (int i = 0; i < 100; ++i) x.store(i, relaxed);
  });
  options few;
  few.give_up_after = 3;
  must_fail(
      "execution bound", "bound reached", [] { sb<none, none>(); }, few);
  const auto not_both_zero = [] {
    var x, y;
    int a = 0, b = 0;
    parallel(
        [&] {
          x.store(1, relaxed);
          light();
          a = y.load(relaxed);
        },
        [&] {
          y.store(1, relaxed);
          heavy();
          b = x.load(relaxed);
        });
    require(a + b != 0, "both zero");
  };
  options faulty;
  faulty.fault = fence_fault::heavy_is_ordinary;
  must_fail("SB, heavy replaced by an ordinary fence", "both zero", not_both_zero, faulty);
  faulty.fault = fence_fault::light_after_next_load;
  must_fail("SB, light after the load", "both zero", not_both_zero, faulty);
}

}  // namespace

int main(int argc, char** argv) {
  const bool record = argc > 1 && std::string(argv[1]) == "--record";
  for (const test& t : tests) {
    check(t, false, record);
    check(t, true, record);
  }
  faults();
  std::printf("litmus: %s\n", wrong == 0 ? "all as expected" : (std::to_string(wrong) + " WRONG").c_str());
  return wrong == 0 ? 0 : 1;
}
