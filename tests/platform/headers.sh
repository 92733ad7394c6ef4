# SPDX-License-Identifier: BSL-1.0
# Sourced. each_header COMPILER FLAGS...: each public header compiles alone, in each fence mode, without a warning.
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"

each_header() {
  for header in $(cd "$root" && find include arch -name '*.hpp' | sort); do
    for mode in AUTO REQUIRED SYMMETRIC; do
      echo "#include <${header#*/}>" |
        "$@" -std=c++17 -fno-exceptions -fno-rtti $warnings -DLAZYREF_FENCE_MODE=LAZYREF_FENCE_$mode \
          -I "$root/include" -I "$root/arch" -fsyntax-only -x c++ - || { echo "FAILED: $header, $mode"; return 1; }
    done
  done
}
