#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The headers compile as for FreeBSD 14, against a declaration of its membarrier, and call it. usage: freebsd.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
object=$1/freebsd.o
. "$here/headers.sh"

set -- "${CXX:-g++}" -U__linux__ -D__FreeBSD__=14 -I "$here/freebsd"
each_header "$@"
"$@" -std=c++17 -O2 $warnings -I "$root/include" -I "$root/arch" -c "$here/fence.cpp" -o "$object"
nm "$object" | grep -q ' U membarrier$' || { echo "FAILED: membarrier is not called"; exit 1; }
echo "FreeBSD (a stub of its header): compiled only, never run"
