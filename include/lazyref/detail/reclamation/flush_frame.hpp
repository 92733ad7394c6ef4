// SPDX-License-Identifier: BSL-1.0
//
// The running flushes of a thread: a chain in each image, from the innermost one outwards. Sync::innermost_flush() is its
// beginning.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_FLUSH_FRAME_HPP
#define LAZYREF_DETAIL_RECLAMATION_FLUSH_FRAME_HPP

LAZYREF_BEGIN_NAMESPACE

namespace detail {

struct flush_frame {
  const void* lists;
  flush_frame* outer;
  bool is_asked = false;      // an object was retired inside it, or a nested flush was left to it
  bool is_asked_all = false;  // and the nested flush was for all lists
};

// The first one that flushes these lists, from there on outwards; or null.
inline flush_frame* find_flush(flush_frame* from, const void* lists) noexcept {
  while (from != nullptr && from->lists != lists) from = from->outer;
  return from;
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_FLUSH_FRAME_HPP
