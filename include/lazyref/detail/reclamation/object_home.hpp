// SPDX-License-Identifier: BSL-1.0
//
// Common to all kinds of domain: takes objects in, disposes of them, counts them.
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_RECLAMATION_OBJECT_HOME_HPP
#define LAZYREF_DETAIL_RECLAMATION_OBJECT_HOME_HPP

#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "../../domain_options.hpp"
#include "../../owner.hpp"
#include "../base/allocate.hpp"
#include "../base/striped.hpp"

LAZYREF_BEGIN_NAMESPACE

namespace detail {

// Refuses a U for which `delete` through a T* would be wrong.
template <class T, class U>
constexpr void refuse_slicing() noexcept {
  static_assert(std::is_convertible_v<U*, T*>,
                "adopt: the object must be of the domain's type, or of a type derived from it");
  static_assert(std::is_same_v<T, U> || std::has_virtual_destructor_v<T> || has_dispose<T>,
                "adopt: the object's class is derived from the domain's, whose destructor would be called: give the "
                "latter a virtual destructor, or a `static void dispose(T*) noexcept`");
}

template <class T, bool Tracked>
class object_home : public home<T> {
 public:
  using sync_type = typename T::lazyref_sync_type;
  using holds = owner_holds<T>;
  template <class U>
  using atomic = typename sync_type::template atomic<U>;
  using word = atomic<std::uintptr_t>;
  static constexpr std::size_t word_bits = sizeof(std::uintptr_t) * CHAR_BIT;

 protected:
  // `most`: at least the number of threads that count concurrently.
  explicit object_home(std::size_t most) noexcept { counters_.spread(most); }
  ~object_home() = default;

  // `marks`: the number of slots that may need a bit in the object.
  LAZYREF_PER_UNIT strong_ref<T> take_in(T* object, std::size_t marks) noexcept {
    static_assert(!can_look_for_hooks<T> || has_on_last_user<T> || !names_on_last_user<T>,
                  "T::on_last_user cannot be called: it must be public, and take nothing");
    static_assert(!can_look_for_hooks<T> || has_dispose<T> || !names_dispose<T>,
                  "T::dispose cannot be called: it must be public and static, and take a T*");
    detail::expects(object != nullptr, "lazy_domain::adopt: the pointer is null");
    detail::expects(owner_access::domain(object) == nullptr,
                    "lazy_domain::adopt: the object belongs to a domain already; adopt each object once");
    owner_access::domain(object) = this;
    if (detail::is_rare(!object_home::provide_bits(object, marks))) detail::no_memory_for_bits();
    counters_.mine().made.fetch_add(1, std::memory_order_relaxed);  // Relaxed: a statistic.
    return owner_access::adopt_user(object);
  }

  static std::size_t words(std::size_t marks) noexcept { return (marks + word_bits - 1) / word_bits; }

  // For an object that is not shared yet. Errors: those of `new`; the object is then destroyed, as with its last user.
  static void provide_first_bits([[maybe_unused]] T* object, [[maybe_unused]] std::size_t marks) {
    if constexpr (Tracked) {
      struct undo {
        ~undo() {
          if (object == nullptr) return;
          object_home::tear_down(object);
          object_home::dispose(object);
        }
        T* object;
      } if_it_throws{object};
      // Allocated after the object: on a cache line of its own rather than on another object's.
      owner_access::tracked(object) = new word[object_home::words(marks)]();
      if_it_throws.object = nullptr;
    }
  }
  // Makes sure that the object has its bits. Returns whether it does: false if there is no memory.
  static bool provide_bits([[maybe_unused]] T* object, [[maybe_unused]] std::size_t marks) noexcept {
    if constexpr (Tracked) {
      auto*& bits = owner_access::tracked(object);
      if (bits == nullptr) bits = new (std::nothrow) word[object_home::words(marks)]();
      return bits != nullptr;
    } else {
      return true;
    }
  }
  // For an object that was never taken in.
  static void take_bits([[maybe_unused]] T* object) noexcept {
    if constexpr (Tracked) delete[] std::exchange(owner_access::tracked(object), nullptr);
  }

  static void tear_down(T* object) noexcept {
    if constexpr (has_on_last_user<T>) {
      static_assert(noexcept(object->on_last_user()), "on_last_user must be noexcept");
      object->on_last_user();
    }
  }

  static void dispose(T* object) noexcept {
    if constexpr (Tracked) delete[] owner_access::tracked(object);
    if constexpr (has_dispose<T>) {
      static_assert(noexcept(T::dispose(object)), "dispose must be noexcept");
      T::dispose(object);
    } else {
      delete object;
    }
  }

  void last_hold_left(T* object) noexcept final {
    object_home::dispose(object);
    disposed(1);
  }

  void disposed(std::size_t n) noexcept {
    // (D3) release, pairs with D4: the last access to the domain.
    counters_.mine().disposed.fetch_add(n, sync_type::orders.disposed);
  }

  void count(std::size_t reclaimed, const handover_counts& counts) noexcept {
    counters& mine = counters_.mine();
    // Relaxed throughout: statistics.
    if (reclaimed != 0) mine.reclaimed.fetch_add(reclaimed, std::memory_order_relaxed);
    if (counts.scanned != 0) mine.scanned.fetch_add(counts.scanned, std::memory_order_relaxed);
    if (counts.handed_over != 0) mine.handed_over.fetch_add(counts.handed_over, std::memory_order_relaxed);
    if (counts.carried != 0) mine.carried.fetch_add(counts.carried, std::memory_order_relaxed);
    if (counts.taken_back != 0) mine.taken_back.fetch_add(counts.taken_back, std::memory_order_relaxed);
    if (counts.unparked != 0) mine.unparked.fetch_add(counts.unparked, std::memory_order_relaxed);
  }

  bool all_disposed() const noexcept {
    domain_stats all{};
    add_to(all);
    return all.disposed == all.made;
  }

  void add_to(domain_stats& result) const noexcept {
    // Reads all `disposed` before all `made`, so that disposed never exceeds made.
    // (D4) acquire, pairs with D3: every object's last access to this domain happens before.
    counters_.for_each([&](const counters& c) { result.disposed += c.disposed.load(sync_type::orders.disposed_read); });
    counters_.for_each([&](const counters& c) {
      // Relaxed throughout: statistics.
      result.made += c.made.load(std::memory_order_relaxed);
      result.reclaimed += c.reclaimed.load(std::memory_order_relaxed);
      result.scanned += c.scanned.load(std::memory_order_relaxed);
      result.handed_over += c.handed_over.load(std::memory_order_relaxed);
      result.carried += c.carried.load(std::memory_order_relaxed);
      result.taken_back += c.taken_back.load(std::memory_order_relaxed);
      result.unparked += c.unparked.load(std::memory_order_relaxed);
    });
  }

 private:
  // Written by reclaimers, not by workers.
  struct alignas(cache_line) counters {
    atomic<std::size_t> made{0};
    atomic<std::size_t> disposed{0};
    atomic<std::size_t> reclaimed{0};
    atomic<std::size_t> scanned{0};
    atomic<std::size_t> handed_over{0};
    atomic<std::size_t> carried{0};
    atomic<std::size_t> taken_back{0};
    atomic<std::size_t> unparked{0};
  };

  striped<counters, sync_type> counters_;
};

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_RECLAMATION_OBJECT_HOME_HPP
