// SPDX-License-Identifier: BSL-1.0
//
// Whether this program was built to be run in an emulator (tests/arch/CMakeLists.txt). Emulators translate code once:
// what is written through another address than the one that it is run by may stay as it was before. So no test may
// demand there that code in memory that is mapped twice is the new one; tests/arch/stale.cpp counts it.
#pragma once

namespace lazyref_test {

#if defined(LAZYREF_TEST_EMULATED)
inline constexpr bool emulated = true;
#else
inline constexpr bool emulated = false;
#endif

}  // namespace lazyref_test
