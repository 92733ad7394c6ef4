// SPDX-License-Identifier: BSL-1.0
//
// A slot that lives in its thread drains and goes back when the thread ends.
#include <cstdlib>
#include <future>
#include <thread>
#include <vector>

#include <pthread.h>
#include <unistd.h>

#include <lazyref/hazard_pointer.hpp>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;

namespace {

template <class Options>
lazyref::lazy_slot<thing, Options>& my_slot() {
  thread_local lazyref::lazy_slot<thing, Options> mine;
  return mine;
}

}  // namespace

TEMPLATE_TEST_CASE("a thread that ends gives up what was handed over to it, and its slot", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto a = domain.make(all, 1U);
  std::promise<void> active;
  std::promise<void> end;
  std::thread worker([&] {
    my_slot<TestType>() = domain.attach();
    my_slot<TestType>().activate(a);
    active.set_value();
    end.get_future().wait();
  });
  active.get_future().wait();
  a.reset();
  CHECK(all.torn_down == 1);
  CHECK(all.disposed == 0);
  CHECK_FALSE(domain.attach());
  end.set_value();
  worker.join();
  CHECK(all.disposed == 1);
  CHECK(domain.stats().attached == 0);
  CHECK(domain.stats().parked == 0);
}

TEMPLATE_TEST_CASE("an object that loses its last user while its workers exit is disposed of once", "",
                   LAZYREF_TEST_OPTIONS) {
  int rounds = 0;
  census all;
  {
    lazyref::lazy_domain<thing, TestType> domain(3);
    for (lazyref_test::round_limit limit(40); limit.more(static_cast<unsigned>(rounds)); ++rounds) {
      auto a = domain.make(all, 3U);
      std::atomic<int> active{0};
      std::vector<std::thread> workers;
      for (int w = 0; w < 3; ++w) {
        workers.emplace_back([&domain, &active, mine = a]() mutable {
          my_slot<TestType>() = domain.attach();
          my_slot<TestType>().activate(mine);
          mine.reset();
          ++active;
        });
      }
      while (active != 3) std::this_thread::yield();
      a.reset();
      for (std::thread& w : workers) w.join();
      // deferred: what was parked behind a worker's back waits for the slot's next one
    }
    CHECK(all.torn_down == rounds);
    domain.collect();
    CHECK(all.disposed == rounds);
    CHECK(domain.stats().attached == 0);
  }
  CHECK(all.disorder == 0);
}

namespace {

struct counted_node : lazyref::hazard_pointer_obj_base<counted_node> {
  static inline std::atomic<int> gone{0};
  ~counted_node() { ++gone; }
};

// Retires when its thread ends, after the library has dealt with that end.
struct retires_late {
  bool is_armed = false;
  ~retires_late() {
    if (is_armed) (new counted_node)->retire();
  }
};

void end_late(bool with_hazard_pointer) {
  static thread_local retires_late first;
  first.is_armed = true;  // constructed before the hazard pointer's part
  if (with_hazard_pointer) static_cast<void>(lazyref::make_hazard_pointer());
}

}  // namespace

TEST_CASE("what a thread_local's destructor retires after the thread's end was dealt with is reclaimed at once") {
  lazyref::hazard_pointer_clean_up();
  counted_node::gone = 0;
  std::thread(end_late, true).join();
  CHECK(counted_node::gone == 1);
  // The twin: a thread without hazard pointers, which is not told of its end.
  std::thread(end_late, false).join();
  CHECK(counted_node::gone == 1);
  lazyref::hazard_pointer_clean_up();
  CHECK(counted_node::gone == 2);
}

