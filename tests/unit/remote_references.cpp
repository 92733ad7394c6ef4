// SPDX-License-Identifier: BSL-1.0
//
// How cost grows with the number of CPUs, which two cores cannot show by the clock: remote memory references, the measure
// of the literature (J. Anderson, Y.-J. Kim, T. Herman, "Shared-memory mutual exclusion", 2003), in a cache-coherent
// model. An access to an atomic counts if another CPU has written its cache line since this one's last access. CPUs are
// virtual, and take turns; so the numbers are the same everywhere.
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include <lazyref/code_space.hpp>
#include <lazyref/domain.hpp>
#include <lazyref/per_cpu.hpp>

#include "../support/code_script.hpp"
#include "../support/free_fence.hpp"
#include "../support/hazard_by_hand.hpp"
#include "../support/lazy_catch.hpp"

namespace {

constexpr unsigned most_cpus = 1024;

class machine {
 public:
  static inline unsigned cpu = 0;
  static inline std::uint64_t remote = 0;

  static void access(const void* address, bool writes) {
    line& at = lines_[reinterpret_cast<std::uintptr_t>(address) / lazyref::cache_line];
    const std::uint64_t by_others = at.last_writer == cpu ? at.by_another : at.last_write;
    std::uint64_t& seen = at.seen[cpu];
    if (by_others > seen) ++remote;
    seen = ++now_;
    if (!writes) return;
    if (at.last_writer != cpu) at.by_another = at.last_write;
    at.last_writer = cpu;
    at.last_write = now_;
  }
  // Memory that is used again is another line.
  static void forget() { lines_.clear(); }

 private:
  struct line {
    unsigned last_writer = most_cpus;  // nobody
    std::uint64_t last_write = 0, by_another = 0;
    std::unordered_map<unsigned, std::uint64_t> seen;
  };
  static inline std::unordered_map<std::uintptr_t, line> lines_;
  static inline std::uint64_t now_ = 0;
};

template <class T>
class counted {
 public:
  constexpr counted() noexcept = default;
  constexpr counted(T value) noexcept : value_(value) {}
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

  T load(std::memory_order order) const noexcept { return at(false).load(order); }
  void store(T value, std::memory_order order) noexcept { at(true).store(value, order); }
  T exchange(T value, std::memory_order order) noexcept { return at(true).exchange(value, order); }
  T fetch_add(T by, std::memory_order order) noexcept { return at(true).fetch_add(by, order); }
  T fetch_sub(T by, std::memory_order order) noexcept { return at(true).fetch_sub(by, order); }
  T fetch_or(T bits, std::memory_order order) noexcept { return at(true).fetch_or(bits, order); }
  T fetch_and(T bits, std::memory_order order) noexcept { return at(true).fetch_and(bits, order); }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure) noexcept {
    return at(true).compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure) noexcept {
    return compare_exchange_strong(expected, desired, success, failure);
  }

 private:
  std::atomic<T>& at(bool writes) const noexcept {
    machine::access(this, writes);
    return value_;
  }
  mutable std::atomic<T> value_{};
};

struct counting_sync : lazyref::std_sync {
  template <class T>
  using atomic = counted<T>;
  struct fence {
    static void light(std::memory_order) noexcept {}
    static void heavy(std::memory_order) noexcept {}
    static bool try_heavy(std::memory_order) noexcept { return true; }
  };
  static constexpr fence process_fence() noexcept { return {}; }
  using slot_fence = lazyref_test::free_slot_fence;
  // Virtual CPUs are never interrupted.
  struct restartable : lazyref::detail::rseq {
    static inline bool usable = true;
    static support probe() noexcept { return {usable, lazyref::cpu_index::cpu, "virtual CPUs", 0, 0}; }
    static unsigned index(const support&) noexcept { return machine::cpu; }
    template <class T>
    static outcome store_if_null(const support&, unsigned, counted<T*>& word, T* value, std::memory_order look,
                                 std::memory_order set) noexcept {
      if (word.load(look) != nullptr) return outcome::occupied;
      word.store(value, set);
      return outcome::stored;
    }
    template <class Slot, class T>
    static Slot* store_if_null_here(const support& how, Slot* slots, std::size_t stride, std::size_t end, T* value,
                                    std::memory_order look, std::memory_order set) noexcept {
      if (machine::cpu >= end) return nullptr;
      Slot& s = slots[machine::cpu * stride];
      return store_if_null(how, machine::cpu, s.lazy, value, look, set) == outcome::stored ? &s : nullptr;
    }
  };
  static unsigned this_cpu() noexcept { return machine::cpu; }
  static std::size_t cpus() noexcept { return most_cpus; }
  static std::uintptr_t now() noexcept { return 0; }
  static lazyref::detail::flush_frame*& innermost_flush() noexcept {
    static std::array<lazyref::detail::flush_frame*, most_cpus> of_cpus{};
    return of_cpus[machine::cpu];
  }
};

