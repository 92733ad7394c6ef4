// SPDX-License-Identifier: BSL-1.0
//
// The part of the human-readable report about new machine code.
#include "text.hpp"

namespace doctor {
namespace {

std::string info_text(const lazyref::instruction_sync_info& info) {
  return std::string(word(info.all_threads)) + (info.registered ? ", registered: " : ", not registered: ") +
         info.reason;
}

std::string core_text(const core_findings& core) {
  if (core.by.empty()) return paragraph("  this core         ", "lazyref has no sequence for this architecture");
  std::string all = paragraph("  this core         ", core.by + (core.why.empty() ? "" : ": " + core.why));
  if (core.x86) all += line("shadow stack", yes(core.shadow_stack)) + line("emulated by QEMU", yes(core.tcg));
  if (core.caches_known) {
    all += line("cache lines", format("data %zu bytes, instruction %zu bytes", core.data_line, core.instruction_line));
    all += line("coherent", format("cleaning needed: %s (IDC %d), invalidation needed: %s (DIC %d)", yes(!core.idc),
                                   core.idc, yes(!core.dic), core.dic));
  }
  return all;
}

std::string memory_text(const char* name, const code_memory_findings& memory) {
  return paragraph(format("  %-17s ", name),
                   word(memory.verdict) + (memory.detail.empty() ? "" : ": " + memory.detail));
}

std::string huge_text(const char* name, const huge_page_findings& huge) {
  if (!huge.asked) return paragraph(format("  %-17s ", name), "not known: " + huge.why_not);
  const char* const all = huge.huge_bytes == huge.bytes ? "took effect" : huge.huge_bytes == 0 ? "none" : "in part";
  return paragraph(format("  %-17s ", name),
                   format("%s: %zu of %zu KiB are in huge pages", all, huge.huge_bytes / 1024, huge.bytes / 1024) +
                       (huge.setting.empty() ? "" : "; " + huge.setting));
}

}  // namespace

std::string code_text(const code_findings& code) {
  std::string all = "\ninstruction stream\n";
  if (code.asked) {
    all += paragraph("  before            ", info_text(code.before));
    all += paragraph("  after             ", info_text(code.after));
  }
  all +=
      paragraph("  all threads       ", code.why_not.empty() ? "can be synchronised" : "not usable: " + code.why_not);
  return all + core_text(code.core) + memory_text("memory, dual", code.dual) + memory_text("memory, flip", code.flip) +
         huge_text("huge pages, dual", code.dual_huge) + huge_text("huge pages, flip", code.flip_huge);
}

std::string publishing_text(const std::vector<publish_cost>& costs, const code_findings& code) {
  std::string all = format("\n%-36s %7s %12s %12s %12s %5s\n", "publishing 64-byte blocks, ns, median", "blocks",
                           "per batch", "per block", "highest", "runs");
  if (!code.why_not.empty()) all += "  without synchronising other threads: each thread synchronises itself\n";
  std::string said;
  for (const publish_cost& c : costs) {
    if (c.batch.runs != 0) {
      all += format("  %-34s %7u %12s %12s %12s %5u\n", c.label.c_str(), c.blocks, digits(c.batch.median).c_str(),
                    digits(c.batch.median / c.blocks).c_str(), digits(c.batch.high).c_str(), c.batch.runs);
    } else if (said != c.label) {
      all += paragraph(format("  %-34s ", c.label.c_str()), "not measured: " + c.why_not);
      said = c.label;
    }
  }
  const double one = flip_beside_dual(costs, 1), hundred = flip_beside_dual(costs, 100);
  if (one > 0 && hundred > 0)
    all += format("  flip takes %.3g times as long as dual for one block, %.3g times for 100\n", one, hundred);
  return all;
}

}  // namespace doctor
