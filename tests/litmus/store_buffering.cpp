// SPDX-License-Identifier: BSL-1.0
//
// Store buffering: x = 1; fence; r1 = y  against  y = 1; fence; r2 = x. Forbidden: r1 = 0 and r2 = 0.
// Exit status: 0 holds, 1 violated, 77 this machine cannot tell.
#include "two_threads.hpp"

using namespace litmus;

namespace {

// Longer than a heavy fence, now and then: what a load that is moved up could be away from its store.
constexpr std::uint32_t far_away = 100000;

void full_fence() { detail::std_atomics::full_fence(); }

// The light side without its order: the compiler has moved the load up.
bool load_before_store(variables& v, std::size_t round) {
  static wait some_time(far_away);
  const bool old = v.x.load(relaxed) < round;
  some_time();
  v.y.store(round, relaxed);
  return old;
}

template <class Left, class Right>
auto test(Left left, Right right, std::uint32_t drift = 16) {
  return [=](const budget& most) { return count_forbidden(most, drift, left, right); };
}

}  // namespace

int main() {
  if (one_cpu()) return 77;
  report table("store buffering, two threads on two CPUs");
  const auto heavy_on_x = on_x(heavy);
  const auto light_on_y = on_y(light);
  table.must_hold("heavy against light", million, test(heavy_on_x, light_on_y));
  table.must_hold("light against heavy (the roles swapped)", million / 2, test(on_x(light), on_y(heavy)));
  table.must_hold("heavy against heavy", million / 10, test(heavy_on_x, on_y(heavy)));
  table.control("compiler barrier against light", million / 5, test(on_x(compiler_barrier), light_on_y));
  table.control("compiler barrier against compiler barrier", million / 5,
                test(on_x(compiler_barrier), on_y(compiler_barrier)));
  table.control("a plain full fence against light", million / 5, test(on_x(full_fence), light_on_y));
  table.control("getppid as the heavy side, against light", million / 5, test(on_x(fake_heavy), light_on_y));
  table.control("light against getppid as the heavy side", million / 5, test(on_x(light), on_y(fake_heavy)));
  table.control("heavy against a load before its store", million / 50, test(heavy_on_x, load_before_store));
  return table.verdict();
}
