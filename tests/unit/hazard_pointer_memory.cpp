// SPDX-License-Identifier: BSL-1.0
//
// How much hazard pointers keep: retired objects (the bound), slots (they come back, from threads too), and what holds
// before main, after main and in the child of a fork. That nothing allocates is shown in the stress, which can replace
// the allocation functions of its program.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../support/hazard_objects.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"

#if defined(__unix__)
#include "../support/child.hpp"
#endif

using namespace lazyref_test;
using lazyref::hazard_pointer;
using lazyref::hazard_pointer_batch;
using lazyref::hazard_pointer_clean_up;
using lazyref::make_hazard_pointer;

namespace {

constexpr int batch = static_cast<int>(hazard_pointer_batch);
const int lists = static_cast<int>(lists_for_cpus());

// A hazard pointer that protects an object which is retired.
hazard_pointer protect_and_retire(guarded* object) {
  std::atomic<guarded*> shared{object};
  hazard_pointer h = make_hazard_pointer();
  static_cast<void>(h.protect(shared));
  replace(shared, static_cast<guarded*>(nullptr));
  return h;
}

using domain_of_few = lazyref::detail::hazard_domain<still_sync, 16, small_batch>;
int reclaimed_by_hand = 0;
object_by_hand<still_sync>* made_by_hand() {
  using object = object_by_hand<still_sync>;
  auto* const made = new object;
  made->set_reclaimer([](lazyref::detail::lazyref_hazard_object<still_sync>* x) noexcept {
    delete static_cast<object*>(x);
    ++reclaimed_by_hand;
  });
  return made;
}

}  // namespace

// --- retired objects

TEST_CASE("hazard memory: as many wait as a batch has, and not one more; or as many bytes") {
  domain_of_few domain;
  int& reclaimed = reclaimed_by_hand;
  reclaimed = 0;
  for (int batches = 1; batches < 4; ++batches) {
    for (std::size_t i = 1; i < small_batch; ++i) domain.retire(made_by_hand());
    CHECK(reclaimed == (batches - 1) * static_cast<int>(small_batch));
    domain.retire(made_by_hand());
    CHECK(reclaimed == batches * static_cast<int>(small_batch));
  }
  reclaimed = 0;
  domain.retire(made_by_hand(), domain_of_few::bytes - 10);
  domain.retire(made_by_hand());
  domain.retire(made_by_hand(), 9);
  CHECK(reclaimed == 0);
  CHECK(domain.waiting() == 3);
  domain.retire(made_by_hand(), 1);
  CHECK(reclaimed == 4);
  domain.retire(made_by_hand(), domain_of_few::bytes);
  CHECK(reclaimed == 5);
}

TEST_CASE("hazard memory: one thread holds less than a batch, and one for each hazard pointer: no more, and so much") {
  reclaim_all();
  hazard_census all;
  const int holders = GENERATE(0, 1, 5, 40);
  std::vector<hazard_pointer> held;
  for (int i = 0; i < holders; ++i) held.push_back(protect_and_retire(new guarded(all)));
  hazard_pointer_clean_up();
  CHECK(all.alive() == holders);

  int most = 0;
  for (int i = 0; i < 3 * batch + 1; ++i) {
    (new guarded(all))->retire();
    most = std::max(most, all.alive());
  }
  CHECK(most > holders);
  CHECK(most <= lists * batch - 1 + holders);

  held.clear();
  reclaim_all();
  CHECK(all.alive() == 0);
}

TEST_CASE("hazard memory: hazard pointers that move on hold one object each, however often they do") {
  reclaim_all();
  hazard_census all;
  constexpr int holders = 7;
  std::array<std::atomic<guarded*>, holders> shared{};
  std::vector<hazard_pointer> held;
  for (int i = 0; i < holders; ++i) held.push_back(make_hazard_pointer());
  int most = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto at = static_cast<std::size_t>(i) % holders;
    replace(shared[at], new guarded(all));
    static_cast<void>(held[static_cast<std::size_t>(i / 3) % holders].protect(shared[at]));
    most = std::max(most, all.alive() - holders);  // those that are published are not retired
  }
  CHECK(most > 0);
  CHECK(most <= lists * batch - 1 + holders);
  for (auto& s : shared) replace(s, static_cast<guarded*>(nullptr));
  held.clear();
  reclaim_all();
  CHECK(all.alive() == 0);
}

