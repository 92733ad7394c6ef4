// SPDX-License-Identifier: BSL-1.0
//
// A child process under ptrace, and what a test does to it: registers, words, one instruction replaced by a breakpoint
// or by a jump to itself. x86-64 and arm64.
#ifndef LAZYREF_TESTS_KERNELS_TRACED_HPP
#define LAZYREF_TESTS_KERNELS_TRACED_HPP

#include <elf.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace rseq_step {

#if defined(__x86_64__)
constexpr unsigned char breakpoint[] = {0xcc};  // int3
constexpr unsigned char jump_to_itself[] = {0xeb, 0xfe};
constexpr std::uint64_t past_breakpoint = 1;  // where the instruction pointer then stands
inline unsigned long long& program_counter(user_regs_struct& r) { return r.rip; }
inline std::uint64_t interrupted_at(const void* context) {
  return static_cast<std::uint64_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
}
#elif defined(__aarch64__)
constexpr unsigned char breakpoint[] = {0x00, 0x00, 0x20, 0xd4};  // brk #0
constexpr unsigned char jump_to_itself[] = {0x00, 0x00, 0x00, 0x14};
constexpr std::uint64_t past_breakpoint = 0;
inline unsigned long long& program_counter(user_regs_struct& r) { return r.pc; }
inline std::uint64_t interrupted_at(const void* context) {
  return static_cast<const ucontext_t*>(context)->uc_mcontext.pc;
}
#endif

// A system call that touches no memory of the C library's, not even its table of functions.
[[gnu::always_inline]] inline long bare_call(long number, const void* a, unsigned long b, unsigned long c) {
  long result;
#if defined(__x86_64__)
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else
  __asm__ volatile("mov x8, %1\n\tmov x0, %2\n\tmov x1, %3\n\tmov x2, %4\n\tsvc #0\n\tmov %0, x0"
                   : "=&r"(result)
                   : "r"(number), "r"(a), "r"(b), "r"(c)
                   : "x0", "x1", "x2", "x8", "memory");
#endif
  return result;
}

inline bool move(pid_t who, int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  return ::sched_setaffinity(who, sizeof set, &set) == 0;
}

class traced {
 public:
  enum class state { stopped, exited, killed };

  // The child has to stop itself by SIGSTOP; with wait() it is seen to.
  explicit traced(pid_t child) : child_(child) {
    if (child <= 0) {
      std::puts("rseq_step: FAILED: fork failed");
      std::_Exit(1);
    }
  }
  traced(const traced&) = delete;
  traced& operator=(const traced&) = delete;
  ~traced() {
    if (is_over_) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, __WALL);
  }

  pid_t id() const { return child_; }
  bool is_over() const { return is_over_; }
  // With which signal it stopped or was killed, or with which status it ended.
  int code() const { return code_; }

  state wait() {
    int status = 0;
    while (::waitpid(child_, &status, __WALL) < 0 && errno == EINTR) continue;
    return take(status);
  }
  // Whether it ended or stopped.
  bool poll(state& result) {
    int status = 0;
    if (::waitpid(child_, &status, __WALL | WNOHANG) != child_) return false;
    result = take(status);
    return true;
  }

  void go(int signal = 0) { ask(PTRACE_CONT, nullptr, signal, "PTRACE_CONT"); }
  void step() { ask(PTRACE_SINGLESTEP, nullptr, 0, "PTRACE_SINGLESTEP"); }

  std::uint64_t pc() {
    user_regs_struct r = registers();
    return program_counter(r);
  }
  void set_pc(std::uint64_t to) {
    user_regs_struct r = registers();
    program_counter(r) = to;
    iovec where{&r, sizeof r};
    if (::ptrace(PTRACE_SETREGSET, child_, NT_PRSTATUS, &where) != 0) fail("PTRACE_SETREGSET");
  }

  std::uint64_t read(std::uint64_t at) {
    errno = 0;
    const long result = ::ptrace(PTRACE_PEEKDATA, child_, at, nullptr);
    if (errno != 0) fail("PTRACE_PEEKDATA");
    return static_cast<std::uint64_t>(result);
  }
  void write(std::uint64_t at, std::uint64_t value) {
    if (::ptrace(PTRACE_POKEDATA, child_, at, value) != 0) fail("PTRACE_POKEDATA");
  }

  // Puts these bytes in the place of an instruction, until restore().
  template <std::size_t N>
  void patch(std::uint64_t at, const unsigned char (&bytes)[N]) {
    patched_ = at;
    before_ = read(at);
    std::uint64_t with = before_;
    std::memcpy(&with, bytes, N);  // little endian
    write(at, with);
  }
  void restore() { write(patched_, before_); }

 private:
  state take(int status) {
    if (WIFSTOPPED(status)) {
      code_ = WSTOPSIG(status);
      return state::stopped;
    }
    is_over_ = true;
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    return WIFEXITED(status) ? state::exited : state::killed;
  }
  user_regs_struct registers() {
    user_regs_struct r;
    iovec where{&r, sizeof r};
    if (::ptrace(PTRACE_GETREGSET, child_, NT_PRSTATUS, &where) != 0) fail("PTRACE_GETREGSET");
    return r;
  }
  template <class Request>
  void ask(Request request, void* address, long data, const char* name) {
    if (::ptrace(request, child_, address, data) != 0) fail(name);
  }
  [[noreturn]] void fail(const char* what) {
    std::printf("rseq_step: FAILED: %s: %s\n", what, std::strerror(errno));
    std::fflush(stdout);
    ::kill(child_, SIGKILL);
    std::_Exit(1);
  }

  pid_t child_;
  bool is_over_ = false;
  int code_ = 0;
  std::uint64_t patched_ = 0;
  std::uint64_t before_ = 0;
};

}  // namespace rseq_step

#endif  // LAZYREF_TESTS_KERNELS_TRACED_HPP
