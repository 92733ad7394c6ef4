// SPDX-License-Identifier: BSL-1.0
#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>

#include "errors.hpp"

namespace tenants {
namespace {

const char* name(phase what) {
  switch (what) {
    case phase::whole_work:
      return "whole work";
    case phase::switches:
      return "activations alone";
    case phase::bursts:
      return "bursts";
  }
  return "";
}

class session {
 public:
  session(const options& chosen, const input& all, const std::vector<tenant>& tenants, progress& shown)
      : chosen_(chosen), all_(all), tenants_(tenants), shown_(shown), reference_(judge_all(all, tenants)) {}

  measurement run() {
    measurement result;
    for (const policy_column& one : policies()) {
      if (chosen_.policy.empty() || chosen_.policy == one.name) result.columns.push_back(measured{&one, {}});
    }
    result.reference = reference_;
    for (const phase what : phases) result.passes[what] = passes_for(result.columns, what);

    // In turns, and each round begins with another policy, so that other load of the machine affects all of them.
    const std::size_t n = result.columns.size();
    for (std::size_t r = 0; r < chosen_.rounds; ++r) {
      const std::string round = "round " + std::to_string(r + 1) + '/' + std::to_string(chosen_.rounds) + ", ";
      for (const phase what : phases) {
        for (std::size_t i = 0; i < n; ++i) {
          measured& column = result.columns[(r + i) % n];
          column.rounds[what].push_back(run_one(*column.policy, what, result.passes[what], round));
        }
      }
    }
    return result;
  }

 private:
  outcome run_one(const policy_column& policy, phase what, std::size_t passes, const std::string& label) {
    const job work{all_, tenants_, chosen_.workers, chosen_.slots, chosen_.reload_every, what, passes};
    shown_.begin(label + name(what) + ", " + policy.name, passes * all_.lines.size());
    try {
      outcome result = policy.run(work, [this](std::uint64_t lines) { shown_.show(lines); });
      check(result, what, passes);
      return result;
    } catch (const check_failed& failure) {
      throw check_failed(std::string(policy.name) + ": " + failure.what());
    } catch (const std::system_error& failure) {
      throw input_error("no " + std::to_string(chosen_.workers) + " workers can be started: " + failure.what());
    }
  }

  void check(const outcome& result, phase what, std::size_t passes) const {
    if (what != phase::switches) {
      for (std::size_t t = 0; t < tenants_.size(); ++t) {
        tally expected;
        expected.add(reference_[t], passes);
        if (result.tallies[t] != expected) {
          throw check_failed("the verdicts for " + tenants_[t].name + " are not those of a single thread");
        }
      }
    }
    // For each worker, the rule set in its slot and one that it is disposing of; and one of the reloader.
    const std::size_t bound = 2 * chosen_.workers + 1;
    if (result.most_retained > bound) {
      throw check_failed(std::to_string(result.most_retained) + " rule sets were retained at once; the bound is " +
                         std::to_string(bound));
    }
  }

  // Chooses as many passes as take a round's share of the time, for all policies together. A first, short run of each
  // measures that, and warms up.
  std::size_t passes_for(const std::vector<measured>& columns, phase what) {
    constexpr double long_enough = 0.03;
    double seconds_per_pass = 0;
    for (const measured& column : columns) {
      for (std::size_t passes = 1;; passes *= 4) {
        const outcome trial = run_one(*column.policy, what, passes, "warming up, ");
        if (trial.seconds < long_enough) continue;
        seconds_per_pass += trial.seconds / static_cast<double>(passes);
        break;
      }
    }
    const double share =
        chosen_.seconds * (what == phase::whole_work ? 0.5 : 0.25) / static_cast<double>(chosen_.rounds);
    return static_cast<std::size_t>(std::max(1.0, std::round(share / seconds_per_pass)));
  }

  const options& chosen_;
  const input& all_;
  const std::vector<tenant>& tenants_;
  progress& shown_;
  const std::vector<tally> reference_;
};

}  // namespace

measurement measure(const options& chosen, const input& all, const std::vector<tenant>& tenants, progress& shown) {
  return session(chosen, all, tenants, shown).run();
}

}  // namespace tenants
