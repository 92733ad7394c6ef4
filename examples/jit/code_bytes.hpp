// SPDX-License-Identifier: BSL-1.0
//
// A buffer for machine code, which is position-independent.
#pragma once

#include <cstdint>
#include <vector>

namespace jit {

class code_bytes {
 public:
  const std::vector<unsigned char>& bytes() const { return bytes_; }

 protected:
  // Appends the lowest n bytes in little-endian order: that of instructions on all three architectures.
  void put(unsigned n, std::uint64_t value) {
    for (; n != 0; --n, value >>= 8) bytes_.push_back(static_cast<unsigned char>(value & 0xff));
  }

 private:
  std::vector<unsigned char> bytes_;
};

}  // namespace jit
