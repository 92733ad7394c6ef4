// SPDX-License-Identifier: BSL-1.0
//
// Expressions as people write them: x, y, decimal numbers, + - * and parentheses, one expression in a line. The rest of
// a line after # does not count, nor do blank lines.
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

// What is wrong with the user's text, and where: the name, line and column, the line itself, and a mark under it.
struct input_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// At least one. Throws input_error.
std::vector<expression> parse_expressions(std::string_view text, const std::string& name);
std::vector<expression> read_expressions(const std::string& file);

// What deeper or longer expressions are refused for.
inline constexpr std::size_t most_nested = 100, most_operands = 1000, most_expressions = 256;
inline constexpr std::size_t longest_file = 1 << 20;
static_assert(2 * most_nested + 3 <= most_values, "within parentheses, a sum and a product may wait for their second");

}  // namespace jit
