// SPDX-License-Identifier: BSL-1.0
//
// Runs a test body again and again until every execution has been seen.
//
// A test body is a function. It begins alone, starts threads with `parallel`, is alone again when they have ended, and
// looks at what came out. Threads are switched at each operation that others can notice; between two of them a thread
// runs on.
//
// Reduction. What counts is who reads what from where, and in which order the seq_cst fences come. A load may read an
// old message and a store may be placed before newer ones, so whatever "load, then store" gives, "store, then load"
// gives too, and two stores commute. Only this is left to be tried in another order (`overtakes`): a write before an
// earlier read of the location, a free before an earlier allocation, a seq_cst fence before an earlier one that it
// makes a pair with.
//
//   sleep sets (Godefroid)   at a choice between threads, those tried before sleep until something that would overtake
//                            their next operation is executed; where only sleepers could go on, it is cut off
//   dynamic partial-order    another thread is tried at a choice only when it came to do something, later on, that
//   reduction (Flanagan,     would overtake what was done there; where it sleeps at that choice, all others are tried,
//   Godefroid, POPL 2005)    since one of them must have woken it
//
// validate.cpp compares the outcomes with those of the search without all this.
#pragma once

#include <map>

#include "fiber.hpp"
#include "trace.hpp"

namespace model {

// The three changes of a fence that an order table cannot express; see mutants.cpp.
enum class fence_fault : std::uint8_t { none, heavy_is_ordinary, light_after_next_load };

struct options {
  bool reduce = true;
  bool symmetric = false;        // light and heavy are ordinary fences: those of a build with full fences
  bool marked = false;           // and that is found out at run time: slots stay marked
  bool keep_going = false;       // a failure is an outcome, not the end
  const char* looking_for = "";  // a failure without this in its message is an outcome
  bool always_reuse = false;     // no fresh block while a freed one fits
  int preemptions = -1;          // at most so many, if not negative; the report says so, and there is no reduction then
  fence_fault fault = fence_fault::none;
  std::size_t give_up_after = 100'000'000;  // executions; a failure
};

struct report {
  std::size_t executions = 0;  // complete ones
  std::size_t cut_off = 0;     // by the reduction
  bool bounded = false;        // by preemptions: what was not seen is not known
  std::map<std::string, std::size_t> outcomes;
  std::string failure, interleaving, choices;

  bool passed() const { return failure.empty(); }
};

class engine {
 public:
  using body = void (*)(const void*);

  report explore(const options& how, body run, const void* argument) {
    options_ = how;
    choices_.parse("");
    report result;
    result.bounded = how.preemptions >= 0;
    for (bool more = true; more;) {
      execute(run, argument, false);
      if (end_ == ending::cut_off) {
        ++result.cut_off;
      } else {
        ++result.executions;
        if (end_ == ending::failed) outcome_ = "failed: " + failure_;
        if (!outcome_.empty()) ++result.outcomes[outcome_];
        if (end_ == ending::failed && !how.keep_going && failure_.find(how.looking_for) != std::string::npos)
          return explain(std::move(result), run, argument);
      }
      if (result.executions + result.cut_off == how.give_up_after) {
        result.failure = "bound reached: more executions than give_up_after";
        return result;
      }
      more = choices_.next();
    }
    return result;
  }

  // One execution, by the choices that a report gave.
  report replay(const options& how, const char* choices, body run, const void* argument) {
    options_ = how;
    choices_.parse(choices);
    execute(run, argument, false);
    failure_ = end_ == ending::failed ? failure_ : "did not fail";
    return explain({}, run, argument);
  }

  // --- what runs inside ---

  template <class... Threads>
  void parallel(Threads&... bodies) {
    static_assert(sizeof...(bodies) < max_threads);
    if (current_ != 0) fail("parallel inside of parallel");
    unsigned t = 0;
    (spawn(
         ++t, [](void* f) { (*static_cast<Threads*>(f))(); }, const_cast<void*>(static_cast<const void*>(&bodies))),
     ...);
    live_ = t;
    asleep_ = 0;
    step_count_ = 0;
    // Each runs as far as its first operation.
    for (unsigned child = 1; child <= t; ++child) go_to(child);
    started_ = true;
    next_thread();
    started_ = false;
    for (unsigned child = 1; child <= t; ++child) memory_.join_thread(child, 0);
  }

