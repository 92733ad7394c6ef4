// SPDX-License-Identifier: BSL-1.0
//
// Hazard pointers under load: shared pointers that are read and replaced, and a stack that is pushed and popped
// (Treiber, 1986), over few addresses. Readers look at plain contents, which reclamation overwrites (and poisons).
// Looked at:
//
//   use      nobody sees an object after its reclamation, and ThreadSanitizer no race with it
//   once     each object is reclaimed once, and each that was pushed is popped once
//   bound    in quiet, fewer than a batch wait for each CPU, and at most one more for each hazard pointer
//   memory   nothing is allocated once all slots are there (not under a sanitizer, which has its own allocator)
//
// Has this any power? Three bugs are planted:
//
//   no_look   protection without the second look. The window is widened by yields: caught in well under a second where
//             processors are real; not in minutes by 64 emulated ones on two. It is told loudly if it is not caught,
//             and then the whole program is skipped: it has shown nothing
//   orders    (ThreadSanitizer only) relaxed stores to the slot: as no_look; nothing that x86 could get wrong
//   no_fence  light and heavy fences that are compiler barriers, in a loop of their own that keeps the reader's store
//             in its store buffer: caught where two processors run it, which no test can be sure of. So it is told
//             loudly if it is not caught, and no failure; the unit tests play that schedule, and are sure.
#include <lazyref/hazard_pointer.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "../support/free_fence.hpp"
#include "../support/hazard_by_hand.hpp"
#include "../support/relaxed_orders.hpp"
#include "../support/stress_child.hpp"
#include "../support/stress_crew.hpp"
#if !LAZYREF_TEST_TSAN && !LAZYREF_TEST_ASAN
#include "../support/counting_new.hpp"
#else
#include "../support/heap.hpp"
#endif

#if LAZYREF_TEST_TSAN
// The first report decides.
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
#endif

namespace {

using stress::dice;
using stress::expect;
using stress::ull;
using stress::widen;

constexpr unsigned most_threads = 64;
const unsigned threads = std::min(std::max(4U, std::thread::hardware_concurrency()), most_threads);
constexpr unsigned published = 3;
constexpr unsigned mailboxes = 2;
constexpr unsigned holders = 2;  // of each thread
// By the bytes that retire is told.
constexpr std::size_t batch = 128;
constexpr std::size_t most_lists = 1024;
const std::size_t hazard_pointers = threads * holders + mailboxes;
// At rest, and what running calls have in hand; and the ones that are not retired.
constexpr std::size_t most_on_stack = 64;
constexpr std::size_t addresses =
    most_lists * batch + mailboxes + most_threads * (holders + batch + 3) + published + most_on_stack;

// --- the library, as a program uses it, and the same with one thing wrong

struct node;
void dispose(node*);
struct put_back {
  void operator()(node* n) const { dispose(n); }
};

struct node : stress::contents, lazyref::hazard_pointer_obj_base<node, put_back> {
  explicit node(std::uint64_t id) : contents(id) {}
  node* next = nullptr;
};

using node_pool = stress::pool<sizeof(node), addresses>;
node_pool memory;
std::atomic<std::uint64_t> reclaimed{0};

void dispose(node* n) {
  n->check(n->id());
  n->~node();
  memory.put(n);
  reclaimed.fetch_add(1, std::memory_order_relaxed);
}

struct library {
  using object = node;
  using holder = lazyref::hazard_pointer;
  static holder make() { return lazyref::make_hazard_pointer(); }
  static object* protect(holder& h, const std::atomic<object*>& source) {
    if (dice.one_in(2)) return h.protect(source);
    object* seen = source.load(std::memory_order_relaxed);
    widen();
    while (!h.try_protect(seen, source)) {
    }
    return seen;
  }
};

struct no_look : library {
  static object* protect(holder& h, const std::atomic<object*>& source) {
    object* const seen = source.load(std::memory_order_acquire);
    widen();
    h.reset_protection(seen);
    return seen;
  }
};

template <class Rules>
class workload {
 public:
  using holder = typename Rules::holder;

  workload() {
    for (auto& p : shared_) p.store(make(), std::memory_order_release);
    // All the slots that this will ever need, among them those that threads keep to themselves.
    std::vector<holder> warm_up;
    for (std::size_t i = 0; i < hazard_pointers + 8 * (threads + 1); ++i) warm_up.push_back(Rules::make());
    for (auto& box : mail_) box.content = Rules::make();
    expect(stress::sanitized || lazyref_test::heap.calls != 0, "nothing is counted");
  }

