// SPDX-License-Identifier: BSL-1.0
//
// A simple implementation of hazard pointers, under one lock, with a fault that is chosen at run time. The checks of
// hazard_pointer_conformance.cpp pass without a fault, and each fault must be detected by one of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>
#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_span)
#include <span>
#endif

namespace lazyref_test::mock {

enum class fault {
  none,
  // hazard_pointer: ownership
  default_owns,
  make_is_empty,
  unassociated_is_empty,
  make_throws_another,
  one_hazard_pointer_for_all,
  move_keeps_source,
  assignment_keeps_source,
  assignment_keeps_protection,
  self_move_clears,
  destructor_keeps_protection,
  creation_keeps_association,
  swap_does_nothing,
  free_swap_does_nothing,
  // epochs
  ignores_protection,
  move_ends_epoch,
  swap_ends_epochs,
  first_leaver_ends_all,
  protects_in_own_thread_only,
  dies_with_its_maker,
  closes_at_exit,
  protect_of_null_keeps,
  no_second_look,
  failed_try_keeps_callers_pointer,
  failed_try_protects_old,
  failed_try_protects_new,
  failed_try_keeps_previous,
  reset_ignored,
  reset_to_null_pointer_ignored,
  reset_to_pointer_ignored,
  reset_to_pointer_keeps_previous,
  reset_to_same_ends,
  // reclamation
  never_reclaims,
  deletes_twice,
  loses_state_of_deleter,
  keeps_state_of_deleter,
  address_of_base,
  overloaded_address,
  loses_retires_of_deleters,
  copies_are_retired,
  // batches
  batch_fills_before_it_throws,
  batch_replaces_owned,
  batch_skips_last,
  batch_shares_one,
  clear_skips_last,
  clear_keeps_protection,
  count
};

inline fault planted = fault::none;
inline bool has(fault f) noexcept { return planted == f; }

// The base of all protected objects, identified by this address.
struct object {
  bool retired = false;
};

struct record {
  std::vector<const object*> on;
  std::thread::id maker;
  bool owned = false;
};

struct state {
  std::recursive_mutex lock;
  std::vector<std::unique_ptr<record>> records;
  struct retired {
    const object* x;
    std::function<void()> reclaim;
  };
  std::vector<retired> waiting;
  std::vector<std::shared_ptr<void>> kept;
  std::size_t room = std::numeric_limits<std::size_t>::max();  // the number of records that can be created
};

// Never destroyed.
inline state& all() {
  static auto* const one = new state;
  return *one;
}
using guard = std::lock_guard<std::recursive_mutex>;

inline thread_local bool thread_has_ended = false;
inline thread_local int running_deleters = 0;

struct thread_end {
  ~thread_end() {
    if (!has(fault::dies_with_its_maker)) return;  // of the main thread, in another test
    thread_has_ended = true;
    const guard g(all().lock);
    for (const auto& r : all().records)
      if (r->maker == std::this_thread::get_id()) r->on.clear();
  }
};

// Plants a fault for a scope, in which no other thread uses the mock. The mock's state is reset at both ends.
class planting {
 public:
  explicit planting(fault f) {
    forget();
    planted = f;
  }
  ~planting() {
    forget();
    planted = fault::none;
  }
  planting(const planting&) = delete;
  planting& operator=(const planting&) = delete;

