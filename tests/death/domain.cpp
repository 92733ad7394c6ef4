// SPDX-License-Identifier: BSL-1.0
//
// What a domain refuses to do, in every build.
#include <cstdint>
#include <cstdio>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

using namespace lazyref_test;

namespace {

template <class Options>
struct set_up {
  census all;
  lazyref::lazy_domain<thing, Options>& domain = *new lazyref::lazy_domain<thing, Options>(2U);

  // Its memory stays, or the compiler would warn of what the library is to catch.
  void end_domain() { domain.~lazy_domain(); }
};

}  // namespace

TEMPLATE_TEST_CASE("a domain refuses to die while a slot is active", "", LAZYREF_TEST_OPTIONS) {
  const child_result end = in_child([] {
    set_up<TestType> one;
    auto slot = one.domain.attach();
    auto a = one.domain.make(one.all, 2U);
    slot.activate(a);
    a.reset();
    one.end_domain();
  });
  CHECK(end.aborted_saying("lazyref: lazy_domain: destroyed while a lazy_slot of it is active"));
}

TEMPLATE_TEST_CASE("a domain refuses to die while a slot is attached", "", LAZYREF_TEST_OPTIONS) {
  const child_result end = in_child([] {
    set_up<TestType> one;
    auto slot = one.domain.attach();
    one.end_domain();
  });
  CHECK(end.aborted_saying("destroyed while a lazy_slot of it is attached"));
}

TEMPLATE_TEST_CASE("a domain refuses to die while an object is alive", "", LAZYREF_TEST_OPTIONS) {
  const child_result end = in_child([] {
    set_up<TestType> one;
    auto a = one.domain.make(one.all);
    one.end_domain();
  });
  CHECK(end.aborted_saying("destroyed while some of its objects are alive"));
}

TEST_CASE("a domain that nobody uses any more dies in silence") {
  const child_result end = in_child([] {
    set_up<deferred_all> one;
    auto slot = one.domain.attach();
    auto a = one.domain.make(one.all);
    slot.activate(a);
    a.reset();
    slot.detach();
    one.end_domain();
  });
  CHECK(end.quiet());
}

TEST_CASE("a candidate that is no slot of the domain stops the program") {
  const child_result end = in_child([] {
    set_up<deferred_custom> one;
    one.domain.make(one.all, 2U).reset();  // slots 0 and 1, which exist
    one.domain.make(one.all, 3U).reset();
  });
  CHECK(end.aborted_saying("for_each_candidate passed an index that no slot has"));
}

namespace {
struct growing : lazyref::domain_options<> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};
}  // namespace

TEST_CASE("more slots than there is memory stop the program") {
  if (LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN) LAZYREF_SKIP("sanitizers' allocators have a message of their own");
  // More bytes than there are, than a pointer difference can say, than a size can say.
  for (std::size_t slots : {SIZE_MAX / 256, SIZE_MAX / 100, SIZE_MAX / 2}) {
    if (sizeof(void*) == 4 && slots == SIZE_MAX / 256) continue;  // 1 GiB
    const child_result end = in_child([=] { lazyref::lazy_domain<thing> domain(slots); });
    CHECK(end.aborted_saying("lazyref: the memory for a domain of that size could not be allocated"));
    const child_result growing_end = in_child([=] { lazyref::lazy_domain<thing, growing> domain(slots); });
    CHECK(growing_end.aborted_saying("lazyref: the memory for a domain of that size could not be allocated"));
  }
}

TEST_CASE("a fatal handler may end the process in its own way") {
  const child_result end = in_child([] {
    lazyref::set_fatal_handler([](const char* message, int error) noexcept {
      std::fprintf(stderr, "mine: %s %d", message, error);
      ::_exit(42);
    });
    set_up<deferred_all> one;
    auto a = one.domain.make(one.all);
    one.end_domain();
  });
  CHECK(end.signal == 0);
  CHECK(end.exit_status == 42);
  CHECK(end.err.find("mine: lazy_domain: destroyed while some of its objects are alive") == 0);
  CHECK(end.err.find(" 0") == end.err.size() - 2);
}

TEST_CASE("a fatal handler that returns does not help: the process aborts") {
  const child_result end = in_child([] {
    lazyref::set_fatal_handler([](const char*, int) noexcept { std::fprintf(stderr, "returning"); });
    set_up<deferred_all> one;
    auto a = one.domain.make(one.all);
    one.end_domain();
  });
  CHECK(end.aborted_saying("returning"));
  CHECK(end.err == "returning");
}
