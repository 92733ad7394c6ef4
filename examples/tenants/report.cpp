// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <lazyref/fence.hpp>

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <string>

namespace tenants {
namespace {

// By value, since it sorts. Of two middle values, the upper one.
double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto rank = std::min(static_cast<std::size_t>(static_cast<double>(values.size()) * share), values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double lines_per_second(const outcome& o) { return static_cast<double>(o.lines) / o.seconds; }
double cpu_per_line(const outcome& o) { return o.cpu_seconds / static_cast<double>(o.lines); }
double activations_per_second(const outcome& o) { return static_cast<double>(o.activations) / o.seconds; }

template <class Of>
double median_of(const std::vector<outcome>& rounds, Of of) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const outcome& one : rounds) values.push_back(of(one));
  return quantile(std::move(values), 0.5);
}

// The reclamation of rule sets, over several rounds.
struct life_and_death {
  std::uint64_t replaced = 0;
  std::uint64_t reclaimed = 0;
  std::uint64_t handed_over = 0;
  std::uint64_t unparked = 0;
  std::size_t most_retained = 0;
  double median_wait = 0;  // seconds
  double most_waits = 0;   // nine of ten are shorter
  double worst_wait = 0;
};

life_and_death sum_up(const measured& column, std::initializer_list<phase> of) {
  life_and_death result;
  std::vector<double> waits;
  for (const phase what : of) {
    for (const outcome& one : column.rounds[what]) {
      result.replaced += one.replaced;
      result.reclaimed += one.reclaimed;
      result.handed_over += one.handed_over;
      result.unparked += one.unparked;
      result.most_retained = std::max(result.most_retained, one.most_retained);
      for (const auto wait : one.waits) waits.push_back(std::chrono::duration<double>(wait).count());
    }
  }
  result.median_wait = quantile(waits, 0.5);
  result.most_waits = quantile(waits, 0.9);
  result.worst_wait = quantile(waits, 1);
  return result;
}

// The numbers of one column, for both reports.
struct summary {
  std::string name;
  double lines, activations, cpu;     // whole work: a second, a second, seconds a line
  double bare_activations, bare_cpu;  // activations alone
  life_and_death busy, bursts;
};

std::vector<summary> summarise(const measurement& all) {
  std::vector<summary> result;
  for (const measured& one : all.columns) {
    const auto& whole = one.rounds[phase::whole_work];
    const auto& bare = one.rounds[phase::switches];
    summary s;
    s.name = one.policy->name;
    s.lines = median_of(whole, lines_per_second);
    s.activations = median_of(whole, activations_per_second);
    s.cpu = median_of(whole, cpu_per_line);
    s.bare_activations = median_of(bare, activations_per_second);
    s.bare_cpu = median_of(bare, cpu_per_line);
    s.busy = sum_up(one, {phase::whole_work, phase::switches});
    s.bursts = sum_up(one, {phase::bursts});
    result.push_back(std::move(s));
  }
  return result;
}

tally total(const std::vector<tally>& tallies) {
  tally result;
  for (const tally& one : tallies) result.add(one);
  return result;
}

std::string print(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string rate(double value) { return value >= 1e6 ? print("%.2f M", value / 1e6) : print("%.1f k", value / 1e3); }

std::string duration(double seconds) {
  if (seconds <= 0) return "-";  // nothing was measured
  if (seconds < 1e-7) return print("%.1f ns", seconds * 1e9);
  if (seconds < 1e-6) return print("%.0f ns", seconds * 1e9);
  if (seconds < 1e-3) return print("%.1f us", seconds * 1e6);
  return print("%.1f ms", seconds * 1e3);
}

std::string count(std::uint64_t value) { return std::to_string(value); }

template <class Cell>
void print_row(const char* label, const std::vector<summary>& columns, Cell cell) {
  std::printf("  %-34s", label);
  for (const summary& one : columns) std::printf(" %14s", std::string(cell(one)).c_str());
  std::puts("");
}

// A rate, and below it its ratio to the last column's.
void print_rate(const char* label, const std::vector<summary>& columns, double summary::*of) {
  print_row(label, columns, [&](const summary& s) { return rate(s.*of); });
  if (columns.size() < 2) return;
  const double baseline = columns.back().*of;
  print_row(("  times " + columns.back().name).c_str(), columns,
            [&](const summary& s) { return print("%.2f", s.*of / baseline); });
}

void print_lives(const std::vector<summary>& columns, life_and_death summary::*of) {
  print_row("replaced", columns, [&](const summary& s) { return count((s.*of).replaced); });
  print_row("reclaimed", columns, [&](const summary& s) { return count((s.*of).reclaimed); });
  print_row("leaked", columns, [&](const summary& s) { return count((s.*of).replaced - (s.*of).reclaimed); });
  print_row("handed over to a worker's slot", columns, [&](const summary& s) { return count((s.*of).handed_over); });
  print_row("reclaimed from a parked worker", columns, [&](const summary& s) { return count((s.*of).unparked); });
  print_row("most ever retained", columns, [&](const summary& s) { return count((s.*of).most_retained); });
  print_row("last user to disposal, median", columns, [&](const summary& s) { return duration((s.*of).median_wait); });
  print_row("  nine of ten within", columns, [&](const summary& s) { return duration((s.*of).most_waits); });
  print_row("  worst", columns, [&](const summary& s) { return duration((s.*of).worst_wait); });
}

void print_json_lives(const char* name, const life_and_death& of) {
  const auto big = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "     \"%s\": {\"replaced\": %llu, \"reclaimed\": %llu, \"handed_over\": %llu, \"unparked\": %llu,\n"
      "       \"most_retained\": %zu, \"disposal_median_ns\": %.0f, \"disposal_90_percent_ns\": %.0f, "
      "\"disposal_worst_ns\": %.0f}",
      name, big(of.replaced), big(of.reclaimed), big(of.handed_over), big(of.unparked), of.most_retained,
      of.median_wait * 1e9, of.most_waits * 1e9, of.worst_wait * 1e9);
}

}  // namespace

