// SPDX-License-Identifier: BSL-1.0
//
// Scenarios of a process that decides: fence_core.hpp, and what stands in slots until light fences are known to be free
// (slot_words.hpp).
#pragma once

#include "fixtures.hpp"
#include "lazyref/detail/fence/fence_core.hpp"
#include "lazyref/per_cpu.hpp"

namespace model::scenarios {

// --- fence_core.hpp: full fences at first, until somebody needs the light side to be free

struct model_atomics {
  template <class T>
  using atomic = model::atomic<T>;
  static constexpr lazyref::order_table orders{};
  static void full_fence() noexcept { model::fence(std::memory_order_seq_cst); }
  static void compiler_barrier() noexcept { model::light(); }
  static void relax() noexcept { machine.wait(); }
};
struct model_kernel {
  static constexpr lazyref::detail::kernel_barrier offers = lazyref::detail::kernel_barrier::membarrier;
  static int membarrier(int command, unsigned, int) noexcept {
    if (command == lazyref::detail::membarrier_private_expedited) model::heavy();
    return command == lazyref::detail::membarrier_query ? 0x1ff : 0;
  }
  static void give_way() noexcept {}
};

enum class spoilt { no, no_second_look, no_barrier };

// The two sides of store buffering, in units that chose differently, and a third unit for which light fences become free.
// `spoilt`: by hand, with a step left out.
template <bool ByDecision, spoilt How>
void becomes_free() {
  struct process {
    lazyref::detail::fence_core<model_atomics, model_kernel> fence;
    atomic<int> plain{1}, free{0};  // spoilt: by hand
    atomic<int> x{0}, y{0};
  } p;
  if constexpr (How == spoilt::no) {
    (void)p.fence.template initialize<lazyref::fence_mode::automatic>(lazyref::fence_backend::symmetric);
  }
  int left = 1, right = 1;
  const auto light_side = [&] {
    p.x.store(1, relaxed);
    if constexpr (How == spoilt::no) {
      p.fence.template light<ByDecision ? lazyref::fence_mode::automatic : lazyref::fence_mode::required>(
          std::memory_order_seq_cst);
    } else {
      if (p.free.load(relaxed) == 0) model::fence(std::memory_order_seq_cst);
      model::light();
    }
    left = p.y.load(relaxed);
  };
  parallel(named("heavy",
                 [&] {
                   p.y.store(1, relaxed);
                   if constexpr (How == spoilt::no) {
                     p.fence.heavy(std::memory_order_seq_cst);
                   } else {
                     bool plain = p.plain.load(relaxed) != 0;
                     if (plain) {
                       model::fence(std::memory_order_seq_cst);
                       plain = How == spoilt::no_second_look || p.plain.load(relaxed) != 0;
                     }
                     if (!plain) model::heavy();
                   }
                   right = p.x.load(relaxed);
                 }),
           named(ByDecision ? "late" : "late, light",
                 [&] {
                   if constexpr (How == spoilt::no) {
                     p.fence.strengthen();
                   } else {
                     p.plain.store(0, relaxed);
                     if (How != spoilt::no_barrier) model::heavy();
                     p.free.store(1, relaxed);
                   }
                   if (!ByDecision) light_side();
                 }),
           named("light", [&] {
             if (ByDecision) light_side();
           }));
  require(left == 1 || right == 1, "store buffering: neither side saw the other");
}

// --- slot_words.hpp: a slot rests at a mark, until its worker finds that light fences are free

enum class lifts { who_should, everybody, nobody_needs_to };

// What fence_core does in a process that has decided on full fences, and of which a new part makes light fences free.
class decision {
 public:
  bool is_free() const noexcept { return state_.load(relaxed) == 2; }
  void light() const noexcept {
    if (!is_free()) model::fence(seq_cst);
    model::light();
  }
  void heavy() const noexcept {
    if (state_.load(relaxed) == 0) {
      model::fence(seq_cst);
      if (state_.load(relaxed) == 0) return;
    }
    model::heavy();
  }
  void strengthen() noexcept {
    state_.store(1, relaxed);
    model::heavy();
    state_.store(2, relaxed);
  }

 private:
  atomic<int> state_{0};  // full fences; strong heavy ones; free light ones
};

// The policy of such a process.
template <lifts By>
struct deciding_sync : model_sync {
  static inline decision* process = nullptr;

