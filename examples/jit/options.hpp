// SPDX-License-Identifier: BSL-1.0
//
// The options of the command line, and the error of a refused system call.
#pragma once

#include <lazyref/code_space.hpp>

#include <stdexcept>
#include <vector>

#include "../observed.hpp"
#include "compiler.hpp"
#include "program.hpp"

namespace jit {

struct options {
  unsigned long seconds = 2, workers = 3, batch = 1, bytes = 0, self_test = 0, levels = 6;
  bool flip = false, interpret = false, each_executor = false, broken = false;
  bool break_nested = false, cost = false;
  examples::observer_options observe;

  bool native() const { return compiler::machine_name != nullptr && !interpret; }
  std::vector<unsigned char> compile(const program& code) const {
    return native() ? compiler::compile(code) : to_bytes(code);
  }
  // Called by each thread after it has protected a function, before it calls it. Interpreted programs are data and need
  // nothing.
  void prepare_to_call() const {
#ifdef JIT_HAS_MACHINE
    if (each_executor) lazyref::sync_core_this_thread();
#endif
  }
  lazyref::code_mapping mapping() const { return flip ? lazyref::code_mapping::flip : lazyref::code_mapping::dual; }
  lazyref::code_synchronisation synchronisation() const {
    return each_executor ? lazyref::code_synchronisation::each_executor : lazyref::code_synchronisation::all_threads;
  }
};

// The system refuses memory for code, or its publication. The message is the library's.
struct refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(const lazyref::sync_result& done) {
  if (!done) throw refused(done.what());
}

}  // namespace jit
