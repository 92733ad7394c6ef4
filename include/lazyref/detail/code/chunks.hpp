// SPDX-License-Identifier: BSL-1.0
//
// Which parts of a code_space's memory are committed. With code_space_limits::growth the addresses are reserved first.
// A draft that finds no room commits a chunk; an empty chunk can be decommitted. The places of an absent chunk count as
// taken, so nothing else needs to know about chunks.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_CHUNKS_HPP
#define LAZYREF_DETAIL_CODE_CHUNKS_HPP

#include <cerrno>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>

#include "../../result.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// `Places`: code_areas, or a class with its take, take_exact and give_back. `Memory` commits a range of places
// (`provide(first, n)`, returns a sync_result), and decommits it (`withdraw(first, n)`, likewise).
template <class Sync>
class code_chunks {
 public:
  // `each`: places in a chunk; 0: all memory is there from the start, and this class does nothing.
  code_chunks(std::size_t places, std::size_t each) noexcept
      : places_(places),
        each_(each),
        count_(each == 0 ? 0 : places / each + (places % each != 0)),
        there_(count_ == 0 ? nullptr : new (std::nothrow) bool[count_]()),
        absent_(there_ == nullptr ? 0 : places) {}

  // False if there was no memory for this object.
  explicit operator bool() const noexcept { return count_ == 0 || there_ != nullptr; }
  bool has_any() const noexcept { return count_ != 0; }
  std::size_t each() const noexcept { return each_; }

  // The number of places in absent chunks: a snapshot, possibly stale.
  std::size_t absent() const noexcept { return absent_.load(std::memory_order_relaxed); }  // Relaxed: a statistic.

  // Purpose: takes n adjacent places after Places::take has failed; commits chunks for them. Errors: those of
  //   Memory::provide; ENOSPC: all chunks are there, and there is no room. Progress: blocks while another thread is
  //   inside this object.
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
        // Relaxed: a statistic.
        absent_.fetch_sub(places_in(i), std::memory_order_relaxed);
        places.give_back(i * each_, places_in(i));
      }
    }
  }

  // Purpose: decommits empty chunks, except the first `keep` of them. Returns how many places were removed. Progress:
  //   as take.
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
        // Relaxed: a statistic.
        absent_.fetch_add(places_in(i), std::memory_order_relaxed);
        result += places_in(i);
        continue;
      }
      places.give_back(i * each_, places_in(i));
    }
    return result;
  }

  // Whether a draft should look for empty chunks now: seldom enough that the scans cost little.
  bool is_time_to_trim() noexcept {
    if (count_ == 0) return false;
    // Relaxed: a statistic.
    const std::size_t drafts = drafts_.fetch_add(1, std::memory_order_relaxed);
    return drafts % (count_ < 64 ? 64 : count_) == 0;
  }

  // In the child of a fork. A chunk that another thread was decommitting stays taken if that was not finished: a leak.
  void after_fork_in_child() noexcept { ::new (static_cast<void*>(&lock_)) std::mutex; }

 private:
  template <class U>
  using atomic = typename Sync::template atomic<U>;

  std::size_t places_in(std::size_t chunk) const noexcept {
    const std::size_t first = chunk * each_;
    return places_ - first < each_ ? places_ - first : each_;
  }

  // Returns the first of n adjacent absent chunks; failing that, the first absent one, which may complete a free run
  // beside it; failing that, count_.
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
  std::mutex lock_;  // protects there_
  const std::unique_ptr<bool[]> there_;
  atomic<std::size_t> absent_;
  atomic<std::size_t> drafts_{0};
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_CHUNKS_HPP
