// SPDX-License-Identifier: BSL-1.0
//
// The result of per_cpu_domain::claim and protect. See per_cpu.hpp for an overview.
#include "config.hpp"

#ifndef LAZYREF_CPU_CLAIM_HPP
#define LAZYREF_CPU_CLAIM_HPP

#include <cerrno>
#include <cstdint>
#include <utility>

#include "detail/base/checks.hpp"
#include "owner.hpp"
#include "slot.hpp"

LAZYREF_BEGIN_NAMESPACE

template <class T, reclaim When = reclaim::deferred>
class per_cpu_domain;
template <class T, reclaim When = reclaim::deferred>
class cpu_claim;

namespace detail {

template <class T, reclaim When>
class cpu_core;

// The place of a claimed object: the address of a CPU's slot, that of an overflow slot plus 1, or one of these.
struct cpu_place {
  static constexpr std::uintptr_t none = 1, no_memory = 3;
};

}  // namespace detail

// The right to use an object, as per_cpu_domain::claim returns it. Move-only. Another thread than the claiming one may
// release it, with a happens-before, as for any value. T may be incomplete where a claim is declared as a member.
template <class T, reclaim When>
class [[nodiscard]] cpu_claim {
 public:
  // Purpose: constructs an empty one, or takes over the other's claim and leaves the other empty. Assignment releases the
  //   claim that it replaces, as the destructor does.
  cpu_claim() noexcept = default;
  cpu_claim(cpu_claim&& other) noexcept { swap(other); }
  LAZYREF_PER_UNIT cpu_claim& operator=(cpu_claim&& other) noexcept {
    cpu_claim taken(std::move(other));
    swap(taken);
    return *this;
  }
  LAZYREF_PER_UNIT ~cpu_claim() { release(); }

  // Purpose: exchange claims; the objects stay claimed.
  void swap(cpu_claim& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(where_, other.where_);
  }

  // The object, or null. Precondition (of * and ->): not empty.
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

  // No slot was free: the claim is a counted hold on the object. (Never true of a protection.)
  bool is_counted() const noexcept { return object_ != nullptr && where_ == detail::cpu_place::none; }
  // The reason why `protect` returned an empty claim: ENOMEM, or 0 (the pointer was null).
  int error() const noexcept { return where_ == detail::cpu_place::no_memory ? ENOMEM : 0; }

  // Purpose: stop using the object. No effect if the claim is empty. Progress: lock-free. Cost: one store, and a light
  //   fence with reclaim::prompt; counted, or in an overflow slot: a read-modify-write. May run disposers.
  LAZYREF_PER_UNIT void release() noexcept {
    T* const object = std::exchange(object_, nullptr);
    if (object == nullptr) return;
    const std::uintptr_t where = std::exchange(where_, detail::cpu_place::none);
    if (detail::is_rare((where & 1) != 0)) return core::release_rare(object, where);
    core::leave(*reinterpret_cast<slot<T, detail::sync_of<T>, When>*>(where));
  }

 private:
  template <class, reclaim>
  friend class per_cpu_domain;
  using core = detail::cpu_core<T, When>;

  cpu_claim(T* object, std::uintptr_t where) noexcept : object_(object), where_(where) {}

  T* object_ = nullptr;
  std::uintptr_t where_ = detail::cpu_place::none;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_CPU_CLAIM_HPP
