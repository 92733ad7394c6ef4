// SPDX-License-Identifier: BSL-1.0
//
// The observers of compiled code that an example's options ask for: perf (--perf) and GDB (--gdb). Not code_perf_map: these
// examples reuse memory, and a perf map cannot distinguish the functions that had one address.
#pragma once

#include <lazyref/code_observers.hpp>
#include <lazyref/code_space.hpp>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "example.hpp"

namespace examples {

struct observer_options {
  bool perf = false, gdb = false;

  option perf_option() {
    return flag("--perf", perf, "write jit-PID.dump (in JITDUMPDIR, or here) for perf inject --jit");
  }
  option gdb_option() { return flag("--gdb", gdb, "register the functions with GDB"); }

  // For the constructor of a space. Only those that were asked for, since with observers a block's memory is reused only
  // after they were notified. They outlive all spaces, and spaces share them: a process has one dump.
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
