// SPDX-License-Identifier: BSL-1.0
//
// One thread: what each function of the reclaimer promises; and containers beside those of the standard library.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "values.hpp"
#include "xenium_containers.hpp"

namespace peers {

// Of which only the one that reclaim was given counts.
template <class T>
struct counted_deleter {
  void operator()(T* object) const {
    expect(count != nullptr, "it is not the deleter that reclaim was given");
    count->fetch_add(1, std::memory_order_relaxed);
    delete object;
  }
  std::atomic<std::uint64_t>* count = nullptr;
};

template <class R>
struct counted_node : R::template enable_concurrent_ptr<counted_node<R>, 2, counted_deleter<counted_node<R>>> {
  explicit counted_node(std::uint64_t id) : content(id) {}
  value content;
};

// --- guards

class guard_promises {
 public:
  static void hold() {
    are_what_they_point_to();
    acquire_what_is_there();
    protect_until_the_last_one_goes();
    protect_copies_of_what_is_retired();
    everything_has_ended();
  }

 private:
  using node = counted_node<xenium_reclaimer<>>;
  using pointer = xenium_reclaimer<>::concurrent_ptr<node>;
  using marked = pointer::marked_ptr;
  using guard = pointer::guard_ptr;
  using deleter = node::Deleter;
  static_assert(marked::number_of_mark_bits == 2);

  static inline std::atomic<std::uint64_t> count{0};

  static std::uint64_t reclaimed_by_now() {
    lazyref::hazard_pointer_clean_up();
    return count.load();
  }

  static void are_what_they_point_to() {
    guard nothing;
    expect(!nothing && nothing.get() == nullptr && nothing.mark() == 0, "an empty guard points to something");
    expect(nothing == nullptr && marked(nothing) == marked(), "an empty guard is not equal to null");
    nothing.reset();
    nothing.reclaim();
    guard also_nothing(nothing);
    also_nothing = nothing;
    also_nothing = std::move(nothing);
    also_nothing.swap(nothing);

    auto* const n = new node(7);
    guard g(marked(n, 3));
    expect(g && g.get() == n && g.mark() == 3 && g->content.id() == 7 && &*g == n,
           "a guard is not what it was made of");
    expect(g == marked(n, 3) && g != marked(n, 2) && g != nothing, "guards do not compare by pointer and mark");
    g = *&g;  // to itself
    expect(g == marked(n, 3), "an assignment to itself changes a guard");
    guard moved(std::move(g));
    expect(moved == marked(n, 3) && !g, "a moved guard leaves something behind");  // NOLINT: what it looks at
    g = std::move(moved);
    expect(g == marked(n, 3) && !moved, "a guard that was assigned leaves something behind");  // NOLINT: likewise
    pointer cell;
    cell.store(g);
    expect(cell.load() == marked(n, 0), "a guard is stored with its mark");
    g.reclaim(deleter{&count});
    expect(!g && reclaimed_by_now() == 1, "what nobody protects was not reclaimed");
  }

  static void acquire_what_is_there() {
    pointer cell;
    guard g;
    g.acquire(cell);
    expect(!g && g.acquire_if_equal(cell, marked()) && !g, "nothing was acquired, and is something");
    cell.store(marked(nullptr, 1));
    g.acquire(cell, std::memory_order_relaxed);
    expect(g && g.get() == nullptr && g.mark() == 1, "a mark alone was not acquired");

    auto* const a = new node(1);
    auto* const b = new node(2);
    cell.store(marked(a, 2), std::memory_order_release);
    g.acquire(cell, std::memory_order_acquire);
    expect(g == marked(a, 2), "acquire did not get what is there");
    g.acquire(cell, std::memory_order_acquire);
    expect(g == marked(a, 2), "acquire did not get the same again");
    expect(!g.acquire_if_equal(cell, marked(a, 1)) && !g, "acquire_if_equal overlooked a mark");
    expect(!g.acquire_if_equal(cell, marked(b, 2)) && !g, "acquire_if_equal overlooked a pointer");
    expect(g.acquire_if_equal(cell, marked(a, 2)) && g == marked(a, 2), "acquire_if_equal did not get what is there");

    // From one to the other.
    const std::uint64_t before = count.load();
    guard writer(g);
    cell.store(marked(b));
    writer.reclaim(deleter{&count});
    expect(reclaimed_by_now() == before && g->content.id() == 1, "what a guard is on was reclaimed");
    g.acquire(cell);
    expect(g.get() == b && reclaimed_by_now() == before + 1, "what a guard has left was not reclaimed");
    cell.store(marked());
    g.reclaim(deleter{&count});
    expect(reclaimed_by_now() == before + 2, "what nobody protects was not reclaimed");
  }

