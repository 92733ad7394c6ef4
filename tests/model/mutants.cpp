// SPDX-License-Identifier: BSL-1.0
//
// Is every order and every fence needed? One row for each acquire, each release and each fence of orders.hpp: it is
// weakened, and the scenario that the row names must fail. Or the row says why nothing can tell, and then every
// scenario must pass with it.
//
//   model_mutants            all rows; for equivalent ones, the small scenarios of the part that they belong to
//   model_mutants --full     for those, all scenarios
//   model_mutants --members  the members of order_table that have a row, for lint.py
#include <cstdio>
#include <cstring>

#include "fixtures.hpp"
#include "scenarios.hpp"

using namespace model;
using namespace model::scenarios;

namespace {

constexpr auto acq_rel = std::memory_order_acq_rel;
using member = std::memory_order lazyref::order_table::*;

struct row {
  const char* name;  // of the member
  member which;
  std::memory_order weaker;
  fence_fault fault;
  const char* killed_by;  // the scenario; null: equivalent
  const char* where;      // equivalent: how the names of the scenarios begin that the order has to do with
  const char* reason;     // and why nothing can tell
  bool marked = false;    // in slots that are marked: the fence of the slow paths
};

#define ORDER(name, weaker, killed_by) \
  { #name, &lazyref::order_table::name, weaker, fence_fault::none, killed_by, nullptr, nullptr }
#define MARKED(name, weaker, killed_by) \
  { #name, &lazyref::order_table::name, weaker, fence_fault::none, killed_by, nullptr, nullptr, true }
#define FENCE(name, fault, killed_by) \
  { #name, &lazyref::order_table::name, seq_cst, fence_fault::fault, killed_by, nullptr, nullptr }
#define EQUIVALENT(name, weaker, where, reason) \
  { #name, &lazyref::order_table::name, weaker, fence_fault::none, nullptr, where, reason }

const row table[] = {
    ORDER(slot_set, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(slot_clear, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(worker_light, relaxed, "2 workers, 1 reclaimer, prompt"),
    ORDER(worker_light, acq_rel, "2 workers, 1 reclaimer, prompt"),
    FENCE(worker_light, light_after_next_load, "2 workers, 1 reclaimer, prompt"),
    MARKED(worker_light, relaxed, "domain: handoff, prompt"),
    MARKED(worker_light, acq_rel, "park: and resume, prompt"),
    EQUIVALENT(
        drain_take, relaxed, "",
        "the count of holds (C2, acq_rel) carries the order to the disposer; but in C++20 this acquire keeps the "
        "worker's subtraction after the reclaimer's addition, which only load buffering, not modelled here, could turn "
        "round"),
    ORDER(slot_park, relaxed, "park: polled, deferred"),
    ORDER(slot_unpark, relaxed, "park: polled, prompt"),
    ORDER(slot_restore, relaxed, "temporary: the other one goes, deferred"),
    ORDER(protect_set, relaxed, "protect: one after the other, deferred"),
    ORDER(protect_light, relaxed, "protect: once, deferred"),
    ORDER(protect_light, acq_rel, "protect: once, deferred"),
    FENCE(protect_light, light_after_next_load, "protect: once, deferred"),
    MARKED(protect_light, relaxed, "protect: once, deferred"),
    MARKED(protect_light, acq_rel, "protect: looked at again, deferred"),
    ORDER(protect_check, relaxed, "protect: once, deferred"),
    ORDER(scan, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(carry_look, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(carry_swap, acquire, "1 worker, 2 reclaimers, deferred"),
    ORDER(carry_swap, release, "1 worker, 2 reclaimers, deferred"),
    ORDER(take_back, relaxed, "2 workers, 1 reclaimer, prompt"),
    ORDER(reclaimer_heavy, relaxed, "2 workers, 1 reclaimer, prompt"),
    ORDER(reclaimer_heavy, acq_rel, "2 workers, 1 reclaimer, prompt"),
    FENCE(reclaimer_heavy, heavy_is_ordinary, "2 workers, 1 reclaimer, prompt"),
    ORDER(unpublish_heavy, relaxed, "protect: once, deferred"),
    ORDER(unpublish_heavy, acq_rel, "protect: once, deferred"),
    FENCE(unpublish_heavy, heavy_is_ordinary, "protect: once, deferred"),
    ORDER(take_parked, relaxed, "park: twice, deferred"),
    ORDER(retire_push, relaxed, "retired list: 1 flush"),
    ORDER(retire_take, relaxed, "retired list: 1 flush"),
    EQUIVALENT(retire_count, relaxed, "retired list",
               "here: a number that is read before the object is in the list is load buffering (a cycle of "
               "sequenced-before and reads-from), which this checker cannot show"),
    EQUIVALENT(retire_uncount, release, "retired list", "as retire_count"),
    ORDER(retire_uncount, acquire, "retired list: nothing waits"),
    ORDER(retire_done, relaxed, "retired list: nothing waits"),
    ORDER(retire_size, relaxed, "retired list: nothing waits"),
    ORDER(table_give, relaxed, "retired list: tables"),
    ORDER(table_take, relaxed, "retired list: tables"),
    ORDER(users_drop, acquire, "1 worker, 2 reclaimers, deferred"),
    ORDER(users_drop, release, "1 worker, 2 reclaimers, deferred"),
    ORDER(holds_drop, acquire, "1 worker, 2 reclaimers, deferred"),
    ORDER(holds_drop, release, "1 worker, 2 reclaimers, deferred"),
    ORDER(users_look, relaxed, "cell: loaded, deferred"),
    ORDER(cell_exchange, acquire, "cell: loaded, deferred"),
    ORDER(cell_exchange, release, "cell: exchanged by two"),
    ORDER(holds_sole, relaxed, "domain: retired, deferred"),
    ORDER(claim, relaxed, "domain: passed on, deferred"),
    ORDER(unclaim, relaxed, "domain: passed on, deferred"),
    ORDER(disposed, relaxed, "domain: numbers"),
    ORDER(disposed_read, relaxed, "domain: numbers"),
    ORDER(disposed, relaxed, "code: a pool ends, 1 block"),
    ORDER(disposed_read, relaxed, "code: a pool ends, 1 block"),
    EQUIVALENT(
        protecting_look, relaxed, "domain",
        "the heavy fence before G2 (G3) is a release fence, and the light fence of the protection that follows (P2) an "
        "acquire fence: the two synchronise through what G1 reads"),
    EQUIVALENT(protecting_done, relaxed, "domain",
               "the heavy fence before it (G3) is a release fence, so G1 synchronises with that"),
    ORDER(protecting_heavy, relaxed, "domain: first protection, deferred"),
    ORDER(protecting_heavy, acq_rel, "domain: first protection, deferred"),
    FENCE(protecting_heavy, heavy_is_ordinary, "domain: first protection, deferred"),
    ORDER(protecting_light, relaxed, "domain: first protection, deferred"),
    ORDER(protecting_light, acq_rel, "domain: first protection, deferred"),
    FENCE(protecting_light, light_after_next_load, "domain: first protection, deferred"),
    ORDER(cpu_claim, release, "CPU: 2 on 1, swap, deferred"),
    EQUIVALENT(
        cpu_claim, acquire, "CPU",
        "a claim directly follows the release (S4) of the claim before, and as a read-modify-write continues its "
        "release sequence; what that claim took over from those before it, S4 hands on"),
    ORDER(rseq_look, relaxed, "CPU: 2 on 1, rseq, deferred"),
    ORDER(rseq_set, relaxed, "CPU: one after the other, rseq, deferred"),
    ORDER(cpu_release, relaxed, "CPU: 2 on 1, swap, deferred"),
    ORDER(cpu_light, relaxed, "CPU: 2 CPUs, swap, prompt"),
    ORDER(cpu_light, acq_rel, "CPU: 2 CPUs, swap, prompt"),
    FENCE(cpu_light, light_after_next_load, "CPU: 2 CPUs, swap, prompt"),
    MARKED(cpu_light, relaxed, "CPU: 2 CPUs, swap, prompt"),
    MARKED(cpu_light, acq_rel, "CPU: 2 CPUs, rseq, prompt"),
    ORDER(cpu_protect_set, relaxed, "CPU: overflow again, swap, deferred"),
    ORDER(cpu_protect_light, relaxed, "CPU: protection, rseq, deferred"),
    ORDER(cpu_protect_light, acq_rel, "CPU: protection, rseq, deferred"),
    FENCE(cpu_protect_light, light_after_next_load, "CPU: protection, rseq, deferred"),
    MARKED(cpu_protect_light, relaxed, "CPU: protection, rseq, deferred"),
    MARKED(cpu_protect_light, acq_rel, "CPU: protection, rseq, deferred"),
    ORDER(cpu_protect_check, relaxed, "CPU: protection of another, rseq, deferred"),
    ORDER(chunk_push, relaxed, "hazard: the first chunk"),
    ORDER(chunk_look, relaxed, "hazard: the first chunk"),
    ORDER(part_push, relaxed, "retired list: parts come"),
    ORDER(part_look, relaxed, "retired list: parts come"),
    ORDER(block_look, relaxed, "code: 2 give back"),
    ORDER(block_give_back, relaxed, "code: 2 give back"),
    ORDER(untold_push, relaxed, "code: told by the drafter, deferred"),
    ORDER(untold_take, acquire, "code: told by another"),
    ORDER(untold_take, release, "code: told of two"),
    ORDER(untold_look, relaxed, "code: told by another"),
    ORDER(told, relaxed, "code: told by another"),
    ORDER(told_look, relaxed, "code: told by another"),
    ORDER(block_unmark, relaxed, "code: given back and known"),
    ORDER(block_mark, relaxed, "code: given back and known"),
    ORDER(fence_arrive, relaxed, "coalescer: served by another"),
    ORDER(fence_gather, relaxed, "coalescer: served by another"),
    ORDER(fence_lead, relaxed, "coalescer: one leader"),
    ORDER(fence_unlead, relaxed, "coalescer: one leader"),
    ORDER(fence_cover, relaxed, "coalescer: served by another"),
    ORDER(fence_served, relaxed, "coalescer: served by another"),
};

report run(const row& r, const scenario& s) {
  options how;
  how.fault = r.fault;
  how.symmetric = how.marked = r.marked;
  how.preemptions = s.preemptions;
  model_sync::orders = {};
  model_sync::orders.*r.which = r.weaker;
  return explore(how, s.run);
}

// The first scenario that fails, null if none does.
const scenario* killer(const row& r, const char* where, bool full, report& found) {
  for (const scenario& s : all_scenarios) {
    if (s.failure != nullptr) continue;
    if (!full && (s.large || std::strncmp(s.name, where, std::strlen(where)) != 0)) continue;
    found = run(r, s);
    if (!found.passed()) return &s;
  }
  return nullptr;
}

std::string change(const row& r) {
  const lazyref::order_table shipped{};
  if (r.fault == fence_fault::heavy_is_ordinary) return "heavy -> ordinary seq_cst fence";
  if (r.fault == fence_fault::light_after_next_load) return "light fence -> after the next load";
  return std::string(text(shipped.*r.which)) + " -> " + text(r.weaker) + (r.marked ? ", marked" : "");
}

}  // namespace

int main(int argc, char** argv) {
  lazyref::set_fatal_handler([](const char* message, int) noexcept { fail(message); });
  const std::string mode = argc > 1 ? argv[1] : "";
  unsigned killed = 0, equivalent = 0, survived = 0;
  for (const row& r : table) {
    if (mode == "--members") {
      std::printf("%s\n", r.name);
      continue;
    }
    report found;
    const scenario* by = nullptr;
    if (r.killed_by != nullptr) {
      for (const scenario& s : all_scenarios) {
        if (std::strcmp(s.name, r.killed_by) == 0) found = run(r, s), by = &s;
      }
      if (by != nullptr && found.passed()) by = nullptr;
    } else {
      by = killer(r, r.where, mode == "--full", found);
    }
    const bool as_said = (by != nullptr) == (r.killed_by != nullptr);
    const char* const verdict = !as_said        ? (by != nullptr ? "WRONG: killed" : "SURVIVED")
                                : by != nullptr ? "killed"
                                                : "equivalent";
    std::printf("%-10s %-16s %-34s %s", verdict, r.name, change(r).c_str(),
                by != nullptr         ? by->name
                : r.reason != nullptr ? r.reason
                                      : "");
    if (by != nullptr) std::printf(", execution %zu: %s", found.executions, found.failure.c_str());
    std::printf("\n");
    if (!as_said && r.killed_by != nullptr) {
      by = killer(r, "", false, found);
      std::printf("           %s\n",
                  by != nullptr ? (std::string("but killed by: ") + by->name).c_str() : "no scenario kills it");
    }
    std::fflush(stdout);
    if (!as_said)
      ++survived;
    else if (by != nullptr)
      ++killed;
    else
      ++equivalent;
  }
  if (mode == "--members") return 0;
  std::printf("mutants: %u killed, %u equivalent, %u survived\n", killed, equivalent, survived);
  return survived == 0 ? 0 : 1;
}
