// SPDX-License-Identifier: BSL-1.0
//
// No memory for a lazy_domain, its objects and its slots; see no_memory.cpp.
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <lazyref/atomic_strong_ref.hpp>
#include <lazyref/domain.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/memory_sweep.hpp"

#if !LAZYREF_TEST_ASAN && !LAZYREF_TEST_TSAN

using namespace lazyref_test;
using lazyref::candidates;
using lazyref::policy;
using lazyref::reclaim;
using lazyref::strong_ref;

namespace {

constexpr const char* no_domain = "the memory for a domain of that size could not be allocated";
constexpr const char* no_bits = "lazy_domain::adopt: the memory for the object's candidate bits could not be allocated";

// More than are looked at without a table of their own.
constexpr std::size_t many = 80;

template <class Options>
constexpr bool grows = Options::growth == lazyref::slot_growth::chunks;

// Where slots are added, there may be no memory for one.
template <class Options>
auto attach(trial& t, lazyref::lazy_domain<thing, Options>& domain) {
  lazyref::lazy_slot<thing, Options> slot;
  const auto call = [&] {
    slot = domain.attach();
    return bool(slot);
  };
  if constexpr (grows<Options>) {
    t.by_result("attach", call);
  } else {
    expect(t.quietly("attach", call), "there is a slot");
  }
  return slot;
}

// What users do that share a cell; the slot is on nothing before and after it.
template <class Options>
void use_cell(trial& t, lazyref::lazy_slot<thing, Options>& slot, const strong_ref<thing>& a,
              const strong_ref<thing>& b) {
  t.quietly("atomic_strong_ref", [&] {
    lazyref::atomic_strong_ref<thing> cell(a);
    expect(slot.protect(cell) == a.get(), "the cell is on the first");
    expect(cell.load(slot) == a, "and gives a user");
    expect(cell.exchange(b) == a, "and the one before");
    thing* expected = b.get();
    strong_ref<thing> desired = a;
    expect(cell.compare_exchange_strong(expected, desired) && desired == b, "the cell is exchanged");
    cell.store(nullptr);
    expect(!cell.load(slot), "the cell is on nothing");
    slot.reset_protection();
  });
}

// An object that names all slots that there are (candidates::custom).
template <class Options>
strong_ref<thing> make(trial& t, lazyref::lazy_domain<thing, Options>& domain, census& all) {
  strong_ref<thing> object;
  const std::size_t named = domain.stats().slot_count;
  expect(t.as_new("make", [&] { object = domain.make(all, named); }) == bool(object), "what is made is there");
  return object;
}

// All that two workers do, if they and their objects are to be had. Whether they are.
template <class Options>
bool work(trial& t, lazyref::lazy_domain<thing, Options>& domain, census& all) {
  auto slot = attach(t, domain);
  auto other = attach(t, domain);
  strong_ref<thing> a = make(t, domain, all);
  strong_ref<thing> b = make(t, domain, all);
  if (!a || !b || !slot || !other) return false;
  t.quietly("activate", [&] {
    slot.activate(a);
    other.activate(strong_ref<const thing>(b));
  });
  t.quietly("park, resume, poll", [&] {
    slot.park();
    expect(slot.resume() == a.get(), "nobody has taken it");
    slot.poll();
    static_cast<void>(slot.active());
    static_cast<void>(slot.index());
  });
  t.quietly("temporary_activation", [&] {
    const lazyref::temporary_activation<thing, Options> inside(slot, b);
    expect(slot.active() == b.get(), "the scope's object");
  });
  t.quietly("strong_ref", [&] {
    strong_ref<thing> copy = a;
    strong_ref<const thing> to_read = copy;
    copy.swap(b);
    b.swap(copy);
    copy = std::move(b);
    b = strong_ref<thing>::try_from(copy.get());
    expect(b.use_count() == 2 && to_read == a, "users are counted");
    copy.reset();
  });
  t.quietly("deactivate", [&] {
    slot.deactivate();
    other.deactivate();
  });
  if constexpr (Options::can_protect) {
    std::atomic<thing*> shared{a.get()};
    t.quietly("protect", [&] {
      expect(slot.protect(shared) == a.get(), "protect");
      thing* seen = a.get();
      expect(slot.try_protect(seen, shared), "try_protect");
      slot.reset_protection();
    });
    use_cell(t, slot, a, b);
  }
  t.quietly("activate", [&] { slot.activate(a); });
  t.quietly("strong_ref::reset", [&] { b.reset(); });
  t.quietly("retire", [&] { domain.retire(std::move(a), 100); });
  t.quietly("flush", [&] { expect(domain.flush() == (Options::how == policy::refcounted ? 0 : 1), "one is in use"); });
  t.quietly("collect", [&] { domain.collect(); });
  t.quietly("stats", [&] { expect(domain.stats().attached >= 2, "two are attached"); });
  t.quietly("moves of a slot", [&] {
    auto moved = std::move(slot);
    slot = std::move(moved);
  });
  t.quietly("detach", [&] { slot.detach(); });
  t.quietly("attach", [&] { slot = domain.attach(); });  // what was given back
  return bool(slot);
}

// Many slots, each on an object of its own that loses its users.
template <class Options>
void use_all_slots(trial& t, lazyref::lazy_domain<thing, Options>& domain, census& all) {
  std::array<lazyref::lazy_slot<thing, Options>, many> slots;
  const int before = all.disposed;
  for (auto& slot : slots) slot = attach(t, domain);
  for (auto& slot : slots) {
    strong_ref<thing> object = make(t, domain, all);
    expect(slot && object, "there is memory");
    t.quietly("the departure of an object in use", [&] {
      if constexpr (Options::can_protect) {
        std::atomic<thing*> shared{object.get()};
        expect(slot.protect(shared) == object.get(), "protect");
        shared = nullptr;
      } else {
        slot.activate(object);
      }
      domain.retire(std::move(object));
    });
  }
  t.quietly("flush", [&] { domain.flush(); });
  expect(all.disposed == before, "all are in use");
  t.quietly("the slots' next moves", [&] {
    for (auto& slot : slots) slot.deactivate();
  });
  expect(all.disposed == before + static_cast<int>(many), "none is in use");
  // Here without a thread that is gone.
  t.quietly("after_fork_in_child", [&] { domain.after_fork_in_child(slots[0], slots[many - 1]); });
  expect(domain.stats().attached == 2, "all others are taken back");
}

// Options: of the domain. First: so many slots it is made with.
template <class Options, std::size_t First>
void domain_and_objects(trial& t) {
  using domain_type = lazyref::lazy_domain<thing, Options>;
  census all;
  {
    trial::quiet_scope end("the end of a domain", false);
    auto domain = t.or_dies_saying(no_domain, [] {
      if constexpr (Options::how == policy::shootdown)
        return domain_type(First, lazyref::kick{});
      else
        return domain_type(First);
    });
    work(t, domain, all);
    expect(domain.flush() == 0 && all.alive() == 0, "all objects are disposed of");

    t.memory_is_back();
    expect(work(t, domain, all), "there is memory");
    if constexpr (First >= many || grows<Options>) use_all_slots(t, domain, all);
    end.begin();
  }
  expect(all.alive() == 0 && all.torn_down == all.made && all.disorder == 0, "each object is disposed of once");
}

// An object that the user allocates, and the domain adopts.
template <class Options>
void adopted_object(trial& t) {
  census all;
  {
    auto domain = t.or_dies_saying(no_domain, [] { return lazyref::lazy_domain<thing, Options>(1); });
    const auto once = [&] {
      thing* by_hand = nullptr;
      if (!t.as_new("new", [&] { by_hand = new thing(all); })) return false;
      const auto adopt = [&] { return domain.adopt(by_hand); };
      const strong_ref<thing> adopted =
          Options::where == candidates::tracked ? t.or_dies_saying(no_bits, adopt) : t.quietly("adopt", adopt);
      expect(adopted.get() == by_hand && all.alive() == 1, "it is adopted");
      return true;
    };
    once();
    t.memory_is_back();
    expect(once(), "there is memory");
  }
  expect(all.alive() == 0 && all.torn_down == all.made && all.disorder == 0, "each object is disposed of once");
}

template <reclaim When, policy How = policy::handoff, candidates Where = candidates::all>
struct growing : lazyref::domain_options<How, When, Where> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};

