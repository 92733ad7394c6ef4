// SPDX-License-Identifier: BSL-1.0
//
// Machine code that workers call while compilers draft, publish, replace and give up what they run, over so little
// memory that each address is code again at once.
//
// What is checked, for each configuration:
//   - every function returns its own number, its bytes are those that were written, and so is what lies beside the code
//   - no two drafts or blocks overlap, at any time; what is full is so for a while only
//   - in the end all memory is free, and in one piece
//
// And that this has power: a compiler that writes over code without asking the domain is caught, and so is a worker
// that leaves its slot before it returns from the code; by a forced schedule and by chance, where the same load without
// them is not.
#include "../support/emitted_code.hpp"
#include "../support/emulated.hpp"
#include "../support/relaxed_orders.hpp"
#include "../support/stress_child.hpp"
#include "../support/stress_population.hpp"

#include <lazyref/code_space.hpp>

#if !defined(LAZYREF_TEST_EMITS)
int main() {
  std::puts("SKIPPED: code_space: the test cannot write machine code for this architecture");
  return 77;
}
#else

#include <cerrno>
#include <functional>

namespace {

using namespace lazyref;
using lazyref_test::emit_number;
using lazyref_test::emitted_least;
using lazyref_test::emitted_unit;
using lazyref_test::emulated;
using stress::expect;
using stress::ull;

constexpr unsigned workers = 3;
constexpr unsigned compilers = 3;
constexpr unsigned places = 3;
constexpr std::size_t slots = workers + 1;
constexpr std::size_t most_drafts = 4;  // in one batch
const std::size_t page = detail::os_code_memory::page();
constexpr std::size_t piece = 64;
constexpr int illegal = 0xff;  // no instruction begins with two of these

// A publication that reaches nobody has to be left to the workers.
bool reaches_all_threads() { return static_cast<bool>(sync_core_all_threads()); }

// Which block each piece of the memory belongs to.
class ground {
 public:
  // The first draft of a space lies at its beginning.
  void begin(std::uintptr_t first, std::size_t size) {
    first_ = first;
    owners_ = std::vector<std::atomic<std::uint64_t>>(size / piece);
    before_ = std::vector<std::atomic<bool>>(size / piece);
  }
  void claim(std::uintptr_t at, std::size_t size, std::uint64_t id) {
    for_each(at, size, [&](std::size_t i) {
      expect(owners_[i].exchange(id, std::memory_order_relaxed) == 0, "two blocks overlap");
      if (before_[i].exchange(true, std::memory_order_relaxed)) reused_.fetch_add(1, std::memory_order_relaxed);
    });
  }
  void give_up(std::uintptr_t at, std::size_t size, std::uint64_t id) {
    for_each(at, size, [&](std::size_t i) {
      expect(owners_[i].exchange(0, std::memory_order_relaxed) == id, "the memory of a block went to another one");
    });
  }
  std::uint64_t bytes_reused() const { return reused_.load(std::memory_order_relaxed) * piece; }

 private:
  template <class Visit>
  void for_each(std::uintptr_t at, std::size_t size, Visit visit) {
    expect(at >= first_ && at + size <= first_ + owners_.size() * piece, "a block lies outside of the space");
    for (std::size_t i = (at - first_) / piece; i <= (at + size - 1 - first_) / piece; ++i) visit(i);
  }

  // Relaxed, all of it: it orders nothing for the race detector.
  std::uintptr_t first_ = 0;
  std::vector<std::atomic<std::uint64_t>> owners_;
  std::vector<std::atomic<bool>> before_;
  std::atomic<std::uint64_t> reused_{0};
};

template <class Sync>
class function : public code_block<function<Sync>, Sync> {
 public:
  function(std::uint64_t id, ground* on, code_mapping mapping) noexcept : contents_(id), on_(on), mapping_(mapping) {}

  std::uint64_t id() const { return contents_.id(); }
  void check(std::uint64_t id) const { contents_.check(id); }

