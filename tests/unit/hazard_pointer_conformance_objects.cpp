// SPDX-License-Identifier: BSL-1.0
//
// The rest of hazard_pointer_conformance.cpp: what deleters may be and do, and what of threads, and of the program, ends.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__unix__)
#include <pthread.h>
#endif

#include "../support/hazard_conformance.hpp"

using namespace lazyref_test;
using namespace lazyref_test::conformance;
using mock::fault;

// --- deleters, and the addresses that they are given

namespace {

// Counts its calls in the object, which belongs to the test.
struct calls {
  int n = 0;
  const void* with = nullptr;
  void note(const void* x) {
    ++n;
    with = x;
  }
};

template <class Api, class D>
struct deleted_by : Api::template base<deleted_by<Api, D>, D> {
  calls called;
};

struct plain_deleter {
  template <class T>
  void operator()(T* x) const {
    x->called.note(x);
  }
};
struct final_deleter final {
  template <class T>
  void operator()(T* x) const noexcept {
    x->called.note(x);
  }
};
struct derived_deleter : plain_deleter {};
struct changing_deleter {
  int n = 0;
  template <class T>
  void operator()(T* x) {
    if (++n == 1) x->called.note(x);
  }
};
struct lvalue_deleter {
  template <class T>
  void operator()(T* x) & {
    x->called.note(x);
  }
};
struct returning_deleter {
  template <class T>
  T& operator()(T* x, int = 0) const {
    x->called.note(x);
    return *x;
  }
};
class explicit_deleter {
 public:
  explicit explicit_deleter() {}
  template <class T>
  void operator()(T* x) const {
    x->called.note(x);
  }
};
// [saferecl.hp.base]/3 does not ask for more.
struct assigned_deleter {
  assigned_deleter() = default;
  assigned_deleter(assigned_deleter&&) = delete;
  assigned_deleter& operator=(assigned_deleter&&) = default;
  template <class T>
  void operator()(T* x) const {
    x->called.note(x);
  }
};
struct assigned_deleter_with_state : assigned_deleter {
  int state[3] = {1, 2, 3};
};
// Is where its address is not.
struct evasive_deleter {
  int state = 0;
  evasive_deleter* operator&() const { return nullptr; }
  template <class T>
  void operator()(T* x) const {
    x->called.note(x);
  }
};

// `retire(*x)` retires it.
template <class Api, class T, class Retire>
void expect_one_call(verdict& v, const std::string& what, Retire retire) {
  const auto x = std::make_shared<T>();
  {
    holder_of<Api> h = Api::make();
    protect_one(h, x.get());
    retire(*x);
    Api::reclaim();
    v.expect(x->called.n == 0, what + ": not called while a hazard pointer protects the object");
  }
  Api::reclaim();
  v.expect(x->called.n == 1, what + ": called once");
  v.expect(x->called.with == x.get(), what + ": with the object's address");
  if (x->called.n != 1) stray_objects().push_back(x);
}
template <class Api, class D>
void expect_one_call_of(verdict& v, const char* what) {
  expect_one_call<Api, deleted_by<Api, D>>(v, what, [](auto& x) { x.retire(); });
}

template <class Api>
struct by_function : Api::template base<by_function<Api>, void (*)(by_function<Api>*)> {
  calls called;
};
template <class Api>
struct by_quiet_function : Api::template base<by_quiet_function<Api>, int (*)(by_quiet_function<Api>*) noexcept> {
  calls called;
};
template <class Api>
struct by_function_of_any : Api::template base<by_function_of_any<Api>, void (*)(const void*)> {
  calls called;
};
template <class Api>
struct by_std_function : Api::template base<by_std_function<Api>, std::function<void(by_std_function<Api>*)>> {
  calls called;
};

template <class Api>
void kinds_of_deleters(verdict& v) {
  expect_one_call_of<Api, plain_deleter>(v, "an empty class");
  expect_one_call_of<Api, final_deleter>(v, "a final class");
  expect_one_call_of<Api, derived_deleter>(v, "a derived class");
  expect_one_call_of<Api, changing_deleter>(v, "a call that is not const");
  expect_one_call_of<Api, lvalue_deleter>(v, "a call of lvalues alone");
  expect_one_call_of<Api, returning_deleter>(v, "a call that returns something, and takes more");
  expect_one_call_of<Api, explicit_deleter>(v, "an explicit default constructor");
  expect_one_call_of<Api, assigned_deleter>(v, "no move constructor");
  expect_one_call_of<Api, assigned_deleter_with_state>(v, "no move constructor, and a state");
  expect_one_call_of<Api, evasive_deleter>(v, "an operator& of its own");
#if __cplusplus >= 202002L
  using closure = decltype([](auto* x) { x->called.note(x); });
  expect_one_call_of<Api, closure>(v, "the type of a lambda");
  using mutable_closure = decltype([](auto* x) mutable noexcept { x->called.note(x); });
  expect_one_call_of<Api, mutable_closure>(v, "the type of a mutable lambda");
#endif
  expect_one_call<Api, by_function<Api>>(v, "a pointer to a function",
                                         [](auto& x) { x.retire([](auto* y) { y->called.note(y); }); });
  expect_one_call<Api, by_quiet_function<Api>>(v, "a pointer to a noexcept function that returns something",
                                               [](auto& x) {
                                                 x.retire([](by_quiet_function<Api>* y) noexcept {
                                                   y->called.note(y);
                                                   return 1;
                                                 });
                                               });
  static calls of_any;
  of_any = calls();
  expect_one_call<Api, by_std_function<Api>>(v, "a std::function",
                                             [](auto& x) { x.retire([&x](auto* y) { x.called.note(y); }); });
  // A pointer that the object's converts to.
  const auto x = std::make_shared<by_function_of_any<Api>>();
  x->retire([](const void* y) { of_any.note(y); });
  Api::reclaim();
  v.expect(of_any.n == 1 && of_any.with == x.get(), "a pointer to a function of void pointers");
  if (of_any.n != 1) stray_objects().push_back(x);
}

// Where it says so when it is called: not in the object.
struct state_deleter {
  calls* to = nullptr;
  std::shared_ptr<int> state;
  std::unique_ptr<std::string> more;
  template <class T>
  void operator()(T* x) {
    if (to != nullptr && state != nullptr && *more == "more") to->note(x);
  }
};
template <class Api>
struct by_state : Api::template base<by_state<Api>, state_deleter> {};

template <class Api>
void state_of_deleters(verdict& v) {
  constexpr std::size_t n = 10;
  const auto objects = std::make_shared<std::array<by_state<Api>, n>>();
  static std::array<calls, n> called;
  called = {};
  const auto state = std::make_shared<int>(1);
  holder_of<Api> h = Api::make();
  protect_one(h, &(*objects)[3]);
  for (std::size_t i = 0; i < n; ++i)
    (*objects)[i].retire(state_deleter{&called[i], state, std::make_unique<std::string>("more")});
  Api::reclaim();
  v.expect(called[3].n == 0 && state.use_count() > 1, "the state is kept as long as the object is");
  h.reset_protection();
  Api::reclaim();
  bool all_called = true;
  for (std::size_t i = 0; i < n; ++i) {
    v.expect(called[i].n == 1 && called[i].with == &(*objects)[i], "each deleter is called, with what was moved to it");
    all_called = all_called && called[i].n == 1;
  }
  v.expect(state.use_count() == 1, "and destroyed after its call");
  if (!all_called) stray_objects().push_back(objects);
}

// The base does not stand at the beginning. It was named when the class was incomplete: [saferecl.hp.base]/4.
struct note_address {
  calls* to = nullptr;
  template <class T>
  void operator()(T* x) const {
    to->note(x);
  }
};
struct front {
  virtual ~front() = default;
  int contents[5] = {};
};
template <class Api>
struct behind final : front, Api::template base<behind<Api>, note_address> {
  int more = 1;
};
// Its address is not what & says.
template <class Api>
struct evasive : Api::template base<evasive<Api>, note_address> {
  evasive* operator&() { return nullptr; }
  const evasive* operator&() const { return nullptr; }
};
template <class Api>
struct alignas(64) aligned : Api::template base<aligned<Api>, note_address> {
  aligned() = default;
  void virtual_too() {}
};
// Can only be told apart by its deleter.
template <class Api>
class secretive : public Api::template base<secretive<Api>, note_address> {
 public:
  static secretive* make() { return new secretive; }
  static void end(secretive* x) { delete x; }

