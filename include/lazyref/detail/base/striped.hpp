// SPDX-License-Identifier: BSL-1.0
//
// Data that all threads write, in one part per CPU, so that threads do not write to the same line.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_BASE_STRIPED_HPP
#define LAZYREF_DETAIL_BASE_STRIPED_HPP

#include <cstddef>
#include <new>

#include "../../sync.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// There is one part at first; after `spread`, a power of two of them, which CPUs share if there are more CPUs. A thread may
// migrate as soon as it has its part. So parts are shared by all threads, and a thread's contribution stays in its part.
template <class Part, class Sync>
class striped {
 public:
  constexpr striped() noexcept = default;
  // Precondition: no concurrent calls, as for all destructors.
  ~striped() { delete[] more_.load(std::memory_order_relaxed); }  // Relaxed: single-threaded.
  striped(const striped&) = delete;
  striped& operator=(const striped&) = delete;

  // Makes a part for each CPU, at most `most`. Who may call: any thread. Errors: without memory for them, all threads
  // share the first part.
  void spread(std::size_t most = most_parts) noexcept {
    if (more_.load(std::memory_order_relaxed) != nullptr) return;  // Relaxed: K3 is for threads that dereference it.
    std::size_t parts = 1;
    for (const std::size_t cpus = Sync::cpus(); parts < cpus && parts < most && parts < most_parts;) parts *= 2;
    if (parts == 1) return;
    unsigned none = 0;
    // One thread allocates. The others use the first part until then, and for ever if that thread is lost in a fork.
    // Relaxed, both: K3 publishes it.
    if (!mask_.compare_exchange_strong(none, static_cast<unsigned>(parts - 1), std::memory_order_relaxed,
                                       std::memory_order_relaxed))
      return;
    // (K3) release, pairs with K4: parts that are found are complete.
    more_.store(new (std::nothrow) Part[parts - 1], Sync::orders.part_push);
  }

  // The part of the CPU that the caller runs on now. Progress: wait-free.
  Part& mine() noexcept {
    // (K4) acquire, pairs with K3.
    Part* const more = more_.load(Sync::orders.part_look);
    if (more == nullptr) return first_;
    const unsigned index = Sync::this_cpu() & mask_.load(std::memory_order_relaxed);  // Relaxed: K4.
    return index == 0 ? first_ : more[index - 1];
  }

  // The number of parts.
  std::size_t size() const noexcept {
    // (K4) acquire, pairs with K3. Relaxed: K4.
    return more_.load(Sync::orders.part_look) == nullptr ? 1 : std::size_t{1} + mask_.load(std::memory_order_relaxed);
  }

  // Visits the parts that calls which happen before this one may have used.
  template <class Visit>
  void for_each(Visit&& visit) const noexcept {
    striped::visit_all(*this, visit);
  }
  template <class Visit>
  void for_each(Visit&& visit) noexcept {
    striped::visit_all(*this, visit);
  }

 private:
  static constexpr std::size_t most_parts = 1024;

  template <class Self, class Visit>
  static void visit_all(Self& self, Visit& visit) noexcept {
    visit(self.first_);
    // (K4) acquire, pairs with K3.
    Part* const more = self.more_.load(Sync::orders.part_look);
    if (more == nullptr) return;
    // Relaxed: K4.
    for (unsigned i = 0, n = self.mask_.load(std::memory_order_relaxed); i != n; ++i) visit(more[i]);
  }

  Part first_{};
  typename Sync::template atomic<Part*> more_{nullptr};
  typename Sync::template atomic<unsigned> mask_{0};  // how many there are besides the first
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_BASE_STRIPED_HPP
