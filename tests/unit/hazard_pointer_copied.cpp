// SPDX-License-Identifier: BSL-1.0
//
// Hazard pointers beyond C++26: protections that are copied, shared pointers with marks, and batches.
#include <lazyref/hazard_pointer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "../support/lazy_catch.hpp"

using lazyref::hazard_pointer;
using lazyref::make_hazard_pointer;

namespace {

std::atomic<int> destroyed{0};

struct node : lazyref::hazard_pointer_obj_base<node> {
  explicit node(int v = 42) noexcept : value(v) {}
  ~node() {
    value = -1;
    ++destroyed;
  }
  int value;
};

// A pointer whose low bit is a mark, as in lists that mark what they remove.
struct unmarked {
  node* operator()(std::uintptr_t word) const noexcept { return reinterpret_cast<node*>(word & ~std::uintptr_t{1}); }
};
std::uintptr_t word(const node* object, bool mark = false) noexcept {
  return reinterpret_cast<std::uintptr_t>(object) | (mark ? 1 : 0);
}

// A pair that only == compares.
struct alignas(8) marked_index {  // clang calls libatomic for what is aligned to less than its size
  std::int32_t index;
  std::int32_t mark;
  friend bool operator==(const marked_index& a, const marked_index& b) noexcept {
    return a.index == b.index && a.mark == b.mark;
  }
};

}  // namespace

TEST_CASE("a copied protection keeps an object that is retired, whether or not it was looked for already") {
  destroyed = 0;
  std::atomic<node*> source{new node};
  auto a = make_hazard_pointer();
  auto b = make_hazard_pointer();
  node* const seen = a.protect(source);
  source = nullptr;
  const bool copied_before = GENERATE(true, false);
  if (copied_before) b.protect_same(a);
  seen->retire();
  const bool looked_for = GENERATE(true, false);
  if (looked_for) CHECK(lazyref::hazard_pointer_clean_up() == 1U + (copied_before ? 1U : 0U));
  if (!copied_before) b.protect_same(a);
  a.reset_protection();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 0);
  CHECK(seen->value == 42);
  // And on, from copy to copy.
  auto c = make_hazard_pointer();
  c.protect_same(b);
  b = hazard_pointer();
  CHECK(destroyed == 0);
  CHECK(seen->value == 42);
  c.reset_protection();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 1);
}

TEST_CASE("control: a protection that is copied without looking again does not keep what is retired") {
  destroyed = 0;
  std::atomic<node*> source{new node};
  auto a = make_hazard_pointer();
  auto b = make_hazard_pointer();
  node* const seen = a.protect(source);
  source = nullptr;
  seen->retire();
  lazyref::hazard_pointer_clean_up();
  b.reset_protection(seen);
  a.reset_protection();
  CHECK(destroyed == 1);
  b.reset_protection();
}

TEST_CASE("a protection copied from one that protects nothing, over another, and onto itself") {
  destroyed = 0;
  std::atomic<node*> source{new node};
  std::atomic<node*> other{new node(7)};
  auto a = make_hazard_pointer();
  auto b = make_hazard_pointer();
  node* const of_b = b.protect(other);
  other = nullptr;
  of_b->retire();
  lazyref::hazard_pointer_clean_up();
  const bool from_nothing = GENERATE(true, false);
  node* const seen = from_nothing ? nullptr : a.protect(source);
  CHECK(destroyed == 0);
  b.protect_same(a);
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 1);  // What b protected before.
  a.protect_same(a);
  b.protect_same(b);
  if (seen != nullptr) {
    source = nullptr;
    seen->retire();
    lazyref::hazard_pointer_clean_up();
    a.reset_protection();
    CHECK(destroyed == 1);
    CHECK(seen->value == 42);
  } else {
    source.load()->retire();
  }
  b.reset_protection();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 2);
}

