// SPDX-License-Identifier: BSL-1.0
//
// Machine code that returns a number, for whatever this is compiled for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lazyref_test {

#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__) || defined(__arm__) || defined(__riscv) || \
    defined(__s390x__) || defined(__loongarch__) || defined(__mips__) || (defined(__powerpc64__) && _CALL_ELF == 2)
#define LAZYREF_TEST_EMITS 1

// Writes a function at `at` that returns `value` (0 to 255), and returns its size.
inline std::size_t emit_return(void* at, std::uint32_t value) {
#if defined(__x86_64__) || defined(__i386__)
  const unsigned char code[] = {0xb8, static_cast<unsigned char>(value), 0, 0, 0, 0xc3};
#elif defined(__aarch64__)
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

inline int call(const void* code) {
  int (*function)();
  std::memcpy(&function, &code, sizeof(function));
  return function();
}

#endif

}  // namespace lazyref_test
