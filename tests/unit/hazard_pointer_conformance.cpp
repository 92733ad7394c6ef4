// SPDX-License-Identifier: BSL-1.0
//
// Hazard pointers, paragraph by paragraph of the C++ working draft ([hazard.pointer.syn] and [saferecl.hp], of August 2026,
// with the batches of P3428R4). Each test names its paragraph, and is put over lazyref, over std where that has it, and
// over a mock with planted faults, which it has to find.
//
// Deleters, and what ends, are in hazard_pointer_conformance_objects.cpp; what must not compile is in must_not_compile.sh
// ([saferecl.hp.general]/2, [saferecl.hp.base]/1, /3 and /5, [saferecl.hp.holder.mem]/3 and /7). Not looked at: complexity ([saferecl.hp.holder.mem]/10, /13, /15), which
// the benchmarks show; what is undefined ([saferecl.hp.general]/4 and /5, [saferecl.hp.base]/2 and /6,
// [saferecl.hp.holder.mem]/4, /8 and /11), which is in the death tests, as far as it is noticed.
//
// LAZYREF_TEST_STD_HAZARD_POINTER puts these two files over std alone.
#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../support/hazard_conformance.hpp"
#include "../support/hazard_synopsis.hpp"

using namespace lazyref_test;
using namespace lazyref_test::conformance;
using mock::fault;

namespace {

template <class Api>
constexpr bool declares_all() {
  static_assert(all_hold<Api, synopsis>(), "the test says which declaration it is");
  static_assert(sizeof(typename Api::template base<never_complete>) > 0, "[saferecl.hp.base]/4");
  return true;
}
#if !defined(LAZYREF_TEST_STD_HAZARD_POINTER)
static_assert(declares_all<lazyref_api>());
#endif
#if defined(__cpp_lib_hazard_pointer)
static_assert(declares_all<std_api>());
#endif

}  // namespace

TEST_CASE("hazard conformance: [hazard.pointer.syn] and the classes' synopses: what is declared, and how") {
  judge<declares<synopsis>>();
  require_that_each_can_fail<synopsis>();
}

#if !defined(LAZYREF_TEST_STD_HAZARD_POINTER)
// What lazyref adds.
static_assert(noexcept(lazyref::hazard_pointer_clean_up()));
static_assert(noexcept(lazyref::hazard_pointer_after_fork_in_child()));
static_assert(lazyref::hazard_pointer_batch > 1);
#endif

// --- who owns a hazard pointer

