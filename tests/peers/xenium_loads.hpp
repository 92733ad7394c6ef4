// SPDX-License-Identifier: BSL-1.0
//
// The same under load. Each load is a template over the rules of the reclaimer, so that it can be run with something
// wrong.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "values.hpp"
#include "xenium_containers.hpp"

namespace peers {

// The reclaimer as it is, among threads.
struct loaded : plain_rules {
  static void widen() noexcept { peers::widen(); }
  static bool may_go_on() noexcept { return true; }
};

// With something wrong.
template <fault Planted>
struct quarantined : loaded {
  static constexpr fault planted = Planted;
  using memory = kept_memory;
  static bool may_go_on() noexcept { return kept_memory::has_room(); }
};

inline constexpr unsigned threads = 4;

// work(thread, step) again and again, on all threads. Returns how often.
template <class Rules, class Work>
std::uint64_t on_threads(double seconds, std::uint64_t seed, Work work) {
  const stress::deadline end(seconds);
  std::atomic<std::uint64_t> steps{0};
  std::vector<std::thread> running;
  for (unsigned me = 0; me < threads; ++me) {
    running.emplace_back([&, me] {
      dice = stress::random_numbers(seed + me);
      std::uint64_t n = 0;
      for (; Rules::may_go_on() && (n % 64 != 0 || !end.over()); ++n) {
        work(me);
        if (dice.one_in(64)) lazyref::hazard_pointer_clean_up();
      }
      steps.fetch_add(n, std::memory_order_relaxed);
    });
  }
  for (std::thread& t : running) t.join();
  dice = stress::random_numbers(seed);
  return steps.load();
}

inline void report(const char* name, std::uint64_t steps) {
  std::printf("%-46s %9" PRIu64 " steps, %9" PRIu64 " values so far\n", name, steps, made.load());
  everything_has_ended();
}

// --- guards alone: a few pointers that are read, marked and replaced, and guards that are kept, copied and moved

template <class Rules>
class guard_load {
 public:
  void run(double seconds, std::uint64_t seed) {
    for (auto& cell : cells_) cell.store(marked(new node(next_id())), std::memory_order_release);
    std::uint64_t steps = 0;
    {
      std::vector<hand> hands(threads);
      steps = on_threads<Rules>(seconds, seed, [&](unsigned me) { step(hands[me]); });
    }
    for (auto& cell : cells_) {
      guard g;
      g.acquire(cell);
      cell.store(marked(), std::memory_order_release);
      retire(g);
    }
    lazyref::hazard_pointer_clean_up();
    expect(reclaimed_.load() == retired_.load(), "what was retired was not reclaimed once");
    report("guards", steps);
  }

 private:
  using reclaimer = xenium_reclaimer<Rules>;
  struct node;
  struct deleter {
    void operator()(node* n) const {
      home->reclaimed_.fetch_add(1, std::memory_order_relaxed);
      delete n;
    }
    guard_load* home = nullptr;
  };
  struct node : reclaimer::template enable_concurrent_ptr<node, 2, deleter> {
    explicit node(std::uint64_t id) : content(id) {}
    value content;
  };
  using pointer = typename reclaimer::template concurrent_ptr<node>;
  using marked = typename pointer::marked_ptr;
  using guard = typename pointer::guard_ptr;

  // A thread's guards, with what they were on at first.
  struct held {
    guard g;
    std::uint64_t id = 0;
  };
  using hand = std::array<held, 3>;

  std::uint64_t next_id() { return ids_.fetch_add(1, std::memory_order_relaxed); }
  void retire(guard& g) {
    retired_.fetch_add(1, std::memory_order_relaxed);
    g.reclaim(deleter{this});
  }
  static void look(const held& h) {
    if (h.g.get() != nullptr) expect(h.g->content.look() == h.id, "a guarded object became another one");
  }
  static void remember(held& h) { h.id = h.g.get() == nullptr ? 0 : h.g->content.id(); }

