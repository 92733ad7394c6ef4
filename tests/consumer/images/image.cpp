// SPDX-License-Identifier: BSL-1.0
//
// One image of the process: the functions that image.hpp names, with this image's copy of the headers. The same source
// is the executable's image and the plugin's, built in different ways.
#include "image.hpp"

#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>
#include <lazyref/per_cpu.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

// Types of the user's: one name in all images, with types of lazyref's inside.
struct bury {
  void operator()(node* n) const noexcept;
};
struct node : lazyref::hazard_pointer_obj_base<node, bury> {
  std::atomic<bool> alive{true};
};
inline void bury::operator()(node* n) const noexcept { n->alive.store(false, std::memory_order_relaxed); }
struct hazard {
  lazyref::hazard_pointer value = lazyref::make_hazard_pointer();
};

struct rules : lazyref::owner<rules> {
  std::atomic<bool> alive{true};
  static void dispose(rules* r) noexcept { r->alive.store(false, std::memory_order_relaxed); }
};
struct user {
  lazyref::strong_ref<rules> value;
};
// It has no slots at first: they are added by whatever image attaches.
struct prompt : lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::prompt> {
  static constexpr auto growth = lazyref::slot_growth::chunks;
};
struct domain {
  lazyref::lazy_domain<rules, prompt> value{0};
};
struct slot {
  lazyref::lazy_slot<rules, prompt> value;
};
struct cpu_domain {
  lazyref::per_cpu_domain<rules, lazyref::reclaim::prompt> value;
};
struct claim {
  lazyref::cpu_claim<rules, lazyref::reclaim::prompt> value;
};

namespace {

// --- contests: store buffering inside the library
//
//   protect, hazard       a worker protects an object while the reclaimer takes it out of the shared pointer and retires
//                         it. A violation: it is disposed of, and the worker has it.
//   deactivate, release   a worker leaves an object while the reclaimer drops its last user. A violation: both have
//                         ended, and it is still there (reclaim::prompt).
//
// Each round tells who came first, and the delay follows: so the two stay where the outcome is in doubt.

void meet(arena& a, int me, long round) {
  // Release and acquire, which pair with each other: what was before the meeting is over.
  a.at[me].value.store(round, std::memory_order_release);
  for (int spin = 0; a.at[1 - me].value.load(std::memory_order_acquire) < round; ++spin) {
    if (spin > 4096) std::this_thread::yield();
  }
}

void write_ballast(arena& a, long round) {
  for (auto& line : a.ballast) line.value.store(round, std::memory_order_relaxed);
}

void wait(long turns) {
  for (; turns > 0; --turns) __asm__ volatile("");
}

// What one side does in a round: get ready; with the other side ready, prepare; run against it; when both are done, look.
template <class Ready, class Prepare, class Run, class Look>
void contend(arena& a, int me, Ready ready, Prepare prepare, Run run, Look look) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(a.milliseconds);
  long round = 1;
  for (; !a.is_over; ++round) {
    ready();
    meet(a, me, 3 * round);
    prepare();
    const long delay = a.delay + round % 16 * 8 - 64;
    if (me == 1) write_ballast(a, round);
    meet(a, me, 3 * round + 1);
    wait(me == 1 ? delay : -delay);
    if (me == 0) write_ballast(a, round);
    run();
    if (me == 1 && round % 16 == 0) a.is_over = std::chrono::steady_clock::now() > end;
    meet(a, me, 3 * round + 2);
    look();
  }
  if (me == 1) a.rounds = round - 1;
  meet(a, me, 3 * round);
}

constexpr auto nothing = [] {};

// Who came first decides how the delay goes on: faster in the same direction, slower after a turn.
void adjust(arena& a, bool reclaimer_was_early) {
  const long towards = reclaimer_was_early ? 1 : -1;
  a.step = a.step * towards > 0 ? std::min(std::abs(a.step) * 2, 512L) : std::max(std::abs(a.step) / 2, 4L);
  a.step *= towards;
  a.delay += a.step;
  if (std::abs(a.delay) > 100000) a.delay = a.step = 0;  // lost, by an interruption perhaps
}

// After a round of `protect` or `hazard`.
void judge(arena& a, bool was_seen, bool is_alive) {
  if (was_seen && !is_alive) {
    ++a.violations;
  } else {
    adjust(a, !was_seen);
  }
}