void print_table(const measurement& all, const options& chosen, const input& from, const std::vector<tenant>& tenants) {
  const lazyref::fence_status fence = lazyref::fence_info();
  std::printf("%s: %zu lines, %zu tenants, %zu workers, %lld us between two reloads\n", from.source.c_str(),
              from.lines.size(), tenants.size(), chosen.workers, static_cast<long long>(chosen.reload_every.count()));
  if (from.skipped != 0) std::printf("%zu lines of unknown tenants skipped\n", from.skipped);
  std::printf("light fence: %s (%s)\n", fence.light_is_free ? "free" : "a full fence", fence.reason);
  std::printf("%zu rounds per policy in turns; rates are medians of rounds\n\n", chosen.rounds);

  const std::vector<summary> columns = summarise(all);
  print_row("", columns, [](const summary& s) { return s.name; });
  std::printf("whole work: look up, activate, match (%zu passes a round)\n", all.passes[phase::whole_work]);
  print_rate("lines/s", columns, &summary::lines);
  print_rate("activations/s", columns, &summary::activations);
  print_row("CPU time per line", columns, [](const summary& s) { return duration(s.cpu); });
  std::printf("activations alone: the same lines, not matched (%zu passes a round)\n", all.passes[phase::switches]);
  print_rate("activations/s", columns, &summary::bare_activations);
  print_row("CPU time per line", columns, [](const summary& s) { return duration(s.bare_cpu); });
  std::puts("rule sets, in all rounds of the above");
  print_lives(columns, &summary::busy);
  std::printf("rule sets, where lines arrive in bursts and workers sleep in between (%zu passes a round)\n",
              all.passes[phase::bursts]);
  print_lives(columns, &summary::bursts);

  const tally verdicts = total(all.reference);
  std::printf("\nverdicts, the same in one thread and in every round: %llu allowed, %llu denied, %llu tags a pass\n",
              static_cast<unsigned long long>(verdicts.allowed), static_cast<unsigned long long>(verdicts.denied),
              static_cast<unsigned long long>(verdicts.tags));
}

void print_json(const measurement& all, const options& chosen, const input& from, const std::vector<tenant>& tenants) {
  const auto big = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  const tally verdicts = total(all.reference);
  std::printf(
      "{\n  \"lines\": %zu, \"skipped\": %zu, \"tenants\": %zu, \"workers\": %zu, \"slots\": %zu, \"rounds\": %zu,\n",
      from.lines.size(), from.skipped, tenants.size(), chosen.workers, chosen.slots, chosen.rounds);
  std::printf("  \"light_fence_is_free\": %s,\n", lazyref::fence_info().light_is_free ? "true" : "false");
  std::printf("  \"allowed\": %llu, \"denied\": %llu, \"tags\": %llu,\n", big(verdicts.allowed), big(verdicts.denied),
              big(verdicts.tags));
  std::puts("  \"policies\": [");
  const std::vector<summary> columns = summarise(all);
  for (const summary& s : columns) {
    std::printf("    {\"name\": \"%s\",\n", s.name.c_str());
    std::printf("     \"lines_per_s\": %.0f, \"activations_per_s\": %.0f, \"cpu_ns_per_line\": %.2f,\n", s.lines,
                s.activations, s.cpu * 1e9);
    std::printf("     \"bare_activations_per_s\": %.0f, \"bare_cpu_ns_per_line\": %.2f,\n", s.bare_activations,
                s.bare_cpu * 1e9);
    print_json_lives("rule_sets_busy", s.busy);
    std::puts(",");
    print_json_lives("rule_sets_bursts", s.bursts);
    std::puts(&s == &columns.back() ? "}" : "},");
  }
  std::puts("  ]\n}");
}

}  // namespace tenants
