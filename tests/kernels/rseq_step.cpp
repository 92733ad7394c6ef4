// SPDX-License-Identifier: BSL-1.0
//
// Every instruction of the restartable sequences in turn, interrupted by force: a child process under ptrace is brought
// to stand right before it, something happens that the kernel has to act upon, and the child goes on. From the first
// instruction after the descriptor's address is in the area up to and with the one that stores (of the self-test's, which
// only reads: its last look), it has to be sent back and to have stored nothing. Before and after that, it has to store exactly once. In both cases its area names no
// descriptor at the end; the memory of the descriptor is then made unreadable, and the kernel must not mind.
//
// What happens:
//   stop        a breakpoint, for which the child stops; it must go on at the abort handler, where it stops again
//   signal      a breakpoint, and a signal with a handler, which must see the abort handler's address
//   claim       a breakpoint, and the word is taken meanwhile, as a thread of the same CPU does: it must keep that value
//   move        a breakpoint, and the child is moved to another CPU
//   preemption  the instruction is made a jump to itself, at which the child stands until others run on its CPU
//   migration   the same, and the child is moved while it runs
//
// Which instructions those are is not taken from the descriptor: a child executes the function step by step with an area
// of its own making, of which the kernel does not know, and the walk shows which instruction stores what.
//
// By CPU, and by concurrency id where the kernel has them. Then twins (rseq_twins.hpp) with a planted fault, each of
// which has to be reported for each kind of event, and one without, which must not be.
//
// A program of its own, for kernels where nothing else runs. Exit status 0: passed. 1: failed. 77: not tried.
#include <lazyref/rseq_test.hpp>
#include <lazyref/sync.hpp>

#include <cstdio>

#if defined(LAZYREF_DETAIL_HAS_RSEQ) && __has_include(<sys/rseq.h>)

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <thread>
#include <vector>

#include "rseq_twins.hpp"
#include "traced.hpp"

