// SPDX-License-Identifier: BSL-1.0
//
// What hazard pointers promise ([saferecl.hp]): who is protected from when to when, and what a deleter may be and do.
// Reclamation is asked for by hazard_pointer_clean_up, so that each verdict is certain; threads are in the memory tests
// and in the stress.
#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "../support/free_fence.hpp"
#include "../support/hazard_objects.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/unreadable_page.hpp"

using namespace lazyref_test;
using lazyref::hazard_pointer;
using lazyref::hazard_pointer_batch;
using lazyref::hazard_pointer_clean_up;
using lazyref::make_hazard_pointer;

namespace {

const int most_waiting = static_cast<int>(lists_for_cpus() * hazard_pointer_batch);

// Two objects, the first of them published, and a hazard pointer.
struct scene {
  scene() { reclaim_all(); }
  ~scene() {
    h = hazard_pointer();
    replace(shared, static_cast<guarded*>(nullptr));
    replace(shared_two, static_cast<guarded*>(nullptr));
    reclaim_all();
  }
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;

  // Takes the first one away, and looks whether it is still there after a clean-up.
  bool survives_retirement() {
    replace(shared, static_cast<guarded*>(nullptr));
    hazard_pointer_clean_up();
    return one_all.reclaimed == 0;
  }

  hazard_census one_all;
  hazard_census two_all;
  guarded* one = new guarded(one_all, 1);
  guarded* two = new guarded(two_all, 2);
  std::atomic<guarded*> shared{one};
  std::atomic<guarded*> shared_two{two};
  hazard_pointer h = make_hazard_pointer();
};

}  // namespace

// In a list, what a removed node leads to may be gone, and its user finds that out afterwards.
TEST_CASE("hazard pointers: no call looks into what it is to protect") {
  unreadable_page page;
  auto* const gone = static_cast<guarded*>(page.address());
  const std::atomic<guarded*> shared{gone};
  hazard_pointer h = make_hazard_pointer();
  REQUIRE(h.protect(shared) == gone);
  REQUIRE(h.protect(shared, [](guarded* x) { return x; }) == gone);
  h.reset_protection(gone);
  guarded* seen = gone;
  REQUIRE(h.try_protect(seen, shared));
  REQUIRE(h.try_protect(seen, shared, [](guarded* x) { return x; }));
  hazard_pointer_clean_up();
  h.reset_protection();
  REQUIRE(page.is_unreadable());
}

TEST_CASE("hazard pointers: what nobody protects is reclaimed by a clean-up, and not before it is retired") {
  scene s;
  hazard_pointer_clean_up();
  CHECK(s.one_all.reclaimed == 0);
  CHECK_FALSE(s.survives_retirement());
  CHECK(s.one_all.reclaimed == 1);
}

TEST_CASE("hazard pointers: each way to begin a protection protects") {
  scene s;
  SECTION("protect") { CHECK(s.h.protect(s.shared) == s.one); }
  SECTION("try_protect") {
    guarded* seen = s.one;
    CHECK(s.h.try_protect(seen, s.shared));
  }
  SECTION("reset_protection, and a second look") {
    s.h.reset_protection(s.one);
    CHECK(s.shared.load() == s.one);
  }
  SECTION("reset_protection of a pointer to const") { s.h.reset_protection(static_cast<const guarded*>(s.one)); }
  SECTION("protect after others") {
    CHECK(s.h.protect(s.shared_two) == s.two);
    s.h.reset_protection();
    CHECK(s.h.protect(s.shared) == s.one);
  }
  CHECK(s.survives_retirement());
  CHECK(s.one->value() == 1);
  for (int i = 0; i < 3; ++i) hazard_pointer_clean_up();
  CHECK(s.one_all.reclaimed == 0);
  s.h.reset_protection();
  CHECK(s.one_all.reclaimed == 1);  // at once, in this thread: no other clean-up is needed
}