  memory::location_id construct(void* object, memory::value v) { return memory_.construct(current_, object, v); }
  void destroy(memory::location_id id, const void* object) { memory_.destroy(current_, id, object); }

  using format = std::string (*)(memory::value);

  memory::value load(memory::location_id id, const void* object, std::memory_order order, format f) {
    before({act::read, bit(id)});
    const memory::effect e = memory_.load(current_, id, object, order);
    after(id, e, false);
    record(object, f, e, "load", order);
    if (threads_[current_].late_light) {
      threads_[current_].late_light = false;
      fence(fence_kind::light, std::memory_order_seq_cst);
    }
    return e.read;
  }

  void store(memory::location_id id, const void* object, memory::value v, std::memory_order order, format f) {
    before({act::write, bit(id)});
    const memory::effect e = memory_.store(current_, id, object, v, order);
    after(id, e, true);
    record(object, f, e, "store", order);
  }

  template <class Change>
  memory::value update(memory::location_id id, const void* object, std::memory_order order, format f, Change&& change) {
    before({act::update, bit(id)});
    const memory::effect e = memory_.update(current_, id, object, order, change);
    after(id, e, true);
    record(object, f, e, "update", order);
    return e.read;
  }

  bool compare_exchange(memory::location_id id, const void* object, memory::value& expected, memory::value desired,
                        std::memory_order success, std::memory_order failure, bool weak, format f) {
    before({act::update, bit(id)});
    const memory::effect e = memory_.compare_exchange(current_, id, object, expected, desired, success, failure, weak);
    after(id, e, true);
    record(object, f, e, e.wrote ? "compare_exchange" : "compare_exchange fails", e.wrote ? success : failure);
    expected = e.read;
    return e.wrote;
  }

  // The store of a restartable sequence: one step. Returns whether it did.
  bool store_if_null(memory::location_id id, const void* object, memory::value desired, std::memory_order look,
                     std::memory_order set, format f) {
    before({act::update, bit(id)});
    const memory::effect e = memory_.store_if_null(current_, id, object, desired, look, set);
    after(id, e, true);
    record(object, f, e, e.wrote ? "restartable" : "restartable, occupied", e.wrote ? set : look);
    return e.wrote;
  }

  void fence(fence_kind kind, std::memory_order order) {
    if (order == std::memory_order_relaxed) return;
    if (options_.symmetric || (kind == fence_kind::heavy && options_.fault == fence_fault::heavy_is_ordinary))
      kind = fence_kind::ordinary;
    const bool global = order == std::memory_order_seq_cst;
    // Without seq_cst a fence is its thread's own affair: nobody else can notice when it is executed.
    const operation mine{kind == fence_kind::light   ? act::light
                         : kind == fence_kind::heavy ? act::heavy
                                                     : act::fence,
                         0};
    if (global) before(mine);
    memory_.fence(current_, kind, order);
    if (global) done(mine);
    note([&] {
      return std::string(kind == fence_kind::ordinary ? "fence"
                         : kind == fence_kind::light  ? "light fence"
                                                      : "heavy fence") +
             " (" + text(order) + ")";
    });
  }

  void light(std::memory_order order) {
    if (options_.fault == fence_fault::light_after_next_load && order != std::memory_order_relaxed) {
      threads_[current_].late_light = true;
    } else {
      fence(fence_kind::light, order);
    }
  }

  // A turn of a waiting loop. What the loop has read since the last turn, it has read in vain, and would again: the
  // thread stands still until one of those locations has a newer message, and then goes on with one such location read
  // anew. This leaves out only turns that repeat the turn before, for loops that read the same locations each time and
  // write nothing on the way.
  void wait() {
    if (current_ == 0) fail("waiting, and no other thread runs");
    thread& self = threads_[current_];
    search::mask locations = 0;
    for (unsigned i = 0; i < self.read_count; ++i) locations |= bit(self.reads[i].id);
    before({act::wait, locations});
    std::array<unsigned, max_reads> options;
    unsigned count = 0;
    for (unsigned i = 0; i < self.read_count; ++i) {
      if (memory_.has_newer(self.reads[i].id, self.reads[i].at)) options[count++] = i;
    }
    const read_entry& chosen = self.reads[options[choices_.choose(count)]];
    memory_.forget(current_, chosen.id, chosen.at);
    self.read_count = 0;
    note([] { return "has waited"; });
  }

