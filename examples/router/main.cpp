// SPDX-License-Identifier: BSL-1.0
//
// router: requests migrate between threads, and each keeps the routing table that it began with until it ends, while a
// control thread replaces the table. For servers with coroutines, event loops or thread pools. The ways to keep the table
// are in ways.hpp; this file compares their costs.
//
// Run: sh examples/run.sh router
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "../example.hpp"
#include "other_ways.hpp"
#include "run.hpp"
#include "ways.hpp"

namespace {

using router::counts;
using router::figures;
using router::plan;

struct way {
  const char* name;
  figures (*run)(const plan&, bool until_wrong);
  bool has_target;
};
template <class Way>
constexpr way entry(bool has_target = false) {
  return {Way::name, router::run<Way>::once, has_target};
}
// The others are compared with the first one.
constexpr way ways[] = {entry<router::by_mutex>(),          entry<router::by_atomic_shared>(),
                        entry<router::by_hazard_pointer>(), entry<router::by_own_slot>(),
                        entry<router::by_strong_ref>(true), entry<router::by_claim>(true),
                        entry<router::by_nothing<false>>()};
constexpr std::size_t way_count = sizeof ways / sizeof *ways;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class Field>
std::vector<double> all_of(const std::vector<figures>& rounds, Field field) {
  std::vector<double> result;
  result.reserve(rounds.size());
  for (const figures& one : rounds) result.push_back(field(one));
  return result;
}

// Prints the ratio of the medians, and the range of the rounds' ratios.
template <class Field>
void print_target(const char* what, const std::vector<figures>& mine, const std::vector<figures>& others, Field field) {
  const std::vector<double> a = all_of(mine, field), b = all_of(others, field);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  const double ratio = median(a) / median(b);
  std::printf(" %s %.2f (%.2f to %.2f) %s", what, ratio, *least, *most, ratio <= 1 ? "met" : "missed");
}

counts compare(const plan& p, unsigned long rounds) {
  std::vector<figures> measured[way_count];
  counts sum;
  for (unsigned long r = 0; r < rounds; ++r) {
    // Each round begins with another way.
    for (std::size_t i = 0; i < way_count; ++i) {
      const std::size_t w = (i + r) % way_count;
      measured[w].push_back(ways[w].run(p, false));
      sum.add(measured[w].back().checked);
    }
  }
  const auto requests = [](const figures& f) { return f.requests; };
  const auto cpu = [](const figures& f) { return f.cpu; };
  const auto age = [](const figures& f) { return f.median; };
  const auto most = [](const figures& f) { return f.most; };
  std::printf(
      "\n%zu in flight, %zu workers, %.0f %% of the steps in another worker than the previous; medians of %lu rounds\n",
      p.in_flight, p.workers, 100 * static_cast<double>(sum.moved) / static_cast<double>(sum.steps), rounds);
  std::printf("  %-20s %14s %16s %30s %8s\n", "the table is kept by", "M requests/s", "CPU ns/request",
              "us to destruction: median", "99 %");
  for (std::size_t w = 0; w < way_count; ++w) {
    const auto middle = [&](auto field) { return median(all_of(measured[w], field)); };
    std::printf("  %-20s %14.3f %16.0f", ways[w].name, middle(requests) / 1e6, middle(cpu) * 1e9);
    if (w + 1 != way_count) std::printf(" %30.0f %8.0f", middle(age) * 1e6, middle(most) * 1e6);
    std::puts("");
  }
  for (std::size_t w = 0; w < way_count; ++w) {
    if (!ways[w].has_target) continue;
    std::printf("target: %s / %s:", ways[w].name, ways[0].name);
    print_target("CPU", measured[w], measured[0], cpu);
    std::printf(";");
    print_target("99 % to destruction", measured[w], measured[0], most);
    std::puts("");
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long in_flight = 0, workers = std::clamp(std::thread::hardware_concurrency(), 2u, 16u), length = 200;
  unsigned long reload_us = 5000, rounds = 5;
  bool broken = false;
  examples::parse(
      argc, argv, "router",
      "Requests migrate between workers while the routing table is replaced; each keeps the table that it\n"
      "began with, in one of several ways, whose costs are compared.\n",
      {examples::number("--in-flight", in_flight, 0, 65536, "requests in flight; 0: 100, 1000, then 4000"),
       examples::number("--workers", workers, 1, 256, "threads that execute requests"),
       examples::number("--reload-every-us", reload_us, 100, 10000000, "pause between two reloads"),
       examples::number("--rounds", rounds, 1, 1000, "how often each way is measured"),
       examples::number("--milliseconds", length, 10, 3600000, "how long, each time"),
       examples::flag("--break", broken, "keep a bare pointer, and poison tables: must fail, with status 1")});
  examples::choose_fence();
  counts sum;
  for (const unsigned long n : {100ul, 1000ul, 4000ul}) {
    const plan p{in_flight != 0 ? in_flight : n, workers, std::chrono::milliseconds(length),
                 std::chrono::microseconds(reload_us)};
    sum.add(broken ? router::run<router::by_nothing<true>>::once(p, true).checked : compare(p, rounds));
    if (in_flight != 0 || broken) break;
  }
  if (!broken) std::puts("\nThe time to a table's destruction is mostly the lifetime of the requests that use it.");
  std::printf("checked: %" PRIu64 " of %" PRIu64 " lookups found a table that was freed, or another version\n",
              sum.wrong, sum.steps * router::lookups_per_step);
  std::printf("checked: %" PRIu64 " requests ended; tables made %" PRIu64 ", destroyed %" PRIu64 "\n", sum.requests,
              sum.made, sum.destroyed);
  return examples::verdict(sum.wrong == 0 && sum.complete);
}
