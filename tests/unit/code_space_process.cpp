// SPDX-License-Identifier: BSL-1.0
//
// Code as objects, on this system: what is mapped and how, what fork leaves of it, and each way in which the system may
// refuse; those in children of their own.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>

#include "../support/code_process.hpp"
#include "../support/emitted_code.hpp"
#include "../support/fence_child.hpp"
#include "../support/lazy_catch.hpp"

#if defined(__linux__)

#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::code_synchronisation;
using lazyref::strong_ref;
using lazyref::sync_result;

namespace {

struct function : lazyref::code_block<function> {};

using space_type = lazyref::code_space<function>;
using draft_type = space_type::draft_type;

constexpr code_mapping mappings[] = {code_mapping::dual, code_mapping::flip};

const char* name(code_mapping mapping) { return mapping == code_mapping::dual ? "dual" : "flip"; }

bool says(const sync_result& result, const char* word) {
  return std::string(result.what()).find(word) != std::string::npos;
}

#define LAZYREF_NEEDS_MEMORY(mapping)                                                   \
  if (const sync_result can = space_type({page(), 1, 1}, mapping).status(); !can) {     \
    LAZYREF_SKIP((std::string("this host refuses the memory: ") + can.what()).c_str()); \
  }

}  // namespace

// --- mappings

TEST_CASE("no address is ever writable and executable, and data is written where it is not executed", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    LAZYREF_NEEDS_MEMORY(mapping);
    space_type space({3 * page(), 8, 1}, mapping, code_synchronisation::each_executor);
    REQUIRE(space);
    const bool dual = mapping == code_mapping::dual;
    CHECK(views_of_shared() == (dual ? 2U : 0U));
    std::uintptr_t execute = 0;
    std::uintptr_t write = 0;
    {
      const draft_type whole = space.draft(space.bytes());
      execute = whole.address();
      write = reinterpret_cast<std::uintptr_t>(whole.data());
      CHECK((execute == write) == !dual);
      CHECK(rights_at(write) == "rw-");
      CHECK(rights_at(execute) == (dual ? "r-x" : "rw-"));
    }
    const auto never_both = [&] { return !any_both(execute, space.bytes()) && !any_both(write, space.bytes()); };
    CHECK(rights_at(execute) == "r-x");
    CHECK(never_both());

    draft_type draft = space.draft(page() + 1);  // two pages, one for a neighbour
    REQUIRE(draft);
    CHECK(never_both());
    CHECK(rights_at(draft.data()) == "rw-");
    CHECK(rights_at(draft.data() + page()) == "rw-");
    CHECK(rights_at(execute + 2 * page()) == "r-x");
    std::memset(draft.data(), 0x5a, draft.size());
    draft_type other = space.draft(1);
    CHECK(never_both());
    strong_ref<function> code;
    REQUIRE(space.publish(draft, code));
    CHECK(never_both());
    CHECK(rights_at(code->entry()) == "r-x");
    CHECK(rights_at(execute + page()) == "r-x");
    CHECK(rights_at(other.data()) == "rw-");
    CHECK(static_cast<const unsigned char*>(code->entry())[page()] == 0x5a);
    code.reset();
    CHECK(never_both());
    // Used again: writable once more, and while it is so, no neighbour loses the right to be executed.
    strong_ref<function> neighbour;
    REQUIRE(space.publish(other, neighbour));
    const draft_type again = space.draft(1);
    CHECK(again.address() == execute);
    CHECK(rights_at(again.data()) == "rw-");
    CHECK(rights_at(neighbour->entry()) == "r-x");
    CHECK(never_both());
  }
  CHECK(views_of_shared() == 0);
}

