// SPDX-License-Identifier: BSL-1.0
//
// sync_core_this_thread() has no result: where the system refuses the call that it needs, it must not return.
#include <cerrno>

#include <lazyref/instruction_sync.hpp>

#include "../support/catch.hpp"
#include "../support/fence_child.hpp"

#if defined(__linux__)

using namespace lazyref_test;
using lazyref::all_threads_by;

namespace {

struct refusing_machine {
  static constexpr bool known = true;
  static constexpr all_threads_by all_threads = all_threads_by::flush_call;
  static int flush_code(const void*, const void*, std::size_t) noexcept { return EPERM; }
  static int sync_core() noexcept { return EPERM; }
};

using refusing_sync =
    lazyref::detail::instruction_sync_core<lazyref::detail::std_atomics, lazyref::detail::os_kernel, refusing_machine>;

}  // namespace

TEST_CASE("a core that cannot be synchronised is fatal, or an error where there is a result", "[code]") {
  const child_result child = in_child([] {
    refusing_sync sync;
    char code[1] = {};
    LAZYREF_CHILD_REQUIRE(sync.all_threads().error() == EPERM);
    LAZYREF_CHILD_REQUIRE(sync.publish(code, code, 1).error() == EPERM);
    sync.this_thread();
    return 0;
  });
  CHECK(child.signal == SIGABRT);
  CHECK(child.err.find("sync_core_this_thread") != std::string::npos);
}

#endif
