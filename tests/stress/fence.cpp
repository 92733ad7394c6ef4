// SPDX-License-Identifier: BSL-1.0
//
// The asymmetric fence under load: several threads are inside heavy fences at the same time, so that they share system
// calls, while light threads do store buffering against each of them.
//
// A light thread says that it is inside, light fence, and goes on only if no heavy thread wants in. A heavy thread says
// that it wants in, heavy fence, and waits for the light threads that are inside. If store buffering can go wrong, both
// are inside. What they touch there is plain data, so that ThreadSanitizer looks too: release and acquire on the flags
// are to carry happens-before by themselves.
#include <lazyref/fence_test.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "../support/stress_crew.hpp"
#include "../support/unit_fence.hpp"

namespace {

using namespace lazyref;

constexpr unsigned most_lights = 2;
constexpr unsigned most_heavies = 3;
constexpr unsigned far_lines = 1 << 17;

struct public_fence {
  void light() { asymmetric_thread_fence_light(std::memory_order_seq_cst); }
  void heavy() { asymmetric_thread_fence_heavy(std::memory_order_seq_cst); }
};

// The same fence over a kernel that counts.
struct counting_kernel : detail::os_kernel {
  static inline std::atomic<std::uint64_t> calls{0};
  static int membarrier(int command, unsigned flags, int cpu) noexcept {
    if (command == detail::membarrier_private_expedited) calls.fetch_add(1, std::memory_order_relaxed);
    return os_kernel::membarrier(command, flags, cpu);
  }
};

// One that says yes and does nothing, as some emulators do: the fence is free on both sides but for the caller's own.
struct idle_kernel : detail::os_kernel {
  static int membarrier(int command, unsigned, int) noexcept {
    return command == detail::membarrier_query ? detail::membarrier_private_expedited : 0;
  }
};

template <class Kernel>
struct fence_over {
  lazyref_test::unit_fence<detail::fence_core<detail::std_atomics, Kernel>, fence_mode::automatic> core;
  fence_over() { stress::expect(core.initialize().light_is_free, "a light fence that is not free shows nothing"); }
  void light() { core.light(std::memory_order_seq_cst); }
  void heavy() { core.heavy(std::memory_order_seq_cst); }
};

// Pair: one thread of each kind, on two processors, which is what store buffering needs most. Crowd: heavy threads meet
// inside their fences.
enum load { pair, crowd };

struct result {
  std::uint64_t lights, light_rounds, heavies, violations;
};

// Data: plain for the real thing; atomic, relaxed, where violations are wanted and must stay defined.
template <class Data, class Fence>
class store_buffering {
 public:
  store_buffering(Fence& fence, load what) : fence_(fence), load_(what) {}

  result run(double seconds, std::uint64_t seed, bool until_violated) {
    stress::crew crew(seed);
    // One of each: on two processors.
    const auto add = [&](auto& side, unsigned cpu, auto step) {
      crew.add([this, &crew, &side, cpu, step](auto& random) {
        std::optional<detail::pinned> here;
        if (load_ == pair) here.emplace(cpu);
        while (!crew.stopped()) (this->*step)(side, random);
      });
    };
    for (unsigned i = 0; i < lights(); ++i) add(lights_[i], 0, &store_buffering::step_light);
    for (unsigned i = 0; i < heavies(); ++i) add(heavies_[i], 1, &store_buffering::step_heavy);
    crew.run_undisturbed(seconds, [&] { return !until_violated || violations_.load() == 0; });
    result r{};
    for (light_side& l : lights_) {
      r.lights += l.rounds;
      r.light_rounds += l.entered;
    }
    for (heavy_side& h : heavies_) r.heavies += h.rounds;
    r.violations = violations_.load();
    return r;
  }

 private:
  struct alignas(128) light_side {
    std::atomic<unsigned> inside{0};
    alignas(128) Data first{0};
    Data second{0};
    alignas(128) std::uint64_t rounds = 0;
    std::uint64_t entered = 0;
    std::vector<unsigned char> far = std::vector<unsigned char>(64 * far_lines);
  };
  struct alignas(128) heavy_side {
    std::atomic<unsigned> wants{0};
    Data inside{0};
    alignas(128) std::uint64_t rounds = 0;
  };

  static std::uint64_t get(const volatile std::uint64_t& d) { return d; }
  static std::uint64_t get(const std::atomic<std::uint64_t>& d) { return d.load(std::memory_order_relaxed); }
  static void set(volatile std::uint64_t& d, std::uint64_t value) { d = value; }
  static void set(std::atomic<std::uint64_t>& d, std::uint64_t value) { d.store(value, std::memory_order_relaxed); }

  static void spin(unsigned turns) {
    for (; turns > 0; --turns) detail::std_atomics::compiler_barrier();
  }

  void violated() { violations_.fetch_add(1, std::memory_order_relaxed); }
  unsigned lights() const { return load_ == pair ? 1 : most_lights; }
  unsigned heavies() const { return load_ == pair ? 1 : most_heavies; }

