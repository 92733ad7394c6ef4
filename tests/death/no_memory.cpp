// SPDX-License-Identifier: BSL-1.0
//
// What happens when there is no memory, at each place where memory is asked for: fences, instruction streams, the
// embedded layer, hazard pointers; no_memory_*.cpp have the domains. Before these, the sweep itself: faults are
// planted, and it has to report each of them, and nothing without one.
//
// This file replaces the allocation functions of its whole program, but not under a sanitizer, which has its own.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <lazyref/lazyref.hpp>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/memory_sweep.hpp"

#if !LAZYREF_TEST_ASAN && !LAZYREF_TEST_TSAN

#include "../support/counting_new.hpp"

using namespace lazyref_test;
using lazyref::hazard_pointer;
using lazyref::make_hazard_pointer;

// --- the sweep

namespace {

// What scenarios ask for. By name: a compiler may leave out a new-expression, and clang does.
struct give_back {
  void operator()(int* memory) const noexcept { ::operator delete(memory); }
};
using block = std::unique_ptr<int, give_back>;
block ask() noexcept { return block(static_cast<int*>(::operator new(sizeof(int), std::nothrow))); }
block ask_or_throw() { return block(static_cast<int*>(::operator new(sizeof(int)))); }

// Each scenario with its fault, and without.
enum class plant : bool { no, yes };

// Of two blocks the first one is forgotten where there is no second one.
template <plant Fault>
void two_blocks(trial& t) {
  t.by_result("two blocks", [] {
    block one = ask();
    const block other = ask();
    const bool both = one != nullptr && other != nullptr;
    if (other == nullptr && Fault == plant::yes) static_cast<void>(one.release());
    return both;
  });
}

// The same, of something that keeps the first one for the life of the process.
template <plant Fault>
void kept_blocks(trial& t) {
  static block kept;
  static block other;
  t.by_result("kept blocks", [] {
    if (kept == nullptr) kept = ask();
    if (kept == nullptr || other != nullptr) return kept != nullptr;
    other = ask();
    if (other == nullptr && Fault == plant::yes) static_cast<void>(kept.release());
    return other != nullptr;
  });
}

// Keeps more each time, whether or not something is refused.
template <plant Fault>
void growing_blocks(trial& t) {
  static block kept;
  t.by_result("growing blocks", [] {
    if (Fault == plant::yes) static_cast<void>(kept.release());
    if (kept == nullptr) kept = ask();
    return kept != nullptr;
  });
}

// What has failed once goes on failing.
template <plant Fault>
void offended(trial& t) {
  bool failed = false;
  const auto call = [&failed] {
    if (failed && Fault == plant::yes) return false;
    const block asked = ask();
    failed = asked == nullptr;
    return !failed;
  };
  t.by_result("the first call", call);
  t.memory_is_back();
  t.by_result("the second call", call);
}

// An object is lost where there is no memory to remember it.
template <plant Fault>
void lost_object(trial& t) {
  census all;
  {
    auto domain = t.or_dies_saying("the memory for a domain of that size could not be allocated",
                                   [] { return lazyref::lazy_domain<thing>(std::size_t{1}); });
    lazyref::strong_ref<thing> object;
    if (!t.as_new("make", [&] { object = domain.make(all); })) return;
    t.by_result("remember", [&] {
      const block place = ask();
      if (place == nullptr && Fault == plant::yes) lazyref::detail::owner_access::release(object);
      return place != nullptr;
    });
  }
  expect(all.alive() == 0, "all objects are disposed of");
}

// retire asks for memory, though it does without.
template <plant Fault>
void noisy_retire(trial& t) {
  census all;
  auto domain = t.or_dies_saying("the memory for a domain of that size could not be allocated",
                                 [] { return lazyref::lazy_domain<thing>(std::size_t{1}); });
  lazyref::strong_ref<thing> object;
  if (!t.as_new("make", [&] { object = domain.make(all); })) return;
  t.quietly("retire", [&] {
    if (Fault == plant::yes) const block place = ask();
    domain.retire(std::move(object));
  });
}

// A destructor asks for memory.
template <plant Fault>
void noisy_end(trial& t) {
  struct noisy {
    ~noisy() {
      if (Fault == plant::yes) const block place = ask();
    }
  };
  trial::quiet_scope end("its end", false);
  const noisy one;
  t.by_result("a block", [] { return ask() != nullptr; });
  end.begin();
}

// A call that must not throw does.
template <plant Fault>
void throws_inside(trial& t) {
  t.by_result("a block", []() noexcept { return (Fault == plant::yes ? ask_or_throw() : ask()) != nullptr; });
}
template <plant Fault>
void throws_outside(trial& t) {
  t.by_result("a block", [] { return (Fault == plant::yes ? ask_or_throw() : ask()) != nullptr; });
}

// The fatal hook, with another sentence; where it is not to be called; where nothing was refused.
template <plant Fault>
void other_sentence(trial& t) {
  t.or_dies_saying("there is no memory", [] {
    const block asked = ask();
    if (asked == nullptr)
      lazyref::detail::call_fatal_hook(Fault == plant::yes ? "something went wrong" : "there is no memory");
  });
}
template <plant Fault>
void unasked_hook(trial& t) {
  t.by_result("a block", [] {
    const block asked = ask();
    if (asked == nullptr && Fault == plant::yes) lazyref::detail::call_fatal_hook("there is no memory");
    return asked != nullptr;
  });
}
template <plant Fault>
void hook_without_reason(trial& t) {
  bool failed = false;
  t.by_result("a block", [&] {
    const block asked = ask();
    failed = asked == nullptr;
    return !failed;
  });
  t.or_dies_saying("there is no memory", [&] {
    if (failed && Fault == plant::yes) lazyref::detail::call_fatal_hook("there is no memory");
  });
}

// Aborts without a word.
template <plant Fault>
void silent_abort(trial& t) {
  t.by_result("a block", [] {
    const block asked = ask();
    if (asked == nullptr && Fault == plant::yes) std::abort();
    return asked != nullptr;
  });
}

// What was refused is used.
template <plant Fault>
void careless(trial& t) {
  t.by_result("a block", [] {
    const block asked = ask();
    int* volatile at = asked.get();  // For the compiler it may be null or not.
    if (Fault == plant::yes || at != nullptr) *at = 1;
    return asked != nullptr;
  });
}

// A thread's memory is not another one's.
template <plant Fault>
void forgetful_thread(trial& t) {
  t.in_thread([&] {
    t.by_result("a block", [] {
      const block one = ask();
      block other = ask();
      const bool both = one != nullptr && other != nullptr;
      if (!both && Fault == plant::yes) static_cast<void>(other.release());
      return both;
    });
  });
}

struct planted {
  void (*without)(trial&);
  void (*with)(trial&);
  const char* reported;
  keeps what = keeps::nothing;
};
#define LAZYREF_TEST_PLANTED(scenario) &scenario<plant::no>, &scenario<plant::yes>

const planted faults[] = {
    {LAZYREF_TEST_PLANTED(two_blocks), "not so: the scenario leaks nothing"},
    {LAZYREF_TEST_PLANTED(kept_blocks), "not so: the scenario keeps no more than if nothing is refused", keeps::some},
    {LAZYREF_TEST_PLANTED(growing_blocks), "not so: the scenario keeps no more", keeps::some},
    {LAZYREF_TEST_PLANTED(offended), "not so: the second call fails only for want of memory"},
    {LAZYREF_TEST_PLANTED(lost_object), "not so: lazy_domain: destroyed while some of its objects are alive"},
    {LAZYREF_TEST_PLANTED(noisy_retire), "not so: retire allocates nothing"},
    {LAZYREF_TEST_PLANTED(noisy_end), "not so: its end allocates nothing"},
    {LAZYREF_TEST_PLANTED(throws_inside), "(signal 6,"},
    {LAZYREF_TEST_PLANTED(throws_outside), "not so: std::bad_alloc is not thrown"},
    {LAZYREF_TEST_PLANTED(other_sentence), "not so: something went wrong is not the sentence"},
    {LAZYREF_TEST_PLANTED(unasked_hook), "not so: there is no memory is not said here"},
    {LAZYREF_TEST_PLANTED(hook_without_reason), "not so: there is no memory is said only for want of memory"},
    {LAZYREF_TEST_PLANTED(silent_abort), "(signal 6,"},
    {LAZYREF_TEST_PLANTED(careless), "(signal 11,"},
    {LAZYREF_TEST_PLANTED(forgetful_thread), "not so: the scenario leaks nothing"},
};

}  // namespace