  void step(hand& mine) {
    held& a = mine[dice.below(3)];
    held& b = mine[dice.below(3)];
    pointer& cell = cells_[dice.below(2)];
    switch (dice.below(10)) {
      case 0:
      case 1:
        a.g.acquire(cell, std::memory_order_acquire);
        remember(a);
        break;
      case 2: {
        const marked seen = cell.load(std::memory_order_relaxed);
        const bool is_same = a.g.acquire_if_equal(cell, seen, std::memory_order_acquire);
        expect(is_same == (a.g.get() != nullptr), "acquire_if_equal says something else than it does");
        remember(a);
        break;
      }
      case 3:
      case 4:
        a = b;
        break;
      case 5: {
        held copy(a);
        a.g.reset();
        look(copy);
        a = copy;
        break;
      }
      case 6:
        if (dice.one_in(2)) {
          a.g.swap(b.g);
          std::swap(a.id, b.id);
        } else {
          std::swap(a, b);
        }
        break;
      case 7:
        a.g.acquire(cell, std::memory_order_acquire);
        remember(a);
        {
          marked expected = a.g;
          cell.compare_exchange_strong(expected, marked(a.g.get(), dice.below(4)), std::memory_order_acq_rel,
                                       std::memory_order_relaxed);
        }
        break;
      default: {
        guard g;
        g.acquire(cell, std::memory_order_acquire);
        auto fresh = std::make_unique<node>(next_id());
        marked expected = g;
        if (cell.compare_exchange_strong(expected, marked(fresh.get(), dice.below(4)), std::memory_order_acq_rel,
                                         std::memory_order_relaxed)) {
          static_cast<void>(fresh.release());
          retire(g);
        }
        break;
      }
    }
    for (const held& h : mine) look(h);
  }

