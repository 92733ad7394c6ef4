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
  bool large = false;                               // takes many seconds: mutants.cpp leaves it out
};

using prompt = real<reclaim::prompt>;
using deferred = real<reclaim::deferred>;
inline constexpr auto handoff = policy::handoff;

inline const scenario all[] = {
    {"1 worker, 2 reclaimers, deferred", 466, 466, one_worker_two_reclaimers<deferred>},
    {"1 worker, 2 reclaimers, prompt", 1909439, 1908431, one_worker_two_reclaimers<prompt>, nullptr, nullptr, -1, true},
    {"from one to the next, deferred", 358, 358, from_one_to_the_next<deferred>},
    {"from one to the next, prompt", 1254294, 1253466, from_one_to_the_next<prompt>, nullptr, nullptr, -1, true},
    {"2 workers, 1 reclaimer, deferred", 252, 252, two_workers_one_reclaimer<deferred>},
    {"2 workers, 1 reclaimer, prompt", 209399, 229183, two_workers_one_reclaimer<prompt>, nullptr, nullptr, -1, true},
    {"2 workers, 2 rounds, deferred", 328, 328, two_workers_two_rounds<deferred>},
    {"2 workers, 2 rounds, prompt", 7090, 16912, two_workers_two_rounds<prompt>},
    {"2 workers, 2 rounds, 1 reclaimer, deferred", 55340, 55340, two_workers_two_rounds_one_reclaimer<deferred>},
    {"2 workers, 2 rounds, 1 reclaimer, prompt", 117373, 39399, two_workers_two_rounds_one_reclaimer<prompt>, nullptr,
     nullptr, 2, true},
    {"reused address, 1 reclaimer, prompt", 10145, 10145, reused_address_one_reclaimer<prompt>},
    {"reused address, 2 reclaimers, deferred", 32782, 32782, reused_address<deferred>},
    {"reused address, 2 reclaimers, prompt", 491255, 490971, reused_address<prompt>, nullptr, nullptr, 2, true},
    {"the same object again, deferred", 160, 160, again<deferred>},
    {"the same object again, prompt", 2809, 2793, again<prompt>},
    {"polled, deferred", 317, 317, polled<deferred>},
    {"polled, prompt", 5931, 5915, polled<prompt>},
    {"collected meanwhile, deferred", 111, 111, collected<deferred>},
    {"collected meanwhile, prompt", 14387, 14387, collected<prompt>},
    {"written by the worker, deferred", 68, 68, written_by_the_worker<deferred>},
    {"written by the worker, prompt", 3789, 3789, written_by_the_worker<prompt>},

    {"domain: handoff, deferred", 546, 938, domain_handoff<handoff, reclaim::deferred, candidates::all>},
    {"domain: handoff, prompt", 16814, 13580, domain_handoff<handoff, reclaim::prompt, candidates::all>},
    {"domain: handoff, prompt, tracked", 12988, 12988, domain_handoff<handoff, reclaim::prompt, candidates::tracked>},
    {"domain: refcounted", 12, 12, domain_handoff<policy::refcounted, reclaim::deferred, candidates::all>},
    {"domain: passed on, deferred", 82, 82, passed_on<handoff, reclaim::deferred, candidates::all>},
    {"domain: passed on, prompt", 162, 170, passed_on<handoff, reclaim::prompt, candidates::all>},
    {"domain: two on one, deferred, tracked", 7884, 7884, two_on_one<handoff, reclaim::deferred, candidates::tracked>},
    {"domain: two on one, prompt, tracked", 39784, 91364, two_on_one<handoff, reclaim::prompt, candidates::tracked>},
    {"domain: last of three users", 1680, 1680, last_of_three},
    {"domain: numbers", 5, 5, numbers},
    {"domain: end", 14, 14, domain_end},

    {"coalescer: 2 callers, 1 turn", 1216, 1216, coalesced<1>},
    {"coalescer: 2 callers, 2 turns", 1920, 1920, coalesced<2>},
    {"coalescer: one leader", 240, 240, one_leader},
    {"coalescer: served by another", 288, 288, served_by_another},

    {"park: and resume, deferred", 44, 44, parked<deferred>},
    {"park: and resume, prompt", 1308, 1308, parked<prompt>},
    {"park: twice, deferred", 44, 44, parked_twice<deferred>},
    {"park: twice, prompt", 4827, 4827, parked_twice<prompt>},
    {"park: polled, deferred", 12, 12, polled_while_parked<deferred>},
    {"park: polled, prompt", 144, 144, polled_while_parked<prompt>},
    {"park: asleep, deferred", 2, 2, asleep<deferred>},
    {"park: asleep, prompt", 2, 2, asleep<prompt>},
    {"park: 2 reclaimers, deferred", 3139, 3139, parked_two_reclaimers<deferred>},
    {"park: 2 reclaimers, prompt", 82225, 82180, parked_two_reclaimers<prompt>, nullptr, nullptr, 2},
    {"park: reused address, deferred", 813, 813, parked_reused_address<deferred>},
    {"park: reused address, prompt", 423950, 423950, parked_reused_address<prompt>, nullptr, nullptr, 3, true},
    {"park: reused address, 2 reclaimers, deferred", 710667, 710667, parked_reused_address_two_reclaimers<deferred>,
     nullptr, nullptr, 2, true},

    {"temporary: both go, deferred", 5874, 5874, temporary<reclaim::deferred, false, 1>},
    {"temporary: both go, prompt", 253062, 248828, temporary<reclaim::prompt, false, 1>, nullptr, nullptr, -1, true},
    {"temporary: both go, one parked, deferred", 286946, 286946, temporary<reclaim::deferred, true, 1>, nullptr,
     nullptr, -1, true},
    {"temporary: both go, one parked, prompt", 174052, 191194, temporary<reclaim::prompt, true, 1>, nullptr, nullptr,
     -1, true},
    {"temporary: 2 reclaimers, deferred", 263856, 183050, temporary<reclaim::deferred, false, 2>, nullptr, nullptr, 2,
     true},
    {"temporary: 2 reclaimers, prompt", 324890, 32054, temporary<reclaim::prompt, false, 2>, nullptr, nullptr, 2, true},
    {"temporary: the previous one goes, deferred", 280, 280, temporary_previous<reclaim::deferred, false>},
    {"temporary: the previous one goes, prompt", 17390, 18936, temporary_previous<reclaim::prompt, false>},
    {"temporary: the parked one goes, deferred", 12332, 12332, temporary_previous<reclaim::deferred, true>},
    {"temporary: the parked one goes, prompt", 3026, 4106, temporary_previous<reclaim::prompt, true>},
    {"temporary: the other one goes, deferred", 128, 128, temporary_other<reclaim::deferred>},
    {"temporary: the other one goes, prompt", 1120, 1084, temporary_other<reclaim::prompt>},
    {"temporary: parked between two, deferred", 6224, 6224, temporary_parked_after<reclaim::deferred>},
    {"temporary: parked between two, prompt", 58288, 11400, temporary_parked_after<reclaim::prompt>, nullptr, nullptr,
     2},

    {"protect: once, deferred", 162, 162, protected_once<deferred>},
    {"protect: once, prompt", 1951, 1951, protected_once<prompt>},
    {"protect: twice, deferred", 185165, 185165, protected_twice<deferred>, nullptr, nullptr, -1, true},
    {"protect: twice, prompt", 86828, 86828, protected_twice<prompt>, nullptr, nullptr, 3, true},
    {"protect: one after the other, deferred", 88234, 88234, protected_one_after_the_other<deferred>},
    {"protect: one after the other, prompt", 47184, 47184, protected_one_after_the_other<prompt>, nullptr, nullptr, 3},
    {"protect: 2 replacers, deferred", 256944, 256944, protected_two_replacers<deferred>, nullptr, nullptr, -1, true},
    {"protect: 2 replacers, prompt", 126156, 126156, protected_two_replacers<prompt>, nullptr, nullptr, 3, true},
    {"protect: 2 workers, deferred", 12675, 45445, two_protect<deferred>},
    {"protect: 2 workers, prompt", 481190, 458068, two_protect<prompt>, nullptr, nullptr, 3, true},
    {"protect: tried, deferred", 6646, 6646, tried<deferred>},
    {"protect: tried, prompt", 269062, 269062, tried<prompt>, nullptr, nullptr, -1, true},
    {"protect: looked at again, deferred", 103, 103, looked_again<deferred>},
    {"protect: looked at again, prompt", 710, 710, looked_again<prompt>},
    {"protect: and park, deferred", 342, 342, protected_and_parked<deferred>},
    {"protect: and park, prompt", 13860, 13860, protected_and_parked<prompt>},
    {"protect: group, deferred", 3814, 3814, protected_group<deferred>},
    {"protect: group, prompt", 61604, 61604, protected_group<prompt>},

    {"domain: first protection, deferred", 374, 420, first_protection<reclaim::deferred>},
    {"domain: first protection, prompt", 3766, 4296, first_protection<reclaim::prompt>},
    {"domain: second protection, deferred", 229083, 455667, second_protection<reclaim::deferred>, nullptr, nullptr, -1,
     true},
    {"domain: second protection, prompt", 361116, 232362, second_protection<reclaim::prompt>, nullptr, nullptr, 2,
     true},
    {"domain: retired, deferred", 1204, 1344, retired<reclaim::deferred>},
    {"domain: retired, prompt", 11164, 12636, retired<reclaim::prompt>},
    {"domain: flushed by another, deferred", 3694, 4114, flushed_by_another<reclaim::deferred>},
    {"domain: flushed by another, prompt", 33578, 37994, flushed_by_another<reclaim::prompt>},
    {"domain: retired by one of two", 5, 5, retired_by_one_of_two},
    {"retired list: 1 flush", 3352, 3352, retired_list<1>},
    {"retired list: 2 flushes", 16272, 16272, retired_list<2>},
    {"retired list: few wait", 243885, 243885, retired_list_bound, nullptr, nullptr, -1, true},

    {"CPU: 2 on 1, swap, deferred", 1096, 1096, per_cpu_two_on_one<reclaim::deferred, by::swap>},
    {"CPU: 2 on 1, swap, prompt", 30629, 32731, per_cpu_two_on_one<reclaim::prompt, by::swap>},
    {"CPU: 2 on 1, rseq, deferred", 2932, 2932, per_cpu_two_on_one<reclaim::deferred, by::rseq>},
    {"CPU: 2 on 1, rseq, prompt", 72586, 77574, per_cpu_two_on_one<reclaim::prompt, by::rseq>},
    {"CPU: 2 on 1, interrupted, deferred", 13264, 13264, per_cpu_two_on_one<reclaim::deferred, by::interrupted_rseq>},
    {"CPU: one after the other, swap, deferred", 1392, 1392, per_cpu_one_after_the_other<reclaim::deferred, by::swap>},
    {"CPU: one after the other, swap, prompt", 136420, 76377, per_cpu_one_after_the_other<reclaim::prompt, by::swap>,
     nullptr, nullptr, -1, true},
    {"CPU: one after the other, rseq, deferred", 1263, 1263, per_cpu_one_after_the_other<reclaim::deferred, by::rseq>},
    {"CPU: one after the other, rseq, prompt", 130257, 69793, per_cpu_one_after_the_other<reclaim::prompt, by::rseq>,
     nullptr, nullptr, -1, true},
    {"CPU: 2 CPUs, swap, deferred", 448, 448, per_cpu_two_cpus<reclaim::deferred, by::swap>},
    {"CPU: 2 CPUs, swap, prompt", 2774, 2904, per_cpu_two_cpus<reclaim::prompt, by::swap>},
    {"CPU: 2 CPUs, rseq, deferred", 376, 376, per_cpu_two_cpus<reclaim::deferred, by::rseq>},
    {"CPU: 2 CPUs, interrupted, deferred", 3648, 3648, per_cpu_two_cpus<reclaim::deferred, by::interrupted_rseq>},
    {"CPU: 2 CPUs, rseq, prompt", 2384, 2532, per_cpu_two_cpus<reclaim::prompt, by::rseq>},
    {"CPU: full, swap, deferred", 1319, 1319, per_cpu_full<reclaim::deferred, by::swap>},
    {"CPU: full, rseq, deferred", 605, 605, per_cpu_full<reclaim::deferred, by::rseq>},
    {"CPU: reused address, swap, deferred", 19120, 19120, per_cpu_reused_address<reclaim::deferred, by::swap>},
    {"CPU: reused address, swap, prompt", 333909, 327099, per_cpu_reused_address<reclaim::prompt, by::swap>, nullptr,
     nullptr, 3, true},
    {"CPU: reused address, rseq, deferred", 18673, 18673, per_cpu_reused_address<reclaim::deferred, by::rseq>},
    {"CPU: reused address, rseq, prompt", 226562, 216399, per_cpu_reused_address<reclaim::prompt, by::rseq>, nullptr,
     nullptr, 3, true},
    {"CPU: handed on, swap, deferred", 126, 126, per_cpu_handed_on<reclaim::deferred, by::swap>},
    {"CPU: handed on, rseq, deferred", 226, 226, per_cpu_handed_on<reclaim::deferred, by::rseq>},

    {"hazard: the first chunk", 10384, 10384, hazard_in_a_new_chunk<0>},
    {"hazard: a second chunk", 20768, 20768, hazard_in_a_new_chunk<16>},
    {"hazard: 2 claims", 68624, 128168, two_hazards},

    {"code: given back and taken", 2, 2, given_back_and_taken<1, 1, 0>},
    {"code: a run of 2", 2, 2, given_back_and_taken<2, 2, 0>},
    {"code: across a word border", 4, 4, given_back_and_taken<2, 2, before_border>},
    {"code: 1 of 2 across a word border", 3, 3, given_back_and_taken<2, 1, before_border>},
    {"code: 2 give back", 6, 6, given_back_by_two<0>},
    {"code: 2 give back across a word border", 4, 4, given_back_by_two<before_border>},
    {"code: taken beside", 5, 5, taken_beside},
    {"code: taken in turns, 1 place", 84, 84, taken_in_turns<true, 1, 2>},
    {"code: taken in turns, 2 places", 336, 336, taken_in_turns<true, 2, 2>},
    {"code: recompiled, 1 piece, deferred", 21160, 24340, recompiled<reclaim::deferred, 1, 2>},
    {"code: recompiled, 1 piece, prompt", 61820, 69334, recompiled<reclaim::prompt, 1, 2>},
    {"code: recompiled, 1 block, deferred", 12960, 14990, recompiled<reclaim::deferred, 2, 1>},
    {"code: recompiled, 1 block, prompt", 41660, 47720, recompiled<reclaim::prompt, 2, 1>},
    {"code: recompiled, 2 blocks, deferred", 36016, 39560, recompiled<reclaim::deferred, 2, 2>},
    {"code: recompiled, 2 blocks, prompt", 120368, 130546, recompiled<reclaim::prompt, 2, 2>},
    {"code: a draft shrinks", 8, 8, shrunk<false>},
    {"code: a draft is given up", 22, 22, shrunk<true>},

    {"MUST FAIL: the published steal", 2131, 2131, reused_address<published>, "use after free"},
    {"MUST FAIL: a relaxed slot set", 4, 4, from_one_to_the_next<deferred>, "data race",
     [](lazyref::order_table& t) { t.slot_set = relaxed; }},
    {"MUST FAIL: a drain that gives up what is active", 33, 33, polled<blind_drain>, "use after free"},
    {"MUST FAIL: prompt without the heavy fence", 4, 4, one_worker_two_reclaimers<prompt>,
     "prompt: an object is left behind", [](lazyref::order_table& t) { t.reclaimer_heavy = relaxed; }},
    {"MUST FAIL: a domain ends with a slot attached", 1, 1, domain_end_too_early,
     "destroyed while one of its slots is attached"},
    {"MUST FAIL: resume by a plain store", 38, 38, parked<plain_resume>, "use after free"},
    {"MUST FAIL: protect without a second look", 15, 15, protected_once<unvalidated>, "use after free"},
    {"MUST FAIL: protect, marked after the second look", 10, 10, protected_by_mark<false>, "use after free"},
    {"MUST FAIL: protect, marked before", 92, 92, protected_by_mark<true>, "use after free"},
    {"MUST FAIL: protect without the light fence", 43, 43, protected_once<deferred>, "use after free",
     [](lazyref::order_table& t) { t.protect_light = relaxed; }},
    {"MUST FAIL: protect without the heavy fence", 43, 43, protected_once<deferred>, "use after free",
     [](lazyref::order_table& t) { t.unpublish_heavy = relaxed; }},
    {"MUST FAIL: a CPU's slot drained by swap", 233, 233, per_cpu_drained_by_swap, "use after free"},
    {"MUST FAIL: a claim by rseq that reads relaxed", 1, 1, per_cpu_two_on_one<reclaim::deferred, by::rseq>,
     "data race", [](lazyref::order_table& t) { t.rseq_look = relaxed; }},
    {"MUST FAIL: code given back before its use is over", 1, 1, given_back_too_early, "data race"},
    {"MUST FAIL: code taken by two at one time", 3, 3, taken_in_turns<false, 1, 1>, "data race"},
    {"MUST FAIL: code returned into", 1, 1, returned_into, "data race"},
    {"MUST FAIL: code reused without the heavy fence", 13, 13, recompiled<reclaim::deferred, 1, 2>, "data race",
     [](lazyref::order_table& t) { t.unpublish_heavy = t.protecting_light = relaxed; }},
};

}  // namespace model::scenarios
