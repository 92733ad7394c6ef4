// SPDX-License-Identifier: BSL-1.0
//
// A sweep over failed allocations: a scenario runs repeatedly, each time in a new child process, in which one more call of
// operator new is granted before one is refused, until none is. Twice: with that call and all later ones refused, and with
// only that one refused.
//
// Checked in each child:
//
//   reason    a call that fails does so as the scenario permits, and an allocation was refused inside it
//   leaks     at the end there are as many blocks as at the beginning. For a scenario that keeps memory for the life of
//             the process: as many as without refusals, independent of their number
//   growth    with memory available again, the scenario runs twice more; nothing fails, and the second run keeps no more
//   quiet     calls that the scenario declares as such allocate nothing
//
// The scenario checks the rest, above all that each object is disposed of once. The program needs counting_new.hpp.
#pragma once

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lazyref/result.hpp>

#include "child.hpp"
#include "heap.hpp"

namespace lazyref_test {

// The scenario's statements about its calls. A false one ends the child.
class trial {
 public:
  trial() = default;
  trial(const trial&) = delete;
  trial& operator=(const trial&) = delete;

  // Grants all further allocations.
  void memory_is_back() { heap.refuse_none(); }

  // A call that allocates nothing.
  template <class Call>
  decltype(auto) quietly(const char* what, Call&& call) {
    const quiet_scope scope(what);
    return call();
  }

  // Declared before an object, and begun at the end of its scope: checks that the object's destructor allocates nothing.
  class quiet_scope {
   public:
    explicit quiet_scope(const char* what, bool begins = true) : what_(what) {
      if (begins) begin();
    }
    quiet_scope(const quiet_scope&) = delete;
    quiet_scope& operator=(const quiet_scope&) = delete;
    ~quiet_scope() {
      if (begun_ && heap.calls != before_) trial::wrong(what_, "allocates nothing");
    }
    void begin() {
      before_ = heap.calls;
      begun_ = true;
    }

   private:
    const char* what_;
    long before_ = 0;
    bool begun_ = false;
  };

  // A call that may throw std::bad_alloc. Returns whether it succeeded.
  template <class Call>
  bool as_new(const char* what, Call&& call) {
    const refusals seen;
    try {
      call();
      return true;
    } catch (const std::bad_alloc&) {
      if (!seen.any()) trial::wrong(what, "throws only for want of memory");
      return false;
    }
  }

  // A call that reports lack of memory by its result, true or false.
  template <class Call>
  bool by_result(const char* what, Call&& call) {
    const refusals seen;
    const bool done = call();
    if (!done && !seen.any()) trial::wrong(what, "fails only for want of memory");
    return done;
  }

  // A call that may call the fatal hook, with this message.
  template <class Call>
  decltype(auto) or_dies_saying(const char* sentence, Call&& call) {
    const last_words scope(sentence);
    return call();
  }

  // A call in a separate thread, which ends. (std::thread would allocate memory.)
  template <class Call>
  void in_thread(Call&& call) {
    using body = std::remove_reference_t<Call>;
    pthread_t thread;
    const auto run = [](void* it) -> void* {
      trial::guarded(*static_cast<body*>(it));
      return nullptr;
    };
    void* const it = const_cast<void*>(static_cast<const void*>(std::addressof(call)));
    expect(::pthread_create(&thread, nullptr, run, it) == 0, "there is a thread to be had");
    ::pthread_join(thread, nullptr);
  }

  [[noreturn]] static void wrong(const char* what, const char* should) {
    std::fprintf(stderr, "not so: %s %s\n", what, should);
    ::_exit(1);
  }

  // Runs a function that must not throw.
  template <class Body>
  static void guarded(Body&& body) {
    try {
      body();
    } catch (const std::exception& e) {
      trial::wrong(e.what(), "is not thrown");
    } catch (...) {
      trial::wrong("an exception", "is not thrown");
    }
  }

  // How a child ends after a failed check.
  enum end : int { all_granted = 10, some_refused = 11, died = 12 };

  // The fatal hook in children.
  static void hook(const char* message, int) noexcept {
    if (allowed_ == nullptr) trial::wrong(message, "is not said here");
    if (std::strstr(message, allowed_) == nullptr) trial::wrong(message, "is not the sentence");
    if (!refused_.any()) trial::wrong(message, "is said only for want of memory");
    ::_exit(died);
  }

 private:
  class refusals {
   public:
    refusals() noexcept : before_(heap.refused) {}
    bool any() const noexcept { return heap.refused != before_; }

