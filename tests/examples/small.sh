# SPDX-License-Identifier: BSL-1.0
#
# Sourced by the tests of the small examples, which have `binary` and a short run's options in `short`: what all of
# them promise of their command line and their exit status.
set -u
name=$(basename "$binary")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
  echo "FAILED: $*"
  cat "$scratch/out" "$scratch/errors"
  failed=1
}

# ends STATUS ARGUMENTS...: output in $scratch/out, errors in $scratch/errors
ends() {
  wanted=$1
  shift
  "$binary" "$@" >"$scratch/out" 2>"$scratch/errors" </dev/null
  status=$?
  [ $status = "$wanted" ] || fail "$name $*: status $status, not $wanted"
}

says() {  # FILE TEXT
  grep -q -e "$2" "$scratch/$1" || fail "$name: '$2' is not in its $1"
}

# holds ARGUMENTS...: the self-check does, and nothing is said about errors
holds() {
  ends 0 "$@"
  says out '^self-check: held$'
  [ ! -s "$scratch/errors" ] || fail "$name $*: something on standard error"
}

# refuses TEXT ARGUMENTS...
refuses() {
  text=$1
  shift
  ends 2 "$@"
  says errors "$text"
  [ ! -s "$scratch/out" ] || fail "$name $*: wrong usage prints to standard output"
}

holds $short
ends 1 --break $short
says out '^self-check: FAILED$'

ends 0 --help
says out "^usage: $name"
refuses "$name: --frobnicate: unknown option" --frobnicate
refuses 'needs a value' ${short% *}
for bad in two 0 -1 1x '' 99999999999999999999; do refuses 'expected a number from' ${short% *} "$bad"; done

finish() {
  [ $failed = 0 ] && echo "$name: all passed"
  exit $failed
}