 private:
  ~secretive() = default;
};

template <class Api, class T>
void expect_address(verdict& v, const char* what, T* x) {
  static calls called;
  called = calls();
  std::atomic<T*> source{x};
  holder_of<Api> h = Api::make();
  v.expect(h.protect(source) == x, std::string(what) + ": protect returns the object's address");
  x->retire(note_address{std::addressof(called)});
  Api::reclaim();
  v.expect(called.n == 0, std::string(what) + ": protect protects it");
  h.reset_protection(x);  // another epoch, too late to count
  T* seen = x;
  source = nullptr;
  v.expect(!h.try_protect(seen, source) && seen == nullptr, std::string(what) + ": try_protect sees that it is gone");
  h.reset_protection(static_cast<const T*>(nullptr));
  Api::reclaim();
  v.expect(called.n == 1, std::string(what) + ": the deleter is called once");
  v.expect(called.with == x, std::string(what) + ": the deleter gets the object's address");
}

template <class Api>
void addresses(verdict& v) {
  {
    const auto x = std::make_shared<behind<Api>>();
    using base = typename Api::template base<behind<Api>, note_address>;
    v.expect(static_cast<void*>(static_cast<base*>(x.get())) != x.get(), "the base is somewhere else");
    stray_objects().push_back(x);
    expect_address<Api>(v, "a base that is not the first", x.get());
  }
  {
    const auto x = std::make_shared<evasive<Api>>();
    stray_objects().push_back(x);
    expect_address<Api>(v, "an operator& of its own", x.get());
  }
  {
    const auto x = std::make_shared<aligned<Api>>();
    stray_objects().push_back(x);
    expect_address<Api>(v, "a class with an alignment of its own", x.get());
  }
  {
    auto* const x = secretive<Api>::make();
    stray_objects().emplace_back(x, [](secretive<Api>* y) { secretive<Api>::end(y); });
    expect_address<Api>(v, "a class whose destructor is private", x);
  }
}

// By default_delete: destroyed, and its memory given back, once, as far as the class can tell.
int destroyed = 0;
int given_back = 0;
template <class Api>
struct deleted : Api::template base<deleted<Api>> {
  ~deleted() { ++destroyed; }
  static void* operator new(std::size_t size) { return ::operator new(size); }
  static void operator delete(void* p) {
    ++given_back;
    ::operator delete(p);
  }
};
template <class Api>
void default_deletion(verdict& v) {
  destroyed = given_back = 0;
  auto* const x = new deleted<Api>;
  holder_of<Api> h = Api::make();
  protect_one(h, x);
  x->retire();
  Api::reclaim();
  v.expect(destroyed == 0, "not while it is protected");
  h.reset_protection();
  Api::reclaim();
  v.expect(destroyed == 1 && given_back == 1, "by `delete`, once");
  if (destroyed == 0) stray_objects().emplace_back(x);
}

// Deleters that retire, and use hazard pointers.
template <class Api>
struct link;
template <class Api>
struct retire_next {
  void operator()(link<Api>* x) const;
};
template <class Api>
struct link : Api::template base<link<Api>, retire_next<Api>> {
  link* next = nullptr;
  int reclaimed = 0;
};
template <class Api>
void retire_next<Api>::operator()(link<Api>* x) const {
  ++x->reclaimed;
  if (x->next != nullptr) x->next->retire();
}

template <class Api>
void chains(verdict& v) {
  constexpr std::size_t n = 300;
  const auto all = std::make_shared<std::vector<link<Api>>>(n);
  for (std::size_t i = 0; i + 1 < n; ++i) (*all)[i].next = &(*all)[i + 1];
  // What a deleter retires may wait until somebody asks again.
  const auto become_reclaimed = [&](std::size_t wanted) {
    std::size_t once = 0;
    for (std::size_t asked = 0; asked < n && once < wanted; ++asked) {
      Api::reclaim();
      once = 0;
      for (const link<Api>& x : *all) once += x.reclaimed == 1 ? 1U : 0U;
    }
    Api::reclaim();
    return once;
  };
  holder_of<Api> h = Api::make();
  protect_one(h, &(*all)[n / 2]);
  (*all)[0].retire();
  v.expect(become_reclaimed(n / 2) == n / 2, "each deleter retires the next");
  v.expect((*all)[n / 2].reclaimed == 0, "up to the one that is protected");
  h.reset_protection();
  const std::size_t once = become_reclaimed(n);
  v.expect(once == n, "and the rest when its epoch ends");
  if (once != n) stray_objects().push_back(all);
}

template <class Api>
struct acting;
template <class Api>
struct act {
  std::function<void()> what;
  void operator()(acting<Api>*) const { what(); }
};
template <class Api>
struct acting : Api::template base<acting<Api>, act<Api>> {};

template <class Api>
void deleters_that_protect(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  std::atomic<node<Api>*> source{x};
  const auto object = std::make_shared<acting<Api>>();
  stray_objects().push_back(object);
  holder_of<Api> outer = Api::make();
  protect_one(outer, object.get());
  int ran = 0;
  object->retire(act<Api>{[&] {
    ++ran;
    holder_of<Api> h = Api::make();
    v.expect(h.protect(source) == x, "a deleter protects what is there");
    source = nullptr;
    v.expect(s.survives(x), "and it stays, though the deleter retires it");
    holder_of<Api> taken = std::move(h);
    Api::exchange(h, taken);
    v.expect(s.is_there(x), "nor do a move and a swap in there end the epoch");
  }});
  Api::reclaim();
  v.expect(ran == 0, "not yet");
  outer.reset_protection();
  Api::reclaim();
  v.expect(ran == 1, "once");
  v.expect(!s.is_there(x), "the end of its hazard pointer ended the epoch");
}

template <class Api>
struct valued : Api::template base<valued<Api>> {
  int value = 0;
};

template <class Api>
void copies(verdict& v) {
  scene<Api> s(v);
  const auto objects = std::make_shared<std::array<deleted_by<Api, plain_deleter>, 3>>();
  auto& [original, target, moved] = *objects;
  holder_of<Api> h = Api::make();
  protect_one(h, &original);
  original.retire();
  const auto copy = std::make_shared<deleted_by<Api, plain_deleter>>(original);
  target = original;
  moved = std::move(original);
  copy->retire();
  target.retire();
  moved.retire();
  Api::reclaim();
  v.expect(copy->called.n == 1, "a copy of what is retired and protected is an object that is neither");
  v.expect(target.called.n == 1, "nor is one that it is assigned to");
  v.expect(moved.called.n == 1, "nor one that it is moved to");
  original = target;
  original.called = calls();
  Api::reclaim();
  v.expect(original.called.n == 0, "it stays protected itself, also when it is assigned to");
  h.reset_protection();
  Api::reclaim();
  v.expect(original.called.n == 1, "and retired");
  if (copy->called.n != 1 || target.called.n != 1 || moved.called.n != 1 || original.called.n != 1) {
    stray_objects().push_back(objects);
    stray_objects().push_back(copy);
  }
  valued<Api> one;
  one.value = 1;
  valued<Api> two = one;
  const valued<Api> three = std::move(two);
  one = valued<Api>();
  v.expect(one.value == 0 && three.value == 1, "the values of the derived class are copied and moved");
}

}  // namespace

