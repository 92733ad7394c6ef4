// SPDX-License-Identifier: BSL-1.0
//
// What a class may be that derives from ours: as if it derived from nothing. Compiled only, in C++17 and C++20.
#include <lazyref/lazyref.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#if __cplusplus >= 202002L
#include <compare>
#endif

#if !defined(TWIN)
namespace under_test = lazyref;
#else
// Bases with a fault each; see bases.py.
namespace under_test {
template <class T>
class owner {
#if TWIN == 2
 public:
  friend bool operator==(const owner&, const owner&) noexcept { return true; }
#endif
};
template <class T>
class code_block : public owner<T> {};
template <class D, bool Stored>
struct box {};
template <class D>
struct box<D, true> {
  D deleter_;
};
template <class T, class D = std::default_delete<T>>
class hazard_pointer_obj_base
#if TWIN == 1
    : private D
#elif TWIN == 4
    : private box<D, !std::is_same_v<D, std::default_delete<T>>>
#endif
{
 public:
  void retire(D = D()) noexcept {}

 private:
  void* member_[TWIN == 3 ? 4 : 3] = {};
};
}  // namespace under_test
#endif

// A callable through another base.
namespace callable {
struct job : under_test::hazard_pointer_obj_base<job>, std::function<int(int)> {
  using std::function<int(int)>::function;
};
inline int run(job& j) { return j(3); }
}  // namespace callable

// A node that names its own deleter inside.
namespace own_deleter {
struct node;
struct to_pool {
  void operator()(node* n) const noexcept;
};
struct node : under_test::hazard_pointer_obj_base<node, to_pool> {
  void remove() noexcept { retire(to_pool{}); }
};
inline void to_pool::operator()(node* n) const noexcept { delete n; }
}  // namespace own_deleter

// A deleter whose members have names of the node's surroundings.
namespace members_of_the_deleter {
struct node;
struct to_pool {
  using pool_type = int;
  static constexpr int size = 4;
  void operator()(node* n) const noexcept;
};
int size();
using pool_type = long;
struct node : under_test::hazard_pointer_obj_base<node, to_pool> {
  pool_type p = 0;
  int f() { return size(); }
};
static_assert(std::is_same_v<decltype(node::p), long>);
inline void to_pool::operator()(node* n) const noexcept { delete n; }
}  // namespace members_of_the_deleter

// A deleter that is a base of the node, too, before ours and after.
namespace deleter_is_base {
struct tracer {
  void operator()(void*) const noexcept {}
  void trace() {}
};
struct node : tracer, under_test::hazard_pointer_obj_base<node, tracer> {};
struct other : under_test::hazard_pointer_obj_base<other, tracer>, tracer {};
inline void f(node& n, other& o) {
  n.trace();
  n.retire();
  o.trace();
  o.retire();
  static_cast<void>(static_cast<tracer*>(&n));
}
}  // namespace deleter_is_base

// One deleter for all types.
namespace lib {
struct deleter {
  template <class T>
  void operator()(T* p) const noexcept {
    delete p;
  }
};
}  // namespace lib
namespace app {
using lib::deleter;
struct node : under_test::hazard_pointer_obj_base<node, deleter> {
  deleter get() { return {}; }
};
}  // namespace app

// The deleter by default, of something else; and everything of std by its bare name.
namespace bare_std {
using namespace std;
struct node : under_test::hazard_pointer_obj_base<node> {
  unique_ptr<int, default_delete<int>> p;
};
}  // namespace bare_std

// Deleters that are final, that are functions, that are lambdas, that compare.
namespace kinds_of_deleters {
struct node;
struct last final {
  void operator()(node*) const noexcept {}
  friend bool operator==(const last&, const last&) noexcept { return true; }
};
struct node : under_test::hazard_pointer_obj_base<node, last> {};
struct by_function : under_test::hazard_pointer_obj_base<by_function, void (*)(by_function*)> {};
static_assert(!std::is_convertible_v<node*, last*> && !std::is_base_of_v<last, node>);
}  // namespace kinds_of_deleters

