// SPDX-License-Identifier: BSL-1.0
//
// A bitmap of n numbered places: which are taken. One thread at a time takes places, under a lock of the caller's. Any
// thread returns places, without waiting. A place that looks free to the taking thread is free: only that thread sets
// bits.
//
// A thread that returns places marks their group as changed, so that the taking thread need not scan all places. What
// run_tree.hpp records of a group may be too little, and is never too much.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_BLOCK_MAP_HPP
#define LAZYREF_DETAIL_CODE_BLOCK_MAP_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "../../result.hpp"
#include "../base/bits.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Sync>
class block_map {
  template <class U>
  using atomic = typename Sync::template atomic<U>;
  using word = bit_word;

 public:
  // Places that share one mark.
  static constexpr std::size_t group_places = 512;
  static constexpr std::size_t group_words = group_places / bit_word_size;

  // An empty map.
  block_map() noexcept = default;

  // Makes it a map of n free places. Returns false if there is no memory. Precondition: no other thread uses it yet.
  bool allocate(std::size_t n) noexcept {
    size_ = n;
    words_count_ = block_map::parts(n, bit_word_size);
    marks_count_ = block_map::parts(groups(), bit_word_size);
    words_.reset(new (std::nothrow) atomic<word>[words_count_]());
    marks_.reset(new (std::nothrow) atomic<word>[marks_count_]());
    if (words_ == nullptr || marks_ == nullptr) return false;
    // Relaxed: no other thread uses it yet. The excess bits of the last word stay taken for ever.
    if (n % bit_word_size != 0)
      words_[words_count_ - 1].store(~word{0} << n % bit_word_size, std::memory_order_relaxed);
    return true;
  }

  std::size_t size() const noexcept { return size_; }
  std::size_t groups() const noexcept { return block_map::parts(size_, group_places); }

  // The free places among the bit_word_size ones from i * bit_word_size on; 0 beyond the last place. Precondition: the
  // caller has the lock.
  word free_in_word(std::size_t i) const noexcept {
    // (B1) acquire, pairs with B2; I2: the previous owner's accesses happen before.
    return i < words_count_ ? ~words_[i].load(Sync::orders.block_look) : 0;
  }

  // Preconditions: the caller has the lock, and free_in_word has reported these places as free.
  void take(std::size_t first, std::size_t n) noexcept {
    // Relaxed: it follows the load B1, and a read-modify-write continues B2's release sequence.
    block_map::for_each_word(
        first, n, [this](std::size_t at, word mask) { words_[at].fetch_or(mask, std::memory_order_relaxed); });
  }

  // Precondition: the caller owns the places. Progress: wait-free.
  void give_back(std::size_t first, std::size_t n) noexcept {
    constexpr std::size_t reach = group_places * bit_word_size;  // places that one word of marks covers
    while (n != 0) {
      const std::size_t here = n < reach - first % reach ? n : reach - first % reach;
      block_map::for_each_word(first, here, [this](std::size_t at, word mask) {
        // (B2) release, pairs with B1; I2.
        const word before = words_[at].fetch_and(~mask, Sync::orders.block_give_back);
        if (detail::is_rare((before & mask) != mask))
          detail::call_fatal_hook(
              "code_space: a block's memory was freed twice; its object was disposed of twice, or the space is "
              "corrupt");
      });
      const std::size_t group = first / group_places % bit_word_size;
      const std::size_t last = (first + here - 1) / group_places % bit_word_size;
      // (B4) release, pairs with B3: a thread that sees the mark sees the places as free.
      marks_[first / reach].fetch_or(detail::run_mask(group, last - group + 1), Sync::orders.block_mark);
      first += here;
      n -= here;
    }
  }

  // Calls visit(group) for the lowest groups, `most` at most, in which places were returned since the previous call. It
  // covers every return that happens before this call, and perhaps others. Returns the number of groups. Precondition:
  // the caller has the lock.
  template <class Visit>
  std::size_t take_marks(std::size_t most, Visit&& visit) noexcept {
    std::size_t n = 0;
    for (std::size_t i = 0; i < marks_count_ && n < most; ++i) {
      // Relaxed: B3 follows. A mark set after this load is left for a later call.
      word marks = marks_[i].load(std::memory_order_relaxed);
      if (marks == 0) continue;
      word chosen = marks;
      if (const std::size_t rest = most - n; rest < bit_word_size) {
        word left = marks;
        for (std::size_t k = 0; k < rest && left != 0; ++k) left &= left - 1;
        chosen = marks & ~left;
      }
      // (B3) acquire, pairs with B4. As a read-modify-write it removes only marks that it has read, and continues B4's
      // release sequence.
      marks_[i].fetch_and(~chosen, Sync::orders.block_unmark);
      for (; chosen != 0; chosen &= chosen - 1, ++n) visit(i * bit_word_size + detail::zeros_below(chosen));
    }
    return n;
  }

  // The number of taken places: a snapshot, possibly stale.
  std::size_t taken() const noexcept {
    std::size_t result = 0;
    // Relaxed: a statistic.
    for (std::size_t i = 0; i < words_count_; ++i)
      result += detail::count_of_bits(words_[i].load(std::memory_order_relaxed));
    return result - (words_count_ * bit_word_size - size_);
  }

  // Calls visit(word, bits) for the part of [first, first + n) in each word.
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
  std::unique_ptr<atomic<word>[]> marks_;  // one bit for each group
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_BLOCK_MAP_HPP
