// SPDX-License-Identifier: BSL-1.0
//
// The most objects that were ever retained, that is, replaced and not disposed of yet, against the bounds that the
// headers state. Several threads replace what stands in shared places, as fast as they can; workers use it through all
// of their slots, and now and then sleep on it. Beside it, the same load on other libraries, whose bound is another
// one, or none.
//
// Readers of epochs and of RCU leave their section whenever they have used as many objects as they would have slots:
// who never leaves it, retains everything.
#include <memory>
#include <mutex>
#include <random>

#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>

#include "bench.hpp"
#include "report.hpp"

#ifdef LAZYREF_BENCH_HAS_XENIUM
#include <xenium/reclamation/generic_epoch_based.hpp>
#include <xenium/reclamation/hazard_pointer.hpp>
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
#define _LGPL_SOURCE
#include <urcu/urcu-memb.h>
#endif

namespace {

constexpr unsigned workers = 2;
constexpr unsigned reclaimers = 3;
constexpr unsigned rounds_awake = 64;  // a round: each of a worker's slots moves once
constexpr std::chrono::microseconds nap{200};

// What is retained now, and the most that ever was. One for each turn of each contender, and never freed: some of the
// others dispose of what is left whenever they like.
class ledger {
 public:
  // Before an object can be retained, and after it is not any more: so it may tell more than there are, never less.
  void replaced() noexcept {
    total_.fetch_add(1, std::memory_order_relaxed);
    const std::size_t now = retained_.fetch_add(1, std::memory_order_relaxed) + 1;
    std::size_t most = most_.load(std::memory_order_relaxed);
    while (most < now && !most_.compare_exchange_weak(most, now, std::memory_order_relaxed)) {
    }
  }
  void disposed() noexcept { retained_.fetch_sub(1, std::memory_order_relaxed); }

  // Where nothing else sets a bound, this does: the machine's memory is not the question.
  static constexpr std::size_t limit = std::size_t{1} << 20;
  bool is_full() const noexcept { return retained() >= limit; }

  std::size_t most() const noexcept { return most_.load(std::memory_order_relaxed); }
  std::size_t retained() const noexcept { return retained_.load(std::memory_order_relaxed); }
  std::size_t total() const noexcept { return total_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> retained_{0}, most_{0}, total_{0};
};

struct payload {
  std::size_t value[24] = {};
};

// One turn: threads until the time is over. `work(w, random)` is a round of a worker, `replace(random)` replaces one
// object; `begin` makes what a worker keeps, in its thread.
template <class MakeWorker, class MakeReclaimer>
void load(bench::program& program, bench::clock::duration length, const ledger& l, MakeWorker make_worker,
          MakeReclaimer make_reclaimer) {
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < workers + reclaimers; ++t) {
    threads.emplace_back([&, t] {
      if (program.how.pin) bench::pin_to(t);
      std::minstd_rand random(t + 1);
      if (t < workers) {
        auto worker = make_worker();
        for (unsigned round = 0; !over.load(std::memory_order_relaxed); ++round)
          worker.round(random, round % rounds_awake == 0);
      } else {
        auto reclaimer = make_reclaimer();
        while (!over.load(std::memory_order_relaxed)) {
          if (l.is_full()) {
            std::this_thread::yield();
          } else {
            reclaimer.replace(random);
          }
        }
      }
    });
  }
  std::this_thread::sleep_for(length);
  over.store(true, std::memory_order_relaxed);
  for (std::thread& t : threads) t.join();
}
void maybe_sleep(bool sleeps) {
  if (sleeps) std::this_thread::sleep_for(nap);
}

// --- lazyref

struct object : lazyref::owner<object>, payload {
  explicit object(ledger& l) noexcept : counted_by(&l) {}
  ~object() {
    if (was_replaced) counted_by->disposed();
  }
  void on_last_user() noexcept {
    if (was_replaced) counted_by->replaced();
  }

