// SPDX-License-Identifier: BSL-1.0
//
// One pass over the slots for any number of objects: a hash table of the objects that slots are on, and a lookup for
// each retired object. So the cost per object does not grow with the slots, nor the cost per slot with the objects.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_SCAN_TABLE_HPP
#define LAZYREF_DETAIL_RECLAMATION_SCAN_TABLE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "../../reclaimer.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// An open-addressing hash table of objects, at most half full, with a list of slots for each, in its creator's memory.
template <class T, class Slot, class Sync>
class scan_table {
 public:
  struct place {
    T* object;
    std::uint32_t last;  // index in `found`, plus one
  };
  struct entry {
    Slot* slot;
    std::uint32_t before;  // the previous entry of the same object, plus one; 0: none
  };

  // With 2^bits places, and half as many entries.
  scan_table(place* places, entry* found, unsigned bits) noexcept : places_(places), found_(found), bits_(bits) {}

  bool is_full() const noexcept { return size_.read() == scan_table::size_of(bits_) / 2; }

  // Precondition: it is not full.
  void add(T* object, Slot& s) noexcept {
    const std::size_t size = size_.read();
    place& at = places_[place_of(object)];
    found_[size] = {std::addressof(s), at.object == nullptr ? 0 : at.last};
    at = {object, static_cast<std::uint32_t>(size + 1)};
    size_.write(size + 1);
  }

  // Visits the slots that were found on the object.
  template <class Visit>
  void for_each(T* object, Visit&& visit) const noexcept {
    if (size_.read() == 0) return;
    const place& at = places_[place_of(object)];
    if (detail::is_likely(at.object == nullptr)) return;
    for (std::uint32_t i = at.last; i != 0; i = found_[i - 1].before) visit(*found_[i - 1].slot);
  }

  // Must be called before the first add.
  void clear() noexcept {
    for (std::size_t i = 0; i != scan_table::size_of(bits_); ++i) places_[i].object = nullptr;
    size_.write(0);
  }

  static constexpr std::size_t size_of(unsigned bits) noexcept { return std::size_t{1} << bits; }

 private:
  // Where the object is, or would be. Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
  std::size_t place_of(T* object) const noexcept {
    const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(object) >> 4);
    std::size_t i = std::uint32_t{address * 2654435769U} >> (32 - bits_);
    while (places_[i].object != nullptr && places_[i].object != object) i = (i + 1) & (scan_table::size_of(bits_) - 1);
    return i;
  }

  place* const places_;
  entry* const found_;
  const unsigned bits_;
  typename Sync::template cell<std::size_t> size_{0};
};

// Such tables, one for each power of two, allocated together with slots. One for few slots is on the caller's stack. If
// the right one is in use by another scan, or could not be allocated, a smaller one is filled repeatedly.
template <class T, class Slot, class Sync, unsigned FewBits = 7>
class scan_memory {
 public:
  using table = scan_table<T, Slot, Sync>;
  using place = typename table::place;
  using entry = typename table::entry;

  constexpr scan_memory() noexcept = default;
  // Precondition: no concurrent calls.
  ~scan_memory() {
    for (auto& one : tables_) delete one.load(std::memory_order_relaxed);  // Relaxed: single-threaded.
  }
  scan_memory(const scan_memory&) = delete;
  scan_memory& operator=(const scan_memory&) = delete;

  // For scans of so many slots. Who may call: any thread. Errors: without memory the table is missing.
  void provide(std::size_t n) noexcept {
    for (unsigned bits = scan_memory::bits_for(n); bits > FewBits; --bits) {
      auto& at = tables_[bits - FewBits - 1];
      if (at.load(std::memory_order_relaxed) != nullptr) continue;  // Relaxed: not dereferenced.
      std::unique_ptr<owning_table> one(owning_table::make(bits));
      owning_table* none = nullptr;
      // (K3) release, pairs with K4: a table that is found is complete. Relaxed on failure: not dereferenced.
      if (one != nullptr &&
          at.compare_exchange_strong(none, one.get(), Sync::orders.part_push, std::memory_order_relaxed))
        static_cast<void>(one.release());
    }
  }

