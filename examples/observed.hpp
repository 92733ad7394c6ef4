// SPDX-License-Identifier: BSL-1.0
//
// Who is told of compiled code, as an example's options say: perf (--perf) and GDB (--gdb). A code_perf_map is not among
// them: these examples use memory again, and it cannot tell an address's names apart.
#pragma once

#include <lazyref/code_observers.hpp>
#include <lazyref/code_space.hpp>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "example.hpp"

namespace examples {

struct observed {
  bool perf = false, gdb = false;

  option perf_option() {
    return flag("--perf", perf, "write jit-PID.dump (in JITDUMPDIR, or here) for perf inject --jit");
  }
  option gdb_option() { return flag("--gdb", gdb, "tell GDB of the functions"); }

  // For the constructor of a space. None that was not asked for: where there are observers, the memory of a block waits
  // until they have been told. They outlive all spaces, and several spaces share them: a process has one dump.
  std::initializer_list<lazyref::code_observer*> observers() const {
    using list = std::initializer_list<lazyref::code_observer*>;
    static lazyref::code_gdb debugger;
    static const list none, only_gdb = {&debugger};
    if (!perf) return gdb ? only_gdb : none;
    static lazyref::code_jitdump profile;
    static const list only_perf = {&profile}, both = {&profile, &debugger};
    if (const auto status = profile.status(); !status) {
      std::fprintf(stderr, "--perf: %s\n", status.what());
      std::exit(bad_input);
    }
    return gdb ? both : only_perf;
  }
};

}  // namespace examples