namespace {

struct late_node : lazyref::hazard_pointer_obj_base<late_node> {};

// The first hazard pointer of a thread, in a pthread key's destructor: thread_local destructors have run by then.
void use_late(void*) {
  static std::atomic<late_node*> none{nullptr};
  lazyref::hazard_pointer first = lazyref::make_hazard_pointer(), second = lazyref::make_hazard_pointer();
  static_cast<void>(first.protect(none));
  static_cast<void>(second.protect(none));
}

// The broken twin: a cache whose thread's end is noticed by a thread_local destructor.
std::atomic<int> noticed{0};
struct notices {
  notices() noexcept {}
  ~notices() { ++noticed; }
};
void use_late_by_destructor(void*) {
  static thread_local notices at_the_end;
  static_cast<void>(&at_the_end);
}

void end_late(void (*at_the_end)(void*), int times) {
  pthread_key_t key;
  REQUIRE(::pthread_key_create(&key, at_the_end) == 0);
  for (int i = 0; i < times; ++i) std::thread([key] { ::pthread_setspecific(key, &key); }).join();
  ::pthread_key_delete(key);
}

}  // namespace

TEST_CASE("a hazard pointer that is first used while its thread ends does not keep its slot") {
  if (LAZYREF_TEST_ASAN)
    LAZYREF_SKIP("the C library keeps a few bytes for a thread_local variable that is first used so late");
  end_late(&use_late, 1);
  const std::size_t slots = lazyref::detail::all_hazards.value.slot_count();
  end_late(&use_late, 100);
  CHECK(lazyref::detail::all_hazards.value.slot_count() == slots);
#if defined(__GLIBC__)
  end_late(&use_late_by_destructor, 10);
  CHECK(noticed == 0);
#endif
}

namespace {

std::atomic<int> destroyed{0};
struct node : lazyref::hazard_pointer_obj_base<node> {
  ~node() { ++destroyed; }
};

}  // namespace

TEST_CASE("what a thread has retired by hazard pointers is reclaimed when it ends, if it has used one") {
  lazyref::hazard_pointer_clean_up();
  destroyed = 0;
  const bool uses_one = GENERATE(true, false);
  std::atomic<node*> source{new node};
  lazyref::hazard_pointer mine = lazyref::make_hazard_pointer();
  node* const seen = mine.protect(source);
  int before = -1;
  std::thread([&] {
    if (uses_one) const lazyref::hazard_pointer once = lazyref::make_hazard_pointer();
    (new node)->retire();
    source = nullptr;
    seen->retire();
    before = destroyed;
  }).join();
  CHECK(before == 0);
  // What is protected goes with its hazard pointer. The control is a thread of which the end is not noticed.
  CHECK(destroyed == (uses_one ? 1 : 0));
  mine.reset_protection();
  CHECK(destroyed == (uses_one ? 2 : 0));
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 2);
}

namespace {

// The program's exit status: how many objects were reclaimed before the functions that `atexit` knows.
constexpr int none_reclaimed = 10;
void tell_at_exit() {
  lazyref::hazard_pointer_clean_up();
  destroyed = 0;
  expect(std::atexit([] { std::_Exit(none_reclaimed + destroyed); }) == 0, "atexit");
}

void retire_one() {
  static_cast<void>(lazyref::make_hazard_pointer());
  (new node)->retire();
}

}  // namespace

TEST_CASE("what the main thread has retired is not reclaimed by exit") {
  CHECK(in_child([] {
          tell_at_exit();
          retire_one();
          std::exit(0);
        }).exit_status == none_reclaimed);
  // The control: a thread that calls exit ends there.
  CHECK(in_child([] {
          tell_at_exit();
          std::thread([] {
            retire_one();
            std::exit(0);
          }).join();
        }).exit_status == none_reclaimed + 1);
}

TEST_CASE("a thread that is its process's main one since it has forked reclaims when it ends") {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer does not follow a fork of several threads");
  CHECK(in_child([] {
          int status = -1;
          std::thread([&status] {
            tell_at_exit();
            static_cast<void>(lazyref::make_hazard_pointer());
            const pid_t child = ::fork();
            if (child == 0) {
              ::alarm(60);
              return retire_one();  // the last thread that ends ends the program
            }
            status = end_of_child(child).exit_status;
          }).join();
          ::_exit(status);
        }).exit_status == none_reclaimed + 1);
}
