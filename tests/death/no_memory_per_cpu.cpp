// SPDX-License-Identifier: BSL-1.0
//
// No memory for a per_cpu_domain, its objects and its overflow slots; see no_memory.cpp.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <new>
#include <utility>
#include <vector>

#include <lazyref/per_cpu.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/memory_sweep.hpp"
#include "../support/per_cpu_threads.hpp"

#if !LAZYREF_TEST_ASAN && !LAZYREF_TEST_TSAN

using namespace lazyref_test;
using lazyref::claim_method;
using lazyref::reclaim;
using lazyref::strong_ref;

namespace {

constexpr const char* no_domain = "the memory for a domain of that size could not be allocated";

template <reclaim When, claim_method Method>
struct kind {
  static constexpr reclaim when = When;
  static constexpr claim_method method = Method;
};
using deferred_by_rseq = kind<reclaim::deferred, claim_method::restartable_sequence>;
using deferred_by_swap = kind<reclaim::deferred, claim_method::compare_and_swap>;
using prompt_by_rseq = kind<reclaim::prompt, claim_method::restartable_sequence>;
using prompt_by_swap = kind<reclaim::prompt, claim_method::compare_and_swap>;

template <class Kind>
using domain_of = lazyref::per_cpu_domain<thing, Kind::when>;
template <class Kind>
using claim_of = lazyref::cpu_claim<thing, Kind::when>;

// More than are looked at without a table of their own.
constexpr std::size_t many = 80;

// `cpus`: for so many there are slots; 0: for all.
template <class Kind>
domain_of<Kind> make_domain(trial& t, std::size_t cpus) {
  return t.or_dies_saying(no_domain, [cpus] {
    lazyref::per_cpu_options options;
    options.slots_per_cpu = 2;
    options.cpus = cpus;
    options.method = Kind::method;
    return domain_of<Kind>(options);
  });
}

template <class Kind>
strong_ref<thing> make(trial& t, domain_of<Kind>& domain, census& all) {
  strong_ref<thing> object;
  expect(t.as_new("make", [&] { object = domain.make(all); }) == bool(object), "what is made is there");
  return object;
}

// Protects; where there is no slot, that may find no memory for one.
template <class Kind>
claim_of<Kind> protect(trial& t, domain_of<Kind>& domain, const std::atomic<thing*>& shared) {
  claim_of<Kind> result;
  t.by_result("protect", [&] {
    result = domain.protect(shared);
    return bool(result);
  });
  expect(result ? result.get() == shared && result.error() == 0 : result.error() == ENOMEM, "protect tells why not");
  expect(!result.is_counted(), "a protection is no hold");
  return result;
}

// More claims than there are slots, of which some are holds.
template <class Kind>
bool claim_and_leave(trial& t, domain_of<Kind>& domain, census& all) {
  strong_ref<thing> object = make<Kind>(t, domain, all);
  if (!object) return false;
  std::array<claim_of<Kind>, 8> claims;
  for (auto& one : claims) {
    t.quietly("claim", [&] { one = domain.claim(object); });
    expect(one.get() == object.get() && one.error() == 0, "a claim is never empty");
  }
  t.quietly("strong_ref::reset", [&] { object.reset(); });
  expect(all.alive() == 1, "it is in use");
  t.quietly("moves of a claim", [&] {
    auto moved = std::move(claims[0]);
    claims[1].swap(moved);
    claims[0] = std::move(moved);
  });
  t.quietly("release", [&] {
    for (auto& one : claims) one.release();
  });
  t.quietly("collect", [&] { domain.collect(); });
  return true;
}

// Claims, and protections of a second object, as many as `many` at a time, which is retired under them.
template <class Kind>
bool use(trial& t, domain_of<Kind>& domain, census& all) {
  if (!claim_and_leave<Kind>(t, domain, all)) return false;
  expect(domain.flush() == 0 && all.alive() == 0, "nobody uses it");
  strong_ref<thing> object = make<Kind>(t, domain, all);
  if (!object) return false;
  std::atomic<thing*> shared{object.get()};
  std::array<claim_of<Kind>, many> claims;
  bool have_all = true;
  for (auto& one : claims) {
    one = protect<Kind>(t, domain, shared);
    have_all = have_all && one;
  }
  shared = nullptr;
  t.quietly("protect null", [&] { expect(domain.protect(shared).error() == 0, "null is no failure"); });
  t.quietly("retire", [&] { domain.retire(std::move(object)); });
  t.quietly("flush", [&] { domain.flush(); });
  t.quietly("stats", [&] { static_cast<void>(domain.stats()); });
  std::size_t held = 0;
  for (auto& one : claims) held += bool(one);
  expect((held != 0) == (all.alive() == 1), "it lives as long as it is protected");
  t.quietly("release", [&] {
    for (auto& one : claims) one.release();
  });
  expect(all.alive() == 0, "nobody uses it");
  return have_all;
}

template <class Kind>
void domain_and_claims(trial& t) {
  census all;
  {
    trial::quiet_scope end("the end of a domain", false);
    auto domain = make_domain<Kind>(t, 0);
    use<Kind>(t, domain, all);
    t.memory_is_back();
    expect(use<Kind>(t, domain, all), "there is memory");
    // Overflow slots that were given back serve again.
    t.quietly("protect", [&] {
      std::atomic<thing*> shared{nullptr};
      static_cast<void>(domain.protect(shared));
    });
    strong_ref<thing> object = make<Kind>(t, domain, all);
    std::atomic<thing*> shared{object.get()};
    std::array<claim_of<Kind>, many> claims;
    t.quietly("protect", [&] {
      for (auto& one : claims) one = domain.protect(shared);
    });
    for (auto& one : claims) expect(bool(one), "there are slots");
    // Here without a thread that is gone.
    t.quietly("after_fork_in_child", [&] { domain.after_fork_in_child(claims[0], claims[many - 1]); });
    for (std::size_t i = 1; i + 1 < many; ++i) new (&claims[i]) claim_of<Kind>();  // They must not be touched.
    t.quietly("release", [&] {
      for (auto& one : claims) one.release();
    });
    t.quietly("how, counted", [&] {
      static_cast<void>(domain.how());
      static_cast<void>(domain.counted());
    });
    thing* by_hand = nullptr;
    expect(t.as_new("new", [&] { by_hand = new thing(all); }), "there is memory");
    t.quietly("adopt", [&] { object = domain.adopt(by_hand); });
    object.reset();
    end.begin();
  }
  expect(all.alive() == 0 && all.torn_down == all.made && all.disorder == 0, "each object is disposed of once");
}

// On a CPU that the domain has no slots for, claims go to overflow slots too. There, and only there, a claim may ask
// for memory; it does without.
template <class Kind>
void claims_beyond(trial& t) {
  census all;
  {
    trial::quiet_scope end("the end of a domain", false);
    auto domain = make_domain<Kind>(t, 1);
    const auto once = [&] {
      strong_ref<thing> object = make<Kind>(t, domain, all);
      if (!object) return false;
      std::array<claim_of<Kind>, many> claims;
      for (auto& one : claims) {
        const long refused = heap.refused;
        one = domain.claim(object);
        expect(one.get() == object.get() && one.error() == 0, "a claim is never empty");
        expect(!one.is_counted() || heap.refused != refused, "it counts only for want of memory");
      }
      t.quietly("strong_ref::reset", [&] { object.reset(); });
      expect(all.alive() == 1, "it is in use");
      t.quietly("release", [&] {
        for (auto& one : claims) one.release();
      });
      expect(domain.flush() == 0 && all.alive() == 0, "nobody uses it");
      return true;
    };
    once();
    t.memory_is_back();
    const std::size_t counted = domain.counted();
    expect(once() && domain.counted() == counted, "there is memory");
    strong_ref<thing> object = make<Kind>(t, domain, all);
    std::array<claim_of<Kind>, many> claims;
    t.quietly("claim", [&] {
      for (auto& one : claims) one = domain.claim(object);  // in what was given back
    });
    for (auto& one : claims) one.release();
    object.reset();
    end.begin();
  }
  expect(all.alive() == 0 && all.torn_down == all.made && all.disorder == 0, "each object is disposed of once");
}

void check(const sweep_result& result) {
  CHECK(result.wrong == "");
  CHECK(result.deaths > 0);
  CHECK(result.steps > result.deaths);
}

}  // namespace

TEMPLATE_TEST_CASE(
    "no memory: a per-CPU domain's constructor calls the fatal hook, protect says ENOMEM, and claim counts",
    "[no_memory]", deferred_by_rseq, deferred_by_swap, prompt_by_rseq, prompt_by_swap) {
  check(sweep(&domain_and_claims<TestType>));
}

TEMPLATE_TEST_CASE("no memory: on a CPU that a domain has no slots for, a claim counts", "[no_memory]",
                   deferred_by_swap, prompt_by_swap) {
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.empty() || cpus.back() == 0) LAZYREF_SKIP("there is one CPU, which each domain has slots for");
  const pinned here(cpus.back());
  REQUIRE(here);
  check(sweep(&claims_beyond<TestType>));
}

#else

TEST_CASE("no memory: per-CPU domains") { LAZYREF_SKIP("a sanitizer's allocation functions cannot be replaced"); }

#endif