TEST_CASE("marked pointers are protected by what they lead to, and compared with their marks") {
  destroyed = 0;
  auto* const object = new node;
  std::atomic<std::uintptr_t> source{word(object, true)};
  auto h = make_hazard_pointer();
  const std::uintptr_t seen = h.protect(source, unmarked{});
  CHECK(seen == word(object, true));
  source = word(nullptr, true);
  object->retire();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 0);
  CHECK(unmarked{}(seen)->value == 42);

  // A null with a mark protects nothing.
  CHECK(h.protect(source, unmarked{}) == word(nullptr, true));
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 1);

  // One try: a mark that was set meanwhile is a change.
  auto* const next = new node;
  source = word(next, true);
  std::uintptr_t value = word(next, false);
  CHECK_FALSE(h.try_protect(value, source, unmarked{}));
  CHECK(value == word(next, true));
  CHECK(h.try_protect(value, source, unmarked{}));
  source = 0;
  next->retire();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 1);
  h.reset_protection();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 2);
}

TEST_CASE("a projection may remember something, and its values be of a class") {
  destroyed = 0;
  node* const table[2] = {new node(1), new node(2)};
  auto h = make_hazard_pointer();
  {
    const std::atomic<unsigned> index{1};
    const auto of_table = [&](unsigned i) noexcept { return table[i]; };
    CHECK(h.protect(index, of_table) == 1);
    table[1]->retire();
    lazyref::hazard_pointer_clean_up();
    CHECK(destroyed == 0);
    CHECK(table[1]->value == 2);
  }
  {
    const std::atomic<marked_index> source{marked_index{0, 1}};
    const auto of_table = [&](const marked_index& i) noexcept { return table[i.index]; };
    const auto seen = h.protect(source, of_table);
    CHECK(destroyed == 1);
    CHECK((seen == marked_index{0, 1}));
    marked_index expected{0, 0};
    CHECK_FALSE(h.try_protect(expected, source, of_table));
    CHECK((expected == seen));
  }
  table[0]->retire();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 2);
}

TEST_CASE("a batch fills what is empty, and clearing it ends all protections") {
  destroyed = 0;
  std::atomic<node*> source{new node};
  const std::size_t n = GENERATE(0U, 1U, 5U, 100U);
  std::vector<hazard_pointer> all(n);
  if (n > 2) all[2] = make_hazard_pointer();
  node* const seen = n > 2 ? all[2].protect(source) : source.load();
  lazyref::make_hazard_pointer_batch(all.data(), n);
  for (hazard_pointer& h : all) CHECK_FALSE(h.empty());
  source = nullptr;
  seen->retire();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == (n > 2 ? 0 : 1));
  // Each is another one.
  std::vector<node*> protected_;
  std::vector<std::atomic<node*>> sources(n);
  for (std::size_t i = 0; i < n; ++i) {
    sources[i] = new node;
    protected_.push_back(all[i].protect(sources[i]));
  }
  destroyed = 0;
  for (node* const object : protected_) object->retire();
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == 0);
  lazyref::clear_hazard_pointer_batch(all.data(), n);
  for (hazard_pointer& h : all) CHECK(h.empty());
  lazyref::hazard_pointer_clean_up();
  CHECK(destroyed == static_cast<int>(n));
  lazyref::clear_hazard_pointer_batch(all.data(), n);
}

#if defined(__cpp_lib_span)
TEST_CASE("batches as spans") {
  hazard_pointer all[3];
  lazyref::make_hazard_pointer_batch(all);
  for (hazard_pointer& h : all) CHECK_FALSE(h.empty());
  lazyref::clear_hazard_pointer_batch(all);
  for (hazard_pointer& h : all) CHECK(h.empty());
  lazyref::make_hazard_pointer_batch({});
}
#endif

TEST_CASE("threads copy protections of what is retired meanwhile") {
  destroyed = 0;
  std::atomic<node*> source{new node};
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      hazard_pointer h[2];
      lazyref::make_hazard_pointer_batch(h, 2);
      while (!stop.load(std::memory_order_relaxed)) {
        const node* const seen = h[0].protect(source);
        h[1].protect_same(h[0]);
        h[0].reset_protection();
        if (seen->value != 42) ++wrong;
        h[1].reset_protection();
      }
    });
  }
  for (int i = 0; i < 5000; ++i) {
    node* const old = source.exchange(new node, std::memory_order_acq_rel);
    old->retire();
  }
  stop = true;
  for (std::thread& t : readers) t.join();
  CHECK(wrong == 0);
  source.load()->retire();
  CHECK(lazyref::hazard_pointer_clean_up() == 0);
  CHECK(destroyed == 5001);
}
