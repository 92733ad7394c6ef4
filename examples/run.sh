#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh examples/run.sh                builds the examples, then runs doctor and tenants
#   sh examples/run.sh NAME ARGS...   builds the examples, then runs one; an unknown name lists them
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tests/support/install.sh"

names="doctor tenants mini_rcu biased_lock snapshot_cache router embedded jit patchable_call code_tour gc_safepoint with_ck with_libgc with_liburcu with_asmjit with_xbyak with_llvm"
case " $names " in
  *" ${1-doctor} "*) ;;
  *) echo "no example '$1'; there are: $names" >&2; exit 2 ;;
esac

build=$root/build/examples
mkdir -p "$build"
library=
case ${1-} in
  with_asmjit | with_ck | with_xbyak) library=lib${1#with_}-dev ;;
  with_llvm) library=llvm-14-dev ;;
  with_*) library=${1#with_}-dev ;;
esac
{
  need cmake g++ make && { need $library || true; } &&
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLAZYREF_TESTS=OFF -DLAZYREF_INSTALL=OFF &&
    cmake --build "$build"
} >"$build/log" 2>&1 </dev/null || { cat "$build/log"; exit 1; }

if [ $# = 0 ]; then
  "$build/examples/doctor"
  exec "$build/examples/tenants"
fi
name=$1
shift
[ -x "$build/examples/$name" ] || { grep "^SKIPPED: example $name:" "$build/log"; exit 77; }
exec "$build/examples/$name" "$@"
