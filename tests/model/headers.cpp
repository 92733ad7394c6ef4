// SPDX-License-Identifier: BSL-1.0
//
// Runs scenarios.hpp: where light fences are free; where all fences are full; some of them where slots stay marked.
//
//   model_headers                       all
//   model_headers --part I N            the Ith of N parts of them: they take minutes, and use one processor
//   model_headers NAME                  those with NAME in their names, with the traces of those that must fail
//   model_headers --replay NAME CHOICES one execution
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "engine.hpp"
#include "model_sync.hpp"
#include "scenarios.hpp"

using namespace model;
using namespace model::scenarios;

namespace {

int wrong = 0;
unsigned explored = 0;

enum class fences { asymmetric, full, marked };
constexpr const char* names[] = {"asymmetric", "portable", "marked"};

void check(const scenario& s, fences mode, std::size_t expected, bool show) {
  ++explored;
  options how;
  how.symmetric = mode != fences::asymmetric;
  how.marked = mode == fences::marked;
  how.preemptions = s.preemptions;
  if (s.failure != nullptr) how.looking_for = s.failure;
  model_sync::orders = {};
  if (s.change != nullptr) s.change(model_sync::orders);
  const auto began = std::chrono::steady_clock::now();
  const report r = explore(how, s.run);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const bool right =
      (s.failure == nullptr ? r.passed() : r.failure.find(s.failure) != std::string::npos) && r.executions == expected;
  std::printf("%-6s %-48s %-10s %8zu executions %8zu cut off %6.1f s%s\n", right ? "ok" : "WRONG", s.name,
              names[static_cast<int>(mode)], r.executions, r.cut_off, seconds,
              r.bounded ? (" (at most " + std::to_string(s.preemptions) + " preemptions)").c_str() : "");
  if (!r.passed()) std::printf("         %s\n         choices: %s\n", r.failure.c_str(), r.choices.c_str());
  if (!r.passed() && (show || s.failure == nullptr)) std::printf("%s", r.interleaving.c_str());
  std::fflush(stdout);
  if (!right) ++wrong;
}

}  // namespace

int main(int argc, char** argv) {
  lazyref::set_fatal_handler([](const char* message, int) noexcept { fail(message); });
  std::string name = argc > 1 ? argv[1] : "";
  unsigned part = 0, parts = 1, number = 0;
  if (name == "--part" && argc > 3) {
    part = static_cast<unsigned>(std::atoi(argv[2])) - 1;
    parts = static_cast<unsigned>(std::atoi(argv[3]));
    if (part >= parts) return 2;
    name = "";
  }
  for (const scenario& s : all_scenarios) {
    if (number++ % parts != part) continue;
    if (name == "--replay") {
      if (argc < 4 || std::string(s.name) != argv[2]) continue;
      if (s.change != nullptr) s.change(model_sync::orders);
      options how;
      how.preemptions = s.preemptions;
      const report r = replay(how, argv[3], s.run);
      std::printf("%s%s\n", r.interleaving.c_str(), r.failure.c_str());
      return 0;
    }
    if (std::string(s.name).find(name) == std::string::npos) continue;
    check(s, fences::asymmetric, s.asymmetric, !name.empty());
    if (!s.asymmetric_only) check(s, fences::full, s.symmetric, false);
    for (const marked_run& m : marked_runs) {
      if (std::string(m.name) == s.name) check(s, fences::marked, m.executions, false);
    }
  }
  if (explored == 0) {
    std::printf("headers: no such scenario\n");
    return 2;
  }
  std::printf("headers: %s\n", wrong == 0 ? "all as expected" : (std::to_string(wrong) + " WRONG").c_str());
  return wrong == 0 ? 0 : 1;
}
