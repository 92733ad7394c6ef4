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
      return {ENOSPC, "code_space::draft: as many blocks as it was made for are in use (ENOSPC): give some up"};
    case code_lack::memory:
      return {ENOSPC,
              "code_space::draft: no piece of free memory is large enough (ENOSPC): give blocks up, or raise "
              "code_space_limits::bytes; bytes_in_use() tells how full it is"};
    case code_lack::data:
      return {ENOSPC,
              "code_space::draft: no piece of free data beside the code is large enough (ENOSPC): give blocks up"};
    case code_lack::nothing:
      break;
  }
  return {};
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_ROOM_HPP
