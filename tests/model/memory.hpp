// SPDX-License-Identifier: BSL-1.0
//
// The memory model: C++20 atomics without seq_cst accesses and without load buffering, and the asymmetric fences of
// Concurrency TS 2. An operation that may have several outcomes asks `search` for one. What each function does is the
// rule that it cites:
//
//   modification order   a location keeps its messages in modification order; a store may be placed anywhere after what
//                        its thread knows, not only at the end ([intro.races] p4, p13-16: the four coherence rules are
//                        `own`)
//   reads                any message not older than `bound`
//   read-modify-write    directly after the message read ([atomics.order] p10): nothing may be placed between the two
//   release sequence     a read-modify-write carries on what the message it read carried; a plain store never does, not
//                        even one by the same thread ([intro.races] p5; C++17 was different, [diff.cpp17.basic])
//   acq and rel fences   [atomics.fences] p2-4: a relaxed store carries its thread's last release fence, a relaxed load
//                        remembers what an acquire fence would take up
//   light with heavy     TS 2 [asymmetric] (a), (b): a light release fence meets only a heavy acquire fence, a heavy
//                        release fence meets a light acquire fence; heavy also does all that an ordinary fence does
//   seq_cst fences       S is the order of execution. Of two fences X before Y in S that are a pair, what happens
//                        before X bounds what comes after Y ([atomics.order] p4; TS 2 [atomics.order]). Pairs: ordinary
//                        or heavy with ordinary or heavy; light with heavy. No pair: light with light, light with
//                        ordinary. What X learnt from another fence is not passed on. (Kang's rule for membarrier
//                        passes it on and so forbids more; see the litmus test "ring L H L".)
#pragma once

#include <atomic>
#include <limits>

#include "past.hpp"
#include "search.hpp"

namespace model {

constexpr bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
constexpr bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

enum class fence_kind : std::uint8_t { ordinary, light, heavy };

class memory {
 public:
  using value = std::uint64_t;
  using location_id = std::uint32_t;

  // What an operation found and did; for the trace, and for whoever waits.
  struct effect {
    value read = 0, written = 0;
    bool wrote = false;
    unsigned newer = 0;  // messages that the one read, or written, has after it
  };

  explicit memory(search& choices) : choices_(choices) {}

  void reset() {
    for (std::size_t i = 0; i < used_; ++i) {
      locations_[i].object = nullptr;
      locations_[i].count = 0;
    }
    used_ = first_free_ = 0;
    pool_.reset();
    for (thread_state& t : threads_) t = {};
    full_ = heavy_ = light_ = {};
  }

  // --- threads ([thread.thread.constr], [thread.thread.member]) ---

  void start_thread(unsigned child, unsigned parent) {
    threads_[child] = {};
    threads_[child].now = threads_[parent].now;
    ++threads_[parent].now.happened[parent];
  }
  void join_thread(unsigned child, unsigned parent) { threads_[parent].now.join(threads_[child].now); }

  // An evaluation of the thread's own; returns its time.
  tick advance(unsigned t) {
    tick& now = threads_[t].now.happened[t];
    if (now == std::numeric_limits<tick>::max())
      fail("bound reached: more operations of one thread than a tick can count");
    return ++now;
  }
  const clock& happened(unsigned t) const { return threads_[t].now.happened; }

  past_id remember(unsigned t) { return pool_.keep(threads_[t].now); }
  void learn(unsigned t, past_id p) { threads_[t].now.join(pool_[p]); }

  // --- life of an atomic object: its construction and destruction are writes that race with every access ---

  location_id construct(unsigned t, void* object, value initial) {
    location_id id = first_free_;
    while (id < used_ && locations_[id].object != nullptr) ++id;
    if (id == max_locations) fail("bound reached: more than max_locations atomics alive");
    if (id == used_) ++used_;
    first_free_ = id + 1;
    location& l = locations_[id];
    l.object = object;
    // Later than anything that was here: a view of the earlier object bounds nothing.
    const stamp first = l.count == 0 ? gap : next(l.messages[l.count - 1].at);
    l.count = 1;
    l.messages[0] = {first, false, initial, 0, 0, 0};
    l.built_at = advance(t);
    l.built_by = t;
    l.accessed = {};
    saw(t, id, first);
    return id;
  }

  void destroy(unsigned t, location_id id, const void* object) {
    location& l = find(t, id, object);
    if (!threads_[t].now.happened.covers(l.accessed))
      fail("data race: an atomic is destroyed, and not every use of it happens before");
    l.object = nullptr;
    if (id < first_free_) first_free_ = id;
  }

  // Is an atomic alive between these addresses?
  bool any_alive(const char* begin, const char* end) const {
    for (std::size_t i = 0; i < used_; ++i) {
      const char* const object = static_cast<const char*>(locations_[i].object);
      if (object != nullptr && object >= begin && object < end) return true;
    }
    return false;
  }

