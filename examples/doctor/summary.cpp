// SPDX-License-Identifier: BSL-1.0
//
// The conclusions from the findings: the build mode to use, warnings, and the exit status.
#include <cerrno>
#include <cstdio>
#include <utility>

#include "findings.hpp"

namespace doctor {
namespace {

bool is_complaint(answer a) { return a != answer::works && a != answer::not_asked; }

void judge_membarrier(const membarrier_findings& m, summary& s) {
  if (is_complaint(m.verdict)) s.warnings.push_back({word(m.verdict), "membarrier: " + m.detail});
  for (const command_findings& c : m.commands) {
    if (!is_complaint(c.verdict) || (c.verdict == m.verdict && c.verdict != answer::lies)) continue;
    const std::string text = std::string("membarrier ") + c.what.name + ": " + c.detail;
    const char* separator = c.detail.empty() ? "" : "; ";
    s.warnings.push_back(
        {word(c.verdict), c.verdict == answer::lies ? text : text + separator + "without it, " + c.what.without});
  }
}

bool lies(const membarrier_findings& m) {
  bool any = m.verdict == answer::lies;
  for (const command_findings& c : m.commands) any = any || c.verdict == answer::lies;
  return any;
}

bool restarts_wrongly(const rseq_findings& rseq) {
  return rseq.untested.empty() && rseq.restarts.verdict == lazyref::rseq_verdict::does_not_restart;
}

void judge_rseq(const rseq_findings& rseq, summary& s) {
  if (!rseq.registered) {
    s.warnings.push_back(
        {"missing", "rseq: " + rseq.why_not + "; per-CPU slots (per_cpu_domain) are claimed by compare-and-swap"});
  } else if (rseq.cpu_read && rseq.cpu_by_rseq != rseq.cpu_by_call) {
    s.warnings.push_back({"lies", "rseq: its area reports CPU " + std::to_string(rseq.cpu_by_rseq) +
                                      ", getcpu reports " + std::to_string(rseq.cpu_by_call)});
  }
  if (rseq.registered && !rseq.claims)
    s.warnings.push_back({"note", "rseq: " + rseq.claims_why + "; per-CPU slots are claimed by compare-and-swap"});
  if (restarts_wrongly(rseq)) {
    s.warnings.push_back(
        {"violated", "rseq: " + std::string(rseq.restarts.reason) +
                         (rseq.claims ? ": pass test_rseq's verdict in per_cpu_options::tested" : "")});
  }
}

void judge_host(const host_findings& host, summary& s) {
  if (host.cpus_allowed == 1 || host.cpus_online == 1)
    s.warnings.push_back(
        {"note", "one CPU: threads cannot run concurrently, so costs and the self-test are of little use"});
  if (host.emulated.answer == "yes")
    s.warnings.push_back(
        {"note", "emulated (" + host.emulated.evidence + "): costs and memory order are the emulator's"});
  if (!host.optimised)
    s.warnings.push_back(
        {"note", "built without optimisation: the costs of light fences and other short operations are too high"});
}

void judge_self_test(const self_test_findings& test, summary& s) {
  if (!test.ran) {
    s.warnings.push_back({"note", "the self-test did not run: " + test.why_not});
  } else if (test.result.verdict == lazyref::fence_verdict::violated) {
    s.warnings.push_back({"violated",
                          "the fence does not order on this host, so programs that rely on it can corrupt memory: "
                          "build with LAZYREF_FENCE_SYMMETRIC"});
  } else if (test.result.verdict == lazyref::fence_verdict::no_power) {
    s.warnings.push_back({"note", "the self-test has no power here: its control rarely fails, so it shows nothing"});
  }
}

const timing* find_cost(const std::vector<cost>& costs, const std::string& key) {
  for (const cost& c : costs)
    if (c.key == key && c.took.runs != 0) return &c.took;
  return nullptr;
}

void advise_early_registration(const findings& f, summary& s) {
  const timing* early = find_cost(f.costs, "register_early");
  const timing* late = find_cost(f.costs, "register_late");
  if (early == nullptr || late == nullptr || late->median < 10 * early->median) return;
  char text[160];
  std::snprintf(text, sizeof text,
                "Call fence_initialize() before threads start: registration takes %.3g ms then, and %.3g ms later.",
                early->median / 1e6, late->median / 1e6);
  s.reasons.push_back(text);
}

// The conclusions for programs that generate code.
void judge_code(const findings& f, summary& s) {
  const code_findings& code = f.code;
  if (!code.asked) {
    s.warnings.push_back({word(answer::kills), "new code: finding out how to synchronise all threads: " + code.why_not +
                                                   "; do not call instruction_sync functions that reach all threads; "
                                                   "have each thread call sync_core_this_thread() instead"});
  } else if (!code.why_not.empty()) {
    s.warnings.push_back(
        {word(code.error == EPERM || code.error == EACCES ? answer::refused : answer::missing),
         "new code: " + code.why_not + "; with a code_space: choose code_synchronisation::each_executor"});
  }
  const std::pair<const char*, const code_memory_findings&> memories[] = {{"code_mapping::dual", code.dual},
                                                                          {"code_mapping::flip", code.flip}};
  for (const auto& [name, memory] : memories)
    if (is_complaint(memory.verdict))
      s.warnings.push_back({word(memory.verdict), std::string("memory for code, ") + name + ": " + memory.detail});
  if (code.core.by == "CPUID")
    s.warnings.push_back(
        {"note", "new code: sync_core_this_thread() executes CPUID, which takes microseconds in a virtual machine"});
  const timing* early = find_cost(f.costs, "register_sync_core_early");
  const timing* late = find_cost(f.costs, "register_sync_core_late");
  if (code.after.registered && early != nullptr && late != nullptr && late->median >= 10 * early->median) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "new code: call instruction_sync_initialize() before threads start: registering takes %.3g ms then, "
                  "%.3g ms later",
                  early->median / 1e6, late->median / 1e6);
    s.warnings.push_back({"note", text});
  }
}

