# SPDX-License-Identifier: BSL-1.0
#
# Sourced by the tests of this folder, each of which is called as: sh TEST.sh [ROOT [COMPILER]]
# ROOT is the tree to look at, this one if it is not given. With COMPILER (g++ or clang++), dialects and copies are only that
# compiler's part. Exit status: 0 passed, 1 failed, 77 nothing could be run.
set -u
test=$(basename "$0" .sh)
here=$(cd "$(dirname "$0")" && pwd) || exit 2
root=$(cd "${1:-$here/../..}" && pwd) || exit 2
compilers=${2:-g++ clang++}
everything=$here/everything.cpp
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
export LC_ALL=C
cases=0
failed=0
: >"$work/log"

has() { command -v "$1" >/dev/null; }
asked() { case " $compilers " in *" $1 "*) ;; *) return 1 ;; esac; }  # COMPILER
skip() { echo "SKIPPED: building: $test: $*"; }

fail() {  # WHAT; and what was said, in $work/log
  failed=$((failed + 1))
  echo "FAILED: $test: $*"
  { grep -E 'error|FAILED|undefined|multiple' "$work/log" || cat "$work/log"; } | head -n 5 | cut -c 1-300
}

# passes WHAT COMMAND...
passes() {
  what=$1
  shift
  cases=$((cases + 1))
  "$@" >"$work/log" 2>&1 || fail "$what"
}

# The twin: reports WHAT PATTERN COMMAND... It must fail, and say that.
reports() {
  what=$1 pattern=$2
  shift 2
  cases=$((cases + 1))
  if "$@" >"$work/log" 2>&1; then
    fail "not reported: $what"
  elif ! grep -qE -e "$pattern" "$work/log"; then
    fail "reported for another reason than '$pattern': $what"
  fi
}

# An exit status of its own: what a sanitizer's trap makes, for one. stops WHAT STATUS COMMAND...
stops() {
  what=$1 wanted=$2
  shift 2
  cases=$((cases + 1))
  ("$@"; exit $?) >"$work/log" 2>&1
  status=$?
  [ $status = "$wanted" ] || fail "$what: exit status $status, not $wanted"
}

# All headers of a tree, as programs name them.
headers() {  # [ROOT]
  for part in include arch; do
    (cd "${1:-$root}/$part" && find lazyref -name '*.hpp' -o -name '*.h')
  done | sort
}
# Those that a program includes. The rows of tests/matrix have each header alone, with g++ and clang++.
public_headers() { headers "$@" | grep -v /detail/; }

# What is read, in another order.
shuffle() {  # SEED
  python3 -c 'import random, sys
lines = list(sys.stdin)
random.Random(sys.argv[1]).shuffle(lines)
print(*lines, sep="", end="")' "$1"
}

# A copy of the headers, as the repository has them.
copy() {  # FOLDER
  rm -rf "$work/${1:?}"
  mkdir -p "$work/$1"
  cp -R "$root/include" "$root/arch" "$work/$1"
}

# A copy in which one header has some lines more, which are read, at the end of its inside.
plant() {  # FOLDER HEADER
  copy "$1"
  for file in "$work/$1/include/$2" "$work/$1/arch/$2"; do
    [ ! -f "$file" ] || break
  done
  { sed '$d' "$file"; cat; tail -n 1 "$file"; } >"$work/planted.hpp"
  mv "$work/planted.hpp" "$file"
}

finish() {
  echo "$test: $cases cases, $failed failed"
  [ "$cases" != 0 ] || exit 77
  [ "$failed" = 0 ]
  exit
}
