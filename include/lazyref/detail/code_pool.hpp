// SPDX-License-Identifier: BSL-1.0
//
// The memory of a code_space: mapped at the beginning, given out in pieces, each with a number for its description.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_POOL_HPP
#define LAZYREF_DETAIL_CODE_POOL_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "block_map.hpp"
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
        grain_(mapping == code_mapping::dual ? cache_line : System::page()),
        bytes_(rounded_up(limits.bytes, limits.huge_pages ? huge_page : System::page())),
        asked_(limits),
        memory_(bytes_ / grain_),
        numbers_(limits.blocks) {
    if (limits.bytes == 0 || bytes_ < limits.bytes) {
      status_ = {EINVAL, "code_space: the size is 0, or more than there are addresses"};
    } else if (rounded_up(limits.data, System::page()) < limits.data) {
      status_ = {EINVAL, "code_space: the size of the data is more than there are addresses (EINVAL)"};
    } else if (!memory_ || !numbers_) {
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

  // Any thread, also from disposers; blocks while another one is in here.
  sync_result take(std::size_t size, code_room& room) noexcept {
    if (size == 0) return {EINVAL, "code_space::draft: a block of no bytes (EINVAL)"};
    if (size > bytes_) return {EFBIG, "code_space::draft: the block is larger than the whole space (EFBIG)"};
    const std::lock_guard<std::mutex> one_at_a_time(lock_);
    room.number = numbers_.take(1);
    if (room.number == numbers_.none)
      return {ENOSPC, "code_space::draft: as many blocks as it was made for are in use (ENOSPC): give some up"};
    room.place = memory_.take(pieces(size));
    if (room.place != memory_.none) return {};
    numbers_.give_back(room.number, 1);
    return {ENOSPC, "code_space::draft: no piece of free memory is large enough (ENOSPC): give blocks up"};
  }

  // Wait-free.
  void give_back(const code_room& room, std::size_t size) noexcept {
    memory_.give_back(room.place, pieces(size));
    numbers_.give_back(room.number, 1);
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

  unsigned char* written_at(std::size_t place) const noexcept { return views_.write + place * grain_; }
  unsigned char* executed_at(std::size_t place) const noexcept { return views_.execute + place * grain_; }

  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t taken_by(std::size_t size) const noexcept { return pieces(size) * grain_; }
  std::size_t bytes_in_use() const noexcept { return status_ ? memory_.taken() * grain_ : 0; }
  std::size_t blocks_in_use() const noexcept { return status_ ? numbers_.taken() : 0; }

  void after_fork_in_child() noexcept {
    forked_ = true;
    ::new (static_cast<void*>(&lock_)) std::mutex;  // Its holder may be gone.
    if (is_lost()) System::keep_free(place(), views_);
  }

 private:
  code_place place() const noexcept {
    code_place result;
    result.bytes = bytes_;
    result.mapping = mapping_;
    result.data = rounded_up(asked_.data, System::page());
    result.near_to = asked_.near_to;
    result.distance = asked_.distance;
    result.grows = asked_.growth != 0;
    result.huge_pages = asked_.huge_pages;
    result.landing_pads = asked_.landing_pads;
    return result;
  }
  static constexpr std::size_t rounded_up(std::size_t n, std::size_t to) noexcept { return (n + (to - 1)) / to * to; }

  std::size_t pieces(std::size_t size) const noexcept { return rounded_up(size, grain_) / grain_; }

  const code_mapping mapping_;
  const std::size_t grain_;
  const std::size_t bytes_;
  const code_space_limits asked_;
  bool forked_ = false;
  sync_result status_;
  code_views views_;
  std::mutex lock_;  // of `take`
  block_map<Sync> memory_;
  block_map<Sync> numbers_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_POOL_HPP
