// SPDX-License-Identifier: BSL-1.0
//
// The human-readable report.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "findings.hpp"
#include "text.hpp"

namespace doctor {

const char* word(answer a) noexcept {
  switch (a) {
    case answer::works:
      return "works";
    case answer::missing:
      return "missing";
    case answer::refused:
      return "refused";
    case answer::lies:
      return "lies";
    case answer::kills:
      return "kills";
    case answer::not_asked:
      break;
  }
  return "not asked";
}

const char* word(lazyref::fence_backend backend) noexcept {
  switch (backend) {
    case lazyref::fence_backend::membarrier:
      return "membarrier";
    case lazyref::fence_backend::flush_process_write_buffers:
      return "flush_process_write_buffers";
    case lazyref::fence_backend::symmetric:
      break;
  }
  return "symmetric";
}

const char* word(lazyref::fence_mode mode) noexcept {
  switch (mode) {
    case lazyref::fence_mode::automatic:
      return "auto";
    case lazyref::fence_mode::required:
      return "required";
    case lazyref::fence_mode::symmetric:
      break;
  }
  return "symmetric";
}

const char* word(lazyref::all_threads_by by) noexcept {
  switch (by) {
    case lazyref::all_threads_by::membarrier_sync_core:
      return "membarrier_sync_core";
    case lazyref::all_threads_by::flush_call:
      return "flush_call";
    case lazyref::all_threads_by::flush_process_write_buffers:
      return "flush_process_write_buffers";
    case lazyref::all_threads_by::handshake:
      break;
  }
  return "handshake";
}

const char* word(lazyref::rseq_verdict verdict) noexcept {
  switch (verdict) {
    case lazyref::rseq_verdict::restarts:
      return "yes";
    case lazyref::rseq_verdict::does_not_restart:
      return "NO";
    case lazyref::rseq_verdict::unknown:
      break;
  }
  return "unknown";
}

const char* word(lazyref::fence_verdict verdict) noexcept {
  switch (verdict) {
    case lazyref::fence_verdict::holds:
      return "holds";
    case lazyref::fence_verdict::violated:
      return "violated";
    case lazyref::fence_verdict::no_power:
      break;
  }
  return "no_power";
}

std::string version() {
  return std::to_string(LAZYREF_VERSION_MAJOR) + '.' + std::to_string(LAZYREF_VERSION_MINOR) + '.' +
         std::to_string(LAZYREF_VERSION_PATCH);
}

std::string format(const char* pattern, ...) {
  char text[512];
  std::va_list values;
  va_start(values, pattern);
  std::vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

std::string paragraph(const std::string& first, const std::string& text) {
  constexpr std::size_t width = 100;
  std::string all = first;
  std::size_t column = first.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (column != first.size() && column + 1 + end - at > width) {
      all += '\n' + std::string(first.size(), ' ');
      column = first.size();
    }
    if (column != first.size()) {
      all += ' ';
      ++column;
    }
    all += text.substr(at, end - at);
    column += end - at;
    at = end + 1;
  }
  return all + '\n';
}

std::string line(const char* name, const std::string& value) { return format("  %-17s ", name) + value + '\n'; }
const char* yes(bool is) { return is ? "yes" : "no"; }
std::string digits(double ns) { return format(ns < 1000 ? "%.2f" : "%.0f", ns); }

namespace {

std::string known(const std::string& text) { return text.empty() ? "unknown" : text; }
std::string count(unsigned number) { return number == 0 ? "unknown" : std::to_string(number); }
std::string because(const hint& h) { return h.answer + ": " + h.evidence; }

std::string host_text(const host_findings& host) {
  const char* checks = lazyref::checks_enabled ? "with checks" : "without checks";
  return "host\n" + line("kernel", known(host.system) + ' ' + host.release) +
         line("architecture", known(host.machine) + format(", %d-bit program", static_cast<int>(8 * sizeof(void*)))) +
         line("C library", known(host.libc)) +
         line("CPUs", count(host.cpus_online) + " online, " + count(host.cpus_allowed) + " allowed") +
         line("build", known(host.compiler) + ", mode " + word(lazyref::build_mode) + ", " + checks + ", " +
                           (host.optimised ? "optimised" : "not optimised")) +
         line("virtual machine", because(host.virtual_machine)) + line("emulated", because(host.emulated)) +
         line("container", because(host.container)) + line("seccomp", host.seccomp);
}

std::string registered(const command_findings& c, bool when) { return c.what.registration == 0 ? "-" : yes(when); }

std::string membarrier_text(const membarrier_findings& m) {
  std::string all = "\nmembarrier\n";
  all += line("QUERY",
              m.query >= 0 ? format("0x%x, ", static_cast<unsigned>(m.query)) + word(m.verdict) : word(m.verdict));
  if (!m.detail.empty()) all += line("", m.detail);
  all += line("registered", m.registrations_by_kernel
                                ? "as the kernel reports, before and after fence_initialize()"
                                : "as lazyref reports (the kernel does not), before and after fence_initialize()");
  all += format("\n  %-18s %-8s %-10s %-7s %-6s %-6s %s\n", "command", "offered", "tried", "before", "after", "Linux",
                "purpose");
  for (const command_findings& c : m.commands) {
    all += format("  %-18s %-8s %-10s %-7s %-6s %-6s %s\n", c.what.name, yes(c.offered), word(c.verdict),
                  registered(c, c.registered_before).c_str(), registered(c, c.registered_after).c_str(), c.what.since,
                  c.what.purpose);
    if (!c.detail.empty()) all += paragraph("    ", c.detail);
  }
  return all;
}

std::string status_text(const lazyref::fence_status& status) {
  return std::string(word(status.backend)) + ", light is " + (status.light_is_free ? "free" : "a full fence") + ": " +
         status.reason;
}

std::string fence_text(const fence_findings& fence) {
  std::string all = "\nfence\n";
  all += paragraph("  before            ", status_text(fence.before));
  if (!fence.usable) return all + paragraph("  after             ", "not usable: " + fence.why_not);
  return all + paragraph("  after             ", status_text(fence.after));
}

const char* field_text(bool in_kernel, bool reached) { return reached ? "yes" : in_kernel ? "not reached" : "no"; }

std::string restarts_text(const rseq_findings& rseq) {
  if (!rseq.untested.empty()) return "not tested: " + rseq.untested;
  const lazyref::rseq_test_result& r = rseq.restarts;
  const std::string counts =
      format(" (%zu restarted, %zu continued; of sequences that are not registered with the kernel, %zu continued)",
             r.restarted, r.not_restarted, r.control);
  return word(r.verdict) + (r.verdict == lazyref::rseq_verdict::unknown ? std::string(": ") + r.reason : counts);
}

std::string rseq_text(const rseq_findings& rseq) {
  std::string all = "\nrseq\n";
  if (rseq.registered)
    all += line("registered", format("by the C library: %u bytes, flags 0x%x", rseq.size, rseq.flags));
  else
    all += paragraph("  registered        ", "no: " + rseq.why_not);
  all += line("kernel", rseq.feature_size == 0
                            ? "does not report which fields it sets (before Linux 6.3, or no rseq)"
                            : format("sets %u bytes, aligned to %u", rseq.feature_size, rseq.alignment));
  all += paragraph("  per-CPU slots     ", (rseq.claims ? "" : "by compare-and-swap: ") + rseq.claims_why);
  if (!rseq.registered) return all;
  all += line("mode", std::strcmp(rseq.mode, "V2") == 0
                          ? "V2: more than 32 bytes are registered; the kernel kills a process that writes an id itself"
                          : "legacy: 32 bytes are registered; the kernel writes all ids each time");
  all += paragraph("  restarts          ", restarts_text(rseq));
  all += line("fields", std::string("cpu_id yes, node_id ") + field_text(rseq.kernel_node_id, rseq.node_id) +
                            ", mm_cid " + field_text(rseq.kernel_mm_cid, rseq.mm_cid));
  if (rseq.kernel_mm_cid && !rseq.mm_cid)
    all +=
        line("", format("not reached: the kernel sets mm_cid, but the C library registered only %u bytes", rseq.size));
  return all + line("CPU now", rseq.cpu_read ? format("%d by rseq, %d by getcpu", rseq.cpu_by_rseq, rseq.cpu_by_call)
                                             : "this program cannot find the area on this architecture");
}

std::string costs_text(const std::vector<cost>& costs) {
  std::string all =
      format("\n%-46s %12s %12s %12s %5s\n", "cost, nanoseconds per call", "median", "lowest", "highest", "runs");
  for (const cost& c : costs) {
    if (c.took.runs == 0)
      all += paragraph(format("  %-44s ", c.label), "not measured: " + c.why_not);
    else
      all += format("  %-44s %12s %12s %12s %5u\n", c.label, digits(c.took.median).c_str(), digits(c.took.low).c_str(),
                    digits(c.took.high).c_str(), c.took.runs);
  }
  return all;
}

std::string self_test_text(const self_test_findings& test, const fence_findings& fence) {
  std::string all = "\nself-test\n";
  if (!test.ran) return all + paragraph("  ", "not run: " + test.why_not);
  const lazyref::fence_test_result& r = test.result;
  all += format(
      "  store buffering, %zu rounds of each kind: %zu violations with the fences, %zu in the control, without a "
      "barrier\n",
      r.rounds, r.violations, r.control_violations);
  const std::string of = fence.after.light_is_free ? "" : " (of full fences on both sides, which this process uses)";
  switch (r.verdict) {
    case lazyref::fence_verdict::holds:
      return all + paragraph("  holds: ",
                             "without a barrier this machine reorders; with the fences, it never did" + of + ".");
    case lazyref::fence_verdict::violated:
      return all +
             paragraph("  violated: ",
                       "both threads missed each other's store in spite of the fences" + of +
                           ". The system reports success without issuing a barrier. Do not use this backend here.");
    case lazyref::fence_verdict::no_power:
      break;
  }
  return all +
         paragraph("  no power: ",
                   "there were hardly any violations even without a barrier" + of +
                       ", so the test shows nothing: one CPU, an emulator, or a busy or strongly ordered machine.");
}

std::string summary_text(const summary& s) {
  std::string reasons;
  for (const std::string& reason : s.reasons) reasons += (reasons.empty() ? "" : " ") + reason;
  std::string all = "\nsummary\n" + paragraph("  use: ", s.use) + paragraph("  ", reasons);
  for (const warning& w : s.warnings) all += paragraph("  - ", std::string(w.kind) + ": " + w.text);
  return all;
}

}  // namespace

std::string text_report(const findings& f, const summary& s) {
  return "lazyref doctor " + version() + "\n\n" + host_text(f.host) + membarrier_text(f.membarrier) +
         fence_text(f.fence) + rseq_text(f.rseq) + code_text(f.code) + costs_text(f.costs) +
         publishing_text(f.publishing, f.code) + self_test_text(f.self_test, f.fence) + summary_text(s);
}

}  // namespace doctor
