// SPDX-License-Identifier: BSL-1.0
//
// What the fence costs: the light side, the heavy side alone and in company, called by several threads at once, the
// fence for restartable sequences, the registration, and what a registration adds to each switch between threads.
//
// A registration cannot be taken back, and a fork inherits it. So what asks about one runs in a fresh process: this
// program again, with a question as its argument.
#include <lazyref/fence.hpp>

#include "bench.hpp"
#include "company.hpp"
#include "report.hpp"

#if defined(__linux__)
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace {

using kernel = lazyref::detail::os_kernel;
constexpr int private_expedited = lazyref::detail::membarrier_private_expedited;
constexpr int register_private = lazyref::detail::membarrier_register_private_expedited;
constexpr int register_sync_core = lazyref::detail::membarrier_register_private_expedited_sync_core;

// --- in a fresh process

double register_once(bool late) {
  const bench::company siblings(late ? 1 : 0, 0);
  const bench::clock::time_point start = bench::clock::now();
  const int result = kernel::membarrier(register_private, 0, 0);
  const double took = bench::nanoseconds(bench::clock::now() - start);
  return result < 0 ? -1 : took;
}

void pass(int in, int out, std::size_t n, bool first) {
  char token = 0;
  for (; n != 0; --n) {
    if (first && ::write(out, &token, 1) != 1) std::abort();
    if (::read(in, &token, 1) != 1) std::abort();
    if (!first && ::write(out, &token, 1) != 1) std::abort();
  }
}

// Two threads on one CPU that wake each other through pipes: nanoseconds for n switches.
double ping_pong(std::size_t n, int registration) {
  if (registration != 0 && kernel::membarrier(registration, 0, 0) < 0) return -1;
  int there[2], back[2];
  if (::pipe(there) != 0 || ::pipe(back) != 0) return -1;
  bench::pin_to(bench::cpus() - 1);  // Not the first, which sees more interrupts. The other thread inherits it.
  std::thread other([&] { pass(there[0], back[1], n / 2 + 1, false); });
  pass(back[0], there[1], 1, true);  // It is there.
  const bench::clock::time_point start = bench::clock::now();
  pass(back[0], there[1], n / 2, true);
  const double took = bench::nanoseconds(bench::clock::now() - start);
  other.join();
  return took;
}

double answer(const std::string& question, std::size_t n) {
  if (question == "register") return register_once(false);
  if (question == "register-late") return register_once(true);
  if (question == "switch") return ping_pong(n, 0);
  if (question == "switch-private") return ping_pong(n, register_private);
  if (question == "switch-sync-core") return ping_pong(n, register_sync_core);
  return -1;
}

// What a fresh process answers; less than 0: it cannot.
double ask(const char* question, std::size_t n) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const std::string number = std::to_string(n);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::sched_setaffinity(0, sizeof(cpu_set_t), &bench::allowed_cpus());  // It is not pinned, whatever its parent is.
    ::dup2(ends[1], 1);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl("/proc/self/exe", "bench_fence", "--fresh-process", question, number.c_str(), nullptr);
    ::_exit(1);
  }
  ::close(ends[1]);
  char text[64] = "";
  std::size_t size = 0;
  for (ssize_t got; size + 1 < sizeof text && (got = ::read(ends[0], text + size, sizeof text - 1 - size)) > 0;)
    size += static_cast<std::size_t>(got);
  ::close(ends[0]);
  int status = 1;
  if (child > 0) ::waitpid(child, &status, 0);
  return status == 0 && size != 0 ? std::atof(text) : -1;
}

bool can(const char* question) { return ask(question, 16) >= 0; }

// --- the fences

template <class Op>
void repeat(std::size_t n, Op op) {
  for (; n != 0; --n) {
    op();
    bench::clobber();
  }
}
constexpr auto light = [] { lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst); };
constexpr auto heavy = [] { lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst); };
constexpr auto full = [] { std::atomic_thread_fence(std::memory_order_seq_cst); };
constexpr auto one_membarrier = [] {
  kernel::membarrier(private_expedited, 0, 0);
  full();
};
constexpr auto rseq_all = [] { bench::sink(static_cast<bool>(lazyref::rseq_fence())); };
constexpr auto rseq_one = [] { bench::sink(static_cast<bool>(lazyref::rseq_fence(0))); };

template <class Op>
auto times(Op op) {
  return [op](std::size_t n, unsigned) { repeat(n, op); };
}

// The company comes and goes outside the time that counts.
template <class Op>
auto beside(unsigned running, unsigned asleep, Op op) {
  return [running, asleep, op](std::size_t n, unsigned) {
    const bench::company siblings(running, asleep);
    const bench::clock::time_point start = bench::clock::now();
    repeat(n, op);
    return bench::nanoseconds(bench::clock::now() - start);
  };
}

void light_side(bench::program& program) {
  bench::race race(program, "the light fence");
  const std::size_t nothing = race.add("nothing", "an empty loop, which is part of all below", times([] {}));
  const std::size_t one = race.add("light", "asymmetric_thread_fence_light", times(light));
  const std::size_t other = race.add("full", "std::atomic_thread_fence(seq_cst)", times(full));
  if (lazyref::build_mode == lazyref::fence_mode::required) race.at_most(1.05, one, nothing);
  race.at_least(3, one, other);
  race.run();
}

