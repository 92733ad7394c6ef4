#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The headers compile as for Microsoft's compiler and as for clang-cl, by clang with a Microsoft target, over MinGW's library
# (that of Microsoft is not to be had here). Syntax and code, no linking. usage: msvc.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
. "$here/headers.sh"

skip() { echo "SKIPPED: platform_msvc: $*"; exit 77; }
command -v clang++ >/dev/null || skip "no clang++"
for gcc in x86_64-w64-mingw32-g++-posix x86_64-w64-mingw32-g++ none; do
  command -v $gcc >/dev/null && break
done
[ $gcc != none ] || skip "no MinGW-w64 compiler, whose library headers serve"
library=$($gcc -E -x c++ -v /dev/null 2>&1 | sed -n '/^#include </,/^End/s/^ /-isystem /p' | grep -v '/[0-9.]*\(-posix\|-win32\)\{0,1\}/include\(-fixed\)\{0,1\}$')

# As it is installed: in one tree.
tree=$1/msvc
rm -rf "$tree"
mkdir -p "$tree/good"
cp -r "$root/include/lazyref" "$tree/good"
cp -r "$root/arch/lazyref/arch" "$tree/good/lazyref"

# One of the library's orders of checks: a template is looked at where it stands, as by /permissive-.
microsoft="-fms-extensions -fms-compatibility -fms-compatibility-version=19.40 -fno-delayed-template-parsing"
compile() {  # TREE TARGET FLAGS...; reads the source
  headers=$1
  target=$2
  shift 2
  [ "$target" != i686 ] || set -- -msse2 "$@"
  # Those builtins that Microsoft's compiler does not have either; library.hpp knows the rest.
  builtins=$(grep -rhoE '\b__(builtin|sync|atomic)_\w+' "$headers" | grep -vx __builtin_is_constant_evaluated | sort -u)
  printf '#if !defined(LAZYREF_TEST_CLANG_CL)\n#pragma GCC poison %s\n#endif\n' "$(echo $builtins)" >"$tree/builtins.hpp"
  clang++ --target="$target-pc-windows-msvc" $microsoft -nostdlibinc -isystem "$here/msvc" $library -I "$headers" -I "$root/tests" $warnings \
    -include "$here/msvc/library.hpp" -include "$tree/builtins.hpp" "$@" -x c++ -
}

# What programs include, and by that all the rest.
everything=$(cd "$tree/good" && find lazyref -name detail -prune -o -name '*.h*' -print | sort | sed 's/.*/#include <&>/')
portable='
using lazyref::detail::ones_in, lazyref::detail::lowest_one, lazyref::detail::highest_one;
static_assert(ones_in(0) == 0 && ones_in(~0ULL) == 64 && ones_in(5) == 2);
static_assert(lowest_one(1) == 0 && lowest_one(~0ULL << 63) == 63 && lowest_one(0x50) == 4);
static_assert(highest_one(1) == 0 && highest_one(~0ULL) == 63 && highest_one(0x50) == 6 && highest_one(~0ULL >> 1) == 62);'
for row in "x86_64 17 MICROSOFT" "x86_64 20 MICROSOFT" "x86_64 20 CLANG_CL" \
  "i686 17 MICROSOFT" "aarch64 20 MICROSOFT" "aarch64 17 CLANG_CL"; do
  set -- $row
  echo "$everything$portable" | compile "$tree/good" "$1" -std=c++"$2" -DLAZYREF_TEST_"$3" -DLAZYREF_C_IMPLEMENTATION -fsyntax-only || { echo "FAILED: $row"; exit 1; }
done

# With code of templates that are used; one of them beside <windows.h>.
for row in "x86_64 MICROSOFT fence" "x86_64 MICROSOFT code_space" "x86_64 CLANG_CL code_space" "aarch64 MICROSOFT code_space" \
  "aarch64 CLANG_CL code_space"; do
  set -- $row
  windows=-DLAZYREF_TEST_WINDOWS_H
  [ "$3" != fence ] || windows=
  compile "$tree/good" "$1" -std=c++17 -O1 -DLAZYREF_TEST_"$2" $windows -c -o "$tree/$3.obj" <"$here/$3.cpp" ||
    { echo "FAILED: $row"; exit 1; }
done

# twin SAID LINE: a header with this line is reported, and not for another reason.
twin() {
  rm -rf "$tree/bad"
  cp -r "$tree/good" "$tree/bad"
  echo "$2" >>"$tree/bad/lazyref/result.hpp"
  ! echo '#include <lazyref/result.hpp>' |
    compile "$tree/bad" x86_64 -std=c++17 -DLAZYREF_TEST_MICROSOFT -fsyntax-only 2>"$tree/said" ||
    { echo "FAILED: not reported: $2"; exit 1; }
  grep -q "error: .*$1" "$tree/said" || { cat "$tree/said"; echo "FAILED: reported for another reason: $2"; exit 1; }
}
poisoned="attempt to use a poisoned identifier"
twin "$poisoned" '[[gnu::__noinline__]] inline void f() {}'
twin "$poisoned" '__attribute__((noinline)) inline void f() {}'
twin "$poisoned" 'inline void f() { __asm__ volatile("nop"); }'
twin "$poisoned" 'inline int f(int x) { return __builtin_popcount(x); }'
twin "not found" '#include <pthread.h>'
twin "static_assert\|static assertion" 'static_assert(sizeof(long) == 8, "");'
echo "Microsoft's compiler and clang-cl (clang, MinGW's library): compiled only, never by Microsoft's compiler, never run"