TEST_CASE("memory that is both would be seen", "[code]") {
  void* const memory = ::mmap(nullptr, page(), PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) LAZYREF_SKIP("this host has no memory that is writable and executable");
  CHECK(any_both(reinterpret_cast<std::uintptr_t>(memory), page()));
  CHECK(rights_at(memory) == "rwx");
  CHECK(::mprotect(memory, page(), PROT_READ) == 0);
  CHECK_FALSE(any_both(reinterpret_cast<std::uintptr_t>(memory), page()));
  ::munmap(memory, page());
  CHECK(rights_at(memory) == "none");
}

TEST_CASE("errno is as it was, whatever a space did", "[code]") {
  for (const code_mapping mapping : mappings) {
    errno = E2BIG;
    {
      space_type space({page(), 1, 1}, mapping, code_synchronisation::each_executor);
      draft_type draft = space.draft(1);
      strong_ref<function> code;
      (void)space.publish(draft, code);
    }
    CHECK(errno == E2BIG);
  }
}

#ifdef LAZYREF_TEST_EMITS

TEST_CASE("code is written, published, run, replaced, and run again", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    LAZYREF_NEEDS_MEMORY(mapping);
    // Where memory is used again the mapping is switched: emulators do not see what is written through another address.
    space_type space({2 * page(), 2, 1}, mapping);
    auto slot = space.domain().attach();
    std::atomic<function*> shared{nullptr};
    strong_ref<function> current;
    const int rounds = mapping == code_mapping::flip ? 50 : 2;
    for (int i = 0; i < rounds; ++i) {
      draft_type draft = space.draft(page());
      REQUIRE(draft);
      REQUIRE(draft.shrink(emit_return(draft.data(), static_cast<std::uint32_t>(i))));
      strong_ref<function> next;
      const sync_result done = space.publish(draft, next);
      if (!done) LAZYREF_SKIP(done.what());
      shared.store(next.get(), std::memory_order_release);
      current.swap(next);
      if (next) space.domain().retire(std::move(next));
      CHECK(slot.protect(shared)->as<int()>()() == i);
    }
  }
}

// --- fork

