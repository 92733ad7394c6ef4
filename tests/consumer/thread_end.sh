#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh thread_end.sh ROOT WORK    a plugin is closed while a thread ends that has used hazard pointers there: its deleter runs to
#                                 its end, and then the plugin is gone. The twin, which has only a pthread key, must crash. Exit
#                                 status 77: there is no compiler, or the C library never closes a plugin.
set -u
root=$(cd "${1:?}" && pwd) work=${2:?}/thread_end
rm -rf "$work"
mkdir -p "$work" || exit 1
failed=0 tried=0
fail() { failed=$((failed + 1)); echo "FAILED: consumer_thread_end: $*"; }

for cxx in g++ clang++; do
  command -v $cxx >/dev/null || { echo "SKIPPED: consumer_thread_end: needs $cxx"; continue; }
  # So that the loader closes it at all.
  unique=-fno-gnu-unique
  [ $cxx = g++ ] || unique=
  flags="-std=c++17 -O1 -Wall -Wextra -Werror -I$root/include -I$root/arch -pthread"
  $cxx $flags "$root/tests/consumer/thread_end.cpp" -ldl -o "$work/host" || exit 1
  for twin in '' -DTWIN; do
    $cxx $flags $unique -DPLUGIN $twin -shared -fPIC "$root/tests/consumer/thread_end.cpp" -o "$work/plugin$twin.so" || exit 1
  done
  status=0
  (timeout 60 "$work/host" "$work/plugin-DTWIN.so") >"$work/log" 2>&1 || status=$?
  if [ $status = 0 ]; then
    echo "SKIPPED: consumer_thread_end: $cxx: the twin works: plugins are never closed here"
    continue
  fi
  [ $status -gt 128 ] || { cat "$work/log"; fail "$cxx: the twin fails in another way: status $status"; }
  tried=$((tried + 1))
  timeout 60 "$work/host" "$work/plugin.so" >"$work/log" 2>&1 || { cat "$work/log"; fail "$cxx: a thread did not end well"; }
done
echo "consumer_thread_end: $tried compilers, $failed failed"
[ $tried != 0 ] || [ $failed != 0 ] || exit 77
[ $failed = 0 ]
