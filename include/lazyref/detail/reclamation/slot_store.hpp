// SPDX-License-Identifier: BSL-1.0
//
// The storage of a domain's slots: an array; or chunks, added when all slots are taken and never removed, each twice as
// large as the previous one. In either, reclaimers scan the slots that were ever handed out.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_SLOT_STORE_HPP
#define LAZYREF_DETAIL_RECLAMATION_SLOT_STORE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../base/allocate.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Item: the type of a slot; its member `index` is its number.
template <class Item, class Sync>
class slot_array {
 public:
  // Without memory it calls the fatal hook.
  explicit slot_array(std::size_t n) noexcept
      : items_(detail::try_allocate_array<Item>(n < UINT32_MAX ? n : SIZE_MAX)), size_(n) {
    if (items_ == nullptr) detail::no_memory_for_domain();
    for (std::size_t i = 0; i < n; ++i) items_[i].index = static_cast<std::uint32_t>(i);
  }

  std::size_t size() const noexcept { return size_; }
  bool has(std::size_t index) const noexcept { return index < size_; }
  Item& operator[](std::size_t index) const noexcept { return items_[index]; }

  // Visits those below `end`.
  template <class Visit>
  void for_each(std::size_t end, Visit&& visit) const noexcept {
    // In a local: otherwise it is read again after each acquire load.
    Item* const first = items_.get();
    for (Item* i = first; i != first + end; ++i) visit(*i);
  }

 private:
  const std::unique_ptr<Item[]> items_;
  const std::size_t size_;
};

template <class Item, class Sync>
class slot_chunks {
 public:
  // The first chunk has 2^bits slots. No chunk exists yet.
  constexpr explicit slot_chunks(unsigned bits) noexcept : bits_(bits < most_bits ? bits : most_bits) {}
  // Precondition: no concurrent calls, as for all destructors.
  ~slot_chunks() {
    for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);  // Relaxed: single-threaded.
  }
  slot_chunks(const slot_chunks&) = delete;
  slot_chunks& operator=(const slot_chunks&) = delete;

  // The bits that a first chunk needs for n slots.
  static constexpr unsigned bits_for(std::size_t n) noexcept {
    unsigned bits = 0;
    while (bits < most_bits && std::size_t{1} << bits < n) ++bits;
    return bits;
  }

  // Makes sure that slot `index` exists; it may be the first absent one. make(n): n slots, as by new[], or null. Returns
  // whether it exists: not without memory, nor from limit() on. Who may call: any thread. Progress: lock-free, as make.
  enum class provided : unsigned char { before, now, not_at_all };
  template <class Make>
  provided provide(std::size_t index, Make&& make) {
    if (index >= limit()) return provided::not_at_all;
    const unsigned chunk = chunk_of(index);
    // (K2) acquire, pairs with K1.
    if (chunks_[chunk].load(Sync::orders.chunk_look) != nullptr) return provided::before;
    const std::size_t n = size_of(chunk);
    std::unique_ptr<Item[]> more(make(n));
    if (more == nullptr) {
      // (K2) acquire, pairs with K1. Another thread's chunk may exist by now.
      return chunks_[chunk].load(Sync::orders.chunk_look) != nullptr ? provided::before : provided::not_at_all;
    }
    for (std::size_t i = 0; i < n; ++i) more[i].index = static_cast<std::uint32_t>(first_of(chunk) + i);
    Item* none = nullptr;
    // A reclaimer that must find a slot in here finds the chunk: the store precedes the activation, hence the drop of
    // the user that covers it; or it precedes the protection, hence its light fence (P2).
    // (K1) release, pairs with K2: a chunk that is found is complete. (K2) acquire on failure: another thread's chunk.
    if (!chunks_[chunk].compare_exchange_strong(none, more.get(), Sync::orders.chunk_push, Sync::orders.chunk_look))
      return provided::before;
    static_cast<void>(more.release());
    return provided::now;
  }

  // The number of slots. Each chunk is made after the previous one; a thread that sees one need not see those before it.
  std::size_t size() const noexcept {
    unsigned chunks = most_bits - bits_ + 1;
    // (K2) acquire, pairs with K1.
    while (chunks != 0 && chunks_[chunks - 1].load(Sync::orders.chunk_look) == nullptr) --chunks;
    return first_of(chunks);
  }
  bool has(std::size_t index) const noexcept {
    // (K2) acquire, pairs with K1.
    return index < limit() && chunks_[chunk_of(index)].load(Sync::orders.chunk_look) != nullptr;
  }

  // The number of slots when slot `index` exists.
  std::size_t size_with(std::size_t index) const noexcept { return first_of(chunk_of(index) + 1); }
  // The upper bound of size(): 2^31, less a first chunk.
  std::size_t limit() const noexcept { return first_of(most_bits - bits_ + 1); }

  // Precondition: the slot exists.
  Item& operator[](std::size_t index) const noexcept {
    const unsigned chunk = chunk_of(index);
    // (K2) acquire, pairs with K1.
    return chunks_[chunk].load(Sync::orders.chunk_look)[index - first_of(chunk)];
  }

  // Visits those below `end`.
  template <class Visit>
  void for_each(std::size_t end, Visit&& visit) const noexcept {
    for (unsigned k = 0; first_of(k) < end; ++k) {
      // (K2) acquire, pairs with K1. Null: no slot in it is in use that this reclaimer must find.
      Item* const chunk = chunks_[k].load(Sync::orders.chunk_look);
      if (chunk == nullptr) continue;
      const std::size_t rest = end - first_of(k);
      for (Item* i = chunk; i != chunk + (rest < size_of(k) ? rest : size_of(k)); ++i) visit(*i);
    }
  }

 private:
  static constexpr unsigned most_bits = 30;

  // Chunk k has the numbers from first_of(k) to first_of(k + 1).
  std::size_t size_of(unsigned chunk) const noexcept { return std::size_t{1} << (bits_ + chunk); }
  std::size_t first_of(unsigned chunk) const noexcept { return size_of(chunk) - size_of(0); }
  unsigned chunk_of(std::size_t index) const noexcept { return detail::highest_one((index >> bits_) + 1); }

  const unsigned bits_;
  typename Sync::template atomic<Item*> chunks_[most_bits + 1] = {};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_SLOT_STORE_HPP
