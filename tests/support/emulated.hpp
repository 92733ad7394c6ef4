// SPDX-License-Identifier: BSL-1.0
//
// Whether this program runs in an emulator of programs, as qemu-user: tests/arch/emulated.cpp, which is linked into such
// programs, says so before main() begins. These emulators translate code once: what is written through another address
// than the one that it is run by may stay as it was before. So no test may demand there that code in memory that is
// mapped twice is the new one; tests/arch/stale.cpp counts it. An emulated machine (tests/kernels) is not meant.
#pragma once

namespace lazyref_test {

inline bool emulated = false;

}  // namespace lazyref_test
