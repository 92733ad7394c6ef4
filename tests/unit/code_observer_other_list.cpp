// SPDX-License-Identifier: BSL-1.0
//
// Another JIT in the program, which defines GDB's interface as GDB's manual has it, and not weakly. This file does not
// include lazyref; that the program links is half of the test, code_observer_frames.cpp has the other half.
#include <cstdint>

#if defined(__ELF__)
extern "C" {
struct lazyref_test_jit_list {
  std::uint32_t version, action;
  void *relevant, *first;
};
extern lazyref_test_jit_list lazyref_test_other_list __asm__("__jit_debug_descriptor");
lazyref_test_jit_list lazyref_test_other_list = {1, 0, nullptr, nullptr};
[[gnu::noinline]] void lazyref_test_other_reads_list() __asm__("__jit_debug_register_code");
void lazyref_test_other_reads_list() { __asm__ volatile("" : : : "memory"); }
}
#endif
