// SPDX-License-Identifier: BSL-1.0
//
// The policies that are compared. This list is the one place that names them.
#pragma once

#include <vector>

#include "workload.hpp"

namespace tenants {

struct policy_column {
  const char* name;
  const char* what;
  outcome (*run)(const job&, const progress_call&);
};

// The last one is what the others are compared with.
const std::vector<policy_column>& policies();

}  // namespace tenants
