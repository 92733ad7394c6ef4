// SPDX-License-Identifier: BSL-1.0
//
// What the real headers must get right under every execution, as small as it can be and still lose an order. What each
// scenario requires, apart from what the engine requires of everything (no race, no use after free, no double free, no
// leak):
//
//   each object is disposed of once (a second time is a double free, never is a leak);
//   when all is quiet, prompt has left nothing behind, and deferred at most one object per slot, which the next move
//   gives up.
#pragma once

#include "scenarios_code.hpp"
#include "scenarios_decision.hpp"
#include "scenarios_disposers.hpp"
#include "scenarios_handoff.hpp"
#include "scenarios_park.hpp"
#include "scenarios_per_cpu.hpp"
#include "scenarios_protect.hpp"

namespace model::scenarios {

struct scenario {
  const char* name;
  std::size_t asymmetric, symmetric;  // executions
  void (*run)();
  const char* failure = nullptr;                    // what a case that must fail fails with
  void (*change)(lazyref::order_table&) = nullptr;  // what is wrong in it
  int preemptions = -1;                             // more of them are not seen
  bool large = false;
  bool asymmetric_only = false;
};
// With so many preemptions.
constexpr scenario at_most(int preemptions, scenario s) {
  s.preemptions = preemptions;
  return s;
}
// Takes many seconds: mutants.cpp leaves it out.
constexpr scenario large(scenario s) {
  s.large = true;
  return s;
}
// The portable mode would not fail, or be the same.
constexpr scenario asymmetric_only(scenario s) {
  s.asymmetric_only = true;
  return s;
}

using prompt = real<reclaim::prompt>;
using deferred = real<reclaim::deferred>;
inline constexpr auto handoff = policy::handoff;

inline const scenario all[] = {
    {"1 worker, 2 reclaimers, deferred", 466, 466, one_worker_two_reclaimers<deferred>},
    large({"1 worker, 2 reclaimers, prompt", 1909439, 1908431, one_worker_two_reclaimers<prompt>}),
    {"from one to the next, deferred", 358, 358, from_one_to_the_next<deferred>},
    large({"from one to the next, prompt", 1254294, 1253466, from_one_to_the_next<prompt>}),
    {"2 workers, 1 reclaimer, deferred", 252, 252, two_workers_one_reclaimer<deferred>},
    large({"2 workers, 1 reclaimer, prompt", 209399, 229183, two_workers_one_reclaimer<prompt>}),
    {"2 workers, 2 rounds, deferred", 328, 328, two_workers_two_rounds<deferred>},
    {"2 workers, 2 rounds, prompt", 7090, 16912, two_workers_two_rounds<prompt>},
    {"2 workers, 2 rounds, 1 reclaimer, deferred", 55340, 55340, two_workers_two_rounds<deferred, true>},
    large(
        at_most(2, {"2 workers, 2 rounds, 1 reclaimer, prompt", 121441, 40331, two_workers_two_rounds<prompt, true>})),
    {"reused address, 1 reclaimer, prompt", 10145, 10145, reused_address_one_reclaimer<prompt>},
    {"reused address, 2 reclaimers, deferred", 32782, 32782, reused_address<deferred>},
    large(at_most(2, {"reused address, 2 reclaimers, prompt", 580753, 580259, reused_address<prompt>})),
    {"the same object again, deferred", 160, 160, again<deferred>},
    {"the same object again, prompt", 2809, 2793, again<prompt>},
    {"polled, deferred", 352, 352, polled<deferred>},
    {"polled, prompt", 6429, 6413, polled<prompt>},
    {"collected meanwhile, deferred", 111, 111, collected<deferred>},
    {"collected meanwhile, prompt", 14387, 14387, collected<prompt>},
    {"written by the worker, deferred", 68, 68, written_by_the_worker<deferred>},
    {"written by the worker, prompt", 3789, 3789, written_by_the_worker<prompt>},

    {"domain: handoff, deferred", 273, 469, domain_handoff<handoff, reclaim::deferred, candidates::all>},
    {"domain: handoff, prompt", 8407, 6790, domain_handoff<handoff, reclaim::prompt, candidates::all>},
    {"domain: handoff, prompt, tracked", 6494, 6494, domain_handoff<handoff, reclaim::prompt, candidates::tracked>},
    {"domain: refcounted", 6, 6, domain_handoff<policy::refcounted, reclaim::deferred, candidates::all>},
    {"domain: passed on, deferred", 95, 95, passed_on<handoff, reclaim::deferred, candidates::all>},
    {"domain: passed on, prompt", 275, 293, passed_on<handoff, reclaim::prompt, candidates::all>},
    {"domain: two on one, deferred, tracked", 1776, 1776, two_on_one<handoff, reclaim::deferred, candidates::tracked>},
    {"domain: two on one, prompt, tracked", 9026, 20760, two_on_one<handoff, reclaim::prompt, candidates::tracked>},
    {"domain: last of three users", 1680, 1680, last_of_three},
    {"domain: numbers", 5, 5, numbers},
    {"domain: end", 7, 7, domain_end},

    {"numbers: come back", 176, 176, taken_and_come_back<lazyref::detail::index_stack<model_sync>>},
    {"numbers: 3 takers", 278540, 278540, taken_by_three<lazyref::detail::index_stack<model_sync>>},
    {"coalescer: 2 callers, 1 turn", 2532, 2532, coalesced<1>},
    {"coalescer: 2 callers, 2 turns", 2220, 2220, coalesced<2>},
    {"coalescer: one leader", 240, 240, one_leader},
    {"coalescer: served by another", 348, 348, served_by_another},

    {"park: and resume, deferred", 44, 44, parked<deferred>},
    {"park: and resume, prompt", 1308, 1308, parked<prompt>},
    {"park: twice, deferred", 44, 44, parked_twice<deferred>},
    {"park: twice, prompt", 4827, 4827, parked_twice<prompt>},
    {"park: polled, deferred", 12, 12, polled_while_parked<deferred>},
    {"park: polled, prompt", 148, 148, polled_while_parked<prompt>},
    {"park: asleep, deferred", 2, 2, asleep<deferred>},
    {"park: asleep, prompt", 2, 2, asleep<prompt>},
    {"park: 2 reclaimers, deferred", 3211, 3211, parked_two_reclaimers<deferred>},
    at_most(2, {"park: 2 reclaimers, prompt", 84140, 84095, parked_two_reclaimers<prompt>}),
    {"park: reused address, deferred", 813, 813, parked_reused_address<deferred>},
    large(at_most(3, {"park: reused address, prompt", 569880, 569880, parked_reused_address<prompt>})),
    large(at_most(2, {"park: reused address, 2 reclaimers, deferred", 736291, 736291,
                      parked_reused_address_two_reclaimers<deferred>})),

    {"temporary: both go, deferred", 4006, 4006, temporary<reclaim::deferred, false, 1>},
    large({"temporary: both go, prompt", 312647, 312200, temporary<reclaim::prompt, false, 1>}),
    large({"temporary: both go, one parked, deferred", 186461, 186461, temporary<reclaim::deferred, true, 1>}),
    large({"temporary: both go, one parked, prompt", 77474, 82765, temporary<reclaim::prompt, true, 1>}),
    large(at_most(2, {"temporary: 2 reclaimers, deferred", 234986, 165111, temporary<reclaim::deferred, false, 2>})),
    large(at_most(2, {"temporary: 2 reclaimers, prompt", 267900, 21382, temporary<reclaim::prompt, false, 2>})),
    {"temporary: the previous one goes, deferred", 150, 150, temporary_previous<reclaim::deferred, false>},
    {"temporary: the previous one goes, prompt", 11493, 12266, temporary_previous<reclaim::prompt, false>},
    {"temporary: the parked one goes, deferred", 6228, 6228, temporary_previous<reclaim::deferred, true>},
    {"temporary: the parked one goes, prompt", 1489, 2021, temporary_previous<reclaim::prompt, true>},
    {"temporary: the other one goes, deferred", 64, 64, temporary_other<reclaim::deferred>},
    {"temporary: the other one goes, prompt", 1103, 1085, temporary_other<reclaim::prompt>},
    {"temporary: parked between two, deferred", 2752, 2752, temporary_parked_after<reclaim::deferred>},
    at_most(2, {"temporary: parked between two, prompt", 38597, 7400, temporary_parked_after<reclaim::prompt>}),

    {"protect: once, deferred", 162, 162, protected_once<deferred>},
    {"protect: once, prompt", 1951, 1951, protected_once<prompt>},
    large({"protect: twice, deferred", 265602, 265602, protected_twice<deferred>}),
    large(at_most(3, {"protect: twice, prompt", 89774, 89774, protected_twice<prompt>})),
    {"protect: one after the other, deferred", 118254, 118254, protected_one_after_the_other<deferred>},
    at_most(3, {"protect: one after the other, prompt", 52441, 52441, protected_one_after_the_other<prompt>}),
    large({"protect: 2 replacers, deferred", 262311, 262311, protected_two_replacers<deferred>}),
    large(at_most(3, {"protect: 2 replacers, prompt", 133139, 133139, protected_two_replacers<prompt>})),
    {"protect: 2 workers, deferred", 12675, 46011, two_protect<deferred>},
    large(at_most(3, {"protect: 2 workers, prompt", 489822, 466604, two_protect<prompt>})),
    {"protect: tried, deferred", 9868, 9868, tried<deferred>},
    large({"protect: tried, prompt", 537317, 537317, tried<prompt>}),
    {"protect: looked at again, deferred", 103, 103, looked_again<deferred>},
    {"protect: looked at again, prompt", 710, 710, looked_again<prompt>},
    {"protect: and park, deferred", 342, 342, protected_and_parked<deferred>},
    {"protect: and park, prompt", 13860, 13860, protected_and_parked<prompt>},
    {"protect: group, deferred", 3814, 3814, protected_group<deferred>},
    {"protect: group, prompt", 61604, 61604, protected_group<prompt>},

    {"domain: first protection, deferred", 187, 210, first_protection<reclaim::deferred>},
    {"domain: first protection, prompt", 1883, 2148, first_protection<reclaim::prompt>},
    large({"domain: second protection, deferred", 76549, 156759, second_protection<reclaim::deferred>}),
    large(at_most(2, {"domain: second protection, prompt", 138013, 90730, second_protection<reclaim::prompt>})),
    {"domain: grows", 148, 178, domain_grows<false>},
    large(at_most(1, {"domain: grows, 2 workers", 24208, 24208, domain_grows<true>})),
    {"domain: protection in a new slot, deferred", 4017, 4530, retired<reclaim::deferred, true>},
    {"domain: protection in a new slot, prompt", 51165, 58005, retired<reclaim::prompt, true>},
    {"domain: retired, deferred", 1245, 1386, retired<reclaim::deferred>},
    {"domain: retired, prompt", 16959, 19215, retired<reclaim::prompt>},
    {"domain: flushed by another, deferred", 206116, 229652, flushed_by_another<reclaim::deferred>},
    large(at_most(2, {"domain: flushed by another, prompt", 732230, 462106, flushed_by_another<reclaim::prompt>})),
    {"domain: counted by flushes", 15512, 15512, counted_by_flushes<false>},
    {"MUST FAIL: a look at slots, then at what waits", 259, 259, counted_by_flushes<true>,
     "does not find what a slot is on"},
    {"copied, deferred", 1768, 1768, copied<real<reclaim::deferred>, true>},
    {"copied, prompt", 50389, 45501, copied<real<reclaim::prompt>, true>},
    {"copied over another, deferred", 9071, 9071, copied_over_another<real<reclaim::deferred>>},
    {"copied over another, prompt", 685567, 637811, copied_over_another<real<reclaim::prompt>>},
    {"MUST FAIL: a protection copied without a hold", 82, 82, copied<real<reclaim::deferred>, false>, "use after free"},
    {"nested, deferred", 64, 83, nested<reclaim::deferred, 2, false>},
    {"nested, prompt", 718, 1062, nested<reclaim::prompt, 2, false>},
    {"nested over a parked one, deferred", 221, 273, nested<reclaim::deferred, 2, true>},
    {"nested over a parked one, prompt", 1186, 1334, nested<reclaim::prompt, 2, true>},
    {"nested in the same slot, deferred", 214, 238, nested<reclaim::deferred, 1, false>},
    {"nested in the same slot, prompt", 13911, 14011, nested<reclaim::prompt, 1, false>},
    {"nested in the same slot over a parked one, deferred", 6258, 6598, nested<reclaim::deferred, 1, true>},
    {"nested in the same slot over a parked one, prompt", 43, 55, nested<reclaim::prompt, 1, true>},
    {"nested twice, deferred", 1377, 1276, nested_twice<reclaim::deferred, 2>},
    {"nested twice, prompt", 31873, 32056, nested_twice<reclaim::prompt, 2>},
    {"nested twice in the same slot, deferred", 33156, 21163, nested_twice<reclaim::deferred, 1>},
    {"domain: retired by one of two", 5, 5, retired_by_one_of_two},
    {"promoted, deferred", 235, 236, promoted<reclaim::deferred>},
    {"promoted, prompt", 2231, 2326, promoted<reclaim::prompt>},
    {"promoted by two", 1416, 1416, promoted_by_two},
    {"promoted while retired", 30, 30, promoted_while_retired},
    {"MUST FAIL: the end of a count is a mark", 3, 3, count_with_a_mark, "does not exist"},
    {"cell: loaded, deferred", 1830, 1365, cell_loaded<reclaim::deferred>},
    {"cell: loaded, prompt", 26144, 17669, cell_loaded<reclaim::prompt>},
    {"cell: loaded while retired", 130, 130, cell_loaded<reclaim::deferred, true>},
    {"cell: exchanged by two", 2, 2, cell_exchanged_by_two<false>},
    {"cell: compared and exchanged by two", 2, 2, cell_exchanged_by_two<true>},
    {"retired list: 1 flush", 12850, 12850, retired_list<1, 1>},
    asymmetric_only(large(at_most(2, {"retired list: 2 flushes", 4196850, 4196850, retired_list<2, 1>}))),
    {"retired list: 1 flush, 2 parts", 27096, 27096, retired_list<1, 2>},
    {"retired list: few wait", 1272, 1272, retired_list_bound<0, 1, 1>},
    asymmetric_only(
        large(at_most(2, {"retired list: few of more wait", 2059621, 2059621, retired_list_bound<0, 2, 1>}))),
    asymmetric_only(
        large(at_most(1, {"retired list: disposers retire", 1228182, 1228182, retired_list_bound<1, 2, 1>}))),
    asymmetric_only(
        large(at_most(3, {"retired list: a disposer retires", 493306, 493306, retired_list_bound<1, 1, 1>}))),
    {"retired list: few bytes wait", 4134, 4134, retired_list_bytes},
    {"retired list: nothing waits", 22, 22, retired_list_is_empty},
    large({"retired list: parts come", 45372, 45372, retired_list_spreads}),
    {"retired list: tables", 4, 4, scan_tables},

    {"CPU: 2 on 1, swap, deferred", 1428, 1428, per_cpu_two_on_one<reclaim::deferred, by::swap>},
    {"CPU: 2 on 1, swap, prompt", 55010, 66272, per_cpu_two_on_one<reclaim::prompt, by::swap>},
    {"CPU: 2 on 1, rseq, deferred", 1022, 1022, per_cpu_two_on_one<reclaim::deferred, by::rseq>},
    {"CPU: 2 on 1, rseq, prompt", 41754, 50878, per_cpu_two_on_one<reclaim::prompt, by::rseq>},
    {"CPU: 2 on 1, interrupted, deferred", 4356, 4356, per_cpu_two_on_one<reclaim::deferred, by::interrupted_rseq>},
    {"CPU: beyond, rseq, deferred", 24, 24, per_cpu_beyond<reclaim::deferred, by::rseq>},
    {"CPU: beyond, rseq, prompt", 90, 105, per_cpu_beyond<reclaim::prompt, by::rseq>},
    {"CPU: one after the other, swap, deferred", 1909, 1909, per_cpu_one_after_the_other<reclaim::deferred, by::swap>},
    large({"CPU: one after the other, swap, prompt", 240748, 135803,
           per_cpu_one_after_the_other<reclaim::prompt, by::swap>}),
    {"CPU: one after the other, rseq, deferred", 1733, 1733, per_cpu_one_after_the_other<reclaim::deferred, by::rseq>},
    large({"CPU: one after the other, rseq, prompt", 228735, 121793,
           per_cpu_one_after_the_other<reclaim::prompt, by::rseq>}),
    {"CPU: 2 CPUs, swap, deferred", 728, 728, per_cpu_two_cpus<reclaim::deferred, by::swap>},
    {"CPU: 2 CPUs, swap, prompt", 4372, 4928, per_cpu_two_cpus<reclaim::prompt, by::swap>},
    {"CPU: 2 CPUs, rseq, deferred", 556, 556, per_cpu_two_cpus<reclaim::deferred, by::rseq>},
    {"CPU: 2 CPUs, interrupted, deferred", 5532, 5532, per_cpu_two_cpus<reclaim::deferred, by::interrupted_rseq>},
    {"CPU: 2 CPUs, rseq, prompt", 3512, 4004, per_cpu_two_cpus<reclaim::prompt, by::rseq>},
    {"CPU: full, swap, deferred", 1705, 1705, per_cpu_full<reclaim::deferred, by::swap>},
    {"CPU: full, rseq, deferred", 813, 813, per_cpu_full<reclaim::deferred, by::rseq>},
    {"CPU: reused address, swap, deferred", 43082, 43832, per_cpu_reused_address<reclaim::deferred, by::swap>},
    large(at_most(
        3, {"CPU: reused address, swap, prompt", 741219, 470634, per_cpu_reused_address<reclaim::prompt, by::swap>})),
    {"CPU: reused address, rseq, deferred", 43610, 43974, per_cpu_reused_address<reclaim::deferred, by::rseq>},
    large(at_most(
        3, {"CPU: reused address, rseq, prompt", 549494, 398807, per_cpu_reused_address<reclaim::prompt, by::rseq>})),
    {"CPU: first protection, swap, deferred", 87, 87, per_cpu_first_protection<reclaim::deferred, by::swap>},
    {"CPU: first protection, rseq, prompt", 709, 711, per_cpu_first_protection<reclaim::prompt, by::rseq>},
    {"CPU: null, rseq, deferred", 36, 47, per_cpu_null<by::rseq>},
    {"CPU: protection, swap, deferred", 36, 47, per_cpu_protection<reclaim::deferred, by::swap, false>},
    {"CPU: protection, rseq, deferred", 36, 47, per_cpu_protection<reclaim::deferred, by::rseq, false>},
    {"CPU: protection, interrupted, deferred", 71, 93,
     per_cpu_protection<reclaim::deferred, by::interrupted_rseq, false>},
    {"CPU: protection, rseq, prompt", 341, 450, per_cpu_protection<reclaim::prompt, by::rseq, false>},
    {"CPU: protection of another, rseq, deferred", 69, 103, per_cpu_protection<reclaim::deferred, by::rseq, true>},
    {"CPU: protection of another, swap, prompt", 878, 1257, per_cpu_protection<reclaim::prompt, by::swap, true>},
    {"CPU: overflow, swap, deferred", 38, 49, per_cpu_overflow<reclaim::deferred, by::swap, false>},
    {"CPU: overflow, rseq, prompt", 343, 452, per_cpu_overflow<reclaim::prompt, by::rseq, false>},
    {"CPU: overflow again, swap, deferred", 131, 181, per_cpu_overflow_again<reclaim::deferred, by::swap>},
    large(at_most(
        1, {"CPU: 2 overflow, rseq, deferred", 17378, 16038, per_cpu_overflow<reclaim::deferred, by::rseq, true>})),
    {"CPU: protection and retire, rseq, deferred", 909, 1083,
     per_cpu_protection_and_retire<reclaim::deferred, by::rseq>},
    {"CPU: protection and retire, swap, prompt", 7008, 9174, per_cpu_protection_and_retire<reclaim::prompt, by::swap>},
    {"CPU: handed on, swap, deferred", 162, 162, per_cpu_handed_on<reclaim::deferred, by::swap>},
    {"CPU: handed on, rseq, deferred", 298, 298, per_cpu_handed_on<reclaim::deferred, by::rseq>},

    {"hazard: the first chunk", 41358, 41358, hazard_in_a_new_chunk<0>},
    {"hazard: a second chunk", 53433, 53433, hazard_in_a_new_chunk<2>},
    {"hazard: 2 claims", 270582, 327945, two_hazards},

    {"code: given back and taken", 2, 2, given_back_and_taken<1, 1, 0>},
    {"code: a run of 2", 2, 2, given_back_and_taken<2, 2, 0>},
    {"code: across a word border", 2, 2, given_back_and_taken<2, 2, before_border>},
    {"code: 1 of 2 across a word border", 2, 2, given_back_and_taken<2, 1, before_border>},
    {"code: 2 give back", 18, 18, given_back_by_two<0>},
    {"code: 2 give back across a word border", 10, 10, given_back_by_two<before_border>},
    {"code: 2 give back across a group border", 8, 8, given_back_by_two<before_group>},
    {"code: given back and known", 18, 18, given_back_and_known<0>},
    {"code: given back and known, 2 groups", 8, 8, given_back_and_known<before_group>},
    {"code: taken beside", 12, 12, taken_beside},
    {"code: taken in turns, 1 place", 84, 84, taken_in_turns<true, 1, 2>},
    {"code: taken in turns, 2 places", 3960, 3960, taken_in_turns<true, 2, 2>},
    large(at_most(1, {"code: recompiled, 1 piece, deferred", 30234, 22758, recompiled<reclaim::deferred, 1, 2>})),
    large(at_most(1, {"code: recompiled, 1 piece, prompt", 8820, 5526, recompiled<reclaim::prompt, 1, 2>})),
    large(at_most(2, {"code: recompiled, 1 block, deferred", 735327, 462399, recompiled<reclaim::deferred, 2, 1>})),
    large(at_most(2, {"code: recompiled, 1 block, prompt", 228267, 130941, recompiled<reclaim::prompt, 2, 1>})),
    large(at_most(1, {"code: recompiled, 2 blocks, deferred", 34338, 27006, recompiled<reclaim::deferred, 2, 2>})),
    large(at_most(1, {"code: recompiled, 2 blocks, prompt", 9102, 6534, recompiled<reclaim::prompt, 2, 2>})),
    {"code: looked up", 9, 9, looked_up<1>},
    {"code: a draft shrinks", 13, 13, shrunk<false>},
    {"code: a draft is given up", 37, 37, shrunk<true>},
    {"code: a pool ends, 1 block", 2, 2, pool_ends<1>},
    {"code: a pool ends, 2 blocks", 3, 3, pool_ends<2>},
    {"code: told by another", 265, 265, told_by_another},
    {"code: told by the drafter, deferred", 1434, 1434, told_by_drafter<reclaim::deferred>},
    {"code: told by the drafter, prompt", 6509, 6509, told_by_drafter<reclaim::prompt>},
    {"code: told of two", 11260, 11260, told_of_two},

    {"disposer: leaves, in activate, deferred", 125, 125, moved_in_activate<deferred, does::leave>},
    {"disposer: leaves, in activate, prompt", 1821, 1811, moved_in_activate<prompt, does::leave>},
    {"disposer: activates, in activate, deferred", 125, 125, moved_in_activate<deferred, does::activate_another>},
    {"disposer: activates, in activate, prompt", 1821, 1811, moved_in_activate<prompt, does::activate_another>},
    {"disposer: parks, in activate, deferred", 125, 125, moved_in_activate<deferred, does::park_another>},
    {"disposer: leaves, in poll, deferred", 625, 625, moved_in_poll<deferred, does::leave>},
    at_most(3, {"disposer: leaves, in poll, prompt", 12819, 12789, moved_in_poll<prompt, does::leave_and_poll>}),
    {"disposer: activates, in poll, deferred", 625, 625, moved_in_poll<deferred, does::activate_another>},
    {"disposer: activates, in park, deferred", 5398, 5398, moved_in_park<deferred, does::activate_another>},
    at_most(3, {"disposer: parks, in park, prompt", 141608, 141244, moved_in_park<prompt, does::park_another>}),
    {"disposer: leaves, in protect, deferred", 129704, 129704, moved_in_protect<deferred, does::leave>},
    at_most(3, {"disposer: leaves, in protect, prompt", 54080, 54080, moved_in_protect<prompt, does::leave>}),
    at_most(
        3, {"disposer: activates, in protect, prompt", 54333, 54333, moved_in_protect<prompt, does::activate_another>}),
    at_most(3, {"disposer: leaves, in try_protect, prompt", 46423, 46423, moved_in_try_protect<prompt, does::leave>}),
    {"disposer: activates, in try_protect, deferred", 73426, 73426,
     moved_in_try_protect<deferred, does::activate_another>},
    at_most(3,
            {"disposer: leaves, in protect_again, prompt", 42777, 42759, moved_in_protect_again<prompt, does::leave>}),
    {"disposer: activates, in protect_again, deferred", 59928, 59816,
     moved_in_protect_again<deferred, does::activate_another>},
    {"disposer: hands on, deferred", 59, 59, handed_on_in_a_disposer<deferred, true>},
    at_most(3, {"disposer: hands on, prompt", 8887, 8887, handed_on_in_a_disposer<prompt, true>}),

    {"fence: becomes free, by decision", 105865, 179732, becomes_free<true, spoilt::no>},
    {"fence: becomes free, for one unit", 7055, 8739, becomes_free<false, spoilt::no>},
    at_most(2, {"decided: protect, deferred", 424646, 343741,
                protected_while_it_is_decided<reclaim::deferred, lifts::who_should>}),
    at_most(2, {"decided: protect, prompt", 725316, 554920,
                protected_while_it_is_decided<reclaim::prompt, lifts::who_should>}),
    at_most(2, {"decided: leave", 76002, 69744, left_while_it_is_decided<lifts::who_should>}),
    at_most(2, {"decided: claim", 228939, 113359, claimed_while_it_is_decided}),

    {"MUST FAIL: activate that trusts its disposer", 42, 42, moved_in_activate<trusting, does::leave>,
     "use after free"},
    {"MUST FAIL: protect that trusts its disposer", 150, 150, moved_in_protect<trusting, does::leave>,
     "use after free"},
    {"MUST FAIL: a disposer hands on without a word", 325, 325, handed_on_in_a_disposer<deferred, false>, "data race"},
    {"MUST FAIL: given away in activate", 42, 42, given_away_in_activate, "destroyed the slot"},
    asymmetric_only({"MUST FAIL: becomes free without a second look", 52, 52,
                     becomes_free<true, spoilt::no_second_look>, "store buffering"}),
    {"MUST FAIL: numbers come back unnoticed", 63, 63, taken_and_come_back<untagged_stack>, "twice there"},
    asymmetric_only(large({"MUST FAIL: somebody else lifts the mark", 1972521, 1972521,
                           protected_while_it_is_decided<reclaim::deferred, lifts::everybody>, "use after free"})),
    asymmetric_only({"MUST FAIL: there is no mark", 1112, 1112,
                     protected_while_it_is_decided<reclaim::deferred, lifts::nobody_needs_to>, "use after free"}),
    asymmetric_only(
        {"MUST FAIL: becomes free without a barrier", 8, 8, becomes_free<true, spoilt::no_barrier>, "store buffering"}),
    {"MUST FAIL: the published steal", 2131, 2131, reused_address<published>, "use after free"},
    {"MUST FAIL: a relaxed slot set", 4, 4, from_one_to_the_next<deferred>, "data race",
     [](lazyref::order_table& t) { t.slot_set = relaxed; }},
    {"MUST FAIL: a drain that gives up what is active", 33, 33, polled<blind_drain>, "use after free"},
    {"MUST FAIL: prompt without the heavy fence", 4, 4, one_worker_two_reclaimers<prompt>,
     "prompt: an object is left behind", [](lazyref::order_table& t) { t.reclaimer_heavy = relaxed; }},
    {"MUST FAIL: a domain ends with a slot attached", 1, 1, domain_end_too_early,
     "destroyed while a lazy_slot of it is attached"},
    {"MUST FAIL: resume by a plain store", 38, 38, parked<plain_resume>, "use after free"},
    {"MUST FAIL: protect without a second look", 15, 15, protected_once<unvalidated>, "use after free"},
    {"MUST FAIL: protect, marked after the second look", 10, 10, protected_by_mark<false>, "use after free"},
    {"MUST FAIL: protect, marked before", 96, 96, protected_by_mark<true>, "use after free"},
    {"MUST FAIL: protect without the light fence", 43, 43, protected_once<deferred>, "use after free",
     [](lazyref::order_table& t) { t.protect_light = relaxed; }},
    {"MUST FAIL: protect without the heavy fence", 43, 43, protected_once<deferred>, "use after free",
     [](lazyref::order_table& t) { t.unpublish_heavy = relaxed; }},
    {"MUST FAIL: a CPU's slot drained by swap", 7414, 7414, per_cpu_drained_by_swap, "use after free"},
    {"MUST FAIL: a claim by rseq that reads relaxed", 1, 1, per_cpu_two_on_one<reclaim::deferred, by::rseq>,
     "data race", [](lazyref::order_table& t) { t.rseq_look = relaxed; }},
    {"MUST FAIL: code given back before its use is over", 1, 1, given_back_too_early, "data race"},
    {"MUST FAIL: code taken by two at one time", 4, 4, taken_in_turns<false, 1, 1>, "data race"},
    {"MUST FAIL: code looked up, beside a block that clears too much", 5, 5, looked_up<2>, "another block"},
    {"MUST FAIL: code returned into", 1, 1, returned_into, "data race"},
    {"MUST FAIL: code in another's hand that nobody counts", 7, 7, told_by_another, "no room",
     [](lazyref::order_table& t) { t.told_look = relaxed; }},
    {"MUST FAIL: code reused without the heavy fence", 19, 19, recompiled<reclaim::deferred, 1, 2>, "data race",
     [](lazyref::order_table& t) { t.unpublish_heavy = t.protecting_light = relaxed; }},
};

// Executions where full fences stand on both sides, and slots stay marked: the workers' slow paths. (The others would take
// too long.)
struct marked_run {
  const char* name;
  std::size_t executions;
};
inline const marked_run marked[] = {
    {"copied, prompt", 149335},
    {"nested, prompt", 2051},
    {"nested in the same slot, prompt", 34647},
    {"2 workers, 2 rounds, prompt", 100720},
    {"2 workers, 2 rounds, 1 reclaimer, prompt", 102164},
    {"reused address, 1 reclaimer, prompt", 39201},
    {"the same object again, prompt", 15088},
    {"polled, prompt", 28497},
    {"collected meanwhile, prompt", 35994},
    {"written by the worker, prompt", 9257},
    {"domain: handoff, prompt", 20553},
    {"domain: handoff, prompt, tracked", 16844},
    {"domain: passed on, prompt", 626},
    {"domain: two on one, prompt, tracked", 50260},
    {"park: and resume, prompt", 5474},
    {"park: twice, prompt", 19799},
    {"park: polled, prompt", 384},
    {"park: 2 reclaimers, prompt", 134993},
    {"temporary: 2 reclaimers, prompt", 45833},
    {"temporary: the previous one goes, prompt", 26096},
    {"temporary: the parked one goes, prompt", 8481},
    {"temporary: the other one goes, prompt", 1637},
    {"temporary: parked between two, prompt", 9751},
    {"protect: once, deferred", 326},
    {"protect: once, prompt", 6729},
    {"protect: one after the other, prompt", 205056},
    {"protect: 2 workers, deferred", 143282},
    {"protect: tried, deferred", 49248},
    {"protect: looked at again, deferred", 117},
    {"protect: looked at again, prompt", 1495},
    {"protect: and park, deferred", 592},
    {"protect: and park, prompt", 55305},
    {"protect: group, deferred", 12792},
    {"domain: first protection, deferred", 346},
    {"domain: first protection, prompt", 6431},
    {"domain: protection in a new slot, deferred", 7374},
    {"domain: protection in a new slot, prompt", 167427},
    {"domain: retired, deferred", 2316},
    {"domain: retired, prompt", 55677},
    {"domain: flushed by another, deferred", 383208},
    {"domain: flushed by another, prompt", 826166},
    {"CPU: 2 on 1, swap, prompt", 198866},
    {"CPU: 2 CPUs, swap, prompt", 8878},
    {"CPU: 2 CPUs, rseq, prompt", 7272},
    {"CPU: protection, rseq, deferred", 62},
    {"CPU: protection, rseq, prompt", 936},
    {"CPU: protection of another, rseq, deferred", 159},
    {"CPU: overflow, rseq, prompt", 940},
    {"hazard: the first chunk", 156075},
    {"hazard: a second chunk", 207675},
    {"disposer: leaves, in activate, prompt", 8750},
    {"disposer: activates, in activate, prompt", 8750},
    {"disposer: leaves, in poll, prompt", 29870},
    {"disposer: leaves, in protect, prompt", 215709},
    {"disposer: activates, in protect, prompt", 216777},
    {"disposer: leaves, in try_protect, prompt", 185125},
    {"disposer: leaves, in protect_again, prompt", 115897},
    {"disposer: activates, in protect_again, deferred", 227091},
    {"disposer: hands on, prompt", 17395},
};

}  // namespace model::scenarios
