// SPDX-License-Identifier: BSL-1.0
//
// The embedded layer, the reclaimer's side: the calls that follow the drop of an object's last user. The head of slot.hpp
// has the protocol and its invariants.
#include "config.hpp"

#ifndef LAZYREF_RECLAIMER_HPP
#define LAZYREF_RECLAIMER_HPP

#include "slot.hpp"

LAZYREF_BEGIN_NAMESPACE

// How many holds a reclaimer takes at a time: one add for that many slots, one subtract for the holds that are left over.
inline constexpr std::size_t hold_batch = 1024;

// The result of a scan.
struct handover_counts {
  std::size_t scanned = 0;      // slots that were read
  std::size_t handed_over = 0;  // handoffs: holds left in a slot
  std::size_t carried = 0;      // handoffs that displaced an earlier hold, which was carried on
  std::size_t taken_back = 0;   // holds taken out of a slot whose worker had left the object
  std::size_t unparked = 0;     // parked objects taken from their workers
};

// Up to `capacity` objects whose last users have been dropped. One scan of the slots serves them all: it looks up each
// slot's word in the group. Iteration is in the order of addition.
template <class T>
class scan_group {
 public:
  // The number of objects that fit.
  static constexpr std::size_t capacity = 128;

  // The number of objects, and the objects.
  bool is_full() const noexcept { return size_ == capacity; }
  std::size_t size() const noexcept { return size_; }
  T* const* begin() const noexcept { return members_; }
  T* const* end() const noexcept { return members_ + size_; }

  // Purpose: add an object. Preconditions: the group is not full; the object is neither null nor in the group.
  void add(T* object) noexcept {
    members_[size_++] = object;
    T** place = table_ + scan_group::place_of(object);
    while (*place != nullptr) place = this->next(place);
    *place = object;
  }

  // Whether the object was added. The object is not accessed, and need not exist any more. Cost: a lookup in a hash table.
  bool contains(T* object) const noexcept {
    for (T* const* place = table_ + scan_group::place_of(object); *place != nullptr; place = this->next(place)) {
      if (*place == object) return true;
    }
    return false;
  }

 private:
  static constexpr unsigned bits = 8;
  static constexpr std::size_t table_size = std::size_t{1} << bits;  // at most half full

  // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
  static std::size_t place_of(T* object) noexcept {
    const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(object) >> 4);
    return std::uint32_t{address * 2654435769U} >> (32 - bits);
  }
  template <class Place>
  Place next(Place place) const noexcept {
    return place + 1 == table_ + table_size ? place - (table_size - 1) : place + 1;
  }

  std::size_t size_ = 0;
  T* members_[capacity];
  T* table_[table_size] = {};
};

namespace detail {

// For reports that a caller does not use.
struct ignore {
  template <class... Anything>
  void operator()(const Anything&...) const noexcept {}
};

// One object's scan over slots of one type, with the holds that it has taken.
template <class Holds, class T, class Sync, reclaim R>
class handover {
 public:
  explicit handover(T* object) noexcept : object_(object) {}

  // The object that a slot is on, parked or not.
  static T* look_at(slot<T, Sync, R>& s) noexcept {
    static_assert(alignof(T) >= 2,
                  "lazyref: objects must be aligned to 2 bytes, as the low bit of a slot's word marks a parked object");
    // (R1) acquire, pairs with W1 W2 W5 W6 W7 P1 S1 S3 S4 S6; I1, I2.
    return detail::object_of(s.lazy.load(Sync::orders.scan));
  }

  // A slot was found on `object_`. Returns whether its worker is still on it and has received a hold.
  bool offer(slot<T, Sync, R>& s) noexcept {
    if (held_ == 0) {
      Holds::take(object_, hold_batch);
      held_ = hold_batch;
    }
    --held_;
    return leave(s, object_);
  }

  // The same for one of many objects; the caller owns its users' hold.
  bool offer(slot<T, Sync, R>& s, T* object) noexcept {
    Holds::take(object, 1);
    return leave(s, object);
  }

  void looked_at(std::size_t number) noexcept { counts_.scanned += number; }

