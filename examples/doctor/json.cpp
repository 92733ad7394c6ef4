// SPDX-License-Identifier: BSL-1.0
//
// The report for machines: one JSON object. Keys stay; what is not known or not measured is null.
#include <cmath>
#include <cstdio>
#include <string_view>

#include "findings.hpp"

namespace doctor {
namespace {

class json {
 public:
  void open(const char* key, char bracket) {
    name(key);
    text_ += bracket;
    first_ = true;
    ++depth_;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) new_line();
    text_ += bracket;
    first_ = false;
  }
  void string(const char* key, std::string_view value) {
    name(key);
    quote(value);
  }
  void string_or_null(const char* key, std::string_view value) {
    value.empty() ? raw(key, "null") : string(key, value);
  }
  void flag(const char* key, bool value) { raw(key, value ? "true" : "false"); }
  void null(const char* key) { raw(key, "null"); }
  template <class Integer>
  void number(const char* key, Integer value) {
    raw(key, std::to_string(value));
  }
  void nanoseconds(const char* key, double value) {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%.2f", value);
    raw(key, std::isfinite(value) ? digits : "null");
  }
  const std::string& text() const { return text_; }

 private:
  void new_line() { text_ += '\n' + std::string(2 * depth_, ' '); }

  // Key null: an element of an array.
  void name(const char* key) {
    if (depth_ != 0) {
      if (!first_) text_ += ',';
      new_line();
    }
    first_ = false;
    if (key == nullptr) return;
    quote(key);
    text_ += ": ";
  }

  void raw(const char* key, std::string_view value) {
    name(key);
    text_ += value;
  }

  void quote(std::string_view value) {
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c < ' ' || c > '~' ? '?' : c;  // nothing here is expected to leave ASCII
    }
    text_ += '"';
  }

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

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
  rseq.cpu_read ? out.number("cpu_by_rseq", rseq.cpu_by_rseq) : out.null("cpu_by_rseq");
  rseq.cpu_read ? out.number("cpu_by_getcpu", rseq.cpu_by_call) : out.null("cpu_by_getcpu");
  out.close('}');
}

void put(json& out, const std::vector<cost>& costs) {
  out.open("cost_ns", '{');
  for (const cost& c : costs) {
    const bool measured = c.took.runs != 0;
    out.open(c.key, '{');
    measured ? out.nanoseconds("median", c.took.median) : out.null("median");
    measured ? out.nanoseconds("lowest", c.took.low) : out.null("lowest");
    measured ? out.nanoseconds("highest", c.took.high) : out.null("highest");
    out.number("runs", c.took.runs);
    out.string_or_null("why_not", c.why_not);
    out.close('}');
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
  put(out, f.costs);
  put(out, f.self_test);
  put(out, s);
  out.close('}');
  return out.text() + '\n';
}

}  // namespace doctor
