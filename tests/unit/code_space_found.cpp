// SPDX-License-Identifier: BSL-1.0
//
// What reviewers broke in code_space, each as it was found.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <lazyref/code_space.hpp>

#include "../support/code_script.hpp"
#include "../support/emulated.hpp"
#include "../support/lazy_catch.hpp"

#if defined(__linux__)
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include "../support/fence_child.hpp"
#endif

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::strong_ref;

namespace {

// Counts instructions, say: it is not the library's `size`.
struct sized : lazyref::code_block<sized> {
  explicit sized(std::size_t n) noexcept : instructions(n) {}
  std::size_t size() const noexcept { return instructions; }
  std::size_t instructions;
};

struct function : lazyref::code_block<function> {};

}  // namespace

TEST_CASE("a T that has a `size` of its own is flushed and freed as a whole", "[code]") {
  for (const std::size_t own : {std::size_t{2}, std::size_t{100000}}) {
    new_code_script();
    lazyref::code_space<sized, lazyref::domain_options<>, scripted_code_system<>> space({4 * code_page, 4, 1});
    auto draft = space.draft(1000, own);
    auto neighbour = space.draft(64, own);
    CHECK(draft.size() == 1000);
    strong_ref<sized> code, other;
    REQUIRE(space.publish(draft, code));
    REQUIRE(space.publish(neighbour, other));
    REQUIRE(the_code_script.flushed.size() == 2);
    CHECK(the_code_script.flushed[0].size == 1000);
    code.reset();
    CHECK(space.bytes_in_use() == lazyref::cache_line * ((64 + lazyref::cache_line - 1) / lazyref::cache_line));
    other.reset();
    CHECK(space.bytes_in_use() == 0);
  }
}

#if defined(__linux__)

TEST_CASE(
    "a limit to the size of files does not matter; where there is nothing but a memory file it is an error, and no "
    "signal",
    "[code]") {
  const child_result child = in_child([] {
    const rlimit limit{1 << 16, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return child_skips;
    lazyref::code_space<function> fits({1 << 16, 1, 1});
    LAZYREF_CHILD_REQUIRE(bool(fits));
    lazyref::code_space<function> large({1 << 17, 1, 1});
    if (!large) {
      LAZYREF_CHILD_REQUIRE(large.status().error() == EFBIG);
      return emulated ? 0 : 1;
    }
    auto whole = large.draft(1 << 17);
    LAZYREF_CHILD_REQUIRE(bool(whole));
    whole.data()[(1 << 17) - 1] = 1;
    LAZYREF_CHILD_REQUIRE(bool(lazyref::code_space<function>({1 << 17, 1, 1}, code_mapping::flip)));
    return 0;
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this host does not let a process limit itself");
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("after a fork nothing else comes to where the code was", "[code]") {
  const child_result child = in_child([] {
    lazyref::code_space<function> space({1 << 16, 4, 1});
    auto draft = space.draft(100);
    const std::uintptr_t there = draft.address();
    const auto* const written = draft.data();
    LAZYREF_CHILD_REQUIRE(written != nullptr);
    const child_result grandchild = end_of_child(start_child([&] {
      space.after_fork_in_child();
      if (draft.data() != nullptr || draft.address() != 0) return 1;
      // Would be put into the gap, if there were one.
      for (int i = 0; i < 8; ++i) {
        const void* const at = ::mmap(nullptr, 1 << 16, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        const auto begin = reinterpret_cast<std::uintptr_t>(at);
        if (at == MAP_FAILED || (begin <= there && there < begin + (1 << 16))) return 2;
        if (begin <= reinterpret_cast<std::uintptr_t>(written) &&
            reinterpret_cast<std::uintptr_t>(written) < begin + (1 << 16))
          return 3;
      }
      return 0;
    }));
    LAZYREF_CHILD_REQUIRE(grandchild.exit_status == 0);
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("a child that has its parent's number is a child", "[code]") {
  const child_result child = in_child([] {
    // The first process of a namespace is number 1, as its child of another namespace is.
    if (::unshare(CLONE_NEWPID) != 0) return child_skips;
    const child_result first = end_of_child(start_child([] {
      lazyref::code_space<function> space({1 << 16, 4, 1});
      if (!space || ::unshare(CLONE_NEWPID) != 0) return child_skips;
      const child_result again = end_of_child(start_child([&] {
        const bool same_number = ::getpid() == 1;
        const bool refuses = space.status().error() == EFAULT && space.draft(1).status().error() == EFAULT;
        return same_number && refuses ? 0 : 1;
      }));
      return again.exit_status;
    }));
    return first.exit_status;
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this host does not let a process make a pid namespace");
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("a process whose readable memory is executable gets an error, in both mappings", "[code]") {
  const child_result child = in_child([] {
    const int before = ::personality(0xffffffff);
    if (before < 0 || ::personality(static_cast<unsigned long>(before) | READ_IMPLIES_EXEC) < 0) return child_skips;
    for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
      lazyref::code_space<function> space({1 << 16, 1, 1}, mapping);
      LAZYREF_CHILD_REQUIRE(space.status().error() == EPERM);
    }
    return 0;
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this host does not let a process change its personality");
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

#endif
