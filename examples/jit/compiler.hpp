// SPDX-License-Identifier: BSL-1.0
//
// Translates a program to the contents of a block: a function int64(int64 x, int64 y), or, on architectures without a
// code generator here, the program itself, for the interpreter.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "program.hpp"

#if defined(__x86_64__) && !defined(_WIN32) && !defined(__CYGWIN__)
#define JIT_HAS_MACHINE 1
#include "machine_x86_64.hpp"
#elif defined(__aarch64__) && defined(__LP64__)
#define JIT_HAS_MACHINE 1
#include "machine_arm64.hpp"
#elif defined(__riscv) && __riscv_xlen == 64 && defined(__riscv_mul)
#define JIT_HAS_MACHINE 1
#include "machine_riscv64.hpp"
#endif

namespace jit {

// For the interpreter.
inline std::vector<unsigned char> to_bytes(const program& code) {
  std::vector<unsigned char> result(code.size() * sizeof(instruction));
  std::memcpy(result.data(), code.data(), result.size());
  return result;
}

#ifdef JIT_HAS_MACHINE

// Value n of the program's stack is kept in register n, or, beyond the registers, in the frame, and is then loaded to one
// of two spare registers.
class compiler {
 public:
  static constexpr const char* machine_name = machine::name;

  static std::vector<unsigned char> compile(const program& code) {
    compiler one(values_needed(code));
    const bool calls = code.front().what == operation::call;
    one.machine_.enter(one.slots_, calls);
    for (const instruction& i : code) one.emit(i);
    one.machine_.leave(one.slots_, calls);
    return one.machine_.bytes();
  }

 private:
  static constexpr unsigned registers = machine::registers, spare = registers, other_spare = registers + 1;

  explicit compiler(std::size_t values) : slots_(values > registers ? values - registers : 0) {}

  void emit(const instruction& i) {
    if (operands(i.what) == 0) {
      const unsigned to = place(values_);
      if (i.what == operation::constant) {
        machine_.constant(to, i.value);
      } else if (i.what == operation::call) {
        machine_.call(to, i.value);
      } else {
        machine_.argument(to, i.what == operation::x ? 0 : 1);
      }
      keep(values_++, to);
    } else if (i.what == operation::negate) {
      const unsigned to = fetch(values_ - 1, spare);
      machine_.negate(to);
      keep(values_ - 1, to);
    } else {
      --values_;
      const unsigned from = fetch(values_, other_spare), to = fetch(values_ - 1, spare);
      if (i.what == operation::add) machine_.add(to, from);
      if (i.what == operation::subtract) machine_.subtract(to, from);
      if (i.what == operation::multiply) machine_.multiply(to, from);
      keep(values_ - 1, to);
    }
  }

  static unsigned place(std::size_t value) { return static_cast<unsigned>(std::min<std::size_t>(value, spare)); }

  unsigned fetch(std::size_t value, unsigned into) {
    if (value < registers) return static_cast<unsigned>(value);
    machine_.load(into, value - registers);
    return into;
  }
  void keep(std::size_t value, unsigned from) {
    if (value >= registers) machine_.store(from, value - registers);
  }

  const std::size_t slots_;  // of the frame
  std::size_t values_ = 0;
  machine machine_;
};

#else

struct compiler {
  static constexpr const char* machine_name = nullptr;
  static std::vector<unsigned char> compile(const program& code) { return to_bytes(code); }
};

#endif

}  // namespace jit
