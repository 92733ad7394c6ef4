// SPDX-License-Identifier: BSL-1.0
//
// The ready-made observers of a code_space, for tools that need to know about code that is made at run time. Each has its
// own header and can be used alone. status() reports whether it works, missed() how much it could not record.
//
//   lazyref::code_unwind unwinder;                                  // observers outlive the space
//   lazyref::code_jitdump profile;
//   lazyref::code_space<function> space({1 << 20, 1000, 64}, {&unwinder, &profile});
//
//   for                                     choose          code_mapping::dual              code_mapping::flip
//   C++ exceptions, backtrace()             code_unwind     yes                             yes
//   perf record, inject, report             code_jitdump    yes                             yes
//   perf report alone; samply, bpftrace     code_perf_map   if it is shared anonymous       yes
//     (addresses that are not used again)                   memory, not a memory file
//   gdb: bt, disassemble, info symbol       code_gdb        yes                             yes
//   gdb: break NAME                         code_gdb        never stops; hbreak NAME does   yes
//
// Names and tables come from T::describe_code (code_observer.hpp). Your own observer derives from code_observer.
#include "config.hpp"

#ifndef LAZYREF_CODE_OBSERVERS_HPP
#define LAZYREF_CODE_OBSERVERS_HPP

#include "code_observer.hpp"
#include "code_observer_gdb.hpp"
#include "code_observer_jitdump.hpp"
#include "code_observer_perf_map.hpp"
#include "code_observer_unwind.hpp"

#endif  // LAZYREF_CODE_OBSERVERS_HPP
