// SPDX-License-Identifier: BSL-1.0
//
// Parses expressions in infix notation: x, y, decimal numbers, + - * and parentheses, one expression per line. Comments
// (from # to the end of the line) and blank lines are ignored.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "program.hpp"

namespace jit {

struct expression {
  std::string text;
  program code;
};

// An error in the input: its name, line and column, the reason, the line itself, and a mark under the column.
struct input_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Return at least one expression. Throw input_error.
std::vector<expression> parse_expressions(std::string_view text, const std::string& name);
std::vector<expression> read_expressions(const std::string& file);

// Limits; deeper or longer expressions are refused.
inline constexpr std::size_t most_nested = 100, most_operands = 1000, most_expressions = 256;
inline constexpr std::size_t longest_file = 1 << 20;
static_assert(2 * most_nested + 3 <= most_values, "within parentheses, a sum and a product may wait for their second");

}  // namespace jit
