// SPDX-License-Identifier: BSL-1.0
//
// What was measured otherwise than in a race (bench.hpp), in lines of the same shape. The first contender is the base:
// "times" is how many times its median the others' are. What --json says beyond that:
//
//   "result"  the samples' unit instead of "ns" where it is another one, and what the program tells of each contender
//   "target"  "relation": "never_above" | "at_most" | "at_least", "what", "limit", "value", "verdict": "met" | "missed"
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "bench.hpp"

namespace bench {

// The value below which `part` of the others lie.
inline double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
}

// In a column that a contender has nothing to say in.
inline const double nothing_to_say = std::nan("");

// What must not be, and is.
inline void broken(program& of, const std::string& what) {
  of.missed();
  if (of.how.json) {
    of.line("target").add("what", what).add("verdict", "missed").print();
  } else {
    std::printf("  MISSED: %s\n", what.c_str());
  }
}

class report {
 public:
  // `unit`: of the samples. `columns`: what else is said of each contender.
  report(program& of, std::string title, unsigned threads, std::string unit, std::vector<std::string> columns = {})
      : program_(of),
        title_(std::move(title)),
        threads_(threads),
        unit_(std::move(unit)),
        columns_(std::move(columns)) {
    if (of.how.json) return;
    std::printf("  %s", title_.c_str());
    if (threads_ > cpus()) std::printf(", %u threads on %u CPUs (oversubscribed)", threads_, cpus());
    std::printf("\n    %-24s %9s  %-30s", "", "times", (unit_ + " (quartiles)").c_str());
    for (const std::string& column : columns_) std::printf(" %11s", column.c_str());
    std::printf("\n");
  }

  // What this table differs in from the others of its program.
  void parameter(std::string name, double value) { parameters_.emplace_back(std::move(name), value); }

  void line(const std::string& name, const std::string& about, const std::vector<double>& samples,
            const std::vector<double>& more = {}) {
    if (samples.empty()) return;
    const spread s = spread_of(samples);
    if (base_name_.empty()) {
      base_name_ = name;
      base_ = s.median;
    }
    const double times = base_ == 0 ? nothing_to_say : s.median / base_;
    if (program_.how.json) {
      json_line json = begin_line("result");
      json.add("cpus", static_cast<double>(cpus())).add("oversubscribed", threads_ > cpus());
      json.add("contender", name).add("about", about);
      json.add(unit_.c_str(), s.median).add("low", s.low).add("high", s.high).add("base", base_name_);
      if (!std::isnan(times)) json.add("times", times);
      json.add("turns", static_cast<double>(samples.size()));
      for (std::size_t i = 0; i < more.size(); ++i) {
        if (!std::isnan(more[i])) json.add(columns_[i].c_str(), more[i]);
      }
      json.print();
    } else {
      char text[64];
      std::snprintf(text, sizeof text, "%.2f (%.2f .. %.2f)", s.median, s.low, s.high);
      std::printf("    %-24s %9s  %-30s", name.c_str(), number(times).c_str(), text);
      for (const double value : more) std::printf(" %11s", number(value).c_str());
      std::printf("  %s\n", about.c_str());
    }
    std::fflush(stdout);
  }

  // A promise: broken counts as a missed target in a smoke test too.
  void never_above(const std::string& name, const std::string& what, double value, double limit) {
    verdict(name, what, "never_above", "never above", value, limit, value <= limit);
  }
  // Figures that vary: without a verdict in a smoke test.
  void at_most(const std::string& name, const std::string& what, double value, double limit) {
    if (!program_.how.smoke) verdict(name, what, "at_most", "at most", value, limit, value <= limit);
  }
  void at_least(const std::string& name, const std::string& what, double value, double limit) {
    if (!program_.how.smoke) verdict(name, what, "at_least", "at least", value, limit, value >= limit);
  }

 private:
  static std::string number(double value) {
    if (std::isnan(value)) return "-";
    char text[32];
    std::snprintf(text, sizeof text, value == std::floor(value) && value < 1e15 ? "%.0f" : "%.2f", value);
    return text;
  }

  json_line begin_line(const char* kind) const {
    json_line json = program_.line(kind);
    json.add("race", title_).add("threads", static_cast<double>(threads_));
    for (const auto& [name, value] : parameters_) json.add(name.c_str(), value);
    return json;
  }

  void verdict(const std::string& name, const std::string& what, const char* key, const char* relation, double value,
               double limit, bool met) {
    if (!met) program_.missed();
    if (program_.how.json) {
      json_line json = begin_line("target");
      json.add("contender", name).add("relation", key).add("what", what).add("limit", limit).add("value", value);
      json.add("verdict", met ? "met" : "missed").print();
    } else {
      std::printf("      target: %s, %s %s %g: %g: %s\n", name.c_str(), what.c_str(), relation, limit, value,
                  met ? "met" : "MISSED");
    }
    std::fflush(stdout);
  }

  program& program_;
  std::string title_;
  unsigned threads_;
  std::string unit_;
  std::vector<std::string> columns_;
  std::vector<std::pair<std::string, double>> parameters_;
  std::string base_name_;
  double base_ = 0;
};

}  // namespace bench