namespace {

template <class Api>
void emptiness(verdict& v) {
  scene<Api> s(v);
  const holder_of<Api> nothing;
  v.expect(nothing.empty(), "a default-constructed one is empty");
  holder_of<Api> h = Api::make();
  v.expect(!h.empty(), "a made one is not");
  protect_one(h, s.make());
  v.expect(!h.empty(), "nor one that protects");
  h.reset_protection();
  v.expect(!h.empty(), "nor one that is unassociated: reset_protection()");
  h.reset_protection(nullptr);
  v.expect(!h.empty(), "nor one that is unassociated: reset_protection(nullptr)");
  h.reset_protection(static_cast<const node<Api>*>(nullptr));
  v.expect(!h.empty(), "nor one that is unassociated: reset_protection of a null pointer");
  node<Api>* const x = s.make();
  protect_one(h, x);
  v.expect(s.survives(x), "and it can be used again");
}

template <class Api>
void move_construction(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  holder_of<Api> a = Api::make();
  protect_one(a, x);
  holder_of<Api> b = std::move(a);
  v.expect(a.empty(), "the source is empty");
  v.expect(!b.empty(), "the target owns what the source owned");
  v.expect(s.survives(x), "whose protection epoch goes on");
  const holder_of<Api> of_empty = std::move(a);
  v.expect(of_empty.empty() && a.empty(), "of an empty one: empty");
  v.expect(s.is_there(x), "which ends no epoch");
  b.reset_protection();
  v.expect(!s.is_there(x), "the target ends the epoch");
}

template <class Api>
void destruction(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  {
    holder_of<Api> h = Api::make();
    protect_one(h, x);
    const holder_of<Api> nothing;
    v.expect(s.survives(x), "not before");
  }
  v.expect(!s.is_there(x), "the epoch ends with the object that owns the hazard pointer");
}

template <class Api>
void move_assignment(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  holder_of<Api> a = Api::make();
  holder_of<Api> b = Api::make();
  protect_one(a, x);
  protect_one(b, y);
  v.expect(s.survives(x) && s.survives(y), "both are protected");
  v.expect(&(a = std::move(b)) == &a, "it returns *this");
  v.expect(!s.is_there(x), "what the target owned is destroyed, and its epoch ends");
  v.expect(s.is_there(y), "the epoch of what the source owned goes on");
  v.expect(!a.empty() && b.empty(), "the target owns it, the source is empty");

  holder_of<Api> c;
  c = std::move(a);
  v.expect(!c.empty() && a.empty() && s.is_there(y), "to an empty one: the same");
  a = std::move(b);
  v.expect(a.empty() && b.empty(), "of an empty one to an empty one: both are empty");
  c = std::move(a);
  v.expect(c.empty() && a.empty(), "of an empty one: the target is empty");
  v.expect(!s.is_there(y), "and what it owned is destroyed");
}

template <class Api>
void self_move(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  holder_of<Api> a = Api::make();
  protect_one(a, x);
  holder_of<Api>& same = a;
  v.expect(&(a = std::move(same)) == &a, "it returns *this");
  v.expect(!a.empty(), "no effect: it owns its hazard pointer");
  v.expect(s.survives(x), "no effect: it protects");
  holder_of<Api> nothing;
  holder_of<Api>& also_nothing = nothing;
  nothing = std::move(also_nothing);
  v.expect(nothing.empty(), "no effect: an empty one is empty");
}

template <class Api, class Swap>
void check_swap(verdict& v, Swap swap_them) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  holder_of<Api> a = Api::make();
  holder_of<Api> b = Api::make();
  protect_one(a, x);
  protect_one(b, y);
  swap_them(a, b);
  v.expect(s.survives(x) && s.survives(y), "no epoch ends");
  swap_them(a, a);
  v.expect(!a.empty() && s.is_there(y), "nor by a swap with itself");
  a.reset_protection();
  v.expect(s.is_there(x) && !s.is_there(y), "each owns what the other owned");
  holder_of<Api> c;
  swap_them(b, c);
  v.expect(b.empty() && !c.empty(), "with an empty one: that owns it, and this is empty");
  v.expect(s.is_there(x), "which ends no epoch");
  swap_them(b, b);
  v.expect(b.empty(), "an empty one with itself is empty");
  c.reset_protection();
  v.expect(!s.is_there(x), "the new owner ends the epoch");
}
template <class Api>
void member_swap(verdict& v) {
  check_swap<Api>(v, [](auto& a, auto& b) { a.swap(b); });
}
template <class Api>
void free_swap(verdict& v) {
  check_swap<Api>(v, [](auto& a, auto& b) { Api::exchange(a, b); });
  check_swap<Api>(v, [](auto& a, auto& b) {
    using std::swap;
    swap(a, b);
  });
}

// As many as nobody keeps at hand.
template <class Api>
void making_many(verdict& v) {
  scene<Api> s(v);
  std::vector<holder_of<Api>> all;
  std::vector<node<Api>*> nodes;
  for (int i = 0; i < 200; ++i) {
    all.push_back(Api::make());
    nodes.push_back(s.make());
    v.expect(!all.back().empty(), "what it returns owns a hazard pointer");
    protect_one(all.back(), nodes.back());
  }
  for (node<Api>* x : nodes) s.retire(x);
  Api::reclaim();
  int there = 0;
  for (const node<Api>* x : nodes) there += x->reclaimed == 0 ? 1 : 0;
  v.expect(there == 200, "each owns another one, which protects an object of its own");
}

template <class Api>
void creation(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  for (int i = 0; i < 20; ++i) {
    holder_of<Api> h = Api::make();
    protect_one(h, x);
  }
  std::vector<holder_of<Api>> all;
  for (int i = 0; i < 20; ++i) all.push_back(Api::make());
  v.expect(!s.survives(x), "a new hazard pointer protects nothing, whatever was protected by those that are gone");
}

#if defined(__unix__)
// Deliberately more than fit.
constexpr std::size_t too_many = std::size_t{1} << 20;