TEST_CASE("fork, mapped twice: the child has neither view, and says so; running the code there ends it", "[code]") {
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  space_type space({page(), 4, 2}, code_mapping::dual, code_synchronisation::each_executor);
  draft_type draft = space.draft(64);
  const std::size_t size = emit_return(draft.data(), 7);
  REQUIRE(draft.shrink(size));
  strong_ref<function> code;
  REQUIRE(space.publish(draft, code));
  draft = space.draft(64);
  REQUIRE(code->as<int()>()() == 7);
  unsigned char* const written = draft.data();
  REQUIRE(views_of_shared() == 2);
  auto slot = space.domain().attach();
  slot.activate(code);

  const child_result child = in_child([&] {
    LAZYREF_CHILD_REQUIRE(views_of_shared() == 0);
    LAZYREF_CHILD_REQUIRE(space.status().error() == EFAULT);
    LAZYREF_CHILD_REQUIRE(says(space.status(), "fork"));
    LAZYREF_CHILD_REQUIRE(space.draft(1).status().error() == EFAULT);
    strong_ref<function> other;
    LAZYREF_CHILD_REQUIRE(space.publish(draft, other).error() == EFAULT);
    LAZYREF_CHILD_REQUIRE(!other);
    LAZYREF_CHILD_REQUIRE(draft.data() == nullptr);
    LAZYREF_CHILD_REQUIRE(draft.address() == 0);
    LAZYREF_CHILD_REQUIRE(rights_at(code->entry()) == "none");
    space.after_fork_in_child(slot);
    // From now on nothing else comes to these addresses.
    LAZYREF_CHILD_REQUIRE(rights_at(code->entry()) == "---");
    LAZYREF_CHILD_REQUIRE(rights_at(written) == "---");
    LAZYREF_CHILD_REQUIRE(space.status().error() == EFAULT);
    // Giving up is all that is left.
    draft = {};
    slot.deactivate();
    code.reset();
    LAZYREF_CHILD_REQUIRE(space.blocks_in_use() == 0);
    // A new one works.
    space_type mine({page(), 1, 1}, code_mapping::dual, code_synchronisation::each_executor);
    draft_type own = mine.draft(64);
    LAZYREF_CHILD_REQUIRE(own.shrink(emit_return(own.data(), 9)));
    strong_ref<function> own_code;
    LAZYREF_CHILD_REQUIRE(mine.publish(own, own_code));
    LAZYREF_CHILD_REQUIRE(own_code->as<int()>()() == 9);
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);

  for (const bool told : {false, true}) {
    const auto prepare = [&] {
      if (told) space.after_fork_in_child(slot);
    };
    const child_result runs = in_child([&] {
      prepare();
      return code->as<int()>()();
    });
    CHECK(runs.signal == SIGSEGV);
    const child_result writes = in_child([&] {
      prepare();
      *static_cast<volatile unsigned char*>(written) = 1;
      return 0;
    });
    CHECK(writes.signal == SIGSEGV);
  }

  // Here nothing has changed.
  CHECK(space.status());
  CHECK(code->as<int()>()() == 7);
  strong_ref<function> other;
  emit_return(draft.data(), 8);
  CHECK(space.publish(draft, other));
}

TEST_CASE("fork, mapped twice: a child that has its parent's process number is a child none the less", "[code]") {
#if defined(CLONE_NEWPID)
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  // Each is the first process of a namespace of its own.
  const child_result outer = in_child([] {
    if (::unshare(CLONE_NEWPID) != 0) return child_skips;
    const child_result parent = in_child([] {
      space_type space({page(), 4, 1}, code_mapping::dual, code_synchronisation::each_executor);
      const draft_type draft = space.draft(1);
      LAZYREF_CHILD_REQUIRE(draft);
      LAZYREF_CHILD_REQUIRE(::getpid() == 1);
      if (::unshare(CLONE_NEWPID) != 0) return child_skips;
      const child_result child = in_child([&] {
        LAZYREF_CHILD_REQUIRE(::getpid() == 1);
        LAZYREF_CHILD_REQUIRE(space.status().error() == EFAULT);
        LAZYREF_CHILD_REQUIRE(space.draft(1).status().error() == EFAULT);
        LAZYREF_CHILD_REQUIRE(draft.data() == nullptr);
        return 0;
      });
      std::fputs(child.err.c_str(), stderr);
      return child.exit_status;
    });
    std::fputs(parent.err.c_str(), stderr);
    return parent.exit_status;
  });
  if (outer.exit_status == child_skips) LAZYREF_SKIP("this process may not make a PID namespace");
  INFO(outer.err);
  CHECK(outer.exit_status == 0);
#else
  LAZYREF_SKIP("this host's headers know nothing of PID namespaces");
#endif
}

TEST_CASE("fork, switched: the child goes on with a copy, and its parent's code stays", "[code]") {
  LAZYREF_NEEDS_MEMORY(code_mapping::flip);
  space_type space({page(), 4, 2}, code_mapping::flip);
  draft_type draft = space.draft(page());
  emit_return(draft.data(), 7);
  strong_ref<function> code;
  if (const sync_result done = space.publish(draft, code); !done) LAZYREF_SKIP(done.what());
  REQUIRE(code->as<int()>()() == 7);
  auto slot = space.domain().attach();
  auto lost = space.domain().attach();
  slot.activate(code);
  lost.activate(code);
  const void* const entry = code->entry();

  const child_result child = in_child([&] {
    space.after_fork_in_child(slot);
    LAZYREF_CHILD_REQUIRE(!lost);
    LAZYREF_CHILD_REQUIRE(space.status());
    LAZYREF_CHILD_REQUIRE(code->as<int()>()() == 7);
    LAZYREF_CHILD_REQUIRE(slot.active() == code.get());
    LAZYREF_CHILD_REQUIRE(space.draft(1).status().error() == ENOSPC);
    code.reset();
    LAZYREF_CHILD_REQUIRE(slot.active()->as<int()>()() == 7);
    slot.deactivate();
    draft_type again = space.draft(page());
    LAZYREF_CHILD_REQUIRE(again);
    emit_return(again.data(), 8);
    LAZYREF_CHILD_REQUIRE(space.publish(again, code));
    LAZYREF_CHILD_REQUIRE(code->entry() == entry);
    LAZYREF_CHILD_REQUIRE(code->as<int()>()() == 8);
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
  CHECK(code->as<int()>()() == 7);
}

#endif

// --- refusals

TEST_CASE("PR_SET_MDWE refuses memory that is switched, in a sentence that names it; mapped twice works", "[code]") {
  constexpr int set_mdwe = 65;
  constexpr unsigned long refuse_exec_gain = 1;
  const child_result child = in_child([] {
    if (::prctl(set_mdwe, refuse_exec_gain, 0UL, 0UL, 0UL) != 0) return child_skips;
    space_type flip({page(), 1, 1}, code_mapping::flip);
    LAZYREF_CHILD_REQUIRE(flip.status().error() == EACCES);
    LAZYREF_CHILD_REQUIRE(says(flip.status(), "PR_SET_MDWE"));
    LAZYREF_CHILD_REQUIRE(flip.draft(1).status().error() == EACCES);
    space_type dual({page(), 1, 1}, code_mapping::dual, code_synchronisation::each_executor);
    draft_type none;
    strong_ref<function> code;
    LAZYREF_CHILD_REQUIRE(flip.publish(none, code).error() == EACCES);
    LAZYREF_CHILD_REQUIRE(dual.status());
    draft_type draft = dual.draft(64);
    LAZYREF_CHILD_REQUIRE(draft);
#ifdef LAZYREF_TEST_EMITS
    LAZYREF_CHILD_REQUIRE(draft.shrink(emit_return(draft.data(), 7)));
    LAZYREF_CHILD_REQUIRE(dual.publish(draft, code));
    LAZYREF_CHILD_REQUIRE(code->as<int()>()() == 7);
#endif
    return 0;
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this kernel has no PR_SET_MDWE (Linux 6.3)");
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE(
    "a filter on memfd_create does not matter; on mremap too: mapped twice is refused, in a sentence that says what "
    "to do; switched works",
    "[code]") {
  LAZYREF_NEEDS_FILTERS();
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  LAZYREF_NEEDS_MEMORY(code_mapping::flip);
  for (const int error : {EPERM, EACCES, ENOSYS, EMFILE, ENFILE, ENOMEM}) {
    const child_result child = in_child([error] {
      LAZYREF_CHILD_REQUIRE(refuse({SYS_memfd_create}, error));
      LAZYREF_CHILD_REQUIRE(space_type({page(), 1, 1}).draft(1));
      LAZYREF_CHILD_REQUIRE(refuse({SYS_mremap}, EPERM));
      space_type dual({page(), 1, 1});
      LAZYREF_CHILD_REQUIRE(dual.status().error() == error);
      LAZYREF_CHILD_REQUIRE(says(dual.status(), "memfd_create"));
      LAZYREF_CHILD_REQUIRE(says(dual.status(), "mremap"));
      const bool refused = error == EPERM || error == EACCES || error == ENOSYS;
      LAZYREF_CHILD_REQUIRE(says(dual.status(), "code_mapping::flip") == refused);
      LAZYREF_CHILD_REQUIRE(dual.draft(1).status().error() == error);
      space_type flip({page(), 1, 1}, code_mapping::flip);
      LAZYREF_CHILD_REQUIRE(flip.draft(1));
      return 0;
    });
    INFO("errno " << error << ": " << child.err);
    CHECK(child.exit_status == 0);
  }
}

TEST_CASE("a filter on mremap, or on mprotect for executable memory: another way is found to map twice", "[code]") {
  LAZYREF_NEEDS_FILTERS();
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  const struct {
    std::initializer_list<long> calls;
    unsigned argument;
    unsigned bits;
  } filters[] = {{{SYS_mremap}, 0, 0}, {{SYS_mprotect}, 2, PROT_EXEC}, {{SYS_mprotect}, 2, PROT_WRITE}};
  for (const auto& filter : filters) {
    const child_result child = in_child([&filter] {
      LAZYREF_CHILD_REQUIRE(refuse(filter.calls, EPERM, filter.argument, filter.bits));
      space_type space({page(), 4, 1}, code_mapping::dual, code_synchronisation::each_executor);
      LAZYREF_CHILD_REQUIRE(space.status());
      draft_type draft = space.draft(64);
      LAZYREF_CHILD_REQUIRE(draft);
      LAZYREF_CHILD_REQUIRE(rights_at(draft.data()) == "rw-" && rights_at(draft.address()) == "r-x");
      LAZYREF_CHILD_REQUIRE(rights_at(draft.data() - page()) == "---" && rights_at(draft.data() + page()) == "---");
      draft.data()[0] = 0x5a;
      LAZYREF_CHILD_REQUIRE(*reinterpret_cast<const volatile unsigned char*>(draft.address()) == 0x5a);
      return 0;
    });
    INFO(child.err);
    CHECK(child.exit_status == 0);
  }
}

TEST_CASE("each other step that the system may refuse is a typed error, and leaves nothing mapped", "[code]") {
  LAZYREF_NEEDS_FILTERS();
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  LAZYREF_NEEDS_MEMORY(code_mapping::flip);
  constexpr std::size_t size = std::size_t{64} << 20;  // more than all else that is mapped meanwhile
  constexpr unsigned set_seals = 1033;
  constexpr unsigned protect_argument = 2;
  constexpr unsigned advice_argument = 2;
  constexpr unsigned wipes = 16;  // of MADV_WIPEONFORK, and not of MADV_DONTFORK
  const struct {
    const char* what;
    std::initializer_list<long> calls;
    int error;
    unsigned argument;
    unsigned bits;
    code_mapping mapping;
    const char* word;
    bool no_mremap = false;  // so that it is a memory file
  } steps[] = {
      {"ftruncate", calls_of_ftruncate, EPERM, 0, 0, code_mapping::dual, "exceeds a limit", true},
      {"the seals", calls_of_fcntl, EPERM, 1, set_seals, code_mapping::dual, "exceeds a limit", true},
      {"any mapping of a file", calls_of_mmap, ENODEV, 3, MAP_SHARED, code_mapping::dual, "could not be mapped"},
      {"an executable mapping", calls_of_mmap, EACCES, protect_argument, PROT_EXEC, code_mapping::dual, "SELinux"},
      {"an executable mapping", calls_of_mmap, EPERM, protect_argument, PROT_EXEC, code_mapping::dual, "SELinux"},
      {"an executable mapping", calls_of_mmap, ENOMEM, protect_argument, PROT_EXEC, code_mapping::dual, "ENOMEM"},
      {"any advice", {SYS_madvise}, EINVAL, advice_argument, MADV_DONTFORK, code_mapping::dual, "MADV_DONTFORK"},
      {"wiping", {SYS_madvise}, EINVAL, advice_argument, wipes, code_mapping::dual, "WIPEONFORK"},
      {"that much memory", calls_of_mmap, ENOMEM, 1, unsigned{size}, code_mapping::flip, "could not be mapped"},
      {"mprotect", {SYS_mprotect}, EACCES, protect_argument, PROT_EXEC, code_mapping::flip, "SELinux"},
      {"mprotect", {SYS_mprotect}, ENOMEM, protect_argument, PROT_EXEC, code_mapping::flip, "ENOMEM"},
  };
  for (const auto& step : steps) {
    const child_result child = in_child([&step] {
      const std::size_t before = mapped_bytes();
      LAZYREF_CHILD_REQUIRE(!step.no_mremap || refuse({SYS_mremap}, EINVAL));
      LAZYREF_CHILD_REQUIRE(refuse(step.calls, step.error, step.argument, step.bits));
      space_type space({size, 1, 1}, step.mapping);
      LAZYREF_CHILD_REQUIRE(space.status().error() == step.error);
      LAZYREF_CHILD_REQUIRE(says(space.status(), step.word));
      LAZYREF_CHILD_REQUIRE(space.draft(1).status().error() == step.error);
      LAZYREF_CHILD_REQUIRE(views_of_shared() == 0);
      LAZYREF_CHILD_REQUIRE(before != 0 && mapped_bytes() < before + size / 2);
      return 0;
    });
    INFO(name(step.mapping) << ", " << step.what << ", errno " << step.error << ": " << child.err << child.signal);
    CHECK(child.exit_status == 0);
  }
}

TEST_CASE("a kernel that does not know MFD_NOEXEC_SEAL gets the call without it", "[code]") {
  LAZYREF_NEEDS_FILTERS();
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  constexpr unsigned no_exec_seal = 8;
  const child_result child = in_child([] {
    LAZYREF_CHILD_REQUIRE(refuse({SYS_mremap}, EINVAL));
    LAZYREF_CHILD_REQUIRE(refuse({SYS_memfd_create}, EINVAL, 1, no_exec_seal));
    LAZYREF_CHILD_REQUIRE(::syscall(SYS_memfd_create, "with", no_exec_seal) == -1 && errno == EINVAL);
    space_type space({page(), 1, 1});
    LAZYREF_CHILD_REQUIRE(space.status());
    LAZYREF_CHILD_REQUIRE(space.draft(1));
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
  // With any other flag refused it is an error, once and for all.
  const child_result refused = in_child([] {
    LAZYREF_CHILD_REQUIRE(refuse({SYS_mremap}, EINVAL));
    LAZYREF_CHILD_REQUIRE(refuse({SYS_memfd_create}, EINVAL));
    LAZYREF_CHILD_REQUIRE(space_type({page(), 1, 1}).status().error() == EINVAL);
    return 0;
  });
  INFO(refused.err);
  CHECK(refused.exit_status == 0);
}

TEST_CASE("no more files: none is needed, but for a memory file, which then is EMFILE", "[code]") {
  LAZYREF_NEEDS_FILTERS();
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  LAZYREF_NEEDS_MEMORY(code_mapping::flip);
  const child_result child = in_child([] {
    rlimit none{0, 0};
    LAZYREF_CHILD_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    LAZYREF_CHILD_REQUIRE(space_type({page(), 1, 1}).draft(1));
    LAZYREF_CHILD_REQUIRE(refuse({SYS_mremap}, EINVAL));
    space_type dual({page(), 1, 1});
    LAZYREF_CHILD_REQUIRE(dual.status().error() == EMFILE);
    LAZYREF_CHILD_REQUIRE(says(dual.status(), "EMFILE"));
    space_type flip({page(), 1, 1}, code_mapping::flip);
    LAZYREF_CHILD_REQUIRE(flip.draft(1));
    return 0;
  });
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("no file that large: none is needed, but for a memory file: EFBIG, and not the signal that ends the process",
          "[code]") {
  LAZYREF_NEEDS_FILTERS();
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  LAZYREF_NEEDS_MEMORY(code_mapping::flip);
  const child_result child = in_child([] {
    const rlimit two{2 * page(), 2 * page()};
    LAZYREF_CHILD_REQUIRE(::setrlimit(RLIMIT_FSIZE, &two) == 0);
    {
      space_type large({3 * page(), 1, 1});
      draft_type whole = large.draft(3 * page());
      LAZYREF_CHILD_REQUIRE(whole);
      std::memset(whole.data(), 0, whole.size());
    }
    LAZYREF_CHILD_REQUIRE(refuse({SYS_mremap}, EINVAL));
    space_type dual({3 * page(), 1, 1});
    LAZYREF_CHILD_REQUIRE(dual.status().error() == EFBIG);
    LAZYREF_CHILD_REQUIRE(says(dual.status(), "RLIMIT_FSIZE"));
    LAZYREF_CHILD_REQUIRE(space_type({2 * page(), 1, 1}));
    LAZYREF_CHILD_REQUIRE(space_type({3 * page(), 1, 1}, code_mapping::flip));
    return 0;
  });
  INFO(child.err);
  CHECK(child.signal == 0);
  CHECK(child.exit_status == 0);
}

TEST_CASE("where all that can be read can be executed, no space promises the opposite", "[code]") {
  constexpr unsigned long read_implies_exec = 0x0400000;
  const child_result child = in_child([] {
    const int before = ::personality(0xffffffff);
    if (before == -1 || ::personality(static_cast<unsigned long>(before) | read_implies_exec) == -1) return child_skips;
    void* const memory = ::mmap(nullptr, page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || rights_at(memory) != "rwx") return child_skips;
    for (const code_mapping mapping : mappings) {
      space_type space({page(), 1, 1}, mapping);
      LAZYREF_CHILD_REQUIRE(space.status().error() == EPERM);
      LAZYREF_CHILD_REQUIRE(says(space.status(), "READ_IMPLIES_EXEC"));
    }
    return 0;
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this system does not make readable memory executable");
  INFO(child.err);
  CHECK(child.exit_status == 0);
}

TEST_CASE("a space keeps no file open", "[code]") {
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  const auto next_file = [] {
    const int file = ::dup(0);
    if (file >= 0) ::close(file);
    return file;
  };
  const int before = next_file();
  if (before < 0) LAZYREF_SKIP("standard input is closed");
  const space_type space({page(), 1, 1});
  REQUIRE(space);
  CHECK(next_file() == before);
}

TEST_CASE("no address space for one view, or for the second: ENOMEM, and nothing stays", "[code]") {
  if (LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN) LAZYREF_SKIP("a sanitizer's own memory is beyond any limit");
  LAZYREF_NEEDS_MEMORY(code_mapping::dual);
  LAZYREF_NEEDS_MEMORY(code_mapping::flip);
  constexpr std::size_t size = std::size_t{64} << 20;
  for (const code_mapping mapping : mappings) {
    for (const std::size_t room : {size / 2, size + size / 2}) {
      // Whichever way, it is too little for two views; one view fits in the larger.
      const bool fits = mapping == code_mapping::flip && room > size;
      const child_result child = in_child([=] {
        const std::size_t before = mapped_bytes();
        if (before == 0) return child_skips;
        const rlimit limit{before + room, RLIM_INFINITY};
        LAZYREF_CHILD_REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
        space_type space({size, 1, 1}, mapping);
        LAZYREF_CHILD_REQUIRE(views_of_shared() == 0);
        if (space && fits) return 0;
        if (space) return child_skips;  // an emulator's limit is its own
        LAZYREF_CHILD_REQUIRE(!fits);
        LAZYREF_CHILD_REQUIRE(space.status().error() == ENOMEM);
        LAZYREF_CHILD_REQUIRE(says(space.status(), "address space"));
        space_type small({page(), 1, 1}, mapping);
        LAZYREF_CHILD_REQUIRE(small.draft(1));
        return 0;
      });
      if (child.exit_status == child_skips) LAZYREF_SKIP("RLIMIT_AS has no effect here");
      INFO(name(mapping) << ", room " << room << ": " << child.err << child.signal);
      CHECK(child.exit_status == 0);
    }
  }
}

TEST_CASE("a filter on mprotect that comes later: an error from draft and from publish, and nothing is lost",
          "[code]") {
  LAZYREF_NEEDS_FILTERS();
  LAZYREF_NEEDS_MEMORY(code_mapping::flip);
  for (const int error : {EPERM, ENOMEM}) {
    const child_result child = in_child([error] {
      space_type space({2 * page(), 4, 1}, code_mapping::flip, code_synchronisation::each_executor);
      draft_type draft = space.draft(1);
      LAZYREF_CHILD_REQUIRE(draft);
      const std::uintptr_t at = draft.address();
      LAZYREF_CHILD_REQUIRE(refuse({SYS_mprotect}, error));
      const draft_type none = space.draft(1);
      LAZYREF_CHILD_REQUIRE(!none);
      LAZYREF_CHILD_REQUIRE(none.status().error() == error);
      LAZYREF_CHILD_REQUIRE(says(none.status(), "writable"));
      LAZYREF_CHILD_REQUIRE(space.blocks_in_use() == 1);
      strong_ref<function> code;
      const sync_result result = space.publish(draft, code);
      LAZYREF_CHILD_REQUIRE(result.error() == error);
      LAZYREF_CHILD_REQUIRE(says(result, "executable"));
      LAZYREF_CHILD_REQUIRE(!code);
      LAZYREF_CHILD_REQUIRE(draft);
      LAZYREF_CHILD_REQUIRE(draft->entry() == nullptr);
      LAZYREF_CHILD_REQUIRE(rights_at(at) == "rw-");
      draft = {};
      LAZYREF_CHILD_REQUIRE(space.blocks_in_use() == 0);
      // What is left writable is not executable.
      LAZYREF_CHILD_REQUIRE(rights_at(at) == "rw-");
      return 0;
    });
    INFO("errno " << error << ": " << child.err << child.signal);
    CHECK(child.exit_status == 0);
  }
}

TEST_CASE("SYNC_CORE that is filtered away: a typed error, no reference, and each executor can still do it", "[code]") {
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
  LAZYREF_NEEDS_FILTERS();
  const int command = lazyref::detail::membarrier_private_expedited_sync_core;
  if (!kernel_has(command)) LAZYREF_SKIP("this kernel does not have SYNC_CORE");
  for (const code_mapping mapping : mappings) {
    LAZYREF_NEEDS_MEMORY(mapping);
    for (const int error : {EPERM, ENOSYS, EINVAL}) {
      const child_result child = in_child([=] {
        space_type space({page(), 4, 1}, mapping);
        space_type by_themselves({page(), 4, 1}, mapping, code_synchronisation::each_executor);
        LAZYREF_CHILD_REQUIRE(filter_membarrier(answer_errno(error), command));
        draft_type draft = space.draft(64);
        LAZYREF_CHILD_REQUIRE(draft.shrink(emit_return(draft.data(), 7)));
        strong_ref<function> code;
        for (int i = 0; i < 2; ++i) {
          const sync_result result = space.publish(draft, code);
          LAZYREF_CHILD_REQUIRE(result.error() == error);
          LAZYREF_CHILD_REQUIRE(says(result, "sync_core_this_thread"));
          LAZYREF_CHILD_REQUIRE(!code);
          LAZYREF_CHILD_REQUIRE(draft);
          LAZYREF_CHILD_REQUIRE(draft->entry() == nullptr);
          LAZYREF_CHILD_REQUIRE(draft.data() == nullptr);
        }
        draft = by_themselves.draft(64);
        LAZYREF_CHILD_REQUIRE(draft.shrink(emit_return(draft.data(), 7)));
        LAZYREF_CHILD_REQUIRE(by_themselves.publish(draft, code));
        lazyref::sync_core_this_thread();
        LAZYREF_CHILD_REQUIRE(code->as<int()>()() == 7);
        return 0;
      });
      INFO(name(mapping) << ", errno " << error << ": " << child.err << child.signal);
      CHECK(child.exit_status == 0);
    }
  }
#else
  LAZYREF_SKIP("the filter knows x86-64, i386 and aarch64 only");
#endif
}

#endif
