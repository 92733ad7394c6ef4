// SPDX-License-Identifier: BSL-1.0
//
// The machine-readable report: one JSON object. Keys are stable; an unknown or unmeasured value is null.
#include "json.hpp"
#include "findings.hpp"

namespace doctor {
namespace {

void number_or_null(json& out, const char* key, unsigned value) { value == 0 ? out.null(key) : out.number(key, value); }

void put(json& out, const char* key, const hint& h) {
  out.open(key, '{');
  out.string("answer", h.answer);
  out.string("evidence", h.evidence);
  out.close('}');
}

void put(json& out, const host_findings& host) {
  out.open("host", '{');
  out.string_or_null("system", host.system);
  out.string_or_null("release", host.release);
  out.string_or_null("machine", host.machine);
  out.number("program_bits", 8 * sizeof(void*));
  out.string_or_null("libc", host.libc);
  number_or_null(out, "cpus_online", host.cpus_online);
  number_or_null(out, "cpus_allowed", host.cpus_allowed);
  put(out, "virtual_machine", host.virtual_machine);
  put(out, "emulated", host.emulated);
  put(out, "container", host.container);
  out.string("seccomp", host.seccomp);
  out.close('}');
}

void put_build(json& out, const host_findings& host) {
  out.open("build", '{');
  out.string_or_null("compiler", host.compiler);
  out.string("mode", word(lazyref::build_mode));
  out.flag("checks", lazyref::checks_enabled);
  out.flag("optimised", host.optimised);
  out.close('}');
}

void put_registered(json& out, const char* key, const command_findings& c, bool when) {
  c.what.registration == 0 ? out.null(key) : out.flag(key, when);
}

void put(json& out, const membarrier_findings& m) {
  out.open("membarrier", '{');
  m.query >= 0 ? out.number("query", m.query) : out.null("query");
  m.query < 0 ? out.number("query_errno", -m.query) : out.null("query_errno");
  out.string("verdict", word(m.verdict));
  out.string_or_null("detail", m.detail);
  out.flag("registrations_reported_by_kernel", m.registrations_by_kernel);
  out.open("commands", '{');
  for (const command_findings& c : m.commands) {
    out.open(c.what.name, '{');
    out.flag("offered", c.offered);
    out.string("tried", word(c.verdict));
    out.string_or_null("detail", c.detail);
    put_registered(out, "registered_before", c, c.registered_before);
    put_registered(out, "registered_after", c, c.registered_after);
    out.string("since_linux", c.what.since);
    out.string("purpose", c.what.purpose);
    out.close('}');
  }
  out.close('}');
  out.close('}');
}

void put(json& out, const char* key, const lazyref::fence_status& status) {
  out.open(key, '{');
  out.string("backend", word(status.backend));
  out.flag("light_is_free", status.light_is_free);
  out.string("reason", status.reason);
  out.close('}');
}

void put(json& out, const fence_findings& fence) {
  out.open("fence", '{');
  out.flag("usable", fence.usable);
  out.string_or_null("why_not", fence.why_not);
  put(out, "before", fence.before);
  put(out, "after", fence.after);
  out.close('}');
}

void put(json& out, const rseq_findings& rseq) {
  out.open("rseq", '{');
  out.flag("registered", rseq.registered);
  out.string_or_null("why_not", rseq.why_not);
  rseq.mode != nullptr ? out.string("mode", rseq.mode) : out.null("mode");
  out.number("size", rseq.size);
  out.number("flags", rseq.flags);
  number_or_null(out, "kernel_feature_size", rseq.feature_size);
  number_or_null(out, "kernel_alignment", rseq.alignment);
  out.flag("kernel_node_id", rseq.kernel_node_id);
  out.flag("kernel_mm_cid", rseq.kernel_mm_cid);
  out.flag("cpu_id", rseq.registered);
  out.flag("node_id", rseq.node_id);
  out.flag("mm_cid", rseq.mm_cid);
  out.flag("per_cpu_slots", rseq.claims);
  out.string_or_null("per_cpu_slots_why", rseq.claims_why);
  out.string("restarts", !rseq.untested.empty() ? "not tested" : word(rseq.restarts.verdict));
  out.string("restarts_why", !rseq.untested.empty() ? rseq.untested : rseq.restarts.reason);
  out.number("restarted", rseq.restarts.restarted);
  out.number("not_restarted", rseq.restarts.not_restarted);
  out.number("control_not_restarted", rseq.restarts.control);
  rseq.cpu_read ? out.number("cpu_by_rseq", rseq.cpu_by_rseq) : out.null("cpu_by_rseq");
  rseq.cpu_read ? out.number("cpu_by_getcpu", rseq.cpu_by_call) : out.null("cpu_by_getcpu");
  out.close('}');
}

void put(json& out, const char* key, const lazyref::instruction_sync_info& info) {
  out.open(key, '{');
  out.string("all_threads_by", word(info.all_threads));
  out.flag("registered", info.registered);
  out.string("reason", info.reason);
  out.close('}');
}

void put(json& out, const core_findings& core) {
  out.open("this_core", '{');
  out.string_or_null("by", core.by);
  out.string_or_null("why", core.why);
  core.x86 ? out.flag("serialize", core.serialize) : out.null("serialize");
  core.x86 ? out.flag("shadow_stack", core.shadow_stack) : out.null("shadow_stack");
  core.x86 ? out.flag("emulated_by_qemu", core.tcg) : out.null("emulated_by_qemu");
  core.caches_known ? out.number("data_line", core.data_line) : out.null("data_line");
  core.caches_known ? out.number("instruction_line", core.instruction_line) : out.null("instruction_line");
  core.caches_known ? out.flag("idc", core.idc) : out.null("idc");
  core.caches_known ? out.flag("dic", core.dic) : out.null("dic");
  out.close('}');
}

void put(json& out, const char* key, const code_memory_findings& memory) {
  out.open(key, '{');
  out.string("verdict", word(memory.verdict));
  out.number("errno", memory.error);
  out.string_or_null("detail", memory.detail);
  out.close('}');
}

void put(json& out, const char* key, const huge_page_findings& huge) {
  out.open(key, '{');
  out.flag("asked", huge.asked);
  huge.asked ? out.number("bytes", huge.bytes) : out.null("bytes");
  huge.asked ? out.number("huge_bytes", huge.huge_bytes) : out.null("huge_bytes");
  out.string_or_null("setting", huge.setting);
  out.string_or_null("why_not", huge.why_not);
  out.close('}');
}

void put(json& out, const code_findings& code) {
  out.open("instruction_sync", '{');
  out.flag("asked", code.asked);
  out.flag("usable", code.why_not.empty());
  out.number("errno", code.error);
  out.string_or_null("why_not", code.why_not);
  code.asked ? put(out, "before", code.before) : out.null("before");
  code.asked ? put(out, "after", code.after) : out.null("after");
  out.string("publish_measured_with", code.why_not.empty() ? "all_threads" : "each_executor");
  put(out, code.core);
  out.open("memory", '{');
  put(out, "dual", code.dual);
  put(out, "flip", code.flip);
  out.close('}');
  out.open("huge_pages", '{');
  put(out, "dual", code.dual_huge);
  put(out, "flip", code.flip_huge);
  out.close('}');
  out.close('}');
}

void put(json& out, const timing& took) {
  const bool measured = took.runs != 0;
  measured ? out.nanoseconds("median", took.median) : out.null("median");
  measured ? out.nanoseconds("lowest", took.low) : out.null("lowest");
  measured ? out.nanoseconds("highest", took.high) : out.null("highest");
}

void put(json& out, const std::vector<cost>& costs) {
  out.open("cost_ns", '{');
  for (const cost& c : costs) {
    out.open(c.key, '{');
    put(out, c.took);
    out.number("runs", c.took.runs);
    out.string_or_null("why_not", c.why_not);
    out.close('}');
  }
  out.close('}');
}

// median, lowest and highest are of the batch.
void put(json& out, const std::vector<publish_cost>& costs) {
  out.open("publish_ns", '{');
  for (const publish_cost& c : costs) {
    out.open(c.key.c_str(), '{');
    out.number("blocks", c.blocks);
    put(out, c.batch);
    c.batch.runs != 0 ? out.nanoseconds("median_per_block", c.batch.median / c.blocks) : out.null("median_per_block");
    out.number("runs", c.batch.runs);
    out.string_or_null("why_not", c.why_not);
    out.close('}');
  }
  out.close('}');
}

// Medians, one thread.
void put_flip_beside_dual(json& out, const std::vector<publish_cost>& costs) {
  out.open("flip_beside_dual", '{');
  for (const unsigned blocks : {1u, 10u, 100u}) {
    const double times = flip_beside_dual(costs, blocks);
    times > 0 ? out.fraction(std::to_string(blocks).c_str(), times) : out.null(std::to_string(blocks).c_str());
  }
  out.close('}');
}

void put(json& out, const self_test_findings& test) {
  out.open("self_test", '{');
  out.flag("ran", test.ran);
  out.string_or_null("why_not", test.why_not);
  test.ran ? out.string("verdict", word(test.result.verdict)) : out.null("verdict");
  out.number("rounds", test.result.rounds);
  out.number("violations", test.result.violations);
  out.number("control_violations", test.result.control_violations);
  out.close('}');
}

void put(json& out, const summary& s) {
  out.open("summary", '{');
  out.string("use", s.use);
  out.open("reasons", '[');
  for (const std::string& reason : s.reasons) out.string(nullptr, reason);
  out.close(']');
  out.open("warnings", '[');
  for (const warning& w : s.warnings) {
    out.open(nullptr, '{');
    out.string("kind", w.kind);
    out.string("text", w.text);
    out.close('}');
  }
  out.close(']');
  out.number("exit_code", s.exit_code);
  out.close('}');
}

}  // namespace

std::string json_report(const findings& f, const summary& s) {
  json out;
  out.open(nullptr, '{');
  out.string("program", "lazyref doctor");
  out.string("version", version());
  put(out, f.host);
  put_build(out, f.host);
  put(out, f.membarrier);
  put(out, f.fence);
  put(out, f.rseq);
  put(out, f.code);
  put(out, f.costs);
  put(out, f.publishing);
  put_flip_beside_dual(out, f.publishing);
  put(out, f.self_test);
  put(out, s);
  out.close('}');
  return out.text() + '\n';
}

}  // namespace doctor