template <class Api>
void no_memory(verdict& v) {
  in_a_process(v, [] {
    verdict unused;
    scene<Api> s(unused);
    node<Api>* const x = s.make();
    std::vector<holder_of<Api>> all(too_many);
    all[0] = Api::make();
    protect_one(all[0], x);
    s.retire(x);
    if (!Api::starve()) ::_exit(cannot);
    std::size_t n = 1;
    bool threw = false;
    try {
      for (; n < too_many; ++n) {
        all[n] = Api::make();
        expect(!all[n].empty(), "what it returns owns a hazard pointer");
      }
    } catch (const std::bad_alloc&) {
      threw = true;
      expect(all[n].empty(), "without memory nothing is assigned");
    } catch (...) {
      expect(false, "the exception is a bad_alloc");
    }
    if (!threw) ::_exit(cannot);  // so many of them fit into almost nothing
    expect(s.is_there(x), "what is protected stays protected");
    all[0].reset_protection();
    expect(!s.is_there(x), "and is reclaimed afterwards");
    ::_exit(0);
  });
}
#endif

}  // namespace

LAZYREF_CONFORMS(emptiness,
                 "[saferecl.hp.holder.general]/1, [.ctor]/1, [.mem]/1: empty is one that owns nothing, not one that is "
                 "unassociated",
                 fault::default_owns, fault::make_is_empty, fault::unassociated_is_empty)
LAZYREF_CONFORMS(move_construction, "[saferecl.hp.holder.ctor]/2: a move construction takes what the other owns",
                 fault::move_keeps_source, fault::move_ends_epoch)
LAZYREF_CONFORMS(destruction, "[saferecl.hp.holder.ctor]/3: the destructor ends the epoch",
                 fault::destructor_keeps_protection)
LAZYREF_CONFORMS(move_assignment,
                 "[saferecl.hp.holder.ctor]/4, /5, /6: a move assignment destroys, takes, and returns *this",
                 fault::assignment_keeps_source, fault::assignment_keeps_protection, fault::move_ends_epoch)
LAZYREF_CONFORMS(self_move, "[saferecl.hp.holder.ctor]/4: a self-move has no effect", fault::self_move_clears)
LAZYREF_CONFORMS(member_swap, "[saferecl.hp.holder.mem]/14: swap exchanges what is owned, and no epoch ends or begins",
                 fault::swap_does_nothing, fault::swap_ends_epochs)
LAZYREF_CONFORMS(free_swap, "[saferecl.hp.holder.nonmem]/4: swap(a, b) is a.swap(b)", fault::free_swap_does_nothing,
                 fault::swap_ends_epochs)
LAZYREF_CONFORMS(making_many,
                 "[saferecl.hp.holder.nonmem]/1, /2, [saferecl.hp.holder.general]/1: each hazard pointer has one owner",
                 fault::make_is_empty, fault::one_hazard_pointer_for_all)
LAZYREF_CONFORMS(creation, "[saferecl.hp.general]/3: upon its creation a hazard pointer is unassociated",
                 fault::creation_keeps_association)
#if defined(__unix__)
LAZYREF_CONFORMS(no_memory, "[saferecl.hp.holder.nonmem]/3: make_hazard_pointer throws bad_alloc, and nothing else",
                 fault::make_throws_another)
#endif

// --- protection

