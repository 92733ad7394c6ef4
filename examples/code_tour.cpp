// SPDX-License-Identifier: BSL-1.0
//
// code_tour: three features of code_space, for authors of compilers and profilers, in the order of main().
//
// - near_to: the code lies within branch range of the program, and calls it by one direct call instruction.
// - growth: the space reserves addresses for the most code there may be, and memory for the code there is. Memory of
//   reclaimed blocks returns to the system. This is a second space of the same domain: a slot protects blocks of both.
// - block_at: a profiler in the process. A handler of SIGPROF looks up the block that it has interrupted, and counts
//   there. The interrupted thread's slot protects the block, so the lookup is correct while blocks are replaced.
//
// Run: sh examples/run.sh code_tour
#include <cstdio>

#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__)

#include <lazyref/code_space.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

#include "example.hpp"

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

extern "C" std::uint32_t code_tour_program(std::uint32_t x) { return 3 * x; }  // what the code calls

struct function : lazyref::code_block<function> {
  explicit function(std::uint32_t number) noexcept : version(number) {}
  ~function() { all_ticks.fetch_add(ticks.load(relaxed), relaxed); }

  const std::uint32_t version;
  std::atomic<unsigned> ticks{0};
  static inline std::atomic<unsigned> all_ticks{0};  // of all functions that are destroyed
};
using function_space = lazyref::code_space<function>;
using function_ref = lazyref::strong_ref<function>;

void require(const lazyref::sync_result& done) {
  if (done) return;
  std::fprintf(stderr, "code_tour: %s\n", done.what());
  std::exit(examples::check_failed);
}

// uint32(uint32 x): calls the program, spins, and returns the sum of the program's result and the version.
// push rbp; mov rbp, rsp; call program; mov ecx, 100000; dec ecx; jnz; add eax, version; pop rbp; ret
constexpr unsigned char code_bytes[] = {0x55, 0x48, 0x89, 0xe5, 0xe8, 0,    0, 0, 0, 0xb9, 0xa0, 0x86, 1,
                                        0,    0xff, 0xc9, 0x75, 0xfc, 0x05, 0, 0, 0, 0,    0x5d, 0xc3};
constexpr std::size_t distance_at = 5, called_at = 9, version_at = 19;

// Returns the next version; null if there is no memory, or if the program is out of branch range.
function_ref compile(function_space& space, std::uint32_t version) {
  function_ref result;
  auto draft = space.draft(sizeof code_bytes, version);
  if (!draft) return result;
  const auto program = reinterpret_cast<std::uintptr_t>(&code_tour_program);
  const auto distance = static_cast<std::int64_t>(program - (draft.address() + called_at));
  const auto encoded = static_cast<std::int32_t>(distance);
  if (encoded != distance) return result;
  unsigned char code[sizeof code_bytes];
  std::memcpy(code, code_bytes, sizeof code);
  std::memcpy(code + distance_at, &encoded, sizeof encoded);
  std::memcpy(code + version_at, &version, sizeof version);
  std::memcpy(draft.data(), code, sizeof code);  // in one copy: with --break, a thread may execute it meanwhile
  require(space.publish(draft, result));
  return result;
}

// clang's -fsanitize=function, a part of "undefined", would read a signature of the compiler in front of the code.
__attribute__((no_sanitize("undefined"))) std::uint32_t call(const void* code, std::uint32_t x) {
  return reinterpret_cast<std::uint32_t (*)(std::uint32_t)>(reinterpret_cast<std::uintptr_t>(code))(x);
}

// Returns how much memory 4096 functions take of 64 MiB of addresses, in chunks of 64 KiB; 0 if a check failed.
std::size_t grow(lazyref::lazy_domain<function>& domain, lazyref::code_space_limits limits) {
  limits.bytes = 64 << 20;
  limits.blocks = 4096;
  limits.growth = 64 << 10;
  function_space space(domain, limits);
  require(space.status());
  bool good = space.bytes_committed() == 0;
  std::vector<function_ref> all(limits.blocks);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i] = compile(space, i);
    good = good && all[i] && call(all[i]->entry(), 7) == code_tour_program(7) + i;
  }
  const std::size_t most = space.bytes_committed();
  all.clear();
  return space.trim() == most && space.bytes_committed() == 0 && good ? most : 0;
}

