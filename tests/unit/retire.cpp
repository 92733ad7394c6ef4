// SPDX-License-Identifier: BSL-1.0
//
// Retired objects wait for a scan together: what that costs, what it keeps, and that disposers may retire.
#include <algorithm>
#include <cstdint>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;
using stepped = basic_thing<step_sync>;

namespace {

constexpr std::size_t batch = small_batch;
using deferred_few = with_few<deferred_all>;
using prompt_few = with_few<prompt_all>;

auto tie(const lazyref::domain_stats& s) {
  return std::make_tuple(s.slot_count, s.attached, s.parked, s.made, s.disposed, s.reclaimed, s.scanned, s.handed_over,
                         s.carried, s.taken_back, s.unparked, s.retired);
}

}  // namespace

TEMPLATE_TEST_CASE("a retired object is torn down at once, waits, and is disposed of by a flush", "",
                   LAZYREF_TEST_PROTECTING) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto a = domain.make(all);
  domain.retire(std::move(a));
  CHECK_FALSE(a);
  CHECK(all.torn_down == 1);
  CHECK(all.disposed == 0);
  CHECK(domain.stats().retired == 1);
  CHECK(domain.stats().reclaimed == 0);
  domain.flush();
  CHECK(all.disposed == 1);
  CHECK(all.disorder == 0);
  CHECK(domain.stats().retired == 0);
  CHECK(domain.stats().reclaimed == 1);
  CHECK(domain.stats().disposed == 1);
  domain.flush();
  CHECK(domain.stats().reclaimed == 1);
}

TEMPLATE_TEST_CASE("a reference that is not the last one is dropped, and nothing waits", "", LAZYREF_TEST_OPTIONS) {
  census all;
  lazyref::lazy_domain<thing, TestType> domain(1);
  auto a = domain.make(all, 1U);
  auto copy = a;
  domain.retire(std::move(copy));
  CHECK_FALSE(copy);
  CHECK(a.use_count() == 1);
  CHECK(all.torn_down == 0);
  CHECK(domain.stats().retired == 0);
  domain.retire(nullptr);
  domain.retire(std::move(copy));  // empty by now
  CHECK(domain.stats().retired == 0);
  domain.flush();
  CHECK(all.disposed == 0);
  domain.retire(std::move(a));
  domain.flush();
  CHECK(all.disposed == 1);
}

TEMPLATE_TEST_CASE("where objects cannot be protected, retire is reset", "", deferred_tracked, deferred_custom,
                   prompt_tracked, prompt_custom, shootdown_tracked, counted) {
  census all;
  lazyref::lazy_domain<thing, TestType> retiring(2);
  lazyref::lazy_domain<thing, TestType> resetting(2);
  auto retiring_slot = retiring.attach();
  auto resetting_slot = resetting.attach();
  const auto same = [&] { return tie(retiring.stats()) == tie(resetting.stats()); };
  for (int i = 0; i < 3; ++i) {
    auto a = retiring.make(all, 2U);
    auto b = resetting.make(all, 2U);
    if (i == 1) {
      retiring_slot.activate(a);
      resetting_slot.activate(b);
    }
    retiring.retire(std::move(a));
    b.reset();
    CHECK(same());
  }
  CHECK(all.disposed == 4);
  retiring_slot.deactivate();
  resetting_slot.deactivate();
  retiring.flush();
  CHECK(same());
  CHECK(all.disposed == 6);
}

TEST_CASE("one heavy fence and one look at each slot for a batch; a reset pays for each object") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, deferred_few> domain(3);
  std::vector<lazyref::lazy_slot<stepped, deferred_few>> slots;
  for (int i = 0; i < 3; ++i) slots.push_back(domain.attach());
  step_sync::atomic<stepped*> shared{nullptr};
  slots[0].protect(shared);
  const int before = steps.count(step::heavy);
  constexpr int batches = 5;
  for (std::size_t i = 0; i < batches * batch; ++i) domain.retire(domain.make(all));
  CHECK(steps.count(step::heavy) == before + batches);
  CHECK(domain.stats().scanned == batches * 3);
  CHECK(all.alive() == 0);
  CHECK(domain.stats().retired == 0);
  for (int i = 0; i < 5; ++i) domain.make(all).reset();
  CHECK(steps.count(step::heavy) == before + batches + 5);
  CHECK(domain.stats().scanned == batches * 3 + 5 * 3);
}