namespace {

template <class Api>
void protecting(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  std::atomic<node<Api>*> source{x};
  const std::atomic<node<Api>*>& read_only = source;
  holder_of<Api> h = Api::make();
  v.expect(h.protect(read_only) == x, "it returns what is there");
  source = y;
  v.expect(s.survives(x), "and protects it");
  v.expect(h.protect(source) == y, "it returns what is there now");
  v.expect(!s.is_there(x), "the epoch before has ended");
  source = nullptr;
  v.expect(s.survives(y), "and this one began");
  v.expect(h.protect(source) == nullptr, "null is returned like another pointer");
  v.expect(!s.is_there(y), "and ends the epoch as well");
}

template <class Api>
void trying(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  std::atomic<node<Api>*> source{x};
  holder_of<Api> h = Api::make();
  node<Api>* seen = x;
  v.expect(h.try_protect(seen, source), "true if the pointer is what is there");
  v.expect(seen == x, "and the pointer is the same");
  source = y;
  v.expect(s.survives(x), "it is protected");
  seen = y;
  v.expect(h.try_protect(seen, source) && seen == y, "the same again");
  v.expect(!s.is_there(x), "the epoch before has ended (5.2)");
  source = nullptr;
  v.expect(s.survives(y), "and this one began");
  seen = nullptr;
  v.expect(h.try_protect(seen, source) && seen == nullptr, "true of null, if null is there");
  v.expect(!s.is_there(y), "which is to be unassociated (5.2)");
}

template <class Api>
void trying_in_vain(verdict& v) {
  scene<Api> s(v);
  node<Api>* const previous = s.make();
  node<Api>* const old = s.make();
  node<Api>* const now = s.make();
  std::atomic<node<Api>*> source{now};
  holder_of<Api> h = Api::make();
  protect_one(h, previous);
  node<Api>* seen = old;
  v.expect(!h.try_protect(seen, source), "false if something else is there");
  v.expect(seen == now, "and the pointer is what is there (5.3)");
  v.expect(!s.survives(previous), "what it protected before is not protected any more (5.2)");
  v.expect(!s.survives(old), "nor is what it was asked for (5.4)");
  source = nullptr;
  v.expect(!s.survives(now), "nor is what is there (5.4)");
  v.expect(!h.empty(), "its hazard pointer is its own as before");

  node<Api>* const x = s.make();
  source = x;
  seen = nullptr;
  v.expect(!h.try_protect(seen, source) && seen == x, "false of null, if something is there");
  v.expect(!s.survives(x), "and that is not protected (5.4)");
  node<Api>* const y = s.make();
  source = nullptr;
  seen = y;
  v.expect(!h.try_protect(seen, source) && seen == nullptr, "false if null is there");
  v.expect(!s.survives(y), "and nothing is protected (5.4)");
}

// A writer comes between the caller's look and the call.
template <class Api>
void second_look(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  std::atomic<node<Api>*> source{x};
  holder_of<Api> h = Api::make();
  node<Api>* seen = source.load(std::memory_order_acquire);
  source = y;
  v.expect(!s.survives(x), "nobody protects it yet");
  const bool protects = h.try_protect(seen, source);
  v.expect(!protects && seen == y, "what was reclaimed in between is not handed out");
}

template <class Api>
void resetting_to_a_pointer(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  node<Api>* const z = s.make();
  holder_of<Api> h = Api::make();
  h.reset_protection(x);
  v.expect(s.survives(x), "it associates, if the object is not retired yet");
  h.reset_protection(static_cast<const node<Api>*>(y));
  v.expect(!s.is_there(x), "the epoch before has ended");
  v.expect(s.survives(y), "a pointer to const does the same");
  h.reset_protection(static_cast<node<Api>*>(nullptr));
  v.expect(!s.is_there(y), "a null pointer is as reset_protection()");
  h.reset_protection(z);
  h.reset_protection(z);
  v.expect(s.survives(z), "the same object again: another epoch, which began before it is retired, too");
  h.reset_protection(z);  // It may be reclaimed now, or not; once at most.
}

template <class Api>
void resetting(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  holder_of<Api> h = Api::make();
  protect_one(h, x);
  v.expect(s.survives(x), "not before");
  h.reset_protection();
  v.expect(!s.is_there(x), "reset_protection() ends the epoch");
  protect_one(h, y);
  v.expect(s.survives(y), "not before");
  h.reset_protection(nullptr);
  v.expect(!s.is_there(y), "reset_protection(nullptr) ends the epoch");
  h.reset_protection();
  v.expect(!h.empty(), "again, and it is unassociated");
}

// One after the other, with one hazard pointer.
template <class Api>
void many_types(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  plain<Api> one;
  other_plain<Api> two;
  with_move_only<Api> three;
  const std::atomic<plain<Api>*> to_one{&one};
  const std::atomic<other_plain<Api>*> to_two{&two};
  const std::atomic<with_move_only<Api>*> to_three{&three};
  holder_of<Api> h = Api::make();
  v.expect(h.protect(to_one) == &one && h.protect(to_two) == &two && h.protect(to_three) == &three,
           "protect, of each type");
  h.reset_protection(x);
  v.expect(s.survives(x), "reset_protection, after another type");
  plain<Api>* seen = &one;
  v.expect(h.try_protect(seen, to_one), "try_protect, of another type");
  v.expect(!s.is_there(x), "which ends the epoch before");
  h.reset_protection(&two);
}

}  // namespace

LAZYREF_CONFORMS(protecting, "[saferecl.hp.holder.mem]/2: protect tries until it protects what is there",
                 fault::ignores_protection, fault::protect_of_null_keeps, fault::reset_ignored,
                 fault::reset_to_pointer_keeps_previous)
