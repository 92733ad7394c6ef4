#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh compilers.sh ROOT WORK    lazyref.h under gcc and clang: as C11 and newer, as C++, without a warning; and the light
#                                fence compiles to what that of C++ does, in each mode. Exit status 77: no compiler.
set -u
root=${1:?} work=${2:?}/compilers
rm -rf "$work"
mkdir -p "$work"
here=$root/tests/c
flags="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Werror -I $root/include"
cxx_flags="-std=c++17 -fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Werror -I $root/include -I $root/arch"
command -v objdump >/dev/null || { echo "SKIPPED: c_compilers: no objdump"; exit 77; }
cases=0 failed=0 compilers=0

passes() {
  cases=$((cases + 1))
  "$@" >"$work/log" 2>&1 || { failed=$((failed + 1)); echo "FAILED: $*"; cat "$work/log"; }
}
refuses() {  # WHAT COMMAND...
  what=$1
  shift
  cases=$((cases + 1))
  if "$@" >"$work/log" 2>&1 || ! grep -q -e "$what" "$work/log"; then
    failed=$((failed + 1))
    echo "FAILED: not refused, or not for '$what': $*"
  fi
}
header() { printf '#include <lazyref/lazyref.h>\n%s\n' "$1" | { shift; "$@" -fsyntax-only -; }; }
# Names that the header adds and that do not begin as ours: of macros, and of what it declares.
strangers() {  # CC FLAGS... -x c; reads what stands behind the header
  { echo '#include <stddef.h>'; } | "$@" -dM -E - | sort >"$work/before"
  { echo '#include <lazyref/lazyref.h>'; cat; } >"$work/text.c"
  "$@" -dM -E "$work/text.c" | sort | comm -13 "$work/before" - | sed -n 's/^#define \([A-Za-z0-9_]*\).*/\1/p' | grep -v '^LAZYREF_'
  "$@" -g -fno-eliminate-unused-debug-symbols -fno-eliminate-unused-debug-types -c "$work/text.c" -o "$work/text.o" &&
    objdump --dwarf=info "$work/text.o" | grep -A 3 '^ <1><.*(DW_TAG_\(structure_type\|typedef\|enumeration_type\|subprogram\|variable\))' |
    sed -n 's/.*DW_AT_name .*: //p' | grep -Ev '^(lazyref_|LAZYREF_|size_t|ptrdiff_t|max_align_t|wchar_t)'
}
no_strangers() {
  found=$(echo "$1" | { shift; strangers "$@"; })
  echo "$found"
  [ -z "$found" ]
}

# Without what stands between functions.
object_code() {
  objdump -dr --no-show-raw-insn "$1" | sed -n '/^[0-9a-f]* <.*light.*>:$/,/^$/p' |
    grep -Ev '^$|	(data16|cs|nop|xchg +%ax,%ax)'
}

for pair in gcc,g++ clang,clang++; do
  cc=${pair%,*} cxx=${pair#*,}
  command -v $cc >/dev/null && command -v $cxx >/dev/null || { echo "SKIPPED: c_compilers: no $cc and $cxx"; continue; }
  compilers=$((compilers + 1))
  for std in c11 c17 c2x; do passes header '' $cc -std=$std $flags -x c; done
  passes header '' $cxx $cxx_flags -x c++
  refuses 'must be LAZYREF_FENCE_AUTO' header '' $cc -std=c11 $flags -DLAZYREF_FENCE_MODE=9 -x c
  refuses 'must be LAZYREF_STATE_INLINE' header '' $cc -std=c11 $flags -DLAZYREF_STATE=9 -x c
  refuses 'LAZYREF_C_IMPLEMENTATION' header '' $cc -std=c11 $flags -DLAZYREF_C_IMPLEMENTATION -x c
  refuses 'conversion' header 'char planted(int x); char planted(int x) { return x; }' $cc -std=c11 $flags -x c
  if [ $cc = gcc ]; then  # It writes all that is declared into the debug information.
    passes no_strangers '' gcc -std=c11 $flags -x c
    for planted in '#define OURS 1' 'struct ours { int x; };' 'typedef int ours;' 'extern int ours;' 'void ours(void) {}'; do
      refuses '^ours\|^OURS' no_strangers "$planted" gcc -std=c11 -I "$root/include" -x c
    done
  fi
  # A C unit does not know where the state is, a C++ one has a copy of it: the same code where neither may assume that it is in
  # this image, and where both may. (clang's position-independent executables: one mov more, which the linker makes a lea.)
  for where in -fPIC -fno-pie; do
    for mode in AUTO REQUIRED SYMMETRIC; do
      with="-O2 $where -DLAZYREF_FENCE_MODE=LAZYREF_FENCE_$mode -c $here/light.c"
      passes $cc -std=c11 $flags $with -o "$work/$mode.c.o"
      passes $cxx $cxx_flags -x c++ $with -o "$work/$mode.cpp.o"
      for language in c cpp; do object_code "$work/$mode.$language.o" >"$work/$mode.$language.s"; done
      passes [ "$(grep -c '>:$' "$work/$mode.c.s")" = 2 ]
      passes diff "$work/$mode.c.s" "$work/$mode.cpp.s"
    done
    # The control: what differs is seen.
    for others in AUTO,REQUIRED REQUIRED,SYMMETRIC SYMMETRIC,AUTO; do
      refuses '^[<>]' diff "$work/${others%,*}.c.s" "$work/${others#*,}.cpp.s"
    done
  done
done
[ $compilers != 0 ] || exit 77
echo "c_compilers: $cases cases, $failed failed"
[ $failed = 0 ]
