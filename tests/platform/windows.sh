#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The headers compile for Windows, alone and beside <windows.h>, and programs that use them link. usage: windows.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
. "$here/headers.sh"

for cxx in x86_64-w64-mingw32-g++-posix x86_64-w64-mingw32-g++ none; do
  command -v $cxx >/dev/null && break
done
[ $cxx != none ] || { echo "SKIPPED: platform_windows: no MinGW-w64 compiler"; exit 77; }

each_header $cxx
beside windows.h 'extern "C" __declspec(dllimport) int __stdcall CloseHandle(int);' $cxx
for program in fence code_space; do
  $cxx -std=c++17 -O2 $warnings $paths -static "$here/$program.cpp" -o "$1/windows_$program.exe"
done
echo "Windows ($cxx): compiled only, never run there"