void choose(const findings& f, summary& s) {
  const bool violated = f.self_test.ran && f.self_test.result.verdict == lazyref::fence_verdict::violated;
  const bool holds = f.self_test.ran && f.self_test.result.verdict == lazyref::fence_verdict::holds;
  const bool barrier = find(f.membarrier, private_expedited).verdict == answer::works ||
                       f.fence.after.backend == lazyref::fence_backend::flush_process_write_buffers;
  s.use = "symmetric";
  if (violated || lies(f.membarrier)) {
    s.reasons.push_back(
        "This system's barrier does not do what it reports. Full fences on both sides are correct everywhere.");
    return;
  }
  if (f.membarrier.verdict == answer::kills || find(f.membarrier, private_expedited).verdict == answer::kills) {
    s.reasons.push_back(
        "A call of membarrier kills the process; a `symmetric` build never calls it. In an `auto` build, call "
        "fence_initialize(fence_backend::symmetric) before the first heavy fence instead.");
    return;
  }
  if (!barrier) {
    s.reasons.push_back(
        "There is no usable process-wide barrier, so both sides are full fences. `symmetric` saves the system call and "
        "the branch. `auto` is correct here too; `required` would terminate the program.");
    return;
  }
  if (!f.fence.usable) {
    s.reasons.push_back("A heavy fence fails: " + f.fence.why_not);
    return;
  }
  if (lazyref::build_mode == lazyref::fence_mode::required) {
    s.use = "required";
    s.reasons.push_back("The process-wide barrier works, as this build requires.");
  } else {
    s.use = "auto";
    s.reasons.push_back(
        "The process-wide barrier works. `required` works here too, and saves the branch; use it if the program runs "
        "only "
        "on hosts like this one.");
  }
  if (lazyref::build_mode == lazyref::fence_mode::symmetric)
    s.reasons.push_back(
        "This is a `symmetric` build, so the self-test and the costs are those of full fences, not of membarrier.");
  else if (holds)
    s.reasons.push_back("In the self-test the fence ordered.");
  advise_early_registration(f, s);
}

}  // namespace

summary sum_up(const findings& f) {
  summary s{};
  choose(f, s);
  judge_membarrier(f.membarrier, s);
  judge_rseq(f.rseq, s);
  judge_code(f, s);
  judge_host(f.host, s);
  judge_self_test(f.self_test, s);
  s.exit_code = lies(f.membarrier) || (restarts_wrongly(f.rseq) && f.rseq.claims) ||
                        (f.self_test.ran && f.self_test.result.verdict == lazyref::fence_verdict::violated)
                    ? 1
                    : 0;
  return s;
}

}  // namespace doctor
