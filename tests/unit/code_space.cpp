// SPDX-License-Identifier: BSL-1.0
//
// Code as objects, over a scripted system: which steps are made in which order, what becomes of memory and blocks, and
// what each failure leaves behind. Nothing is executed here; code_space_process.cpp does that.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <lazyref/code_space.hpp>
#include <lazyref/nested_protection.hpp>

#include "../support/code_script.hpp"
#include "../support/lazy_catch.hpp"
#include "../support/lazy_objects.hpp"
#include "../support/lazy_steps.hpp"
#include "../support/round_limit.hpp"

using namespace lazyref_test;
using lazyref::code_mapping;
using lazyref::code_synchronisation;
using lazyref::strong_ref;
using lazyref::sync_result;

namespace {

constexpr int sync_core = lazyref::detail::membarrier_private_expedited_sync_core;

// What a test wants to happen, or to know.
struct life {
  int made = 0;
  int torn_down = 0;
  int destroyed = 0;
  std::function<void()> when_destroyed;
};

template <class Sync>
struct basic_function : lazyref::code_block<basic_function<Sync>, Sync> {
  basic_function() noexcept = default;
  explicit basic_function(life& all, int n = 0) noexcept : number(n), mine(&all) { ++all.made; }
  ~basic_function() {
    if (mine == nullptr) return;
    ++mine->destroyed;
    if (mine->when_destroyed) mine->when_destroyed();
  }
  void on_last_user() noexcept {
    if (mine != nullptr) ++mine->torn_down;
  }
  // candidates::custom
  template <class Visit>
  void for_each_candidate(Visit&& visit) const noexcept {
    for (std::size_t i = 0; i < 2; ++i) visit(i);
  }

  int number = 0;
  life* mine = nullptr;
};

using function = basic_function<lazyref::std_sync>;
using stepped_function = basic_function<step_sync>;

template <class Options = lazyref::domain_options<>, class System = scripted_code_system<>>
using space_of = lazyref::code_space<function, Options, System>;
using space_type = space_of<>;
using draft_type = space_type::draft_type;

// The type says what the comments promise: nothing to call, and nobody else's.
static_assert(!std::is_invocable_v<draft_type&> && !std::is_invocable_v<function&>);
static_assert(std::is_invocable_v<decltype(std::declval<function&>().as<int(int)>()), int>);
static_assert(std::is_nothrow_move_constructible_v<draft_type> && std::is_nothrow_move_assignable_v<draft_type>);
static_assert(!std::is_copy_constructible_v<draft_type> && !std::is_copy_assignable_v<draft_type>);
static_assert(!std::is_copy_constructible_v<function> && !std::is_move_constructible_v<function>);
static_assert(!std::is_copy_constructible_v<space_type> && !std::is_move_constructible_v<space_type>);
static_assert(!std::is_convertible_v<draft_type, strong_ref<function>> &&
              !std::is_constructible_v<strong_ref<function>, function*>);

constexpr std::size_t line = lazyref::cache_line;

constexpr std::size_t grain(code_mapping mapping) { return mapping == code_mapping::dual ? line : code_page; }

constexpr code_mapping mappings[] = {code_mapping::dual, code_mapping::flip};

const char* name(code_mapping mapping) { return mapping == code_mapping::dual ? "dual" : "flip"; }

template <class Draft>
void fill(const Draft& draft, int value) {
  std::memset(draft.data(), value, draft.size());
}

// Whether the block consists of this value, where it would be executed.
template <class T>
bool is_filled(const T& block, int value) {
  const auto* const code = static_cast<const unsigned char*>(block.entry());
  return code != nullptr && std::all_of(code, code + block.size(), [value](unsigned char one) {
           return one == static_cast<unsigned char>(value);
         });
}

template <class Space>
auto published(Space& space, std::size_t size, int value) {
  auto draft = space.draft(size);
  strong_ref<typename std::remove_reference_t<decltype(*draft)>> code;
  if (!draft) return code;
  fill(draft, value);
  if (!space.publish(draft, code)) code.reset();
  return code;
}

template <class Options, class Slot, class T>
void use(Slot& slot, const strong_ref<T>& code) {
  if constexpr (Options::can_protect) {
    const std::atomic<T*> shared{code.get()};
    CHECK(slot.protect(shared) == code.get());
  } else {
    slot.activate(code);
  }
}

bool says(const sync_result& result, const char* word) {
  return std::string(result.what()).find(word) != std::string::npos;
}

}  // namespace

// --- publish

TEST_CASE("publish: no more writing, a flush with both addresses, the cores, and only then code", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    space_type space({4 * code_page, 8, 1}, mapping);
    REQUIRE(space);
    CHECK(look() == trace{"map"});
    draft_type draft = space.draft(100);
    REQUIRE(draft);
    CHECK(look() == (mapping == code_mapping::dual ? trace{} : trace{"begin to write"}));
    CHECK(draft.size() == 100);
    CHECK((reinterpret_cast<std::uintptr_t>(draft.data()) == draft.address()) == (mapping == code_mapping::flip));
    const void* const write = draft.data();
    const std::uintptr_t execute = draft.address();
    fill(draft, 7);

    strong_ref<function> code;
    function* const object = &*draft;
    int too_early = 0;
    the_code_script.at_each_step = [&] { too_early += code || object->entry() != nullptr; };
    CHECK(space.publish(draft, code));
    the_code_script.at_each_step = nullptr;
    CHECK(too_early == 0);
    CHECK(look() == (mapping == code_mapping::dual ? trace{"flush code", "sync core", "this core"}
                                                   : trace{"end writing", "flush code", "sync core", "this core"}));
    REQUIRE(the_code_script.flushed.size() == 1);
    CHECK(the_code_script.flushed[0].write == write);
    CHECK(reinterpret_cast<std::uintptr_t>(the_code_script.flushed[0].execute) == execute);
    CHECK(the_code_script.flushed[0].size == 100);
    CHECK(the_code_script.broken_promises == 0);

    CHECK(code.get() == object);
    CHECK(code.use_count() == 1);
    CHECK(reinterpret_cast<std::uintptr_t>(code->entry()) == execute);
    CHECK(code->size() == 100);
    CHECK(is_filled(*code, 7));
    CHECK(reinterpret_cast<std::uintptr_t>(code->as<int()>(2)) == execute + 2);
    CHECK_FALSE(draft);
    CHECK(draft.data() == nullptr);
    CHECK(draft.size() == 0);
    CHECK(draft.address() == 0);
  }
}