  void run(double seconds, std::uint64_t seed) {
    stress::crew crew(seed);
    for (unsigned i = 0; i < threads; ++i) {
      crew.add([&](stress::random_numbers&) {
        holder mine[holders] = {Rules::make(), Rules::make()};
        std::uint64_t uses = 0;
        crew.take_steps([&] { step(mine[dice.below(holders)]), ++uses; }, [] {});
        uses_.fetch_add(uses, std::memory_order_relaxed);
      });
    }
    long allocated = 0;
    bool is_first = true;
    const auto look = [&] {
      const long now = lazyref_test::heap.calls.load(std::memory_order_relaxed);
      // Threads have begun before the first rest; from then on nobody has reason to allocate.
      expect(std::exchange(is_first, false) || now == allocated, "something was allocated in the steady state");
      allocated = now;
      const std::uint64_t waits = retired_.load() - reclaimed.load();
      most_ = std::max(most_, waits);
      expect(waits < lazyref_test::lists_for_cpus() * batch + hazard_pointers,
             "more retired objects wait than the bound says");
    };
    const stress::deadline end(seconds);
    const std::uint64_t quiet = crew.run_while(
        [&] { return !end.over(); }, [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }, look);
    finish();
    std::printf("%llu uses, %llu objects, at most %llu of them waited in quiet (%llu times) ", ull(uses_.load()),
                ull(ids_.load() - 1), ull(most_), ull(quiet));
  }

 private:
  struct mailbox {
    std::mutex mutex;
    holder content;
  };

  node* make() { return new (memory.take()) node(ids_.fetch_add(1, std::memory_order_relaxed)); }
  void retire(node* n) {
    retired_.fetch_add(1, std::memory_order_relaxed);
    lazyref::hazard_pointer_retire(n, lazyref::hazard_pointer_bytes / batch);
  }

  void look(const node* n, std::uint64_t id) {
    for (unsigned looks = 1 + dice.below(3); looks > 0; --looks) {
      n->check(id);
      dice.dawdle(300);
    }
    n->check(id);
  }