void work_as(contest kind, void* home, arena* a) {
  const image& lender = *a->lender;
  switch (kind) {
    case contest::protect: {
      slot* const s = lender.attach(static_cast<domain*>(home));
      const std::atomic<rules*> none{nullptr};
      lender.protect_by_slot(s, &none);
      contend(
          *a, 0, nothing, nothing, [&] { a->seen = s->value.protect(a->shared_rules); },
          [&] { s->value.reset_protection(); });
      lender.detach(s);
      break;
    }
    case contest::hazard: {
      hazard* const h = lender.make_hazard();
      const std::atomic<node*> none{nullptr};
      lender.protect(h, &none);
      contend(
          *a, 0, nothing, nothing, [&] { a->seen = h->value.protect(a->shared_node); },
          [&] { h->value.reset_protection(); });
      lender.end_hazard(h);
      break;
    }
    case contest::deactivate: {
      slot* const s = lender.attach(static_cast<domain*>(home));
      contend(
          *a, 0, nothing, [&] { lender.activate(s, a->covered); }, [&] { s->value.deactivate(); }, nothing);
      lender.detach(s);
      break;
    }
    case contest::release: {
      claim* c = nullptr;
      contend(
          *a, 0, nothing, [&] { c = lender.make_claim(static_cast<cpu_domain*>(home), a->covered); },
          [&] { c->value.release(); }, [&] { lender.end_claim(c); });
      break;
    }
  }
}

void reclaim_as(contest kind, void* home, arena* a) {
  bool is_alive = false;
  switch (kind) {
    case contest::protect: {
      auto& d = static_cast<domain*>(home)->value;
      auto current = d.make();
      const rules* old = nullptr;
      lazyref::strong_ref<rules> next;
      a->shared_rules.store(current.get(), std::memory_order_release);
      contend(
          *a, 1,
          [&] {
            old = current.get();
            next = d.make();
          },
          nothing,
          [&] {
            a->shared_rules.store(next.get(), std::memory_order_release);
            d.retire(std::move(current));
            static_cast<void>(d.flush());
            is_alive = old->alive.load(std::memory_order_relaxed);
          },
          [&] {
            judge(*a, a->seen == old, is_alive);
            current = std::move(next);
          });
      break;
    }
    case contest::hazard: {
      node* current = new node;
      node* next = nullptr;
      a->shared_node.store(current, std::memory_order_release);
      contend(
          *a, 1, [&] { next = new node; }, nothing,
          [&] {
            a->shared_node.store(next, std::memory_order_release);
            current->retire();
            static_cast<void>(lazyref::hazard_pointer_clean_up());
            is_alive = current->alive.load(std::memory_order_relaxed);
          },
          [&] {
            judge(*a, a->seen == current, is_alive);
            current = next;
          });
      break;
    }
    case contest::deactivate:
    case contest::release: {
      user covered;
      a->covered = &covered;
      const rules* object = nullptr;
      contend(
          *a, 1,
          [&] {
            covered.value = kind == contest::release ? static_cast<cpu_domain*>(home)->value.make()
                                                     : static_cast<domain*>(home)->value.make();
            object = covered.value.get();
          },
          nothing,
          [&] {
            covered.value.reset();
            is_alive = object->alive.load(std::memory_order_relaxed);
          },
          [&] {
            if (object->alive.load(std::memory_order_relaxed)) {
              ++a->violations;
            } else {
              adjust(*a, is_alive);  // if it was not, the worker had left it
            }
          });
      break;
    }
  }
}

constexpr image functions = {
    [] { return static_cast<const void*>(&lazyref::detail::all_hazards); },
    [] { return static_cast<const void*>(&lazyref::detail::process_fence); },
    [] { return lazyref::fence_info().light_is_free; },
    [] { lazyref::fence_initialize(); },
    [] { lazyref::fence_initialize(lazyref::fence_backend::symmetric); },

    [] { return new node; },
    [](const node* n) { return n->alive.load(std::memory_order_relaxed); },
    [] { return new hazard; },
    [](const hazard* h) {
      const void* record = nullptr;  // the only thing that a hazard_pointer has in it
      std::memcpy(&record, &h->value, sizeof record);
      return record;
    },
    [](hazard* h) { delete h; },
    [](hazard* h, const std::atomic<node*>* source) { return h->value.protect(*source); },
    [](hazard* h) { h->value.reset_protection(); },
    [](node* n) { n->retire(); },
    [] { static_cast<void>(lazyref::hazard_pointer_clean_up()); },

    [] { return new domain; },
    [](domain* d) { delete d; },
    [](domain* d) { return new user{d->value.make()}; },
    [](const user* u) { return u->value.get(); },
    [](const rules* r) { return r->alive.load(std::memory_order_relaxed); },
    [](user* u) { delete u; },
    [](domain* d, user* u) {
      d->value.retire(std::move(u->value));
      static_cast<void>(d->value.flush());
      delete u;
    },
    [](domain* d) { return new slot{d->value.attach()}; },
    [](slot* s) { delete s; },
    [](slot* s, const user* u) { s->value.activate(u->value); },
    [](slot* s, const std::atomic<rules*>* source) { return s->value.protect(*source); },
    [](slot* s) { s->value.deactivate(); },

    [] { return new cpu_domain; },
    [](cpu_domain* d) { delete d; },
    [](cpu_domain* d) { return new user{d->value.make()}; },
    [](cpu_domain* d, const user* u) { return new claim{d->value.claim(u->value)}; },
    [](claim* c) { delete c; },

    work_as,
    reclaim_as,
};

}  // namespace

const image* image_here() { return &functions; }
