// SPDX-License-Identifier: BSL-1.0
//
// Every memory order that lazyref relies on, by site, in one table. Algorithms name their orders as `Sync::orders.site`.
// The default table is a compile-time constant and costs nothing; a model checker supplies one whose rows it weakens in
// turn. An order that is not in the table is `relaxed` in the code, with the reason beside it. No access is seq_cst.
//
// The letters pair: each comment names the rows that its row synchronizes with (->: it releases, <-: it acquires, =: two
// fences), and the invariant (slot.hpp) that needs it.
#include "config.hpp"

#ifndef LAZYREF_ORDERS_HPP
#define LAZYREF_ORDERS_HPP

#include <atomic>

LAZYREF_BEGIN_NAMESPACE

// A row for each site; see the head of this file.
struct order_table {
  // --- the worker's side of a slot

  // W1 -> R1 R2, I1 I2: uses through the slot before this set happen before what follows a load of it.
  std::memory_order slot_set = std::memory_order_release;
  // W2 -> R1 R2, I2: every use of the object happens before its disposal.
  std::memory_order slot_clear = std::memory_order_release;
  // W3 =  R6, I5: a light fence between the move and the load of `drop`.
  std::memory_order worker_light = std::memory_order_seq_cst;
  // W4 <- R3, I3: the hold was taken before it was left here.
  std::memory_order drain_take = std::memory_order_acquire;
  // W5 -> R1 R2 R8, I2: every use of the object before it was parked happens before its disposal.
  std::memory_order slot_park = std::memory_order_release;
  // W6 -> R1 R2, I2: as W2, where a worker leaves the object that it had parked.
  std::memory_order slot_unpark = std::memory_order_release;
  // W7 -> R1 R2, I1 I2: as W1, where a temporary activation ends.
  std::memory_order slot_restore = std::memory_order_release;

  // --- protection: an object that is reached through a shared pointer

  // P1 -> R1 R2, I1 I2: as W1.
  std::memory_order protect_set = std::memory_order_release;
  // P2 =  R7 R6, I1: a light fence between the store and the second load of the shared pointer (and the load of `drop`).
  std::memory_order protect_light = std::memory_order_seq_cst;
  // P3 <- the program's publication: the object that is found there is complete.
  std::memory_order protect_check = std::memory_order_acquire;

  // --- the reclaimer's side of a slot

  // R1 <- W1 W2, I2: any value but x means that the worker has left x, and that its uses of x happen before.
  std::memory_order scan = std::memory_order_acquire;
  // R2 <- W1 W2, I2: the same, for the object that is being carried.
  std::memory_order carry_look = std::memory_order_acquire;
  // R3 -> W4 R5 and itself, I3: the exchange transfers the hold with the pointer.
  std::memory_order carry_swap = std::memory_order_acq_rel;
  // R5 <- R3, I3: the hold is taken with the pointer.
  std::memory_order take_back = std::memory_order_acquire;
  // R6 =  W3 S5 S7, I5: a heavy fence between the handoff and the second load of `lazy`.
  std::memory_order reclaimer_heavy = std::memory_order_seq_cst;
  // R7 =  P2 S7, I1: a heavy fence between the unpublishing and the scan.
  std::memory_order unpublish_heavy = std::memory_order_seq_cst;
  // R8 <- W5, I2: a reclaimer takes a parked object from its worker, whose uses of it happen before.
  std::memory_order take_parked = std::memory_order_acquire;

  // --- retired objects, which wait for a common scan

  // T1 -> T2: what the retiring thread did to the object, and the unpublishing, happen before the scan.
  std::memory_order retire_push = std::memory_order_release;
  // T2 <- T1
  std::memory_order retire_take = std::memory_order_acquire;
  // T3 -> T4: an object that is counted as waiting is in the list.
  std::memory_order retire_count = std::memory_order_release;
  // T4 <- T3, -> T8: an object that is no longer counted as waiting is counted as being processed.
  std::memory_order retire_uncount = std::memory_order_acq_rel;
  // T5 -> T6: one scan at a time uses a table.
  std::memory_order table_give = std::memory_order_release;
  // T6 <- T5
  std::memory_order table_take = std::memory_order_acquire;
  // T7 -> T8: the disposals happen before the return of a call that finds no object waiting.
  std::memory_order retire_done = std::memory_order_release;
  // T8 <- T4 T7
  std::memory_order retire_size = std::memory_order_acquire;

  // --- the two counts of an object

