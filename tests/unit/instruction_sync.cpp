// SPDX-License-Identifier: BSL-1.0
//
// Instruction-stream synchronisation: the steps, their order and each answer of the kernel, over a scripted kernel and
// a scripted machine; then, on this machine, code that is written and run.
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

#include <lazyref/instruction_sync.hpp>

#include "../support/catch.hpp"
#include "../support/emitted_code.hpp"
#include "../support/fence_script.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include "../support/fence_child.hpp"
#endif

using namespace lazyref_test;
using lazyref::all_threads_by;
using lazyref::instruction_sync_info;
using lazyref::sync_result;
namespace detail = lazyref::detail;

namespace {

int flush_answer = 0;
int core_answer = 0;
const void* flushed_write = nullptr;
const void* flushed_execute = nullptr;
std::size_t flushed_size = 0;

template <all_threads_by By, bool Known = true>
struct scripted_machine {
  static constexpr bool known = Known;
  static constexpr all_threads_by all_threads = By;
  static int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
    the_script.seen.push_back("flush code");
    flushed_write = write;
    flushed_execute = execute;
    flushed_size = size;
    return flush_answer;
  }
  static int sync_core() noexcept {
    the_script.seen.push_back("this core");
    return core_answer;
  }
};

template <all_threads_by By, bool Known = true>
using scripted_sync = detail::instruction_sync_core<traced_atomics, scripted_kernel<>, scripted_machine<By, Known>>;

using by_membarrier = scripted_sync<all_threads_by::membarrier_sync_core>;
using by_flush = scripted_sync<all_threads_by::flush_call>;
using by_windows = scripted_sync<all_threads_by::flush_process_write_buffers>;
using by_handshake = scripted_sync<all_threads_by::handshake>;
using by_nothing = scripted_sync<all_threads_by::handshake, false>;

constexpr int sync_core = detail::membarrier_private_expedited_sync_core;
constexpr int register_sync_core = detail::membarrier_register_private_expedited_sync_core;
constexpr int query = detail::membarrier_query;

void begin(std::map<int, std::deque<int>> answers = {}) {
  new_script(std::move(answers));
  flush_answer = 0;
  core_answer = 0;
}

bool says(const std::string& sentence, const char* word) { return sentence.find(word) != std::string::npos; }

char written[64];
char executed[64];

}  // namespace

TEST_CASE("publish: flush, then all threads, then this one", "[code]") {
  begin();
  by_membarrier sync;
  CHECK(sync.publish(written, executed, sizeof(written)));
  CHECK(look() == trace{"flush code", "sync core", "this core"});
  CHECK(flushed_write == written);
  CHECK(flushed_execute == executed);
  CHECK(flushed_size == sizeof(written));
  for (const kernel_call& call : the_script.calls) CHECK((call.flags == 0 && call.cpu == 0));

  by_windows windows;
  CHECK(windows.publish(written, executed, 1));
  CHECK(look() == trace{"flush code", "flush", "this core"});
}

TEST_CASE("publish: a flush that reaches all threads is all there is to do", "[code]") {
  begin();
  by_flush sync;
  CHECK(sync.publish(written, executed, 1));
  CHECK(look() == trace{"flush code"});
  CHECK(sync.all_threads());
  CHECK(look() == trace{"this core"});
  CHECK(sync.publish(written, executed, 0));
  CHECK(look() == trace{"this core"});
  core_answer = EPERM;
  CHECK(sync.all_threads().error() == EPERM);
}

TEST_CASE("publish: after a flush that failed nothing else is done", "[code]") {
  begin();
  by_membarrier sync;
  by_flush flushing;
  for (const int error : {EPERM, EACCES, ENOSYS, EFAULT, EINVAL, EIO}) {
    flush_answer = error;
    const sync_result result = sync.publish(written, executed, 1);
    CHECK_FALSE(result);
    CHECK(result.error() == error);
    CHECK(std::strlen(result.what()) > 0);
    CHECK(look() == trace{"flush code"});
    CHECK(flushing.publish(written, executed, 1).error() == error);
    CHECK(look() == trace{"flush code"});
  }
  flush_answer = EPERM;
  CHECK(says(sync.flush(written, executed, 1).what(), "seccomp"));
}

TEST_CASE("flush: nothing for an empty range, an error for one that is none", "[code]") {
  begin();
  by_membarrier sync;
  CHECK(sync.flush(written, executed, 0));
  const void* const high = reinterpret_cast<const void*>(UINTPTR_MAX - 1);
  CHECK(sync.flush(high, written, 3).error() == EINVAL);
  CHECK(sync.flush(written, high, 3).error() == EINVAL);
  CHECK(look().empty());
  CHECK(sync.flush(high, high, 2));
  CHECK(look() == trace{"flush code"});
}