  // Also a draft's that was given up.
  ~function() {
    if (bytes_ == nullptr) return;
    check_bytes();
    // From here on whoever runs it is to fall.
    if (mapping_ == code_mapping::dual) std::memset(bytes_, illegal, this->size());
    on_->give_up(address_, this->size(), id());
  }

  // The code, all of a draft, and what goes with it.
  template <class Draft>
  void write(Draft& draft) {
    bytes_ = draft.data();
    address_ = draft.address();
    on_->claim(address_, draft.size(), id());
    emit_number(bytes_, draft.size(), static_cast<std::uint32_t>(id()));
    sum_ = sum();
  }
  template <class Draft>
  void shrink(Draft& draft, std::size_t size) {
    on_->give_up(address_ + round_up(size), round_up(draft.size()) - round_up(size), id());
    const sync_result result = draft.shrink(size);
    expect(static_cast<bool>(result), result.what());
    emit_number(bytes_, size, static_cast<std::uint32_t>(id()));
    sum_ = sum();
  }

  // Without atomics, by the address at which it was written: for ThreadSanitizer, which does not see code run.
  void check_bytes() const { expect(sum() == sum_, "the bytes of a function are not those that were written"); }

  int run() const { return this->template as<int()>()(); }

 private:
  static std::size_t round_up(std::size_t n) { return (n + piece - 1) / piece * piece; }
  std::uint64_t sum() const {
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < this->size(); ++i) result = result * 31 + bytes_[i];
    return result;
  }

  stress::contents contents_;
  ground* on_;
  code_mapping mapping_;
  unsigned char* bytes_ = nullptr;
  std::uintptr_t address_ = 0;
  std::uint64_t sum_ = 0;
};

// What a draft asks for: bytes, some lines, and with `flip` sometimes more than a page.
std::size_t some_size(stress::random_numbers& random, code_mapping mapping) {
  std::size_t size = 0;
  switch (random.below(4)) {
    case 0:
      size = emitted_least + random.below(3) * emitted_unit;
      break;
    case 1:
      size = emitted_least + random.below(1024);
      break;
    case 2:
      size = mapping == code_mapping::flip ? emitted_least + random.below(2 * static_cast<unsigned>(page)) : piece;
      break;
    default:
      size = emitted_least + random.below(4 * piece);
      break;
  }
  return size / emitted_unit * emitted_unit;
}

template <class Options, class Sync>
class configuration {
  using object = function<Sync>;
  using space_type = code_space<object, Options>;
  using draft_type = typename space_type::draft_type;
  using reference = strong_ref<object>;

 public:
  configuration(std::uint64_t seed, code_mapping mapping, code_synchronisation who)
      : mapping_(mapping),
        who_(who),
        space_({mapping == code_mapping::dual ? 4 * page : 20 * page, 64, slots}, mapping, who),
        crew_(seed) {}

  void run(const char* name, double seconds) {
    if (!space_) {
      std::printf("SKIPPED: %s: %s\n", name, space_.status().what());
      return;
    }
    {
      const draft_type first = space_.draft(1, 1U, &ground_, mapping_);
      expect(static_cast<bool>(first), "there is no memory in a new space");
      ground_.begin(first.address(), space_.bytes());
    }
    // One thread after the other: each ends on whatever it is on.
    for (unsigned i = 0; i < workers; ++i) {
      crew_.add([this](stress::random_numbers& random) {
        crew_.one_after_the_other(random, [this](auto& its) { live(its); });
      });
    }
    for (unsigned i = 0; i < compilers; ++i) {
      crew_.repeat([this, patience = stress::deadline(30)](auto& random) mutable { compile_some(random, patience); });
    }
    std::size_t most = 0;
    const stress::deadline end(seconds), patience(30);
    while (!end.over() || !(is_enough() || patience.over())) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      most = std::max(most, space_.blocks_in_use());
    }
    crew_.stop();
    if (!is_enough()) stress::no_power(name, stress::next_to_nothing);

