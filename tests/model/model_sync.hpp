// SPDX-License-Identifier: BSL-1.0
//
// What tests are written in: atomic, cell, fences, parallel, outcome; and `model_sync`, the policy that lazyref's
// headers take.
#pragma once

#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "engine.hpp"
#include "lazyref/sync.hpp"

namespace model {

template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(memory::value));

 public:
  using value_type = T;

  constexpr atomic() noexcept : atomic(T{}) {}
  constexpr atomic(T initial) noexcept : id_(machine.construct(this, bits(initial))) {}
  ~atomic() { machine.destroy(id_, this); }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order order) const noexcept { return from(machine.load(id_, this, order, show)); }
  void store(T v, std::memory_order order) noexcept { machine.store(id_, this, bits(v), order, show); }
  T exchange(T v, std::memory_order order) noexcept {
    return from(machine.update(id_, this, order, show, [v](memory::value) { return bits(v); }));
  }
  T fetch_add(T n, std::memory_order order) noexcept {
    return update(order, [n](T old) { return static_cast<T>(old + n); });
  }
  T fetch_sub(T n, std::memory_order order) noexcept {
    return update(order, [n](T old) { return static_cast<T>(old - n); });
  }
  T fetch_or(T n, std::memory_order order) noexcept {
    return update(order, [n](T old) { return static_cast<T>(old | n); });
  }
  T fetch_and(T n, std::memory_order order) noexcept {
    return update(order, [n](T old) { return static_cast<T>(old & n); });
  }
  // For model_sync::restartable.
  bool store_if_null(T v, std::memory_order look, std::memory_order set) noexcept {
    return machine.store_if_null(id_, this, bits(v), look, set, show);
  }

  bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure) noexcept {
    return compare_exchange(expected, desired, success, failure, false);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure) noexcept {
    return compare_exchange(expected, desired, success, failure, true);
  }

 private:
  static memory::value bits(T v) noexcept {
    memory::value result = 0;
    std::memcpy(&result, &v, sizeof v);
    return result;
  }
  static T from(memory::value b) noexcept {
    T v;
    std::memcpy(&v, &b, sizeof v);
    return v;
  }
  static std::string show(memory::value b) {
    if constexpr (std::is_pointer_v<T>) {
      return machine.name_of_value(from(b));
    } else {
      return std::to_string(static_cast<long long>(b));
    }
  }

  template <class Change>
  T update(std::memory_order order, Change&& change) noexcept {
    return from(machine.update(id_, this, order, show, [&](memory::value old) { return bits(change(from(old))); }));
  }

  bool compare_exchange(T& expected, T desired, std::memory_order success, std::memory_order failure,
                        bool weak) noexcept {
    memory::value found = bits(expected);
    const bool exchanged = machine.compare_exchange(id_, this, found, bits(desired), success, failure, weak, show);
    if (!exchanged) expected = from(found);
    return exchanged;
  }

  memory::location_id id_;
};

// Plain data. Two accesses, one of them a write, race unless one happens before the other ([intro.races] p21);
// construction and destruction are writes.
template <class T>
class cell {
 public:
  constexpr cell() noexcept : cell(T{}) {}
  constexpr explicit cell(T initial) noexcept
      : value_(initial), written_(machine.advance()), writer_(machine.current()) {}
  ~cell() {
    write_access();
    alive_ = 0;
  }
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;

  T read() const noexcept {
    read_access();
    return value_;
  }
  void write(T v) noexcept {
    write_access();
    value_ = v;
  }

 private:
  static constexpr std::uint32_t is_alive = 0xce11a11e;

  void read_access() const {
    if (alive_ != is_alive) fail("use after free: this plain object does not exist any more");
    const tick now = machine.advance();
    if (machine.happened()[writer_] < written_)
      fail("data race: a plain read, and a write that does not happen before it");
    read_[machine.current()] = now;
  }
  void write_access() {
    read_access();
    if (!machine.happened().covers(read_))
      fail("data race: a plain write, and an access that does not happen before it");
    written_ = read_[machine.current()];
    writer_ = machine.current();
    read_ = {};
  }

  T value_;
  volatile std::uint32_t alive_ = is_alive;  // volatile: it is looked at after the end of its life
  tick written_;
  unsigned writer_;
  mutable clock read_{};  // by each thread, since the last write
};

inline void fence(std::memory_order order) { machine.fence(fence_kind::ordinary, order); }
inline void light(std::memory_order order = std::memory_order_seq_cst) { machine.light(order); }
inline void heavy(std::memory_order order = std::memory_order_seq_cst) { machine.fence(fence_kind::heavy, order); }

