// SPDX-License-Identifier: BSL-1.0
//
// Bits of a machine word: where the lowest and the highest one are, how many there are, and where runs of them begin.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_BITS_HPP
#define LAZYREF_DETAIL_BITS_HPP

#include <climits>
#include <cstddef>
#include <cstdint>

LAZYREF_BEGIN_NAMESPACE

namespace detail {

using bit_word = std::uintptr_t;
inline constexpr std::size_t bit_word_size = sizeof(bit_word) * CHAR_BIT;

// How many there are.
constexpr std::size_t count_of_bits(bit_word bits) noexcept { return detail::ones_in(bits); }

// How many zeros lie below the lowest one. Precondition: there is one.
constexpr std::size_t zeros_below(bit_word bits) noexcept { return detail::lowest_one(bits); }

// How many zeros lie above the highest one. Precondition: there is one.
constexpr std::size_t zeros_above(bit_word bits) noexcept { return bit_word_size - 1 - detail::highest_one(bits); }

// The bits from which on n and more are set, all in this word. Precondition: 0 < n <= bit_word_size.
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

#endif  // LAZYREF_DETAIL_BITS_HPP
