// SPDX-License-Identifier: BSL-1.0
//
// The memory of a code_space: mapped at the beginning, given out in pieces, each with a number for its description.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_POOL_HPP
#define LAZYREF_DETAIL_CODE_POOL_HPP

#include <cstddef>
#include <cstdint>

#include "code_areas.hpp"
#include "code_index.hpp"
#include "code_memory.hpp"
#include "instruction_sync_core.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// `place`: in pieces of grain() bytes. `number`: less than the number of blocks.
struct code_room {
  std::size_t place = 0;
  std::size_t number = 0;
};

template <class Sync, class System>
class code_pool {
 public:
  code_pool(const code_space_limits& limits, code_mapping mapping) noexcept
      : mapping_(mapping),
        page_(System::page()),
        grain_(grain(limits.alignment, mapping, page_)),
        bytes_(rounded_up(limits.bytes, page_)),
        memory_(bytes_ / grain_, least_memory),
        numbers_(limits.blocks <= index_type::most_blocks ? limits.blocks : 0, least_numbers),
        index_(bytes_ / grain_) {
    if (limits.bytes == 0 || bytes_ < limits.bytes) {
      status_ = {EINVAL, "code_space: the size is 0, or more than there are addresses"};
    } else if (!is_alignment(limits.alignment)) {
      status_ = {EINVAL,
                 "code_space: the alignment is not a power of two, or more than a page (EINVAL): 0 stands for a cache "
                 "line"};
    } else if (limits.blocks > index_type::most_blocks) {
      status_ = {EINVAL, "code_space: more blocks than have numbers (EINVAL): 4294967294 are the most"};
    } else if (!memory_ || !numbers_ || !index_) {
      status_ = no_memory();
    } else {
      status_ = System::map(place(), views_);
    }
  }

  ~code_pool() {
    if (detail::is_rare(!forked_ && numbers_ && numbers_.taken() != 0))
      detail::call_fatal_hook("code_space: destroyed while a draft exists; publish or destroy every code_draft first");
    if (!is_lost()) System::release(place(), views_);
  }

  code_pool(const code_pool&) = delete;
  code_pool& operator=(const code_pool&) = delete;

  static sync_result no_memory() noexcept {
    return {ENOMEM, "code_space: there is no memory for the descriptions of that many blocks (ENOMEM): ask for less"};
  }

  // Whether anything can be done with it now.
  sync_result status() const noexcept {
    if (!status_ || !is_lost()) return status_;
    return {EFAULT,
            "code_space: a child of fork does not inherit code that is mapped twice (EFAULT), since its parent "
            "goes on writing there: choose code_mapping::flip, or make a new code_space in the child"};
  }

  // In a child of fork that has not inherited the memory.
  bool is_lost() const noexcept { return System::is_lost(views_); }

  // Any thread, also from disposers; blocks while others look in the same area. What fails keeps nothing.
  sync_result take(const code_request& asked, code_room& room) noexcept {
    if (asked.size == 0) return {EINVAL, "code_space::draft: a block of no bytes (EINVAL)"};
    if (asked.size > bytes_) return {EFBIG, "code_space::draft: the block is larger than the whole space (EFBIG)"};
    if (!is_alignment(asked.alignment))
      return {EINVAL,
              "code_space::draft: the alignment is not a power of two, or more than a page (EINVAL): 0 stands for the "
              "space's"};
    const std::size_t alignment = asked.alignment > grain_ ? asked.alignment / grain_ : 1;
    bool has_number = false;
    // No number is taken for a moment where there is no memory: another draft might miss it.
    room.number = numbers_.take_if(1, 1, [&] {
      has_number = true;
      room.place = memory_.take(pieces(asked.size), alignment);
      return room.place != memory_.none;
    });
    if (room.number != numbers_.none) return {};
    if (has_number)
      return {ENOSPC, "code_space::draft: no piece of free memory is large enough (ENOSPC): give blocks up"};
    return {ENOSPC, "code_space::draft: as many blocks as it was made for are in use (ENOSPC): give some up"};
  }

  // Wait-free.
  void give_back(const code_room& room, std::size_t size) noexcept {
    memory_.give_back(room.place, pieces(size));
    numbers_.give_back(room.number, 1);
  }

  // What `number_at` tells; from before anybody knows of the block until nobody does.
  void enter(const code_room& room, std::size_t size) noexcept { index_.set(room.place, pieces(size), room.number); }
  void forget(std::size_t place, std::size_t size) noexcept { index_.clear(place, pieces(size)); }

  // The number of the block there, or `none`. Any thread, handlers of signals too; wait-free.
  static constexpr std::size_t none = code_index<Sync>::none;
  std::size_t number_at(const void* address) const noexcept {
    // What lies before it wraps to more than there is.
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
    return System::end_writing(written_at(place), pieces(size) * grain_);
  }

  unsigned char* written_at(std::size_t place) const noexcept { return views_.write + place * grain_; }
  unsigned char* executed_at(std::size_t place) const noexcept { return views_.execute + place * grain_; }

  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t taken_by(std::size_t size) const noexcept { return pieces(size) * grain_; }
  std::size_t bytes_in_use() const noexcept { return status_ ? memory_.taken() * grain_ : 0; }
  std::size_t blocks_in_use() const noexcept { return status_ ? numbers_.taken() : 0; }

  void after_fork_in_child() noexcept {
    forked_ = true;
    memory_.after_fork_in_child();
    numbers_.after_fork_in_child();
    if (is_lost()) System::keep_free(place(), views_);
  }

 private:
  code_place place() const noexcept {
    code_place result;
    result.bytes = bytes_;
    result.mapping = mapping_;
    return result;
  }
  static constexpr std::size_t rounded_up(std::size_t n, std::size_t to) noexcept { return (n + (to - 1)) / to * to; }

  // What blocks are aligned to, and a multiple of.
  static std::size_t grain(std::size_t alignment, code_mapping mapping, std::size_t page) noexcept {
    if (mapping == code_mapping::flip || alignment > page) return page;
    return alignment > cache_line && (alignment & (alignment - 1)) == 0 ? alignment : cache_line;
  }
  bool is_alignment(std::size_t alignment) const noexcept {
    return (alignment & (alignment - 1)) == 0 && alignment <= page_;  // 0 is one
  }

  std::size_t pieces(std::size_t size) const noexcept { return rounded_up(size, grain_) / grain_; }

  using index_type = code_index<Sync>;
  // Smaller areas than these are not worth their locks.
  static constexpr std::size_t least_memory = 16384, least_numbers = 512;

  const code_mapping mapping_;
  const std::size_t page_;
  const std::size_t grain_;
  const std::size_t bytes_;
  bool forked_ = false;
  sync_result status_;
  code_views views_;
  code_areas<Sync> memory_;
  code_areas<Sync> numbers_;
  index_type index_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_POOL_HPP
