// SPDX-License-Identifier: BSL-1.0
//
// At every instruction of a restartable sequence, of its abort handler, and of the pushes before IRET, a signal handler
// sees a whole stack, can throw through it, and can cancel the thread. The trap flag makes a signal of every
// instruction. The kernel sends each sequence that a signal interrupts to its abort handler: so a case is walked once
// as it is, and once `forced`, where the handler sends the thread back to the start of the sequence, with the
// descriptor taken away, so that it goes through to its end.
//
// The twins are the old forms of the same code, which have no unwind description where it counts: they have to be
// reported, for each of the three questions.
//
// steps            all of it; exit status 0 right, 1 wrong, 77 cannot be asked here
// steps --run CASE runs the case once, for a debugger
#include <cstdio>

#if defined(__SANITIZE_THREAD__)
#define NO_STEPS "ThreadSanitizer keeps signals back"
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_STEPS "ThreadSanitizer keeps signals back"
#endif
#endif
#if !(defined(__linux__) && (defined(__x86_64__) || defined(__i386__)))
#define NO_STEPS "only Linux on x86 is known here"
#endif

#if defined(NO_STEPS)

int main() {
  std::printf("SKIPPED: unwind: %s\n", NO_STEPS);
  return 77;
}

#else

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lazyref/instruction_sync.hpp>
#include <lazyref/per_cpu.hpp>
#include <new>

#if defined(LAZYREF_DETAIL_HAS_RSEQ) && __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define HAS_RSEQ 1
// The linker's: where the descriptors are.
struct sequence {
  std::uint32_t version, flags;
  std::uint64_t start, length, abort;
};
extern "C" const sequence __start___rseq_cs[], __stop___rseq_cs[];
#else
#define HAS_RSEQ 0
#endif

namespace arch = lazyref::arch;

// --- the cases: functions that the chain of frames has to name, each with the code in question inlined

#define CASE extern "C" [[gnu::noinline]] void
// Otherwise the last call could be a jump, and the caller would be gone.
#define AND_COME_BACK __asm__ volatile("" : : : "memory")

CASE case_iret() {
  arch::x86_iret();
  AND_COME_BACK;
}
CASE case_sync_core() {
  lazyref::sync_core_this_thread();
  AND_COME_BACK;
}

// As it was, where the compiler's frame had no pointer: pushes of which no description tells.
extern "C" [[gnu::naked, gnu::noinline]] void twin_iret() {
#if defined(__x86_64__)
  __asm__(
      "movq %rsp, %rax\n\tmovl %ss, %edx\n\tpushq %rdx\n\tpushq %rax\n\tpushfq\n\tmovl %cs, %edx\n\tpushq %rdx\n\t"
      "leaq 2f(%rip), %rdx\n\tpushq %rdx\n\tiretq\n2:\n\tret");
#else
  __asm__("pushfl\n\tpushl %cs\n\tcall 2f\n\tjmp 3f\n2:\n\tiretl\n3:\n\tret");
#endif
}

#if HAS_RSEQ

namespace {

struct object : lazyref::owner<object> {};

lazyref::detail::rseq::support how;
void* words[64];  // one for each index
void* const mine = &words;
volatile long outcome;  // what a case saw

constexpr std::size_t end_of_words = sizeof words / sizeof *words;

lazyref::per_cpu_domain<object>* domain;
lazyref::strong_ref<object>* reference;

}  // namespace

CASE case_claim_here() {
  outcome = arch::store_if_null_here(how.area, how.index_at, end_of_words, words, sizeof *words, mine) != nullptr;
  AND_COME_BACK;
}
CASE case_claim() {
  const std::uint32_t index = arch::read_rseq(how.index_at);
  outcome = index < end_of_words && arch::store_if_null(how.area, how.index_at, index, &words[index], mine) == 0;
  AND_COME_BACK;
}
CASE case_per_cpu_domain() {
  auto claim = domain->claim(*reference);
  outcome = !claim.is_counted();
  claim.release();
  AND_COME_BACK;
}

// As it was: the abort handler in a section of its own, which no description covers.
CASE twin_claim_here() {
  void* word;
  std::size_t descriptor;
  __asm__ volatile(
      ".pushsection __rseq_cs, \"aw\"\n\t.balign 32\n3:\n\t.long 0, 0\n\t.quad 4f, 5f - 4f, 6f\n\t.popsection\n\t"
      "leaq 3b(%%rip), %[descriptor]\n\t"
      "movq %[descriptor], %%fs:8(%[area])\n"
      "4:\n\t"
      "movl %%fs:(%[index_at]), %k[word]\n\t"
      "cmpq %[end], %[word]\n\t"
      "jae 7f\n\t"
      "leaq (%[first], %[word], 8), %[word]\n\t"
      "cmpq $0, (%[word])\n\t"
      "jne 7f\n\t"
      "movq %[value], (%[word])\n"
      "5:\n\t"
      "movq $0, %%fs:8(%[area])\n"
      "8:\n\t"
      ".pushsection .text.twin_abort, \"ax\"\n\t.byte 0x0f, 0xb9, 0x3d\n\t.long 0x53053053\n"
      "6:\n"
      "7:\n\t"
      "xorl %k[word], %k[word]\n\t"
      "movq $0, %%fs:8(%[area])\n\t"
      "jmp 8b\n\t"
      ".popsection"
      : [word] "=&r"(word), [descriptor] "=&r"(descriptor)
      : [area] "r"(how.area), [index_at] "r"(how.index_at), [end] "r"(end_of_words), [first] "r"(&words),
        [value] "r"(mine)
      : "memory", "cc");
  outcome = word != nullptr;
  AND_COME_BACK;
}

