// SPDX-License-Identifier: BSL-1.0
//
// The table in which workers find the current rule set of each tenant, and the reloader replaces it.
//
// The table owns one user of each current rule set. A worker reads it in a read-side section, as with RCU: the reloader
// drops an old rule set's user only when all sections that may have found it have ended. A section lasts for one
// `activate`; from then on the worker's slot protects the rule set, however long the match takes, and the reloader waits
// for no match.
//
// To enter and to leave a section is one store each. The fence between the store and the load from the table is lazyref's
// light fence, which is no instruction, since the reloader issues the heavy one.
//
// All policies read the same table. Only `activate` differs.
#pragma once

#include <lazyref/owner.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

#include "rule_set.hpp"

namespace tenants {

class rule_table {
 public:
  using reference = lazyref::strong_ref<rule_set>;

  rule_table(std::size_t tenants, std::size_t workers)
      : tenants_(new entry[tenants]), readers_(new reader[workers]), worker_count_(workers) {}

  // Who may call: the worker with that number. Calls use(const reference&), which must not keep the reference.
  template <class Use>
  void read(std::size_t worker, std::size_t tenant, Use&& use) noexcept {
    std::atomic<std::size_t>& turn = readers_[worker].turn;
    const std::size_t before = turn.load(std::memory_order_relaxed);
    // (T1) release, pairs with T4: T4 may read this store in place of the previous section's T3, and must synchronize
    // with that one too.
    turn.store(before + 1, std::memory_order_release);
    // (T2) pairs with T5: either the reloader observes this section, or this section observes what it has published.
    lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst);
    const entry& e = tenants_[tenant];
    // Acquire, pairs with the release in replace.
    use(e.version[e.current.load(std::memory_order_acquire)]);
    // (T3) release, pairs with T4: the use of the reference happens before it is dropped.
    turn.store(before + 2, std::memory_order_release);
  }

  // Who may call: the reloader, one thread. Publishes the rule set, and drops the user of the previous one. If that was
  // its last user, lazyref hands the rule set over to a worker that still uses it.
  void replace(std::size_t tenant, reference fresh) noexcept {
    entry& e = tenants_[tenant];
    const unsigned now = e.current.load(std::memory_order_relaxed);
    e.version[1 - now] = std::move(fresh);
    e.current.store(1 - now, std::memory_order_release);
    wait_for_readers();
    e.version[now].reset();
  }

 private:
  struct alignas(lazyref::cache_line) entry {
    std::atomic<unsigned> current{0};
    reference version[2];
  };
  struct alignas(lazyref::cache_line) reader {
    std::atomic<std::size_t> turn{0};  // odd: inside a section
  };

  void wait_for_readers() const noexcept {
    lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);  // (T5) pairs with T2
    for (std::size_t i = 0; i < worker_count_; ++i) {
      // (T4) acquire, pairs with T1 and T3.
      const std::size_t seen = readers_[i].turn.load(std::memory_order_acquire);
      if (seen % 2 == 0) continue;
      while (readers_[i].turn.load(std::memory_order_acquire) == seen) std::this_thread::yield();
    }
  }

  const std::unique_ptr<entry[]> tenants_;
  const std::unique_ptr<reader[]> readers_;
  const std::size_t worker_count_;
};

}  // namespace tenants
