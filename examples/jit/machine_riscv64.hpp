// SPDX-License-Identifier: BSL-1.0
//
// riscv64 with the M extension, standard calling convention: the arguments are in a0 and a1, the result is in a0. a2 to
// a7, t0 and t1 need not be preserved. sp stays a multiple of 16. A function that calls has a frame pointer, s0,
// with ra and the caller's s0 below it. No compressed instructions.
//
// Source: The RISC-V Instruction Set Manual, volume I, "RV32/64G Instruction Set Listings".
#pragma once

#include <cstddef>
#include <cstdint>

#include "code_bytes.hpp"
#include "program.hpp"

namespace jit {

class machine : public code_bytes {
 public:
  static constexpr const char* name = "riscv64";
  static constexpr unsigned registers = 6;  // for values, a2 to a7; t0 and t1 are spare

  void enter(std::size_t slots, bool calls) {
    if (calls) {
      immediate(addi, sp, sp, -16);
      save(ra, 8);
      save(s0, 0);
      immediate(addi, s0, sp, 16);
    }
    if (slots != 0) immediate(addi, sp, sp, -frame(slots));
  }
  void leave(std::size_t slots, bool calls) {
    if (slots != 0) immediate(addi, sp, sp, frame(slots));
    immediate(addi, a0, number(0), 0);  // mv a0, value 0
    if (calls) {
      immediate(ld, ra, sp, 8);
      immediate(ld, s0, sp, 0);
      immediate(addi, sp, sp, 16);
    }
    put(4, 0x00008067);  // ret
  }

  // Calls, with the arguments of this function.
  void call(unsigned to, std::int64_t address) {
    constant(to, address);
    immediate(0x67, ra, number(to), 0);  // jalr ra, 0(to)
    argument(to, 0);                     // the result is in a0 too
  }
  // The same, through the word at `address`, loaded at the call.
  void call_through(unsigned to, std::int64_t address) {
    constant(to, address);
    immediate(ld, number(to), number(to), 0);
    immediate(0x67, ra, number(to), 0);
    argument(to, 0);
  }
  // Sets another argument for the next call.
  void pass(unsigned which, std::int64_t value) { load_immediate(a0 + which, value); }

  void constant(unsigned to, std::int64_t value) { load_immediate(number(to), value); }
  void argument(unsigned to, unsigned which) { immediate(addi, number(to), a0 + which, 0); }
  void add(unsigned to, unsigned from) { three(0x00000033, number(to), number(to), number(from)); }
  void subtract(unsigned to, unsigned from) { three(0x40000033, number(to), number(to), number(from)); }
  void multiply(unsigned to, unsigned from) { three(0x02000033, number(to), number(to), number(from)); }
  void negate(unsigned to) { three(0x40000033, number(to), zero, number(to)); }
  void load(unsigned to, std::size_t slot) { immediate(ld, number(to), sp, offset(slot)); }
  void store(unsigned from, std::size_t slot) { save(number(from), 8 * slot); }

 private:
  static constexpr std::uint64_t zero = 0, ra = 1, sp = 2, t0 = 5, s0 = 8, a0 = 10, a2 = 12;
  static constexpr std::uint64_t addi = 0x13, addiw = 0x1b, slli = 0x1013, ld = 0x3003;
  static_assert(8 * (most_values - registers + 1) < 2048, "a frame is a 12-bit immediate");

  static constexpr std::uint64_t number(unsigned value) {
    return value < registers ? a2 + value : t0 + (value - registers);
  }
  static constexpr std::int64_t offset(std::size_t slot) { return static_cast<std::int64_t>(8 * slot); }
  static constexpr std::int64_t frame(std::size_t slots) { return offset((slots + 1) / 2 * 2); }

  void immediate(std::uint64_t opcode, std::uint64_t to, std::uint64_t from, std::int64_t value) {
    put(4, opcode | to << 7 | from << 15 | (static_cast<std::uint64_t>(value) & 0xfff) << 20);
  }
  void save(std::uint64_t from, std::size_t at) {
    put(4, 0x3023 | (at & 31) << 7 | sp << 15 | from << 20 | at >> 5 << 25);
  }
  void three(std::uint64_t opcode, std::uint64_t to, std::uint64_t left, std::uint64_t right) {
    put(4, opcode | to << 7 | left << 15 | right << 20);
  }

  // The lower 12 bits are added last, sign-extended, so the upper part is one larger where they are negative.
  void load_immediate(std::uint64_t to, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    const std::int64_t low = static_cast<std::int64_t>((bits & 0xfff) ^ 0x800) - 0x800;
    const std::uint64_t above = bits - static_cast<std::uint64_t>(low);
    if (low == value) {
      immediate(addi, to, zero, low);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
      put(4, 0x37 | to << 7 | (above & 0xfffff000));  // lui
      immediate(addiw, to, to, low);
    } else {
      load_immediate(to, static_cast<std::int64_t>(above) >> 12);
      immediate(slli, to, to, 12);
      if (low != 0) immediate(addi, to, to, low);
    }
  }
};

}  // namespace jit
