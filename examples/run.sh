#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh examples/run.sh                builds doctor and tenants, then runs them
#   sh examples/run.sh NAME ARGS...   builds one, then runs it; an unknown name lists them
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
quietly() { "$@" >>"$build/log" 2>&1 </dev/null || { cat "$build/log"; exit 1; }; }
: >"$build/log"
quietly need cmake g++ make
[ -z "$library" ] || need "$library" >>"$build/log" 2>&1 </dev/null || true
quietly cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLAZYREF_TESTS=OFF -DLAZYREF_INSTALL=OFF
! grep "^SKIPPED: example ${1:-doctor}:" "$build/log" || exit 77
if [ $# = 0 ]; then set -- doctor; more=tenants; else more=; fi
quietly cmake --build "$build" --parallel 2 --target "$1" $more

name=$1
shift
[ -n "$more" ] || exec "$build/examples/$name" "$@"
"$build/examples/$name"
exec "$build/examples/$more"