  void step_light(light_side& mine, stress::random_numbers& random) {
    ++mine.rounds;
    // Stores that miss the cache keep the next one in the store buffer, as a busy program's would.
    if (random.one_in(2)) {
      for (unsigned n = random.below(16); n > 0; --n) mine.far[64 * random.below(far_lines)] = 1;
    }
    mine.inside.store(1, std::memory_order_relaxed);
    fence_.light();
    bool wanted = false;
    // Acquire, pairs with a heavy thread's leave.
    for (heavy_side& h : heavies_) wanted |= h.wants.load(std::memory_order_acquire) != 0;
    if (!wanted) {
      const std::uint64_t n = ++mine.entered;
      set(mine.first, n);
      spin(random.below(600));
      for (heavy_side& h : heavies_) {
        if (get(h.inside) != 0) violated();
      }
      set(mine.second, n);
    }
    mine.inside.store(0, std::memory_order_release);
    if (wanted) std::this_thread::yield();
    // With fewer than two processors to themselves, heavy threads would not meet in the fence.
    if (load_ == crowd && random.one_in(256)) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }

  void step_heavy(heavy_side& mine, stress::random_numbers& random) {
    ++mine.rounds;
    mine.wants.store(1, std::memory_order_relaxed);
    fence_.heavy();
    for (light_side& l : lights_) {
      // Acquire, pairs with the light thread's leave.
      while (l.inside.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    }
    set(mine.inside, 1);
    for (light_side& l : lights_) {
      const std::uint64_t n = get(l.first);
      spin(random.below(600));
      if (get(l.second) != n || get(l.first) != n) violated();
    }
    set(mine.inside, 0);
    mine.wants.store(0, std::memory_order_release);
    // Light threads get in now and then.
    spin(random.below(4000));
  }

  Fence& fence_;
  const load load_;
  light_side lights_[most_lights];
  heavy_side heavies_[most_heavies];
  std::atomic<std::uint64_t> violations_{0};
};

template <class Data, class Fence>
result run(const char* name, Fence& fence, load what, const stress::options& options, bool until_violated = false) {
  const auto test = std::make_unique<store_buffering<Data, Fence>>(fence, what);
  const result r = test->run(options.seconds, options.seed, until_violated);
  std::printf("%-10s %llu heavy fences, %llu light fences, %llu rounds inside, %llu violations\n", name,
              static_cast<unsigned long long>(r.heavies), static_cast<unsigned long long>(r.lights),
              static_cast<unsigned long long>(r.light_rounds), static_cast<unsigned long long>(r.violations));
  std::fflush(stdout);
  return r;
}

// Runs it, longer if the machine did next to nothing; whether that was enough to show something.
template <class Fence>
bool must_hold(const char* name, Fence& fence, load what, stress::options options, result& all) {
  all = {};
  for (int i = 0; i < 3; ++i, options.seconds *= 4) {
    const result r = run<std::uint64_t>(name, fence, what, options);
    stress::expect(r.violations == 0, "a light and a heavy thread were inside at the same time");
    all.heavies += r.heavies;
    all.light_rounds += r.light_rounds;
    if (all.heavies > 10 && all.light_rounds > 10) return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 1);
  const fence_status status = fence_initialize();
  std::printf("%s; light is %s\n", status.reason, status.light_is_free ? "free" : "a full fence");

  public_fence fence;
  result r;
  bool has_power = must_hold("pair", fence, pair, options, r);
  has_power = must_hold("crowd", fence, crowd, options, r) && has_power;

  if (!status.light_is_free) {
    stress::no_power("counted, idle", "without membarrier there is no free light fence to stress");
    return stress::exit_status();
  }
  fence_over<counting_kernel> counted;
  counting_kernel::calls.store(0, std::memory_order_relaxed);  // To decide has taken one.
  has_power = must_hold("counted", counted, crowd, options, r) && has_power;
  const std::uint64_t calls = counting_kernel::calls.load();
  std::printf("%-10s %llu system calls for %llu heavy fences\n", "", static_cast<unsigned long long>(calls),
              static_cast<unsigned long long>(r.heavies));
  stress::expect(calls <= r.heavies, "more system calls than heavy fences");

  if (!has_power) {
    stress::no_power("pair, crowd, counted", stress::next_to_nothing);
    return stress::exit_status();
  }

  // ThreadSanitizer puts a full fence of its own around atomics; there the plain data is what is looked at.
  if (LAZYREF_TEST_TSAN) {
    std::puts("SKIPPED: stress_fence: idle: the controls have no power under ThreadSanitizer, and were left out");
    return 0;
  }
  // The controls: this load must be able to see a heavy fence that does nothing. The first violation ends them.
  fence_over<idle_kernel> idle;
  stress::options patient = options;
  patient.seconds *= 8;
  for (const load what : {pair, crowd}) {
    const char* const name = what == pair ? "pair, idle" : "crowd, idle";
    if (run<std::atomic<std::uint64_t>>(name, idle, what, patient, true).violations == 0)
      stress::no_power(name, "no violation even with a heavy fence that does nothing");
  }
  return stress::exit_status();
}