  ledger* counted_by;
  bool was_replaced = false;
};

// A place, with the user that stands for its object.
struct alignas(lazyref::cache_line) place {
  std::mutex lock;
  lazyref::strong_ref<object> current;
  std::atomic<object*> pointer{nullptr};
};

// How workers come to their objects and what is done with replaced ones.
enum class way { activate_and_reset, protect_and_retire };

template <class Options, way Way>
void lazy(bench::program& program, bench::clock::duration length, ledger& l) {
  using domain_type = lazyref::lazy_domain<object, Options>;
  const std::size_t slots = program.how.slots;
  domain_type domain(slots);
  std::vector<place> places(slots);
  for (place& p : places) {
    p.current = domain.make(l);
    p.pointer.store(p.current.get(), std::memory_order_release);
  }

  struct worker {
    std::vector<place>& places;
    std::vector<lazyref::lazy_slot<object, Options>> slots;
    void round(std::minstd_rand& random, bool sleeps) {
      for (auto& slot : slots) {
        place& p = places[random() % places.size()];
        if constexpr (Way == way::activate_and_reset) {
          const std::lock_guard<std::mutex> guard(p.lock);  // There, the object has a user.
          slot.activate(p.current);
        } else {
          bench::sink(slot.protect(p.pointer));
        }
      }
      maybe_sleep(sleeps);
    }
  };
  struct reclaimer {
    domain_type& domain;
    std::vector<place>& places;
    ledger& l;
    void replace(std::minstd_rand& random) {
      lazyref::strong_ref<object> other = domain.make(l);
      place& p = places[random() % places.size()];
      {
        const std::lock_guard<std::mutex> guard(p.lock);
        p.pointer.store(other.get(), std::memory_order_release);
        p.current.swap(other);
      }
      other->was_replaced = true;
      if constexpr (Way == way::activate_and_reset) {
        other.reset();
      } else {
        domain.retire(std::move(other));
      }
    }
  };
  load(
      program, length, l,
      [&] {
        worker w{places, {}};
        for (std::size_t i = 0; i < slots / workers; ++i) w.slots.push_back(domain.attach());
        return w;
      },
      [&] {
        return reclaimer{domain, places, l};
      });

  // No call is running, and no slot is on anything.
  const std::size_t waiting = domain.stats().retired;
  if (Way == way::protect_and_retire && waiting >= domain.retire_bound())
    bench::broken(program, std::to_string(waiting) + " retired objects wait when no call is running");
  for (place& p : places) {
    p.pointer.store(nullptr, std::memory_order_relaxed);
    p.current.reset();
  }
  domain.flush();
  domain.collect();
  if (l.retained() != 0) bench::broken(program, std::to_string(l.retained()) + " objects are left at the end");
}

// slot.hpp, I4, with every reclaimer and every worker in a call.
double bound_of_slots(double slots) { return slots + 2.0 * reclaimers + workers; }
// domain.hpp, hazard_pointer.hpp: those that wait and those in hand, with all reclaimers in retire.
double lists() {
  std::size_t n = 1;
  while (n < lazyref::std_sync::cpus() && n < 1024) n *= 2;
  return static_cast<double>(n);
}
double bound_of_batches(double batch) { return batch * (lists() + reclaimers); }

// --- pointers that are protected, whoever the library is

// Scheme: node; source, a place for a pointer to one; exchange and take, of a source; reader, made by the thread that
// reads: begin(), use(i, source) through the i-th of its guards, end(); retirer: retire(node*, ledger&).
template <class Scheme>
void protected_pointers(bench::program& program, bench::clock::duration length, ledger& l) {
  using node = typename Scheme::node;
  const std::size_t slots = program.how.slots;
  [[maybe_unused]] const Scheme scheme;  // Its destructor waits for what can be waited for.
  std::vector<typename Scheme::source> sources(slots);
  for (auto& s : sources) Scheme::exchange(s, new node(l));

  struct worker {
    std::vector<typename Scheme::source>& sources;
    typename Scheme::reader reader;
    std::size_t uses;
    void round(std::minstd_rand& random, bool sleeps) {
      reader.begin();
      for (std::size_t i = 0; i < uses; ++i) reader.use(i, sources[random() % sources.size()]);
      maybe_sleep(sleeps);
      reader.end();
    }
  };
  struct reclaimer {
    std::vector<typename Scheme::source>& sources;
    ledger& l;
    typename Scheme::retirer retirer;
    void replace(std::minstd_rand& random) {
      node* const other = new node(l);
      retirer.retire(Scheme::exchange(sources[random() % sources.size()], other), l);
    }
  };
  load(
      program, length, l,
      [&] {
        return worker{sources, typename Scheme::reader(slots / workers), slots / workers};
      },
      [&] {
        return reclaimer{sources, l, {}};
      });
  for (auto& s : sources) delete Scheme::take(s);
}

// A node that counts itself when it is deleted, if it was retired.
struct counted : payload {
  explicit counted(ledger& l) noexcept : counted_by(&l) {}
  ~counted() {
    if (was_replaced) counted_by->disposed();
  }
  void replace() noexcept {
    was_replaced = true;
    counted_by->replaced();
  }
  ledger* counted_by;
  bool was_replaced = false;
};

// A plain pointer as the source.
template <class Node>
struct plain_source {
  using source = std::atomic<Node*>;
  static Node* exchange(source& s, Node* other) { return s.exchange(other, std::memory_order_acq_rel); }
  static Node* take(source& s) { return exchange(s, nullptr); }
};

struct hazard_node : lazyref::hazard_pointer_obj_base<hazard_node>, counted {
  using counted::counted;
};
struct hazard_pointers : plain_source<hazard_node> {
  using node = hazard_node;
  struct reader {
    explicit reader(std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) guards.push_back(lazyref::make_hazard_pointer());
    }
    void begin() {}
    void use(std::size_t i, source& s) { bench::sink(guards[i].protect(s)); }
    void end() {}
    std::vector<lazyref::hazard_pointer> guards;
  };
  struct retirer {
    void retire(node* it, ledger&) {
      it->replace();
      it->retire();
    }
  };
  ~hazard_pointers() { lazyref::hazard_pointer_clean_up(); }
};