namespace rseq_step {
namespace {

using restartable = lazyref::std_sync::restartable;
using support = restartable::support;

struct slot {
  std::atomic<char*> lazy{nullptr};
};
constexpr std::size_t slot_count = 1024;
slot slots[slot_count];
char mine, other;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_sanitizer = true;
#elif defined(__has_feature)
constexpr bool has_sanitizer = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool has_sanitizer = false;
#endif

int home, elsewhere = -1;  // CPUs; -1: there is only one

// --- the sequences. Each returns 0 if it stored, 1 if the word was taken, 2 if it stored nothing for another reason.

struct claim {
  int outcome;
  std::size_t where;
};
enum class index { told, found, none };
struct sequence {
  const char* name;
  index by;  // it is told an index, which it compares; it reads where it is; it has to do with none
  claim (*run)(const support&, unsigned index, std::size_t end);
};

[[gnu::noinline]] claim store_if_null(const support& how, unsigned index, std::size_t) {
  // What it is told may not be where it is; the slot is one that exists.
  return {static_cast<int>(restartable::store_if_null(how, index, slots[index % slot_count].lazy, &mine,
                                                      std::memory_order_acquire, std::memory_order_release)),
          index};
}
[[gnu::noinline]] claim store_if_null_here(const support& how, unsigned, std::size_t end) {
  const slot* const got =
      restartable::store_if_null_here(how, slots, 1, end, &mine, std::memory_order_acquire, std::memory_order_release);
  if (got == nullptr) return {2, 0};
  return {0, static_cast<std::size_t>(got - slots)};
}
// The self-test's, which only reads: what is stored is stored afterwards, if nothing has interrupted it.
[[gnu::noinline]] claim watch(const support& how, unsigned index, std::size_t) {
  std::atomic<char*>& word = slots[index % slot_count].lazy;
  const lazyref::arch::watched seen = lazyref::arch::watch(how.area, &word, 3);
  if (seen != lazyref::arch::watched::same) return {static_cast<int>(seen), index};
  if (word.load(std::memory_order_relaxed) != nullptr) return {1, index};
  word.store(&mine, std::memory_order_relaxed);
  return {0, index};
}
template <int (*Twin)(std::ptrdiff_t, std::ptrdiff_t, std::uint32_t, void*, void*) noexcept>
claim of_twin(const support& how, unsigned index, std::size_t) {
  return {Twin(how.area, how.index_at, index, &slots[index % slot_count].lazy, &mine), index};
}

constexpr sequence library[] = {{"store_if_null", index::told, &store_if_null},
                                {"store_if_null_here", index::found, &store_if_null_here},
                                {"watch", index::none, &watch}};
constexpr sequence sound = {"twin without a fault", index::told, &of_twin<&twins::sound>};
constexpr sequence commit_not_last = {"twin whose commit is not last", index::told, &of_twin<&twins::commit_not_last>};
constexpr sequence end_before_commit = {"twin one instruction short", index::told, &of_twin<&twins::end_before_commit>};
constexpr sequence not_cleared = {"twin that leaves its descriptor", index::told, &of_twin<&twins::not_cleared>};

// --- the child

enum class path { stores, occupied, mismatch };
enum class event { none, stop, signal, claim, move, preemption, migration };
constexpr event events[] = {event::stop, event::signal, event::claim, event::move, event::preemption, event::migration};
constexpr const char* event_names[] = {"none", "stop", "signal", "claim", "move", "preemption", "migration"};
constexpr bool moves(event e) { return e == event::move || e == event::migration; }

struct job {
  const sequence* what;
  support how;
  path which;
  std::uint64_t descriptor;  // 0: not known yet
  bool computes;             // afterwards, until it is released
};

// What the child says, in memory that both see.
struct report {
  int refused;              // errno of PTRACE_TRACEME
  volatile bool is_called;  // the sequence is
  volatile bool is_computing, is_released;
  unsigned index, index_after;
  claim got;
  std::size_t mine, others;  // how many slots have that
  std::size_t where;         // one that has `mine`
  std::uint64_t left;        // the descriptor's address in the area
  int signals;
  std::uint64_t signal_at;
  bool done;
};
report* said;

// Where the kernel looks, with what it would find there. The walk's area.
struct alignas(32) fake_area {
  std::uint32_t cpu_id_start = 3, cpu_id = 3;
  std::uint64_t descriptor = 0;
  std::uint32_t flags = 0, node_id = 0, mm_cid = 3;
};
thread_local fake_area fake;

std::ptrdiff_t from_thread_pointer(const void* p) {
  return static_cast<const char*>(p) - static_cast<const char*>(lazyref::arch::thread_pointer());
}
std::uint64_t descriptor_of(const support& how) {
  const char* const at = static_cast<const char*>(lazyref::arch::thread_pointer()) + how.area + 8;
  return *reinterpret_cast<const volatile std::uint64_t*>(at);
}

void on_signal(int, siginfo_t*, void* context) {
  ++said->signals;
  said->signal_at = interrupted_at(context);
}

// The descriptor's page becomes unreadable, as if it were unmapped. Meanwhile the thread sleeps, or it computes until it
// is released: newer kernels look at the area only where they have interrupted a computation. Nothing is called and no
// variable is used that may be in that page.
[[gnu::noinline]] void go_on_without(std::uint64_t descriptor, unsigned long page, bool computes, report* to) {
  const timespec pause{0, 50000};
  const auto* const start = reinterpret_cast<const void*>(descriptor & ~(page - 1));
  bare_call(SYS_mprotect, start, page, PROT_NONE);
  if (computes) {
    to->is_computing = true;
    while (!to->is_released) continue;
  } else {
    bare_call(SYS_nanosleep, &pause, 0, 0);
  }
  bare_call(SYS_mprotect, start, page, PROT_READ | PROT_WRITE);
}

[[noreturn]] void be_child(const job& j) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sigaction action {};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGUSR1, &action, nullptr);
  const auto page = static_cast<unsigned long>(::sysconf(_SC_PAGESIZE));
  if (j.which == path::occupied)
    for (slot& s : slots) s.lazy.store(&other, std::memory_order_relaxed);
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
    said->refused = errno;
    ::_exit(77);
  }
  ::kill(::getpid(), SIGSTOP);
  said->index = restartable::index(j.how);
  const unsigned told = said->index + (j.which == path::mismatch ? 1 : 0);
  said->is_called = true;
  said->got = j.what->run(j.how, told, j.which == path::mismatch ? 0 : slot_count);
  said->left = descriptor_of(j.how);
  if (j.descriptor != 0) go_on_without(j.descriptor, page, j.computes, said);
  said->index_after = restartable::index(j.how);
  for (std::size_t i = 0; i < slot_count; ++i) {
    const char* const has = slots[i].lazy.load(std::memory_order_relaxed);
    if (has == &mine) {
      ++said->mine;
      said->where = i;
    } else if (has == &other) {
      ++said->others;
    }
  }
  said->done = true;
  ::_exit(0);
}