TEMPLATE_TEST_CASE("fewer than a batch of objects wait between calls", "", LAZYREF_TEST_PROTECTING) {
  census all;
  lazyref::lazy_domain<still_thing, with_few<TestType>> domain(2);
  auto slot = domain.attach();
  std::size_t most = 0;
  int flushes = 0;
  for (std::size_t i = 0; i < 10 * batch + 17; ++i) {
    const int disposed = all.disposed;
    domain.retire(domain.make(all));
    most = std::max(most, domain.stats().retired);
    if (all.disposed != disposed) ++flushes;
    REQUIRE(domain.stats().retired == static_cast<std::size_t>(all.alive()));
  }
  CHECK(most == batch - 1);
  CHECK(flushes == 10);
  CHECK(all.alive() == 17);
  domain.flush();
  CHECK(all.alive() == 0);
}

TEMPLATE_TEST_CASE("a flush hands over what is in use and takes back what is parked", "", LAZYREF_TEST_PROTECTING) {
  census all;
  lazyref::lazy_domain<still_thing, TestType> domain(4);
  auto active = domain.attach();
  auto protecting = domain.attach();
  auto parked = domain.attach();
  auto elsewhere = domain.attach();
  std::vector<lazyref::strong_ref<still_thing>> objects;
  for (std::size_t i = 0; i < 40; ++i) objects.push_back(domain.make(all, i));
  auto stays = domain.make(all);
  std::atomic<still_thing*> shared{objects[20].get()};
  active.activate(objects[10]);
  protecting.protect(shared);
  parked.activate(objects[30]);
  parked.park();
  elsewhere.activate(stays);
  shared = nullptr;
  for (auto& object : objects) domain.retire(std::move(object));
  CHECK(all.disposed == 0);
  CHECK(domain.stats().retired == 40);
  domain.flush();
  CHECK(all.disposed == 38);
  CHECK(domain.stats().retired == 0);
  CHECK(domain.stats().scanned == 4);
  CHECK(domain.stats().handed_over == 2);
  CHECK(domain.stats().unparked == 1);
  CHECK(domain.stats().parked == 2);
  CHECK(active.active()->use() == 10);
  CHECK(protecting.active()->use() == 20);
  CHECK(parked.resume() == nullptr);
  CHECK(elsewhere.active() == stays.get());
  active.deactivate();
  protecting.reset_protection();
  CHECK(all.disposed == 40);
  CHECK(all.disorder == 0);
}

TEST_CASE("prompt: a worker that leaves while a flush hands over keeps nothing back") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, prompt_all> domain(1);
  auto slot = domain.attach();
  auto a = domain.make(all);
  slot.activate(a);
  domain.retire(std::move(a));
  domain.retire(domain.make(all));
  // The first exchange takes the list; the second one hands over.
  steps.before(step::exchange, nullptr, 2, [&] { slot.deactivate(); });
  domain.flush();
  CHECK(steps.all_ran());
  CHECK(all.disposed == 2);
  CHECK(domain.stats().taken_back == 1);
  CHECK(domain.stats().parked == 0);
}

TEST_CASE("what is retired while a flush runs is not forgotten") {
  census all;
  stepping steps;
  lazyref::lazy_domain<stepped, deferred_few> domain(1);
  auto slot = domain.attach();
  // A flush looks for the lists, and then at the slot.
  constexpr int at_slot = 2;
  SECTION("enough for a batch: it is not left to the flush that is running") {
    domain.retire(domain.make(all));
    steps.before(step::load, nullptr, at_slot, [&] {
      for (std::size_t i = 0; i < batch; ++i) domain.retire(domain.make(all));
      CHECK(all.disposed == static_cast<int>(batch));
      CHECK(domain.stats().retired == 1);  // which is in hand
    });
    domain.flush();
    CHECK(all.alive() == 0);
    CHECK(all.disposed == static_cast<int>(batch) + 1);
  }
  SECTION("less: a flush goes on until nothing waits") {
    domain.retire(domain.make(all));
    steps.before(step::load, nullptr, at_slot, [&] { domain.retire(domain.make(all)); });
    CHECK(domain.flush() == 0);
    CHECK(all.disposed == 2);
    CHECK(domain.stats().retired == 0);
  }
  SECTION("less, and the flush is one of retire's: it waits") {
    for (std::size_t i = 1; i < batch; ++i) domain.retire(domain.make(all));
    // Retire looks for the lists, and at one, before that.
    steps.before(step::load, nullptr, 2 + at_slot, [&] { domain.retire(domain.make(all)); });
    domain.retire(domain.make(all));
    CHECK(all.disposed == static_cast<int>(batch));
    CHECK(domain.stats().retired == 1);
    CHECK(domain.flush() == 0);
  }
  CHECK(steps.all_ran());
}