  // The number of this execution, for host data that begins anew with each.
  std::size_t execution() const { return execution_; }

  bool is_symmetric() const { return options_.symmetric; }
  bool is_marked() const { return options_.marked; }

  unsigned this_cpu(unsigned cpus) {
    const unsigned cpu = choices_.choose(cpus);
    note([&] { return "this_cpu() = " + std::to_string(cpu); });
    return cpu;
  }

  // Is the restartable sequence that begins here interrupted? At most once for each thread, as a weak compare-and-swap
  // fails of itself.
  bool is_interrupted() {
    thread& self = threads_[current_];
    if (self.interrupted) return false;
    self.interrupted = choices_.choose(2) == 1;
    if (self.interrupted) note([] { return "is interrupted, or is on another CPU by now"; });
    return self.interrupted;
  }

  void* allocate(std::size_t size, std::size_t align) {
    before({act::allocate, 0});
    void* const p = heap_.allocate(size, align, choices_, memory_, current_, options_.always_reuse);
    memory_.advance(current_);
    done({act::allocate, 0});
    note([&] { return "allocates " + trace_.name_of_block(p); });
    return p;
  }

  void free(void* p) {
    before({act::free, 0});
    note([&] { return "frees " + trace_.name_of_block(p); });
    heap_.free(p, memory_, current_);
    memory_.advance(current_);
    done({act::free, 0});
  }

  // Is `p` memory of the execution, or is code under test running, so that it should be?
  bool owns(const void* p) const { return heap_.owns(p); }
  bool inside() const { return inside_; }

  // Plain data: for cell.
  tick advance() { return memory_.advance(current_); }
  const clock& happened() const { return memory_.happened(current_); }
  unsigned current() const { return current_; }

  // The execution is over, and it is wrong.
  [[noreturn]] void fail(const char* why) {
    inside_ = false;
    failure_ = why;
    note([&] { return "FAILS: " + failure_; });
    leave(ending::failed);
  }

  void set_outcome(const long* values, std::size_t count) {
    inside_ = false;
    outcome_.clear();
    for (std::size_t i = 0; i < count; ++i) outcome_ += (i == 0 ? "" : " ") + std::to_string(values[i]);
    inside_ = true;
  }

  void label(const void* begin, std::size_t size, const char* as) {
    if (trace_.on) outside([&] { trace_.label(begin, size, as); });
  }
  void name_thread(const char* as) {
    if (trace_.on) outside([&] { trace_.name_thread(current_, as); });
  }
  void say(const char* what) {
    note([&] { return what; });
  }
  std::string name_of_value(const void* p) { return trace_.name_of_value(p); }  // inside of `format`

 private:
  enum class act : std::uint8_t { none, read, write, update, fence, light, heavy, allocate, free, wait, done };
  enum class ending : std::uint8_t { complete, cut_off, failed };

  struct operation {
    act what = act::none;
    search::mask locations = 0;
  };

  // An operation that has been executed, and the choice that it came from.
  struct step {
    unsigned thread;
    operation what;
    std::size_t choice;
  };
  static constexpr std::size_t max_steps = 1000, no_choice = ~std::size_t{0};

  struct read_entry {
    memory::location_id id;
    stamp at;
  };
  static constexpr unsigned max_reads = 128;
  static_assert(max_reads <= 256);  // thread::place

  struct thread {
    operation next;
    void (*run)(void*);
    void* argument;
    bool late_light, interrupted;
    unsigned read_count;  // since the last turn of a waiting loop, one for each location
    std::array<read_entry, max_reads> reads;
    std::array<std::uint8_t, max_locations> place;  // a location's index in `reads`, if it is there
  };

  std::size_t execution_ = 0;

  void execute(body run, const void* argument, bool traced) {
    ++execution_;
    choices_.rewind();
    memory_.reset();
    heap_.reset();
    trace_.on = traced;
    trace_.reset();
    outcome_.clear();
    current_ = live_ = 0;
    started_ = false;
    preemptions_ = 0;
    run_ = run;
    argument_ = argument;
    threads_[0].read_count = 0;
    threads_[0].late_light = threads_[0].interrupted = false;
    fibers_[0].start([](void* self) { static_cast<engine*>(self)->run_main(); }, this);
    inside_ = true;
    fiber::transfer(host_, fibers_[0]);
    inside_ = false;
  }

