// SPDX-License-Identifier: BSL-1.0
//
// Is every order and every fence needed? One row for each acquire, each release and each fence of orders.hpp: it is
// weakened, and the scenario that the row names must fail. Or the row says why nothing can tell, and then every
// scenario must pass with it.
//
//   model_mutants            all rows; then, for those that are equivalent, all scenarios but the large ones
//   model_mutants --full     the large ones, too
//   model_mutants --members  the members of order_table that have a row, for lint.py
#include <cstdio>
#include <cstring>

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
  const char* reason;     // why it is equivalent
};

#define ORDER(name, weaker, killed_by) \
  { #name, &lazyref::order_table::name, weaker, fence_fault::none, killed_by, nullptr }
#define FENCE(name, fault, killed_by) \
  { #name, &lazyref::order_table::name, seq_cst, fence_fault::fault, killed_by, nullptr }
#define EQUIVALENT(name, weaker, reason) \
  { #name, &lazyref::order_table::name, weaker, fence_fault::none, nullptr, reason }

const row table[] = {
    ORDER(slot_set, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(slot_clear, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(worker_light, relaxed, "2 workers, 1 reclaimer, prompt"),
    ORDER(worker_light, acq_rel, "2 workers, 1 reclaimer, prompt"),
    FENCE(worker_light, light_after_next_load, "2 workers, 1 reclaimer, prompt"),
    EQUIVALENT(
        drain_take, relaxed,
        "the count of holds (C2, acq_rel) carries the order to the disposer; but in C++20 this acquire keeps the "
        "worker's subtraction after the reclaimer's addition, which only load buffering, not modelled here, could turn round"),
    ORDER(scan, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(carry_look, relaxed, "1 worker, 2 reclaimers, deferred"),
    ORDER(carry_swap, acquire, "1 worker, 2 reclaimers, deferred"),
    ORDER(carry_swap, release, "1 worker, 2 reclaimers, deferred"),
    ORDER(take_back, relaxed, "2 workers, 1 reclaimer, prompt"),
    ORDER(reclaimer_heavy, relaxed, "2 workers, 1 reclaimer, prompt"),
    ORDER(reclaimer_heavy, acq_rel, "2 workers, 1 reclaimer, prompt"),
    FENCE(reclaimer_heavy, heavy_is_ordinary, "2 workers, 1 reclaimer, prompt"),
    ORDER(users_drop, acquire, "1 worker, 2 reclaimers, deferred"),
    ORDER(users_drop, release, "1 worker, 2 reclaimers, deferred"),
    ORDER(holds_drop, acquire, "1 worker, 2 reclaimers, deferred"),
    ORDER(holds_drop, release, "1 worker, 2 reclaimers, deferred"),
    ORDER(claim, relaxed, "domain: passed on, deferred"),
    ORDER(unclaim, relaxed, "domain: passed on, deferred"),
    ORDER(disposed, relaxed, "domain: numbers"),
    ORDER(disposed_read, relaxed, "domain: numbers"),
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
  how.preemptions = s.preemptions;
  model_sync::orders = {};
  model_sync::orders.*r.which = r.weaker;
  return explore(how, s.run);
}

// The first scenario that fails, null if none does.
const scenario* killer(const row& r, bool full, report& found) {
  for (const scenario& s : all) {
    if (s.failure != nullptr || (s.large && !full)) continue;
    found = run(r, s);
    if (!found.passed()) return &s;
  }
  return nullptr;
}

std::string change(const row& r) {
  const lazyref::order_table shipped{};
  if (r.fault == fence_fault::heavy_is_ordinary) return "heavy -> ordinary seq_cst fence";
  if (r.fault == fence_fault::light_after_next_load) return "light fence -> after the next load";
  return std::string(text(shipped.*r.which)) + " -> " + text(r.weaker);
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
      for (const scenario& s : all) {
        if (std::strcmp(s.name, r.killed_by) == 0) found = run(r, s), by = &s;
      }
      if (by != nullptr && found.passed()) by = nullptr;
    } else {
      by = killer(r, mode == "--full", found);
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
      by = killer(r, false, found);
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
