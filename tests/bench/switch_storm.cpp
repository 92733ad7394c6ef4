// SPDX-License-Identifier: BSL-1.0
//
// L2: twice as many threads as CPUs, all of which switch between one shared object and being idle, for ever. This is
// what threads of one process do to its address space in the kernel, where will-it-scale's context_switch1_threads
// measures it, and it is the one benchmark here with numbers published for a kernel:
//
//   powerpc, MMU_LAZY_TLB_SHOOTDOWN instead of a count (Piggin, Linux 6.4), POWER8 with 192 cores: 118 times the
//     switches per second, from 1 million to 118 million
//   a hazard pointer for each CPU instead of a count (Desnoyers, RFC of October 2024), two AMD EPYC 9654 with 384
//     hardware threads: +12 % with 48 threads, +21 % with 96, +28 % with 192, +4 % with 384, -0.6 % with 768
//
// Those count a whole context switch, as the second race does, in which pairs of threads wake each other through
// pipes. The first race is the switch between object and idleness alone. Few CPUs contend little: what the kernel's
// figures show is not to be seen on two.
#include <unistd.h>

#include "bench.hpp"
#include "users.hpp"

namespace {

// A thread pair's two pipes; who waits for a byte is idle.
class ping_pong {
 public:
  ping_pong() {
    if (::pipe(there_) != 0 || ::pipe(back_) != 0) {
      std::perror("pipe");
      std::exit(1);
    }
  }
  ~ping_pong() {
    for (const int end : {there_[0], there_[1], back_[0], back_[1]}) ::close(end);
  }
  ping_pong(const ping_pong&) = delete;
  ping_pong& operator=(const ping_pong&) = delete;

  void wake(bool first) { check(::write(first ? there_[1] : back_[1], "", 1)); }
  void wait(bool first) {
    char byte;
    check(::read(first ? back_[0] : there_[0], &byte, 1));
  }

 private:
  static void check(::ssize_t moved) {
    if (moved == 1) return;
    std::perror("switch_storm: a pipe");
    std::exit(1);
  }

  int there_[2], back_[2];
};

// No object at all.
struct nobody {
  struct worker {
    worker(nobody&, unsigned) {}
    void enter(std::size_t) {}
    void leave() {}
  };
};

// A switch to the object, and one back.
template <class Worker, class Users>
auto storm(Users& users) {
  return [&users](std::size_t n, unsigned thread) {
    Worker worker(users, thread);
    for (n /= 2; n != 0; --n) {
      worker.enter(0);
      bench::clobber();
      worker.leave();
      bench::clobber();
    }
  };
}

// The same, and idle is who sleeps. Partners are half the threads apart: with --pin, and an even number of CPUs, they
// share one.
template <class Worker, class Users>
auto with_pipes(Users& users, std::vector<ping_pong>& pairs) {
  return [&users, &pairs](std::size_t n, unsigned thread) {
    Worker worker(users, thread);
    ping_pong& pair = pairs[thread % pairs.size()];
    const bool first = thread < pairs.size();
    for (n /= 2; n != 0; --n) {
      if (!first) pair.wait(first);
      worker.enter(0);
      bench::clobber();
      pair.wake(first);
      worker.leave();
      bench::clobber();
      if (first) pair.wait(first);
    }
  };
}

class contenders {
 public:
  contenders(std::size_t slots, unsigned threads)
      : by_handoff_(1, slots, threads),
        by_prompt_(1, slots, threads),
        by_shootdown_(1, slots, threads),
        by_refcounted_(1, slots, threads) {}

  // make(worker type, users) is the loop.
  template <class Make>
  void enlist(bench::race& race, Make make) {
    const auto add = [&](const char* name, const char* about, auto& users) {
      using worker = typename std::remove_reference_t<decltype(users)>::worker;
      return race.add(name, about, make(static_cast<worker*>(nullptr), users));
    };
    const std::size_t count = add("count", "fetch_add + fetch_sub", by_count_);
    add("handoff", "activate, deactivate", by_handoff_);
    add("prompt", "the same, reclaim::prompt", by_prompt_);
    race.add("shootdown", "resume, park",
             make(static_cast<decltype(by_shootdown_)::parking_worker*>(nullptr), by_shootdown_));
    add("refcounted", "activate, deactivate, policy::refcounted", by_refcounted_);
    add("shared_ptr", "std::shared_ptr, copy + reset", by_shared_ptr_);
    race.base(count);
  }

 private:
  bench::in_slots<bench::handoff> by_handoff_;
  bench::in_slots<bench::prompt> by_prompt_;
  bench::in_slots<bench::shootdown> by_shootdown_;
  bench::in_slots<bench::refcounted> by_refcounted_;
  bench::by_count by_count_{1};
  bench::by_shared_ptr by_shared_ptr_{1};
};

}  // namespace

int main(int argc, char** argv) {
  bench::program program("switch_storm", argc, argv);
  const bench::bystander second_thread;
  for (const unsigned threads : program.thread_counts({2 * bench::cpus()})) {
    contenders all(program.how.slots, threads);
    bench::race race(program, "object and idle in turns", threads);
    all.enlist(race, [](auto* worker, auto& users) { return storm<std::remove_pointer_t<decltype(worker)>>(users); });
    race.run();
  }
  for (const unsigned asked : program.thread_counts({2 * bench::cpus()})) {
    const unsigned threads = (asked + 1) / 2 * 2;
    contenders all(program.how.slots, threads);
    nobody none;
    std::vector<ping_pong> pairs(threads / 2);
    bench::race race(program, "pairs that wake each other through pipes", threads);
    all.enlist(race, [&pairs](auto* worker, auto& users) {
      return with_pipes<std::remove_pointer_t<decltype(worker)>>(users, pairs);
    });
    race.add("no_object", "the pipes alone", with_pipes<nobody::worker>(none, pairs));
    race.run();
  }
  return program.status();
}