function_space* profiled = nullptr;
std::atomic<unsigned> ticks{0}, lost{0};
thread_local std::atomic<const void*> running{nullptr};  // the code that this thread calls; for the check only

void on_tick(int, siginfo_t*, void* context) {
  const auto at = static_cast<std::uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
  if (at - reinterpret_cast<std::uintptr_t>(running.load(relaxed)) >= sizeof code_bytes) return;
  function* const found = profiled->block_at(reinterpret_cast<const void*>(at));
  ++(found != nullptr ? ticks : lost);
  if (found != nullptr) ++found->ticks;
}

// Returns how many calls had a wrong result.
unsigned call_until(const std::atomic<bool>& stop, const std::atomic<function*>& shared, bool broken) {
  unsigned wrong = 0;
  auto slot = profiled->domain().attach();
  for (std::uint32_t x = 0; !stop.load(relaxed); ++x) {
    const function& callee = *slot.protect(shared);
    const std::uint32_t expected = code_tour_program(x) + callee.version;
    running.store(callee.entry(), relaxed);
    if (broken) slot.deactivate();  // the error that --break makes: the code is called without protection
    wrong += call(running.load(relaxed), x) != expected;
    running.store(nullptr, relaxed);
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long milliseconds = 1000;
  bool broken = false, far = false;
  examples::parse(
      argc, argv, "code_tour",
      "Code in branch range of the program, memory that grows, and a profiler that looks up blocks.\n",
      {examples::number("--milliseconds", milliseconds, 10, 600000, "how long the profiler runs"),
       examples::flag("--break", broken, "call code without protection: the self-check must fail, with status 1"),
       examples::flag("--break-near", far, "place code anywhere: the self-check must fail, with status 1")});
  examples::choose_fence();
  require(lazyref::instruction_sync_initialize());

  lazyref::code_space_limits limits{1 << 20, 256, 1};
  if (!far) limits.near_to = reinterpret_cast<const void*>(&code_tour_program);
  function_space space(limits);
  require(space.status());
  function_ref current = compile(space, 0);
  std::printf("checked: the program is %s of a direct call\n", current ? "in reach" : "out of reach");
  if (!current) return examples::verdict(false);

  const std::size_t most = grow(space.domain(), limits);
  std::printf("checked: memory grows from nothing to %zu KiB, and back\n", most >> 10);

  profiled = &space;
  struct sigaction act {};
  act.sa_sigaction = on_tick;
  act.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(SIGPROF, &act, nullptr);
  const itimerval each_millisecond{{0, 1000}, {0, 1000}}, never{};
  ::setitimer(ITIMER_PROF, &each_millisecond, nullptr);
  std::atomic<function*> shared{current.get()};
  std::atomic<bool> stop{false};
  unsigned wrong = 0;
  std::thread worker([&] { wrong = call_until(stop, shared, broken); });
  std::uint32_t version = 0;
  const examples::stopwatch watch;
  // The broken variant stops once its fault is detected; the correct one runs until there was a tick.
  while (watch.seconds() * 1e3 < static_cast<double>(milliseconds) ||
         ((broken ? lost : ticks) == 0 && watch.seconds() < 10)) {
    function_ref next = compile(space, version + 1);
    if (!next) continue;
    ++version;
    shared.store(next.get(), std::memory_order_release);
    space.retire(std::exchange(current, std::move(next)));
    space.domain().flush();
  }
  stop.store(true, relaxed);
  worker.join();
  ::setitimer(ITIMER_PROF, &never, nullptr);
  current.reset();
  std::printf("%u functions, one after the other, in %zu KiB; %u profiler ticks in them\n", version,
              space.bytes() >> 10, ticks.load());
  std::printf("checked: %u ticks found no function, or are missing in its count\n", lost + ticks - function::all_ticks);
  std::printf("checked: %u calls had a wrong result\n", wrong);
  return examples::verdict(most != 0 && version != 0 && ticks != 0 && ticks == function::all_ticks && lost == 0 &&
                           (wrong == 0 || broken));
}

#else

int main() {
  std::puts("SKIPPED: code_tour: it generates code for x86-64 Linux only");
  return 77;
}

#endif
