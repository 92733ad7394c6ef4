// SPDX-License-Identifier: BSL-1.0
//
// What count.py counts the instructions of: each operation in a function op_NAME of its own, without its callers'
// knowledge. Only what these functions and their callees execute is counted, so that the loop around one can bring
// about the state that it needs. Objects come from pools: how `new` and `delete` do it is the C library's business.
//
// Each part of the library in a unit of its own, as a compiler inlines less in a unit that has much of everything.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include <valgrind/callgrind.h>

#include <lazyref/domain.hpp>

using namespace lazyref;

#if defined(__clang__)
#define ALONE extern "C" [[gnu::noinline]]
#else
#define ALONE extern "C" [[gnu::noipa]]
#endif

void count_activation();
void count_protection();
void count_claims();
void count_ends();

namespace {  // Each unit has its own, as a program's own classes may be.

constexpr std::size_t calls = 8192;  // counted, after as many that are not; a multiple of both batches of retire
constexpr std::size_t slots = 64;

struct object : owner<object> {
  static void dispose(object* o) noexcept { o->~object(); }
};
struct leave_it {
  template <class T>
  void operator()(T*) const noexcept {}
};

using tracked = domain_options<policy::handoff, reclaim::deferred, candidates::tracked>;

template <class T>
void used(T* value) noexcept {
  __asm__ volatile("" : : "r"(value) : "memory");
}

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

}  // namespace
