// SPDX-License-Identifier: BSL-1.0
//
// Which of n numbered places are taken, a bit each. Places are taken by one thread at a time, under a lock of the
// caller's; they are given back by any thread, without waiting for anybody. A place that looks free to the one who takes
// is free: only that one sets bits.
//
// So that the one who takes need not look at all places, who gives back marks the group of places that has changed. What
// is known of a group (run_tree.hpp) may be too little, and is never too much.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_BLOCK_MAP_HPP
#define LAZYREF_DETAIL_BLOCK_MAP_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "../result.hpp"
#include "bits.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Sync>
class block_map {
  template <class U>
  using atomic = typename Sync::template atomic<U>;
  using word = bit_word;

 public:
  // Places that share a mark.
  static constexpr std::size_t group_places = 512;
  static constexpr std::size_t group_words = group_places / bit_word_size;

  // Without places.
  block_map() noexcept = default;

  // Makes it a map of n free places. Returns whether there is memory for it. Precondition: nobody uses it yet.
  bool allocate(std::size_t n) noexcept {
    size_ = n;
    words_count_ = block_map::parts(n, bit_word_size);
    marks_count_ = block_map::parts(groups(), bit_word_size);
    words_.reset(new (std::nothrow) atomic<word>[words_count_]());
    marks_.reset(new (std::nothrow) atomic<word>[marks_count_]());
    if (words_ == nullptr || marks_ == nullptr) return false;
    // Relaxed: nobody else is here yet. What the last word has too many is taken for ever.
    if (n % bit_word_size != 0)
      words_[words_count_ - 1].store(~word{0} << n % bit_word_size, std::memory_order_relaxed);
    return true;
  }

  std::size_t size() const noexcept { return size_; }
  std::size_t groups() const noexcept { return block_map::parts(size_, group_places); }

  // The free places among the bit_word_size ones from i * bit_word_size on, also where there are none any more.
  // Precondition: the caller has the lock.
  word free_in_word(std::size_t i) const noexcept {
    // (B1) acquire, pairs with B2; I2: whoever gave places back is done with them.
    return i < words_count_ ? ~words_[i].load(Sync::orders.block_look) : 0;
  }

  // Precondition: the caller has the lock, and free_in_word has told that they are free.
  void take(std::size_t first, std::size_t n) noexcept {
    // Relaxed: it goes on from what B1 read, and a read-modify-write leaves B2's release sequence whole.
    block_map::for_each_word(
        first, n, [this](std::size_t at, word mask) { words_[at].fetch_or(mask, std::memory_order_relaxed); });
  }

  // Precondition: the places are the caller's. Progress: wait-free.
  void give_back(std::size_t first, std::size_t n) noexcept {
    constexpr std::size_t reach = group_places * bit_word_size;  // of a word of marks
    while (n != 0) {
      const std::size_t here = n < reach - first % reach ? n : reach - first % reach;
      block_map::for_each_word(first, here, [this](std::size_t at, word mask) {
        // (B2) release, pairs with B1; I2.
        const word before = words_[at].fetch_and(~mask, Sync::orders.block_give_back);
        if (detail::is_rare((before & mask) != mask))
          detail::call_fatal_hook("code_space: memory was given back twice");
      });
      const std::size_t group = first / group_places % bit_word_size;
      const std::size_t last = (first + here - 1) / group_places % bit_word_size;
      // (B4) release, pairs with B3: who finds the mark finds the places.
      marks_[first / reach].fetch_or(detail::run_mask(group, last - group + 1), Sync::orders.block_mark);
      first += here;
      n -= here;
    }
  }

  // Calls visit(group) for the lowest groups, `most` at most, in which places were given back since that was last
  // asked: all of those in whose past the caller is, and perhaps others. Returns how many there were. Precondition: the
  // caller has the lock.
  template <class Visit>
  std::size_t take_marks(std::size_t most, Visit&& visit) noexcept {
    std::size_t n = 0;
    for (std::size_t i = 0; i < marks_count_ && n < most; ++i) {
      // Relaxed: B3 takes over. A mark that comes meanwhile is one for later.
      word marks = marks_[i].load(std::memory_order_relaxed);
      if (marks == 0) continue;
      word chosen = marks;
      if (const std::size_t rest = most - n; rest < bit_word_size) {
        word left = marks;
        for (std::size_t k = 0; k < rest && left != 0; ++k) left &= left - 1;
        chosen = marks & ~left;
      }
      // (B3) acquire, pairs with B4. As a read-modify-write it takes no mark away that it has not read, and it leaves
      // B4's release sequence whole.
      marks_[i].fetch_and(~chosen, Sync::orders.block_unmark);
      for (; chosen != 0; chosen &= chosen - 1, ++n) visit(i * bit_word_size + detail::zeros_below(chosen));
    }
    return n;
  }

  // How many are taken: a number that was true a moment ago.
  std::size_t taken() const noexcept {
    std::size_t result = 0;
    // Relaxed: a number.
    for (std::size_t i = 0; i < words_count_; ++i)
      result += detail::count_of_bits(words_[i].load(std::memory_order_relaxed));
    return result - (words_count_ * bit_word_size - size_);
  }

  // visit(word, bits) for what [first, first + n) has in each word.
  template <class Visit>
  static void for_each_word(std::size_t first, std::size_t n, Visit&& visit) noexcept {
    while (n != 0) {
      const std::size_t bit = first % bit_word_size;
      const std::size_t here = n < bit_word_size - bit ? n : bit_word_size - bit;
      visit(first / bit_word_size, detail::run_mask(bit, here));
      first += here;
      n -= here;
    }
  }

 private:
  static constexpr std::size_t parts(std::size_t n, std::size_t of) noexcept { return n / of + (n % of != 0); }

  std::size_t size_ = 0;
  std::size_t words_count_ = 0;
  std::size_t marks_count_ = 0;
  std::unique_ptr<atomic<word>[]> words_;
  std::unique_ptr<atomic<word>[]> marks_;  // a bit for each group
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BLOCK_MAP_HPP
