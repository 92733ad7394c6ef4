// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of protection from a shared pointer (slot.hpp), of retired objects (retired.hpp, domain.hpp), and of hazard
// pointers (hazard_domain.hpp).
#pragma once

#include "fixtures.hpp"
#include "lazyref/detail/reclamation/hazard_domain.hpp"
#include "lazyref/nested_protection.hpp"

namespace model::scenarios {

// Slots, and a pointer that workers protect from. What stands in it has one user, which whoever takes it out drops.
template <class How, std::size_t N = 1>
struct shared : slots<How, N> {
  atomic<object*> source{new object(1)};

  shared() { label(source, "source"); }

  // A worker's round.
  object* protect(std::size_t i = 0) {
    object* const o = How::protect(this->at[i], source);
    if (o != nullptr) (void)o->contents.read();
    return o;
  }

  void replace(object* next) {
    object* const old = source.exchange(next, std::memory_order_acq_rel);
    if (old == nullptr || !old->counts.drop_user()) return;
    model_sync::fence::heavy(model_sync::orders.unpublish_heavy);
    How::last_user_left(old, *this);
  }
};

// What a worker does, while what is published is replaced; in the end nothing is.
template <class Shared, class Work, class Replace>
void while_replaced(Work work, Replace replace) {
  Shared s;
  parallel(worker([&] { work(s); }), replacer([&] { replace(s); }));
  s.replace(nullptr);
  s.finish();
}
inline constexpr auto by_nothing = [](auto& s) { s.replace(nullptr); };
inline constexpr auto by_another = [](auto& s) { s.replace(new object(1)); };
inline constexpr auto by_another_and_nothing = [](auto& s) {
  s.replace(new object(1));
  s.replace(nullptr);
};

// The new object is made by the replacer: it is complete when it is found.
template <class How>
void protected_once() {
  while_replaced<shared<How>>(
      [](auto& s) {
        s.protect();
        s.leave();
      },
      by_another);
}

// Two rounds each; the third object may have the address of the first.
template <class How>
void protected_twice() {
  while_replaced<shared<How>>(
      [](auto& s) {
        s.protect();
        s.leave();
        s.protect();
        s.leave();
      },
      [](auto& s) {
        s.replace(new object(1));
        s.replace(new object(1));
      });
}

// The same without stopping in between, and what the worker does to the first object happens before its disposal.
inline constexpr auto protect_one_after_the_other = [](auto& s) {
  if (object* const o = s.protect()) o->contents.write(1);
  s.protect();
  s.leave();
};
template <class How>
void protected_one_after_the_other() {
  while_replaced<shared<How>>(protect_one_after_the_other, by_another_and_nothing);
}

// Two take out, and one of them may find what the other has put in.
template <class How>
void protected_two_replacers() {
  shared<How> s;
  auto* const b = new object(1);
  const auto work = [&] {
    s.protect();
    s.leave();
  };
  parallel(worker(work), replacer([&] { s.replace(b); }), replacer([&] { s.replace(nullptr); }));
  s.replace(nullptr);
  s.finish();
}

// Two protect.
template <class How>
void two_protect() {
  shared<How, 2> s;
  const auto work = [&](std::size_t i) {
    s.protect(i);
    s.leave(i);
  };
  parallel(worker([&] { work(0); }), worker([&] { work(1); }), replacer([&] { s.replace(nullptr); }));
  s.finish();
}

// One try, and another one of what the first has found.
template <class How>
void tried() {
  while_replaced<shared<How>>(
      [](auto& s) {
        object* o = s.source.load(relaxed);
        bool found = lazyref::try_protect<holds>(s.at[0], o, s.source);
        if (!found) found = lazyref::try_protect<holds>(s.at[0], o, s.source);
        if (found && o != nullptr) (void)o->contents.read();
        if (found) s.leave();
      },
      by_another_and_nothing);
}

// The caller looks again itself.
template <class How>
void looked_again() {
  while_replaced<shared<How>>(
      [](auto& s) {
        object* const o = s.source.load(relaxed);
        lazyref::protect_again<holds>(s.at[0], o);
        if (s.source.load(acquire) == o && o != nullptr) (void)o->contents.read();
        s.leave();
      },
      by_nothing);
}

// A second slot takes over what the first one protects, and whose last user may be gone. `Same` as it should be, or by a
// protection that the caller does not look at again.
template <bool Same>
inline constexpr auto copy_protection = [](auto& s) {
  object* const o = s.protect(0);
  if constexpr (Same)
    lazyref::protect_same<holds>(s.at[1], o);
  else
    lazyref::protect_again<holds>(s.at[1], o);
  s.leave(0);
  if (o != nullptr) (void)o->contents.read();
  s.leave(1);
};
template <class How, bool Same>
void copied() {
  while_replaced<shared<How, 2>>(copy_protection<Same>, by_nothing);
}

// The same, and what the second slot was on before goes at the same time.
template <class How>
void copied_over_another() {
  shared<How, 2> s;
  auto* const other = new object(1);
  s.at[1].lazy.store(other, relaxed);
  const auto drop_both = [&] {
    s.drop(other);
    s.replace(nullptr);
  };
  parallel(worker([&] { copy_protection<true>(s); }), reclaimer(drop_both));
  s.finish();
}

// What was protected is parked: the same word, the same rules.
template <class How>
void protected_and_parked() {
  while_replaced<shared<How>>(
      [](auto& s) {
        s.protect();
        s.park();
        s.resume();
        s.leave();
      },
      by_nothing);
}

// Two objects go together: one heavy fence, one pass.
template <class How>
void protected_group() {
  while_replaced<shared<How>>(protect_one_after_the_other, [](auto& s) {
    lazyref::scan_group<object> group;
    for (object* next : {new object(1), static_cast<object*>(nullptr)}) {
      object* const old = s.source.exchange(next, std::memory_order_acq_rel);
      if (old->counts.drop_user()) group.add(old);
    }
    model_sync::fence::heavy(model_sync::orders.unpublish_heavy);
    lazyref::last_users_left<holds, How::when, model_sync>(group, s);
    for (object* const o : group) {
      if (o->counts.holds().give_up_only()) delete o;
    }
  });
}

// MUST FAIL: no second look.
struct unvalidated : real<reclaim::deferred> {
  static object* protect(slot& s, const atomic<object*>& source) {
    object* const o = source.load(acquire);
    activate(s, o);
    return o;
  }
};

// MUST FAIL: the slots that have been on the object are those that it has a mark for.
template <bool MarkedFirst>
void protected_by_mark() {
  struct marked : lazyref::detail::reference_counts<model_sync> {
    atomic<int> mark;
    cell<int> contents;
  };
  struct counted {
    static void take(marked* o, std::size_t n) noexcept { o->holds().take(n); }
    static void give_up(marked* o, std::size_t n) noexcept {
      if (o->holds().give_up(n)) delete o;
    }
  };
  lazyref::slot<marked, model_sync> slot;
  atomic<marked*> source(new marked);
  label(slot.lazy, "lazy");
  label(source, "source");
  parallel(worker([&] {
             marked* o = source.load(acquire);
             if (MarkedFirst && o != nullptr) o->mark.store(1, relaxed);
             if (lazyref::try_protect<counted>(slot, o, source) && o != nullptr) {
               if (!MarkedFirst) o->mark.store(1, relaxed);
               (void)o->contents.read();
             }
             lazyref::deactivate<counted>(slot);
           }),
           replacer([&] {
             marked* const old = source.exchange(nullptr, acquire);
             if (!old->drop_user()) return;
             heavy();
             lazyref::last_user_left<counted, reclaim::deferred, model_sync>(old, [&](auto&& visit) {
               if (old->mark.load(relaxed) != 0) visit(slot);
             });
           }));
}

// --- domain.hpp: protect, retire, flush ---

template <reclaim R, lazyref::slot_growth G = lazyref::slot_growth::none>
struct protecting : publishing<fixture<policy::handoff, R, candidates::all, G>> {
  using base = publishing<fixture<policy::handoff, R, candidates::all, G>>;