TEST_CASE("hazard pointers: each way to end a protection ends it, at once") {
  scene s;
  static_cast<void>(s.h.protect(s.shared));
  REQUIRE(s.survives_retirement());
  SECTION("reset_protection()") { s.h.reset_protection(); }
  SECTION("reset_protection(nullptr)") { s.h.reset_protection(nullptr); }
  SECTION("reset_protection of a null pointer") { s.h.reset_protection(static_cast<guarded*>(nullptr)); }
  SECTION("reset_protection of another") { s.h.reset_protection(s.two); }
  SECTION("protect of another") { CHECK(s.h.protect(s.shared_two) == s.two); }
  SECTION("protect of null") { CHECK(s.h.protect(s.shared) == nullptr); }
  SECTION("try_protect that succeeds") {
    guarded* seen = s.two;
    CHECK(s.h.try_protect(seen, s.shared_two));
  }
  SECTION("try_protect that fails") {
    guarded* seen = nullptr;
    CHECK_FALSE(s.h.try_protect(seen, s.shared_two));
  }
  SECTION("try_protect of the same object, which is not there any more") {
    guarded* seen = s.one;
    CHECK_FALSE(s.h.try_protect(seen, s.shared));
    CHECK(seen == nullptr);
  }
  SECTION("destruction") { const hazard_pointer dies = std::move(s.h); }
  SECTION("assignment of another hazard pointer") { s.h = make_hazard_pointer(); }
  SECTION("assignment of an empty one") { s.h = hazard_pointer(); }
  SECTION("assignment of another that lives on, and does not get it") {
    hazard_pointer other = make_hazard_pointer();
    s.h = std::move(other);
    CHECK(s.one_all.reclaimed == 1);
  }
  SECTION("assignment of an empty one that lives on, and does not get it") {
    hazard_pointer other;
    s.h = std::move(other);
    CHECK(s.one_all.reclaimed == 1);
  }
  CHECK(s.one_all.reclaimed == 1);
}

TEST_CASE("hazard pointers: no move and no swap ends a protection") {
  scene s;
  hazard_pointer other = make_hazard_pointer();
  static_cast<void>(s.h.protect(s.shared));
  static_cast<void>(other.protect(s.shared_two));
  REQUIRE(s.survives_retirement());
  SECTION("move construction") { other = hazard_pointer(std::move(s.h)); }
  SECTION("move assignment") { other = std::move(s.h); }
  SECTION("self-move assignment") {
    hazard_pointer& same = s.h;
    s.h = std::move(same);
    std::swap(other, s.h);
  }
  SECTION("swap as a member") { other.swap(s.h); }
  SECTION("swap as a function") { swap(other, s.h); }
  SECTION("std::swap") { std::swap(other, s.h); }
  hazard_pointer_clean_up();
  CHECK(s.one_all.reclaimed == 0);
  CHECK(s.one->value() == 1);
  s.h = hazard_pointer();
  CHECK(s.one_all.reclaimed == 0);
  other = hazard_pointer();
  CHECK(s.one_all.reclaimed == 1);
}

TEST_CASE("hazard pointers: a try_protect that fails protects neither the old object nor the new one") {
  scene s;
  guarded* seen = s.two;
  CHECK_FALSE(s.h.try_protect(seen, s.shared));
  CHECK(seen == s.one);
  CHECK_FALSE(s.survives_retirement());
  replace(s.shared_two, static_cast<guarded*>(nullptr));
  hazard_pointer_clean_up();
  CHECK(s.two_all.reclaimed == 1);
}

TEST_CASE("hazard pointers: an object that several protect is reclaimed once, when the last one leaves") {
  scene s;
  std::vector<hazard_pointer> many;
  for (int i = 0; i < 5; ++i) {
    many.push_back(make_hazard_pointer());
    CHECK(many.back().protect(s.shared) == s.one);
  }
  REQUIRE(s.survives_retirement());
  while (!many.empty()) {
    CHECK(s.one_all.reclaimed == 0);
    CHECK(s.one->value() == 1);
    many.pop_back();
  }
  CHECK(s.one_all.reclaimed == 1);
}