LAZYREF_CONFORMS(kinds_of_deleters, "[saferecl.hp.base]/1, /3: what a deleter may be", fault::deletes_twice,
                 fault::never_reclaims, fault::ignores_protection)
LAZYREF_CONFORMS(state_of_deleters, "[saferecl.hp.base]/3, /7: retire moves the deleter, with its state",
                 fault::loses_state_of_deleter, fault::keeps_state_of_deleter, fault::deletes_twice)
LAZYREF_CONFORMS(addresses, "[saferecl.hp.general]/5, [saferecl.hp.base]/4: a deleter gets the object's address",
                 fault::address_of_base, fault::overloaded_address, fault::deletes_twice)
LAZYREF_CONFORMS(default_deletion, "[saferecl.hp.base]: by default an object is deleted", fault::ignores_protection,
                 fault::never_reclaims)
LAZYREF_CONFORMS(chains, "[saferecl.hp.base]/7: deleters may retire", fault::loses_retires_of_deleters,
                 fault::ignores_protection)
LAZYREF_CONFORMS(deleters_that_protect, "[saferecl.hp.general]/5: deleters may use hazard pointers",
                 fault::ignores_protection, fault::move_ends_epoch)
LAZYREF_CONFORMS(copies, "[saferecl.hp.base]: a copy is another object, which is not retired",
                 fault::copies_are_retired)