TEST_CASE("SYNC_CORE: registers when it has to, once, and again when the registration is lost", "[code]") {
  begin({{sync_core, {-EPERM, 0, 0, -EPERM, 0}}});
  by_membarrier sync;
  CHECK(sync.all_threads());
  CHECK(look() == trace{"sync core", "register sync core", "sync core", "this core"});
  CHECK(sync.all_threads());
  CHECK(look() == trace{"sync core", "this core"});
  CHECK(sync.all_threads());
  CHECK(look() == trace{"sync core", "register sync core", "sync core", "this core"});
  CHECK(sync.info().registered);
}

TEST_CASE("SYNC_CORE: every error is told, and nothing stands in", "[code]") {
  const struct {
    int error;
    const char* word;
  } errors[] = {{ENOSYS, "ENOSYS"}, {EINVAL, "EINVAL"}, {EACCES, "failed"}};
  for (const auto& e : errors) {
    begin({{sync_core, {-e.error}}});
    by_membarrier sync;
    const sync_result result = sync.all_threads();
    CHECK(result.error() == e.error);
    CHECK(says(result.what(), e.word));
    CHECK(says(result.what(), "sync_core_this_thread"));
    CHECK(look() == trace{"sync core", "this core"});
    CHECK(sync.publish(written, executed, 1).error() == e.error);
    CHECK(look() == trace{"flush code", "sync core", "this core"});
    CHECK_FALSE(sync.info().registered);
  }
  for (const int error : {EPERM, EINVAL, ENOSYS}) {
    begin({{sync_core, {-EPERM}}, {register_sync_core, {-error}}});
    by_membarrier sync;
    CHECK(sync.all_threads().error() == error);
    CHECK(look() == trace{"sync core", "register sync core", "this core"});
  }
  // A registration that succeeds and does not help is tried once.
  begin({{sync_core, {-EPERM}}});
  by_membarrier sync;
  CHECK(sync.initialize().error() == EPERM);
  CHECK(look() == trace{"sync core", "register sync core", "sync core"});
}

TEST_CASE("SYNC_CORE: want of memory is bounded", "[code]") {
  begin({{sync_core, {-ENOMEM, -EINTR, 0}}});
  by_membarrier sync;
  CHECK(sync.all_threads());
  CHECK(look() == trace{"sync core", "yield", "sync core", "yield", "sync core", "this core"});
  begin({{sync_core, {-ENOMEM}}});
  CHECK(sync.all_threads().error() == ENOMEM);
  CHECK(count(look(), "sync core") == 16);
  begin({{sync_core, {-EPERM, 0}}, {register_sync_core, {-ENOMEM, 0}}});
  CHECK(sync.all_threads());
  CHECK(look() == trace{"sync core", "register sync core", "yield", "register sync core", "sync core", "this core"});
}

TEST_CASE("where a handshake is needed, the caller's share is done, and the rest is an error", "[code]") {
  begin();
  by_handshake sync;
  CHECK(sync.all_threads().error() == ENOTSUP);
  CHECK(look() == trace{"this core"});
  CHECK(sync.publish(written, executed, 1).error() == ENOTSUP);
  CHECK(look() == trace{"flush code", "this core"});
  CHECK(sync.initialize().error() == ENOTSUP);
  CHECK(sync.info().all_threads == all_threads_by::handshake);
  CHECK(says(sync.info().reason, "handshake"));
  CHECK(look().empty());
}

TEST_CASE("an architecture without a rule is unsupported, whatever is asked", "[code]") {
  begin();
  by_nothing sync;
  CHECK(sync.flush(written, executed, 1).error() == ENOTSUP);
  CHECK(sync.flush(written, executed, 0).error() == ENOTSUP);
  CHECK(sync.all_threads().error() == ENOTSUP);
  CHECK(sync.publish(written, executed, 1).error() == ENOTSUP);
  CHECK(sync.initialize().error() == ENOTSUP);
  CHECK(says(sync.info().reason, "no rule"));
  CHECK(look().empty());
}

TEST_CASE("capabilities: by the kernel's word, and nothing is registered for it", "[code]") {
  begin();
  by_membarrier sync;
  CHECK(sync.info().all_threads == all_threads_by::membarrier_sync_core);
  CHECK_FALSE(sync.info().registered);
  CHECK(look() == trace{"query", "query"});
  CHECK(sync.initialize());
  (void)look();
  CHECK(sync.info().registered);
  CHECK(look().empty());

  for (const int answer : {-ENOSYS, -EPERM, every_command & ~sync_core}) {
    begin({{query, {answer}}});
    by_membarrier without;
    CHECK(without.info().all_threads == all_threads_by::handshake);
    CHECK(std::strlen(without.info().reason) > 0);
    CHECK(look() == trace{"query", "query"});
  }
  CHECK(by_flush().info().all_threads == all_threads_by::flush_call);
  CHECK(by_windows().info().all_threads == all_threads_by::flush_process_write_buffers);
}

// --- this machine

#if defined(__linux__) && defined(LAZYREF_DETAIL_HAS_CODE_SYNC)