TEMPLATE_TEST_CASE("a domain disposes of what is still retired when it ends", "", LAZYREF_TEST_OPTIONS) {
  census all;
  {
    lazyref::lazy_domain<still_thing, TestType> domain(2);
    auto slot = domain.attach();
    auto a = domain.make(all, 2U);
    slot.activate(a);
    domain.retire(std::move(a));
    for (int i = 0; i < 10; ++i) domain.retire(domain.make(all, 2U));
    CHECK(all.torn_down == 11);
    slot.detach();
    CHECK(all.disposed == (TestType::can_protect ? 0 : 11));
  }
  CHECK(all.disposed == 11);
}

// --- disposers that retire

namespace {

// How far the stack goes down below its first use in here.
class depth {
 public:
  void note() {
    // Not the address of a variable: AddressSanitizer may keep those elsewhere.
    const auto at = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    low_ = std::min(low_, at);
    high_ = std::max(high_, at);
  }
  std::size_t bytes() const { return high_ < low_ ? 0 : high_ - low_; }

 private:
  std::uintptr_t low_ = UINTPTR_MAX;
  std::uintptr_t high_ = 0;
};

struct node : lazyref::owner<node, still_sync> {
  using domain_type = lazyref::lazy_domain<node, deferred_few>;
  node(domain_type* d, depth& s, int& all) : domain(d), stack(s), disposed(all) {}
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  ~node() {
    stack.note();
    ++disposed;
    if (domain == nullptr) return;  // its references are dropped, not retired
    for (auto& child : children) {
      domain->retire(std::move(child));
      most_waiting = std::max(most_waiting, domain->stats().retired);
    }
    domain->retire(std::move(next));
  }

  domain_type* domain;
  depth& stack;
  int& disposed;
  lazyref::strong_ref<node> next;
  std::vector<lazyref::strong_ref<node>> children;
  static std::size_t most_waiting;
};
std::size_t node::most_waiting = 0;

constexpr std::size_t shallow = LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN ? 256 * 1024 : 64 * 1024;

// From the last one on.
lazyref::strong_ref<node> chain(node::domain_type& domain, int length, bool retires, depth& stack, int& all) {
  lazyref::strong_ref<node> first;
  for (int i = 0; i < length; ++i) {
    auto one = domain.make(retires ? &domain : nullptr, stack, all);
    one->next = std::move(first);
    first = std::move(one);
  }
  return first;
}

}  // namespace

TEST_CASE("control: disposers that reset instead of retiring recurse, and the measure shows it") {
  depth stack;
  int disposed = 0;
  node::domain_type domain(1);
  chain(domain, 2000, false, stack, disposed).reset();
  CHECK(disposed == 2000);
  CHECK(stack.bytes() > shallow);
}

TEST_CASE(
    "a chain of 1,000,000 objects (in a slow build 100,000), each of which retires the next one, neither recurses nor "
    "leaks") {
  constexpr int length = lazyref_test::is_slow_build ? 100000 : 1000000;
  depth stack;
  int disposed = 0;
  {
    node::domain_type domain(1);
    auto slot = domain.attach();
    auto first = chain(domain, length, true, stack, disposed);
    SECTION("flushed, by one flush") {
      domain.retire(std::move(first));
      CHECK(domain.flush() == 0);
      CHECK(disposed == length);
    }
    SECTION("left to the end of the domain") { domain.retire(std::move(first)); }
    SECTION("handed over to a worker before") {
      slot.activate(first);
      domain.retire(std::move(first));
      CHECK(domain.flush() == 1);
      CHECK(disposed == 0);
      slot.deactivate();
      CHECK(disposed == 1);
    }
    SECTION("reset by the last user") {
      first.reset();
      CHECK(disposed == 1);
    }
  }
  CHECK(disposed == length);
  CHECK(stack.bytes() < shallow);
}

namespace {

struct flushing_node : lazyref::owner<flushing_node> {
  flushing_node(lazyref::lazy_domain<flushing_node>& d, depth& s, int& all) : domain(d), stack(s), disposed(all) {}
  ~flushing_node() {
    ++disposed;
    stack.note();
    domain.retire(std::move(next));
    const std::size_t waiting = domain.flush();
    most = std::max(most, waiting);
  }
  lazyref::lazy_domain<flushing_node>& domain;
  depth& stack;
  int& disposed;
  lazyref::strong_ref<flushing_node> next;
  static inline std::size_t most = 0;
};

}  // namespace

