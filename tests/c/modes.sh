#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh modes.sh AUTO REQUIRED SYMMETRIC    the program modes, with a C unit of each mode
set -u
auto=${1:?} required=${2:?} symmetric=${3:?}
failed=0
try() {  # STATUS COMMAND...
  wanted=$1
  shift
  out=$("$@" 2>&1 </dev/null)
  status=$?
  echo "$out"
  [ $status = "$wanted" ] || { echo "FAILED: $*: status $status, not $wanted"; failed=1; }
}

try 0 "$auto" undecided
case $out in free*) ;; *) echo "SKIPPED: c_modes: light fences are not free here"; exit 77 ;; esac
try 0 "$auto" chosen
try 0 "$required" decided
try 1 "$auto" decided  # the control: nothing is decided before main
try 0 "$symmetric" full
try 1 "$auto" full  # the control

# Where membarrier is refused, a unit built REQUIRED stops the program before main, and one built AUTO goes on.
"$auto" filtered "$auto" >/dev/null 2>&1
[ $? != 77 ] || { echo "SKIPPED: c_modes: no filter can be set here"; exit 77; }
try 1 "$auto" filtered "$auto"
case $out in *checks*) ;; *) echo "FAILED: AUTO under a filter does not reach the end of main"; failed=1 ;; esac
try 134 "$auto" filtered "$required"
case $out in *checks*) echo "FAILED: REQUIRED under a filter reaches main"; failed=1 ;; esac
case $out in *LAZYREF_FENCE_REQUIRED*) ;; *) echo "FAILED: no sentence"; failed=1 ;; esac
[ $failed = 0 ] && echo "c_modes: all passed"
exit $failed