#ifdef LAZYREF_BENCH_HAS_XENIUM
template <class Reclaimer, bool KeepsGuards>
struct xenium_scheme {
  struct node : Reclaimer::template enable_concurrent_ptr<node>, counted {
    using counted::counted;
  };
  using source = typename Reclaimer::template concurrent_ptr<node>;
  using guard = typename source::guard_ptr;

  static node* exchange(source& s, node* other) {
    typename source::marked_ptr before = s.load(std::memory_order_relaxed);
    while (!s.compare_exchange_weak(before, other, std::memory_order_acq_rel, std::memory_order_relaxed)) {
    }
    return before.get();
  }
  static node* take(source& s) { return exchange(s, nullptr); }

  struct reader {
    explicit reader(std::size_t n) : guards(n) {}
    void begin() {}
    void use(std::size_t i, source& s) {
      guards[i].acquire(s, std::memory_order_acquire);
      bench::sink(guards[i].get());
    }
    void end() {
      if (KeepsGuards) return;
      for (guard& g : guards) g.reset();
    }
    std::vector<guard> guards;
  };
  struct retirer {
    // Nobody else has this pointer to give away, so the guard need not look whether it is still there.
    void retire(node* it, ledger&) {
      it->replace();
      guard(it).reclaim();
    }
  };
};
using xenium_hazards =
    xenium_scheme<xenium::reclamation::hazard_pointer<>::with<
                      xenium::policy::allocation_strategy<xenium::reclamation::hp_allocation::dynamic_strategy<3>>>,
                  true>;
using xenium_epochs = xenium_scheme<xenium::reclamation::epoch_based<>, false>;
#endif

#ifdef LAZYREF_BENCH_HAS_URCU
struct urcu_node : counted, rcu_head {
  explicit urcu_node(ledger& l) noexcept : counted(l), rcu_head() {}
};
struct urcu_thread {
  urcu_thread() { urcu_memb_register_thread(); }
  ~urcu_thread() { urcu_memb_unregister_thread(); }
  urcu_thread(const urcu_thread&) = delete;
};
struct urcu_callbacks : plain_source<urcu_node> {
  using node = urcu_node;
  struct reader : urcu_thread {
    explicit reader(std::size_t) {}
    void begin() { urcu_memb_read_lock(); }
    void use(std::size_t, source& s) { bench::sink(s.load(std::memory_order_acquire)); }
    void end() { urcu_memb_read_unlock(); }
  };
  struct retirer : urcu_thread {
    void retire(node* it, ledger&) {
      it->replace();
      urcu_memb_call_rcu(it, [](rcu_head* head) { delete static_cast<urcu_node*>(head); });
    }
  };
  ~urcu_callbacks() { urcu_memb_barrier(); }
};
#endif

