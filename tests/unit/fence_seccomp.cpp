// SPDX-License-Identifier: BSL-1.0
//
// Seccomp filters that refuse membarrier, or kill for it, before and after initialisation; each in a child of its own.
#include <cerrno>
#include <string>

#include <lazyref/fence.hpp>

#include "../support/catch.hpp"
#include "../support/fence_child.hpp"
#include "../support/unit_fence.hpp"

#if defined(__linux__)

using namespace lazyref_test;
using lazyref::fence_backend;
using lazyref::fence_mode;
using lazyref::fence_status;
namespace detail = lazyref::detail;

namespace {

constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

// Objects of their own, because the process's fence may be initialised already.
using automatic_fence = fence_of<fence_mode::automatic>;
using required_fence = fence_of<fence_mode::required>;

bool says(const char* sentence, const char* word) { return std::string(sentence).find(word) != std::string::npos; }

// What a lying, refusing or killing kernel is made of here; empty if this host lets us have one.
const char* no_filters_here() {
#if !defined(__x86_64__) && !defined(__i386__) && !defined(__aarch64__)
  return "the filter knows x86-64, i386 and aarch64 only";
#else
  if (!kernel_has(detail::membarrier_private_expedited)) return "this kernel does not have membarrier";
  const child_result child = in_child([] {
    if (!filter_membarrier(answer_errno(EXDEV))) return child_skips;
    LAZYREF_CHILD_REQUIRE(raw_membarrier(0) == -EXDEV);
    return 0;
  });
  return child.exit_status == 0 ? nullptr : "this host does not let a process install a seccomp filter";
#endif
}

#define LAZYREF_NEEDS_FILTERS() \
  if (const char* why = no_filters_here()) LAZYREF_SKIP(why)

}  // namespace

TEST_CASE("a filter before initialisation that refuses membarrier leads to full fences, for a reason", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  const struct {
    int error;
    const char* word;
  } filters[] = {{EPERM, "EPERM"}, {ENOSYS, "ENOSYS"}};
  for (const auto& filter : filters) {
    for (int command : {-1, +detail::membarrier_query, +detail::membarrier_register_private_expedited,
                        +detail::membarrier_private_expedited}) {
      const child_result child = in_child([&] {
        LAZYREF_CHILD_REQUIRE(filter_membarrier(answer_errno(filter.error), command));
        automatic_fence fence;
        const fence_status status = fence.initialize();
        LAZYREF_CHILD_REQUIRE(status.backend == fence_backend::symmetric);
        LAZYREF_CHILD_REQUIRE(!status.light_is_free);
        LAZYREF_CHILD_REQUIRE(says(status.reason, filter.word));
        LAZYREF_CHILD_REQUIRE(fence.try_heavy(seq_cst));
        fence.light(seq_cst);
        return 0;
      });
      INFO(filter.word << ", command " << command << ": " << child.err);
      CHECK(child.exit_status == 0);
    }
  }
}

TEST_CASE("a filter before a required unit is loaded ends the program, unless it only forbids the question",
          "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  for (int error : {EPERM, ENOSYS}) {
    for (int command : {-1, +detail::membarrier_query, +detail::membarrier_register_private_expedited,
                        +detail::membarrier_private_expedited}) {
      const child_result child = in_child([&] {
        LAZYREF_CHILD_REQUIRE(filter_membarrier(answer_errno(error), command));
        lazyref::set_fatal_handler([](const char* message, int code) noexcept {
          std::fputs(message, stderr);
          ::_exit(100 + code);
        });
        required_fence required;
        LAZYREF_CHILD_REQUIRE(required.try_heavy(seq_cst));
        return 0;
      });
      INFO("errno " << error << ", command " << command << ": " << child.err);
      if (command == detail::membarrier_query) {
        CHECK(child.exit_status == 0);
      } else {
        CHECK(child.exit_status == 100 + error);
        CHECK(says(child.err.c_str(), "LAZYREF_FENCE_REQUIRED"));
      }
    }
  }
}

TEST_CASE("a filter after initialisation gives the errno to the caller that asks", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  for (int error : {EPERM, ENOSYS, EACCES}) {
    const child_result child = in_child([error] {
      automatic_fence fence;
      LAZYREF_CHILD_REQUIRE(fence.initialize().light_is_free);
      LAZYREF_CHILD_REQUIRE(filter_membarrier(answer_errno(error)));
      for (int i = 0; i < 2; ++i) {
        const lazyref::sync_result result = fence.try_heavy(seq_cst);
        LAZYREF_CHILD_REQUIRE(result.error() == error);
        LAZYREF_CHILD_REQUIRE(says(result.what(), "seccomp") || error == EACCES);
      }
      LAZYREF_CHILD_REQUIRE(fence.info().light_is_free);
      return 0;
    });
    INFO("errno " << error << ": " << child.err);
    CHECK(child.exit_status == 0);
  }
}