LAZYREF_CONFORMS(trying, "[saferecl.hp.holder.mem]/5, /6: try_protect, where nothing has changed",
                 fault::ignores_protection, fault::reset_ignored, fault::reset_to_pointer_ignored,
                 fault::reset_to_pointer_keeps_previous)
LAZYREF_CONFORMS(trying_in_vain, "[saferecl.hp.holder.mem]/5, /6: try_protect, where something has changed",
                 fault::no_second_look, fault::failed_try_keeps_callers_pointer, fault::failed_try_protects_old,
                 fault::failed_try_protects_new, fault::failed_try_keeps_previous)
LAZYREF_CONFORMS(second_look, "[saferecl.hp.holder.mem]/5: try_protect looks after it has associated",
                 fault::no_second_look)
LAZYREF_CONFORMS(resetting_to_a_pointer, "[saferecl.hp.holder.mem]/9: reset_protection(ptr) begins another epoch",
                 fault::reset_to_pointer_ignored, fault::reset_to_null_pointer_ignored,
                 fault::reset_to_pointer_keeps_previous, fault::reset_to_same_ends)
LAZYREF_CONFORMS(resetting, "[saferecl.hp.holder.mem]/12: after reset_protection() it is unassociated",
                 fault::reset_ignored)
LAZYREF_CONFORMS(many_types, "[saferecl.hp.holder.mem]/3, /7: every call takes every hazard-protectable type",
                 fault::reset_to_pointer_ignored, fault::ignores_protection)

// --- epochs and reclamation

namespace {

template <class Api>
void several_on_one(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  std::vector<holder_of<Api>> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(Api::make());
    protect_one(all.back(), x);
  }
  v.expect(s.survives(x), "with all of them");
  for (const std::size_t leaves : {2U, 0U, 4U, 1U}) {
    all[leaves].reset_protection();
    v.expect(s.is_there(x), "until the last of its epochs ends");
  }
  all[3].reset_protection();
  v.expect(!s.is_there(x), "and no longer");
}

template <class Api>
void epochs_in_a_row(verdict& v) {
  scene<Api> s(v);
  holder_of<Api> h = Api::make();
  holder_of<Api> other = Api::make();
  node<Api>* const back_and_forth = s.make();
  std::atomic<node<Api>*> source{back_and_forth};
  static_cast<void>(h.protect(source));
  for (int i = 0; i < 10; ++i) {
    node<Api>* const x = s.make();
    protect_one(other, x);
    v.expect(s.survives(x), "another object in each epoch");
    h.reset_protection();
    v.expect(h.protect(source) == back_and_forth, "an object may be protected in several epochs, before it is retired");
    other.reset_protection();
    v.expect(!s.is_there(x), "each until that epoch ends");
  }
  source = nullptr;
  v.expect(s.survives(back_and_forth), "the epoch that counts is the last");
}

// Here nobody waits for anybody, but for the end of an epoch, and that has nothing to do with another object's.
template <class Api>
void epochs_of_others(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  holder_of<Api> h = Api::make();
  protect_one(h, x);
  for (int i = 0; i < 10; ++i) v.expect(!s.survives(s.make()), "what nobody protects is reclaimed");
  Api::reclaim();
  v.expect(x->reclaimed == 0, "what is not retired is not reclaimed (6.2)");
  h.reset_protection();
  Api::reclaim();
  v.expect(x->reclaimed == 0, "not after its epoch either (6.2)");
  v.expect(!s.survives(x), "but then it is");
}

// Two threads that take turns.
struct turns {
  std::atomic<int> now{0};
  void wait_for(int n) const {
    while (now.load(std::memory_order_acquire) != n) std::this_thread::yield();
  }
  void to(int n) { now.store(n, std::memory_order_release); }
};

// The beginning of the epoch happens before the retirement, in another thread.
template <class Api>
void epoch_before_retirement(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  turns turn;
  std::atomic<node<Api>*> source{x};
  std::thread reader([&] {
    holder_of<Api> h = Api::make();
    node<Api>* const mine = h.protect(source);
    turn.to(1);
    turn.wait_for(2);
    v.expect(mine == x && mine->is_intact(), "the reader finds it as it was");
    h.reset_protection();
    turn.to(3);
    turn.wait_for(4);
  });
  turn.wait_for(1);
  source = nullptr;
  v.expect(s.survives(x), "until the end of the epoch (6.3.1)");
  turn.to(2);
  turn.wait_for(3);
  v.expect(!s.is_there(x), "the end of which happens before the reclamation");
  turn.to(4);
  reader.join();

  // The other way round: this thread protects, another one retires and asks.
  node<Api>* const y = s.make();
  holder_of<Api> h = Api::make();
  protect_one(h, y);
  std::thread([&] { v.expect(s.survives(y), "whichever thread retires"); }).join();
  v.expect(y->is_intact(), "what this thread protects is as it was");
  h.reset_protection();
  std::thread([&] { v.expect(!s.is_there(y), "whichever thread ends the epoch, or asks"); }).join();
}