pid_t start(const job& j) {
  *said = report{};
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) be_child(j);
  return child;
}

[[noreturn]] void skip(const char* why, const char* more = "") {
  std::printf("SKIPPED: rseq_step: %s%s\n", why, more);
  std::exit(77);
}

// --- the walk

struct walk {
  std::vector<std::uint64_t> pcs;
  std::size_t armed = 0;      // the first one with the descriptor in the area
  std::size_t committed = 0;  // the first one with the value in the word, or after the last look; 0: none
  std::size_t cleared = 0;    // the first one with no descriptor in the area any more
  std::uint64_t descriptor = 0;
  bool is_whole() const { return armed > 3 && cleared > armed; }
};

walk walk_through(const sequence& what, const support& how, path which) {
  support unknown = how;
  unknown.area = from_thread_pointer(&fake);
  unknown.index_at = unknown.area + (how.index_at - how.area);
  traced child(start({&what, unknown, which, 0, false}));
  walk result;
  if (child.wait() != traced::state::stopped) return result;
  const auto descriptor = reinterpret_cast<std::uint64_t>(&fake.descriptor);
  const auto word = reinterpret_cast<std::uint64_t>(&slots[3].lazy);
  for (std::size_t after = 0; after < 4 && result.pcs.size() < 5000;) {
    result.pcs.push_back(child.pc());
    child.step();
    if (child.wait() != traced::state::stopped || child.code() != SIGTRAP) break;
    const std::uint64_t now = child.read(descriptor);
    if (result.armed == 0 && now != 0) {
      result.armed = result.pcs.size();
      result.descriptor = now;
    }
    if (result.armed == 0) continue;
    if (what.by != index::none && result.committed == 0 && which == path::stores &&
        child.read(word) == reinterpret_cast<std::uint64_t>(&mine))
      result.committed = result.pcs.size();
    if (result.cleared == 0 && now == 0) result.cleared = result.pcs.size();
    // A sequence that clears nothing is followed for a while.
    if (result.cleared != 0 || result.pcs.size() > result.armed + 30) ++after;
  }
  // What only reads does so in a loop: it is over after the last instruction that came twice.
  for (std::size_t i = result.armed; what.by == index::none && i < result.cleared; ++i) {
    const auto begin = result.pcs.begin() + static_cast<std::ptrdiff_t>(result.armed);
    const auto here = result.pcs.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(begin, here, *here) != here) result.committed = i + 1;
  }
  return result;
}

// As the kernel declares it.
struct descriptor_layout {
  std::uint32_t version, flags;
  std::uint64_t start, length, abort;
};

// --- one interruption

struct result {
  bool was_there = false;     // at the instruction, when it happened
  bool by_handler = false;    // of `stop`: it went on at the abort handler
  bool was_sent_back = true;  // of `preemption` and `migration`: without being stopped
  int killed_by = 0;
};