TEST_CASE("hazard pointers: a second one may join while the first still protects a retired object") {
  scene s;
  static_cast<void>(s.h.protect(s.shared));
  REQUIRE(s.survives_retirement());
  SECTION("the same hazard pointer: it goes on") {
    s.h.reset_protection(s.one);
    hazard_pointer_clean_up();
    CHECK(s.one_all.reclaimed == 0);
  }
  SECTION("another one: it begins too late to protect, and does no harm") {
    hazard_pointer late = make_hazard_pointer();
    late.reset_protection(s.one);
    late.reset_protection();
    CHECK(s.one_all.reclaimed == 0);
    CHECK(s.one->value() == 1);
  }
  s.h.reset_protection();
  CHECK(s.one_all.reclaimed == 1);
}

TEST_CASE("hazard pointers: retired objects wait for the batch, and then go without being asked for") {
  reclaim_all();
  hazard_census all;
  int retired = 0;
  for (; all.reclaimed == 0 && retired < most_waiting; ++retired) (new guarded(all))->retire();
  CHECK(all.reclaimed > 0);
  CHECK(retired > 1);
  reclaim_all();
  CHECK(all.alive() == 0);
}

TEST_CASE("hazard pointers: what happened before retire happened before the deleter, in whichever thread that runs") {
  reclaim_all();
  constexpr int per_thread = 200;
  struct written : lazyref::hazard_pointer_obj_base<written, std::function<void(written*)>> {
    int contents = 0;
  };
  std::atomic<int> wrong{0};
  std::atomic<int> reclaimed{0};
  std::vector<std::thread> threads;
  for (int t = 1; t <= 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < per_thread; ++i) {
        auto* const w = new written;
        const int expected = w->contents = t * per_thread + i;  // plain: ThreadSanitizer looks at the order
        w->retire([&, expected](written* x) {
          if (x->contents != expected) ++wrong;
          ++reclaimed;
          delete x;
        });
      }
    });
  }
  for (std::thread& t : threads) t.join();
  reclaim_all();
  CHECK(wrong == 0);
  CHECK(reclaimed == 3 * per_thread);
}

// --- deleters

namespace {

std::atomic<int> deletions{0};

// Its last bytes are padding, which the object's own members may use.
class padded_deleter {
 public:
  padded_deleter() = default;
  explicit padded_deleter(int weight) : weight_(weight), mark_('m') {}
  template <class T>
  void operator()(T* x) {
    deletions += mark_ == 'm' && x->after == 'a' && x->value == 7 ? weight_ : 1000;
    delete x;
  }

 private:
  int weight_ = 0;
  char mark_ = 0;
};
struct with_padding : lazyref::hazard_pointer_obj_base<with_padding, padded_deleter> {
  char after = 'a';
  int value = 7;
};

int deletions_after_clean_up() {
  reclaim_all();
  return deletions.exchange(0);
}

}  // namespace

TEST_CASE("hazard pointers: the deleter may share its last bytes with the object") {
  reclaim_all();
  deletions = 0;
  (new with_padding)->retire(padded_deleter(3));
  CHECK(deletions_after_clean_up() == 3);
}

namespace {

struct in_place;
struct end_life {
  void operator()(in_place* x) const;
};
struct in_place : lazyref::hazard_pointer_obj_base<in_place, end_life> {
  ~in_place() { ++deletions; }
};
void end_life::operator()(in_place* x) const { x->~in_place(); }

}  // namespace

TEST_CASE("hazard pointers: a deleter need not free, and the next object may stand in the same place") {
  reclaim_all();
  deletions = 0;
  alignas(in_place) unsigned char place[sizeof(in_place)];
  for (int i = 1; i <= 3; ++i) {
    auto* const x = new (place) in_place;
    const std::atomic<in_place*> shared{x};
    hazard_pointer h = make_hazard_pointer();
    static_cast<void>(h.protect(shared));
    x->retire();
    hazard_pointer_clean_up();
    CHECK(deletions == i - 1);
    h.reset_protection();
    CHECK(deletions == i);
  }
}

// --- objects