void heavy_side(bench::program& program, bool has_rseq) {
  bench::race race(program, "the heavy fence");
  race.add("alone", "one thread, to which the kernel returns at once", times(heavy));
  race.add("system call", "getppid, which does nothing", times([] { kernel::nothing(); }));
  race.add("8 asleep", "siblings that sleep", beside(0, 8, heavy));
  if (has_rseq) race.add("8 asleep, rseq", "rseq_fence()", beside(0, 8, rseq_all));
  if (bench::cpus() > 1) {
    race.add("1 running", "a sibling that runs on another CPU", beside(1, 0, heavy));
    race.add("1 running, membarrier", "the system call itself, and a full fence", beside(1, 0, one_membarrier));
    if (has_rseq) {
      race.add("1 running, rseq", "rseq_fence()", beside(1, 0, rseq_all));
      race.add("1 running, rseq of CPU", "rseq_fence(0): only the caller's CPU", beside(1, 0, rseq_one));
    }
  }
  race.run();
}

// Counts the calls that reach the kernel.
struct counting_kernel : kernel {
  static inline std::atomic<std::size_t> calls{0};
  static int membarrier(int command, unsigned flags, int cpu) noexcept {
    if (command == private_expedited) calls.fetch_add(1, std::memory_order_relaxed);
    return kernel::membarrier(command, flags, cpu);
  }
};

void coalesced(bench::program& program) {
  for (const unsigned callers : program.thread_counts({1, 2, 4, 8})) {
    bench::race race(program, "heavy fences, callers at once", callers);
    const std::size_t one = race.add("heavy", "calls at the same time share system calls", times(heavy));
    const std::size_t other = race.add("membarrier", "each its own, and a full fence", times(one_membarrier));
    race.at_most(1.5, one, other);
    race.run();
  }
  bench::report report(program, "heavy fences that share", bench::cpus(), "system_calls");
  for (const unsigned callers : program.thread_counts({1, 2, 4, 8})) {
    lazyref::detail::fence_core<lazyref::detail::std_atomics, counting_kernel> fence;
    fence.initialize<lazyref::build_mode>();
    std::vector<double> samples;
    {
      bench::crew crew(callers, program.how.pin);
      const std::size_t n = program.how.smoke ? 16 : 256;
      for (int turn = program.how.smoke ? 1 : 25; turn != 0; --turn) {
        counting_kernel::calls.store(0, std::memory_order_relaxed);
        crew.run([&](unsigned) { repeat(n, [&] { fence.heavy(std::memory_order_seq_cst); }); });
        samples.push_back(static_cast<double>(counting_kernel::calls.load(std::memory_order_relaxed)) /
                          static_cast<double>(n * callers));
      }
    }
    const std::string name = std::to_string(callers) + (callers == 1 ? " caller" : " callers");
    report.line(name, "system calls for each heavy fence", samples);
  }
}

// --- the registration

void registration(bench::program& program) {
  bench::report report(program, "registration for PRIVATE_EXPEDITED, in a fresh process", 1, "ns");
  const bool late = bench::cpus() > 1;
  std::vector<double> early_ns, late_ns;
  for (int turn = program.how.smoke ? 1 : 25; turn != 0; --turn) {
    early_ns.push_back(ask("register", 0));
    if (late) late_ns.push_back(ask("register-late", 0));
  }
  report.line("early", "one thread", early_ns, {});
  report.line("late", "another thread runs: a grace period of the kernel", late_ns, {});
  if (!late) program.left_out("fence: a late registration, beside a thread that runs, needs two CPUs");
}

auto switches(const char* question) {
  return [question](std::size_t n, unsigned) {
    constexpr std::size_t longer = 16;  // A process is a long way for 64 switches.
    return ask(question, n * longer) / longer;
  };
}

// The patch that introduced SYNC_CORE (Linux 4.16; posted in 2017) gave these for a switch between threads.
constexpr double published_before = 2490, published_with = 2700;

void context_switches(bench::program& program) {
  bench::race race(program, "a switch between two threads on one CPU, through pipes");
  const std::size_t plain = race.add("plain", "nothing registered", switches("switch"));
  const std::size_t by_private = race.add("private", "PRIVATE_EXPEDITED registered", switches("switch-private"));
  race.at_most(published_with / published_before, by_private, plain);
  if (can("switch-sync-core")) {
    const std::size_t by_core = race.add("sync_core", "SYNC_CORE registered", switches("switch-sync-core"));
    race.at_most(published_with / published_before, by_core, plain);
  } else {
    program.left_out("fence: this kernel does not register for SYNC_CORE");
  }
  race.run();

  bench::report published(program, "the same, as published with the patch that introduced SYNC_CORE (2017)", 1, "ns");
  published.line("published, plain", "", {published_before});
  published.line("published, sync_core", "", {published_with});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--fresh-process") == 0) {
    std::printf("%.1f\n", answer(argv[2], static_cast<std::size_t>(std::atoll(argv[3]))));
    return 0;
  }
  bench::program program("fence", argc, argv);
  if (lazyref::fence_info().backend != lazyref::fence_backend::membarrier) {
    std::printf("SKIPPED: bench: fence: %s\n", lazyref::fence_info().reason);
    return 77;
  }
  light_side(program);
  const bool has_rseq = static_cast<bool>(lazyref::rseq_fence());
  if (!has_rseq) program.left_out("fence: this kernel has no fence for restartable sequences");
  if (bench::cpus() < 2) program.left_out("fence: a heavy fence beside a thread that runs needs two CPUs");
  heavy_side(program, has_rseq);
  coalesced(program);
  if (can("register")) {
    registration(program);
    context_switches(program);
  } else {
    program.left_out("fence: what needs a fresh process, as this program cannot be started again");
  }
  return program.status();
}

#else

int main() {
  std::printf("SKIPPED: bench: fence: this program measures membarrier, and Linux\n");
  return 77;
}

#endif
