// SPDX-License-Identifier: BSL-1.0
//
// Which parts of a code_space's memory are there. With code_space_limits::growth the addresses are reserved at the
// beginning; memory comes in chunks when a draft finds no room, and goes when a chunk is empty. The places of a chunk
// that is not there are taken, so nobody else knows of chunks.
#include "../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_CHUNKS_HPP
#define LAZYREF_DETAIL_CODE_CHUNKS_HPP

#include <cerrno>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>

#include "../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// `Places`: code_areas, or what has its take, take_exact and give_back. `Memory` makes a range of places usable
// (`provide(first, n)`, a sync_result), and gives it back to the system (`withdraw(first, n)`, too).
template <class Sync>
class code_chunks {
 public:
  // `each`: places in a chunk; 0: all is there from the beginning, and this has nothing to do.
  code_chunks(std::size_t places, std::size_t each) noexcept
      : places_(places),
        each_(each),
        count_(each == 0 ? 0 : places / each + (places % each != 0)),
        there_(count_ == 0 ? nullptr : new (std::nothrow) bool[count_]()),
        absent_(there_ == nullptr ? 0 : places) {}

  // Whether there was memory for this.
  explicit operator bool() const noexcept { return count_ == 0 || there_ != nullptr; }
  bool has_any() const noexcept { return count_ != 0; }
  std::size_t each() const noexcept { return each_; }

  // How many places are in no chunk that is there: a number that was true a moment ago.
  std::size_t absent() const noexcept { return absent_.load(std::memory_order_relaxed); }  // Relaxed: a number.

  // Purpose: n places side by side, though there were none a moment ago; makes chunks for them. Errors: those of
  //   Memory::provide; ENOSPC: all that there may be is there, and has no room. Progress: blocks while another thread
  //   is in here.
  template <class Places, class Memory>
  sync_result take(Places& places, Memory&& memory, std::size_t n, std::size_t alignment, std::size_t& first) noexcept {
    const std::lock_guard<std::mutex> one_at_a_time(lock_);
    const std::size_t chunks = n / each_ + (n % each_ != 0);
    for (;;) {
      first = places.take(n, alignment);
      if (first != Places::none) return {};
      const std::size_t begin = find(chunks);
      if (begin == count_) return {ENOSPC, ""};
      for (std::size_t i = begin; i < count_ && i < begin + chunks && !there_[i]; ++i) {
        const sync_result provided = memory.provide(i * each_, places_in(i));
        if (!provided) return provided;
        there_[i] = true;
        // Relaxed: a number.
        absent_.fetch_sub(places_in(i), std::memory_order_relaxed);
        places.give_back(i * each_, places_in(i));
      }
    }
  }

  // Purpose: gives empty chunks back to the system, all but the first `keep` of them. Returns how many places went.
  //   Progress: as take.
  template <class Places, class Memory>
  std::size_t trim(Places& places, Memory&& memory, std::size_t keep) noexcept {
    const std::lock_guard<std::mutex> one_at_a_time(lock_);
    std::size_t result = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      if (!there_[i] || !places.take_exact(i * each_, places_in(i))) continue;
      if (keep != 0) {
        --keep;
      } else if (memory.withdraw(i * each_, places_in(i))) {
        there_[i] = false;
        // Relaxed: a number.
        absent_.fetch_add(places_in(i), std::memory_order_relaxed);
        result += places_in(i);
        continue;
      }
      places.give_back(i * each_, places_in(i));
    }
    return result;
  }

  // Whether it is time for a draft to look for chunks that have become empty: rarely enough that the looks cost little.
  bool is_time_to_trim() noexcept {
    if (count_ == 0) return false;
    // Relaxed: a number.
    const std::size_t drafts = drafts_.fetch_add(1, std::memory_order_relaxed);
    return drafts % (count_ < 64 ? 64 : count_) == 0;
  }

  // In the child of a fork. A chunk that another thread was giving back stays taken, if it was not finished: a leak.
  void after_fork_in_child() noexcept { ::new (static_cast<void*>(&lock_)) std::mutex; }

 private:
  template <class U>
  using atomic = typename Sync::template atomic<U>;

  std::size_t places_in(std::size_t chunk) const noexcept {
    const std::size_t first = chunk * each_;
    return places_ - first < each_ ? places_ - first : each_;
  }

  // The first of n chunks side by side that are not there; else the first that is not, which may complete what is free
  // beside it; else count_.
  std::size_t find(std::size_t n) const noexcept {
    std::size_t single = count_;
    std::size_t run = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      run = there_[i] ? 0 : run + 1;
      if (run == n) return i + 1 - n;
      if (run == 1 && single == count_) single = i;
    }
    return single;
  }

  const std::size_t places_;
  const std::size_t each_;
  const std::size_t count_;
  std::mutex lock_;  // of there_
  const std::unique_ptr<bool[]> there_;
  atomic<std::size_t> absent_;
  atomic<std::size_t> drafts_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_CHUNKS_HPP