void pause_for_microseconds(long us) {
  const timespec pause{0, us * 1000};
  ::nanosleep(&pause, nullptr);
}

// Where the child ends, or is killed.
void to_the_end(traced& child, int signal, result& r) {
  for (;;) {
    child.go(signal);
    const traced::state s = child.wait();
    if (s == traced::state::exited) return;
    r.killed_by = child.code();
    // A signal of ours is not in the way of the end.
    if (s == traced::state::killed || r.killed_by == SIGSEGV || r.killed_by == SIGTRAP || r.killed_by == SIGILL) return;
    r.killed_by = 0;
    signal = 0;
  }
}

void by_breakpoint(traced& child, std::uint64_t at, event e, bool inside, std::uint64_t abort, result& r) {
  child.patch(at, breakpoint);
  child.go();
  const traced::state s = child.wait();
  if (s == traced::state::exited) return;  // it was interrupted before
  if (s == traced::state::killed || child.code() != SIGTRAP) {
    r.killed_by = child.code();
    return;
  }
  child.restore();
  r.was_there = true;
  const std::uint64_t pc = child.pc();
  // The kernel may have acted before the stop already.
  if (pc == abort && inside && pc != at + past_breakpoint) {
    r.by_handler = true;
  } else {
    child.set_pc(at);
  }
  if (e == event::claim)
    child.write(reinterpret_cast<std::uint64_t>(&slots[said->index].lazy), reinterpret_cast<std::uint64_t>(&other));
  if (e == event::move) move(child.id(), elsewhere);
  if (e == event::stop && inside && !r.by_handler) {
    child.patch(abort, breakpoint);
    child.go();
    const traced::state then = child.wait();
    if (then == traced::state::exited) return;
    if (then == traced::state::killed || child.code() != SIGTRAP) {
      r.killed_by = child.code();
      return;
    }
    child.restore();
    child.set_pc(abort);
    r.by_handler = true;
  }
  to_the_end(child, e == event::signal ? SIGUSR1 : 0, r);
}

// This process runs on the child's CPU, but for `migration`: each time that it runs, the child does not.
// `turn`: in microseconds; in emulation the child may need long for a few instructions.
void by_spinning(traced& child, std::uint64_t at, event e, bool inside, int patience, long turn, result& r) {
  child.patch(at, jump_to_itself);
  if (e == event::migration) move(0, elsewhere);  // the child has its CPU for itself
  child.go();
  traced::state s = traced::state::stopped;
  bool has_ended = false;
  const auto wait_for = [&](int rounds, auto condition) {
    for (int i = 0; i < rounds && !has_ended && !condition(); ++i) {
      pause_for_microseconds(turn);
      has_ended = child.poll(s);
    }
  };
  const auto never = [] { return false; };
  wait_for(20000, [] { return said->is_called; });
  wait_for(2, never);  // from there it is a few instructions
  if (e == event::migration) move(child.id(), elsewhere);
  // Stopped for good where nothing sends it back; elsewhere than it should be it has only had no turn yet.
  for (int i = 0; i < 100 && !has_ended && !r.was_there; ++i) {
    if (i != 0) child.go();
    wait_for(inside ? patience : 2, never);
    if (has_ended) break;
    ::kill(child.id(), SIGSTOP);
    s = child.wait();
    has_ended = s != traced::state::stopped || child.code() != SIGSTOP;
    r.was_there = !has_ended && child.pc() == at;
  }
  if (!has_ended) {
    r.was_sent_back = false;
    child.restore();
    to_the_end(child, 0, r);
  } else if (s == traced::state::exited) {
    r.was_there = inside;  // what else would have held it up
  } else {
    r.killed_by = child.code();
  }
  if (e == event::migration) move(0, home);
}

