// SPDX-License-Identifier: BSL-1.0
//
// Which system calls are made when code is published and its memory is used again, in which order, and no others; and
// that no page is ever writable and executable through one address. Seen from outside, by ptrace: each piece of work
// runs in a child that is stopped at every system call.
//
// The same eyes are shown programs that take the steps in another order, leave one out or add one; each has to be told
// from the right one.
//
// What happens without a system call (the flush, on these architectures) cannot be seen here: tests/arch/check.py reads
// the object code.
#include <cstdio>

#if !defined(__linux__) || !(defined(__x86_64__) || defined(__aarch64__)) || !__has_include(<linux/ptrace.h>)
int main() {
  std::puts("SKIPPED: trace: Linux on x86-64 or arm64 only");
  return 77;
}
#else

#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>

#if !defined(PTRACE_GET_SYSCALL_INFO)
int main() {
  std::puts("SKIPPED: trace: the kernel's headers do not know PTRACE_GET_SYSCALL_INFO (Linux 5.3)");
  return 77;
}
#else

namespace {

using namespace lazyref;
using lines = std::vector<std::string>;

// --- what the traced program says: in arguments of a system call that ignores them

enum class sign : long { begin = 1001, end, phase, block };
void say(sign s, long value = 0) { ::syscall(SYS_getppid, static_cast<long>(s), value); }

enum phase : long { drafted, published, unpublished, given_up, refused, left };
constexpr const char* phase_names[] = {"drafted", "published", "unpublished", "given up", "refused", "left"};
void done(phase p) { say(sign::phase, p); }
// From now on the memory that begins there has a name: block 0, block 1, ...
void name_block(const void* at) { say(sign::block, static_cast<long>(reinterpret_cast<std::uintptr_t>(at))); }

// --- the tracer

struct system_call {
  std::uint64_t number = 0;
  std::uint64_t arguments[6] = {};
  std::int64_t result = 0;
};

constexpr std::uint64_t page = 4096;

std::string protection(std::uint64_t bits) {
  const std::string all = std::string((bits & PROT_READ) != 0 ? "r" : "") + ((bits & PROT_WRITE) != 0 ? "w" : "") +
                          ((bits & PROT_EXEC) != 0 ? "x" : "");
  return all.empty() ? "none" : all;
}

std::string name_of_command(std::uint64_t command) {
  switch (command) {
    case detail::membarrier_query:
      return "QUERY";
    case detail::membarrier_private_expedited:
      return "PRIVATE_EXPEDITED";
    case detail::membarrier_register_private_expedited:
      return "REGISTER_PRIVATE_EXPEDITED";
    case detail::membarrier_private_expedited_sync_core:
      return "SYNC_CORE";
    case detail::membarrier_register_private_expedited_sync_core:
      return "REGISTER_SYNC_CORE";
    default:
      return "command " + std::to_string(command);
  }
}

std::string place_of(std::uint64_t address, const std::vector<std::uint64_t>& blocks) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i] == address) return "block " + std::to_string(i);
  }
  return "elsewhere";
}

std::string text_of(const system_call& call, const std::vector<std::uint64_t>& blocks) {
  const std::uint64_t* const a = call.arguments;
  std::string text;
  switch (call.number) {
    case SYS_getppid:
      return std::string("-- ") + phase_names[a[1]];
    case SYS_membarrier:
      text = "membarrier(" + name_of_command(a[0]) + (a[1] != 0 ? ", flags" : "") + ")";
      break;
    case SYS_mprotect:
      text = "mprotect(" + place_of(a[0], blocks) + ", " + std::to_string(a[1]) + " bytes, " + protection(a[2]) + ")";
      break;
    case SYS_mmap:
      text = "mmap(" + protection(a[2]) + ((a[3] & MAP_SHARED) != 0 ? ", shared" : ", private") + ")";
      break;
    case SYS_munmap:
      text = "munmap";
      break;
    case SYS_mremap:
      text = a[1] == 0 ? "mremap(again" + std::string((a[3] & MREMAP_FIXED) != 0 ? ", there)" : ")") : "mremap";
      break;
    case SYS_getrandom:
      text = "getrandom";
      break;
    case SYS_memfd_create:
      text = "memfd_create";
      break;
    case SYS_ftruncate:
      text = "ftruncate";
      break;
    case SYS_fcntl:
      text = a[1] == F_ADD_SEALS ? "fcntl(ADD_SEALS)" : "fcntl";
      break;
    case SYS_madvise:
      text = a[2] == MADV_DONTFORK ? "madvise(DONTFORK)" : a[2] == 18 ? "madvise(WIPEONFORK)" : "madvise";
      break;
    case SYS_sched_yield:
      text = "sched_yield";
      break;
    case SYS_close:
      text = "close";
      break;
    case SYS_personality:
      text = "personality";
      break;
    case SYS_getrlimit:
    case SYS_prlimit64:
      text = "getrlimit";
      break;
    default:
      text = "system call " + std::to_string(call.number);
      break;
  }
  if (call.result == -EPERM) return text + " = -EPERM";
  return call.result < 0 && call.result > -4096 ? text + " = -" + std::to_string(-call.result) : text;
}

