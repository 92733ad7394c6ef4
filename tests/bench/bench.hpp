// SPDX-License-Identifier: BSL-1.0
//
// The skeleton of the benchmarks. A program runs races. In a race, contenders do the same work, each in a loop of its
// own, in turns of a few hundred microseconds: whatever else the machine does meanwhile meets them all alike. Printed
// are medians over the turns; ratios are taken turn by turn, and their median is what a target is held against.
//
// A target counts as missed only if three quarters of the turns miss it. If the median misses it and the better
// quartile does not, the noise of this run is larger than the distance, and the verdict says so.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <lazyref/fence.hpp>

#include "host.hpp"

namespace bench {

// What the compiler must take for used, and for perhaps changed: no instruction, unlike volatile.
inline void clobber() noexcept { __asm__ volatile("" ::: "memory"); }
template <class T>
void sink(T value) noexcept {
  __asm__ volatile("" : : "r"(value) : "memory");
}

using clock = std::chrono::steady_clock;
inline double nanoseconds(clock::duration d) noexcept { return std::chrono::duration<double, std::nano>(d).count(); }

struct options {
  double seconds = 1;      // for each race
  unsigned threads = 2;    // in races for several
  std::size_t slots = 64;  // in domains where their number is not the question
  bool json = false;       // a line of JSON for each contender and target
  bool pin = false;        // thread i stays on the i-th CPU that the process may use
  bool smoke = false;      // every contender, once, without verdicts
};

struct spread {
  double low, median, high;  // quartiles
};

inline spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t last = values.size() - 1;
  return {values[last / 4], values[last / 2], values[last - last / 4]};
}

class program {
 public:
  program(std::string name, int argc, char** argv) : name_(std::move(name)) {
    for (int i = 1; i < argc; ++i) {
      const std::string flag = argv[i];
      const auto is = [&](const char* other) { return flag == other; };
      const bool last = i + 1 == argc;
      if (is("--json")) {
        how.json = true;
      } else if (is("--pin")) {
        how.pin = true;
      } else if (is("--smoke")) {
        how.smoke = true;
      } else if (is("--seconds") && !last) {
        how.seconds = std::atof(argv[++i]);
      } else if (is("--threads") && !last) {
        how.threads = static_cast<unsigned>(std::max(std::atoi(argv[++i]), 1));
      } else if (is("--slots") && !last) {
        how.slots = static_cast<std::size_t>(std::max(std::atoi(argv[++i]), 1));
      } else {
        std::fprintf(stderr, "usage: %s [--seconds S] [--threads N] [--slots N] [--json] [--pin] [--smoke]\n", argv[0]);
        std::exit(2);
      }
    }
    // Where the light fence is no instruction and the kernel has no membarrier, there is nothing to measure.
    lazyref::set_fatal_handler([](const char* message, int) noexcept {
      std::printf("SKIPPED: bench: %s\n", message);
      std::fflush(stdout);
      std::_Exit(77);
    });
    const char* const fence = lazyref::fence_initialize().reason;
    lazyref::set_fatal_handler(nullptr);
    if (lazyref::build_mode == lazyref::fence_mode::required) name_ += ", LAZYREF_FENCE_REQUIRED";
    std::printf(
        how.json ? "{\"program\": \"%s\", \"machine\": \"%s\", \"fence\": \"%s\"}\n" : "%s\n  %s\n  fence: %s\n",
        name_.c_str(), machine().c_str(), fence);
    if (how.pin) pin_to(0);
  }

  // A contender, or a race, that this host does not have.
  void left_out(const std::string& what) const {
    // A smoke test is one of many tests, whose list of what was skipped is not about speed.
    std::fprintf(how.json ? stderr : stdout, how.smoke ? "left out: %s\n" : "SKIPPED: bench: %s\n", what.c_str());
  }

  void missed() noexcept { ++missed_; }
  void out_of_reach() noexcept { ++out_of_reach_; }
  int status() const {
    if (!how.json && !how.smoke)
      std::printf("%s: %d missed, %d out of reach here\n\n", name_.c_str(), missed_, out_of_reach_);
    return missed_ == 0 ? 0 : 1;
  }

  const char* name() const noexcept { return name_.c_str(); }

  options how;

 private:
  std::string name_;
  int missed_ = 0;
  int out_of_reach_ = 0;
};

class race {
 public:
  race(program& of, std::string title, unsigned threads = 1)
      : program_(of), title_(std::move(title)), threads_(threads) {}

  // body(n, thread) does n operations, in each thread. It is timed, unless it returns the nanoseconds that count.
  // What it captured by reference it should name in a local, as its loop would load it anew each time.
  template <class Body>
  std::size_t add(std::string name, Body body) {
    contender c;
    c.name = std::move(name);
    c.run = [body](std::size_t n, unsigned thread) {
      if constexpr (std::is_same_v<decltype(body(n, thread)), double>) {
        return body(n, thread);
      } else {
        const clock::time_point start = clock::now();
        body(n, thread);
        return nanoseconds(clock::now() - start);
      }
    };
    contenders_.push_back(std::move(c));
    return contenders_.size() - 1;
  }

  // `one` takes at most `limit` times as long as `other`; `one` is at least `limit` times as fast as `other`.
  // How fast atomic operations, fences and branches are, and so what can be reached at all, differs from machine to
  // machine. Where the same protocol without the library, `by_hand`, does not reach a target either, the verdict says
  // so, and it is not a miss.
  void at_most(double limit, std::size_t one, std::size_t other, std::size_t by_hand = nobody) {
    targets_.push_back({one, other, by_hand, limit, true});
  }
  void at_least(double limit, std::size_t one, std::size_t other, std::size_t by_hand = nobody) {
    targets_.push_back({one, other, by_hand, limit, false});
  }

