// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"

namespace tenants {

void print_table(const measurement& all, const options& chosen, const input& from, const std::vector<tenant>& tenants);
void print_json(const measurement& all, const options& chosen, const input& from, const std::vector<tenant>& tenants);

}  // namespace tenants
