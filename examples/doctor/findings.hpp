// SPDX-License-Identifier: BSL-1.0
//
// The doctor's findings, as plain data, and the functions that collect them. Nothing here prints; an empty string means
// "unknown".
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <lazyref/code_limits.hpp>
#include <lazyref/fence_test.hpp>
#include <lazyref/instruction_sync.hpp>
#include <lazyref/rseq_test.hpp>

namespace doctor {

// host.cpp

struct hint {
  std::string answer;  // yes, no, unknown
  std::string evidence;
};

struct host_findings {
  std::string system, release, machine, libc, compiler;
  bool optimised;
  unsigned cpus_online, cpus_allowed;  // 0: not known
  hint virtual_machine, emulated, container;
  std::string seccomp;  // none, strict, filter, unknown
};

struct rseq_findings {
  bool registered;
  std::string why_not;
  unsigned size, flags;                // of the area that the C library registered
  unsigned feature_size, alignment;    // by the kernel; 0: not reported, so there is only cpu_id
  bool kernel_node_id, kernel_mm_cid;  // the kernel sets the field
  bool node_id, mm_cid;                // and the area that the C library registered contains it
  bool cpu_read;                       // the two below were read
  int cpu_by_rseq, cpu_by_call;
  const char* mode;  // of the kernel: "legacy", "V2"; null: not registered
  bool claims;       // per_cpu_domain claims slots by rseq
  std::string claims_why;
  lazyref::rseq_test_result restarts;  // of sequences that are preempted
  std::string untested;                // why the test did not run
};

host_findings examine_host();
rseq_findings examine_rseq();

// membarrier.cpp

enum class answer {
  works,
  missing,  // not offered, and does not work
  refused,  // EPERM or EACCES, which the kernel never returns from these calls: a filter
  lies,     // the call does not do what QUERY or the registrations report
  kills,    // the call kills the process
  not_asked
};

struct command {
  const char* name;
  int call, registration;  // registration 0: there is none
  bool needs_registration;
  const char* since;  // Linux
  const char* purpose;
  const char* without;  // the consequence if it is missing
};

struct command_findings {
  command what;
  bool offered;  // by QUERY
  answer verdict = answer::not_asked;
  std::string detail{};
  bool registered_before = false, registered_after = false;  // fence_initialize()
};

struct membarrier_findings {
  int query;  // the mask, or a negative errno
  answer verdict = answer::not_asked;
  std::string detail;
  bool registrations_by_kernel = false;
  std::vector<command_findings> commands;
};

inline constexpr int global_command = 1, private_expedited = 1 << 3, register_private_expedited = 1 << 4,
                     sync_core = 1 << 5, register_sync_core = 1 << 6;

int membarrier(int command) noexcept;  // the raw call: its result, or a negative errno
membarrier_findings examine_membarrier();
bool safe_to_ask_registrations(const membarrier_findings&);
void note_registrations(membarrier_findings&, const lazyref::fence_registrations&, bool command_findings::*when);
const command_findings& find(const membarrier_findings&, int call);

// fence.cpp

struct fence_findings {
  bool usable;  // false: a heavy fence would end the process
  std::string why_not;
  lazyref::fence_status before, after;
};

// Makes the fence decision of this process; whatever needs an undecided process must run before.
fence_findings examine_fence(membarrier_findings&);

struct self_test_findings {
  bool ran;
  std::string why_not;
  lazyref::fence_test_result result;
};

self_test_findings test_fence_for(std::chrono::milliseconds, const fence_findings&);

// code.cpp

// How sync_core_this_thread() synchronises, and the caches that flush_code_range maintains.
struct core_findings {
  std::string by, why;                      // by: empty if lazyref has no sequence for this architecture
  bool x86, serialize, shadow_stack, tcg;   // tcg: QEMU emulates the processor; the latter three: on x86 only
  bool caches_known;                        // the four below: CTR_EL0 of arm64
  std::size_t data_line, instruction_line;  // bytes
  bool idc, dic;                            // data lines need no cleaning, instruction lines no invalidation
};

// Whether blocks of a code_space can be drafted, written and published.
struct code_memory_findings {
  answer verdict;
  int error;  // an errno
  std::string detail;
};

// Whether 4 MiB of a code_space with huge_pages lie in pages of 2 MiB.
struct huge_page_findings {
  bool asked;                     // false: there is no such memory, or the system does not report it
  std::size_t bytes, huge_bytes;  // touched; of these in huge pages
  std::string setting;            // the system's setting: its file, and its value
  std::string why_not;            // why it was not examined
};

struct code_findings {
  bool asked;  // false: the call would kill the process
  int error;   // of instruction_sync_initialize(), an errno
  std::string why_not;
  lazyref::instruction_sync_info before, after;
  core_findings core;
  code_memory_findings dual, flip;
  huge_page_findings dual_huge, flip_huge;
};

code_findings examine_code();  // registers this process for SYNC_CORE

// huge_pages.cpp

huge_page_findings examine_huge_pages(lazyref::code_mapping);

// cost.cpp

struct timing {
  double median, low, high;  // nanoseconds per call
  unsigned runs;             // 0: not measured
};

struct cost {
  const char* key;
  const char* label;
  timing took;
  std::string why_not;
};

struct effort {
  unsigned runs, registrations;
  std::chrono::microseconds sample;
  std::chrono::milliseconds self_test;
};

std::vector<cost> measure_registration(const effort&, const membarrier_findings&);  // before examine_fence()
void add(std::vector<cost>&, std::vector<cost> more);
std::vector<cost> measure_fences(const effort&, const fence_findings&, const membarrier_findings&);

// code_cost.cpp

// The cost of drafting, writing and publishing n blocks together.
struct publish_cost {
  std::string key, label;
  unsigned blocks;
  timing batch;
  std::string why_not;
};

std::vector<cost> measure_code_registration(const effort&, const membarrier_findings&);  // before examine_code()
std::vector<cost> measure_code(const effort&, const code_findings&, const membarrier_findings&);
std::vector<publish_cost> measure_publishing(const effort&, const code_findings&);

// Returns the time of publishing that many blocks with `flip`, as a multiple of that with `dual`, one thread; 0: unknown.
double flip_beside_dual(const std::vector<publish_cost>&, unsigned blocks);

// summary.cpp

struct findings {
  host_findings host;
  rseq_findings rseq;
  membarrier_findings membarrier;
  fence_findings fence;
  code_findings code;
  std::vector<cost> costs;
  std::vector<publish_cost> publishing;
  self_test_findings self_test;
};

struct warning {
  const char* kind;  // missing, refused, lies, kills, violated, note
  std::string text;
};

struct summary {
  const char* use;  // auto, required, symmetric
  std::vector<std::string> reasons;
  std::vector<warning> warnings;
  int exit_code;
};

summary sum_up(const findings&);

// text.cpp, code_text.cpp, json.cpp

const char* word(answer) noexcept;
const char* word(lazyref::fence_backend) noexcept;
const char* word(lazyref::fence_mode) noexcept;
const char* word(lazyref::fence_verdict) noexcept;
const char* word(lazyref::rseq_verdict) noexcept;
const char* word(lazyref::all_threads_by) noexcept;
std::string version();
std::string text_report(const findings&, const summary&);
std::string json_report(const findings&, const summary&);

}  // namespace doctor
