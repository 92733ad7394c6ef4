#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh two_images.sh ROOT WORK    two libraries, one compiled with -O0 and one with -O2, have lazyref.h's functions each. The
#                                 loader merges none of what these consist of. The twin: headers by which it would. Exit
#                                 status 77: a compiler is missing.
set -u
root=$(cd "${1:?}" && pwd) work=${2:?}/two_images
rm -rf "$work"
mkdir -p "$work/merged"
cp -R "$root/include" "$root/arch" "$work/merged"
header=$work/merged/include/lazyref/detail/c/callbacks.hpp
sed -i -e 's/^namespace {/inline namespace merged {/' -e 's/^thread_local/LAZYREF_DETAIL_ONE_PER_IMAGE inline thread_local/' "$header"
failed=0
fail() { failed=$((failed + 1)); echo "FAILED: c_two_images: $*"; }

libraries() {  # TREE
  for o in O0 O2; do
    gcc -std=c11 -D_GNU_SOURCE -$o -fPIC -DLIBRARY=at_$o -I "$1/include" -c "$root/tests/c/two_images.c" -o "$work/c.o" &&
      $cxx -std=c++17 -$o -fPIC -I "$1/include" -I "$1/arch" -c "$root/tests/c/implementation.cpp" -o "$work/cpp.o" &&
      $cxx -shared "$work/c.o" "$work/cpp.o" -pthread -o "$work/at_$o.so" || exit 1
  done
}
both() {  # in this order
  "$work/program" "$work/at_$1.so" "at_$1" "$work/at_$2.so" "at_$2" >"$work/log" 2>&1
}

for cxx in g++ clang++ none; do command -v $cxx >/dev/null && break; done
[ $cxx != none ] && command -v gcc >/dev/null || { echo "SKIPPED: c_two_images: no gcc and g++ or clang++"; exit 77; }
gcc -std=c11 -D_GNU_SOURCE "$root/tests/c/two_images.c" -ldl -o "$work/program" || exit 1
libraries "$root"
both O0 O2 || fail "the library at -O0 comes first"
both O2 O0 || fail "the library at -O2 comes first"
libraries "$work/merged"
both O0 O0 && both O2 O2 || fail "a library of the twin does not work alone"
if (both O0 O2 && both O2 O0) 2>/dev/null; then fail "the twin works"; fi
echo "c_two_images: 4 cases, $failed failed"
[ $failed = 0 ]
