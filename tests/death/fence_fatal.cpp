// SPDX-License-Identifier: BSL-1.0
//
// The fatal hook, and the fences that end in it. Each case dies in a child of its own.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include <lazyref/fence.hpp>

#include "../support/catch.hpp"
#include "../support/fence_child.hpp"
#include "../support/fence_script.hpp"

#if defined(__linux__)

using namespace lazyref_test;
using lazyref::fence_backend;
using lazyref::fence_mode;
namespace detail = lazyref::detail;

namespace {

constexpr std::memory_order seq_cst = std::memory_order_seq_cst;
constexpr int barrier = detail::membarrier_private_expedited;
constexpr int register_barrier = detail::membarrier_register_private_expedited;

using answers = std::map<int, std::deque<int>>;
using automatic_fence = scripted_fence<fence_mode::automatic>;
using required_fence = scripted_fence<fence_mode::required>;

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

void exits_with_errno(const char* message, int error) noexcept {
  std::fprintf(stderr, "hook: %s", message);
  ::_exit(100 + error);
}

void returns(const char* message, int) noexcept { std::fprintf(stderr, "returning: %s", message); }

void other_hook(const char*, int) noexcept {}

}  // namespace

TEST_CASE("by default a fatal error prints one line to standard error and aborts", "[fence]") {
  const child_result child = in_child([] {
    detail::call_fatal_hook("a message for the test", EPERM);
    return 0;
  });
  CHECK(child.signal == SIGABRT);
  CHECK(child.err == "lazyref: a message for the test\n");
}

TEST_CASE("a hook is called with the message and the errno, and may end the process in its own way", "[fence]") {
  const child_result child = in_child([] {
    lazyref::set_fatal_handler(exits_with_errno);
    detail::call_fatal_hook("a message for the test", ENOSYS);
    return 0;
  });
  CHECK(child.exit_status == 100 + ENOSYS);
  CHECK(child.err == "hook: a message for the test");
}

TEST_CASE("an error that comes from no system call has no errno", "[fence]") {
  const child_result child = in_child([] {
    lazyref::set_fatal_handler(exits_with_errno);
    detail::call_fatal_hook("a message for the test");
    return 0;
  });
  CHECK(child.exit_status == 100);
}

TEST_CASE("a hook that returns is followed by abort", "[fence]") {
  const child_result child = in_child([] {
    lazyref::set_fatal_handler(returns);
    detail::call_fatal_hook("a message for the test", EPERM);
    return 0;
  });
  CHECK(child.signal == SIGABRT);
  CHECK(child.err == "returning: a message for the test");
}

TEST_CASE("setting the hook gives the previous one, and null restores the default", "[fence]") {
  const lazyref::fatal_handler first = lazyref::set_fatal_handler(exits_with_errno);
  CHECK(first != nullptr);
  CHECK(lazyref::set_fatal_handler(other_hook) == &exits_with_errno);
  CHECK(lazyref::set_fatal_handler(nullptr) == &other_hook);
  const lazyref::fatal_handler standard = lazyref::set_fatal_handler(nullptr);
  CHECK(standard == &detail::default_fatal_handler);
  const child_result child = in_child([] {
    detail::call_fatal_hook("a message for the test");
    return 0;
  });
  CHECK(child.signal == SIGABRT);
  CHECK(child.err == "lazyref: a message for the test\n");
  lazyref::set_fatal_handler(first);
}

namespace {

// What strengthen may be refused, which a required unit runs before main.
const struct {
  answers kernel;
  int error;
  const char* word;
} refusals[] = {{{{register_barrier, {-ENOSYS}}}, ENOSYS, "ENOSYS"},
                {{{register_barrier, {-EPERM}}}, EPERM, "EPERM"},
                {{{register_barrier, {-EINVAL}}}, EINVAL, "no usable"},
                {{{register_barrier, {-EIO}}}, EIO, "no usable"},
                {{{register_barrier, {-ENOMEM}}}, ENOMEM, "ENOMEM"},
                {{{barrier, {-ENOSYS}}}, ENOSYS, "ENOSYS"},
                {{{barrier, {-EPERM}}}, EPERM, "EPERM"},
                {{{barrier, {-EINTR}}}, EIO, "no usable"}};

template <class Refusal>
void check_refused(const child_result& child, const Refusal& refused) {
  INFO(child.err);
  CHECK(child.exit_status == 100 + refused.error);
  CHECK(says(child.err, "LAZYREF_FENCE_REQUIRED"));
  CHECK(says(child.err, "LAZYREF_FENCE_AUTO"));
  CHECK(says(child.err, refused.word));
}

}  // namespace