struct trace {
  bool refused = false;  // nothing could be traced
  int status = 0;        // of wait
  lines seen;            // between begin and end
  bool writable_and_executable = false;
};

long ptrace(long request, pid_t child, std::uintptr_t address, std::uintptr_t data) {
  return ::syscall(SYS_ptrace, request, child, address, data);
}

trace watch(void (*work)()) {
  trace result;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) ::_exit(77);
    ::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  const auto next_stop = [&] { return child > 0 && ::waitpid(child, &result.status, 0) == child; };
  constexpr std::uintptr_t options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
  if (!next_stop() || !WIFSTOPPED(result.status) || ptrace(PTRACE_SETOPTIONS, child, 0, options) != 0) {
    result.refused = true;
    if (child > 0 && WIFSTOPPED(result.status)) {
      ::kill(child, SIGKILL);
      next_stop();
    }
    return result;
  }
  std::vector<system_call> calls;
  std::vector<std::uint64_t> blocks;
  system_call current;
  bool recording = false;
  std::uintptr_t signal_to_pass_on = 0;
  while (ptrace(PTRACE_SYSCALL, child, 0, signal_to_pass_on) == 0 && next_stop() && WIFSTOPPED(result.status)) {
    const int why = WSTOPSIG(result.status);
    signal_to_pass_on = why == (SIGTRAP | 0x80) ? 0 : static_cast<std::uintptr_t>(why);
    if (signal_to_pass_on != 0) continue;
    ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, reinterpret_cast<std::uintptr_t>(&info)) <= 0) {
      result.refused = true;
      ::kill(child, SIGKILL);
      next_stop();
      return result;
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
      current.number = info.entry.nr;
      std::memcpy(current.arguments, info.entry.args, sizeof current.arguments);
      continue;
    }
    if (info.op != PTRACE_SYSCALL_INFO_EXIT) continue;
    current.result = info.exit.rval;
    const std::uint64_t* const a = current.arguments;
    constexpr std::uint64_t both = PROT_WRITE | PROT_EXEC;
    if ((current.number == SYS_mmap || current.number == SYS_mprotect) && (a[2] & both) == both)
      result.writable_and_executable = true;
    if (current.number == SYS_getppid && a[0] == static_cast<std::uint64_t>(sign::block)) {
      if (place_of(a[1], blocks) == "elsewhere") blocks.push_back(a[1]);
    } else if (current.number == SYS_getppid && a[0] != static_cast<std::uint64_t>(sign::phase)) {
      recording = a[0] == static_cast<std::uint64_t>(sign::begin);
    } else if (recording) {
      calls.push_back(current);
    }
  }
  for (const system_call& call : calls) result.seen.push_back(text_of(call, blocks));
  result.refused = WIFEXITED(result.status) && WEXITSTATUS(result.status) == 77;
  return result;
}

// --- the checker

int failures = 0;
int twins = 0;

void print(const lines& of) {
  for (const std::string& line : of) std::printf("    %s\n", line.c_str());
}

bool is_as_promised(const trace& got, const lines& promised) {
  return WIFEXITED(got.status) && WEXITSTATUS(got.status) == 0 && got.seen == promised && !got.writable_and_executable;
}

void must_be(const char* name, void (*work)(), const lines& promised) {
  const trace got = watch(work);
  const bool is = is_as_promised(got, promised);
  std::printf("%s: %s\n", name, is ? "as promised" : "WRONG");
  print(got.seen);
  if (!is) {
    ++failures;
    if (got.writable_and_executable) std::puts("  a page was writable and executable");
    if (!WIFEXITED(got.status) || WEXITSTATUS(got.status) != 0) {
      std::printf("  the program did not end well (status of wait: %x)\n", static_cast<unsigned>(got.status));
    }
    std::puts("  promised was:");
    print(promised);
  }
  std::fflush(stdout);
}