  explicit protecting(std::size_t slots) : base(slots) {}

  void protect(typename base::slot& s) {
    if (thing* const t = s.protect(this->source)) t->contents.write(1);
  }
  // A thread.
  auto protects(typename base::slot& s) {
    return worker([this, &s] {
      protect(s);
      s.detach();
    });
  }
};

// The domain's first protection, of which the reclaimer may know or not.
template <reclaim R>
void first_protection() {
  protecting<R> f(1);
  auto s = f.domain.attach();
  parallel(f.protects(s), f.dropped());
  f.finish(1);
}

// The same for a second slot, which may find that the domain knows.
template <reclaim R>
void second_protection() {
  protecting<R> f(2);
  auto a = f.domain.attach();
  auto b = f.domain.attach();
  atomic<thing*> nothing;
  const auto protect_by_b = [&] {
    if (thing* const t = b.protect(f.source)) (void)t->contents.read();
    b.deactivate();
  };
  parallel(worker([&] { a.protect(nothing); }), worker(protect_by_b), f.dropped());
  a.detach();
  b.detach();
  f.finish(1);
}

// Retired and flushed, while the worker comes and goes: who is the last holder has the uses of the others. `Grows`: the
// worker's slot is added meanwhile.
template <reclaim R, bool Grows = false>
void retired() {
  protecting<R, Grows ? lazyref::slot_growth::chunks : lazyref::slot_growth::none> f(1);
  auto first = f.domain.attach();
  const auto work = [&] {
    auto s = Grows ? f.domain.attach() : std::move(first);
    f.protect(s);
    s.detach();
  };
  parallel(worker(work), f.retired(true));
  first.detach();
  f.finish(1);
}

// What a slot is on is not disposed of, whoever flushes, and each of them says so: what waits goes to slots, so who looks
// for it looks at what waits first. `SlotsFirst`: the other way round.
template <bool SlotsFirst>
void counted_by_flushes() {
  protecting<reclaim::deferred> f(1);
  auto s = f.domain.attach();
  s.activate(f.current);
  f.domain.retire(std::move(f.current));
  const auto flush = [&] { require(f.domain.flush() != 0, "a flush does not know of what a slot is on"); };
  const auto look = [&] {
    const std::size_t parked = f.domain.stats().parked;
    require(parked + f.domain.stats().retired != 0, "a look does not find what a slot is on");
  };
  if constexpr (SlotsFirst) {
    parallel(flush, look);
  } else {
    parallel(flush, flush);
  }
  s.detach();
  f.finish(1);
}

// Flushed by another thread than the one that retired.
template <reclaim R>
void flushed_by_another() {
  protecting<R> f(1);
  auto s = f.domain.attach();
  parallel(f.protects(s), f.retired(false), [&] { f.domain.flush(); });
  f.domain.flush();
  f.finish(1);
}

// Another user goes at the same time: whoever is the only one has what the others did.
inline void retired_by_one_of_two() {
  protecting<reclaim::deferred> f(0);
  f.unpublish();
  auto use = [&, other = f.current]() mutable {
    (void)other->users_only.read();
    other.reset();
  };
  parallel(use, [&] { f.domain.retire(std::move(f.current)); });
  f.domain.flush();
  f.finish(1);
}

// --- promotion, and the cell that owns a user ---

inline void promote(thing* t) {
  if (auto mine = lazyref::strong_ref<thing>::try_from(t)) (void)mine->users_only.read();
}

// What keeps the object from the worker's slot goes while the worker asks for a user.
template <reclaim R>
void promoted() {
  protecting<R> f(1);
  auto s = f.domain.attach();
  const auto work = [&] {
    auto mine = lazyref::strong_ref<thing>::try_from(s.protect(f.source));
    s.deactivate();
    if (mine) (void)mine->users_only.read();
  };
  parallel(worker(work), f.dropped());
  s.detach();
  f.finish(1);
}

// Slots are on it, and two ask. The last user may not be the one that began the end.
inline void promoted_by_two() {
  protecting<reclaim::deferred> f(2);
  auto a = f.domain.attach();
  auto b = f.domain.attach();
  a.activate(f.current);
  b.activate(f.current);
  parallel(worker([&] { promote(a.active()); }), worker([&] { promote(b.active()); }), [&] { f.current.reset(); });
  a.detach();
  b.detach();
  f.finish(1);
}

// Retired by its only user meanwhile.
inline void promoted_while_retired() {
  protecting<reclaim::deferred> f(1);
  auto s = f.domain.attach();
  s.activate(f.current);
  const auto retire = [&] {
    f.domain.retire(std::move(f.current));
    f.domain.flush();
  };
  parallel(worker([&] { promote(s.active()); }), retire);
  s.detach();
  f.domain.flush();
  f.finish(1);
}

// A scope protects another object, and the slot comes back to the first, whose last user goes meanwhile. With a further slot,
// or with the only one, to which a hold brings it back.
template <reclaim R, std::size_t Slots, bool Parked>
void nested() {
  protecting<R> f(Slots);
  auto s = f.domain.attach();
  auto inner = f.domain.make();
  const atomic<thing*> other(inner.get());
  (void)s.protect(f.source);
  if (Parked) s.park();
  const auto work = [&] {
    {
      const lazyref::nested_protection scope(s, other);
      (void)scope->contents.read();
    }
    const thing* const seen = Parked ? s.resume() : s.active();
    if (seen != nullptr) (void)seen->contents.read();
    s.detach();
  };
  parallel(worker(work), f.dropped());
  inner.reset();
  f.finish(2);
}

// The inner object goes, and comes back to another scope at the same address.
template <reclaim R, std::size_t Slots>
void nested_twice() {
  protecting<R> f(Slots);
  auto s = f.domain.attach();
  auto outer = f.domain.make();
  s.activate(outer);
  const auto work = [&] {
    for (int i = 0; i < 2; ++i) {
      const lazyref::nested_protection scope(s, f.source);
      if (scope) (void)scope->contents.read();
    }
    (void)s.active()->contents.read();
    s.detach();
  };
  parallel(worker(work), f.dropped());
  outer.reset();
  f.finish(2);
}

// A count to which a user is added first and looked then, with a mark for its end: whoever reaches 0 comes back for the
// mark, when a user that came meanwhile may have gone, and the memory with it. (So promotion is a loop.)
struct marked_count {
  static constexpr std::uint32_t gone = std::uint32_t{1} << 31;
  atomic<std::uint32_t> users{1};

