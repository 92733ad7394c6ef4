// SPDX-License-Identifier: BSL-1.0
//
// Every memory order that lazyref relies on, by site, in one table. Algorithms name their orders as
// `Sync::orders.site`; the default table is a compile-time constant and costs nothing, a model checker supplies one
// that it changes, so that each row can be weakened in turn. What a table does not hold is `relaxed` in the code, with
// the reason beside it. No access is seq_cst.
//
// The letters pair: each comment names the row that it synchronises with, and the invariant (slot.hpp) that needs it.
#include "config.hpp"

#ifndef LAZYREF_ORDERS_HPP
#define LAZYREF_ORDERS_HPP

#include <atomic>

LAZYREF_BEGIN_NAMESPACE

// A row for each site; see the head of this file.
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
  // W5 -> R1 R2 R8, I2: every use of the object before it was parked happens before its disposal.
  std::memory_order slot_park = std::memory_order_release;
  // W6 -> R1 R2, I2: as W2, where a worker gives up what it had parked.
  std::memory_order slot_unpark = std::memory_order_release;
  // W7 -> R1 R2, I1 I2: as W1, where a temporary activation ends.
  std::memory_order slot_restore = std::memory_order_release;

  // --- protection: an object that is reached through a shared pointer

  // P1 -> R1 R2, I1 I2: as W1.
  std::memory_order protect_set = std::memory_order_release;
  // P2 =  R7 R6, I1: a light fence between the set and the second look at the shared pointer (and at `drop`).
  std::memory_order protect_light = std::memory_order_seq_cst;
  // P3 <- the program's publication: what is found there is complete.
  std::memory_order protect_check = std::memory_order_acquire;

  // --- the reclaimer's side of a slot

  // R1 <- W1 W2, I2: anything but x means that x is left, and every use of it past.
  std::memory_order scan = std::memory_order_acquire;
  // R2 <- W1 W2, I2: the same, for whatever is being carried.
  std::memory_order carry_look = std::memory_order_acquire;
  // R3 -> W4 R5 and itself, I3: the hold moves with the pointer.
  std::memory_order carry_swap = std::memory_order_acq_rel;
  // R5 <- R3, I3: what is taken comes with its hold.
  std::memory_order take_back = std::memory_order_acquire;
  // R6 =  W3 S5 S7, I5: a heavy fence between the hand-over and the second look.
  std::memory_order reclaimer_heavy = std::memory_order_seq_cst;
  // R7 =  P2 S7, I1: a heavy fence between the unpublishing and the scan.
  std::memory_order unpublish_heavy = std::memory_order_seq_cst;
  // R8 <- W5, I2: a parked object is taken from its worker, whose uses of it happen before.
  std::memory_order take_parked = std::memory_order_acquire;

  // --- retired objects, which wait for a scan together

  // T1 -> T2: what was done to the object, and the unpublishing, happen before the scan.
  std::memory_order retire_push = std::memory_order_release;
  // T2 <- T1
  std::memory_order retire_take = std::memory_order_acquire;
  // T3 -> T4: an object that is counted as waiting is in the list.
  std::memory_order retire_count = std::memory_order_release;
  // T4 <- T3, -> T8: and what does not wait any more is in hand.
  std::memory_order retire_uncount = std::memory_order_acq_rel;
  // T5 -> T6: one scan after the other has a table.
  std::memory_order table_give = std::memory_order_release;
  // T6 <- T5
  std::memory_order table_take = std::memory_order_acquire;
  // T7 -> T8: who sees that nothing waits has the disposers' past.
  std::memory_order retire_done = std::memory_order_release;
  // T8 <- T4 T7
  std::memory_order retire_size = std::memory_order_acquire;

  // --- the two counts of an object

  // C1 -> itself, I1: the last user has every other user's past in its own. -> C3
  std::memory_order users_drop = std::memory_order_acq_rel;
  // C2 -> itself, I3: whoever disposes has every other holder's past in its own.
  std::memory_order holds_drop = std::memory_order_acq_rel;
  // C3 <- C1: who finds no user finds what the last one did before, as that it left the cell.
  std::memory_order users_look = std::memory_order_acquire;
  // C4 <- C2, I3: whoever finds itself the only holder has the past of those that were.
  std::memory_order holds_sole = std::memory_order_acquire;

  // --- atomic_strong_ref

  // E1 -> itself and P3: what is published is complete; <- itself: whoever takes it out has it as it was published.
  std::memory_order cell_exchange = std::memory_order_acq_rel;

  // --- a domain

  // D1 <- D2, I2: the slot's last worker is done with it.
  std::memory_order claim = std::memory_order_acquire;
  // D2 -> D1
  std::memory_order unclaim = std::memory_order_release;
  // D3 -> D4: the object's last touch of its domain; then the domain may end.
  std::memory_order disposed = std::memory_order_release;
  // D4 <- D3
  std::memory_order disposed_read = std::memory_order_acquire;

  // G1 <- G2: somebody's G3 is in the past of this slot's first protection.
  std::memory_order protecting_look = std::memory_order_acquire;
  // G2 -> G1
  std::memory_order protecting_done = std::memory_order_release;
  // G3 =  G4, I1: a heavy fence between the notice that this domain protects and the first protection.
  std::memory_order protecting_heavy = std::memory_order_seq_cst;
  // G4 =  G3, I1: a light fence between the unpublishing and the look for that notice.
  std::memory_order protecting_light = std::memory_order_seq_cst;

  // --- slots that belong to CPUs (per_cpu.hpp)

  // S1 <- S4, -> R1 R2, I1 I2: by compare-and-swap. The last claimant's uses happen before whoever reads this claim.
  std::memory_order cpu_claim = std::memory_order_acq_rel;
  // S2 <- S4, I2: by a restartable sequence, its look. A plain store ends the release sequence of S4, so it takes that
  // on here.
  std::memory_order rseq_look = std::memory_order_acquire;
  // S3 -> R1 R2, I1 I2: by a restartable sequence, its store.
  std::memory_order rseq_set = std::memory_order_release;
  // S4 -> S1 S2 R1 R2, I2: every use of the object happens before its disposal, and before the next claim.
  std::memory_order cpu_release = std::memory_order_release;
  // S5 =  R6, I5: as W3.
  std::memory_order cpu_light = std::memory_order_seq_cst;
  // S6 -> R1 R2, I1 I2: as P1, where a protection moves, or takes a slot of its own.
  std::memory_order cpu_protect_set = std::memory_order_release;
  // S7 =  R7 R6, I1: as P2.
  std::memory_order cpu_protect_light = std::memory_order_seq_cst;
  // S8 <- the program's publication: as P3.
  std::memory_order cpu_protect_check = std::memory_order_acquire;

  // --- what is allocated while others look

  // K1 -> K2: a chunk of slots is complete when it is found.
  std::memory_order chunk_push = std::memory_order_release;
  // K2 <- K1
  std::memory_order chunk_look = std::memory_order_acquire;

  // K3 -> K4: parts for each CPU, and tables for scans, likewise.
  std::memory_order part_push = std::memory_order_release;
  // K4 <- K3
  std::memory_order part_look = std::memory_order_acquire;

  // --- memory for code (code_space.hpp)

  // B1 <- B2, I2: whoever used what was in this memory is done before anything else is written there.
  std::memory_order block_look = std::memory_order_acquire;
  // B2 -> B1
  std::memory_order block_give_back = std::memory_order_release;
  // B3 <- B4: what was given back is found by whoever takes its mark away.
  std::memory_order block_unmark = std::memory_order_acquire;
  // B4 -> B3
  std::memory_order block_mark = std::memory_order_release;

  // A1 -> A2, I2: a block that waits for its observers to be told is not used any more.
  std::memory_order untold_push = std::memory_order_release;
  // A2 <- A1, -> A3 and itself: whoever takes the list has said that it tells.
  std::memory_order untold_take = std::memory_order_acq_rel;
  // A3 <- A2: who finds no list knows who has taken it.
  std::memory_order untold_look = std::memory_order_acquire;
  // A4 -> A5: the memory of what was told is given back.
  std::memory_order told = std::memory_order_release;
  // A5 <- A4: who finds nobody telling finds that memory.
  std::memory_order told_look = std::memory_order_acquire;

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

#endif  // LAZYREF_ORDERS_HPP