  // The slot's worker has left the object in `drop`, and may not move again.
  void take_back(slot<T, Sync, R>& s) noexcept {
    // Relaxed, both: a glance, compared and never dereferenced; R5 and R2 load again.
    T* const left = s.drop.load(std::memory_order_relaxed);
    if (!detail::is_object(left) || left == s.lazy.load(std::memory_order_relaxed)) return;
    // (R5) acquire, pairs with R3; I3: whatever pointer it is by now, its hold is taken with it.
    T* const taken = s.drop.exchange(detail::resting(s), Sync::orders.take_back);
    if (!detail::is_object(taken)) return;
    ++counts_.taken_back;
    carry(s, taken);
  }

  // prompt: until every hold that was left is in a slot whose worker is on the object.
  template <class ForEachSlot>
  void take_back_all(ForEachSlot&& for_each_slot, [[maybe_unused]] typename Sync::fence fence) noexcept {
    if constexpr (R == reclaim::prompt) {
      while (left_something()) {
        // (R6) pairs with W3, P2, S5 and S7; I5. If it fails, the slots' next moves release the holds, as in deferred
        // reclamation.
        if (!fence.try_heavy(Sync::orders.reclaimer_heavy)) return;
        for_each_slot([&](slot<T, Sync, R>& s) { take_back(s); });
      }
    }
  }

  // Has a hold been left in a slot since the last call?
  bool left_something() noexcept {
    const bool left = left_;
    left_ = false;
    return left;
  }

  const handover_counts& counts() const noexcept { return counts_; }

  // Holds on the object that were taken and are unused.
  std::size_t held() const noexcept { return held_; }

  // Exchange and carry: the caller owns a hold on `x`. Leave it in `drop`, or release it; go on with the pointer that was
  // there before. Returns whether x itself stays.
  LAZYREF_DETAIL_NOINLINE bool carry(slot<T, Sync, R>& s, T* const first) noexcept {
    bool stays = false;
    for (T* x = first; x != nullptr;) {
      if (!is_on(s, x)) {
        give_up(x);
        return stays;
      }
      // (R3) acq_rel, pairs with W4, R5 and itself; I3: release publishes x's hold, acquire takes the previous pointer with
      // its own hold.
      T* const before = detail::object_or_null(s.drop.exchange(x, Sync::orders.carry_swap));
      left_ = true;
      if (x == first) stays = true;
      // The slot had x already (a range that names a slot twice, a temporary activation): one hold suffices there.
      if (before == x) {
        give_up(x);
        return stays;
      }
      ++counts_.handed_over;
      if (before != nullptr) ++counts_.carried;
      x = before;
    }
    return stays;
  }

 private:
  LAZYREF_DETAIL_NOINLINE bool leave(slot<T, Sync, R>& s, T* x) noexcept {
    const std::size_t unparked = counts_.unparked;
    const bool stays = carry(s, x);
    // A parked object may have a hold of its own in `drop` (temporary_activation), which no one else would release.
    if (detail::is_rare(counts_.unparked != unparked)) take_back(s);
    return stays;
  }

  // Is the slot's worker on x? If it has parked x, this ends it.
  bool is_on(slot<T, Sync, R>& s, T* x) noexcept {
    for (;;) {
      // (R2) acquire, pairs with W1 W2 W5 W6 W7 P1 S1 S3 S4 S6; I2: the worker has left x for good, and its uses of x
      // happen before our release of the hold.
      T* word = s.lazy.load(Sync::orders.carry_look);
      if (word == x) return true;
      if (word != detail::parked(x)) return false;
      // (R8) acquire, pairs with W5; I2. As a read-modify-write it continues W5's release sequence. Relaxed where it fails:
      // R2 loads again. x cannot be another object at the same address, as we have a hold on it.
      if (s.lazy.compare_exchange_strong(word, nullptr, Sync::orders.take_parked, std::memory_order_relaxed)) {
        ++counts_.unparked;
        return false;
      }
    }
  }

  void give_up(T* x) noexcept {
    if (x == object_) {
      ++held_;
    } else {
      Holds::give_up(x, 1);
    }
  }

  T* object_;
  std::size_t held_ = 0;
  bool left_ = false;
  handover_counts counts_;
};

}  // namespace detail

// --- the reclaimer's side

