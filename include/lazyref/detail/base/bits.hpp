// SPDX-License-Identifier: BSL-1.0
//
// Bits of a machine word: the lowest and the highest set bit, their count, and the starts of runs of set bits.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_BASE_BITS_HPP
#define LAZYREF_DETAIL_BASE_BITS_HPP

#include <climits>
#include <cstddef>
#include <cstdint>

LAZYREF_BEGIN_NAMESPACE

namespace detail {

using bit_word = std::uintptr_t;
inline constexpr std::size_t bit_word_size = sizeof(bit_word) * CHAR_BIT;

// The number of set bits.
constexpr std::size_t count_of_bits(bit_word bits) noexcept { return detail::ones_in(bits); }

// The number of zeros below the lowest set bit. Precondition: bits != 0.
constexpr std::size_t zeros_below(bit_word bits) noexcept { return detail::lowest_one(bits); }

// The number of zeros above the highest set bit. Precondition: bits != 0.
constexpr std::size_t zeros_above(bit_word bits) noexcept { return bit_word_size - 1 - detail::highest_one(bits); }

// The bits at which a run of n set bits or more begins, wholly in this word. Precondition: 0 < n <= bit_word_size.
constexpr bit_word run_starts(bit_word bits, std::size_t n) noexcept {
  for (std::size_t have = 1; have < n;) {
    const std::size_t more = have < n - have ? have : n - have;
    bits &= bits >> more;
    have += more;
  }
  return bits;
}

// Bits [first, first + n). Precondition: 0 < n, first + n <= bit_word_size.
constexpr bit_word run_mask(std::size_t first, std::size_t n) noexcept {
  return (~bit_word{0} >> (bit_word_size - n)) << first;
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BASE_BITS_HPP