// It comes to its end undisturbed, and is then preempted while it computes.
void by_computing(traced& child, result& r) {
  traced::state s = traced::state::stopped;
  bool has_ended = false;
  child.go();
  for (int i = 0; i < 20000 && !has_ended && !said->is_computing; ++i) {
    pause_for_microseconds(100);
    has_ended = child.poll(s);
  }
  for (int i = 0; i < 5 && !has_ended; ++i) {
    pause_for_microseconds(200);
    has_ended = child.poll(s);
  }
  said->is_released = true;
  if (!has_ended) s = child.wait();
  if (s != traced::state::exited) r.killed_by = child.code();
}

// --- the verdict

enum class verdict { right, again, not_there, wrong };

struct finding {
  verdict is;
  const char* why;
};

enum class phase { before, inside, after };

finding judge(const job& j, phase where, event e, const result& r) {
  const report& s = *said;
  const bool inside = where == phase::inside;
  const bool by_cpu = j.how.index_by == lazyref::cpu_index::cpu;
  if (r.killed_by != 0) return {verdict::wrong, "the kernel ended the process"};
  if (!s.done) return {verdict::wrong, "the process did not come to its end"};
  if (s.left != 0) return {verdict::wrong, "its descriptor is still in the area"};
  if (s.got.outcome == 0 && s.mine != 1) return {verdict::wrong, "it says that it stored, and there is nothing"};
  if (s.got.outcome != 0 && s.mine != 0) return {verdict::wrong, "it says that it did not store, and it did"};
  if (s.got.outcome == 0 && s.got.where != s.where) return {verdict::wrong, "it stored elsewhere than it says"};
  if (e != event::none && !r.was_there) return {verdict::not_there, nullptr};
  const std::size_t taken = j.which == path::occupied ? slot_count : e == event::claim ? 1 : 0;
  if (s.others != taken) return {verdict::wrong, "it stored in a word that another thread had taken"};
  if (inside) {
    if (s.got.outcome != 2) return {verdict::wrong, "it was interrupted, and went on"};
    if (!r.was_sent_back) return {verdict::wrong, "it was not sent back"};
    if (e == event::stop && !r.by_handler) return {verdict::wrong, "it did not come out at the abort handler"};
    return {verdict::right, nullptr};
  }
  if (e == event::signal && s.signals != 1) return {verdict::wrong, "its signal handler did not run once"};
  if (j.which != path::stores || (e == event::claim && where == phase::before)) {
    const bool is_told = j.what->by != index::found && j.which != path::mismatch;
    const int want = is_told ? 1 : 2;
    if (s.got.outcome == 0) return {verdict::wrong, "it stored where it had to refuse"};
    if (s.got.outcome == want || (moves(e) && s.got.outcome == 2)) return {verdict::right, nullptr};
    return {verdict::again, "it was interrupted, without having been"};
  }
  if (moves(e) && where == phase::before && j.what->by != index::none) {
    const std::size_t now = by_cpu ? static_cast<std::size_t>(elsewhere) : s.index_after;
    if (j.what->by == index::told && s.index != now)
      return s.got.outcome == 2 ? finding{verdict::right, nullptr}
                                : finding{verdict::wrong, "it did not see that it was moved"};
    if (s.got.outcome == 0 && s.where == now) return {verdict::right, nullptr};
    if (s.got.outcome == 0 && by_cpu) return {verdict::wrong, "it stored in another CPU's slot"};
    return {verdict::again, "not in the slot of where it is"};  // a concurrency id may change at any time
  }
  if (s.got.outcome != 0) return {verdict::again, "it was interrupted, without having been"};
  if (s.where != s.index && e == event::migration) return {verdict::again, "it was moved before it came there"};
  if (s.where != s.index) return {verdict::wrong, "it stored in another CPU's slot"};
  return {verdict::right, nullptr};
}

enum class kind { ours, control, broken };

struct tally {
  long right = 0, wrong = 0, sent_back = 0, stored = 0, refused = 0, again = 0, not_tried = 0;
  long wrong_by[std::size(event_names)] = {};
};