#endif

// --- the callers

namespace {

using code = void (*)();

// The first address of the function that has an instruction at this one; null where none is described.
const void* enclosing(std::uintptr_t instruction) {
  return ::_Unwind_FindEnclosingFunction(reinterpret_cast<void*>(instruction + 1));  // which looks before it
}
template <class F>
const void* address(F* function) {
  const void* result;
  static_assert(sizeof result == sizeof function);
  std::memcpy(&result, &function, sizeof result);
  return result;
}

const void* start_of_main;
[[gnu::noinline]] void note_main() {
  start_of_main = enclosing(reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) - 1);
}

// What is done at an instruction.
enum class act { look, raise, cancel };

struct walk {
  // What for.
  act what;
  long at;  // the instruction at which to raise or cancel, counted from 0
  bool forced;
  const void* chain[3];  // the functions that have to be there, from the inside
  unsigned first;        // of them; a compiler may have moved the innermost one's cold part away
  // What came of it.
  bool begun;
  bool sent_back;
  long instructions;  // in the case, and what it calls
  long broken;        // of those
  std::uintptr_t first_broken;
  bool endless;
};
walk* w;  // shared with child processes

constexpr long too_many = 20000;

struct frames {
  unsigned next;  // of w->chain
};

_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  frames& seen = *static_cast<frames*>(argument);
  int is_exact = 0;  // not the address to return to
  const std::uintptr_t at = ::_Unwind_GetIPInfo(context, &is_exact);
  if (seen.next < 3 && enclosing(is_exact != 0 ? at : at - 1) == w->chain[seen.next]) ++seen.next;
  return _URC_NO_REASON;
}

#if defined(__x86_64__)
constexpr int pc = REG_RIP;
#else
constexpr int pc = REG_EIP;
#endif

void look(greg_t at) {
  frames seen{w->first};
  ::_Unwind_Backtrace(&visit, &seen);
  if (seen.next == 3) return;
  if (w->broken++ == 0) w->first_broken = static_cast<std::uintptr_t>(at);
}

struct thrown {};

// SIGTRAP: an int3, which begins and ends the walk, or the trap flag.
void on_trap(int, siginfo_t* info, void* context) {
  constexpr greg_t trap_flag = 0x100;
  greg_t* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (info->si_code != TRAP_TRACE) {
    w->begun = !w->begun;
    if (w->begun) {
      registers[REG_EFL] |= trap_flag;
    } else {
      registers[REG_EFL] &= ~trap_flag;
    }
    return;
  }
  if (!w->begun) return;
  // Before the call and after it.
  if (enclosing(static_cast<std::uintptr_t>(registers[pc])) == w->chain[1]) return;
#if HAS_RSEQ
  if (w->forced && !w->sent_back) {
    for (const sequence* s = __start___rseq_cs; s != __stop___rseq_cs; ++s) {
      if (s->abort != static_cast<std::uint64_t>(registers[pc])) continue;
      // The kernel has taken the descriptor away already.
      w->sent_back = true;
      registers[pc] = static_cast<greg_t>(s->start);
      break;
    }
  }
#endif
  const long n = w->instructions++;
  if (n == too_many) {
    w->endless = true;
    registers[REG_EFL] &= ~trap_flag;
  }
  if (w->what == act::look) look(registers[pc]);
  if (w->what == act::raise && n == w->at) throw thrown();
  if (w->what == act::cancel && n == w->at) ::pthread_cancel(::pthread_self());
}

extern "C" [[gnu::noinline]] void middle(code what) {
  code volatile hidden = what;
  __asm__ volatile("int3" : : : "memory");
  hidden();
  __asm__ volatile("int3" : : : "memory");
}

extern "C" [[gnu::noinline]] bool catching(code what) {
  try {
    middle(what);
  } catch (const thrown&) {
    return true;
  }
  return false;
}

// --- the questions

struct question {
  const char* name;
  code what;
  bool forced;
  // Only whether the stack is whole: it calls functions that are noexcept.
  bool only_look;
  bool is_twin;
};

bool was_unwound;
struct witness {
  ~witness() { was_unwound = true; }
};

void* cancelled(void* what) {
  const witness on_the_stack;
  int before;
  ::pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
  middle(*static_cast<code*>(what));
  ::pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before);
  return nullptr;
}