  bool try_add() { return users.fetch_add(1, relaxed) < gone; }
  static void drop(marked_count* c) {
    std::uint32_t none = 0;
    if (c->users.fetch_sub(1, std::memory_order_acq_rel) == 1 &&
        c->users.compare_exchange_strong(none, gone, acquire, relaxed))
      delete c;
  }
};
inline void count_with_a_mark() {
  auto* const c = new marked_count;
  bool is_user = false;
  parallel(
      [&] {
        is_user = c->try_add();  // What keeps the memory for this goes before its user does.
        if (is_user) marked_count::drop(c);
      },
      [&] { marked_count::drop(c); });
}

using cell_of_things = lazyref::atomic_strong_ref<thing, model_sync>;

// A user is loaded from a cell that goes on to a new object.
template <reclaim R, bool Retire = false>
void cell_loaded() {
  fixture<policy::handoff, R, candidates::all> f(1);
  {
    cell_of_things cell(f.domain.make());
    auto s = f.domain.attach();
    parallel(worker([&] {
               const auto mine = cell.load(s);
               s.deactivate();
               (void)mine->contents.read();
               (void)mine->users_only.read();
             }),
             replacer([&] {
               auto next = f.domain.make();
               next->contents.write(1);
               if constexpr (Retire)
                 f.domain.retire(cell.exchange(std::move(next)));
               else
                 cell.store(std::move(next));
             }));
    s.detach();
  }
  f.domain.flush();
  f.finish(2);
}

// Two replace it: what one takes out may be what the other has put in.
template <bool IfExpected>
void cell_exchanged_by_two() {
  fixture<policy::handoff, reclaim::deferred, candidates::all> f(0);
  {
    auto first = f.domain.make();
    cell_of_things cell(first);
    const auto replace = [&](auto& mine) {
      mine->contents.write(1);
      if constexpr (IfExpected) {
        thing* expected = first.get();
        while (!cell.compare_exchange_strong(expected, mine)) {
        }
      } else {
        mine = cell.exchange(std::move(mine));
      }
      (void)mine->contents.read();
    };
    parallel([&, mine = f.domain.make()]() mutable { replace(mine); },
             [&, mine = f.domain.make()]() mutable { replace(mine); });
  }
  f.finish(3);
}

// --- the lists of what waits ---

// The lists by themselves, where so many objects, or bytes, make a flush due.
struct waiting_node {
  cell<int> contents;
  waiting_node* next = nullptr;
  waiting_node* child = nullptr;  // its disposer retires it
};

struct lists {
  struct link {
    static waiting_node*& next(waiting_node* n) noexcept { return n->next; }
  };
  using type = lazyref::detail::retired_lists<waiting_node, link, model_sync>;