namespace {

struct front {
  virtual ~front() = default;
  std::uint64_t first[3] = {1, 2, 3};
};
struct behind;
struct count_behind {
  void operator()(behind* x) const;
};
// The base stands in the middle, and was named while this type was incomplete.
struct behind : front, lazyref::hazard_pointer_obj_base<behind, count_behind> {
  std::uint64_t last = 4;
};
behind* reclaimed_behind = nullptr;
void count_behind::operator()(behind* x) const {
  reclaimed_behind = x;
  delete x;
}

}  // namespace

TEST_CASE("hazard pointers: the base need not stand at the beginning of the object") {
  reclaim_all();
  auto* const x = new behind;
  using base = lazyref::hazard_pointer_obj_base<behind, count_behind>;
  REQUIRE(static_cast<void*>(static_cast<base*>(x)) != static_cast<void*>(x));
  std::atomic<behind*> shared{x};
  hazard_pointer h = make_hazard_pointer();
  CHECK(h.protect(shared) == x);
  replace(shared, static_cast<behind*>(nullptr));
  hazard_pointer_clean_up();
  CHECK(reclaimed_behind == nullptr);
  CHECK(x->last == 4);
  guarded* const none = nullptr;  // a null of this type is null, not the base's distance from it
  SECTION("protect of null") { CHECK(h.protect(shared) == nullptr); }
  SECTION("reset_protection of a null pointer") { h.reset_protection(static_cast<behind*>(nullptr)); }
  SECTION("of another type") { h.reset_protection(none); }
  CHECK(reclaimed_behind == x);
  reclaimed_behind = nullptr;
}

namespace {

struct copied : lazyref::hazard_pointer_obj_base<copied> {
  explicit copied(hazard_census& census) : all(&census) { ++all->made; }
  copied(const copied& other) : hazard_pointer_obj_base(other), all(other.all) { ++all->made; }
  copied(copied&& other) noexcept : hazard_pointer_obj_base(std::move(other)), all(other.all) { ++all->made; }
  copied& operator=(const copied&) = default;
  copied& operator=(copied&&) = default;
  ~copied() { ++all->reclaimed; }
  hazard_census* all;
};

}  // namespace

TEST_CASE("hazard pointers: a copy of a retired and protected object is another object") {
  reclaim_all();
  hazard_census all;
  std::atomic<copied*> shared{new copied(all)};
  hazard_pointer h = make_hazard_pointer();
  copied* const original = h.protect(shared);
  replace(shared, static_cast<copied*>(nullptr));
  hazard_pointer_clean_up();
  REQUIRE(all.reclaimed == 0);

  auto* const copy = new copied(*original);
  auto* const moved = new copied(std::move(*original));
  copied target(all);
  target = *original;
  target = std::move(*original);
  *original = target;  // nor does an assignment make it a new one: it is still retired,
  copy->retire();      // and these are not yet
  hazard_pointer_clean_up();
  CHECK(all.reclaimed == 1);  // the copy, which nobody protects
  h.reset_protection();
  CHECK(all.reclaimed == 2);  // the original, once
  moved->retire();
  reclaim_all();
  CHECK(all.reclaimed == 3);
}

// --- deleters that call the library

namespace {

struct tree : lazyref::hazard_pointer_obj_base<tree> {
  explicit tree(hazard_census& census) : all(census) { ++all.made; }
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;
  ~tree() {
    for (tree* child : children) child->retire();
    ++all.reclaimed;
  }
  hazard_census& all;
  std::vector<tree*> children;
};

// A complete tree.
tree* grow(hazard_census& all, std::size_t children, std::size_t nodes) {
  std::vector<tree*> made;
  for (std::size_t i = 0; i < nodes; ++i) {
    made.push_back(new tree(all));
    if (i != 0) made[(i - 1) / children]->children.push_back(made.back());
  }
  return made.front();
}

}  // namespace

