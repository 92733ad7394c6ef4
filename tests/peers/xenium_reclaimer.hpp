// SPDX-License-Identifier: BSL-1.0
//
// Hazard pointers of lazyref under xenium's containers: a reclaimer in the sense of xenium::policy::reclaimer. What
// xenium 0.0.2 asks of one is
//
//   enable_concurrent_ptr<T, N, Deleter>  the base of what is reclaimed: here a hazard_pointer_obj_base<T, Deleter>
//   concurrent_ptr<T, N>                  an atomic pointer with N bits of mark; marked_ptr, guard_ptr
//   guard_ptr                             protects what it points to: acquire, acquire_if_equal, reset, reclaim, swap
//   region_guard                          for schemes that have regions; nothing here
//
// A guard protects by reset_protection and a look of its own, not by hazard_pointer::protect. One reason is the marks.
// The other is vyukov_hash_map: its readers acquire from cells that still name what was erased, and find out only after
// that, by a version, that it was. Until then nothing may look into the object, as protect does in units that check.
//
// A guard that is made from a plain marked_ptr has nothing to look at: it protects what is not retired yet. xenium's
// containers make them of what they are about to publish, of what only they can unlink, and in front of a
// compare-and-swap that fails if they came too late.
//
// Unlike xenium's own: reclaim of an empty guard is nothing (vyukov_hash_map::erase does that where there is no such
// key); a Deleter must be default-constructible and move-assignable; copies of a guard protect also what is retired.
#pragma once

#include <lazyref/hazard_pointer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <xenium/marked_ptr.hpp>

namespace peers {

using hazard = lazyref::hazard_pointer;
inline hazard make_hazard() { return lazyref::make_hazard_pointer(); }

// What may be wrong with the reclaimer, for tests of tests.
enum class fault {
  none,
  no_protection,  // guards protect nothing
  no_look,        // a protection without the second look
  copy_by_reset   // a copied guard protects anew, which is too late for what is retired
};

// The reclaimer as it is.
struct plain_rules {
  static constexpr fault planted = fault::none;
  // Called where another thread's step would hurt most if it could.
  static void widen() noexcept {}
  // A base of what is reclaimed: its operator new and delete, if it has them.
  struct memory {};
};

template <class Rules = plain_rules>
struct xenium_reclaimer {
  template <class T, class MarkedPtr>
  class guard_ptr;

  class region_guard {};

  template <class T, std::size_t N = 0, class D = std::default_delete<T>>
  class enable_concurrent_ptr : public lazyref::hazard_pointer_obj_base<T, D>, public Rules::memory {
   public:
    using Deleter = D;
    static constexpr std::size_t number_of_mark_bits = N;

   protected:
    // A copy is another object.
    enable_concurrent_ptr() = default;
    enable_concurrent_ptr(const enable_concurrent_ptr&) = default;
    enable_concurrent_ptr& operator=(const enable_concurrent_ptr&) = default;
    ~enable_concurrent_ptr() = default;
  };

  template <class T, std::size_t N = T::number_of_mark_bits>
  class concurrent_ptr {
   public:
    using marked_ptr = xenium::marked_ptr<T, N>;
    using guard_ptr = typename xenium_reclaimer::template guard_ptr<T, marked_ptr>;

    concurrent_ptr(const marked_ptr& p = marked_ptr()) noexcept : word_(p) {}
    concurrent_ptr(const concurrent_ptr&) = delete;
    concurrent_ptr& operator=(const concurrent_ptr&) = delete;

    marked_ptr load(std::memory_order order = std::memory_order_seq_cst) const noexcept { return word_.load(order); }
    void store(const marked_ptr& p, std::memory_order order = std::memory_order_seq_cst) noexcept {
      word_.store(p, order);
    }
    // Without the mark.
    void store(const guard_ptr& p, std::memory_order order = std::memory_order_seq_cst) noexcept {
      word_.store(marked_ptr(p.get()), order);
    }
    bool compare_exchange_weak(marked_ptr& expected, marked_ptr desired,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
      return word_.compare_exchange_weak(expected, desired, order);
    }
    bool compare_exchange_weak(marked_ptr& expected, marked_ptr desired, std::memory_order success,
                               std::memory_order failure) noexcept {
      return word_.compare_exchange_weak(expected, desired, success, failure);
    }
    bool compare_exchange_strong(marked_ptr& expected, marked_ptr desired,
                                 std::memory_order order = std::memory_order_seq_cst) noexcept {
      return word_.compare_exchange_strong(expected, desired, order);
    }
    bool compare_exchange_strong(marked_ptr& expected, marked_ptr desired, std::memory_order success,
                                 std::memory_order failure) noexcept {
      return word_.compare_exchange_strong(expected, desired, success, failure);
    }