// References for each call, when each of so many CPUs has made it a few times.
double references(unsigned cpus, const std::function<void()>& call, int rounds = 4) {
  const auto round = [&] {
    for (machine::cpu = 0; machine::cpu < cpus; ++machine::cpu) call();
  };
  round();  // What is only the first time; and what neighbours in a line did the first time.
  round();
  const std::uint64_t before = machine::remote;
  for (int i = 0; i < rounds; ++i) round();
  machine::cpu = 0;
  return static_cast<double>(machine::remote - before) / (static_cast<double>(rounds) * cpus);
}

// The numbers are the same in each build. In a slow one the last size takes too long: its costs go with the square.
constexpr unsigned all_sizes[] = {1, 2, 16, 128, 1024};
const std::vector<unsigned> sizes(std::begin(all_sizes), std::end(all_sizes) - (lazyref_test::is_slow_build ? 1 : 0));

struct object : lazyref::owner<object, counting_sync> {
  template <class Visit>
  void for_each_candidate(Visit&&) const noexcept {}
};
template <class Options>
using domain_of = lazyref::lazy_domain<object, Options>;
template <class Options>
using slots_of = std::vector<lazyref::lazy_slot<object, Options>>;

using lazyref::candidates;
using lazyref::policy;
using lazyref::reclaim;
using deferred = lazyref::domain_options<>;
using prompt = lazyref::domain_options<policy::handoff, reclaim::prompt>;
using tracked = lazyref::domain_options<policy::handoff, reclaim::deferred, candidates::tracked>;

template <class Options>
struct machine_with_slots {
  explicit machine_with_slots(unsigned cpus) : domain(cpus) {
    machine::forget();
    for (machine::cpu = 0; machine::cpu < cpus; ++machine::cpu) {
      slots.push_back(domain.attach());
      mine.push_back({domain.make(), domain.make()});
    }
    machine::cpu = 0;
  }
  lazyref::lazy_slot<object, Options>& slot() { return slots[machine::cpu]; }

  domain_of<Options> domain;
  std::vector<std::array<lazyref::strong_ref<object>, 2>> mine;
  slots_of<Options> slots;
};

}  // namespace

// --- the measure, where the answer is known

TEST_CASE("remote references: a counter of all is one for each increment, a counter of one's own none") {
  for (const unsigned cpus : sizes) {
    machine::forget();
    counted<int> shared{0};
    CHECK(references(cpus, [&] { shared.fetch_add(1, std::memory_order_relaxed); }) == (cpus == 1 ? 0 : 1));
    CHECK(references(cpus, [&] { (void)shared.load(std::memory_order_relaxed); }) == 0);
    struct alignas(lazyref::cache_line) own {
      counted<int> value{0};
    };
    const std::unique_ptr<own[]> each(new own[cpus]);
    CHECK(references(cpus, [&] { each[machine::cpu].value.fetch_add(1, std::memory_order_relaxed); }) == 0);
  }
}

TEST_CASE("remote references: a ticket lock costs each waiter one at each release, an MCS lock a constant") {
  for (const unsigned cpus : {2U, 16U, 128U}) {
    machine::forget();
    // All wait; the lock goes round, and after each release all look.
    struct alignas(lazyref::cache_line) word {
      counted<unsigned> value{0};
    };
    word now_served;
    machine::remote = 0;
    for (unsigned holder = 0; holder < cpus; ++holder) {
      machine::cpu = holder;
      now_served.value.store(holder + 1, std::memory_order_release);
      for (machine::cpu = 0; machine::cpu < cpus; ++machine::cpu)
        (void)now_served.value.load(std::memory_order_acquire);
    }
    CHECK(machine::remote >= std::uint64_t{cpus} * (cpus - 1));

    const std::unique_ptr<word[]> own(new word[cpus]);
    for (machine::cpu = 0; machine::cpu < cpus; ++machine::cpu)
      (void)own[machine::cpu].value.load(std::memory_order_acquire);
    machine::remote = 0;
    for (unsigned holder = 0; holder < cpus; ++holder) {
      machine::cpu = holder;
      own[(holder + 1) % cpus].value.store(1, std::memory_order_release);
      for (machine::cpu = 0; machine::cpu < cpus; ++machine::cpu)
        (void)own[machine::cpu].value.load(std::memory_order_acquire);
    }
    CHECK(machine::remote <= 2 * std::uint64_t{cpus});
  }
  machine::cpu = 0;
}

// --- the library