TEST_CASE(
    "hazard pointers: deleters may retire: a chain of 1,000,000 (in a slow build 100,000), without a deep stack, by "
    "one clean-up") {
  reclaim_all();
  hazard_census all;
  constexpr int length = lazyref_test::is_slow_build ? 100000 : 1000000;
  tree* const head = grow(all, 1, length);
  SECTION("retired") {
    head->retire();
    CHECK(hazard_pointer_clean_up() == 0);
    CHECK(all.reclaimed == length);
  }
  SECTION("begun where a hazard pointer leaves the head") {
    std::atomic<tree*> shared{head};
    hazard_pointer h = make_hazard_pointer();
    static_cast<void>(h.protect(shared));
    replace(shared, static_cast<tree*>(nullptr));
    CHECK(hazard_pointer_clean_up() == 1);
    REQUIRE(all.reclaimed == 0);
    h.reset_protection();
    CHECK(all.reclaimed >= 1);
    reclaim_all();
    CHECK(all.reclaimed == length);
  }
}

TEST_CASE("hazard pointers: deleters may retire: a tree, and one that retires 100,000 at once") {
  reclaim_all();
  hazard_census all;
  SECTION("binary") {
    constexpr int nodes = (1 << 15) - 1;
    grow(all, 2, nodes)->retire();
    CHECK(hazard_pointer_clean_up() == 0);
    CHECK(all.reclaimed == nodes);
  }
  SECTION("wide: more than a batch below each") {
    constexpr int nodes = 1 + 300 + 300 * 300;
    grow(all, 300, nodes)->retire();
    reclaim_all();
    CHECK(all.reclaimed == nodes);
  }
  SECTION("flat") {
    constexpr int nodes = 100001;
    grow(all, nodes - 1, nodes)->retire();
    reclaim_all();
    CHECK(all.reclaimed == nodes);
  }
}

namespace {

// Runs what a test wants to happen in its deleter.
struct reactive_deleter {
  std::function<void()> what;
  template <class T>
  void operator()(T* x) {
    what();
    delete x;
  }
};
struct reacting : lazyref::hazard_pointer_obj_base<reacting, reactive_deleter> {};

}  // namespace

TEST_CASE("hazard pointers: a deleter may use hazard pointers, wherever it runs") {
  scene s;
  int ran = 0;
  auto* const x = new reacting;
  std::atomic<reacting*> shared{x};
  hazard_pointer holding = make_hazard_pointer();
  // All of the interface, also with objects of the tests's own, which come to be reclaimed inside.
  const auto everything = [&] {
    hazard_pointer mine = make_hazard_pointer();
    if (mine.protect(s.shared) != s.one) return;
    guarded* seen = s.one;
    if (!mine.try_protect(seen, s.shared)) return;
    replace(s.shared, static_cast<guarded*>(nullptr));
    hazard_pointer_clean_up();
    if (s.one_all.reclaimed != 0 || s.one->value() != 1) return;
    hazard_pointer taken = std::move(mine);
    swap(mine, taken);
    mine.reset_protection();
    if (s.one_all.reclaimed == 1) ++ran;
  };
  const auto give_up = [&] {
    x->retire(reactive_deleter{everything});
    shared = nullptr;
  };
  SECTION("in a clean-up") {
    give_up();
    hazard_pointer_clean_up();
  }
  SECTION("in retire") {
    give_up();
    for (int i = 0; ran == 0 && i < most_waiting; ++i) (new guarded(s.two_all))->retire();
  }
  static_cast<void>(holding.protect(shared));
  if (ran == 0) {
    give_up();
    hazard_pointer_clean_up();
    CHECK(ran == 0);
  }
  SECTION("in reset_protection") { holding.reset_protection(); }
  SECTION("in protect") { CHECK(holding.protect(s.shared_two) == s.two); }
  SECTION("in try_protect that fails") {
    guarded* seen = nullptr;
    CHECK_FALSE(holding.try_protect(seen, s.shared_two));
  }
  SECTION("in reset_protection of another") { holding.reset_protection(s.two); }
  SECTION("in the destructor") { const hazard_pointer dies = std::move(holding); }
  SECTION("in move assignment") { holding = hazard_pointer(); }
  CHECK(ran == 1);
}

