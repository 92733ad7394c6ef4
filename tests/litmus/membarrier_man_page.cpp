// SPDX-License-Identifier: BSL-1.0
//
// The two scenarios at the head of Linux's kernel/sched/membarrier.c, which membarrier(2) promises:
//
//   A   x = 1; membarrier; r2 = y    against   y = 1; barrier(); r1 = x     forbidden: r1 = 0 and r2 = 0
//   B   r2 = y; membarrier; r1 = x   against   x = 1; barrier(); y = 1      forbidden: r2 = 1 and r1 = 0
//
// In A, the side of barrier() starts at a random time before, in and after the membarrier; in B, the other side first
// waits for y for a while.
// Exit status: 0 holds, 1 violated, 77 this machine cannot tell.
#include "two_threads.hpp"

using namespace litmus;

namespace {

constexpr std::uint32_t about_a_heavy_fence = 20000;
constexpr std::uint32_t together = 16;
constexpr std::uint32_t far_away = 100000;

template <class Fence>
auto a_left(Fence fence) {
  return [fence](variables& v, std::size_t round) {
    v.x.store(round, relaxed);
    fence();
    return v.y.load(relaxed) < round;
  };
}

bool a_right(variables& v, std::size_t round) {
  v.y.store(round, relaxed);
  light();
  return v.x.load(relaxed) < round;
}

// Waits for y for a while before it gives up: otherwise it would seldom be new.
template <class Fence>
auto b_left(Fence fence) {
  return [fence](variables& v, std::size_t round) {
    bool y_is_new = false;
    for (int i = 0; i < 200 && !y_is_new; ++i) y_is_new = v.y.load(relaxed) == round;
    fence();
    return (v.x.load(relaxed) < round) && y_is_new;
  };
}

bool b_right(variables& v, std::size_t round) {
  v.x.store(round, relaxed);
  light();
  v.y.store(round, relaxed);
  return true;
}

// The two stores swapped, as a compiler may that sees no barrier; and some others between them, that they can be told
// apart.
bool b_right_swapped(variables& v, std::size_t round) {
  v.y.store(round, relaxed);
  for (word& w : v.ballast) w.store(round + 1, relaxed);
  v.x.store(round, relaxed);
  return true;
}

bool b_right_swapped_far(variables& v, std::size_t round) {
  static wait some_time(far_away);
  v.y.store(round, relaxed);
  some_time();
  v.x.store(round, relaxed);
  return true;
}

template <class Left, class Right>
auto test(Left left, Right right, std::uint32_t drift) {
  return [=](const budget& most) { return count_forbidden(most, drift, left, right); };
}

}  // namespace

int main() {
  if (one_cpu()) return 77;
  report table("membarrier(2), scenarios A and B, two threads on two CPUs");
  table.must_hold("A: membarrier against barrier()", million, test(a_left(heavy), a_right, about_a_heavy_fence));
  table.control("A: barrier() against barrier()", million / 5, test(a_left(compiler_barrier), a_right, together));
  table.control("A: getppid against barrier()", million / 5, test(a_left(fake_heavy), a_right, together));

  table.must_hold("B: membarrier against barrier()", million, test(b_left(heavy), b_right, together));
  const auto without_heavy = test(b_left(compiler_barrier), b_right, together);
#if defined(__x86_64__) || defined(__i386__)
  table.control_without_power_here("B: barrier() against barrier()", million, without_heavy,
                                   "x86 keeps stores in order, and loads (TSO)");
#else
  table.control("B: barrier() against barrier()", million / 5, without_heavy);
#endif
  table.control("B: barrier() against the two stores swapped", million / 5,
                test(b_left(compiler_barrier), b_right_swapped, together));
  table.control("B: membarrier against the two stores swapped, far apart", million / 50,
                test(b_left(heavy), b_right_swapped_far, together));
  return table.verdict();
}
