// SPDX-License-Identifier: BSL-1.0
//
// The draft's declarations of hazard pointers ([hazard.pointer.syn], and the synopses of the classes), as facts about an
// implementation that a compiler can check; and two wrong implementations, of which at least one violates each fact.
#pragma once

#include <atomic>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "hazard_conformance.hpp"

namespace lazyref_test::conformance {

struct fact {
  bool holds;
  const char* what;
};

struct nothing;
template <class, template <class...> class Of, class... A>
struct detection : std::false_type {
  using type = nothing;
};
template <template <class...> class Of, class... A>
struct detection<std::void_t<Of<A...>>, Of, A...> : std::true_type {
  using type = Of<A...>;
};
template <template <class...> class Of, class... A>
constexpr bool compiles = detection<void, Of, A...>::value;
template <class Result, template <class...> class Of, class... A>
constexpr bool gives = std::is_same_v<Result, typename detection<void, Of, A...>::type>;

template <class H, class Source>
using call_protect = decltype(std::declval<H>().protect(std::declval<Source>()));
template <class H, class P, class Source>
using call_try_protect = decltype(std::declval<H>().try_protect(std::declval<P>(), std::declval<Source>()));
template <class H, class... P>
using call_reset = decltype(std::declval<H>().reset_protection(std::declval<P>()...));
template <class H>
using call_empty = decltype(std::declval<H>().empty());
template <class H, class Other>
using call_swap = decltype(std::declval<H>().swap(std::declval<Other>()));
template <class H>
using call_assign = decltype(std::declval<H&>() = std::declval<H>());
template <class T, class... D>
using call_retire = decltype(std::declval<T>().retire(std::declval<D>()...));

template <class H, class Source>
using quiet_protect = std::enable_if_t<noexcept(std::declval<H>().protect(std::declval<Source>()))>;
template <class H, class P, class Source>
using quiet_try_protect =
    std::enable_if_t<noexcept(std::declval<H>().try_protect(std::declval<P>(), std::declval<Source>()))>;
template <class H, class... P>
using quiet_reset = std::enable_if_t<noexcept(std::declval<H>().reset_protection(std::declval<P>()...))>;
template <class H>
using quiet_empty = std::enable_if_t<noexcept(std::declval<H>().empty())>;
template <class H, class Other>
using quiet_swap = std::enable_if_t<noexcept(std::declval<H>().swap(std::declval<Other>()))>;
template <class T, class... D>
using quiet_retire = std::enable_if_t<noexcept(std::declval<T>().retire(std::declval<D>()...))>;

template <class H>
using call_fill = decltype(make_hazard_pointer_batch(std::declval<H*>(), std::size_t{}));
template <class H>
using call_clear = decltype(clear_hazard_pointer_batch(std::declval<H*>(), std::size_t{}));
template <class H>
using quiet_fill = std::enable_if_t<noexcept(make_hazard_pointer_batch(std::declval<H*>(), std::size_t{}))>;
template <class H>
using quiet_clear = std::enable_if_t<noexcept(clear_hazard_pointer_batch(std::declval<H*>(), std::size_t{}))>;
#if defined(__cpp_lib_span)
template <class H>
using call_fill_span = decltype(make_hazard_pointer_batch(std::declval<std::span<H>>()));
template <class H>
using call_clear_span = decltype(clear_hazard_pointer_batch(std::declval<std::span<H>>()));
template <class H>
using quiet_fill_span = std::enable_if_t<noexcept(make_hazard_pointer_batch(std::declval<std::span<H>>()))>;
template <class H>
using quiet_clear_span = std::enable_if_t<noexcept(clear_hazard_pointer_batch(std::declval<std::span<H>>()))>;
#endif

template <class Api>
struct plain : Api::template base<plain<Api>> {
  int value = 0;
};
template <class Api>
struct other_plain : Api::template base<other_plain<Api>> {};

template <class Api>
struct with_function : Api::template base<with_function<Api>, void (*)(with_function<Api>*)> {};

struct move_only_deleter {
  std::unique_ptr<int> state;
  template <class T>
  void operator()(T* x) const {
    delete x;
  }
};
template <class Api>
struct with_move_only : Api::template base<with_move_only<Api>, move_only_deleter> {};

// The access that a derived class has to the base's members.
template <class Base>
struct derived : Base {};

// Only named, never complete. [saferecl.hp.base]/4
struct never_complete;

template <class F, class Base, class D>
constexpr bool is_retire =
    std::is_same_v<F, void (Base::*)(D) noexcept> || std::is_same_v<F, void (Base::*)(D) const noexcept>;

template <class Base, class D, class = void>
constexpr bool has_retire = false;
template <class Base, class D>
constexpr bool has_retire<Base, D, std::void_t<decltype(&Base::retire)>> = is_retire<decltype(&Base::retire), Base, D>;

template <class Api>
struct synopsis {
  using h = holder_of<Api>;
  using t = plain<Api>;
  using d = std::default_delete<t>;
  using base = typename Api::template base<t, d>;
  using source = const std::atomic<t*>&;

