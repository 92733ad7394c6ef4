// SPDX-License-Identifier: BSL-1.0
//
// Disposers that use the slot, or the hazard pointer, in whose call they run: slot.hpp, "Disposers". What readers of the
// headers found, each as it was.
#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include <pthread.h>
#include <unistd.h>

#include <lazyref/hazard_pointer.hpp>

#include "../support/child.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"

using namespace lazyref_test;

namespace {

struct node : lazyref::hazard_pointer_obj_base<node> {
  explicit node(std::function<void()> when_reclaimed = {}) : then(std::move(when_reclaimed)) {}
  node(const node&) = delete;
  ~node() {
    if (then) then();
  }
  std::function<void()> then;
};

// Hands `first` over to the slot that is on it.
template <class Slot>
void hand_over(Slot& slot, lazyref::strong_ref<reactive>& first) {
  slot.activate(first);
  first.reset();
}

// The embedded layer: Holds that run a disposer.
struct counted_object {
  int holds = 1;
  bool* gone = nullptr;
  std::function<void()> then;
};
struct its_holds {
  static void take(counted_object* o, std::size_t n) noexcept { o->holds += static_cast<int>(n); }
  static void give_up(counted_object* o, std::size_t n) noexcept {
    o->holds -= static_cast<int>(n);
    if (o->holds != 0) return;
    if (o->then) o->then();
    *o->gone = true;
    delete o;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("the slot is on the object of the call, whatever a disposer did to it", "", deferred_all,
                   deferred_tracked, prompt_all, counted, shootdown_deferred) {
  lazyref::lazy_domain<reactive, TestType> domain(2);
  auto slot = domain.attach();
  bool gone = false;
  auto b = domain.make([&] { gone = true; });
  auto c = domain.make([] {});
  std::function<void()> what;
  auto a = domain.make([&] { what(); });
  SECTION("leaves it") {
    what = [&] { slot.deactivate(); };
  }
  SECTION("uses another object") {
    what = [&] { slot.activate(c); };
  }
  SECTION("parks") {
    what = [&] {
      slot.activate(c);
      slot.park();
    };
  }
  SECTION("drops the user that covers the call, and leaves") {
    what = [&] {
      b.reset();
      slot.deactivate();
    };
  }
  SECTION("moves the handle") {
    what = [&] {
      auto other = std::move(slot);
      other.activate(c);
      slot = std::move(other);
    };
  }
  SECTION("opens a scope") {
    what = [&] {
      const lazyref::temporary_activation scope(slot, c);
      slot.poll();
    };
  }
  hand_over(slot, a);
  reactive* const seen = b.get();
  slot.activate(b);
  CHECK(slot.active() == seen);
  b.reset();
  CHECK_FALSE(gone);
  slot.deactivate();
  CHECK(gone);
}

TEMPLATE_TEST_CASE("a poll keeps the slot on what it is on", "", deferred_all, deferred_tracked, shootdown_deferred) {
  using stepped = basic_reactive<step_sync>;
  stepping steps;
  lazyref::lazy_domain<stepped, TestType> domain(2);
  auto slot = domain.attach();
  bool reacted = false;
  bool gone = false;
  auto b = domain.make([&] { gone = true; });
  auto c = domain.make([] {});
  auto a = domain.make([&] {
    reacted = true;
    b.reset();
    slot.activate(c);
  });
  slot.activate(a);
  // The reclaimer has read the slot before it moves: the hold arrives after the move.
  steps.before(step::exchange, nullptr, 1, [&] { slot.activate(b); });
  a.reset();
  REQUIRE(steps.all_ran());
  REQUIRE_FALSE(reacted);
  stepped* const second = slot.active();
  slot.poll();
  CHECK(reacted);
  CHECK(slot.active() == second);
  CHECK(second != nullptr);
  CHECK_FALSE(gone);
  slot.deactivate();
  CHECK(gone);
}

TEMPLATE_TEST_CASE("a disposer detaches, and the next worker has the slot to itself", "", deferred_all, prompt_all,
                   counted) {
  lazyref::lazy_domain<reactive, TestType> domain(1);
  auto slot = domain.attach();
  decltype(domain.attach()) next;
  auto b = domain.make([] {});
  auto a = domain.make([&] {
    slot.detach();
    next = domain.attach();
    next.activate(b);
  });
  hand_over(slot, a);
  slot.deactivate();
  CHECK_FALSE(slot);
  REQUIRE(next);
  CHECK(next.active() == b.get());
  b.reset();
  CHECK(next.active() != nullptr);
}

TEST_CASE("what was parked before a scope can be resumed after it") {
  lazyref::lazy_domain<reactive> domain(1);
  auto slot = domain.attach();
  auto a = domain.make([] {});
  auto b = domain.make([] {});
  slot.activate(a);
  slot.park();
  { const lazyref::temporary_activation scope(slot, b); }
  CHECK(slot.resume() == a.get());
}

TEMPLATE_TEST_CASE("a hundred thousand disposers, each of which moves the same slot to the next object, do not nest",
                   "", deferred_all, prompt_all, counted, shootdown_deferred) {
  struct link : lazyref::owner<link> {
    explicit link(std::function<void()>& step) : then(step) {}
    ~link() { then(); }
    std::function<void()>& then;
  };
  int left = 100000;
  lazyref::lazy_domain<link, TestType> domain(1);
  auto slot = domain.attach();
  using slot_type = decltype(slot);
  std::function<void()> step;
  std::function<void(slot_type&)> move;
  SECTION("activate") {
    move = [](slot_type&) {};
  }
  SECTION("and park") {
    move = [](slot_type& s) { s.park(); };
  }
  SECTION("and leave") {
    move = [](slot_type& s) { s.deactivate(); };
  }
  step = [&] {
    if (left-- == 0) return;
    auto next = domain.make(step);
    slot.activate(next);
    next.reset();
    move(slot);
  };
  auto first = domain.make(step);
  slot.activate(first);
  first.reset();
  slot.deactivate();
  slot.poll();
  domain.collect();
  CHECK(left < 0);
}

TEMPLATE_TEST_CASE("what a disposer's own call lets go is disposed of in that call", "", deferred_all, prompt_all,
                   counted, shootdown_deferred) {
  lazyref::lazy_domain<reactive, TestType> domain(1);
  auto slot = domain.attach();
  int alive = 0, most = 0;
  auto a = domain.make([&] {
    for (int i = 0; i < 100; ++i) {
      auto next = domain.make([&] { --alive; });
      ++alive;
      slot.activate(next);
      next.reset();
      most = std::max(most, alive);
    }
  });
  hand_over(slot, a);
  slot.deactivate();
  CHECK(alive == 0);
  CHECK(most <= 2);
}

TEST_CASE("a hazard pointer that a deleter used protects what the call promised") {
  static std::atomic<node*> table{nullptr};
  static lazyref::hazard_pointer mine;
  mine = lazyref::make_hazard_pointer();
  bool gone = false;
  std::atomic<node*> shared(new node([] {
    static_cast<void>(mine.protect(table));
    mine.reset_protection();
  }));
  node* const first = mine.protect(shared);
  node* const second = new node([&] { gone = true; });
  shared.store(second, std::memory_order_release);
  first->retire();
  lazyref::hazard_pointer_clean_up();
  bool valid = false;
  SECTION("reset_protection of a pointer") {
    mine.reset_protection(second);
    valid = shared.load(std::memory_order_acquire) == second;
  }
  SECTION("try_protect") {
    node* p = shared.load(std::memory_order_relaxed);
    valid = mine.try_protect(p, shared) && p == second;
  }
  SECTION("protect") { valid = mine.protect(shared) == second; }
  REQUIRE(valid);
  shared.store(nullptr, std::memory_order_release);
  second->retire();
  lazyref::hazard_pointer_clean_up();
  CHECK_FALSE(gone);
  mine = lazyref::hazard_pointer();
  lazyref::hazard_pointer_clean_up();
  CHECK(gone);
}

TEST_CASE(
    "a deleter may destroy the hazard pointer whose protection ends; what that protected meanwhile is reclaimed") {
  int reclaimed = 0;
  std::atomic<node*> shared{nullptr};
  lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
  node* const b = new node([&] { ++reclaimed; });
  node* const a = new node([&] {
    ++reclaimed;
    shared.store(b, std::memory_order_relaxed);
    static_cast<void>(h.protect(shared));
    shared.store(nullptr, std::memory_order_relaxed);
    b->retire();
    lazyref::hazard_pointer_clean_up();
    h = lazyref::hazard_pointer();
  });
  shared.store(a, std::memory_order_relaxed);
  static_cast<void>(h.protect(shared));
  shared.store(nullptr, std::memory_order_relaxed);
  a->retire();
  lazyref::hazard_pointer_clean_up();
  CHECK(reclaimed == 0);
  h.reset_protection();
  CHECK(reclaimed == 2);
  CHECK(h.empty());
}

TEST_CASE("the embedded layer keeps to the same rule") {
  bool a_gone = false, b_gone = false;
  lazyref::slot<counted_object> slot;
  const auto all = [&](auto&& visit) { visit(slot); };
  auto* const a = new counted_object{1, &a_gone, [&] { lazyref::deactivate<its_holds>(slot); }};
  auto* const b = new counted_object{1, &b_gone, {}};
  lazyref::activate<its_holds>(slot, a);
  lazyref::last_user_left<its_holds>(a, all);
  CHECK_FALSE(a_gone);
  lazyref::activate<its_holds>(slot, b);
  CHECK(a_gone);
  lazyref::last_user_left<its_holds>(b, all);
  CHECK_FALSE(b_gone);
  lazyref::deactivate<its_holds>(slot);
  CHECK(b_gone);
}

TEST_CASE("a call that cannot keep its promise says why, in all builds") {
  if (LAZYREF_TEST_TSAN) LAZYREF_SKIP("ThreadSanitizer's children do not fork further");
  const char* const why = "detached or destroyed the slot, or the hazard pointer, of that call";
  CHECK(in_child([&] {
          lazyref::lazy_domain<reactive> domain(1);
          auto slot = domain.attach();
          auto b = domain.make([] {});
          auto a = domain.make([&] { slot.detach(); });
          hand_over(slot, a);
          slot.activate(b);
        }).aborted_saying(why));
  CHECK(in_child([&] {
          std::atomic<node*> shared{nullptr};
          lazyref::hazard_pointer h = lazyref::make_hazard_pointer();
          node* const a = new node([&] { h = lazyref::hazard_pointer(); });
          shared.store(a, std::memory_order_relaxed);
          static_cast<void>(h.protect(shared));
          shared.store(new node, std::memory_order_relaxed);
          a->retire();
          lazyref::hazard_pointer_clean_up();
          static_cast<void>(h.protect(shared));
        }).aborted_saying(why));
  // Its twin: a disposer with a slot of its own.
  CHECK(in_child([&] {
          lazyref::lazy_domain<reactive> domain(2);
          auto slot = domain.attach();
          auto other = domain.attach();
          auto b = domain.make([] {});
          auto a = domain.make([&] { other.detach(); });
          hand_over(slot, a);
          slot.activate(b);
          slot.detach();
        }).quiet());
}

TEST_CASE("a thread that is cancelled in a deleter ends after the call") {
  if (LAZYREF_TEST_TSAN || LAZYREF_TEST_ASAN) LAZYREF_SKIP("the sanitizers do not follow cancellation");
  static std::atomic<bool> inside{false}, after{false};
  inside = after = false;
  pthread_t thread;
  REQUIRE(::pthread_create(
              &thread, nullptr,
              [](void*) -> void* {
                (new node([] {
                  inside = true;
                  for (int i = 0; i < 50; ++i) ::usleep(2000);  // A cancellation point.
                }))->retire();
                lazyref::hazard_pointer_clean_up();
                after = true;
                for (;;) ::usleep(1000);
              },
              nullptr) == 0);
  while (!inside) ::usleep(1000);
  ::pthread_cancel(thread);
  void* result = nullptr;
  ::pthread_join(thread, &result);
  CHECK(result == PTHREAD_CANCELED);
  CHECK(after);
}

TEST_CASE("control: a cancellation inside what must not throw ends the program") {
  if (LAZYREF_TEST_TSAN || LAZYREF_TEST_ASAN) LAZYREF_SKIP("the sanitizers do not follow cancellation");
  CHECK_FALSE(in_child([] {
                pthread_t thread;
                static_cast<void>(::pthread_create(
                    &thread, nullptr,
                    [](void*) noexcept -> void* {
                      ::pthread_cancel(::pthread_self());
                      ::usleep(1000);  // A cancellation point.
                      return nullptr;
                    },
                    nullptr));
                ::pthread_join(thread, nullptr);
              }).quiet());
}

TEST_CASE("a thread that is about to be cancelled makes its first hazard pointer, and a domain, and ends after that") {
  if (LAZYREF_TEST_TSAN || LAZYREF_TEST_ASAN) LAZYREF_SKIP("the sanitizers do not follow cancellation");
  CHECK(in_child([] {
          static std::atomic<bool> cancelled{false}, after{false};
          lazyref::detail::cpus_seen.store(0, std::memory_order_relaxed);  // as in a program that has not asked yet
          pthread_t thread;
          expect(::pthread_create(
                     &thread, nullptr,
                     [](void*) -> void* {
                       while (!cancelled) {
                       }
                       const lazyref::lazy_domain<reactive> domain(4);
                       std::vector<lazyref::hazard_pointer> more(40);
                       for (auto& h : more) h = lazyref::make_hazard_pointer();
                       after = true;
                       for (;;) ::usleep(1000);
                     },
                     nullptr) == 0,
                 "a thread is made");
          ::pthread_cancel(thread);
          cancelled = true;
          void* result = nullptr;
          ::pthread_join(thread, &result);
          expect(result == PTHREAD_CANCELED && after, "it ends after the calls");
        }).quiet());
}
