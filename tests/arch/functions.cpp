// SPDX-License-Identifier: BSL-1.0
//
// What check.py reads, compiled for one architecture after the other: -DLAZYREF_ARCH_HEADER='<lazyref/arch/ISA.hpp>'.
#include LAZYREF_ARCH_HEADER

extern "C" int flush(const void* write, const void* execute, std::size_t size) {
  return lazyref::arch::flush_code(write, execute, size);
}

extern "C" int sync_core() { return lazyref::arch::sync_core(); }