// It does just what it is made for, which is not what is promised.
void twin(const char* name, void (*work)(), const lines& promised, const lines& does) {
  const trace got = watch(work);
  const bool did = WIFEXITED(got.status) && WEXITSTATUS(got.status) == 0 && got.seen == does;
  const bool told = !is_as_promised(got, promised);
  std::printf("twin, %s: %s\n", name,
              !did   ? "WRONG: it did something else"
              : told ? "reported"
                     : "WRONG: taken for the real one");
  if (!did || !told) {
    print(got.seen);
    ++failures;
  }
  ++twins;
  std::fflush(stdout);
}

// --- the programs

// A child's way to say that something else is wrong.
void require(bool condition) {
  if (!condition) ::_exit(1);
}
void require(const sync_result& result) { require(static_cast<bool>(result)); }

struct block : code_block<block> {};
using space_type = code_space<block>;
using draft_type = code_draft<block>;

alignas(64) unsigned char bytes[128];

// What is not to be seen: registrations, memory for malloc. Each program is single-threaded, and so is its parent.
void prepare() {
  fence_initialize();
  require(instruction_sync_initialize());
  std::free(std::malloc(100000));
}

void first_publish_code() {
  say(sign::begin);
  require(publish_code(bytes, bytes, sizeof bytes));
  done(published);
  require(publish_code(bytes, bytes, sizeof bytes));
  say(sign::end);
}

void publish_hundred() {
  prepare();
  code_range ranges[100];
  for (code_range& range : ranges) range = {bytes, bytes, sizeof bytes};
  say(sign::begin);
  require(publish_code(ranges, 100));
  say(sign::end);
}
void make_nothing_but_a_flush() {
  prepare();
  say(sign::begin);
  require(flush_code_range(bytes, bytes, sizeof bytes));
  sync_core_this_thread();
  require(instruction_sync_capabilities().registered);
  say(sign::end);
}

template <code_mapping Mapping>
void make_a_space() {
  prepare();
  say(sign::begin);
  const space_type space({page, 2, 1}, Mapping);
  say(sign::end);
  require(space.status());
}

// Drafts n blocks of a page, writes and publishes them.
template <code_mapping Mapping, std::size_t N, code_synchronisation Who = code_synchronisation::all_threads,
          class System = detail::process_code_system>
void draft_and_publish() {
  prepare();
  code_space<block, domain_options<>, System> space({N * page, N, 1}, Mapping, Who);
  code_draft<block, domain_options<>, System> drafts[N];
  strong_ref<block> code[N];
  say(sign::begin);
  for (auto& draft : drafts) {
    draft = space.draft(page);
    require(static_cast<bool>(draft));
    name_block(reinterpret_cast<const void*>(draft.address()));
    std::memset(draft.data(), 0, page);
  }
  done(drafted);
  require(space.publish(drafts, N, code));
  say(sign::end);
}

// A batch of one page each; only its publication is looked at.
void publish_hundred_blocks() {
  prepare();
  constexpr std::size_t n = 100;
  space_type space({n * page, n, 1});
  draft_type drafts[n];
  strong_ref<block> code[n];
  for (draft_type& draft : drafts) draft = space.draft(page);
  say(sign::begin);
  require(space.publish(drafts, n, code));
  say(sign::end);
}

template <code_mapping Mapping>
void draft_and_drop() {
  prepare();
  space_type space({page, 1, 1}, Mapping);
  say(sign::begin);
  {
    const draft_type draft = space.draft(page);
    require(static_cast<bool>(draft));
    name_block(reinterpret_cast<const void*>(draft.address()));
    done(drafted);
  }
  say(sign::end);
}

// --- memory that is used again

enum class by { retire, reset };
enum class worker { protects, activates };