// Purpose: reclaim `object`, whose last user has been dropped: take it from slots that have parked it, hand it over to
//   slots that are on it, and release the users' hold.
// Preconditions: called once per object, by the thread that took the count of users to 0 (with acq_rel) and so owns the
//   users' hold. `for_each_slot(visit)` calls visit(slot<T, Sync, R>&) for every slot that may have activated the object;
//   further slots, and a slot twice, do no harm. With reclaim::prompt it is called again, once or more. If `protect` could
//   reach the object, a heavy fence was executed between its unpublishing and this call; see try_protect (slot.hpp).
// `report(const handover_counts&)` is called before the hold is released: after that the object, and all that it keeps
// alive, may be gone. `kick(slot&)` is called for each slot whose worker is on the object and has received a hold, so that
// the caller can ask that worker to move or poll. `fence` executes the heavy fences.
// Progress: lock-free; waits for no thread. Runs disposers: of `object`, and of objects that it finds in slots. Errors: if
//   prompt's heavy fence fails (ENOMEM, a filter), the slots' next moves release the holds, as in deferred reclamation.
// Cost: a load per slot; if no worker is on the object, no more. Else one add and one subtract on its count, and an
//   exchange for each slot that is on it. prompt: and then a heavy fence and a second scan.
template <class Holds, reclaim R = reclaim::deferred, class Sync = std_sync, class T, class ForEachSlot,
          class Report = detail::ignore, class Kick = detail::ignore>
void last_user_left(T* object, ForEachSlot&& for_each_slot, Report&& report = {}, Kick&& kick = {},
                    typename Sync::fence fence = Sync::process_fence()) noexcept {
  detail::handover<Holds, T, Sync, R> handover(object);
  std::size_t scanned = 0;  // Here, and not in the handover: it stays in a register.
  for_each_slot([&](slot<T, Sync, R>& s) {
    ++scanned;
    if (detail::is_rare(handover.look_at(s) == object) && handover.offer(s)) kick(s);
  });
  handover.looked_at(scanned);
  handover.take_back_all(for_each_slot, fence);
  report(handover.counts());
  Holds::give_up(object, handover.held() + 1);
}

// Purpose: the same for a group of objects: one scan of the slots, whatever their number.
// Preconditions: as above, for each object of the group. The caller releases the users' hold of each one afterwards, by
//   Holds::give_up(object, 1).
// Cost: a load per slot and, if the slot is on an object, a lookup in a hash table.
template <class Holds, reclaim R = reclaim::deferred, class Sync = std_sync, class T, class ForEachSlot,
          class Kick = detail::ignore>
handover_counts last_users_left(const scan_group<T>& group, ForEachSlot&& for_each_slot, Kick&& kick = {},
                                typename Sync::fence fence = Sync::process_fence()) noexcept {
  detail::handover<Holds, T, Sync, R> handover(nullptr);
  std::size_t scanned = 0;  // Here, and not in the handover: it stays in a register.
  for_each_slot([&](slot<T, Sync, R>& s) {
    ++scanned;
    T* const object = handover.look_at(s);
    if (detail::is_rare(object != nullptr) && group.contains(object) && handover.offer(s, object)) kick(s);
  });
  handover.looked_at(scanned);
  handover.take_back_all(for_each_slot, fence);
  return handover.counts();
}

// Purpose: take back, from all given slots, the holds on objects that their workers have left; for deferred reclamation,
//   when memory is needed or workers sleep. Who may call: any thread. Progress: lock-free. Cost: two loads per slot;
//   prompt: and a heavy fence.
// Returns how many holds it took. It finds a hold if its handoff, and the worker's move, happen before the call; with
//   reclaim::prompt, also if they merely precede it in time.
template <class Holds, class T, reclaim R = reclaim::deferred, class Sync = std_sync, class ForEachSlot>
std::size_t collect(ForEachSlot&& for_each_slot, typename Sync::fence fence = Sync::process_fence()) noexcept {
  detail::handover<Holds, T, Sync, R> handover(nullptr);
  do {
    // (R6) pairs with W3; I5. If it fails, this finds as much as in deferred reclamation.
    if constexpr (R == reclaim::prompt) static_cast<void>(fence.try_heavy(Sync::orders.reclaimer_heavy));
    for_each_slot([&](slot<T, Sync, R>& s) { handover.take_back(s); });
  } while (R == reclaim::prompt && handover.left_something());
  return handover.counts().taken_back;
}

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_RECLAIMER_HPP
