#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh doctor.sh BINARY    what examples/doctor promises: its exit status, its options, valid JSON
#
# A host on which doctor finds a lie (status 1) fails this test: it has told what is wrong.
set -u
doctor=${1:?usage: doctor.sh BINARY}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
  echo "FAILED: $*"
  failed=1
}

# expect STATUS ARGUMENTS...: output in $scratch/out, errors in $scratch/errors
expect() {
  wanted=$1
  shift
  "$doctor" "$@" >"$scratch/out" 2>"$scratch/errors"
  status=$?
  [ $status = "$wanted" ] && return
  fail "doctor $*: status $status, not $wanted"
  cat "$scratch/out" "$scratch/errors"
}

says() {  # FILE TEXT
  grep -q -e "$2" "$scratch/$1" || fail "'$2' is not in doctor's $1: $(cat "$scratch/$1")"
}

expect 0
for section in host membarrier fence rseq cost self-test summary; do says out "^$section"; done
says out 'after  *\(membarrier\|symmetric\|flush_process_write_buffers\), light is'
says out '^  use: \(auto\|required\|symmetric\)$'
[ ! -s "$scratch/errors" ] || fail "something on standard error: $(cat "$scratch/errors")"

expect 0 --quick
says out '^summary'

expect 0 --quick --json
says out '"use": "'
if command -v python3 >/dev/null && python3 -c '' 2>/dev/null; then
  python3 - "$scratch/out" <<'END' || fail "the JSON is not what it should be"
import json, sys
found = json.load(open(sys.argv[1]))
for key in "program version host build membarrier fence rseq cost_ns self_test summary".split():
    assert key in found, key
assert found["fence"]["after"]["backend"] in ("membarrier", "symmetric", "flush_process_write_buffers")
assert found["summary"]["use"] in ("auto", "required", "symmetric")
assert len(found["membarrier"]["commands"]) == 6
costs = found["cost_ns"]
for key in "register_early register_late empty_loop light full_fence system_call heavy_alone heavy_running_sibling".split():
    assert (costs[key]["median"] is None) == (costs[key]["runs"] == 0), key
assert costs["full_fence"]["median"] > 0
END
else
  echo "SKIPPED: JSON is checked with python3, which is not here"
fi

expect 0 --help
says out '^usage: doctor'

expect 2 --no-such-option
says errors "unknown option '--no-such-option'"
[ ! -s "$scratch/out" ] || fail "wrong usage prints to standard output"

[ $failed = 0 ] && echo "doctor: all passed"
exit $failed
