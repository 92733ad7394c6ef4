// SPDX-License-Identifier: BSL-1.0
//
// A unit: compiled once for each way of building, and linked twice, or with another one, into a program. Nothing of it
// has a name for the linker but what stands in headers.
#include <cstring>

#include "shared.hpp"

namespace {

using namespace mixed;

template <class F>
auto with(world& w, kind k, F f) {
  return k == kind::later ? f(w.later) : f(w.at_once);
}

int value_of(const rules* r) noexcept { return r != nullptr ? r->value.read() : -1; }

class unit final : public part {
 public:
  const char* name() const noexcept override { return LAZYREF_TEST_NAME; }

  world* build() override { return new world; }
  void demolish(world* w) override { delete w; }

  void set_box(world& w, int value) override { w.box.set(value); }
  int get_box(world& w, void (*during)(void*), void* context) override {
    return w.box.get([=] { during(context); });
  }
  void clear_box(world& w) override { w.box.clear(); }

  void make_hazard(world& w, int hazard) override { w.hazards[hazard] = lazyref::make_hazard_pointer(); }
  void end_hazard(world& w, int hazard) override {
    w.seen[hazard] = nullptr;
    w.hazards[hazard] = lazyref::hazard_pointer();
  }
  void move_hazard(world& w, int from, int to) override {
    w.seen[to] = std::exchange(w.seen[from], nullptr);
    w.hazards[to] = std::move(w.hazards[from]);
  }
  int protect_node(world& w, int hazard) override {
    w.seen[hazard] = w.hazards[hazard].protect(w.head);
    return protected_node(w, hazard);
  }
  int protected_node(world& w, int hazard) override {
    return w.seen[hazard] != nullptr ? w.seen[hazard]->value.read() : -1;
  }
  void reset_node(world& w, int hazard) override {
    w.seen[hazard] = nullptr;
    w.hazards[hazard].reset_protection();
  }
  void put_node(world& w, int value) override {
    node* const old = w.head.exchange(value != 0 ? new node(value) : nullptr, std::memory_order_acq_rel);
    if (old != nullptr) old->retire();
  }
  void retire_nodes(world&, int n) override {
    for (int i = 0; i < n; ++i) (new node(i))->retire();
  }
  void heavy() override { lazyref::asymmetric_thread_fence_heavy(std::memory_order_seq_cst); }
  void clean_up() override { lazyref::hazard_pointer_clean_up(); }

  void make(world& w, kind k, int ref, int value) override {
    with(w, k, [&](auto& r) { r.refs[ref] = r.domain.make(value); });
  }
  void drop(world& w, kind k, int ref) override {
    with(w, k, [&](auto& r) { r.refs[ref].reset(); });
  }
  void retire(world& w, kind k, int ref) override {
    with(w, k, [&](auto& r) { r.domain.retire(std::move(r.refs[ref])); });
  }
  void flush(world& w, kind k) override {
    with(w, k, [&](auto& r) { r.domain.flush(); });
  }
  void publish(world& w, kind k, int ref) override {
    with(w, k, [&](auto& r) { r.current.store(r.refs[ref].get(), std::memory_order_release); });
  }
  void unpublish(world& w, kind k) override {
    with(w, k, [&](auto& r) { r.current.store(nullptr, std::memory_order_release); });
  }
  std::size_t attach(world& w, kind k, int slot) override {
    return with(w, k, [&](auto& r) {
      r.slots[slot] = r.domain.attach();
      if (!r.slots[slot]) wrong("attach: the domain is full");
      return r.slots[slot].index();
    });
  }
  void detach(world& w, kind k, int slot) override {
    with(w, k, [&](auto& r) { r.slots[slot].detach(); });
  }
  void activate(world& w, kind k, int slot, int ref) override {
    with(w, k, [&](auto& r) { r.slots[slot].activate(r.refs[ref]); });
  }
  void deactivate(world& w, kind k, int slot) override {
    with(w, k, [&](auto& r) { r.slots[slot].deactivate(); });
  }
  int active(world& w, kind k, int slot) override {
    return with(w, k, [&](auto& r) { return value_of(r.slots[slot].active()); });
  }
  int protect(world& w, kind k, int slot) override {
    return with(w, k, [&](auto& r) { return value_of(r.slots[slot].protect(r.current)); });
  }
  void park(world& w, kind k, int slot) override {
    with(w, k, [&](auto& r) { r.slots[slot].park(); });
  }
  int resume(world& w, kind k, int slot) override {
    return with(w, k, [&](auto& r) { return value_of(r.slots[slot].resume()); });
  }
  void poll(world& w, kind k, int slot) override {
    with(w, k, [&](auto& r) { r.slots[slot].poll(); });
  }
  void collect(world& w, kind k) override {
    with(w, k, [&](auto& r) { r.domain.collect(); });
  }
  void begin_scope(world& w, kind k, int scope, int slot, int ref) override {
    with(w, k, [&](auto& r) { r.scopes[scope].emplace(r.slots[slot], r.refs[ref]); });
  }
  void end_scope(world& w, kind k, int scope) override {
    with(w, k, [&](auto& r) { r.scopes[scope].reset(); });
  }