  explicit lists(std::size_t objects, std::size_t bytes = 100, unsigned cpus = 1) : limits{objects, bytes} {
    parts_of_stripes = restartable::cpus = cpus;
    if (cpus > 1) list.spread();
    alive = 0;
  }

  void retire(int descendants = 0, std::size_t bytes = 0) { push(make(descendants), bytes); }
  static waiting_node* make(int descendants) {
    auto* const n = new waiting_node;
    ++alive;
    if (descendants != 0) n->child = make(descendants - 1);
    n->contents.write(1);
    return n;
  }
  void push(waiting_node* n, std::size_t bytes = 0) {
    if (auto* const due = list.push(n, bytes, [this] { return limits; })) flush(due);
  }
  void flush(type::list_type* due = nullptr) {
    list.flush(
        due, [this] { return limits; },
        [this](waiting_node* chain, auto&& passed) {
          passed();
          std::ptrdiff_t n_reclaimed = 0;
          for (; chain != nullptr; ++n_reclaimed) {
            waiting_node* const n = std::exchange(chain, chain->next);
            require(n->contents.read() == 1, "not complete");
            if (n->child != nullptr) push(n->child);
            delete n;
            --alive;
            if (when_disposed != nullptr) when_disposed->write(1);
          }
          return n_reclaimed;
        });
  }
  // When all is quiet: what waits is counted, and then nothing does.
  void finish() {
    require(list.size() < limits.objects, "as many objects wait as make a flush due");
    require(static_cast<std::size_t>(alive) <= list.size(), "an object waits that is not counted");
    flush();
    require(alive == 0 && list.size() == 0 && list.is_empty(), "an object is left behind in the lists");
  }

