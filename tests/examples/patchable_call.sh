#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh patchable_call.sh BINARY
binary=${1:?usage: patchable_call.sh BINARY}
short='--milliseconds 300'
"$binary" --milliseconds 10 >/dev/null
[ $? != 77 ] || exec "$binary" --milliseconds 10
. "$(dirname "$0")/small.sh"

# Each call returns through the code that it entered, and reaches no older code than was published.
holds $short
says out 'through the word, patched [1-9][0-9]* times'
says out '^checked: 0 of [1-9][0-9]* calls'
says out '^checked: 0 calls reached older code'
holds --workers 1 $short
holds --workers 16 $short
holds --flip $short

# Code that is reclaimed before its last caller has left; and an address that is published before its code.
ends 1 --break $short
says out '^checked: [1-9][0-9]* of [1-9][0-9]* calls'
ends 1 --break-order $short
says out '^checked: [1-9][0-9]* calls reached older code'
says out '^self-check: FAILED$'
refuses '--break: it executes code while it is rewritten' --break --flip
refuses 'unexpected argument' somewhere
finish