    for (auto& p : shared_) p.replace(nullptr);
    do space_.domain().flush();
    while (space_.domain().stats().retired != 0);
    space_.domain().collect();
    const domain_stats stats = space_.domain().stats();
    expect(stats.made == stats.disposed && stats.attached == 0, "a block or a slot is left over");
    expect(space_.bytes_in_use() == 0 && space_.blocks_in_use() == 0, "memory is left over");
    expect(static_cast<bool>(space_.draft(space_.bytes(), 1U, &ground_, mapping_)), "the memory is not in one piece");
    std::printf(
        "%-24s %8llu calls, %6llu published (%5llu batches), %5llu drafts given up, %8llu bytes reused, %6llu times "
        "full, %3zu blocks at most; %6zu handed over, %5zu taken back, %4zu unparked; %5llu lives of workers\n",
        name, ull(calls_.load()), ull(published_.load()), ull(batches_.load()), ull(given_up_.load()),
        ull(ground_.bytes_reused()), ull(full_.load()), most, stats.handed_over, stats.taken_back, stats.unparked,
        ull(lives_.load()));
    std::fflush(stdout);
  }

 private:
  struct worker {
    lazy_slot<object, Options> slot;
    std::uint64_t id = 0;  // of what the slot is on, or has parked
  };

  void live(stress::random_numbers& random) {
    worker w;
    for (unsigned steps = 1 + random.below(4000); steps > 0 && !crew_.stopped(); --steps) {
      if (!w.slot) w.slot = space_.domain().attach();
      expect(static_cast<bool>(w.slot), "the domain is full, though it has a slot for each worker");
      step(w, random);
      use(w, random);
    }
    lives_.fetch_add(1, std::memory_order_relaxed);
  }

  void step(worker& w, stress::random_numbers& random) {
    const unsigned where = random.below(places);
    switch (random.below(16)) {
      case 0:
        w.slot.reset_protection();
        break;
      case 1:
        w.slot.detach();
        random.dawdle(100);
        break;
      case 2:
      case 3:
        w.slot.park();
        expect(w.slot.active() == nullptr, "the slot is active while it is parked");
        break;
      case 4:
      case 5:
        w.slot.resume();
        break;
      case 6:
        w.slot.poll();
        break;
      case 7:
      case 8:
      case 9:
      case 10:
        // It may be the last user by then.
        if (const reference one = shared_[where].copy()) {
          w.slot.activate(one);
          begins(w);
        }
        break;
      default:
        w.slot.protect(shared_[where].pointer());
        begins(w);
        break;
    }
  }

  void begins(worker& w) {
    const object* const p = w.slot.active();
    if (p == nullptr) return;
    w.id = p->id();
    if (who_ == code_synchronisation::each_executor) sync_core_this_thread();
  }

  void use(worker& w, stress::random_numbers& random) {
    const object* const p = w.slot ? w.slot.active() : nullptr;
    if (p == nullptr) return;
    for (unsigned n = 1 + random.below(4); n > 0; --n) {
      expect(p->run() == static_cast<int>(w.id), "a function returned another one's number");
      calls_.fetch_add(1, std::memory_order_relaxed);
      random.dawdle(50);
    }
    p->check(w.id);
    if (random.one_in(4)) p->check_bytes();
  }

  // `patience`: for how long the space may be full.
  void compile_some(stress::random_numbers& random, stress::deadline& patience) {
    const unsigned wanted = random.one_in(4) ? 1 + random.below(most_drafts) : 1;
    draft_type drafts[most_drafts];
    unsigned n = 0;
    while (n < wanted && compile(drafts[n], random)) ++n;
    if (n != wanted) {
      full_.fetch_add(1, std::memory_order_relaxed);
      expect(n != 0 || !patience.over(), "the space was full for 30 s: more is retained than there may be");
    }
    if (n == 0) return std::this_thread::yield();
    patience = stress::deadline(30);
    random.dawdle(200);
    if (random.one_in(16)) {
      given_up_.fetch_add(n, std::memory_order_relaxed);
    } else {
      publish(drafts, n, random);
    }
  }

  bool compile(draft_type& draft, stress::random_numbers& random) {
    const std::size_t size = some_size(random, mapping_);
    draft = space_.draft(size, ids_.fetch_add(1, std::memory_order_relaxed), &ground_, mapping_);
    if (!draft) {
      expect(draft.status().error() == ENOSPC, draft.status().what());
      return false;
    }
    draft->write(draft);
    const std::size_t less = size / 2 / emitted_unit * emitted_unit;
    if (less >= emitted_least && random.one_in(4)) draft->shrink(draft, less);
    return true;
  }

  void publish(draft_type* drafts, unsigned n, stress::random_numbers& random) {
    reference code[most_drafts];
    if (n == 1) {
      const sync_result result = space_.publish(drafts[0], code[0]);
      expect(static_cast<bool>(result), result.what());
    } else {
      const sync_result result = space_.publish(drafts, n, code);
      expect(static_cast<bool>(result), result.what());
      batches_.fetch_add(1, std::memory_order_relaxed);
    }
    published_.fetch_add(n, std::memory_order_relaxed);
    for (unsigned i = 0; i < n; ++i) {
      reference old = shared_[random.below(places)].replace(std::move(code[i]));
      random.dawdle(100);
      if (random.below(3) != 0) {
        space_.domain().retire(std::move(old));
      } else {
        old.reset();
      }
    }
    if (random.one_in(64)) space_.domain().flush();
    if (random.one_in(64)) space_.domain().collect();
  }

  // A machine that does other things as well may take longer.
  bool is_enough() const {
    return calls_.load(std::memory_order_relaxed) > 100 && published_.load(std::memory_order_relaxed) > 100 &&
           ground_.bytes_reused() > space_.bytes();
  }

  const code_mapping mapping_;
  const code_synchronisation who_;
  ground ground_;
  space_type space_;
  stress::place<object> shared_[places];
  std::atomic<std::uint64_t> ids_{1};
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> batches_{0};
  std::atomic<std::uint64_t> given_up_{0};
  std::atomic<std::uint64_t> full_{0};
  std::atomic<std::uint64_t> lives_{0};
  stress::crew crew_;
};

