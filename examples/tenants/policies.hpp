// SPDX-License-Identifier: BSL-1.0
//
// The policies that are compared; policies.cpp has the list.
#pragma once

#include <vector>

#include "workload.hpp"

namespace tenants {

struct policy_column {
  const char* name;
  const char* what;
  outcome (*run)(const job&, const progress_call&);
};

// The others are compared with the last one.
const std::vector<policy_column>& policies();

}  // namespace tenants
