// SPDX-License-Identifier: BSL-1.0
//
// code_tour: three things that a code_space does for a compiler, in the order of main().
//
// - near_to: the code is in reach of the program, and calls it directly, by one instruction with the distance in it.
// - growth: addresses for as much code as there may ever be, and memory for what there is. What is given up goes back to
//   the system. This is a second space of the same domain: a slot protects the blocks of both.
// - block_at: a profiler in the process. A handler of SIGPROF asks which block it has interrupted, and counts there. The
//   slot of the thread that was interrupted keeps the block: so the answer is right, while blocks come and go.
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
  static inline std::atomic<unsigned> all_ticks{0};  // of those that have ended
};
using function_space = lazyref::code_space<function>;
using function_ref = lazyref::strong_ref<function>;

void require(const lazyref::sync_result& done) {
  if (done) return;
  std::fprintf(stderr, "code_tour: %s\n", done.what());
  std::exit(examples::check_failed);
}

// uint32(uint32 x): calls the program, idles, and returns what the program returned, and the version.
// push rbp; mov rbp, rsp; call program; mov ecx, 100000; dec ecx; jnz; add eax, version; pop rbp; ret
constexpr unsigned char code_bytes[] = {0x55, 0x48, 0x89, 0xe5, 0xe8, 0,    0, 0, 0, 0xb9, 0xa0, 0x86, 1,
                                        0,    0xff, 0xc9, 0x75, 0xfc, 0x05, 0, 0, 0, 0,    0x5d, 0xc3};
constexpr std::size_t distance_at = 5, called_at = 9, version_at = 19;

// The next version. Null: there is no memory, or the program is out of reach.
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
  std::memcpy(draft.data(), code, sizeof code);  // at once: whoever is in it with --break is not to crash
  require(space.publish(draft, result));
  return result;
}

// clang's -fsanitize=function, a part of "undefined", would look in front of the code for a mark of the compiler's.
__attribute__((no_sanitize("undefined"))) std::uint32_t call(const void* code, std::uint32_t x) {
  return reinterpret_cast<std::uint32_t (*)(std::uint32_t)>(reinterpret_cast<std::uintptr_t>(code))(x);
}

// The most that 4096 functions take of 64 MiB, which come in chunks of 64 KiB. 0: something was wrong.
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
thread_local std::atomic<const void*> running{nullptr};  // what this thread calls, for the check alone

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
    if (broken) slot.deactivate();  // what must not be: the code is called, and nobody keeps it
    wrong += call(running.load(relaxed), x) != expected;
    running.store(nullptr, relaxed);
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long milliseconds = 1000;
  bool broken = false, far = false;
  examples::parse(argc, argv, "code_tour",
                  "Code near the program, memory that grows, and a profiler that asks for blocks.\n",
                  {examples::number("--milliseconds", milliseconds, 10, 600000, "how long the profiler runs"),
                   examples::flag("--break", broken, "code runs without a slot on it: must fail, with status 1"),
                   examples::flag("--break-near", far, "code is anywhere: must fail, with status 1")});
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
  // A broken one is done when it is caught, and the other one when there was a tick.
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
  std::printf("%u functions, one after the other, in %zu KiB; %u ticks in them\n", version, space.bytes() >> 10,
              ticks.load());
  std::printf("checked: %u ticks found no function, or are not in its count\n", lost + ticks - function::all_ticks);
  std::printf("checked: %u calls had a wrong result\n", wrong);
  return examples::verdict(most != 0 && version != 0 && ticks != 0 && ticks == function::all_ticks && lost == 0 &&
                           (wrong == 0 || broken));
}

#else

int main() {
  std::puts("SKIPPED: code_tour: its code is for x86-64 on Linux");
  return 77;
}

#endif
