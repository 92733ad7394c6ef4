// SPDX-License-Identifier: BSL-1.0
//
// What count.py counts the instructions of: each operation in a function op_NAME of its own, without its callers'
// knowledge. Only what these functions and their callees execute is counted, so that the loop around one can bring
// about the state that it needs. Objects come from pools: how `new` and `delete` do it is the C library's business.
//
// With COUNT_PLANTED, deactivate makes a full fence and looks twice, which count.py must report.
// Time stands still, and all happens on one CPU: so the numbers are the same in each run. (glibc's own sched_getcpu is a
// few instructions where there is rseq, which valgrind has not.)
#include <sched.h>
#include <time.h>
#include <cstdio>
#include <new>

#include <valgrind/callgrind.h>

#include <lazyref/domain.hpp>
#include <lazyref/hazard_pointer.hpp>
#include <lazyref/per_cpu.hpp>

extern "C" int clock_gettime(clockid_t, timespec* now) noexcept {
  *now = {};
  return 0;
}
extern "C" int sched_getcpu() noexcept { return 0; }

using namespace lazyref;

#if defined(__clang__)
#define ALONE extern "C" [[gnu::noinline]]
#else
#define ALONE extern "C" [[gnu::noipa]]
#endif

namespace {

constexpr std::size_t calls = 8192;  // counted, after as many that are not; a multiple of both batches of retire
constexpr std::size_t slots = 64;

struct object : owner<object> {
  static void dispose(object* o) noexcept { o->~object(); }
};
struct leave_it {
  template <class T>
  void operator()(T*) const noexcept {}
};
struct node : hazard_pointer_obj_base<node, leave_it> {};

using refcounted = domain_options<policy::refcounted>;
using prompt = domain_options<policy::handoff, reclaim::prompt>;
using tracked = domain_options<policy::handoff, reclaim::deferred, candidates::tracked>;

using source = std::atomic<object*>;
using node_source = std::atomic<node*>;

template <class T>
void used(T* value) noexcept {
  __asm__ volatile("" : : "r"(value) : "memory");
}

}  // namespace

// --- the floor: `ret`, and with `auto` one look more

ALONE void op_nothing() { __asm__ volatile(""); }
ALONE void op_light_fence() { asymmetric_thread_fence_light(std::memory_order_seq_cst); }

// --- activation