   private:
    long before_;
  };

  struct last_words {
    explicit last_words(const char* sentence) {
      allowed_ = sentence;
      refused_ = refusals();
    }
    last_words(const last_words&) = delete;
    last_words& operator=(const last_words&) = delete;
    ~last_words() { allowed_ = nullptr; }
  };

  static inline const char* allowed_ = nullptr;
  static inline refusals refused_;
};

// The memory that the process keeps after a scenario.
enum class keeps : unsigned char {
  nothing,
  some  // for the life of the process
};

struct sweep_result {
  std::string wrong;  // empty: no check failed
  long steps = 0;     // how many allocations were refused, one after the other
  long deaths = 0;    // how many of these ended in the fatal hook
};

namespace sweeping {

// A number that a child writes and its parent reads.
class shared_number {
 public:
  shared_number() : at_(::mmap(nullptr, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {}
  shared_number(const shared_number&) = delete;
  shared_number& operator=(const shared_number&) = delete;
  ~shared_number() {
    if (*this) ::munmap(at_, sizeof(long));
  }
  explicit operator bool() const { return at_ != MAP_FAILED; }
  long& operator*() const { return *static_cast<long*>(at_); }

 private:
  void* at_;
};

// The number of refusals in scenarios that keep memory: a leak of one block each time would exceed what may be kept.
constexpr int often = 20;

template <class Scenario>
void run_once(Scenario& scenario) {
  trial::guarded([&] {
    trial one;
    scenario(one);
  });
  heap.refuse_none();
}

// The beginning of each child.
inline void begin() {
  lazyref::set_fatal_handler(&trial::hook);
  // The test framework's handlers would allocate memory.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM}) std::signal(signal, SIG_DFL);
}

// Runs in a child. `many`: how many calls are refused.
template <class Scenario>
void run_step(Scenario& scenario, keeps what, long granted, long many, long usual) {
  sweeping::begin();
  const long before = heap.blocks();
  const long refused_before = heap.refused;
  for (int i = 0; i < (what == keeps::nothing ? 1 : often); ++i) {
    heap.refuse(granted, many);
    run_once(scenario);
  }
  const bool refused = heap.refused != refused_before;
  if (what == keeps::nothing && heap.blocks() != before) trial::wrong("the scenario", "leaks nothing");
  run_once(scenario);
  const long kept = heap.blocks();
  if (kept - before > usual) trial::wrong("the scenario", "keeps no more than if nothing is refused");
  run_once(scenario);
  if (heap.blocks() != kept) trial::wrong("the scenario", "keeps no more the second time");
  if (heap.refused != refused_before && !refused) trial::wrong("the system", "has memory");
  ::_exit(refused ? trial::some_refused : trial::all_granted);
}

}  // namespace sweeping

// Scenario: a function of a trial&. It allocates memory only inside the calls that it declares.
template <class Scenario>
sweep_result sweep(Scenario scenario, keeps what = keeps::nothing) {
  sweep_result result;
  const sweeping::shared_number usual;
  if (!usual) return {"mmap failed"};
  const child_result first = in_child([&] {
    sweeping::begin();
    const long before = heap.blocks();
    sweeping::run_once(scenario);
    *usual = heap.blocks() - before;
  });
  if (!first.quiet())
    return {"when no memory is refused: " + first.err + " (signal " + std::to_string(first.signal) + ")"};
  if (what == keeps::nothing && *usual != 0) return {"it keeps memory, though nothing is refused"};

  constexpr long endless = 1000;
  for (const long many : {LONG_MAX, 1L}) {
    for (long granted = 0;; ++granted) {
      const child_result end = in_child([&] { sweeping::run_step(scenario, what, granted, many, *usual); });
      const bool ended = end.signal == 0 && end.err.empty();
      if (ended && end.exit_status == trial::all_granted) break;
      if (!ended || (end.exit_status != trial::some_refused && end.exit_status != trial::died) || granted == endless) {
        result.wrong = "when, after " + std::to_string(granted) + (many == 1 ? ", one call" : ", all calls") +
                       " for memory fail: " + (ended ? "there is no end to it" : end.err) + " (signal " +
                       std::to_string(end.signal) + ", status " + std::to_string(end.exit_status) + ")";
        return result;
      }
      ++result.steps;
      result.deaths += end.exit_status == trial::died ? 1 : 0;
    }
  }
  return result;
}

}  // namespace lazyref_test