  struct fence {
    static void light(std::memory_order) noexcept { process->light(); }
    static void heavy(std::memory_order) noexcept { process->heavy(); }
    static bool try_heavy(std::memory_order) noexcept {
      process->heavy();
      return true;
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }

  class slot_fence {
   public:
    static constexpr bool light_is_full() noexcept { return false; }
    static void light(std::memory_order order) noexcept { machine.light(order); }
    void strong_light(std::memory_order order) const noexcept {
      if (!is_known_free() && !process->is_free()) model::fence(order);
      machine.light(order);
    }
    bool is_known_free() const noexcept { return known_free_.load(relaxed); }
    bool learn() noexcept {
      if (is_known_free()) return true;
      if (!process->is_free()) return false;
      known_free_.store(true, relaxed);
      return true;
    }
    void belong_to(const fence&) noexcept { known_free_.store(process->is_free(), relaxed); }

   private:
    atomic<bool> known_free_{By == lifts::nobody_needs_to};
  };
};

template <lifts By>
struct deciding_process {
  using sync = deciding_sync<By>;
  decision core;

  deciding_process() {
    alive = hooks = 0;
    sync::process = &core;
  }
};

template <reclaim R, lifts By>
struct deciding_slot : deciding_process<By> {
  using sync = typename deciding_process<By>::sync;
  lazyref::slot<object, sync, R> at;

  deciding_slot() {
    label(at.lazy, "lazy");
    label(at.drop, "drop");
  }

  void drop(object* o) {
    if (!o->counts.drop_user()) return;
    this->core.heavy();
    lazyref::last_user_left<holds, R, sync>(o, [this](auto&& visit) { visit(at); });
  }

  // A thread: light fences become free.
  auto strengthens() {
    return named("late", [this] {
      this->core.strengthen();
      if (By == lifts::everybody) lazyref::detail::unmark(at, at.drop.load(relaxed));
    });
  }

  void finish() {
    if (R == reclaim::prompt) require(alive == 0, "prompt: an object is left behind");
    lazyref::poll<holds>(at);
    require(alive == 0, "an object is left behind, and the next move does not find it");
  }
};

// A worker protects, again and again, while somebody replaces.
template <reclaim R, lifts By>
void protected_while_it_is_decided() {
  deciding_slot<R, By> s;
  atomic<object*> source{new object(1)};
  label(source, "source");
  const auto protect = [&] {
    if (object* const o = lazyref::protect<holds>(s.at, source)) (void)o->contents.read();
    lazyref::deactivate<holds>(s.at);
  };
  const auto work = [&] {
    if (By == lifts::who_should) protect();
    protect();
  };
  const auto replace = [&] {
    if (object* const old = source.exchange(nullptr, std::memory_order_acq_rel)) s.drop(old);
  };
  parallel(worker(work), replacer(replace), s.strengthens());
  s.finish();
}

// A worker moves off, again and again, while the last user goes.
template <lifts By>
void left_while_it_is_decided() {
  deciding_slot<reclaim::prompt, By> s;
  auto* const a = new object(2);
  auto* const b = new object(1);
  const auto work = [&] {
    lazyref::activate<holds>(s.at, b);
    s.drop(b);
    lazyref::activate<holds>(s.at, a);
    s.drop(a);
    lazyref::deactivate<holds>(s.at);
  };
  parallel(worker(work), reclaimer([&] { s.drop(a); }), s.strengthens());
  s.finish();
}

// A CPU's slot goes from one claim to the next, and each may be the one that finds it out.
inline void claimed_while_it_is_decided() {
  using sync = deciding_sync<lifts::who_should>;
  struct claimed : lazyref::owner<claimed, sync> {
    cell<int> contents;
    claimed() { ++alive; }
    ~claimed() { --alive; }
  };
  deciding_process<lifts::who_should> process;
  restartable::cpus = 1;
  restartable::usable = restartable::interrupted = false;
  lazyref::per_cpu_domain<claimed, reclaim::prompt> domain({1, 1});
  auto a = domain.make();
  const auto round = [&](auto& mine) {
    auto seen = domain.claim(mine);
    mine.reset();
    (void)seen->contents.read();
  };
  parallel(worker([&, mine = a]() mutable { round(mine); }), worker([&, mine = a]() mutable {
             round(mine);
             a.reset();
           }),
           named("late", [&] { process.core.strengthen(); }));
  require(alive == 0, "prompt: an object is left behind");
}

}  // namespace model::scenarios
