// SPDX-License-Identifier: BSL-1.0
//
// The observers of a code_space (code_observer.hpp), the data they returned for each block, and the blocks that wait.
// The last user of a block may leave it in any thread, perhaps on a worker's hot path, so the block is only pushed to a
// list there. A thread that drafts notifies the observers and returns the memory afterwards.
//
// The list is pushed to by compare-and-swap and taken as a whole, so ABA is harmless. A thread that finds it empty sees
// all threads that have taken it before, because each has incremented `telling` first. So a thread that finds the list
// empty and `telling` 0 can allocate all memory that was waiting.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_CODE_AUDIENCE_HPP
#define LAZYREF_DETAIL_CODE_AUDIENCE_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "../../code_observer.hpp"
#include "../../owner.hpp"
#include "../base/allocate.hpp"
#include "../base/no_cancellation.hpp"
#include "../reclamation/hooks.hpp"
#include "pool.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// The last id that observers were given for a block, across all spaces of the process.
LAZYREF_DETAIL_STATE(std_atomics::atomic<std::uintptr_t>, code_ids_given);

// --- T::describe_code

template <class T, class = void>
inline constexpr bool has_describe_code = false;
template <class T>
inline constexpr bool has_describe_code<
    T, std::void_t<decltype(std::declval<const T&>().describe_code(std::declval<code_description&>()))>> = true;

struct describe_code_name {
  void describe_code();
};
template <class T, bool = can_look_for_hooks<T>>
struct described : T, describe_code_name {};
template <class T>
struct described<T, false> : describe_code_name {};

template <class T, class = void>
inline constexpr bool names_describe_code = true;
template <class T>
inline constexpr bool names_describe_code<T, std::void_t<decltype(&described<T>::describe_code)>> = false;

template <class T>
code_description describe_code_of(const T& block) noexcept {
  static_assert(
      !can_look_for_hooks<T> || has_describe_code<T> || !names_describe_code<T>,
      "T::describe_code cannot be called: it must be public and const, and take a lazyref::code_description&");
  code_description result;
  if constexpr (has_describe_code<T>) {
    static_assert(noexcept(block.describe_code(result)), "T::describe_code must be noexcept");
    block.describe_code(result);
  }
  return result;
}

// --- the observers

template <class Sync, class Pool>
class code_audience {
 public:
  // Allocates storage for so many blocks; none without observers.
  code_audience(std::initializer_list<code_observer*> observers, std::size_t blocks, Pool& pool) noexcept
      : pool_(pool), count_(observers.size()) {
    if (count_ == 0) return;
    observers_.reset(detail::try_allocate_array<listener>(count_));
    if (blocks <= PTRDIFF_MAX / count_) kept_.reset(detail::try_allocate_array<void*>(blocks * count_));
    told_.reset(detail::try_allocate_array<block>(blocks));
    if (!*this) return;
    blocks_ = blocks;
    std::size_t i = 0;
    for (code_observer* const one : observers) observers_[i++].is = one;
  }
  // Notifies observers of the blocks that still wait.
  ~code_audience() { tell(); }

  code_audience(const code_audience&) = delete;
  code_audience& operator=(const code_audience&) = delete;

  // False if there was no memory.
  explicit operator bool() const noexcept {
    return count_ == 0 || (observers_ != nullptr && kept_ != nullptr && told_ != nullptr);
  }
  bool is_empty() const noexcept { return count_ == 0; }

  // Precondition: no other thread knows the block yet.
  void published(std::size_t number, const void* entry, const void* bytes, std::size_t size,
                 const code_description& description) noexcept {
    const no_cancellation during_observers;
    // Relaxed: a unique number, which orders nothing.
    const std::uint64_t id = std::uint64_t{code_ids_given.fetch_add(1, std::memory_order_relaxed)} + 1;
    const code_event event{id, entry, bytes, size, &description};
    for (std::size_t i = 0; i < count_; ++i) kept_[number * count_ + i] = observers_[i].is->code_published(event);
    told_[number].entry = entry;
    told_[number].size = size;
    told_[number].id = id;
  }

