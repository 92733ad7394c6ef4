// SPDX-License-Identifier: BSL-1.0
//
// Machine code on its way to memory. It does not depend on where it will be.
#pragma once

#include <cstdint>
#include <vector>

namespace jit {

class code_bytes {
 public:
  const std::vector<unsigned char>& bytes() const { return bytes_; }

 protected:
  // The lowest n bytes, the lowest of them first: so are the instructions of all three, also where data is not.
  void put(unsigned n, std::uint64_t value) {
    for (; n != 0; --n, value >>= 8) bytes_.push_back(static_cast<unsigned char>(value & 0xff));
  }

 private:
  std::vector<unsigned char> bytes_;
};

}  // namespace jit