  static constexpr fact facts[] = {
      // [saferecl.hp.base], the class template
      {std::is_same_v<typename Api::template base_by_default<t>, base>, "the deleter is default_delete<T> by default"},
      {has_retire<base, d>, "void retire(D) noexcept (const is more than the draft has)"},
      {gives<void, call_retire, t&>, "retire()"},
      {gives<void, call_retire, t&, d>, "retire(D)"},
      {compiles<quiet_retire, t&>, "retire() noexcept"},
      {compiles<quiet_retire, t&, d>, "retire(D) noexcept"},
      {compiles<quiet_retire, with_move_only<Api>&, move_only_deleter>, "retire of a move-only deleter"},
      {compiles<quiet_retire, with_function<Api>&, std::nullptr_t>, "retire of a pointer to a function"},
      {!std::is_default_constructible_v<base>, "the default constructor is protected"},
      {!std::is_copy_constructible_v<base>, "the copy constructor is protected"},
      {!std::is_move_constructible_v<base>, "the move constructor is protected"},
      {!std::is_copy_assignable_v<base>, "the copy assignment is protected"},
      {!std::is_move_assignable_v<base>, "the move assignment is protected"},
      {!std::is_destructible_v<base>, "the destructor is protected"},
      {!std::is_polymorphic_v<base>, "the base has no virtual functions"},
      {std::is_default_constructible_v<derived<base>>, "a derived class has a default constructor"},
      {std::is_copy_constructible_v<derived<base>>, "a derived class has a copy constructor"},
      {std::is_move_constructible_v<derived<base>>, "a derived class has a move constructor"},
      {std::is_copy_assignable_v<derived<base>>, "a derived class has a copy assignment"},
      {std::is_move_assignable_v<derived<base>>, "a derived class has a move assignment"},
      {std::is_nothrow_destructible_v<derived<base>>, "a derived class has a destructor"},
      {std::is_move_constructible_v<with_move_only<Api>>, "... also with a move-only deleter, a move constructor"},
      {std::is_move_assignable_v<with_move_only<Api>>, "... also with a move-only deleter, a move assignment"},

      // [saferecl.hp.holder.ctor]
      {std::is_nothrow_default_constructible_v<h>, "hazard_pointer() noexcept"},
      {std::is_nothrow_move_constructible_v<h>, "hazard_pointer(hazard_pointer&&) noexcept"},
      {std::is_nothrow_move_assignable_v<h>, "operator=(hazard_pointer&&) noexcept"},
      {gives<h&, call_assign, h>, "operator= returns hazard_pointer&"},
      {std::is_nothrow_destructible_v<h>, "~hazard_pointer() is noexcept"},
      {!std::is_copy_constructible_v<h>, "a hazard_pointer is not copied"},
      {!std::is_copy_assignable_v<h>, "a hazard_pointer is not assigned by copying"},
      {!std::is_constructible_v<h, t*>, "a hazard_pointer is not made of a pointer"},
      {!std::is_constructible_v<h, std::nullptr_t>, "a hazard_pointer is not made of nullptr"},
      {!std::is_constructible_v<bool, h>, "a hazard_pointer is no bool: empty() is the question"},
      {!std::is_polymorphic_v<h>, "a hazard_pointer has no virtual functions"},

      // [saferecl.hp.holder.mem]
      {gives<bool, call_empty, const h&>, "bool empty() const"},
      {compiles<quiet_empty, const h&>, "empty() noexcept"},
      {gives<t*, call_protect, h&, source>, "T* protect(const atomic<T*>&)"},
      {gives<t*, call_protect, h&, std::atomic<t*>&>, "protect of an atomic that is not const"},
      {compiles<quiet_protect, h&, source>, "protect noexcept"},
      {!compiles<call_protect, const h&, source>, "protect is not const"},
      {!compiles<call_protect, h&, t*>, "protect does not take a pointer"},
      {gives<bool, call_try_protect, h&, t*&, source>, "bool try_protect(T*&, const atomic<T*>&)"},
      {compiles<quiet_try_protect, h&, t*&, source>, "try_protect noexcept"},
      {!compiles<call_try_protect, const h&, t*&, source>, "try_protect is not const"},
      {!compiles<call_try_protect, h&, t*, source>, "try_protect takes the pointer by reference"},
      {!compiles<call_try_protect, h&, other_plain<Api>*&, source>, "try_protect is about one T"},
      {gives<void, call_reset, h&, const t*>, "void reset_protection(const T*)"},
      {gives<void, call_reset, h&, t*>, "reset_protection(T*)"},
      {gives<void, call_reset, h&, std::nullptr_t>, "void reset_protection(nullptr_t)"},
      {gives<void, call_reset, h&>, "reset_protection()"},
      {compiles<quiet_reset, h&, const t*>, "reset_protection(const T*) noexcept"},
      {compiles<quiet_reset, h&, std::nullptr_t>, "reset_protection(nullptr_t) noexcept"},
      {compiles<quiet_reset, h&>, "reset_protection() noexcept"},
      {!compiles<call_reset, const h&, const t*>, "reset_protection(const T*) is not const"},
      {!compiles<call_reset, const h&, std::nullptr_t>, "reset_protection(nullptr_t) is not const"},
      {!compiles<call_reset, h&, int>, "reset_protection does not take a number"},
      {gives<void, call_swap, h&, h&>, "void swap(hazard_pointer&)"},
      {compiles<quiet_swap, h&, h&>, "swap(hazard_pointer&) noexcept"},
      {!compiles<call_swap, h&, h>, "the other of a swap is an lvalue"},

      // [hazard.pointer.syn], [saferecl.hp.holder.nonmem]
      {std::is_same_v<decltype(Api::make()), h>, "hazard_pointer make_hazard_pointer()"},
      {!noexcept(Api::make()), "make_hazard_pointer may throw"},
      {std::is_void_v<decltype(Api::exchange(std::declval<h&>(), std::declval<h&>()))>, "void swap(a, b)"},
      {noexcept(Api::exchange(std::declval<h&>(), std::declval<h&>())), "swap(a, b) noexcept"},
      {std::is_nothrow_swappable_v<h>, "swap(a, b) is found where std::swap is looked for"},
  };
};

template <class Api>
struct batch_synopsis {
  using h = holder_of<Api>;
  static constexpr fact facts[] = {
      {compiles<call_fill, h> ? gives<void, call_fill, h> && gives<void, call_clear, h> : true, "by a pointer: void"},
      {compiles<call_fill, h> ? !compiles<quiet_fill, h> : true, "by a pointer: make may throw"},
      {compiles<call_fill, h> ? compiles<quiet_clear, h> : true, "by a pointer: clear noexcept"},
#if defined(__cpp_lib_span)
      {gives<void, call_fill_span, h>, "void make_hazard_pointer_batch(span<hazard_pointer>)"},
      {gives<void, call_clear_span, h>, "void clear_hazard_pointer_batch(span<hazard_pointer>)"},
      {!compiles<quiet_fill_span, h>, "make_hazard_pointer_batch may throw"},
      {compiles<quiet_clear_span, h>, "clear_hazard_pointer_batch noexcept"},
#endif
  };
};

// An implementation in which every declaration differs.
namespace wrong {
template <class T, class D = int>
struct base {
  base() = default;
  base(const base&) = default;
  base& operator=(const base&) = default;
  virtual ~base() noexcept(false) {}
  template <class Any = int>
  int retire(Any&& = Any()) const {
    return 0;
  }
};
struct hazard_pointer {
  explicit hazard_pointer(const void* = nullptr) noexcept(false) {}
  hazard_pointer(const hazard_pointer&) noexcept(false) {}
  void operator=(const hazard_pointer&) noexcept(false) {}
  virtual ~hazard_pointer() noexcept(false) {}
  explicit operator bool() const { return true; }
  int empty() const { return 0; }
  template <class... Any>
  void* protect(Any&&...) const {
    return nullptr;
  }
  template <class... Any>
  int try_protect(Any&&...) const {
    return 0;
  }
  template <class... Any>
  int reset_protection(Any&&...) const {
    return 0;
  }
  template <class Other>
  int swap(Other&&) {
    return 0;
  }
};
inline int swap(hazard_pointer&, hazard_pointer&) { return 0; }
inline int make_hazard_pointer_batch(hazard_pointer*, std::size_t) noexcept { return 0; }
inline int clear_hazard_pointer_batch(hazard_pointer*, std::size_t) { return 0; }
#if defined(__cpp_lib_span)
inline int make_hazard_pointer_batch(std::span<hazard_pointer>) noexcept { return 0; }
inline int clear_hazard_pointer_batch(std::span<hazard_pointer>) { return 0; }
#endif
}  // namespace wrong
struct wrong_api {
  using hazard_pointer = wrong::hazard_pointer;
  template <class T, class D = std::default_delete<T>>
  using base = wrong::base<T, D>;
  template <class T>
  using base_by_default = wrong::base<T>;
  static int make() noexcept { return 0; }
  static int exchange(hazard_pointer&, hazard_pointer&) { return 0; }
};

// An implementation without any declaration.
struct absent_api {
  struct hazard_pointer {
    hazard_pointer() = delete;
    hazard_pointer(const hazard_pointer&) = delete;
    hazard_pointer& operator=(const hazard_pointer&) = delete;
    ~hazard_pointer() = delete;
  };
  template <class T, class D = std::default_delete<T>>
  struct base : hazard_pointer {};
  template <class T>
  using base_by_default = T;
  static int make() noexcept { return 0; }
  static int exchange(hazard_pointer&, hazard_pointer&) { return 0; }
};

template <class Api, template <class> class Interface>
constexpr bool all_hold() {
  for (const fact& f : Interface<Api>::facts)
    if (!f.holds) return false;
  return true;
}

// Again at run time, to report which fact fails.
template <template <class> class Interface>
struct declares {
  template <class Api>
  static void run(verdict& v) {
    for (const fact& f : Interface<Api>::facts) v.expect(f.holds, f.what);
  }
};

template <template <class> class Interface>
void require_that_each_can_fail() {
  for (std::size_t i = 0; i < std::size(Interface<wrong_api>::facts); ++i) {
    INFO(Interface<wrong_api>::facts[i].what);
    CHECK_FALSE((Interface<wrong_api>::facts[i].holds && Interface<absent_api>::facts[i].holds));
  }
}

}  // namespace lazyref_test::conformance
