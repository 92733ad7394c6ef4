// SPDX-License-Identifier: BSL-1.0
//
// On this machine, without an emulator: code that one thread writes again and again, and another one runs; and the
// interrupts by which the kernel reaches the other thread's core.
//
//   native hand-over     every call finds the function that was written for it. A hand-over is one call of a function
//                        that was written anew, by the other thread, since that thread's last call of it
//   native interrupts    the count of function call interrupts at the CPU of a running thread rises with each
//                        sync_core_all_threads(); not without the calls, and not if no thread of the process runs there
//
// Each has a control: hand-overs of which some are left out, and calls that reach nobody, have to be told apart.
#include <cstdio>
#include <cstring>

#if !defined(__linux__)
int main() {
  std::puts("SKIPPED: native: Linux only");
  return 77;
}
#else

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <lazyref/code_space.hpp>

#include "../support/emitted_code.hpp"

namespace {

using namespace lazyref;

constexpr int skipped = 77;
#if defined(__x86_64__) || defined(__i386__)
constexpr bool is_x86 = true;
#else
constexpr bool is_x86 = false;
#endif

int skip(const char* what, const std::string& why) {
  std::printf("SKIPPED: %s: %s\n", what, why.c_str());
  return skipped;
}

[[noreturn]] void wrong(const std::string& what) {
  std::printf("WRONG: %s\n", what.c_str());
  std::exit(1);
}
void expect(bool as_promised, const std::string& what) {
  if (!as_promised) wrong(what);
}

// Two CPUs that this process may use; fewer: -1.
struct two_cpus {
  int writer = -1;
  int runner = -1;

  two_cpus() {
    cpu_set_t allowed;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      if (writer == -1) {
        writer = cpu;
      } else if (runner == -1) {
        runner = cpu;
      }
    }
  }
  explicit operator bool() const { return runner != -1; }
};