   private:
    std::atomic<marked_ptr> word_;
  };

  template <class T, class MarkedPtr>
  class guard_ptr {
    using source = concurrent_ptr<T, MarkedPtr::number_of_mark_bits>;

   public:
    guard_ptr() noexcept = default;
    // See the head of this file.
    explicit guard_ptr(const MarkedPtr& p) : word_(p) { protect(p.get()); }

    guard_ptr(const guard_ptr& other) { *this = other; }
    guard_ptr(guard_ptr&& other) noexcept { swap(other); }
    guard_ptr& operator=(const guard_ptr& other) {
      if (this == &other) return *this;
      if (other.get() == nullptr || Rules::planted == fault::copy_by_reset || Rules::planted == fault::no_protection) {
        protect(other.get());
      } else {
        have_hazard();
        // It may be retired by now. (But not reclaimed: what is not known to be protected yet, xenium's containers only
        // move.)
        hazard_.protect_same(other.hazard_);
      }
      word_ = other.word_;
      return *this;
    }
    guard_ptr& operator=(guard_ptr&& other) noexcept {
      if (this == &other) return *this;
      reset();
      swap(other);
      return *this;
    }
    ~guard_ptr() = default;

    T* get() const noexcept { return word_.get(); }
    std::uintptr_t mark() const noexcept { return word_.mark(); }
    T* operator->() const noexcept { return get(); }
    T& operator*() const noexcept { return *get(); }
    operator MarkedPtr() const noexcept { return word_; }
    // Whether there is a pointer, or a mark.
    explicit operator bool() const noexcept { return static_cast<bool>(word_); }

    // Protects what `from` points to, and points to it.
    void acquire(const source& from, std::memory_order order = std::memory_order_seq_cst) {
      MarkedPtr seen = from.load(first_look);
      for (;;) {
        Rules::widen();
        protect(seen.get());
        if constexpr (Rules::planted == fault::no_look) break;
        Rules::widen();
        const MarkedPtr now = from.load(at_least_acquire(order));
        if (now == seen) break;
        seen = now;
      }
      word_ = seen;
    }

    // The same, if that is `expected`; else the guard is empty.
    bool acquire_if_equal(const source& from, const MarkedPtr& expected,
                          std::memory_order order = std::memory_order_seq_cst) {
      const MarkedPtr wanted = expected;
      bool is_equal = Rules::planted != fault::no_look || from.load(first_look) == wanted;
      Rules::widen();
      protect(wanted.get());
      Rules::widen();
      if constexpr (Rules::planted != fault::no_look) is_equal = from.load(at_least_acquire(order)) == wanted;
      if (is_equal) {
        word_ = wanted;
      } else {
        reset();
      }
      return is_equal;
    }

    void reset() noexcept {
      protect(nullptr);
      word_.reset();
    }

    // Resets; when nobody protects what it pointed to, `d` reclaims that. The caller has unlinked it.
    void reclaim(typename T::Deleter d = typename T::Deleter()) noexcept {
      T* const object = get();
      reset();
      if (object != nullptr) object->retire(std::move(d));
    }

    void swap(guard_ptr& other) noexcept {
      std::swap(word_, other.word_);
      hazard_.swap(other.hazard_);
    }

   private:
    // Relaxed: looked at again.
    static constexpr std::memory_order first_look =
        Rules::planted == fault::no_look ? std::memory_order_acquire : std::memory_order_relaxed;

    // What protects is an acquire load, whatever the caller asks.
    static constexpr std::memory_order at_least_acquire(std::memory_order order) noexcept {
      return order == std::memory_order_seq_cst ? order : std::memory_order_acquire;
    }

    void have_hazard() {
      if (hazard_.empty()) hazard_ = make_hazard();
    }
    // From now on this, or nothing. The first time it may fail, as `new` does.
    void protect(T* object) {
      if constexpr (Rules::planted == fault::no_protection) return;
      if (object != nullptr) {
        have_hazard();
        hazard_.reset_protection(object);
      } else if (!hazard_.empty()) {
        hazard_.reset_protection();
      }
    }

    MarkedPtr word_{};
    hazard hazard_;
  };
};

}  // namespace peers
