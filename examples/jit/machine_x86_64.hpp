// SPDX-License-Identifier: BSL-1.0
//
// x86-64, System V calling convention: the arguments are in rdi and rsi, the result is in rax. None of the registers used
// here must be preserved. rsp is a multiple of 16 where a function is called. A function that calls has a frame pointer,
// so that debuggers can unwind it.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
#pragma once

#include <cstddef>
#include <cstdint>

#include "code_bytes.hpp"

namespace jit {

class machine : public code_bytes {
 public:
  static constexpr const char* name = "x86-64";
  static constexpr unsigned registers = 5;  // for values; two more are spare

  void enter(std::size_t slots, bool calls) {
    if (calls) put(4, 0xe5894855);                           // push rbp; mov rbp, rsp
    if (slots != 0) put(3, 0xec8148), put(4, frame(slots));  // sub rsp, frame
  }
  void leave(std::size_t slots, bool calls) {
    if (slots != 0) put(3, 0xc48148), put(4, frame(slots));  // add rsp, frame
    if (calls) put(1, 0x5d);                                 // pop rbp
    put(1, 0xc3);                                            // ret; value 0 is in rax
  }
  // Calls, with the arguments of this function. Precondition: `to` is value 0.
  void call(unsigned to, std::int64_t address) {
    constant(to, address);
    put(2, 0xd0ff);  // call rax
  }
  // The same, through the word at `address`, loaded at the call.
  void call_through(unsigned to, std::int64_t address) {
    constant(to, address);
    put(2, 0x10ff);  // call [rax]
  }
  // Sets another argument for the next call.
  void pass(unsigned which, std::int64_t value) { set(which == 0 ? rdi : rsi, value); }

  void constant(unsigned to, std::int64_t value) { set(number(to), value); }
  void argument(unsigned to, unsigned which) { wide(0x89, which == 0 ? rdi : rsi, number(to)); }  // mov to, rdi
  void add(unsigned to, unsigned from) { wide(0x01, number(from), number(to)); }
  void subtract(unsigned to, unsigned from) { wide(0x29, number(from), number(to)); }
  void multiply(unsigned to, unsigned from) {
    put(1, rex(number(to), number(from)));  // imul to, from
    put(2, 0xaf0f);
    put(1, 0xc0 | (number(to) & 7) << 3 | (number(from) & 7));
  }
  void negate(unsigned to) { wide(0xf7, 3, number(to)); }
  void load(unsigned to, std::size_t slot) { memory(0x8b, number(to), slot); }
  void store(unsigned from, std::size_t slot) { memory(0x89, number(from), slot); }

 private:
  static constexpr unsigned rsi = 6, rdi = 7;

  static constexpr std::size_t frame(std::size_t slots) { return (slots + 1) / 2 * 16; }

  static constexpr unsigned number(unsigned value) {
    constexpr unsigned numbers[registers + 2] = {0, 1, 2, 8, 9, 10, 11};  // rax, rcx, rdx, r8 to r11
    return numbers[value];
  }

  // The prefix for 64 bits, with the upper bits of the two register fields.
  static constexpr unsigned rex(unsigned reg, unsigned rm) { return 0x48 | reg >> 3 << 2 | rm >> 3; }

  void set(unsigned r, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    if (value >= INT32_MIN && value <= INT32_MAX) {
      wide(0xc7, 0, r);  // mov to, imm32, sign-extended
      put(4, bits);
    } else if (bits <= UINT32_MAX) {
      put(1, 0x40 | r >> 3);  // mov to, imm32, the upper half is cleared
      put(1, 0xb8 | (r & 7));
      put(4, bits);
    } else {
      put(1, 0x48 | r >> 3);  // mov to, imm64
      put(1, 0xb8 | (r & 7));
      put(8, bits);
    }
  }

  void wide(unsigned opcode, unsigned reg, unsigned rm) {
    put(1, rex(reg, rm));
    put(1, opcode);
    put(1, 0xc0 | (reg & 7) << 3 | (rm & 7));
  }
  void memory(unsigned opcode, unsigned reg, std::size_t slot) {
    put(1, rex(reg, 0));
    put(1, opcode);
    put(1, 0x84 | (reg & 7) << 3);  // [rsp + disp32]
    put(1, 0x24);
    put(4, 8 * slot);
  }
};

}  // namespace jit