TEST_CASE("no memory: the sweep reports each planted fault, and nothing where there is none", "[no_memory]") {
  for (const planted& one : faults) {
    INFO(one.reported);
    const sweep_result clean = sweep(one.without, one.what);
    CHECK(clean.wrong == "");
    CHECK(clean.steps > 0);
    const sweep_result broken = sweep(one.with, one.what);
    INFO(broken.wrong);
    CHECK(broken.wrong.find(one.reported) != std::string::npos);
  }
}

TEST_CASE("no memory: the sweep goes to each call for memory, and ends", "[no_memory]") {
  // All calls fail from the first, second, third on; or one of them.
  const sweep_result three = sweep([](trial& t) {
    for (int i = 0; i < 3; ++i) {
      t.by_result("a block", [] { return ask() != nullptr; });
    }
  });
  CHECK(three.wrong == "");
  CHECK(three.steps == 6);
  CHECK(three.deaths == 0);
  const sweep_result none = sweep([](trial&) {});
  CHECK(none.wrong == "");
  CHECK(none.steps == 0);
  const sweep_result dies = sweep([](trial& t) {
    t.or_dies_saying("none", [] {
      if (ask() == nullptr) lazyref::detail::call_fatal_hook("none");
    });
  });
  CHECK(dies.wrong == "");
  CHECK(dies.deaths == 2);
  // Whatever is granted, it has one refused.
  const sweep_result endless = sweep([](trial& t) {
    heap.refuse(0, 1);
    t.by_result("a block", [] { return ask() != nullptr; });
  });
  CHECK(endless.wrong.find("there is no end to it") != std::string::npos);
}

