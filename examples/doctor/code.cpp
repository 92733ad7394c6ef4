// SPDX-License-Identifier: BSL-1.0
//
// What this host needs before threads may run new machine code: how all threads are synchronised, what synchronises one
// core, and whether there is memory for code.
#include <cerrno>
#include <cstring>

#include <lazyref/code_space.hpp>

#include "child.hpp"
#include "findings.hpp"

namespace doctor {
namespace {

struct capabilities {
  lazyref::instruction_sync_info before, after;
  lazyref::sync_result initialized;
};

capabilities ask_capabilities() {
  capabilities c{};
  c.before = lazyref::instruction_sync_capabilities();
  c.initialized = lazyref::instruction_sync_initialize();
  c.after = lazyref::instruction_sync_capabilities();
  return c;
}

void examine_core([[maybe_unused]] core_findings& core) {
#if defined(__x86_64__) || defined(__i386__)
#if defined(__GNUC__)
  core.x86 = true;
  core.serialize = (lazyref::arch::x86_ask_leaf7_edx() >> 14 & 1) != 0;
  core.shadow_stack = lazyref::arch::x86_has_shadow_stack();
  core.tcg = lazyref::arch::x86_ask_tcg();
  switch (lazyref::arch::x86_choose(core.serialize ? 1u << 14 : 0, core.shadow_stack || core.tcg)) {
    case lazyref::arch::x86_serializer::serialize:
      core.by = "SERIALIZE";
      core.why = "CPUID reports it";
      break;
    case lazyref::arch::x86_serializer::iret:
      core.by = "IRET";
      core.why = "CPUID reports no SERIALIZE and no emulation by QEMU, and this thread has no shadow stack";
      break;
    case lazyref::arch::x86_serializer::cpuid:
      core.by = "CPUID";
      core.why = core.shadow_stack
                     ? "CPUID reports no SERIALIZE, and IRET may not be executed on a shadow stack"
                     : "CPUID reports no SERIALIZE, and QEMU, which emulates this processor, ends programs "
                       "that execute IRET under a kernel with SMAP (before its version 9.1)";
      break;
  }
#endif
#elif defined(_M_X64) || defined(_M_IX86)
  core.by = "CPUID";
#elif defined(__aarch64__)
  core.by = "isb";
#if !defined(__APPLE__)
  std::uint64_t ctr_el0 = 0;
  __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr_el0));
  const lazyref::arch::arm64_caches caches = lazyref::arch::arm64_decode(ctr_el0);
  core.caches_known = true;
  core.data_line = caches.data_line;
  core.instruction_line = caches.instruction_line;
  core.idc = !caches.clean;
  core.dic = !caches.invalidate;
#endif
#elif !defined(LAZYREF_DETAIL_HAS_CODE_SYNC)
  // Empty: lazyref has no sequence for this architecture.
#elif defined(__arm__)
  core.by = __ARM_ARCH >= 7 ? "isb" : "mcr p15, 0, r0, c7, c5, 4";
#elif defined(__powerpc__)
  core.by = "isync";
#elif defined(__riscv)
  core.by = "riscv_flush_icache";
  core.why = "a system call, since Linux does not let programs rely on fence.i";
#elif defined(__s390x__)
  core.by = "bcr 15,0";
#elif defined(__loongarch__)
  core.by = "ibar 0";
#elif defined(__mips__)
  core.by = "jr.hb";
#endif
}

struct probe : lazyref::code_block<probe> {};

// Returns the first failure, or success. With each_executor, since examine_code tests the synchronisation of all threads.
lazyref::sync_result try_memory(lazyref::code_mapping mapping) {
  constexpr std::size_t size = 64;
  lazyref::code_space<probe> space({size, 1, 1}, mapping, lazyref::code_synchronisation::each_executor);
  if (!space) return space.status();
  auto draft = space.draft(size);
  if (!draft) return draft.status();
  std::memset(draft.data(), 0, size);
  lazyref::strong_ref<probe> code;
  return space.publish(draft, code);
}

code_memory_findings examine_memory(lazyref::code_mapping mapping) {
  const auto tried = in_child([mapping] { return try_memory(mapping); });
  if (!tried.ok) return {tried.killed ? answer::kills : answer::not_asked, 0, tried.failure};
  if (tried.value) return {answer::works, 0, {}};
  const int error = tried.value.error();
  return {error == EACCES || error == EPERM ? answer::refused : answer::missing, error, tried.value.what()};
}

}  // namespace

code_findings examine_code() {
  code_findings code{};
  const auto tried = in_child(ask_capabilities);
  code.asked = tried.ok;
  code.why_not = tried.failure;
  if (code.asked) {
    const capabilities found = ask_capabilities();
    code.before = found.before;
    code.after = found.after;
    code.error = found.initialized.error();
    if (!found.initialized) code.why_not = found.initialized.what();
  }
  examine_core(code.core);
  code.dual = examine_memory(lazyref::code_mapping::dual);
  code.flip = examine_memory(lazyref::code_mapping::flip);
  code.dual_huge = examine_huge_pages(lazyref::code_mapping::dual);
  code.flip_huge = examine_huge_pages(lazyref::code_mapping::flip);
  return code;
}

}  // namespace doctor
