// SPDX-License-Identifier: BSL-1.0
//
// The resources of a block of a code_space, and the names of those that can run out.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_ROOM_HPP
#define LAZYREF_DETAIL_CODE_ROOM_HPP

#include <cerrno>
#include <cstddef>

#include "../../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The resources of a block. `place`: in units of the space's grain; `data`: in units of 16 bytes; `number`: less than
// the number of blocks.
struct code_room {
  std::size_t place = 0;
  std::size_t number = 0;
  std::size_t size = 0;
  std::size_t data = 0;
  std::size_t data_size = 0;
};

enum class code_lack : unsigned char { nothing, number, memory, data };

constexpr sync_result explain_code_lack(code_lack missing) noexcept {
  switch (missing) {
    case code_lack::number:
      return {ENOSPC,
              "code_space::draft: all of the space's blocks are in use (ENOSPC): drop some, or raise "
              "code_space_limits::blocks"};
    case code_lack::memory:
      return {ENOSPC,
              "code_space::draft: no free range of memory is large enough (ENOSPC): drop blocks, or raise "
              "code_space_limits::bytes; bytes_in_use() returns how much is used"};
    case code_lack::data:
      return {ENOSPC,
              "code_space::draft: no free range of data is large enough (ENOSPC): drop blocks, or raise "
              "code_space_limits::data"};
    case code_lack::nothing:
      break;
  }
  return {};
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_ROOM_HPP
