// SPDX-License-Identifier: BSL-1.0
//
// The real fence in a real process: registration, fork, exec.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include <lazyref/fence.hpp>

#include "../support/catch.hpp"
#include "../support/fence_child.hpp"
#include "../support/unit_fence.hpp"

using namespace lazyref_test;
using lazyref::build_mode;
using lazyref::fence_backend;
using lazyref::fence_mode;
using lazyref::fence_registrations;
using lazyref::fence_status;
namespace detail = lazyref::detail;

namespace {

constexpr std::memory_order seq_cst = std::memory_order_seq_cst;
constexpr bool asks = build_mode != fence_mode::symmetric;

bool same(const fence_status& a, const fence_status& b) {
  return a.backend == b.backend && a.light_is_free == b.light_is_free && std::string(a.reason) == b.reason;
}

}  // namespace

TEST_CASE("initialising the process's fence again gives the decision that stands", "[fence]") {
  const fence_status first = lazyref::fence_initialize();
  CHECK(std::string(first.reason) != "");
  CHECK(same(first, lazyref::fence_initialize()));
  CHECK(same(first, lazyref::fence_initialize(fence_backend::symmetric)));
  CHECK(same(first, lazyref::fence_info()));
  CHECK(first.light_is_free == (first.backend != fence_backend::symmetric));
  if (build_mode == fence_mode::symmetric) CHECK_FALSE(first.light_is_free);
}

TEST_CASE("heavy and light fences of the process succeed and leave errno alone", "[fence]") {
  lazyref::fence_initialize();
  errno = 4711;
  CHECK(lazyref::try_asymmetric_thread_fence_heavy(seq_cst));
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_acquire);
  lazyref::asymmetric_thread_fence_heavy(std::memory_order_relaxed);
  lazyref::asymmetric_thread_fence_light(seq_cst);
  lazyref::asymmetric_thread_fence_light(std::memory_order_relaxed);
  (void)lazyref::registrations();
  CHECK(errno == 4711);
}

