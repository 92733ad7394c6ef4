// SPDX-License-Identifier: BSL-1.0
//
// xenium's containers over lazyref's hazard pointers (xenium_reclaimer.hpp): code that somebody else wrote, for other
// reclaimers, with ideas of its own of what a guard may do. Looked at:
//
//   guards      what each function of the reclaimer promises, one thread
//   semantics   random operations beside the same ones on containers of the standard library, one thread
//   use         under load, values tell when they are used after their destruction; AddressSanitizer and
//               ThreadSanitizer tell the rest
//   order, sum  what goes into a queue comes out once, in the order of its producer; a key is in a set as often as it
//               was inserted, less as often as it was erased
//   memory      what was made is destroyed in the end, once
//
// Has this any power? The same reclaimer with one thing wrong, in child processes, over memory that is kept, so that
// what is wrong is a value: each has to be caught.
//
//   no_protection  guards protect nothing
//   no_look        a protection without the second look
//   copy_by_reset  a copied guard protects anew: too late for what is retired, as guards and iterators may hold
//
// Not here, as it goes wrong in xenium 0.0.2 whatever hazard pointers are under it:
//
//   vyukov_hash_map          that grows, and try_get_value of values that are to be protected: a reader may be in the
//                            old block, whose cells and versions tell nothing of what is erased from the new one. (By
//                            xenium's own hazard pointers: a use after free. By epochs it is right, as the guard on the
//                            block covers the value.) Here only numbers are looked up while it grows.
//                            Erase of an iterator leaks values that stand in nodes, and so does the destructor: here
//                            all keys are erased before.
//   ramalhete_queue          of unique_ptr: a segment's destructor deletes again what was popped, if pushes overran it
//   harris_michael_hash_map  operator[] and get_or_emplace under load: they let go of the successor before they compare
//                            with its address, which may be another node's by then: keys get out of order
#if !defined(__unix__)
#include <cstdio>
int main() {
  std::puts("SKIPPED: peers_xenium: planted bugs need fork");
  return 77;
}
#else

#include "../support/stress_child.hpp"
#include "xenium_loads.hpp"
#include "xenium_semantics.hpp"

#if LAZYREF_TEST_TSAN
// The first report decides.
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
#endif

using namespace peers;

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // A sanitizer that ends the program does not print what waits.
  const stress::options options = stress::parse(argc, argv, 0.8);
  const double seconds = options.seconds;
  const std::uint64_t seed = options.seed;

  stress::verdicts verdicts;
  const double patience = 30;
  verdicts.must_be_clean("guards", [&] { guard_load<quarantined<fault::none>>().run(seconds / 4, seed); });
  verdicts.must_be_caught("no_protection",
                          [&] { guard_load<quarantined<fault::no_protection>>().run(patience, seed); });
  verdicts.must_be_caught("no_look", [&] { guard_load<quarantined<fault::no_look>>().run(patience, seed); });
  verdicts.must_be_caught("copy_by_reset",
                          [&] { guard_load<quarantined<fault::copy_by_reset>>().run(patience, seed); });
  verdicts.must_be_clean("queue", [&] { queue_load<quarantined<fault::none>, michael_scott>(seconds / 4, seed); });
  verdicts.must_be_caught("queue, no_protection",
                          [&] { queue_load<quarantined<fault::no_protection>, michael_scott>(patience, seed); });
  verdicts.must_be_clean("set", [&] { set_load<quarantined<fault::none>, harris_set>(seconds / 4, seed); });
  verdicts.must_be_caught("set, no_protection",
                          [&] { set_load<quarantined<fault::no_protection>, harris_set>(patience, seed); });
  verdicts.must_be_caught("set, copy_by_reset",
                          [&] { set_load<quarantined<fault::copy_by_reset>, harris_set>(patience, seed); });

  semantics(seed);
  guard_load<loaded>().run(seconds, seed);
  queue_load<loaded, michael_scott>(seconds, seed);
  queue_load<loaded, ramalhete>(seconds, seed);
  queue_load<loaded, kirsch>(seconds, seed);
  set_load<loaded, harris_set>(seconds, seed);
  set_load<loaded, harris_map>(seconds, seed);
  set_load<loaded, vyukov_numbers>(seconds, seed);
  set_load<loaded, vyukov_values_fixed>(seconds, seed);
  set_load<loaded, vyukov_values_growing>(seconds, seed);
  set_load<loaded, vyukov_managed_fixed>(seconds, seed);
  set_load<loaded, vyukov_managed_growing>(seconds, seed);
  std::puts(
      "SKIPPED: peers_xenium: kirsch_bounded_kfifo_queue, vyukov_bounded_queue, chase_work_stealing_deque, left_right, "
      "seqlock: they reclaim nothing, and take no reclaimer");
  return verdicts.exit_status();
}
#endif