// --- the question

using lazyref::domain_options;
using lazyref::policy;
using lazyref::reclaim;
using deferred = domain_options<>;
using prompt = domain_options<policy::handoff, reclaim::prompt>;

struct contender {
  const char* name;
  const char* about;
  double bound;
  std::size_t size;
  void (*run)(bench::program&, bench::clock::duration, ledger&);
  std::vector<double> peaks, totals;
};

}  // namespace

int main(int argc, char** argv) {
  bench::program program("memory", argc, argv);
  program.how.slots -= program.how.slots % workers;
  const auto slots = static_cast<double>(program.how.slots);
  const double none = bench::nothing_to_say;
  const double retired = bound_of_batches(lazyref::lazy_domain<object>::retire_batch);
  const double hazards = bound_of_batches(lazyref::hazard_pointer_batch);

  std::vector<contender> contenders;
  const auto add = [&](const char* name, const char* about, double bound, std::size_t size, auto run) {
    contenders.push_back({name, about, bound, size, run, {}, {}});
  };
  add("deferred", "activate, strong_ref::reset", bound_of_slots(slots), sizeof(object),
      lazy<deferred, way::activate_and_reset>);
  add("prompt", "the same", bound_of_slots(slots), sizeof(object), lazy<prompt, way::activate_and_reset>);
  add("deferred, retire", "protect, lazy_domain::retire", retired + bound_of_slots(slots), sizeof(object),
      lazy<deferred, way::protect_and_retire>);
  add("prompt, retire", "the same", retired + bound_of_slots(slots), sizeof(object),
      lazy<prompt, way::protect_and_retire>);
  add("hazard_pointer", "lazyref's: protect, retire", hazards + bound_of_slots(slots), sizeof(hazard_node),
      protected_pointers<hazard_pointers>);
#ifdef LAZYREF_BENCH_HAS_XENIUM
  add("xenium hp", "guards that are kept", none, sizeof(xenium_hazards::node), protected_pointers<xenium_hazards>);
  add("xenium epoch", "", none, sizeof(xenium_epochs::node), protected_pointers<xenium_epochs>);
#else
  program.left_out("memory: xenium (Debian's libxenium-dev) is not here");
#endif
#ifdef LAZYREF_BENCH_HAS_URCU
  add("liburcu call_rcu", "memb, the default worker", none, sizeof(urcu_node), protected_pointers<urcu_callbacks>);
#else
  program.left_out("memory: liburcu (Debian's liburcu-dev) is not here");
#endif

  const int turns = program.how.smoke ? 1 : 9;
  // A contender takes --seconds.
  const auto length = program.how.smoke ? bench::clock::duration(std::chrono::milliseconds(20))
                                        : std::chrono::duration_cast<bench::clock::duration>(
                                              std::chrono::duration<double>(program.how.seconds / turns));
  for (int i = 0; i < turns; ++i) {
    for (contender& c : contenders) {
      auto* const l = new ledger;
      c.run(program, length, *l);
      c.peaks.push_back(static_cast<double>(l->most()));
      c.totals.push_back(static_cast<double>(l->total()));
    }
  }

  if (!program.how.json) std::printf("  never more than %zu: then this program waits\n", ledger::limit);
  const double kib = 1024;
  bench::report report(program, "most objects retained at once", workers + reclaimers, "objects",
                       {"most", "bound", "KiB", "bound_KiB", "replaced"});
  report.parameter("slots", slots);
  report.parameter("workers", workers);
  report.parameter("reclaimers", reclaimers);
  for (const contender& c : contenders) {
    const double most = bench::quantile(c.peaks, 1);
    const auto size = static_cast<double>(c.size);
    report.line(c.name, c.about, c.peaks,
                {most, c.bound, most * size / kib, c.bound * size / kib, bench::quantile(c.totals, 0.5)});
    if (!std::isnan(c.bound)) report.never_above(c.name, "retained", most, c.bound);
  }
  return program.status();
}