TEST_CASE("hazard pointers: a deleter may use the very hazard pointer in whose call it runs") {
  scene s;
  int ran = 0;
  auto* const x = new reacting;
  std::atomic<reacting*> shared{x};
  static_cast<void>(s.h.protect(shared));
  x->retire(reactive_deleter{[&] { ran += s.h.protect(s.shared) == s.one ? 1 : 100; }});
  shared = nullptr;
  hazard_pointer_clean_up();
  // The call ends with what it promises: what the deleter began ends there.
  const auto two_survives = [&] {
    replace(s.shared_two, static_cast<guarded*>(nullptr));
    hazard_pointer_clean_up();
    return s.two_all.reclaimed == 0;
  };
  SECTION("in reset_protection") {
    s.h.reset_protection();
    CHECK_FALSE(two_survives());
  }
  SECTION("in protect") {
    CHECK(s.h.protect(s.shared_two) == s.two);
    CHECK(two_survives());
  }
  SECTION("in try_protect") {
    guarded* seen = s.two;
    CHECK(s.h.try_protect(seen, s.shared_two));
    CHECK(seen == s.two);
    CHECK(two_survives());
  }
  SECTION("in reset_protection of another") {
    s.h.reset_protection(s.two);
    CHECK(two_survives());
  }
  CHECK(ran == 1);
  CHECK_FALSE(s.survives_retirement());
}

TEST_CASE("hazard pointers: a deleter may give back the one in whose call it runs, where that protects nothing more") {
  scene s;
  int ran = 0;
  auto* const x = new reacting;
  std::atomic<reacting*> shared{x};
  static_cast<void>(s.h.protect(shared));
  x->retire(reactive_deleter{[&] {
    s.h = hazard_pointer();
    const hazard_pointer other = make_hazard_pointer();  // the same slot, perhaps
    ++ran;
  }});
  shared = nullptr;
  hazard_pointer_clean_up();
  SECTION("reset_protection") { s.h.reset_protection(); }
  SECTION("move assignment") { s.h = make_hazard_pointer(); }
  CHECK(ran == 1);
}

// --- forced schedules
//
// The two promises that make protection safe, each with the variant that breaks it. Both are the library's own
// algorithms, over a Sync policy that plays one schedule.

namespace {

// The second look. Between a reader's first look and its announcement a writer comes, unpublishes, retires and scans.
// Returns whether the reader's object was reclaimed though the reader was told to use it.
template <class Protect>
bool used_after_reclamation(Protect protect) {
  scene s;
  guarded* const seen = s.shared.load(std::memory_order_acquire);
  replace(s.shared, static_cast<guarded*>(nullptr));
  hazard_pointer_clean_up();
  return protect(s.h, seen, s.shared) && s.one_all.reclaimed == 1;
}

}  // namespace

TEST_CASE("hazard pointers: the second look keeps a reader from what was reclaimed since the first; without it, not") {
  CHECK_FALSE(used_after_reclamation(
      [](hazard_pointer& h, guarded* seen, std::atomic<guarded*>& shared) { return h.try_protect(seen, shared); }));
  CHECK(used_after_reclamation([](hazard_pointer& h, guarded* seen, std::atomic<guarded*>&) {
    h.reset_protection(seen);  // and uses it, without looking again
    return true;
  }));
}