 private:
  static void forget() {
    all().records.clear();
    all().waiting.clear();
    all().kept.clear();
    all().room = std::numeric_limits<std::size_t>::max();
  }
};

inline bool is_on(const record& r, const object* x) {
  for (const object* each : r.on)
    if (each == x) return true;
  return false;
}

inline bool is_protected(const object* x) {
  if (has(fault::ignores_protection)) return false;
  for (const auto& r : all().records) {
    if (has(fault::protects_in_own_thread_only) && r->maker != std::this_thread::get_id()) continue;
    if (r->owned && is_on(*r, x)) return true;
  }
  return false;
}

inline record* take() {
  const guard g(all().lock);
  if (has(fault::closes_at_exit)) std::atexit([] { planted = fault::ignores_protection; });
  record* r = nullptr;
  for (const auto& each : all().records)
    if (!each->owned || has(fault::one_hazard_pointer_for_all)) r = each.get();
  if (r == nullptr) {
    if (all().records.size() >= all().room) {
      if (has(fault::make_throws_another)) throw 1;
      throw std::bad_alloc();
    }
    all().records.push_back(std::make_unique<record>());
    r = all().records.back().get();
  }
  if (has(fault::dies_with_its_maker)) {
    static thread_local thread_end end;
    static_cast<void>(end);
  }
  r->owned = true;
  r->maker = std::this_thread::get_id();
  return r;
}

inline void end_epoch(record& r) {
  if (has(fault::first_leaver_ends_all))
    for (const auto& each : all().records)
      for (const object*& x : each->on)
        if (each.get() != &r && is_on(r, x)) x = nullptr;
  r.on.clear();
}

inline void begin_epoch(record& r, const object* x) {
  if (has(fault::reset_to_pointer_ignored)) return r.on.clear();
  if (has(fault::reset_to_same_ends) && is_on(r, x)) return r.on.clear();
  if (!has(fault::reset_to_pointer_keeps_previous)) end_epoch(r);
  const bool is_deaf = has(fault::dies_with_its_maker) && thread_has_ended;
  if (!is_deaf) r.on.push_back(x);
}

inline void give_back(record& r) {
  const guard g(all().lock);
  if (!has(fault::creation_keeps_association)) end_epoch(r);
  r.owned = false;
}

inline void reclaim() {
  if (has(fault::never_reclaims)) return;
  for (bool again = true; again;) {
    std::vector<state::retired> free;
    {
      const guard g(all().lock);
      std::vector<state::retired> stay;
      for (auto& each : all().waiting) (is_protected(each.x) ? stay : free).push_back(std::move(each));
      all().waiting = std::move(stay);
    }
    ++running_deleters;
    for (const auto& each : free) each.reclaim();
    --running_deleters;
    again = !free.empty();
  }
}

inline constexpr std::size_t most_waiting = 1000;

template <class T, class D = std::default_delete<T>>
class hazard_pointer_obj_base : public object {
 public:
  void retire(D d = D()) noexcept {
    if (has(fault::copies_are_retired) && retired) return;
    retired = true;
    if (has(fault::loses_retires_of_deleters) && running_deleters != 0) return;
    if (!has(fault::loses_state_of_deleter)) deleter_ = std::move(d);
    bool full = false;
    {
      const guard g(all().lock);
      all().waiting.push_back({this, [this] { run(); }});
      full = all().waiting.size() >= most_waiting;
    }
    if (full) reclaim();
  }

 protected:
  hazard_pointer_obj_base() = default;
  hazard_pointer_obj_base(const hazard_pointer_obj_base& other)
      : object{has(fault::copies_are_retired) && other.retired} {}
  hazard_pointer_obj_base& operator=(const hazard_pointer_obj_base& other) {
    if (has(fault::copies_are_retired)) retired = other.retired;
    return *this;
  }
  ~hazard_pointer_obj_base() = default;

 private:
  void run() {
    T* x = static_cast<T*>(this);
    if (has(fault::address_of_base)) x = static_cast<T*>(static_cast<void*>(static_cast<object*>(this)));
    if (has(fault::overloaded_address)) x = &*x;
    auto last = std::make_shared<D>();
    *last = std::move(deleter_);
    if (has(fault::keeps_state_of_deleter)) {
      const guard g(all().lock);
      all().kept.push_back(last);
    }
    if (has(fault::deletes_twice)) (*last)(x);
    (*last)(x);
  }

  D deleter_{};
};

class hazard_pointer {
 public:
  hazard_pointer() noexcept : mine_(has(fault::default_owns) ? take() : nullptr) {}
  hazard_pointer(hazard_pointer&& other) noexcept : mine_(other.mine_) {
    const guard g(all().lock);
    if (has(fault::move_ends_epoch) && mine_ != nullptr) end_epoch(*mine_);
    if (!has(fault::move_keeps_source)) other.mine_ = nullptr;
  }
  hazard_pointer& operator=(hazard_pointer&& other) noexcept {
    const guard g(all().lock);
    if (this == &other && !has(fault::self_move_clears)) return *this;
    if (mine_ != nullptr && !has(fault::assignment_keeps_protection)) give_back(*mine_);
    mine_ = nullptr;
    std::swap(mine_, other.mine_);
    if (has(fault::move_ends_epoch) && mine_ != nullptr) end_epoch(*mine_);
    if (has(fault::assignment_keeps_source)) other.mine_ = mine_;
    if (has(fault::self_move_clears) && this == &other) mine_ = nullptr;
    return *this;
  }
  ~hazard_pointer() {
    if (mine_ != nullptr && !has(fault::destructor_keeps_protection)) give_back(*mine_);
  }