// Space.
namespace space {
struct nothing {
  template <class T>
  void operator()(T*) const noexcept {}
};
struct plain : under_test::hazard_pointer_obj_base<plain> {};
struct with_nothing : under_test::hazard_pointer_obj_base<with_nothing, nothing> {};
struct with_pointer : under_test::hazard_pointer_obj_base<with_pointer, void (*)(with_pointer*)> {};
struct with_nothing_inside : under_test::hazard_pointer_obj_base<with_nothing_inside, nothing> {
  nothing first;  // of the same type as an empty base would be
};
static_assert(sizeof(plain) <= 8 + 2 * sizeof(void*), "24 bytes with 64 bits");
static_assert(sizeof(with_nothing) == sizeof(plain));
static_assert(sizeof(with_pointer) <= sizeof(plain) + sizeof(void (*)()));
static_assert(sizeof(with_nothing_inside) <= sizeof(plain) + alignof(plain));
}  // namespace space

// A class compares by its own members, if it says so, and not otherwise.
namespace comparisons {

template <class X, class = void>
inline constexpr bool has_equal = false;
template <class X>
inline constexpr bool has_equal<X, std::void_t<decltype(std::declval<const X&>() == std::declval<const X&>())>> = true;
template <class X, class = void>
inline constexpr bool has_unequal = false;
template <class X>
inline constexpr bool has_unequal<X, std::void_t<decltype(std::declval<const X&>() != std::declval<const X&>())>> =
    true;
template <class X, class = void>
inline constexpr bool has_less = false;
template <class X>
inline constexpr bool has_less<X, std::void_t<decltype(std::declval<const X&>() < std::declval<const X&>())>> = true;

template <class T>
using protectable = under_test::hazard_pointer_obj_base<T>;
template <class T>
using referable = under_test::owner<T>;
template <class T>
using executable = under_test::code_block<T>;

struct without {
  int x = 0;
};
template <template <class> class Base>
struct silent : Base<silent<Base>> {
  int x = 0;
};
template <template <class> class Base>
struct by_hand : Base<by_hand<Base>> {
  int x = 0;
  friend bool operator==(const by_hand& a, const by_hand& b) noexcept { return a.x == b.x; }
};

template <class X>
constexpr bool compares_not = !has_equal<X> && !has_unequal<X> && !has_less<X>;
static_assert(compares_not<without>);
static_assert(compares_not<silent<protectable>> && compares_not<silent<referable>> && compares_not<silent<executable>>);
static_assert(has_equal<by_hand<protectable>> && has_equal<by_hand<referable>> && has_equal<by_hand<executable>>);
static_assert(!has_less<by_hand<protectable>> && !has_less<by_hand<referable>> && !has_less<by_hand<executable>>);

#if __cplusplus >= 202002L
template <template <class> class Base>
struct equal : Base<equal<Base>> {
  int x = 0;
  bool operator==(const equal&) const = default;
};
template <template <class> class Base>
struct ordered : Base<ordered<Base>> {
  int x = 0;
  auto operator<=>(const ordered&) const = default;
};
template <template <class> class Base>
struct ordered_strongly : Base<ordered_strongly<Base>> {
  int x = 0;
  std::strong_ordering operator<=>(const ordered_strongly&) const = default;
};
template <template <class> class Base>
struct equal_outside : Base<equal_outside<Base>> {
  int x = 0;
  friend bool operator==(const equal_outside&, const equal_outside&) = default;
};
template <template <class> class Base>
void compare(equal<Base>& a, ordered<Base>& b, ordered_strongly<Base>& c, equal_outside<Base>& d) {
  static_cast<void>(a == a && a != a && b == b && b < b && b >= b && c < c && d == d && d != d);
}
static_assert(has_equal<equal<protectable>> && !has_less<equal<protectable>>);
static_assert(has_equal<equal<referable>> && !has_less<equal<referable>>);
static_assert(has_equal<equal<executable>> && !has_less<equal<executable>>);
template void compare<protectable>(equal<protectable>&, ordered<protectable>&, ordered_strongly<protectable>&,
                                   equal_outside<protectable>&);
template void compare<referable>(equal<referable>&, ordered<referable>&, ordered_strongly<referable>&,
                                 equal_outside<referable>&);
template void compare<executable>(equal<executable>&, ordered<executable>&, ordered_strongly<executable>&,
                                  equal_outside<executable>&);
#endif

}  // namespace comparisons
