// SPDX-License-Identifier: BSL-1.0
//
// Room for the objects of a code_space's blocks, by number.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_CELLS_HPP
#define LAZYREF_DETAIL_CODE_CELLS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "allocate.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// It constructs and destroys none of them.
template <class T>
class code_cells {
 public:
  // Empty (`false`) if there is no memory for it.
  explicit code_cells(std::size_t n) noexcept : cells_(detail::try_allocate_array<cell>(n)) {}

  explicit operator bool() const noexcept { return cells_ != nullptr; }

  // Where object number i is to be constructed.
  void* room(std::size_t i) const noexcept { return cells_[i].bytes; }
  // Object number i. Precondition: it is, or was, there.
  T* object(std::size_t i) const noexcept { return std::launder(reinterpret_cast<T*>(cells_[i].bytes)); }
  // The number of an object that is here.
  std::size_t number(T* object) const noexcept {
    return static_cast<std::size_t>(static_cast<cell*>(static_cast<void*>(object)) - cells_.get());
  }

 private:
  // A block's counts do not share a cache line with another's.
  static constexpr std::size_t alignment = alignof(T) > cache_line ? alignof(T) : cache_line;
  struct alignas(alignment) cell {
    unsigned char bytes[sizeof(T)];
  };

  const std::unique_ptr<cell[]> cells_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_CELLS_HPP
