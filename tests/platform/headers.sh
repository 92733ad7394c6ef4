# SPDX-License-Identifier: BSL-1.0
# Sourced; wants $root.
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
paths="-I $root/include -I $root/arch -I $root/tests"

# each_header COMPILER FLAGS...: each public header compiles alone, in each of these modes, without a warning.
modes="AUTO REQUIRED SYMMETRIC"
each_header() {
  for header in $(cd "$root" && find include arch -name detail -prune -o -name '*.hpp' -print -o -name '*.h' -print | sort); do
    for mode in $modes; do
      echo "#include <${header#*/}>" |
        "$@" -std=c++17 -fno-exceptions -fno-rtti $warnings -DLAZYREF_FENCE_MODE=LAZYREF_FENCE_$mode $paths \
          -fsyntax-only -x c++ - || { echo "FAILED: $header, $mode"; return 1; }
    done
  done
}

# beside HEADER CONFLICT COMPILER FLAGS...: lazyref bears the system's header before and after itself. CONFLICT, a
# declaration that is not the system's, does not: so a difference would have been seen.
beside() {
  system="#include <$1>"
  conflict=$2
  shift 2
  ours="#include <lazyref/lazyref.hpp>
#include <lazyref/code_space.hpp>"
  for text in "$system
$ours" "$ours
$system"; do
    echo "$text" | "$@" -std=c++17 $warnings $paths -fsyntax-only -x c++ - || { echo "FAILED: beside $system"; return 1; }
  done
  ! echo "$system
$conflict" | "$@" -std=c++17 $paths -fsyntax-only -x c++ - 2>/dev/null || { echo "FAILED: $conflict is borne"; return 1; }
}
