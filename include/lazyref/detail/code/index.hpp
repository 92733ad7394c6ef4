// SPDX-License-Identifier: BSL-1.0
//
// Maps an address in a code_space to the block that covers it, for callers that have only the address: unwinders,
// profilers, signal handlers.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_INDEX_HPP
#define LAZYREF_DETAIL_CODE_INDEX_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "../base/allocate.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Tables of block numbers, one entry for each place. Every access to an entry is relaxed. That suffices for a block
// that someone keeps alive. Its entries are written before it is published, so they happen before its users' lookups;
// they are written again only after its last user is gone; in between, coherence allows no other value. The entries of
// the previous block at these places happen before as well, through the memory's reuse (B2, B1). For any other block
// the result may be stale, whatever the memory order: the block may be reclaimed as soon as it is found.
template <class Sync>
class code_index {
  // The block number plus one; 0: no block.
  using entry = typename Sync::template atomic<std::uint32_t>;
  using table = typename Sync::template atomic<entry*>;

 public:
  static constexpr std::size_t none = ~std::size_t{0};
  static constexpr std::size_t most_blocks = UINT32_MAX - 1;

  // For n places, in tables of `each`. Converts to `false` if there is no memory.
  code_index(std::size_t n, std::size_t each) noexcept
      : size_(n),
        each_(each == 0 ? 1 : each),
        count_(size_ / each_ + (size_ % each_ != 0)),
        tables_(detail::fits_memory<table>(count_) ? new (std::nothrow) table[count_]() : nullptr) {}
  ~code_index() {
    for (std::size_t i = 0; tables_ != nullptr && i < count_; ++i) {
      delete[] tables_[i].load(std::memory_order_relaxed);  // Relaxed: single-threaded.
    }
  }
  code_index(const code_index&) = delete;
  code_index& operator=(const code_index&) = delete;

  explicit operator bool() const noexcept { return tables_ != nullptr; }

  // Allocates the table of a place if it is absent; it is kept. Returns whether it exists. One caller at a time, before
  // any other call for its places.
  bool provide(std::size_t place) noexcept {
    table& one = tables_[place / each_];
    if (one.load(std::memory_order_relaxed) != nullptr) return true;  // Relaxed: only this function writes it.
    entry* const made = detail::fits_memory<entry>(each_) ? new (std::nothrow) entry[each_]() : nullptr;
    // (K3) release, pairs with K4: a table that is found is complete.
    one.store(made, Sync::orders.part_push);
    return made != nullptr;
  }

  // Precondition: the caller owns the places and the number. Cost: one store for each place.
  void set(std::size_t first, std::size_t n, std::size_t number) noexcept {
    fill(first, n, static_cast<std::uint32_t>(number) + 1);
  }
  void clear(std::size_t first, std::size_t n) noexcept { fill(first, n, 0); }

  // Returns the number of the block, or `none`. Who may call: any thread, also in a signal handler. Progress:
  // wait-free. Cost: two loads.
  std::size_t at(std::size_t place) const noexcept {
    if (place >= size_) return none;
    const std::size_t number = table_of(place);
    // (K4) acquire, pairs with K3.
    const entry* const one = tables_[number].load(Sync::orders.part_look);
    if (one == nullptr) return none;
    const std::uint32_t found = one[place - number * each_].load(std::memory_order_relaxed);  // Relaxed: see above.
    return found != 0 ? std::size_t{found} - 1 : none;
  }

 private:
  std::size_t table_of(std::size_t place) const noexcept { return count_ == 1 ? 0 : place / each_; }

  void fill(std::size_t first, std::size_t n, std::uint32_t value) noexcept {
    for (const std::size_t end = first + n; first != end;) {
      const std::size_t number = table_of(first);
      // Relaxed: the caller owns the places, so the table's creation happens before.
      entry* const one = tables_[number].load(std::memory_order_relaxed);
      const std::size_t begin = number * each_;
      const std::size_t last = end - begin < each_ ? end : begin + each_;
      // Relaxed: see above.
      for (; first != last; ++first) one[first - begin].store(value, std::memory_order_relaxed);
    }
  }

  const std::size_t size_;
  const std::size_t each_;
  const std::size_t count_;
  const std::unique_ptr<table[]> tables_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_INDEX_HPP
