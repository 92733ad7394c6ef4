// SPDX-License-Identifier: BSL-1.0
//
// The memory of a code_space: mapped at the start, allocated in pieces, each with a number for its descriptor.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_POOL_HPP
#define LAZYREF_DETAIL_CODE_POOL_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../base/striped.hpp"
#include "../fence/instruction_sync_core.hpp"
#include "areas.hpp"
#include "chunks.hpp"
#include "index.hpp"
#include "memory.hpp"
#include "room.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

template <class Sync, class System>
class code_pool {
 public:
  code_pool(const code_space_limits& limits, code_mapping mapping) noexcept
      : mapping_(mapping),
        page_(limits.huge_pages ? huge_page : System::page()),
        grain_(grain(limits.alignment, mapping, System::page())),
        bytes_(rounded_up(limits.bytes, page_)),
        data_bytes_(rounded_up(limits.data, System::page())),
        asked_(limits),
        memory_(bytes_ <= most_bytes ? bytes_ / grain_ : 0, least_memory),
        chunks_(memory_.size(), limits.growth < bytes_ ? rounded_up(limits.growth, page_) / grain_ : 0),
        data_(data_bytes_ <= most_bytes ? data_bytes_ / data_grain : 0, least_memory),
        numbers_(limits.blocks <= index_type::most_blocks ? limits.blocks : 0, least_numbers),
        index_(memory_.size(), chunks_.has_any() ? chunks_.each() : memory_.size()) {
    if (limits.bytes == 0 || bytes_ < limits.bytes) {
      status_ = {
          EINVAL,
          "code_space: the size is 0, or exceeds the address space (EINVAL): pass a valid code_space_limits::bytes"};
    } else if (data_bytes_ < limits.data) {
      status_ = {EINVAL,
                 "code_space: the size of the data exceeds the address space (EINVAL): pass a smaller "
                 "code_space_limits::data"};
    } else if (!is_alignment(limits.alignment)) {
      status_ = {EINVAL,
                 "code_space: the alignment is not a power of two, or exceeds a page (EINVAL): pass a power of two, or "
                 "0 for a cache line"};
    } else if (limits.blocks > index_type::most_blocks) {
      status_ = {EINVAL, "code_space: the number of blocks is too large (EINVAL): pass at most 4294967294"};
    } else if (bytes_ > most_bytes || data_bytes_ > most_bytes || !memory_ || !chunks_ || !data_ || !numbers_ ||
               !index_ || (!chunks_.has_any() && !index_.provide(0))) {
      status_ = no_memory();
    } else {
      begun_.spread(limits.blocks);
      ended_.spread(limits.blocks);
      status_ = System::map(place(), views_);
      if (chunks_.has_any()) memory_.take_exact(0, memory_.size());
    }
  }

  ~code_pool() {
    if (detail::is_rare(!forked_ && !all_ended()))
      detail::call_fatal_hook("code_space: destroyed while a draft exists; publish or destroy every code_draft first");
    if (!is_lost()) System::release(place(), views_);
  }

  code_pool(const code_pool&) = delete;
  code_pool& operator=(const code_pool&) = delete;

  static sync_result no_memory() noexcept {
    return {ENOMEM,
            "code_space: the memory for that many block descriptors could not be allocated (ENOMEM): request fewer "
            "blocks, or less memory"};
  }

  // Whether the pool is usable now.
  sync_result status() const noexcept {
    if (!status_ || !is_lost()) return status_;
    return {EFAULT,
            "code_space: this is a child of fork, which does not inherit code that is mapped twice, as its parent "
            "still writes to it (EFAULT): choose code_mapping::flip, or construct a new code_space in the child"};
  }

  bool grows() const noexcept { return chunks_.has_any(); }
  // True in a child of fork that has not inherited the memory.
  bool is_lost() const noexcept { return System::is_lost(views_); }

  // Who may call: any thread, disposers too. Blocks while other threads search the same area. A failed call keeps nothing.
  sync_result take(const code_request& asked, code_room& room) noexcept {
    if (asked.size == 0) return {EINVAL, "code_space::draft: the size is 0 (EINVAL): request at least one byte"};
    if (asked.size > bytes_)
      return {EFBIG,
              "code_space::draft: the block is larger than the whole space (EFBIG): raise code_space_limits::bytes"};
    if (asked.data > data_bytes_)
      return {EFBIG,
              "code_space::draft: the block's data is larger than the whole space's (EFBIG): raise "
              "code_space_limits::data"};
    if (!is_alignment(asked.alignment))
      return {EINVAL,
              "code_space::draft: the alignment is not a power of two, or exceeds a page (EINVAL): pass a power of "
              "two, or 0 for the space's"};
    if (detail::is_rare(chunks_.is_time_to_trim())) trim(1);
    room = {};
    room.size = asked.size;
    room.data_size = asked.data;
    const std::size_t alignment = asked.alignment > grain_ ? asked.alignment / grain_ : 1;
    const code_lack missing = take_with(asked, room, [&] { return memory_.take(pieces(asked.size), alignment); });
    if (detail::is_rare(missing == code_lack::memory && chunks_.has_any())) return take_more(asked, alignment, room);
    return detail::explain_code_lack(missing);
  }