// One instruction and one event, until there is a verdict.
void interrupt(const job& j, const char* mode, std::uint64_t at, long number, phase where, event e, kind of,
               tally& all) {
  const bool inside = where == phase::inside;
  const std::uint64_t abort = reinterpret_cast<const descriptor_layout*>(j.descriptor)->abort;
  finding found{verdict::again, nullptr};
  for (int tries = 0; tries < 50; ++tries) {
    traced child(start(j));
    if (child.wait() != traced::state::stopped) {
      found = {verdict::again, "the child did not start"};
      continue;
    }
    result r;
    if (e == event::none) {
      by_computing(child, r);
    } else if (e == event::preemption || e == event::migration) {
      by_spinning(child, at, e, inside, of == kind::broken ? 20 : 2000, 100L << std::min(tries, 5), r);
    } else {
      by_breakpoint(child, at, e, inside, abort, r);
    }
    found = judge(j, where, e, r);
    if (found.is == verdict::right && inside && e == event::signal && said->signal_at != abort)
      found = {verdict::wrong, "its signal handler interrupted the sequence"};
    if (found.is == verdict::right || found.is == verdict::wrong) break;
    ++all.again;
  }
  if (found.is == verdict::right) {
    ++all.right;
    ++(inside ? all.sent_back : said->got.outcome == 0 ? all.stored : all.refused);
    return;
  }
  if (found.is == verdict::not_there) {  // other programs interrupt it before
    ++all.not_tried;
    std::printf("SKIPPED: %s, %s, instruction %+ld, %s: it did not come there in 50 tries\n", j.what->name, mode,
                number, event_names[static_cast<std::size_t>(e)]);
    return;
  }
  if (found.is == verdict::again && of == kind::broken) return;  // which is not the fault that was planted
  ++all.wrong;
  ++all.wrong_by[static_cast<std::size_t>(e)];
  if (of != kind::broken)
    std::printf("WRONG: %s, %s, instruction %+ld, %s: %s (outcome %d)\n", j.what->name, mode, number,
                event_names[static_cast<std::size_t>(e)], found.why, said->got.outcome);
}

// All of them. The instructions are counted from the first one inside.
bool all_of(const sequence& what, const support& how, const char* mode, kind of, tally& all) {
  const auto began = std::chrono::steady_clock::now();
  const walk main = walk_through(what, how, path::stores);
  if (!main.is_whole() || main.committed <= main.armed) {
    std::printf("WRONG: %s, %s: the walk did not see it arm, store and clear\n", what.name, mode);
    return false;
  }
  const auto* const found = reinterpret_cast<const descriptor_layout*>(main.descriptor);
  const bool is_exact =
      found->start == main.pcs[main.armed] && found->start + found->length == main.pcs[main.committed];
  if (!is_exact && of != kind::broken)
    std::printf("WRONG: %s, %s: the descriptor does not range from the arming to the store, or the last look\n",
                what.name, mode);
  const auto inside_begin = main.pcs.begin() + static_cast<std::ptrdiff_t>(main.armed);
  const auto inside_end = main.pcs.begin() + static_cast<std::ptrdiff_t>(main.committed);
  std::size_t places[3] = {};
  std::size_t refusing = 0;
  for (const path which : {path::stores, path::occupied, path::mismatch}) {
    if (which == path::mismatch && what.by == index::none) continue;
    const walk way = which == path::stores ? main : walk_through(what, how, which);
    if (!way.is_whole()) {
      std::printf("WRONG: %s, %s: the walk did not see it arm and clear\n", what.name, mode);
      return false;
    }
    const job j{&what, how, which, main.descriptor, false};
    for (std::size_t i = way.armed - 3; i < std::min(way.cleared + 2, way.pcs.size()); ++i) {
      const bool inside = std::find(inside_begin, inside_end, way.pcs[i]) != inside_end;
      const phase where = i < way.armed ? phase::before : inside ? phase::inside : phase::after;
      if (which == path::stores) ++places[static_cast<int>(where)];
      if (which != path::stores) ++refusing;
      for (const event e : events) {
        if (moves(e) && elsewhere < 0) continue;
        if (e == event::claim && (which != path::stores || where == phase::after)) continue;  // too late for that
        if (which != path::stores && e != event::stop && e != event::preemption) continue;
        interrupt(j, mode, way.pcs[i], static_cast<long>(i) - static_cast<long>(way.armed), where, e, of, all);
      }
    }
    interrupt({&what, how, which, main.descriptor, true}, mode, 0, 0, phase::after, event::none, of, all);
    if (of != kind::ours) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "%s, %s: %zu instructions inside, %zu before, %zu after, %zu on the ways that refuse; %ld interruptions: "
      "%ld sent back, %ld stored, %ld refused, %ld wrong, %ld not tried; %ld tries again; %.2f s\n",
      what.name, mode, places[1], places[0], places[2], refusing, all.right + all.wrong, all.sent_back, all.stored,
      all.refused, all.wrong, all.not_tried, all.again, took.count());
  return is_exact || of == kind::broken;
}

