#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh run.sh                     all tests of names, with g++ and with clang++
#   sh run.sh TEST [COMPILER]     one of them: macros, adl, bases with a compiler; adl_lint, macros without
#
# Exit status: 0 passed, 1 failed, 77 nothing could be run.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1

one() {  # TEST [COMPILER]
  for tool in python3 ${2-}; do
    command -v "$tool" >/dev/null 2>&1 || { echo "SKIPPED: names: $1: $tool is not here"; return 77; }
  done
  python3 -B "$here/$1.py" "$here/../.." ${2-}
}

if [ $# -gt 0 ]; then
  one "$@"
  exit
fi

status=77
for test in adl_lint macros "macros g++" "macros clang++" "adl g++" "adl clang++" "bases g++" "bases clang++"; do
  one $test
  case $? in
    0) [ $status = 1 ] || status=0 ;;
    77) ;;
    *) status=1 ;;
  esac
done
exit $status
