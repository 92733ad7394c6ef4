// SPDX-License-Identifier: BSL-1.0
//
// Store buffering between two processes that share memory, with the cross-process fence. Forbidden: both read old.
// Exit status: 0 holds, 1 violated, 77 this machine cannot tell.
#include "two_threads.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

using namespace litmus;

namespace {

constexpr std::size_t most_rounds = 2 * million;

struct shared_memory {
  variables v;
  meeting both;
  unsigned char half[2][most_rounds + 1];
  std::atomic<bool> is_ready{false};
};

[[noreturn]] void give_up(const char* what) {
  std::printf("FAILED: %s\n", what);
  std::fflush(stdout);
  std::_Exit(1);
}

// As count_forbidden, but the right side runs in a child process that is reached only if it has registered.
template <class Left, class Right>
auto across(bool child_registers, Left left, Right right) {
  return [=](budget most) -> outcome {
    if (most.rounds > most_rounds) most.rounds = most_rounds;
    void* const memory =
        ::mmap(nullptr, sizeof(shared_memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up("there is no shared memory");
    shared_memory& m = *new (memory) shared_memory;
    const pid_t child = ::fork();
    if (child < 0) give_up("fork failed");
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (child_registers && !lazyref::cross_process_fence_register()) ::_exit(1);
      m.is_ready.store(true, relaxed);
      run_side(1, m.both, m.v, most, 16, right, m.half[1]);
      ::_exit(0);
    }
    while (!m.is_ready.load(relaxed)) {
      if (::waitpid(child, nullptr, WNOHANG) != 0) give_up("the other process could not register");
      std::this_thread::yield();
    }
    // The affinity of this process is that of the next row's child.
    cpu_set_t before;
    ::sched_getaffinity(0, sizeof before, &before);
    const std::size_t rounds = run_side(0, m.both, m.v, most, 16, left, m.half[0]);
    ::sched_setaffinity(0, sizeof before, &before);
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) give_up("the other process ended early");
    const outcome result = count(rounds, m.half[0], m.half[1]);
    ::munmap(memory, sizeof(shared_memory));
    return result;
  };
}

void cross_heavy() {
  if (!lazyref::cross_process_fence_heavy(std::memory_order_seq_cst)) give_up("a cross-process heavy fence failed");
}
void cross_light() { lazyref::cross_process_fence_light(std::memory_order_seq_cst); }
void fake_and_full_fence() {
  fake_heavy();
  detail::std_atomics::full_fence();
}

}  // namespace

int main() {
  if (one_cpu()) return 77;
  if (const lazyref::sync_result tried = lazyref::cross_process_fence_heavy(std::memory_order_seq_cst); !tried) {
    std::printf("SKIPPED: litmus_cross_process: %s\n", tried.what());
    return 77;
  }
  report table("store buffering, two processes on two CPUs");
  table.must_hold("heavy against light", million, across(true, on_x(cross_heavy), on_y(cross_light)));
  table.must_hold("heavy against light that is not registered (full fence)", million,
                  across(false, on_x(cross_heavy), on_y(cross_light)));
  table.control("fake barrier and full fence against light", million / 5,
                across(true, on_x(fake_and_full_fence), on_y(cross_light)));
  table.control("heavy fence of one process against light", million / 5, across(true, on_x(heavy), on_y(cross_light)));
  table.control("heavy against compiler barrier, not registered", million / 5,
                across(false, on_x(cross_heavy), on_y(compiler_barrier)));
  return table.verdict();
}

#else
int main() {
  std::puts("SKIPPED: litmus_cross_process: there is no cross-process fence here");
  return 77;
}
#endif
