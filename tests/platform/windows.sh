#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The headers compile for Windows, and a program that uses the fence links. usage: windows.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
. "$here/headers.sh"

for cxx in x86_64-w64-mingw32-g++-posix x86_64-w64-mingw32-g++ none; do
  command -v $cxx >/dev/null && break
done
[ $cxx != none ] || { echo "SKIPPED: platform_windows: no MinGW-w64 compiler"; exit 77; }

each_header $cxx
$cxx -std=c++17 -O2 $warnings -I "$root/include" -I "$root/arch" "$here/fence.cpp" -o "$1/windows.exe"
echo "Windows ($cxx): compiled only, never run"
