#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
#   sh with_liburcu.sh BINARY
binary=${1:?usage: with_liburcu.sh BINARY}
short='--milliseconds 300'
. "$(dirname "$0")/small.sh"

# Sessions were used after the last table that referred to them was freed.
holds $short
says out 'handed over to a slot: [1-9]'
says out '^checked: 0 of [1-9][0-9]* uses'
says out '^checked: 0 tables left'
holds --readers 16 --replace-every-us 0 $short

# Each kind of premature reclamation is detected by its own check.
ends 1 --break $short
says out '^checked: 0 of [1-9][0-9]* sections'
says out '^checked: [1-9][0-9]* of [1-9][0-9]* uses'
ends 1 --break-tables $short
says out '^checked: [1-9][0-9]* of [1-9][0-9]* sections'
says out '^checked: 0 of [1-9][0-9]* uses'
says out '^self-check: FAILED$'
refuses 'unexpected argument' somewhere
finish