template <reclaim R, class Sync = std_sync>
void run(const char* name, code_mapping mapping, code_synchronisation who, const stress::options& options) {
  std::make_unique<configuration<domain_options<policy::handoff, R>, Sync>>(options.seed, mapping, who)
      ->run(name, options.seconds);
}

// --- planted bugs

// Whoever drafts memory does not see that its last users are done with it: for ThreadSanitizer, as x86 sees it anyway.
using look_relaxed = lazyref_test::with_relaxed<stress::jittery_sync, &order_table::block_look>;

enum class bug { none, writes_over, leaves_early };

struct victim : code_block<victim> {
  victim(std::uint32_t n) noexcept : number(n) {}
  // Relaxed: it orders nothing.
  std::atomic<std::uint32_t> number;
  unsigned char* bytes = nullptr;
};
using victims = code_space<victim, domain_options<policy::handoff, reclaim::deferred>>;

constexpr std::size_t victim_size = 512;

// Calls what it is given, where that can be written, and returns its number.
void emit_victim(unsigned char* at, std::uint32_t number) {
#if defined(LAZYREF_TEST_EMITS_CALLS)
  const std::size_t head = lazyref_test::emit_call_of_argument(at);
#else
  const std::size_t head = 0;
#endif
  emit_number(at + head, victim_size - head, number);
}
int run_victim(const void* entry, void (*on_the_way)()) {
#if !defined(LAZYREF_TEST_EMITS_CALLS)
  on_the_way();
#endif
  int (*code)(void (*)());
  std::memcpy(&code, &entry, sizeof code);
  return code(on_the_way);
}