template <class... Threads>
void parallel(Threads&&... bodies) {
  machine.parallel(bodies...);
}

template <class... Values>
void outcome(Values... values) {
  const long all[] = {static_cast<long>(values)...};
  machine.set_outcome(all, sizeof...(values));
}

inline void require(bool condition, const char* why) {
  if (!condition) fail(why);
}

template <class T>
void label(const T& object, const char* name) {
  machine.label(&object, sizeof object, name);
}

// Of what is striped, as the scenario sets it.
inline std::size_t parts_of_stripes = 1;

template <class Body>
report explore(const options& how, const Body& run) {
  parts_of_stripes = 1;  // An execution that was cut off has not put it back.
  return machine.explore(
      how, [](const void* f) { (*static_cast<const Body*>(f))(); }, &run);
}

template <class Body>
report replay(const options& how, const char* choices, const Body& run) {
  return machine.replay(
      how, choices, [](const void* f) { (*static_cast<const Body*>(f))(); }, &run);
}

// Restartable sequences: detail/per_cpu/rseq.hpp. A claim is one step that looks at the word and, if that is null, stores, by a
// plain store that directly follows the null in modification order. It is no read-modify-write: it ends the release
// sequence of the store before it. That the null is the last store is what the kernel and the algorithm give together:
// the claims of one CPU run one after the other (a thread that is preempted in one begins anew), and nothing but a
// claim makes a null word non-null. No happens-before is taken from that, though the switch between threads gives one.
struct restartable {
  using rseq = lazyref::detail::rseq;
  using support = rseq::support;
  using outcome = rseq::outcome;

  // The system, as the scenario sets it: CPUs, whether there are restartable sequences, and whether they are ever
  // interrupted.
  static inline unsigned cpus = 2;
  static inline bool usable = false, interrupted = false;

  static support probe() noexcept { return {usable, lazyref::cpu_index::cpu, "the model", 0, 0}; }
  static unsigned index(const support&) noexcept { return machine.this_cpu(cpus); }
  template <class T>
  static outcome store_if_null(const support&, unsigned, atomic<T*>& word, T* value, std::memory_order look,
                               std::memory_order set) noexcept {
    if (interrupted && machine.is_interrupted()) return outcome::interrupted;
    return word.store_if_null(value, look, set) ? outcome::stored : outcome::occupied;
  }
  template <class Slot, class T>
  static Slot* store_if_null_here(const support& how, Slot* slots, std::size_t stride, std::size_t end, T* value,
                                  std::memory_order look, std::memory_order set) noexcept {
    const unsigned cpu = index(how);
    if (cpu >= end) return nullptr;
    Slot& s = slots[cpu * stride];
    return store_if_null(how, cpu, s.lazy, value, look, set) == outcome::stored ? &s : nullptr;
  }
};

struct model_sync {
  template <class T>
  using atomic = model::atomic<T>;
  template <class T>
  using cell = model::cell<T>;
  using restartable = model::restartable;

  struct fence {
    static void light(std::memory_order order) noexcept { machine.light(order); }
    static void heavy(std::memory_order order) noexcept { machine.fence(fence_kind::heavy, order); }
    static bool try_heavy(std::memory_order order) noexcept {
      heavy(order);
      return true;
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
  // Marked: the fast path makes no fence, and is not taken.
  struct slot_fence {
    static bool light_is_full() noexcept { return machine.is_symmetric() && !machine.is_marked(); }
    static void light(std::memory_order order) noexcept {
      if (!machine.is_marked()) machine.light(order);
    }
    static void strong_light(std::memory_order order) noexcept { machine.light(order); }
    static bool is_known_free() noexcept { return !machine.is_marked(); }
    static void belong_to(const fence&) noexcept {}
    static bool learn() noexcept { return is_known_free(); }
  };

  static void relax() noexcept { machine.wait(); }
  static void give_way() noexcept { machine.wait(); }
  static unsigned this_cpu() noexcept { return machine.this_cpu(restartable::cpus); }
  static std::size_t cpus() noexcept { return parts_of_stripes; }
  // Time stands still: flushes are due by what waits.
  static std::uintptr_t now() noexcept { return 0; }
  static lazyref::detail::flush_frame*& innermost_flush() noexcept {
    static std::array<lazyref::detail::flush_frame*, max_threads> of_threads;
    static std::size_t of_execution = 0;
    if (std::exchange(of_execution, machine.execution()) != machine.execution()) of_threads = {};
    return of_threads[machine.current()];
  }

  static inline lazyref::order_table orders{};  // mutants.cpp changes it
};

}  // namespace model