TEST_CASE("this machine: what it says of itself fits what it does", "[code]") {
  const sync_result result = lazyref::sync_core_all_threads();
  const instruction_sync_info info = lazyref::instruction_sync_capabilities();
  CHECK(bool(result) == (info.all_threads != all_threads_by::handshake));
  CHECK(info.registered == (info.all_threads == all_threads_by::membarrier_sync_core));
  CHECK(bool(lazyref::instruction_sync_initialize()) == bool(result));
  lazyref::sync_core_this_thread();
  if (!result) WARN("no way to all threads here: " << result.what());
}

TEST_CASE("this machine: a child of fork goes on, with the registration", "[code]") {
  (void)lazyref::instruction_sync_initialize();
  const child_result child = in_child([] {
    const bool registered = lazyref::instruction_sync_capabilities().registered;
    const int raw = raw_membarrier(detail::membarrier_private_expedited_sync_core);
    LAZYREF_CHILD_REQUIRE(!registered || raw == 0);
    LAZYREF_CHILD_REQUIRE(bool(lazyref::sync_core_all_threads()) == registered);
    return 0;
  });
  INFO(child.err);
  if (lazyref::instruction_sync_capabilities().registered) CHECK(child.exit_status == 0);
}

TEST_CASE("this machine: exec clears the registration, and the first use makes it again", "[code]") {
#if defined(LAZYREF_EXEC_PROBE)
  (void)lazyref::instruction_sync_initialize();
  const child_result child = in_child([] {
    ::execl(LAZYREF_EXEC_PROBE, "exec_probe", "code", static_cast<char*>(nullptr));
    return child_failed(__LINE__, "exec of " LAZYREF_EXEC_PROBE);
  });
  if (child.exit_status == child_skips) LAZYREF_SKIP("this kernel does not have SYNC_CORE");
  INFO(child.err);
  CHECK(child.exit_status == 0);
#else
  LAZYREF_SKIP("this build does not define LAZYREF_EXEC_PROBE, the path of the program to execute");
#endif
}

TEST_CASE("this machine: a registration of its own, and a filter's error", "[code]") {
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
  if (!kernel_has(detail::membarrier_private_expedited_sync_core)) LAZYREF_SKIP("this kernel does not have SYNC_CORE");
  for (const int error : {EPERM, ENOSYS, EINVAL}) {
    const child_result child = in_child([error] {
      if (!filter_membarrier(answer_errno(error), detail::membarrier_private_expedited_sync_core)) return child_skips;
      LAZYREF_CHILD_REQUIRE(lazyref::sync_core_all_threads().error() == error);
      LAZYREF_CHILD_REQUIRE(!lazyref::instruction_sync_capabilities().registered);
      LAZYREF_CHILD_REQUIRE(lazyref::publish_code(written, written, sizeof(written)).error() == error);
      return 0;
    });
    if (child.exit_status == child_skips) LAZYREF_SKIP("this host does not let a process install a seccomp filter");
    INFO("errno " << error << ": " << child.err);
    CHECK(child.exit_status == 0);
  }
#else
  LAZYREF_SKIP("the filter knows x86-64, i386 and aarch64 only");
#endif
}

#ifdef LAZYREF_TEST_EMITS

// What this can show: the calls are made, return, and break nothing. Hardware that is coherent by itself, and an
// emulator, run the new code without them too.
TEST_CASE("this machine: a thread runs code that another one writes again and again", "[code]") {
  if (!lazyref::sync_core_all_threads()) LAZYREF_SKIP("no way to all threads here");
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const int file = static_cast<int>(::syscall(SYS_memfd_create, "code", 0U));
  if (file < 0 || ::ftruncate(file, static_cast<off_t>(page)) != 0) LAZYREF_SKIP("this host has no memfd");
  void* const write = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  void* const execute = ::mmap(nullptr, page, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  ::close(file);
  if (write == MAP_FAILED || execute == MAP_FAILED) LAZYREF_SKIP("this host does not map memory twice");

  std::atomic<const void*> entry{nullptr};
  std::atomic<int> ran{-1};
  constexpr int rounds = 500;
  int wrong = 0;
  std::thread other([&] {
    for (int round = 0; round < rounds; ++round) {
      const void* code;
      while ((code = entry.exchange(nullptr, std::memory_order_acq_rel)) == nullptr) std::this_thread::yield();
      wrong += call(code) != round % 256;
      ran.store(round, std::memory_order_release);
    }
  });
  int failed = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::size_t size = emit_return(write, static_cast<std::uint32_t>(round % 256));
    failed += !lazyref::publish_code(write, execute, size);
    entry.store(execute, std::memory_order_release);
    while (ran.load(std::memory_order_acquire) != round) std::this_thread::yield();
  }
  other.join();
  CHECK(failed == 0);
  CHECK(wrong == 0);
  ::munmap(write, page);
  ::munmap(execute, page);
}

#endif

#endif
