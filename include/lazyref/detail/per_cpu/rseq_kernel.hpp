// SPDX-License-Identifier: BSL-1.0
//
// How lazyref interprets what the C library and the kernel report of restartable sequences. Pure functions, the same on
// every system: detail/per_cpu/rseq.hpp queries, these decide.
//
// The two modes of the kernel. A registration of 32 bytes is legacy: the kernel writes all ids each time that it has
// had the CPU. A longer one is V2 (Linux 7.0.y and 7.1, 2026): it writes only changed ids, and kills a process in which
// anything else has written cpu_id_start, cpu_id, node_id or mm_cid. In both modes lazyref writes only rseq_cs. A
// kernel accepts 32 bytes, or at least its feature size; so a registration is never shorter than 32.
//
// What __rseq_size means. glibc 2.35 to 2.40 registers 32 bytes, of which it knew 20. It reports 32 (2.35 to 2.39 as
// released), or 20 (2.40, and the others with that fix). 2.41 and later report the kernel's feature size, and register
// that, but at least 32: 33 with Linux 7.0.
//
// mm_cid, the bytes from 24 to 27, is used where size and feature size both reach 28:
//   feature size below 28, or none  the kernel has no mm_cid, whatever the C library has registered
//   feature size from 28 on:
//     size 20                       it is written, as the registration is of 32 bytes; but the C library guarantees only
//                                   20, and its next version may use the rest for something else
//     size 32, which may mean 20    the registration is of 32 bytes, which include mm_cid, and a kernel that has mm_cid
//                                   fills it in for each registration; glibc does not touch it
//     size 28 or more               the C library guarantees it
// So the C library's version need not be known, and is not queried.
//
// Sources: Linux, Documentation/userspace-api/rseq.rst, commits 82f572449cfe and 99428157dcf3 (V2), and kernel/rseq.c
// (since 6.3: registrations of 32 bytes, or of the feature size and more); glibc, bug 31965 (what __rseq_size says).
#include "../../config.hpp"

#ifndef LAZYREF_DETAIL_PER_CPU_RSEQ_KERNEL_HPP
#define LAZYREF_DETAIL_PER_CPU_RSEQ_KERNEL_HPP

#include <cstddef>

LAZYREF_BEGIN_NAMESPACE

// How slots are selected by where a thread runs.
enum class cpu_index : unsigned char {
  cpu,            // the CPU's number
  concurrency_id  // mm_cid: as many as threads of this process run at the same time, counted from 0
};

// The result of test_rseq (rseq_test.hpp).
enum class rseq_verdict : unsigned char {
  unknown,          // not tested, or the test could not tell
  restarts,         // a sequence whose thread is preempted restarts
  does_not_restart  // it continues as if nothing had happened: sequences must not be used for claims
};

namespace detail {

// How the kernel treats the registration; see the head of this file.
enum class rseq_mode : unsigned char { none, legacy, v2 };

struct rseq_support {
  bool usable;
  cpu_index index_by;
  const char* reason;
  std::ptrdiff_t area;               // relative to the thread pointer
  std::ptrdiff_t index_at;           // likewise
  rseq_mode mode = rseq_mode::none;  // none: nothing is registered
};

inline constexpr std::ptrdiff_t rseq_cpu_id = 4, rseq_mm_cid = 24;

// Parses a kernel release, as uname returns it: returns the leading number, and advances `text` past it. -1: there is none.
constexpr int read_number(const char*& text) noexcept {
  int number = -1;
  for (int digits = 0; *text >= '0' && *text <= '9' && digits < 6; ++text, ++digits)
    number = (number < 0 ? 0 : number * 10) + (*text - '0');
  return number;
}

// Returns why the sequences of a kernel with this release must not be trusted; null if no defect is known.
//
// On arm64, Linux 6.19 does not abort a sequence when its thread is preempted and resumes on the same CPU (39a167560a61
// with 2fc0e4b4126c); 7.0.14 does again (411c1cf43039, which is in 7.1, but not in its first candidates). A vendor's
// release without a third number (7.0.0-15-generic) counts as it reads: compare-and-swap is always correct. The same
// holds for text that cannot be parsed, and for numbers that no kernel with restartable sequences has, which are
// invented (personality(UNAME26), a sandbox). The number does not reveal what a vendor has backported; test_rseq does.
constexpr const char* rseq_fault(const char* release, bool is_arm64) noexcept {
  if (!is_arm64) return nullptr;
  const char* at = release != nullptr ? release : "";
  const int first = detail::read_number(at);
  const int second = *at == '.' ? detail::read_number(++at) : -1;
  int third = *at == '.' ? detail::read_number(++at) : 0;
  if (third < 0) third = 0;
  const bool is_read = first >= 0 && second >= 0 && !(*at >= '0' && *at <= '9');
  if (!is_read || first < 4 || (first == 4 && second < 18)) {
    return "uname does not report the kernel's version, and on arm64 Linux 6.19 up to 7.0.13 does not abort "
           "restartable sequences";
  }
  const bool is_candidate = at[0] == '-' && at[1] == 'r' && at[2] == 'c';
  const bool is_before = first < 6 || (first == 6 && second < 19);
  const bool is_after = first > 7 || (first == 7 && second > 1) || (first == 7 && second == 1 && !is_candidate) ||
                        (first == 7 && second == 0 && third >= 14);
  if (is_before || is_after) return nullptr;
  return "this kernel does not abort a restartable sequence when its thread is preempted (arm64, Linux 6.19 up to "
         "7.0.13)";
}

// `size`: __rseq_size; `feature_size`: AT_RSEQ_FEATURE_SIZE; `area`: __rseq_offset; `fault`: as above.
constexpr rseq_support decide_rseq(unsigned size, unsigned long feature_size, std::ptrdiff_t area,
                                   const char* fault) noexcept {
  if (size == 0) {
    return {false, cpu_index::cpu,
            "the C library has not registered rseq (an old kernel, a filter, or the glibc.pthread.rseq tunable)", 0, 0};
  }
  rseq_support result{false, cpu_index::cpu,     "",
                      area,  area + rseq_cpu_id, size > 32 ? rseq_mode::v2 : rseq_mode::legacy};
  if (size < 20) {
    result.reason = "the C library reports a smaller rseq area than any kernel has";
  } else if (fault != nullptr) {
    result.reason = fault;
  } else if (size >= rseq_mm_cid + 4 && feature_size >= rseq_mm_cid + 4) {
    result.usable = true;
    result.index_by = cpu_index::concurrency_id;
    result.index_at = area + rseq_mm_cid;
    result.reason = "rseq, with the kernel's concurrency ids";
  } else {
    result.usable = true;
    result.reason = "rseq, by CPU: the C library or the kernel has no concurrency ids";
  }
  return result;
}

// What a domain uses.
constexpr rseq_support choose_claims(rseq_support found, bool is_wanted, rseq_verdict tested) noexcept {
  if (!found.usable || (is_wanted && tested != rseq_verdict::does_not_restart)) return found;
  found.usable = false;
  found.index_by = cpu_index::cpu;
  found.reason = is_wanted ? "the self-test (test_rseq) found that a restartable sequence continues after a preemption"
                           : "compare-and-swap was requested";
  return found;
}

}  // namespace detail

LAZYREF_END_NAMESPACE

#endif  // LAZYREF_DETAIL_PER_CPU_RSEQ_KERNEL_HPP
