// SPDX-License-Identifier: BSL-1.0
//
// From an object's last user to its disposal: how long, and how many objects are retained meanwhile, where workers
// switch all the time, sleep on what they use, come and go, or are preempted.
//
// One thread replaces the current object again and again, each time after some worker has begun to use it, and drops
// the last user of the one before. The time from there to the destructor is counted, whoever runs it; retained are the
// objects that are not disposed of yet when that drop returns.
#include <memory>
#include <mutex>
#include <random>

#include <lazyref/domain.hpp>

#include "bench.hpp"
#include "report.hpp"

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds work{2};           // on an object, between two switches
constexpr microseconds long_sleep{1000};  // of a worker that sleeps
constexpr microseconds short_sleep{200};  // of a worker that exits
constexpr microseconds between_drops{50};

// All that is known of one contender in one scenario.
struct book {
  std::vector<double> latencies;
  std::size_t dropped = 0, most_retained = 0, handed_over = 0, unparked = 0;
};

// Latencies of one turn; written by whoever disposes.
class ledger {
 public:
  void disposed(double ns) noexcept {
    const std::size_t place = disposed_.fetch_add(1, std::memory_order_relaxed);
    if (place < capacity) latencies_[place] = ns;
  }
  std::size_t count() const noexcept { return disposed_.load(std::memory_order_relaxed); }
  // Once nobody writes any more.
  void add_to(book& b) const {
    b.latencies.insert(b.latencies.end(), &latencies_[0], &latencies_[std::min(count(), capacity)]);
  }

 private:
  static constexpr std::size_t capacity = 1 << 16;
  std::atomic<std::size_t> disposed_{0};
  std::unique_ptr<double[]> latencies_{new double[capacity]};
};

struct object : lazyref::owner<object> {
  explicit object(ledger& l) noexcept : counted_by(&l) {}
  ~object() {
    if (was_replaced) counted_by->disposed(bench::nanoseconds(bench::clock::now() - last_user_left));
  }

  ledger* counted_by;
  bench::clock::time_point last_user_left;
  bool was_replaced = false;  // not so the last one of a turn
};

enum class workers { switch_often, sleep, exit, are_preempted };

// The current object. A worker activates it under the lock: there, it has a user.
struct shared {
  std::mutex lock;
  lazyref::strong_ref<object> current;
  std::atomic<bool> is_in_use{false};
  std::atomic<bool> over{false};
};

void busy(bench::clock::duration d) {
  for (const auto end = bench::clock::now() + d; bench::clock::now() < end;) {
  }
}

template <class Slot>
void use(Slot& slot, shared& s) {
  {
    const std::lock_guard<std::mutex> guard(s.lock);
    slot.activate(s.current);
  }
  s.is_in_use.store(true, std::memory_order_relaxed);
  busy(work);
  bench::sink(slot.active());
}

template <class Options>
void be_worker(lazyref::lazy_domain<object, Options>& domain, shared& s, workers how) {
  constexpr bool parks = Options::how == lazyref::policy::shootdown;
  while (!s.over.load(std::memory_order_relaxed)) {
    lazyref::lazy_slot<object, Options> slot = domain.attach();
    for (bool exits = false; !exits && !s.over.load(std::memory_order_relaxed);) {
      use(slot, s);
      switch (how) {
        case workers::switch_often:
        case workers::are_preempted:
          parks ? slot.park() : slot.deactivate();
          break;
        case workers::sleep:
          if (parks) slot.park();
          std::this_thread::sleep_for(long_sleep);
          if (parks) slot.resume();
          break;
        case workers::exit:
          if (parks) slot.park();
          std::this_thread::sleep_for(short_sleep);
          exits = true;
          break;
      }
    }
    if (how == workers::exit) return;
  }
}

// A worker that exits has a successor.
template <class Options>
void be_place_of_worker(lazyref::lazy_domain<object, Options>& domain, shared& s, workers how) {
  if (how != workers::exit) return be_worker(domain, s, how);
  while (!s.over.load(std::memory_order_relaxed)) std::thread([&] { be_worker(domain, s, how); }).join();
}