TEST_CASE("the scripted machine shows code that was not flushed, and writing that did not end", "[code]") {
  new_code_script();
  space_type space({code_page, 2, 1});
  draft_type draft = space.draft(10);
  fill(draft, 7);
  const auto* const executed = reinterpret_cast<const unsigned char*>(draft.address());
  CHECK(executed[0] == 0);
  strong_ref<function> code;
  CHECK(space.publish(draft, code));
  CHECK(executed[0] == 7);

  space_type flipped({code_page, 2, 1}, code_mapping::flip);
  draft_type other = flipped.draft(10);
  using system = scripted_code_system<>;
  const auto range_at = [&](std::size_t) { return lazyref::code_range{other.data(), other.data(), 10}; };
  CHECK(system::flush_ranges(1, range_at));
  CHECK(the_code_script.broken_promises == 1);
}

TEST_CASE("publish: many drafts, one synchronisation", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    space_type space({8 * code_page, 8, 1}, mapping);
    draft_type drafts[3];
    const void* objects[3];
    for (int i = 0; i < 3; ++i) {
      drafts[i] = space.draft(static_cast<std::size_t>(10 + i));
      REQUIRE(drafts[i]);
      objects[i] = &*drafts[i];
      fill(drafts[i], i + 1);
    }
    (void)look();
    strong_ref<function> codes[3];
    CHECK(space.publish(drafts, 3, codes));
    trace expected;
    if (mapping == code_mapping::flip) expected.assign(3, "end writing");
    expected.insert(expected.end(), {"flush code", "flush code", "flush code", "sync core", "this core"});
    CHECK(look() == expected);
    for (int i = 0; i < 3; ++i) {
      CHECK_FALSE(drafts[i]);
      REQUIRE(codes[i].get() == objects[i]);
      CHECK(codes[i]->size() == static_cast<std::size_t>(10 + i));
      CHECK(is_filled(*codes[i], i + 1));
    }
    CHECK(the_code_script.broken_promises == 0);
    CHECK(space.publish(drafts, 0, codes));
  }
}

TEST_CASE("publish: where the flush reaches all threads, one call serves all drafts", "[code]") {
  new_code_script();
  using system = scripted_code_system<lazyref::all_threads_by::flush_call>;
  space_of<lazyref::domain_options<>, system> space({code_page, 4, 1});
  decltype(space)::draft_type drafts[] = {space.draft(1), space.draft(1)};
  strong_ref<function> codes[2];
  (void)look();
  CHECK(space.publish(drafts, 2, codes));
  CHECK(look() == trace{"this core"});
}

TEST_CASE("publish: where each thread synchronises by itself, the ranges are flushed, and that is all", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    space_type space({8 * code_page, 8, 1}, mapping, code_synchronisation::each_executor);
    draft_type drafts[] = {space.draft(1), space.draft(1)};
    fill(drafts[0], 1);
    fill(drafts[1], 2);
    (void)look();
    strong_ref<function> codes[2];
    CHECK(space.publish(drafts, 2, codes));
    CHECK(look() == (mapping == code_mapping::dual ? trace{"flush code", "flush code"}
                                                   : trace{"end writing", "end writing", "flush code", "flush code"}));
    CHECK(is_filled(*codes[0], 1));
    CHECK(is_filled(*codes[1], 2));
  }
}

namespace {

// A step that fails when three drafts are published: its errors, in the order in which they are given.
struct failure {
  const char* what;
  std::map<std::string, std::deque<int>> steps;
  std::deque<int> kernel;  // answers of SYNC_CORE
  int error;
  trace seen;
  bool flip_only;
};

const failure failures[] = {
    {"the first draft stays writable", {{"end writing", {ENOMEM}}}, {0}, ENOMEM, {"end writing"}, true},
    {"the last draft stays writable",
     {{"end writing", {0, 0, EACCES}}},
     {0},
     EACCES,
     {"end writing", "end writing", "end writing"},
     true},
    {"the first flush", {{"flush code", {EFAULT}}}, {0}, EFAULT, {"flush code"}, false},
    {"the second flush", {{"flush code", {0, EPERM}}}, {0}, EPERM, {"flush code", "flush code"}, false},
    {"SYNC_CORE",
     {},
     {-EINVAL, 0},
     EINVAL,
     {"flush code", "flush code", "flush code", "sync core", "this core"},
     false},
};

}  // namespace

TEST_CASE("publish: all or nothing, whatever fails; then again, or never", "[code]") {
  for (const code_mapping mapping : mappings) {
    for (const failure& one : failures) {
      for (const bool again : {true, false}) {
        if (one.flip_only && mapping == code_mapping::dual) continue;
        INFO(name(mapping) << ": " << one.what << (again ? ", and again" : ""));
        life all;
        new_code_script(one.steps);
        the_script.answers[sync_core] = one.kernel;
        space_type space({4 * code_page, 4, 1}, mapping);
        draft_type drafts[3];
        for (int i = 0; i < 3; ++i) {
          drafts[i] = space.draft(40, all);
          fill(drafts[i], i + 1);
        }
        (void)look();
        strong_ref<function> codes[3];
        const sync_result failed = space.publish(drafts, 3, codes);
        CHECK(failed.error() == one.error);
        trace expected = one.seen;
        if (mapping == code_mapping::flip && !one.flip_only) expected.insert(expected.begin(), 3, "end writing");
        CHECK(look() == expected);
        for (int i = 0; i < 3; ++i) {
          CHECK_FALSE(codes[i]);
          REQUIRE(drafts[i]);
          CHECK(drafts[i]->entry() == nullptr);
          CHECK(drafts[i].size() == 40);
        }
        CHECK(space.blocks_in_use() == 3);
        CHECK(space.domain().stats().made == 0);
        for (const draft_type& draft : drafts) {
          CHECK(draft.data() == nullptr);
          CHECK(draft.address() != 0);
        }
        if (again) {
          // Writing that has ended does not end twice.
          const std::size_t still_writable =
              mapping == code_mapping::dual || !one.flip_only ? 0 : 4 - count(expected, "end writing");
          CHECK(space.publish(drafts, 3, codes));
          CHECK(count(look(), "end writing") == still_writable);
          for (int i = 0; i < 3; ++i) CHECK(is_filled(*codes[i], i + 1));
          for (auto& code : codes) code.reset();
        } else {
          for (draft_type& draft : drafts) draft = {};
          CHECK(all.torn_down == 0);
        }
        CHECK(all.destroyed == 3);
        CHECK(space.blocks_in_use() == 0);
        CHECK(space.bytes_in_use() == 0);
        CHECK(space.draft(space.bytes()));
        CHECK(the_code_script.broken_promises == 0);
      }
    }
  }
}

