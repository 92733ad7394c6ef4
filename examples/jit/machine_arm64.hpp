// SPDX-License-Identifier: BSL-1.0
//
// arm64, procedure call standard AAPCS64: the arguments are in x0 and x1, the result is in x0. x2 to x15 need not be
// preserved. sp stays a multiple of 16. A function that calls has a frame record, x29 and x30.
//
// Source: Arm Architecture Reference Manual (DDI 0487), C6.
#pragma once

#include <cstddef>
#include <cstdint>

#include "code_bytes.hpp"

namespace jit {

class machine : public code_bytes {
 public:
  static constexpr const char* name = "arm64";
  static constexpr unsigned registers = 12;  // for values, x2 to x13; x14 and x15 are spare

  void enter(std::size_t slots, bool calls) {
    if (calls) put(4, 0xa9bf7bfd), put(4, 0x910003fd);        // stp x29, x30, [sp, -16]!; mov x29, sp
    if (slots != 0) put(4, 0xd10003ff | frame(slots) << 10);  // sub sp, sp, frame
  }
  void leave(std::size_t slots, bool calls) {
    if (slots != 0) put(4, 0x910003ff | frame(slots) << 10);  // add sp, sp, frame
    put(4, 0xaa0003e0 | number(0) << 16);                     // mov x0, value 0
    if (calls) put(4, 0xa8c17bfd);                            // ldp x29, x30, [sp], 16
    put(4, 0xd65f03c0);                                       // ret
  }
  // Calls, with the arguments of this function.
  void call(unsigned to, std::int64_t address) {
    constant(to, address);
    put(4, 0xd63f0000 | number(to) << 5);  // blr to
    argument(to, 0);                       // the result is in x0 too
  }
  // The same, through the word at `address`, loaded at the call.
  void call_through(unsigned to, std::int64_t address) {
    constant(to, address);
    put(4, 0xf9400000 | number(to) << 5 | number(to));  // ldr to, [to]
    put(4, 0xd63f0000 | number(to) << 5);
    argument(to, 0);
  }
  // Sets another argument for the next call.
  void pass(unsigned which, std::int64_t value) { set(which, value); }

  void constant(unsigned to, std::int64_t value) { set(number(to), value); }
  void argument(unsigned to, unsigned which) { put(4, 0xaa0003e0 | which << 16 | number(to)); }  // mov to, x0
  void add(unsigned to, unsigned from) { three(0x8b000000, to, from); }
  void subtract(unsigned to, unsigned from) { three(0xcb000000, to, from); }
  void multiply(unsigned to, unsigned from) { three(0x9b007c00, to, from); }
  void negate(unsigned to) { put(4, 0xcb0003e0 | number(to) << 16 | number(to)); }  // sub to, xzr, to
  void load(unsigned to, std::size_t slot) { put(4, 0xf94003e0 | slot << 10 | number(to)); }
  void store(unsigned from, std::size_t slot) { put(4, 0xf90003e0 | slot << 10 | number(from)); }

 private:
  static constexpr std::uint64_t number(unsigned value) { return 2 + value; }
  static constexpr std::size_t frame(std::size_t slots) { return (slots + 1) / 2 * 16; }

  // movz or movn, whichever needs fewer movk after it, and movk for each 16 bits that still differ.
  void set(std::uint64_t to, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    std::size_t zeros = 0, ones = 0;
    for (unsigned part = 0; part < 4; ++part) {
      zeros += (bits >> 16 * part & 0xffff) == 0;
      ones += (bits >> 16 * part & 0xffff) == 0xffff;
    }
    const std::uint64_t rest = ones > zeros ? 0xffff : 0;
    bool begun = false;
    for (unsigned part = 0; part < 4; ++part) {
      const std::uint64_t half = bits >> 16 * part & 0xffff;
      if (half == rest && (begun || part != 3)) continue;
      const std::uint64_t opcode = begun ? 0xf2800000 : rest != 0 ? 0x92800000 : 0xd2800000;
      put(4, opcode | part << 21 | (begun ? half : half ^ rest) << 5 | to);
      begun = true;
    }
  }

  // to = to OP from
  void three(std::uint64_t opcode, unsigned to, unsigned from) {
    put(4, opcode | number(from) << 16 | number(to) << 5 | number(to));
  }
};

}  // namespace jit