  [[noreturn]] void run_main() {
    run_(argument_);
    if (const heap::block* const b = heap_.leaked()) {
      note([&] { return "never freed: " + trace_.name_of_block(b->begin); });
      fail("leak: a block is never freed");
    }
    leave(ending::complete);
  }

  [[noreturn]] void leave(ending how) {
    inside_ = false;
    end_ = how;
    fiber::transfer(fibers_[current_], host_);
    std::abort();
  }

  report explain(report result, body run, const void* argument) {
    const std::string failure = failure_;
    execute(run, argument, true);
    result.failure = failure;
    result.choices = choices_.text();
    result.interleaving = trace_.text();
    return result;
  }

  // --- threads ---

  void spawn(unsigned t, void (*run)(void*), void* argument) {
    memory_.start_thread(t, 0);
    threads_[t].next = {};
    threads_[t].run = run;
    threads_[t].argument = argument;
    threads_[t].late_light = threads_[t].interrupted = false;
    threads_[t].read_count = 0;
    fibers_[t].start([](void* self) { static_cast<engine*>(self)->run_thread(); }, this);
  }

  [[noreturn]] void run_thread() {
    const unsigned me = current_;
    threads_[me].run(threads_[me].argument);
    threads_[me].next = {act::done, 0};
    // A thread that does nothing is done before the others have started.
    next_thread();
    std::abort();
  }

  void go_to(unsigned t) {
    if (t == current_) return;
    const unsigned from = current_;
    current_ = t;
    fiber::transfer(fibers_[from], fibers_[t]);
  }

  // --- scheduling ---

  // Of a thread, or a location. Locations that share a bit are taken for one: more is tried then than need be.
  static search::mask bit(unsigned i) { return search::mask{1} << i % 64; }

  // The current thread's next operation: others may come first.
  void before(operation next) {
    if (current_ == 0) return;
    threads_[current_].next = next;
    next_thread();
  }

  void next_thread() {
    if (!started_) return go_to(0);
    const unsigned t = pick();
    if (t != 0) {
      if (step_count_ == max_steps) fail("bound reached: too many operations in one execution");
      steps_[step_count_++] = {t, threads_[t].next, last_choice_};
    }
    go_to(t);
  }

  // The current thread has done it.
  void done(const operation& what) {
    wake(what);
    overtake(what);
  }

  void wake(const operation& what) {
    for (unsigned t = 1; t <= live_; ++t) {
      if ((asleep_ & bit(t)) != 0 && overtakes(what, threads_[t].next)) asleep_ &= ~bit(t);
    }
  }

  void overtake(const operation& what) {
    const std::uint32_t kinds = overtaken_by(what.what);
    if (kinds == 0 || current_ == 0 || !reducing()) return;
    for (std::size_t i = 0; i < step_count_; ++i) {
      const step& s = steps_[i];
      if (s.thread != current_ && s.choice != no_choice && is_among(kinds, what, s.what))
        choices_.want(s.choice, current_);
    }
  }

  void after(memory::location_id id, const memory::effect& e, bool could_write) {
    thread& self = threads_[current_];
    unsigned i = self.place[id];
    if (i >= self.read_count || self.reads[i].id != id) {
      if (self.read_count == max_reads) fail("bound reached: one thread reads more than max_reads locations");
      i = self.read_count++;
      self.place[id] = static_cast<std::uint8_t>(i);
    }
    self.reads[i] = {id, memory_.seen(current_, id)};
    // A compare-and-swap that failed might have succeeded before another one.
    if (could_write) overtake({act::write, bit(id)});
    if (e.wrote) wake({act::write, bit(id)});
  }

  // Would `later`, executed first, give `earlier` outcomes that it does not have otherwise?
  bool overtakes(const operation& later, const operation& earlier) const {
    return is_among(overtaken_by(later.what), later, earlier);
  }

