// SPDX-License-Identifier: BSL-1.0
//
// Which block covers a place of a code_space, for those who have an address only: unwinders, profilers, handlers of
// signals.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_INDEX_HPP
#define LAZYREF_DETAIL_CODE_INDEX_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "allocate.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// A table of block numbers, one for each place. Every access to it is relaxed. For a block that somebody keeps, this is
// enough: its entries are written before it is published, so they happen before whatever its users look up, and they
// are written again only after the last user is gone; in between, coherence leaves nothing else to be read. What the
// block before had written there happens before as well, by the way of the memory (B2, B1). For all other blocks the
// answer may be out of date, with any order: the block may go as soon as it is found.
template <class Sync>
class code_index {
  // The number plus one; 0: no block.
  using entry = typename Sync::template atomic<std::uint32_t>;

 public:
  static constexpr std::size_t none = ~std::size_t{0};
  static constexpr std::size_t most_blocks = UINT32_MAX - 1;

  // Empty (`false`) if there is no memory for it.
  explicit code_index(std::size_t n) noexcept
      : size_(n), entries_(detail::fits_memory<entry>(n) ? new (std::nothrow) entry[n]() : nullptr) {}

  explicit operator bool() const noexcept { return entries_ != nullptr; }

  // Precondition: the places are the caller's, as is the number. Cost: a store for each.
  void set(std::size_t first, std::size_t n, std::size_t number) noexcept {
    fill(first, n, static_cast<std::uint32_t>(number) + 1);
  }
  void clear(std::size_t first, std::size_t n) noexcept { fill(first, n, 0); }

  // The number of the block, or `none`. Who may call: any thread, also in a handler of a signal. Progress: wait-free.
  // Cost: a load.
  std::size_t at(std::size_t place) const noexcept {
    if (place >= size_) return none;
    const std::uint32_t found = entries_[place].load(std::memory_order_relaxed);  // Relaxed: see above.
    return found != 0 ? std::size_t{found} - 1 : none;
  }

 private:
  void fill(std::size_t first, std::size_t n, std::uint32_t value) noexcept {
    // Relaxed: see above.
    for (std::size_t i = first; i != first + n; ++i) entries_[i].store(value, std::memory_order_relaxed);
  }

  const std::size_t size_;
  const std::unique_ptr<entry[]> entries_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_INDEX_HPP
