#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh tests/bench/record.sh [--anyway] [OPTION...]   measures; writes results/MACHINE.json and its pictures
#
# Builds what `sh tests/run.sh bench` runs, runs each program with --json --pin and the OPTIONs (bench.hpp), and draws.
# It waits until the machine is idle, and gives up after ten minutes, unless --anyway. A missed target is no reason to
# stop. Exit status: 0 written, 1 a program failed or nothing was measured, 2 this machine cannot.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/support/install.sh
exec </dev/null

anyway=
[ "${1-}" != --anyway ] || { anyway=yes; shift; }

need cmake ninja-build g++ python3 || exit 2
need libxenium-dev libcds-dev libck-dev liburcu-dev || echo "SKIPPED: bench: the comparison with these"
cmake --preset release && cmake --build --preset release --target bench || exit 1

busy() { awk '{ exit !($1 > 0.3) }' /proc/loadavg 2>/dev/null; }
waited=0
while busy && [ -z "$anyway" ]; do
  [ $waited != 600 ] || { echo "not idle: load $(cat /proc/loadavg); --anyway measures nevertheless"; exit 2; }
  [ $waited != 0 ] || echo "waiting for the machine to be idle: load $(cat /proc/loadavg)"
  sleep 10
  waited=$((waited + 10))
done

if commit=$(git rev-parse --short=12 HEAD 2>/dev/null); then
  git diff --quiet HEAD -- include arch tests/bench || commit=$commit-modified
else
  commit=unknown
fi
lines=build/release/tests/bench/lines.json
: >$lines
for program in build/release/tests/bench/bench_*; do
  [ -x "$program" ] || continue
  printf '%s ' "${program##*/bench_}"
  began=$(date +%s)
  LAZYREF_BENCH_COMMIT=$commit "$program" --json --pin "$@" >$lines.part
  status=$?
  echo "$(($(date +%s) - began)) s"
  case $status in
    0) ;;
    1)
      grep -q '"verdict": "missed"' $lines.part || { echo "FAILED: exit status 1"; exit 1; }
      sed -n '/"verdict": "missed"/s/.*"race": "\([^"]*\)".*"contender": "\([^"]*\)".*/  missed: \1: \2/p' $lines.part
      ;;
    77) grep '^SKIPPED' $lines.part; continue ;;
    *) echo "FAILED: exit status $status"; exit 1 ;;
  esac
  cat $lines.part >>$lines
done

python3 tests/bench/plot.py collect $lines tests/bench/results "date=$(date -u +%Y-%m-%d)" "options=$(echo --pin "$@")"