  // For a block that has no users any more. Returns whether its room is kept here until the observers are notified.
  // Progress: lock-free; calls no observer.
  bool keep(const code_room& room) noexcept {
    if (count_ == 0) return false;
    block& one = told_[room.number];
    if (one.id == 0) return false;  // It was never published.
    one.room = room;
    // Relaxed: linked to, not dereferenced.
    block* before = waiting_.load(std::memory_order_relaxed);
    do {
      one.next.write(before);
      // (A1) release, pairs with A2; I2: every use of the block happens before. All modifications are
      // read-modify-writes, so each continues the earlier release sequences. Relaxed on failure: as above.
    } while (!waiting_.compare_exchange_strong(before, &one, Sync::orders.untold_push, std::memory_order_relaxed));
    return true;
  }

  // Whether blocks wait: a hint.
  bool may_wait() const noexcept {
    // Relaxed: `tell` checks again.
    return count_ != 0 && waiting_.load(std::memory_order_relaxed) != nullptr;
  }

  // Notifies the observers of the blocks that wait, and returns their memory to the pool. Returns the number of blocks.
  std::size_t tell() noexcept {
    // (A3) acquire, pairs with A2: if another thread has taken the blocks, A5 sees its increment.
    if (count_ == 0 || waiting_.load(Sync::orders.untold_look) == nullptr) return 0;
    const no_cancellation during_observers;
    telling_.fetch_add(1, std::memory_order_relaxed);  // Relaxed: A2 publishes it.
    // (A2) acq_rel, pairs with A1, A3 and itself; I2: every use of these blocks happens before. A thread that finds the
    // list empty sees this thread's increment.
    block* one = waiting_.exchange(nullptr, Sync::orders.untold_take);
    std::size_t result = 0;
    for (; one != nullptr; ++result) {
      block* const next = one->next.read();
      reclaimed(*one);
      pool_.give_back(one->room);
      one = next;
    }
    // (A4) release, pairs with A5: the memory has been returned.
    telling_.fetch_sub(1, Sync::orders.told);
    return result;
  }

  // After `tell`: whether another thread still processes memory that waited before that call.
  bool is_telling() const noexcept {
    // (A5) acquire, pairs with A4: if no thread does, all of that memory can be allocated.
    return count_ != 0 && telling_.load(Sync::orders.told_look) != 0;
  }

  // In the child of a fork. The blocks that another thread was processing are lost with that thread.
  void after_fork_in_child(bool inherited) noexcept {
    const no_cancellation during_observers;
    telling_.store(0, std::memory_order_relaxed);  // Relaxed: single-threaded.
    for (std::size_t i = 0; i < count_; ++i) observers_[i].is->after_fork_in_child(inherited);
    if (inherited) return;
    for (std::size_t i = 0; i < blocks_; ++i) reclaimed(told_[i]);
  }

 private:
  struct listener {
    code_observer* is = nullptr;
  };
  struct block {
    std::uint64_t id = 0;  // 0: the observers do not know the block
    const void* entry = nullptr;
    std::size_t size = 0;
    code_room room;
    typename Sync::template cell<block*> next{};
  };

  void reclaimed(block& one) noexcept {
    if (one.id == 0) return;
    const code_event event{std::exchange(one.id, 0), one.entry, nullptr, one.size, nullptr};
    void* const* const kept = kept_.get() + static_cast<std::size_t>(&one - told_.get()) * count_;
    for (std::size_t i = 0; i < count_; ++i) observers_[i].is->code_reclaimed(event, kept[i]);
  }

  Pool& pool_;
  const std::size_t count_;
  std::size_t blocks_ = 0;
  std::unique_ptr<listener[]> observers_;
  std::unique_ptr<void*[]> kept_;  // for each block, one per observer
  std::unique_ptr<block[]> told_;
  typename Sync::template atomic<block*> waiting_{nullptr};
  typename Sync::template atomic<std::size_t> telling_{0};  // how many threads have taken the list and not finished
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_CODE_AUDIENCE_HPP