  bool empty() const noexcept {
    const guard g(all().lock);
    return mine_ == nullptr || (has(fault::unassociated_is_empty) && mine_->on.empty());
  }

  template <class T>
  T* protect(const std::atomic<T*>& src) noexcept {
    T* ptr = src.load(std::memory_order_relaxed);
    if (has(fault::protect_of_null_keeps) && ptr == nullptr) return ptr;
    while (!try_protect(ptr, src)) {
    }
    return ptr;
  }

  template <class T>
  bool try_protect(T*& ptr, const std::atomic<T*>& src) noexcept {
    T* const old = ptr;
    const guard g(all().lock);
    const auto previous = mine().on;
    reset_protection(old);
    if (has(fault::no_second_look)) return true;
    T* const now = src.load(std::memory_order_acquire);
    if (!has(fault::failed_try_keeps_callers_pointer)) ptr = now;
    if (old == now) return true;
    if (has(fault::failed_try_protects_old)) return false;
    reset_protection();
    if (has(fault::failed_try_protects_new)) reset_protection(now);
    if (has(fault::failed_try_keeps_previous)) mine().on = previous;
    return false;
  }

  template <class T>
  void reset_protection(const T* ptr) noexcept {
    if (ptr == nullptr && has(fault::reset_to_null_pointer_ignored)) return;
    if (ptr == nullptr) return reset_protection();
    const guard g(all().lock);
    begin_epoch(mine(), ptr);
  }
  void reset_protection(std::nullptr_t = nullptr) noexcept {
    const guard g(all().lock);
    if (!has(fault::reset_ignored)) end_epoch(mine());
  }

  void swap(hazard_pointer& other) noexcept {
    if (has(fault::swap_does_nothing)) return;
    const guard g(all().lock);
    for (record* r : {mine_, other.mine_})
      if (r != nullptr && has(fault::swap_ends_epochs)) end_epoch(*r);
    std::swap(mine_, other.mine_);
  }

 private:
  friend hazard_pointer make_hazard_pointer();
  friend void make_hazard_pointer_batch(hazard_pointer* first, std::size_t n);
  friend void clear_hazard_pointer_batch(hazard_pointer* first, std::size_t n) noexcept;

  // For an empty one, which violates a precondition: any valid address.
  record& mine() noexcept {
    static record nowhere;
    return mine_ != nullptr ? *mine_ : nowhere;
  }

  record* mine_;
};

inline hazard_pointer make_hazard_pointer() {
  hazard_pointer result;
  if (!has(fault::make_is_empty) && result.mine_ == nullptr) result.mine_ = take();
  return result;
}
inline void swap(hazard_pointer& a, hazard_pointer& b) noexcept {
  if (!has(fault::free_swap_does_nothing)) a.swap(b);
}

inline void make_hazard_pointer_batch(hazard_pointer* first, std::size_t n) {
  const guard g(all().lock);
  std::vector<record*> made;
  try {
    for (std::size_t i = 0; i < n; ++i) made.push_back(first[i].mine_ == nullptr ? take() : nullptr);
  } catch (...) {
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i] == nullptr) continue;
      if (has(fault::batch_fills_before_it_throws))
        first[i].mine_ = made[i];
      else
        give_back(*made[i]);
    }
    throw;
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (i + 1 == n && has(fault::batch_skips_last)) continue;
    if (made[i] == nullptr && has(fault::batch_replaces_owned)) first[i] = make_hazard_pointer();
    if (made[i] != nullptr) first[i].mine_ = has(fault::batch_shares_one) ? made[0] : made[i];
  }
}
inline void clear_hazard_pointer_batch(hazard_pointer* first, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    if (i + 1 == n && has(fault::clear_skips_last)) continue;
    if (has(fault::clear_keeps_protection))
      first[i].mine_ = nullptr;
    else
      first[i] = hazard_pointer();
  }
}
#if defined(__cpp_lib_span)
inline void make_hazard_pointer_batch(std::span<hazard_pointer> batch) {
  make_hazard_pointer_batch(batch.data(), batch.size());
}
inline void clear_hazard_pointer_batch(std::span<hazard_pointer> batch) noexcept {
  clear_hazard_pointer_batch(batch.data(), batch.size());
}
#endif

}  // namespace lazyref_test::mock
