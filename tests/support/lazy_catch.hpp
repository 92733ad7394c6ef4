// SPDX-License-Identifier: BSL-1.0
//
// The shim, which sanitizer the program is built with, and cases for builds that check only.
#pragma once

#include "catch.hpp"
#include "sanitizers.hpp"

#define LAZYREF_ONLY_CHECKED \
  if constexpr (!lazyref::checks_enabled) LAZYREF_SKIP("misuse is not checked where LAZYREF_CHECKS is 0")