// --- threads, their ends, and the end of the program

namespace {

template <class Api>
void hand_over(verdict& v) {
  scene<Api> s(v);
  node<Api>* const x = s.make();
  node<Api>* const y = s.make();
  holder_of<Api> h;
  std::thread([&] {
    h = Api::make();
    protect_one(h, x);
  }).join();
  v.expect(s.survives(x), "it may be made in a thread that ends, and goes on to protect");
  std::thread([&, mine = std::move(h)]() mutable {
    v.expect(s.is_there(x), "whoever owns it");
    mine.reset_protection();
    v.expect(!s.is_there(x), "the owner ends the epoch");
    protect_one(mine, y);
    h = std::move(mine);
  }).join();
  v.expect(s.survives(y), "what another thread protected with it stays protected, when that ends");
  std::thread([&] { const holder_of<Api> last = std::move(h); }).join();
  v.expect(!s.is_there(y), "any thread may destroy it");

  // One whose maker lives on, and makes another one.
  node<Api>* const z = s.make();
  h = Api::make();
  protect_one(h, z);
  std::thread([&, mine = std::move(h)]() mutable {
    const holder_of<Api> own = Api::make();
    v.expect(s.survives(z) && !own.empty(), "it may go to a thread that has others");
  }).join();
  const holder_of<Api> another = Api::make();
  v.expect(!another.empty() && !s.is_there(z), "it ended there");
}

// Uses hazard pointers in its destructor.
template <class Api>
struct late_user {
  verdict* v = nullptr;
  node<Api>* held = nullptr;  // protected by h, and retired
  node<Api>* other = nullptr;
  holder_of<Api> h;

