// SPDX-License-Identifier: BSL-1.0
//
// What an expression becomes before it is machine code: instructions for a stack, in postfix order. And what they mean:
// the interpreter, which everything else is compared with.
//
// All numbers are 64 bits wide and wrap around, in every step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace jit {

// `call` is the runtime's: it comes first, once, and after it x and y are gone. No expression has it; see nested.hpp.
enum class operation : unsigned char { constant, x, y, call, add, subtract, multiply, negate };

struct instruction {
  operation what;
  std::int64_t value = 0;  // of a constant; for a call, the address of an int64(int64 x, int64 y)
};

using program = std::vector<instruction>;

// No program has more values on its stack at one time, so that a stack is an array, and a frame an immediate.
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

// Precondition: a whole program, with at most most_values.
inline std::int64_t interpret(const instruction* code, std::size_t n, std::int64_t x, std::int64_t y) {
  // NOLINTBEGIN(clang-analyzer-core.CallAndMessage): a whole program has put its operands there before.
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

// How many values it has on the stack when it has most.
inline std::size_t values_needed(const program& code) {
  std::size_t now = 0, most = 0;
  for (const instruction& i : code) {
    now = now + 1 - operands(i.what);
    most = now > most ? now : most;
  }
  return most;
}

// Another program with the same results: with constants computed now, or operands exchanged, or a - b as a + -b.
program rewrite(const program& code, std::mt19937_64& random);

}  // namespace jit