TEST_CASE("publish: what is no draft of this space, or would lose a reference, is refused before anything is done",
          "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    space_type space({4 * code_page, 4, 1}, mapping);
    space_type other({4 * code_page, 4, 1}, mapping);
    draft_type drafts[] = {space.draft(1), draft_type()};
    draft_type foreign = other.draft(1);
    draft_type good = space.draft(1);
    strong_ref<function> codes[2];
    strong_ref<function> code;
    (void)look();

    CHECK(space.publish(drafts[1], code).error() == EINVAL);
    CHECK(says(space.publish(drafts[1], code), "empty"));
    CHECK(space.publish(drafts, 2, codes).error() == EINVAL);
    CHECK(space.publish(foreign, code).error() == EINVAL);
    CHECK(says(space.publish(foreign, code), "another code_space"));
    CHECK(look().empty());
    CHECK_FALSE(code);
    CHECK_FALSE(codes[0]);
    CHECK(drafts[0]);
    CHECK(foreign);

    CHECK(space.publish(good, code));
    const strong_ref<function> before = code;
    (void)look();
    CHECK(space.publish(drafts[0], code).error() == EINVAL);
    CHECK(says(space.publish(drafts[0], code), "is not empty"));
    CHECK(look().empty());
    CHECK(code == before);
    CHECK(drafts[0]);

    // None of them is spoilt by it.
    CHECK(space.publish(drafts[0], codes[0]));
    CHECK(other.publish(foreign, codes[1]));
  }
}

// --- drafts

TEST_CASE("drafts move and swap; what is overwritten or left is given back", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    life all;
    space_type space({4 * code_page, 4, 1}, mapping);
    {
      draft_type a = space.draft(10, all, 1);
      draft_type b = space.draft(20, all, 2);
      const std::uintptr_t at_a = a.address();
      std::swap(a, b);
      CHECK(a->number == 2);
      CHECK(b->number == 1);
      CHECK(b.address() == at_a);
      a.swap(b);
      CHECK(a->number == 1);
      draft_type c = std::move(a);
      CHECK_FALSE(a);  // NOLINT: empty after a move, as documented
      CHECK(c.data() != nullptr);
      CHECK(c.address() == at_a);
      CHECK(all.destroyed == 0);
      b = std::move(c);
      CHECK(all.destroyed == 1);
      CHECK(b->number == 1);
      CHECK(space.blocks_in_use() == 1);
      draft_type& itself = b;
      b = std::move(itself);
      CHECK(b->number == 1);
      CHECK(b.address() == at_a);
      strong_ref<function> code;
      CHECK(space.publish(b, code));
      CHECK(code->number == 1);
      draft_type reason = space.draft(0);
      CHECK(reason.status().error() == EINVAL);
      draft_type moved = std::move(reason);
      CHECK(moved.status().error() == EINVAL);
    }
    CHECK(all.made == 2);
    CHECK(all.destroyed == 2);
    CHECK(space.bytes_in_use() == 0);
  }
}

TEST_CASE("a draft that is dropped ends without a trace: not writable, no last user, memory for the next", "[code]") {
  new_code_script();
  life all;
  space_type space({code_page, 1, 1}, code_mapping::flip);
  {
    const draft_type draft = space.draft(1, all);
    CHECK(the_code_script.is_writable(draft.data()));
    (void)look();
  }
  CHECK(look() == trace{"end writing"});
  CHECK(the_code_script.writable.empty());
  CHECK(all.destroyed == 1);
  CHECK(all.torn_down == 0);

  // If that is refused, the next draft has the memory none the less.
  the_code_script.errors["end writing"] = {ENOMEM};
  space.draft(1, all);
  CHECK(all.destroyed == 2);
  strong_ref<function> code = published(space, code_page, 5);
  REQUIRE(code);
  CHECK(is_filled(*code, 5));
  CHECK(the_code_script.broken_promises == 0);
}

TEST_CASE("memory that cannot be made writable is an empty draft, and not lost", "[code]") {
  new_code_script({{"begin to write", {ENOMEM, EACCES}}});
  life all;
  space_type space({code_page, 1, 1}, code_mapping::flip);
  CHECK(space.draft(1, all).status().error() == ENOMEM);
  CHECK(space.draft(1, all).status().error() == EACCES);
  CHECK(all.made == 0);
  CHECK(space.bytes_in_use() == 0);
  CHECK(space.blocks_in_use() == 0);
  CHECK(space.draft(code_page, all));
  CHECK(all.made == 1);
}

TEST_CASE("an object has its arguments, its alignment, and a place of its own", "[code]") {
  struct alignas(4 * line) wide : lazyref::code_block<wide> {
    wide(std::unique_ptr<int> p, int& r) noexcept : owned(std::move(p)), reference(r) {}
    std::unique_ptr<int> owned;
    int& reference;
  };
  new_code_script();
  lazyref::code_space<wide, lazyref::domain_options<>, scripted_code_system<>> space({code_page, 3, 1});
  int variable = 0;
  decltype(space)::draft_type drafts[3];
  for (int i = 0; i < 3; ++i) {
    drafts[i] = space.draft(1, std::make_unique<int>(i), variable);
    REQUIRE(drafts[i]);
  }
  for (int i = 0; i < 3; ++i) {
    CHECK(*drafts[i]->owned == i);
    CHECK(&drafts[i]->reference == &variable);
    CHECK(reinterpret_cast<std::uintptr_t>(&*drafts[i]) % alignof(wide) == 0);
  }
}

// --- memory

TEST_CASE("sizes: none, one byte, the whole space, more than that", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    life all;
    space_type space({2 * code_page + 1, 4, 1}, mapping);
    CHECK(space.bytes() == 3 * code_page);
    CHECK(space.draft(0, all).status().error() == EINVAL);
    CHECK(space.draft(space.bytes() + 1, all).status().error() == EFBIG);
    CHECK(space.draft(SIZE_MAX, all).status().error() == EFBIG);
    CHECK(space.draft(SIZE_MAX - line, all).status().error() == EFBIG);
    CHECK(all.made == 0);
    CHECK_FALSE(space.draft(0, all));
    {
      const draft_type one = space.draft(1, all);
      REQUIRE(one);
      CHECK(one.size() == 1);
      CHECK(one.status());
      CHECK(space.bytes_in_use() == grain(mapping));
      CHECK(space.blocks_in_use() == 1);
    }
    CHECK(space.bytes_in_use() == 0);
    strong_ref<function> whole = published(space, space.bytes(), 3);
    REQUIRE(whole);
    CHECK(is_filled(*whole, 3));
    CHECK(space.bytes_in_use() == space.bytes());
    CHECK(space.draft(1, all).status().error() == ENOSPC);
    whole.reset();
    CHECK(space.draft(1, all));
  }
}

