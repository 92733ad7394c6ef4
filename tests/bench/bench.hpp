// SPDX-License-Identifier: BSL-1.0
//
// The skeleton of the benchmarks. A program asks one question and runs races. In a race, contenders do the same work,
// each in a loop of its own, in turns of a few hundred microseconds: whatever else the machine does meanwhile meets
// them all alike, and each round begins with another one. Printed are, for each contender, how many times the time of
// the race's base it takes (turn by turn, and of that the median), then nanoseconds, as medians with quartiles.
//
// Several threads begin together, and what counts is the time from the first one's start to the last one's end, for as
// many operations as each of them does. Where there are more threads than CPUs, they cannot begin together, the time
// includes the waiting for a CPU, and the output says "oversubscribed".
//
// A target counts as missed only if three quarters of the turns miss it. If the median misses it and the better
// quartile does not, the noise of this run is larger than the distance, and the verdict says so.
//
// Options, the same for each program:
//   --seconds S   for each race (default 1)
//   --threads N   only this number of threads, instead of those that the program asks about
//   --slots N     only this number of slots in domains, likewise
//   --pin         thread i stays on the i-th CPU that the process may use
//   --commit ID   what is measured; default: the environment's LAZYREF_BENCH_COMMIT
//   --json        one object per line, as below, instead of a table
//   --smoke       every contender, once, without verdicts
//
// With --json each line is complete in itself. "kind" tells them apart; these four stand in every line:
//   "kind", "program": "activate", "mode": "auto" | "required" | "symmetric" (LAZYREF_FENCE_MODE), "commit": "" if not
//   given
// and then
//   "program"   the first line: "machine" (processor), "cpus", "kernel", "load", "compiler", "fence" (how the light one
//               works here), "pinned", "seconds", "smoke"
//   "result"    "race", "threads", "cpus", "oversubscribed"; what else varies from race to race, by its name ("slots",
//               "reclaimers": numbers); "contender": a short name that stays; "about"; "ns" for an operation, with
//               quartiles "low" and "high"; "times", "times_low", "times_high": how many times the time of the
//               contender "base"; "turns"; where whole loops are timed "per_second": operations of all threads
//               together; and what a program has to tell of a contender, by its name: numbers
//   "target"    "race", "threads", "contender", "relation": "at_most" (times the time of) | "at_least" (times as fast
//               as), "limit", "other", "ratio", "low", "high", "verdict": "met" | "missed" | "unclear" | "out_of_reach"
//   "left_out"  "what"
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
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
  double seconds = 1;
  unsigned threads = 2;
  std::size_t slots = 64;
  bool json = false;
  bool pin = false;
  bool smoke = false;
  bool has_threads = false;  // said on the command line
  bool has_slots = false;
};

struct spread {
  double low, median, high;  // quartiles
};

inline spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t last = values.size() - 1;
  return {values[last / 4], values[last / 2], values[last - last / 4]};
}

// A second thread, which sleeps: in a process with one thread, heavy fences are free, and std::shared_ptr does not
// count atomically.
class bystander {
 public:
  ~bystander() {
    {
      const std::lock_guard<std::mutex> guard(lock_);
      over_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

 private:
  std::mutex lock_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_{[this] {
    std::unique_lock<std::mutex> guard(lock_);
    wake_.wait(guard, [this] { return over_; });
  }};
};

// The members of a line of JSON.
class json_line {
 public:
  json_line& add(const char* key, const std::string& value) { return raw(key, quoted(value)); }
  json_line& add(const char* key, const char* value) { return add(key, std::string(value)); }
  json_line& add(const char* key, bool value) { return raw(key, value ? "true" : "false"); }
  json_line& add(const char* key, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return raw(key, text);
  }
  void print() const { std::printf("{%s}\n", text_.c_str()); }

 private:
  json_line& raw(const char* key, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + quoted(key) + ": " + value;
    return *this;
  }
  static std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') result += '\\';
      if (static_cast<unsigned char>(c) >= ' ') result += c;
    }
    return result + '"';
  }

  std::string text_;
};