TEST_CASE("disposers that flush what they have retired do not recurse: one flush runs inside another") {
  depth stack;
  int disposed = 0;
  lazyref::lazy_domain<flushing_node> domain(1);
  lazyref::strong_ref<flushing_node> first;
  for (int i = 0; i < 100000; ++i) {
    auto one = domain.make(domain, stack, disposed);
    one->next = std::move(first);
    first = std::move(one);
  }
  domain.retire(std::move(first));
  CHECK(domain.flush() == 0);
  CHECK(disposed == 100000);
  CHECK(stack.bytes() < shallow);
  CHECK(flushing_node::most > 0);  // and says so where it has left something
}

namespace {

// Heavy fences fail when told so.
struct failing_sync : still_sync {
  static inline bool fails = false;
  static inline int tried = 0;
  struct fence : lazyref::std_sync::fence {
    bool try_heavy(std::memory_order order) const noexcept {
      ++tried;
      return !fails && lazyref::std_sync::fence::try_heavy(order);
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
};

}  // namespace

TEMPLATE_TEST_CASE("where heavy fences fail, retired objects wait, and the flush says so; nothing is lost", "",
                   deferred_all, prompt_all) {
  using failing = basic_thing<failing_sync>;
  census all;
  int disposed_at_the_end = 0;
  {
    lazyref::lazy_domain<failing, with_few<TestType>> domain(2);
    auto slot = domain.attach();
    std::atomic<failing*> shared{nullptr};
    CHECK(slot.protect(shared) == nullptr);
    failing_sync::fails = true;
    for (std::size_t i = 0; i < 3 * batch; ++i) domain.retire(domain.make(all));
    domain.make(all).reset();
    CHECK(all.disposed == 0);
    CHECK(domain.stats().retired == 3 * batch + 1);
    failing_sync::tried = 0;
    CHECK(domain.flush() == 3 * batch + 1);
    CHECK(failing_sync::tried == 1);  // no endless attempts
    CHECK(all.disposed == 0);
    SECTION("until they work again") {
      failing_sync::fails = false;
      CHECK(domain.flush() == 0);
      CHECK(all.alive() == 0);
    }
    SECTION("and the next departure finds that out") {
      failing_sync::fails = false;
      domain.make(all).reset();
      CHECK(all.alive() == 0);
    }
    SECTION("or the domain ends, where no slot is left to look at") { slot.detach(); }
    slot.detach();
    disposed_at_the_end = all.torn_down;
  }
  failing_sync::fails = false;
  CHECK(all.disposed == disposed_at_the_end);
  CHECK(all.alive() == 0);
}

TEST_CASE("as many chains as a batch takes go on by themselves, without recursion") {
  constexpr int length = 500;
  depth stack;
  int disposed = 0;
  node::domain_type domain(1);
  for (std::size_t i = 0; i < batch; ++i) domain.retire(chain(domain, length, true, stack, disposed));
  CHECK(disposed == static_cast<int>(batch) * length);
  CHECK(domain.stats().retired == 0);
  CHECK(stack.bytes() < shallow);
}

TEST_CASE("a tree of retires goes without deep recursion, and few objects wait at a time") {
  depth stack;
  int disposed = 0;
  int made = 0;
  {
    node::domain_type domain(1);
    lazyref::strong_ref<node> root;
    bool flat = false;
    const auto make = [&] {
      ++made;
      return domain.make(&domain, stack, disposed);
    };
    SECTION("binary, 15 deep") {
      std::vector<lazyref::strong_ref<node>> level(std::size_t{1} << 15);
      for (auto& leaf : level) leaf = make();
      while (level.size() > 1) {
        std::vector<lazyref::strong_ref<node>> above;
        for (std::size_t i = 0; i < level.size(); i += 2) {
          above.push_back(make());
          above.back()->children.push_back(std::move(level[i]));
          above.back()->children.push_back(std::move(level[i + 1]));
        }
        level = std::move(above);
      }
      root = std::move(level[0]);
    }
    SECTION("one with 50,000 children") {
      root = make();
      for (int i = 0; i < 50000; ++i) root->children.push_back(make());
      node::most_waiting = 0;
      flat = true;
    }
    SECTION("a spine with leaves") {
      for (int i = 0; i < 20000; ++i) {
        auto one = make();
        one->next = std::move(root);
        for (int leaf = 0; leaf < 2; ++leaf) one->children.push_back(make());
        root = std::move(one);
      }
    }
    // Each group of a batch that is disposed of leaves more than a batch, the newest of which do so again.
    SECTION("a ladder as wide as a batch, 400 deep") {
      std::vector<lazyref::strong_ref<node>> level(batch);
      for (auto& one : level) one = make();
      for (int i = 0; i < 400; ++i) {
        std::vector<lazyref::strong_ref<node>> above;
        for (std::size_t n = 0; n < batch; ++n) {
          above.push_back(make());
          for (std::size_t child = 2 * n; child < 2 * n + 2; ++child)
            above.back()->children.push_back(child < batch ? std::move(level[child]) : make());
        }
        level = std::move(above);
      }
      root = make();
      for (auto& one : level) root->children.push_back(std::move(one));
    }
    REQUIRE(made > 50000);
    domain.retire(std::move(root));
    while (domain.stats().retired != 0) {
      domain.flush();
      REQUIRE(domain.stats().retired < batch);
    }
    CHECK(disposed == made);
    CHECK(stack.bytes() < shallow);
    if (flat)
      CHECK(node::most_waiting < batch * (1 + 1));  // With one call of flush running, and the disposer's retire.
  }
  CHECK(disposed == made);
}

TEMPLATE_TEST_CASE("a disposer and a hook may retire and flush in the flush that runs them", "",
                   LAZYREF_TEST_PROTECTING) {
  int disposed = 0;
  lazyref::lazy_domain<reactive, TestType> domain(1);
  auto b = domain.make([&] { ++disposed; });
  auto c = domain.make([&] { ++disposed; });
  auto a = domain.make(
      [&] {
        ++disposed;
        domain.retire(std::move(b));
        domain.flush();
        CHECK(disposed == 2);
      },
      [&] {
        domain.retire(std::move(c));
        domain.flush();
        CHECK(disposed == 1);
        disposed = 0;
      });
  domain.retire(std::move(a));
  CHECK(disposed == 0);
  domain.flush();
  CHECK(disposed == 2);
  CHECK(domain.stats().retired == 0);
  CHECK(domain.stats().disposed == 3);
}

namespace {

// A thread may be held up right before it counts what it has pushed.
struct late_sync : still_sync {
  static inline std::function<void()> before_count;
  template <class T>
  struct atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    T fetch_add(T by, std::memory_order order) noexcept {
      if constexpr (std::is_same_v<T, std::ptrdiff_t>) {
        if (before_count) std::exchange(before_count, nullptr)();
      }
      return std::atomic<T>::fetch_add(by, order);
    }
  };
};

}  // namespace

TEMPLATE_TEST_CASE("a flush goes on with what its disposers retire, also if what it took is not counted yet", "",
                   LAZYREF_TEST_PROTECTING) {
  using node = basic_reactive<late_sync>;
  int disposed = 0;
  std::size_t left = 1;
  lazyref::lazy_domain<node, TestType> domain(1);
  auto c = domain.make([&] { ++disposed; });
  auto b = domain.make([&] {
    ++disposed;
    domain.retire(std::move(c));
  });
  auto a = domain.make([&] {
    ++disposed;
    domain.retire(std::move(b));
  });
  late_sync::before_count = [&] { left = domain.flush(); };  // as another thread would
  domain.retire(std::move(a));
  CHECK(left == 0);
  CHECK(disposed == 3);
  CHECK(domain.stats().retired == 0);
}

TEMPLATE_TEST_CASE("threads that retire at the same time keep few objects waiting, and lose none", "",
                   LAZYREF_TEST_PROTECTING) {
  constexpr int threads = 2;
  lazyref_test::round_limit limit(3000);
  census all;
  std::atomic<int> most{0};
  std::size_t bound = 0;
  {
    lazyref::lazy_domain<thing, TestType> domain(1);
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (unsigned i = 0; limit.more(i); ++i) {
          domain.retire(domain.make(all));
          if (t == 0 && i % 100 == 0) domain.flush();
          const int made = all.made;  // first, so that it is no more than there were
          const int alive = made - all.disposed;
          int before = most;
          while (before < alive && !most.compare_exchange_weak(before, alive)) {
          }
        }
      });
    }
    for (std::thread& t : workers) t.join();
    bound = domain.retire_bound();
    CHECK(domain.stats().retired < bound);
  }
  CHECK(all.disposed == all.made);
  // b (L (1 + f) + r), as retire's contract has it: of the two threads one may flush while the other retires, and each
  // brings an object.
  CHECK(most <= static_cast<int>(bound * 2 + batch) + threads);
}
