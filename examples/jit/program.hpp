// SPDX-License-Identifier: BSL-1.0
//
// The intermediate representation of an expression: instructions for a stack machine, in postfix order. And its
// interpreter, whose results are the reference for all others.
//
// All numbers have 64 bits, and wrap around in every step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace jit {

// `call` calls the runtime: it occurs once, first, and x and y are lost after it. No expression contains it; see
// nested.hpp.
enum class operation : unsigned char { constant, x, y, call, add, subtract, multiply, negate };

struct instruction {
  operation what;
  std::int64_t value = 0;  // of a constant; for a call, the address of an int64(int64 x, int64 y)
};

using program = std::vector<instruction>;

// The largest number of values on the stack of any program, so that a stack is an array, and a frame's size an immediate.
inline constexpr std::size_t most_values = 240;

constexpr std::size_t operands(operation what) {
  return what <= operation::call ? 0 : what == operation::negate ? 1 : 2;
}

inline std::int64_t apply(operation what, std::int64_t left, std::int64_t right) {
  const auto a = static_cast<std::uint64_t>(left), b = static_cast<std::uint64_t>(right);
  return static_cast<std::int64_t>(what == operation::add        ? a + b
                                   : what == operation::subtract ? a - b
                                   : what == operation::multiply ? a * b
                                                                 : 0 - a);
}

inline std::int64_t call(const instruction& i, std::int64_t x, std::int64_t y) {
  return reinterpret_cast<std::int64_t (*)(std::int64_t, std::int64_t)>(static_cast<std::intptr_t>(i.value))(x, y);
}

// Precondition: a complete program, with at most most_values.
inline std::int64_t interpret(const instruction* code, std::size_t n, std::int64_t x, std::int64_t y) {
  // NOLINTBEGIN(clang-analyzer-core.CallAndMessage): a complete program has pushed its operands before.
  std::int64_t stack[most_values];
  std::size_t top = 0;
  for (const instruction* i = code; i != code + n; ++i) {
    switch (operands(i->what)) {
      case 0:
        stack[top++] = i->what == operation::constant ? i->value
                       : i->what == operation::call   ? call(*i, x, y)
                       : i->what == operation::x      ? x
                                                      : y;
        break;
      case 1:
        stack[top - 1] = apply(i->what, stack[top - 1], 0);
        break;
      default:
        --top;
        stack[top - 1] = apply(i->what, stack[top - 1], stack[top]);
    }
  }
  return stack[0];
  // NOLINTEND(clang-analyzer-core.CallAndMessage)
}

// Returns the largest number of values on the program's stack.
inline std::size_t values_needed(const program& code) {
  std::size_t now = 0, most = 0;
  for (const instruction& i : code) {
    now = now + 1 - operands(i.what);
    most = now > most ? now : most;
  }
  return most;
}

// Returns another program with the same results: with constants folded, operands exchanged, or a - b as a + -b.
program rewrite(const program& code, std::mt19937_64& random);

}  // namespace jit