  pointer cells_[2];
  std::atomic<std::uint64_t> ids_{1};
  std::atomic<std::uint64_t> retired_{0};
  std::atomic<std::uint64_t> reclaimed_{0};
};

// --- queues

template <class Rules>
using with = xenium::policy::reclaimer<xenium_reclaimer<Rules>>;

template <class Rules>
struct michael_scott {
  static constexpr const char* name = "michael_scott_queue";
  static constexpr bool is_in_order = true;
  void push(std::uint64_t id) { q.push(value(id)); }
  bool pop(std::uint64_t& id) {
    value v;
    const bool got = q.try_pop(v);
    id = v.id();
    return got;
  }
  xenium::michael_scott_queue<value, with<Rules>> q;
};

template <class Queue>
struct queue_of_pointers_base {
  template <class... Arguments>
  explicit queue_of_pointers_base(Arguments... arguments) : q(arguments...) {}
  void push(std::uint64_t id) { q.push(new value(id)); }
  bool pop(std::uint64_t& id) {
    value* v = nullptr;
    if (!q.try_pop(v)) return false;
    id = v->look();
    delete v;
    return true;
  }
  Queue q;
};
// Of pointers: see xenium.cpp.
template <class Rules>
struct ramalhete
    : queue_of_pointers_base<xenium::ramalhete_queue<value*, with<Rules>, xenium::policy::entries_per_node<4>>> {
  static constexpr const char* name = "ramalhete_queue";
  static constexpr bool is_in_order = true;
};
template <class Rules>
struct kirsch : queue_of_pointers_base<xenium::kirsch_kfifo_queue<value*, with<Rules>>> {
  static constexpr const char* name = "kirsch_kfifo_queue";
  static constexpr bool is_in_order = false;
  kirsch() : queue_of_pointers_base<xenium::kirsch_kfifo_queue<value*, with<Rules>>>(std::uint64_t{4}) {}
};

template <class Rules, template <class> class Kind>
void queue_load(double seconds, std::uint64_t seed) {
  constexpr unsigned producer_bits = 8;
  constexpr long most = 100;  // in the queue, about
  struct alignas(64) account {
    std::uint64_t pushed = 0, popped = 0, pushed_sum = 0, popped_sum = 0;
    std::uint64_t last[threads] = {};  // that this thread has got from each producer
  };
  std::vector<account> accounts(threads);
  std::atomic<long> size{0};
  std::uint64_t steps = 0;
  {
    auto q = std::make_unique<Kind<Rules>>();
    const auto pop = [&](account& mine) {
      std::uint64_t id = 0;
      if (!q->pop(id)) return false;
      ++mine.popped;
      mine.popped_sum += id;
      std::uint64_t& last = mine.last[id % (1U << producer_bits)];
      expect(!Kind<Rules>::is_in_order || id > last, "a queue's order is not that of its producer");
      last = id;
      return true;
    };
    steps = on_threads<Rules>(seconds, seed, [&](unsigned me) {
      account& mine = accounts[me];
      if (dice.one_in(2) && size.load(std::memory_order_relaxed) < most) {
        for (unsigned n = 1 + dice.below(8); n > 0; --n) {
          const std::uint64_t id = ++mine.pushed << producer_bits | me;
          mine.pushed_sum += id;
          q->push(id);
          size.fetch_add(1, std::memory_order_relaxed);
        }
      } else {
        for (unsigned n = 1 + dice.below(8); n > 0 && pop(mine); --n) size.fetch_sub(1, std::memory_order_relaxed);
      }
    });
    account rest;
    while (pop(rest)) {
    }
    accounts.push_back(rest);
    account all;
    for (const account& a : accounts) {
      all.pushed += a.pushed;
      all.popped += a.popped;
      all.pushed_sum += a.pushed_sum;
      all.popped_sum += a.popped_sum;
    }
    expect(all.pushed == all.popped && all.pushed_sum == all.popped_sum,
           "what came out of a queue is not what went in");
  }
  report(Kind<Rules>::name, steps);
}

// --- sets and maps

template <class Rules>
struct harris_set {
  static constexpr const char* name = "harris_michael_list_based_set";
  static constexpr bool grows = false, has_readers = true;
  static constexpr unsigned keys = 32, loose_keys = 8;
  bool insert(std::uint64_t k) { return s.emplace(k); }
  bool erase(std::uint64_t k) { return s.erase(value(k)); }
  bool contains(std::uint64_t k) {
    if (dice.one_in(2)) return s.contains(value(k));
    const auto found = s.find(value(k));
    if (found == s.end()) return false;
    expect(found->look() == k, "find has found something else");
    return true;
  }
  // Which thread it was that erased is not told: so it is of keys that nobody counts.
  void erase_loose(std::uint64_t k) {
    auto found = s.find(value(k));
    if (found != s.end()) s.erase(std::move(found));
  }
  void walk() {
    std::uint64_t least = 0;
    for (auto it = s.begin(); it != s.end();) {
      const std::uint64_t k = it->look();
      expect(k >= least, "a set is not in order");
      least = k;
      if (dice.one_in(2)) {
        ++it;
      } else {
        const auto before = it++;  // which may be on what is retired
        widen();
        expect(before->look() == k, "the copy of an iterator is on something else");
      }
    }
  }
  void end() {}
  xenium::harris_michael_list_based_set<value, with<Rules>> s;
};

template <class Rules>
struct harris_map {
  static constexpr const char* name = "harris_michael_hash_map";
  static constexpr bool grows = false, has_readers = true;
  static constexpr unsigned keys = 64, loose_keys = 8;
  bool insert(std::uint64_t k) {
    const auto result = m.emplace_or_get(k, value(k * 3));
    expect(result.first->second.look() == k * 3, "emplace_or_get has got something else");
    return result.second;
  }
  bool erase(std::uint64_t k) { return m.erase(k); }
  bool contains(std::uint64_t k) {
    if (dice.one_in(2)) return m.contains(k);
    const auto found = m.find(k);
    if (found == m.end()) return false;
    expect(found->second.look() == k * 3, "find has found something else");
    return true;
  }
  void erase_loose(std::uint64_t k) {
    auto found = m.find(k);
    if (found != m.end()) m.erase(std::move(found));
  }
  void walk() {
    for (auto it = m.begin(); it != m.end();) {
      const std::uint64_t k = it->first;
      expect(it->second.look() == k * 3, "a map has other contents");
      if (dice.one_in(2)) {
        ++it;
      } else {
        const auto before = it++;
        widen();
        expect(before->first == k && before->second.look() == k * 3, "the copy of an iterator is on something else");
      }
    }
  }
  void end() {}
  xenium::harris_michael_hash_map<std::uint64_t, value, with<Rules>, xenium::policy::buckets<8>> m;
};

// What vyukov_hash_map makes of a value depends on its type. Either it is small at first, so that it grows; or it never
// does: three keys for each bucket, and six more, for which there are ten items; four of these may be on their way
// back.
//
// While it grows, nobody looks values up that are to be protected: see xenium.cpp.
template <class Rules, class Value, bool Grows>
struct vyukov_map {
  using map = xenium::vyukov_hash_map<std::uint64_t, Value, with<Rules>>;
  using accessor = typename map::accessor;
  static constexpr bool grows = Grows;
  static constexpr bool has_readers = !Grows || std::is_same_v<Value, std::uint64_t>;
  static constexpr unsigned keys = Grows ? 1000 : 3 * 128 + 6, loose_keys = 0;
  static_assert(threads <= 4);

  bool contains(std::uint64_t k) {
    accessor a;
    if (!m.try_get_value(k, a)) return false;
    expect(look(a) == k * 3, "try_get_value has got something else");
    return true;
  }
  void erase_loose(std::uint64_t) {}
  void walk() {}
  void end() {
    for (std::uint64_t k = 0; k < keys; ++k) m.erase(k);
  }

