// SPDX-License-Identifier: BSL-1.0
//
// Which of n numbered places are taken, a bit each. Places are taken in runs, first fit, by one thread at a time; they
// are given back by any thread, without waiting for anybody. A place that looks free to the one who takes is free: only
// that one sets bits.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_BLOCK_MAP_HPP
#define LAZYREF_DETAIL_BLOCK_MAP_HPP

#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Sync>
class block_map {
  template <class U>
  using atomic = typename Sync::template atomic<U>;
  using word = std::uintptr_t;
  static constexpr std::size_t word_bits = sizeof(word) * CHAR_BIT;

 public:
  static constexpr std::size_t none = ~std::size_t{0};

  // Empty (`false`) if there is no memory for it.
  explicit block_map(std::size_t n) noexcept
      : size_(n), count_(n / word_bits + (n % word_bits != 0)), words_(new (std::nothrow) atomic<word>[count_]()) {
    // Relaxed: nobody else is here yet. What the last word has too many is taken for ever.
    if (words_ != nullptr && n % word_bits != 0) {
      words_[count_ - 1].store(~word{0} << n % word_bits, std::memory_order_relaxed);
    }
  }

  explicit operator bool() const noexcept { return words_ != nullptr; }

  // The first of n places side by side that were free and are the caller's now, or `none`. Precondition: n > 0; one
  // caller at a time, and each happens before the next.
  std::size_t take(std::size_t n) noexcept {
    std::size_t run = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      // (B1) acquire, pairs with B2; I2: whoever gave places back is done with them.
      const word bits = words_[i].load(Sync::orders.block_look);
      if (bits == ~word{0}) {
        run = 0;
        continue;
      }
      if (bits == 0 && run + word_bits < n) {
        run += word_bits;
        continue;
      }
      for (std::size_t bit = 0; bit < word_bits; ++bit) {
        run = (bits >> bit & 1) != 0 ? 0 : run + 1;
        if (run < n) continue;
        const std::size_t first = i * word_bits + bit + 1 - n;
        // Relaxed: it goes on from what B1 read, and a read-modify-write leaves B2's release sequence whole.
        for_each_word(first, n,
                      [this](std::size_t at, word mask) { words_[at].fetch_or(mask, std::memory_order_relaxed); });
        return first;
      }
    }
    return none;
  }

  // Precondition: the places are the caller's. Progress: wait-free.
  void give_back(std::size_t first, std::size_t n) noexcept {
    for_each_word(first, n, [this](std::size_t at, word mask) {
      // (B2) release, pairs with B1; I2.
      const word before = words_[at].fetch_and(~mask, Sync::orders.block_give_back);
      if (detail::is_rare((before & mask) != mask)) detail::call_fatal_hook("code_space: memory was given back twice");
    });
  }

  // How many are taken: a number that was true a moment ago.
  std::size_t taken() const noexcept {
    std::size_t result = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      // Relaxed: a number.
      for (word bits = words_[i].load(std::memory_order_relaxed); bits != 0; bits &= bits - 1) ++result;
    }
    return result - (count_ * word_bits - size_);
  }

 private:
  template <class Visit>
  static void for_each_word(std::size_t first, std::size_t n, Visit visit) noexcept {
    while (n != 0) {
      const std::size_t bit = first % word_bits;
      const std::size_t here = n < word_bits - bit ? n : word_bits - bit;
      visit(first / word_bits, (~word{0} >> (word_bits - here)) << bit);
      first += here;
      n -= here;
    }
  }

  const std::size_t size_;
  const std::size_t count_;
  const std::unique_ptr<atomic<word>[]> words_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BLOCK_MAP_HPP
