// SPDX-License-Identifier: BSL-1.0
//
// A simulated kernel with scripted results, and atomics that record the fences they execute. Both write to one trace, so
// that a test can check the order of events. For one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <lazyref/fence.hpp>

#include "unit_fence.hpp"

namespace lazyref_test {

using trace = std::vector<std::string>;

struct kernel_call {
  int command;
  unsigned flags;
  int cpu;
};

struct script {
  std::map<int, std::deque<int>> answers;  // by command; the last one repeats; without any: success
  std::vector<kernel_call> calls;
  trace seen;
  std::function<void()> at_each_step;  // called after the step is recorded; must not throw
};

inline script the_script;

inline void note(const char* step) {
  the_script.seen.push_back(step);
  if (the_script.at_each_step) the_script.at_each_step();
}

inline void new_script(std::map<int, std::deque<int>> answers = {}) {
  the_script = script{};
  the_script.answers = std::move(answers);
}

// Returns the events since the last call.
inline trace look() {
  trace seen;
  seen.swap(the_script.seen);
  return seen;
}

inline std::size_t count(const trace& seen, const char* what) {
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), what));
}

inline const char* name_of(int command) {
  using namespace lazyref::detail;
  switch (command) {
    case membarrier_query:
      return "query";
    case membarrier_private_expedited:
      return "private";
    case membarrier_register_private_expedited:
      return "register private";
    case membarrier_global_expedited:
      return "global";
    case membarrier_register_global_expedited:
      return "register global";
    case membarrier_private_expedited_rseq:
      return "rseq";
    case membarrier_register_private_expedited_rseq:
      return "register rseq";
    case membarrier_private_expedited_sync_core:
      return "sync core";
    case membarrier_register_private_expedited_sync_core:
      return "register sync core";
    case membarrier_get_registrations:
      return "get registrations";
    default:
      return "unknown command";
  }
}

inline constexpr int every_command = 0x3ff;

template <lazyref::detail::kernel_barrier Offers = lazyref::detail::kernel_barrier::membarrier>
struct scripted_kernel {
  static constexpr lazyref::detail::kernel_barrier offers = Offers;

  static int membarrier(int command, unsigned flags, int cpu) noexcept {
    the_script.calls.push_back({command, flags, cpu});
    note(name_of(command));
    std::deque<int>& answers = the_script.answers[command];
    if (answers.empty()) return command == lazyref::detail::membarrier_query ? every_command : 0;
    const int answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
  static bool flush_reaches_all() noexcept { return true; }
  static void flush_process_write_buffers() noexcept { note("flush"); }
  static void give_way() noexcept { note("yield"); }
};

// The interface of Windows, simulated.
struct kernel_of_wine : scripted_kernel<lazyref::detail::kernel_barrier::flush_process_write_buffers> {
  static bool flush_reaches_all() noexcept { return false; }
};

struct traced_atomics : lazyref::detail::std_atomics {
  static void full_fence() noexcept { note("full fence"); }
  static void compiler_barrier() noexcept { note("compiler barrier"); }
};

template <lazyref::detail::kernel_barrier Offers = lazyref::detail::kernel_barrier::membarrier>
using scripted_core = lazyref::detail::fence_core<traced_atomics, scripted_kernel<Offers>>;

template <lazyref::fence_mode Mode,
          lazyref::detail::kernel_barrier Offers = lazyref::detail::kernel_barrier::membarrier>
using scripted_fence = unit_fence<scripted_core<Offers>, Mode>;

}  // namespace lazyref_test
