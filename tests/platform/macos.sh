#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The headers compile for macOS, into Apple's object format, against the C library of this host, and stubs for what macOS
# has beyond it. So the calls are right if the stubs are. usage: macos.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
. "$here/headers.sh"

command -v clang++ >/dev/null || { echo "SKIPPED: platform_macos: no clang++"; exit 77; }

# clang_for TARGET GCC: clang++ for that target, with the library headers of this GCC.
clang_for() {
  echo clang++ --target="$1" -D_GNU_SOURCE -U__nonnull -U__nullable -U__null_unspecified -nostdlibinc -isystem "$here/macos"
  "$2" -E -x c++ -v /dev/null 2>&1 | sed -n '/^#include </,/^End/s/^ /-isystem /p' | grep -v '/[0-9.]*/include$'
}

# calls YES|NO FUNCTION...: whether the program's assembly text has calls of these.
calls() {
  expected=$1
  shift
  for function; do
    found=NO
    ! grep -Eq "[[:space:]]_$function\$" "$assembly" || found=YES
    [ $found = "$expected" ] || { echo "FAILED: $assembly: a call of $function: $found"; return 1; }
  done
}

modes="AUTO SYMMETRIC"  # REQUIRED is refused where lazyref knows no heavy fence.
memory="mmap munmap pthread_jit_write_protect_np pthread_jit_write_protect_supported_np"
assembly=$1/macos.s
for target in arm64-apple-macos11 x86_64-apple-macos11; do
  gcc=aarch64-linux-gnu-g++
  [ $target != x86_64-apple-macos11 ] || gcc=x86_64-linux-gnu-g++ modes=AUTO
  command -v $gcc >/dev/null || { echo "SKIPPED: platform_macos: no $gcc, whose headers serve for $target"; continue; }
  set -- $(clang_for $target $gcc)
  each_header "$@"
  beside libkern/OSCacheControl.h 'extern "C" int sys_icache_invalidate(void*, size_t);' "$@"
  "$@" -std=c++17 -O2 $warnings $paths -S "$here/code_space.cpp" -o "$assembly"
  if [ $target = arm64-apple-macos11 ]; then
    calls YES $memory sys_dcache_flush sys_icache_invalidate
    calls NO mprotect
  else
    calls NO $memory
  fi
  echo "macOS ($target, stubs of its headers): compiled only, never run"
done
[ -f "$assembly" ] || exit 77
