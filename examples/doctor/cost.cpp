// SPDX-License-Identifier: BSL-1.0
//
// What things cost here: medians of alternating runs, each in a child process, so that the number of threads is known.
#include <algorithm>
#include <atomic>
#include <thread>

#include <lazyref/sync.hpp>

#include "child.hpp"
#include "findings.hpp"

#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace doctor {
namespace {

using clock = std::chrono::steady_clock;
using nanoseconds = std::chrono::duration<double, std::nano>;

const auto nothing = [] { lazyref::std_sync::compiler_barrier(); };
const auto light = [] { lazyref::asymmetric_thread_fence_light(std::memory_order_seq_cst); };
const auto heavy = [] { lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst); };
// With the barrier, since clang makes one fence of many in a loop that has nothing else.
const auto full_fence = [] {
  lazyref::std_sync::full_fence();
  nothing();
};
const auto empty_system_call = [] {
#if defined(__linux__)
  ::syscall(SYS_getppid);
#elif defined(DOCTOR_FORKS)
  (void)::getppid();
#endif
};

// Doubles the number of calls until they take long enough for the clock.
template <class Op>
double ns_per_call(Op op, std::chrono::microseconds at_least) {
  for (std::size_t calls = 1;; calls *= 2) {
    const auto start = clock::now();
    for (std::size_t i = 0; i < calls; ++i) op();
    const auto took = clock::now() - start;
    if (took >= at_least) return nanoseconds(took).count() / static_cast<double>(calls);
  }
}

template <class Op>
double ns_once(Op op) {
  const auto start = clock::now();
  op();
  return nanoseconds(clock::now() - start).count();
}

timing median_of(std::vector<double>& samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  return {samples[samples.size() / 2], samples.front(), samples.back(), static_cast<unsigned>(samples.size())};
}

// One run of each in turn, then again: what disturbs the machine for a while disturbs all of them alike.
template <class... Ops>
auto alternate(const effort& e, Ops... ops) {
  std::array<std::vector<double>, sizeof...(Ops)> samples;
  for (unsigned run = 0; run < e.runs; ++run) {
    auto next = samples.begin();
    ((next++)->push_back(ns_per_call(ops, e.sample)), ...);
  }
  std::array<timing, sizeof...(Ops)> timings{};
  std::transform(samples.begin(), samples.end(), timings.begin(), median_of);
  return timings;
}

// What `measure` returns while another thread does `op` all the time.
template <class Op, class Measure>
auto beside(Op op, Measure measure) {
  std::atomic<bool> runs{false}, stop{false};
  std::thread sibling([&] {
    runs.store(true, std::memory_order_relaxed);
    while (!stop.load(std::memory_order_relaxed)) op();
  });
  while (!runs.load(std::memory_order_relaxed)) std::this_thread::yield();
  const auto measured = measure();
  stop.store(true, std::memory_order_relaxed);
  sibling.join();
  return measured;
}

cost missing(const char* key, const char* label, std::string why_not) { return {key, label, {}, std::move(why_not)}; }

template <class Answer>
cost cost_of(const char* key, const char* label, const Answer& answer, std::size_t i) {
  return answer.ok ? cost{key, label, answer.value[i], {}} : missing(key, label, answer.failure);
}

// A registration happens once in the life of a process: a child for each run.
template <class Measure>
cost registration(const char* key, const char* label, unsigned runs, Measure measure) {
  std::vector<double> samples;
  for (unsigned run = 0; run < runs; ++run) {
    const auto took = in_child(measure);
    if (!took.ok) return missing(key, label, took.failure);
    if (took.value < 0) return missing(key, label, "registering fails");
    samples.push_back(took.value);
  }
  return {key, label, median_of(samples), {}};
}

double register_once() {
  int result = 0;
  const double took = ns_once([&result] { result = membarrier(register_private_expedited); });
  return result < 0 ? -1 : took;
}

void add_global(std::vector<cost>& costs, const membarrier_findings& m) {
  const char* key = "global";
  const char* label = "membarrier GLOBAL, once";
  if (find(m, global_command).verdict != answer::works) {
    costs.push_back(missing(key, label, "not available"));
    return;
  }
  const auto took = in_child([] {
    const double ns = ns_once([] { membarrier(global_command); });
    return std::array<timing, 1>{timing{ns, ns, ns, 1}};
  });
  costs.push_back(cost_of(key, label, took, 0));
}

}  // namespace

std::vector<cost> measure_registration(const effort& e, const membarrier_findings& m) {
  const char* early = "registration, early (one thread)";
  const char* late = "registration, late (with a running sibling)";
  if (find(m, private_expedited).verdict != answer::works)
    return {missing("register_early", early, "not available"), missing("register_late", late, "not available")};
  return {registration("register_early", early, e.registrations, register_once),
          registration("register_late", late, e.registrations, [] { return beside(nothing, register_once); })};
}

std::vector<cost> measure_fences(const effort& e, const fence_findings& fence, const membarrier_findings& m) {
  const auto alone = in_child([&e] { return alternate(e, nothing, light, full_fence, empty_system_call); });
  std::vector<cost> costs{
      cost_of("empty_loop", "an empty loop, which is part of all below", alone, 0),
      cost_of("light", "light fence", alone, 1),
      cost_of("full_fence", "std::atomic_thread_fence(seq_cst)", alone, 2),
      cost_of("system_call", "an empty system call", alone, 3),
  };
#if !defined(DOCTOR_FORKS)
  costs.back() = missing("system_call", costs.back().label, "not asked on this system");
#endif
  const char* heavy_alone = "heavy fence, one thread";
  const char* heavy_sibling = "heavy fence, with a running sibling";
  const char* heavy_two = "heavy fence, from two threads at once";
  if (fence.usable) {
    const auto one = in_child([&e] { return alternate(e, heavy); });
    costs.push_back(cost_of("heavy_alone", heavy_alone, one, 0));
    const auto sibling = in_child([&e] { return beside(nothing, [&e] { return alternate(e, heavy); }); });
    costs.push_back(cost_of("heavy_running_sibling", heavy_sibling, sibling, 0));
    const auto two = in_child([&e] { return beside(heavy, [&e] { return alternate(e, heavy); }); });
    costs.push_back(cost_of("heavy_two_threads", heavy_two, two, 0));
  } else {
    costs.push_back(missing("heavy_alone", heavy_alone, fence.why_not));
    costs.push_back(missing("heavy_running_sibling", heavy_sibling, fence.why_not));
    costs.push_back(missing("heavy_two_threads", heavy_two, fence.why_not));
  }
  add_global(costs, m);
  return costs;
}

}  // namespace doctor
