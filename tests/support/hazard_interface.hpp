// SPDX-License-Identifier: BSL-1.0
//
// The interface of [saferecl.hp], as tests that know nothing of the implementation. Included once for each namespace
// that has it, with HAZARD_NAMESPACE and HAZARD_NAME; so there is no include guard.

namespace HAZARD_TESTS {

namespace hp = HAZARD_NAMESPACE;

struct node : hp::hazard_pointer_obj_base<node> {
  int value = 0;
};
struct other_node : hp::hazard_pointer_obj_base<other_node> {};

// A deleter with a state, which cannot be copied.
struct move_only_deleter {
  move_only_deleter() = default;
  move_only_deleter(move_only_deleter&&) = default;
  move_only_deleter& operator=(move_only_deleter&&) = default;
  template <class T>
  void operator()(T* x) const {
    delete x;
  }
  std::unique_ptr<int> state;
};
struct node_with_move_only : hp::hazard_pointer_obj_base<node_with_move_only, move_only_deleter> {};
struct node_with_function;
using function_deleter = void (*)(node_with_function*);
struct node_with_function : hp::hazard_pointer_obj_base<node_with_function, function_deleter> {};

// What a derived class may do with the base, and nobody else.
struct opened : hp::hazard_pointer_obj_base<opened> {
  using base = hp::hazard_pointer_obj_base<opened>;
  static constexpr bool copies_and_moves() {
    struct derived : base {};
    return std::is_default_constructible_v<derived> && std::is_copy_constructible_v<derived> &&
           std::is_move_constructible_v<derived> && std::is_copy_assignable_v<derived> &&
           std::is_move_assignable_v<derived> && std::is_destructible_v<derived>;
  }
};

template <class H, class Src, class = void>
constexpr bool can_protect = false;
template <class H, class Src>
constexpr bool can_protect<H, Src, std::void_t<decltype(std::declval<H>().protect(std::declval<Src>()))>> = true;

template <class H, class Ptr, class Src, class = void>
constexpr bool can_try_protect = false;
template <class H, class Ptr, class Src>
constexpr bool can_try_protect<
    H, Ptr, Src, std::void_t<decltype(std::declval<H>().try_protect(std::declval<Ptr>(), std::declval<Src>()))>> = true;

template <class H, class Argument, class = void>
constexpr bool can_reset = false;
template <class H, class Argument>
constexpr bool
    can_reset<H, Argument, std::void_t<decltype(std::declval<H>().reset_protection(std::declval<Argument>()))>> = true;

template <class H, class = void>
constexpr bool has_empty = false;
template <class H>
constexpr bool has_empty<H, std::void_t<decltype(std::declval<H>().empty())>> = true;

using source = const std::atomic<node*>&;
using holder = hp::hazard_pointer;

// --- hazard_pointer_obj_base

static_assert(
    std::is_same_v<hp::hazard_pointer_obj_base<node>, hp::hazard_pointer_obj_base<node, std::default_delete<node>>>);
static_assert(noexcept(std::declval<node&>().retire()));
static_assert(noexcept(std::declval<node&>().retire(std::default_delete<node>())));
static_assert(std::is_void_v<decltype(std::declval<node&>().retire())>);
template <class F>
constexpr bool is_retire =
    std::is_same_v<F, void (hp::hazard_pointer_obj_base<node>::*)(std::default_delete<node>) noexcept>;
template <class F>
constexpr bool is_const_retire =
    std::is_same_v<F, void (hp::hazard_pointer_obj_base<node>::*)(std::default_delete<node>) const noexcept>;
static_assert(is_retire<decltype(&hp::hazard_pointer_obj_base<node>::retire)> ||
                  is_const_retire<decltype(&hp::hazard_pointer_obj_base<node>::retire)>,
              "const is more than the standard has");
static_assert(noexcept(std::declval<node_with_move_only&>().retire()));
static_assert(noexcept(std::declval<node_with_function&>().retire(nullptr)));
static_assert(opened::copies_and_moves());
static_assert(!std::is_default_constructible_v<hp::hazard_pointer_obj_base<node>>, "protected");
static_assert(!std::is_copy_constructible_v<hp::hazard_pointer_obj_base<node>>, "protected");
static_assert(!std::is_move_constructible_v<hp::hazard_pointer_obj_base<node>>, "protected");
static_assert(!std::is_copy_assignable_v<hp::hazard_pointer_obj_base<node>>, "protected");
static_assert(!std::is_move_assignable_v<hp::hazard_pointer_obj_base<node>>, "protected");
static_assert(!std::is_destructible_v<hp::hazard_pointer_obj_base<node>>, "protected");
static_assert(!std::is_polymorphic_v<hp::hazard_pointer_obj_base<node>>);
static_assert(std::is_move_constructible_v<node_with_move_only> && std::is_move_assignable_v<node_with_move_only>);

// --- hazard_pointer

static_assert(std::is_nothrow_default_constructible_v<holder>);
static_assert(std::is_nothrow_move_constructible_v<holder>);
static_assert(std::is_nothrow_move_assignable_v<holder>);
static_assert(std::is_nothrow_destructible_v<holder>);
static_assert(std::is_nothrow_swappable_v<holder>);
static_assert(!std::is_copy_constructible_v<holder>);
static_assert(!std::is_copy_assignable_v<holder>);
static_assert(!std::is_constructible_v<holder, node*>);
static_assert(!std::is_constructible_v<holder, std::nullptr_t>);
static_assert(!std::is_constructible_v<bool, holder>, "empty() is the question");
static_assert(std::is_same_v<decltype(std::declval<holder&>() = std::declval<holder>()), holder&>);

static_assert(noexcept(std::declval<const holder&>().empty()));
static_assert(std::is_same_v<decltype(std::declval<const holder&>().empty()), bool>);
static_assert(has_empty<const holder&>);

static_assert(noexcept(std::declval<holder&>().protect(std::declval<source>())));
static_assert(std::is_same_v<decltype(std::declval<holder&>().protect(std::declval<source>())), node*>);
static_assert(can_protect<holder&, source> && !can_protect<const holder&, source>);
static_assert(can_protect<holder&, std::atomic<node*>&> && !can_protect<holder&, node*>);

static_assert(noexcept(std::declval<holder&>().try_protect(std::declval<node*&>(), std::declval<source>())));
static_assert(std::is_same_v<
              decltype(std::declval<holder&>().try_protect(std::declval<node*&>(), std::declval<source>())), bool>);
static_assert(can_try_protect<holder&, node*&, source> && !can_try_protect<const holder&, node*&, source>);
static_assert(!can_try_protect<holder&, node*, source>, "the pointer is an argument by reference");
static_assert(!can_try_protect<holder&, other_node*&, source>, "both are about one type");

static_assert(noexcept(std::declval<holder&>().reset_protection(std::declval<const node*>())));
static_assert(noexcept(std::declval<holder&>().reset_protection(nullptr)));
static_assert(noexcept(std::declval<holder&>().reset_protection()));
static_assert(std::is_void_v<decltype(std::declval<holder&>().reset_protection(std::declval<const node*>()))>);
static_assert(std::is_void_v<decltype(std::declval<holder&>().reset_protection())>);
static_assert(can_reset<holder&, const node*> && can_reset<holder&, node*> && can_reset<holder&, std::nullptr_t>);
static_assert(!can_reset<const holder&, const node*> && !can_reset<const holder&, std::nullptr_t>);
static_assert(!can_reset<holder&, int>);

static_assert(noexcept(std::declval<holder&>().swap(std::declval<holder&>())));
static_assert(std::is_void_v<decltype(std::declval<holder&>().swap(std::declval<holder&>()))>);
static_assert(noexcept(hp::swap(std::declval<holder&>(), std::declval<holder&>())));
static_assert(std::is_void_v<decltype(hp::swap(std::declval<holder&>(), std::declval<holder&>()))>);

static_assert(std::is_same_v<decltype(hp::make_hazard_pointer()), holder>);
static_assert(!noexcept(hp::make_hazard_pointer()), "it may have to allocate");

TEST_CASE(HAZARD_NAME ": a default-constructed hazard_pointer is empty, a made one is not") {
  const holder nothing;
  CHECK(nothing.empty());
  const holder made = hp::make_hazard_pointer();
  CHECK_FALSE(made.empty());
}

TEST_CASE(HAZARD_NAME ": one that owns an unassociated hazard pointer is not empty") {
  node n;
  const std::atomic<node*> shared{&n};
  holder h = hp::make_hazard_pointer();
  CHECK(h.protect(shared) == &n);
  h.reset_protection();
  CHECK_FALSE(h.empty());
  h.reset_protection(nullptr);
  CHECK_FALSE(h.empty());
  h.reset_protection(static_cast<const node*>(nullptr));
  CHECK_FALSE(h.empty());
  CHECK(h.protect(shared) == &n);  // and can be used again
}

TEST_CASE(HAZARD_NAME ": a move leaves the source empty") {
  holder a = hp::make_hazard_pointer();
  holder b = std::move(a);
  CHECK(a.empty());
  CHECK_FALSE(b.empty());
  holder of_empty = std::move(a);
  CHECK(of_empty.empty());

  holder& assigned = (a = std::move(b));
  CHECK(&assigned == &a);
  CHECK_FALSE(a.empty());
  CHECK(b.empty());

  holder c = hp::make_hazard_pointer();
  c = std::move(a);  // over one that owns
  CHECK_FALSE(c.empty());
  CHECK(a.empty());
  c = std::move(a);  // of an empty one
  CHECK(c.empty());
}

TEST_CASE(HAZARD_NAME ": a self-move assignment has no effect") {
  holder a = hp::make_hazard_pointer();
  holder& same = a;
  a = std::move(same);
  CHECK_FALSE(a.empty());
  holder nothing;
  holder& also_nothing = nothing;
  nothing = std::move(also_nothing);
  CHECK(nothing.empty());
}

TEST_CASE(HAZARD_NAME ": swap exchanges what is owned, as a member and as a function") {
  holder a = hp::make_hazard_pointer();
  holder b;
  a.swap(b);
  CHECK(a.empty());
  CHECK_FALSE(b.empty());
  swap(a, b);
  CHECK_FALSE(a.empty());
  CHECK(b.empty());
  using std::swap;
  swap(a, b);
  CHECK(a.empty());
  b.swap(b);
  CHECK_FALSE(b.empty());
}

TEST_CASE(HAZARD_NAME ": protect returns what the shared pointer points to, also null") {
  node one;
  node two;
  std::atomic<node*> shared{&one};
  holder h = hp::make_hazard_pointer();
  CHECK(h.protect(shared) == &one);
  shared = &two;
  CHECK(h.protect(shared) == &two);
  shared = nullptr;
  CHECK(h.protect(shared) == nullptr);
}

TEST_CASE(HAZARD_NAME ": try_protect succeeds if nothing has changed, else says what is there now") {
  node one;
  node two;
  std::atomic<node*> shared{&one};
  holder h = hp::make_hazard_pointer();
  node* seen = shared.load();
  CHECK(h.try_protect(seen, shared));
  CHECK(seen == &one);

  shared = &two;
  CHECK_FALSE(h.try_protect(seen, shared));
  CHECK(seen == &two);
  CHECK(h.try_protect(seen, shared));

  shared = nullptr;
  CHECK_FALSE(h.try_protect(seen, shared));
  CHECK(seen == nullptr);
  CHECK(h.try_protect(seen, shared));  // null is what is there
  CHECK(seen == nullptr);

  shared = &one;
  CHECK_FALSE(h.try_protect(seen, shared));  // null was seen, something is there
  CHECK(seen == &one);
}

TEST_CASE(HAZARD_NAME ": every member takes objects of any hazard-protectable type, one after the other") {
  node one;
  other_node two;
  node_with_move_only three;
  const std::atomic<node*> to_one{&one};
  const std::atomic<other_node*> to_two{&two};
  const std::atomic<node_with_move_only*> to_three{&three};
  holder h = hp::make_hazard_pointer();
  CHECK(h.protect(to_one) == &one);
  CHECK(h.protect(to_two) == &two);
  CHECK(h.protect(to_three) == &three);
  h.reset_protection(&two);
  node* seen = &one;
  CHECK(h.try_protect(seen, to_one));
}

TEST_CASE(HAZARD_NAME ": a copy and a move of an object can be made and assigned, before and after it is protected") {
  node one;
  one.value = 1;
  const std::atomic<node*> shared{&one};
  holder h = hp::make_hazard_pointer();
  node copy = *h.protect(shared);
  node moved = std::move(copy);
  CHECK(moved.value == 1);
  moved.value = 2;
  one = moved;
  CHECK(one.value == 2);
  moved = node();
  CHECK(moved.value == 0);
}

}  // namespace HAZARD_TESTS