namespace {

// One processor with a store buffer, as every current one has: what the reader stores is not in memory until somebody
// makes it go there. The reader's own light fence does not; a heavy fence does, unless it is planted to be none.
struct store_buffer {
  static inline bool reading = false;  // the reader runs now
  static inline std::vector<std::function<void()>> waiting;
  static void drain() {
    for (const auto& store : waiting) store();
    waiting.clear();
  }
};

template <class T>
class buffered_atomic : public std::atomic<T> {
 public:
  using std::atomic<T>::atomic;
  void store(T value, std::memory_order order) noexcept {
    if (!store_buffer::reading) return std::atomic<T>::store(value, order);
    store_buffer::waiting.push_back([this, value, order] { std::atomic<T>::store(value, order); });
  }
};

// Heavy fences fail when told so.
struct failing_sync : lazyref::std_sync {
  static inline bool fails = false;
  struct fence : lazyref::std_sync::fence {
    bool try_heavy(std::memory_order order) const noexcept {
      return !fails && lazyref::std_sync::fence::try_heavy(order);
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
};

}  // namespace

TEST_CASE("hazard pointers: where heavy fences fail, what is retired waits, and the clean-up says so") {
  using domain_type = lazyref::detail::hazard_domain<failing_sync>;
  static int reclaimed;
  reclaimed = 0;
  domain_type domain;
  object_by_hand<failing_sync> objects[300];
  for (auto& object : objects)
    object.set_reclaimer([](lazyref::detail::lazyref_hazard_object<failing_sync>*) noexcept { ++reclaimed; });
  failing_sync::fails = true;
  for (auto& object : objects) domain.retire(&object);
  CHECK(reclaimed == 0);
  CHECK(domain.waiting() == 300);
  CHECK(domain.flush() == 300);
  failing_sync::fails = false;
  CHECK(domain.flush() == 0);
  CHECK(reclaimed == 300);
}

namespace {

// Counts the slots that were told whose heavy fence they pair with.
struct belonging_sync : lazyref::std_sync {
  static inline int told = 0;
  struct slot_fence : lazyref::detail::slot_fence {
    using lazyref::detail::slot_fence::slot_fence;
    void belong_to(const lazyref::detail::image_fence& whole) noexcept {
      ++told;
      lazyref::detail::slot_fence::belong_to(whole);
    }
  };
};

}  // namespace

// Another image may make them, with a fence of its own.
TEST_CASE("hazard pointers: each belongs to the fence of its registry") {
  lazyref::detail::hazard_domain<belonging_sync, 4> domain;
  belonging_sync::told = 0;
  int claimed = 0;
  for (; claimed < 100; ++claimed) domain.claim();
  CHECK(domain.slot_count() == 100);
  CHECK(belonging_sync::told >= claimed);
}

namespace {

enum class heavy_fence { works, planted };

template <heavy_fence Heavy>
struct buffered_sync : lazyref::std_sync {
  template <class T>
  using atomic = buffered_atomic<T>;
  struct fence {
    void light(std::memory_order) const noexcept {}
    void heavy(std::memory_order) const noexcept {
      if (Heavy == heavy_fence::works) store_buffer::drain();
    }
    bool try_heavy(std::memory_order order) const noexcept {
      heavy(order);
      return true;
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
  using slot_fence = lazyref_test::free_slot_fence;
};

// Returns whether the object was reclaimed while the reader used it.
template <heavy_fence Heavy>
bool reclaimed_in_use() {
  using sync = buffered_sync<Heavy>;
  using domain_type = lazyref::detail::hazard_domain<sync>;
  using holds = typename domain_type::holds;
  static int reclaimed;
  reclaimed = 0;
  domain_type domain;
  auto* const slot = domain.claim();
  object_by_hand<sync> object;
  object.set_reclaimer([](lazyref::detail::lazyref_hazard_object<sync>*) noexcept { ++reclaimed; });
  buffered_atomic<object_by_hand<sync>*> shared{&object};

  typename domain_type::slot_words& words = *slot;
  store_buffer::reading = true;
  const bool protects = lazyref::protect<holds>(words, shared) == &object;
  store_buffer::reading = false;

  shared.store(nullptr, std::memory_order_release);
  domain.retire(&object);
  domain.flush();
  const bool wrong = protects && reclaimed != 0;

  store_buffer::drain();
  lazyref::deactivate<holds>(words);
  if (protects && !wrong && reclaimed != 1) throw std::runtime_error("never reclaimed");
  domain_type::give_back(*slot);
  return wrong;
}

}  // namespace

TEST_CASE("hazard pointers: the heavy fence finds a protection that is still in a store buffer; without it, not") {
  CHECK_FALSE(reclaimed_in_use<heavy_fence::works>());
  CHECK(reclaimed_in_use<heavy_fence::planted>());
}
