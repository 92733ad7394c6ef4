// SPDX-License-Identifier: BSL-1.0
#include <utility>

#include "program.hpp"

namespace jit {

namespace {

bool is_constant(const program& part) { return part.size() == 1 && part[0].what == operation::constant; }

}  // namespace

program rewrite(const program& code, std::mt19937_64& random) {
  const bool fold = random() % 2 != 0;
  const auto sometimes = [&random] { return random() % 2 != 0; };
  std::vector<program> parts;  // for each value on the program's stack, the instructions that compute it
  for (instruction i : code) {
    if (operands(i.what) == 0) {
      parts.push_back({i});
      continue;
    }
    program right;
    if (operands(i.what) == 2) {
      right = std::move(parts.back());
      parts.pop_back();
    }
    program& left = parts.back();
    if (fold && is_constant(left) && (right.empty() || is_constant(right))) {
      left[0].value = apply(i.what, left[0].value, right.empty() ? 0 : right[0].value);
      continue;
    }
    if (i.what == operation::subtract && sometimes()) {
      right.push_back({operation::negate});
      i.what = operation::add;
    }
    if ((i.what == operation::add || i.what == operation::multiply) && sometimes()) std::swap(left, right);
    left.insert(left.end(), right.begin(), right.end());
    left.push_back(i);
  }
  return values_needed(parts[0]) <= most_values ? parts[0] : code;
}

}  // namespace jit