  // C1 -> itself, I1: the drop of every other user happens before that of the last one. -> C3
  std::memory_order users_drop = std::memory_order_acq_rel;
  // C2 -> itself, I3: the release of every other hold happens before the disposal.
  std::memory_order holds_drop = std::memory_order_acq_rel;
  // C3 <- C1: what precedes the drop of the last user (as its leaving the cell) happens before a look that finds no user.
  std::memory_order users_look = std::memory_order_acquire;
  // C4 <- C2, I3: the release of every other hold happens before a look that finds one hold.
  std::memory_order holds_sole = std::memory_order_acquire;

  // --- atomic_strong_ref

  // E1 -> itself and P3: a published object is complete; <- itself: also for the thread that takes it out.
  std::memory_order cell_exchange = std::memory_order_acq_rel;

  // --- a domain

  // D1 <- D2, I2: the last worker's uses of the slot happen before the next worker's.
  std::memory_order claim = std::memory_order_acquire;
  // D2 -> D1
  std::memory_order unclaim = std::memory_order_release;
  // D3 -> D4: the object's last access to its domain happens before the domain's end.
  std::memory_order disposed = std::memory_order_release;
  // D4 <- D3
  std::memory_order disposed_read = std::memory_order_acquire;

  // G1 <- G2: some thread's G3 happens before this slot's first protection.
  std::memory_order protecting_look = std::memory_order_acquire;
  // G2 -> G1
  std::memory_order protecting_done = std::memory_order_release;
  // G3 =  G4, I1: a heavy fence between the notice that this domain protects and the first protection.
  std::memory_order protecting_heavy = std::memory_order_seq_cst;
  // G4 =  G3, I1: a light fence between the unpublishing and the load of that notice.
  std::memory_order protecting_light = std::memory_order_seq_cst;

  // --- slots that belong to CPUs (per_cpu.hpp)

  // S1 <- S4, -> R1 R2, I1 I2: by compare-and-swap. The last claimant's uses happen before what follows a load of this.
  std::memory_order cpu_claim = std::memory_order_acq_rel;
  // S2 <- S4, I2: by a restartable sequence, its load. A plain store ends the release sequence of S4, so this load
  // acquires.
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

  // --- memory that is allocated while other threads read

  // K1 -> K2: the initialisation of a chunk of slots happens before its use.
  std::memory_order chunk_push = std::memory_order_release;
  // K2 <- K1
  std::memory_order chunk_look = std::memory_order_acquire;

  // K3 -> K4: the same for parts for each CPU, and tables for scans.
  std::memory_order part_push = std::memory_order_release;
  // K4 <- K3
  std::memory_order part_look = std::memory_order_acquire;

  // --- memory for code (code_space.hpp)

  // B1 <- B2, I2: all uses of this memory's former contents happen before the next write there.
  std::memory_order block_look = std::memory_order_acquire;
  // B2 -> B1
  std::memory_order block_give_back = std::memory_order_release;
  // B3 <- B4: the thread that clears the mark finds the memory that was given back.
  std::memory_order block_unmark = std::memory_order_acquire;
  // B4 -> B3
  std::memory_order block_mark = std::memory_order_release;

  // A1 -> A2, I2: every use of a block that waits for its observers happens before they are notified.
  std::memory_order untold_push = std::memory_order_release;
  // A2 <- A1, -> A3 and itself: before a thread takes the list, it announces that it notifies.
  std::memory_order untold_take = std::memory_order_acq_rel;
  // A3 <- A2: a thread that finds no list sees that announcement.
  std::memory_order untold_look = std::memory_order_acquire;
  // A4 -> A5: the memory of the notified blocks is given back before the announcement ends.
  std::memory_order told = std::memory_order_release;
  // A5 <- A4: a thread that finds no announcement finds that memory.
  std::memory_order told_look = std::memory_order_acquire;

  // --- one system call for concurrent heavy fences (detail/fence/coalescer.hpp)

  // F1 -> F2: a caller's arrival happens before the barrier that serves it.
  std::memory_order fence_arrive = std::memory_order_release;
  // F2 <- F1
  std::memory_order fence_gather = std::memory_order_acquire;
  // F3 <- F5: there is one leader at a time.
  std::memory_order fence_lead = std::memory_order_acquire;
  // F5 -> F3
  std::memory_order fence_unlead = std::memory_order_release;
  // F4 -> F6: the barrier happens before the return of every caller that it serves.
  std::memory_order fence_cover = std::memory_order_release;
  // F6 <- F4
  std::memory_order fence_served = std::memory_order_acquire;
};

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_ORDERS_HPP