  static std::uint64_t look(const accessor& a) {
    if constexpr (std::is_same_v<Value, std::uint64_t>) {
      return *a;
    } else if constexpr (std::is_same_v<Value, value>) {
      return a->look();
    } else {
      return a->content.look();
    }
  }
  map m{Grows ? 1 : 128};
};

template <class Rules>
struct vyukov_numbers : vyukov_map<Rules, std::uint64_t, true> {
  static constexpr const char* name = "vyukov_hash_map of numbers, which grows";
  bool insert(std::uint64_t k) { return this->m.emplace(k, k * 3); }
  bool erase(std::uint64_t k) { return this->m.erase(k); }
};

template <class Rules, bool Grows>
struct vyukov_values : vyukov_map<Rules, value, Grows> {
  static constexpr const char* name = Grows ? "vyukov_hash_map of values, which grows" : "vyukov_hash_map of values";
  bool insert(std::uint64_t k) {
    if (dice.one_in(2)) return this->m.emplace(k, value(k * 3));
    const auto result = this->m.get_or_emplace(k, k * 3);
    expect(this->look(result.first) == k * 3, "get_or_emplace has got something else");
    return result.second;
  }
  bool erase(std::uint64_t k) {
    if (dice.one_in(2)) return this->m.erase(k);
    typename vyukov_map<Rules, value, Grows>::accessor a;
    if (!this->m.extract(k, a)) return false;
    widen();
    expect(this->look(a) == k * 3, "extract has got something else");
    return true;
  }
};
template <class Rules>
using vyukov_values_fixed = vyukov_values<Rules, false>;
template <class Rules>
using vyukov_values_growing = vyukov_values<Rules, true>;

template <class Rules>
struct managed_object : xenium_reclaimer<Rules>::template enable_concurrent_ptr<managed_object<Rules>> {
  explicit managed_object(std::uint64_t id) : content(id) {}
  value content;
};
template <class Rules>
using managed_pointer = xenium::managed_ptr<managed_object<Rules>, xenium_reclaimer<Rules>>;
template <class Rules, bool Grows>
struct vyukov_managed : vyukov_map<Rules, managed_pointer<Rules>, Grows> {
  static constexpr const char* name =
      Grows ? "vyukov_hash_map of managed_ptr, which grows" : "vyukov_hash_map of managed_ptr";
  bool insert(std::uint64_t k) {
    auto v = std::make_unique<managed_object<Rules>>(k * 3);
    const bool is_new = this->m.emplace(k, v.get());
    if (is_new) static_cast<void>(v.release());
    return is_new;
  }
  bool erase(std::uint64_t k) {
    if (dice.one_in(2)) return this->m.erase(k);
    typename vyukov_map<Rules, managed_pointer<Rules>, Grows>::accessor a;
    if (!this->m.extract(k, a)) return false;
    widen();
    expect(this->look(a) == k * 3, "extract has got something else");
    a.reclaim();
    return true;
  }
};
template <class Rules>
using vyukov_managed_fixed = vyukov_managed<Rules, false>;
template <class Rules>
using vyukov_managed_growing = vyukov_managed<Rules, true>;

template <class Rules, template <class> class Kind>
void set_load(double seconds, std::uint64_t seed) {
  constexpr int rounds = Kind<Rules>::grows ? 20 : 1;  // each begins with a small one
  constexpr unsigned keys = Kind<Rules>::keys, loose_keys = Kind<Rules>::loose_keys;
  std::uint64_t steps = 0;
  for (int round = 0; round < rounds; ++round) {
    auto s = std::make_unique<Kind<Rules>>();
    std::vector<std::atomic<int>> balances(keys);
    steps += on_threads<Rules>(seconds / rounds, seed + threads * static_cast<unsigned>(round), [&](unsigned) {
      const unsigned k = dice.below(keys);
      const unsigned loose = loose_keys == 0 ? 0 : keys + dice.below(loose_keys);
      switch (dice.below(8)) {
        case 0:
        case 1:
          if (s->insert(k)) balances[k].fetch_add(1, std::memory_order_relaxed);
          break;
        case 2:
        case 3:
          if (s->erase(k)) balances[k].fetch_sub(1, std::memory_order_relaxed);
          break;
        case 4:
          if (loose != 0 && dice.one_in(2)) {
            s->insert(loose);
          } else if (loose != 0) {
            s->erase_loose(loose);
          }
          break;
        case 5:
          s->walk();
          break;
        default:
          if (Kind<Rules>::has_readers) static_cast<void>(s->contains(k));
          break;
      }
    });
    for (unsigned k = 0; k < keys; ++k)
      expect(balances[k].load() == static_cast<int>(s->contains(k)), "a set has lost count of a key");
    s->end();
  }
  report(Kind<Rules>::name, steps);
}

}  // namespace peers