class program {
 public:
  program(std::string name, int argc, char** argv) : name_(std::move(name)) {
    if (const char* const commit = std::getenv("LAZYREF_BENCH_COMMIT")) commit_ = commit;
    parse(argc, argv);
    // Where the light fence is no instruction and the kernel has no membarrier, there is nothing to measure.
    lazyref::set_fatal_handler([](const char* message, int) noexcept {
      std::printf("SKIPPED: bench: %s\n", message);
      std::fflush(stdout);
      std::_Exit(77);
    });
    const char* const fence = lazyref::fence_initialize().reason;
    lazyref::set_fatal_handler(nullptr);
    if (how.json) {
      line("program")
          .add("machine", processor())
          .add("cpus", static_cast<double>(cpus()))
          .add("kernel", kernel())
          .add("load", load())
          .add("compiler", compiler())
          .add("fence", fence)
          .add("pinned", how.pin)
          .add("seconds", how.seconds)
          .add("smoke", how.smoke)
          .print();
    } else {
      std::printf("%s, LAZYREF_FENCE_MODE %s%s%s\n  %s\n  fence: %s\n", name_.c_str(), mode(),
                  commit_.empty() ? "" : ", commit ", commit_.c_str(), machine().c_str(), fence);
    }
    if (how.pin) pin_to(0);
  }

  // Those that the question is about, if the command line does not say which.
  std::vector<unsigned> thread_counts(std::vector<unsigned> otherwise) const {
    return how.has_threads ? std::vector<unsigned>{how.threads} : std::move(otherwise);
  }
  std::vector<std::size_t> slot_counts(std::vector<std::size_t> otherwise) const {
    return how.has_slots ? std::vector<std::size_t>{how.slots} : std::move(otherwise);
  }

  // A contender, or a race, that this host does not have. Said once.
  void left_out(const std::string& what) const {
    if (std::find(left_out_.begin(), left_out_.end(), what) != left_out_.end()) return;
    left_out_.push_back(what);
    if (how.json) line("left_out").add("what", what).print();
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

  // A line of JSON begins.
  json_line line(const char* kind) const {
    json_line result;
    result.add("kind", kind).add("program", name_).add("mode", mode()).add("commit", commit_);
    return result;
  }

  options how;

 private:
  static const char* mode() noexcept {
    return lazyref::build_mode == lazyref::fence_mode::required    ? "required"
           : lazyref::build_mode == lazyref::fence_mode::symmetric ? "symmetric"
                                                                   : "auto";
  }

  void parse(int argc, char** argv) {
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
        how.has_threads = true;
      } else if (is("--slots") && !last) {
        how.slots = static_cast<std::size_t>(std::max(std::atoi(argv[++i]), 1));
        how.has_slots = true;
      } else if (is("--commit") && !last) {
        commit_ = argv[++i];
      } else {
        std::fprintf(
            stderr,
            "usage: %s [--seconds S] [--threads N] [--slots N] [--pin] [--commit ID] [--json] [--smoke]\n"
            "  N threads, N slots: instead of the numbers that the program asks about; S seconds for each race\n",
            argv[0]);
        std::exit(2);
      }
    }
  }

  std::string name_;
  std::string commit_;
  mutable std::vector<std::string> left_out_;
  int missed_ = 0;
  int out_of_reach_ = 0;
};

// Threads that work in turns. They stay for a whole race, as other libraries want threads to register.
class crew {
 public:
  crew(unsigned size, bool pin) : size_(size), together_(size <= cpus()) {
    for (unsigned t = 0; t < size; ++t) {
      threads_.emplace_back([this, t, pin] {
        if (pin) pin_to(t);
        work(t);
      });
    }
  }
  ~crew() {
    begin(nullptr);
    for (std::thread& t : threads_) t.join();
  }
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;

  // job(t) in each thread t; they begin together, if each can have a CPU.
  void run(const std::function<void(unsigned)>& job) {
    begin(&job);
    std::unique_lock<std::mutex> guard(lock_);
    done_.wait(guard, [this] { return running_ == 0; });
  }

 private:
  void begin(const std::function<void(unsigned)>* job) {
    {
      const std::lock_guard<std::mutex> guard(lock_);
      job_ = job;
      running_ = size_;
      ++turn_;
    }
    wake_.notify_all();
  }

  void work(unsigned thread) {
    for (unsigned turn = 1;; ++turn) {
      {
        std::unique_lock<std::mutex> guard(lock_);
        wake_.wait(guard, [&] { return turn_ == turn; });
      }
      if (job_ == nullptr) return;
      ready_.fetch_add(1, std::memory_order_acq_rel);
      while (together_ && ready_.load(std::memory_order_acquire) != turn * size_) std::this_thread::yield();
      (*job_)(thread);
      const std::lock_guard<std::mutex> guard(lock_);
      if (--running_ == 0) done_.notify_one();
    }
  }

