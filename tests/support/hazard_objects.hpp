// SPDX-License-Identifier: BSL-1.0
//
// Objects that hazard pointers protect, and helpers that the tests of hazard_pointer.hpp share.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <utility>

#include <lazyref/hazard_pointer.hpp>

#include "hazard_by_hand.hpp"

namespace lazyref_test {

struct hazard_census {
  std::atomic<int> made{0};
  std::atomic<int> reclaimed{0};
  int alive() const { return made - reclaimed; }
};

// Counts its instances. Its plain contents change only in the destructor, so that a sanitizer detects a later use.
class guarded : public lazyref::hazard_pointer_obj_base<guarded> {
 public:
  explicit guarded(hazard_census& all, int value = 0) : all_(all), value_(value) { ++all_.made; }
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;
  ~guarded() {
    value_ = -1;
    ++all_.reclaimed;
  }
  int value() const { return value_; }

 private:
  hazard_census& all_;
  int value_;
};

// Reclaims until no object waits, including those that deleters retire.
inline void reclaim_all() {
  while (lazyref::detail::all_hazards.value.waiting() != 0) lazyref::hazard_pointer_clean_up();
}

// Unpublishes and retires.
template <class T>
void replace(std::atomic<T*>& shared, T* next) {
  T* const old = shared.exchange(next, std::memory_order_acq_rel);
  if (old != nullptr) old->retire();
}

// Returns the slot that a hazard pointer owns; null if it is empty. The pointer is the object's only member.
inline const void* slot_of(const lazyref::hazard_pointer& h) {
  const void* slot = nullptr;
  static_assert(sizeof h == sizeof slot, "a hazard_pointer is a pointer to its slot");
  std::memcpy(&slot, &h, sizeof slot);
  return slot;
}

}  // namespace lazyref_test
