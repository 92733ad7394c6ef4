// SPDX-License-Identifier: BSL-1.0
//
// The embedded layer in a runtime's own clothes: its worker records in a linked list, its allocator, its count.
#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include <lazyref/reclaimer.hpp>

#include "../support/lazy_catch.hpp"

namespace {

struct blob;

class arena {
 public:
  void* take() {
    const std::lock_guard<std::mutex> guard(lock_);
    if (free_.empty()) return nullptr;
    void* const memory = free_.back();
    free_.pop_back();
    return memory;
  }
  void put(void* memory) {
    const std::lock_guard<std::mutex> guard(lock_);
    free_.push_back(memory);
  }
  std::size_t left() {
    const std::lock_guard<std::mutex> guard(lock_);
    return free_.size();
  }
  inline explicit arena();

 private:
  std::mutex lock_;
  std::vector<void*> free_;
  struct alignas(64) block {
    unsigned char bytes[64];
  };
  std::array<block, 32> blocks_;
};

struct blob {
  explicit blob(arena& a, int v) : memory(a), value(v) {}
  arena& memory;
  int value;
  std::atomic<int> users{1};
  std::atomic<long> references{1};
};

arena::arena() {
  static_assert(sizeof(blob) <= sizeof(block));
  for (block& b : blocks_) free_.push_back(&b);
}

struct blob_holds {
  static void take(blob* b, std::size_t n) noexcept {
    b->references.fetch_add(static_cast<long>(n), std::memory_order_relaxed);
  }
  static void give_up(blob* b, std::size_t n) noexcept {
    if (b->references.fetch_sub(static_cast<long>(n), std::memory_order_acq_rel) != static_cast<long>(n)) return;
    arena& memory = b->memory;
    b->~blob();
    memory.put(b);
  }
};

template <lazyref::reclaim When>
struct record {
  lazyref::slot<blob, lazyref::std_sync, When> lazy;
  record* next = nullptr;
};

template <lazyref::reclaim When>
struct runtime {
  using worker = record<When>;
  arena memory;
  std::array<worker, 3> records;
  worker* first = nullptr;
  std::mutex lock;
  blob* current = nullptr;

  runtime() {
    for (worker& w : records) {
      w.next = first;
      first = &w;
    }
    current = new (memory.take()) blob(memory, 0);
  }
  auto each() {
    return [this](auto&& visit) {
      for (worker* w = first; w != nullptr; w = w->next) visit(w->lazy);
    };
  }
  std::size_t collect() { return lazyref::collect<blob_holds, blob, When>(each()); }
  void drop_user(blob* b) {
    if (b->users.fetch_sub(1, std::memory_order_acq_rel) == 1) lazyref::last_user_left<blob_holds, When>(b, each());
  }
  void replace(int value) {
    void* const place = memory.take();
    blob* const fresh = new (place) blob(memory, value);
    blob* old = fresh;
    {
      const std::lock_guard<std::mutex> guard(lock);
      std::swap(old, current);
    }
    drop_user(old);
  }
  void work(worker& w, int rounds, std::atomic<int>& wrong) {
    for (int i = 0, last = 0; i < rounds; ++i) {
      blob* mine = nullptr;
      {
        const std::lock_guard<std::mutex> guard(lock);
        mine = current;
        mine->users.fetch_add(1, std::memory_order_relaxed);
      }
      lazyref::activate<blob_holds>(w.lazy, mine);
      drop_user(mine);
      if (mine->value < last) ++wrong;
      last = mine->value;
      if (i % 2 == 0) lazyref::deactivate<blob_holds>(w.lazy);
      lazyref::poll<blob_holds>(w.lazy);
    }
    lazyref::deactivate<blob_holds>(w.lazy);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a runtime with records, an arena and counts of its own loses no object and frees none in use", "",
                   (std::integral_constant<lazyref::reclaim, lazyref::reclaim::deferred>),
                   (std::integral_constant<lazyref::reclaim, lazyref::reclaim::prompt>)) {
  runtime<TestType::value> own;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (auto& w : own.records) threads.emplace_back([&own, &w, &wrong] { own.work(w, 300, wrong); });
  for (int i = 1; i <= 300; ++i) {
    own.replace(i);
    if (i % 64 == 0) own.collect();
  }
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
  own.drop_user(own.current);
  const std::size_t collected = own.collect();
  CHECK(collected <= 3);
  if (TestType::value == lazyref::reclaim::prompt) CHECK(collected == 0);
  CHECK(own.memory.left() == 32);
}
