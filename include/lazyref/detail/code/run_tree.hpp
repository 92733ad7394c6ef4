// SPDX-License-Identifier: BSL-1.0
//
// Finds runs of adjacent free places, and takes them: a binary tree over the groups of a block_map (block_map.hpp). A
// node records how many free places its range begins with and ends with, and its longest run, so a search skips
// subtrees without a match. It takes the lowest run that is long enough (first fit by address), which preserves the
// long ones.
//
// One thread at a time may call, except for give_back. The tree learns of returned places in `take_over`.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_RUN_TREE_HPP
#define LAZYREF_DETAIL_CODE_RUN_TREE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "block_map.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// A search for `size` places, the first of which is a multiple of `alignment` (a power of two).
class run_search {
 public:
  static constexpr std::size_t none = ~std::size_t{0};

  constexpr run_search(std::size_t size, std::size_t alignment) noexcept : n(size), offset(alignment - 1) {}

  // The first place in [begin, end) at which they fit, or `none`.
  constexpr std::size_t fit(std::size_t begin, std::size_t end) const noexcept {
    const std::size_t first = (begin + offset) & ~offset;
    return first < end && end - first >= n ? first : none;
  }
  // The bits of a word at which they might begin, except the first one.
  constexpr bit_word aligned_bits() const noexcept {
    return offset < bit_word_size - 1 ? ~bit_word{0} / detail::run_mask(0, offset + 1) : 0;
  }

  const std::size_t n;
  const std::size_t offset;
  std::size_t run = none;  // the start of the free run that ends where the search has arrived
};

template <class Sync>
class run_tree {
 public:
  using map_type = block_map<Sync>;
  static constexpr std::size_t none = run_search::none;

  run_tree() noexcept = default;

  // Makes it a tree of n free places, numbered from `first` on. Returns false if there is no memory.
  bool allocate(std::size_t first, std::size_t n) noexcept {
    first_ = first;
    if (n > ~std::size_t{0} / 4 || !map_.allocate(n)) return false;
    leaves_ = 1;
    while (leaves_ < map_.groups()) leaves_ *= 2;
    nodes_.reset(new (std::nothrow) node[2 * leaves_]());
    if (nodes_ == nullptr) return false;
    look_again();
    return true;
  }

  std::size_t first() const noexcept { return first_; }
  std::size_t end() const noexcept { return first_ + map_.size(); }
  // The number of taken places: a snapshot, possibly stale. Who may call: any thread.
  std::size_t taken() const noexcept { return map_.taken(); }

  // Who may call: any thread. Precondition: the caller owns the places. Progress: wait-free.
  void give_back(std::size_t first, std::size_t n) noexcept { map_.give_back(first - first_, n); }

  // Re-reads up to `most` groups in which places were returned. Returns the number of groups.
  std::size_t take_over(std::size_t most = none) noexcept {
    return map_.take_marks(most, [this](std::size_t group) { look_at(group); });
  }

  // Returns the lowest place at which such a run begins, of those that the tree knows to be free; or `none`. The run
  // may begin in an earlier tree and end in a later one, if the same search visits the trees in order.
  // Cost: logarithmic; with an alignment, also linear in the runs that are long enough and not aligned.
  std::size_t find(run_search& search) const noexcept {
    if (search.run == none) search.run = first_;
    return visit(1, first_, map_type::group_places * leaves_, search);
  }

  // Whether all of them are free.
  bool is_free(std::size_t first, std::size_t n) const noexcept {
    bool result = true;
    map_type::for_each_word(first - first_, n, [&](std::size_t i, bit_word mask) {
      result = result && (map_.free_in_word(i) & mask) == mask;
    });
    return result;
  }

  // Precondition: find or is_free has reported them.
  void take(std::size_t first, std::size_t n) noexcept {
    map_.take(first - first_, n);
    const std::size_t last = (first - first_ + n - 1) / map_type::group_places;
    for (std::size_t group = (first - first_) / map_type::group_places; group <= last; ++group) look_at(group);
  }

  // Re-reads all places.
  void look_again() noexcept {
    for (std::size_t group = 0; group < map_.groups(); ++group) nodes_[leaves_ + group] = seen_in(group);
    std::size_t span = map_type::group_places;
    for (std::size_t level = leaves_ / 2; level != 0; level /= 2, span *= 2) {
      for (std::size_t i = level; i < 2 * level; ++i) nodes_[i] = joined(i, 2 * (i - level) * span, span);
    }
  }