  const unsigned size_;
  const bool together_;
  std::mutex lock_;
  std::condition_variable wake_, done_;
  const std::function<void(unsigned)>* job_ = nullptr;
  unsigned turn_ = 0;
  unsigned running_ = 0;
  std::atomic<unsigned> ready_{0};
  std::vector<std::thread> threads_;
};

class race {
 public:
  race(program& of, std::string title, unsigned threads = 1)
      : program_(of), title_(std::move(title)), threads_(threads) {}

  // What this race differs in from the others of its program.
  void parameter(std::string name, std::size_t value) { parameters_.emplace_back(std::move(name), value); }

  // body(n, thread) does n operations, in each thread. It is timed, unless it returns the nanoseconds that count; a
  // thread that returns less than 0 is there for the others' sake. What it captured by reference it should name in a
  // local, as its loop would load it anew each time.
  template <class Body>
  std::size_t add(std::string name, std::string about, Body body) {
    contender c;
    c.name = std::move(name);
    c.about = std::move(about);
    constexpr bool times_itself = std::is_same_v<decltype(body(std::size_t{}, 0u)), double>;
    c.times_itself = times_itself;
    c.run = [body](std::size_t n, unsigned thread) {
      if constexpr (times_itself) {
        return body(n, thread);
      } else {
        body(n, thread);
        return 0.0;
      }
    };
    contenders_.push_back(std::move(c));
    return contenders_.size() - 1;
  }
  template <class Body>
  std::size_t add(std::string name, Body body) {
    return add(std::move(name), std::string(), std::move(body));
  }

  // A number that is known after the last turn, and told beside the contender's.
  void tell(std::size_t index, std::string name, std::function<double()> value) {
    contenders_[index].told.emplace_back(std::move(name), std::move(value));
  }

  // Whose time the others' is told in: the first contender's, if nothing is said.
  void base(std::size_t index) noexcept { base_ = index; }

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

  bool is_oversubscribed() const noexcept { return threads_ > cpus(); }

  void run() {
    const options& how = program_.how;
    const double shares = static_cast<double>((threads_ + cpus() - 1) / cpus());
    const double turn = threads_ == 1 ? 3e5 : 2e6 * shares;  // nanoseconds; long enough for threads to meet
    {
      std::unique_ptr<crew> threads;
      if (threads_ != 1) threads = std::make_unique<crew>(threads_, how.pin);
      for (contender& c : contenders_) {
        measure(c, threads.get());
        while (!how.smoke && !is_long(c, turn, threads.get())) c.n *= 2;
      }
      const clock::time_point start = clock::now();
      const std::size_t least = how.smoke ? 1 : 9, most = how.smoke ? 1 : 10000;
      for (std::size_t i = 0; i < most; ++i) {
        if (i >= least && nanoseconds(clock::now() - start) >= how.seconds * 1e9) break;
        for (std::size_t k = 0; k < contenders_.size(); ++k) {
          contender& c = contenders_[(i + k) % contenders_.size()];
          c.samples.push_back(measure(c, threads.get()).counted);
        }
      }
    }
    if (how.json) {
      print_json();
    } else {
      print();
    }
    if (!how.smoke) {
      for (const target& t : targets_) judge(t);
    }
    std::fflush(stdout);
  }

 private:
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  struct contender {
    std::string name;
    std::string about;
    bool times_itself = false;
    std::function<double(std::size_t, unsigned)> run;
    std::size_t n = 64;
    std::vector<double> samples;  // nanoseconds for an operation
    std::vector<std::pair<std::string, std::function<double()>>> told;
  };
  struct target {
    std::size_t one, other, by_hand;
    double limit;
    bool at_most;
  };
  struct timing {
    double counted;  // for an operation
    double elapsed;  // for the turn
  };
  struct interval {
    clock::time_point start, end;
    double own;
  };

  timing measure(const contender& c, crew* threads) const {
    std::vector<interval> took(threads_);
    const auto job = [&](unsigned t) {
      const clock::time_point start = clock::now();
      const double own = c.run(c.n, t);
      took[t] = {start, clock::now(), own};
    };
    if (threads == nullptr) {
      job(0);
    } else {
      threads->run(job);
    }
    clock::time_point first = took[0].start, last = took[0].end;
    double own = 0;
    unsigned count = 0;
    for (const interval& one : took) {
      first = std::min(first, one.start);
      last = std::max(last, one.end);
      if (one.own < 0) continue;
      own += one.own;
      ++count;
    }
    const double elapsed = nanoseconds(last - first);
    return {(c.times_itself ? own / count : elapsed) / static_cast<double>(c.n), elapsed};
  }