  // Progress: wait-free. The caller's last access to the pool.
  void give_back(const code_room& room) noexcept {
    if (room.data_size != 0) data_.give_back(room.data, data_pieces(room.data_size));
    memory_.give_back(room.place, pieces(room.size));
    numbers_.give_back(room.number, 1);
    // (D3) release, pairs with D4: the last access.
    ended_.mine().count.fetch_add(1, Sync::orders.disposed);
  }
  // Whether everything that was taken has been returned, and no thread is still inside give_back. No other thread takes.
  bool all_ended() const noexcept {
    std::size_t begun = 0, ended = 0;
    // (D4) acquire, pairs with D3.
    ended_.for_each([&](const counter& c) { ended += c.count.load(Sync::orders.disposed_read); });
    begun_.for_each([&](const counter& c) { begun += c.count.load(std::memory_order_relaxed); });  // Relaxed: a count.
    return begun == ended;
  }

  // Decommits empty chunks, except `keep` of them. Returns the number of bytes.
  std::size_t trim(std::size_t keep) noexcept {
    return status_ && chunks_.has_any() && !is_lost() ? chunks_.trim(memory_, *this, keep) * grain_ : 0;
  }

  // What `number_at` returns; set before any thread knows of the block, and cleared after none does.
  void enter(const code_room& room) noexcept { index_.set(room.place, pieces(room.size), room.number); }
  void forget(const code_room& room) noexcept { index_.clear(room.place, pieces(room.size)); }

  // The number of the block at that address, or `none`. Any thread, signal handlers too; wait-free.
  static constexpr std::size_t none = code_index<Sync>::none;
  std::size_t number_at(const void* address) const noexcept {
    // An address below the view wraps to an offset beyond its end.
    const std::uintptr_t offset =
        reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(views_.execute);
    return status_ && offset < bytes_ ? index_.at(static_cast<std::size_t>(offset) / grain_) : none;
  }

  void shrink(std::size_t place, std::size_t before, std::size_t after) noexcept {
    if (pieces(after) != pieces(before)) memory_.give_back(place + pieces(after), pieces(before) - pieces(after));
  }

  sync_result begin_to_write(std::size_t place, std::size_t size) noexcept {
    if (mapping_ == code_mapping::dual) return {};
    return System::begin_to_write(written_at(place), pieces(size) * grain_);
  }
  sync_result end_writing(std::size_t place, std::size_t size) noexcept {
    if (mapping_ == code_mapping::dual) return {};
    const std::size_t pages = pieces(size) * grain_;
    return asked_.landing_pads ? System::end_writing_with_landing_pads(written_at(place), pages)
                               : System::end_writing(written_at(place), pages);
  }

  // The data of a new block, zeroed. Null: none was requested.
  unsigned char* begin_data(const code_room& room) const noexcept {
    if (room.data_size == 0) return nullptr;
    return static_cast<unsigned char*>(std::memset(views_.data + room.data * data_grain, 0, room.data_size));
  }
  std::size_t data_place(const unsigned char* at) const noexcept {
    return at != nullptr ? static_cast<std::size_t>(at - views_.data) / data_grain : 0;
  }
  unsigned char* written_at(std::size_t place) const noexcept { return views_.write + place * grain_; }
  unsigned char* executed_at(std::size_t place) const noexcept { return views_.execute + place * grain_; }

  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t taken_by(std::size_t size) const noexcept { return pieces(size) * grain_; }
  std::size_t bytes_committed() const noexcept { return status_ ? bytes_ - chunks_.absent() * grain_ : 0; }
  std::size_t bytes_in_use() const noexcept {
    if (!status_) return 0;
    const std::size_t absent = chunks_.absent(), taken = memory_.taken();
    return taken > absent ? (taken - absent) * grain_ : 0;  // Chunks may be added between the two loads.
  }
  std::size_t blocks_in_use() const noexcept { return status_ ? numbers_.taken() : 0; }