TEST_CASE("heavy fences from many threads at once all succeed", "[fence]") {
  std::atomic<int> failures{0};
  std::thread threads[4];
  // 500 each take milliseconds; where a system call is slow, fewer do.
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  for (std::thread& thread : threads) {
    thread = std::thread([&failures, end] {
      for (int i = 0; i < 500 && (i < 10 || std::chrono::steady_clock::now() < end); ++i) {
        if (!lazyref::try_asymmetric_thread_fence_heavy(seq_cst)) failures.fetch_add(1);
        lazyref::asymmetric_thread_fence_light(seq_cst);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures.load() == 0);
}

#if defined(__linux__)

#define LAZYREF_NEEDS(command)                                \
  if (!asks) LAZYREF_SKIP("this build makes no system call"); \
  if (!kernel_has(command)) LAZYREF_SKIP("this kernel does not have " #command)

TEST_CASE("where the kernel has membarrier the process uses it", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_private_expedited);
  const fence_status status = lazyref::fence_initialize();
  CHECK(status.backend == fence_backend::membarrier);
  CHECK(status.light_is_free);
  // Not EPERM: the registration is there.
  CHECK(raw_membarrier(detail::membarrier_private_expedited) == 0);
}

TEST_CASE("the reported registrations agree with the kernel's", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_get_registrations);
  lazyref::fence_initialize();
  const child_result child = in_child([] {
    for (int step = 0; step < 4; ++step) {
      if (step == 1) LAZYREF_CHILD_REQUIRE(lazyref::cross_process_fence_register());
      const bool has_rseq = kernel_has(detail::membarrier_private_expedited_rseq);
      if (step == 2 && has_rseq) LAZYREF_CHILD_REQUIRE(lazyref::rseq_fence());
      if (step == 3) (void)raw_membarrier(detail::membarrier_register_private_expedited_sync_core);
      const fence_registrations told = lazyref::registrations();
      const int mask = raw_membarrier(detail::membarrier_get_registrations);
      LAZYREF_CHILD_REQUIRE(told.reported_by_kernel);
      LAZYREF_CHILD_REQUIRE(told.private_expedited);
      LAZYREF_CHILD_REQUIRE(told.private_expedited == ((mask & (1 << 4)) != 0));
      LAZYREF_CHILD_REQUIRE(told.global_expedited == ((mask & (1 << 2)) != 0));
      LAZYREF_CHILD_REQUIRE(told.sync_core == ((mask & (1 << 6)) != 0));
      LAZYREF_CHILD_REQUIRE(told.rseq == ((mask & (1 << 8)) != 0));
      LAZYREF_CHILD_REQUIRE(step == 0 || told.global_expedited);
    }
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("the cross-process fence works before and after registration", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_global_expedited);
  const child_result child = in_child([] {
    lazyref::cross_process_fence_light(seq_cst);
    LAZYREF_CHILD_REQUIRE(lazyref::cross_process_fence_heavy(seq_cst));
    LAZYREF_CHILD_REQUIRE(lazyref::cross_process_fence_register());
    LAZYREF_CHILD_REQUIRE(lazyref::cross_process_fence_register());
    lazyref::cross_process_fence_light(seq_cst);
    LAZYREF_CHILD_REQUIRE(lazyref::cross_process_fence_heavy(seq_cst));
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("the rseq fence takes no CPU, one, one that does not exist, and no negative one", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_private_expedited_rseq);
  const child_result child = in_child([] {
    LAZYREF_CHILD_REQUIRE(lazyref::rseq_fence());
    LAZYREF_CHILD_REQUIRE(lazyref::rseq_fence(0));
    LAZYREF_CHILD_REQUIRE(lazyref::rseq_fence(1 << 20));
    // From here on, a system call is death.
    if (!filter_membarrier(SECCOMP_RET_KILL_PROCESS)) return child_skips;
    LAZYREF_CHILD_REQUIRE(lazyref::rseq_fence(-1).error() == EINVAL);
    LAZYREF_CHILD_REQUIRE(std::string(lazyref::rseq_fence(-4711).what()) != "");
    return 0;
  });
  INFO(child.err);
  CHECK((child.exit_status == 0 || child.exit_status == child_skips));
}

TEST_CASE("fork keeps the registration: the child's heavy fence needs no new one", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_private_expedited);
  REQUIRE(lazyref::fence_initialize().light_is_free);
  const child_result child = in_child([] {
    LAZYREF_CHILD_REQUIRE(lazyref::fence_info().light_is_free);
    if (kernel_has(detail::membarrier_get_registrations)) {
      LAZYREF_CHILD_REQUIRE((raw_membarrier(detail::membarrier_get_registrations) & (1 << 4)) != 0);
    }
    if (!filter_membarrier(SECCOMP_RET_KILL_PROCESS, detail::membarrier_register_private_expedited)) return child_skips;
    LAZYREF_CHILD_REQUIRE(lazyref::try_asymmetric_thread_fence_heavy(seq_cst));
    lazyref::fence_after_fork_in_child();
    LAZYREF_CHILD_REQUIRE(lazyref::try_asymmetric_thread_fence_heavy(seq_cst));
    return 0;
  });
  INFO(child.err);
  CHECK((child.exit_status == 0 || child.exit_status == child_skips));
}

TEST_CASE("a process with one thread registers and fences", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_private_expedited);
  const child_result child = in_child([] {
    fence_of<fence_mode::required> fence;
    LAZYREF_CHILD_REQUIRE(fence.initialize().light_is_free);
    LAZYREF_CHILD_REQUIRE(fence.try_heavy(seq_cst));
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("a fence may be initialised with other threads running", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_private_expedited);
  fence_of<fence_mode::automatic> fence;
  std::atomic<bool> stop{false};
  std::thread threads[2];
  for (std::thread& thread : threads) {
    thread = std::thread([&] {
      while (!stop.load(std::memory_order_relaxed)) fence.light(seq_cst);
    });
  }
  const bool heavy = static_cast<bool>(fence.try_heavy(seq_cst));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(heavy);
  CHECK(fence.info().light_is_free);
}

TEST_CASE("a fork while another thread is inside a heavy fence leaves a child that can fence", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_private_expedited);
#if LAZYREF_TEST_TSAN
  LAZYREF_SKIP("ThreadSanitizer does not support a fork of a process with threads");
#else
  lazyref::fence_initialize();
  std::atomic<bool> stop{false};
  std::thread fencing([&] {
    while (!stop.load(std::memory_order_relaxed)) (void)lazyref::try_asymmetric_thread_fence_heavy(seq_cst);
  });
  int bad = 0;
  std::string err;
  for (int i = 0; i < 50; ++i) {
    const child_result child = in_child([i] {
      if (i % 2 == 1) lazyref::fence_after_fork_in_child();
      for (int k = 0; k < 3; ++k) LAZYREF_CHILD_REQUIRE(lazyref::try_asymmetric_thread_fence_heavy(seq_cst));
      return 0;
    });
    bad += child.exit_status == 0 ? 0 : 1;
    err += child.err;
  }
  stop = true;
  fencing.join();
  INFO(err);
  CHECK(bad == 0);
#endif
}

TEST_CASE("exec clears the registration, and the new program registers again, early, first or late", "[fence]") {
  LAZYREF_NEEDS(detail::membarrier_private_expedited);
#if defined(LAZYREF_EXEC_PROBE)
  lazyref::fence_initialize();
  for (const char* what : {"cleared", "late", "early"}) {
    const child_result child = in_child([what] {
      if (std::string(what) == "early") ::setenv("LAZYREF_PROBE_EARLY", "1", 1);
      ::execl(LAZYREF_EXEC_PROBE, "exec_probe", what, static_cast<char*>(nullptr));
      return child_failed(__LINE__, "exec of " LAZYREF_EXEC_PROBE);
    });
    INFO(what << ": " << child.err);
    CHECK(child.exit_status == 0);
  }
#else
  LAZYREF_SKIP("this build does not define LAZYREF_EXEC_PROBE, the path of the program to execute");
#endif
}

#endif
