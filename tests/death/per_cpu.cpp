// SPDX-License-Identifier: BSL-1.0
//
// What a per_cpu_domain refuses: to die under a claim or an object, in every build; and misuse that is looked for only
// where LAZYREF_CHECKS is 1.
#include <lazyref/per_cpu.hpp>

#include <memory>
#include <utility>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/per_cpu_kinds.hpp"
#include "../support/per_cpu_threads.hpp"

using namespace lazyref_test;
using lazyref::claim_method;
using lazyref::reclaim;

namespace {

template <class Kind>
using domain_of = lazyref::per_cpu_domain<thing, Kind::when>;

// What a child says that has a domain, a claim of an object in it, and does `act` with them.
template <class Kind, class Act>
child_result misuse(claim_method method, Act act) {
  return in_child([&] {
    census all;
    auto domain = std::make_unique<domain_of<Kind>>(options(2, method));
    auto object = domain->make(all);
    auto claim = domain->claim(object);
    act(domain, claim, object);
    ::_exit(0);
  });
}

}  // namespace

TEMPLATE_TEST_CASE("a per-CPU domain does not die under an open claim", "", deferred, prompt) {
  const char* const said = "per_cpu_domain: destroyed while a claim is open";
  const claim_method method = each_method();
  CHECK(misuse<TestType>(method, [](auto& domain, auto&, auto&) { domain.reset(); }).aborted_saying(said));
  // Nor if the object is the slot's by now.
  CHECK(misuse<TestType>(method, [](auto& domain, auto&, auto& object) {
          object.reset();
          domain.reset();
        }).aborted_saying(said));
  // Nor if the claim was moved.
  CHECK(misuse<TestType>(method, [](auto& domain, auto& claim, auto& object) {
          const auto other = std::move(claim);
          object.reset();
          domain.reset();
        }).aborted_saying(said));
}

TEMPLATE_TEST_CASE("a per-CPU domain does not die before its objects", "", deferred, prompt) {
  const char* const said = "per_cpu_domain: destroyed while some of its objects are alive";
  const claim_method method = each_method();
  CHECK(misuse<TestType>(method, [](auto& domain, auto& claim, auto&) {
          claim.release();
          domain.reset();
        }).aborted_saying(said));
  // A counted claim keeps its object alive.
  CHECK(in_child([&] {
          census all;
          const pinned here;
          auto domain = std::make_unique<domain_of<TestType>>(options(1, claim_method::compare_and_swap));
          auto object = domain->make(all);
          auto claim = domain->claim(object);
          auto counted = domain->claim(object);
          expect(counted.is_counted(), "there is one slot");
          object.reset();
          claim.release();
          domain.reset();
        }).aborted_saying(said));
}

TEMPLATE_TEST_CASE("a per-CPU domain dies in peace after its last claim and object", "", deferred, prompt) {
  const child_result end = misuse<TestType>(each_method(), [](auto& domain, auto& claim, auto& object) {
    object.reset();
    claim.release();
    domain.reset();
  });
  CHECK(end.err == "");
  CHECK(end.quiet());
}

TEST_CASE("more slots than there is memory for are refused, also where their number overflows") {
  CHECK(in_child([] {
          lazyref::per_cpu_options many;
          many.slots_per_cpu = SIZE_MAX / 2;
          many.cpus = 4;
          const lazyref::per_cpu_domain<thing> domain(many);
        }).aborted_saying("the memory for a domain of that size could not be allocated"));
}

TEMPLATE_TEST_CASE("checked: a claim needs a user, and one of the domain", "", deferred, prompt) {
  if (!lazyref::checks_enabled) LAZYREF_SKIP("LAZYREF_CHECKS is 0 in this build");
  const claim_method method = each_method();
  CHECK(misuse<TestType>(method, [](auto& domain, auto&, auto&) {
          static_cast<void>(domain->claim(nullptr));
        }).aborted_saying("per_cpu_domain::claim: the reference is empty"));
  CHECK(misuse<TestType>(method, [](auto& domain, auto&, auto&) {
          census others;
          domain_of<TestType> other;
          static_cast<void>(domain->claim(other.make(others)));
        }).aborted_saying("per_cpu_domain::claim: the object belongs to another domain"));
  CHECK(misuse<TestType>(method, [](auto& domain, auto&, auto&) {
          census others;
          domain_of<TestType> other;
          const auto object = other.make(others);
          const std::atomic<thing*> shared{object.get()};
          static_cast<void>(domain->protect(shared));
        }).aborted_saying("per_cpu_domain::protect: the object belongs to another domain"));
}