// --- fences, instruction streams, the embedded layer

TEST_CASE("no memory: fences and the fatal hook ask for none", "[no_memory]") {
  constexpr std::memory_order order = std::memory_order_seq_cst;
  const sweep_result result = sweep([](trial& t) {
    t.quietly("a fence", [] {
      static_cast<void>(lazyref::fence_initialize());
      static_cast<void>(lazyref::fence_initialize(lazyref::fence_backend::membarrier));
      static_cast<void>(lazyref::fence_info());
      lazyref::asymmetric_thread_fence_light(order);
      lazyref::asymmetric_thread_fence_heavy(order);
      static_cast<void>(lazyref::try_asymmetric_thread_fence_heavy(order));
      lazyref::fence_after_fork_in_child();
      lazyref::asymmetric_thread_fence_heavy(order);
    });
    t.quietly("a fence across processes", [] {
      static_cast<void>(lazyref::cross_process_fence_register());
      lazyref::cross_process_fence_light(order);
      static_cast<void>(lazyref::cross_process_fence_heavy(order));
    });
    t.quietly("rseq_fence", [] {
      static_cast<void>(lazyref::rseq_fence());
      static_cast<void>(lazyref::rseq_fence(0));
      static_cast<void>(lazyref::rseq_fence(-1));
    });
    t.quietly("registrations", [] { static_cast<void>(lazyref::registrations()); });
    t.quietly("set_fatal_handler", [] { lazyref::set_fatal_handler(lazyref::set_fatal_handler(nullptr)); });
  });
  CHECK(result.wrong == "");
  CHECK(result.steps == 0);
}