  const lazyref::detail::retire_limits limits;
  cell<int>* when_disposed = nullptr;
  type list;
};

// Two put in, one or two take out, and each object comes out once, complete.
template <unsigned Flushers, unsigned Cpus>
void retired_list() {
  lists f(10, 100, Cpus);
  parallel(
      [&] {
        f.retire();
        if (Flushers > 1) f.flush();
      },
      [&] {
        f.retire();
        f.flush();
      });
  f.finish();
}

// One thread retires so many objects, of which so many have a child; the other one so many.
template <int Children, int Objects, int Others>
void retired_list_bound() {
  lists f(2);
  parallel(
      [&] {
        for (int i = 0; i < Objects; ++i) f.retire(i < Children ? 1 : 0);
      },
      [&] {
        for (int i = 0; i < Others; ++i) f.retire();
      });
  f.finish();
}

// Bytes: those of what waits are counted, so that one byte more makes a flush due.
inline void retired_list_bytes() {
  lists f(10, 2);
  parallel([&] { f.retire(0, 1); }, [&] { f.flush(); });
  const bool waits = alive != 0;
  f.retire(0, 1);
  require(!waits || alive == 0, "as many bytes wait as make a flush due");
  f.finish();
}

// Whoever sees that nothing waits has what the disposers did.
inline void retired_list_is_empty() {
  lists f(10);
  cell<int> contents(0);
  f.when_disposed = &contents;
  f.retire();
  parallel([&] { f.flush(); },
           [&] {
             if (f.list.size() == 0) require(contents.read() == 1, "it waits, and is not counted");
           });
  f.finish();
}

// Parts for each CPU come while objects are put in and taken out.
inline void retired_list_spreads() {
  lists f(10);
  parts_of_stripes = restartable::cpus = 2;
  parallel(
      [&] {
        f.list.spread();
        f.retire();
      },
      [&] {
        f.retire();
        f.flush();
      });
  f.finish();
}

// One table for two scans: each finds what it has put in, or has a small one of its own.
inline void scan_tables() {
  struct looked_for {
    alignas(16) char c;
  };
  struct words {};
  lazyref::detail::scan_memory<looked_for, words, model_sync, 1> memory;
  memory.provide(2);
  looked_for things[2];
  words slots[2];
  const auto scan = [&] {
    const bool right = memory.with_table(2, [&](auto& table) {
      int found = 0;
      for (int i = 0; i < 2; ++i) {
        if (table.is_full()) {
          table.for_each(&things[0], [&](words& s) { found += &s == &slots[0]; });
          table.clear();
        }
        table.add(&things[i], slots[i]);
      }
      for (looked_for& t : things) table.for_each(&t, [&](words& s) { found += &s - slots == &t - things; });
      return found == 2;
    });
    require(right, "a slot is lost, or found twice");
  };
  parallel(scan, scan);
  scan();
}

// --- hazard_domain.hpp ---

struct hazard_node;

}  // namespace model::scenarios