TEST_CASE("hazard memory: several threads hold what the header says, while they run and when they rest") {
  reclaim_all();
  hazard_census all;
  constexpr int threads = 4;
  constexpr int holders = 2;  // for each thread
  constexpr int rounds = 5;
  constexpr int published = 3;
  const int at_rest = lists * batch - 1 + threads * holders;
  // Each call that runs has in hand at most what may wait in a list, and one object that is counted here and not there.
  const int at_work = at_rest + threads * (batch + 1);
  std::array<std::atomic<guarded*>, published> shared{};
  std::vector<hazard_pointer> held;
  for (int i = 0; i < threads * holders; ++i) held.push_back(make_hazard_pointer());
  int most_at_rest = 0;
  std::atomic<int> most_at_work{0};
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        int most = 0;
        for (int i = 0; i < 500; ++i) {
          const auto at = static_cast<std::size_t>(i + t);
          replace(shared[at % published], new guarded(all));
          const auto mine = static_cast<std::size_t>(t * holders + i % holders);
          static_cast<void>(held[mine].protect(shared[(at + 1) % published]));
          // Read in this order, a number that was never there can only be too small.
          const int made = all.made;
          most = std::max(most, made - all.reclaimed - published - threads);
        }
        for (int before = most_at_work; before < most && !most_at_work.compare_exchange_weak(before, most);) {
        }
      });
    }
    for (std::thread& w : workers) w.join();
    most_at_rest = std::max(most_at_rest, all.alive() - published);
  }
  CHECK(most_at_work <= at_work);
  CHECK(most_at_rest <= at_rest);
  CHECK(most_at_work > 0);  // else nothing was looked at
  for (auto& s : shared) replace(s, static_cast<guarded*>(nullptr));
  held.clear();
  reclaim_all();
  CHECK(all.alive() == 0);
}

// --- slots

TEST_CASE("hazard memory: 1000 hazard pointers at once protect 1000 objects, and their slots are used again") {
  reclaim_all();
  hazard_census all;
  constexpr int many = 1000;
  std::set<const void*> slots;
  for (int round = 0; round < 5; ++round) {
    std::vector<hazard_pointer> held;
    std::set<const void*> now;
    for (int i = 0; i < many; ++i) {
      held.push_back(protect_and_retire(new guarded(all, i)));
      now.insert(slot_of(held.back()));
    }
    CHECK(now.size() == many);  // each has a slot of its own
    slots.insert(now.begin(), now.end());
    hazard_pointer_clean_up();
    CHECK(all.alive() == many);  // which also shows that the bound's test can see too many
    held.erase(held.begin() + many / 2, held.end());
    CHECK(all.alive() == many / 2);
    held.clear();
    CHECK(all.alive() == 0);
  }
  // Not 5000. Which of the free ones are taken first varies by what the thread keeps, and by the room of a chunk.
  CHECK(slots.size() < many + 100);
}

namespace {

// What some short threads use for slots, one thread after the other.
template <class Body>
std::size_t slots_of_threads(int threads, Body body) {
  std::set<const void*> slots;
  for (int i = 0; i < threads; ++i) {
    std::thread([&] { body(slots); }).join();
  }
  return slots.size();
}

}  // namespace

TEST_CASE("hazard memory: a thread's slots come back when it ends: 1000 short threads use no more than one") {
  constexpr std::size_t at_once = 12;  // more than a thread keeps
  const auto work = [](std::set<const void*>& slots) {
    std::vector<hazard_pointer> held;
    while (held.size() != at_once) {
      held.push_back(make_hazard_pointer());
      slots.insert(slot_of(held.back()));
    }
  };
  CHECK(slots_of_threads(1000, work) == at_once);

  // The same look at threads that do not give back.
  std::vector<hazard_pointer> kept;
  const auto keep = [&kept](std::set<const void*>& slots) {
    kept.push_back(make_hazard_pointer());
    slots.insert(slot_of(kept.back()));
  };
  CHECK(slots_of_threads(50, keep) == 50);
}

TEST_CASE("hazard memory: a thread that makes one after the other uses one slot") {
  std::set<const void*> slots;
  for (int i = 0; i < 100; ++i) slots.insert(slot_of(make_hazard_pointer()));
  CHECK(slots.size() == 1);
}

TEST_CASE("hazard memory: a thread that ends ends what it protected, and nothing else") {
  reclaim_all();
  hazard_census mine_all;
  hazard_census theirs_all;
  std::atomic<guarded*> mine{new guarded(mine_all, 1)};
  std::atomic<guarded*> theirs{new guarded(theirs_all, 2)};
  hazard_pointer h = make_hazard_pointer();
  guarded* const object = h.protect(mine);
  std::thread([&] {
    thread_local hazard_pointer until_the_end;
    until_the_end = make_hazard_pointer();
    static_cast<void>(until_the_end.protect(theirs));
    hazard_pointer both = make_hazard_pointer();
    static_cast<void>(both.protect(mine));
    replace(mine, static_cast<guarded*>(nullptr));
    replace(theirs, static_cast<guarded*>(nullptr));
    hazard_pointer_clean_up();
    if (theirs_all.reclaimed != 0) theirs_all.reclaimed = 100;
  }).join();
  CHECK(theirs_all.reclaimed == 1);
  CHECK(mine_all.reclaimed == 0);
  CHECK(object->value() == 1);
  h.reset_protection();
  CHECK(mine_all.reclaimed == 1);
}