bool do_it(const question& q) {
  if (w->what == act::look) {
    middle(q.what);
#if HAS_RSEQ
    if (w->forced) return w->sent_back && outcome == 1;
    return outcome != 1 || q.only_look;  // nothing was claimed: it was interrupted
#else
    return true;
#endif
  }
  if (w->what == act::raise) return catching(q.what);
  pthread_t thread;
  code function = q.what;
  void* result = nullptr;
  ::pthread_create(&thread, nullptr, &cancelled, &function);
  ::pthread_join(thread, &result);
  return result == PTHREAD_CANCELED && was_unwound;
}

// In a child process, as what goes wrong may end it. Whether it went as it should; *w tells more.
[[gnu::noinline]] bool in_child(const question& q, act what, long at) {
  *w = {};
  w->what = what;
  w->at = at;
  w->forced = q.forced;
  w->chain[0] = address(q.what);
  w->chain[1] = address(&middle);
  w->chain[2] = start_of_main;
  w->first = q.only_look ? 1 : 0;
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::close(STDERR_FILENO);
    ::_exit(do_it(q) ? 0 : 1);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int failures = 0;

void verdict(bool ok, const question& q, const char* what, const char* twins, long wrong, long all) {
  failures += ok ? 0 : 1;
  std::printf("%s  %s%s: %s: %ld of %ld instructions\n", ok ? "ok    " : "FAILED", q.name,
              q.forced ? ", to its end" : "", q.is_twin ? twins : what, q.is_twin ? wrong : all - wrong, all);
}

void ask(const question& q) {
  const bool ended = in_child(q, act::look, 0);
  const bool whole = ended && w->broken == 0 && !w->endless;
  const long all = w->instructions;
  verdict(whole != q.is_twin && all > 1, q, "the stack is whole", "reported: a broken stack",
          ended ? w->broken : w->broken + 1, all);
  if (!q.is_twin && w->broken != 0) std::printf("        first at %#zx\n", static_cast<std::size_t>(w->first_broken));
  if (w->endless) std::printf("        it does not end\n");
  if (q.only_look) return;
  for (const act what : {act::raise, act::cancel}) {
    long wrong = 0, n = 0;
    for (; n < too_many; ++n) {
      const bool ok = in_child(q, what, n);
      if (w->instructions <= n) break;  // There are no more.
      wrong += ok ? 0 : 1;
    }
    const bool raises = what == act::raise;
    verdict((wrong != 0) == q.is_twin && n > 1, q, raises ? "an exception is caught" : "a cancellation unwinds",
            raises ? "reported: an exception that nobody catches" : "reported: a cancellation that does not unwind",
            wrong, n);
  }
}

}  // namespace

int main(int argc, char** argv) {
  note_main();
  const question questions[] = {
    {"case_iret", &case_iret, false, false, false},
    {"case_sync_core", &case_sync_core, false, true, false},
    {"twin_iret", &twin_iret, false, false, true},
#if HAS_RSEQ
    {"case_claim_here", &case_claim_here, false, false, false},
    {"case_claim_here", &case_claim_here, true, false, false},
    {"case_claim", &case_claim, false, false, false},
    {"case_claim", &case_claim, true, false, false},
    {"case_per_cpu_domain", &case_per_cpu_domain, false, true, false},
    {"case_per_cpu_domain", &case_per_cpu_domain, true, true, false},
    {"twin_claim_here", &twin_claim_here, false, false, true},
#endif
  };

#if HAS_RSEQ
  how = lazyref::detail::rseq::probe();
  lazyref::per_cpu_domain<object> the_domain;
  lazyref::strong_ref<object> the_reference = the_domain.make();
  domain = &the_domain;
  reference = &the_reference;
#endif
  if (argc == 3 && std::strcmp(argv[1], "--run") == 0) {
    for (const question& q : questions) {
      if (std::strcmp(argv[2], q.name) != 0) continue;
      q.what();
      return 0;
    }
    return 1;
  }

  void* const shared = ::mmap(nullptr, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  w = new (shared) walk{};
  struct sigaction action {};
  action.sa_sigaction = &on_trap;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGTRAP, &action, nullptr);
  in_child(questions[0], act::look, 0);
  if (w->instructions == 0) {
    std::printf("SKIPPED: unwind: the trap flag does nothing here\n");
    return 77;
  }
  if (arch::x86_has_shadow_stack() || arch::x86_ask_tcg()) {
    std::printf("SKIPPED: unwind: IRET may not be executed here (a shadow stack, or QEMU's emulation)\n");
    return 77;
  }
  for (const question& q : questions) {
#if HAS_RSEQ
    if (!how.usable && (q.forced || std::strstr(q.name, "claim") != nullptr)) {
      std::printf("SKIPPED: unwind: %s: %s\n", q.name, how.reason);
      continue;
    }
#endif
    ask(q);
  }
  std::printf(failures != 0 ? "%d failed\n" : "ok\n", failures);
  return failures != 0 ? 1 : 0;
}

#endif