// hazard_pointer.hpp has this for std_sync.
template <>
class lazyref::hazard_pointer_obj_base<model::scenarios::hazard_node, model::model_sync>
    : public detail::lazyref_hazard_object<model::model_sync> {
 public:
  using object = detail::lazyref_hazard_object<model::model_sync>;
  explicit hazard_pointer_obj_base(void (*reclaim)(object*) noexcept) noexcept { lazyref_reclaim_ = reclaim; }
};

namespace model::scenarios {

struct hazard_node : lazyref::hazard_pointer_obj_base<hazard_node, model_sync> {
  cell<int> contents;

  hazard_node() : hazard_pointer_obj_base([](object* o) noexcept { delete static_cast<hazard_node*>(o); }) { ++alive; }
  ~hazard_node() { --alive; }
};

struct hazards {
  using domain_type = lazyref::detail::hazard_domain<model_sync, 2>;
  struct fresh {
    fresh() { alive = 0; }
  } nothing;
  domain_type domain;
  atomic<hazard_node*> source{new hazard_node};

  // A round with a hazard pointer that is claimed for it.
  void use() {
    domain_type::record* const r = domain.claim();
    domain_type::slot_words& s = *r;
    if (hazard_node* const n = lazyref::protect<domain_type::holds>(s, source)) (void)n->contents.read();
    lazyref::deactivate<domain_type::holds>(s);
    domain_type::give_back(*r);
  }
  void replace(hazard_node* next) {
    if (hazard_node* const old = source.exchange(next, std::memory_order_acq_rel)) domain.retire(old);
  }
  // One uses it, and the other one ends it, `UsesItToo`: after a use of its own.
  template <bool UsesItToo>
  void run() {
    parallel(worker([this] { use(); }), replacer([this] {
               if (UsesItToo) use();
               replace(nullptr);
               domain.flush();
             }));
    require(alive == 0, "an object is left behind");
  }
};

// There is no chunk yet, or one that is full: the reclaimer finds the hazard pointer in the new one.
template <unsigned Taken>
void hazard_in_a_new_chunk() {
  hazards h;
  for (unsigned i = 0; i < Taken; ++i) (void)h.domain.claim();
  h.run<false>();
}

// Two claim, and one of them gets the last of a chunk, or they have it one after the other. One of them reclaims.
inline void two_hazards() {
  hazards h;
  (void)h.domain.claim();
  h.run<true>();
}

}  // namespace model::scenarios