  static void protect_until_the_last_one_goes() {
    const std::uint64_t before = count.load();
    pointer cell(marked(new node(3)));
    guard first;
    first.acquire(cell);
    guard second(first);
    guard third;
    third = second;
    guard writer;
    writer.acquire(cell);
    cell.store(marked());
    writer.reclaim(deleter{&count});
    expect(lazyref::hazard_pointer_clean_up() != 0, "clean_up does not tell that something is protected");
    first.reset();
    expect(reclaimed_by_now() == before && second->content.id() == 3, "the second guard did not protect");
    third.swap(first);
    expect(!third && first->content.id() == 3, "swap did not exchange what is guarded");
    second = guard();
    expect(reclaimed_by_now() == before && first->content.id() == 3, "the last guard did not protect");
    third = std::move(first);
    expect(reclaimed_by_now() == before && third->content.id() == 3, "a moved guard did not protect");
    third.reset();
    expect(count.load() == before + 1, "what was left with the last guard was not reclaimed with it");
  }

  // Retired, and scanned for: from then on nobody looks for a hazard pointer that begins to protect it.
  static void protect_copies_of_what_is_retired() {
    const std::uint64_t before = count.load();
    guard original(marked(new node(4), 1));
    guard(original).reclaim(deleter{&count});
    for (int i = 0; i < 3; ++i) {
      expect(reclaimed_by_now() == before, "what is guarded was reclaimed");
      guard copy(original);
      original.reset();
      expect(reclaimed_by_now() == before && copy->content.id() == 4,
             "a copy's object was reclaimed with the original");
      original = copy;
      copy = guard(marked(new node(5)));  // It is on another one now.
      expect(reclaimed_by_now() == before && original == marked(original.get(), 1) && original->content.id() == 4,
             "a copy's copy did not protect");
      original = *&original;
      copy.reclaim(deleter{&count});
      expect(reclaimed_by_now() == before + 1, "what a copy went on to was not reclaimed");
      count.fetch_sub(1);
    }
    original.reset();
    expect(reclaimed_by_now() == before + 1, "what was copied often was not reclaimed");
  }
};

// --- containers

inline constexpr int random_operations = 20000;

// Is `q` a queue as std::deque is one?
template <class Push, class Pop>
void is_a_queue(Push push, Pop pop) {
  std::deque<std::uint64_t> like;
  std::uint64_t next = 1;
  bool grows = true;
  for (int i = 0; i < random_operations; ++i) {
    if (dice.one_in(200)) grows = !grows;
    if (dice.below(4) < (grows ? 3U : 1U)) {
      like.push_back(next);
      push(next++);
      continue;
    }
    std::uint64_t got = 0;
    const bool is_there = pop(got);
    expect(is_there == !like.empty(), "a queue is empty where it should not be, or the other way round");
    if (!is_there) continue;
    expect(got == like.front(), "something else came out of a queue than what was first");
    like.pop_front();
  }
  for (std::uint64_t got = 0; pop(got); like.pop_front())
    expect(!like.empty() && got == like.front(), "something else came out of a queue than what was first");
  expect(like.empty(), "a queue has lost something");
}

template <class Queue>
void queue_of_values() {
  {
    Queue q;
    is_a_queue([&](std::uint64_t id) { q.push(value(id)); },
               [&](std::uint64_t& id) {
                 value v;
                 const bool got = q.try_pop(v);
                 id = v.id();
                 return got;
               });
    for (std::uint64_t id = 0; id < 3; ++id) q.push(value(id));  // Its destructor finds these.
  }
  everything_has_ended();
}

template <class Queue, class... Arguments>
void queue_of_pointers(Arguments... arguments) {
  {
    Queue q(arguments...);
    is_a_queue([&](std::uint64_t id) { q.push(new value(id)); },
               [&](std::uint64_t& id) {
                 value* v = nullptr;
                 if (!q.try_pop(v)) return false;
                 id = v->id();
                 delete v;
                 return true;
               });
  }
  everything_has_ended();
}

inline std::uint64_t some_key() { return dice.below(40); }

inline void set_of_values() {
  {
    xenium::harris_michael_list_based_set<value, xenium::policy::reclaimer<xenium_reclaimer<>>> s;
    std::set<std::uint64_t> like;
    for (int i = 0; i < random_operations; ++i) {
      const std::uint64_t key = some_key();
      const bool was_there = like.count(key) != 0;
      switch (dice.below(8)) {
        case 0:
        case 1:
          expect(s.emplace(key) == !was_there, "emplace is wrong about what was there");
          like.insert(key);
          break;
        case 2: {
          const auto result = s.emplace_or_get(key);
          expect(result.second == !was_there && result.first->id() == key, "emplace_or_get is wrong");
          like.insert(key);
          break;
        }
        case 3:
        case 4:
          expect(s.erase(value(key)) == was_there, "erase is wrong about what was there");
          like.erase(key);
          break;
        case 5: {
          auto found = s.find(value(key));
          expect((found != s.end()) == was_there, "find is wrong about what is there");
          if (!was_there) break;
          const auto copy = found;
          const auto next = s.erase(std::move(found));
          const auto like_next = like.erase(like.find(key));
          lazyref::hazard_pointer_clean_up();
          expect(copy->id() == key, "the copy of an iterator is on something else");
          expect((next == s.end()) == (like_next == like.end()) && (next == s.end() || next->id() == *like_next),
                 "erase does not return what follows");
          break;
        }
        case 6:
          expect(s.contains(value(key)) == was_there, "contains is wrong about what is there");
          break;
        default: {
          if (!dice.one_in(8)) break;
          auto want = like.begin();
          for (auto it = s.begin(); it != s.end(); ++want) {
            expect(want != like.end() && it->id() == *want, "a set has other contents");
            if (dice.one_in(2)) {
              expect(it++->id() == *want, "an iterator does not return what it was on");
            } else {
              ++it;
            }
          }
          expect(want == like.end(), "there is less in a set than there should be");
          break;
        }
      }
    }
  }
  everything_has_ended();
}

inline void map_of_values() {
  {
    xenium::harris_michael_hash_map<std::uint64_t, value, xenium::policy::reclaimer<xenium_reclaimer<>>,
                                    xenium::policy::buckets<8>>
        m;
    std::map<std::uint64_t, std::uint64_t> like;
    for (int i = 0; i < random_operations; ++i) {
      const std::uint64_t key = some_key();
      const std::uint64_t id = dice.below(1000);
      const bool was_there = like.count(key) != 0;
      switch (dice.below(8)) {
        case 0:
          expect(m.emplace(key, value(id)) == !was_there, "emplace is wrong about what was there");
          like.emplace(key, id);
          break;
        case 1: {
          const auto result = m.get_or_emplace(key, id);
          like.emplace(key, id);
          expect(result.second == !was_there && result.first->second.id() == like[key], "get_or_emplace is wrong");
          break;
        }
        case 2: {
          const auto result = m.get_or_emplace_lazy(key, [id] { return value(id); });
          like.emplace(key, id);
          expect(result.second == !was_there && result.first->second.id() == like[key], "get_or_emplace_lazy is wrong");
          break;
        }
        case 3: {
          auto there = m[key];
          expect(there->id() == like[key], "operator[] is wrong");
          *there = value(id);
          like[key] = id;
          break;
        }
        case 4:
          expect(m.erase(key) == was_there, "erase is wrong about what was there");
          like.erase(key);
          break;
        case 5: {
          auto found = m.find(key);
          expect((found != m.end()) == was_there, "find is wrong about what is there");
          if (!was_there) break;
          const auto copy = found;
          expect(copy->second.id() == like[key], "find is wrong about the value");
          m.erase(std::move(found));
          lazyref::hazard_pointer_clean_up();
          expect(copy->first == key && copy->second.id() == like[key], "the copy of an iterator is on something else");
          like.erase(key);
          break;
        }
        case 6:
          expect(m.contains(key) == was_there, "contains is wrong about what is there");
          break;
        default: {
          if (!dice.one_in(8)) break;
          std::map<std::uint64_t, std::uint64_t> all;
          for (auto it = m.begin(); it != m.end(); ++it) all.emplace(it->first, it->second.id());
          expect(all == like, "a map has other contents");
          break;
        }
      }
    }
  }
  everything_has_ended();
}

// What vyukov_hash_map makes of a value depends on its type, and that of the key.
using vyukov_reclaimer = xenium::policy::reclaimer<xenium_reclaimer<>>;

struct managed_value : xenium_reclaimer<>::enable_concurrent_ptr<managed_value> {
  explicit managed_value(std::uint64_t id) : content(id) {}
  value content;
};

struct vyukov_of_numbers {
  using type = xenium::vyukov_hash_map<std::uint64_t, std::uint64_t, vyukov_reclaimer>;
  static std::uint64_t key(std::uint64_t k) { return k; }
  static bool emplace(type& m, std::uint64_t k, std::uint64_t id) { return m.emplace(k, id); }
  static std::uint64_t id(const type::accessor& a) { return *a; }
  static void after_extract(type::accessor&) {}
};
struct vyukov_of_values {
  using type = xenium::vyukov_hash_map<std::uint64_t, value, vyukov_reclaimer>;
  static std::uint64_t key(std::uint64_t k) { return k; }
  static bool emplace(type& m, std::uint64_t k, std::uint64_t id) { return m.emplace(k, value(id)); }
  static std::uint64_t id(const type::accessor& a) { return a->look(); }
  static void after_extract(type::accessor&) {}
};
struct vyukov_of_managed {
  using type =
      xenium::vyukov_hash_map<std::uint64_t, xenium::managed_ptr<managed_value, xenium_reclaimer<>>, vyukov_reclaimer>;
  static std::uint64_t key(std::uint64_t k) { return k; }
  static bool emplace(type& m, std::uint64_t k, std::uint64_t id) {
    auto v = std::make_unique<managed_value>(id);
    const bool is_new = m.emplace(k, v.get());
    if (is_new) static_cast<void>(v.release());
    return is_new;
  }
  static std::uint64_t id(const type::accessor& a) { return a->content.look(); }
  static void after_extract(type::accessor& a) { a.reclaim(); }
};
struct vyukov_of_strings {
  using type = xenium::vyukov_hash_map<std::string, value, vyukov_reclaimer>;
  static std::string key(std::uint64_t k) { return std::to_string(k); }
  static bool emplace(type& m, std::uint64_t k, std::uint64_t id) { return m.emplace(key(k), value(id)); }
  static std::uint64_t id(const type::accessor& a) { return a->look(); }
  static void after_extract(type::accessor&) {}
};

template <class Kind>
void vyukov_maps() {
  for (std::size_t capacity : {std::size_t{1}, std::size_t{128}}) {
    typename Kind::type m(capacity);
    std::map<std::uint64_t, std::uint64_t> like;
    for (int i = 0; i < random_operations / 4; ++i) {
      const std::uint64_t key = dice.below(700);
      const std::uint64_t id = dice.below(1000);
      const bool was_there = like.count(key) != 0;
      typename Kind::type::accessor a;
      switch (dice.below(8)) {
        case 0:
        case 1:
        case 2:
        case 3:
          expect(Kind::emplace(m, key, id) == !was_there, "emplace is wrong about what was there");
          like.emplace(key, id);
          break;
        case 4:
          expect(m.erase(Kind::key(key)) == was_there, "erase is wrong about what was there");
          like.erase(key);
          break;
        case 5:
          expect(m.extract(Kind::key(key), a) == was_there, "extract is wrong about what was there");
          if (!was_there) break;
          lazyref::hazard_pointer_clean_up();
          expect(Kind::id(a) == like[key], "extract is wrong about the value");
          Kind::after_extract(a);
          like.erase(key);
          break;
        default:
          expect(m.try_get_value(Kind::key(key), a) == was_there, "try_get_value is wrong about what is there");
          expect(!was_there || Kind::id(a) == like[key], "try_get_value is wrong about the value");
          break;
      }
    }
    std::size_t size = 0;
    for (auto it = m.begin(); it != m.end(); ++it) ++size;
    expect(size == like.size(), "a map has another size");
    for (const auto& [key, id] : like) {
      typename Kind::type::accessor a;
      expect(m.try_get_value(Kind::key(key), a) && Kind::id(a) == id, "a map has other contents");
      expect(m.erase(Kind::key(key)), "a map has lost something");
    }
    expect(m.begin() == m.end(), "a map is not empty");
  }
  everything_has_ended();
}

inline void semantics(std::uint64_t seed) {
  dice = stress::random_numbers(seed);
  guard_promises::hold();
  using reclaimer = xenium::policy::reclaimer<xenium_reclaimer<>>;
  queue_of_values<xenium::michael_scott_queue<value, reclaimer>>();
  queue_of_pointers<xenium::ramalhete_queue<value*, reclaimer, xenium::policy::entries_per_node<8>>>();
  queue_of_pointers<xenium::kirsch_kfifo_queue<value*, reclaimer>>(std::uint64_t{1});  // k = 1: a queue
  set_of_values();
  map_of_values();
  vyukov_maps<vyukov_of_numbers>();
  vyukov_maps<vyukov_of_values>();
  vyukov_maps<vyukov_of_managed>();
  vyukov_maps<vyukov_of_strings>();
  std::puts("guards, and containers beside those of the standard library, one thread: as promised");
}

}  // namespace peers
