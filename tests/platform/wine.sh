#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Programs for Windows run under Wine: that the calls exist, take these arguments, and do what is expected of them, as far as
# Wine is like Windows. usage: wine.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
. "$here/headers.sh"

skip() { echo "SKIPPED: platform_wine: $*"; exit 77; }
first_of() {
  for candidate; do
    ! command -v "$candidate" || return 0
  done
}

cxx=$(first_of x86_64-w64-mingw32-g++-posix)
[ -n "$cxx" ] || skip "no MinGW-w64 compiler with threads"
[ "$(uname -m)" = x86_64 ] || skip "not an x86-64 host"
wine=$(first_of wine64 /usr/lib/wine/wine64 wine)
[ -n "$wine" ] || skip "no Wine (Debian: wine64), so nothing of Windows was run"

# Its Windows folder is 700 MB, and of no use afterwards.
WINEPREFIX=$(cd "$1" && pwd)/wine.$$
mkdir "$WINEPREFIX"
export WINEPREFIX WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe="
leave() {
  server=$(first_of wineserver /usr/lib/wine/wineserver64 /usr/lib/wine/wineserver)
  [ -z "$server" ] || "$server" -k || true  # the one of this WINEPREFIX
  rm -rf "$WINEPREFIX"
}
trap leave EXIT

build() {  # SOURCE PROGRAM FENCE-MODE
  $cxx -std=c++17 -O1 $warnings $paths -static -DLAZYREF_FENCE_MODE=LAZYREF_FENCE_$3 "$1" -o "$2"
}
run() { timeout 120 "$wine" "$@"; }

# Symmetric: so that the program is right whatever this Wine's FlushProcessWriteBuffers does.
build "$here/code_space.cpp" "$1/wine_code_space.exe" SYMMETRIC
build "$here/fence.cpp" "$1/wine_fence_symmetric.exe" SYMMETRIC
run "$1/wine_code_space.exe"
run "$1/wine_fence_symmetric.exe"
echo "run under $("$wine" --version), which is not Windows"

# spoilt EDIT: with the header edited so, memory can be written and executed at once, which the program has to find.
spoilt() {
  rm -rf "$WINEPREFIX/spoilt"
  mkdir "$WINEPREFIX/spoilt"
  cp -r "$root/include" "$root/arch" "$WINEPREFIX/spoilt"
  header=include/lazyref/detail/code/memory_windows.hpp
  sed -i "$1" "$WINEPREFIX/spoilt/$header"
  ! cmp -s "$root/$header" "$WINEPREFIX/spoilt/$header" || { echo "FAILED: nothing to edit: $1"; return 1; }
  (
    paths="-I $WINEPREFIX/spoilt/include -I $WINEPREFIX/spoilt/arch -I $root/tests"
    build "$here/code_space.cpp" "$WINEPREFIX/spoilt.exe" SYMMETRIC
  )
  ! run "$WINEPREFIX/spoilt.exe" alone >"$WINEPREFIX/said" || { echo "FAILED: not found: $1"; return 1; }
  grep -q 'FAILED: what is published can be executed and not written' "$WINEPREFIX/said" ||
    { cat "$WINEPREFIX/said"; echo "FAILED: found something else: $1"; return 1; }
  echo "found: $1"
}
spoilt 's/page_execute_read = 0x20/page_execute_read = 0x40/'
spoilt 's/file_map_read | file_map_execute/file_map_write | file_map_execute/'

# Wine itself says which of its functions do nothing.
build "$here/fence.cpp" "$1/wine_fence.exe" AUTO
status=0
WINEDEBUG=fixme+virtual run "$1/wine_fence.exe" >"$WINEPREFIX/said" 2>&1 || status=$?
grep -E '^(fence|instruction)|stub' "$WINEPREFIX/said" || true
if grep -q 'FlushProcessWriteBuffers stub' "$WINEPREFIX/said"; then
  echo "SKIPPED: platform_wine: the asymmetric fence: this Wine's FlushProcessWriteBuffers does nothing"
  [ $status = 0 ] || [ $status = 3 ]
else
  [ $status = 0 ]
fi
