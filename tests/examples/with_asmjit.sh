#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh with_asmjit.sh BINARY      and with_xbyak, which has the same options
binary=${1:?usage: with_asmjit.sh BINARY}
short='--milliseconds 300'
. "$(dirname "$0")/small.sh"

# Two frames above each other, both replaced meanwhile, in memory that is used again.
holds $short
says out 'replaced: [1-9][0-9]* functions'
says out '^checked: 0 of [1-9][0-9]* calls'
says out '^checked: blocks not reclaimed: 0$'
says out '^checked: 0 of [1-9][0-9]* jump tables'
holds --workers 1 $short
holds --workers 16 $short
holds --flip $short

# With observers.
export JITDUMPDIR="$scratch"
holds --perf --gdb $short
ls "$scratch"/jit-*.dump >/dev/null || fail "$name --perf: no dump in JITDUMPDIR"
JITDUMPDIR=/nowhere
ends 2 --perf $short
says errors '^--perf: code_jitdump: the directory for the dump does not exist'

# Addresses that are right where the code is written.
ends 1 --break $short
says out '^checked: 1 of 1 jump tables lead out of their function$'
refuses '--break: with --flip' --break --flip
refuses 'expected a number from 1 to 256, found "257"' --workers 257
refuses 'unexpected argument' somewhere

holds --cost
says out '^generate a function and make it callable: medians'
says out '^  code_space, mapped twice, 100 published together  .* ns  *[0-9.]*$'
says out '^  code_space, mapped once and switched, each by itself  .* ns  *[0-9.]*$'
says out '^  protect and call  .* ns  *[0-9.]*$'
finish