// The whole space is one block. It is unpublished, given up and drafted anew.
template <code_mapping Mapping, by By, worker Worker = worker::protects>
void use_again() {
  prepare();
  space_type space({page, 2, 1}, Mapping);
  draft_type draft = space.draft(page);
  name_block(reinterpret_cast<const void*>(draft.address()));
  strong_ref<block> code;
  require(space.publish(draft, code));
  std::atomic<block*> shared(code.get());
  auto slot = space.domain().attach();
  if (Worker == worker::protects) {
    require(slot.protect(shared) == code.get());
  } else {
    slot.activate(code);
  }
  say(sign::begin);
  shared.store(nullptr, std::memory_order_release);
  done(unpublished);
  if (By == by::retire) {
    space.domain().retire(std::move(code));
  } else {
    code.reset();
  }
  done(given_up);
  draft = space.draft(page);
  require(draft.status().error() == ENOSPC);  // The slot is on it.
  done(refused);
  slot.reset_protection();
  done(left);
  draft = space.draft(page);
  require(static_cast<bool>(draft));
  std::memset(draft.data(), 0, page);
  done(drafted);
  require(space.publish(draft, code));
  done(published);
  say(sign::end);
}

// --- twins

struct synchronises_each : detail::process_code_system {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
      const code_range range = range_at(i);
      const sync_result result = publish_code(range.write, range.execute, range.size);
      if (!result) return result;
    }
    return {};
  }
};

struct synchronises_nothing : detail::process_code_system {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    return flush_ranges(n, range_at);
  }
};

struct fences_data_only : detail::process_code_system {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
    return flush_ranges(n, range_at);
  }
};

struct stays_writable : detail::process_code_system {
  static sync_result end_writing(void*, std::size_t) noexcept { return {}; }
};