  // The kinds of operations that may be such an earlier one. A write overtakes only those of its own locations.
  std::uint32_t overtaken_by(act later) const {
    switch (later) {
      case act::write:
        return kind(act::read) | kind(act::update) | kind(act::wait);
      case act::fence:
        return kind(act::fence) | kind(act::heavy);
      case act::heavy:
        return kind(act::fence) | kind(act::heavy) | kind(act::light);
      case act::light:
        return kind(act::heavy);
      case act::free:
        return kind(act::allocate);
      // Who may take a fresh block takes nothing away from others; who must take a freed one does.
      case act::allocate:
        return options_.always_reuse ? kind(act::allocate) | kind(act::free) : 0;
      default:
        return 0;
    }
  }
  static std::uint32_t kind(act a) { return std::uint32_t{1} << static_cast<unsigned>(a); }
  static bool is_among(std::uint32_t kinds, const operation& later, const operation& earlier) {
    return (kinds & kind(earlier.what)) != 0 &&
           (later.what != act::write || (later.locations & earlier.locations) != 0);
  }

  bool can_go(const thread& t) const {
    if (t.next.what != act::wait) return t.next.what != act::done;
    for (unsigned i = 0; i < t.read_count; ++i) {
      if (memory_.has_newer(t.reads[i].id, t.reads[i].at)) return true;
    }
    return false;
  }

  // Who goes on: a thread, or 0 when all are done.
  unsigned pick() {
    search::mask able = 0, writers = 0;
    unsigned done = 0;
    for (unsigned t = 1; t <= live_; ++t) {
      const act next = threads_[t].next.what;
      if (next == act::done) ++done;
      if (can_go(threads_[t])) able |= bit(t);
      if (next == act::write || next == act::free) writers |= bit(t);
    }
    if (done == live_) return 0;
    if (able == 0) fail("every thread waits, and nobody will ever wake one");
    if (options_.preemptions >= 0 && preemptions_ == options_.preemptions && (able & bit(current_)) != 0)
      able = bit(current_);
    const search::mask awake = able & ~asleep_;
    if (awake == 0) leave(ending::cut_off);
    // First a writer, if there is one: nothing overtakes it. Else whoever runs.
    const search::mask best = (awake & writers) != 0         ? awake & writers
                              : (awake & bit(current_)) != 0 ? bit(current_)
                                                             : awake;
    unsigned preferred = 1;
    while ((best & bit(preferred)) == 0) ++preferred;
    last_choice_ = no_choice;
    if ((able & (able - 1)) == 0) return preferred;  // nobody to choose from
    const unsigned chosen = choices_.choose_thread(preferred, awake, !reducing());
    last_choice_ = choices_.depth();
    if (reducing()) asleep_ |= choices_.tried_before();
    if (chosen != current_ && (able & bit(current_)) != 0) ++preemptions_;
    return chosen;
  }

  bool reducing() const { return options_.reduce && options_.preemptions < 0; }

  // --- trace ---

  template <class F>
  void outside(F&& f) {
    const bool was = inside_;
    inside_ = false;
    f();
    inside_ = was;
  }

  template <class What>
  void note(What&& what) {
    if (trace_.on) outside([&] { trace_.add(current_, what()); });
  }

  void record(const void* object, format f, const memory::effect& e, const char* what, std::memory_order order) {
    note([&] {
      std::string line = trace_.name(object) + ": " + what + " (" + text(order) + ") ";
      const bool pure_store = what[0] == 's';
      line += pure_store ? f(e.written) : e.wrote ? f(e.read) + " -> " + f(e.written) : "= " + f(e.read);
      if (e.newer != 0) line += (pure_store ? ", placed before " : ", with ") + std::to_string(e.newer) + " newer";
      return line;
    });
  }

  options options_;
  search choices_;
  memory memory_{choices_};
  heap heap_;
  trace trace_{heap_};
  fiber host_;
  std::array<fiber, max_threads> fibers_;
  std::array<thread, max_threads> threads_;
  body run_ = nullptr;
  const void* argument_ = nullptr;
  std::string failure_, outcome_;
  ending end_ = ending::complete;
  unsigned current_ = 0;  // 0: the test body itself
  unsigned live_ = 0;     // threads 1 .. live_
  search::mask asleep_ = 0;
  std::array<step, max_steps> steps_;
  std::size_t step_count_ = 0;
  std::size_t last_choice_ = no_choice;  // of pick
  int preemptions_ = 0;
  bool started_ = false;
  bool inside_ = false;
};

inline engine machine;

[[noreturn]] inline void fail(const char* why) { machine.fail(why); }

}  // namespace model
