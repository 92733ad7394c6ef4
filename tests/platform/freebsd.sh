#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The headers compile as for FreeBSD 14, against a stub of its membarrier, and call that; code_space has no memory there.
# usage: freebsd.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
object=$1/freebsd.o
. "$here/headers.sh"

set -- "${CXX:-g++}" -U__linux__ -D__FreeBSD__=14 -isystem "$here/freebsd"
each_header "$@"
"$@" -std=c++17 -O2 $warnings $paths -c "$here/code_space.cpp" -o "$object"
nm "$object" | grep -q ' U membarrier$' || { echo "FAILED: membarrier is not called"; exit 1; }
for function in syscall memfd_create mmap mprotect madvise; do  # code_space: ENOTSUP
  ! nm "$object" | grep -q " U $function\$" || { echo "FAILED: $function, as on Linux, is called"; exit 1; }
done
echo "FreeBSD (a stub of its header): compiled only, never run"