template <class Options>
void turn(bench::program& program, workers how, unsigned threads, bench::clock::duration length, book& b) {
  ledger latencies;
  std::size_t dropped = 0;
  {
    lazyref::lazy_domain<object, Options> domain(threads);
    shared s;
    s.current = domain.make(latencies);
    std::vector<std::thread> crew;
    for (unsigned t = 0; t < threads; ++t) {
      crew.emplace_back([&, t] {
        if (program.how.pin && how != workers::are_preempted) bench::pin_to(1 + t);
        be_place_of_worker(domain, s, how);
      });
    }
    std::minstd_rand random(static_cast<unsigned>(b.dropped) + 1);
    for (const auto end = bench::clock::now() + length; bench::clock::now() < end;) {
      lazyref::strong_ref<object> next = domain.make(latencies);
      // In some moment of somebody's use of it; or after a while, if nobody gets to run.
      for (const auto enough = bench::clock::now() + milliseconds(5);
           !s.is_in_use.load(std::memory_order_relaxed) && bench::clock::now() < enough;)
        std::this_thread::yield();
      busy(std::chrono::nanoseconds(random() % 2000));
      {
        const std::lock_guard<std::mutex> guard(s.lock);
        s.current.swap(next);
        s.is_in_use.store(false, std::memory_order_relaxed);
      }
      next->was_replaced = true;
      next->last_user_left = bench::clock::now();
      next.reset();
      ++dropped;
      const std::size_t retained = dropped - latencies.count();
      b.most_retained = std::max(b.most_retained, retained);
      busy(between_drops);
    }
    s.over.store(true, std::memory_order_relaxed);
    for (std::thread& t : crew) t.join();
    s.current.reset();
    b.handed_over += domain.stats().handed_over;
    b.unparked += domain.stats().unparked;
    domain.collect();
    b.dropped += dropped;
    if (latencies.count() != dropped)
      bench::broken(program, std::to_string(dropped - latencies.count()) + " objects were not disposed of");
  }
  latencies.add_to(b);
}

template <lazyref::policy How, lazyref::reclaim When>
using options = lazyref::domain_options<How, When>;
using deferred = options<lazyref::policy::handoff, lazyref::reclaim::deferred>;
using prompt = options<lazyref::policy::handoff, lazyref::reclaim::prompt>;
using shootdown = options<lazyref::policy::shootdown, lazyref::reclaim::prompt>;
using refcounted = options<lazyref::policy::refcounted, lazyref::reclaim::deferred>;

void ask(bench::program& program, const char* title, workers how, unsigned threads) {
  struct contender {
    const char* name;
    const char* about;
    void (*run)(bench::program&, workers, unsigned, bench::clock::duration, book&);
    book result;
  };
  contender contenders[] = {{"deferred", "goes at the worker's next move", turn<deferred>, {}},
                            {"prompt", "goes at once, if the worker has left", turn<prompt>, {}},
                            {"shootdown", "prompt, workers park when they are idle", turn<shootdown>, {}},
                            {"refcounted", "each activation counts", turn<refcounted>, {}}};
  const int turns = program.how.smoke ? 1 : 7;
  // The four together take eight times --seconds.
  const auto length = program.how.smoke ? bench::clock::duration(milliseconds(20))
                                        : std::chrono::duration_cast<bench::clock::duration>(
                                              std::chrono::duration<double>(8 * program.how.seconds / 4 / turns));
  for (int i = 0; i < turns; ++i) {
    for (contender& c : contenders) c.run(program, how, threads, length, c.result);
  }

  bench::report report(program, title, threads + 1, "ns",
                       {"p90", "worst", "retained", "bound", "objects", "left", "unparked"});
  report.parameter("workers", threads);
  const auto median = [](const book& b) { return bench::quantile(b.latencies, 0.5); };
  for (const contender& c : contenders) {
    const book& b = c.result;
    // slot.hpp, I4: one object per slot, and one for each worker that is giving one up. (The reclaimer has none in hand
    // when it counts.) A counted object stays as long as a worker is on it, likewise.
    const double bound = 2.0 * threads;
    report.line(
        c.name, c.about, b.latencies,
        {bench::quantile(b.latencies, 0.9), bench::quantile(b.latencies, 1), static_cast<double>(b.most_retained),
         bound, static_cast<double>(b.dropped), static_cast<double>(b.handed_over), static_cast<double>(b.unparked)});
    report.never_above(c.name, "most retained", static_cast<double>(b.most_retained), bound);
  }
  if (how == workers::sleep)
    report.at_least("shootdown", "median of deferred / median",
                    median(contenders[0].result) / median(contenders[2].result), 10);
}

}  // namespace

int main(int argc, char** argv) {
  bench::program program("handoff_latency", argc, argv);
  const unsigned cpus = bench::cpus();
  if (!program.how.json)
    std::printf("  left: times that an object was left to a slot's worker; unparked: taken from one that had parked\n");
  if (cpus > 1) {
    ask(program, "workers switch all the time, each on a CPU of its own", workers::switch_often,
        program.how.has_threads ? std::min(program.how.threads, cpus - 1) : cpus - 1);
  } else {
    program.left_out("handoff_latency: workers that are not preempted need a CPU beside the reclaimer's");
  }
  ask(program, "workers sleep for 1 ms on what they use", workers::sleep, program.how.threads);
  ask(program, "workers sleep for 0.2 ms on what they use, and exit", workers::exit, program.how.threads);
  ask(program, "workers switch all the time, four to a CPU", workers::are_preempted,
      program.how.has_threads ? program.how.threads : 4 * cpus);
  return program.status();
}
