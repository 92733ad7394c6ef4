// SPDX-License-Identifier: BSL-1.0
#include <lazyref/nested_protection.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <utility>
#include <vector>

#include "../example.hpp"
#include "expression.hpp"
#include "function.hpp"
#include "nested.hpp"

namespace jit {

namespace {

using plain_function = std::int64_t(std::int64_t, std::int64_t);
using slot_type = decltype(std::declval<function_space&>().domain().attach());
constexpr int calls_each = 20000, repetitions = 101;

// The second argument of the called functions.
struct runtime {
  explicit runtime(slot_type&& mine) : slot(std::move(mine)) {}

  slot_type slot;
  std::atomic<function*> callee{nullptr};
  std::atomic<plain_function*> plain_callee{nullptr};
};
runtime& runtime_of(std::int64_t who) { return *reinterpret_cast<runtime*>(static_cast<std::intptr_t>(who)); }

#define JIT_CALLS __attribute__((no_sanitize("undefined")))  // see function.hpp

extern "C" JIT_CALLS std::int64_t jit_cost_by_pointer(std::int64_t x, std::int64_t who) {
  return runtime_of(who).plain_callee.load(std::memory_order_acquire)(x, who);
}
extern "C" JIT_CALLS std::int64_t jit_cost_by_scope(std::int64_t x, std::int64_t who) {
  const lazyref::nested_protection callee(runtime_of(who).slot, runtime_of(who).callee);
  return callee->as<plain_function>()(x, who);
}

function_ref published(function_space& space, const options& how, const program& code) {
  function_draft draft =
      make_draft(space, how.compile(code), samples{}, true, code.front().what == operation::call, "cost", 0);
  require(draft.status());
  function_ref result;
  require(space.publish(draft, result));
  how.prepare_to_call();
  return result;
}
function_ref calling(function_space& space, const options& how, plain_function* what) {
  const auto address = static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(what));
  return published(space, how, {{operation::call, address}, {operation::constant, 1}, {operation::add}});
}

class row {
 public:
  explicit row(const char* what) : what_(what) {}
  template <class Call>
  void measure(Call&& call) {
    const examples::stopwatch watch;
    std::int64_t x = 0;
    for (int i = 0; i < calls_each; ++i) x = call(x);
    each_.push_back(watch.seconds() * 1e9 / calls_each);
    last_ = x;
  }
  double median() {
    std::nth_element(each_.begin(), each_.begin() + repetitions / 2, each_.end());
    return each_[repetitions / 2];
  }
  // `added`: what each call adds.
  bool print(double compared_with, std::int64_t added) {
    std::printf("  %-64s %8.2f ns %6.2f\n", what_, median(), median() / compared_with);
    return last_ == added * calls_each;
  }

 private:
  const char* const what_;
  std::vector<double> each_;
  std::int64_t last_ = 0;
};

}  // namespace

JIT_CALLS bool cost(const options& how) {
  if (!how.native())
    throw input_error("--cost: it needs native code, but there is no code generator here, or --interpret is given");
  function_space space({1 << 16, 8, 2}, how.mapping(), how.synchronisation());
  function_space small({1 << 16, 8, 1}, how.mapping(), how.synchronisation());  // no free slot
  require(space.status());
  require(small.status());
  const program leaf{{operation::x}, {operation::constant, 1}, {operation::add}};
  std::array<function_ref, 5> code{published(space, how, leaf), calling(space, how, jit_cost_by_pointer),
                                   calling(space, how, jit_cost_by_scope), published(small, how, leaf),
                                   calling(small, how, jit_cost_by_scope)};
  runtime with(space.domain().attach()), without(small.domain().attach());
  with.callee = code[0].get();
  with.plain_callee = code[0]->as<plain_function>();
  without.callee = code[3].get();
  const std::atomic<plain_function*> plain_caller{code[1]->as<plain_function>()};
  const std::atomic<function*> caller{code[2].get()}, small_caller{code[4].get()};

  row by_pointer("call by an atomic function pointer (unsafe to replace)"), by_protect("protect and call"),
      nested_by_pointer("nested call, both by atomic function pointers (unsafe)"),
      nested("nested call, protect and nested_protection"), held("the same, where the domain has no free slot");
  const auto argument = [](runtime& one) { return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(&one)); };
  const std::int64_t w = argument(with), wo = argument(without);
  for (int i = 0; i < repetitions; ++i) {
    by_pointer.measure([&](std::int64_t x) { return with.plain_callee.load(std::memory_order_acquire)(x, w); });
    by_protect.measure([&](std::int64_t x) { return with.slot.protect(with.callee)->as<plain_function>()(x, w); });
    nested_by_pointer.measure([&](std::int64_t x) { return plain_caller.load(std::memory_order_acquire)(x, w); });
    nested.measure([&](std::int64_t x) { return with.slot.protect(caller)->as<plain_function>()(x, w); });
    held.measure([&](std::int64_t x) { return without.slot.protect(small_caller)->as<plain_function>()(x, wo); });
  }
  std::printf(
      "one thread, %d rounds of %d calls of each kind, in turns; medians, and their ratio to the call by pointer\n",
      repetitions, calls_each);
  const double one = by_pointer.median(), two = nested_by_pointer.median();
  bool good = by_pointer.print(one, 1);
  good = by_protect.print(one, 1) && good;
  good = nested_by_pointer.print(two, 2) && good;
  good = nested.print(two, 2) && good;
  good = held.print(two, 2) && good;
  with.slot.detach();
  without.slot.detach();
  std::printf("checked: all of these returned the right results: %s\n", good ? "yes" : "no");
  return good;
}

}  // namespace jit