bool compile_victim(victims& space, std::uint32_t number, strong_ref<victim>& code) {
  auto draft = space.draft(victim_size, number);
  if (!draft) {
    expect(draft.status().error() == ENOSPC, draft.status().what());
    return false;
  }
  draft->bytes = draft.data();
  emit_victim(draft.data(), number);
  const sync_result result = space.publish(draft, code);
  expect(static_cast<bool>(result), result.what());
  sync_core_this_thread();
  return true;
}

// As the library would, but without a draft.
void write_over(victim& old, std::uint32_t number, code_mapping mapping) {
  unsigned char* const at = old.bytes;
  using memory = detail::os_code_memory;
  if (mapping == code_mapping::flip)
    expect(static_cast<bool>(memory::begin_to_write(at, page)), "the page could not be written");
  emit_victim(at, number);
  old.number.store(number, std::memory_order_relaxed);
  if (mapping == code_mapping::flip)
    expect(static_cast<bool>(memory::end_writing(at, page)), "the page could not be run again");
  static_cast<void>(publish_code(at, old.entry(), victim_size));
  sync_core_this_thread();
}

// In the middle of the code, with a return address into it on the stack, everything is done to use its memory again.
// Returns what the code returned in the end: 1, or 2 if it was written over.
std::function<void()> meanwhile;
int return_to_what_was_replaced(bug planted, code_mapping mapping, code_synchronisation who) {
  victims space({1, 2, 1}, mapping, who);  // a page
  expect(static_cast<bool>(space), space.status().what());
  victims::draft_type rest;
  strong_ref<victim> first;
  expect(compile_victim(space, 1, first), "a new space has no memory");
  // No room but the first one's.
  if (mapping == code_mapping::dual) rest = space.draft(space.bytes() - space.bytes_in_use(), 0U);
  std::atomic<victim*> shared(first.get());
  auto slot = space.domain().attach();
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(first->entry());
  strong_ref<victim> second;
  bool replaced = false;
  meanwhile = [&] {
    if (planted == bug::leaves_early) slot.deactivate();
    if (planted == bug::writes_over) {
      write_over(*first, 2, mapping);
      replaced = true;
    } else {
      shared.store(nullptr, std::memory_order_release);
      space.domain().retire(std::move(first));
      replaced = compile_victim(space, 2, second);
    }
  };
  const victim* const p = slot.protect(shared);
  sync_core_this_thread();
  const int result = run_victim(p->entry(), [] { meanwhile(); });
  expect(replaced == (planted != bug::none), "the schedule is not the one that was asked for");
  slot.detach();
  if (planted == bug::none) expect(compile_victim(space, 2, second), "the memory did not come back");
  if (second) expect(reinterpret_cast<std::uintptr_t>(second->entry()) == address, "it is not the same memory");
  return result;
}

// The same, by chance.
void by_chance(bug planted, code_mapping mapping, code_synchronisation who, double seconds, std::uint64_t seed) {
  constexpr unsigned threads_of_each = 2;
  victims space({mapping == code_mapping::dual ? page : 8 * page, 8, threads_of_each}, mapping, who);
  expect(static_cast<bool>(space), space.status().what());
  std::atomic<victim*> shared[threads_of_each] = {};
  std::atomic<std::uint32_t> numbers{1};
  std::atomic<std::uint64_t> calls{0};
  stress::crew crew(seed);
  for (auto& its_place : shared) {
    crew.add([&](stress::random_numbers&) {
      auto slot = space.domain().attach();
      std::uint64_t n = 0;
      while (!crew.stopped()) {
        const victim* const p = slot.protect(shared[stress::dice.below(threads_of_each)]);
        if (p == nullptr) continue;
        sync_core_this_thread();
        const std::uint32_t number = p->number.load(std::memory_order_relaxed);
        const void* const entry = p->entry();
        if (planted == bug::leaves_early) slot.deactivate();
        stress::widen();
        expect(run_victim(entry, [] { stress::widen(); }) == static_cast<int>(number),
               "a function returned another one's number");
        ++n;
      }
      calls.fetch_add(n, std::memory_order_relaxed);
    });
    crew.add([&](stress::random_numbers&) {
      strong_ref<victim> mine;
      while (!crew.stopped()) {
        const std::uint32_t number = numbers.fetch_add(1, std::memory_order_relaxed);
        if (planted == bug::writes_over && mine) {
          its_place.store(nullptr, std::memory_order_release);
          write_over(*mine, number, mapping);
          its_place.store(mine.get(), std::memory_order_release);
        } else {
          strong_ref<victim> next;
          if (!compile_victim(space, number, next)) continue;
          its_place.store(next.get(), std::memory_order_release);
          next.swap(mine);
          space.domain().retire(std::move(next));
        }
        stress::widen();
      }
      its_place.store(nullptr, std::memory_order_release);
    });
  }
  crew.run_undisturbed(seconds);
  std::printf("%llu calls, %llu functions ", ull(calls.load()), ull(numbers.load()));
}

}  // namespace