TEST_CASE("full: no block and no memory are two sentences, and end when something is given up", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    space_type few({4 * code_page, 2, 1}, mapping);
    strong_ref<function> a = published(few, 1, 1);
    draft_type b = few.draft(1);
    REQUIRE(a);
    REQUIRE(b);
    const sync_result no_block = few.draft(1).status();
    CHECK(no_block.error() == ENOSPC);
    CHECK(says(no_block, "blocks are in use"));

    space_type small({code_page, 4, 1}, mapping);
    draft_type most = small.draft(code_page);
    const sync_result no_memory = small.draft(1).status();
    CHECK(no_memory.error() == ENOSPC);
    CHECK(says(no_memory, "no free range of memory"));
    CHECK(small.blocks_in_use() == 1);  // the number that it had taken is free again

    SECTION("code is dropped") {
      a.reset();
      CHECK(few.draft(1));
    }
    SECTION("a draft is dropped") {
      b = {};
      CHECK(few.draft(1));
    }
    most = {};
    CHECK(small.draft(code_page));
  }
}

TEST_CASE("full: what is retired and waits is found by draft itself", "[code]") {
  new_code_script();
  life all;
  space_type space({code_page, 8, 1});
  auto draft = space.draft(code_page, all);
  strong_ref<function> code;
  REQUIRE(space.publish(draft, code));
  space.retire(std::move(code));
  CHECK(all.destroyed == 0);  // it waits for a batch
  CHECK(space.bytes_in_use() == code_page);
  CHECK(space.draft(1, all));
  CHECK(all.destroyed >= 1);
  CHECK(space.domain().stats().retired == 0);
}

TEST_CASE("full: what a worker has left, and was handed over to it, is found by draft itself", "[code]") {
  new_code_script();
  stepping steps;
  lazyref::code_space<stepped_function, lazyref::domain_options<>, scripted_code_system<>> space({code_page, 8, 1});
  strong_ref<stepped_function> code = published(space, code_page, 1);
  REQUIRE(code);
  auto slot = space.domain().attach();
  slot.activate(code);
  // It leaves between the look of the last user's departure and the hand-over.
  steps.before(step::exchange, nullptr, 1, [&] { slot.deactivate(); });
  code.reset();
  CHECK(steps.all_ran());
  CHECK(space.domain().stats().parked == 1);
  CHECK(space.bytes_in_use() == code_page);
  CHECK(space.draft(1));
  CHECK(space.domain().stats().parked == 0);
}

TEST_CASE("the lowest memory that is large enough is used first, and pieces side by side are one", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    const std::size_t g = grain(mapping);
    const std::size_t pieces = 4 * code_page / g;
    space_type space({4 * code_page, pieces + 1, 1}, mapping);
    std::vector<draft_type> drafts;
    for (std::size_t i = 0; i < pieces; ++i) {
      drafts.push_back(space.draft(i % 2 == 0 ? g : 1));
      REQUIRE(drafts.back());
      CHECK(drafts.back().address() == drafts[0].address() + i * g);
    }
    CHECK(space.bytes_in_use() == space.bytes());
    const std::uintptr_t start = drafts[0].address();

    drafts[1] = {};
    drafts[3] = {};
    CHECK(space.draft(2 * g).status().error() == ENOSPC);  // in pieces
    const draft_type low = space.draft(g);
    CHECK(low.address() == start + g);
    drafts[2] = {};
    const draft_type wide = space.draft(g + 1);
    CHECK(wide.address() == start + 2 * g);
    CHECK(space.draft(1).status().error() == ENOSPC);
  }
}

TEST_CASE("shrink gives back whole pieces, and what is left is published and freed as it is", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    const std::size_t g = grain(mapping);
    space_type space({3 * code_page, 8, 1}, mapping);
    draft_type draft = space.draft(space.bytes());
    fill(draft, 9);
    CHECK(space.draft(1).status().error() == ENOSPC);
    CHECK(draft.shrink(space.bytes()));
    CHECK(space.bytes_in_use() == space.bytes());
    CHECK(draft.shrink(space.bytes() - g + 1));
    CHECK(space.bytes_in_use() == space.bytes());
    CHECK(draft->size() == space.bytes() - g + 1);
    CHECK(draft.shrink(g + 1));
    CHECK(draft.size() == g + 1);
    CHECK(space.bytes_in_use() == 2 * g);
    {
      const draft_type next = space.draft(g);
      CHECK(next.address() == draft.address() + 2 * g);
    }
    CHECK(draft.shrink(1));
    CHECK(space.bytes_in_use() == g);
    strong_ref<function> code;
    CHECK(space.publish(draft, code));
    REQUIRE(the_code_script.flushed.size() == 1);
    CHECK(the_code_script.flushed[0].size == 1);
    CHECK(code->size() == 1);
    CHECK(is_filled(*code, 9));
    strong_ref<function> after = published(space, space.bytes() - g, 4);
    REQUIRE(after);
    CHECK(is_filled(*code, 9));
    code.reset();
    after.reset();
    CHECK(space.bytes_in_use() == 0);
    CHECK(the_code_script.broken_promises == 0);
  }
}

TEST_CASE("shrink: nothing, more than before, and no draft are errors that change nothing", "[code]") {
  new_code_script();
  space_type space({code_page, 2, 1});
  draft_type draft = space.draft(100);
  CHECK(draft.shrink(0).error() == EINVAL);
  CHECK(draft.shrink(101).error() == EINVAL);
  CHECK(draft.shrink(SIZE_MAX).error() == EINVAL);
  CHECK(draft.size() == 100);
  CHECK(space.bytes_in_use() == (100 + line - 1) / line * line);
  CHECK(draft_type().shrink(1).error() == EINVAL);
  CHECK(draft.shrink(100));
}

TEST_CASE("a space without memory says so, from every side", "[code]") {
  for (const code_mapping mapping : mappings) {
    for (const int error : {ENOMEM, EPERM, ENOTSUP}) {
      INFO(name(mapping) << ", errno " << error);
      life all;
      new_code_script({{"map", {error}}});
      space_type space({code_page, 1, 1}, mapping);
      CHECK_FALSE(space);
      CHECK(space.status().error() == error);
      CHECK(says(space.status(), "map"));
      draft_type draft = space.draft(1, all);
      CHECK_FALSE(draft);
      CHECK(draft.status().error() == error);
      CHECK(draft.data() == nullptr);
      strong_ref<function> code;
      CHECK(space.publish(draft, code).error() == error);
      CHECK(all.made == 0);
      CHECK(space.bytes_in_use() == 0);
      CHECK(space.blocks_in_use() == 0);
      CHECK(space.domain().attach());
    }
  }
}

