// SPDX-License-Identifier: BSL-1.0
//
// One round: the same lines, under one policy. This is the part of the program that uses lazyref.
#pragma once

#include <lazyref/domain.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "errors.hpp"
#include "input.hpp"
#include "rule_set.hpp"
#include "rule_table.hpp"
#include "system.hpp"

namespace tenants {

enum class phase : unsigned char {
  whole_work,  // each line: look up the tenant's rule set, activate it, match
  switches,    // the same lines without the match: the cost of the activation
  bursts       // the whole work, but lines arrive in bursts; in between workers sleep, each with its last rule set
};
inline constexpr phase phases[] = {phase::whole_work, phase::switches, phase::bursts};

struct job {
  const input& all;
  const std::vector<tenant>& tenants;
  std::size_t workers;
  std::size_t slots;
  std::chrono::microseconds reload_every;
  phase what;
  std::size_t passes;
};

struct outcome {
  double seconds = 0;
  double cpu_seconds = 0;  // of the workers together
  std::uint64_t lines = 0;
  std::uint64_t activations = 0;  // those that changed the slot's object
  std::vector<tally> tallies;     // by tenant; empty where nothing was matched
  std::uint64_t replaced = 0;
  std::uint64_t reclaimed = 0;
  std::uint64_t handed_over = 0;
  std::uint64_t unparked = 0;
  std::size_t most_retained = 0;
  std::vector<endings::clock::duration> waits;
};

// Called periodically, with the number of lines taken.
using progress_call = std::function<void(std::uint64_t lines)>;

// A thread that is joined at the end of its scope, also by an exception.
class joined_thread {
 public:
  template <class Work>
  explicit joined_thread(Work work) : thread_(std::move(work)) {}
  joined_thread(joined_thread&&) = default;
  ~joined_thread() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

// A manual-reset event.
class event {
 public:
  void set() noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  void reset() noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_set_ = false;
  }
  bool wait_until(std::chrono::steady_clock::time_point when) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_until(lock, when, [&] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

struct set_at_end {
  event& which;
  ~set_at_end() { which.set(); }
};

template <class Options>
class round_of_work {
 public:
  explicit round_of_work(const job& work)
      : work_(work),
        kicked_(std::make_unique<event[]>(work.slots)),
        domain_(make_domain()),
        table_(work.tenants.size(), work.workers),
        lines_in_all_(work.passes * work.all.lines.size()),
        // At most 64 bursts in a pass, so that a long input does not take too long.
        batch_(std::max<std::size_t>(64, work.what == phase::bursts ? work.all.lines.size() / 64 : 0)) {}

  outcome run(const progress_call& progress) {
    std::vector<slot> slots = attach_all();
    for (std::size_t t = 0; t < work_.tenants.size(); ++t) load(t);
    const std::uint64_t first_loads = loads_;
    if (work_.what != phase::switches) result_.tallies.resize(work_.tenants.size());

    const auto start = std::chrono::steady_clock::now();
    {
      event stop;
      std::vector<joined_thread> workers;
      workers.reserve(slots.size());
      working_ = slots.size();
      for (std::size_t i = 0; i < slots.size(); ++i) {
        workers.emplace_back([this, i, mine = std::move(slots[i])]() mutable { work(i, std::move(mine)); });
      }
      const joined_thread reloader([this, &stop] { reload_until(stop); });
      const set_at_end stop_reloader{stop};
      auto next = start;
      while (!done_.wait_until(next += std::chrono::milliseconds(100))) progress(lines_taken());
      result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    if (failed_.load(std::memory_order_relaxed)) {
      throw check_failed("a worker found a reclaimed rule set, or another tenant's, in its slot");
    }
    // Reclaims rule sets whose handoff coincided with their worker's departure (see lazyref::reclaim::deferred).
    domain_->collect();
    result_.lines = lines_in_all_;
    result_.replaced = loads_ - first_loads;
    result_.waits = endings_.waits();
    result_.reclaimed = result_.waits.size();
    result_.handed_over = domain_->stats().handed_over;
    result_.unparked = domain_->stats().unparked;
    result_.most_retained = endings_.most_retained();
    check_nothing_leaked();
    return std::move(result_);
  }

 private:
  using domain = lazyref::lazy_domain<rule_set, Options>;
  using slot = lazyref::lazy_slot<rule_set, Options>;

  static constexpr std::chrono::microseconds between_bursts{500};
  static constexpr bool parks = Options::how == lazyref::policy::shootdown;

  std::unique_ptr<domain> make_domain() {
    if constexpr (parks) {
      const auto ring = [](void* events, std::size_t index) noexcept { static_cast<event*>(events)[index].set(); };
      return std::make_unique<domain>(work_.slots, lazyref::kick{ring, kicked_.get()});
    } else {
      return std::make_unique<domain>(work_.slots);
    }
  }

  std::vector<slot> attach_all() {
    std::vector<slot> slots;
    while (slots.size() < work_.workers) {
      slots.push_back(domain_->attach());
      if (!slots.back()) {
        throw input_error(std::to_string(work_.workers) + " workers, but only " + std::to_string(work_.slots) +
                          " slots: each worker needs one; raise --slots or lower --workers");
      }
    }
    return slots;
  }

  void load(std::size_t t) {
    const tenant& one = work_.tenants[t];
    table_.replace(t, domain_->make(t, rules::parse(one.text, one.file), endings_));
    ++loads_;
  }

  void reload_until(event& stop) {
    for (std::size_t t = 0; !stop.wait_until(std::chrono::steady_clock::now() + work_.reload_every);
         t = (t + 1) % work_.tenants.size()) {
      load(t);
    }
  }

  void work(std::size_t me, slot mine) {
    std::vector<tally> tallies(result_.tallies.size());
    std::uint64_t activations = 0;
    const std::vector<line>& lines = work_.all.lines;
    std::size_t begin = 0;
    // Relaxed: the lines were stored before the threads were started.
    while ((begin = taken_.fetch_add(batch_, std::memory_order_relaxed)) < lines_in_all_) {
      const std::size_t end = std::min(begin + batch_, lines_in_all_);
      std::size_t at = begin % lines.size();
      for (std::size_t i = begin; i < end; ++i) {
        const line& one = lines[at];
        if (++at == lines.size()) at = 0;

        table_.read(me, one.tenant,
                    [&](const rule_table::reference& current) { activations += !mine.activate(current); });

        // From here on the reloader may drop the last user at any time. The slot protects the rule set.
        const rule_set& rules = *mine.active();
        if (!rules.serves(one.tenant)) return fail();
        if (work_.what != phase::switches) tallies[one.tenant].add(rules.judge(one.text));
      }
      if (work_.what == phase::bursts) rest(mine);
    }
    mine.detach();
    finish(tallies, activations);
  }

  // Sleeps until the next burst, with the last rule set in the slot. Under `shootdown` the worker parks, so that the rule
  // set can be reclaimed meanwhile; if its handoff coincides with the park, the domain's kick wakes the worker, which
  // releases it.
  void rest(slot& mine) {
    if constexpr (parks) mine.park();
    const auto end = std::chrono::steady_clock::now() + between_bursts;
    event& kicked = kicked_[mine.index()];
    while (kicked.wait_until(end)) {
      kicked.reset();
      mine.poll();
    }
    // If the rule set was reclaimed, the slot is empty until the next activation.
    if constexpr (parks) mine.resume();
  }

  void finish(const std::vector<tally>& tallies, std::uint64_t activations) {
    const std::lock_guard<std::mutex> lock(finish_mutex_);
    for (std::size_t t = 0; t < tallies.size(); ++t) result_.tallies[t].add(tallies[t]);
    result_.activations += activations;
    result_.cpu_seconds += thread_cpu_seconds();
    if (--working_ == 0) done_.set();
  }

  void fail() {
    failed_.store(true, std::memory_order_relaxed);
    taken_.store(lines_in_all_, std::memory_order_relaxed);  // stops the other workers
    finish({}, 0);
  }

  std::uint64_t lines_taken() const { return std::min(taken_.load(std::memory_order_relaxed), lines_in_all_); }

  void check_nothing_leaked() {
    for (std::size_t t = 0; t < work_.tenants.size(); ++t) table_.replace(t, nullptr);
    const lazyref::domain_stats stats = domain_->stats();
    if (stats.made == stats.disposed && result_.reclaimed == result_.replaced) return;
    (void)domain_.release();  // its destructor would terminate the program before the message
    throw check_failed(std::to_string(stats.made) + " rule sets were made, " + std::to_string(stats.disposed) +
                       " disposed of; " + std::to_string(result_.replaced) + " replaced, " +
                       std::to_string(result_.reclaimed) + " of them reclaimed");
  }

  const job work_;
  endings endings_;
  const std::unique_ptr<event[]> kicked_;  // by slot
  std::unique_ptr<domain> domain_;
  rule_table table_;

  alignas(lazyref::cache_line) std::atomic<std::size_t> taken_{0};  // lines, over all passes
  alignas(lazyref::cache_line) const std::size_t lines_in_all_;
  const std::size_t batch_;  // how many a worker takes at a time

  std::uint64_t loads_ = 0;  // accessed by the reloader only, after the start
  std::atomic<bool> failed_{false};
  event done_;
  std::mutex finish_mutex_;
  std::size_t working_ = 0;
  outcome result_;
};

}  // namespace tenants