  void after_fork_in_child() noexcept {
    forked_ = true;
    memory_.after_fork_in_child();
    chunks_.after_fork_in_child();
    data_.after_fork_in_child();
    numbers_.after_fork_in_child();
    if (is_lost()) System::keep_free(place(), views_);
  }

 private:
  code_place place() const noexcept {
    code_place result;
    result.bytes = bytes_;
    result.mapping = mapping_;
    result.data = data_bytes_;
    result.near_to = asked_.near_to;
    result.distance = asked_.distance;
    result.grows = chunks_.has_any();
    result.huge_pages = asked_.huge_pages;
    result.landing_pads = asked_.landing_pads;
    return result;
  }
  static constexpr std::size_t rounded_up(std::size_t n, std::size_t to) noexcept { return (n + (to - 1)) / to * to; }

  // The alignment of blocks, and the unit of their sizes.
  static std::size_t grain(std::size_t alignment, code_mapping mapping, std::size_t page) noexcept {
    if (mapping == code_mapping::flip || alignment > page) return page;
    return alignment > cache_line && (alignment & (alignment - 1)) == 0 ? alignment : cache_line;
  }
  bool is_alignment(std::size_t alignment) const noexcept {
    return (alignment & (alignment - 1)) == 0 && alignment <= System::page();  // 0 is accepted
  }

  std::size_t pieces(std::size_t size) const noexcept { return rounded_up(size, grain_) / grain_; }
  static std::size_t data_pieces(std::size_t size) noexcept { return rounded_up(size, data_grain) / data_grain; }

  // As take, with take_memory() for the place. Takes nothing temporarily while another resource is missing: a
  // concurrent draft might fail for it.
  template <class TakeMemory>
  code_lack take_with(const code_request& asked, code_room& room, TakeMemory&& take_memory) noexcept {
    code_lack missing = code_lack::number;
    const auto take_place = [&] {
      room.place = take_memory();
      missing = room.place != memory_.none ? code_lack::nothing : code_lack::memory;
      return missing == code_lack::nothing;
    };
    room.number = numbers_.take_if(1, 1, [&] {
      if (asked.data == 0) return take_place();
      missing = code_lack::data;
      room.data = data_.take_if(data_pieces(asked.data), 1, take_place);
      return room.data != data_.none;
    });
    // Relaxed: a statistic; if another thread has the block, this increment happens before its call.
    if (missing == code_lack::nothing) begun_.mine().count.fetch_add(1, std::memory_order_relaxed);
    return missing;
  }

  // The same, in newly committed chunks.
  LAZYREF_DETAIL_COLD sync_result take_more(const code_request& asked, std::size_t alignment,
                                            code_room& room) noexcept {
    sync_result grown;
    const code_lack missing = take_with(asked, room, [&] {
      std::size_t place = 0;
      grown = chunks_.take(memory_, *this, pieces(asked.size), alignment, place);
      return grown ? place : memory_.none;
    });
    return grown || grown.error() == ENOSPC ? detail::explain_code_lack(missing) : grown;
  }

  // For code_chunks.
  friend class code_chunks<Sync>;
  sync_result provide(std::size_t first, std::size_t n) noexcept {
    if (!index_.provide(first)) return no_memory();
    return System::commit(place(), views_, first * grain_, n * grain_);
  }
  sync_result withdraw(std::size_t first, std::size_t n) noexcept {
    return System::decommit(place(), views_, first * grain_, n * grain_);
  }

  using index_type = code_index<Sync>;
  // Below these sizes an area is not worth its lock.
  static constexpr std::size_t least_memory = 16384, least_numbers = 512;

  static constexpr std::size_t data_grain = 16;
  // More than any process has, so that no tables are allocated for it.
  static constexpr std::size_t most_bytes = PTRDIFF_MAX / 2;

  struct alignas(cache_line) counter {
    typename Sync::template atomic<std::size_t> count{0};
  };

  const code_mapping mapping_;
  const std::size_t page_;  // the unit in which memory is allocated
  const std::size_t grain_;
  const std::size_t bytes_;
  const std::size_t data_bytes_;
  const code_space_limits asked_;
  bool forked_ = false;
  sync_result status_;
  code_views views_;
  code_areas<Sync> memory_;
  code_chunks<Sync> chunks_;
  code_areas<Sync> data_;
  code_areas<Sync> numbers_;
  index_type index_;
  striped<counter, Sync> begun_, ended_;  // blocks
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_POOL_HPP