namespace {

// What each call may cost: flat, at so many references for any number of CPUs; or, where slots are looked at, one more
// for each slot whose worker has moved since.
struct row {
  const char* name;
  double flat;
  double per_slot;
  std::function<double(unsigned)> measure;
};

template <class Options, class Call>
std::function<double(unsigned)> with_slots(Call call) {
  return [call](unsigned cpus) {
    machine_with_slots<Options> m(cpus);
    const double result = references(cpus, [&] { call(m); });
    machine::cpu = 0;
    return result;
  };
}

template <class Options>
void switch_object(machine_with_slots<Options>& m) {
  auto& mine = m.mine[machine::cpu];
  m.slot().activate(mine[0]);
  m.slot().activate(mine[1]);
  m.slot().deactivate();
}

double protect_and_end(unsigned cpus) {
  machine_with_slots<prompt> m(cpus);
  const counted<object*> shared{m.mine[0][0].get()};
  return references(cpus, [&] {
    (void)m.slot().protect(shared);
    m.slot().reset_protection();
  });
}

template <bool ByRseq>
double claim_and_release(unsigned cpus) {
  machine::forget();
  counting_sync::restartable::usable = ByRseq;
  lazyref::per_cpu_domain<object> domain({1, cpus});
  const lazyref::strong_ref<object> shared = domain.make();
  return references(cpus, [&] { domain.claim(shared).release(); });
}

// Each CPU retires until its list has been scanned for once.
double make_and_retire(unsigned cpus) {
  constexpr std::size_t few = 16;
  using options = lazyref::domain_options<policy::handoff, reclaim::deferred, candidates::all, few>;
  machine_with_slots<options> m(cpus);
  const std::size_t scanned = m.domain.stats().scanned;
  const double result = references(
      cpus,
      [&] {
        switch_object(m);
        m.domain.retire(m.domain.make());
      },
      static_cast<int>(cpus < few ? few : cpus));
  REQUIRE(m.domain.stats().scanned - scanned >= std::size_t{cpus} * cpus);
  return result;
}

// Each CPU replaces a block, of which each has one.
struct function : lazyref::code_block<function, counting_sync> {};
double draft_and_end(unsigned cpus) {
  machine::forget();
  lazyref::code_space<function, deferred, lazyref_test::quiet_code_system> space(
      {lazyref::cache_line * (cpus + 1), cpus + 1, 1});
  std::vector<lazyref::code_draft<function, deferred, lazyref_test::quiet_code_system>> drafts(cpus);
  for (auto& draft : drafts) draft = space.draft(1);
  return references(cpus, [&] {
    auto next = space.draft(1);
    REQUIRE(next);
    drafts[machine::cpu] = std::move(next);
  });
}

double protect_by_hazard(unsigned cpus) {
  using domain_type = lazyref::detail::hazard_domain<counting_sync>;
  using node = lazyref_test::object_by_hand<counting_sync>;
  machine::forget();
  domain_type domain;
  std::vector<domain_type::record*> records;
  for (unsigned i = 0; i < cpus; ++i) records.push_back(domain.claim());
  node one;
  const counted<node*> shared{&one};
  const double result = references(cpus, [&] {
    domain_type::slot_words& mine = *records[machine::cpu];
    (void)lazyref::protect<domain_type::holds>(mine, shared);
    lazyref::deactivate<domain_type::holds>(mine);
  });
  for (domain_type::record* r : records) domain_type::give_back(*r);
  return result;
}

const row rows[] = {
    {"activate twice, deactivate", 0, 0, with_slots<deferred>(switch_object<deferred>)},
    {"the same, reclaim::prompt", 0, 0, with_slots<prompt>(switch_object<prompt>)},
    {"the same, candidates::tracked", 0, 0, with_slots<tracked>(switch_object<tracked>)},
    {"protect and end", 0, 0, protect_and_end},
    {"protect by a hazard pointer, and end", 0, 0, protect_by_hazard},
    {"claim and release, by a restartable sequence", 0, 0, claim_and_release<true>},
    {"claim and release, by compare-and-swap", 0, 0, claim_and_release<false>},
    {"attach and detach", 1, 0, with_slots<deferred>([](auto& m) {
       m.slot() = {};
       m.slot() = m.domain.attach();
     })},
    {"make, and the last drop", 1, 1, with_slots<deferred>([](auto& m) {
       switch_object(m);
       m.domain.make().reset();
     })},
    {"the same, candidates::tracked", 1, 0, with_slots<tracked>([](auto& m) {
       switch_object(m);
       m.domain.make().reset();
     })},
    {"make and retire", 3, 0, make_and_retire},
    {"draft, and the end of another, beside the locks", 6, 0, draft_and_end},
};

}  // namespace

TEST_CASE("remote references: a call that counts in one place, or looks at all slots, is noticed") {
  counted<int> shared{0};
  const auto counting = with_slots<deferred>([&](auto& m) {
    switch_object(m);
    shared.fetch_add(1, std::memory_order_relaxed);
  });
  CHECK(counting(16) >= 1);
  const auto looking = with_slots<deferred>([](auto& m) {
    switch_object(m);
    (void)m.domain.collect();
  });
  CHECK(looking(128) > looking(16) + 50);
}

TEST_CASE("remote references: what each call costs at any number of CPUs") {
  std::printf("\nremote references for each call, by CPUs%32s", "");
  for (const unsigned cpus : sizes) std::printf("%9u", cpus);
  std::printf("\n");
  for (const row& r : rows) {
    std::printf("  %-70s", r.name);
    for (const unsigned cpus : sizes) {
      const double cost = r.measure(cpus);
      std::printf("%9.2f", cost);
      CAPTURE(r.name, cpus);
      CHECK(cost <= r.flat + r.per_slot * cpus);
    }
    std::printf("\n");
  }
}