 private:
  struct node {
    std::size_t prefix, suffix, longest;
  };

  // How many of [begin, begin + span) exist, in whole groups; here and in `joined` relative to this tree's first place.
  std::size_t present(std::size_t begin, std::size_t span) const noexcept {
    const std::size_t all = map_.groups() * map_type::group_places;
    return begin >= all ? 0 : all - begin < span ? all - begin : span;
  }

  // Computes node i from its two children, which span `span` each.
  node joined(std::size_t i, std::size_t begin, std::size_t span) const noexcept {
    const node& low = nodes_[2 * i];
    const node& high = nodes_[2 * i + 1];
    const std::size_t high_span = present(begin + span, span);
    node result;
    result.prefix = low.prefix == span ? span + high.prefix : low.prefix;
    result.suffix = high.suffix == high_span ? high_span + low.suffix : high.suffix;
    result.longest = low.suffix + high.prefix;
    if (result.longest < low.longest) result.longest = low.longest;
    if (result.longest < high.longest) result.longest = high.longest;
    return result;
  }

  node seen_in(std::size_t group) const noexcept {
    node result{};
    std::size_t run = 0;
    bool is_one = true;  // all places until here are free
    for (std::size_t i = 0; i < map_type::group_words; ++i) {
      const bit_word free = map_.free_in_word(group * map_type::group_words + i);
      if (free == ~bit_word{0}) {
        run += bit_word_size;
        continue;
      }
      run += detail::zeros_below(~free);
      if (is_one) result.prefix = run;
      is_one = false;
      if (result.longest < run) result.longest = run;
      if (result.longest < bit_word_size) {
        // Finds the runs longer than the longest one so far, then those one longer still.
        for (bit_word longer = detail::run_starts(free, result.longest + 1); longer != 0; longer &= longer >> 1)
          ++result.longest;
      }
      run = detail::zeros_above(~free);
    }
    result.suffix = run;
    if (is_one) result.prefix = run;
    if (result.longest < run) result.longest = run;
    return result;
  }

  void look_at(std::size_t group) noexcept {
    std::size_t i = leaves_ + group;
    nodes_[i] = seen_in(group);
    for (std::size_t span = map_type::group_places; i != 1; span *= 2) {
      i /= 2;
      const node now = joined(i, group * map_type::group_places & ~(2 * span - 1), span);
      node& known = nodes_[i];
      if (known.prefix == now.prefix && known.suffix == now.suffix && known.longest == now.longest) return;
      known = now;
    }
  }

  std::size_t visit(std::size_t i, std::size_t begin, std::size_t span, run_search& search) const noexcept {
    const std::size_t size = present(begin - first_, span);
    if (size == 0) return none;  // It begins after the last place.
    const node& at = nodes_[i];
    const std::size_t found = search.fit(search.run, begin + at.prefix);
    if (found != none || at.prefix == size) return found;
    if (at.longest < search.n) {
      search.run = begin + size - at.suffix;
      return none;
    }
    if (i >= leaves_) return visit_group(i - leaves_, begin, search);
    const std::size_t low = visit(2 * i, begin, span / 2, search);
    return low != none ? low : visit(2 * i + 1, begin + span / 2, span / 2, search);
  }

  std::size_t visit_group(std::size_t group, std::size_t begin, run_search& search) const noexcept {
    for (std::size_t i = 0; i < map_type::group_words; ++i, begin += bit_word_size) {
      const bit_word free = map_.free_in_word(group * map_type::group_words + i);
      const std::size_t lowest = free == ~bit_word{0} ? bit_word_size : detail::zeros_below(~free);
      const std::size_t found = search.fit(search.run, begin + lowest);
      if (found != none) return found;
      if (lowest == bit_word_size) continue;
      if (search.n < bit_word_size) {
        const bit_word starts = detail::run_starts(free, search.n) & search.aligned_bits();
        if (starts != 0) return begin + detail::zeros_below(starts);
      }
      search.run = begin + bit_word_size - detail::zeros_above(~free);
    }
    return none;
  }

  std::size_t first_ = 0;
  std::size_t leaves_ = 0;  // a power of two; the root is node 1, and the groups' nodes begin at `leaves_`
  map_type map_;
  std::unique_ptr<node[]> nodes_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_RUN_TREE_HPP