void check(const sweep_result& result, bool may_die) {
  CHECK(result.wrong == "");
  CHECK(result.steps > 0);
  CHECK(may_die == (result.deaths > 0));
}

}  // namespace

TEMPLATE_TEST_CASE(
    "no memory: a domain's constructor calls the fatal hook, make fails as new does, and nothing else does",
    "[no_memory]", LAZYREF_TEST_HANDOFF, counted, LAZYREF_TEST_SHOOTDOWN) {
  check(sweep(&domain_and_objects<TestType, many + 2>), true);
  check(sweep(&domain_and_objects<TestType, 2>), true);
}

TEMPLATE_TEST_CASE("no memory: adopt calls the fatal hook where it has bits to allocate, and else asks for none",
                   "[no_memory]", LAZYREF_TEST_HANDOFF, counted, LAZYREF_TEST_SHOOTDOWN) {
  const sweep_result result = sweep(&adopted_object<TestType>);
  CHECK(result.wrong == "");
  CHECK(result.steps > result.deaths);
}

TEMPLATE_TEST_CASE("no memory: a domain that cannot grow gives out an empty slot, and grows later", "[no_memory]",
                   growing<reclaim::deferred>, growing<reclaim::prompt>,
                   (growing<reclaim::deferred, policy::refcounted>),
                   (growing<reclaim::prompt, policy::handoff, candidates::custom>),
                   (growing<reclaim::deferred, policy::shootdown>)) {
  check(sweep(&domain_and_objects<TestType, 0>), false);
  check(sweep(&domain_and_objects<TestType, 2>), true);
  check(sweep(&domain_and_objects<TestType, many + 2>), true);
  // The slots of a growing domain, one after the other, each where all others are in use.
  check(sweep([](trial& t) {
          trial::quiet_scope end("the end of a domain", false);
          auto domain = t.or_dies_saying(no_domain, [] { return lazyref::lazy_domain<thing, TestType>(1); });
          std::array<lazyref::lazy_slot<thing, TestType>, many> slots;
          for (auto& slot : slots) slot = attach(t, domain);
          t.memory_is_back();
          for (auto& slot : slots) {
            if (!slot) slot = attach(t, domain);
          }
          expect(domain.stats().attached == many, "each worker has a slot");
          end.begin();
        }),
        true);
}