TEST_CASE("limits: none of something, and more than there can be", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    {
      space_type space({0, 1, 1}, mapping);
      CHECK(space.status().error() == EINVAL);
      CHECK(space.draft(1).status().error() == EINVAL);
      CHECK(space.bytes() == 0);
    }
    {
      space_type space({code_page, 0, 1}, mapping);
      CHECK(space);
      CHECK(space.draft(1).status().error() == ENOSPC);
      CHECK(says(space.draft(1).status(), "blocks are in use"));
    }
    {
      space_type space({code_page, 1, 0}, mapping);
      CHECK_FALSE(space.domain().attach());
      CHECK(published(space, 1, 1));
    }
    for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - code_page + 2}) {
      space_type space({bytes, 1, 1}, mapping);
      CHECK(space.status().error() == EINVAL);
    }
    CHECK(the_code_script.mapped.empty());
  }
}

TEST_CASE("limits: more descriptions than have numbers", "[code]") {
  if (sizeof(void*) == 4) LAZYREF_SKIP("so many descriptions are more than there is memory for");
  // More than there are addresses, than a pointer difference can say, than there is memory, than are told apart.
  for (const std::size_t blocks : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 64, SIZE_MAX / (2 * sizeof(function)),
                                   static_cast<std::size_t>(UINT32_MAX)}) {
    new_code_script();
    space_type space({code_page, blocks, 1});
    CHECK(space.status().error() == EINVAL);
    CHECK(says(space.status(), "the number of blocks is too large"));
    CHECK(space.draft(1).status().error() == EINVAL);
    draft_type none;
    strong_ref<function> code;
    CHECK(space.publish(none, code).error() == EINVAL);
  }
  CHECK(the_code_script.mapped.empty());
}

TEST_CASE("limits: descriptions that can be counted, and not be had", "[code]") {
  if (LAZYREF_TEST_ASAN || LAZYREF_TEST_TSAN) LAZYREF_SKIP("sanitizers' allocators end the program instead");
  struct large : lazyref::code_block<large> {
    unsigned char data[std::size_t{1} << 26];
  };
  new_code_script();
  lazyref::code_space<large, lazyref::domain_options<>, scripted_code_system<>> space(
      {code_page, std::size_t{1} << 24, 1});
  CHECK(space.status().error() == ENOMEM);
  CHECK(says(space.status(), "that many block descriptors"));
  decltype(space)::draft_type none;
  strong_ref<large> code;
  CHECK(space.publish(none, code).error() == ENOMEM);
}

TEST_CASE("the memory is mapped once, and unmapped at the end", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    {
      space_type space({code_page, 2, 1}, mapping);
      CHECK(the_code_script.mapped.size() == 1);
      CHECK(the_code_script.mapped.begin()->second == code_page);
      strong_ref<function> code = published(space, 1, 1);
      (void)look();
    }
    CHECK(look() == trace{"unmap"});
    CHECK(the_code_script.mapped.empty());
  }
}

TEST_CASE("in a child of fork the memory that was mapped twice is not there, and is left alone", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    life all;
    // Its memory stays, or this process would not get it back: it is the child that leaves it alone.
    unsigned char* left = nullptr;
    unsigned char* left_too = nullptr;
    {
      space_type space({2 * code_page, 4, 1}, mapping);
      strong_ref<function> code = published(space, 1, 1);
      draft_type draft = space.draft(1, all);
      draft_type lost = space.draft(1, all);
      left = draft.data() - grain(mapping);
      left_too = reinterpret_cast<unsigned char*>(draft.address()) - grain(mapping);
      the_code_script.lost = true;
      if (mapping == code_mapping::flip) {
        CHECK(space.status());
        CHECK(draft.data() != nullptr);
        (void)look();
        space.after_fork_in_child();
        CHECK(look().empty());
        strong_ref<function> other;
        CHECK(space.publish(draft, other));
        lost = {};
      } else {
        CHECK(space.status().error() == EFAULT);
        CHECK(says(space.status(), "code_mapping::flip"));
        CHECK(space.draft(1).status().error() == EFAULT);
        CHECK(draft);
        CHECK(draft.data() == nullptr);
        CHECK(draft.address() == 0);
        (void)look();
        space.after_fork_in_child();
        CHECK(look() == trace{"keep free"});
        strong_ref<function> other;
        CHECK(space.publish(draft, other).error() == EFAULT);
        CHECK_FALSE(other);
        // What is given up is given up.
        draft = {};
        lost = {};
        code.reset();
        CHECK(space.blocks_in_use() == 0);
        CHECK(look().empty());
      }
    }
    CHECK(count(look(), "unmap") == (mapping == code_mapping::flip));
    if (mapping == code_mapping::dual) {
      free_code(left);
      free_code(left_too);
    }
    CHECK(all.made == all.destroyed);
  }
}

// --- lives

TEST_CASE("T is destroyed before its memory is free, and after the last worker has left", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    life all;
    space_type space({code_page, 2, 1}, mapping);
    auto draft = space.draft(code_page, all);
    strong_ref<function> code;
    REQUIRE(space.publish(draft, code));
    int error = 0;
    std::size_t in_use = 0;
    // A disposer may use the space.
    all.when_destroyed = [&] {
      in_use = space.bytes_in_use();
      error = space.draft(1).status().error();
    };
    auto slot = space.domain().attach();
    slot.activate(code);
    code.reset();
    CHECK(all.torn_down == 1);  // the hook of the last user
    CHECK(all.destroyed == 0);
    CHECK(slot.active()->entry() != nullptr);
    slot.deactivate();
    CHECK(all.destroyed == 1);
    CHECK(all.torn_down == 1);
    CHECK(in_use == code_page);
    CHECK(error == ENOSPC);
    CHECK(space.bytes_in_use() == 0);
    all.when_destroyed = nullptr;
  }
}

TEMPLATE_TEST_CASE("what a slot is on is not used again; what it has left, is", "[code]", LAZYREF_TEST_OPTIONS) {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    new_code_script();
    life all;
    space_of<TestType> space({2 * code_page, 4, 2}, mapping);
    auto slot = space.domain().attach();
    auto other = space.domain().attach();
    auto draft = space.draft(2 * code_page, all, 1);
    fill(draft, 1);
    strong_ref<function> code;
    REQUIRE(space.publish(draft, code));
    const void* const entry = code->entry();
    use<TestType>(slot, code);
    use<TestType>(other, code);
    space.domain().retire(std::move(code));
    space.domain().flush();
    for (auto* const one : {&slot, &other}) {
      CHECK(space.draft(1).status().error() == ENOSPC);
      REQUIRE(one->active() != nullptr);
      CHECK(one->active()->number == 1);
      CHECK(one->active()->entry() == entry);
      CHECK(is_filled(*one->active(), 1));
      one->deactivate();
    }
    CHECK(all.destroyed == 1);
    CHECK(space.bytes_in_use() == 0);

    // The same memory, the same slot, and on.
    for (int i = 2; i < 6; ++i) {
      code = published(space, 2 * code_page, i);
      REQUIRE(code);
      CHECK(code->entry() == entry);
      use<TestType>(slot, code);
      CHECK(is_filled(*slot.active(), i));
      code.reset();
      CHECK(space.draft(1).status().error() == ENOSPC);
      CHECK(is_filled(*slot.active(), i));
      slot.deactivate();
    }
    CHECK(the_code_script.broken_promises == 0);
  }
}