TEST_CASE("a filter after initialisation ends a heavy fence in the fatal hook, with the errno", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  for (int error : {EPERM, ENOSYS}) {
    const child_result child = in_child([error] {
      automatic_fence fence;
      LAZYREF_CHILD_REQUIRE(fence.initialize().light_is_free);
      LAZYREF_CHILD_REQUIRE(filter_membarrier(answer_errno(error)));
      lazyref::set_fatal_handler([](const char* message, int code) noexcept {
        std::fputs(message, stderr);
        ::_exit(100 + code);
      });
      fence.heavy(seq_cst);
      return child_failed(__LINE__, "the heavy fence does not return");
    });
    INFO("errno " << error << ": " << child.err);
    CHECK(child.exit_status == 100 + error);
    CHECK(says(child.err.c_str(), "LAZYREF_FENCE_SYMMETRIC"));
  }
}

TEST_CASE("a filter that kills for membarrier kills plain initialisation, which shows that it does", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  for (int command : {-1, +detail::membarrier_query}) {
    const child_result child = in_child([command] {
      automatic_fence fence;
      LAZYREF_CHILD_REQUIRE(filter_membarrier(SECCOMP_RET_KILL_PROCESS, command));
      fence.initialize();
      return 0;
    });
    CHECK(child.signal == SIGSYS);
  }
}

TEST_CASE("the override `symmetric` survives a filter that kills for membarrier", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  const child_result child = in_child([] {
    automatic_fence fence;
    LAZYREF_CHILD_REQUIRE(filter_membarrier(SECCOMP_RET_KILL_PROCESS));
    LAZYREF_CHILD_REQUIRE(fence.initialize(fence_backend::symmetric).backend == fence_backend::symmetric);
    fence.light(seq_cst);
    fence.heavy(seq_cst);
    LAZYREF_CHILD_REQUIRE(!fence.initialize().light_is_free);
    return 0;
  });
  INFO(child.err << "signal " << child.signal);
  CHECK(child.exit_status == 0);
}

TEST_CASE("the override `membarrier` survives a filter that kills for the question", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  const child_result child = in_child([] {
    automatic_fence fence;
    LAZYREF_CHILD_REQUIRE(filter_membarrier(SECCOMP_RET_KILL_PROCESS, detail::membarrier_query));
    LAZYREF_CHILD_REQUIRE(fence.initialize(fence_backend::membarrier).light_is_free);
    fence.light(seq_cst);
    fence.heavy(seq_cst);
    LAZYREF_CHILD_REQUIRE(fence.initialize().light_is_free);
    return 0;
  });
  INFO(child.err << "signal " << child.signal);
  CHECK(child.exit_status == 0);
}

TEST_CASE("the symmetric build survives a filter that kills for membarrier", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  const child_result child = in_child([] {
    LAZYREF_CHILD_REQUIRE(filter_membarrier(SECCOMP_RET_KILL_PROCESS));
    fence_of<fence_mode::symmetric> fence;
    fence.initialize();
    fence.initialize(fence_backend::membarrier);
    fence.heavy(seq_cst);
    fence.light(seq_cst);
    (void)fence.registrations();
    (void)fence.cross_process_heavy(seq_cst);
    (void)fence.rseq_fence(0, 0);
    return 0;
  });
  INFO(child.err << "signal " << child.signal);
  CHECK(child.exit_status == 0);
}

TEST_CASE("registrations are the library's own record where a filter hides the kernel's", "[fence]") {
  LAZYREF_NEEDS_FILTERS();
  const child_result child = in_child([] {
    automatic_fence fence;
    LAZYREF_CHILD_REQUIRE(filter_membarrier(answer_errno(EINVAL), detail::membarrier_get_registrations));
    LAZYREF_CHILD_REQUIRE(!fence.registrations().private_expedited);
    fence.initialize();
    LAZYREF_CHILD_REQUIRE(!fence.registrations().reported_by_kernel);
    LAZYREF_CHILD_REQUIRE(fence.registrations().private_expedited);
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

#endif
