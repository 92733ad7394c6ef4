// SPDX-License-Identifier: BSL-1.0
//
// Each membarrier command: what QUERY reports, and the result of trying it in a child process.
#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

#include "child.hpp"
#include "findings.hpp"

#if defined(__linux__)
#include <sys/syscall.h>
constexpr bool on_linux = true;
#else
constexpr bool on_linux = false;
#endif

namespace doctor {
namespace {

// Sources: membarrier(2), Linux kernel/sched/membarrier.c.
constexpr int query_command = 0, get_registrations_command = 1 << 9, unknown_command = 1 << 30;

constexpr command commands[] = {
    {"GLOBAL", global_command, 0, false, "4.3", "reaches every process, slowly", "nothing in lazyref changes"},
    {"GLOBAL_EXPEDITED", 1 << 1, 1 << 2, false, "4.16", "reaches all registered processes",
     "cross_process_fence_register() fails, and processes that share memory need full fences"},
    {"PRIVATE_EXPEDITED", private_expedited, register_private_expedited, true, "4.14", "lazyref's heavy fence",
     "light fences are full fences"},
    {"SYNC_CORE", 1 << 5, 1 << 6, true, "4.16", "before running new code",
     "threads need a handshake before they run code that another has written"},
    {"RSEQ", 1 << 7, 1 << 8, true, "5.10", "restarts per-CPU critical sections", "rseq_fence() fails"},
    {"GET_REGISTRATIONS", get_registrations_command, 0, false, "6.3", "reports registrations",
     "registrations() reports only what lazyref itself has registered"},
};

// Each: the result, or a negative errno.
struct trial {
  int registrations_before, unregistered, registered, call, registrations_after;
};

int patiently(int call) {
  int result = membarrier(call);
  for (int i = 0; i < 16 && (result == -ENOMEM || result == -EINTR); ++i) result = membarrier(call);
  return result;
}

trial try_command(const command& c, bool ask_registrations) {
  const auto registrations = [=] { return ask_registrations ? membarrier(get_registrations_command) : -ENOSYS; };
  trial t{};
  if (c.registration != 0) {
    t.registrations_before = registrations();
    t.unregistered = patiently(c.call);
    t.registered = patiently(c.registration);
    t.registrations_after = registrations();
  }
  t.call = patiently(c.call);
  return t;
}

std::string failure(const char* what, int result) {
  return std::string(what) + " fails: " + std::generic_category().message(-result);
}

struct judgement {
  answer verdict;
  std::string detail;
};

judgement judge_failure(bool offered, const char* what, int result) {
  if (result == -EPERM || result == -EACCES) return {answer::refused, failure(what, result) + "; a filter"};
  if (offered) return {answer::lies, "QUERY reports it, but " + failure(what, result)};
  return {answer::missing, {}};
}

judgement judge(const command& c, const membarrier_findings& m, const trial& t) {
  const bool offered = m.query >= 0 && (m.query & c.call) != 0;
  if (t.registered < 0) return judge_failure(offered, "registering", t.registered);
  if (t.call < 0) return judge_failure(offered, "the call", t.call);
  if (m.query >= 0 && !offered) return {answer::lies, "it works, but QUERY does not report it"};
  if (c.registration == 0) return {answer::works, {}};
  if (t.registrations_after >= 0 && (t.registrations_after & c.registration) == 0)
    return {answer::lies, "registering succeeds, but GET_REGISTRATIONS does not report it"};
  const bool was_registered = t.registrations_before < 0 || (t.registrations_before & c.registration) != 0;
  if (c.needs_registration && !was_registered && t.unregistered >= 0)
    return {answer::lies, "it succeeds without registration, which a real kernel refuses"};
  return {answer::works, {}};
}

command_findings examine(const command& c, const membarrier_findings& m, bool ask_registrations) {
  command_findings found{c, m.query >= 0 && (m.query & c.call) != 0};
  const auto tried = in_child([&] { return try_command(c, ask_registrations); });
  const judgement j = tried.ok       ? judge(c, m, tried.value)
                      : tried.killed ? judgement{answer::kills, tried.failure}
                                     : judgement{answer::not_asked, tried.failure};
  found.verdict = j.verdict;
  found.detail = j.detail;
  return found;
}

void examine_query(membarrier_findings& m) {
  const auto asked = in_child([] {
    return std::array<int, 2>{membarrier(query_command), membarrier(unknown_command)};
  });
  m.query = asked.ok ? asked.value[0] : -ENOSYS;
  if (asked.killed) {
    m.verdict = answer::kills;
    m.detail = asked.failure;
  } else if (!asked.ok) {
    m.detail = asked.failure;
  } else if (m.query == -ENOSYS) {
    m.verdict = answer::missing;
    m.detail = "no such system call: a kernel before Linux 4.3, an emulator, or a filter";
  } else if (m.query < 0) {
    m.verdict = answer::refused;
    m.detail = failure("QUERY", m.query) + "; a filter";
  } else if (asked.value[1] >= 0) {
    m.verdict = answer::lies;
    m.detail = "a command that does not exist succeeds: an emulator, or a filter";
  } else {
    m.verdict = answer::works;
  }
}

}  // namespace

int membarrier([[maybe_unused]] int command) noexcept {
#if defined(__linux__) && defined(SYS_membarrier)
  const long result = ::syscall(SYS_membarrier, command, 0, 0);
  return result < 0 ? -errno : static_cast<int>(result);
#else
  return -ENOSYS;
#endif
}

membarrier_findings examine_membarrier() {
  membarrier_findings m{};
  m.query = -ENOSYS;
  if constexpr (on_linux) {
    examine_query(m);
  } else {
    m.detail = "tested on Linux only";
  }
  const bool answers = m.verdict == answer::works || m.verdict == answer::lies || m.verdict == answer::refused;
  const command& last = commands[std::size(commands) - 1];
  const command_findings get_registrations =
      answers ? examine(last, m, false) : command_findings{last, false, m.verdict};
  const bool ask = get_registrations.verdict == answer::works || get_registrations.verdict == answer::lies;
  for (const command& c : commands) {
    if (&c == &last) break;
    m.commands.push_back(answers ? examine(c, m, ask) : command_findings{c, false, m.verdict});
  }
  m.commands.push_back(get_registrations);
  return m;
}

const command_findings& find(const membarrier_findings& m, int call) {
  std::size_t i = 0;
  while (m.commands[i].what.call != call) ++i;
  return m.commands[i];
}

bool safe_to_ask_registrations(const membarrier_findings& m) {
  return find(m, get_registrations_command).verdict != answer::kills;
}

void note_registrations(membarrier_findings& m, const lazyref::fence_registrations& r, bool command_findings::*when) {
  m.registrations_by_kernel = r.reported_by_kernel;
  const bool is[] = {false, r.global_expedited, r.private_expedited, r.sync_core, r.rseq, false};
  static_assert(std::size(is) == std::size(commands));
  for (std::size_t i = 0; i < std::size(is); ++i) m.commands[i].*when = is[i];
}

}  // namespace doctor