  // Calls use(table&) with a table for so many slots, if there is one.
  template <class Use>
  auto with_table(std::size_t n, Use&& use) noexcept {
    unsigned bits = scan_memory::bits_for(n);
    owning_table* big = nullptr;
    for (; big == nullptr && bits > FewBits; --bits) big = borrow(bits);
    place places[table::size_of(FewBits)];
    entry found[table::size_of(FewBits) / 2];
    table brief(places, found, bits);
    table* one = std::addressof(brief);
    if (big != nullptr) one = big;
    one->clear();
    auto result = use(*one);
    if (big != nullptr) big->is_lent.store(false, Sync::orders.table_give);  // (T5) release, pairs with T6
    return result;
  }

  // In the child of a fork: scans of other threads are over.
  void after_fork_in_child() noexcept {
    for (auto& at : tables_) {
      // Relaxed, both: single-threaded.
      if (owning_table* const one = at.load(std::memory_order_relaxed))
        one->is_lent.store(false, std::memory_order_relaxed);
    }
  }

 private:
  struct owning_table : table {
    owning_table(std::unique_ptr<place[]> places, std::unique_ptr<entry[]> found, unsigned bits) noexcept
        : table(places.get(), found.get(), bits), places_memory(std::move(places)), found_memory(std::move(found)) {}
    static owning_table* make(unsigned bits) noexcept {
      std::unique_ptr<place[]> places(new (std::nothrow) place[table::size_of(bits)]);
      std::unique_ptr<entry[]> found(new (std::nothrow) entry[table::size_of(bits) / 2]);
      return places != nullptr && found != nullptr ? new (std::nothrow)
                                                         owning_table(std::move(places), std::move(found), bits)
                                                   : nullptr;
    }

    const std::unique_ptr<place[]> places_memory;
    const std::unique_ptr<entry[]> found_memory;
    typename Sync::template atomic<bool> is_lent{false};
  };

  static constexpr unsigned most_bits = 28;

  owning_table* borrow(unsigned bits) noexcept {
    // (K4) acquire, pairs with K3.
    owning_table* const one = tables_[bits - FewBits - 1].load(Sync::orders.part_look);
    // (T6) acquire, pairs with T5: the last scan that used it is done with it.
    return one != nullptr && !one->is_lent.exchange(true, Sync::orders.table_take) ? one : nullptr;
  }

  // Twice as many places as slots.
  static unsigned bits_for(std::size_t n) noexcept {
    unsigned bits = 1;
    while (bits < most_bits && table::size_of(bits) / 2 < n) ++bits;
    return bits;
  }

  typename Sync::template atomic<owning_table*> tables_[most_bits - FewBits] = {};
};

// Purpose: as last_users_left (reclaimer.hpp), for a chain of objects: reads each slot once, hands each object over to
//   the slots that are on it, and calls give_up(object) for each, which drops the users' hold.
// `next`: the object's successor in the chain. `passed` is called when all slots have been read. Disposers run inside
// `give_up`; they may scan.
template <class Holds, reclaim R, class Sync, class T, class Next, class Table, class ForEachSlot, class Kick,
          class Passed, class GiveUp>
handover_counts scan_for_chain(T* first, Next&& next, Table& table, ForEachSlot&& for_each_slot, Kick&& kick,
                               Passed&& passed, GiveUp&& give_up, typename Sync::fence fence) noexcept {
  handover<Holds, T, Sync, R> handover(nullptr);
  const auto offer = [&](T* object) {
    table.for_each(object, [&](slot<T, Sync, R>& s) {
      if (handover.offer(s, object)) kick(s);
    });
  };
  std::size_t scanned = 0;  // A local rather than a member of the handover: it stays in a register.
  for_each_slot([&](slot<T, Sync, R>& s) {
    ++scanned;
    T* const object = handover.look_at(s);
    if (object == nullptr) return;
    if (detail::is_rare(table.is_full())) {
      for (T* x = first; x != nullptr; x = next(x)) offer(x);
      table.clear();
    }
    table.add(object, s);
  });
  handover.looked_at(scanned);
  passed();
  for (T* x = first; x != nullptr;) {
    T* const object = std::exchange(x, next(x));
    offer(object);
    give_up(object);
  }
  handover.take_back_all(for_each_slot, fence);
  return handover.counts();
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_SCAN_TABLE_HPP