TEST_CASE("a worker that stays on old code is kicked, where the domain kicks", "[code]") {
  new_code_script();
  int kicked = 0;
  const lazyref::kick tell{[](void* count, std::size_t slot) noexcept { *static_cast<int*>(count) += slot == 0; },
                           &kicked};
  space_of<shootdown_deferred> space({code_page, 1, 1}, code_mapping::dual, code_synchronisation::all_threads, tell);
  strong_ref<function> code = published(space, 1, 1);
  REQUIRE(code);
  auto slot = space.domain().attach();
  slot.activate(code);
  code.reset();
  CHECK(kicked == 1);
  CHECK(space.draft(1).status().error() == ENOSPC);
  slot.park();
  CHECK(slot.resume() == nullptr);
  CHECK(space.draft(1));
}

TEST_CASE("the code of a frame stays while what it calls replaces it, if that is protected by a nested scope",
          "[code]") {
  new_code_script();
  const bool is_nested = GENERATE(true, false);
  space_type space({8 * code_page, 20, 4});
  auto caller = published(space, 10, 1);
  auto callee = published(space, 10, 2);
  std::atomic<function*> shared_caller{caller.get()};
  std::atomic<function*> shared_callee{callee.get()};
  auto slot = space.domain().attach();
  const auto* const frame = static_cast<const unsigned char*>(slot.protect(shared_caller)->entry());
  std::vector<strong_ref<function>> others;
  const auto replace = [&] {
    shared_caller = nullptr;
    caller.reset();
    while (others.size() != 10) others.push_back(published(space, 10, 0xcc));
  };
  if (is_nested) {
    const lazyref::nested_protection inner(slot, shared_callee);
    CHECK(is_filled(*inner, 2));
    replace();
    CHECK(*frame == 1);
  } else {
    // Control: the frame's code has been let go, and its memory is used again.
    CHECK(slot.protect(shared_callee) == callee.get());
    replace();
    CHECK(*frame == 0xcc);
  }
}

TEST_CASE("a block that nobody holds is seen to be used again at once", "[code]") {
  // What the slots above keep from happening, and what the tests above would see.
  new_code_script();
  space_type space({code_page, 1, 1});
  strong_ref<function> code = published(space, 10, 1);
  const function& unprotected = *code;
  CHECK(is_filled(unprotected, 1));
  code.reset();
  code = published(space, 10, 2);
  REQUIRE(code.get() == &unprotected);
  CHECK_FALSE(is_filled(unprotected, 1));
}

// --- memory for code, from one function to the next

namespace {

const void* the_shared = nullptr;

// Writes the steps of the domain and of the map of places into the same trace.
struct traced_sync : lazyref_test::still_sync {
  template <class T>
  class atomic : public std::atomic<T> {
    using base = std::atomic<T>;

   public:
    using base::base;
    atomic() noexcept = default;

    void store(T value, std::memory_order order) noexcept {
      if constexpr (std::is_pointer_v<T>) {
        // Relaxed: there is one thread.
        if (this == the_shared) {
          the_script.seen.emplace_back(value == nullptr ? "unpublish" : "publish");
        } else if (value == nullptr && base::load(std::memory_order_relaxed) != nullptr) {
          the_script.seen.emplace_back("slot left");
        }
      }
      base::store(value, order);
    }
    T fetch_or(T value, std::memory_order order) noexcept {
      if (order == std::memory_order_relaxed) note_once("memory taken");  // else a mark
      return base::fetch_or(value, order);
    }
    T fetch_and(T value, std::memory_order order) noexcept {
      if (order == std::memory_order_release) note_once("memory free");  // else a mark
      return base::fetch_and(value, order);
    }

   private:
    // How many words of the map a block is in depends on the host.
    static void note_once(const char* step) {
      if (the_script.seen.empty() || the_script.seen.back() != step) the_script.seen.emplace_back(step);
    }
  };

  struct fence : lazyref::std_sync::fence {
    void heavy(std::memory_order order) const noexcept {
      the_script.seen.emplace_back("heavy");
      lazyref::std_sync::fence::heavy(order);
    }
    bool try_heavy(std::memory_order order) const noexcept {
      the_script.seen.emplace_back("heavy");
      return lazyref::std_sync::fence::try_heavy(order);
    }
  };
  static constexpr fence process_fence() noexcept { return {}; }
};

// The same, but it forgets the heavy fence.
struct careless_sync : traced_sync {
  struct fence : lazyref::std_sync::fence {
    void heavy(std::memory_order) const noexcept {}
    bool try_heavy(std::memory_order) const noexcept { return true; }
  };
  static constexpr fence process_fence() noexcept { return {}; }
};

// Synchronises too early.
struct hasty_system : scripted_code_system<> {
  template <class RangeAt>
  static sync_result publish_ranges(std::size_t n, RangeAt&& range_at) noexcept {
    static sync one;
    const sync_result result = one.all_threads();
    return result ? flush_ranges(n, range_at) : result;
  }
};

// The order of steps when memory for code is used again: of each two, all of the first come before any of the second.
// Design: unpublish; heavy fence; no slot on the old code; write; flush; synchronise; publish.
constexpr const char* order_of_reuse[][2] = {
    {"unpublish", "heavy"},          {"heavy", "memory free"},   {"slot left", "memory free"},
    {"memory free", "memory taken"}, {"memory taken", "write"},  {"write", "flush code"},
    {"flush code", "sync core"},     {"sync core", "this core"}, {"this core", "publish"},
};
// Where there are such steps at all.
constexpr const char* order_of_flips[][2] = {{"memory taken", "begin to write"},
                                             {"begin to write", "write"},
                                             {"write", "end writing"},
                                             {"end writing", "flush code"}};

// Empty, or the rule that is broken.
std::string broken_rule(const trace& seen, code_mapping mapping) {
  const auto check = [&seen](const char* first, const char* then) -> std::string {
    for (const char* step : {first, then}) {
      if (count(seen, step) == 0) return std::string("no ") + step;
    }
    const auto last_of_first = std::find(seen.rbegin(), seen.rend(), first).base() - 1;
    const auto first_of_then = std::find(seen.begin(), seen.end(), then);
    return last_of_first < first_of_then ? "" : std::string(then) + " before " + first;
  };
  for (const auto& rule : order_of_reuse) {
    if (const std::string broken = check(rule[0], rule[1]); !broken.empty()) return broken;
  }
  if (mapping == code_mapping::dual) return "";
  for (const auto& rule : order_of_flips) {
    if (const std::string broken = check(rule[0], rule[1]); !broken.empty()) return broken;
  }
  return "";
}

// Functions that replace each other, in memory that has room for `n` of them and no more, while a worker is on the last
// of the old ones. Returns what happened in the last round.
template <class Sync = traced_sync, class System = scripted_code_system<>>
trace replace_code(code_mapping mapping, std::size_t n = 1,
                   code_synchronisation who = code_synchronisation::all_threads) {
  using traced_function = basic_function<Sync>;
  new_code_script();
  lazyref::code_space<traced_function, lazyref::domain_options<>, System> space({n * code_page, n, 1}, mapping, who);
  using draft = typename decltype(space)::draft_type;
  typename Sync::template atomic<traced_function*> shared{nullptr};
  the_shared = &shared;
  auto slot = space.domain().attach();
  std::vector<strong_ref<traced_function>> old(n);
  for (int round = 1; round <= 3; ++round) {
    (void)look();
    if (round > 1) {
      shared.store(nullptr, std::memory_order_release);
      for (auto& code : old) space.domain().retire(std::move(code));
      space.domain().flush();
      slot.deactivate();
    }
    std::vector<draft> drafts;
    for (std::size_t i = 0; i < n; ++i) drafts.push_back(space.draft(code_page));
    for (const draft& one : drafts) {
      REQUIRE(one);
      the_script.seen.emplace_back("write");
      fill(one, round);
    }
    CHECK(space.publish(drafts.data(), n, old.data()));
    shared.store(old.back().get(), std::memory_order_release);
    if (round == 3) break;
    traced_function* const seen = slot.protect(shared);
    CHECK(seen == old.back().get());
    CHECK(is_filled(*seen, round));
  }
  const trace seen = look();
  the_shared = nullptr;
  CHECK(the_code_script.broken_promises == 0);
  return seen;
}

}  // namespace