// Nothing but the source orders the readers' epochs and the writer's retirements: all else is relaxed. Each reader stays
// until an object was replaced, retired, and asked for.
template <class Api>
void epoch_by_its_source(verdict& v) {
  constexpr int rounds = 100;
  constexpr std::size_t readers = 2;
  scene<Api> s(v);
  std::vector<node<Api>*> nodes;
  for (int i = 0; i <= rounds; ++i) nodes.push_back(s.make());
  std::atomic<node<Api>*> source{nodes[0]};
  std::atomic<int> round{0};
  std::array<std::atomic<int>, readers> looks{};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::atomic<int>& mine : looks) {
    threads.emplace_back([&] {
      holder_of<Api> h = Api::make();
      for (int now = 0; now < rounds;) {
        const node<Api>* const x = h.protect(source);
        mine.fetch_add(1, std::memory_order_relaxed);
        while (round.load(std::memory_order_relaxed) == now) std::this_thread::yield();
        if (!x->is_intact()) ++wrong;
        now = round.load(std::memory_order_relaxed);
      }
    });
  }
  for (int i = 1; i <= rounds; ++i) {
    for (const std::atomic<int>& theirs : looks)
      while (theirs.load(std::memory_order_relaxed) < i) std::this_thread::yield();
    s.retire(source.exchange(nodes[static_cast<std::size_t>(i)], std::memory_order_acq_rel));
    Api::reclaim();
    round.store(i, std::memory_order_relaxed);
  }
  for (std::thread& t : threads) t.join();
  v.expect(wrong == 0, "nobody loses what it protects (6.3.2)");
}

struct count_into {
  std::atomic<int>* all = nullptr;
  template <class T>
  void operator()(T*) const {
    ++*all;
  }
};
template <class Api>
struct counted : Api::template base<counted<Api>, count_into> {};

template <class Api>
void bound(verdict& v) {
  Api::reclaim();
  static std::atomic<int> reclaimed{0};
  reclaimed = 0;
  const auto objects = std::make_shared<std::deque<counted<Api>>>();
  const std::size_t most = Api::most_waiting();
  for (std::size_t i = 0; i <= most && reclaimed == 0; ++i) {
    objects->emplace_back();
    objects->back().retire(count_into{&reclaimed});
  }
  v.expect(reclaimed != 0, "not all of them wait, though nobody asks");
  const int retired = static_cast<int>(objects->size());
  Api::reclaim();
  v.expect(reclaimed == retired, "and none when somebody has asked");
  if (reclaimed != retired) stray_objects().push_back(objects);
}

// What threads retire does not wait for them.
template <class Api>
void retired_by_threads(verdict& v) {
  scene<Api> s(v);
  std::vector<node<Api>*> nodes;
  for (int i = 0; i < 30; ++i) nodes.push_back(s.make());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 10; ++i) s.retire(nodes[10 * t + i]);
    });
  }
  for (std::thread& t : threads) t.join();
  Api::reclaim();
  for (const node<Api>* x : nodes)
    v.expect(x->reclaimed == 1, "what a thread has retired that is gone is reclaimed, once");
}

}  // namespace

LAZYREF_CONFORMS(several_on_one, "[saferecl.hp.general]/6.3: every epoch of every hazard pointer counts",
                 fault::first_leaver_ends_all, fault::ignores_protection)
LAZYREF_CONFORMS(epochs_in_a_row, "[saferecl.hp.general]/3: one epoch ends, the next begins",
                 fault::reset_to_pointer_ignored, fault::reset_ignored, fault::ignores_protection)
LAZYREF_CONFORMS(epochs_of_others, "[saferecl.hp.general]/4, /6: what is retired, and not protected, may be reclaimed",
                 fault::never_reclaims)
