// SPDX-License-Identifier: BSL-1.0
//
// The embedded layer in a runtime's own clothes: its worker records in a linked list, its allocator, its count.
#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <thread>
#include <type_traits>
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

// --- protection, parking and groups, with the same parts

namespace {

using lazyref::reclaim;

// The runtime's own retire: unpublished objects wait for one heavy fence and one pass over the records.
template <reclaim When>
struct retiring_runtime {
  using slot = lazyref::slot<blob, lazyref::std_sync, When>;
  arena memory;
  std::array<slot, 3> slots;
  std::atomic<blob*> shared{new (memory.take()) blob(memory, 0)};
  lazyref::scan_group<blob> waiting;
  std::vector<const slot*> kicked;
  lazyref::handover_counts counted;

  void retire(blob* b) {
    waiting.add(b);
    if (waiting.size() == 8) flush();
  }
  void flush() {
    lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
    counted = lazyref::last_users_left<blob_holds, When>(
        waiting,
        [this](auto&& visit) {
          for (slot& s : slots) visit(s);
        },
        [this](const slot& s) { kicked.push_back(&s); });
    for (blob* const b : waiting) blob_holds::give_up(b, 1);
    waiting = {};
  }
  void replace(int value) { retire(shared.exchange(new (memory.take()) blob(memory, value))); }
  blob* make(int value) { return new (memory.take()) blob(memory, value); }
};

using deferred_tag = std::integral_constant<reclaim, reclaim::deferred>;
using prompt_tag = std::integral_constant<reclaim, reclaim::prompt>;

}  // namespace

TEMPLATE_TEST_CASE("a group of objects: what is in use is handed over and kicked for, what is parked is taken", "",
                   deferred_tag, prompt_tag) {
  retiring_runtime<TestType::value> own;
  auto& s = own.slots;
  blob* const active = own.make(1);
  blob* const parked = own.make(2);
  blob* const foreign = own.make(3);
  lazyref::activate<blob_holds>(s[0], active);
  lazyref::activate<blob_holds>(s[1], parked);
  lazyref::park<blob_holds>(s[1]);
  lazyref::activate<blob_holds>(s[2], foreign);
  own.retire(active);
  own.retire(parked);
  own.retire(own.make(4));
  own.flush();
  CHECK(own.counted.scanned == 3);
  CHECK(own.counted.handed_over == 1);
  CHECK(own.counted.unparked == 1);
  CHECK(own.kicked == std::vector<const lazyref::slot<blob, lazyref::std_sync, TestType::value>*>{&s[0]});
  CHECK(lazyref::resume(s[1]) == nullptr);
  CHECK(s[0].lazy.load()->value == 1);
  CHECK(own.memory.left() == 32 - 3);  // active, foreign and the shared one
  lazyref::deactivate<blob_holds>(s[0]);
  CHECK(own.memory.left() == 32 - 2);

  SECTION("parked and wanted by nobody else, it comes back") {
    lazyref::park<blob_holds>(s[2]);
    own.retire(own.make(5));
    own.flush();
    CHECK(own.counted.unparked == 0);
    CHECK(lazyref::resume(s[2]) == foreign);
  }
  SECTION("an empty group is a pass over the slots") {
    own.flush();
    CHECK(own.counted.scanned == 3);
    CHECK(own.counted.handed_over == 0);
  }
  SECTION("two slots on one object have a hold each, and two objects are two") {
    lazyref::activate<blob_holds>(s[0], foreign);
    blob* const other = own.make(6);
    lazyref::activate<blob_holds>(s[1], other);
    own.retire(foreign);
    own.retire(other);
    own.flush();
    CHECK(own.counted.handed_over == 3);
    CHECK(foreign->references == 2);
    CHECK(other->references == 1);
    for (auto& one : s) lazyref::deactivate<blob_holds>(one);
    CHECK(own.memory.left() == 32 - 1);
  }
}

TEMPLATE_TEST_CASE("the last user of one object: a kick for the slots that are on it", "", deferred_tag, prompt_tag) {
  retiring_runtime<TestType::value> own;
  auto& s = own.slots;
  blob* const one = own.make(1);
  for (auto& each : s) lazyref::activate<blob_holds>(each, one);
  lazyref::park<blob_holds>(s[0]);
  lazyref::deactivate<blob_holds>(s[1]);
  lazyref::handover_counts counted;
  lazyref::last_user_left<blob_holds, TestType::value>(
      one,
      [&](auto&& visit) {
        for (auto& each : s) visit(each);
      },
      [&](const lazyref::handover_counts& counts) { counted = counts; },
      [&](auto& each) { own.kicked.push_back(&each); });
  CHECK(counted.handed_over == 1);
  CHECK(counted.unparked == 1);
  REQUIRE(own.kicked.size() == 1);
  CHECK(own.kicked[0] == &s[2]);
  lazyref::deactivate<blob_holds>(s[2]);
  CHECK(own.memory.left() == 32 - 1);
}

TEMPLATE_TEST_CASE("a runtime whose workers protect, park and resume loses no object and frees none in use", "",
                   deferred_tag, prompt_tag) {
  retiring_runtime<TestType::value> own;
  std::atomic<int> wrong{0};
  std::atomic<int> begun{0};
  std::atomic<bool> end{false};
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < 2; ++w) {
    threads.emplace_back([&own, &wrong, &begun, &end, &s = own.slots[w], w] {
      int last = 0;
      const auto use = [&](const blob* b) {
        if (b->value < last) ++wrong;
        last = b->value;
      };
      for (int i = 0; i == 0 || !end; ++i) {
        if (i % 3 == 0) {
          blob* b = own.shared.load(std::memory_order_relaxed);
          while (!lazyref::try_protect<blob_holds>(s, b, own.shared)) {
          }
          use(b);
        } else if (i % 3 == 1) {
          blob* b = own.shared.load(std::memory_order_relaxed);
          for (;;) {
            lazyref::protect_again<blob_holds>(s, b);
            blob* const now = own.shared.load(std::memory_order_acquire);
            if (now == b) break;
            b = now;
          }
          use(b);
        } else {
          use(lazyref::protect<blob_holds>(s, own.shared));
        }
        lazyref::park<blob_holds>(s);
        const blob* const again = lazyref::resume(s);
        if (again != nullptr && again->value < last) ++wrong;
        if (w == 0) lazyref::deactivate<blob_holds>(s);
        if (i == 0) ++begun;
      }
      lazyref::deactivate<blob_holds>(s);
    });
  }
  while (begun != 2) std::this_thread::yield();
  for (int i = 1; i <= 500; ++i) own.replace(i);
  end = true;
  for (std::thread& t : threads) t.join();
  CHECK(wrong == 0);
  own.retire(own.shared.exchange(nullptr));
  own.flush();
  for (auto& s : own.slots) lazyref::poll<blob_holds>(s);
  CHECK(own.memory.left() == 32);
}
