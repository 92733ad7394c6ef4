#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   units.sh ROOT WORK [COMPILER...]    units that were built in different ways, in one program; see the head of each:
#
#     matrix.py run       they work on the same objects, or the program stops with a sentence
#     matrix.py twins     errors that are planted in copies of the headers are seen by it
#     own_code.py         what they share does not depend on how they were built
#
# COMPILER: g++ and clang++ if none is named. Exit status: 0 passed, 1 failed, 77 nothing could be looked at.
set -u
[ $# -ge 2 ] || { echo "usage: sh units.sh ROOT WORK [COMPILER...]"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd) || exit 2
root=$1 work=$2
shift 2
command -v python3 >/dev/null || { echo "SKIPPED: mixed: no python3"; exit 77; }
mkdir -p "$work" || exit 1

failed=0 passed=0
part() {
  "$@"
  case $? in
    0) passed=1 ;;
    77) ;;
    *) failed=1 ;;
  esac
}
part python3 "$here/matrix.py" "$root" "$work" run "$@"
part python3 "$here/matrix.py" "$root" "$work" twins "$@"
part python3 "$here/own_code.py" "$root" "$work" "$@"
[ $failed = 0 ] || exit 1
[ $passed = 1 ] || exit 77
