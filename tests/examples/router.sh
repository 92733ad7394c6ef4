#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh router.sh BINARY
binary=${1:?usage: router.sh BINARY}
short='--in-flight 200 --rounds 1 --milliseconds 40'
. "$(dirname "$0")/small.sh"

holds --rounds 1 --milliseconds 10
for n in 100 1000 4000; do says out "^$n in flight"; done
says out '^checked: 0 of [1-9][0-9]* lookups'
says out '^target: atomic_strong_ref / mutex + shared_ptr: CPU [0-9.]* (.*) \(met\|missed\); 99 % .* \(met\|missed\)$'
says out '^target: cpu_claim / mutex + shared_ptr: '
holds --workers 1 --in-flight 1 --rounds 2 --reload-every-us 500 --milliseconds 10
refuses 'unexpected argument' somewhere
finish