bool is_all_right(const sequence& what, const support& how, const char* mode, kind of) {
  tally all;
  return all_of(what, how, mode, of, all) && all.wrong == 0 && all.sent_back != 0 && all.stored != 0;
}

// By each kind of event, in some tries: a thread that was interrupted before it got to the fault does not show it.
bool twin_is_reported(const sequence& twin, const support& how, const char* mode, bool by_claim) {
  tally all;
  const char* missing = nullptr;
  for (int tries = 0; tries < 5; ++tries) {
    if (!all_of(twin, how, mode, kind::broken, all)) return false;
    missing = nullptr;
    for (const event e : events) {
      if ((moves(e) && elsewhere < 0) || (e == event::claim && !by_claim)) continue;
      if (all.wrong_by[static_cast<std::size_t>(e)] == 0) missing = event_names[static_cast<std::size_t>(e)];
    }
    if (missing == nullptr) return true;
  }
  std::printf("WRONG: %s, %s: not reported by %s\n", twin.name, mode, missing);
  return false;
}

// Both that it is seen to have left its descriptor, and that the kernel, which looks there, ends the process. Preempted
// before that, a thread has its descriptor taken away by the kernel: so in some tries.
bool leaving_is_reported(const support& how, const char* mode) {
  const walk way = walk_through(not_cleared, how, path::stores);
  bool seen = false, killed = false;
  for (int tries = 0; tries < 50 && way.descriptor != 0 && !(seen && killed); ++tries) {
    traced child(start({&not_cleared, how, path::stores, way.descriptor, true}));
    if (child.wait() != traced::state::stopped) continue;
    result r;
    by_computing(child, r);
    seen = seen || said->left == way.descriptor;
    killed = killed || r.killed_by == SIGSEGV;
  }
  std::printf("%s, %s: %s in the area, %s\n", not_cleared.name, mode, seen ? "seen" : "NOT SEEN",
              killed ? "ended by the kernel" : "NOT ENDED BY THE KERNEL");
  return seen && killed && way.descriptor != 0;
}

// --- concurrency ids