TEST_CASE("hazard memory: a hazard pointer may go to another thread, and outlive the one that made it") {
  reclaim_all();
  hazard_census all;
  SECTION("made in a thread that ends, used and destroyed here") {
    hazard_pointer h;
    std::atomic<guarded*> shared{new guarded(all, 3)};
    std::thread([&] {
      h = make_hazard_pointer();
      static_cast<void>(h.protect(shared));
    }).join();
    guarded* const object = shared;
    replace(shared, static_cast<guarded*>(nullptr));
    hazard_pointer_clean_up();
    CHECK(all.reclaimed == 0);
    CHECK(object->value() == 3);
    h.reset_protection();
    CHECK(all.reclaimed == 1);
  }
  SECTION("made here, destroyed in a thread that has none of its own: that slot is free for the next one") {
    std::set<const void*> slots;
    for (int i = 0; i < 50; ++i) {
      hazard_pointer h = protect_and_retire(new guarded(all));
      slots.insert(slot_of(h));
      hazard_pointer_clean_up();
      CHECK(all.alive() == 1);
      std::thread([mine = std::move(h)] {}).join();
      CHECK(all.alive() == 0);
    }
    // As many as this thread kept to itself when this began, and one that it had to ask for.
    CHECK(slots.size() <= 9);
  }
}

namespace {

// Two objects of a thread: one that is destroyed after what the thread keeps (it was made before the thread's first
// hazard pointer), and uses hazard pointers in its destructor; one that is destroyed before.
struct last_in_thread {
  ~last_in_thread() {
    if (shared == nullptr) return;
    hazard_pointer made_late = make_hazard_pointer();
    std::atomic<guarded*> other{new guarded(*all, 5)};
    static_cast<void>(made_late.protect(other));
    replace(other, static_cast<guarded*>(nullptr));
    hazard_pointer_clean_up();
    const bool both_are_there = all->reclaimed == 0;
    slots->insert(slot_of(made_late));
    slots->insert(slot_of(h));
    made_late.reset_protection();
    *right += both_are_there && all->reclaimed == 1 ? 1 : 0;
  }
  std::atomic<guarded*>* shared = nullptr;
  hazard_census* all = nullptr;
  std::set<const void*>* slots = nullptr;
  int* right = nullptr;
  hazard_pointer h;
};

}  // namespace

TEST_CASE("hazard memory: a thread_local hazard pointer may go after the thread's others, and more be made then") {
  reclaim_all();
  constexpr int threads = 40;
  std::set<const void*> slots;
  int right = 0;
  int reclaimed = 0;
  for (int i = 0; i < threads; ++i) {
    hazard_census all;
    std::atomic<guarded*> shared{new guarded(all, 4)};
    std::thread([&] {
      thread_local last_in_thread last;
      last.all = &all;  // constructed before the first hazard pointer of the thread
      last.slots = &slots;
      last.right = &right;
      last.h = make_hazard_pointer();
      static_cast<void>(last.h.protect(shared));
      last.shared = &shared;
      replace(shared, static_cast<guarded*>(nullptr));
    }).join();
    reclaimed += all.reclaimed;
  }
  CHECK(right == threads);
  CHECK(reclaimed == 2 * threads);
  CHECK(slots.size() == 2);  // all of these threads use the same two
}

// --- before main, after main

namespace {

// A static object uses hazard pointers when it is made, and, where that is wanted, when it is destroyed.
bool once_around(hazard_census& all) {
  std::atomic<guarded*> shared{new guarded(all, 6)};
  hazard_pointer h = make_hazard_pointer();
  const guarded* const object = h.protect(shared);
  replace(shared, static_cast<guarded*>(nullptr));
  hazard_pointer_clean_up();
  const bool protects = all.reclaimed == 0 && object->value() == 6;
  h.reset_protection();
  return protects && all.reclaimed == 1;
}

struct outside_main {
  outside_main() : before_main(once_around(all)) {}
  ~outside_main() {
    if (!wanted_after_main) return;
    all.reclaimed = 0;
    std::fputs(once_around(all) && all.alive() == 1 ? "right after main" : "wrong after main", stderr);
  }
  hazard_census all;
  hazard_pointer kept = make_hazard_pointer();  // outlives main's thread-local objects
  bool before_main;
  bool wanted_after_main = false;
};
outside_main outside;

}  // namespace