  ~late_user() {
    if (v == nullptr) return;
    v->expect(scene<Api>::is_there(held), "what it has protected before is there");
    holder_of<Api> mine = Api::make();
    protect_one(mine, other);
    v->expect(scene<Api>::survives(other), "what it protects now stays, though it retires it");
    mine.reset_protection();
    v->expect(!scene<Api>::is_there(other), "until the epoch ends");
  }
};

template <class Api>
void prepare(late_user<Api>& user, verdict& v, scene<Api>& s) {
  user.h = Api::make();
  user.held = s.make();
  user.other = s.make();
  protect_one(user.h, user.held);
  s.retire(user.held);
  user.v = &v;
}

template <class Api>
void ends_of_threads(verdict& v) {
  scene<Api> s(v);
  for (int i = 0; i < 3; ++i) {
    std::thread([&] {
      // The first stands before all that the thread has to do with hazard pointers, so it goes last.
      static thread_local late_user<Api> first;
      static_cast<void>(&first);
      prepare(first, v, s);
      static thread_local late_user<Api> last;
      prepare(last, v, s);
    }).join();
  }
}

#if defined(__unix__)
template <class Api>
void use_late(void* user) {
  delete static_cast<late_user<Api>*>(user);
}

// After the destructors of thread_local objects.
template <class Api>
void ends_of_keys(verdict& v) {
  if (LAZYREF_TEST_ASAN)
    return v.cannot_tell("the C library keeps a few bytes for a thread_local variable that is first used so late");
  scene<Api> s(v);
  pthread_key_t key{};
  if (::pthread_key_create(&key, &use_late<Api>) != 0) return v.expect(false, "pthread_key_create");
  // Prepared by the thread itself; and by another one, so that the thread's first ones are those of the destructor.
  for (const bool itself : {true, false}) {
    std::thread([&] {
      auto* const user = new late_user<Api>;
      if (itself)
        prepare(*user, v, s);
      else
        std::thread([&] { prepare(*user, v, s); }).join();
      ::pthread_setspecific(key, user);
    }).join();
  }
  ::pthread_key_delete(key);
}

// Objects with static storage, in the order in which they are made. The program ends with them.
template <class Api>
struct late_judge {
  verdict* v = nullptr;
  node<Api>* x = nullptr;
  ~late_judge() {
    if (v == nullptr) return;
    v->expect(!scene<Api>::is_there(x), "the destructor of a static hazard_pointer ends its epoch");
    for (const std::string& what : v->failed()) std::fprintf(stderr, "not so: %s\n", what.c_str());
  }
};
template <class Api>
void end_of_program(verdict& v) {
  in_a_process(v, [] {
    static auto* const inner = new verdict;
    static auto* const s = new scene<Api>(*inner);
    static late_judge<Api> judge;
    static late_user<Api> last;
    static holder_of<Api> h = Api::make();
    static late_user<Api> first;
    thread_local late_user<Api> before_all;
    judge.x = s->make();
    protect_one(h, judge.x);
    s->retire(judge.x);
    for (late_user<Api>* user : {&last, &first, &before_all}) prepare(*user, *inner, *s);
    judge.v = inner;
    std::exit(0);
  });
}
#endif

}  // namespace

LAZYREF_CONFORMS(hand_over, "[saferecl.hp.general]/1: a hazard pointer may go from thread to thread",
                 fault::dies_with_its_maker, fault::protects_in_own_thread_only)
LAZYREF_CONFORMS(ends_of_threads, "thread_local objects may own, protect and retire in their destructors",
                 fault::dies_with_its_maker, fault::ignores_protection)
#if defined(__unix__)
LAZYREF_CONFORMS(ends_of_keys, "so may destructors of pthread keys, after those of thread_local objects",
                 fault::dies_with_its_maker, fault::ignores_protection)
LAZYREF_CONFORMS(end_of_program, "objects with static storage may own, protect and retire in their destructors",
                 fault::closes_at_exit, fault::ignores_protection)
#endif