  // --- operations ---

  effect load(unsigned t, location_id id, const void* object, std::memory_order order) {
    location& l = access(t, id, object, order);
    const std::size_t first = oldest(t, id);
    const std::size_t m = l.count - 1 - choices_.choose(static_cast<unsigned>(l.count - first));
    read(t, id, l.messages[m], order);
    return {l.messages[m].data, 0, false, static_cast<unsigned>(l.count - 1 - m)};
  }

  effect store(unsigned t, location_id id, const void* object, value v, std::memory_order order) {
    location& l = access(t, id, object, order);
    const std::size_t first = oldest(t, id);
    const std::size_t m = pick(l, first, [&](const message& p) { return !p.followed; });
    const thread_state& self = threads_[t];
    const past_id carried = releases(order) ? pool_.keep(self.now) : self.released;
    insert(t, id, m, {0, false, v, carried, self.released_light, self.released_heavy});
    return {0, v, true, static_cast<unsigned>(l.count - 2 - m)};
  }

  // change(old) is what is written.
  template <class Change>
  effect update(unsigned t, location_id id, const void* object, std::memory_order order, Change&& change) {
    location& l = access(t, id, object, order);
    return update_after(t, id, pick(l, oldest(t, id), [](const message& p) { return !p.followed; }), order, change);
  }

  // Strong: fails only on another value, stale ones included. Weak: also of itself, once per thread and execution,
  // since whoever retries is back where it was.
  effect compare_exchange(unsigned t, location_id id, const void* object, value expected, value desired,
                          std::memory_order success, std::memory_order failure, bool weak) {
    location& l = access(t, id, object, success);
    reject_seq_cst(failure);
    thread_state& self = threads_[t];
    const std::size_t m = pick(l, oldest(t, id), [&](const message& p) {
      return p.data != expected || !p.followed || (weak && !self.spurious);
    });
    const message& found = l.messages[m];
    bool fails = found.data != expected;
    if (!fails && weak && !self.spurious) fails = found.followed || choices_.choose(2) == 1;
    if (!fails) return update_after(t, id, m, success, [&](value) { return desired; });
    if (found.data == expected) self.spurious = true;
    read(t, id, found, failure);
    return {found.data, 0, false, static_cast<unsigned>(l.count - 1 - m)};
  }

  // If the message read is null, a plain store with nothing in between: it stands where a read-modify-write would, and
  // ends the release sequence that one would go on with. For a restartable sequence; see model_sync.hpp.
  effect store_if_null(unsigned t, location_id id, const void* object, value desired, std::memory_order look,
                       std::memory_order set) {
    location& l = access(t, id, object, look);
    reject_seq_cst(set);
    const std::size_t m = pick(l, oldest(t, id), [](const message& p) { return p.data != 0 || !p.followed; });
    const message found = l.messages[m];
    read(t, id, found, look);
    if (found.data != 0) return {found.data, 0, false, static_cast<unsigned>(l.count - 1 - m)};
    const thread_state& self = threads_[t];
    const past_id carried = releases(set) ? pool_.keep(self.now) : self.released;
    l.messages[m].followed = true;
    insert(t, id, m, {0, false, desired, carried, self.released_light, self.released_heavy});
    return {0, desired, true, static_cast<unsigned>(l.count - 2 - m)};
  }

  void fence(unsigned t, fence_kind kind, std::memory_order order) {
    advance(t);
    thread_state& self = threads_[t];
    const bool light = kind == fence_kind::light;
    const bool heavy = kind == fence_kind::heavy;
    if (acquires(order)) {
      if (!light) self.now.join(self.read);
      if (heavy) self.now.join(self.read_light);
      if (light) self.now.join(self.read_heavy);
    }
    if (order == std::memory_order_seq_cst) {
      view& bound = self.now.bound;
      const view& own = self.now.own;
      if (light) {
        bound.join(heavy_);
        light_.join(own);
      } else {
        bound.join(full_);
        if (heavy) bound.join(light_);
        full_.join(own);
        if (heavy) heavy_.join(own);
      }
    }
    if (releases(order)) {
      const past_id now = pool_.keep(self.now);
      if (!light) self.released = now;
      if (light) self.released_light = now;
      if (heavy) self.released_heavy = now;
    }
  }

  // --- waiting: see engine::wait ---

  stamp seen(unsigned t, location_id id) const { return threads_[t].now.own[id]; }
  bool has_newer(location_id id, stamp than) const {
    const location& l = locations_[id];
    return l.object != nullptr && l.messages[l.count - 1].at > than;
  }
  // From now on the thread reads something newer there.
  void forget(unsigned t, location_id id, stamp old) {
    const location& l = locations_[id];
    std::size_t m = 0;
    while (l.messages[m].at <= old) ++m;
    stamp& bound = threads_[t].now.bound[id];
    if (bound < l.messages[m].at) bound = l.messages[m].at;
  }