LAZYREF_CONFORMS(epoch_before_retirement,
                 "[saferecl.hp.general]/6.3.1: an epoch that began before the retirement delays the reclamation",
                 fault::ignores_protection, fault::protects_in_own_thread_only, fault::reset_ignored)
LAZYREF_CONFORMS(epoch_by_its_source,
                 "[saferecl.hp.general]/6.3.2: so does one that began by a look at what was there before",
                 fault::ignores_protection, fault::protects_in_own_thread_only)
LAZYREF_CONFORMS(bound, "[saferecl.hp.general]/7, [saferecl.hp.base]/7: how many wait has a bound",
                 fault::never_reclaims, fault::deletes_twice)
LAZYREF_CONFORMS(retired_by_threads, "[saferecl.hp.general]/4, /5: whoever retires it, an object is reclaimed once",
                 fault::never_reclaims, fault::deletes_twice)

// --- batches (P3428R4)

namespace {

template <class Api>
constexpr bool has_batch = compiles<call_fill, holder_of<Api>>;
template <class Api>
#if defined(__cpp_lib_span)
constexpr bool has_span_batch = compiles<call_fill_span, holder_of<Api>>;
#else
constexpr bool has_span_batch = false;
#endif

// body(fill, clear), for each form that there is: both take a pointer and a number.
template <class Api, class Body>
void in_each_form(verdict& v, Body body) {
  if constexpr (has_batch<Api>) {
    body([](auto* first, std::size_t n) { make_hazard_pointer_batch(first, n); },
         [](auto* first, std::size_t n) { clear_hazard_pointer_batch(first, n); });
  }
#if defined(__cpp_lib_span)
  if constexpr (has_span_batch<Api>) {
    using span = std::span<holder_of<Api>>;
    body([](auto* first, std::size_t n) { make_hazard_pointer_batch(span(first, n)); },
         [](auto* first, std::size_t n) { clear_hazard_pointer_batch(span(first, n)); });
  }
#endif
  if constexpr (!has_batch<Api> && !has_span_batch<Api>) v.cannot_tell("there are no batches of hazard pointers yet");
}

template <class Api>
void batch_made(verdict& v) {
  in_each_form<Api>(v, [&v](auto fill, auto) {
    constexpr std::size_t n = 40;
    scene<Api> s(v);
    std::vector<holder_of<Api>> all(n);
    node<Api>* const kept = s.make();
    const std::size_t owns = 7;
    all[owns] = Api::make();
    protect_one(all[owns], kept);
    fill(all.data(), n);
    v.expect(s.survives(kept), "an element that owns one keeps it, and its epoch");
    std::vector<node<Api>*> nodes(n);
    for (std::size_t i = 0; i < n; ++i) {
      v.expect(!all[i].empty(), "every element owns a hazard pointer");
      if (i == owns || all[i].empty()) continue;
      nodes[i] = s.make();
      protect_one(all[i], nodes[i]);
    }
    for (std::size_t i = 0; i < n; ++i)
      if (nodes[i] != nullptr) s.retire(nodes[i]);
    Api::reclaim();
    for (std::size_t i = 0; i < n; ++i)
      v.expect(nodes[i] == nullptr || nodes[i]->reclaimed == 0, "each owns another one, which protects");
    fill(all.data(), n);
    v.expect(s.is_there(kept), "where none is empty, nothing changes");
    fill(all.data(), 0);
    fill(static_cast<holder_of<Api>*>(nullptr), 0);
  });
}

template <class Api>
void batch_created(verdict& v) {
  in_each_form<Api>(v, [&v](auto fill, auto clear) {
    constexpr std::size_t n = 20;
    scene<Api> s(v);
    node<Api>* const x = s.make();
    std::vector<holder_of<Api>> all(n);
    fill(all.data(), n);
    for (auto& h : all) protect_one(h, x);
    clear(all.data(), n);
    fill(all.data(), n);
    v.expect(!s.survives(x), "new hazard pointers are unassociated");
  });
}

template <class Api>
void batch_cleared(verdict& v) {
  in_each_form<Api>(v, [&v](auto fill, auto clear) {
    constexpr std::size_t n = 20;
    scene<Api> s(v);
    std::vector<holder_of<Api>> all(n + 1);
    fill(all.data(), n + 1);
    all[3] = holder_of<Api>();
    all[0] = Api::make();  // of another making
    std::vector<node<Api>*> nodes;
    for (auto& h : all) {
      nodes.push_back(s.make());
      if (!h.empty()) protect_one(h, nodes.back());
    }
    for (auto* x : nodes) s.retire(x);
    Api::reclaim();
    clear(all.data(), n);
    Api::reclaim();
    for (std::size_t i = 0; i < n; ++i) {
      v.expect(all[i].empty(), "every element is empty");
      v.expect(nodes[i]->reclaimed == 1, "and the epochs have ended");
    }
    v.expect(!all[n].empty() && s.is_there(nodes[n]), "and nothing else");
    clear(all.data(), n);
    clear(all.data(), 0);
    for (std::size_t i = 0; i < n; ++i) v.expect(all[i].empty(), "again: they are empty as before");
  });
}

#if defined(__unix__)
template <class Api>
void batch_without_memory(verdict& v) {
  in_each_form<Api>(v, [&v](auto fill, auto) {
    in_a_process(v, [fill] {
      verdict unused;
      scene<Api> s(unused);
      std::vector<holder_of<Api>> all(too_many);
      std::array<node<Api>*, 3> nodes{};
      const std::array<std::size_t, 3> owners{0, 5, too_many - 1};
      for (std::size_t i = 0; i < owners.size(); ++i) {
        nodes[i] = s.make();
        all[owners[i]] = Api::make();
        protect_one(all[owners[i]], nodes[i]);
        s.retire(nodes[i]);
      }
      if (!Api::starve()) ::_exit(cannot);
      bool threw = false;
      try {
        fill(all.data(), too_many);
      } catch (const std::bad_alloc&) {
        threw = true;
      }
      if (!threw) ::_exit(cannot);  // so many of them fit into almost nothing
      std::size_t own = 0;
      for (const auto& h : all) own += h.empty() ? 0U : 1U;
      expect(own == owners.size(), "if there is an exception, every element that was empty is empty");
      for (std::size_t i = 0; i < owners.size(); ++i) {
        expect(!all[owners[i]].empty(), "and every one that owned a hazard pointer owns it");
        expect(s.is_there(nodes[i]), "and its epoch goes on");
      }
      all.clear();
      for (const auto* x : nodes) {
        Api::reclaim();
        expect(x->reclaimed == 1, "they are that epoch's only ones");
      }
      ::_exit(0);
    });
  });
}
#endif

}  // namespace