struct writes_what_runs : detail::process_code_system {
  static sync_result begin_to_write(void* at, std::size_t size) noexcept {
    require(::mprotect(at, size, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
    return {};
  }
};

struct calls_once_more : detail::process_code_system {
  static sync_result end_writing(void* at, std::size_t size) noexcept {
    ::syscall(SYS_getuid);
    return process_code_system::end_writing(at, size);
  }
};

// For the orders that code_space does not let anybody have: the steps by hand.
struct by_hand {
  void* at;

  by_hand() : at(::mmap(nullptr, page, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    prepare();
    name_block(at);
    say(sign::begin);
    require(::mprotect(at, page, PROT_READ | PROT_WRITE) == 0);
    std::memset(at, 0, page);
    done(drafted);
  }
  ~by_hand() { say(sign::end); }
  void synchronise() const { require(publish_code(at, at, page)); }
  void switch_back() const { require(::mprotect(at, page, PROT_READ | PROT_EXEC) == 0); }
};

void in_order() {
  const by_hand steps;
  steps.switch_back();
  steps.synchronise();
}
void synchronise_first() {
  const by_hand steps;
  steps.synchronise();
  steps.switch_back();
}
// In order, within what is looked at.
void map_both_before() {
  void* const both = ::mmap(nullptr, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (both == MAP_FAILED) ::_exit(1);
  in_order();
}

lines operator+(lines a, const lines& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

int main() {
  if (static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) != page) {
    std::puts("SKIPPED: trace: written for pages of 4096 bytes");
    return 77;
  }
  if (const trace nothing = watch([] { say(sign::begin); }); nothing.refused) {
    std::puts("SKIPPED: trace: ptrace is refused here, or too old (Linux 5.3)");
    return 77;
  }
  // Asks, and registers nothing: children inherit registrations.
  if (instruction_sync_capabilities().all_threads != all_threads_by::membarrier_sync_core) {
    std::printf("SKIPPED: trace: %s\n", instruction_sync_capabilities().reason);
    return 77;
  }

  constexpr auto dual = code_mapping::dual;
  constexpr auto flip = code_mapping::flip;
  constexpr auto each = code_synchronisation::each_executor;
  const lines sync = {"membarrier(SYNC_CORE)"};
  const lines heavy = {"membarrier(PRIVATE_EXPEDITED)"};
  const lines write_0 = {"mprotect(block 0, 4096 bytes, rw)"};
  const lines execute_0 = {"mprotect(block 0, 4096 bytes, rx)"};

  const lines first = {"membarrier(SYNC_CORE) = -EPERM", "membarrier(REGISTER_SYNC_CORE)", "membarrier(SYNC_CORE)",
                       "-- published", "membarrier(SYNC_CORE)"};
  must_be("publish_code, for the first time and again", first_publish_code, first);
  must_be("publish_code, 100 ranges", publish_hundred, sync);
  must_be("flush, this core, capabilities", make_nothing_but_a_flush, {});

  // The first domain of a program asks how many CPUs there are, by a file of the kernel's; the others do not.
  static_cast<void>(std_sync::cpus());
  // First the addresses: where the system puts them, and then at random.
  const lines addresses = {"mmap(none, private)", "mmap(none, private)", "munmap", "getrandom", "mmap(none, private)"};
  must_be("code_space, mapped twice", make_a_space<dual>,
          lines{"personality"} + addresses +
              lines{"mmap(rx, shared)", "mremap(again)", "munmap", "mremap(again, there)",
                    "mprotect(elsewhere, 4096 bytes, rw)", "mmap(rw, private)", "madvise(WIPEONFORK)",
                    "madvise(DONTFORK)", "madvise(DONTFORK)"});
  must_be("code_space, switched", make_a_space<flip>,
          {"personality", "mmap(none, private)", "mprotect(elsewhere, 4096 bytes, rw)",
           "mprotect(elsewhere, 4096 bytes, rx)"});

  const lines written = {"-- drafted"};
  const lines published_flip = write_0 + written + execute_0 + sync;
  must_be("publish, mapped twice", draft_and_publish<dual, 1>, written + sync);
  must_be("publish, mapped twice, each executor", draft_and_publish<dual, 1, each>, written);
  must_be("publish 100, mapped twice", publish_hundred_blocks, sync);
  must_be("publish, switched", draft_and_publish<flip, 1>, published_flip);
  must_be("publish, switched, each executor", draft_and_publish<flip, 1, each>, write_0 + written + execute_0);
  must_be("drop, switched", draft_and_drop<flip>, write_0 + written + execute_0);
  const lines write_3 = write_0 + lines{"mprotect(block 1, 4096 bytes, rw)", "mprotect(block 2, 4096 bytes, rw)"};
  const lines execute_3 = execute_0 + lines{"mprotect(block 1, 4096 bytes, rx)", "mprotect(block 2, 4096 bytes, rx)"};
  must_be("publish 3, switched", draft_and_publish<flip, 3>, write_3 + written + execute_3 + sync);

  // The heavy fence lies between the unpublishing and the next draft of that memory; the other one after it is written.
  const lines gone = {"-- unpublished"};
  // A draft that finds no room tries 64 times while a slot is on a block.
  const lines in_use = lines(63, "sched_yield") + lines{"-- refused", "-- left"};
  const lines reset = {"-- given up"};
  const lines anew_flip = published_flip + lines{"-- published"};
  const lines anew_dual = written + sync + lines{"-- published"};
  must_be("used again after reset, mapped twice", use_again<dual, by::reset>,
          gone + heavy + reset + in_use + anew_dual);
  must_be("used again after reset, switched", use_again<flip, by::reset>, gone + heavy + reset + in_use + anew_flip);
  must_be("used again after retire, mapped twice", use_again<dual, by::retire>,
          gone + reset + heavy + in_use + anew_dual);
  must_be("used again after retire, switched", use_again<flip, by::retire>, gone + reset + heavy + in_use + anew_flip);
  must_be("used again, activated only", use_again<flip, by::reset, worker::activates>,
          gone + reset + in_use + anew_flip);

  constexpr auto all = code_synchronisation::all_threads;
  must_be("by hand, in order", in_order, published_flip);
  twin("synchronises before the switch", synchronise_first, published_flip, write_0 + written + sync + execute_0);
  twin("writable and executable before", map_both_before, published_flip, published_flip);
  twin("synchronises each block", draft_and_publish<flip, 3, all, synchronises_each>,
       write_3 + written + execute_3 + sync, write_3 + written + execute_3 + sync + sync + sync);
  twin("synchronises nothing", draft_and_publish<flip, 1, all, synchronises_nothing>, published_flip,
       write_0 + written + execute_0);
  twin("the other fence", draft_and_publish<flip, 1, all, fences_data_only>, published_flip,
       write_0 + written + execute_0 + heavy);
  twin("stays writable", draft_and_publish<flip, 1, all, stays_writable>, published_flip, write_0 + written + sync);
  twin("writes what runs", draft_and_publish<flip, 1, all, writes_what_runs>, published_flip,
       lines{"mprotect(block 0, 4096 bytes, rwx)"} + written + execute_0 + sync);
  twin("a call too many", draft_and_publish<flip, 1, all, calls_once_more>, published_flip,
       write_0 + written + lines{"system call " + std::to_string(SYS_getuid)} + execute_0 + sync);
  twin("no fence before memory is used again", use_again<flip, by::reset, worker::activates>,
       gone + heavy + reset + in_use + anew_flip, gone + reset + in_use + anew_flip);
  std::printf("%d failures; %d twins\n", failures, twins);
  return failures == 0 ? 0 : 1;
}

#endif
#endif
