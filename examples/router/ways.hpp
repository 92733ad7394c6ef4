// SPDX-License-Identifier: BSL-1.0
//
// How a request keeps the table that it began with, across its steps and across threads. This is the part to copy.
//
// Each way has a type `held`, for a member of the request, and
//
//   begin(held, worker)   keep the current table; called by the worker with that number, which executes the first step
//   end(held)             release the table; called by the worker that has executed the last step
//   idle(worker)          called by a worker that has no request
//   replace(...)          publish a new table, constructed from these arguments, and return its address; called by the
//                         control thread
#pragma once

#include <lazyref/atomic_strong_ref.hpp>
#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>
#include <lazyref/per_cpu.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "table.hpp"

namespace router {

// A hazard pointer for each request. It is kept when the request ends, for the next request in its place: if different
// threads created and destroyed one each time, they would contend for the list of free hazard pointers.
class by_hazard_pointer {
  struct guarded : lazyref::hazard_pointer_obj_base<guarded>, table {
    using table::table;
  };

 public:
  static constexpr const char* name = "hazard_pointer";
  class held {
   public:
    const table* operator->() const noexcept { return table_; }

   private:
    friend by_hazard_pointer;
    lazyref::hazard_pointer guard_;
    const table* table_ = nullptr;
  };
  explicit by_hazard_pointer(std::size_t) {}
  ~by_hazard_pointer() { put(nullptr); }

  void begin(held& mine, std::size_t) {
    if (mine.guard_.empty()) mine.guard_ = lazyref::make_hazard_pointer();
    mine.table_ = mine.guard_.protect(current_);
  }
  static void end(held& mine) noexcept { mine.guard_.reset_protection(); }
  static void idle(std::size_t) noexcept {}

  table* replace(ledger& account, std::uint64_t version) { return put(new guarded(account, version)); }

 private:
  table* put(guarded* next) {
    guarded* const old = current_.exchange(next, std::memory_order_acq_rel);
    if (old != nullptr) old->retire();
    lazyref::hazard_pointer_clean_up();  // Otherwise it would wait until a batch is retired.
    return next;
  }

  std::atomic<guarded*> current_{nullptr};
};

// A slot of a domain for each request. The domain's objects can have users, too.
class by_own_slot {
  struct counted : lazyref::owner<counted>, table {
    using table::table;
  };
  struct growing : lazyref::domain_options<> {
    static constexpr auto growth = lazyref::slot_growth::chunks;
  };

 public:
  static constexpr const char* name = "lazy_slot a request";
  class held {
   public:
    const table* operator->() const noexcept { return table_; }

   private:
    friend by_own_slot;
    lazyref::lazy_slot<counted, growing> slot_;
    const table* table_ = nullptr;
  };
  explicit by_own_slot(std::size_t) {}

  void begin(held& mine, std::size_t) noexcept {
    // Empty if there is no memory for another slot: retry.
    while (!mine.slot_) mine.slot_ = domain_.attach();
    mine.table_ = mine.slot_.protect(current_);
  }
  static void end(held& mine) noexcept { mine.slot_.deactivate(); }
  static void idle(std::size_t) noexcept {}

  table* replace(ledger& account, std::uint64_t version) {
    lazyref::strong_ref<counted> next = domain_.make(account, version);
    table* const result = next.get();
    current_.store(std::move(next));
    return result;
  }

 private:
  lazyref::lazy_domain<counted, growing> domain_{16};
  lazyref::atomic_strong_ref<counted> current_;
};

// A reference for each request. The worker's slot protects the table while the reference is taken: the cell has no lock.
class by_strong_ref {
  struct counted : lazyref::owner<counted>, table {
    using table::table;
  };

 public:
  static constexpr const char* name = "atomic_strong_ref";
  using held = lazyref::strong_ref<counted>;
  explicit by_strong_ref(std::size_t workers) : domain_(workers) {
    for (std::size_t i = 0; i < workers; ++i) slots_.push_back(domain_.attach());
  }

  void begin(held& mine, std::size_t worker) noexcept { mine = current_.load(slots_[worker]); }
  static void end(held& mine) noexcept { mine.reset(); }
  // Clears the slot, which protects the table that it loaded last.
  void idle(std::size_t worker) noexcept { slots_[worker].deactivate(); }

  table* replace(ledger& account, std::uint64_t version) {
    held next = domain_.make(account, version);
    table* const result = next.get();
    current_.store(std::move(next));
    return result;
  }

 private:
  lazyref::lazy_domain<counted> domain_;
  std::vector<lazyref::lazy_slot<counted>> slots_;
  lazyref::atomic_strong_ref<counted> current_;
};

// A claim for each request: of a slot of the CPU on which the request began. No reference is counted, and workers have no
// slots.
class by_claim {
  struct counted : lazyref::owner<counted>, table {
    using table::table;
  };

 public:
  static constexpr const char* name = "cpu_claim";
  using held = lazyref::cpu_claim<counted>;
  // Far more requests hold claims than a CPU has slots. They claim overflow slots, which is faster if each CPU has only
  // one slot to try first.
  explicit by_claim(std::size_t) : domain_({1}) {}
  ~by_claim() { source_.store(nullptr, std::memory_order_release); }

  void begin(held& mine, std::size_t) noexcept {
    // Empty if there is no memory for another overflow slot: retry.
    while (!(mine = domain_.protect(source_))) std::this_thread::yield();
  }
  static void end(held& mine) noexcept { mine.release(); }
  static void idle(std::size_t) noexcept {}

  table* replace(ledger& account, std::uint64_t version) {
    lazyref::strong_ref<counted> next = domain_.make(account, version);
    source_.store(next.get(), std::memory_order_release);  // Unpublish first,
    current_.swap(next);                                   // then drop the user, by the destructor of `next`.
    return current_.get();
  }

 private:
  lazyref::per_cpu_domain<counted> domain_;
  lazyref::strong_ref<counted> current_;
  std::atomic<counted*> source_{nullptr};
};

}  // namespace router