 private:
  static constexpr stamp gap = 1 << 8;

  static stamp next(stamp last) {
    if (last > std::numeric_limits<stamp>::max() - gap) fail("bound reached: more messages than stamps can number");
    return static_cast<stamp>(last + gap);
  }

  struct message {
    stamp at;
    bool followed;  // by a read-modify-write, or as by one: nothing may be placed directly after it
    value data;
    past_id carried;                             // for acquire loads, and acquire fences after relaxed ones
    past_id carried_to_heavy, carried_to_light;  // for acquire fences of that kind
  };

  struct location {
    const void* object;
    std::size_t count;
    tick built_at;
    unsigned built_by;
    clock accessed;
    std::array<message, max_messages> messages;
  };

  struct thread_state {
    past now;
    past read, read_light, read_heavy;  // what an acquire fence would take up, by the kind that released it
    past_id released, released_light, released_heavy;  // the last release fence of each kind
    bool spurious;
  };

  static void reject_seq_cst(std::memory_order order) {
    if (order == std::memory_order_seq_cst) fail("a seq_cst access: not modelled, and not to be used (use fences)");
  }

  location& find(unsigned t, location_id id, const void* object) {
    if (id >= used_ || locations_[id].object != object)
      fail("use after free: this atomic object does not exist any more");
    location& l = locations_[id];
    const tick now = advance(t);
    if (threads_[t].now.happened[l.built_by] < l.built_at) {
      fail("data race: this atomic object's construction does not happen before its use");
    }
    l.accessed[t] = now;
    return l;
  }

  location& access(unsigned t, location_id id, const void* object, std::memory_order order) {
    reject_seq_cst(order);
    return find(t, id, object);
  }

  // The first message that the thread may still read.
  std::size_t oldest(unsigned t, location_id id) const {
    const location& l = locations_[id];
    std::size_t m = l.count - 1;
    while (m > 0 && l.messages[m].at > threads_[t].now.bound[id]) --m;
    return l.messages[m].at < threads_[t].now.bound[id] ? m + 1 : m;
  }

  // One of the messages from `first` that will do; the newest is the first choice.
  template <class Will>
  std::size_t pick(const location& l, std::size_t first, Will&& will) {
    std::array<std::size_t, max_messages> options;
    unsigned count = 0;
    for (std::size_t m = l.count; m-- > first;) {
      if (will(l.messages[m])) options[count++] = m;
    }
    return options[choices_.choose(count)];
  }

  void saw(unsigned t, location_id id, stamp at) {
    threads_[t].now.own[id] = at;
    threads_[t].now.bound[id] = at;
  }

  void read(unsigned t, location_id id, const message& m, std::memory_order order) {
    saw(t, id, m.at);
    thread_state& self = threads_[t];
    if (m.carried != 0) (acquires(order) ? self.now : self.read).join(pool_[m.carried]);
    if (m.carried_to_heavy != 0) self.read_light.join(pool_[m.carried_to_heavy]);
    if (m.carried_to_light != 0) self.read_heavy.join(pool_[m.carried_to_light]);
  }

  template <class Change>
  effect update_after(unsigned t, location_id id, std::size_t m, std::memory_order order, Change&& change) {
    location& l = locations_[id];
    const message found = l.messages[m];
    read(t, id, found, order);
    thread_state& self = threads_[t];
    const past_id mine = releases(order) ? pool_.keep(self.now) : self.released;
    const value after = static_cast<value>(change(found.data));
    l.messages[m].followed = true;
    insert(t, id, m,
           {0, false, after, pool_.join(found.carried, mine), pool_.join(found.carried_to_heavy, self.released_light),
            pool_.join(found.carried_to_light, self.released_heavy)});
    return {found.data, after, true, static_cast<unsigned>(l.count - 2 - m)};
  }

  void insert(unsigned t, location_id id, std::size_t after, message m) {
    location& l = locations_[id];
    if (l.count == max_messages) fail("bound reached: more than max_messages messages at one location");
    if (after + 1 == l.count) {
      m.at = next(l.messages[after].at);
    } else {
      m.at = static_cast<stamp>(l.messages[after].at + (l.messages[after + 1].at - l.messages[after].at) / 2);
      if (m.at == l.messages[after].at) fail("bound reached: no room between two messages");
      for (std::size_t i = l.count; i > after + 1; --i) l.messages[i] = l.messages[i - 1];
    }
    l.messages[after + 1] = m;
    ++l.count;
    saw(t, id, m.at);
  }

  search& choices_;
  past_pool pool_;
  std::array<location, max_locations> locations_{};
  std::size_t used_ = 0;
  location_id first_free_ = 0;  // none before it is free
  std::array<thread_state, max_threads> threads_{};
  view full_, heavy_,
      light_;  // what happens before the seq_cst fences so far: ordinary and heavy ones; heavy ones; light ones
};

}  // namespace model
