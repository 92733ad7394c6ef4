// SPDX-License-Identifier: BSL-1.0
//
// What the tests store in other libraries' containers, and what they count.
#pragma once

#include <cinttypes>
#include <mutex>
#include <new>
#include <vector>

#include <lazyref/hazard_pointer.hpp>

#include "../stress/stress.hpp"

namespace peers {

using stress::expect;

inline thread_local stress::random_numbers dice(0);

// Where a scheduler could strike as well. Rare, as containers compare often.
inline void widen() noexcept {
  switch (dice.below(64)) {
    case 0:
      std::this_thread::yield();
      break;
    case 1:
      for (unsigned n = dice.below(1000); n > 0; --n) std::atomic_signal_fence(std::memory_order_seq_cst);
      break;
    default:
      break;
  }
}

inline std::atomic<std::uint64_t> made{0};
inline std::atomic<std::uint64_t> ended{0};

// When no thread is running, and no guard is left.
inline void everything_has_ended() {
  const std::size_t left = lazyref::hazard_pointer_clean_up();
  if (left == 0 && made.load() == ended.load()) return;
  std::printf("%zu not reclaimed, %" PRIu64 " made, %" PRIu64 " destroyed: ", left, made.load(), ended.load());
  stress::wrong("something is left over");
}

// Knows whether it is alive. Read and written without atomics, so that ThreadSanitizer sees who is not ordered.
class value {
 public:
  explicit value(std::uint64_t id = 0) noexcept : id_(id), stamp_(id ^ alive) {
    made.fetch_add(1, std::memory_order_relaxed);
  }
  value(const value& other) noexcept : value(other.id()) {}
  value& operator=(const value& other) noexcept {
    widen();
    const std::uint64_t id = other.id();
    static_cast<void>(this->id());
    write(id_, id);
    write(stamp_, id ^ alive);
    return *this;
  }
  ~value() {
    static_cast<void>(id());
    write(id_, dead);
    write(stamp_, dead);
    ended.fetch_add(1, std::memory_order_relaxed);
  }

  std::uint64_t id() const noexcept {
    const std::uint64_t id = read(id_);
    expect((id ^ read(stamp_)) == alive, "a value was used that is not alive");
    return id;
  }
  // The same, for longer.
  std::uint64_t look() const noexcept {
    const std::uint64_t before = id();
    widen();
    expect(id() == before, "a value became another one while it was in use");
    return before;
  }

  friend bool operator<(const value& a, const value& b) noexcept { return a.look() < b.look(); }

 private:
  static constexpr std::uint64_t alive = 0x6c617a7972656601;
  static constexpr std::uint64_t dead = 0xdddddddddddddddd;
  // Each is an access to memory.
  static std::uint64_t read(const volatile std::uint64_t& word) noexcept { return word; }
  static void write(volatile std::uint64_t& word, std::uint64_t x) noexcept { word = x; }

  std::uint64_t id_;
  std::uint64_t stamp_;
};

// A base of objects whose memory is not used again, so that what is wrong with them is a value.
struct kept_memory {
  // Not inlined: g++ would see a `new` whose other half it does not find.
  [[gnu::noinline]] static void* operator new(std::size_t size) {
    used.fetch_add(size, std::memory_order_relaxed);
    return ::operator new(size);
  }
  [[gnu::noinline]] static void operator delete(void* memory) {
    const std::lock_guard<std::mutex> lock(mutex);
    kept.push_back(memory);
  }
  static bool has_room() noexcept { return used.load(std::memory_order_relaxed) < std::size_t{1} << 29; }

  static inline std::atomic<std::size_t> used{0};
  static inline std::mutex mutex;
  static inline std::vector<void*> kept;  // so that it is not leaked
};

}  // namespace peers