TEST_CASE("a required unit without membarrier ends the program, with a sentence that says what to do", "[fence]") {
  for (const auto& refused : refusals) {
    const child_result child = in_child([&refused] {
      lazyref::set_fatal_handler(exits_with_errno);
      new_script(refused.kernel);
      required_fence fence;
      return 0;
    });
    check_refused(child, refused);
  }
}

TEST_CASE("a required unit that comes to a process with full fences, and is refused, ends it in the same way",
          "[fence]") {
  for (const auto& refused : refusals) {
    const child_result child = in_child([&refused] {
      lazyref::set_fatal_handler(exits_with_errno);
      new_script(refused.kernel);
      scripted_core<> fence;
      fence.initialize<fence_mode::automatic>(fence_backend::symmetric);
      fence.strengthen();
      return 0;
    });
    check_refused(child, refused);
  }
}

TEST_CASE("a required unit whose barrier is refused after the first one, while others still fence in full", "[fence]") {
  const child_result child = in_child([] {
    lazyref::set_fatal_handler(exits_with_errno);
    new_script({{barrier, {0, -ENOSYS}}});
    scripted_core<> fence;
    fence.initialize<fence_mode::automatic>(fence_backend::symmetric);
    fence.strengthen();
    return 0;
  });
  CHECK(child.exit_status == 100 + ENOSYS);
  CHECK(says(child.err, "PRIVATE_EXPEDITED"));
}

TEST_CASE("a required unit on a platform without a barrier ends the process", "[fence]") {
  const child_result child = in_child([] {
    scripted_fence<fence_mode::required, detail::kernel_barrier::none> fence;
    return 0;
  });
  CHECK(child.signal == SIGABRT);
  CHECK(says(child.err, "lazyref: built with LAZYREF_FENCE_REQUIRED"));
}

TEST_CASE("a required unit on Wine ends the process", "[fence]") {
  const child_result child = in_child([] {
    unit_fence<detail::fence_core<traced_atomics, kernel_of_wine>, fence_mode::required> fence;
    return 0;
  });
  CHECK(child.signal == SIGABRT);
  CHECK(says(child.err, "lazyref: built with LAZYREF_FENCE_REQUIRED, but Wine"));
}

TEST_CASE("a required unit makes itself known where nobody has, in its first call of initialize", "[fence]") {
  const child_result child = in_child([] {
    lazyref::set_fatal_handler(exits_with_errno);
    new_script({{register_barrier, {-ENOSYS}}});
    scripted_core<> fence;
    fence.light<fence_mode::required>(seq_cst);
    fence.initialize<fence_mode::required>();
    return 0;
  });
  CHECK(child.exit_status == 100 + ENOSYS);
  CHECK(says(child.err, "ENOSYS"));
}

TEST_CASE("a heavy fence that cannot do its work any more does not return", "[fence]") {
  const struct {
    int error;
    const char* word;
  } cases[] = {{EPERM, "EPERM"}, {ENOSYS, "ENOSYS"}, {ENOMEM, "ENOMEM"}, {EIO, "PRIVATE_EXPEDITED"}};
  for (const auto& each : cases) {
    const child_result child = in_child([&each] {
      lazyref::set_fatal_handler(exits_with_errno);
      new_script({{barrier, {0, -each.error}}});
      automatic_fence fence;
      fence.heavy(seq_cst);
      return 0;
    });
    INFO(child.err);
    CHECK(child.exit_status == 100 + each.error);
    CHECK(says(child.err, each.word));
    CHECK(says(child.err, "membarrier"));
  }
  const child_result standard = in_child([] {
    new_script({{barrier, {0, -EPERM}}});
    automatic_fence fence;
    fence.heavy(seq_cst);
    return 0;
  });
  CHECK(standard.signal == SIGABRT);
  CHECK(says(standard.err, "lazyref: membarrier(PRIVATE_EXPEDITED) is refused (EPERM)"));
}

TEST_CASE("the fence of a process that a filter has cut off aborts by default", "[fence]") {
  if (lazyref::build_mode == fence_mode::symmetric) LAZYREF_SKIP("this build makes no system call");
  if (!kernel_has(barrier)) LAZYREF_SKIP("this kernel does not have membarrier");
  const child_result child = in_child([] {
    if (!lazyref::fence_initialize().light_is_free) return child_skips;
    if (!filter_membarrier(answer_errno(EPERM))) return child_skips;
    if (raw_membarrier(0) != -EPERM) return child_skips;
    lazyref::asymmetric_thread_fence_heavy(seq_cst);
    return 0;
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this host does not let a process install a seccomp filter");
  INFO(child.err);
  CHECK(child.signal == SIGABRT);
  CHECK(says(child.err, "lazyref: membarrier(PRIVATE_EXPEDITED) is refused (EPERM)"));
}

#endif