  void read(holder& h) {
    const node* const n = Rules::protect(h, shared_[dice.below(published)]);
    look(n, n->id());
    if (dice.one_in(2)) h.reset_protection();
  }
  void replace() {
    node* const next = make();
    retire(shared_[dice.below(published)].exchange(next, std::memory_order_acq_rel));
  }
  void push() {
    if (on_stack_.fetch_add(1, std::memory_order_relaxed) >= most_on_stack) {
      on_stack_.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    node* const n = make();
    pushed_.fetch_add(n->id(), std::memory_order_relaxed);
    n->next = top_.load(std::memory_order_relaxed);
    while (!top_.compare_exchange_weak(n->next, n, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }
  bool pop(holder& h) {
    for (;;) {
      node* n = Rules::protect(h, top_);
      if (n == nullptr) return false;
      const std::uint64_t id = n->id();
      node* const next = n->next;
      widen();
      // The address cannot be another object's: this one is protected.
      if (!top_.compare_exchange_strong(n, next, std::memory_order_acq_rel, std::memory_order_relaxed)) continue;
      on_stack_.fetch_sub(1, std::memory_order_relaxed);
      popped_.fetch_add(id, std::memory_order_relaxed);
      look(n, id);
      if (dice.one_in(2)) h.reset_protection();
      retire(n);
      return true;
    }
  }
  // Another thread's hazard pointer, with whatever it protects.
  void exchange(holder& h) {
    mailbox& box = mail_[dice.below(mailboxes)];
    const std::lock_guard<std::mutex> lock(box.mutex);
    swap(box.content, h);
  }

  void step(holder& h) {
    switch (dice.below(16)) {
      case 0:
        if (dice.one_in(8)) lazyref::hazard_pointer_clean_up();
        break;
      case 1:
        exchange(h);
        break;
      case 2:
        h = holder();  // first gives back, so that there are never more than was said
        h = Rules::make();
        break;
      case 3:
      case 4:
      case 5:
        replace();
        break;
      case 6:
      case 7:
        push();
        break;
      case 8:
      case 9:
        pop(h);
        break;
      default:
        read(h);
        break;
    }
  }

  void finish() {
    dice = stress::random_numbers(1);
    holder h = Rules::make();
    while (pop(h)) {
    }
    for (auto& p : shared_) retire(p.exchange(nullptr, std::memory_order_acq_rel));
    h = holder();
    for (auto& box : mail_) box.content = holder();
    lazyref::hazard_pointer_clean_up();
    expect(reclaimed.load() == ids_.load() - 1, "an object was not reclaimed");
    expect(memory.in_use() == 0, "an object is left over");
    expect(pushed_.load() == popped_.load(), "what was popped is not what was pushed");
  }

  std::atomic<node*> shared_[published] = {};
  std::atomic<node*> top_{nullptr};
  mailbox mail_[mailboxes];
  std::atomic<std::uint64_t> ids_{1};
  std::atomic<std::uint64_t> retired_{0};
  std::atomic<std::uint64_t> pushed_{0};
  std::atomic<std::uint64_t> popped_{0};
  std::atomic<std::uint64_t> uses_{0};
  std::atomic<std::uint64_t> on_stack_{0};
  std::uint64_t most_ = 0;
};

// --- one reader and one writer, over a Sync policy

using relaxed_slots = lazyref_test::with_relaxed<lazyref::std_sync, &lazyref::order_table::protect_set,
                                                 &lazyref::order_table::slot_clear>;

struct compiler_barriers : lazyref::std_sync {
  struct fence {
    void light(std::memory_order) const noexcept { compiler_barrier(); }
    void heavy(std::memory_order) const noexcept { compiler_barrier(); }
    bool try_heavy(std::memory_order) const noexcept {
      compiler_barrier();
      return true;
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
  using slot_fence = lazyref_test::free_slot_fence;
};

template <class Sync>
class duel {
 public:
  void run(double seconds, std::uint64_t seed) {
    const stress::deadline end(seconds);
    shared_.store(make(), std::memory_order_release);
    std::thread reader([this] { read(); });
    dice = stress::random_numbers(seed);
    while (!end.over()) {
      for (int i = 0; i < 100; ++i) {
        object* const next = make();
        delay();
        object* const old = shared_.exchange(next, std::memory_order_acq_rel);
        domain_.retire(old);
        domain_.flush();
        if (Sync::orders.protect_set == std::memory_order_relaxed) dice.dawdle(500);
      }
    }
    stop_.store(true, std::memory_order_relaxed);
    reader.join();
    domain_.retire(shared_.exchange(nullptr, std::memory_order_acq_rel));
    domain_.flush();
    expect(pool_.in_use() == 0, "an object is left over");
    std::printf("%llu uses, %llu objects ", ull(uses_), ull(ids_ - 1));
  }

 private:
  using domain = lazyref::detail::hazard_domain<Sync>;
  using holds = typename domain::holds;
  struct object : lazyref_test::object_by_hand<Sync>, stress::contents {
    explicit object(std::uint64_t id) : contents(id) {}
    duel* home = nullptr;
  };

  object* make() {
    auto* const made = new (pool_.take()) object(ids_++);
    made->home = this;
    made->set_reclaimer([](lazyref::detail::lazyref_hazard_object<Sync>* x) noexcept {
      auto* const o = static_cast<object*>(x);
      duel* const home = o->home;
      o->~object();
      home->pool_.put(o);
    });
    return made;
  }

  // Lines that the other thread has just written: the stores to them wait for those lines, and later stores wait
  // behind them, while later loads do not.
  void delay() {
    for (auto& line : lines_) line.value.store(1, std::memory_order_relaxed);
  }

  void read() {
    auto* const record = domain_.claim();
    typename domain::slot_words& words = *record;
    while (!stop_.load(std::memory_order_relaxed)) {
      delay();
      const object* const seen = lazyref::protect<holds>(words, shared_);
      const std::uint64_t id = seen->id();
      for (int looks = 0; looks < 8; ++looks) seen->check(id);
      ++uses_;
      lazyref::deactivate<holds>(words);
    }
    domain::give_back(*record);
  }

  struct alignas(64) alone {
    std::atomic<int> value{0};
  };

  domain domain_;
  alignas(64) std::atomic<object*> shared_{nullptr};
  alone lines_[16];
  std::atomic<bool> stop_{false};
  std::uint64_t uses_ = 0;
  std::uint64_t ids_ = 1;
  stress::pool<sizeof(object), 8> pool_;
};

template <class Load>
void run(double seconds, std::uint64_t seed) {
  std::make_unique<Load>()->run(seconds, seed);
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 0.7);
  const double patience = 90 * options.seconds;
  stress::verdicts verdicts;
  std::printf("%u threads\n", threads);
  verdicts.must_be_clean("library", [&] { run<workload<library>>(options.seconds, options.seed); });
  verdicts.must_be_caught("no_look", [&] { run<workload<no_look>>(patience, options.seed); });
  verdicts.must_be_clean("duel", [&] { run<duel<lazyref::std_sync>>(options.seconds, options.seed); });
  if (LAZYREF_TEST_TSAN) verdicts.must_be_caught("orders", [&] { run<duel<relaxed_slots>>(patience, options.seed); });
  verdicts.may_be_caught("no_fence", [&] { run<duel<compiler_barriers>>(2 * options.seconds, options.seed); });
  return verdicts.exit_status();
}