  // Do c.n operations take that long? Three times, since whoever is interrupted once takes long for few, too.
  bool is_long(const contender& c, double turn, crew* threads) const {
    for (int i = 0; i < 3; ++i) {
      if (measure(c, threads).elapsed < turn) return false;
    }
    return true;
  }

  std::string heading() const {
    std::string result = title_;
    for (const auto& [name, value] : parameters_) result += ", " + name + " " + std::to_string(value);
    if (threads_ != 1) result += ", " + std::to_string(threads_) + " threads";
    if (is_oversubscribed()) result += " on " + std::to_string(cpus()) + " CPUs (oversubscribed)";
    return result;
  }

  // Operations of all threads together.
  double rate(double ns) const { return threads_ * 1e9 / ns; }

  void print() const {
    char column[64];
    std::snprintf(column, sizeof column, "times %s", contenders_[base_].name.c_str());
    std::printf("  %s\n    %-24s %-26s %-30s %10s\n", heading().c_str(), "", column,
                program_.how.smoke ? "ns, once" : "ns (quartiles)", "M/s");
    for (const contender& c : contenders_) {
      const spread times = ratio(c, contenders_[base_]);
      const spread ns = spread_of(c.samples);
      char first[64], second[64], third[32] = "";
      std::snprintf(first, sizeof first, "%.2f (%.2f .. %.2f)", times.median, times.low, times.high);
      std::snprintf(second, sizeof second, "%.2f (%.2f .. %.2f)", ns.median, ns.low, ns.high);
      if (!c.times_itself) std::snprintf(third, sizeof third, "%.2f", rate(ns.median) / 1e6);
      std::printf("    %-24s %-26s %-30s %10s  %s", c.name.c_str(), first, second, third, c.about.c_str());
      for (const auto& [name, value] : c.told) std::printf("; %s %.3g", name.c_str(), value());
      std::printf("\n");
    }
  }

  void print_json() const {
    for (const contender& c : contenders_) {
      const spread times = ratio(c, contenders_[base_]);
      const spread ns = spread_of(c.samples);
      json_line line = begin_line("result");
      line.add("cpus", static_cast<double>(cpus())).add("oversubscribed", is_oversubscribed());
      line.add("contender", c.name).add("about", c.about).add("ns", ns.median).add("low", ns.low).add("high", ns.high);
      line.add("base", contenders_[base_].name).add("times", times.median);
      line.add("times_low", times.low).add("times_high", times.high);
      line.add("turns", static_cast<double>(c.samples.size()));
      if (!c.times_itself) line.add("per_second", rate(ns.median));
      for (const auto& [name, value] : c.told) line.add(name.c_str(), value());
      line.print();
    }
  }

  json_line begin_line(const char* kind) const {
    json_line line = program_.line(kind);
    line.add("race", title_).add("threads", static_cast<double>(threads_));
    for (const auto& [name, value] : parameters_) line.add(name.c_str(), static_cast<double>(value));
    return line;
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
    std::string verdict = "met", text = "met";
    if (!meets(s.median) && !meets(t.at_most ? by_hand.high : by_hand.low)) {
      char by_hand_text[64];
      std::snprintf(by_hand_text, sizeof by_hand_text, "out of reach here: by hand %.2f", by_hand.median);
      verdict = "out_of_reach", text = by_hand_text;
      program_.out_of_reach();
    } else if (!meets(t.at_most ? s.low : s.high)) {
      verdict = "missed", text = "MISSED";
      program_.missed();
    } else if (!meets(s.median)) {
      verdict = "unclear", text = "unclear, the noise is larger";
    }
    if (program_.how.json) {
      json_line line = begin_line("target");
      line.add("contender", one.name).add("relation", t.at_most ? "at_most" : "at_least").add("limit", t.limit);
      line.add("other", other.name).add("ratio", s.median).add("low", s.low).add("high", s.high);
      line.add("verdict", verdict).print();
    } else {
      std::printf("      target: %s, %s %g %s %s\n        %.2f (%.2f .. %.2f): %s\n", one.name.c_str(),
                  t.at_most ? "at most" : "at least", t.limit, t.at_most ? "times the time of" : "times as fast as",
                  other.name.c_str(), s.median, s.low, s.high, text.c_str());
    }
  }

  program& program_;
  std::string title_;
  unsigned threads_;
  std::vector<std::pair<std::string, std::size_t>> parameters_;
  std::size_t base_ = 0;
  std::vector<contender> contenders_;
  std::vector<target> targets_;
};

}  // namespace bench