// Of two threads that run at the same time, the ids differ; padding does not. In a process of its own.
bool ids_differ(const support& how) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::atomic<std::uint32_t> id[2] = {{~0U}, {~0U}};
    std::atomic<bool> stop{false};
    const auto run = [&](int n) {
      move(0, n == 0 ? home : elsewhere);
      const auto began = std::chrono::steady_clock::now();
      while (!stop.load(std::memory_order_relaxed)) {
        id[n].store(lazyref::arch::read_rseq(how.index_at), std::memory_order_relaxed);
        const std::uint32_t there = id[1 - n].load(std::memory_order_relaxed);
        if (there != ~0U && there != id[n].load(std::memory_order_relaxed)) stop.store(true, std::memory_order_relaxed);
        if (std::chrono::steady_clock::now() - began > std::chrono::seconds(2)) return;
      }
    };
    std::thread second(run, 1);
    run(0);
    second.join();
    ::_exit(stop.load(std::memory_order_relaxed) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

const char* why_no_ids(const support& by_id) {
  constexpr unsigned long feature_size = 27;  // AT_RSEQ_FEATURE_SIZE
  if (::getauxval(feature_size) < 28) return "this kernel has none (Linux has from 6.3 on)";
  // Up to glibc 2.40 what is registered is 32 bytes, whatever __rseq_size says.
  if (__rseq_size < 28 && __rseq_size != 20) return "the C library has not registered as much";
  if (elsewhere >= 0 && !ids_differ(by_id)) return "two threads that run at the same time have the same one";
  return nullptr;
}

int run() {
  if (has_sanitizer) skip("not under a sanitizer, which has code and memory of its own in the way");
  const auto began = std::chrono::steady_clock::now();
  const support found = restartable::probe();
  if (!found.usable) skip("no restartable sequences: ", found.reason);

  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) skip("which CPUs are allowed is not to be had");
  home = -1;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu) {
    if (!CPU_ISSET(static_cast<unsigned>(cpu), &allowed)) continue;
    if (home < 0) {
      home = cpu;
    } else {
      elsewhere = cpu;
    }
  }
  if (home < 0 || !move(0, home)) skip("the process cannot be kept on one CPU");

  // If it may, it goes before other programs: on a busy machine it takes seconds then, and not a minute.
  (void)::setpriority(PRIO_PROCESS, 0, -15);

  void* const shared = ::mmap(nullptr, sizeof(report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) skip("no shared memory");
  said = static_cast<report*>(shared);

  support by_cpu = found;
  by_cpu.index_by = lazyref::cpu_index::cpu;
  by_cpu.index_at = by_cpu.area + 4;
  support by_id = found;
  by_id.index_by = lazyref::cpu_index::concurrency_id;
  by_id.index_at = by_id.area + 24;

  {
    traced child(start({&library[0], by_cpu, path::stores, 0, false}));
    const traced::state s = child.wait();
    if (said->refused != 0) skip("a process may not be traced here: ", std::strerror(said->refused));
    if (s != traced::state::stopped) skip("a traced process does not stop here (emulation of one program?)");
    child.step();
    if (child.wait() != traced::state::stopped || child.code() != SIGTRAP) skip("there is no single step here");
  }

  utsname kernel{};
  ::uname(&kernel);
  std::printf("%s %s; on CPU %d%s; the library goes by %s\n", kernel.machine, kernel.release, home,
              elsewhere < 0 ? "" : " and another",
              found.index_by == lazyref::cpu_index::cpu ? "CPU" : "concurrency id");
  if (elsewhere < 0) std::printf("SKIPPED: there is one CPU: nothing is moved to another one\n");

  bool is_right = true;
  const auto in_mode = [&](const support& how, const char* mode) {
    for (const sequence& s : library) is_right = is_all_right(s, how, mode, kind::ours) && is_right;
    is_right = is_all_right(sound, how, mode, kind::control) && is_right;
    is_right = twin_is_reported(commit_not_last, how, mode, false) && is_right;
    is_right = twin_is_reported(end_before_commit, how, mode, true) && is_right;
    is_right = leaving_is_reported(how, mode) && is_right;
  };
  in_mode(by_cpu, "by CPU");
  if (const char* const why = why_no_ids(by_id)) {
    std::printf("SKIPPED: by concurrency id: %s\n", why);
  } else {
    in_mode(by_id, "by concurrency id");
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("rseq_step: %s, %.1f s\n", is_right ? "passed" : "FAILED", took.count());
  return is_right ? 0 : 1;
}

}  // namespace
}  // namespace rseq_step

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  return rseq_step::run();
}

#else

int main() {
  std::puts("SKIPPED: rseq_step: no restartable sequences for this architecture or C library");
  return 77;
}

#endif