  void make_on_cpu(world& w, int ref, int value) override { w.cpu_refs[ref] = w.cpus.make(value); }
  void drop_on_cpu(world& w, int ref) override { w.cpu_refs[ref].reset(); }
  void claim(world& w, int claim, int ref) override { w.claims[claim] = w.cpus.claim(w.cpu_refs[ref]); }
  int claimed(world& w, int claim) override { return value_of(w.claims[claim].get()); }
  void release(world& w, int claim) override { w.claims[claim].release(); }

  void choose_full_fences() override { lazyref::fence_initialize(lazyref::fence_backend::symmetric); }

  void use_all(world& w, const std::atomic<bool>& stop) override {
    auto later = w.later.domain.attach();
    auto at_once = w.at_once.domain.attach();
    lazyref::hazard_pointer hazard;
    for (unsigned round = 0; !stop.load(std::memory_order_relaxed); ++round) {
      if (round % 64 == 0) hazard = lazyref::make_hazard_pointer();
      if (const node* const n = hazard.protect(w.head)) n->value.read();
      w.box.get([] {});
      use(w.later, later, round);
      use(w.at_once, at_once, round);
      auto claim = [&] {
        const std::lock_guard<std::mutex> lock(w.cpu_mutex);
        return w.cpus.claim(w.cpu_refs[0]);
      }();
      value_of(claim.get());
    }
  }
  void replace_all(world& w, const std::atomic<bool>& stop) override {
    for (int round = 1; !stop.load(std::memory_order_relaxed); ++round) {
      put_node(w, round);
      if (round % 16 == 0) clean_up();
      w.box.set(round);
      replace(w.later, round);
      replace(w.at_once, round);
      {
        auto next = w.cpus.make(round);
        const std::lock_guard<std::mutex> lock(w.cpu_mutex);
        w.cpu_refs[0].swap(next);
      }
    }
  }
  void end_all(world& w) override {
    put_node(w, 0);
    clear_box(w);
    clean_up();
    for (kind k : {kind::later, kind::at_once}) {
      unpublish(w, k);
      retire(w, k, 0);
      flush(w, k);
      collect(w, k);
    }
    drop_on_cpu(w, 0);
    w.cpus.collect();
  }

  void misuse(world& w, const char* what, part& other) override {
    const auto is = [what](const char* name) { return std::strcmp(what, name) == 0; };
    constexpr kind k = kind::later;
    if (is("empty reference")) {
      attach(w, k, 0);
      activate(w, k, 0, 0);
    } else if (is("empty slot")) {
      poll(w, k, 0);
    } else if (is("empty hazard pointer")) {
      reset_node(w, 0);
    } else if (is("retired twice")) {
      other.put_node(w, 1);
      node* const n = w.head.load(std::memory_order_relaxed);
      other.put_node(w, 0);
      n->retire();
    } else if (is("left inside a scope")) {
      // All of it here: what std::optional does belongs to whichever unit the linker has taken it from.
      attach(w, k, 0);
      make(w, k, 0, 1);
      {
        const lazyref::temporary_activation scope(w.later.slots[0], w.later.refs[0]);
        w.later.slots[0].deactivate();
        w.later.slots[0].activate(w.later.refs[0]);
      }
      deactivate(w, k, 0);
      drop(w, k, 0);
    } else {
      wrong("no such misuse");
    }
  }

 private:
  template <class Runtime, class Slot>
  static void use(Runtime& r, Slot& slot, unsigned round) {
    if (round % 2 == 0) {
      value_of(slot.protect(r.current));
    } else {
      const std::lock_guard<std::mutex> lock(r.mutex);
      slot.activate(r.refs[0]);
    }
    value_of(slot.active());
    if (round % 3 == 0) {
      slot.park();
      value_of(slot.resume());
    } else if (round % 3 == 1) {
      lazyref::strong_ref<rules> other = [&] {
        const std::lock_guard<std::mutex> lock(r.mutex);
        return r.refs[0];
      }();
      {
        const lazyref::temporary_activation scope(slot, other);
        other.reset();
        scope->value.read();
      }
      value_of(slot.active());
    }
    if (round % 5 == 0) slot.deactivate();
    slot.poll();
  }

  template <class Runtime>
  static void replace(Runtime& r, int value) {
    auto next = r.domain.make(value);
    {
      const std::lock_guard<std::mutex> lock(r.mutex);
      r.current.store(next.get(), std::memory_order_release);
      r.refs[0].swap(next);
    }
    if (value % 2 == 0) r.domain.retire(std::move(next));
  }
};

unit this_unit;
const bool joined = join(this_unit);

}  // namespace
