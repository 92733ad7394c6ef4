// SPDX-License-Identifier: BSL-1.0
//
// Whether this program runs in a user-mode emulator, such as qemu-user: tests/arch/emulated.cpp, which is linked into such
// programs, sets it before main() begins. These emulators translate code once: code that is rewritten through another
// address than that of its execution may stay stale. So under emulation no test may require that code in memory that is
// mapped twice is the new one; tests/arch/stale.cpp counts stale code. False in an emulated machine (tests/kernels).
#pragma once

namespace lazyref_test {

inline bool emulated = false;

}  // namespace lazyref_test
