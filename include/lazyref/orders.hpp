// SPDX-License-Identifier: BSL-1.0
//
// Every memory order that lazyref relies on, by site, in one table. Algorithms name their orders as
// `Sync::orders.site`; the default table is a compile-time constant and costs nothing, a model checker supplies one
// that it changes, so that each row can be weakened in turn. What a table does not hold is `relaxed` in the code, with
// the reason beside it. No access is seq_cst.
//
// The letters pair: each comment names the row that it synchronises with, and the invariant (slot.hpp) that needs it.
#pragma once

#include <atomic>

#include "config.hpp"

LAZYREF_BEGIN_NAMESPACE

struct order_table {
  // --- the worker's side of a slot

  // W1 -> R1 R2, I1 I2: what was used through the slot before this set happens before whoever reads it.
  std::memory_order slot_set = std::memory_order_release;
  // W2 -> R1 R2, I2: every use of the object happens before its disposal.
  std::memory_order slot_clear = std::memory_order_release;
  // W3 =  R6, I5: a light fence between the move and the look at `drop`.
  std::memory_order worker_light = std::memory_order_seq_cst;
  // W4 <- R3, I3: the hold was taken before it was left here.
  std::memory_order drain_take = std::memory_order_acquire;

  // --- the reclaimer's side of a slot

  // R1 <- W1 W2, I2: anything but x means that x is left, and every use of it past.
  std::memory_order scan = std::memory_order_acquire;
  // R2 <- W1 W2, I2: the same, for whatever is being carried.
  std::memory_order carry_look = std::memory_order_acquire;
  // R3 -> W4 R5 and itself, I3: the hold moves with the pointer.
  std::memory_order carry_swap = std::memory_order_acq_rel;
  // R5 <- R3, I3: what is taken comes with its hold.
  std::memory_order take_back = std::memory_order_acquire;
  // R6 =  W3, I5: a heavy fence between the hand-over and the second look.
  std::memory_order reclaimer_heavy = std::memory_order_seq_cst;

  // --- the two counts of an object

  // C1 -> itself, I1: the last user has every other user's past in its own.
  std::memory_order users_drop = std::memory_order_acq_rel;
  // C2 -> itself, I3: whoever disposes has every other holder's past in its own.
  std::memory_order holds_drop = std::memory_order_acq_rel;

  // --- a domain

  // D1 <- D2, I2: the slot's last worker is done with it.
  std::memory_order claim = std::memory_order_acquire;
  // D2 -> D1
  std::memory_order unclaim = std::memory_order_release;
  // D3 -> D4: the object's last touch of its domain; then the domain may end.
  std::memory_order disposed = std::memory_order_release;
  // D4 <- D3
  std::memory_order disposed_read = std::memory_order_acquire;

  // --- one system call for concurrent heavy fences (detail/coalescer.hpp)

  // F1 -> F2: who has come is in the past of the barrier that serves it.
  std::memory_order fence_arrive = std::memory_order_release;
  // F2 <- F1
  std::memory_order fence_gather = std::memory_order_acquire;
  // F3 <- F5: one leader after the other.
  std::memory_order fence_lead = std::memory_order_acquire;
  // F5 -> F3
  std::memory_order fence_unlead = std::memory_order_release;
  // F4 -> F6: the barrier is in the past of everybody that it serves.
  std::memory_order fence_cover = std::memory_order_release;
  // F6 <- F4
  std::memory_order fence_served = std::memory_order_acquire;
};

LAZYREF_END_NAMESPACE