  void run() {
    const options& how = program_.how;
    const double turn = threads_ == 1 ? 3e5 : 2e6;  // nanoseconds; long enough for threads to meet
    double round = 0;
    for (contender& c : contenders_) {
      double took = measure(c);
      while (!how.smoke && took * static_cast<double>(c.n) < turn) {
        c.n *= 2;
        took = measure(c);
      }
      round += took * static_cast<double>(c.n);
    }
    const double rounds = how.smoke ? 1 : std::min(std::max(how.seconds * 1e9 / round, 9.0), 1e4);
    for (std::size_t i = 0; i < static_cast<std::size_t>(rounds); ++i) {
      for (contender& c : contenders_) c.samples.push_back(measure(c));
    }
    print();
  }

 private:
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  struct contender {
    std::string name;
    std::function<double(std::size_t, unsigned)> run;
    std::size_t n = 64;
    std::vector<double> samples;  // nanoseconds for an operation
  };
  struct target {
    std::size_t one, other, by_hand;
    double limit;
    bool at_most;
  };

  double measure(const contender& c) const {
    double total = 0;
    if (threads_ == 1) {
      total = c.run(c.n, 0);
    } else {
      std::atomic<unsigned> ready{0};
      std::vector<double> took(threads_);
      std::vector<std::thread> threads;
      for (unsigned t = 0; t < threads_; ++t) {
        threads.emplace_back([&, t] {
          if (program_.how.pin) pin_to(t);
          ready.fetch_add(1, std::memory_order_acq_rel);
          while (ready.load(std::memory_order_acquire) != threads_) std::this_thread::yield();
          took[t] = c.run(c.n, t);
        });
      }
      for (unsigned t = 0; t < threads_; ++t) {
        threads[t].join();
        total += took[t] / threads_;
      }
    }
    return total / static_cast<double>(c.n);
  }

  void print() {
    const options& how = program_.how;
    if (!how.json) std::printf("  %-72s %9s  %s\n", title_.c_str(), "ns", how.smoke ? "once" : "quartiles");
    for (const contender& c : contenders_) {
      const spread s = spread_of(c.samples);
      if (how.json) {
        std::printf("{\"program\": \"%s\", \"race\": \"%s\", \"threads\": %u, \"contender\": \"%s\", ", program_.name(),
                    title_.c_str(), threads_, c.name.c_str());
        std::printf("\"ns\": %.3f, \"low\": %.3f, \"high\": %.3f, \"turns\": %zu}\n", s.median, s.low, s.high,
                    c.samples.size());
      } else {
        std::printf("    %-70s %9.2f  %.2f .. %.2f\n", c.name.c_str(), s.median, s.low, s.high);
      }
    }
    if (!how.smoke) {
      for (const target& t : targets_) judge(t);
    }
    std::fflush(stdout);
  }

  // Turn by turn: how long a takes for each nanosecond of b.
  static spread ratio(const contender& a, const contender& b) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < a.samples.size(); ++i) ratios.push_back(a.samples[i] / b.samples[i]);
    return spread_of(std::move(ratios));
  }

  void judge(const target& t) {
    const contender& one = contenders_[t.one];
    const contender& other = contenders_[t.other];
    const auto measured = [&](const contender& c) { return t.at_most ? ratio(c, other) : ratio(other, c); };
    const auto meets = [&](double value) { return t.at_most ? value <= t.limit : value >= t.limit; };
    const spread s = measured(one);
    const spread by_hand = t.by_hand == nobody ? spread{t.limit, t.limit, t.limit} : measured(contenders_[t.by_hand]);
    char verdict[64] = "met";
    if (!meets(s.median) && !meets(t.at_most ? by_hand.high : by_hand.low)) {
      std::snprintf(verdict, sizeof verdict, "out of reach here: by hand %.2f", by_hand.median);
      program_.out_of_reach();
    } else if (!meets(t.at_most ? s.low : s.high)) {
      std::snprintf(verdict, sizeof verdict, "MISSED");
      program_.missed();
    } else if (!meets(s.median)) {
      std::snprintf(verdict, sizeof verdict, "unclear, the noise is larger");
    }
    const char* const relation = t.at_most ? "at most" : "at least";
    const char* const measure = t.at_most ? "times the time of" : "times as fast as";
    if (program_.how.json) {
      std::printf("{\"program\": \"%s\", \"race\": \"%s\", \"contender\": \"%s\", \"target\": \"%s %g %s\", ",
                  program_.name(), title_.c_str(), one.name.c_str(), relation, t.limit, measure);
      std::printf("\"other\": \"%s\", \"ratio\": %.3f, \"low\": %.3f, \"high\": %.3f, \"verdict\": \"%s\"}\n",
                  other.name.c_str(), s.median, s.low, s.high, verdict);
    } else {
      std::printf("      target: %s, %s %g %s %s\n        %.2f (%.2f .. %.2f): %s\n", one.name.c_str(), relation,
                  t.limit, measure, other.name.c_str(), s.median, s.low, s.high, verdict);
    }
  }

  program& program_;
  std::string title_;
  unsigned threads_;
  std::vector<contender> contenders_;
  std::vector<target> targets_;
};

}  // namespace bench
