// SPDX-License-Identifier: BSL-1.0
//
// The costs of synchronisation before threads may run new machine code.
#include <cstring>
#include <tuple>

#include <lazyref/code_space.hpp>

#include "measure.hpp"

namespace doctor {
namespace {

constexpr const char* not_here = "not on this processor";

// All by function pointers, so that the cost of the call is the same.
using operation = void (*)();

struct contender {
  const char *key, *label;
  operation run;
  std::string why_not;  // why it is not measured; empty if it is
};

void skip() {}

void this_core() {
#if defined(LAZYREF_DETAIL_HAS_CODE_SYNC)
  lazyref::sync_core_this_thread();
#endif
}

void all_cores() { static_cast<void>(lazyref::sync_core_all_threads()); }

void raw_sync_core() { membarrier(sync_core); }

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
void serialize() { lazyref::arch::x86_serialize(); }
void iret() { lazyref::arch::x86_iret(); }
void cpuid() { static_cast<void>(lazyref::arch::x86_cpuid(0)); }
#else
constexpr operation serialize = skip, iret = skip, cpuid = skip;
#endif

template <std::size_t N>
using contenders = std::array<contender, N>;

template <std::size_t N>
auto alternate_contenders(const effort& e, const contenders<N>& all) {
  return std::apply([&e](const auto&... t) { return alternate(e, (t.why_not.empty() ? t.run : skip)...); }, all);
}

template <std::size_t N>
std::vector<cost> costs_of(const contenders<N>& all, const from_child<std::array<timing, N>>& answer) {
  std::vector<cost> costs;
  for (std::size_t i = 0; i < N; ++i) {
    const contender& t = all[i];
    costs.push_back(t.why_not.empty() ? cost_of(t.key, t.label, answer, i) : missing(t.key, t.label, t.why_not));
  }
  return costs;
}

std::vector<cost> measure_one_core(const effort& e, const core_findings& core) {
  const char* const no_iret = !core.x86           ? not_here
                              : core.shadow_stack ? "not on a shadow stack"
                              : core.tcg          ? "not where QEMU emulates the processor"
                                                  : "";
  const contenders<4> all{{
      {"serialize", "SERIALIZE", serialize, core.x86 && core.serialize ? "" : not_here},
      {"iret", "IRET to the next instruction", iret, no_iret},
      {"cpuid", "CPUID", cpuid, core.x86 ? "" : not_here},
      {"sync_core_this_thread", "sync_core_this_thread()", this_core,
       core.by.empty() ? "lazyref has no sequence for this architecture" : ""},
  }};
  return costs_of(all, in_child([&] { return alternate_contenders(e, all); }));
}

std::vector<cost> measure_all_cores(const effort& e, const code_findings& code, const membarrier_findings& m) {
  const std::string no_raw = find(m, sync_core).verdict == answer::works ? "" : "not available";
  const std::string& no_call = code.why_not;
  const cpu_pair cpus = find_two_cpus();
  const auto sibling = [&](const std::string& why_not) {
    return why_not.empty() && !cpus.exists ? std::string(one_cpu) : why_not;
  };
  const contenders<2> alone{{
      {"sync_core_alone", "SYNC_CORE, one thread", raw_sync_core, no_raw},
      {"sync_core_all_threads_alone", "sync_core_all_threads(), one thread", all_cores, no_call},
  }};
  const contenders<2> beside_one{{
      {"sync_core_running_sibling", "SYNC_CORE, with a running sibling", raw_sync_core, sibling(no_raw)},
      {"sync_core_all_threads_running_sibling", "sync_core_all_threads(), running sibling", all_cores,
       sibling(no_call)},
  }};
  // On hosts where lazyref needs no SYNC_CORE, this process is not registered for it yet.
  const auto enter = [&no_raw] {
    if (no_raw.empty()) membarrier(register_sync_core);
  };
  std::vector<cost> costs = costs_of(alone, in_child([&] {
                                       enter();
                                       return alternate_contenders(e, alone);
                                     }));
  add(costs, costs_of(beside_one, in_child([&] {
                        enter();
                        return beside(
                            nothing, [&] { return alternate_contenders(e, beside_one); }, cpus);
                      })));
  return costs;
}

struct timed_block : lazyref::code_block<timed_block> {};
using space_type = lazyref::code_space<timed_block>;

struct flush_timings {
  std::array<timing, 3> took;
  const char* why_not;
};

flush_timings time_flushes(const effort& e, lazyref::code_mapping mapping) {
  constexpr std::size_t size = 65536;
  static unsigned char plain[size];
  space_type space({size, 1, 1}, mapping);
  const auto draft = space.draft(size);
  // Without memory for code, plain memory: the flush costs the same.
  unsigned char* const write = draft ? draft.data() : plain;
  const void* const execute = draft ? reinterpret_cast<const void*>(draft.address()) : plain;
  std::memset(write, 0, size);
  const lazyref::sync_result first = lazyref::flush_code_range(write, execute, size);
  if (!first) return {{}, first.what()};
  const auto flush = [=](std::size_t bytes) {
    return [=] { static_cast<void>(lazyref::flush_code_range(write, execute, bytes)); };
  };
  return {alternate(e, flush(64), flush(4096), flush(size)), nullptr};
}

std::vector<cost> measure_flushes(const effort& e, const code_findings& code) {
  const auto mapping = code.dual.verdict == answer::works ? lazyref::code_mapping::dual : lazyref::code_mapping::flip;
  const auto timed = in_child([&e, mapping] { return time_flushes(e, mapping); });
  const struct {
    const char *key, *label;
  } names[] = {{"flush_64", "flush of 64 bytes, written before"},
               {"flush_4096", "flush of 4 KiB, written before"},
               {"flush_65536", "flush of 64 KiB, written before"}};
  std::vector<cost> costs;
  for (std::size_t i = 0; i < 3; ++i) {
    if (timed.ok && timed.value.why_not == nullptr)
      costs.push_back({names[i].key, names[i].label, timed.value.took[i], {}});
    else
      costs.push_back(missing(names[i].key, names[i].label, timed.ok ? timed.value.why_not : timed.failure));
  }
  return costs;
}

}  // namespace

std::vector<cost> measure_code_registration(const effort& e, const membarrier_findings& m) {
  const char* early = "SYNC_CORE registration, early (one thread)";
  const char* late = "SYNC_CORE registration, late (a sibling)";
  const char* early_key = "register_sync_core_early";
  const char* late_key = "register_sync_core_late";
  if (find(m, sync_core).verdict != answer::works)
    return {missing(early_key, early, "not available"), missing(late_key, late, "not available")};
  return {registration(early_key, early, e.registrations, register_once<register_sync_core>),
          registration(late_key, late, e.registrations,
                       [] { return beside(nothing, register_once<register_sync_core>, find_two_cpus()); })};
}

std::vector<cost> measure_code(const effort& e, const code_findings& code, const membarrier_findings& m) {
  std::vector<cost> costs = measure_one_core(e, code.core);
  add(costs, measure_all_cores(e, code, m));
  add(costs, measure_flushes(e, code));
  return costs;
}

}  // namespace doctor
