// SPDX-License-Identifier: BSL-1.0
//
// Machine code that returns a number, for each architecture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lazyref_test {

#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86) || defined(_M_ARM64) ||         \
    defined(__aarch64__) || defined(__arm__) || defined(__riscv) || defined(__s390x__) || defined(__loongarch__) || \
    defined(__mips__) || (defined(__powerpc64__) && _CALL_ELF == 2)
#define LAZYREF_TEST_EMITS 1

// Writes a function at `at` that returns `value` (0 to 255), and returns its size.
inline std::size_t emit_return(void* at, std::uint32_t value) {
#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
  const unsigned char code[] = {0xb8, static_cast<unsigned char>(value), 0, 0, 0, 0xc3};
#elif defined(__aarch64__) || defined(_M_ARM64)
  const std::uint32_t code[] = {0x52800000 | value << 5, 0xd65f03c0};
#elif defined(__arm__)
  const std::uint32_t code[] = {0xe3a00000 | value, 0xe12fff1e};
#elif defined(__riscv)
  const std::uint32_t code[] = {0x00000513 | value << 20, 0x00008067};
#elif defined(__s390x__)
  const unsigned char code[] = {0xa7, 0x29, 0, static_cast<unsigned char>(value), 0x07, 0xfe};
#elif defined(__loongarch__)
  const std::uint32_t code[] = {0x02800004 | value << 10, 0x4c000020};
#elif defined(__mips__)
  const std::uint32_t code[] = {0x03e00008, 0x24020000 | value};
#else
  const std::uint32_t code[] = {0x38600000 | value, 0x4e800020};
#endif
  std::memcpy(at, code, sizeof(code));
  return sizeof(code);
}

// The size of the smallest function that emit_number writes, and the unit of sizes.
#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
inline constexpr std::size_t emitted_least = 6;
inline constexpr std::size_t emitted_unit = 1;
#elif defined(__s390x__)
inline constexpr std::size_t emitted_least = 8;
inline constexpr std::size_t emitted_unit = 2;
#else
inline constexpr std::size_t emitted_least = 12;
inline constexpr std::size_t emitted_unit = 4;
#endif

// Fills `size` bytes at `at` with a function that returns `value` (less than 2^31). Its last instructions load and return
// the number; those before have no effect.
// Precondition: size >= emitted_least; a multiple of emitted_unit.
inline void emit_number(void* at, std::size_t size, std::uint32_t value) {
#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
  const unsigned char nothing[] = {0x90};
  const unsigned char code[] = {0xb8,
                                static_cast<unsigned char>(value),
                                static_cast<unsigned char>(value >> 8),
                                static_cast<unsigned char>(value >> 16),
                                static_cast<unsigned char>(value >> 24),
                                0xc3};
#elif defined(__aarch64__) || defined(_M_ARM64)
  const std::uint32_t nothing[] = {0xd503201f};
  const std::uint32_t code[] = {0x52800000 | (value & 0xffff) << 5, 0x72a00000 | value >> 16 << 5, 0xd65f03c0};
#elif defined(__arm__)
  const std::uint32_t nothing[] = {0xe1a00000};
  const std::uint32_t code[] = {0xe3000000 | (value & 0xf000) << 4 | (value & 0xfff),
                                0xe3400000 | (value >> 16 & 0xf000) << 4 | (value >> 16 & 0xfff), 0xe12fff1e};
#elif defined(__riscv)
  const std::uint32_t nothing[] = {0x00000013};
  const std::uint32_t code[] = {0x00000537 | ((value + 0x800) & 0xfffff000),
                                (__riscv_xlen == 64 ? 0x0005051b : 0x00050513) | value << 20, 0x00008067};
#elif defined(__s390x__)
  const unsigned char nothing[] = {0x07, 0x00};
  const unsigned char code[] = {0xc0,
                                0x21,
                                static_cast<unsigned char>(value >> 24),
                                static_cast<unsigned char>(value >> 16),
                                static_cast<unsigned char>(value >> 8),
                                static_cast<unsigned char>(value),
                                0x07,
                                0xfe};
#elif defined(__loongarch__)
  const std::uint32_t nothing[] = {0x03400000};
  const std::uint32_t code[] = {0x14000004 | value >> 12 << 5, 0x03800084 | (value & 0xfff) << 10, 0x4c000020};
#elif defined(__mips__)
  const std::uint32_t nothing[] = {0x00000000};
  const std::uint32_t code[] = {0x3c020000 | value >> 16, 0x03e00008, 0x34420000 | (value & 0xffff)};
#else
  const std::uint32_t nothing[] = {0x60000000};
  const std::uint32_t code[] = {0x3c600000 | value >> 16, 0x60630000 | (value & 0xffff), 0x4e800020};
#endif
  static_assert(sizeof(code) == emitted_least && sizeof(nothing) == emitted_unit, "the sizes are those of this code");
  unsigned char* const bytes = static_cast<unsigned char*>(at);
  const std::size_t end = size - sizeof(code);
  for (std::size_t i = 0; i < end; i += sizeof(nothing)) std::memcpy(bytes + i, nothing, sizeof(nothing));
  std::memcpy(bytes + end, code, sizeof(code));
}

// Writes a prefix that calls the given function, before a function as above. Returns the size of the prefix; 0 on
// architectures where it is not implemented.
#if defined(__x86_64__) || defined(__aarch64__)
#define LAZYREF_TEST_EMITS_CALLS 1
inline std::size_t emit_call_of_argument(void* at) {
#if defined(__x86_64__)
  const unsigned char code[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd7, 0x48, 0x83, 0xc4, 0x08};
#else
  const std::uint32_t code[] = {0xa9bf7bfd, 0xd63f0000, 0xa8c17bfd};
#endif
  std::memcpy(at, code, sizeof(code));
  return sizeof(code);
}
#endif

inline int call(const void* code) {
  int (*function)();
  std::memcpy(&function, &code, sizeof(function));
  return function();
}

#endif

}  // namespace lazyref_test