// --- objects that ask for memory themselves

namespace {

template <class Sync = lazyref::std_sync>
struct basic_heavy : lazyref::owner<basic_heavy<Sync>, Sync> {
  explicit basic_heavy(int& n) : alive(n) { ++alive; }
  basic_heavy(const basic_heavy&) = delete;
  basic_heavy& operator=(const basic_heavy&) = delete;
  ~basic_heavy() { --alive; }
  const std::unique_ptr<int> first{new int(1)};
  const std::unique_ptr<int> second{new int(2)};
  int& alive;
};
using heavy = basic_heavy<>;

}  // namespace

TEMPLATE_TEST_CASE("no memory: an object whose constructor throws leaves nothing behind", "[no_memory]", deferred_all,
                   deferred_tracked, counted) {
  check(sweep([](trial& t) {
          int alive = 0;
          auto domain = t.or_dies_saying(no_domain, [] { return lazyref::lazy_domain<heavy, TestType>(1); });
          strong_ref<heavy> object;
          t.as_new("make", [&] { object = domain.make(alive); });
          expect(alive == (object ? 1 : 0), "there is an object, or there is none");
          expect(domain.stats().made == static_cast<std::size_t>(alive), "the domain counts it if there is one");
          t.memory_is_back();
          expect(t.as_new("make", [&] { object = domain.make(alive); }), "there is memory");
          object.reset();
          expect(domain.flush() == 0 && alive == 0, "it is disposed of");
        }),
        true);
}

#else

TEST_CASE("no memory: domains") { LAZYREF_SKIP("a sanitizer's allocation functions cannot be replaced"); }

#endif
