// SPDX-License-Identifier: BSL-1.0
//
// Measures costs: medians of alternating runs, in child processes, so that the number of threads is known.
#pragma once

#include <algorithm>
#include <atomic>
#include <thread>

#include <lazyref/sync.hpp>

#include "child.hpp"
#include "findings.hpp"

#if defined(__linux__)
#include <sched.h>
#endif

namespace doctor {

using clock = std::chrono::steady_clock;
using nanoseconds = std::chrono::duration<double, std::nano>;

inline const auto nothing = [] { lazyref::std_sync::compiler_barrier(); };

template <class Op>
double ns_once(Op op) {
  const auto start = clock::now();
  op();
  return nanoseconds(clock::now() - start).count();
}

// Doubles the number of calls until they take at least the given time.
template <class Op>
double ns_per_call(Op op, std::chrono::microseconds at_least) {
  for (std::size_t calls = 1;; calls *= 2) {
    const auto start = clock::now();
    for (std::size_t i = 0; i < calls; ++i) op();
    const auto took = clock::now() - start;
    if (took >= at_least) return nanoseconds(took).count() / static_cast<double>(calls);
  }
}

inline timing median_of(std::vector<double>& samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  return {samples[samples.size() / 2], samples.front(), samples.back(), static_cast<unsigned>(samples.size())};
}

// Runs all of them in turn, repeatedly, so that a disturbance of the machine affects all alike. Each receives the least
// time of a run, and returns nanoseconds per call.
template <class... Runs>
auto alternate_runs(const effort& e, Runs... runs) {
  std::array<std::vector<double>, sizeof...(Runs)> samples;
  for (unsigned run = 0; run < e.runs; ++run) {
    auto next = samples.begin();
    ((next++)->push_back(runs(e.sample)), ...);
  }
  std::array<timing, sizeof...(Runs)> timings{};
  std::transform(samples.begin(), samples.end(), timings.begin(), median_of);
  return timings;
}

template <class... Ops>
auto alternate(const effort& e, Ops... ops) {
  return alternate_runs(e, [ops](std::chrono::microseconds at_least) { return ns_per_call(ops, at_least); }...);
}

// -1: any.
struct cpu_pair {
  bool exists = true;
  int one = -1, other = -1;
};

inline constexpr const char* one_cpu = "there is one CPU, so no sibling runs at the same time";

// Two CPUs that this process may use: a sibling that shares the caller's CPU never runs while the caller does.
inline cpu_pair find_two_cpus() {
#if defined(__linux__)
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    cpu_pair found{false};
    for (int cpu = 0; cpu < CPU_SETSIZE && !found.exists; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      found.exists = found.one >= 0;
      (found.exists ? found.other : found.one) = cpu;
    }
    return found;
  }
#endif
  return {std::thread::hardware_concurrency() != 1};
}

// Pins the calling thread to the CPU.
inline void stay_on([[maybe_unused]] int cpu) {
#if defined(__linux__)
  if (cpu < 0) return;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  (void)::sched_setaffinity(0, sizeof only, &only);  // On failure the scheduler chooses, as before.
#endif
}

// Returns the result of `measure`, while another thread executes `op` continuously.
template <class Op, class Measure>
auto beside(Op op, Measure measure, cpu_pair cpus = {}) {
  std::atomic<bool> runs{false}, stop{false};
  std::thread sibling([&] {
    stay_on(cpus.other);
    runs.store(true, std::memory_order_relaxed);
    while (!stop.load(std::memory_order_relaxed)) op();
  });
  stay_on(cpus.one);
  while (!runs.load(std::memory_order_relaxed)) std::this_thread::yield();
  const auto measured = measure();
  stop.store(true, std::memory_order_relaxed);
  sibling.join();
  return measured;
}

inline cost missing(const char* key, const char* label, std::string why_not) {
  return {key, label, {}, std::move(why_not)};
}

template <class Answer>
cost cost_of(const char* key, const char* label, const Answer& answer, std::size_t i) {
  return answer.ok ? cost{key, label, answer.value[i], {}} : missing(key, label, answer.failure);
}

// A process registers only once, so each run takes a child.
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

template <int Command>
double register_once() {
  int result = 0;
  const double took = ns_once([&result] { result = membarrier(Command); });
  return result < 0 ? -1 : took;
}

}  // namespace doctor