int main(int argc, char** argv) {
  const stress::options options = stress::parse(argc, argv, 0.4);
  const bool kernel_reaches_all = reaches_all_threads();
  std::printf("%u workers, %u compilers, %u places, %zu slots; %s; %s%s\n", workers, compilers, places, slots,
              instruction_sync_capabilities().reason, fence_initialize().reason, emulated ? "; emulated" : "");

  constexpr auto all = code_synchronisation::all_threads;
  constexpr auto each = code_synchronisation::each_executor;
  constexpr auto dual = code_mapping::dual;
  constexpr auto flip = code_mapping::flip;
  using stress::jittery_sync;
  if (kernel_reaches_all) {
    run<reclaim::deferred>("flip, deferred", flip, all, options);
    run<reclaim::prompt, jittery_sync>("flip, prompt, jittery", flip, all, options);
    if (!emulated) {
      run<reclaim::deferred, jittery_sync>("dual, deferred, jittery", dual, all, options);
      run<reclaim::prompt>("dual, prompt", dual, all, options);
    }
  } else {
    std::printf("SKIPPED: code_space: publications that reach all threads: %s\n", sync_core_all_threads().what());
  }
  run<reclaim::prompt>("flip, each executor", flip, each, options);
  if (!emulated) run<reclaim::deferred>("dual, each executor", dual, each, options);
  if (emulated) std::puts("SKIPPED: code_space: memory that is mapped twice: under this emulator its code stays stale");

  const code_mapping mapping = emulated ? flip : dual;
  const code_synchronisation who = kernel_reaches_all ? all : each;
  if (!victims({1, 1, 1}, mapping, who)) {
    std::puts("SKIPPED: code_space: there is no memory for code here");
    return 77;
  }
  expect(return_to_what_was_replaced(bug::none, mapping, who) == 1, "code on a stack was replaced");
  expect(return_to_what_was_replaced(bug::leaves_early, mapping, who) == 2,
         "the forced schedule does not catch a worker that leaves its slot too early");
  expect(return_to_what_was_replaced(bug::writes_over, mapping, who) == 2,
         "the forced schedule does not catch a compiler that writes over code");
  std::puts("a return into code whose slot was left, or that was written over, finds other code, in a forced schedule");

  stress::verdicts verdicts;
  const auto chance = [&](bug planted, double patience) {
    return [=] { by_chance(planted, mapping, who, patience * options.seconds, options.seed); };
  };
  verdicts.must_be_clean("by the rules", chance(bug::none, 1));
  verdicts.must_be_caught("leaves early", chance(bug::leaves_early, 8));
  verdicts.must_be_caught("writes over", chance(bug::writes_over, 8));
  if (LAZYREF_TEST_TSAN) {
    verdicts.must_be_caught("a relaxed look", [&] {
      std::make_unique<configuration<domain_options<policy::handoff, reclaim::prompt>, look_relaxed>>(options.seed,
                                                                                                      mapping, who)
          ->run("", 4 * options.seconds);
    });
  }
  return verdicts.exit_status();
}

#endif