TEST_CASE("no memory: test_fence fails as std::thread and new do", "[no_memory]") {
  const sweep_result result = sweep([](trial& t) {
    const auto test = [] {
      const lazyref::fence_test_result seen = lazyref::test_fence(20);
      expect(seen.rounds == 20 && seen.violations == 0, "the test has run");
    };
    t.as_new("test_fence", test);
    t.memory_is_back();
    t.as_new("test_fence", test);
  });
  CHECK(result.wrong == "");
  // Two arrays and a thread, with the fence and without, each refused twice.
  CHECK(result.steps >= 12);
}

TEST_CASE("no memory: test_rseq fails as std::thread does", "[no_memory]") {
  const lazyref::rseq_test_result before = lazyref::test_rseq(1);
  const sweep_result result = sweep([](trial& t) {
    const auto test = [] { expect(lazyref::test_rseq(1).reason != nullptr, "the test has run"); };
    t.as_new("test_rseq", test);
    t.memory_is_back();
    t.as_new("test_rseq", test);
  });
  CHECK(result.wrong == "");
  if (before.restarted + before.not_restarted + before.control == 0) LAZYREF_SKIP(before.reason);
  // A thread with the kernel's help and one without.
  CHECK(result.steps >= 4);
}

TEST_CASE("no memory: instruction streams are synchronised without", "[no_memory]") {
  const sweep_result result = sweep([](trial& t) {
    alignas(64) static unsigned char code[256];
    t.quietly("instruction_sync", [] {
      static_cast<void>(lazyref::instruction_sync_initialize());
      static_cast<void>(lazyref::instruction_sync_capabilities());
      static_cast<void>(lazyref::flush_code_range(code, code, sizeof code));
      static_cast<void>(lazyref::sync_core_all_threads());
#if defined(LAZYREF_DETAIL_HAS_CODE_SYNC)
      lazyref::sync_core_this_thread();
#endif
      static_cast<void>(lazyref::publish_code(code, code, sizeof code));
      const lazyref::code_range ranges[] = {{code, code, 64}, {code + 64, code + 64, 64}};
      static_cast<void>(lazyref::publish_code(ranges, 2));
    });
  });
  CHECK(result.wrong == "");
  CHECK(result.steps == 0);
}

namespace {

struct embedded {
  std::atomic<long> count{1};
  bool gone = false;
};
struct embedded_holds {
  static void take(embedded* x, std::size_t n) noexcept { x->count += static_cast<long>(n); }
  static void give_up(embedded* x, std::size_t n) noexcept {
    if ((x->count -= static_cast<long>(n)) == 0) x->gone = true;
  }
};
template <lazyref::reclaim When>
void embedded_layer(trial& t) {
  using slot_type = lazyref::slot<embedded, lazyref::std_sync, When>;
  std::array<slot_type, 3> slots;
  std::array<embedded, 4> objects;
  const auto all = [&](auto&& visit) {
    for (slot_type& s : slots) visit(s);
  };
  std::atomic<embedded*> shared{&objects[1]};
  t.quietly("the worker's side", [&] {
    lazyref::activate<embedded_holds>(slots[0], &objects[0]);
    expect(lazyref::protect<embedded_holds>(slots[1], shared) == &objects[1], "protect");
    embedded* seen = &objects[1];
    expect(lazyref::try_protect<embedded_holds>(slots[1], seen, shared), "try_protect");
    lazyref::activate<embedded_holds>(slots[2], &objects[2]);
    lazyref::park<embedded_holds>(slots[2]);
    expect(lazyref::resume(slots[2]) == &objects[2], "resume");
    lazyref::park<embedded_holds>(slots[2]);
  });
  t.quietly("the reclaimer's side", [&] {
    lazyref::last_user_left<embedded_holds, When>(&objects[0], all);
    lazyref::scan_group<embedded> group;
    for (embedded* const x : {&objects[1], &objects[2]}) group.add(x);
    shared = nullptr;
    lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst);
    static_cast<void>(lazyref::last_users_left<embedded_holds, When>(group, all));
    for (embedded* const x : group) embedded_holds::give_up(x, 1);
    static_cast<void>(lazyref::collect<embedded_holds, embedded, When>(all));
  });
  expect(!objects[0].gone && !objects[1].gone && objects[2].gone, "what is in use is there");
  t.quietly("the slots' next moves", [&] {
    lazyref::poll<embedded_holds>(slots[0]);
    lazyref::protect_again<embedded_holds>(slots[0], &objects[3]);
    lazyref::deactivate<embedded_holds>(slots[0]);
    lazyref::vacate<embedded_holds>(slots[1]);
  });
  expect(objects[0].gone && objects[1].gone && !objects[3].gone, "what nobody uses any more is gone");
}

}  // namespace

