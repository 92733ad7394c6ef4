#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh with_libgc.sh BINARY
binary=${1:?usage: with_libgc.sh BINARY}
short='--milliseconds 300'
. "$(dirname "$0")/small.sh"

# Each object is finalized in the end, and each part that they referred to.
holds $short
says out '^handed over to a slot: [1-9]'
says out '^checked: 0 of [1-9][0-9]* uses'
says out '^checked: 0 objects finalized before'
says out '^checked: \([1-9][0-9]*\) of \1 objects and \([1-9][0-9]*\) of \2 parts'
holds --workers 1 $short
holds --workers 16 --replace-every-us 0 $short

# Both the uses and the finalizers detect it.
ends 1 --break $short
says out '^checked: [1-9][0-9]* of [1-9][0-9]* uses'
says out '^checked: [1-9][0-9]* objects finalized'
refuses 'expected a number from 1 to 16, found "17"' --workers 17
refuses 'unexpected argument' somewhere
finish
