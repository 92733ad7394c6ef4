// SPDX-License-Identifier: BSL-1.0
//
// Instruction-stream synchronisation: the steps, their order and each answer of the kernel, over a scripted kernel and
// a scripted machine; then, on this machine, code that is written and run.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <lazyref/instruction_sync.hpp>

#include "../support/catch.hpp"
#include "../support/emitted_code.hpp"
#include "../support/fence_script.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include "../support/fence_child.hpp"
#include "../support/round_limit.hpp"
#endif

using namespace lazyref_test;
using lazyref::all_threads_by;
using lazyref::code_range;
using lazyref::instruction_sync_info;
using lazyref::sync_result;
namespace detail = lazyref::detail;

namespace {

int flush_answer = 0;
std::deque<int> flush_answers;  // of the next calls, before that
int core_answer = 0;
std::vector<code_range> flushes;

template <all_threads_by By, bool Known = true>
struct scripted_machine {
  static constexpr bool known = Known;
  static constexpr all_threads_by all_threads = By;
  static int flush_code(const void* write, const void* execute, std::size_t size) noexcept {
    the_script.seen.push_back("flush code");
    flushes.push_back({write, execute, size});
    if (flush_answers.empty()) return flush_answer;
    const int answer = flush_answers.front();
    flush_answers.pop_front();
    return answer;
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
  flush_answers.clear();
  core_answer = 0;
  flushes.clear();
}

bool says(const std::string& sentence, const char* word) { return sentence.find(word) != std::string::npos; }

char written[400];
char executed[400];

// n ranges that touch, each of another size.
std::vector<code_range> ranges_of(std::size_t n) {
  std::vector<code_range> result;
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    result.push_back({written + at, executed + at, i % 3 + 1});
    at += i % 3 + 1;
  }
  return result;
}

bool same_ranges(const std::vector<code_range>& a, const std::vector<code_range>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const code_range& one, const code_range& other) {
    return one.write == other.write && one.execute == other.execute && one.size == other.size;
  });
}

template <class Sync>
sync_result publish_all(Sync& sync, const std::vector<code_range>& ranges) {
  return sync.publish_ranges(ranges.size(), [&ranges](std::size_t i) { return ranges[i]; });
}
template <class Sync>
sync_result flush_all(Sync& sync, const std::vector<code_range>& ranges) {
  return sync.flush_ranges(ranges.size(), [&ranges](std::size_t i) { return ranges[i]; });
}

}  // namespace