TEST_CASE("no memory: the embedded layer asks for none", "[no_memory]") {
  for (const auto scenario : {&embedded_layer<lazyref::reclaim::deferred>, &embedded_layer<lazyref::reclaim::prompt>}) {
    const sweep_result result = sweep(scenario);
    CHECK(result.wrong == "");
    CHECK(result.steps == 0);
  }
}

// --- hazard pointers

namespace {

// Its memory is not what is looked at here.
struct node : lazyref::hazard_pointer_obj_base<node> {
  explicit node(int& n) : reclaimed(n) {}
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  ~node() { ++reclaimed; }
  static void* operator new(std::size_t n) { return std::malloc(n); }
  static void operator delete(void* p) { std::free(p); }
  int& reclaimed;
};

// More than a thread keeps, than a first chunk has, and than are looked at without a table of their own.
constexpr std::size_t many = 130;

void many_hazard_pointers(trial& t) {
  int reclaimed = 0;
  int protected_now = 0;
  std::array<hazard_pointer, many> pointers;
  std::array<std::atomic<node*>, many> shared;
  for (auto& one : shared) one = new node(reclaimed);
  const auto make = [&](hazard_pointer& one) {
    return t.as_new("make_hazard_pointer", [&] { one = make_hazard_pointer(); });
  };
  const auto retire_all = [&] {
    for (auto& one : shared) {
      node* const old = one.exchange(nullptr);
      t.quietly("retire", [&] { old->retire(); });
    }
  };
  for (std::size_t i = 0; i < many; ++i) {
    expect(make(pointers[i]) == !pointers[i].empty(), "whoever does not throw makes one");
    if (pointers[i].empty()) continue;
    ++protected_now;
    t.quietly("protect", [&] {
      node* seen = pointers[i].protect(shared[i]);
      expect(seen == shared[i], "protect");
      expect(pointers[i].try_protect(seen, shared[i]), "try_protect");
      pointers[i].reset_protection();
      pointers[i].reset_protection(seen);
    });
  }
  retire_all();
  const auto left = [&] {
    return t.quietly("hazard_pointer_clean_up", [] { return lazyref::hazard_pointer_clean_up(); });
  };
  expect(left() == static_cast<std::size_t>(protected_now), "what is protected, and only that, waits");
  expect(reclaimed == static_cast<int>(many) - protected_now, "the rest is reclaimed");
  for (auto& one : pointers) {
    if (!one.empty()) t.quietly("reset_protection", [&] { one.reset_protection(); });
  }
  expect(reclaimed == static_cast<int>(many), "what is not protected any more is reclaimed");

  t.memory_is_back();
  for (auto& one : pointers) expect(!one.empty() || make(one), "there are hazard pointers again");
  for (std::size_t i = 0; i < many; ++i) {
    shared[i] = new node(reclaimed);
    t.quietly("protect", [&] { static_cast<void>(pointers[i].protect(shared[i])); });
  }
  retire_all();
  expect(left() == many, "all are protected");
  // They move, and end.
  t.quietly("moves of a hazard_pointer", [&] {
    hazard_pointer moved = std::move(pointers[0]);
    swap(pointers[1], moved);
    pointers[0] = std::move(pointers[2]);
  });
  t.quietly("the end of a hazard_pointer", [&] {
    for (auto& one : pointers) one = hazard_pointer();
  });
  expect(reclaimed == static_cast<int>(2 * many), "each is reclaimed once");
  expect(left() == 0, "nothing waits");
  // Here without a thread that is gone.
  t.quietly("hazard_pointer_after_fork_in_child", [] { lazyref::hazard_pointer_after_fork_in_child(); });
}

// More than it keeps, in a thread that ends, and then in one more and in this one.
void hazard_pointers_in_threads(trial& t) {
  const auto some = [&t] {
    int reclaimed = 0;
    std::array<hazard_pointer, 20> pointers;
    std::atomic<node*> shared{new node(reclaimed)};
    for (auto& one : pointers) t.as_new("make_hazard_pointer", [&] { one = make_hazard_pointer(); });
    for (auto& one : pointers) {
      if (!one.empty()) t.quietly("protect", [&] { static_cast<void>(one.protect(shared)); });
    }
    t.quietly("retire", [&] { shared.exchange(nullptr)->retire(); });
    t.quietly("hazard_pointer_clean_up", [] { lazyref::hazard_pointer_clean_up(); });
    t.quietly("the end of a hazard_pointer", [&] {
      for (auto& one : pointers) one = hazard_pointer();
    });
    // One that the thread has kept.
    t.as_new("make_hazard_pointer", [&] { pointers[0] = make_hazard_pointer(); });
    expect(reclaimed == 1, "the object is reclaimed once");
  };
  t.in_thread(some);
  t.memory_is_back();
  t.in_thread(some);
  some();
}

// Another registry than the process's, of which nothing is left: so that each block is counted.
void hazard_registry(trial& t) {
  using registry = lazyref::detail::hazard_domain<lazyref::std_sync, 2>;
  std::array<registry::record*, many> mine{};
  trial::quiet_scope end("the end of a registry", false);
  registry all;
  const auto claim = [&](registry::record*& one) {
    return one != nullptr || t.as_new("claim", [&] { one = all.claim(); });
  };
  for (auto& one : mine) claim(one);
  t.memory_is_back();
  for (auto& one : mine) expect(claim(one), "there are slots again");
  expect(all.slot_count() == many, "each has one of its own");
  t.quietly("claims of what was given back", [&] {
    for (auto* const one : mine) registry::give_back(*one);
    for (auto& one : mine) one = all.claim();
  });
  expect(all.slot_count() == many, "the same are used again");
  end.begin();
}

}  // namespace

TEST_CASE("no memory: make_hazard_pointer fails as new does, and nothing else of hazard pointers fails",
          "[no_memory]") {
  INFO("something in this program has used hazard pointers before");
  REQUIRE(lazyref::detail::all_hazards.value.slot_count() == 0);
  const sweep_result result = sweep(&many_hazard_pointers, keeps::some);
  CHECK(result.wrong == "");
  CHECK(result.steps > 4);
  CHECK(result.deaths == 0);
}

TEST_CASE("no memory: hazard pointers in threads that end", "[no_memory]") {
  REQUIRE(lazyref::detail::all_hazards.value.slot_count() == 0);
  const sweep_result result = sweep(&hazard_pointers_in_threads, keeps::some);
  CHECK(result.wrong == "");
  CHECK(result.steps > 0);
  CHECK(result.deaths == 0);
}

TEST_CASE("no memory: a registry of hazard pointers loses no memory", "[no_memory]") {
  const sweep_result result = sweep(&hazard_registry);
  CHECK(result.wrong == "");
  CHECK(result.steps > 10);
  CHECK(result.deaths == 0);
}

#else

TEST_CASE("no memory: what happens") { LAZYREF_SKIP("a sanitizer's allocation functions cannot be replaced"); }

#endif