TEST_CASE("memory is used again in the order of the design, each step in its place", "[code]") {
  const trace dual{"unpublish", "heavy",      "slot left", "memory free", "memory taken",
                   "write",     "flush code", "sync core", "this core",   "publish"};
  CHECK(replace_code(code_mapping::dual) == dual);
  CHECK(broken_rule(dual, code_mapping::dual) == "");
  const trace flip{"unpublish", "heavy",       "slot left",  "memory free", "memory taken", "begin to write",
                   "write",     "end writing", "flush code", "sync core",   "this core",    "publish"};
  CHECK(replace_code(code_mapping::flip) == flip);
  CHECK(broken_rule(flip, code_mapping::flip) == "");
}

TEST_CASE("many blocks are used again with one heavy fence and one synchronisation, in the same order", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    const trace seen = replace_code(mapping, 5);
    // Those that no worker was on are free before it leaves the last one.
    trace last;
    std::copy_if(seen.begin(), seen.end(), std::back_inserter(last),
                 [&](const std::string& s) { return s != "memory free" && s != "slot left"; });
    CHECK(count(seen, "memory free") == 2);
    CHECK(count(seen, "slot left") == 1);
    last.insert(std::find(last.begin(), last.end(), "heavy") + 1, {"slot left", "memory free"});
    // (Writing one draft may begin before the next one's memory is taken.)
    CHECK(broken_rule(last, code_mapping::dual) == "");
    CHECK(count(seen, "heavy") == 1);
    CHECK(count(seen, "flush code") == 5);
    CHECK(count(seen, "sync core") == 1);
    CHECK(count(seen, "this core") == 1);
  }
}

TEST_CASE("every spoilt order is noticed", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    const trace good = replace_code(mapping);
    REQUIRE(broken_rule(good, mapping) == "");
    // A step left out.
    for (const std::string& step : good) {
      trace spoilt = good;
      spoilt.erase(std::remove(spoilt.begin(), spoilt.end(), step), spoilt.end());
      CHECK(broken_rule(spoilt, mapping) == "no " + step);
    }
    // Two steps that have changed places: each rule by itself, and the four by name.
    const auto exchanged = [&](const char* a, const char* b) {
      trace spoilt = good;
      std::swap(*std::find(spoilt.begin(), spoilt.end(), a), *std::find(spoilt.begin(), spoilt.end(), b));
      return broken_rule(spoilt, mapping);
    };
    for (const auto& rule : order_of_reuse) CHECK(exchanged(rule[0], rule[1]) != "");
    if (mapping == code_mapping::flip) {
      for (const auto& rule : order_of_flips) CHECK(exchanged(rule[0], rule[1]) != "");
      CHECK(exchanged("end writing", "flush code") == "flush code before end writing");
    }
    CHECK(exchanged("flush code", "sync core") == "sync core before flush code");
    CHECK(exchanged("this core", "publish") == "publish before this core");
    CHECK(exchanged("unpublish", "heavy") == "heavy before unpublish");
    // Written before the slot left.
    trace early = good;
    early.erase(std::find(early.begin(), early.end(), "write"));
    early.insert(std::find(early.begin(), early.end(), "slot left"), "write");
    CHECK(broken_rule(early, mapping) == "write before memory taken");
    // Published once too early and once as it should be.
    trace twice = good;
    twice.insert(std::find(twice.begin(), twice.end(), "sync core"), "publish");
    CHECK(broken_rule(twice, mapping) == "publish before this core");
  }
}

TEST_CASE("and so are libraries that go about it in another order", "[code]") {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    CHECK(broken_rule(replace_code<careless_sync>(mapping), mapping) == "no heavy");
    CHECK(broken_rule(replace_code<traced_sync, hasty_system>(mapping), mapping) == "sync core before flush code");
    CHECK(broken_rule(replace_code(mapping, 1, code_synchronisation::each_executor), mapping) == "no sync core");
  }
}

// --- many threads

namespace {

struct numbered : lazyref::code_block<numbered> {
  explicit numbered(int n) noexcept : number(n) {}
  int number;
};

// Threads that draft, publish, use each other's code, and give it up, in a space that is always full.
template <class Options>
struct crowd {
  using space_type = lazyref::code_space<numbered, Options, quiet_code_system>;
  static constexpr int n_threads = 3;

  explicit crowd(code_mapping mapping)
      : space({12 * grain(mapping) < code_page ? code_page : 12 * grain(mapping), 9, n_threads}, mapping),
        g(space.bytes() / 12) {}