ALONE void op_activate_same(lazy_slot<object>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_activate_other(lazy_slot<object>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_deactivate(lazy_slot<object>& s) {
  s.deactivate();
#ifdef COUNT_PLANTED
  std::atomic_thread_fence(std::memory_order_seq_cst);
  s.poll();
#endif
}
ALONE void op_activate_prompt(lazy_slot<object, prompt>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_deactivate_prompt(lazy_slot<object, prompt>& s) { s.deactivate(); }
ALONE void op_activate_tracked(lazy_slot<object, tracked>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_activate_refcounted(lazy_slot<object, refcounted>& s, const strong_ref<object>& r) { s.activate(r); }
ALONE void op_temporary_activation(lazy_slot<object>& s, const strong_ref<object>& r) {
  const temporary_activation<object> scope(s, r);
  used(scope.get());
}
ALONE void op_poll(lazy_slot<object>& s) { s.poll(); }
ALONE void op_park_resume(lazy_slot<object>& s) {
  s.park();
  used(s.resume());
}

// --- protection

ALONE void op_protect(lazy_slot<object>& s, const source& from) { used(s.protect(from)); }
ALONE void op_try_protect(lazy_slot<object>& s, object*& o, const source& from) { s.try_protect(o, from); }
ALONE void op_reset_protection(lazy_slot<object>& s) { s.reset_protection(); }
ALONE void op_hazard_protect_reset(hazard_pointer& h, const node_source& from) {
  used(h.protect(from));
  h.reset_protection();
}
ALONE void op_hazard_make_protect_destroy(const node_source& from) {
  hazard_pointer h = make_hazard_pointer();
  used(h.protect(from));
}

// --- claims

ALONE void op_claim_release_by_swap(per_cpu_domain<object>& d, const strong_ref<object>& r) { used(d.claim(r).get()); }

// --- users and their end

ALONE void op_copy_reset(const strong_ref<object>& r) {
  strong_ref<object> copy(r);
  used(copy.get());
  copy.reset();
}
ALONE void op_last_drop_64_slots(strong_ref<object>& r) { r.reset(); }
ALONE void op_last_drop_tracked_1_of_64(strong_ref<object>& r) { r.reset(); }
ALONE void op_retire_64_slots(lazy_domain<object>& d, strong_ref<object>& r) { d.retire(std::move(r)); }
ALONE void op_hazard_retire_64(node& n) { n.retire(); }

namespace {

// For each call a new one, and as many again for the calls that are not counted.
template <class T>
class pool {
 public:
  pool() noexcept {}
  ~pool() {}
  T* next() noexcept { return new (&objects_[used_++]) T; }

 private:
  std::size_t used_ = 0;
  union {
    T objects_[2 * calls];
  };
};

// A domain all of whose slots have been attached, the first of them, and two objects.
template <class Options = domain_options<>>
struct place {
  lazy_domain<object, Options> domain{slots};
  lazy_slot<object, Options> all[slots];
  lazy_slot<object, Options>& slot = all[0];
  pool<object> objects;
  strong_ref<object> references[2] = {domain.make(), domain.make()};

  place() {
    for (auto& s : all) s = domain.attach();
  }
  strong_ref<object> make() { return domain.adopt(objects.next()); }
};

// What happens once, as the linker's bindings and a first protection, is over when counting begins.
template <class Call>
void count(const char* name, Call call) {
  for (std::size_t i = 0; i != calls; ++i) call(i);
  CALLGRIND_ZERO_STATS;
  for (std::size_t i = 0; i != calls; ++i) call(i);
  CALLGRIND_DUMP_STATS_AT(name);
}

void count_activation() {
  static place<> p;
  static place<prompt> with_prompt;
  static place<tracked> with_marks;
  static place<refcounted> with_counts;

  count("activate, another object", [](std::size_t i) { op_activate_other(p.slot, p.references[i % 2]); });
  count("activate, the same object", [](std::size_t) { op_activate_same(p.slot, p.references[1]); });
  count("deactivate", [](std::size_t) {
    p.slot.activate(p.references[0]);
    op_deactivate(p.slot);
  });
  count("activate, reclaim::prompt",
        [](std::size_t i) { op_activate_prompt(with_prompt.slot, with_prompt.references[i % 2]); });
  count("deactivate, reclaim::prompt", [](std::size_t) {
    with_prompt.slot.activate(with_prompt.references[0]);
    op_deactivate_prompt(with_prompt.slot);
  });
  count("activate, candidates::tracked",
        [](std::size_t i) { op_activate_tracked(with_marks.slot, with_marks.references[i % 2]); });
  count("activate, policy::refcounted",
        [](std::size_t i) { op_activate_refcounted(with_counts.slot, with_counts.references[i % 2]); });
  count("temporary_activation, begin and end", [](std::size_t) {
    p.slot.activate(p.references[0]);
    op_temporary_activation(p.slot, p.references[1]);
  });
  p.slot.deactivate();
  count("poll, nothing there", [](std::size_t) { op_poll(p.slot); });
  p.slot.activate(p.references[0]);
  count("park and resume", [](std::size_t) { op_park_resume(p.slot); });
}

void count_protection() {
  static place<> p;
  static const source from{p.references[0].get()};
  static node a_node;
  static const node_source node_from{&a_node};
  hazard_pointer hazard = make_hazard_pointer();

  count("protect", [](std::size_t) { op_protect(p.slot, from); });
  count("try_protect", [](std::size_t) {
    object* seen = from.load(std::memory_order_relaxed);
    op_try_protect(p.slot, seen, from);
  });
  count("reset_protection", [](std::size_t) {
    p.slot.protect(from);
    op_reset_protection(p.slot);
  });
  count("hazard_pointer: protect and reset_protection",
        [&](std::size_t) { op_hazard_protect_reset(hazard, node_from); });
  count("hazard_pointer: make, protect, destroy", [](std::size_t) { op_hazard_make_protect_destroy(node_from); });
}

// Valgrind has no rseq: of the claims, only the one by compare-and-swap can be counted.
void count_claims() {
  static per_cpu_options options;
  options.method = claim_method::compare_and_swap;
  static per_cpu_domain<object> domain(options);
  static const strong_ref<object> reference = domain.make();
  count("per-CPU claim and release, compare_and_swap",
        [](std::size_t) { op_claim_release_by_swap(domain, reference); });
}

void count_ends() {
  static place<> p;
  static place<tracked> with_marks;
  static hazard_pointer hazards[slots];
  static pool<node> nodes;
  for (hazard_pointer& h : hazards) h = make_hazard_pointer();

  count("strong_ref: copy and reset", [](std::size_t) { op_copy_reset(p.references[0]); });
  count("last drop, 64 slots, none active", [](std::size_t) {
    strong_ref<object> r = p.make();
    op_last_drop_64_slots(r);
  });
  count("last drop, 64 slots, tracked, the object has been in 1", [](std::size_t) {
    strong_ref<object> r = with_marks.make();
    with_marks.slot.activate(r);
    with_marks.slot.deactivate();
    op_last_drop_tracked_1_of_64(r);
  });
  static place<> retiring;
  count("retire, 64 slots, amortised", [](std::size_t) {
    strong_ref<object> r = retiring.make();
    op_retire_64_slots(retiring.domain, r);
  });
  count("hazard_pointer_obj_base::retire, 64 hazard pointers, amortised",
        [](std::size_t) { op_hazard_retire_64(*nodes.next()); });
}

}  // namespace

int main() {
  const fence_status fence = fence_initialize();
  std::puts(fence.reason);
  if (!fence.light_is_free) return 77;
  count("an empty function", [](std::size_t) { op_nothing(); });
  count("light fence", [](std::size_t) { op_light_fence(); });
  count_activation();
  count_protection();
  count_claims();
  count_ends();
}