TEST_CASE("publish: flush, then all threads, then this one", "[code]") {
  begin();
  by_membarrier sync;
  CHECK(sync.publish(written, executed, sizeof(written)));
  CHECK(look() == trace{"flush code", "sync core", "this core"});
  CHECK(same_ranges(flushes, {{written, executed, sizeof(written)}}));
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
    // What the query promises is not what the call did.
    CHECK_FALSE(sync.info().registered);
    CHECK(sync.info().all_threads == all_threads_by::handshake);
    CHECK(std::string(sync.info().reason) == result.what());
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

TEST_CASE("on Wine, whose call may do nothing, a handshake is needed", "[code]") {
  begin();
  detail::instruction_sync_core<traced_atomics, kernel_of_wine,
                                scripted_machine<all_threads_by::flush_process_write_buffers>>
      sync;
  CHECK(sync.all_threads().error() == ENOTSUP);
  CHECK(look() == trace{"this core"});
  CHECK(sync.publish(written, executed, 1).error() == ENOTSUP);
  CHECK(look() == trace{"flush code", "this core"});
  CHECK(sync.info().all_threads == all_threads_by::handshake);
}

TEST_CASE("an architecture without a rule is unsupported, whatever is asked", "[code]") {
  begin();
  by_nothing sync;
  CHECK(sync.flush(written, executed, 1).error() == ENOTSUP);
  CHECK(sync.flush(written, executed, 0).error() == ENOTSUP);
  CHECK(sync.all_threads().error() == ENOTSUP);
  CHECK(sync.publish(written, executed, 1).error() == ENOTSUP);
  CHECK(sync.initialize().error() == ENOTSUP);
  CHECK(says(sync.info().reason, "no instruction synchronisation"));
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

TEST_CASE("publish of many: each range is flushed, in order, and one synchronisation serves all", "[code]") {
  begin();
  const std::vector<code_range> three = ranges_of(3);
  by_membarrier sync;
  CHECK(publish_all(sync, three));
  CHECK(look() == trace{"flush code", "flush code", "flush code", "sync core", "this core"});
  CHECK(same_ranges(flushes, three));

  begin();
  by_windows windows;
  CHECK(publish_all(windows, three));
  CHECK(look() == trace{"flush code", "flush code", "flush code", "flush", "this core"});
  CHECK(same_ranges(flushes, three));

  begin();
  by_handshake handshake;
  CHECK(publish_all(handshake, three).error() == ENOTSUP);
  CHECK(look() == trace{"flush code", "flush code", "flush code", "this core"});
}

TEST_CASE("publish of many: where the flush reaches all threads, it is one call in all", "[code]") {
  for (const std::size_t n : {1U, 2U, 100U}) {
    begin();
    by_flush sync;
    CHECK(publish_all(sync, ranges_of(n)));
    CHECK(look() == trace{"this core"});
    core_answer = EPERM;
    CHECK(publish_all(sync, ranges_of(n)).error() == EPERM);
    CHECK(look() == trace{"this core"});
  }
}

TEST_CASE("publish of many: after an error nothing else is done", "[code]") {
  for (const int error : {EPERM, EFAULT, EINVAL}) {
    begin();
    flush_answers = {0, error};
    by_membarrier sync;
    const sync_result result = publish_all(sync, ranges_of(3));
    CHECK(result.error() == error);
    CHECK(std::strlen(result.what()) > 0);
    CHECK(look() == trace{"flush code", "flush code"});
  }
  for (const int error : {EINVAL, ENOSYS}) {
    begin({{sync_core, {-error}}});
    by_membarrier sync;
    CHECK(publish_all(sync, ranges_of(3)).error() == error);
    CHECK(look() == trace{"flush code", "flush code", "flush code", "sync core", "this core"});
  }
}

TEST_CASE("publish of many: a range that is none is an error, whichever it is", "[code]") {
  const void* const high = reinterpret_cast<const void*>(UINTPTR_MAX - 1);
  for (const std::size_t at : {0U, 1U, 2U}) {
    for (const code_range& beyond : {code_range{high, executed, 3}, code_range{written, high, 3}}) {
      std::vector<code_range> three = ranges_of(3);
      three[at] = beyond;
      begin();
      by_membarrier sync;
      CHECK(publish_all(sync, three).error() == EINVAL);
      CHECK(look() == trace(at, "flush code"));
      CHECK(flush_all(sync, three).error() == EINVAL);
      CHECK(look() == trace(at, "flush code"));
      by_flush flushing;
      CHECK(publish_all(flushing, three).error() == EINVAL);
      CHECK(look().empty());
    }
  }
  begin();
  by_flush flushing;
  std::vector<code_range> last = ranges_of(2);
  last[1] = {high, high, 2};
  CHECK(publish_all(flushing, last));
  CHECK(look() == trace{"this core"});
}

TEST_CASE("publish of many: empty ranges need no flush, and no ranges no more than one", "[code]") {
  begin();
  by_membarrier sync;
  CHECK(publish_all(sync, {{written, executed, 0}, {written, executed, 1}}));
  CHECK(look() == trace{"flush code", "sync core", "this core"});
  CHECK(publish_all(sync, {}));
  CHECK(look() == trace{"sync core", "this core"});
  by_flush flushing;
  CHECK(publish_all(flushing, {}));
  CHECK(look() == trace{"this core"});
  by_handshake handshake;
  CHECK(publish_all(handshake, {}).error() == ENOTSUP);
  by_nothing nothing;
  (void)look();
  CHECK(publish_all(nothing, {}).error() == ENOTSUP);
  CHECK(publish_all(nothing, ranges_of(2)).error() == ENOTSUP);
  CHECK(flush_all(nothing, ranges_of(2)).error() == ENOTSUP);
  CHECK(look().empty());
}

TEST_CASE("flush of many: the ranges, in order, and no core", "[code]") {
  begin();
  by_membarrier sync;
  by_flush flushing;
  by_handshake handshake;
  const std::vector<code_range> three = ranges_of(3);
  CHECK(flush_all(sync, three));
  CHECK(same_ranges(flushes, three));
  CHECK(flush_all(handshake, three));
  CHECK(look() == trace(6, "flush code"));
  // Where one call serves all of them, and all threads: that one.
  CHECK(flush_all(flushing, three));
  CHECK(look() == trace{"this core"});
  CHECK(flush_all(sync, {}));
  flush_answers = {0, EPERM};
  CHECK(flush_all(sync, three).error() == EPERM);
  CHECK(look() == trace(2, "flush code"));
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
  int wrong = 0;
  std::thread other([&] {
    for (int round = 0;; ++round) {
      const void* code;
      while ((code = entry.exchange(nullptr, std::memory_order_acq_rel)) == nullptr) std::this_thread::yield();
      if (code == &entry) break;
      wrong += call(code) != round % 256;
      ran.store(round, std::memory_order_release);
    }
  });
  int failed = 0, round = 0;
  for (lazyref_test::round_limit limit(500); limit.more(static_cast<unsigned>(round)); ++round) {
    const std::size_t size = emit_return(write, static_cast<std::uint32_t>(round % 256));
    failed += !lazyref::publish_code(write, execute, size);
    entry.store(execute, std::memory_order_release);
    while (ran.load(std::memory_order_acquire) != round) std::this_thread::yield();
  }
  entry.store(&entry, std::memory_order_release);  // the end
  other.join();
  CHECK(failed == 0);
  CHECK(wrong == 0);
  ::munmap(write, page);
  ::munmap(execute, page);
}

TEST_CASE("this machine: several functions are published at once, and run", "[code]") {
  if (!lazyref::sync_core_all_threads()) LAZYREF_SKIP("no way to all threads here");
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const memory = ::mmap(nullptr, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  code_range ranges[4];
  for (unsigned i = 0; i < 4; ++i) {
    unsigned char* const at = static_cast<unsigned char*>(memory) + i * page;
    ranges[i] = {at, at, emit_return(at, 40 + i)};
  }
  const bool executable = ::mprotect(memory, 4 * page, PROT_READ | PROT_EXEC) == 0;
  const sync_result published = lazyref::publish_code(ranges, 4);
  CHECK(published);
  CHECK(lazyref::publish_code(ranges, 0));
  if (executable && published) {
    for (unsigned i = 0; i < 4; ++i) CHECK(call(ranges[i].execute) == static_cast<int>(40 + i));
  }
  ranges[2].size = SIZE_MAX;
  CHECK(lazyref::publish_code(ranges, 4).error() == EINVAL);
  ::munmap(memory, 4 * page);
  if (!executable) LAZYREF_SKIP("this host does not make written memory executable");
}

#endif

#endif
