// SPDX-License-Identifier: BSL-1.0
//
// The order of the rounds, and the checks after each.
#pragma once

#include <cstddef>
#include <iterator>
#include <vector>

#include "options.hpp"
#include "policies.hpp"
#include "progress.hpp"

namespace tenants {

// One value per phase.
template <class Value>
struct by_phase {
  Value values[std::size(phases)] = {};

  Value& operator[](phase one) { return values[static_cast<std::size_t>(one)]; }
  const Value& operator[](phase one) const { return values[static_cast<std::size_t>(one)]; }
};

struct measured {
  const policy_column* policy;
  by_phase<std::vector<outcome>> rounds;
};

struct measurement {
  by_phase<std::size_t> passes;  // in a round
  std::vector<tally> reference;  // one pass, one thread, by tenant
  std::vector<measured> columns;
};

// Throws check_failed if a round's verdicts are not the single thread's, or another check fails.
measurement measure(const options& chosen, const input& all, const std::vector<tenant>& tenants, progress& shown);

}  // namespace tenants