LAZYREF_CONFORMS(batch_made, "[saferecl.hp.holder.nonmem]/5: make_hazard_pointer_batch fills what is empty",
                 fault::batch_replaces_owned, fault::batch_skips_last, fault::batch_shares_one)
LAZYREF_CONFORMS(batch_created, "[saferecl.hp.general]/3, [saferecl.hp.holder.nonmem]/5: a batch is unassociated",
                 fault::creation_keeps_association)
LAZYREF_CONFORMS(batch_cleared, "[saferecl.hp.holder.nonmem]/7: clear_hazard_pointer_batch destroys, and empties",
                 fault::clear_skips_last, fault::clear_keeps_protection)
#if defined(__unix__)
LAZYREF_CONFORMS(
    batch_without_memory,
    "[saferecl.hp.holder.nonmem]/5, /6: if make_hazard_pointer_batch throws bad_alloc, nothing has changed",
    fault::batch_fills_before_it_throws)
#endif

TEST_CASE("hazard conformance: [hazard.pointer.syn]: how batches are declared") {
  require_that_each_can_fail<batch_synopsis>();
  const auto look = [](auto api, const char* name) {
    using api_type = decltype(api);
    if constexpr (has_batch<api_type> || has_span_batch<api_type>)
      judge_one<declares<batch_synopsis>, api_type>();
    else
      skip((std::string(name) + ": there are no batches of hazard pointers yet").c_str());
  };
#if !defined(LAZYREF_TEST_STD_HAZARD_POINTER)
  look(lazyref_api(), lazyref_api::name);
#endif
#if defined(__cpp_lib_hazard_pointer)
  look(std_api(), std_api::name);
#endif
  look(mock_api(), mock_api::name);
}

// --- the suite itself

#if defined(__unix__)
TEST_CASE("hazard conformance: every fault of the mock is found by a test") {
  for (int f = 1; f < static_cast<int>(fault::count); ++f) {
    bool found = false;
    for (const fault each : faults_with_a_check()) found = found || each == static_cast<fault>(f);
    INFO("number " << f << " of mock::fault");
    CHECK(found);
  }
}
#endif
