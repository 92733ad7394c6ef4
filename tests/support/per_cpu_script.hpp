// SPDX-License-Identifier: BSL-1.0
//
// A Sync policy for per_cpu.hpp with a simulated CPU number, whose restartable sequences end as the test specifies. It
// steps as step_sync does, so that one thread plays several.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include <lazyref/per_cpu.hpp>

#include "lazy_steps.hpp"

namespace lazyref_test {

struct cpu_script {
  bool usable = true;
  unsigned cpu = 0;                     // the thread's CPU; ~0U: its rseq is not registered
  const char* arm64_release = nullptr;  // the kernel's release, as in uname; null: one without known faults

  enum class end { as_it_is, interrupted, occupied };
  struct planned {
    end how;
    std::function<void()> then;
  };
  std::deque<planned> ends;           // the results of the next restartable sequences; after those, the real one
  std::vector<unsigned> tried_on;     // the index passed to each of them
  std::vector<const void*> tried_at;  // and the word

  void plan(end how, std::function<void()> then = {}) { ends.push_back({how, std::move(then)}); }
};

inline cpu_script the_cpu_script;

struct scripted_restartable {
  using support = lazyref::detail::rseq::support;
  using outcome = lazyref::detail::rseq::outcome;

  static support probe() noexcept {
    if (the_cpu_script.arm64_release != nullptr)
      return lazyref::detail::decide_rseq(32, 0, 0, lazyref::detail::rseq_fault(the_cpu_script.arm64_release, true));
    return {the_cpu_script.usable, lazyref::cpu_index::cpu, the_cpu_script.usable ? "scripted" : "switched off", 0, 0};
  }

  static unsigned index(const support&) noexcept { return the_cpu_script.cpu; }

  template <class Word, class T>
  static outcome store_if_null(const support&, unsigned index, Word& word, T* value, std::memory_order look,
                               std::memory_order set) noexcept {
    cpu_script& script = the_cpu_script;
    script.tried_on.push_back(index);
    script.tried_at.push_back(&word);
    auto how = cpu_script::end::as_it_is;
    if (!script.ends.empty()) {
      const cpu_script::planned next = std::move(script.ends.front());
      script.ends.pop_front();
      how = next.how;
      if (next.then) next.then();
    }
    // Independent of the plan, the thread may have migrated by now.
    if (how == cpu_script::end::interrupted || index != script.cpu) return outcome::interrupted;
    if (how == cpu_script::end::occupied || word.load(look) != nullptr) return outcome::occupied;
    word.store(value, set);
    return outcome::stored;
  }

  template <class Slot, class T>
  static Slot* store_if_null_here(const support& how, Slot* slots, std::size_t stride, std::size_t cpus, T* value,
                                  std::memory_order look, std::memory_order set) noexcept {
    const unsigned cpu = index(how);
    if (cpu >= cpus) return nullptr;
    Slot& s = slots[cpu * stride];
    return store_if_null(how, cpu, s.lazy, value, look, set) == outcome::stored ? &s : nullptr;
  }
};

struct scripted_cpus : step_sync {
  using restartable = scripted_restartable;
  static unsigned this_cpu() noexcept { return the_cpu_script.cpu; }
};

}  // namespace lazyref_test
