#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh with_llvm.sh BINARY
binary=${1:?usage: with_llvm.sh BINARY}
short='--milliseconds 500'
. "$(dirname "$0")/small.sh"

# Two frames above each other, both removed meanwhile; and exceptions through such a frame.
holds $short
says out 'replaced: [1-9][0-9]* functions'
says out '^checked: 0 of [1-9][0-9]* calls'
says out '^checked: [1-9][0-9]* exceptions passed'
says out '^checked: blocks not reclaimed: 0$'
holds --workers 1 $short
holds --workers 8 $short
holds --flip $short

# With observers.
export JITDUMPDIR="$scratch"
holds --perf --gdb $short
ls "$scratch"/jit-*.dump >/dev/null || fail "$name --perf: no dump in JITDUMPDIR"
JITDUMPDIR=/nowhere
ends 2 --perf $short
says errors '^--perf: code_jitdump: the directory for the dump does not exist'

# Unwind tables that go while somebody is in the code.
ends 1 --break $short
says out '^wrong: an exception could not pass a frame'
refuses 'unexpected argument' somewhere

holds --cost
says out '^link an object, look its function up, and remove it: medians'
says out '^  code_space, mapped twice  .* ns  *[0-9.]*$'
says out '^  protect and call  .* ns  *[0-9.]*$'
finish