void stay_on(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

using clock_type = std::chrono::steady_clock;

template <class Condition>
void wait_until(Condition condition) {
  for (unsigned spin = 0; !condition(); ++spin) {
    if (spin > 10000) std::this_thread::yield();
  }
}

// --- hand-over

#if defined(LAZYREF_TEST_EMITS)

constexpr std::uint32_t functions = 1024;  // of a generation
constexpr std::size_t room = 64;           // for each
constexpr std::size_t half = functions * room;

// Two generations: one is run while the other is written.
struct memory {
  unsigned char* write = nullptr;
  unsigned char* execute = nullptr;

  explicit memory(bool twice) {
    if (twice) {
      const int file = static_cast<int>(::syscall(SYS_memfd_create, "native", 0));
      if (file < 0 || ::ftruncate(file, 2 * half) != 0) return;
      write = map(PROT_READ | PROT_WRITE, MAP_SHARED, file);
      execute = map(PROT_READ | PROT_EXEC, MAP_SHARED, file);
      ::close(file);
    } else {
      write = execute = map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    }
  }
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;
  ~memory() {
    if (write != nullptr) ::munmap(write, 2 * half);
    if (execute != nullptr && execute != write) ::munmap(execute, 2 * half);
  }
  explicit operator bool() const { return write != nullptr && execute != nullptr; }

 private:
  static unsigned char* map(int protection, int flags, int file) {
    void* const result = ::mmap(nullptr, 2 * half, protection, flags, file, 0);
    return result == MAP_FAILED ? nullptr : static_cast<unsigned char*>(result);
  }
};

enum class steps { all, none, one_left_out };

struct counts {
  std::uint64_t generations = 0;
  std::uint64_t hand_overs = 0;
  std::uint64_t stale = 0;
  std::uint64_t left_out = 0;  // not written, in steps::one_left_out
};

// Unique over the run.
std::uint32_t number(std::uint32_t generation, std::uint32_t i) { return (generation * functions + i) & 0x7fffffff; }

// A busy machine does not come to the end.
bool is_over(clock_type::time_point began, std::uint32_t generation) {
  return generation > 20 && clock_type::now() - began > std::chrono::seconds(5);
}

counts hand_over(const memory& code, const two_cpus& cpus, steps how, std::uint32_t generations) {
  const auto began = clock_type::now();
  counts result;
  std::atomic<std::uint32_t> published{0};
  std::atomic<std::uint32_t> done{0};
  std::atomic<std::uint32_t> last{generations};
  std::thread runner([&] {
    stay_on(cpus.runner);
    for (std::uint32_t g = 1; g <= generations; ++g) {
      // Acquire, pairs with the release below: the code is published, or there is none.
      wait_until([&] { return published.load(std::memory_order_acquire) >= g; });
      if (g > last.load(std::memory_order_relaxed)) break;
      const unsigned char* const at = code.execute + g % 2 * half;
      for (std::uint32_t i = 0; i < functions; ++i) {
        ++result.hand_overs;
        if (lazyref_test::call(at + i * room) != static_cast<int>(number(g, i))) ++result.stale;
      }
      done.store(g, std::memory_order_release);
    }
  });
  std::thread writer([&] {
    stay_on(cpus.writer);
    for (std::uint32_t g = 1; g <= generations; ++g) {
      // Acquire, pairs with the release above: nobody runs what was in this half.
      wait_until([&] { return done.load(std::memory_order_acquire) + 2 >= g; });
      if (is_over(began, g)) {
        last.store(g - 1, std::memory_order_relaxed);
        published.store(g, std::memory_order_release);
        break;
      }
      unsigned char* const at = code.write + g % 2 * half;
      for (std::uint32_t i = 0; i < functions; ++i) {
        if (how == steps::one_left_out && g > 2 && i == g % functions) {
          ++result.left_out;
          continue;
        }
        // The number stands at the same place in no two generations.
        const std::size_t size = lazyref_test::emitted_least + (g + i) % 8 * 4;
        lazyref_test::emit_number(at + i * room, size, number(g, i));
      }
      if (how != steps::none) {
        const sync_result result_of_publish = publish_code(at, code.execute + g % 2 * half, half);
        expect(static_cast<bool>(result_of_publish), result_of_publish.what());
      }
      published.store(g, std::memory_order_release);
    }
  });
  runner.join();
  writer.join();
  result.generations = last.load(std::memory_order_relaxed);
  return result;
}

void report(const char* name, const counts& got, clock_type::time_point began) {
  std::printf("%-40s %9llu hand-overs, %llu stale, %.2f s\n", name, static_cast<unsigned long long>(got.hand_overs),
              static_cast<unsigned long long>(got.stale),
              std::chrono::duration<double>(clock_type::now() - began).count());
  std::fflush(stdout);
}

// By the library's objects: what is called is protected, and what was replaced gives its memory back.
struct block : code_block<block> {
  explicit block(std::uint32_t n) noexcept : number_of_it(n) {}
  const std::uint32_t number_of_it;
};

counts hand_over_blocks(const two_cpus& cpus, code_mapping mapping, std::uint32_t batches) {
  constexpr std::uint32_t batch = 64;
  const auto began = clock_type::now();
  counts result;
  code_space<block> space({4 * batch * (mapping == code_mapping::dual ? room : 4096), 4 * batch, 1}, mapping);
  expect(static_cast<bool>(space), space.status().what());
  std::vector<std::atomic<block*>> shared(batch);
  std::atomic<std::uint32_t> published{0};
  std::atomic<std::uint32_t> done{0};
  std::atomic<std::uint32_t> last{batches};
  std::thread runner([&] {
    stay_on(cpus.runner);
    auto slot = space.domain().attach();
    for (std::uint32_t g = 1; g <= batches; ++g) {
      wait_until([&] { return published.load(std::memory_order_acquire) >= g; });
      if (g > last.load(std::memory_order_relaxed)) break;
      for (std::uint32_t i = 0; i < batch; ++i) {
        const block* const b = slot.protect(shared[i]);
        ++result.hand_overs;
        if (b->as<int()>()() != static_cast<int>(b->number_of_it) || b->number_of_it < number(g, i)) ++result.stale;
      }
      done.store(g, std::memory_order_release);
    }
  });
  std::thread writer([&] {
    stay_on(cpus.writer);
    code_draft<block> drafts[batch];
    strong_ref<block> now[batch];
    strong_ref<block> next[batch];
    for (std::uint32_t g = 1; g <= batches; ++g) {
      if (is_over(began, g)) {
        last.store(g - 1, std::memory_order_relaxed);
        published.store(g, std::memory_order_release);
        break;
      }
      for (std::uint32_t i = 0; i < batch; ++i) {
        drafts[i] = space.draft(room, number(g, i));
        expect(static_cast<bool>(drafts[i]), drafts[i].status().what());
        lazyref_test::emit_number(drafts[i].data(), room, number(g, i));
      }
      const sync_result result_of_publish = space.publish(drafts, batch, next);
      expect(static_cast<bool>(result_of_publish), result_of_publish.what());
      // Each call is to be of a function that has not been called; otherwise they could be replaced at any time.
      wait_until([&] { return done.load(std::memory_order_acquire) + 1 == g; });
      for (std::uint32_t i = 0; i < batch; ++i) {
        shared[i].store(next[i].get(), std::memory_order_release);
        now[i].swap(next[i]);
        space.domain().retire(std::move(next[i]));
      }
      published.store(g, std::memory_order_release);
    }
    wait_until([&] { return done.load(std::memory_order_acquire) == last.load(std::memory_order_relaxed); });
    for (auto& pointer : shared) pointer.store(nullptr, std::memory_order_release);
  });
  runner.join();
  writer.join();
  return result;
}

int test_hand_over() {
  const two_cpus cpus;
  if (!cpus) return skip("native hand-over", "two CPUs are needed");
  if (const sync_result reached = sync_core_all_threads(); !reached) return skip("native hand-over", reached.what());
  constexpr std::uint32_t generations = 2000;
  std::uint64_t all = 0;
  for (const bool twice : {true, false}) {
    const memory code(twice);
    if (!code) {
      skip("native hand-over", twice ? "memory cannot be mapped twice here"
                                     : "memory cannot be written and executed through one address here");
      continue;
    }
    const std::string name = twice ? "mapped twice" : "mapped once";
    auto began = clock_type::now();
    const counts published = hand_over(code, cpus, steps::all, generations);
    report((name + ", published").c_str(), published, began);
    expect(published.stale == 0, "a thread ran stale code after publish_code");
    expect(published.hand_overs == published.generations * functions, "hand-overs are missing");
    all += published.hand_overs;

    began = clock_type::now();
    const counts left_out = hand_over(code, cpus, steps::one_left_out, generations / 10);
    report((name + ", one in 1024 not written").c_str(), left_out, began);
    expect(left_out.left_out != 0 && left_out.stale == left_out.left_out,
           "the detector did not count exactly the functions that were not written");

    // Elsewhere half of a function could be stale, and anything happen.
    if (is_x86) {
      began = clock_type::now();
      const counts bare = hand_over(code, cpus, steps::none, generations);
      report((name + ", no step at all").c_str(), bare, began);
    }
  }
  for (const code_mapping mapping : {code_mapping::dual, code_mapping::flip}) {
    const auto began = clock_type::now();
    const counts blocks = hand_over_blocks(cpus, mapping, mapping == code_mapping::dual ? 5000 : 500);
    report(mapping == code_mapping::dual ? "code_space, mapped twice" : "code_space, switched", blocks, began);
    expect(blocks.stale == 0, "a thread ran stale code of a code_space");
    all += blocks.hand_overs;
  }
  std::printf("%llu hand-overs with all steps, none stale\n", static_cast<unsigned long long>(all));
  if (is_x86)
    std::puts(
        "note: a native x86 run cannot show that a barrier was needed: with no step at all nothing is stale either");
  return 0;
}

#else
int test_hand_over() { return skip("native hand-over", "the test cannot write machine code for this architecture"); }
#endif

// --- interrupts

// Function call interrupts that this CPU has had, or -1. /proc/interrupts: a column for each CPU that is online; the
// row has a name of its own on x86, and the same explanation elsewhere.
long long interrupts_at(int cpu) {
  std::ifstream file("/proc/interrupts");
  std::string line;
  if (!std::getline(file, line)) return -1;
  std::istringstream heads(line);
  const std::string wanted = "CPU" + std::to_string(cpu);
  int column = -1;
  std::string head;
  for (int i = 0; heads >> head; ++i) {
    if (head == wanted) column = i;
  }
  if (column == -1) return -1;
  while (std::getline(file, line)) {
    std::istringstream row(line);
    std::string name;
    row >> name;
    if (name != "CAL:" && line.find("Function call interrupts") == std::string::npos) continue;
    long long value = -1;
    for (int i = 0; i <= column; ++i) row >> value;
    return row ? value : -1;
  }
  return -1;
}

struct rises {
  std::vector<long long> with_sibling;     // by calls, while a thread of the process runs on the other CPU
  std::vector<long long> without_calls;    // in the time that these took, with that thread
  std::vector<long long> without_sibling;  // by calls, while that thread sleeps
};

// At least so many, and for so long that a sibling which shares its CPU with others has its turn.
constexpr int calls = 1000;
constexpr std::chrono::milliseconds duration(20);

template <class Call>
rises measure(const two_cpus& cpus, Call call) {
  rises result;
  std::atomic<bool> runs{false};
  std::atomic<bool> is_running{false};
  std::atomic<bool> stop{false};
  std::thread sibling([&] {
    stay_on(cpus.runner);
    while (!stop.load(std::memory_order_relaxed)) {
      const bool wanted = runs.load(std::memory_order_relaxed);
      is_running.store(wanted, std::memory_order_relaxed);
      if (!wanted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto bring = [&](bool running) {
    runs.store(running, std::memory_order_relaxed);
    while (is_running.load(std::memory_order_relaxed) != running) std::this_thread::yield();
  };
  std::thread caller([&] {
    stay_on(cpus.writer);
    const auto rise = [&](auto&& work) {
      const long long before = interrupts_at(cpus.runner);
      work();
      return interrupts_at(cpus.runner) - before;
    };
    const auto call_all = [&] {
      const auto end = clock_type::now() + duration;
      for (int i = 0; i < calls || clock_type::now() < end; ++i) call();
    };
    constexpr int rounds = 9;
    for (int i = 0; i < rounds; ++i) {
      bring(true);
      const auto began = clock_type::now();
      result.with_sibling.push_back(rise(call_all));
      const auto took = clock_type::now() - began;
      result.without_calls.push_back(rise([&] {
        for (const auto end = clock_type::now() + took; clock_type::now() < end;) {
        }
      }));
      bring(false);
      result.without_sibling.push_back(rise(call_all));
    }
    stop.store(true, std::memory_order_relaxed);
  });
  caller.join();
  sibling.join();
  return result;
}

// What other programs cause comes in bursts, which the median leaves out.
long long median(std::vector<long long> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

// Do the calls reach the thread that runs, and only while it does?
bool reaches(const rises& seen) {
  const long long with = median(seen.with_sibling);
  const long long idle = median(seen.without_calls);
  const long long alone = median(seen.without_sibling);
  std::printf(
      "function call interrupts at the other CPU, in %d calls or more: %lld with a running sibling, %lld in the same "
      "time "
      "without the calls, %lld without the sibling\n",
      calls, with, idle, alone);
  std::fflush(stdout);
  return with > 100 && with > 3 * idle && with > 3 * alone;
}

int test_interrupts() {
  const two_cpus cpus;
  if (!cpus) return skip("native interrupts", "two CPUs are needed");
  if (instruction_sync_capabilities().all_threads != all_threads_by::membarrier_sync_core)
    return skip("native interrupts", "there is no membarrier SYNC_CORE here");
  if (const sync_result ready = instruction_sync_initialize(); !ready) return skip("native interrupts", ready.what());
  if (interrupts_at(cpus.runner) < 0)
    return skip("native interrupts", "/proc/interrupts has no row of function call interrupts (CAL) for this CPU");

  std::puts("calls that reach nobody:");
  expect(!reaches(measure(cpus, [] { sync_core_this_thread(); })), "calls that reach nobody seem to");
  std::puts("sync_core_all_threads:");
  int failed = 0;
  const auto call = [&failed] { failed += sync_core_all_threads() ? 0 : 1; };
  const auto try_for_a_while = [&cpus](auto what) {
    for (const auto end = clock_type::now() + std::chrono::seconds(15); clock_type::now() < end;) {
      if (reaches(measure(cpus, what))) return true;
    }
    return false;
  };
  const bool reached = try_for_a_while(call);
  expect(failed == 0, "sync_core_all_threads failed");
  if (reached) return 0;
  std::puts("the same by a bare system call:");
  const bool has_power =
      try_for_a_while([] { ::syscall(SYS_membarrier, 1 << 5, 0, 0); });  // PRIVATE_EXPEDITED_SYNC_CORE
  expect(!has_power, "sync_core_all_threads does not interrupt the CPU on which another thread runs");
  return skip("native interrupts", "no power on this machine, now: not even a bare membarrier is seen to interrupt");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "hand-over") == 0) return test_hand_over();
  if (argc == 2 && std::strcmp(argv[1], "interrupts") == 0) return test_interrupts();
  std::fprintf(stderr, "usage: %s hand-over | interrupts\n", argv[0]);
  return 2;
}

#endif