  void run(int who, lazyref_test::round_limit& limit) {
    auto slot = space.domain().attach();
    std::minstd_rand random(static_cast<unsigned>(who + 1));
    strong_ref<numbered> mine;
    for (unsigned i = 0; limit.more(i); ++i) {
      typename space_type::draft_type drafts[2];
      std::size_t n = 0;
      for (const std::size_t wanted = random() % 2 + 1; n < wanted; ++n) {
        const int number = who + static_cast<int>(random() % 80) * n_threads;
        drafts[n] = space.draft(random() % (5 * g) + 1, number);
        if (!drafts[n]) {
          // Relaxed, as all of these: numbers.
          (drafts[n].status().error() == ENOSPC ? full : wrong).fetch_add(1, std::memory_order_relaxed);
          break;
        }
        fill(drafts[n], number);
        if (random() % 4 == 0 && !drafts[n].shrink(random() % drafts[n].size() + 1))
          wrong.fetch_add(1, std::memory_order_relaxed);
      }
      strong_ref<numbered> codes[2];
      if (n != 0 && random() % 8 != 0) {
        if (!space.publish(drafts, n, codes)) wrong.fetch_add(1, std::memory_order_relaxed);
        for (std::size_t k = 0; k < n; ++k) look_at(codes[k].get());
        shared[who].store(codes[0].get(), std::memory_order_release);
        mine.swap(codes[0]);
        if (codes[0]) space.domain().retire(std::move(codes[0]));
        reused.fetch_add(1, std::memory_order_relaxed);
      }
      for (auto& other : shared) {
        // A look at what may be replaced meanwhile.
        if constexpr (Options::can_protect) look_at(slot.protect(other));
      }
      if constexpr (!Options::can_protect) {
        if (mine) slot.activate(mine);
      }
      look_at(slot.active());
      if (random() % 2 == 0) slot.deactivate();
    }
    shared[who].store(nullptr, std::memory_order_release);
  }

  void look_at(const numbered* code) {
    if (code == nullptr) return;
    if (!is_filled(*code, code->number)) wrong.fetch_add(1, std::memory_order_relaxed);
  }

  space_type space;
  const std::size_t g;
  std::atomic<numbered*> shared[n_threads] = {};
  std::atomic<int> wrong{0};
  std::atomic<int> full{0};
  std::atomic<int> reused{0};
};

}  // namespace

TEMPLATE_TEST_CASE("threads that share a full space never have each other's memory", "[code]", LAZYREF_TEST_CHOICES) {
  for (const code_mapping mapping : mappings) {
    INFO(name(mapping));
    crowd<TestType> all(mapping);
    REQUIRE(all.space);
    lazyref_test::round_limit limit(400);
    std::vector<std::thread> threads;
    for (int who = 0; who < all.n_threads; ++who) threads.emplace_back([&, who] { all.run(who, limit); });
    for (std::thread& thread : threads) thread.join();
    CHECK(all.wrong == 0);
    // More than the space has room for: memory came back. How often depends on the machine.
    if (all.reused <= 12 || all.full == 0) lazyref_test::skip_part("no power on this machine, now: it was never full");
    all.space.domain().flush();
    all.space.domain().collect();
    CHECK(all.space.bytes_in_use() == 0);
    CHECK(all.space.blocks_in_use() == 0);
  }
}

namespace {

// A draft that waits, waits until the other thread is done.
struct patient_sync : lazyref::std_sync {
  static inline std::atomic<bool> has_asked{false}, is_done{false};
  static void give_way() noexcept {
    has_asked = true;
    while (!is_done) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("code that is retired counts by its bytes", "[code]") {
  struct thousand : lazyref::domain_options<lazyref::policy::handoff, lazyref::reclaim::deferred,
                                            lazyref::candidates::all, lazyref::default_retire_batch, 1000> {};
  using still = basic_function<still_sync>;
  life all;
  lazyref::code_space<still, thousand, quiet_code_system> space({100 * line, 100, 1});
  const auto make = [&](std::size_t size) {
    auto draft = space.draft(size, all);
    strong_ref<still> code;
    REQUIRE(draft);
    REQUIRE(space.publish(draft, code));
    return code;
  };
  space.retire({});
  CHECK(space.domain().stats().retired == 0);
  // By the memory that it takes up: lines.
  for (std::size_t i = 1; i * line < 1000; ++i) {
    space.retire(make(1));
    CHECK(space.domain().stats().retired == i);
  }
  space.retire(make(1));
  CHECK(space.domain().stats().retired == 0);
  space.retire(make(1000 - line));
  CHECK(space.domain().stats().retired == 1);
  space.retire(strong_ref<const still>(make(1)));
  CHECK(space.domain().stats().retired == 0);
  // Control: the domain is not told.
  for (std::size_t i = 1; i <= 50; ++i) space.domain().retire(make(1));
  CHECK(space.domain().stats().retired == 50);
}

TEST_CASE("a draft does not fail for memory that another thread has in hand, and waits for nothing else", "[code]") {
  using patient = basic_function<patient_sync>;
  life all;
  lazyref::code_space<patient, lazyref::domain_options<>, quiet_code_system> space({line, 1, 1});
  const auto make = [&] {
    auto draft = space.draft(1, all);
    strong_ref<patient> code;
    if (draft) static_cast<void>(space.publish(draft, code));
    return code;
  };
  patient_sync::has_asked = patient_sync::is_done = false;
  strong_ref<patient> first = make();
  REQUIRE(first);
  CHECK(space.draft(1, all).status().error() == ENOSPC);
  CHECK_FALSE(patient_sync::has_asked);

  std::atomic<bool> is_in_hand{false}, has_given_up{false};
  all.when_destroyed = [&] {
    is_in_hand = true;
    while (!patient_sync::has_asked && !has_given_up) std::this_thread::yield();
  };
  std::thread other([&] {
    space.domain().retire(std::move(first));
    space.domain().flush();
    patient_sync::is_done = true;
  });
  while (!is_in_hand) std::this_thread::yield();
  const strong_ref<patient> second = make();
  has_given_up = true;
  other.join();
  CHECK(second);
  CHECK(patient_sync::has_asked);
  all.when_destroyed = nullptr;
}

TEST_CASE("and would be seen if they had", "[code]") {
  crowd<lazyref::domain_options<>> all(code_mapping::flip);
  auto draft = all.space.draft(all.g, 7);
  fill(draft, 7);
  unsigned char* const memory = draft.data();
  strong_ref<numbered> code;
  REQUIRE(all.space.publish(draft, code));
  all.look_at(code.get());
  CHECK(all.wrong == 0);
  memory[all.g - 1] = 8;
  all.look_at(code.get());
  CHECK(all.wrong == 1);
}