TEST_CASE("hazard memory: objects with static storage may use hazard pointers before main") {
  CHECK(outside.before_main);
}

#if defined(__unix__)

TEST_CASE("hazard memory: objects with static storage may use hazard pointers after main") {
  const child_result end = in_child([] {
    outside.wanted_after_main = true;
    std::exit(0);
  });
  CHECK(end.signal == 0);
  CHECK(end.exit_status == 0);
  CHECK(end.err.find("right after main") != std::string::npos);
}

TEST_CASE("hazard memory: what waits when the program ends is not reclaimed, and does no harm") {
  const child_result end = in_child([] {
    static hazard_census all;
    static hazard_pointer h = protect_and_retire(new guarded(all));
    (new guarded(all))->retire();
    std::atexit([] { std::fputs(all.reclaimed == 0 ? "waited" : "did not wait", stderr); });
    std::exit(0);
  });
  CHECK(end.signal == 0);
  CHECK(end.err.find("waited") != std::string::npos);
}

// --- fork

TEST_CASE("hazard memory: in a child, what a vanished thread protected stays, and the rest is reclaimed") {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer does not follow a fork of several threads");
  reclaim_all();
  static hazard_census all;
  all.made = all.reclaimed = 0;
  std::atomic<guarded*> theirs{new guarded(all, 1)};
  std::atomic<guarded*> mine{new guarded(all, 2)};
  hazard_pointer h = make_hazard_pointer();
  static_cast<void>(h.protect(mine));
  std::promise<void> protects;
  std::promise<void> end;
  std::thread other([&] {
    hazard_pointer in_thread = make_hazard_pointer();
    static_cast<void>(in_thread.protect(theirs));
    protects.set_value();
    end.get_future().wait();
  });
  protects.get_future().wait();
  const child_result in_the_child = in_child([&] {
    lazyref::hazard_pointer_after_fork_in_child();
    guarded* const there = theirs;
    replace(theirs, static_cast<guarded*>(nullptr));
    replace(mine, static_cast<guarded*>(nullptr));
    (new guarded(all))->retire();
    hazard_pointer_clean_up();
    expect(all.reclaimed == 1, "only what nobody protects is reclaimed");
    expect(there->value() == 1, "what the vanished thread protected is there");
    h.reset_protection();
    expect(all.reclaimed == 2, "what this thread protected is reclaimed when it leaves");
    // The interface goes on as before, with threads too.
    std::thread([] {
      hazard_census fresh;
      expect(once_around(fresh), "a new thread uses hazard pointers");
    }).join();
    for (int i = 0; i < 3 * batch; ++i) (new guarded(all))->retire();
    hazard_pointer_clean_up();
    expect(all.alive() == 1, "at most one object for each hazard pointer that vanished");
  });
  INFO(in_the_child.err);
  CHECK(in_the_child.quiet());
  end.set_value();
  other.join();
  h.reset_protection();
  replace(theirs, static_cast<guarded*>(nullptr));
  replace(mine, static_cast<guarded*>(nullptr));
  reclaim_all();
  CHECK(all.alive() == 0);
}

namespace {

struct waiting_deleter {
  std::promise<void>* inside = nullptr;
  std::shared_future<void> end;
  template <class T>
  void operator()(T* x) {
    inside->set_value();
    end.wait();
    delete x;
  }
};
struct slow : lazyref::hazard_pointer_obj_base<slow, waiting_deleter> {};

// How many objects wait at most in a child that was forked while another thread reclaimed.
template <class InChild>
child_result forked_while_reclaiming(InChild in_the_child) {
  reclaim_all();
  std::promise<void> inside;
  std::promise<void> end;
  (new slow)->retire(waiting_deleter{&inside, end.get_future().share()});
  std::thread other([] { hazard_pointer_clean_up(); });
  inside.get_future().wait();
  const child_result result = in_child(in_the_child);
  end.set_value();
  other.join();
  return result;
}

}  // namespace

TEST_CASE("hazard memory: in a child, a reclamation of a vanished thread is over once the child has said so") {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer does not follow a fork of several threads");
  const child_result told = forked_while_reclaiming([] {
    lazyref::hazard_pointer_after_fork_in_child();
    expect(hazard_pointer_clean_up() == 0, "nothing waits");
  });
  INFO(told.err);
  CHECK(told.quiet());
  // Without it the child is right as well, and counts what the thread that is gone has in hand.
  const child_result not_told = forked_while_reclaiming([] {
    lazyref::fence_after_fork_in_child();
    expect(hazard_pointer_clean_up() == 1, "a thread seems to be reclaiming");
  });
  INFO(not_told.err);
  CHECK(not_told.quiet());
}

#endif
